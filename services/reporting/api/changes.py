"""Why a figure changed between two known-at times: what was learned in between, which adds up to the change."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from payung_contracts.fact import Funding, Segment
from pydantic import Field

from services.chassis.postgres import Transaction
from services.chassis.web import Database, Problem
from services.chassis.web.included import Included
from services.reporting import change_queries, definitions
from services.reporting.api.asking import (
    PROBLEMS,
    Answer,
    Area,
    AsOf,
    Figures,
    PeriodQuestion,
    Question,
    area,
    in_period,
    on_day,
    texts,
)
from services.reporting.bounds import Time
from services.reporting.queries import Where

router = APIRouter(tags=["questions"])

Since = Annotated[Time, Field(description="The earlier known-at time, with its offset from UTC")]


class ProtectedChangesQuestion(Question):
    since: Since
    as_of: AsOf = None
    segment: list[Segment] | None = Field(None, description="Only these segments")
    funding: list[Funding] | None = Field(None, description="Only of this funding")
    cohort: list[UUID] | None = Field(None, description="Only whom these cohorts pay for")
    area: Area = None


class ClaimsPaidChangesQuestion(PeriodQuestion):
    since: Since
    area: Area = None


@router.get(
    "/v1/protected/changes",
    summary="Why the number of protected people changed between two known-at times",
    responses=PROBLEMS,
    dependencies=[Included],
)
async def protected_changes(pool: Database, asked: Annotated[ProtectedChangesQuestion, Query()]) -> Answer:
    """List what was learned after `since`: by which kind of fact, on which day, from when it counts, and for whom."""
    _refuse_if_not_before(asked.since, asked.known_at)

    async def ask(tx: Transaction, as_of: date) -> Figures:
        where = Where(await area(tx, asked.area), texts(asked.segment), texts(asked.funding), asked.cohort)
        return await change_queries.protected(tx, as_of, asked.since, asked.known_at, where)

    return await on_day(pool, asked, asked.as_of, definitions.PROTECTED_CHANGES, ask)


@router.get(
    "/v1/claims-paid/changes",
    summary="Why what was paid in a period changed between two known-at times",
    responses=PROBLEMS,
    dependencies=[Included],
)
async def claims_paid_changes(pool: Database, asked: Annotated[ClaimsPaidChangesQuestion, Query()]) -> Answer:
    """List the payments that count otherwise than at `since`: added, returned, voided or corrected."""
    _refuse_if_not_before(asked.since, asked.known_at)

    async def ask(tx: Transaction) -> Figures:
        code = await area(tx, asked.area)
        return await change_queries.claims_paid(tx, asked.from_, asked.until, asked.since, asked.known_at, code)

    return await in_period(pool, asked, definitions.CLAIMS_PAID_CHANGES, ask)


def _refuse_if_not_before(since: datetime, known_at: datetime | None) -> None:
    if known_at is not None and since > known_at:
        english = "`since` is later than known_at; give the earlier of the two times as `since`."
        indonesian = "`since` lebih akhir dari known_at; berikan waktu yang lebih awal sebagai `since`."
        code = "times_in_wrong_order"
        raise Problem(422, "Times in the wrong order", english, code=code, indonesian=indonesian, english=english)
