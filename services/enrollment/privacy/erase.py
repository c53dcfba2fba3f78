"""Erases a person: whatever names or finds them goes, the fact is told, and no restored database brings them back.

What was counted stays: the ledger and the memberships say nothing of who it was, and are needed for account (UU 27/2022
Pasal 15). The same person who comes again is a new worker; nothing joins the two.
"""

import asyncio
from pathlib import Path
from uuid import UUID, uuid4

import structlog

from services.chassis import clock, erasures, ledger
from services.chassis.erasures import Entry, Erased
from services.chassis.keys import PersonKeys
from services.chassis.ledger import Act, Halted
from services.chassis.postgres import HEALS_WITH_TIME, Pool, Transaction, transaction
from services.chassis.process import sleep_unless
from services.enrollment import domain, messages
from services.enrollment import store as register
from services.enrollment.messages import COVERAGE
from services.enrollment.privacy import rules, store
from services.enrollment.privacy.rules import Reason

ACTOR = "enrollment-erasures"
SETTLE_EVERY_S = 1.0
TOLD_AFTER_S = 600.0
"""By then the relay has compared this database with Kafka, and has halted if it is an older copy."""
TOLD_AT_ONCE_MAX = 100

log = structlog.get_logger(__name__)


async def erase(tx: Transaction, worker_id: UUID, *, reason: Reason, force: bool, act: Act) -> store.Erasure:
    """Erase a person as far as this database goes; what is left, the list and the keys, is settled after the commit."""
    people = [worker_id]
    await store.lock_hashes(tx, await store.hashes_of(tx, people))
    await ledger.lock(tx, COVERAGE, people)
    if (earlier := await store.erasure(tx, worker_id)) is not None:
        return earlier
    worker = (await register.workers(tx, people)).get(worker_id)
    if worker is None:
        raise domain.worker_not_known()
    rules.refuse(worker, await clock.business_date(tx), reason=reason, force=force)
    destroyed = await store.destroy(tx, people)
    erased = Erased(worker_id, await clock.now(tx), act.actor, reason, tuple(people))
    await erasures.record(tx, erased, forced=force, destroyed=destroyed, told=True)
    await ledger.append(tx, [messages.worker_erased(person, erased.erased_at) for person in people], act)
    recorded = await store.erasure(tx, worker_id)
    assert recorded is not None  # noqa: S101 - written two statements before
    return recorded


async def erase_again(tx: Transaction, entry: Entry) -> None:
    """Erase whom a restored database does not know to be erased.

    The fact waits: if this database is an older copy, Kafka has it already, and the relay will halt.
    """
    people = [entry.erased.person_id]
    await store.lock_hashes(tx, await store.hashes_of(tx, people))
    await ledger.lock(tx, COVERAGE, people)
    destroyed = await store.destroy(tx, people)
    await erasures.record(tx, entry.erased, forced=False, destroyed=destroyed, told=False)


async def tell(pool: Pool, *, older_than_s: float = TOLD_AFTER_S) -> int:
    """Tell of erasures that came from the list; a reader that heard of one before has nothing more to do."""
    async with transaction(pool) as tx:
        untold = await store.untold(tx, older_than_s=older_than_s, limit=TOLD_AT_ONCE_MAX)
        if not untold:
            return 0
        await ledger.lock(tx, COVERAGE, untold)
        now = await clock.now(tx)
        await ledger.append(tx, [messages.worker_erased(person, now) for person in untold], Act(ACTOR, uuid4()))
        await store.have_told(tx, untold)
    return len(untold)


async def settle_forever(pool: Pool, keys: PersonKeys, folder: Path, stopping: asyncio.Event) -> None:
    """Bring to an end what a killed process, or a restored database, has left undone; until the process stops."""
    while not stopping.is_set():
        try:
            await erasures.settle(pool, keys, folder)
            await tell(pool)
        except (*HEALS_WITH_TIME, Halted) as error:
            log.warning("erasures_wait", error=type(error).__name__)
        await sleep_unless(stopping, SETTLE_EVERY_S)
