"""Carries out a bank's file: each good row goes into its claim, and one that was taken in before changes nothing."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.chassis import ledger
from services.chassis.ledger import Act, Entry
from services.chassis.postgres import Transaction
from services.claims import bank_files, domain, messages, queries, store
from services.claims.bank_files import Settlement
from services.claims.claim import Claim, Rejected
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
    """Take in what a bank says became of payments; FileRefused if it is no such file."""
    rows, rejected = bank_files.read(content, today=today)
    lines = [line for _, line in rows]
    await queries.one_file_at_a_time(tx)
    holders = await queries.claims_of_payments(tx, {line.payment_id for line in lines})
    workers = sorted({worker_id for worker_id, _ in holders.values()})
    await ledger.lock(tx, messages.WRITES, workers)
    views = await store.look(tx, workers)
    before = {claim_id: views[worker_id].claim(claim_id) for worker_id, claim_id in holders.values()}
    used = await queries.known_references(tx, [line.bank_reference for line in lines])
    claims, entries = dict(before), list[Entry]()
    taken: list[tuple[int, Settlement]] = []
    unchanged = 0
    for row, line in rows:
        if line.payment_id not in holders:
            rejected.append(bank_files.unknown(row))
            continue
        worker_id, claim_id = holders[line.payment_id]
        claim = claims[claim_id]
        if any(line.is_told_by(payment) for payment in claim.payments):
            unchanged += 1
        elif line.bank_reference in used:
            rejected.append(bank_files.changed(row))
        else:
            try:
                events = domain.decide(claim, line.command(act.actor, views[worker_id].book, today))
            except Rejected as refused:
                rejected.append(RejectedRow(row, "payment_id", refused.code, refused.indonesian, refused.english))
                continue
            for event in events:
                entries.extend(messages.to_entries(claim, [event], at=views[worker_id].at))
                claim = domain.evolve(claim, event)
            claims[claim_id] = claim
            used.add(line.bank_reference)
            taken.append((row, line))
    await store.save(tx, [claim for claim_id, claim in claims.items() if claim != before[claim_id]])
    await ledger.append(tx, entries, act)
    return Reconciled(
        rows=len(taken) + unchanged + len(rejected),
        paid=sum(line.status == "paid" for _, line in taken),
        returned=sum(line.status == "returned" for _, line in taken),
        unchanged=unchanged,
        underpaid=tuple(
            short for row, line in taken if (short := _underpaid(row, line, claims[holders[line.payment_id][1]]))
        ),
        rejected=tuple(sorted(rejected, key=lambda refused: refused.row)),
    )


def _underpaid(row: int, line: Settlement, claim: Claim) -> Underpaid | None:
    payment = next(one for one in claim.payments if one.payment_id == line.payment_id)
    if line.status != "paid" or payment.paid_idr >= payment.ordered_idr:
        return None
    return Underpaid(row, claim.claim_id, payment.payment_id, payment.ordered_idr, payment.paid_idr)
