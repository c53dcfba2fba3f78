"""What stands about a worker's claims in the vault of claims: what an erasure destroys, what an extract shows."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from services.chassis.postgres import Pool, Transaction


async def unfinished(pool: Pool, after: UUID, limit: int) -> list[UUID]:
    """Name workers who were erased, and of whose claims something may still have to go, in the order of their ids.

    Whoever is named in a claim is needed while it is open; once it is paid, void or denied, they may go.
    """
    rows = await pool.fetch(
        """
        select person_id from erasure e
         where person_id > $1
           and (key_owners is null
                or exists (select from claim c join vault v on v.person_id = any(c.vault_ids)
                            where c.worker_id = e.person_id
                              and (c.state in ('paid', 'void') or c.state = 'decided' and not c.granted)))
         order by person_id limit $2
        """,
        after,
        limit,
    )
    return [row["person_id"] for row in rows]


async def destroy_named(tx: Transaction, worker_id: UUID, claim_ids: Sequence[UUID]) -> None:
    """Delete whoever was ever named in these claims of the worker, and say whose keys must go.

    The worker's head must be locked: no claim of theirs may move meanwhile.
    """
    named = await tx.fetchval(
        "select array(select distinct unnest(vault_ids) as id from claim where claim_id = any($1::uuid[]) order by id)",
        claim_ids,
    )
    deleted = await tx.execute("delete from vault where person_id = any($1::uuid[])", named)
    await tx.execute(
        """
        update erasure
           set settled_at = null,
               key_owners = array(select unnest(coalesce(key_owners, '{}')) union select unnest($2::uuid[]) order by 1),
               destroyed = jsonb_build_object('documents', coalesce((destroyed ->> 'documents')::int, 0) + $3::int)
         where person_id = $1
        """,
        worker_id,
        named,
        int(deleted.split()[-1]),
    )


async def named_in(tx: Transaction, claim_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Tell who was ever named in these claims, as vault id to claim."""
    rows = await tx.fetch(
        "select unnest(vault_ids) as id, claim_id from claim where claim_id = any($1::uuid[]) order by reported_at, id",
        claim_ids,
    )
    return {row["id"]: row["claim_id"] for row in rows}


async def left_of(tx: Transaction, vault_ids: Sequence[UUID]) -> dict[str, int]:
    """Count what the vault holds under these ids still."""
    count = await tx.fetchval("select count(*) from vault where person_id = any($1::uuid[])", vault_ids)
    return {"documents": count}


async def facts_of(tx: Transaction, worker_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Give all facts of these workers' claims, in order; it reads the whole ledger, which has no index by key."""
    rows = await tx.fetch(
        "select sequence, type, time, recordedtime, actor, data from ledger where key = any($1::uuid[])"
        " order by recordedtime, sequence",
        worker_ids,
    )
    return [dict(row) | {"data": orjson.loads(row["data"])} for row in rows]
