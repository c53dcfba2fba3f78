"""What happened to a worker.

`known_on` is the business date on which enrollment learned it: reminders of earlier days are not due.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from services.enrollment.domain.model import (
    Card,
    Finding,
    Membership,
    Outcome,
    Period,
    Reason,
    Relocation,
    SuspensionReason,
    VoidReason,
)


@dataclass(frozen=True, slots=True)
class WorkerRegistered:
    worker_id: UUID
    village_code: str


@dataclass(frozen=True, slots=True)
class WorkerDeceased:
    died_on: date
    claim_id: UUID | None


@dataclass(frozen=True, slots=True)
class WorkerDeathReversed:
    known_on: date


@dataclass(frozen=True, slots=True)
class WorkerRelocated:
    village_code: str
    moved_on: date


@dataclass(frozen=True, slots=True)
class WorkersMerged:
    """The memberships of the merged worker are this one's; the relocations say where that one's days counted."""

    merged_worker_id: UUID
    memberships: tuple[Membership, ...]
    relocations: tuple[Relocation, ...]


@dataclass(frozen=True, slots=True)
class WorkerMergedInto:
    survivor_id: UUID


@dataclass(frozen=True, slots=True)
class WorkersUnmerged:
    """Told to both: of the survivor some memberships left, to the other they came back."""

    other_worker_id: UUID
    left: tuple[UUID, ...]
    memberships: tuple[Membership, ...]


@dataclass(frozen=True, slots=True)
class CoverageStarted:
    coverage_id: UUID
    village_code: str
    period: Period
    known_on: date


@dataclass(frozen=True, slots=True)
class CoverageRenewed:
    coverage_id: UUID
    village_code: str
    period: Period
    known_on: date


@dataclass(frozen=True, slots=True)
class CoverageCorrected:
    coverage_id: UUID
    village_code: str
    period: Period
    known_on: date


@dataclass(frozen=True, slots=True)
class CoverageTerminated:
    coverage_id: UUID
    covered_until: date
    reason: Reason | Literal["deceased"]


@dataclass(frozen=True, slots=True)
class CoverageExpiring:
    coverage_id: UUID
    cohort_id: UUID
    covered_until: date
    days_left: int
    due_next: date


@dataclass(frozen=True, slots=True)
class CoverageExpired:
    coverage_id: UUID
    cohort_id: UUID
    covered_until: date
    due_next: date | None = None
    """When the grace ends, if it is to be announced."""


@dataclass(frozen=True, slots=True)
class CoverageInactivated:
    coverage_id: UUID
    cohort_id: UUID
    covered_until: date
    inactive_from: date
    due_next: None = None
    """Nothing is due after it."""


@dataclass(frozen=True, slots=True)
class CoverageVoided:
    coverage_id: UUID
    reason: VoidReason


@dataclass(frozen=True, slots=True)
class CoverageSuspended:
    coverage_id: UUID
    suspended_from: date
    reason: SuspensionReason


@dataclass(frozen=True, slots=True)
class CoverageReinstated:
    coverage_id: UUID
    reinstated_from: date


@dataclass(frozen=True, slots=True)
class DoubleFundingFound:
    finding: Finding
    village_code: str


@dataclass(frozen=True, slots=True)
class DoubleFundingDecided:
    finding_id: UUID
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class CardIssued:
    coverage_id: UUID
    village_code: str
    issued_on: date


@dataclass(frozen=True, slots=True)
class CardHandedOver:
    coverage_id: UUID
    village_code: str
    card: Card


Announcement = CoverageExpiring | CoverageExpired | CoverageInactivated
"""What the calendar brings."""

Event = (
    WorkerRegistered
    | WorkerDeceased
    | WorkerDeathReversed
    | WorkerRelocated
    | WorkersMerged
    | WorkerMergedInto
    | WorkersUnmerged
    | CoverageStarted
    | CoverageRenewed
    | CoverageCorrected
    | CoverageTerminated
    | CoverageExpiring
    | CoverageExpired
    | CoverageInactivated
    | CoverageVoided
    | CoverageSuspended
    | CoverageReinstated
    | DoubleFundingFound
    | DoubleFundingDecided
    | CardIssued
    | CardHandedOver
)
