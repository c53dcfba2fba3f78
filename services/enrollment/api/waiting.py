"""Who waits for a place of a cohort, over HTTP: the list in its order, and how somebody leaves it."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field, TypeAdapter

from services.chassis.idempotency import Answer
from services.chassis.ledger import Act
from services.chassis.postgres import Transaction, transaction
from services.chassis.web import Body, Commanded, Database
from services.chassis.web.acting import acting_as
from services.chassis.web.included import Included
from services.chassis.web.pages import PageOf, page, place
from services.enrollment.api.answers import Consistency, VillageCode
from services.enrollment.api.workers import REFUSALS
from services.enrollment.cohorts import handlers, place_store, waiting

TURN: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=-1, lt=2**63)])

CLERK = acting_as("clerk")

router = APIRouter(prefix="/v1", tags=["cohorts"])


class WaitsAnswer(BaseModel):
    """Somebody who waits; the lower the turn, the earlier it is."""

    turn: int = Field(examples=[17])
    worker_id: UUID
    village_code: VillageCode
    person_months: int = Field(description="Months of cover that the person needs", examples=[6])
    since: date = Field(description="Waits since this day", examples=["2027-01-04"])


class WaitingList(BaseModel):
    rows: list[WaitsAnswer]
    next: str | None = Field(description="Send it as `cursor` for the next page; null on the last")


class Asked(PageOf):
    """Of whom is asked."""

    village_code: VillageCode | None = Field(None, description="People of this village alone")


class WithdrawalBody(Body):
    worker_id: UUID


class WithdrawnAnswer(BaseModel):
    """Whoever had waited, or had a place reserved, and does not any more."""

    worker_id: UUID
    consistency: Consistency


@router.get(
    "/cohorts/{cohort_id}/waiting",
    summary="Who waits for a place, in the order of asking",
    dependencies=[Included],
    responses=REFUSALS,
)
async def waiting_list(cohort_id: UUID, asked: Annotated[Asked, Query()], pool: Database) -> WaitingList:
    """List those whom a place is given to next; of a village that has no place free the next of another goes first."""
    after = place(asked.cursor, TURN, first=-1)
    async with transaction(pool) as tx:
        await handlers.find(tx, cohort_id)
        found = await place_store.line(tx, cohort_id, asked.village_code, after=after, limit=asked.limit + 1)
    rows, following = page(found, asked.limit, TURN, lambda one: one.turn)
    return WaitingList(rows=[WaitsAnswer(**one._asdict()) for one in rows], next=following)


@router.post(
    "/cohorts/{cohort_id}/withdrawals",
    summary="Let a person wait no longer, or give up a reserved place",
    response_model=WithdrawnAnswer,
    dependencies=[CLERK],
    responses=REFUSALS,
)
async def withdraw(cohort_id: UUID, body: WithdrawalBody, command: Commanded) -> Response:
    """Tell that the person does not want a place of this cohort; the next moves up. Cover that stands is terminated."""

    async def action(tx: Transaction, act: Act) -> Answer:
        await waiting.withdraw(tx, cohort_id, body.worker_id, act)
        return Answer(200, {"worker_id": str(body.worker_id)})

    return await command.once(action)
