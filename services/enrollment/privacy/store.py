"""What stands about a person in enrollment's database: what an erasure destroys, what an extract shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from services.chassis.postgres import Transaction
from services.enrollment.privacy.rules import Reason


@dataclass(frozen=True, slots=True)
class Erasure:
    """What is on record of an erasure; number and hash are those of its entry on the list outside."""

    person_id: UUID
    erased_at: datetime
    actor: str
    reason: Reason
    forced: bool
    destroyed: dict[str, int]
    key_owners: tuple[UUID, ...]
    number: int | None
    hash: str | None
    settled_at: datetime | None


async def erasure(tx: Transaction, worker_id: UUID) -> Erasure | None:
    row = await tx.fetchrow(
        """
        select person_id, erased_at, actor, reason, forced, destroyed, key_owners, number, hash, settled_at
          from erasure where person_id = $1
        """,
        worker_id,
    )
    if row is None:
        return None
    return Erasure(
        **dict(row) | {"destroyed": orjson.loads(row["destroyed"]), "key_owners": tuple(row["key_owners"] or ())}
    )


async def hashes_of(tx: Transaction, worker_ids: Sequence[UUID]) -> list[bytes]:
    """Find the hashes under which people are found; there is no index for it, since only this asks."""
    rows = await tx.fetch("select nik_hash from nik where worker_id = any($1::uuid[]) order by nik_hash", worker_ids)
    return [row["nik_hash"] for row in rows]


async def lock_hashes(tx: Transaction, nik_hashes: Sequence[bytes]) -> None:
    await tx.execute("select from nik where nik_hash = any($1::bytea[]) order by nik_hash for update", nik_hashes)


async def destroy(tx: Transaction, worker_ids: Sequence[UUID]) -> dict[str, int]:
    """Delete what names these workers, or finds them; gives how many rows of what."""
    identities = await tx.execute("delete from nik where worker_id = any($1::uuid[])", worker_ids)
    documents = await tx.execute("delete from vault where person_id = any($1::uuid[])", worker_ids)
    return {"identities": _deleted(identities), "documents": _deleted(documents)}


async def left_of(tx: Transaction, worker_ids: Sequence[UUID]) -> dict[str, int]:
    """Count what names or finds these workers still."""
    row = await tx.fetchrow(
        """
        select (select count(*) from nik where worker_id = any($1::uuid[])) as identities,
               (select count(*) from vault where person_id = any($1::uuid[])) as documents
        """,
        worker_ids,
    )
    assert row is not None  # noqa: S101 - a row of counts
    return dict(row)


async def facts_of(tx: Transaction, worker_id: UUID) -> list[dict[str, Any]]:
    """Give all facts about a worker, in order; it reads the whole ledger, which has no index by key."""
    rows = await tx.fetch(
        "select sequence, type, time, recordedtime, actor, data from ledger where key = $1 order by sequence", worker_id
    )
    return [dict(row) | {"data": orjson.loads(row["data"])} for row in rows]


async def untold(tx: Transaction, *, older_than_s: float, limit: int) -> list[UUID]:
    """Name people whose erasure was taken from the list after a restore, and of whom no fact tells it here."""
    rows = await tx.fetch(
        """
        select person_id from erasure
         where not told and settled_at < clock_timestamp() - make_interval(secs => $1) order by erased_at limit $2
        """,
        older_than_s,
        limit,
    )
    return [row["person_id"] for row in rows]


async def have_told(tx: Transaction, worker_ids: Iterable[UUID]) -> None:
    await tx.execute("update erasure set told = true where person_id = any($1::uuid[])", list(worker_ids))


def _deleted(answer: str) -> int:
    return int(answer.removeprefix("DELETE "))
