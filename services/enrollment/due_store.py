"""Keeps what is due of memberships: for each the next day on which a reminder, its end or its grace is to be announced.

The row follows from the membership and is guarded by its version; the sweep takes it, and leaves no other trace.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from services.chassis.postgres import Transaction
from services.enrollment.domain import OPEN, Membership, Worker, grace_end

ONE_DAY = timedelta(days=1)


class Place(NamedTuple):
    """The key of a row in `due`, and a place in its order."""

    due_on: date
    worker_id: UUID
    coverage_id: UUID


class Due(NamedTuple):
    """What is next to announce of a membership's end; valid while the coverage has this version."""

    due_on: date
    worker_id: UUID
    coverage_id: UUID
    cohort_id: UUID
    covered_until: date
    version: int
    grace_until: date | None


async def days(tx: Transaction, held: Sequence[Membership]) -> dict[UUID, date]:
    """Tell of these memberships on which day something is due; each has at most one row, with its end."""
    ends = [(m.coverage_id, m.last.end) for m in held if m.last and m.last.end != OPEN]
    rows = await tx.fetch(
        """
        select coverage_id, due_on from unnest($1::uuid[], $2::date[]) as h(coverage_id, covered_until)
          join due using (covered_until, coverage_id)
        """,
        [coverage_id for coverage_id, _ in ends],
        [end for _, end in ends],
    )
    return {row["coverage_id"]: row["due_on"] for row in rows}


def announced(worker: Worker, membership: Membership) -> Membership:
    """An end with nothing due, and no death before it, has been announced: the sweep leaves no other trace.

    So has the end of the grace; while that one is due, the end before it has been.
    """
    last, due_on = membership.last, membership.due_on
    if last is None or last.end == OPEN or (due_on is not None and due_on <= last.end):
        return membership
    if worker.died_on is not None and last.end > worker.died_on + ONE_DAY:
        return membership
    announced_until = max(membership.announced_until or date.min, last.end)
    grace_until, inactivated_until = grace_end(worker.died_on, last), membership.inactivated_until
    if due_on is None and grace_until is not None:
        inactivated_until = max(inactivated_until or date.min, grace_until)
    return replace(membership, announced_until=announced_until, inactivated_until=inactivated_until)


async def save(
    tx: Transaction,
    changed: Mapping[UUID, Sequence[tuple[Membership | None, Membership]]],
    died: Mapping[UUID, date | None],
) -> None:
    """Write anew what is due of memberships that changed, given by worker as before and after."""
    rows = [(worker_id, *change) for worker_id, changes in changed.items() for change in changes]
    if gone := [(before.due_on, worker_id, before.coverage_id) for worker_id, before, _ in rows if before]:
        await tx.execute(
            """
            delete from due d using unnest($1::date[], $2::uuid[], $3::uuid[]) as g(due_on, worker_id, coverage_id)
             where d.due_on = g.due_on and d.worker_id = g.worker_id and d.coverage_id = g.coverage_id
            """,
            [due_on for due_on, _, _ in gone],
            [worker_id for _, worker_id, _ in gone],
            [coverage_id for _, _, coverage_id in gone],
        )
    added = [
        Due(
            m.due_on,
            worker_id,
            m.coverage_id,
            last.cohort.cohort_id,
            last.end,
            m.version + 1,
            grace_end(died[worker_id], last),
        )
        for worker_id, _, m in rows
        if m.due_on is not None and (last := m.last) is not None
    ]
    await add(tx, added)


async def add(tx: Transaction, added: Sequence[Due]) -> None:
    if added:
        await tx.execute(
            """
            insert into due (due_on, worker_id, coverage_id, cohort_id, covered_until, version, grace_until)
            select * from unnest($1::date[], $2::uuid[], $3::uuid[], $4::uuid[], $5::date[], $6::int[], $7::date[])
            """,
            *zip(*added, strict=True),
        )


async def fallen(
    tx: Transaction, today: date, *, after: Place, within: tuple[UUID, UUID], keys_max: int
) -> list[Place]:
    """Name what is due, beginning after a place, among a range of workers.

    Only names: what stands there may be changing. Whoever acts on it locks the heads, and then looks again.
    """
    rows = await tx.fetch(
        """
        select due_on, worker_id, coverage_id from due
         where due_on <= $1 and (due_on, worker_id, coverage_id) > ($2, $3, $4) and worker_id between $5 and $6
         order by due_on, worker_id, coverage_id limit $7
        """,
        today,
        *after,
        *within,
        keys_max,
    )
    return [Place(*row) for row in rows]


async def take(tx: Transaction, first: Place, last: Place, worker_ids: Iterable[UUID]) -> list[Due]:
    """Take out of `due`, from one place to another, what stands there now for these workers, and give it.

    The heads of the workers must be locked by an earlier statement; rows of others may have come in between.
    """
    rows = await tx.fetch(
        """
        delete from due d using coverage c
         where (d.due_on, d.worker_id, d.coverage_id) >= ($1, $2, $3)
           and (d.due_on, d.worker_id, d.coverage_id) <= ($4, $5, $6)
           and d.worker_id = any($7::uuid[])
           and c.coverage_id = d.coverage_id and c.version = d.version
        returning d.due_on, d.worker_id, d.coverage_id, d.cohort_id, d.covered_until, d.version, d.grace_until
        """,
        *first,
        *last,
        list(worker_ids),
    )
    return [Due(*row) for row in rows]
