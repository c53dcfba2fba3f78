"""The money of claims: orders, what a bank says became of them, and payments that other offices made."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.chassis import ledger
from services.chassis.ledger import Act
from services.chassis.postgres import Transaction
from services.chassis.vault import Vault
from services.claims import domain, messages, payments, queries, store
from services.claims.claim import Claim
from services.claims.commands import Command, LookAgain, OrderPayment, Pay, Return
from services.claims.handlers.carry_out import apply, carry_out, find_claim, keep, today
from services.claims.handlers.named import refuse_erased
from services.claims.rules import book_of
from services.claims.separated import RejectedRow


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a file of recorded payments."""

    rows: int
    recorded: int
    unchanged: int
    rejected: tuple[RejectedRow, ...]


async def order_payment(tx: Transaction, claim_id: UUID, *, vault: Vault, act: Act) -> Claim:
    """Order what is due; asking again orders nothing more.

    The decision is looked at once more, on what is known now: news of it may still be in the queue.
    """
    view, claim = await find_claim(tx, claim_id)
    commands: list[Command] = [OrderPayment(act.actor, today(view), view.cover, view.book, view.claims)]
    if claim.decision is not None:
        book = await book_of(tx, claim.decision.question.edition)
        commands.insert(0, LookAgain(today(view), view.cover, book, view.claims))
    ordered, entries = apply(view, claim, *commands)
    await refuse_erased({one.payee_id for one in ordered.payments[len(claim.payments) :]}, vault)
    if ordered != claim:
        await keep(tx, [(ordered, entries)], act)
    return ordered


async def pay(
    tx: Transaction,
    claim_id: UUID,
    *,
    payment_id: UUID,
    paid_on: date,
    amount_idr: int,
    bank_reference: str | None,
    act: Act,
) -> Claim:
    """Take note that the money of a payment arrived."""
    await _refuse_line_of_another(tx, payment_id, bank_reference)
    view, claim = await find_claim(tx, claim_id)
    command = Pay(act.actor, payment_id, paid_on, amount_idr, bank_reference, today(view))
    return await carry_out(tx, view, claim, command, act)


async def return_payment(
    tx: Transaction,
    claim_id: UUID,
    *,
    payment_id: UUID,
    returned_on: date,
    code: str,
    bank_reference: str | None,
    act: Act,
) -> Claim:
    """Take note that the money of a payment came back."""
    await _refuse_line_of_another(tx, payment_id, bank_reference)
    view, claim = await find_claim(tx, claim_id)
    command = Return(act.actor, payment_id, returned_on, code, bank_reference, view.book, today(view))
    return await carry_out(tx, view, claim, command, act)


async def record_payments(tx: Transaction, content: bytes, *, today: date, act: Act) -> Recorded:
    """Record the payments of a file: good rows go in, a line that was recorded before changes nothing."""
    rows, rejected = payments.read(content, today=today, area_codes=messages.area_codes())
    read = len(rows) + len(rejected)
    keys = [messages.recorded_payment_key(payment.reference) for _, payment in rows]
    await ledger.lock(tx, messages.WRITES, keys)
    known = await store.recorded_payments(tx, keys)
    fresh = {}
    unchanged = 0
    for row, payment in rows:
        earlier = known.get(payment.reference)
        if earlier is None:
            known[payment.reference] = fresh[messages.recorded_payment_key(payment.reference)] = payment
        elif earlier == payment:
            unchanged += 1
        else:
            rejected.append(payments.changed(row))
    await store.record_payments(tx, fresh)
    await ledger.append(tx, [messages.recorded_payment(payment) for payment in fresh.values()], act)
    in_order = sorted(rejected, key=lambda refused: refused.row)
    return Recorded(read, len(fresh), unchanged, tuple(in_order))


async def _refuse_line_of_another(tx: Transaction, payment_id: UUID, bank_reference: str | None) -> None:
    """Refuse a bank's line that told of another payment; asked one after the other, before anybody is locked."""
    if bank_reference is not None:
        await queries.hold_bank_lines(tx)
        told_of = await queries.told_by(tx, [bank_reference])
        if told_of.get(bank_reference, payment_id) != payment_id:
            raise domain.bank_reference_used(bank_reference)
