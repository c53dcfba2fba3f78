"""The facts that claims publishes, from first report to payment (key worker_id)."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from payung_contracts.fact import Fact, Funding, Programme, Rupiah, Segment, Shape, VillageCode

ClaimProgramme = Literal["JKM", "JKK"]
Outcome = Literal["approved", "partially_approved", "denied"]


class Reason(Shape):
    """Why a claim is pended, reduced or denied: a stable code and a sentence in Indonesian and in English."""

    code: str
    indonesian: str
    english: str


class Component(Shape):
    """One part of a benefit, in whole rupiah, with the law that grants it."""

    code: str
    amount_idr: Rupiah
    legal_reference: str


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
    """Somebody told of a death or an accident; nothing is checked yet."""

    type: ClassVar[str] = "claims.claim_reported.v1"
    claim_id: UUID
    programme: ClaimProgramme
    incident_on: date
    reported_on: date


class ClaimSubmitted(Fact):
    """The file of the claim is complete; the service clock (3 or 7 working days) runs from here."""

    type: ClassVar[str] = "claims.claim_submitted.v1"
    claim_id: UUID
    submitted_on: date


class ClaimPended(Fact):
    """The claim waits, for the reasons given."""

    type: ClassVar[str] = "claims.claim_pended.v1"
    claim_id: UUID
    reasons: tuple[Reason, ...] = Field(min_length=1)


class ClaimDecided(Fact):
    """The decision, with its proof: memberships at the incident date, rule set, each component and its law.

    `amount_idr` is the sum of the components. `coverage_sequence` is the version of the worker's coverage
    (the `sequence` on `enrollment.coverage.v1`) that the decision rests on; of the survivor's, where the worker was
    merged. `segment`, `funding`, `cohort_id` and `village_code` are those of the membership that reports count the
    claim under; None when no membership covered.
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


class PaymentOrdered(Fact):
    """The payment of a decided claim was ordered, by a third person."""

    type: ClassVar[str] = "claims.payment_ordered.v1"
    claim_id: UUID
    order_id: UUID
    amount_idr: Rupiah


class ClaimPaid(Fact):
    """The money of a decided claim reached the heir or the worker."""

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
    | ClaimPended
    | ClaimDecided
    | PaymentOrdered
    | ClaimPaid
    | PaymentRecorded
    | DeathConfirmed
    | DeathRetracted
)
