"""What happened to workers because of a command: decided by the rules, then saved and announced as one.

lock the heads  ->  load  ->  decide  ->  record: what changed is saved, what happened stands in the ledger
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from services.chassis import clock, ledger
from services.chassis.ledger import Act, Entry
from services.chassis.postgres import Transaction
from services.enrollment import domain, messages, store
from services.enrollment.domain import Command, Event, Worker


@dataclass(frozen=True, slots=True)
class Happened:
    """A worker before and after, and the events between; nothing may have happened."""

    before: Worker | None
    after: Worker | None
    events: Sequence[Event]


def decide(worker: Worker | None, command: Command) -> Happened:
    """Say what happens because of the command; a broken rule raises Rejected."""
    return of(worker, domain.decide(worker, command))


def of(worker: Worker | None, events: Sequence[Event]) -> Happened:
    """Give the worker as the events leave them."""
    return Happened(worker, reduce(domain.evolve, events, worker), events)


async def record(tx: Transaction, happened: Sequence[Happened], act: Act, further: Sequence[Entry] = ()) -> None:
    """Save what changed and announce it, in one go, and then what is further to be announced.

    The heads of all of them are locked, and the workers were loaded after that.
    """
    changed = [(one.before, one.after, one.events) for one in happened if one.after is not None and one.events]
    if not changed and not further:
        return
    now = await clock.now(tx)
    await store.save(tx, [(before, after) for before, after, _ in changed])
    facts = [entry for _, after, events in changed for entry in messages.entries(after.worker_id, events, now)]
    await ledger.append(tx, [*facts, *further], act)
