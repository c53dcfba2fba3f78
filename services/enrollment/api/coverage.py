"""What becomes of memberships, over HTTP: suspended, reinstated, voided, paid on by self-payers."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from services.chassis import clock
from services.chassis.idempotency import Answer
from services.chassis.ledger import Act
from services.chassis.postgres import Transaction, transaction
from services.chassis.web import Body, Commanded, Database
from services.chassis.web.included import Included
from services.enrollment import coverage_store, domain, handlers, store
from services.enrollment.api import answers, double_funding
from services.enrollment.api.answers import ChangedWorker, MembershipAnswer, last_covered_day
from services.enrollment.api.workers import CLERK, REFUSALS, Day
from services.enrollment.domain import (
    OPEN,
    Command,
    Membership,
    Status,
    SuspensionReason,
    VoidReason,
    Worker,
)

PREPAID_MONTHS_MAX = 24

coverages = APIRouter(prefix="/v1", tags=["coverages"])
ROUTERS = (coverages, double_funding.router)


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    """For how many months self-payers may pay at once, and whether new cover is a new membership."""

    months: tuple[int, ...] = (1, 2, 3, 6, 12)
    begins_anew: bool = True


USUAL_TERMS = PaymentTerms()


def _payment_terms(request: Request) -> PaymentTerms:
    terms: PaymentTerms = request.app.state.payment_terms
    return terms


class SuspensionBody(Body):
    suspended_from: Day = Field(description="First day out of force; may lie in the past or in the future")
    reinstated_from: Day | None = Field(
        None, description="First day in force again, where it is known; otherwise until it is reinstated"
    )
    reason: SuspensionReason


class ReinstatementBody(Body):
    reinstated_from: Day = Field(description="First day in force again; whatever suspends it later, never was")


class VoidBody(Body):
    reason: VoidReason


class PaymentBody(Body):
    months: int = Field(ge=1, le=PREPAID_MONTHS_MAX, description="For how many months was paid", examples=[3])
    paid_on: Day = Field(description="Day on which the payment was confirmed", examples=["2026-07-10"])


class MonthOwed(BaseModel):
    begins_on: date
    amount_idr: int


class Arrears(BaseModel):
    """What a self-payer owes; paid by `settle_by`, the cover goes on without a gap.

    Of whoever died it is what was owed by the death, and the heirs may settle it at any time.
    """

    since: date = Field(description="First unpaid day", examples=["2026-08-01"])
    settle_by: date | None = Field(
        description="Last day on which a payment joins; null: the worker died, and there is no term",
        examples=["2026-10-31"],
    )
    months: list[MonthOwed] = Field(description="Begun months count whole")
    amount_idr: int = Field(examples=[33600])


class CoverageAnswer(MembershipAnswer):
    """A membership as it is on a day."""

    worker_id: UUID
    on: date
    status: Status
    paid_through: date | None = Field(description="Last day that is paid; null: no agreed end", examples=["2026-07-31"])
    arrears: Arrears | None


class PaymentAnswer(ChangedWorker):
    """The person as the payment left them."""

    coverage_id: UUID = Field(description="The membership that was paid: a new one after an inactivation")


@coverages.get(
    "/coverages/{coverage_id}",
    summary="A membership as it is on a day: status, arrears, suspensions",
    description="The status is computed from what is known now. Arrears are those of a self-payer whose grace lasts,"
    " or lasted when they died.",
    dependencies=[Included],
    responses=REFUSALS,
)
async def show(
    coverage_id: UUID, pool: Database, on: Annotated[Day | None, Query(description="Today if left out")] = None
) -> CoverageAnswer:
    async with transaction(pool) as tx:
        worker_id, day = await handlers.find_worker_of(tx, coverage_id), on or await clock.business_date(tx)
        worker = (await store.workers(tx, [worker_id]))[worker_id]
        held = worker.membership(coverage_id)
        arrears = await _arrears(tx, worker, held, day)
    last = held.last
    return CoverageAnswer(
        **answers.membership(held).model_dump(),
        worker_id=worker_id,
        on=day,
        status=domain.status_on(worker, held, day),
        paid_through=None if last is None or last.end == OPEN else last_covered_day(last.end),
        arrears=arrears,
    )


async def _arrears(tx: Transaction, worker: Worker, held: Membership, day: date) -> Arrears | None:
    last, owed = held.last, domain.months_owed(held, min(day, worker.died_on or day))
    if not owed or last is None or last.grace_until is None:
        return None
    prices = await coverage_store.monthly_contributions(tx, held.activity, owed)
    return Arrears(
        since=owed[0],
        settle_by=None if worker.died_on else last_covered_day(last.grace_until),
        months=[MonthOwed(begins_on=day, amount_idr=price) for day, price in zip(owed, prices, strict=True)],
        amount_idr=sum(prices),
    )


@coverages.post(
    "/coverages/{coverage_id}/suspensions",
    summary="Suspend a membership from a day on",
    description="It is out of force although it is paid; its end, reminders and renewals go on beneath. Nothing but a"
    " reinstatement lifts it: no job, no renewal, no end.",
    response_model=ChangedWorker,
    dependencies=[CLERK],
    responses=REFUSALS,
)
async def suspend(coverage_id: UUID, body: SuspensionBody, command: Commanded) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        worker_id = await handlers.find_worker_of(tx, coverage_id)
        return await _carried_out(
            tx,
            domain.Suspend(worker_id, coverage_id, body.suspended_from, body.reinstated_from, body.reason),
            act,
        )

    return await command.once(action)


@coverages.post(
    "/coverages/{coverage_id}/reinstatements",
    summary="Put a suspended membership into force again from a day on",
    description="A day on or before the first suspended one says that the suspension never was.",
    response_model=ChangedWorker,
    dependencies=[CLERK],
    responses=REFUSALS,
)
async def reinstate(coverage_id: UUID, body: ReinstatementBody, command: Commanded) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        worker_id = await handlers.find_worker_of(tx, coverage_id)
        return await _carried_out(tx, domain.Reinstate(worker_id, coverage_id, body.reinstated_from), act)

    return await command.once(action)


@coverages.post(
    "/coverages/{coverage_id}/voids",
    summary="Take back a whole membership that was entered in error",
    description="No day of it was ever covered, its places are free again, and its cohort may take the person in anew."
    " It cannot be undone; of a period that was merely wrong, send a correction.",
    response_model=ChangedWorker,
    dependencies=[CLERK],
    responses=REFUSALS,
)
async def void(coverage_id: UUID, body: VoidBody, command: Commanded) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        worker_id = await handlers.find_worker_of(tx, coverage_id)
        return await _carried_out(tx, domain.Void(worker_id, coverage_id, body.reason), act)

    return await command.once(action)


@coverages.post(
    "/coverages/{coverage_id}/payments",
    summary="Take in what a self-payer paid for some months",
    description="Paid by the end of the grace, the months join without a gap, arrears first, also when the payment is"
    " recorded later. After that they begin new cover on the day of the payment.",
    response_model=PaymentAnswer,
    dependencies=[CLERK],
    responses=REFUSALS,
)
async def pay(
    coverage_id: UUID,
    body: PaymentBody,
    command: Commanded,
    terms: Annotated[PaymentTerms, Depends(_payment_terms)],
) -> Response:
    if body.months not in terms.months:
        offered = ", ".join(map(str, terms.months))
        raise domain.Rejected(
            "months_not_offered",
            f"Iuran dapat dibayar untuk {offered} bulan sekaligus. Pilih salah satu.",
            f"Contributions are paid for {offered} months at once. Choose one of these.",
        )

    async def action(tx: Transaction, act: Act) -> Answer:
        worker_id, today = await handlers.find_worker_of(tx, coverage_id), await clock.business_date(tx)
        begun_id = uuid4()
        wanted = domain.Pay(
            worker_id, coverage_id, body.months, body.paid_on, begun_id, begins_anew=terms.begins_anew, today=today
        )
        worker = await handlers.carry_out(tx, wanted, act)
        paid = begun_id if any(held.coverage_id == begun_id for held in worker.memberships) else coverage_id
        return Answer(200, answers.worker(worker).model_dump(mode="json") | {"coverage_id": str(paid)})

    return await command.once(action)


async def _carried_out(tx: Transaction, wanted: Command, act: Act) -> Answer:
    return Answer(200, answers.worker(await handlers.carry_out(tx, wanted, act)).model_dump(mode="json"))
