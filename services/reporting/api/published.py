"""Figures that were quoted to the world: kept as they were, and asked again, also of a projection by other rules."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from hashlib import sha256
from typing import Annotated, Any, Literal

import httpx2
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field, TypeAdapter

from services.chassis.clock import business_date
from services.chassis.postgres import snapshot, transaction
from services.chassis.web import Body, Database, Problem
from services.chassis.web.acting import Actor, acting_as
from services.chassis.web.pages import PageOf, page, place
from services.reporting import answers, published_store, schemas
from services.reporting.api.asking import SNAPSHOT, Sentence
from services.reporting.api.evidence import FIGURES, SNAPSHOT_OF_FILE
from services.reporting.published_store import Published
from services.reporting.schemas import Schema

PLACE_LENGTH_MAX = 500
PARAMETERS_MAX = 20
ASKED_AGAIN_MAX = 50
ID_MAX = 2**62
ID = TypeAdapter(int)
ABOUT = frozenset({"figures", "total", "unit", "as_of", "from", "until"})
"""What of an answer was quoted; the rest says how complete it was."""
COMPARED = ("figures", "total", "figures_sha256")
"""What of it has to be the same; the last one names the figures of a file."""
QUESTION = r"^([a-z-]+(/[a-z-]+)*|evidence/[0-9]{4}\.(pdf|xlsx))$"
FINAL = Sentence(
    indonesian="Tetap: hanya jawaban yang tetap dapat diterbitkan, dan yang disimpan di sini tidak pernah diubah.",
    english="Final: only a final answer can be published, and what is kept here is never changed.",
)
FILE_NOT_FINAL = Sentence(
    indonesian="Berkas ini sekarang belum tetap; dibandingkan lagi setelah datanya lengkap.",
    english="The file is not final here now; it is compared once the facts are complete.",
)

ANSWER = {"figures": [{"segment": "BPU", "people": 27}], "total": 27, "unit": "people", "as_of": "2025-12-31"}
"""What an answer looks like."""

Steward = Annotated[Actor, acting_as("steward")]

router = APIRouter(tags=["published"])


class PublishBody(Body):
    question: str = Field(
        max_length=100,
        pattern=QUESTION,
        description="Its path below /v1; of an evidence file, with its form (`evidence/2026.pdf`)",
        examples=["protected"],
    )
    parameters: dict[str, str | int | list[str]] = Field(
        {}, max_length=PARAMETERS_MAX, description="As in the address of the question", examples=[{"by": ["segment"]}]
    )
    snapshot: str = Field(max_length=60, description="Id of the answer that was quoted", examples=[SNAPSHOT])
    published_on: date | None = Field(None, description="Today if left out", examples=["2026-01-05"])
    published_in: str = Field(
        min_length=3, max_length=PLACE_LENGTH_MAX, description="Where it can be read", examples=["Siaran pers 12/2026"]
    )


class Kept(BaseModel):
    """A figure as it was quoted."""

    id: int
    question: str = Field(examples=["protected"])
    asked: dict[str, Any] = Field(examples=[{"by": ["segment"]}])
    snapshot: str = Field(examples=[SNAPSHOT])
    version: int = Field(description="Of the projection that answered")
    answer: dict[str, Any] = Field(
        description="Figures, total, unit, and which days they are about; of a file, `sha256` of its bytes, how many"
        " these are, and `figures_sha256`, which names its figures whatever words they stand in",
        examples=[ANSWER],
    )
    final: Literal[True] = True
    why: Sentence = FINAL
    published_on: date
    published_in: str = Field(examples=["Siaran pers 12/2026"])
    kept_by: str = Field(examples=["steward-1"])
    kept_at: datetime


class Again(BaseModel):
    """The same question about the same known-at time, asked now."""

    same: bool | None = Field(description="Whether the answer is as it was quoted; null: there is no final answer")
    version: int = Field(description="Of the projection that answers now")
    answer: dict[str, Any] | None = Field(examples=[ANSWER])
    why: Sentence | None = Field(description="Why there is no answer, or none that is final", examples=[None])


class KeptAndNow(Kept):
    now: Again


class KeptList(BaseModel):
    rows: list[Kept]
    next: str | None = Field(description="`cursor` of the next page; null on the last")


class Differences(BaseModel):
    rows: list[KeptAndNow] = Field(description="Those of this page that are answered otherwise, or no longer")
    asked_again: int = Field(description="How many figures of this page were asked again")
    next: str | None = Field(description="`cursor` of the next page; null on the last. A page may be empty before it")


class DifferencesOf(PageOf):
    limit: Annotated[int, Field(ge=1, le=ASKED_AGAIN_MAX, description="Figures that are asked again at most")] = 20
    version: Annotated[
        int | None,
        Field(ge=1, le=2**31 - 1, description="Of a projection beside the one that answers; that one if left out"),
    ] = None


NO_OPERATION = {404, 405}


@router.post(
    "/v1/published",
    status_code=201,
    response_model=Kept,
    summary="Keep a figure that was quoted to the world",
    responses={200: {"model": Kept, "description": "It was kept before"}, 409: {"description": "It is not final"}},
)
async def publish(request: Request, body: PublishBody, pool: Database, who: Steward) -> Response:
    """Ask the question of its snapshot, and keep both; the same once more changes nothing.

    Whatever refuses the question refuses this: an odd parameter, a snapshot that is not final, or of another version.
    """
    found = await _ask(request, body.question, body.parameters | {"snapshot": body.snapshot})
    if found.status_code in NO_OPERATION:
        raise _no_question()
    if found.is_error:
        return Response(found.content, found.status_code, media_type=found.headers["content-type"])
    if (quoted := _quoted(found)) is None:
        raise _no_question()
    async with transaction(pool) as tx:
        kept, new = await published_store.keep(
            tx,
            body.question,
            body.parameters,
            body.snapshot,
            quoted,
            published_on=body.published_on or await business_date(tx),
            published_in=body.published_in,
            by=who.id,
        )
    return Response(Kept(**asdict(kept)).model_dump_json(), 201 if new else 200, media_type="application/json")


@router.get("/v1/published", summary="Figures that were quoted to the world")
async def list_published(pool: Database, asked: Annotated[PageOf, Query()]) -> KeptList:
    """List them, the newest first."""
    before = place(asked.cursor, ID, first=ID_MAX)
    async with snapshot(pool) as tx:
        found = await published_store.page(tx, before=before, limit=asked.limit + 1)
    rows, following = page(found, asked.limit, ID, lambda one: one.id)
    return KeptList(rows=[Kept(**asdict(one)) for one in rows], next=following)


@router.get(
    "/v1/published/differences",
    summary="Which published figures another version would answer otherwise",
    responses={422: {"description": "There is no projection of that version"}},
)
async def differences(request: Request, pool: Database, asked: Annotated[DifferencesOf, Query()]) -> Differences:
    """Ask each again, by the rules of the version named, and list those that differ."""
    before = place(asked.cursor, ID, first=ID_MAX)
    async with snapshot(pool) as tx:
        schema = chosen(await schemas.known(tx), asked.version)
        found = await published_store.page(tx, before=before, limit=asked.limit + 1)
    rows, following = page(found, asked.limit, ID, lambda one: one.id)
    told: dict[str, Again] = {}  # what was quoted in several places is asked once
    again = []
    for one in rows:
        question = json.dumps([one.question, one.asked, one.snapshot, one.answer], sort_keys=True)
        if question not in told:
            told[question] = await ask_again(request, one, schema)
        again.append(KeptAndNow(**asdict(one), now=told[question]))
    return Differences(rows=[one for one in again if not one.now.same], asked_again=len(rows), next=following)


@router.get(
    "/v1/published/{id}",
    summary="A published figure, as it was quoted and as it is answered now",
    responses={404: {"description": "Nothing was published under this id"}},
)
async def one_published(
    request: Request, pool: Database, id_: Annotated[int, Path(alias="id", ge=1, lt=ID_MAX)]
) -> KeptAndNow:
    """Within one version both are the same for ever."""
    async with snapshot(pool) as tx:
        found = await published_store.one(tx, id_)
        schema = chosen(await schemas.known(tx), None)
    if found is None:
        english, indonesian = "Nothing was published under this id.", "Tidak ada yang diterbitkan dengan id ini."
        raise Problem(404, "Not known", english, code="not_published", indonesian=indonesian, english=english)
    return KeptAndNow(**asdict(found), now=await ask_again(request, found, schema))


async def ask_again(request: Request, kept: Published, schema: Schema) -> Again:
    """Ask the question of a figure again, about the same days and the same known-at time, in that schema."""
    days = {name: day for name in ("as_of", "from", "until") if (day := kept.answer.get(name)) is not None}
    with answers.in_schema(schema.name):
        found = await _ask(request, kept.question, kept.asked | days | {"known_at": kept.snapshot.partition("@")[2]})
    if (quoted := _quoted(found)) is None:
        return Again(same=None, version=schema.version, answer=None, why=_refused(found.json()))
    if (why := _not_final(found)) is not None:
        return Again(same=None, version=schema.version, answer=quoted, why=why)
    same = all(quoted.get(name) == kept.answer.get(name) for name in COMPARED)
    return Again(same=same, version=schema.version, answer=quoted, why=None)


async def _ask(request: Request, question: str, asked: Mapping[str, Any]) -> httpx2.Response:
    """Ask through the same door as everybody, without a name or a role: then nobody's own record can be published."""
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(request.app), base_url="http://reporting") as http:
        return await http.get(f"/v1/{question}", params=dict(asked))


def _quoted(found: httpx2.Response) -> dict[str, Any] | None:
    """Give what is quoted of an answer; None if it gives no figures."""
    if FIGURES in found.headers:
        named = {"sha256": sha256(found.content).hexdigest(), "bytes": len(found.content)}
        return {"figures": [], "total": None, "unit": "file", "figures_sha256": found.headers[FIGURES], **named}
    told = found.json()
    return {name: value for name, value in told.items() if name in ABOUT} if "figures" in told else None


def _not_final(found: httpx2.Response) -> Sentence | None:
    if FIGURES in found.headers:
        return None if SNAPSHOT_OF_FILE in found.headers else FILE_NOT_FINAL
    told = found.json()
    return None if told["final"] else Sentence(**told["why"])


def _refused(problem: Mapping[str, Any]) -> Sentence:
    english = problem["detail"]
    return Sentence(indonesian=problem.get("indonesian", english), english=english)


def chosen(known: Sequence[Schema], version: int | None) -> Schema:
    """Give the schema that answers, or one of that version: one beside it rather than itself."""
    whole = sorted((one for one in known if one.state in schemas.KEPT_UP), key=lambda one: one.state == "active")
    for schema in whole:
        wanted = schema.state == "active" if version is None else schema.version == version
        if wanted:
            return schema
    versions = ", ".join(sorted({str(schema.version) for schema in whole}))
    english = f"No projection of this version stands whole beside the one that answers; there are: {versions}."
    indonesian = f"Tidak ada proyeksi versi ini yang sudah utuh; yang ada: {versions}."
    code = "version_unknown"
    raise Problem(422, "No projection of this version", english, code=code, indonesian=indonesian, english=english)


def _no_question() -> Problem:
    english = "This is no question that gives figures; /docs lists them. Write its path below /v1, as protected."
    indonesian = "Ini bukan pertanyaan yang memberi angka; /docs memuat daftarnya. Tulis alamatnya sesudah /v1/."
    code = "question_unknown"
    return Problem(422, "No question", english, code=code, indonesian=indonesian, english=english)
