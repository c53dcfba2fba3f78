"""What is told of claims: builders of facts, and a claim to which everything happens."""

from datetime import date
from typing import Any
from uuid import UUID

from payung_contracts import claims
from payung_contracts.claims import Component, Obligation, OrderedPayment, Reason
from payung_contracts.fact import Fact

from tests.unit.reporting.calendar_model import ANNUAL, BATUBULAN

COUNTED: dict[str, Any] = {
    "segment": "BPU",
    "funding": "APBD",
    "cohort_id": UUID(ANNUAL),
    "village_code": BATUBULAN,
}
"""Where a claim counts."""


def reason(code: str) -> Reason:
    return Reason(code=code, indonesian="Karena itu.", english="For that.")


def reported(claim: UUID, on: date, programme: Any = "JKM", **other: Any) -> claims.ClaimReported:
    return claims.ClaimReported(claim_id=claim, programme=programme, incident_on=on, reported_on=on, **other)


def completed(claim: UUID, on: date, due: date, first: date | None = None) -> claims.DocumentsCompleted:
    return claims.DocumentsCompleted(claim_id=claim, completed_on=on, due_on=due, first_due_on=first)


def pended(claim: UUID, *codes: str, first: date | None = None) -> claims.ClaimPended:
    return claims.ClaimPended(claim_id=claim, reasons=tuple(map(reason, codes)), first_due_on=first)


def decided(claim: UUID, on: date, components: dict[str, int], **other: Any) -> claims.ClaimDecided:
    """Grant these amounts by component; nothing is a denial."""
    usual: dict[str, Any] = {
        "claim_id": claim,
        "programme": "JKM",
        "outcome": "approved" if components else "denied",
        "incident_on": on,
        "decided_on": on,
        "components": [
            Component(code=code, amount_idr=idr, legal_reference="PP 82/2019") for code, idr in components.items()
        ],
        "amount_idr": sum(components.values()),
        "reasons": () if components else (reason("NOT_COVERED"),),
        "rule_version": "1/2025-02-24",
        "coverage_sequence": 3,
        "memberships": (),
        **COUNTED,
    }
    return claims.ClaimDecided(**usual | other)


def ordered(
    claim: UUID,
    order: UUID,
    on: date | None,
    payments: dict[UUID, int],
    kind: Any = "benefit",
    *,
    due: date | None = None,
) -> claims.PaymentOrdered:
    """Order these amounts by payment."""
    listed = tuple(
        OrderedPayment(payment_id=payment, kind=kind, amount_idr=idr, due_on=due) for payment, idr in payments.items()
    )
    return claims.PaymentOrdered(
        claim_id=claim, order_id=order, ordered_on=on, amount_idr=sum(payments.values()), payments=listed
    )


def paid(claim: UUID, order: UUID, payment: UUID | None, on: date, idr: int, **other: Any) -> claims.ClaimPaid:
    usual = {
        "claim_id": claim,
        "order_id": order,
        "payment_id": payment,
        "programme": "JKM",
        "paid_on": on,
        "amount_idr": idr,
        **COUNTED,
    }
    return claims.ClaimPaid(**usual | other)


def returned(claim: UUID, order: UUID, payment: UUID, on: date, idr: int, **other: Any) -> claims.PaymentReturned:
    return claims.PaymentReturned(
        claim_id=claim,
        order_id=order,
        payment_id=payment,
        returned_on=on,
        amount_idr=idr,
        code="ACCOUNT_CLOSED",
        **other,
    )


def voided(claim: UUID, on: date, cause: Any = "entered_in_error", to_recover: int = 0) -> claims.ClaimVoided:
    return claims.ClaimVoided(claim_id=claim, voided_for=cause, voided_on=on, to_recover_idr=to_recover)


def review(claim: UUID, idr: int, would_be: int, outcome: Any = "denied") -> claims.ReviewRequired:
    return claims.ReviewRequired(
        claim_id=claim,
        outcome="approved",
        amount_idr=idr,
        would_be_outcome=outcome,
        would_be_amount_idr=would_be,
        coverage_sequence=4,
        reasons=(reason("NOT_COVERED"),),
    )


def everything(claim: UUID, order: UUID, on: date) -> list[Fact]:
    """Tell of a claim to which everything happens, on one day."""
    one, other = UUID(int=order.int + 1), UUID(int=order.int + 2)
    child = Obligation(child=1, level="SD", due_on=date(2027, 7, 1), amount_idr=1_500_000)
    return [
        reported(claim, on, "JKK", channel="phone"),
        claims.ClaimSubmitted(claim_id=claim, submitted_on=on),
        pended(claim, "DOCUMENT_INCOMPLETE"),
        claims.ClaimResumed(claim_id=claim, resumed_on=on),
        completed(claim, on, on, on),
        claims.ClaimRerouted(
            claim_id=claim,
            from_programme="JKK",
            to_programme="JKM",
            incident_on=on,
            reasons=(reason("NOT_WORK_RELATED"),),
        ),
        decided(
            claim,
            on,
            {"SANTUNAN": 20_000_000, "PEMAKAMAN": 10_000_000},
            obligations=(child,),
            due_on=on,
            first_due_on=on,
        ),
        claims.DeathConfirmed(claim_id=claim, died_on=on),
        ordered(claim, order, on, {one: 10_000_000, other: 20_000_000}, due=on),
        paid(claim, order, one, on, 10_000_000, ordered_idr=10_000_000, first_due_on=on),
        returned(claim, order, other, on, 20_000_000, first_due_on=on),
        review(claim, 30_000_000, 0),
        claims.ClaimReopened(claim_id=claim, reopened_for="review", reopened_on=on),
        claims.ReviewSettled(claim_id=claim, ended_by="reopened", settled_on=on),
        decided(claim, on, {}, round=2, previous_amount_idr=30_000_000),
        claims.DeathRetracted(claim_id=claim),
        voided(claim, on, "death_retracted", to_recover=10_000_000),
    ]
