"""Follows an erasure of enrollment: the fact is taken in with its offset, and the payees of the worker's claims go.

    taken in     in the reader's transaction, with the offset: a row in `erasure`, nothing else
    destroyed    under the worker's head: documents of payees whose claim is closed; whose keys must go
    settled      the list outside, then the keys (services.chassis.vault.erasures)

A payee of a claim that is still open is needed to pay it, and goes when it is closed.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import structlog

from services.chassis import ledger
from services.chassis.postgres import HEALS_WITH_TIME, Pool, Transaction, transaction
from services.chassis.process import sleep_unless
from services.chassis.vault import erasures
from services.chassis.vault.erasures import Entry, Erased
from services.chassis.vault.keys import PersonKeys
from services.claims import messages
from services.claims.privacy import store

EVERY_S = 1.0
AT_ONCE_MAX = 100

log = structlog.get_logger(__name__)


async def take_in(tx: Transaction, told: Sequence[Erased]) -> None:
    """Remember who was erased, in the transaction of the fact; hearing it again changes nothing."""
    for erased in sorted(told, key=lambda one: one.person_id):
        await erasures.record(tx, erased, forced=False, destroyed={}, told=True, ready=False)


async def finish(pool: Pool, keys: PersonKeys, folder: Path) -> None:
    """Destroy what the erased leave behind, as far as no open claim needs it; to be repeated from wherever it broke."""
    for worker_id in await store.unfinished(pool, AT_ONCE_MAX):
        async with transaction(pool) as tx:
            await _destroy(tx, worker_id)
    await erasures.settle(pool, keys, folder)


async def erase_again(tx: Transaction, entry: Entry) -> None:
    """Erase whom a restored database does not know to be erased."""
    await take_in(tx, [entry.erased])
    await _destroy(tx, entry.erased.person_id)


async def finish_forever(pool: Pool, keys: PersonKeys, folder: Path, stopping: asyncio.Event) -> None:
    """Finish erasures about once a second until the process stops; trouble that passes only delays it."""
    while not stopping.is_set():
        try:
            await finish(pool, keys, folder)
        except HEALS_WITH_TIME as error:
            log.warning("erasures_wait", error=type(error).__name__)
        await sleep_unless(stopping, EVERY_S)


async def _destroy(tx: Transaction, worker_id: UUID) -> None:
    await ledger.lock(tx, messages.WRITES, [worker_id])
    await store.destroy_payees(tx, worker_id)
