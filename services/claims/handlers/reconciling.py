"""Carries out a bank's file: each good row goes into its claim, and one that was taken in before changes nothing."""

from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from uuid import UUID

from services.chassis import ledger
from services.chassis.ledger import Act, Entry
from services.chassis.postgres import Transaction
from services.claims import bank_files, messages, queries, store
from services.claims.bank_files import Settlement
from services.claims.claim import Claim, Rejected
from services.claims.handlers.carry_out import apply, keep
from services.claims.separated import RejectedRow


@dataclass(frozen=True, slots=True)
class Underpaid:
    """A row that was taken in, though less arrived than was ordered."""

    row: int
    claim_id: UUID
    payment_id: UUID
    ordered_idr: int
    paid_idr: int


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What became of the file: each row is counted once, those underpaid among the paid."""

    rows: int
    paid: int
    returned: int
    unchanged: int
    underpaid: tuple[Underpaid, ...]
    rejected: tuple[RejectedRow, ...]


async def reconcile(tx: Transaction, content: bytes, *, today: date, act: Act) -> Reconciled:
    """Take in what a bank says became of payments; FileRefused if it is no such file.

    Rows are taken in by their days, whatever their order: of one day, what arrived before what came back.
    """
    rows, rejected = bank_files.read(content, today=today)
    rows.sort(key=lambda row: (row[1].settled_on, row[1].status == "returned"))
    lines = [line for _, line in rows]
    await queries.hold_bank_lines(tx)
    holders = await queries.claims_of_payments(tx, {line.payment_id for line in lines})
    workers = sorted({worker_id for worker_id, _ in holders.values()})
    await ledger.lock(tx, messages.WRITES, workers)
    views = await store.look(tx, workers)
    readable = {claim.claim_id: claim for view in views.values() for claim in view.readable}
    before = {claim_id: readable[claim_id] for _, claim_id in holders.values() if claim_id in readable}
    used = set(await queries.told_by(tx, [line.bank_reference for line in lines]))
    moved: dict[UUID, tuple[Claim, list[Entry]]] = {claim_id: (claim, []) for claim_id, claim in before.items()}
    taken: list[tuple[int, Settlement]] = []
    unchanged = 0
    for row, line in rows:
        if line.payment_id not in holders:
            rejected.append(bank_files.unknown(row))
            continue
        worker_id, claim_id = holders[line.payment_id]
        if claim_id not in before:
            rejected.append(_refused(row, store.unreadable(claim_id)))
            continue
        view, (claim, entries) = views[worker_id], moved[claim_id]
        if any(line.is_told_by(payment) for payment in claim.payments):
            unchanged += 1
        elif line.bank_reference in used:
            rejected.append(bank_files.changed(row))
        else:
            try:
                claim, news = apply(view, claim, line.command(act.actor, view.book, today))
            except Rejected as refused:
                rejected.append(_refused(row, refused))
                continue
            moved[claim_id] = (claim, entries + news)
            used.add(line.bank_reference)
            taken.append((row, line))
    await keep(tx, [now for claim_id, now in moved.items() if now[0] != before[claim_id]], act)
    taken.sort(key=itemgetter(0))
    return Reconciled(
        rows=len(taken) + unchanged + len(rejected),
        paid=sum(line.status == "paid" for _, line in taken),
        returned=sum(line.status == "returned" for _, line in taken),
        unchanged=unchanged,
        underpaid=tuple(
            short for row, line in taken if (short := _underpaid(row, line, moved[holders[line.payment_id][1]][0]))
        ),
        rejected=tuple(sorted(rejected, key=lambda refused: refused.row)),
    )


def _refused(row: int, refused: Rejected) -> RejectedRow:
    return RejectedRow(row, "payment_id", refused.code, refused.indonesian, refused.english)


def _underpaid(row: int, line: Settlement, claim: Claim) -> Underpaid | None:
    payment = next(one for one in claim.payments if one.payment_id == line.payment_id)
    if line.status != "paid" or payment.state != "paid" or payment.paid_idr >= payment.ordered_idr:
        return None
    return Underpaid(row, claim.claim_id, payment.payment_id, payment.ordered_idr, payment.paid_idr)
