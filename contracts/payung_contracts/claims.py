"""The facts that claims publishes, from first report to payment (key worker_id)."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from payung_contracts.fact import Fact, Funding, Programme, Rupiah, Segment, Shape, VillageCode

ClaimProgramme = Literal["JKM", "JKK"]
Outcome = Literal["approved", "partially_approved", "denied"]
Channel = Literal["counter", "village", "phone", "messenger", "email"]
"""How the first report came; since Permenaker 1/2025 it need not be on paper."""

Level = Literal["TK", "SD", "SMP", "SMA", "UNIVERSITY"]
"""Level of schooling for which a scholarship is paid, by the year (PP 82/2019)."""

ReopenedFor = Literal["appeal", "review", "correction", "further_benefit", "scholarship"]
"""Why a decided claim is decided anew: the family objects; cover changed since; the file was wrong; treatment went on,
or consequences became known; another year of school."""

VoidedFor = Literal["entered_in_error", "withdrawn", "duplicate", "death_retracted"]

PaymentKind = Literal["benefit", "late"]
"""A part of the benefit; or what the law adds because a payment came late (PP 44/2015 Pasal 37 and 40)."""

ReviewEnd = Literal["reopened", "upheld", "withdrawn"]
"""The claim was reopened; a person upheld the decision; or cover changed again, and nothing differs any more."""


class Reason(Shape):
    """Why a claim is pended, reduced or denied: a stable code and a sentence in Indonesian and in English."""

    code: str
    indonesian: str
    english: str


class Component(Shape):
    """One part of a benefit, in whole rupiah, with the law that grants it and the arithmetic that led to it."""

    code: str
    amount_idr: Rupiah
    legal_reference: str
    arithmetic: str = ""


class Obligation(Shape):
    """A benefit that falls due later if its conditions still hold then: a year of school of the first or second child.

    Its amount is in no component yet; the claim is reopened when the year's proof is there.
    """

    child: int = Field(ge=1, le=2)
    level: Level
    due_on: date
    amount_idr: Rupiah


class OrderedPayment(Shape):
    """One payment of an order, to one of those entitled; `due_on` is the last day on which it is in time.

    A payee whose money is due by several days has a payment for each of them.
    """

    payment_id: UUID
    kind: PaymentKind
    amount_idr: Rupiah
    due_on: date | None = None


class Membership(Shape):
    """A membership that was in force on the day of the incident, as the decision saw it."""

    coverage_id: UUID
    cohort_id: UUID
    segment: Segment
    funding: Funding
    village_code: VillageCode
    covered_from: date
    covered_until: date | None


class ClaimReported(Fact):
    """Somebody told of a death or an accident; nothing is checked yet.

    `incident_on` is the day of the accident for JKK, that of the death for JKM.
    """

    type: ClassVar[str] = "claims.claim_reported.v1"
    claim_id: UUID
    programme: ClaimProgramme
    incident_on: date
    reported_on: date
    channel: Channel = "counter"


class ClaimSubmitted(Fact):
    """The family applied for the benefit; the file may still lack something, and then ClaimPended follows."""

    type: ClassVar[str] = "claims.claim_submitted.v1"
    claim_id: UUID
    submitted_on: date


class DocumentsCompleted(Fact):
    """Nothing is missing: the service clock runs from here, and payment is due by the end of `due_on`.

    Told again when a claim goes on that was pended: the clock then runs from the later day. What was due before, and
    was not paid, stays due by its own day: `first_due_on` is the last day in time of what is to be paid first, here and
    in each fact that may change it. None: nothing is to be paid, or no clock runs; here, told before this field was.
    """

    type: ClassVar[str] = "claims.documents_completed.v1"
    claim_id: UUID
    completed_on: date
    due_on: date
    first_due_on: date | None = None


class ClaimPended(Fact):
    """The claim waits, for the reasons given; DocumentsCompleted follows if its service clock begins anew."""

    type: ClassVar[str] = "claims.claim_pended.v1"
    claim_id: UUID
    reasons: tuple[Reason, ...] = Field(min_length=1)
    first_due_on: date | None = None


class ClaimResumed(Fact):
    """What the claim waited for is settled, and it goes on from where it was."""

    type: ClassVar[str] = "claims.claim_resumed.v1"
    claim_id: UUID
    resumed_on: date


class ClaimRerouted(Fact):
    """Work did not cause the death: the claim goes on as one for JKM, whose incident is the day of the death.

    It may be found later that work caused it after all: then the claim goes on under JKK, from the day of the accident.
    `first_due_on`: see DocumentsCompleted.
    """

    type: ClassVar[str] = "claims.claim_rerouted.v1"
    claim_id: UUID
    from_programme: ClaimProgramme
    to_programme: ClaimProgramme
    incident_on: date
    reasons: tuple[Reason, ...] = Field(min_length=1)
    first_due_on: date | None = None


class ClaimDecided(Fact):
    """The decision, with its proof: memberships at the incident date, rule set, each component and its law.

    `amount_idr` is the sum of the components. `coverage_sequence` is the version of the worker's coverage
    (the `sequence` on `enrollment.coverage.v1`) that the decision rests on; of the survivor's, where the worker was
    merged. `segment`, `funding`, `cohort_id` and `village_code` are those of the membership that reports count the
    claim under; None when no membership covered.

    A claim may be decided again: `round` counts its decisions from 1, and each replaces the one before in whole, whose
    amount is `previous_amount_idr`. Sum the differences, or keep the newest of each claim.

    `due_on` is the last day in time by the clock that ran; `first_due_on` (see DocumentsCompleted) is that of what is
    to be paid first, which may be older.
    """

    type: ClassVar[str] = "claims.claim_decided.v1"
    claim_id: UUID
    programme: ClaimProgramme
    outcome: Outcome
    incident_on: date
    decided_on: date
    components: tuple[Component, ...]
    amount_idr: Rupiah
    reasons: tuple[Reason, ...]
    rule_version: str
    coverage_sequence: int
    memberships: tuple[Membership, ...]
    segment: Segment | None
    funding: Funding | None
    cohort_id: UUID | None
    village_code: VillageCode | None
    round: int = Field(1, ge=1)
    previous_amount_idr: Rupiah = 0
    due_on: date | None = None
    first_due_on: date | None = None
    obligations: tuple[Obligation, ...] = ()


class PaymentOrdered(Fact):
    """Payments of a decided claim were ordered, by a third person: what the decision grants beyond earlier orders.

    `amount_idr` is the sum of `payments`; an order without them is of the time when a claim had one payment.
    """

    type: ClassVar[str] = "claims.payment_ordered.v1"
    claim_id: UUID
    order_id: UUID
    amount_idr: Rupiah
    ordered_on: date | None = None
    payments: tuple[OrderedPayment, ...] = ()


class ClaimPaid(Fact):
    """Money of a decided claim reached an heir or the worker; a claim with several heirs is paid in several payments.

    `ordered_idr` is what this payment should have been: less received is an underpayment. None: what was ordered.
    `first_due_on` (see DocumentsCompleted) is that of what is still to be paid.
    """

    type: ClassVar[str] = "claims.claim_paid.v1"
    claim_id: UUID
    order_id: UUID
    programme: ClaimProgramme
    paid_on: date
    amount_idr: Rupiah
    segment: Segment
    funding: Funding
    cohort_id: UUID
    village_code: VillageCode
    payment_id: UUID | None = None
    kind: PaymentKind = "benefit"
    ordered_idr: Rupiah | None = None
    first_due_on: date | None = None


class PaymentReturned(Fact):
    """The money of an order did not reach whom it was for, or came back after it had; it can be ordered again.

    It is due anew, by a later day; `first_due_on` (see DocumentsCompleted) is that of what is to be paid first.
    """

    type: ClassVar[str] = "claims.payment_returned.v1"
    claim_id: UUID
    order_id: UUID
    payment_id: UUID
    returned_on: date
    amount_idr: Rupiah
    code: str
    first_due_on: date | None = None


class PaymentRecorded(Fact):
    """Payments that were decided elsewhere, as a file of the agency gives them: no person, a number of cases.

    Key and subject are derived from the file's own `reference`, so the same line is never counted twice.
    """

    type: ClassVar[str] = "claims.payment_recorded.v1"
    reference: str
    programme: Programme
    segment: Segment
    paid_on: date
    cases: int = Field(ge=1)
    amount_idr: Rupiah
    area_code: str = Field(pattern=r"^[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?$")


class ClaimReopened(Fact):
    """A decided claim will be decided anew; until then its decision and payments stand, and by when they are due.

    `first_due_on`: see DocumentsCompleted.
    """

    type: ClassVar[str] = "claims.claim_reopened.v1"
    claim_id: UUID
    reopened_for: ReopenedFor
    reopened_on: date
    first_due_on: date | None = None


class ClaimVoided(Fact):
    """The claim counts no more. `to_recover_idr` was paid for it and is owed back."""

    type: ClassVar[str] = "claims.claim_voided.v1"
    claim_id: UUID
    voided_for: VoidedFor
    voided_on: date
    to_recover_idr: Rupiah = 0


class ReviewRequired(Fact):
    """Cover changed after the decision, which would now come out otherwise; nothing is altered by itself.

    Told again if it would come out otherwise once more. `coverage_sequence` is the version of the cover that differs.
    """

    type: ClassVar[str] = "claims.review_required.v1"
    claim_id: UUID
    outcome: Outcome
    amount_idr: Rupiah
    would_be_outcome: Outcome
    would_be_amount_idr: Rupiah
    coverage_sequence: int
    reasons: tuple[Reason, ...]


class ReviewSettled(Fact):
    """The review that was required came to its end."""

    type: ClassVar[str] = "claims.review_settled.v1"
    claim_id: UUID
    ended_by: ReviewEnd
    settled_on: date


class DeathConfirmed(Fact):
    """Claims established that the worker died on `died_on`; enrollment ends the cover the day after."""

    type: ClassVar[str] = "claims.death_confirmed.v1"
    claim_id: UUID
    died_on: date


class DeathRetracted(Fact):
    """The death that this claim confirmed did not happen."""

    type: ClassVar[str] = "claims.death_retracted.v1"
    claim_id: UUID


ClaimFact = (
    ClaimReported
    | ClaimSubmitted
    | DocumentsCompleted
    | ClaimPended
    | ClaimResumed
    | ClaimRerouted
    | ClaimDecided
    | PaymentOrdered
    | ClaimPaid
    | PaymentReturned
    | PaymentRecorded
    | ClaimReopened
    | ClaimVoided
    | ReviewRequired
    | ReviewSettled
    | DeathConfirmed
    | DeathRetracted
)
