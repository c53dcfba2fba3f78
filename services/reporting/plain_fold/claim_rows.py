"""Give the row that a fact of claims is kept as.

- A step without a day of its own, and an order, happened on the business date on which it was recorded.
- A payment without an id has that of its order: such an order was one payment.
- A payment that was decided elsewhere has no person, no claim, no cohort; each such fact counts, since its key is made
  from the file's reference and claims refuses the same reference twice.
- Reasons are kept by their codes; components, obligations, reasons and payments stand beside their row.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone
from typing import Any, Literal

from payung_contracts import claims
from payung_contracts.fact import Fact

WITA = timezone(timedelta(hours=8))
Table = Literal[
    "claim_report", "claim_step", "claim_decision", "claim_order", "claim_payment", "payment_return", "claim_review"
]


def row(fact: Fact, recorded_at: datetime) -> tuple[Table, dict[str, Any]] | None:
    """Give the table and the values by column, if the fact has a row."""
    return _of_file(fact, recorded_at.astimezone(WITA).date()) or _of_decision(fact) or _of_money(fact, recorded_at)


def _of_file(fact: Fact, today: date) -> tuple[Table, dict[str, Any]] | None:  # noqa: C901, PLR0911 - one case per fact
    match fact:
        case claims.ClaimReported():
            return "claim_report", dict(fact)
        case claims.ClaimSubmitted():
            return _step("submitted", fact, fact.submitted_on)
        case claims.DocumentsCompleted():
            return _step("completed", fact, fact.completed_on, due_on=fact.due_on, first_due_on=fact.first_due_on)
        case claims.ClaimPended():
            return _step("pended", fact, today, reasons=_codes(fact.reasons), first_due_on=fact.first_due_on)
        case claims.ClaimResumed():
            return _step("resumed", fact, fact.resumed_on)
        case claims.ClaimRerouted():
            goes_on = {
                "programme": fact.to_programme,
                "incident_on": fact.incident_on,
                "first_due_on": fact.first_due_on,
            }
            return _step("rerouted", fact, today, reasons=_codes(fact.reasons), **goes_on)
        case claims.ClaimReopened():
            return _step("reopened", fact, fact.reopened_on, cause=fact.reopened_for, first_due_on=fact.first_due_on)
        case claims.ClaimVoided():
            return _step("voided", fact, fact.voided_on, cause=fact.voided_for, amount_idr=fact.to_recover_idr)
        case claims.ReviewSettled():
            return _step("review_settled", fact, fact.settled_on, cause=fact.ended_by)
        case claims.DeathConfirmed():
            return _step("death_confirmed", fact, today, incident_on=fact.died_on)
        case claims.DeathRetracted():
            return _step("death_retracted", fact, today)
        case _:
            return None


def _step(step: str, fact: Any, day: date, **more: Any) -> tuple[Table, dict[str, Any]]:
    without = dict.fromkeys(("due_on", "first_due_on", "programme", "incident_on", "cause", "amount_idr"))
    return "claim_step", {**without, "reasons": [], "claim_id": fact.claim_id, "step": step, "day": day, **more}


def _codes(reasons: Iterable[claims.Reason]) -> list[str]:
    return sorted(reason.code for reason in reasons)


def _of_decision(fact: Fact) -> tuple[Table, dict[str, Any]] | None:
    match fact:
        case claims.ClaimDecided():
            parts = {
                "components": sorted((one.code, one.amount_idr) for one in fact.components),
                "obligations": sorted((one.child, one.level, one.due_on, one.amount_idr) for one in fact.obligations),
                "reasons": _codes(fact.reasons),
            }
            return "claim_decision", {name: getattr(fact, name) for name in _DECISION} | parts
        case claims.ReviewRequired():
            kept = {name: value for name, value in fact if name not in {"coverage_sequence", "reasons"}}
            return "claim_review", {**kept, "reasons": _codes(fact.reasons)}
        case _:
            return None


_DECISION = (
    "claim_id",
    "cohort_id",
    "programme",
    "outcome",
    "incident_on",
    "decided_on",
    "amount_idr",
    "segment",
    "funding",
    "village_code",
    "rule_version",
    "round",
    "previous_amount_idr",
    "due_on",
    "first_due_on",
)


def _of_money(fact: Fact, recorded_at: datetime) -> tuple[Table, dict[str, Any]] | None:
    match fact:
        case claims.PaymentOrdered():
            payments = sorted(
                ((one.payment_id, one.kind, one.amount_idr, one.due_on) for one in fact.payments), key=repr
            )
            return "claim_order", {
                "claim_id": fact.claim_id,
                "order_id": fact.order_id,
                "ordered_on": fact.ordered_on or recorded_at.astimezone(WITA).date(),
                "amount_idr": fact.amount_idr,
                "payments": payments or [(fact.order_id, "benefit", fact.amount_idr, None)],
            }
        case claims.ClaimPaid():
            whose = {name: getattr(fact, name) for name in _OF_A_CLAIM if name != "worker_id"}
            whose |= {"kind": fact.kind, "payment_id": fact.payment_id or fact.order_id}
            return "claim_payment", {**whose, **_paid(fact, fact.village_code, cases=1)}
        case claims.PaymentRecorded():
            nobody = dict.fromkeys(_OF_A_CLAIM)
            return "claim_payment", {**nobody, "kind": "benefit", **_paid(fact, fact.area_code, cases=fact.cases)}
        case claims.PaymentReturned():
            return "payment_return", dict(fact)
        case _:
            return None


_OF_A_CLAIM = ("worker_id", "claim_id", "cohort_id", "funding", "payment_id", "order_id", "ordered_idr", "first_due_on")


def _paid(fact: claims.ClaimPaid | claims.PaymentRecorded, area_code: str, *, cases: int) -> dict[str, Any]:
    return {
        "programme": fact.programme,
        "segment": fact.segment,
        "area_code": area_code,
        "paid_on": fact.paid_on,
        "cases": cases,
        "amount_idr": fact.amount_idr,
    }
