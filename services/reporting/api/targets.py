"""Targets and denominators: what others state, taken in from a file; and the ratio of the protected against one."""

import re
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from services.chassis.postgres import Transaction, transaction
from services.chassis.web import Acting, Database, Problem
from services.chassis.web.acting import acting_as
from services.chassis.web.included import Included
from services.reporting import definitions, target_queries, targets
from services.reporting.api.asking import PROBLEMS, Answer, AsOf, Figures, Question, answer, on_day
from services.reporting.pages.asked import DENOMINATOR
from services.reporting.queries import Figure

VERSION_MAX = 2**31 - 1
DENOMINATOR_LENGTH_MAX = 210

router = APIRouter(tags=["questions"])


class RatioQuestion(Question):
    as_of: AsOf = None
    denominator: str = Field(
        max_length=DENOMINATOR_LENGTH_MAX,
        description="Id of one of /v1/targets that has an area_code, or `id@version` in the place of id and version",
    )
    version: Annotated[
        int | None,
        Field(ge=1, le=VERSION_MAX, description="Version of the denominator; the newest if left out, never final then"),
    ] = None

    @model_validator(mode="before")
    @classmethod
    def version_with_its_id(cls, asked: Any) -> Any:
        """Take the version from `id@version`, as evidence files and pages name a denominator."""
        named = asked.get("denominator") if isinstance(asked, dict) else None
        if not isinstance(named, str) or not re.match(DENOMINATOR, named):
            return asked
        id_, _, version = named.rpartition("@")
        if asked.get("version") not in {None, version}:
            raise PydanticCustomError(
                "denominator_and_version",
                "this denominator has its version in it; send that one only",
                {"indonesian": "denominator sudah memuat versinya; kirim yang itu saja"},
            )
        return asked | {"denominator": id_, "version": version}


class TakenIn(BaseModel):
    """What became of a file of targets."""

    rows: int
    new: int
    changed: int
    unchanged: int


@router.get(
    "/v1/coverage-ratio",
    summary="Protected people against a named denominator",
    responses=PROBLEMS,
    dependencies=[Included],
)
async def coverage_ratio(pool: Database, asked: Annotated[RatioQuestion, Query()]) -> Answer:
    """Divide the protected people of the denominator's area by it; its version, scope, source and date stand beside.

    A denominator is reference data, taken in when its source states it: known_at does not choose its version.
    """

    async def ask(tx: Transaction, as_of: date) -> Figures:
        denominator = await target_queries.target(tx, asked.denominator, asked.version)
        if denominator is None:
            raise unknown_denominator()
        code = denominator["area_code"]
        if code is None:
            raise _no_area(denominator)
        (found,) = await target_queries.coverage_ratios(tx, as_of, asked.known_at, [denominator])
        return [{**found, "area": code, "denominator": denominator}], found["percent"]

    changing = definitions.NEWEST_DENOMINATOR if asked.version is None else None
    return await on_day(pool, asked, asked.as_of, definitions.COVERAGE_RATIO, ask, changing)


@router.get("/v1/targets", summary="Targets and denominators", responses=PROBLEMS, dependencies=[Included])
async def list_targets(pool: Database, asked: Annotated[Question, Query()]) -> Answer:
    """List them with definition, scope, source and date. They are reference data, not facts: known_at has no say."""

    async def ask(tx: Transaction) -> Figures:
        found = await target_queries.targets(tx)
        return found, len(found)

    return await answer(pool, asked, definitions.TARGETS, ask, definitions.NEWEST_TARGETS)


@router.put(
    "/v1/targets",
    summary="Take in a file of targets and denominators",
    description=f"text/csv in UTF-8 with the header `{','.join(targets.COLUMNS)}`,"
    f" which may go on with `{','.join(targets.ENGLISH)}`. All rows or none; a row that differs"
    " from what is known becomes a new version, the same file again changes nothing.",
    responses={413: {"description": "Too large"}, 422: {"description": "Rows are at fault; `errors` names each"}},
    openapi_extra={"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}},
    dependencies=[acting_as("steward")],
    max_body_size=targets.BYTES_MAX,
)
async def put_targets(request: Request, pool: Database, who: Acting) -> TakenIn:
    """Keep what is new or changed."""
    try:
        given = targets.parse(await request.body())
    except targets.FileRefused as refused:
        raise _file_refused(refused) from None
    async with transaction(pool) as tx:
        return TakenIn(**await targets.take_in(tx, given, by=who.id))


def unknown_denominator() -> Problem:
    """Refuse an id, or a version of it, that nobody took in."""
    english = "No target or denominator has this id, or not in this version; /v1/targets lists the newest of each."
    indonesian = (
        "Tidak ada target atau penyebut dengan id ini, atau tidak dalam versi ini; /v1/targets memuat versi terbarunya."
    )
    errors = [
        {"pointer": "/query/denominator", "reason": english, "indonesian": indonesian, "code": "unknown_value"},
    ]
    code, title = "denominator_unknown", "Unknown denominator"
    return Problem(422, title, english, code=code, indonesian=indonesian, english=english, errors=errors)


def _file_refused(refused: targets.FileRefused) -> Problem:
    english = "Nothing was taken in: rows of the file are at fault. Mend what `errors` names, and send it again."
    indonesian = (
        "Tidak ada yang dimasukkan: ada baris yang keliru. Perbaiki yang disebut dalam `errors`, lalu kirim kembali."
    )
    errors = [asdict(fault) | {"reason": fault.english} for fault in refused.faults]
    code, title = "targets_refused", "The file is not valid"
    return Problem(422, title, english, code=code, indonesian=indonesian, english=english, errors=errors)


def _no_area(target: Figure) -> Problem:
    scope = target["english"]["scope"] or target["scope"]
    english = (
        f"The scope of {target['id']} is no area ({scope}), so its people cannot be told from others and a"
        " ratio would mislead. Choose a denominator that has an area_code in /v1/targets; or, if the scope is an area,"
        " fill in its area_code in the file of targets and send it again by PUT /v1/targets."
    )
    indonesian = (
        f"Cakupan {target['id']} bukan wilayah ({target['scope']}), sehingga orangnya tidak dapat dipisahkan dari yang"
        " lain dan rasionya menyesatkan. Pilih penyebut yang memiliki area_code di /v1/targets; atau, bila cakupannya"
        " memang wilayah, isi area_code dalam berkas target lalu kirim kembali dengan PUT /v1/targets."
    )
    return Problem(
        422,
        "No denominator of a ratio",
        english,
        code="target_without_area",
        indonesian=indonesian,
        english=english,
        errors=[{"pointer": "/query/denominator", "reason": "has no area_code", "code": "target_without_area"}],
    )
