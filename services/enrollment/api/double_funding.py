"""What is paid twice, over HTTP: who pays, since when, for how long; a person decides, and hears what to send then."""

from datetime import date
from typing import Annotated, Any, Literal
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
from services.enrollment import coverage_store, domain, handlers, store
from services.enrollment.api.answers import VillageCode, last_covered_day
from services.enrollment.api.workers import REFUSALS
from services.enrollment.domain import OPEN, Activity, Finding, Funding, Membership, Outcome, Segment, Worker

APPROVER = acting_as("approver")
FINDING_KEY: TypeAdapter[tuple[date, UUID]] = TypeAdapter(tuple[date, UUID])

router = APIRouter(prefix="/v1", tags=["double funding"])


class DecisionBody(Body):
    outcome: Outcome = Field(description="Two activities really, or one paid twice")


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


@router.get(
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


@router.post(
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
