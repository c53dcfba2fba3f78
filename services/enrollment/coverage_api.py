"""What becomes of memberships, over HTTP: suspended, reinstated, voided, paid on by self-payers; and paid twice."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field, TypeAdapter

from services.chassis import clock
from services.chassis.acting import acting_as
from services.chassis.idempotency import Answer
from services.chassis.included import Included
from services.chassis.ledger import Act
from services.chassis.pages import PageOf, page, place
from services.chassis.postgres import Transaction, transaction
from services.chassis.web import Body, Commanded, Database
from services.enrollment import answers, coverage_store, domain, handlers, store
from services.enrollment.answers import ChangedWorker, MembershipAnswer, VillageCode, last_covered_day
from services.enrollment.api import CLERK, REFUSALS, Day
from services.enrollment.domain import (
    OPEN,
    Activity,
    Command,
    Finding,
    Funding,
    Membership,
    Outcome,
    Segment,
    Status,
    SuspensionReason,
    VoidReason,
    Worker,
)

PREPAID_MONTHS_MAX = 24
APPROVER = acting_as("approver")
FINDING_KEY: TypeAdapter[tuple[date, UUID]] = TypeAdapter(tuple[date, UUID])

coverages = APIRouter(prefix="/v1", tags=["coverages"])
double_funding = APIRouter(prefix="/v1", tags=["double funding"])
ROUTERS = (coverages, double_funding)


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


class DecisionBody(Body):
    outcome: Outcome = Field(description="Two activities really, or one paid twice")


class MonthOwed(BaseModel):
    begins_on: date
    amount_idr: int


class Arrears(BaseModel):
    """What a self-payer owes; paid by `settle_by`, the cover goes on without a gap."""

    since: date = Field(description="First unpaid day", examples=["2026-08-01"])
    settle_by: date = Field(description="Last day on which a payment joins", examples=["2026-10-31"])
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


class Payer(BaseModel):
    """Who pays one side of what is paid twice."""

    coverage_id: UUID
    cohort_id: UUID
    cohort: str = Field(description="Name of the cohort")
    funding: Funding
    segment: Segment
    village_code: VillageCode
    pays_from: date | None = Field(description="Since when; null: nothing any more")
    last_paid_day: date | None = Field(description="Null: no agreed end, or nothing any more")


class Remedy(BaseModel):
    """A command that ends the overlap on one side; who sends it decides whose money goes on."""

    method: Literal["POST"] = "POST"
    path: str
    body: dict[str, Any]
    why: str


class FindingAnswer(BaseModel):
    """Two payers of one activity on the same days, as they are now; what was found first is in the fact."""

    finding_id: UUID
    worker_id: UUID
    found_on: date
    outcome: Outcome | None = Field(description="Null: nobody has decided yet")
    activity: Activity | None = Field(description="Null: not known, of one segment")
    overlaps_from: date | None = Field(description="First day paid twice; null: no day is any more")
    last_overlapping_day: date | None = Field(description="Null: no agreed end, or no day any more")
    person_months: int | None = Field(description="Months paid twice, begun ones whole; null: without an end")
    payers: list[Payer]
    remedies: list[Remedy] = Field(description="Where it is a duplicate that still stands")


class FindingsPage(BaseModel):
    rows: list[FindingAnswer]
    next: str | None = Field(description="`cursor` of the next page; null on the last")


class Asked(PageOf):
    """Which findings are meant; several filters all hold."""

    state: Literal["open", "justified", "duplicate"] | None = Field(
        None, description="Undecided, or how it was decided"
    )
    funding: Funding | None = Field(None, description="One of the two pays from this")
    cohort_id: UUID | None = Field(None, description="One of the two is this cohort")
    village_code: str | None = Field(
        None,
        pattern=r"^[0-9]{2}(\.[0-9]{2}){2}\.[0-9]{4}$",
        description="One of the memberships is of this village",
        examples=["51.04.01.2002"],
    )
    found_from: date | None = Field(None, description="Found on this day or later")
    found_until: date | None = Field(None, description="Found before this day")


@coverages.get(
    "/coverages/{coverage_id}",
    summary="A membership as it is on a day: status, arrears, suspensions",
    description="The status is computed from what is known now. Arrears are those of a self-payer whose grace lasts.",
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
    last, owed = held.last, domain.months_owed(held, day)
    if not owed or last is None or last.grace_until is None or worker.died_on is not None:
        return None
    prices = await coverage_store.monthly_contributions(tx, held.activity, owed)
    settle_by = last_covered_day(last.grace_until)
    assert settle_by is not None  # noqa: S101 - of a day there is a day before
    return Arrears(
        since=owed[0],
        settle_by=settle_by,
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


@double_funding.get(
    "/double-funding",
    summary="Who pays twice for one activity of one person: since when, for how many person-months",
    description="Each pair of payers is found once, on the day on which the second came. Unknown activities of one"
    " segment count as the same. In the order of being found.",
    dependencies=[Included],
)
async def findings(asked: Annotated[Asked, Query()], pool: Database) -> FindingsPage:
    after = place(asked.cursor, FINDING_KEY, first=(date.min, UUID(int=0)))
    async with transaction(pool) as tx:
        found = await coverage_store.double_fundings(
            tx,
            state=asked.state,
            funding=asked.funding,
            cohort_id=asked.cohort_id,
            village_code=asked.village_code,
            found_from=asked.found_from,
            found_until=asked.found_until,
            after=after,
            limit=asked.limit + 1,
        )
        rows, following = page(found, asked.limit, FINDING_KEY, lambda row: (row.found_on, row.finding_id))
        workers = await store.workers(tx, {row.worker_id for row in rows})
    return FindingsPage(rows=[_finding(workers[row.worker_id], row.finding_id) for row in rows], next=following)


@double_funding.post(
    "/double-funding/{finding_id}/decisions",
    summary="Decide whether two activities are paid for, or one twice",
    description="Cover does not change by this. Of a duplicate the answer names the commands that would end it, one for"
    " each payer; send the one that you want. A later decision takes the place of an earlier one.",
    response_model=FindingAnswer,
    dependencies=[APPROVER],
    responses=REFUSALS,
)
async def decide(finding_id: UUID, body: DecisionBody, command: Commanded) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        worker_id = await coverage_store.worker_of_finding(tx, finding_id)
        if worker_id is None:
            raise domain.finding_not_known()
        wanted = domain.DecideDoubleFunding(worker_id, finding_id, body.outcome)
        worker = await handlers.carry_out(tx, wanted, act)
        return Answer(200, _finding(worker, finding_id).model_dump(mode="json"))

    return await command.once(action)


async def _carried_out(tx: Transaction, wanted: Command, act: Act) -> Answer:
    return Answer(200, answers.worker(await handlers.carry_out(tx, wanted, act)).model_dump(mode="json"))


def _finding(worker: Worker, finding_id: UUID) -> FindingAnswer:
    """Tell a finding as its overlap is now."""
    noted = next(f for held in worker.memberships for f in held.findings if f.finding_id == finding_id)
    now = next((f for f in domain.overlaps(worker, noted.found_on) if f.finding_id == finding_id), None)
    held = {membership.coverage_id: membership for membership in worker.memberships}
    sides = [
        (held[coverage_id], cohort_id)
        for coverage_id, cohort_id in zip(noted.coverage_ids, noted.cohort_ids, strict=True)
        if coverage_id in held
    ]
    stands = now is not None and noted.outcome == "duplicate"
    return FindingAnswer(
        finding_id=finding_id,
        worker_id=worker.worker_id,
        found_on=noted.found_on,
        outcome=noted.outcome,
        activity=noted.activity,
        overlaps_from=now.overlaps_from if now else None,
        last_overlapping_day=last_covered_day(now.overlaps_until) if now else None,
        person_months=now.person_months if now else 0,
        payers=[_payer(membership, cohort_id) for membership, cohort_id in sides],
        remedies=[_remedy(membership, cohort_id, now) for membership, cohort_id in sides] if stands and now else [],
    )


def _payer(membership: Membership, cohort_id: UUID) -> Payer:
    paid = [period for period in membership.periods if period.cohort.cohort_id == cohort_id]
    covering = [period for period in paid if not period.void]
    until = max((period.end for period in covering), default=OPEN)
    cohort = paid[0].cohort
    return Payer(
        coverage_id=membership.coverage_id,
        cohort_id=cohort_id,
        cohort=cohort.name,
        funding=cohort.funding,
        segment=membership.segment,
        village_code=membership.village_code,
        pays_from=min((period.covered_from for period in covering), default=None),
        last_paid_day=None if until == OPEN else last_covered_day(until),
    )


def _remedy(membership: Membership, cohort_id: UUID, overlap: Finding) -> Remedy:
    """Name the command that leaves this payer only the days before the overlap, or those after it, or none."""
    covering = [p for p in membership.periods if p.cohort.cohort_id == cohort_id and not p.void]
    since, until = min(p.covered_from for p in covering), max(p.end for p in covering)
    overlap_end = overlap.overlaps_until or OPEN
    last = membership.last
    if since < overlap.overlaps_from and last is not None and last.end <= overlap_end:
        return Remedy(
            path=f"/v1/coverages/{membership.coverage_id}/terminations",
            body={"last_covered_day": last_covered_day(overlap.overlaps_from), "reason": "duplicate"},
            why="This payer came first and ends with the overlap: the membership ends before it.",
        )
    left = (since, overlap.overlaps_from) if since < overlap.overlaps_from else (overlap_end, until)
    if left[0] >= left[1]:
        left = (since, since)
    return Remedy(
        path=f"/v1/coverages/{membership.coverage_id}/corrections",
        body={
            "cohort_id": str(cohort_id),
            "covered_from": left[0],
            "covered_until": None if left[1] == OPEN else left[1],
        },
        why="This payer keeps the days that nobody else pays, if there are any.",
    )
