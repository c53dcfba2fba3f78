"""Questions about deaths: who died while protected without a claim, what was paid for days after a death."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from services.chassis.postgres import Transaction
from services.chassis.web import Database
from services.chassis.web.acting import acting_as
from services.chassis.web.included import Included
from services.reporting import death_queries, definitions
from services.reporting.api.asking import (
    PARTS,
    PROBLEMS,
    Answer,
    Area,
    AreaPart,
    AsOf,
    Figures,
    Question,
    area,
    on_day,
)

router = APIRouter(tags=["questions"])


class DeathsQuestion(Question):
    as_of: AsOf = None
    by: list[Literal["segment", "year"] | AreaPart] = Field(["village"], description=PARTS)
    area: Area = None


class WorkersQuestion(Question):
    as_of: AsOf = None
    area: Area = None


class PaidAfterDeathQuestion(Question):
    as_of: AsOf = None
    by: list[Literal["begun", "cohort", "segment", "funding"] | AreaPart] = Field(["begun"], description=PARTS)
    area: Area = None


@router.get(
    "/v1/died-without-claim",
    summary="Who died while protected, and nobody has claimed",
    responses=PROBLEMS,
    dependencies=[Included],
)
async def died_without_claim(pool: Database, asked: Annotated[DeathsQuestion, Query()]) -> Answer:
    """Count people, by the village in which they were protected when they died."""

    async def ask(tx: Transaction, as_of: date) -> Figures:
        code = await area(tx, asked.area)
        return await death_queries.died_without_claim(tx, as_of, asked.known_at, list(asked.by), code)

    return await on_day(pool, asked, asked.as_of, definitions.DIED_WITHOUT_CLAIM, ask)


@router.get(
    "/v1/died-without-claim/workers",
    summary="The same, one by one, so that somebody can go to the family",
    responses=PROBLEMS,
    dependencies=[acting_as("clerk", "steward"), Included],
)
async def died_without_claim_workers(pool: Database, asked: Annotated[WorkersQuestion, Query()]) -> Answer:
    """List `worker_id`, day of death and village, the earliest death first, a thousand at most; the total counts all.

    Enrollment knows who they are.
    """

    async def ask(tx: Transaction, as_of: date) -> Figures:
        code = await area(tx, asked.area)
        return await death_queries.died_without_claim_workers(tx, as_of, asked.known_at, code)

    return await on_day(pool, asked, asked.as_of, definitions.DIED_WITHOUT_CLAIM, ask)


@router.get(
    "/v1/paid-after-death",
    summary="What was paid for days after a death",
    responses=PROBLEMS,
    dependencies=[Included],
)
async def paid_after_death(pool: Database, asked: Annotated[PaidAfterDeathQuestion, Query()]) -> Answer:
    """Count people, periods and person-months of deaths up to the day: begun after the death, or paid ahead of it."""

    async def ask(tx: Transaction, as_of: date) -> Figures:
        code = await area(tx, asked.area)
        return await death_queries.paid_after_death(tx, as_of, asked.known_at, list(asked.by), code)

    return await on_day(pool, asked, asked.as_of, definitions.PAID_AFTER_DEATH, ask)
