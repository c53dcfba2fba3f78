"""The facts that enrollment publishes: people under cover (key worker_id) and the cohorts that pay (key cohort_id)."""

from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from payung_contracts.fact import (
    Activity,
    Fact,
    Funding,
    Period,
    Programme,
    Rupiah,
    Segment,
    Shape,
    VillageCode,
)

Check = Literal["unique", "identity_matched", "eligible", "in_decree"]
"""What a proposed person passes on the way to cover: not twice in list or register, national number and name agree,
age and work as the cohort wants them, named by the cohort's approved list."""

TerminationReason = Literal["deceased", "moved", "became_wage_earner", "duplicate", "withdrawn"]
"""Why a membership ends early."""

ReasonCode = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,59}$")]
"""Why, as a stable code; sentences for people stand in the answers of the service."""


class WorkerProposed(Fact):
    """A person has been proposed for a cohort; first fact of its key where the person was not in the register."""

    type: ClassVar[str] = "enrollment.worker_proposed.v1"
    cohort_id: UUID
    village_code: VillageCode
    proposed_on: date


class WorkerVerified(Fact):
    """The proposed person passed these checks; a later one of the same cohort adds to them."""

    type: ClassVar[str] = "enrollment.worker_verified.v1"
    cohort_id: UUID
    village_code: VillageCode
    verified_on: date
    passed: tuple[Check, ...]


class WorkerRefused(Fact):
    """The person is not taken into the cohort: a check failed, or payment did not come; a new proposal may follow."""

    type: ClassVar[str] = "enrollment.worker_refused.v1"
    cohort_id: UUID
    village_code: VillageCode
    refused_on: date
    failed: Check | Literal["paid"]
    reason: ReasonCode


class WorkerWaitlisted(Fact):
    """The person passed, and waits for a place of the cohort: cover begins, or a refusal follows."""

    type: ClassVar[str] = "enrollment.worker_waitlisted.v1"
    cohort_id: UUID
    village_code: VillageCode
    waits_since: date


class WorkerRegistered(Fact):
    """A person has been taken into the register; a proposal may stand before it."""

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


class WorkerRelocated(Fact):
    """From `moved_on` on, the worker's cover counts in this village, whatever village its periods name.

    Earlier days stay where they were. Another one with the same `moved_on` takes its place.
    """

    type: ClassVar[str] = "enrollment.worker_relocated.v1"
    village_code: VillageCode
    moved_on: date


class Suspension(Shape):
    """Days on which a membership is not in force although it is paid; without an end while it lasts."""

    suspended_from: date
    suspended_until: date | None


class HeldPeriod(Shape):
    """A period as it stands; `cut_at` is the first day that a termination took from it, deaths apart."""

    cohort_id: UUID
    segment: Segment
    funding: Funding
    village_code: VillageCode
    programmes: tuple[Programme, ...]
    covered_from: date
    covered_until: date | None
    grace_until: date | None = None
    paid_on: date | None = None
    activity: Activity | None = None
    cut_at: date | None = None


class Held(Shape):
    """A membership as it stands, whole: what goes with it when it changes its holder."""

    coverage_id: UUID
    periods: tuple[HeldPeriod, ...]
    suspensions: tuple[Suspension, ...] = ()


class WorkersMerged(Fact):
    """This worker and `merged_worker_id` are one person: the memberships listed are this worker's from now on.

    Told under the survivor's key, beside WorkerMergedInto under the other's. What the facts of the merged key said
    before is in `coverages`; facts about these memberships follow under the survivor's key. Days count in the villages
    that this worker's relocations name. A day of death that only the merged one had comes as a fact of its own.
    """

    type: ClassVar[str] = "enrollment.workers_merged.v1"
    merged_worker_id: UUID
    coverages: tuple[Held, ...]


class WorkerMergedInto(Fact):
    """This worker was found to be `survivor_id`, who holds all memberships now: none is left under this key."""

    type: ClassVar[str] = "enrollment.worker_merged_into.v1"
    survivor_id: UUID


class WorkersUnmerged(Fact):
    """A merge was wrong: told under both keys.

    Under the survivor's, `left` names the memberships that leave it; under the other's, `coverages` holds them whole,
    as they stand after all that happened meanwhile.
    """

    type: ClassVar[str] = "enrollment.workers_unmerged.v1"
    other_worker_id: UUID
    left: tuple[UUID, ...] = ()
    coverages: tuple[Held, ...] = ()


class WorkerErased(Fact):
    """Everything that named the person has been destroyed, and every vault that holds such things has to follow.

    What was counted stays counted: nothing that remains says who it was.
    """

    type: ClassVar[str] = "enrollment.worker_erased.v1"
    erased_on: date


class CoverageStarted(Period):
    """A membership begins, with its first period."""

    type: ClassVar[str] = "enrollment.coverage_started.v1"


class CoverageRenewed(Period):
    """A further period of the same membership, by another cohort or, of a self-payer, by the same; none overlap."""

    type: ClassVar[str] = "enrollment.coverage_renewed.v1"


class CoverageCorrected(Period):
    """What this cohort pays in this membership was wrong; this period stands in the place of all its periods there.

    `covered_from` equal to `covered_until` says that it never was.
    """

    type: ClassVar[str] = "enrollment.coverage_corrected.v1"


class CoverageTerminated(Fact):
    """The membership ends early: neither cover nor grace of it reaches `covered_until` or a later day."""

    type: ClassVar[str] = "enrollment.coverage_terminated.v1"
    coverage_id: UUID
    covered_until: date
    reason: TerminationReason


class CoverageSuspended(Fact):
    """From `suspended_from` on the membership is not in force, until CoverageReinstated says otherwise.

    Its end and later periods stay as agreed; no renewal, correction, end or death lifts the suspension. The day may lie
    in the past or in the future.
    """

    type: ClassVar[str] = "enrollment.coverage_suspended.v1"
    coverage_id: UUID
    suspended_from: date
    reason: ReasonCode


class CoverageReinstated(Fact):
    """From `reinstated_from` on the membership is in force again, as far as it is paid.

    Every suspension of it that was told before ends by that day; one that begins on it or later never was. What is to
    stay is told again after it.
    """

    type: ClassVar[str] = "enrollment.coverage_reinstated.v1"
    coverage_id: UUID
    reinstated_from: date


class CoverageVoided(Fact):
    """The membership was entered in error: no day of it was ever covered, and no cohort took it in.

    It is over for good: no cover of this `coverage_id` is told after it.
    """

    type: ClassVar[str] = "enrollment.coverage_voided.v1"
    coverage_id: UUID
    reason: ReasonCode


class CoverageInactivated(Fact):
    """The grace of a self-payer ended unpaid: what is paid on `inactive_from` or later begins new cover.

    Changes no day: the periods say it all. A payment made before and learned later still joins, as a renewal.
    """

    type: ClassVar[str] = "enrollment.coverage_inactivated.v1"
    coverage_id: UUID
    cohort_id: UUID
    covered_until: date
    inactive_from: date


class DoubleFundingFound(Fact):
    """Two cohorts pay for the same activity of this worker on the same days; a person has to decide about it.

    Told once for two cohorts in two memberships (`coverage_ids` and `cohort_ids` belong together, place by place), with
    the overlap as it is then; a later payment or correction may move it. `overlaps_until` is the first day without
    overlap, None where it has no agreed end; `person_months` are the months paid twice, begun ones counted whole, None
    where they have no end. Suspended days are paid too. `village_code` is the village in which `overlaps_from` counts
    for the first of the memberships; facts of before this field have none.
    """

    type: ClassVar[str] = "enrollment.double_funding_found.v1"
    finding_id: UUID
    coverage_ids: tuple[UUID, UUID]
    cohort_ids: tuple[UUID, UUID]
    activity: Activity | None
    overlaps_from: date
    overlaps_until: date | None
    person_months: int | None
    village_code: VillageCode | None = None


class DoubleFundingDecided(Fact):
    """A person decided on a finding: two activities really, or the same one paid twice; cover changes by other facts.

    A later one of the same finding takes its place.
    """

    type: ClassVar[str] = "enrollment.double_funding_decided.v1"
    finding_id: UUID
    outcome: Literal["justified", "duplicate"]


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


class CardIssued(Fact):
    """The agency issued the participant's card of a membership; its number stays in the vault."""

    type: ClassVar[str] = "enrollment.card_issued.v1"
    coverage_id: UUID
    village_code: VillageCode
    issued_on: date


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


class Decree(Shape):
    """The decision that names the people or the places of a cohort."""

    number: str
    signed_on: date


class VillagePlaces(Shape):
    """How many of a cohort's places are for a village."""

    village_code: VillageCode
    places: int = Field(ge=0)


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
    owner_office: str | None = None
    decree: Decree | None = None
    village_places: tuple[VillagePlaces, ...] = ()


class CohortProposed(CohortApproved):
    """The terms of a cohort have been put forward; nobody is enrolled before a second person approves them."""

    type: ClassVar[str] = "enrollment.cohort_proposed.v1"


class CohortOpened(Fact):
    """The cohort takes people in from now on."""

    type: ClassVar[str] = "enrollment.cohort_opened.v1"
    opened_on: date


class CohortClosed(Fact):
    """The cohort takes nobody in any more; cover that it pays goes on to its end."""

    type: ClassVar[str] = "enrollment.cohort_closed.v1"
    closed_on: date


class CohortHandedOver(Fact):
    """Another office answers for the cohort from now on."""

    type: ClassVar[str] = "enrollment.cohort_handed_over.v1"
    owner_office: str


class PlacesReallocated(Fact):
    """So many places of the cohort went from one village to another; None is the common pool of no village."""

    type: ClassVar[str] = "enrollment.places_reallocated.v1"
    from_village: VillageCode | None
    to_village: VillageCode | None
    places: int = Field(ge=1)


CoverageFact = (
    WorkerProposed
    | WorkerVerified
    | WorkerRefused
    | WorkerWaitlisted
    | WorkerRegistered
    | WorkerRelocated
    | WorkerDeceased
    | WorkerDeathReversed
    | WorkersMerged
    | WorkerMergedInto
    | WorkersUnmerged
    | WorkerErased
    | CoverageStarted
    | CoverageRenewed
    | CoverageCorrected
    | CoverageSuspended
    | CoverageReinstated
    | CoverageTerminated
    | CoverageVoided
    | CoverageInactivated
    | CoverageExpiring
    | CoverageExpired
    | DoubleFundingFound
    | DoubleFundingDecided
    | CardIssued
    | CardHandedOver
)

CohortFact = CohortProposed | CohortApproved | CohortOpened | CohortClosed | CohortHandedOver | PlacesReallocated
