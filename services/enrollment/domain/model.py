"""What enrollment knows of a worker: memberships, each a row of periods that cohorts pay; nothing that names anyone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal
from uuid import UUID

Segment = Literal["PU", "NON_ASN", "JAKON", "BPU"]
Funding = Literal["APBD", "APBD_P", "APBDES", "PROVINCE", "CSR", "EMPLOYER", "PROJECT", "SELF"]
Programme = Literal["JKK", "JKM", "JHT", "JP", "JKP"]
Reason = Literal["moved", "became_wage_earner", "duplicate", "withdrawn"]
Receiver = Literal["worker", "representative"]
Activity = Literal[
    "farming", "fishing", "trade", "transport", "construction", "craft", "arts", "religious_customary", "other_services"
]
SuspensionReason = Literal["data_mismatch", "under_review", "requested", "decree_withdrawn"]
VoidReason = Literal["wrong_person", "wrong_cohort", "entered_twice", "never_agreed"]
Outcome = Literal["justified", "duplicate"]
OPEN = date.max
"""The end of cover without an agreed end."""


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """A regulation or decree; a placeholder stands for one whose number is not known."""

    title: str
    placeholder: bool = False


@dataclass(frozen=True, slots=True)
class Cohort:
    """Who pays, on what legal basis, for whom, from when until when, and for how many."""

    cohort_id: UUID
    name: str
    year: int
    phase: str | None
    segment: Segment
    funding: Funding
    programmes: tuple[Programme, ...]
    legal_bases: tuple[LegalBasis, ...]
    covered_from: date
    covered_until: date | None
    months: int | None
    places: int
    person_months: int | None
    budget_idr: int | None
    grace_months: int | None = None
    """How long a self-payer's arrears may be settled; None where somebody else pays."""


@dataclass(frozen=True, slots=True)
class Period:
    """What one cohort pays in a membership; `cut_at` is the first day that a termination took from it.

    What a self-payer pays before `grace_until` joins without a gap.
    """

    cohort: Cohort
    covered_from: date
    covered_until: date | None
    cut_at: date | None = None
    grace_until: date | None = None
    paid_on: date | None = None
    activity: Activity | None = None

    @property
    def end(self) -> date:
        """The first day without cover."""
        return min(self.covered_until or OPEN, self.cut_at or OPEN)

    @property
    def void(self) -> bool:
        return self.end <= self.covered_from


@dataclass(frozen=True, slots=True)
class Card:
    """The participant's card was handed to the worker, or to a representative who takes it to the worker's village."""

    handed_on: date
    received_by: Receiver


@dataclass(frozen=True, slots=True)
class Suspension:
    """Days on which a membership is not in force although it is paid; without an end while it lasts."""

    suspended_from: date
    suspended_until: date | None
    reason: SuspensionReason

    @property
    def end(self) -> date:
        return self.suspended_until or OPEN


@dataclass(frozen=True, slots=True)
class Finding:
    """Two cohorts paid for one activity on the same days, as it was found; a person decides about it.

    Kept with the membership whose id is the smaller of the two, and goes where that one goes.
    """

    finding_id: UUID
    coverage_ids: tuple[UUID, UUID]
    cohort_ids: tuple[UUID, UUID]
    activity: Activity | None
    overlaps_from: date
    overlaps_until: date | None
    person_months: int | None
    found_on: date
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """A worker's membership; `version` is the store's, raised with every change of it."""

    coverage_id: UUID
    segment: Segment
    village_code: str
    periods: tuple[Period, ...]
    announced_until: date | None = None
    """The latest end that was announced."""
    inactivated_until: date | None = None
    """The latest end of grace that was announced."""
    due_on: date | None = None
    resumes: tuple[date, date] | None = None
    """An end whose reminders stopped, and the day on which the next was due: all before it were announced."""
    cards: tuple[Card, ...] = ()
    suspensions: tuple[Suspension, ...] = ()
    findings: tuple[Finding, ...] = ()
    voided: bool = False
    version: int = 0

    @property
    def last(self) -> Period | None:
        """The period that ends last; None when no period covers anything."""
        return max((period for period in self.periods if not period.void), key=lambda p: p.end, default=None)

    @property
    def activity(self) -> Activity | None:
        """The work that it is for, as its latest period says."""
        return max(self.periods, key=lambda period: period.covered_from).activity


@dataclass(frozen=True, slots=True)
class Relocation:
    """From `moved_on` on the worker lives in this village."""

    moved_on: date
    village_code: str


def village_on(relocations: Sequence[Relocation], day: date, told: str) -> str:
    """Tell where somebody lives on a day: in the village told, unless the latest of the relocations says another."""
    return next((move.village_code for move in reversed(relocations) if move.moved_on <= day), told)


@dataclass(frozen=True, slots=True)
class Worker:
    """A person in the register, without anything that names them; `village_code` is where they were registered."""

    worker_id: UUID
    village_code: str
    memberships: tuple[Membership, ...] = ()
    died_on: date | None = None
    death_claim_id: UUID | None = None
    relocations: tuple[Relocation, ...] = ()
    """In the order of their days."""
    merged_into: UUID | None = None
    """Who holds the memberships, if this entry was found to be another's."""
    erased: bool = False
    """Nobody knows any more who it was."""

    @property
    def death(self) -> tuple[date | None, UUID | None]:
        """The day of death, and the claim that established it."""
        return self.died_on, self.death_claim_id

    def membership(self, coverage_id: UUID) -> Membership:
        return next(membership for membership in self.memberships if membership.coverage_id == coverage_id)

    def village_on(self, day: date, told: str) -> str:
        """Tell where the worker lives on a day: in the village told, unless a relocation says another."""
        return village_on(self.relocations, day, told)

    def having(self, changed: Membership) -> "Worker":
        """Put the membership in the place of what it was."""
        kept = tuple(m for m in self.memberships if m.coverage_id != changed.coverage_id)
        return replace(self, memberships=(*kept, changed))
