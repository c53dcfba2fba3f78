"""Questions about cover: how many are protected or hold memberships, whose cover ends, what was approved for it."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from payung_contracts.fact import Funding, Segment
from pydantic import Field

from services.chassis.postgres import Transaction
from services.chassis.web import Database, Problem
from services.chassis.web.included import Included
from services.reporting import answers, cohort_queries, definitions, over_time, queries
from services.reporting.api.asking import (
    PARTS,
    PROBLEMS,
    Answer,
    Area,
    AreaPart,
    AsOf,
    Figures,
    PeriodQuestion,
    Question,
    Year,
    answer,
    area,
    in_period,
    on_day,
    texts,
)
from services.reporting.queries import Where

POINTS_MAX = 1_200
"""A line of more days is refused: a century of months, or more than three years of days."""

router = APIRouter(tags=["questions"])


class ProtectedQuestion(Question):
    as_of: AsOf = None
    by: list[Literal["segment", "funding", "cohort"] | AreaPart] = Field([], description=PARTS)
    segment: list[Segment] | None = Field(None, description="Only these segments")
    funding: list[Funding] | None = Field(None, description="Only of this funding")
    cohort: list[UUID] | None = Field(None, description="Only whom these cohorts pay for")
    area: Area = None


class OverTimeQuestion(PeriodQuestion):
    every: Literal["month", "day"] = Field("month", description="The last day of each month, or every day")
    by: Literal["segment", "funding"] = Field("segment", description="The part to count apart")
    segment: list[Segment] | None = Field(None, description="Only these segments")
    funding: list[Funding] | None = Field(None, description="Only of this funding")
    area: Area = None


class MembershipsQuestion(Question):
    as_of: AsOf = None
    state: Literal["in_force", "suspended", "grace"] = Field(
        "in_force", description="In force; or paid, but suspended; or in arrears and in grace: not in force either"
    )
    by: list[Literal["cohort"] | AreaPart] = Field([], description=PARTS)
    area: Area = None


class CommitmentsQuestion(Question):
    as_of: AsOf = None
    year: Year = None
    by: list[Literal["year", "phase", "segment", "funding", "cohort"]] = Field(["year", "phase"], description=PARTS)


class ExpiriesQuestion(PeriodQuestion):
    area: Area = None


class LegalBasesQuestion(Question):
    year: Year = None


@router.get(
    "/v1/protected", summary="How many people are protected on a day", responses=PROBLEMS, dependencies=[Included]
)
async def protected(pool: Database, asked: Annotated[ProtectedQuestion, Query()]) -> Answer:
    """Count people, not memberships, so that the parts add up to the total."""

    async def ask(tx: Transaction, as_of: date) -> Figures:
        where = Where(await area(tx, asked.area), texts(asked.segment), texts(asked.funding), asked.cohort)
        figures = await queries.protected(tx, as_of, asked.known_at, list(asked.by), where)
        return figures, sum(figure["people"] for figure in figures)

    return await on_day(pool, asked, asked.as_of, definitions.PROTECTED, ask)


@router.get(
    "/v1/protected-over-time",
    summary="How many people are protected over time",
    responses=PROBLEMS,
    dependencies=[Included],
)
async def protected_over_time(pool: Database, asked: Annotated[OverTimeQuestion, Query()]) -> Answer:
    """Count people by segment, or by funding, on each of the days; those still ahead are a forecast."""

    async def ask(tx: Transaction) -> Figures:
        days = over_time.days_of(asked.from_, asked.until, asked.every)
        if len(days) > POINTS_MAX:
            raise _too_many(len(days))
        known_on = await answers.day_known(tx, asked.known_at)
        where = Where(await area(tx, asked.area), texts(asked.segment), texts(asked.funding))
        rows = await over_time.protected_over_time(tx, days, asked.known_at, where, asked.by)
        return over_time.with_forecast(rows, known_on), None

    return await in_period(pool, asked, definitions.OVER_TIME, ask)


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
async def expiries(pool: Database, asked: Annotated[ExpiriesQuestion, Query()]) -> Answer:
    """List the last covered days in the period, and what ends with each."""

    async def ask(tx: Transaction) -> Figures:
        return await queries.expiries(tx, asked.from_, asked.until, asked.known_at, await area(tx, asked.area))

    return await in_period(pool, asked, definitions.EXPIRIES, ask)


@router.get(
    "/v1/commitments",
    summary="What was approved against what was realised",
    responses=PROBLEMS,
    dependencies=[Included],
)
async def commitments(pool: Database, asked: Annotated[CommitmentsQuestion, Query()]) -> Answer:
    """Sum places, person-months and budget of cohorts, the memberships that they enrolled, and the months they paid.

    `as_of` is the day until which months count as paid.
    """

    async def ask(tx: Transaction, as_of: date) -> Figures:
        return await cohort_queries.commitments(tx, asked.year, as_of, asked.known_at, list(asked.by))

    return await on_day(pool, asked, asked.as_of, definitions.COMMITMENTS, ask)


@router.get("/v1/cards", summary="Cards handed over in a period", responses=PROBLEMS, dependencies=[Included])
async def cards(pool: Database, asked: Annotated[PeriodQuestion, Query()]) -> Answer:
    """Count cards by district, and the districts that were reached."""

    async def ask(tx: Transaction) -> Figures:
        return await cohort_queries.cards(tx, asked.from_, asked.until, asked.known_at)

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
        return await cohort_queries.legal_bases(tx, asked.year, asked.known_at)

    return await answer(pool, asked, definitions.LEGAL_BASES, ask)


@router.get("/v1/watermark", summary="How complete all answers are", responses=PROBLEMS, dependencies=[Included])
async def watermark(pool: Database, asked: Annotated[Question, Query()]) -> Answer:
    """Answer no figure, only what every answer says of itself."""

    async def ask(_tx: Transaction) -> Figures:
        return [], None

    return await answer(pool, asked, definitions.WATERMARK, ask)


def _too_many(days: int) -> Problem:
    english = (
        f"The period has {days} days to show, and at most {POINTS_MAX} are answered; ask for months (every=month), or"
        " for a shorter period."
    )
    indonesian = (
        f"Masa itu berisi {days} hari, dan paling banyak {POINTS_MAX} yang dijawab; mintalah per bulan (every=month),"
        " atau masa yang lebih pendek."
    )
    errors = [{"pointer": "/query/until", "reason": "too many days", "code": "too_many"}]
    return Problem(
        422, "Too many days", english, code="too_many_days", indonesian=indonesian, english=english, errors=errors
    )
