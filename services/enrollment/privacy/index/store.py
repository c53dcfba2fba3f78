"""The hashes of national numbers and card numbers under the next index key, beside those in force."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from services.chassis.postgres import Pool, Transaction

Cards = Mapping[tuple[UUID, UUID, date], bytes]
"""The hash of a card's number, by worker, membership and day of issue."""


async def agree(tx: Transaction, fingerprint: bytes) -> bool:
    """Tell whether this is the index key in force; the first one ever is taken as it comes."""
    kept = await tx.fetchval(
        "update index_key set fingerprint = coalesce(fingerprint, $1) returning fingerprint", fingerprint
    )
    return bool(kept == fingerprint)


async def remaining(pool: Pool | Transaction, next_key: bytes) -> int:
    """Count people who are not hashed under the next key, or whose document was changed since."""
    count: int = await pool.fetchval(
        """
        select count(*) from vault v
         where not exists (select from rehashed r
                            where r.worker_id = v.person_id and r.next_key = $1 and r.seen = md5(v.document))
        """,
        next_key,
    )
    return count


async def unhashed(
    tx: Transaction, next_key: bytes, *, after: UUID, limit: int, among: Iterable[UUID] | None = None
) -> dict[UUID, str]:
    """Name people to be hashed under the next key, in order, with what tells whether their document changes."""
    rows = await tx.fetch(
        """
        select person_id, md5(document) as seen from vault v
         where person_id > $1 and ($4::uuid[] is null or person_id = any($4))
           and not exists (select from rehashed r
                            where r.worker_id = v.person_id and r.next_key = $2 and r.seen = md5(v.document))
         order by person_id limit $3
        """,
        after,
        next_key,
        limit,
        None if among is None else list(among),
    )
    return {row["person_id"]: row["seen"] for row in rows}


async def keep(
    tx: Transaction, next_key: bytes, seen: Mapping[UUID, str], hashes: Mapping[UUID, bytes], cards: Cards
) -> None:
    """Keep the hashes of these people in place of what was kept of them."""
    await tx.execute(
        """
        insert into rehashed (worker_id, seen, next_key, nik_hash)
        select worker_id, seen, $4, nik_hash
          from unnest($1::uuid[], $2::text[], $3::bytea[]) as r(worker_id, seen, nik_hash)
        on conflict (worker_id) do update
           set seen = excluded.seen, next_key = excluded.next_key, nik_hash = excluded.nik_hash
        """,
        list(hashes),
        [seen[worker_id] for worker_id in hashes],
        list(hashes.values()),
        next_key,
    )
    await tx.execute("delete from rehashed_card where worker_id = any($1::uuid[])", list(hashes))
    await tx.execute(
        """
        insert into rehashed_card (worker_id, coverage_id, issued_on, kpj_hash)
        select * from unnest($1::uuid[], $2::uuid[], $3::date[], $4::bytea[])
        """,
        [worker_id for worker_id, _, _ in cards],
        [coverage_id for _, coverage_id, _ in cards],
        [issued_on for _, _, issued_on in cards],
        list(cards.values()),
    )


async def hold(tx: Transaction) -> None:
    """Keep processes from agreeing on a key, and everybody from the hashes, until the transaction ends.

    A service is connected before it agrees: either it is seen now, or it waits and then hears of the new key.
    """
    await tx.execute("select from index_key for update")
    await tx.execute("lock table nik, likeness, uncompared, issued_card, vault in access exclusive mode")


async def others_connected(tx: Transaction, names: Sequence[str]) -> int:
    """Count the connections of running services to this database."""
    count: int = await tx.fetchval(
        """
        select count(*) from pg_stat_activity
         where datname = current_database() and application_name = any($1::text[])
        """,
        names,
    )
    return count


async def open_lists(tx: Transaction) -> int:
    """Count the lists that are under way: they hold hashes under the key in force."""
    count: int = await tx.fetchval(
        """
        select count(*) from batch
         where work is not null or state in ('received', 'validating', 'awaiting_approval', 'applying')
        """
    )
    return count


async def without_document(tx: Transaction) -> int:
    """Count people who are found by a number and of whom nothing is kept, so that they cannot be hashed."""
    count: int = await tx.fetchval(
        "select count(*) from nik n where not exists (select from vault v where v.person_id = n.worker_id)"
    )
    return count


async def switch(tx: Transaction, next_key: bytes) -> int:
    """Put the hashes under the next key in the place of those in force, which are held; tell how many people have one.

    Who is alike is hashed and compared anew by its own job.
    """
    await tx.execute("truncate nik, likeness, uncompared")
    found = await tx.execute(
        """
        insert into nik (nik_hash, worker_id)
        select r.nik_hash, r.worker_id from rehashed r join vault v on v.person_id = r.worker_id
         where r.next_key = $1 order by r.nik_hash
        """,
        next_key,
    )
    await tx.execute("insert into uncompared (worker_id) select worker_id from nik")
    await tx.execute(
        """
        update issued_card i set kpj_hash = coalesce(
            (select kpj_hash from rehashed_card r where r.coverage_id = i.coverage_id and r.issued_on = i.issued_on),
            uuid_send(gen_random_uuid()))    -- the number of somebody who was erased: nobody's
        """
    )
    await tx.execute("truncate rehashed, rehashed_card")
    await tx.execute("update index_key set fingerprint = $1", next_key)
    return int(found.split()[-1])
