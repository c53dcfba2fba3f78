"""What stands about a worker's claims in the vault of claims: what an erasure destroys, what an extract shows."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from services.chassis.postgres import Pool, Transaction


async def unfinished(pool: Pool, limit: int) -> list[UUID]:
    """Name workers who were erased, and of whose claims something must still go.

    A payee is needed while a claim is open; once it is paid, void or denied, nobody needs them.
    """
    rows = await pool.fetch(
        """
        select person_id from erasure e
         where key_owners is null
            or exists (select from claim c join vault v on v.person_id = c.payee_id
                        where c.worker_id = e.person_id
                          and (c.state in ('paid', 'void') or c.state = 'decided' and c.outcome = 'denied'))
         order by erased_at limit $1
        """,
        limit,
    )
    return [row["person_id"] for row in rows]


async def destroy_payees(tx: Transaction, worker_id: UUID) -> None:
    """Delete the payees of the worker's claims that are closed, and say whose keys must go.

    The worker's head must be locked: no claim of theirs may move meanwhile.
    """
    rows = await tx.fetch(
        """
        select payee_id from claim
         where worker_id = $1 and payee_id is not null
           and (state in ('paid', 'void') or state = 'decided' and outcome = 'denied')
        """,
        worker_id,
    )
    payees = [row["payee_id"] for row in rows]
    deleted = await tx.execute("delete from vault where person_id = any($1::uuid[])", payees)
    await tx.execute(
        """
        update erasure
           set settled_at = null,
               key_owners = array(select unnest(coalesce(key_owners, '{}')) union select unnest($2::uuid[]) order by 1),
               destroyed = jsonb_build_object('documents', coalesce((destroyed ->> 'documents')::int, 0) + $3::int)
         where person_id = $1
        """,
        worker_id,
        payees,
        int(deleted.split()[-1]),
    )


async def left_of(tx: Transaction, payee_ids: Sequence[UUID]) -> dict[str, int]:
    """Count what the vault holds of these payees still."""
    count = await tx.fetchval("select count(*) from vault where person_id = any($1::uuid[])", payee_ids)
    return {"documents": count}


async def facts_of(tx: Transaction, worker_id: UUID) -> list[dict[str, Any]]:
    """Give all facts of the worker's claims, in order; it reads the whole ledger, which has no index by key."""
    rows = await tx.fetch(
        "select sequence, type, time, recordedtime, actor, data from ledger where key = $1 order by sequence", worker_id
    )
    return [dict(row) | {"data": orjson.loads(row["data"])} for row in rows]
