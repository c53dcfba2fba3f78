"""The words of this service and those on the wire: events become facts of `claims.claim.v1`, facts become cover."""

from collections.abc import KeysView, Sequence
from datetime import date, datetime
from typing import Any, assert_never
from uuid import UUID, uuid5

from payung_contracts import claims as wire
from payung_contracts import regions
from payung_contracts.fact import Fact
from payung_contracts.topics import CLAIM, COVERAGE, Topic

from services.chassis.clock import at_midnight
from services.chassis.ledger import Entry
from services.claims import domain, money
from services.claims.claim import Claim, Decision, Payment, Review
from services.claims.coverage import Membership
from services.claims.events import (
    BankLineMatched,
    BankLineOutrun,
    Completed,
    DeathConfirmed,
    DeathRetracted,
    Decided,
    Described,
    DocumentsReceived,
    Event,
    Found,
    Paid,
    PayeesChanged,
    PaymentOrdered,
    Pended,
    Reopened,
    Reported,
    Rerouted,
    Resumed,
    Returned,
    ReviewRequired,
    ReviewSettled,
    Submitted,
    Voided,
    Weighed,
    WorkerBecameKnown,
)
from services.claims.payments import RecordedPayment
from services.claims.reasons import Reason

WRITES: Topic = CLAIM
READS: Topic = COVERAGE

RECORDED_PAYMENTS = UUID("0f6f2c1e-6a5b-5d0e-9f43-7c1f0c7a9b52")
"""Namespace of the keys of recorded payments: a key is made from the reference that the file gives."""


def to_entries(claim: Claim, events: Sequence[Event], *, at: datetime) -> list[Entry]:
    """Say on the wire what happens to the claim, given as it was before; `at` is now.

    What a person knows by its date happened at the beginning of that day, anything else by being recorded.
    """
    return [
        Entry(claim.worker_id, fact, _time(event, at))
        for event in events
        if (fact := _to_wire(claim, event)) is not None
    ]


def _time(event: Event, at: datetime) -> datetime:
    match event:
        case Reported():
            return at_midnight(event.reported_on)
        case Submitted():
            return at_midnight(event.submitted_on)
        case Completed():
            return at_midnight(event.completed_on)
        case Paid():
            return at_midnight(event.paid_on)
        case Returned():
            return at_midnight(event.returned_on)
        case _:
            return at


def _to_wire(claim: Claim, event: Event) -> Fact | None:  # noqa: C901, PLR0911, PLR0912 - one case per event
    claim_id = claim.claim_id
    match event:
        case Reported():
            return wire.ClaimReported(
                claim_id=claim_id,
                programme=event.programme,
                incident_on=event.incident_on,
                reported_on=event.reported_on,
                channel=event.channel,
            )
        case WorkerBecameKnown():
            return _of_the_known(claim, event)
        case (
            BankLineMatched()
            | BankLineOutrun()
            | Described()
            | DocumentsReceived()
            | Found()
            | PayeesChanged()
            | Weighed()
        ):
            return None
        case Submitted():
            return wire.ClaimSubmitted(claim_id=claim_id, submitted_on=event.submitted_on)
        case Completed():
            return wire.DocumentsCompleted(
                claim_id=claim_id,
                completed_on=event.completed_on,
                due_on=event.due_on,
                first_due_on=_first_due_on(claim, event),
            )
        case Pended():
            return wire.ClaimPended(
                claim_id=claim_id, reasons=_reasons(event.reasons), first_due_on=_first_due_on(claim, event)
            )
        case Resumed():
            return wire.ClaimResumed(claim_id=claim_id, resumed_on=event.resumed_on)
        case Rerouted():
            return wire.ClaimRerouted(
                claim_id=claim_id,
                from_programme=claim.programme,
                to_programme=event.to_programme,
                incident_on=event.incident_on,
                reasons=_reasons(event.reasons),
                first_due_on=_first_due_on(claim, event),
            )
        case Decided():
            return _decided(claim, event)
        case DeathConfirmed():
            return wire.DeathConfirmed(claim_id=claim_id, died_on=event.died_on)
        case PaymentOrdered():
            return _ordered(claim, event)
        case Paid():
            return _paid(claim, event)
        case Returned():
            payment = _payment(claim, event.payment_id)
            return wire.PaymentReturned(
                claim_id=claim_id,
                order_id=payment.order_id,
                payment_id=payment.payment_id,
                returned_on=event.returned_on,
                amount_idr=payment.paid_idr or payment.ordered_idr,
                code=event.code,
                first_due_on=_first_due_on(claim, event),
            )
        case Reopened():
            return wire.ClaimReopened(
                claim_id=claim_id,
                reopened_for=event.cause,
                reopened_on=event.reopened_on,
                first_due_on=_first_due_on(claim, event),
            )
        case Voided():
            return wire.ClaimVoided(
                claim_id=claim_id,
                voided_for=event.cause,
                voided_on=event.voided_on,
                to_recover_idr=event.to_recover_idr,
            )
        case DeathRetracted():
            return wire.DeathRetracted(claim_id=claim_id)
        case ReviewRequired():
            return _review(claim, event.review)
        case ReviewSettled():
            return wire.ReviewSettled(claim_id=claim_id, ended_by=event.ended_by, settled_on=event.settled_on)
        case _:
            assert_never(event)


def _of_the_known(claim: Claim, event: WorkerBecameKnown) -> Fact | None:
    """Say that a claim goes on that was told to wait, or what it waits for still; one that just came tells nothing."""
    if not claim.pended_for:
        return None
    if others := domain.still_held_for(claim):
        return (
            wire.ClaimPended(claim_id=claim.claim_id, reasons=_reasons(others)) if others != claim.pended_for else None
        )
    return wire.ClaimResumed(claim_id=claim.claim_id, resumed_on=event.known_on)


def _decided(claim: Claim, event: Decided) -> wire.ClaimDecided:
    question, verdict = event.decision.question, event.decision.verdict
    return wire.ClaimDecided(
        claim_id=claim.claim_id,
        programme=question.programme,
        outcome=verdict.outcome,
        incident_on=question.incident_on,
        decided_on=event.decision.decided_on,
        components=tuple(
            wire.Component(
                code=part.code,
                amount_idr=part.amount_idr,
                legal_reference=part.legal_reference,
                arithmetic=part.arithmetic,
            )
            for part in verdict.components
        ),
        amount_idr=verdict.amount_idr,
        reasons=_reasons(verdict.reasons),
        rule_version=verdict.rule_version,
        coverage_sequence=question.coverage_sequence,
        memberships=tuple(_membership(membership) for membership in verdict.memberships),
        **_place_in_reports(verdict.memberships[0] if verdict.memberships else None),
        round=event.decision.round,
        previous_amount_idr=event.previous_amount_idr,
        due_on=claim.due_on,
        first_due_on=_first_due_on(claim, event),
        obligations=tuple(
            wire.Obligation(child=year.child, level=year.level, due_on=year.due_on, amount_idr=year.amount_idr)
            for year in verdict.obligations
        ),
    )


def _ordered(claim: Claim, event: PaymentOrdered) -> wire.PaymentOrdered:
    return wire.PaymentOrdered(
        claim_id=claim.claim_id,
        order_id=event.order_id,
        amount_idr=sum(payment.ordered_idr for payment in event.payments),
        ordered_on=event.ordered_on,
        payments=tuple(
            wire.OrderedPayment(
                payment_id=payment.payment_id,
                kind=payment.kind,
                amount_idr=payment.ordered_idr,
                due_on=payment.due_on,
            )
            for payment in event.payments
        ),
    )


def _paid(claim: Claim, event: Paid) -> wire.ClaimPaid:
    payment = _payment(claim, event.payment_id)
    # A payment that was ordered counts where it was granted, also if the claim was denied since.
    granted = [decision for decision in claim.decisions if decision.verdict.memberships]
    return wire.ClaimPaid(
        claim_id=claim.claim_id,
        order_id=payment.order_id,
        programme=granted[-1].question.programme,
        paid_on=event.paid_on,
        amount_idr=event.amount_idr,
        **_place_in_reports(granted[-1].verdict.memberships[0]),
        payment_id=payment.payment_id,
        kind=payment.kind,
        ordered_idr=payment.ordered_idr,
        first_due_on=_first_due_on(claim, event),
    )


def _first_due_on(claim: Claim, event: Event) -> date | None:
    """Tell by when the claim is first to be paid once this happened, as its own lists show it."""
    return money.due_on(domain.evolve(claim, event))


def _review(claim: Claim, review: Review) -> wire.ReviewRequired:
    decision: Decision = claim.decisions[-1]
    return wire.ReviewRequired(
        claim_id=claim.claim_id,
        outcome=decision.verdict.outcome,
        amount_idr=decision.verdict.amount_idr,
        would_be_outcome=review.verdict.outcome,
        would_be_amount_idr=review.verdict.amount_idr,
        coverage_sequence=review.coverage_sequence,
        reasons=_reasons(review.verdict.reasons),
    )


def _payment(claim: Claim, payment_id: UUID) -> Payment:
    return next(payment for payment in claim.payments if payment.payment_id == payment_id)


def _place_in_reports(membership: Membership | None) -> dict[str, Any]:
    names = ("segment", "funding", "cohort_id", "village_code")
    return {name: getattr(membership, name) if membership else None for name in names}


def _membership(membership: Membership) -> wire.Membership:
    return wire.Membership.model_validate(
        {
            "coverage_id": membership.coverage_id,
            "covered_from": membership.covered_from,
            "covered_until": membership.covered_until,
            **_place_in_reports(membership),
        }
    )


def _reasons(given: Sequence[Reason]) -> tuple[wire.Reason, ...]:
    return tuple(
        wire.Reason(code=reason.code, indonesian=reason.indonesian, english=reason.english) for reason in given
    )


def recorded_payment_key(reference: str) -> UUID:
    """Give the key of a recorded payment: the same reference, the same key."""
    return uuid5(RECORDED_PAYMENTS, reference)


def recorded_payment(payment: RecordedPayment) -> Entry:
    """Say on the wire that other offices paid."""
    fact = wire.PaymentRecorded.model_validate(
        {
            "reference": payment.reference,
            "programme": payment.programme,
            "segment": payment.segment,
            "paid_on": payment.paid_on,
            "cases": payment.cases,
            "amount_idr": payment.amount_idr,
            "area_code": payment.area_code,
        }
    )
    return Entry(recorded_payment_key(payment.reference), fact, at_midnight(payment.paid_on))


def area_codes() -> KeysView[str]:
    """Give the codes of every village, district, regency and province that the contracts know."""
    return regions.areas().keys()
