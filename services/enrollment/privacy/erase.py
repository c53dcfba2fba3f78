"""Erases a person: whatever names or finds them goes, the fact is told, and no restored database brings them back.

What was counted stays: the ledger and the memberships say nothing of who it was, and are needed for account (UU 27/2022
Pasal 15). The same person who comes again is a new worker; nothing joins the two.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID, uuid4

import structlog

from services.chassis import clock, ledger
from services.chassis.ledger import Act, Halted
from services.chassis.postgres import HEALS_WITH_TIME, Pool, Transaction, transaction
from services.chassis.vault import erasures
from services.chassis.vault.erasures import Entry, Erased, Recorded
from services.chassis.vault.keys import PersonKeys
from services.chassis.waiting import sleep_unless
from services.enrollment import domain, messages
from services.enrollment import store as register
from services.enrollment.cohorts import place_store, places
from services.enrollment.domain import Rejected
from services.enrollment.messages import COVERAGE
from services.enrollment.privacy import rules, store
from services.enrollment.privacy.rules import Reason

ACTOR = "enrollment-erasures"
SETTLE_EVERY_S = 1.0
TOLD_AFTER_S = 600.0
"""By then the relay has compared this database with Kafka, and has halted if it is an older copy."""
TOLD_AT_ONCE_MAX = 100

log = structlog.get_logger(__name__)


async def erase(tx: Transaction, worker_id: UUID, *, reason: Reason, force: bool, act: Act) -> Recorded:
    """Erase a person as far as this database goes; what is left, the list and the keys, is settled after the commit.

    Entries that were merged are one person, and go together.
    """
    people, hashes = await _lock(tx, worker_id)
    if (earlier := await erasures.find(tx, worker_id)) is not None:
        return earlier
    known = await register.workers(tx, people)
    if worker_id not in known:
        raise domain.worker_not_known()
    today = await clock.business_date(tx)
    for worker in known.values():
        rules.refuse(worker, today, reason=reason, force=force)
    if not force and await place_store.cohorts_that_keep(tx, people):
        raise rules.place_kept()
    erased_at = await clock.now(tx)
    destroyed = await store.destroy(tx, people, hashes)
    for person in people:
        erased = Erased(person, erased_at, act.actor, reason, tuple(people))
        await erasures.record(tx, erased, forced=force, destroyed=destroyed, told=True)
    await ledger.append(tx, [messages.worker_erased(person, erased_at) for person in people], act)
    await _free_places(tx, people)
    recorded = await erasures.find(tx, worker_id)
    assert recorded is not None  # noqa: S101 - written a moment before
    return recorded


async def erase_again(tx: Transaction, entry: Entry) -> None:
    """Erase whom a restored database does not know to be erased.

    The fact waits: if this database is an older copy, Kafka has it already, and the relay will halt.
    """
    person_id = entry.erased.person_id
    await _lock(tx, person_id)
    destroyed = await store.destroy(tx, [person_id], await store.hashes_of(tx, [person_id]))
    await erasures.record(tx, entry.erased, forced=False, destroyed=destroyed, told=False)
    await _free_places(tx, [person_id])


async def _free_places(tx: Transaction, people: Sequence[UUID]) -> None:
    """Keep no place for somebody who is nobody now: no payment, and no turn on a waiting list, may cover them."""
    for cohort_id in await place_store.cohorts_that_keep(tx, people):
        await places.release(tx, cohort_id, people)


async def _lock(tx: Transaction, worker_id: UUID) -> tuple[list[UUID], list[bytes]]:
    """Lock what finds the person and then the heads of all entries that are the person, and give both."""
    people = await store.same_person(tx, worker_id)
    hashes = await store.hashes_of(tx, people)
    await store.lock_hashes(tx, hashes)
    await ledger.lock(tx, COVERAGE, people)
    if await store.same_person(tx, worker_id) != people:
        raise Rejected(
            "worker_changes",
            "Catatan orang ini sedang digabungkan atau dipisahkan. Ulangi sebentar lagi.",
            "This person's entries are just being merged or taken apart. Send the command again in a moment.",
        )
    return people, hashes


async def tell(pool: Pool, *, older_than_s: float = TOLD_AFTER_S) -> int:
    """Tell of erasures that came from the list; a reader that heard of one before has nothing more to do."""
    async with transaction(pool) as tx:
        untold = await store.untold(tx, older_than_s=older_than_s, limit=TOLD_AT_ONCE_MAX)
        await ledger.lock(tx, COVERAGE, untold)
        untold = await store.untold(tx, older_than_s=older_than_s, limit=TOLD_AT_ONCE_MAX, among=untold)
        if not untold:
            return 0
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
