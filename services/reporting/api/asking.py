"""What every question may say, and what every answer says of itself: what it counts, how complete and final it is.

Unknown parameters, parts (`by`) and filter values are refused (422): a misspelt question must not get the answer to
another one.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.chassis import clock
from services.chassis.postgres import Pool, Transaction
from services.chassis.web import Problem
from services.reporting import answers, queries
from services.reporting.answers import Text
from services.reporting.definitions import Definition
from services.reporting.projections import PROJECTION_VERSION

YEARS = (1900, 2200)
PERIOD_DAYS_MAX = 36_600

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


class PeriodQuestion(Question):
    from_: From
    until: Until


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
    total: int | float | dict[str, int | float | None] | None
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


Figures = tuple[list[dict[str, Any]], Any]


PROBLEMS: dict[int | str, dict[str, Any]] = {
    409: {"description": "The facts to be included have not arrived yet"},
    422: {"description": "A parameter, a part or a filter value is unknown"},
}


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
