"""Carry out commands about cohorts: lock the head, look, decide, save, announce; in the transaction of the caller."""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from uuid import UUID

from services.chassis import clock, ledger
from services.chassis.ledger import Act
from services.chassis.postgres import Transaction
from services.enrollment.cohorts import messages, place_store, store, terms
from services.enrollment.cohorts.allotment import Account
from services.enrollment.cohorts.terms import (
    Approved,
    Closed,
    Command,
    Event,
    HandedOver,
    Opened,
    Propose,
    Proposed,
    Reallocated,
    Standing,
)
from services.enrollment.domain import Rejected


async def propose(tx: Transaction, command: Propose, act: Act) -> Standing:
    """Put a new cohort forward."""
    events = terms.decide(None, command)
    standing = _after(None, events)
    await ledger.lock(tx, messages.COHORT, [command.cohort_id])
    await store.add(tx, standing)
    await _announce(tx, command.cohort_id, events, act)
    nothing = Account(command.cohort_id, open=False, places=0, person_months=None)
    await place_store.write(tx, None, reduce(_counted, events, nothing))
    return standing


async def carry_out(tx: Transaction, cohort_id: UUID, command: Command, act: Act) -> Standing:
    """Carry out a command about a cohort that is known, and give the cohort as it is then."""
    await ledger.lock(tx, messages.COHORT, [cohort_id])
    before = await find(tx, cohort_id)
    events = terms.decide(before, command)
    after = _after(before, events)
    if not events:
        return after
    await store.save(tx, after)
    await _announce(tx, cohort_id, events, act)
    account = await place_store.locked(tx, cohort_id)
    changed = reduce(_counted, events, account)
    if not changed.fits:
        raise Rejected(
            "places_in_use",
            "Tempat atau orang-bulan yang diambil itu sudah terisi atau dipesan. Kurangi lebih sedikit, atau lepaskan "
            "dahulu.",
            "The places or person-months that this takes away are taken or reserved. Take fewer, or free them first.",
        )
    await place_store.write(tx, account, changed)
    return after


async def find(tx: Transaction, cohort_id: UUID) -> Standing:
    """Give a cohort as it stands."""
    found = (await store.standings(tx, [cohort_id])).get(cohort_id)
    if found is None:
        raise terms.not_known()
    return found


def _after(standing: Standing | None, events: Sequence[Event]) -> Standing:
    after = reduce(terms.evolve, events, standing)
    if after is None:
        msg = "a cohort begins with an event"
        raise AssertionError(msg)
    return after


def _counted(account: Account, event: Event) -> Account:
    """Let what is counted follow: places and person-months that hold, whether people are taken in."""
    match event:
        case Proposed(standing) | Approved(standing):
            extent = standing.extent
            return account.extended(extent.places, dict(extent.village_places), extent.person_months)
        case Opened():
            return replace(account, open=True)
        case Closed():
            return replace(account, open=False)
        case HandedOver():
            return account
        case Reallocated():
            return account.reallocated(event.from_village, event.to_village, event.places)


async def _announce(tx: Transaction, cohort_id: UUID, events: Sequence[Event], act: Act) -> None:
    now = await clock.now(tx)
    await ledger.append(tx, [messages.entry(cohort_id, event, now) for event in events], act)
