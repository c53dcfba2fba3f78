"""Hashes everybody under the next index key while the register works, then puts it in force in one short stop.

    rehash    in pieces, from opened documents; again and again, as often as wanted; lookups stay as they are
    switch    with the service stopped: whoever came or changed since, then all hashes in one transaction
    start     with the next key in index.key; a service whose file holds another key refuses to start

The key is changed when it may have become known, not on a schedule: so a stop of seconds is better than two keys at
work in every lookup.
"""

from collections.abc import AsyncGenerator
from uuid import UUID

from services.chassis import ledger
from services.chassis.postgres import Pool, Transaction, transaction
from services.chassis.vault import Vault
from services.chassis.vault.keys import BadSecret, fingerprint
from services.enrollment.identity import kpj
from services.enrollment.messages import COVERAGE
from services.enrollment.privacy.index import store

PIECE_PEOPLE_MAX = 2_000
NOBODY = UUID(int=0)
SERVICE_NAMES = ("enrollment", "enrollment-cli")
PURPOSE = "change of the index key"


class NotNow(Exception):
    """The next index key cannot be put in force yet; says why, and what to do first."""


async def agree(tx: Transaction, vault: Vault) -> None:
    """Refuse a process whose index key is not the one in force: it would find nobody, and take everybody for new."""
    if not await store.agree(tx, fingerprint(vault.index_key)):
        msg = "the people of this database are hashed under another index.key; put that one in place and start again"
        raise BadSecret(msg)


async def rehash(
    pool: Pool, vault: Vault, following: Vault, *, actor: str, piece_max: int = PIECE_PEOPLE_MAX
) -> AsyncGenerator[int, None]:
    """Hash under the index key of `following` whoever is not; gives how many remain, at first and after each piece."""
    next_key = fingerprint(following.index_key)
    yield await store.remaining(pool, next_key)
    after: UUID | None = NOBODY
    while after is not None:
        after = await _rehash_piece(pool, vault, following, after, actor=actor, piece_max=piece_max)
        yield await store.remaining(pool, next_key)


async def switch(pool: Pool, following: Vault) -> int:
    """Put the next index key in force; the service must not run, and nobody may be left to hash."""
    next_key = fingerprint(following.index_key)
    async with transaction(pool) as tx:
        await store.hold(tx)
        if connected := await store.others_connected(tx, SERVICE_NAMES):
            msg = f"enrollment runs still ({connected} connections): stop it, then give the command again"
            raise NotNow(msg)
        if waiting := await store.open_lists(tx):
            msg = f"{waiting} lists are under way: let them end, or cancel them, then give the command again"
            raise NotNow(msg)
        if left := await store.remaining(tx, next_key):
            msg = f"{left} people are not hashed under the next key: give `rehash` again, then this"
            raise NotNow(msg)
        if lost := await store.without_document(tx):
            msg = f"{lost} people are found by a number and have no document: none of them would be found; look at them"
            raise NotNow(msg)
        return await store.switch(tx, next_key)


async def _rehash_piece(
    pool: Pool, vault: Vault, following: Vault, after: UUID, *, actor: str, piece_max: int
) -> UUID | None:
    next_key = fingerprint(following.index_key)
    async with transaction(pool) as tx:
        found = await store.unhashed(tx, next_key, after=after, limit=piece_max)
        # Locked before they are looked at again: whoever is erased at this moment leaves no hash behind.
        await ledger.lock(tx, COVERAGE, found)
        seen = await store.unhashed(tx, next_key, after=after, limit=piece_max, among=found)
        opened = await vault.open_all(tx, seen, actor=actor, purpose=PURPOSE) if seen else {}
        hashes = {worker_id: following.blind(document["nik"]) for worker_id, document in opened.items()}
        cards = {
            (worker_id, *card): following.blind(kpj.hashed(number))
            for worker_id, document in opened.items()
            for field, number in document.items()
            if (card := kpj.card_of(field)) is not None
        }
        await store.keep(tx, next_key, seen, hashes, cards)
    return max(found, default=None)
