"""What is wanted of a worker. `today` is the business date on which it is carried out."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.enrollment.domain.model import Activity, Cohort, Outcome, Reason, Receiver, SuspensionReason, VoidReason


@dataclass(frozen=True, slots=True)
class Enroll:
    """Take a person into a cohort; a membership of its own begins.

    Of a self-payer `paid_months` may say how many months the first payment covers, instead of the cohort's end.
    """

    worker_id: UUID
    coverage_id: UUID
    cohort: Cohort
    village_code: str
    covered_from: date | None
    today: date
    activity: Activity | None = None
    paid_on: date | None = None
    paid_months: int | None = None


@dataclass(frozen=True, slots=True)
class Renew:
    """Let a cohort pay a further period of the worker's membership in the same segment, from its first day or later."""

    worker_id: UUID
    cohort: Cohort
    today: date
    covered_from: date | None = None


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
class Void:
    """Take a whole membership back that was entered in error."""

    worker_id: UUID
    coverage_id: UUID
    reason: VoidReason


@dataclass(frozen=True, slots=True)
class Suspend:
    """Put a membership out of force from a day on, until another or until it is reinstated."""

    worker_id: UUID
    coverage_id: UUID
    suspended_from: date
    suspended_until: date | None
    reason: SuspensionReason


@dataclass(frozen=True, slots=True)
class Reinstate:
    """Put a membership into force again: whatever suspends it later than that day, suspends it no longer."""

    worker_id: UUID
    coverage_id: UUID
    reinstated_from: date


@dataclass(frozen=True, slots=True)
class Pay:
    """Take in what a self-payer paid on `paid_on` for so many months of a membership.

    After its inactivation a membership of its own begins, `begun_id`, or the same one goes on where `begins_anew` is
    not the rule.
    """

    worker_id: UUID
    coverage_id: UUID
    months: int
    paid_on: date
    begun_id: UUID
    begins_anew: bool
    today: date


@dataclass(frozen=True, slots=True)
class DecideDoubleFunding:
    """Say of two payers of one activity whether there are two activities really, or one is paid twice."""

    worker_id: UUID
    finding_id: UUID
    outcome: Outcome


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
class Relocate:
    """Record that the worker lives in another village from a day on."""

    worker_id: UUID
    village_code: str
    moved_on: date
    today: date


@dataclass(frozen=True, slots=True)
class HandOverCard:
    """Record that the card of a membership was handed over."""

    worker_id: UUID
    handed_on: date
    received_by: Receiver
    today: date


Command = (
    Enroll
    | Renew
    | Terminate
    | Correct
    | Void
    | Suspend
    | Reinstate
    | Pay
    | DecideDoubleFunding
    | RegisterDeath
    | ReverseDeath
    | Relocate
    | HandOverCard
)
