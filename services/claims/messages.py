"""The words of this service and those on the wire: events become facts of `claims.claim.v1`, facts become cover."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, assert_never
from uuid import UUID, uuid5

from payung_contracts import claims as wire
from payung_contracts import regions
from payung_contracts.enrollment import WorkerErased
from payung_contracts.fact import Fact
from payung_contracts.topics import CLAIM, COVERAGE, FACTS, Topic
from pydantic import ValidationError

from services.chassis.clock import at_midnight
from services.chassis.ledger import Entry
from services.chassis.received import Received, Refused
from services.chassis.vault.erasures import Erased
from services.claims import coverage
from services.claims.claim import (
    Claim,
    DeathConfirmed,
    DeathRetracted,
    Decided,
    Event,
    Paid,
    PaymentOrdered,
    Pended,
    Reported,
    Submitted,
    WorkerBecameKnown,
)
from services.claims.coverage import Membership
from services.claims.payments import RecordedPayment
from services.claims.reasons import Reason

WRITES: Topic = CLAIM
READS: Topic = COVERAGE

RECORDED_PAYMENTS = UUID("0f6f2c1e-6a5b-5d0e-9f43-7c1f0c7a9b52")
"""Namespace of the keys of recorded payments: a key is made from the reference that the file gives."""


def fold(state: coverage.State | None, fact: Received) -> tuple[coverage.State, list[Erased]]:
    """Take a fact of enrollment into the copy of a worker's cover; an erasure has to be followed besides."""
    try:
        told = FACTS[fact.type].model_validate_json(fact.data)
    except ValidationError as error:
        at = ", ".join(".".join(map(str, problem["loc"])) for problem in error.errors(include_input=False))
        msg = f"{fact.type} does not keep the contract at: {at or 'the whole'}"
        raise Refused(msg) from None
    followed = [_erased(fact)] if fact.type == WorkerErased.type else []
    return coverage.evolve(state, fact.type, told.model_dump(mode="json")), followed


def _erased(fact: Received) -> Erased:
    return Erased(UUID(fact.key), datetime.fromisoformat(fact.recordedtime), fact.actor, "erased by enrollment", ())


def to_entries(claim: Claim, events: Sequence[Event], *, at: datetime) -> list[Entry]:
    """Say on the wire what happened to the claim; `at` is now, for what happens by being recorded."""
    return [
        Entry(claim.worker_id, fact, time)
        for event in events
        if (written := _to_wire(claim, event, at)) is not None
        for fact, time in [written]
    ]


def _to_wire(claim: Claim, event: Event, at: datetime) -> tuple[Fact, datetime] | None:  # noqa: PLR0911 - one per event
    claim_id = claim.claim_id
    match event:
        case Reported():
            reported = wire.ClaimReported(
                claim_id=claim_id,
                programme=event.programme,
                incident_on=event.incident_on,
                reported_on=event.reported_on,
            )
            return reported, at_midnight(event.reported_on)
        case WorkerBecameKnown():
            return None
        case Pended():
            return wire.ClaimPended(claim_id=claim_id, reasons=_reasons(event.reasons)), at
        case Submitted():
            submitted = wire.ClaimSubmitted(claim_id=claim_id, submitted_on=event.submitted_on)
            return submitted, at_midnight(event.submitted_on)
        case Decided():
            return _decided(claim, event), at
        case DeathConfirmed():
            return wire.DeathConfirmed(claim_id=claim_id, died_on=event.died_on), at
        case PaymentOrdered():
            ordered = wire.PaymentOrdered(claim_id=claim_id, order_id=event.order_id, amount_idr=event.amount_idr)
            return ordered, at
        case Paid():
            return _paid(claim, event), at_midnight(event.paid_on)
        case DeathRetracted():
            return wire.DeathRetracted(claim_id=claim_id), at
        case _:
            assert_never(event)


def _decided(claim: Claim, event: Decided) -> wire.ClaimDecided:
    decision = event.decision
    counted = _place_in_reports(decision.memberships[0] if decision.memberships else None)
    return wire.ClaimDecided(
        claim_id=claim.claim_id,
        programme=claim.programme,
        outcome=decision.outcome,
        incident_on=claim.incident_on,
        decided_on=decision.decided_on,
        components=tuple(
            wire.Component(code=part.code, amount_idr=part.amount_idr, legal_reference=part.legal_reference)
            for part in decision.components
        ),
        amount_idr=decision.amount_idr,
        reasons=_reasons(decision.reasons),
        rule_version=decision.rule_version,
        coverage_sequence=decision.coverage_sequence,
        memberships=tuple(_membership(membership) for membership in decision.memberships),
        **counted,
    )


def _paid(claim: Claim, event: Paid) -> wire.ClaimPaid:
    if claim.decision is None or claim.order_id is None:
        msg = f"claim {claim.claim_id} is paid without a decision and an order"
        raise AssertionError(msg)
    return wire.ClaimPaid(
        claim_id=claim.claim_id,
        order_id=claim.order_id,
        programme=claim.programme,
        paid_on=event.paid_on,
        amount_idr=claim.decision.amount_idr,
        **_place_in_reports(claim.decision.memberships[0]),
    )


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


@cache
def area_codes() -> frozenset[str]:
    """Give the codes of every village, district, regency and province that the contracts know."""
    return frozenset(
        code
        for village in regions.villages().values()
        for code in (village.village_code, village.district_code, village.regency_code, village.province_code)
    )
