"""Questions about cohorts over HTTP: how far proposals came, how cohorts stand, what is paid twice."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from services.chassis.postgres import Transaction
from services.chassis.web import Database
from services.chassis.web.included import Included
from services.reporting import cohort_queries, definitions
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
)

router = APIRouter(tags=["questions"])

OneCohort = Annotated[UUID | None, Field(description="Only this cohort")]


class FunnelQuestion(Question):
    as_of: AsOf = None
    by: list[Literal["cohort"] | AreaPart] = Field(["cohort"], description=PARTS)
    area: Area = None
    cohort: OneCohort = None


class CohortsQuestion(Question):
    year: Year = None
    state: Literal["proposed", "approved", "open", "closed"] | None = Field(
        None, description="Only those in this state"
    )


class DoubleFundingQuestion(Question):
    area: Area = None


class PlacesQuestion(Question):
    cohort: OneCohort = None


@router.get(
    "/v1/funnel",
    summary="How far proposed workers came, and why not further",
    responses=PROBLEMS,
    dependencies=[Included],
)
async def funnel(pool: Database, asked: Annotated[FunnelQuestion, Query()]) -> Answer:
    """Count proposed workers at every step they passed, by cohort and village, and refusals by reason.

    All is as known at `known_at`; `as_of` says on which day those who are active count.
    """

    async def ask(tx: Transaction, as_of: date) -> Figures:
        code, cohort = await area(tx, asked.area), str(asked.cohort) if asked.cohort else None
        return await cohort_queries.funnel(tx, as_of, asked.known_at, list(asked.by), code, cohort)

    return await on_day(pool, asked, asked.as_of, definitions.FUNNEL, ask)


@router.get(
    "/v1/cohorts", summary="How cohorts stand, and who answers for them", responses=PROBLEMS, dependencies=[Included]
)
async def cohorts(pool: Database, asked: Annotated[CohortsQuestion, Query()]) -> Answer:
    """List cohorts with their terms; the total counts them by state."""

    async def ask(tx: Transaction) -> Figures:
        return await cohort_queries.cohorts(tx, asked.known_at, asked.year, asked.state)

    return await answer(pool, asked, definitions.COHORTS, ask)


@router.get(
    "/v1/places-reallocated",
    summary="Places that went from one village to another",
    responses=PROBLEMS,
    dependencies=[Included],
)
async def places_reallocated(pool: Database, asked: Annotated[PlacesQuestion, Query()]) -> Answer:
    """List each re-allocation, the earliest told first."""

    async def ask(tx: Transaction) -> Figures:
        return await cohort_queries.places_reallocated(tx, asked.known_at, str(asked.cohort) if asked.cohort else None)

    return await answer(pool, asked, definitions.PLACES_REALLOCATED, ask)


@router.get(
    "/v1/double-funding",
    summary="What is paid twice, and what was decided",
    responses=PROBLEMS,
    dependencies=[Included],
)
async def double_funding(pool: Database, asked: Annotated[DoubleFundingQuestion, Query()]) -> Answer:
    """Count findings and the person-months paid twice, by what was decided about them."""

    async def ask(tx: Transaction) -> Figures:
        return await cohort_queries.double_funding(tx, asked.known_at, await area(tx, asked.area))

    return await answer(pool, asked, definitions.DOUBLE_FUNDING, ask)


@router.get("/v1/cards-issued", summary="Cards issued in a period", responses=PROBLEMS, dependencies=[Included])
async def cards_issued(pool: Database, asked: Annotated[PeriodQuestion, Query()]) -> Answer:
    """Count cards by district, and the districts that were reached."""

    async def ask(tx: Transaction) -> Figures:
        return await cohort_queries.cards_issued(tx, asked.from_, asked.until, asked.known_at)

    return await in_period(pool, asked, definitions.CARDS_ISSUED, ask)
