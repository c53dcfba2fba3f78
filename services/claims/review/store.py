"""The queue of people whose cover changed and of whom there are claims; the reader fills it, the sweep empties it.

Each row has its own number and is deleted by it: what is queued while somebody looks at the same person stays there.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from payung_contracts.topics import COVERAGE

from services.chassis.postgres import Pool, Transaction
from services.claims.store import queue_review, same_person


class Due(NamedTuple):
    """A worker whose decisions are to be looked at, and the rows that say so."""

    worker_id: UUID
    numbers: list[int]


async def put(tx: Transaction, workers: Collection[str], merged: Collection[str]) -> None:
    """Queue those of these workers who have claims, and of whoever was merged with any; in the reader's transaction.

    A report holds the row that the reader writes (`store.hold_cover`), so that no claim begins unseen meanwhile.
    """
    people = set(workers)
    for worker_id in sorted(merged):
        people.update(map(str, await same_person(tx, UUID(worker_id))))
    await queue_review(tx, [UUID(worker_id) for worker_id in people])


async def due(pool: Pool, limit: int, *, without: Sequence[UUID] = ()) -> list[Due]:
    """Name whose decisions are to be looked at, who waits longest first."""
    rows = await pool.fetch(
        """
        with first as (
            select number, worker_id from review_due where worker_id <> all($2::uuid[]) order by number limit $1
        )
        select worker_id, array_agg(number order by number) as numbers from first
         group by worker_id order by min(number)
        """,
        limit,
        without,
    )
    return [Due(row["worker_id"], row["numbers"]) for row in rows]


async def withheld(tx: Transaction, worker_ids: Sequence[UUID]) -> bool:
    """Tell whether a fact of one of these is kept back, and keep the reader from changing that in this transaction."""
    known = await tx.fetch(
        """
        select parked or exists (
                   select from letter l where l.topic = $1 and l.key = k.key and l.settled_at is null) as withheld
          from reader_key k where topic = $1 and key = any($2::uuid[]) order by key for share
        """,
        COVERAGE.name,
        worker_ids,
    )
    return any(row["withheld"] for row in known)


async def done(tx: Transaction, one: Due) -> None:
    """Take the worker's rows out of the queue, as far as they were seen."""
    await tx.execute("delete from review_due where number = any($1::bigint[])", one.numbers)


async def later(tx: Transaction, one: Due) -> None:
    """Put the worker at the end of the queue: what their cover lacks may have come by then, and nobody waits behind."""
    await done(tx, one)
    await tx.execute("insert into review_due (worker_id) values ($1)", one.worker_id)
