"""Changes the keys that protect people's data, while the service works: in pieces, each of which may be the last.

The wrapping key: every person's key is unwrapped with the old one and wrapped with the new one; documents stay. A
person's own key: the document is sealed anew. Whoever begins again after a crash goes on with what is left.
"""

from collections.abc import AsyncGenerator
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.chassis.postgres import Pool, transaction
from services.chassis.vault.keys import KEY_BYTES, PersonKeys, Sealed

PIECE_KEYS_MAX = 5_000
NOBODY = UUID(int=0)


async def rewrap(keys: PersonKeys, *, piece_max: int = PIECE_KEYS_MAX) -> AsyncGenerator[int, None]:
    """Wrap every key by this process's newest wrapping key; gives how many remain, at first and after each piece.

    From the first step on no process wraps new keys by another: one that has not got the newest refuses to.
    """
    # waits for whoever is just wrapping by the old one, so that none of those is passed by below
    await keys.pool.execute("update wrapping set current = $1", keys.newest)
    yield await remaining(keys)
    last: UUID | None = NOBODY
    while last is not None:
        last = await _rewrap_piece(keys, last, piece_max)
        yield await remaining(keys)


async def remaining(keys: PersonKeys) -> int:
    """Count the keys that are not wrapped by this process's newest wrapping key."""
    count: int = await keys.pool.fetchval(
        "select count(*) from person_key where wrapped_by is distinct from $1", keys.newest
    )
    return count


async def _rewrap_piece(keys: PersonKeys, after: UUID, piece_max: int) -> UUID | None:
    async with transaction(keys.pool) as tx:
        rows = await tx.fetch(
            """
            select person_id, wrapped, wrapped_by, next_wrapped from person_key
             where person_id > $1 and wrapped_by is distinct from $2
             order by person_id limit $3 for update
            """,
            after,
            keys.newest,
            piece_max,
        )
        await tx.execute(
            """
            update person_key k set wrapped = n.wrapped, next_wrapped = n.next_wrapped, wrapped_by = $4
              from unnest($1::uuid[], $2::bytea[], $3::bytea[]) as n(person_id, wrapped, next_wrapped)
             where k.person_id = n.person_id
            """,
            [row["person_id"] for row in rows],
            [keys.rewrapped(row["person_id"], row["wrapped"], row["wrapped_by"]) for row in rows],
            [row["next_wrapped"] and keys.rewrapped(row["person_id"], row["next_wrapped"], None) for row in rows],
            keys.newest,
        )
    return rows[-1]["person_id"] if rows else None


async def renew_key(pool: Pool, keys: PersonKeys, person_id: UUID, *, actor: str) -> None:
    """Give a person a new key, and seal their document with it; to be repeated if it was interrupted.

    The next key stands beside the present one before anything is sealed with it, and takes its place when the document
    is committed: at every moment one of the two opens it.
    """
    async with transaction(pool) as tx:
        document = await tx.fetchval("select document from vault where person_id = $1 for update", person_id)
        if document is None:
            msg = f"there is no document of {person_id}: not in the vault, or erased"
            raise Sealed(msg)
        await keys.pool.execute(
            "update person_key set next_wrapped = coalesce(next_wrapped, $2) where person_id = $1",
            person_id,
            keys.wrap(person_id, AESGCM.generate_key(KEY_BYTES * 8)),
        )
        box = (await keys.take([person_id], actor=actor, purpose="new key for this person"))[person_id]
        await tx.execute("update vault set document = $2 where person_id = $1", person_id, box.seal(box.open(document)))
    await keys.pool.execute(
        """
        update person_key set wrapped = next_wrapped, next_wrapped = null, wrapped_by = null
         where person_id = $1 and next_wrapped is not null
        """,
        person_id,
    )
