"""The facts that enrollment publishes: people under cover (key worker_id) and the cohorts that pay (key cohort_id)."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from payung_contracts.fact import Fact, Funding, Period, Programme, Rupiah, Segment, Shape, VillageCode


class WorkerRegistered(Fact):
    """A person has been taken into the register; first fact of its key."""

    type: ClassVar[str] = "enrollment.worker_registered.v1"
    village_code: VillageCode


class WorkerDeceased(Fact):
    """The worker died on `died_on`; that day is covered, the day after is not.

    Ends every period that covers the day after, and voids those that would begin later.
    """

    type: ClassVar[str] = "enrollment.worker_deceased.v1"
    died_on: date
    claim_id: UUID | None = None


class WorkerDeathReversed(Fact):
    """The report of the death was wrong; cover stands again as its other facts say."""

    type: ClassVar[str] = "enrollment.worker_death_reversed.v1"


class CoverageStarted(Period):
    """A membership begins, with its first period."""

    type: ClassVar[str] = "enrollment.coverage_started.v1"


class CoverageRenewed(Period):
    """A further period of the same membership, which another cohort may pay; it never overlaps the earlier ones."""

    type: ClassVar[str] = "enrollment.coverage_renewed.v1"


class CoverageCorrected(Period):
    """The period that this cohort pays in this membership was wrong; this one stands in its place.

    `covered_from` equal to `covered_until` says that it never was.
    """

    type: ClassVar[str] = "enrollment.coverage_corrected.v1"


class CoverageTerminated(Fact):
    """The membership ends early: nothing of it covers `covered_until` or a later day."""

    type: ClassVar[str] = "enrollment.coverage_terminated.v1"
    coverage_id: UUID
    covered_until: date
    reason: Literal["deceased", "moved", "became_wage_earner", "duplicate", "withdrawn"]


class CoverageExpiring(Fact):
    """The end of the membership is `days_left` days away (90, 60, 30, 7 or 1) and nothing renews it yet."""

    type: ClassVar[str] = "enrollment.coverage_expiring.v1"
    coverage_id: UUID
    cohort_id: UUID
    covered_until: date
    days_left: int = Field(ge=1)


class CoverageExpired(Fact):
    """The membership ran out: `covered_until` is the first day without cover."""

    type: ClassVar[str] = "enrollment.coverage_expired.v1"
    coverage_id: UUID
    cohort_id: UUID
    covered_until: date


class CardHandedOver(Fact):
    """The participant's card was handed to the worker, or to a representative who takes it to the worker's village."""

    type: ClassVar[str] = "enrollment.card_handed_over.v1"
    coverage_id: UUID
    village_code: VillageCode
    handed_on: date
    received_by: Literal["worker", "representative"]


class LegalBasis(Shape):
    """A regulation or decree that a cohort rests on; a placeholder stands for one whose number is not known."""

    title: str
    placeholder: bool = False


class CohortApproved(Fact):
    """A cohort may enroll: who pays, on what legal basis, for whom, from when, how many places for how much.

    `months` and `covered_until` are None where cover has no agreed end. `budget_idr` = `person_months` times the
    monthly contribution, or None where the payer does not fix a budget.
    """

    type: ClassVar[str] = "enrollment.cohort_approved.v1"
    name: str
    year: int
    phase: str | None = None
    segment: Segment
    funding: Funding
    programmes: tuple[Programme, ...]
    legal_bases: tuple[LegalBasis, ...]
    covered_from: date
    covered_until: date | None
    months: int | None
    places: int = Field(ge=0)
    person_months: int | None
    budget_idr: Rupiah | None


CoverageFact = (
    WorkerRegistered
    | WorkerDeceased
    | WorkerDeathReversed
    | CoverageStarted
    | CoverageRenewed
    | CoverageCorrected
    | CoverageTerminated
    | CoverageExpiring
    | CoverageExpired
    | CardHandedOver
)
