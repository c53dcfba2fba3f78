"""What every question may say, and what every answer says of itself: what it counts, how complete and final it is.

Unknown parameters, parts (`by`) and filter values are refused (422): a misspelt question must not get the answer to
another one.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.chassis.postgres import Pool, Transaction
from services.chassis.web import Problem
from services.reporting import answers, queries, snapshots
from services.reporting.answers import Text, snapshot_id
from services.reporting.bounds import Day, Time
from services.reporting.definitions import Definition
from services.reporting.followed import NotFollowed

YEARS = (1900, 2200)
PERIOD_DAYS_MAX = 36_600
SNAPSHOT = "1@2026-01-01T04:00:05.000000Z"
"""What an id looks like."""
PARTS = "Parts to count apart; repeatable"

AsOf = Annotated[
    Day | None,
    Field(description="The day in the world; if left out, the day of known_at in Asia/Makassar, or today without one"),
]
KnownAt = Annotated[
    Time | None,
    Field(description="Answer as it was known then, with its offset from UTC; with all facts so far if left out"),
]
From = Annotated[Day, Field(alias="from", description="First day of the period")]
Until = Annotated[Day, Field(description="First day after the period")]
Year = Annotated[int | None, Field(ge=YEARS[0], le=YEARS[1], description="Budget year; all if left out")]
Area = Annotated[
    str | None, Field(max_length=13, description="Only this province, regency, district or village, by its code")
]
AreaPart = Literal["regency", "district", "village"]


class Question(BaseModel):
    """What every question may say."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    known_at: KnownAt = None
    snapshot: Annotated[
        str | None,
        Field(
            pattern=snapshots.PATTERN,
            description="Id of a final answer, in the place of known_at: the same figure for ever, or a refusal",
            examples=[SNAPSHOT],
        ),
    ] = None

    @model_validator(mode="before")
    @classmethod
    def known_at_its_snapshot(cls, asked: Any) -> Any:
        """Take the known-at time from the snapshot id."""
        if not isinstance(asked, dict) or not isinstance(snapshot := asked.get("snapshot"), str):
            return asked
        if asked.get("known_at") is not None:
            raise PydanticCustomError(
                "snapshot_and_known_at",
                "a snapshot has its known-at time in it; send one of the two",
                {"indonesian": "snapshot sudah memuat waktu “Diketahui pada”; kirim salah satu saja"},
            )
        return asked | {"known_at": snapshot.partition("@")[2]}


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
    snapshot: str | None = Field(
        description="Names this figure for ever: the question with it has this one answer", examples=[SNAPSHOT]
    )
    final_until: datetime | None = Field(description="The newest known_at that would be final now; null: none yet")
    withheld_keys: int = Field(description="Workers or cohorts whose facts wait for a person to look at")


Figures = tuple[list[dict[str, Any]], Any]


PROBLEMS: dict[int | str, dict[str, Any]] = {
    409: {"description": "The facts to be included have not arrived yet, or a snapshot is not final"},
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
    """Answer a question about one day; if none is asked for, that of knowing: so a snapshot names one figure."""
    days: list[date] = []

    async def ask_on_day(tx: Transaction) -> Figures:
        days.append(as_of or await answers.day_known(tx, asked.known_at))
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
        raise _odd_period()
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
        final, why = snapshots.settle(complete, changing, asked.snapshot)
        figures, total = await ask(tx)
    return Answer(
        figures=figures,
        total=total,
        unit=definition.unit,
        definition=Sentence(**asdict(definition.text)),
        known_at=asked.known_at,
        final=final,
        why=Sentence(**asdict(why)),
        watermarks=[
            Watermark(**{name: getattr(mark, name) for name in Watermark.model_fields}) for mark in complete.watermarks
        ],
        age_seconds=complete.age_seconds,
        projection_version=complete.version,
        snapshot=snapshot_id(complete.version, asked.known_at) if final and asked.known_at else None,
        final_until=complete.final_until,
        withheld_keys=complete.withheld_keys,
    )


def needs_rebuild(refusal: NotFollowed) -> Problem:
    """Tell programs why nothing is answered before a rebuild."""
    indonesian, english = refusal.indonesian, refusal.english
    return Problem(409, "Rebuild needed", english, code=refusal.code, indonesian=indonesian, english=english)


def _odd_period() -> Problem:
    english = (
        f"The period is empty or too long. `until` is the first day after it: later than `from`, by at most"
        f" {PERIOD_DAYS_MAX} days."
    )
    indonesian = (
        "Masa yang diminta kosong atau terlalu panjang. `until` adalah hari pertama sesudahnya: lebih akhir dari"
        f" `from`, paling banyak {PERIOD_DAYS_MAX} hari."
    )
    code = "period_empty_or_too_long"
    errors = [{"pointer": "/query/until", "reason": english, "indonesian": indonesian, "code": code}]
    title = "The period is empty or too long"
    return Problem(422, title, english, code=code, indonesian=indonesian, english=english, errors=errors)


async def area(tx: Transaction, code: str | None) -> str | None:
    """Give the area's code back, if there is such an area."""
    if code is not None and not await queries.area_known(tx, code):
        raise _no_area()
    return code


def _no_area() -> Problem:
    english = "No province, regency, district or village has this code; write it with dots, as 51.04 or 51.04.01.2001."
    indonesian = (
        "Tidak ada provinsi, kabupaten/kota, kecamatan atau desa dengan kode ini; tulis dengan titik, misalnya 51.04"
        " atau 51.04.01.2001."
    )
    errors = [{"pointer": "/query/area", "reason": english, "indonesian": indonesian, "code": "unknown_value"}]
    return Problem(
        422, "Unknown area", english, code="area_unknown", indonesian=indonesian, english=english, errors=errors
    )


def texts(values: Sequence[str] | None) -> list[str] | None:
    """Give the values of a filter as the statements take them."""
    return None if values is None else list(values)
