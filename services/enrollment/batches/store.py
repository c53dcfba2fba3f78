"""Keeps batches, their rows and what was proposed in Postgres; whole sets per statement.

A batch's row is locked by whoever changes its state; its rows are written by the one worker that holds the batch.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from services.chassis.postgres import Transaction
from services.enrollment.batches.model import Batch, Outcome, State, Work
from services.enrollment.domain import Activity
from services.enrollment.imports.sheets import VillageName


class Lost(Exception):
    """The work of a batch was taken over by another worker; what this one was about to commit must be undone."""


async def add_piece(tx: Transaction, batch_id: UUID, number: int, sealed: bytes) -> None:
    await tx.execute(
        """
        insert into upload_piece (batch_id, number, sealed, arrived_at) values ($1, $2, $3, business_clock())
        """,
        batch_id,
        number,
        sealed,
    )


async def pieces(tx: Transaction, batch_id: UUID, *, after: int) -> list[tuple[int, bytes]]:
    rows = await tx.fetch(
        "select number, sealed from upload_piece where batch_id = $1 and number > $2 order by number", batch_id, after
    )
    return [(row["number"], row["sealed"]) for row in rows]


async def drop_pieces(tx: Transaction, batch_id: UUID) -> None:
    await tx.execute("delete from upload_piece where batch_id = $1", batch_id)


async def add(
    tx: Transaction,
    batch: Batch,
    *,
    file_hash: bytes,
    file_bytes: int,
    uploaded_at: datetime,
) -> UUID | None:
    """Add a batch, unless the same file stands there for its cohort: then give that one's id.

    In one statement, which waits for whoever is just cancelling that one. It writes what stands there: a row that is
    left alone is not given back.
    """
    standing: UUID = await tx.fetchval(
        """
        insert into batch (batch_id, cohort_id, file_hash, file_bytes, format, within, uploaded_by, uploaded_at,
                           proposed_on, state, work, work_begun)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'received', 'validate', clock_timestamp())
        on conflict (cohort_id, file_hash) where state not in ('failed', 'cancelled')
           do update set file_hash = excluded.file_hash
        returning batch_id
        """,
        batch.batch_id,
        batch.cohort_id,
        file_hash,
        file_bytes,
        batch.format,
        batch.within,
        batch.uploaded_by,
        uploaded_at,
        batch.proposed_on,
    )
    return None if standing == batch.batch_id else standing


async def find(tx: Transaction, batch_id: UUID, *, lock: bool = False) -> Batch | None:
    """Give a batch; locked, nobody else changes its state until the transaction ends."""
    if lock:
        await tx.execute("select from batch where batch_id = $1 for update", batch_id)
    row = await tx.fetchrow(
        """
        select batch_id, cohort_id, format, within, uploaded_by, proposed_on, state, work, done_through,
               approved_by, approved_on, cancelled_by, forgotten
          from batch where batch_id = $1
        """,
        batch_id,
    )
    return Batch(**dict(row)) if row else None


async def next_work(tx: Transaction) -> UUID | None:
    """Name a batch with work that no other worker holds, the one that came first; it is held until `let_go`.

    The lock is the session's: one that dies lets it go, and another worker goes on where the batch says. The locks are
    tried one by one: in a `where`, Postgres would be free to lock all that wait before it puts them in order.
    """
    for row in await tx.fetch("select batch_id from batch where work is not null order by uploaded_at, batch_id"):
        batch_id: UUID = row["batch_id"]
        if await tx.fetchval("select pg_try_advisory_lock(hashtextextended($1::text, 4))", str(batch_id)):
            return batch_id
    return None


async def held_by_nobody(tx: Transaction, batch_id: UUID) -> bool:
    """Tell whether no worker holds the batch; none can take it then until the transaction ends."""
    free: bool = await tx.fetchval("select pg_try_advisory_xact_lock(hashtextextended($1::text, 4))", str(batch_id))
    return free


async def let_go(tx: Transaction) -> None:
    """Let go whatever batch the session holds, known or not; where it cannot be told to, end it: that lets go too."""
    with ExitStack() as unless_told:
        unless_told.callback(tx.terminate)
        await tx.execute("select pg_advisory_unlock_all()")
        unless_told.pop_all()


async def set_state(tx: Transaction, batch_id: UUID, state: State, work: Work | None) -> None:
    """Let a batch be in a state, with work from its first row on, or none."""
    await tx.execute(
        """
        update batch
           set state = $2, work = $3, work_begun = case when $3::text is not null then clock_timestamp() end,
               work_rows = 0, work_share = 0, done_through = 0
         where batch_id = $1
        """,
        batch_id,
        state,
        work,
    )


async def approve(tx: Transaction, batch_id: UUID, by: str, on: date) -> None:
    await tx.execute(
        "update batch set approved_by = $2, approved_on = $3, cancelled_by = null where batch_id = $1", batch_id, by, on
    )


async def cancel(tx: Transaction, batch_id: UUID, by: str) -> None:
    await tx.execute("update batch set cancelled_by = $2 where batch_id = $1", batch_id, by)


async def fail(tx: Transaction, batch_id: UUID, failure: Mapping[str, str]) -> None:
    """End a list that cannot be read; nothing that was read of it is kept."""
    # Rows before what they say, as whoever erases a person does.
    for table in ("upload_piece", "batch_row", "batch_content", "batch_count"):
        await tx.execute(f"delete from {table} where batch_id = $1", batch_id)  # noqa: S608 - names of our own
    await tx.execute(
        "update batch set state = 'failed', work = null, failure = $2 where batch_id = $1",
        batch_id,
        orjson.dumps(failure).decode(),
    )


async def begin_reading(tx: Transaction, batch_id: UUID, *, header_row: int, titles: bytes, notices: list[Any]) -> None:
    await tx.execute(
        """
        update batch set state = 'validating', header_row = $2, titles = $3, notices = $4 where batch_id = $1
        """,
        batch_id,
        header_row,
        titles,
        orjson.dumps(notices).decode(),
    )


async def add_notice(tx: Transaction, batch_id: UUID, notice: Mapping[str, str]) -> None:
    """Add a notice; one that is there already, as when a payment is confirmed again, is told once."""
    await tx.execute(
        "update batch set notices = notices || $2::jsonb where batch_id = $1 and not notices @> $2::jsonb",
        batch_id,
        orjson.dumps([notice]).decode(),
    )


async def titles(tx: Transaction, batch_id: UUID) -> tuple[int, bytes] | None:
    row = await tx.fetchrow("select header_row, titles from batch where batch_id = $1", batch_id)
    return (row["header_row"], row["titles"]) if row and row["titles"] is not None else None


async def advance(
    tx: Transaction, batch_id: UUID, work: Work, *, before: int, through: int, rows: int, share: float
) -> bool:
    """Keep how far the work has come; false when somebody cancelled it meanwhile. Locks the batch.

    Raises Lost when this work does not stand where this worker left it: another one has taken it over.
    """
    row = await tx.fetchrow(
        """
        update batch set done_through = $3, work_rows = work_rows + $4, work_share = $5
         where batch_id = $1 and done_through = $2 and work = $6 returning cancelled_by
        """,
        batch_id,
        before,
        through,
        rows,
        share,
        work,
    )
    if row is None:
        raise Lost(batch_id)
    return row["cancelled_by"] is None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a batch as it is kept; what it says is sealed."""

    row: int
    outcome: Outcome
    reasons: Sequence[str]
    failed: str | None
    village_code: str | None
    nik_hash: bytes | None = field(repr=False)
    detail_hash: bytes | None = field(repr=False)
    worker_id: UUID | None
    sealed: bytes | None = field(repr=False)
    applied: bool = False


async def add_rows(tx: Transaction, batch_id: UUID, rows: Sequence[Row]) -> None:
    columns = ("row", "outcome", "reasons", "failed", "village_code", "nik_hash", "detail_hash", "worker_id")
    await tx.copy_records_to_table(
        "batch_row",
        records=[
            (
                batch_id,
                one.row,
                one.outcome,
                one.reasons,
                one.failed,
                one.village_code,
                one.nik_hash,
                one.detail_hash,
                one.worker_id,
            )
            for one in rows
        ],
        columns=("batch_id", *columns),
    )
    await tx.copy_records_to_table(
        "batch_content",
        records=[(batch_id, one.row, one.sealed) for one in rows if one.sealed is not None],
        columns=("batch_id", "row", "sealed"),
    )
    await _count(tx, batch_id, Counter(one.outcome for one in rows))


async def _count(tx: Transaction, batch_id: UUID, more: Mapping[Outcome, int]) -> None:
    """Keep the counts beside the rows, for whoever looks while the list is worked on."""
    await tx.execute(
        """
        insert into batch_count as c (batch_id, outcome, rows)
        select $1, outcome, rows from unnest($2::text[], $3::int[]) as n(outcome, rows) order by outcome
        on conflict (batch_id, outcome) do update set rows = c.rows + excluded.rows
        """,
        batch_id,
        list(more),
        list(more.values()),
    )


async def rows_to_go_in(tx: Transaction, batch_id: UUID, *, after: int, limit: int) -> list[Row]:
    """Give rows that have not gone in, after a row; repeated ones and those in doubt do not."""
    found = await tx.fetch(
        """
        select row, outcome, reasons, failed, village_code, nik_hash, detail_hash, worker_id, sealed, applied
          from batch_row left join batch_content using (batch_id, row)
         where batch_id = $1 and row > $2 and not applied and outcome not in ('duplicate', 'decision')
         order by row limit $3
        """,
        batch_id,
        after,
        limit,
    )
    return [Row(*row) for row in found]


async def rows(
    tx: Transaction, batch_id: UUID, *, outcomes: Collection[str], after: int, limit: int, remarked: bool = False
) -> list[Row]:
    """Give rows of these outcomes after a row, in the order of the sheet; only those with remarks, if wanted."""
    found = await tx.fetch(
        """
        select row, outcome, reasons, failed, village_code, nik_hash, detail_hash, worker_id, sealed, applied
          from batch_row left join batch_content using (batch_id, row)
         where batch_id = $1 and outcome = any($2::text[]) and row > $3 and (not $5 or reasons <> '{}')
         order by row limit $4
        """,
        batch_id,
        list(outcomes),
        after,
        limit,
        remarked,
    )
    return [Row(*row) for row in found]


async def rows_at(tx: Transaction, batch_id: UUID, numbers: Collection[int]) -> dict[int, Row]:
    found = await tx.fetch(
        """
        select row, outcome, reasons, failed, village_code, nik_hash, detail_hash, worker_id, sealed, applied
          from batch_row left join batch_content using (batch_id, row)
         where batch_id = $1 and row = any($2::int[])
        """,
        batch_id,
        list(numbers),
    )
    return {row["row"]: Row(*row) for row in found}


class Earlier(NamedTuple):
    """The first row of a list with a number, and what it says."""

    row: int
    detail_hash: bytes | None


async def earlier_rows(tx: Transaction, batch_id: UUID, nik_hashes: Collection[bytes]) -> dict[bytes, Earlier]:
    """Give the first row of the list for each number, among the rows kept so far that are no fault themselves."""
    found = await tx.fetch(
        """
        select distinct on (nik_hash) nik_hash, row, detail_hash from batch_row
         where batch_id = $1 and nik_hash = any($2::bytea[]) and detail_hash is not null
         order by nik_hash, row
        """,
        batch_id,
        list(nik_hashes),
    )
    return {row["nik_hash"]: Earlier(row["row"], row["detail_hash"]) for row in found}


async def judge_again(tx: Transaction, batch_id: UUID, changes: Sequence[tuple[Row, Row]]) -> None:
    """Write what became of rows after all, given as before and after, with what is told of them."""
    if not changes:
        return
    rows = [after for _, after in changes]
    await tx.execute(
        """
        update batch_row r set outcome = n.outcome, reasons = string_to_array(n.reasons, ','), failed = n.failed
          from unnest($2::int[], $3::text[], $4::text[], $5::text[]) as n(row, outcome, reasons, failed)
         where r.batch_id = $1 and r.row = n.row
        """,
        batch_id,
        [one.row for one in rows],
        [one.outcome for one in rows],
        [",".join(one.reasons) for one in rows],
        [one.failed for one in rows],
    )
    await tx.execute(
        """
        update batch_content c set sealed = n.sealed from unnest($2::int[], $3::bytea[]) as n(row, sealed)
         where c.batch_id = $1 and c.row = n.row
        """,
        batch_id,
        [one.row for one in rows],
        [one.sealed for one in rows],
    )
    moved = Counter(after.outcome for after in rows)
    moved.subtract(before.outcome for before, _ in changes)
    await _count(tx, batch_id, moved)


async def decided(tx: Transaction, batch_id: UUID, numbers: Collection[int], by: str) -> None:
    await tx.execute(
        "update batch_row set decided_by = $3 where batch_id = $1 and row = any($2::int[])",
        batch_id,
        list(numbers),
        by,
    )


async def applied(tx: Transaction, batch_id: UUID, workers: Mapping[int, UUID]) -> None:
    """Mark rows whose person has been proposed, with the person's id."""
    await tx.execute(
        """
        update batch_row r set applied = true, worker_id = n.worker_id
          from unnest($2::int[], $3::uuid[]) as n(row, worker_id)
         where r.batch_id = $1 and r.row = n.row
        """,
        batch_id,
        list(workers),
        list(workers.values()),
    )


async def counts(tx: Transaction, batch_id: UUID) -> dict[Outcome, int]:
    """Give the rows by outcome, as far as they have been read."""
    found = await tx.fetch("select outcome, rows from batch_count where batch_id = $1", batch_id)
    return {row["outcome"]: row["rows"] for row in found}


async def rows_outside(tx: Transaction, batch_id: UUID) -> bool:
    """Tell whether a row did not go in that might: rejected, or still to be decided."""
    outside: bool = await tx.fetchval(
        """
        select coalesce(sum(rows), 0) > 0 from batch_count
         where batch_id = $1 and outcome in ('rejected', 'decision')
        """,
        batch_id,
    )
    return outside


@dataclass(frozen=True, slots=True)
class Shown:
    """What is told of a batch."""

    batch_id: UUID
    cohort_id: UUID
    state: State
    work: Work | None
    format: str
    file_bytes: int
    within: str | None
    header_row: int | None
    uploaded_by: str
    uploaded_at: datetime
    proposed_on: date
    approved_by: str | None
    approved_on: date | None
    cancelled_by: str | None
    forgotten: bool
    work_rows: int
    work_share: float
    work_seconds: float | None
    notices: str
    failure: str | None


async def show(
    tx: Transaction,
    *,
    batch_id: UUID | None = None,
    cohort_id: UUID | None = None,
    state: State | None = None,
    before: tuple[datetime, UUID] | tuple[None, None] = (None, None),
    limit: int = 1,
) -> list[Shown]:
    """Give batches, the newest first."""
    found = await tx.fetch(
        """
        select batch_id, cohort_id, state, work, format, file_bytes, within, header_row, uploaded_by, uploaded_at,
               proposed_on, approved_by, approved_on, cancelled_by, forgotten, work_rows, work_share,
               extract(epoch from clock_timestamp() - work_begun)::float as work_seconds, notices, failure
          from batch
         where ($1::uuid is null or batch_id = $1) and ($2::uuid is null or cohort_id = $2)
           and ($3::text is null or state = $3)
           and ($4::timestamptz is null or (uploaded_at, batch_id) < ($4, $5))
         order by uploaded_at desc, batch_id desc limit $6
        """,
        batch_id,
        cohort_id,
        state,
        *before,
        limit,
    )
    return [Shown(**dict(row)) for row in found]


class Proposal(NamedTuple):
    """How far a person has come in a cohort."""

    worker_id: UUID
    batch_id: UUID
    village_code: str
    activity: Activity | None
    detail_hash: bytes
    proposed_on: date
    verified_on: date | None
    paid_on: date | None
    active_from: date | None
    refused_on: date | None
    failed: str | None
    reason: str | None

    @property
    def stands(self) -> bool:
        """Whether it still leads to cover: it was not refused, and did not lead there yet."""
        return self.refused_on is None and self.active_from is None


async def proposals(tx: Transaction, cohort_id: UUID, worker_ids: Iterable[UUID]) -> dict[UUID, Proposal]:
    found = await tx.fetch(
        """
        select worker_id, batch_id, village_code, activity, detail_hash, proposed_on, verified_on, paid_on, active_from,
               refused_on, failed, reason
          from proposal where cohort_id = $1 and worker_id = any($2::uuid[])
        """,
        cohort_id,
        list(worker_ids),
    )
    return {row["worker_id"]: Proposal(*row) for row in found}


async def save_proposals(tx: Transaction, cohort_id: UUID, saved: Sequence[Proposal]) -> None:
    """Write proposals, new ones or in the place of those that stand there; the heads of the workers are locked."""
    if not saved:
        return
    await tx.execute(
        """
        insert into proposal (cohort_id, worker_id, batch_id, village_code, activity, detail_hash, proposed_on,
                              verified_on, paid_on, active_from, refused_on, failed, reason)
        select $1, * from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bytea[], $7::date[], $8::date[],
                                 $9::date[], $10::date[], $11::date[], $12::text[], $13::text[])
        on conflict (cohort_id, worker_id) do update
           set batch_id = excluded.batch_id, village_code = excluded.village_code, activity = excluded.activity,
               detail_hash = excluded.detail_hash, proposed_on = excluded.proposed_on,
               verified_on = excluded.verified_on, paid_on = excluded.paid_on, active_from = excluded.active_from,
               refused_on = excluded.refused_on, failed = excluded.failed, reason = excluded.reason
        """,
        cohort_id,
        *(list(column) for column in zip(*saved, strict=True)),
    )


async def save_payments(tx: Transaction, cohort_id: UUID, saved: Sequence[Proposal]) -> None:
    """Write of proposals that stand there what came with the payment: cover, or a refusal."""
    await tx.execute(
        """
        update proposal p
           set paid_on = n.paid_on, active_from = n.active_from, refused_on = n.refused_on, failed = n.failed,
               reason = n.reason
          from unnest($2::uuid[], $3::date[], $4::date[], $5::date[], $6::text[], $7::text[])
               as n(worker_id, paid_on, active_from, refused_on, failed, reason)
         where p.cohort_id = $1 and p.worker_id = n.worker_id
        """,
        cohort_id,
        [one.worker_id for one in saved],
        [one.paid_on for one in saved],
        [one.active_from for one in saved],
        [one.refused_on for one in saved],
        [one.failed for one in saved],
        [one.reason for one in saved],
    )


async def applied_rows(tx: Transaction, batch_id: UUID, *, after: int, limit: int) -> list[tuple[int, UUID]]:
    """Name the people of rows that went in, after a row."""
    found = await tx.fetch(
        """
        select row, worker_id from batch_row
         where batch_id = $1 and row > $2 and applied and worker_id is not null order by row limit $3
        """,
        batch_id,
        after,
        limit,
    )
    return [(row["row"], row["worker_id"]) for row in found]


class Payment(NamedTuple):
    """A confirmation of payment for the people of a list."""

    number: int
    paid_on: date
    confirmed_by: str
    confirmed_on: date
    people: int


async def add_payment(tx: Transaction, batch_id: UUID, paid_on: date, by: str, on: date) -> None:
    await tx.execute(
        """
        insert into batch_payment (batch_id, number, paid_on, confirmed_by, confirmed_on)
        select $1, count(*) + 1, $2, $3, $4 from batch_payment where batch_id = $1
        """,
        batch_id,
        paid_on,
        by,
        on,
    )


async def payments(tx: Transaction, batch_id: UUID) -> list[Payment]:
    found = await tx.fetch(
        """
        select number, paid_on, confirmed_by, confirmed_on, people from batch_payment where batch_id = $1
         order by number
        """,
        batch_id,
    )
    return [Payment(*row) for row in found]


async def count_paid(tx: Transaction, batch_id: UUID, number: int, people: int) -> None:
    await tx.execute(
        "update batch_payment set people = people + $3 where batch_id = $1 and number = $2", batch_id, number, people
    )


async def reservations(tx: Transaction, batch_id: UUID, cohort_id: UUID) -> tuple[int, int]:
    """Count the people of a list who have a place reserved, and those who wait for one."""
    row = await tx.fetchrow(
        """
        select count(*) filter (where held) as held, count(*) filter (where not held) as waiting
          from proposal join reservation using (cohort_id, worker_id)
         where cohort_id = $2 and batch_id = $1
        """,
        batch_id,
        cohort_id,
    )
    return (row["held"], row["waiting"]) if row else (0, 0)


async def remarked(tx: Transaction, batch_id: UUID, outcomes: Collection[str]) -> int:
    """Count the rows of these outcomes that have remarks."""
    counted: int = await tx.fetchval(
        "select count(*) from batch_row where batch_id = $1 and outcome = any($2::text[]) and reasons <> '{}'",
        batch_id,
        list(outcomes),
    )
    return counted


async def villages(tx: Transaction, within: str) -> list[VillageName]:
    """Give the villages of an area, as the template offers them."""
    found = await tx.fetch(
        """
        select v.code, v.name, d.name as district
          from region v join region d on d.code = v.parent and d.valid_until is null
         where v.level = 'village' and v.valid_until is null and starts_with(v.code, $1 || '.')
         order by v.code
        """,
        within,
    )
    return [VillageName(*row) for row in found]


async def forgettable(tx: Transaction, before: datetime, *, limit: int) -> list[UUID]:
    """Name batches that are over and older than that, and uploads that broke off; the batches are locked."""
    found = await tx.fetch(
        """
        with over as (
            select batch_id from batch where not forgotten and work is null and uploaded_at < $1
             limit $2 for update skip locked
        )
        select batch_id from over
        union all
        (select batch_id from upload_piece u
          where not exists (select from batch b where b.batch_id = u.batch_id)
          group by batch_id having max(arrived_at) < $1 limit $2)
        """,
        before,
        limit,
    )
    return [row["batch_id"] for row in found]


async def forget(tx: Transaction, batch_ids: Sequence[UUID]) -> None:
    """Remove all that names people; counts, outcomes and reasons stay.

    Rows are locked in their order, and before what they say: as whoever erases a person does.
    """
    await tx.execute("delete from upload_piece where batch_id = any($1::uuid[])", batch_ids)
    await tx.execute(
        """
        with locked as materialized (
            select batch_id, row from batch_row where batch_id = any($1::uuid[]) order by batch_id, row for update
        )
        update batch_row r set nik_hash = null, detail_hash = null
          from locked l where r.batch_id = l.batch_id and r.row = l.row
        """,
        batch_ids,
    )
    await tx.execute("delete from batch_content where batch_id = any($1::uuid[])", batch_ids)
    await tx.execute("update batch set forgotten = true, titles = null where batch_id = any($1::uuid[])", batch_ids)
