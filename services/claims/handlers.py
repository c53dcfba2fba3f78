"""Carry out a command: lock the worker, look, decide, save, announce; all in the transaction of the caller."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4, uuid5

from services.chassis import ledger
from services.chassis.clock import BUSINESS_ZONE
from services.chassis.ledger import Act, Entry
from services.chassis.postgres import Transaction
from services.chassis.vault import Vault
from services.claims import coverage, domain, messages, payments, store
from services.claims.claim import (
    Claim,
    Command,
    Decide,
    OrderPayment,
    Pay,
    Programme,
    Recheck,
    Rejected,
    Report,
    RetractDeath,
    Submit,
)
from services.claims.payments import RejectedRow
from services.claims.rules import first_day, rules_on
from services.claims.store import View

ORDERS = UUID("b5e0f7f4-38f8-5c1c-8a42-3f8f3c0a5d11")
"""Namespace of payment orders: a claim has one order, however often it is asked for."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a file of recorded payments."""

    rows: int
    recorded: int
    unchanged: int
    rejected: tuple[RejectedRow, ...]


async def report(
    tx: Transaction, *, worker_id: UUID, programme: Programme, incident_on: date, reported_on: date | None, act: Act
) -> Claim:
    """Take in a first report; the claim waits if the worker is not known yet."""
    view = await _lock_then_look(tx, worker_id)
    event = domain.report(
        Report(
            claim_id=uuid4(),
            worker_id=worker_id,
            programme=programme,
            incident_on=incident_on,
            reported_on=reported_on or today(view),
            at=view.at,
            today=today(view),
            worker_known=view.cover.state is not None,
            rules_from=first_day(),
            others=view.claims,
        )
    )
    claim = domain.begin(event)
    await store.save(tx, [claim])
    await ledger.append(tx, messages.to_entries(claim, [event], at=view.at), act)
    return claim


async def submit(
    tx: Transaction, claim_id: UUID, *, submitted_on: date | None, payee: dict[str, Any], vault: Vault, act: Act
) -> Claim:
    """Take in the complete file; the payee goes to the vault and nowhere else."""
    payee_id = uuid4()

    def command(view: View, _: Claim) -> Command:
        return Submit(act.actor, payee_id, submitted_on or today(view), today(view))

    claim = await _carry_out(tx, claim_id, command, act)
    await vault.seal(tx, [(payee_id, payee)])
    return claim


async def decide(tx: Transaction, claim_id: UUID, *, act: Act) -> Claim:
    """Decide on the cover and the rules of the day of the incident."""

    def command(view: View, claim: Claim) -> Command:
        return Decide(act.actor, today(view), view.cover, rules_on(claim.incident_on), view.claims)

    return await _carry_out(tx, claim_id, command, act)


async def order_payment(tx: Transaction, claim_id: UUID, *, act: Act) -> Claim:
    """Order the payment, once."""

    def command(view: View, claim: Claim) -> Command:
        return OrderPayment(act.actor, uuid5(ORDERS, str(claim.claim_id)), today(view), view.claims)

    return await _carry_out(tx, claim_id, command, act)


async def pay(tx: Transaction, claim_id: UUID, *, paid_on: date, act: Act) -> Claim:
    """Take note that the money arrived."""
    return await _carry_out(tx, claim_id, lambda view, _: Pay(act.actor, paid_on, today(view)), act)


async def retract_death(tx: Transaction, claim_id: UUID, *, act: Act) -> Claim:
    """Take back the death that the claim confirmed, before anything is paid."""
    return await _carry_out(tx, claim_id, lambda _view, _claim: RetractDeath(), act)


async def recheck(tx: Transaction, waiting: Sequence[tuple[UUID, UUID]], *, act: Act) -> int:
    """Look again at claims that wait for their worker, given as (worker, claim); tells how many went on."""
    workers = {worker_id for worker_id, _ in waiting}
    await ledger.lock(tx, messages.WRITES, workers)
    views = await store.look(tx, sorted(workers))
    moved: list[Claim] = []
    entries: list[Entry] = []
    for worker_id, claim_id in waiting:
        view = views[worker_id]
        claim, announced = _apply(view.claim(claim_id), [_recheck(view)], view)
        if claim != view.claim(claim_id):
            moved.append(claim)
            entries.extend(announced)
    await store.save(tx, moved)
    await ledger.append(tx, entries, act)
    return len(moved)


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


async def _carry_out(tx: Transaction, claim_id: UUID, command: Callable[[View, Claim], Command], act: Act) -> Claim:
    worker_id = await store.find_worker(tx, claim_id)
    if worker_id is None:
        raise unknown_claim(claim_id)
    view = await _lock_then_look(tx, worker_id)
    before = view.claim(claim_id)
    claim, entries = _apply(before, [_recheck(view), command(view, before)], view)
    if claim != before:
        await store.save(tx, [claim])
        await ledger.append(tx, entries, act)
    return claim


async def _lock_then_look(tx: Transaction, worker_id: UUID) -> View:
    """Lock and read all that is known of the person: of the worker, and of whoever was merged with them."""
    same = await store.same_person(tx, worker_id)
    await ledger.lock(tx, messages.WRITES, same)
    views = await store.look(tx, same)
    covers = {str(worker): view.cover for worker, view in views.items()}
    if {other for cover in covers.values() for other in coverage.merged_with(cover.state)} - covers.keys():
        raise domain.merging()  # told between the two statements: whoever it is has not been locked
    claims = tuple(claim for view in views.values() for claim in view.claims)
    return View(views[worker_id].at, coverage.shared(str(worker_id), covers), claims)


def _apply(claim: Claim, commands: Sequence[Command], view: View) -> tuple[Claim, list[Entry]]:
    """Decide the commands one after the other, and give the claim as it then is, with what to announce."""
    entries: list[Entry] = []
    for command in commands:
        for event in domain.decide(claim, command):
            entries.extend(messages.to_entries(claim, [event], at=view.at))
            claim = domain.evolve(claim, event)
    return claim, entries


def _recheck(view: View) -> Recheck:
    return Recheck(view.at, worker_known=view.cover.state is not None)


def today(view: View) -> date:
    """Tell the business date of the view."""
    return view.at.astimezone(BUSINESS_ZONE).date()


def unknown_claim(claim_id: UUID) -> Rejected:
    """Say that there is no such claim."""
    return Rejected(
        "CLAIM_UNKNOWN",
        indonesian=f"Klaim {claim_id} tidak ada; periksa nomornya.",
        english=f"There is no claim {claim_id}; check its number.",
    )
