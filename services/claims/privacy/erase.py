"""Follows an erasure of enrollment: the fact is taken in with its offset, and all whom the worker's claims name go.

    taken in     in the reader's transaction, with the offset: a row in `erasure`, nothing else
    destroyed    under the worker's head: payees, the hashes of their accounts, the story of an accident and its
                 witnesses, of claims that are closed; whose keys must go
    settled      the list outside, then the keys (services.chassis.vault.erasures)

What an open claim names is needed to decide and to pay it, lateness included, and goes when it is closed.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import structlog

from services.chassis import ledger
from services.chassis.postgres import HEALS_WITH_TIME, Pool, Transaction, transaction
from services.chassis.vault import erasures
from services.chassis.vault.erasures import Entry, Erased
from services.chassis.vault.keys import PersonKeys
from services.chassis.waiting import sleep_unless
from services.claims import messages, money
from services.claims import store as claims
from services.claims.claim import Claim
from services.claims.privacy import store

EVERY_S = 1.0
AT_ONCE_MAX = 100
NOBODY = UUID(int=0)

log = structlog.get_logger(__name__)


async def take_in(tx: Transaction, told: Sequence[Erased]) -> None:
    """Remember who was erased, in the transaction of the fact; hearing it again changes nothing."""
    for erased in sorted(told, key=lambda one: one.person_id):
        await erasures.record(tx, erased, forced=False, destroyed={}, told=True, ready=False)


async def finish(pool: Pool, keys: PersonKeys, folder: Path) -> None:
    """Destroy what the erased leave behind, as far as no open claim needs it; to be repeated from wherever it broke."""
    last = NOBODY
    while found := await store.unfinished(pool, last, AT_ONCE_MAX):
        for worker_id in found:
            async with transaction(pool) as tx:
                await _destroy(tx, worker_id)
        last = found[-1]
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
    closed = [claim for claim in (await claims.look(tx, [worker_id]))[worker_id].readable if _is_closed(claim)]
    await store.destroy_named(tx, worker_id, [claim.claim_id for claim in closed])
    await claims.save(
        tx,
        [
            _without_hashes(claim)
            for claim in closed
            if any(one.account_index or one.name_index for one in claim.payees)
        ],
    )


def _is_closed(claim: Claim) -> bool:
    """Tell whether nobody whom the claim names is needed any more."""
    ended = claim.state in {"paid", "void"} or (claim.state == "decided" and not claim.granted)
    return ended and money.account(claim).settled


def _without_hashes(claim: Claim) -> Claim:
    return replace(claim, payees=tuple(replace(payee, account_index="", name_index="") for payee in claim.payees))
