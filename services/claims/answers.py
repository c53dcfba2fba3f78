"""What claims answers of a claim, over HTTP and in a terminal; nothing in it names a person."""

from datetime import date, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.claims import domain, money
from services.claims.claim import (
    Channel,
    Circumstances,
    Claim,
    Component,
    Decision,
    Findings,
    Obligation,
    Outcome,
    Payee,
    Payment,
    PaymentKind,
    Programme,
    Relation,
    ReopenedFor,
    Review,
    Signal,
    State,
    VoidedFor,
)
from services.claims.coverage import Membership
from services.claims.reasons import Reason
from services.claims.rules import RequiredDocument, RuleBook

Consistency = Annotated[
    str, Field(examples=["claims:48213"], description="Consistency token: send it as `after` to have this included")
]
Rupiah = Annotated[int, Field(description="Whole rupiah", examples=[42_000_000])]
Actor = Annotated[str, Field(examples=["putu"])]
Due = Annotated[
    date | None,
    Field(
        description="Last working day by which what is still to be paid is first due; null while no clock runs: before"
        " nothing is missing, while something is asked of the family, and once all is paid"
    ),
]
DaysLate = Annotated[int | None, Field(description="Calendar days since `due_on`, as long as the claim is not settled")]


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
    """A decision with its proof: cover, rules and components, each with its law and arithmetic."""

    round: int = Field(description="Counts the decisions of the claim; the last one stands", examples=[1])
    outcome: Outcome
    decided_on: date
    decider: Actor
    programme: Programme
    incident_on: date
    amount_idr: Rupiah
    components: list[Component]
    reasons: list[Reason]
    rule_version: str = Field(examples=["1/2025-02-24"])
    edition: int = Field(description="Edition of the rule book", examples=[1])
    coverage_sequence: int = Field(description="Number of the worker's last fact that the decision rests on")
    memberships: list[MembershipAnswer]
    obligations: list[Obligation] = Field(description="Years of school that will be paid if they are proven")


class EarlierDecision(BaseModel):
    """A decision that another one has replaced."""

    round: int = Field(examples=[1])
    outcome: Outcome
    decided_on: date
    amount_idr: Rupiah


class DocumentAnswer(BaseModel):
    """A document that was received."""

    code: str = Field(examples=["DEATH_CERTIFICATE"])
    received_on: date


class PayeeShare(BaseModel):
    """Somebody to be paid, without what names them."""

    payee_id: UUID
    relation: Relation
    share: str = Field(examples=["1/2"])
    guardian: bool
    representative: bool


class PaymentAnswer(BaseModel):
    """One payment to one payee."""

    payment_id: UUID
    order_id: UUID
    payee_id: UUID
    kind: PaymentKind
    state: Literal["ordered", "paid", "returned"]
    ordered_on: date
    ordered_idr: Rupiah
    paid_idr: Rupiah = Field(description="What arrived")
    settled_on: date | None = Field(description="Day on which it arrived, or came back")
    return_code: str | None = Field(examples=["ACCOUNT_CLOSED"])


class MoneyAnswer(BaseModel):
    """The benefit in whole, by what became of it; lateness is beside it."""

    decided_idr: Rupiah
    ordered_idr: Rupiah = Field(description="On its way")
    paid_idr: Rupiah
    due_idr: Rupiah = Field(description="Still to be ordered")
    underpaid_idr: Rupiah = Field(description="What payees lack of what was sent to them", examples=[0])
    overpaid_idr: Rupiah = Field(description="What payees have beyond their due", examples=[0])
    late_owed_idr: Rupiah = Field(description="Owed because payments came late, still to be ordered", examples=[0])
    late_ordered_idr: Rupiah = Field(examples=[0])
    late_paid_idr: Rupiah = Field(examples=[0])


class ReviewAnswer(BaseModel):
    """What the decision would be now that cover changed."""

    since: date
    coverage_sequence: int
    would_be_outcome: Outcome
    would_be_amount_idr: Rupiah
    difference_idr: int = Field(description="What it would be more, or less", examples=[-32_000_000])
    reasons: list[Reason]


class ClaimAnswer(BaseModel):
    """A claim for an accident or a death."""

    claim_id: UUID
    worker_id: UUID
    programme: Programme
    incident_on: date
    reported_on: date
    channel: Channel
    state: State
    pended_for: list[Reason]
    pended_in: State | None = Field(description="The state to which it goes back when it is resumed")
    circumstances: Circumstances | None
    documents: list[DocumentAnswer]
    missing: list[RequiredDocument] = Field(description="Documents of the checklist that have not come")
    payees: list[PayeeShare]
    proposer: Actor | None
    submitted_on: date | None
    completed_on: date | None = Field(description="Nothing was missing any more from this day on")
    due_on: Due
    days_late: DaysLate
    outcome: Outcome | None
    amount_idr: Rupiah | None
    decision: DecisionAnswer | None
    earlier: list[EarlierDecision] = Field(description="Decisions that were replaced, in their order")
    money: MoneyAnswer
    payments: list[PaymentAnswer]
    signals: list[Signal] | None = Field(
        description="What who decides should look at, never a reason to refuse by itself; null for everybody else"
    )
    review: ReviewAnswer | None
    reopened_for: ReopenedFor | None
    voided_for: VoidedFor | None


class ChangedClaim(ClaimAnswer):
    """The claim as a command left it."""

    consistency: Consistency


class ClaimRow(BaseModel):
    """A claim in a list."""

    claim_id: UUID
    worker_id: UUID
    programme: Programme
    incident_on: date
    reported_on: date
    state: State
    pended_for: list[str] = Field(description="Codes of the reasons", examples=[["DOCUMENT_INCOMPLETE"]])
    due_on: Due
    days_late: DaysLate
    outcome: Outcome | None
    amount_idr: Rupiah | None
    review: bool = Field(description="Whether cover changed so that the decision would differ now")


class ClaimsPage(BaseModel):
    rows: list[ClaimRow]
    unreadable: list[UUID] = Field(
        description="Claims of this page that are stored in a form that cannot be read: tell the operators"
    )
    next: str | None = Field(description="Send it as `cursor` for the next page; null on the last")


class FindingsAnswer(BaseModel):
    """What was found out about the incident; it is health data."""

    claim_id: UUID
    findings: Findings


def claim(found: Claim, book: RuleBook, today: date, *, signals: bool) -> ClaimAnswer:
    """Give the claim as it is today, with its signals or without; the book's checklist tells what is missing."""
    decided = found.decision
    return ClaimAnswer(
        claim_id=found.claim_id,
        worker_id=found.worker_id,
        programme=found.programme,
        incident_on=found.incident_on,
        reported_on=found.reported_on,
        channel=found.channel,
        state=found.state,
        pended_for=list(found.pended_for),
        pended_in=found.pended_in,
        circumstances=found.circumstances,
        documents=[DocumentAnswer(code=one.code, received_on=one.received_on) for one in found.documents],
        missing=list(domain.missing_documents(found, book)),
        payees=[_payee(payee) for payee in found.payees],
        proposer=found.proposer,
        submitted_on=found.submitted_on,
        completed_on=found.completed_on,
        due_on=money.due_on(found),
        days_late=days_late(found, today),
        outcome=decided.verdict.outcome if decided else None,
        amount_idr=decided.verdict.amount_idr if decided else None,
        decision=decision(decided) if decided else None,
        earlier=[_earlier(decision) for decision in found.decisions[:-1]],
        money=_money(found),
        payments=[_payment(payment) for payment in found.payments],
        signals=list(found.signals) if signals else None,
        review=_review(found.review, decided) if found.review and decided else None,
        reopened_for=found.reopened_for,
        voided_for=found.voided_for,
    )


def row(found: Claim, today: date) -> ClaimRow:
    """Give the claim as lists show it."""
    decided = found.decision
    return ClaimRow(
        claim_id=found.claim_id,
        worker_id=found.worker_id,
        programme=found.programme,
        incident_on=found.incident_on,
        reported_on=found.reported_on,
        state=found.state,
        pended_for=[reason.code for reason in found.pended_for],
        due_on=money.due_on(found),
        days_late=days_late(found, today),
        outcome=decided.verdict.outcome if decided else None,
        amount_idr=decided.verdict.amount_idr if decided else None,
        review=found.review is not None,
    )


def findings(found: Claim) -> FindingsAnswer:
    """Give what was found out about the incident."""
    return FindingsAnswer(claim_id=found.claim_id, findings=found.findings)


def days_late(found: Claim, today: date) -> int | None:
    """Count the days since payment was due, wherever the claim stands; None if it is in time or settled."""
    due_on = money.due_on(found)
    return (today - due_on).days if due_on and due_on < today else None


def decision(made: Decision) -> DecisionAnswer:
    """Give a decision with its proof."""
    question, verdict = made.question, made.verdict
    return DecisionAnswer(
        round=made.round,
        outcome=verdict.outcome,
        decided_on=made.decided_on,
        decider=made.decider,
        programme=question.programme,
        incident_on=question.incident_on,
        amount_idr=verdict.amount_idr,
        components=list(verdict.components),
        reasons=list(verdict.reasons),
        rule_version=verdict.rule_version,
        edition=question.edition,
        coverage_sequence=question.coverage_sequence,
        memberships=[_membership(membership) for membership in verdict.memberships],
        obligations=list(verdict.obligations),
    )


def _earlier(decision: Decision) -> EarlierDecision:
    return EarlierDecision(
        round=decision.round,
        outcome=decision.verdict.outcome,
        decided_on=decision.decided_on,
        amount_idr=decision.verdict.amount_idr,
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


def _payee(payee: Payee) -> PayeeShare:
    part, whole = payee.share
    return PayeeShare(
        payee_id=payee.payee_id,
        relation=payee.relation,
        share=f"{part}/{whole}",
        guardian=payee.guardian,
        representative=payee.representative,
    )


def _payment(payment: Payment) -> PaymentAnswer:
    names = PaymentAnswer.model_fields
    return PaymentAnswer(**{name: getattr(payment, name) for name in names})


def _money(found: Claim) -> MoneyAnswer:
    account = money.account(found)
    return MoneyAnswer(**{name: getattr(account, name) for name in MoneyAnswer.model_fields})


def _review(review: Review, decision: Decision) -> ReviewAnswer:
    return ReviewAnswer(
        since=review.since,
        coverage_sequence=review.coverage_sequence,
        would_be_outcome=review.verdict.outcome,
        would_be_amount_idr=review.verdict.amount_idr,
        difference_idr=review.verdict.amount_idr - decision.verdict.amount_idr,
        reasons=list(review.verdict.reasons),
    )
