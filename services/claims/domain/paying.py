"""The money of a claim: ordered by a third person, and what the bank says became of each payment."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import zip_longest
from uuid import UUID, uuid5

from services.claims import coverage, money, payees, reasons
from services.claims.claim import Claim, Decision, Payment, PaymentKind, Rejected, Settled
from services.claims.commands import OrderPayment, Pay, Return
from services.claims.domain.deciding import same_event
from services.claims.domain.refusals import (
    another_person,
    at_most,
    date_in_order,
    merging,
    parked,
    refused,
    wrong_state,
)
from services.claims.events import BankLineMatched, BankLineOutrun, Event, Paid, PaymentOrdered, Returned

PAYABLE = {"decided", "ordered", "returned", "paid"}
ORDERS = UUID("b5e0f7f4-38f8-5c1c-8a42-3f8f3c0a5d11")
PAYMENTS = UUID("6d6b5a52-7c5e-5b0f-9d55-0f6e8a4f2c37")
"""Namespaces: the n-th order and the n-th payment of a claim have the same id, however often they are asked for."""
PAYMENTS_MAX = 200
"""Payments that arrived or are under way: what a bank gives back is no fault of the family."""
PAYMENTS_EVER_MAX = 1_000
TOLD_MAX = 50
"""How often something may be told of one payment: that it arrived, or came back."""
TAKEN_BACK = "TAKEN_BACK"
"""Why money is said to have come back that never had arrived: a person had confirmed it by mistake."""


def order(claim: Claim, command: OrderPayment) -> list[Event]:
    """Order what is due beyond earlier orders; nothing due is no news, so that asking twice orders once.

    In an appeal what stands granted is ordered too; what came back then waits for the account that is named anew.
    """
    decision = claim.decision
    meanwhile = claim.pays_meanwhile and claim.state in {"reported", "submitted"}
    if decision is None or not claim.granted or not (claim.state in PAYABLE or meanwhile):
        raise wrong_state(claim, "paid", "dibayar")
    _a_third_person(command.actor, claim, decision)
    for other in command.others:  # also if it was denied since: its money is not back
        if other.state != "void" and other.has_money and same_event(claim, other):
            raise refused(reasons.duplicate(other.claim_id))
    owed = _owed(claim)
    if not owed:
        return []
    if command.cover.parked:
        raise parked()
    if command.cover.merging:
        raise merging()
    if claim.review is not None:
        raise _review_pending()
    number = len(claim.payments)
    stand = sum(payment.state != "returned" for payment in claim.payments)
    at_most(stand + len(owed), PAYMENTS_MAX, "payments", "pembayaran")
    at_most(number + len(owed), PAYMENTS_EVER_MAX, "payments", "pembayaran")
    paid = {payment.payee_id for payment in claim.payments if payment.state == "paid"}
    died_on = claim.died_on or coverage.died_on(command.cover.state)
    payees.check(claim.payees, died_on=died_on, incident_on=claim.incident_on, paid=paid)
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
            due_on=due_on,
            penalty_permille_per_day=penalty,
        )
        for place, (kind, payee_id, due_on, idr) in enumerate(owed, start=number + 1)
    )
    return [PaymentOrdered(order_id, command.today, payments)]


def _owed(claim: Claim) -> list[tuple[PaymentKind, UUID, date | None, int]]:
    """List what is to be paid: one payment for each payee and day by which it is due, and what lateness added."""
    benefits = Counter[tuple[UUID, date | None]]()
    for part in money.instalments(claim):
        if claim.state in PAYABLE or part.due_on is not None:
            benefits[part.payee_id, part.due_on] += part.idr
    return [
        *(("benefit", payee, due_on, idr) for (payee, due_on), idr in benefits.items()),
        *(("late", payee, claim.due_on, idr) for payee, idr in money.late_owed(claim).items()),
    ]


def _review_pending() -> Rejected:
    return Rejected(
        "REVIEW_PENDING",
        indonesian="Data kepesertaan berubah setelah keputusan ini, dan keputusannya akan lain sekarang. Buka kembali"
        " klaimnya, atau pertahankan keputusannya; sesudah itu perintahkan pembayarannya.",
        english="What is known changed after this decision, and it would come out otherwise now. Reopen the claim or"
        " uphold the decision; then order the payment.",
    )


def pay(claim: Claim, command: Pay) -> list[Event]:
    """Take note that a payment arrived; the same news again is none.

    Also one that was told to have come back, for the bank knows where the money is. But what arrived no later than the
    bank told it to have come back has gone back since: its lines need not come in their order.
    """
    payment = _payment(claim, command.payment_id)
    _a_third_person(command.actor, claim, claim.decision)
    news = Settled("paid", command.paid_on, command.amount_idr, command.bank_reference)
    if (told_before := _told_before(claim, payment, command, news)) is not None:
        return told_before
    gone_back = command.bank_reference is not None and any(
        one.state == "returned" and one.bank_reference is not None and one.settled_on >= command.paid_on
        for one in payment.told
    )
    if payment.state == "paid" and not gone_back:
        raise _already_paid(payment)
    _refuse_used_reference(claim, command)
    _refuse_too_often(payment)
    date_in_order(payment.ordered_on, command.paid_on, "the order", "paid_on")
    date_in_order(command.paid_on, command.today, "paid_on", "today")
    if command.amount_idr < 1:
        raise Rejected(
            "AMOUNT_NOT_POSITIVE",
            indonesian="Pembayaran yang diterima sekurang-kurangnya satu rupiah; dana yang kembali dicatat sebagai"
            " pembayaran yang kembali.",
            english="A payment that arrived is at least one rupiah; money that came back is recorded as returned.",
        )
    if command.amount_idr > payment.ordered_idr:
        raise Rejected(
            "MORE_THAN_ORDERED",
            indonesian=f"Pembayaran ini diperintahkan sebesar Rp{payment.ordered_idr}; Rp{command.amount_idr} tidak"
            " mungkin diterima. Periksa jumlahnya pada baris bank.",
            english=f"This payment was ordered with Rp{payment.ordered_idr}, so Rp{command.amount_idr} cannot have"
            " arrived. Check the amount in the bank's line.",
        )
    if gone_back:
        return [BankLineOutrun(command.payment_id, news)]
    return [Paid(command.payment_id, command.paid_on, command.amount_idr, command.bank_reference)]


def give_back(claim: Claim, command: Return) -> list[Event]:
    """Take note that the money of a payment came back; the same news again is none.

    Also of one that was told to have arrived: a transfer bounces days later. A confirmation that was mistyped is taken
    back in the same way, with the code TAKEN_BACK, and then told right.
    """
    payment = _payment(claim, command.payment_id)
    _a_third_person(command.actor, claim, claim.decision)
    news = Settled("returned", command.returned_on, 0, command.bank_reference, command.code)
    if (told_before := _told_before(claim, payment, command, news)) is not None:
        return told_before
    if payment.state == "returned":
        raise _already_returned(payment)
    _refuse_used_reference(claim, command)
    _refuse_too_often(payment)
    date_in_order(payment.ordered_on, command.returned_on, "the order", "returned_on")
    date_in_order(payment.settled_on or payment.ordered_on, command.returned_on, "paid_on", "returned_on")
    date_in_order(command.returned_on, command.today, "returned_on", "today")
    anew = command.book.due_on(command.returned_on, claim.programme)
    again_by = max(anew, payment.due_on or anew)
    return [Returned(command.payment_id, command.returned_on, command.code, command.bank_reference, again_by)]


def _a_third_person(actor: str, claim: Claim, decision: Decision | None) -> None:
    another_person(actor, *claim.prepared_by, *claim.confirmed_by, decision.decider if decision else None)


def _payment(claim: Claim, payment_id: UUID) -> Payment:
    for payment in claim.payments:
        if payment.payment_id == payment_id:
            return payment
    raise Rejected(
        "PAYMENT_UNKNOWN",
        indonesian=f"Pembayaran {payment_id} tidak ada dalam klaim ini; periksa nomornya.",
        english=f"This claim has no payment {payment_id}; check its number.",
    )


def _told_before(claim: Claim, payment: Payment, command: Pay | Return, news: Settled) -> list[Event] | None:
    """Say what follows from news that is none; None is news.

    A line of the bank counts for ever, what a person tells as long as nothing else was told since. Where the bank's
    line says what a person had told, also if it is not the last of it, its reference is kept; not where the person took
    it back, for then only the bank says it.
    """
    if command.bank_reference is None:
        last = payment.told[-1:]
        return [] if any(replace(one, bank_reference=None) == news for one in last) else None
    if news in payment.told:
        return []
    by_hand = replace(news, bank_reference=None)
    for place, (told, then) in enumerate(zip_longest(payment.told, payment.told[1:])):
        if told == by_hand and (then is None or then.return_code != TAKEN_BACK):
            _refuse_used_reference(claim, command)
            return [BankLineMatched(payment.payment_id, command.bank_reference, place)]
    return None


def _already_paid(payment: Payment) -> Rejected:
    return Rejected(
        "ALREADY_PAID",
        indonesian=f"Pembayaran ini sudah diterima pada {payment.settled_on} sebesar Rp{payment.paid_idr}; tidak ada"
        " yang dibayar lagi. Bila itu salah catat, catat dahulu sebagai pembayaran yang kembali.",
        english=f"This payment arrived on {payment.settled_on} with Rp{payment.paid_idr}; nothing is paid again. If it"
        " was recorded wrongly, record it as returned first.",
    )


def _already_returned(payment: Payment) -> Rejected:
    return Rejected(
        "ALREADY_RETURNED",
        indonesian=f"Dana pembayaran ini kembali pada {payment.settled_on} ({payment.return_code}). Perintahkan"
        " pembayaran baru.",
        english=f"The money of this payment came back on {payment.settled_on} ({payment.return_code}). Order it anew.",
    )


def _refuse_used_reference(claim: Claim, command: Pay | Return) -> None:
    used = {told.bank_reference for payment in claim.payments for told in payment.told} - {None}
    if command.bank_reference in used:
        raise bank_reference_used(command.bank_reference)


def _refuse_too_often(payment: Payment) -> None:
    at_most(len(payment.told) + 1, TOLD_MAX, "reports of one payment", "kabar tentang satu pembayaran")


def bank_reference_used(bank_reference: str | None) -> Rejected:
    """Say that a line of the bank's file told of another payment before."""
    return Rejected(
        "BANK_REFERENCE_USED",
        indonesian=f"Baris bank {bank_reference} sudah dicatat untuk pembayaran lain; satu baris bank adalah satu"
        " pembayaran.",
        english=f"The bank's line {bank_reference} was recorded for another payment; one line is one payment.",
    )


def ordered(claim: Claim, event: PaymentOrdered) -> Claim:
    return _with(replace(claim, due_before=()), (*money.sent_anew(claim.payments), *event.payments))


def paid(claim: Claim, event: Paid) -> Claim:
    told = Settled("paid", event.paid_on, event.amount_idr, event.bank_reference)
    return _settled(claim, event.payment_id, told, None)


def returned(claim: Claim, event: Returned) -> Claim:
    told = Settled("returned", event.returned_on, 0, event.bank_reference, event.code)
    return _settled(claim, event.payment_id, told, event.again_by)


def matched(claim: Claim, event: BankLineMatched) -> Claim:
    """Keep which line of the bank told of the payment; nothing else is new."""
    line = event.bank_reference

    def with_line(payment: Payment) -> Payment:
        if event.place == len(payment.earlier):
            return replace(payment, bank_reference=line)
        earlier = (
            replace(one, bank_reference=line) if place == event.place else one
            for place, one in enumerate(payment.earlier)
        )
        return replace(payment, earlier=tuple(earlier))

    return _with_payment(claim, event.payment_id, with_line)


def outrun(claim: Claim, event: BankLineOutrun) -> Claim:
    """Keep the line among what was told before; nothing else is new."""
    return _with_payment(claim, event.payment_id, lambda one: replace(one, earlier=(*one.earlier, event.told)))


def _with_payment(claim: Claim, payment_id: UUID, change: Callable[[Payment], Payment]) -> Claim:
    changed = (change(payment) if payment.payment_id == payment_id else payment for payment in claim.payments)
    return replace(claim, payments=tuple(changed))


def _settled(claim: Claim, payment_id: UUID, now: Settled, again_by: date | None) -> Claim:
    """Put down what became of a payment; what it lacks is due by the day on which it was."""
    payments = (
        payment
        if payment.payment_id != payment_id
        else replace(
            payment,
            state=now.state,
            settled_on=now.settled_on,
            paid_idr=now.paid_idr,
            bank_reference=now.bank_reference,
            return_code=now.return_code,
            again_by=again_by or (payment.due_on if now.paid_idr < payment.ordered_idr else None),
            earlier=payment.told,
        )
        for payment in claim.payments
    )
    return _with(claim, tuple(payments))


def _with(claim: Claim, payments: tuple[Payment, ...]) -> Claim:
    """Keep the payments; a claim that is held stays so, and goes back to where they leave it.

    One that is decided anew, or is void, stays that: money may come back after years.
    """
    after = replace(claim, payments=payments)
    if (claim.pended_in or claim.state) not in PAYABLE:
        return after
    standing = money.standing(after)
    return replace(after, pended_in=standing) if claim.state == "pended" else replace(after, state=standing)
