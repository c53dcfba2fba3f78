"""Reporting over HTTP: each question a resource; each answer says what it counts, how complete it is, if it is final.

Unknown parameters, parts (`by`) and filter values are refused (422): a misspelt question must not get the answer to
another one.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from payung_contracts.fact import Funding, Segment
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.chassis import clock
from services.chassis.postgres import Pool, Transaction, transaction
from services.chassis.web import Acting, Database, Problem
from services.chassis.web.acting import acting_as
from services.chassis.web.included import Included
from services.reporting import answers, definitions, queries, targets
from services.reporting.answers import Text
from services.reporting.definitions import Definition
from services.reporting.projections import PROJECTION_VERSION
from services.reporting.queries import Where

YEARS = (1900, 2200)
PERIOD_DAYS_MAX = 36_600
VERSION_MAX = 2**31 - 1

router = APIRouter(tags=["questions"])

AsOf = Annotated[date | None, Field(description="The day in the world; today in Asia/Makassar if left out")]
KnownAt = Annotated[
    AwareDatetime | None,
    Field(description="Answer as it was known then, with its offset from UTC; with all facts so far if left out"),
]
From = Annotated[date, Field(alias="from", description="First day of the period")]
Until = Annotated[date, Field(description="First day after the period")]
Year = Annotated[int | None, Field(ge=YEARS[0], le=YEARS[1], description="Budget year; all if left out")]
Area = Annotated[
    str | None, Field(max_length=13, description="Only this province, regency, district or village, by its code")
]
AreaPart = Literal["regency", "district", "village"]


class Question(BaseModel):
    """What every question may say."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    known_at: KnownAt = None


class ProtectedQuestion(Question):
    as_of: AsOf = None
    by: list[Literal["segment", "funding"] | AreaPart] = Field([], description="Parts to count apart; repeatable")
    segment: list[Segment] | None = Field(None, description="Only these segments")
    funding: list[Funding] | None = Field(None, description="Only these purses")
    area: Area = None


class MembershipsQuestion(Question):
    as_of: AsOf = None
    state: Literal["in_force", "suspended", "grace"] = Field(
        "in_force", description="In force; or paid, but suspended; or in arrears and in grace: not in force either"
    )
    by: list[Literal["cohort"] | AreaPart] = Field([], description="Parts to count apart; repeatable")
    area: Area = None


class PeriodQuestion(Question):
    from_: From
    until: Until


class ClaimsPaidQuestion(PeriodQuestion):
    by: list[Literal["programme", "segment", "month"]] = Field([], description="Parts to count apart; repeatable")


class CommitmentsQuestion(Question):
    year: Year = None
    by: list[Literal["year", "phase", "segment", "funding", "cohort"]] = Field(
        ["year", "phase"], description="Parts to count apart; repeatable"
    )


class LegalBasesQuestion(Question):
    year: Year = None


class RatioQuestion(Question):
    as_of: AsOf = None
    denominator: str = Field(max_length=200, description="Id of one of /v1/targets that has an area_code")
    version: Annotated[
        int | None,
        Field(ge=1, le=VERSION_MAX, description="Version of the denominator; the newest if left out, never final then"),
    ] = None


class Sentence(BaseModel):
    indonesian: str
    english: str


class Watermark(BaseModel):
    """The newest statement of a source that is wholly in the figures."""

    source: str
    epoch: int
    tick: int
    clock: datetime = Field(description="The source's time at the statement")
    complete_until: datetime | None = Field(description="No fact recorded at or before this time can come later")
    age_seconds: float


class Answer(BaseModel):
    """Figures, what they count, and what they are worth."""

    figures: list[dict[str, Any]] = Field(description="The parts asked for; they add up to the total")
    total: int | float | dict[str, int] | None
    unit: str
    definition: Sentence
    as_of: date | None = None
    from_: date | None = Field(None, alias="from")
    until: date | None = Field(None, description="First day after the period")
    known_at: datetime | None = None
    final: bool = Field(description="True if no later fact and no later version of a target can change these figures")
    why: Sentence
    watermarks: list[Watermark]
    age_seconds: float | None = Field(description="Age of the slowest source's statement; null: one has made none yet")
    projection_version: int = Field(
        description="A final figure is named for ever by known_at and this version; a ratio, by its `version` as well"
    )
    withheld_keys: int = Field(description="Workers or cohorts whose facts wait for a person to look at")


class TakenIn(BaseModel):
    """What became of a file of targets."""

    rows: int
    new: int
    changed: int
    unchanged: int


Figures = tuple[list[dict[str, Any]], Any]


PROBLEMS: dict[int | str, dict[str, Any]] = {
    409: {"description": "The facts to be included have not arrived yet"},
    422: {"description": "A parameter, a part or a filter value is unknown"},
}


@router.get(
    "/v1/protected", summary="How many people are protected on a day", responses=PROBLEMS, dependencies=[Included]
)
async def protected(pool: Database, asked: Annotated[ProtectedQuestion, Query()]) -> Answer:
    """Count people, not memberships, so that the parts add up to the total."""

    async def ask(tx: Transaction, as_of: date) -> Figures:
        where = Where(await area(tx, asked.area), _texts(asked.segment), _texts(asked.funding))
        figures = await queries.protected(tx, as_of, asked.known_at, list(asked.by), where)
        return figures, sum(figure["people"] for figure in figures)

    return await on_day(pool, asked, asked.as_of, definitions.PROTECTED, ask)


@router.get(
    "/v1/memberships",
    summary="How many memberships are in force on a day, or suspended, or in grace",
    responses=PROBLEMS,
    dependencies=[Included],
)
async def memberships(pool: Database, asked: Annotated[MembershipsQuestion, Query()]) -> Answer:
    """Count memberships; a person may hold several."""

    async def ask(tx: Transaction, as_of: date) -> Figures:
        where = Where(await area(tx, asked.area))
        figures = await queries.memberships(tx, as_of, asked.known_at, list(asked.by), where, asked.state)
        return figures, sum(figure["memberships"] for figure in figures)

    return await on_day(pool, asked, asked.as_of, definitions.MEMBERSHIPS, ask)


@router.get("/v1/expiries", summary="Whose cover ends when", responses=PROBLEMS, dependencies=[Included])
async def expiries(pool: Database, asked: Annotated[PeriodQuestion, Query()]) -> Answer:
    """List the last covered days in the period, and what ends with each."""

    async def ask(tx: Transaction) -> Figures:
        return await queries.expiries(tx, asked.from_, asked.until, asked.known_at)

    return await in_period(pool, asked, definitions.EXPIRIES, ask)


@router.get(
    "/v1/commitments",
    summary="What was approved against what was enrolled",
    responses=PROBLEMS,
    dependencies=[Included],
)
async def commitments(pool: Database, asked: Annotated[CommitmentsQuestion, Query()]) -> Answer:
    """Sum places, person-months and budget of cohorts, and the memberships that they enrolled."""

    async def ask(tx: Transaction) -> Figures:
        return await queries.commitments(tx, asked.year, asked.known_at, list(asked.by))

    return await answer(pool, asked, definitions.COMMITMENTS, ask)


@router.get("/v1/claims-paid", summary="What was paid in a period", responses=PROBLEMS, dependencies=[Included])
async def claims_paid(pool: Database, asked: Annotated[ClaimsPaidQuestion, Query()]) -> Answer:
    """Keep people, cases, payments and rupiah apart: they are different counts."""

    async def ask(tx: Transaction) -> Figures:
        return await queries.claims_paid(tx, asked.from_, asked.until, asked.known_at, list(asked.by))

    return await in_period(pool, asked, definitions.CLAIMS_PAID, ask)


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
        denominator = await queries.target(tx, asked.denominator, asked.version)
        if denominator is None:
            raise Problem(
                422,
                "Unknown denominator",
                "No target or denominator has this id, or not in this version; /v1/targets lists the newest of each.",
                errors=[{"pointer": "/query/denominator", "reason": "unknown id or version", "code": "unknown_value"}],
            )
        code = denominator["area_code"]
        if code is None:
            raise _no_area(denominator)
        figures = await queries.protected(tx, as_of, asked.known_at, [], Where(code))
        people = sum(figure["people"] for figure in figures)
        percent = round(100 * people / denominator["value"], 2)
        return [{"percent": percent, "people": people, "area": code, "denominator": denominator}], percent

    changing = definitions.NEWEST_DENOMINATOR if asked.version is None else None
    return await on_day(pool, asked, asked.as_of, definitions.COVERAGE_RATIO, ask, changing)


@router.get("/v1/cards", summary="Cards handed over in a period", responses=PROBLEMS, dependencies=[Included])
async def cards(pool: Database, asked: Annotated[PeriodQuestion, Query()]) -> Answer:
    """Count cards by district, and the districts that were reached."""

    async def ask(tx: Transaction) -> Figures:
        return await queries.cards(tx, asked.from_, asked.until, asked.known_at)

    return await in_period(pool, asked, definitions.CARDS, ask)


@router.get(
    "/v1/legal-bases",
    summary="Regulations and decrees that cohorts rest on",
    responses=PROBLEMS,
    dependencies=[Included],
)
async def legal_bases(pool: Database, asked: Annotated[LegalBasesQuestion, Query()]) -> Answer:
    """List each title once, with the number of cohorts that name it."""

    async def ask(tx: Transaction) -> Figures:
        return await queries.legal_bases(tx, asked.year, asked.known_at)

    return await answer(pool, asked, definitions.LEGAL_BASES, ask)


@router.get("/v1/targets", summary="Targets and denominators", responses=PROBLEMS, dependencies=[Included])
async def list_targets(pool: Database, asked: Annotated[Question, Query()]) -> Answer:
    """List them with definition, scope, source and date. They are reference data, not facts: known_at has no say."""

    async def ask(tx: Transaction) -> Figures:
        found = await queries.targets(tx)
        return found, len(found)

    return await answer(pool, asked, definitions.TARGETS, ask, definitions.NEWEST_TARGETS)


@router.get("/v1/watermark", summary="How complete all answers are", responses=PROBLEMS, dependencies=[Included])
async def watermark(pool: Database, asked: Annotated[Question, Query()]) -> Answer:
    """Answer no figure, only what every answer says of itself."""

    async def ask(_tx: Transaction) -> Figures:
        return [], None

    return await answer(pool, asked, definitions.WATERMARK, ask)


@router.put(
    "/v1/targets",
    summary="Take in a file of targets and denominators",
    description=f"text/csv in UTF-8 with the header `{','.join(targets.COLUMNS)}`. All rows or none; a row that differs"
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
        raise Problem(
            422, "The file is not valid", "Nothing was taken in; see errors.", errors=list(map(asdict, refused.faults))
        ) from None
    async with transaction(pool) as tx:
        return TakenIn(**await targets.take_in(tx, given, by=who.id))


@router.get("/", response_class=HTMLResponse, include_in_schema=False)
async def contents(request: Request) -> str:
    """List the questions for whoever opens the address in a browser."""
    found = request.app.openapi()["paths"]
    items = "".join(
        f'<li><a href="{path}">{path}</a> {methods["get"]["summary"]}</li>'
        for path, methods in found.items()
        if "get" in methods
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Payung</title>'
        f'<h1>Payung</h1><p><span lang="id">Angka yang dapat dijawab.</span> Figures that can be asked for;'
        ' <a href="/openapi.json">openapi.json</a> says how, <a href="/docs">docs</a> lets you try it.</p>'
        f"<ul>{items}</ul></html>"
    )


async def on_day(
    pool: Pool,
    asked: Question,
    as_of: date | None,
    definition: Definition,
    ask: Callable[[Transaction, date], Awaitable[Figures]],
    changing: Text | None = None,
) -> Answer:
    """Answer a question about one day; today if none is asked for."""
    days: list[date] = []

    async def ask_on_day(tx: Transaction) -> Figures:
        days.append(as_of or await clock.business_date(tx))
        return await ask(tx, days[0])

    found = await answer(pool, asked, definition, ask_on_day, changing)
    return found.model_copy(update={"as_of": days[0]})


async def in_period(
    pool: Pool,
    asked: PeriodQuestion,
    definition: Definition,
    ask: Callable[[Transaction], Awaitable[Figures]],
) -> Answer:
    """Answer a question about a period that is neither empty nor too long."""
    if not 0 < (asked.until - asked.from_).days <= PERIOD_DAYS_MAX:
        raise Problem(
            422,
            "The period is empty or too long",
            f"`until` is the first day after the period: later than `from`, by at most {PERIOD_DAYS_MAX} days.",
        )
    found = await answer(pool, asked, definition, ask)
    return found.model_copy(update={"from_": asked.from_, "until": asked.until})


async def answer(
    pool: Pool,
    asked: Question,
    definition: Definition,
    ask: Callable[[Transaction], Awaitable[Figures]],
    changing: Text | None = None,
) -> Answer:
    """Answer with how complete it is; `changing` says why the figures may change though all facts are in."""
    async with answers.snapshot(pool) as tx:
        complete = await answers.completeness(tx, asked.known_at)
        figures, total = await ask(tx)
    return Answer(
        figures=figures,
        total=total,
        unit=definition.unit,
        definition=Sentence(**asdict(definition.text)),
        known_at=asked.known_at,
        final=complete.final and changing is None,
        why=Sentence(**asdict(changing or complete.why)),
        watermarks=[
            Watermark(**{name: getattr(mark, name) for name in Watermark.model_fields}) for mark in complete.watermarks
        ],
        age_seconds=complete.age_seconds,
        projection_version=PROJECTION_VERSION,
        withheld_keys=complete.withheld_keys,
    )


async def area(tx: Transaction, code: str | None) -> str | None:
    """Give the area's code back, if there is such an area."""
    if code is not None and not await queries.area_known(tx, code):
        raise Problem(
            422,
            "Unknown area",
            "No province, regency, district or village has this code; write it with dots, as 51.04 or 51.04.01.2001.",
            errors=[{"pointer": "/query/area", "reason": "unknown code", "code": "unknown_value"}],
        )
    return code


def _no_area(target: queries.Figure) -> Problem:
    english = (
        f"The scope of {target['id']} is no area ({target['scope']}), so its people cannot be told from others and a"
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


def _texts(values: list[Segment] | list[Funding] | None) -> list[str] | None:
    return None if values is None else [str(value) for value in values]
