"""What claims answers of a claim, over HTTP and in a terminal; it holds no personal data."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.claims.benefits import Component
from services.claims.claim import Claim, Decision, Outcome, Programme, State
from services.claims.coverage import Membership
from services.claims.payments import RejectedRow
from services.claims.reasons import Reason

Consistency = Annotated[
    str, Field(examples=["claims:48213"], description="Consistency token: send it as `after` to have this included")
]
Rupiah = Annotated[int, Field(description="Whole rupiah", examples=[42_000_000])]


class MembershipAnswer(BaseModel):
    """A membership that was in force on the day of the incident."""

    coverage_id: UUID
    cohort_id: UUID
    segment: str = Field(examples=["BPU"])
    funding: str = Field(examples=["APBD"])
    village_code: str = Field(examples=["51.04.01.2002"])
    covered_from: date
    last_covered_day: date | None
    member_since: date = Field(description="First day of the unbroken cover that reaches the incident")


class DecisionAnswer(BaseModel):
    """A decision with its proof: cover, rules and components, each with its law."""

    outcome: Outcome
    decided_on: date
    amount_idr: Rupiah
    components: list[Component]
    reasons: list[Reason]
    rule_version: str = Field(examples=["1/2025-02-24"])
    coverage_sequence: int = Field(description="Number of the worker's last fact that the decision rests on")
    memberships: list[MembershipAnswer]


class ClaimAnswer(BaseModel):
    """A claim for the death of a worker."""

    claim_id: UUID
    worker_id: UUID
    programme: Programme
    incident_on: date
    reported_on: date
    state: State
    pended_for: list[Reason]
    submitted_on: date | None
    outcome: Outcome | None
    amount_idr: Rupiah | None
    decision: DecisionAnswer | None
    order_id: UUID | None
    ordered_on: date | None
    paid_on: date | None


class ChangedClaim(ClaimAnswer):
    """The claim as a command left it."""

    consistency: Consistency


class RecordedAnswer(BaseModel):
    """What became of a file of recorded payments."""

    rows: int
    recorded: int
    unchanged: int
    rejected: list[RejectedRow]
    consistency: Consistency


class PayeeAnswer(BaseModel):
    """Whom to pay."""

    name: str = Field(examples=["Ni Luh Contoh"])
    bank: str = Field(examples=["BPD Bali"])
    account: str = Field(examples=["0000-CONTOH"])


def claim(found: Claim) -> ClaimAnswer:
    decided = found.decision
    return ClaimAnswer(
        claim_id=found.claim_id,
        worker_id=found.worker_id,
        programme=found.programme,
        incident_on=found.incident_on,
        reported_on=found.reported_on,
        state=found.state,
        pended_for=list(found.pended_for),
        submitted_on=found.submitted_on,
        outcome=decided.outcome if decided else None,
        amount_idr=decided.amount_idr if decided else None,
        decision=_decision(decided) if decided else None,
        order_id=found.order_id,
        ordered_on=found.ordered_on,
        paid_on=found.paid_on,
    )


def _decision(decision: Decision) -> DecisionAnswer:
    return DecisionAnswer(
        outcome=decision.outcome,
        decided_on=decision.decided_on,
        amount_idr=decision.amount_idr,
        components=list(decision.components),
        reasons=list(decision.reasons),
        rule_version=decision.rule_version,
        coverage_sequence=decision.coverage_sequence,
        memberships=[_membership(membership) for membership in decision.memberships],
    )


def _membership(membership: Membership) -> MembershipAnswer:
    until = membership.covered_until
    return MembershipAnswer(
        coverage_id=UUID(membership.coverage_id),
        cohort_id=UUID(membership.cohort_id),
        segment=membership.segment,
        funding=membership.funding,
        village_code=membership.village_code,
        covered_from=membership.covered_from,
        last_covered_day=until - timedelta(days=1) if until else None,
        member_since=membership.member_since,
    )
