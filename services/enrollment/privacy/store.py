"""What stands about a person in enrollment's database: what an erasure destroys, what an extract shows."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import orjson

from services.chassis.postgres import Transaction


async def hashes_of(tx: Transaction, worker_ids: Sequence[UUID]) -> list[bytes]:
    """Find the hashes under which people are found."""
    rows = await tx.fetch("select nik_hash from nik where worker_id = any($1::uuid[]) order by nik_hash", worker_ids)
    return [row["nik_hash"] for row in rows]


async def lock_hashes(tx: Transaction, nik_hashes: Sequence[bytes]) -> None:
    await tx.execute("select from nik where nik_hash = any($1::bytea[]) order by nik_hash for update", nik_hashes)


async def same_person(tx: Transaction, worker_id: UUID) -> list[UUID]:
    """Give every entry that is this person: the one that holds the memberships, and those merged into it."""
    rows = await tx.fetch(
        """
        with holder as (
            select coalesce((select holder_id from merged where merged_id = $1), $1) as id
        )
        select id from holder union select m.merged_id from merged m join holder h on m.holder_id = h.id
        """,
        worker_id,
    )
    return sorted(row["id"] for row in rows)


async def destroy(tx: Transaction, worker_ids: Sequence[UUID], nik_hashes: Sequence[bytes]) -> dict[str, int]:
    """Delete what names these workers, or finds them; gives how many rows of what.

    Rows that are counted stay, without what names the person: those of lists, and of cards that were issued.
    """
    lists = await tx.execute(
        """
        with named as (
            update batch_row set nik_hash = null, detail_hash = null
             where worker_id = any($1::uuid[]) or nik_hash = any($2::bytea[])
            returning batch_id, row
        )
        delete from batch_content c using named n where c.batch_id = n.batch_id and c.row = n.row
        """,
        worker_ids,
        nik_hashes,
    )
    await tx.execute("update proposal set detail_hash = '' where worker_id = any($1::uuid[])", worker_ids)
    cards = await tx.execute(
        """
        update issued_card i set kpj_hash = uuid_send(gen_random_uuid())
          from coverage c where c.coverage_id = i.coverage_id and c.worker_id = any($1::uuid[])
        """,
        worker_ids,
    )
    await tx.execute(
        """
        with compared as (delete from uncompared where worker_id = any($1::uuid[])),
             alike as (delete from candidate where decision is null
                        and (one_id = any($1::uuid[]) or other_id = any($1::uuid[])))
        delete from likeness where worker_id = any($1::uuid[])
        """,
        worker_ids,
    )
    await tx.execute(
        """
        with cards as (delete from rehashed_card where worker_id = any($1::uuid[]))
        delete from rehashed where worker_id = any($1::uuid[])
        """,
        worker_ids,
    )
    identities = await tx.execute("delete from nik where worker_id = any($1::uuid[])", worker_ids)
    documents = await tx.execute("delete from vault where person_id = any($1::uuid[])", worker_ids)
    gone = {"identities": identities, "documents": documents, "rows_of_lists": lists, "card_numbers": cards}
    return {what: int(answer.split()[-1]) for what, answer in gone.items()}


async def left_of(tx: Transaction, worker_ids: Sequence[UUID]) -> dict[str, int]:
    """Count what names or finds these workers still."""
    row = await tx.fetchrow(
        """
        select (select count(*) from nik where worker_id = any($1::uuid[])) as identities,
               (select count(*) from vault where person_id = any($1::uuid[])) as documents,
               (select count(*) from batch_row join batch_content using (batch_id, row)
                 where worker_id = any($1::uuid[])) as rows_of_lists
        """,
        worker_ids,
    )
    assert row is not None  # noqa: S101 - a row of counts
    return dict(row)


async def rows_of_lists(
    tx: Transaction, worker_ids: Sequence[UUID], nik_hashes: Sequence[bytes]
) -> list[dict[str, Any]]:
    """Give the rows of lists that are about these workers, sealed under the key of their list; null: destroyed."""
    rows = await tx.fetch(
        """
        select r.batch_id, r.row, r.outcome, c.sealed
          from batch_row r left join batch_content c using (batch_id, row)
         where r.worker_id = any($1::uuid[]) or r.nik_hash = any($2::bytea[]) order by r.batch_id, r.row
        """,
        worker_ids,
        nik_hashes,
    )
    return [dict(row) for row in rows]


async def proposals_of(tx: Transaction, worker_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Tell how far these workers came in each cohort that a list proposed them for."""
    rows = await tx.fetch(
        """
        select worker_id, cohort_id, batch_id, village_code, activity, proposed_on, verified_on, paid_on, active_from,
               refused_on, failed, reason
          from proposal where worker_id = any($1::uuid[]) order by proposed_on, cohort_id, worker_id
        """,
        worker_ids,
    )
    return [dict(row) for row in rows]


async def places_of(tx: Transaction, worker_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Name the places that are kept for these workers, or that they wait for."""
    rows = await tx.fetch(
        """
        select worker_id, cohort_id, village_code, held, wants, since, covered_from, activity, paid_on, paid_months
          from reservation where worker_id = any($1::uuid[]) order by since, cohort_id, worker_id
        """,
        worker_ids,
    )
    return [dict(row) for row in rows]


async def candidates_of(tx: Transaction, worker_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Name the pairs in which one of these workers was found to be like somebody."""
    rows = await tx.fetch(
        """
        select candidate_id, one_id, other_id, score, agree, found_at, decision, decided_by, decided_at
          from candidate where one_id = any($1::uuid[]) or other_id = any($1::uuid[]) order by found_at, candidate_id
        """,
        worker_ids,
    )
    return [dict(row) for row in rows]


async def merges_of(tx: Transaction, worker_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Name the merges of these workers, also those that nobody approved."""
    rows = await tx.fetch(
        """
        select merge_id, survivor_id, merged_id, approved, proposed_by, proposed_at, decided_by, decided_at,
               reversed_by, reversed_at
          from merge where survivor_id = any($1::uuid[]) or merged_id = any($1::uuid[]) order by proposed_at, merge_id
        """,
        worker_ids,
    )
    return [dict(row) for row in rows]


async def facts_of(tx: Transaction, worker_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Give all facts about these workers, in order; it reads the whole ledger, which has no index by key."""
    rows = await tx.fetch(
        """
        select key as worker_id, sequence, type, time, recordedtime, actor, data
          from ledger where key = any($1::uuid[]) order by key, sequence
        """,
        worker_ids,
    )
    return [dict(row) | {"data": orjson.loads(row["data"])} for row in rows]


async def untold(
    tx: Transaction, *, older_than_s: float, limit: int, among: Sequence[UUID] | None = None
) -> list[UUID]:
    """Name people whose erasure was taken from the list after a restore, and of whom no fact tells it here."""
    rows = await tx.fetch(
        """
        select person_id from erasure
         where not told and settled_at < clock_timestamp() - make_interval(secs => $1)
           and ($3::uuid[] is null or person_id = any($3))
         order by erased_at limit $2
        """,
        older_than_s,
        limit,
        among,
    )
    return [row["person_id"] for row in rows]


async def have_told(tx: Transaction, worker_ids: Iterable[UUID]) -> None:
    await tx.execute("update erasure set told = true where person_id = any($1::uuid[])", list(worker_ids))
