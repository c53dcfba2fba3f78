"""Questions about claims: what was paid and decided, how long it took, what is late, owed, in doubt or taken back."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from services.chassis.postgres import Transaction
from services.chassis.web import Database
from services.chassis.web.included import Included
from services.reporting import claim_queries, definitions, queries
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
    area,
    in_period,
    on_day,
)

router = APIRouter(tags=["questions"])


class ClaimsPaidQuestion(PeriodQuestion):
    by: list[Literal["programme", "segment", "funding", "cohort", "month"] | AreaPart] = Field([], description=PARTS)
    area: Area = None


class ClaimsDecidedQuestion(PeriodQuestion):
    by: list[Literal["programme", "segment", "funding", "cohort", "outcome", "month"] | AreaPart] = Field(
        [], description=PARTS
    )
    area: Area = None


class TimeQuestion(PeriodQuestion):
    by: list[Literal["programme", "segment", "month"] | AreaPart] = Field([], description=PARTS)
    area: Area = None


class StandingQuestion(Question):
    as_of: AsOf = None
    by: list[Literal["programme", "stage", "segment"] | AreaPart] = Field(["programme", "stage"], description=PARTS)
    area: Area = None


class ObligationsQuestion(Question):
    as_of: AsOf = None
    by: list[Literal["year", "level", "programme", "segment"]] = Field(["year"], description=PARTS)
    area: Area = None


class ReviewsQuestion(Question):
    as_of: AsOf = None
    by: list[Literal["programme", "would_be_outcome", "segment"]] = Field([], description=PARTS)


class VoidedQuestion(PeriodQuestion):
    by: list[Literal["voided_for", "month"]] = Field(["voided_for"], description=PARTS)


@router.get("/v1/claims-paid", summary="What was paid in a period", responses=PROBLEMS, dependencies=[Included])
async def claims_paid(pool: Database, asked: Annotated[ClaimsPaidQuestion, Query()]) -> Answer:
    """Keep people, cases, payments and rupiah apart: they are different counts."""

    async def ask(tx: Transaction) -> Figures:
        code = await area(tx, asked.area)
        return await queries.claims_paid(tx, asked.from_, asked.until, asked.known_at, list(asked.by), code)

    return await in_period(pool, asked, definitions.CLAIMS_PAID, ask)


@router.get(
    "/v1/claims-decided",
    summary="What was decided in a period, by component and with the reasons of denials",
    responses=PROBLEMS,
    dependencies=[Included],
)
async def claims_decided(pool: Database, asked: Annotated[ClaimsDecidedQuestion, Query()]) -> Answer:
    """Count each claim once, under its newest decision by the end of the period."""

    async def ask(tx: Transaction) -> Figures:
        code = await area(tx, asked.area)
        return await claim_queries.decided(tx, asked.from_, asked.until, asked.known_at, list(asked.by), code)

    return await in_period(pool, asked, definitions.CLAIMS_DECIDED, ask)


@router.get(
    "/v1/time-to-payment",
    summary="How long payments took since the papers were complete, and how many were in time",
    responses=PROBLEMS,
    dependencies=[Included],
)
async def time_to_payment(pool: Database, asked: Annotated[TimeQuestion, Query()]) -> Answer:
    """Measure each payment of a benefit that arrived in the period; half of them took no longer than `days_p50`."""

    async def ask(tx: Transaction) -> Figures:
        code = await area(tx, asked.area)
        return await claim_queries.time_to_payment(tx, asked.from_, asked.until, asked.known_at, list(asked.by), code)

    return await in_period(pool, asked, definitions.TIME_TO_PAYMENT, ask)


@router.get("/v1/claims", summary="How claims stand on a day", responses=PROBLEMS, dependencies=[Included])
async def claims(pool: Database, asked: Annotated[StandingQuestion, Query()]) -> Answer:
    """Count all claims that were reported by the day, by the stage that they had come to."""

    async def ask(tx: Transaction, as_of: date) -> Figures:
        code = await area(tx, asked.area)
        return await claim_queries.standing(tx, as_of, asked.known_at, list(asked.by), code, overdue=False)

    return await on_day(pool, asked, asked.as_of, definitions.CLAIMS, ask)


@router.get(
    "/v1/claims-overdue", summary="Claims whose payment is overdue", responses=PROBLEMS, dependencies=[Included]
)
async def claims_overdue(pool: Database, asked: Annotated[StandingQuestion, Query()]) -> Answer:
    """Count the claims whose service clock ran out before the day, and sum what is granted of them and not paid."""

    async def ask(tx: Transaction, as_of: date) -> Figures:
        code = await area(tx, asked.area)
        return await claim_queries.standing(tx, as_of, asked.known_at, list(asked.by), code, overdue=True)

    return await on_day(pool, asked, asked.as_of, definitions.CLAIMS_OVERDUE, ask)


@router.get("/v1/obligations", summary="Scholarships that fall due later", responses=PROBLEMS, dependencies=[Included])
async def obligations(pool: Database, asked: Annotated[ObligationsQuestion, Query()]) -> Answer:
    """Sum the years of school that decisions foresee from the day on."""

    async def ask(tx: Transaction, as_of: date) -> Figures:
        code = await area(tx, asked.area)
        return await claim_queries.obligations(tx, as_of, asked.known_at, list(asked.by), code)

    return await on_day(pool, asked, asked.as_of, definitions.OBLIGATIONS, ask)


@router.get(
    "/v1/reviews",
    summary="Decisions that would come out otherwise now",
    responses=PROBLEMS,
    dependencies=[Included],
)
async def reviews(pool: Database, asked: Annotated[ReviewsQuestion, Query()]) -> Answer:
    """Count the reviews that are open on the day, and sum by how much more or less would be granted."""

    async def ask(tx: Transaction, as_of: date) -> Figures:
        return await claim_queries.reviews(tx, as_of, asked.known_at, list(asked.by))

    return await on_day(pool, asked, asked.as_of, definitions.REVIEWS, ask)


@router.get(
    "/v1/claims-voided",
    summary="Claims that were taken back in a period, and what is owed back",
    responses=PROBLEMS,
    dependencies=[Included],
)
async def claims_voided(pool: Database, asked: Annotated[VoidedQuestion, Query()]) -> Answer:
    """Count voided claims by their cause; no other figure counts them."""

    async def ask(tx: Transaction) -> Figures:
        return await claim_queries.voided(tx, asked.from_, asked.until, asked.known_at, list(asked.by))

    return await in_period(pool, asked, definitions.CLAIMS_VOIDED, ask)
