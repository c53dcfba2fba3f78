"""What is wanted of a worker. `today` is the business date on which it is carried out."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.enrollment.domain.model import Cohort, Reason, Receiver


@dataclass(frozen=True, slots=True)
class Enroll:
    """Take a person into a cohort; a membership of its own begins."""

    worker_id: UUID
    coverage_id: UUID
    cohort: Cohort
    village_code: str
    covered_from: date | None
    today: date


@dataclass(frozen=True, slots=True)
class Renew:
    """Let a cohort pay a further period of the worker's membership in the same segment."""

    worker_id: UUID
    cohort: Cohort
    today: date


@dataclass(frozen=True, slots=True)
class Terminate:
    """End a membership early: nothing of it covers `covered_until` or a later day."""

    worker_id: UUID
    coverage_id: UUID
    covered_until: date
    reason: Reason


@dataclass(frozen=True, slots=True)
class Correct:
    """Put another period in the place of the one that a cohort pays; an empty one says that it never was."""

    worker_id: UUID
    coverage_id: UUID
    cohort_id: UUID
    covered_from: date
    covered_until: date | None
    today: date


@dataclass(frozen=True, slots=True)
class RegisterDeath:
    """Record that the worker died; `claim_id` names the claim that established it."""

    worker_id: UUID
    died_on: date
    claim_id: UUID | None
    today: date


@dataclass(frozen=True, slots=True)
class ReverseDeath:
    """Take back a recorded death; one that a claim established is taken back by that claim alone."""

    worker_id: UUID
    claim_id: UUID | None
    today: date


@dataclass(frozen=True, slots=True)
class HandOverCard:
    """Record that the card of a membership was handed over."""

    worker_id: UUID
    handed_on: date
    received_by: Receiver
    today: date


@dataclass(frozen=True, slots=True)
class PassDay:
    """Announce what is due of a membership on `today` or was due before."""

    worker_id: UUID
    coverage_id: UUID
    today: date


Command = Enroll | Renew | Terminate | Correct | RegisterDeath | ReverseDeath | HandOverCard | PassDay
