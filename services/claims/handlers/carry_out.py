"""How every command is carried out: lock the person, look, decide, save, announce; in the transaction of the caller.

A person is the worker and whoever was merged with them.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from services.chassis import ledger
from services.chassis.clock import BUSINESS_ZONE
from services.chassis.ledger import Act, Entry
from services.chassis.postgres import Transaction
from services.claims import coverage, domain, messages, store
from services.claims.claim import Claim, Rejected, Signal
from services.claims.commands import Command, Recheck
from services.claims.signals import known_about, signals
from services.claims.store import View


async def find_claim(tx: Transaction, claim_id: UUID) -> tuple[View, Claim]:
    """Lock the person of the claim, and read the claim with all that is known of them."""
    same = await store.find_person(tx, claim_id)
    if not same:
        raise unknown_claim(claim_id)
    views = await lock_then_look(tx, same)
    claim = views[same[0]].claim(claim_id)
    return views[claim.worker_id], claim


async def lock_then_look(tx: Transaction, same: Sequence[UUID]) -> dict[UUID, View]:
    await ledger.lock(tx, messages.WRITES, same)
    return await look(tx, same)


async def look(tx: Transaction, same: Sequence[UUID]) -> dict[UUID, View]:
    """Read for each of these, who are one person and locked, the cover that counts and the claims of them all."""
    views = await store.look(tx, same)
    covers = {str(worker): view.cover for worker, view in views.items()}
    if {other for cover in covers.values() for other in coverage.merged_with(cover.state)} - covers.keys():
        raise domain.merging()  # told between the two statements: whoever it is has not been locked
    claims = tuple(claim for view in views.values() for claim in view.claims)
    return {
        worker: replace(view, cover=coverage.shared(str(worker), covers), readable=claims)
        for worker, view in views.items()
    }


async def carry_out(tx: Transaction, view: View, before: Claim, command: Command, act: Act) -> Claim:
    """Carry out a command on a claim that need not wait for its worker any more, where they are known by now."""
    claim, entries = apply(view, before, recheck_of(view), command)
    if claim != before:
        await keep(tx, [(claim, entries)], act)
    if before.granted and not claim.granted:  # others may have been denied because of it
        await store.queue_review(tx, sorted({one.worker_id for one in view.claims}))
    return claim


def apply(view: View, claim: Claim, *commands: Command) -> tuple[Claim, list[Entry]]:
    """Decide the commands one after the other, and give the claim as it then is, with what to announce."""
    entries: list[Entry] = []
    for command in commands:
        for event in domain.decide(claim, command):
            entries.extend(messages.to_entries(claim, [event], at=view.at))
            claim = domain.evolve(claim, event)
    return claim, entries


async def keep(tx: Transaction, moved: Sequence[tuple[Claim, Sequence[Entry]]], act: Act) -> None:
    await store.save(tx, [claim for claim, _ in moved])
    await ledger.append(tx, [entry for _, entries in moved for entry in entries], act)


async def signals_of(tx: Transaction, view: View, claim: Claim) -> tuple[Signal, ...]:
    known = await known_about(tx, claim, view.cover.state)
    return signals(claim, view.cover.state, known, view.claims)


def recheck_of(view: View) -> Recheck:
    return Recheck(view.at, today(view), worker_known=view.cover.state is not None)


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
