"""People, days and covers that the tests of claims speak of."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from payung_contracts.envelope import Envelope, to_headers
from payung_contracts.topics import COVERAGE

from services.chassis.received import Received, read
from services.claims import coverage, domain, money
from services.claims.claim import Circumstances, Claim, Payee, State
from services.claims.commands import (
    Command,
    Decide,
    OrderPayment,
    Pay,
    Pend,
    ReceiveDocuments,
    Reopen,
    Return,
    Submit,
    Void,
)
from services.claims.coverage import Cover
from services.claims.coverage import State as CoverState
from services.claims.events import Event, Reported
from services.claims.reasons import PEND_REASONS
from services.claims.rules import base_book

WAYAN = UUID("0194c6a0-0000-7000-8000-000000000001")
SAME_WAYAN = UUID("0194c6a0-0000-7000-8000-000000000002")
"""Another entry of the register that may turn out to be Wayan too."""
CLAIM = UUID("0194c6a0-0000-7000-8000-00000000c001")
OTHER_CLAIM = UUID("0194c6a0-0000-7000-8000-00000000c002")
PAYEE, ELDER, YOUNGER = (UUID(int=0xE001 + number) for number in range(3))
FARMERS, PRIESTS, NEXT_YEAR = (str(UUID(int=number)) for number in (101, 102, 103))
FARM, TEMPLE = (str(UUID(int=number)) for number in (1, 2))
VILLAGE = "51.04.05.2001"

PUTU, MADE, KETUT, NYOMAN = "putu", "made", "ketut", "nyoman"
"""Who proposes, decides and pays; and one who does none of it."""
NOON = datetime(2025, 10, 20, 4, tzinfo=UTC)
TODAY = date(2025, 10, 20)
DEATH = date(2025, 10, 3)


def day(text: str) -> date:
    return date.fromisoformat(text)


def period(
    covered_from: str,
    covered_until: str | None,
    *,
    coverage_id: str = FARM,
    cohort_id: str = FARMERS,
    segment: str = "BPU",
    programmes: tuple[str, ...] = ("JKK", "JKM"),
    grace_until: str | None = None,
) -> dict[str, Any]:
    return {
        "coverage_id": coverage_id,
        "cohort_id": cohort_id,
        "segment": segment,
        "funding": "APBD",
        "village_code": VILLAGE,
        "programmes": list(programmes),
        "covered_from": covered_from,
        "covered_until": covered_until,
        "grace_until": grace_until,
    }


def started(*args: Any, **more: Any) -> tuple[str, dict[str, Any]]:
    return "enrollment.coverage_started.v1", period(*args, **more)


def renewed(*args: Any, **more: Any) -> tuple[str, dict[str, Any]]:
    return "enrollment.coverage_renewed.v1", period(*args, **more)


def corrected(*args: Any, **more: Any) -> tuple[str, dict[str, Any]]:
    return "enrollment.coverage_corrected.v1", period(*args, **more)


def terminated(covered_until: str, reason: str = "moved", coverage_id: str = FARM) -> tuple[str, dict[str, Any]]:
    data = {"coverage_id": coverage_id, "covered_until": covered_until, "reason": reason}
    return "enrollment.coverage_terminated.v1", data


def died(died_on: str) -> tuple[str, dict[str, Any]]:
    return "enrollment.worker_deceased.v1", {"died_on": died_on}


def suspended(suspended_from: str, coverage_id: str = FARM) -> tuple[str, dict[str, Any]]:
    data = {"coverage_id": coverage_id, "suspended_from": suspended_from, "reason": "under_review"}
    return "enrollment.coverage_suspended.v1", data


def reinstated(reinstated_from: str, coverage_id: str = FARM) -> tuple[str, dict[str, Any]]:
    return "enrollment.coverage_reinstated.v1", {"coverage_id": coverage_id, "reinstated_from": reinstated_from}


def relocated(moved_on: str, village_code: str) -> tuple[str, dict[str, Any]]:
    return "enrollment.worker_relocated.v1", {"moved_on": moved_on, "village_code": village_code}


def merged(other: UUID, *coverages: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "enrollment.workers_merged.v1", {"merged_worker_id": str(other), "coverages": list(coverages)}


def merged_into(survivor: UUID) -> tuple[str, dict[str, Any]]:
    return "enrollment.worker_merged_into.v1", {"survivor_id": str(survivor)}


def unmerged(other: UUID, left: tuple[str, ...] = (), *coverages: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    data = {"other_worker_id": str(other), "left": list(left), "coverages": list(coverages)}
    return "enrollment.workers_unmerged.v1", data


def whole(*periods: dict[str, Any], coverage_id: str = FARM) -> dict[str, Any]:
    """A membership as it stands when it changes its holder."""
    told = [{name: value for name, value in each.items() if name != "coverage_id"} for each in periods]
    return {"coverage_id": coverage_id, "periods": told, "suspensions": []}


VOIDED = ("enrollment.coverage_voided.v1", {"coverage_id": FARM, "reason": "wrong_person"})
REGISTERED = ("enrollment.worker_registered.v1", {"village_code": VILLAGE})
EXPIRED = (
    "enrollment.coverage_expired.v1",
    {"coverage_id": FARM, "cohort_id": FARMERS, "covered_until": "2025-10-01"},
)
DEATH_REVERSED: tuple[str, dict[str, Any]] = ("enrollment.worker_death_reversed.v1", {})


def state_after(*facts: tuple[str, dict[str, Any]]) -> CoverState:
    state = coverage.evolve(None, *REGISTERED)
    for fact in facts:
        state = coverage.evolve(state, *fact)
    return state


def cover_after(*facts: tuple[str, dict[str, Any]]) -> Cover:
    return Cover(sequence=len(facts) + 1, parked=False, state=state_after(*facts))


BOOK = base_book()
WIDOW = Payee(PAYEE, "spouse", (1, 1), account_index="a1")
WORKER = Payee(PAYEE, "worker", (1, 1), account_index="a1")
ACCIDENT = Circumstances("at_work", "farming", 2, police_report=False)
DISPUTE = PEND_REASONS["HEIR_DISPUTE"]


def reported(
    programme: Any = "JKM",
    incident_on: date = DEATH,
    *,
    claim_id: UUID = CLAIM,
    known: bool = True,
    died_on: date | None = None,
    circumstances: Circumstances | None = None,
) -> Reported:
    return Reported(
        claim_id,
        WAYAN,
        programme,
        incident_on,
        max(incident_on, TODAY - timedelta(days=1)),
        NOON,
        known,
        "counter",
        died_on,
        circumstances,
        None,
    )


FATAL = reported("JKK", died_on=DEATH, circumstances=ACCIDENT)
"""An accident at work that the worker did not survive."""
INJURED = reported("JKK", circumstances=ACCIDENT)


def claim_after(first: Reported, *events: Event) -> Claim:
    claim = domain.begin(first)
    for event in events:
        claim = domain.evolve(claim, event)
    return claim


def asked(claim: Claim, *commands: Command) -> Claim:
    """Carry out the commands one after the other."""
    for command in commands:
        for event in domain.decide(claim, command):
            claim = domain.evolve(claim, event)
    return claim


def everything(claim: Claim, received_on: date = TODAY) -> ReceiveDocuments:
    """Bring every document that a claim of any kind may need."""
    rules = BOOK.on(claim.incident_on)
    kinds: tuple[Any, ...] = ("JKM", "JKK_INJURY", "JKK_DEATH", "SCHOLARSHIP")
    codes = {one.code for kind in kinds for one in rules.documents(kind, domain.CASES)}
    return ReceiveDocuments(PUTU, [(code, received_on) for code in sorted(codes)], BOOK, TODAY)


def submit(*payees: Payee, on: date = TODAY, actor: str = PUTU) -> Submit:
    return Submit(actor, payees or (WIDOW,), on, BOOK, max(TODAY, on))


def decide_on(cover: Cover, *, today: date = TODAY, others: tuple[Claim, ...] = (), actor: str = MADE) -> Decide:
    return Decide(actor, today, cover, BOOK, (), others)


def order_on(
    today: date = TODAY, *, others: tuple[Claim, ...] = (), actor: str = KETUT, cover: Cover | None = None
) -> OrderPayment:
    return OrderPayment(actor, today, cover or COVERED, BOOK, others)


def pay_all(claim: Claim, paid_on: date = TODAY) -> list[Command]:
    """Tell that every payment under way arrived, as much as was ordered."""
    return [
        Pay(KETUT, one.payment_id, paid_on, one.ordered_idr, f"line {one.payment_id}", paid_on)
        for one in claim.payments
        if one.state == "ordered"
    ]


def return_all(claim: Claim, returned_on: date = TODAY) -> list[Command]:
    return [
        Return(KETUT, one.payment_id, returned_on, "ACCOUNT_CLOSED", f"line {one.payment_id}", BOOK, returned_on)
        for one in claim.payments
        if one.state == "ordered"
    ]


def claim_in(
    state: State, first: Reported | None = None, *payees: Payee, cover: Cover | None = None, today: date = TODAY
) -> Claim:
    """Take a claim to a state, by the shortest way; with a cover that does not cover, `decided` is denied."""
    first = replace(first or reported(), worker_known=state != "waiting")
    claim = domain.begin(first)
    aside: dict[State, list[Command]] = {
        "waiting": [],
        "reported": [],
        "pended": [Pend(MADE, (DISPUTE,), TODAY)],
        "void": [Void(MADE, "withdrawn", today)],
    }
    if state in aside:
        return asked(claim, *aside[state])
    usual = WIDOW if claim.died_on else WORKER
    claim = asked(claim, everything(claim), submit(*(payees or (usual,))))
    for reached, step in (("decided", decide_on(cover or COVERED, today=today)), ("ordered", order_on(today))):
        if claim.state != state:
            claim = asked(claim, step)
            assert claim.state == reached
    settled = {"paid": pay_all, "returned": return_all}.get(state)
    return asked(claim, *settled(claim, today)) if settled else claim


def reopened(claim: Claim, cause: Any = "appeal", *, actor: str = NYOMAN, today: date = TODAY) -> Claim:
    """Open a claim again and apply anew, for the same payees."""
    return asked(claim, Reopen(actor, cause, today), Submit(PUTU, (), today, BOOK, today))


def adds_up(claim: Claim) -> None:
    """The benefit is decided money: some arrived, some is on its way, the rest is due; unless there was too much."""
    told = money.account(claim)
    on_hand = told.paid_idr + told.ordered_idr
    assert on_hand + told.due_idr == max(told.decided_idr, on_hand), told


COVERED = cover_after(started("2025-01-01", "2026-01-01"))
UNCOVERED = cover_after(started("2024-01-01", "2025-01-01"))


@dataclass(frozen=True, slots=True)
class Record:
    """A record as Kafka's client hands it out."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


def received(type_: str, data: Any, *, sequence: int = 1, worker_id: UUID = WAYAN) -> Received:
    """Receive a fact of enrollment; data is JSON, or bytes as they travelled."""
    value = data if isinstance(data, bytes) else orjson.dumps(data)
    headers = travelling(type_, sequence=sequence, worker_id=worker_id)
    return read(Record(COVERAGE.name, 0, sequence, str(worker_id).encode(), value, headers))


def travelling(type_: str, *, sequence: int, worker_id: UUID) -> list[tuple[str, bytes]]:
    """Give the headers with which a fact of enrollment travels."""
    envelope = Envelope(
        id=UUID(int=worker_id.int ^ sequence),
        source="enrollment",
        type=type_,
        subject=worker_id,
        time=NOON,
        recordedtime=NOON,
        sequence=sequence,
        correlationid=UUID(int=1),
        actor="tester",
    )
    return to_headers(envelope)
