"""People, days and covers that the tests of claims speak of."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from payung_contracts.envelope import Envelope, to_headers
from payung_contracts.topics import COVERAGE

from services.chassis.received import Received, read
from services.claims import coverage, domain
from services.claims.claim import (
    Claim,
    Command,
    Decide,
    Event,
    OrderPayment,
    Pay,
    Reported,
    Submit,
)
from services.claims.coverage import Cover, State
from services.claims.rules import rules_on

WAYAN = UUID("0194c6a0-0000-7000-8000-000000000001")
SAME_WAYAN = UUID("0194c6a0-0000-7000-8000-000000000002")
"""Another entry of the register that may turn out to be Wayan too."""
CLAIM = UUID("0194c6a0-0000-7000-8000-00000000c001")
OTHER_CLAIM = UUID("0194c6a0-0000-7000-8000-00000000c002")
ORDER = UUID("0194c6a0-0000-7000-8000-00000000d001")
PAYEE = UUID("0194c6a0-0000-7000-8000-00000000e001")
FARMERS, PRIESTS, NEXT_YEAR = (str(UUID(int=number)) for number in (101, 102, 103))
FARM, TEMPLE = (str(UUID(int=number)) for number in (1, 2))
VILLAGE = "51.04.05.2001"

PUTU, MADE, KETUT = "putu", "made", "ketut"
"""Who proposes, decides and pays."""
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


def state_after(*facts: tuple[str, dict[str, Any]]) -> State:
    state = coverage.evolve(None, *REGISTERED)
    for fact in facts:
        state = coverage.evolve(state, *fact)
    return state


def cover_after(*facts: tuple[str, dict[str, Any]]) -> Cover:
    return Cover(sequence=len(facts) + 1, parked=False, state=state_after(*facts))


def reported(
    programme: Any = "JKM", incident_on: date = DEATH, *, claim_id: UUID = CLAIM, known: bool = True
) -> Reported:
    return Reported(claim_id, WAYAN, programme, incident_on, max(incident_on, TODAY - timedelta(days=1)), NOON, known)


def claim_after(first: Reported, *events: Event) -> Claim:
    claim = domain.begin(first)
    for event in events:
        claim = domain.evolve(claim, event)
    return claim


def claim_asked(first: Reported, *commands: Command) -> Claim:
    """Carry out the commands one after the other."""
    claim = domain.begin(first)
    for command in commands:
        for event in domain.decide(claim, command):
            claim = domain.evolve(claim, event)
    return claim


SUBMIT = Submit(PUTU, PAYEE, TODAY, TODAY)
ORDER_PAYMENT = OrderPayment(KETUT, ORDER, TODAY)
PAY = Pay(KETUT, TODAY, TODAY)


def decide_on(cover: Cover, incident_on: date = DEATH, *, others: tuple[Claim, ...] = (), actor: str = MADE) -> Decide:
    return Decide(actor, max(TODAY, incident_on), cover, rules_on(incident_on), others)


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
