"""The money of a claim: ordered by a third person, and what the bank says became of each payment."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

from services.claims import money, payees, reasons
from services.claims.claim import (
    Claim,
    Decision,
    Event,
    OrderPayment,
    Paid,
    Pay,
    Payment,
    PaymentKind,
    PaymentOrdered,
    Rejected,
    Return,
    Returned,
)
from services.claims.domain.deciding import same_event
from services.claims.domain.refusals import another_person, at_most, date_in_order, refused, wrong_state

ORDERS = UUID("b5e0f7f4-38f8-5c1c-8a42-3f8f3c0a5d11")
PAYMENTS = UUID("6d6b5a52-7c5e-5b0f-9d55-0f6e8a4f2c37")
"""Namespaces: the n-th order and the n-th payment of a claim have the same id, however often they are asked for."""
PAYMENTS_MAX = 200


def order(claim: Claim, command: OrderPayment) -> list[Event]:
    """Order what is due beyond earlier orders; nothing due is no news, so that asking twice orders once."""
    decision = claim.decision
    if decision is None or not claim.granted or claim.state not in {"decided", "ordered", "returned", "paid"}:
        raise wrong_state(claim, "paid", "dibayar")
    _a_third_person(command.actor, claim, decision)
    for other in command.others:
        if other.granted and same_event(claim, other) and any(one.state != "returned" for one in other.payments):
            raise refused(reasons.duplicate(other.claim_id))
    owed: list[tuple[PaymentKind, UUID, int]] = [
        *(("benefit", payee, idr) for payee, idr in money.due(claim).items()),
        *(("late", payee, idr) for payee, idr in money.late_owed(claim).items()),
    ]
    if not owed:
        return []
    number = len(claim.payments)
    at_most(number + len(owed), PAYMENTS_MAX, "payments", "pembayaran")
    paid = {payment.payee_id for payment in claim.payments if payment.state == "paid"}
    payees.check(claim.payees, died_on=claim.died_on, incident_on=claim.incident_on, paid=paid)
    order_id = uuid5(ORDERS, f"{claim.claim_id}/{number + 1}")
    penalty = command.book.on(claim.incident_on).of("sla.penalty_permille_per_day").value
    payments = tuple(
        Payment(
            payment_id=uuid5(PAYMENTS, f"{claim.claim_id}/{place}"),
            order_id=order_id,
            payee_id=payee_id,
            kind=kind,
            ordered_idr=idr,
            ordered_on=command.today,
            payer=command.actor,
            due_on=claim.due_on,
            penalty_permille_per_day=penalty,
        )
        for place, (kind, payee_id, idr) in enumerate(owed, start=number + 1)
    )
    return [PaymentOrdered(order_id, command.today, payments)]


def pay(claim: Claim, command: Pay) -> list[Event]:
    """Take note that a payment arrived; the same news again is none."""
    payment = _payment(claim, command.payment_id)
    _a_third_person(command.actor, claim, claim.decision)
    settled = (payment.settled_on, payment.paid_idr, payment.bank_reference)
    if payment.state == "paid" and settled == (command.paid_on, command.amount_idr, command.bank_reference):
        return []
    _refuse_settled(payment)
    _refuse_used_reference(claim, command)
    date_in_order(payment.ordered_on, command.paid_on, "the order", "paid_on")
    date_in_order(command.paid_on, command.today, "paid_on", "today")
    if command.amount_idr < 1:
        raise Rejected(
            "AMOUNT_NOT_POSITIVE",
            indonesian="Pembayaran yang diterima sekurang-kurangnya satu rupiah; dana yang kembali dicatat sebagai"
            " pembayaran yang kembali.",
            english="A payment that arrived is at least one rupiah; money that came back is recorded as returned.",
        )
    return [Paid(command.payment_id, command.paid_on, command.amount_idr, command.bank_reference)]


def give_back(claim: Claim, command: Return) -> list[Event]:
    """Take note that the money of a payment came back; the same news again is none."""
    payment = _payment(claim, command.payment_id)
    _a_third_person(command.actor, claim, claim.decision)
    settled = (payment.settled_on, payment.return_code, payment.bank_reference)
    if payment.state == "returned" and settled == (command.returned_on, command.code, command.bank_reference):
        return []
    _refuse_settled(payment)
    _refuse_used_reference(claim, command)
    date_in_order(payment.ordered_on, command.returned_on, "the order", "returned_on")
    date_in_order(command.returned_on, command.today, "returned_on", "today")
    return [Returned(command.payment_id, command.returned_on, command.code, command.bank_reference)]


def _a_third_person(actor: str, claim: Claim, decision: Decision | None) -> None:
    another_person(actor, *claim.prepared_by, decision.decider if decision else None)


def _payment(claim: Claim, payment_id: UUID) -> Payment:
    for payment in claim.payments:
        if payment.payment_id == payment_id:
            return payment
    raise Rejected(
        "PAYMENT_UNKNOWN",
        indonesian=f"Pembayaran {payment_id} tidak ada dalam klaim ini; periksa nomornya.",
        english=f"This claim has no payment {payment_id}; check its number.",
    )


def _refuse_settled(payment: Payment) -> None:
    if payment.state == "paid":
        raise Rejected(
            "ALREADY_PAID",
            indonesian=f"Pembayaran ini sudah diterima pada {payment.settled_on} sebesar Rp{payment.paid_idr}; tidak"
            " ada yang dibayar lagi.",
            english=f"This payment arrived on {payment.settled_on} with Rp{payment.paid_idr}; nothing is paid again.",
        )
    if payment.state == "returned":
        raise Rejected(
            "ALREADY_RETURNED",
            indonesian=f"Dana pembayaran ini kembali pada {payment.settled_on} ({payment.return_code}). Perintahkan"
            " pembayaran baru.",
            english=f"The money of this payment came back on {payment.settled_on} ({payment.return_code}). Order it"
            " anew.",
        )


def _refuse_used_reference(claim: Claim, command: Pay | Return) -> None:
    used = {payment.bank_reference for payment in claim.payments} - {None}
    if command.bank_reference in used:
        raise bank_reference_used(command.bank_reference)


def bank_reference_used(bank_reference: str | None) -> Rejected:
    """Say that a line of the bank's file told of another payment before."""
    return Rejected(
        "BANK_REFERENCE_USED",
        indonesian=f"Baris bank {bank_reference} sudah dicatat untuk pembayaran lain; satu baris bank adalah satu"
        " pembayaran.",
        english=f"The bank's line {bank_reference} was recorded for another payment; one line is one payment.",
    )


def ordered(claim: Claim, event: PaymentOrdered) -> Claim:
    return _with(claim, (*claim.payments, *event.payments))


def paid(claim: Claim, event: Paid) -> Claim:
    return _settled(
        claim,
        event.payment_id,
        state="paid",
        paid_idr=event.amount_idr,
        settled_on=event.paid_on,
        bank_reference=event.bank_reference,
    )


def returned(claim: Claim, event: Returned) -> Claim:
    return _settled(
        claim,
        event.payment_id,
        state="returned",
        settled_on=event.returned_on,
        bank_reference=event.bank_reference,
        return_code=event.code,
    )


def _settled(claim: Claim, payment_id: UUID, **how: Any) -> Claim:
    return _with(
        claim,
        tuple(replace(payment, **how) if payment.payment_id == payment_id else payment for payment in claim.payments),
    )


def _with(claim: Claim, payments: tuple[Payment, ...]) -> Claim:
    """Keep the payments; a claim that is held stays so, and goes back to where they leave it."""
    after = replace(claim, payments=payments)
    standing = money.standing(after)
    return replace(after, pended_in=standing) if claim.state == "pended" else replace(after, state=standing)
