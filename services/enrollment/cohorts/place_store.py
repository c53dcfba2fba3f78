"""Keeps what is counted of a cohort's places, what is reserved of them, and who waits, in their order.

All of it is read and written with the cohort's row in `quota` locked; whoever reads without the lock may see it change.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple
from uuid import UUID

from services.chassis.postgres import Pool, Transaction
from services.enrollment.cohorts import terms
from services.enrollment.cohorts.allotment import Account, Agreed, Move, Share, Wanted

Wish = Literal["cover", "renewal", "place"]
"""What follows when somebody who waits moves up: cover begins, a membership is renewed, or the place is reserved."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a cohort keeps for a person: a place, or the person's place among those who wait.

    Who waited first has the place since `moved_up_on`.
    """

    wanted: Wanted
    held: bool
    wish: Wish
    moved_up_on: date | None = None


async def locked(tx: Transaction, cohort_id: UUID) -> Account:
    """Lock what is counted of the cohort, and give it."""
    await tx.execute("select from quota where cohort_id = $1 for update", cohort_id)
    return await account(tx, cohort_id)


async def account(tx: Transaction, cohort_id: UUID) -> Account:
    """Give what is counted of the cohort; without the lock, others may be changing it."""
    found = (await accounts(tx, [cohort_id])).get(cohort_id)
    if found is None:
        raise terms.not_known()
    return found


async def accounts(tx: Transaction, cohort_ids: Sequence[UUID]) -> dict[UUID, Account]:
    """Give what is counted of several cohorts."""
    rows = await tx.fetch(
        """
        select cohort_id, open, places, person_months, months_taken, months_reserved
          from quota where cohort_id = any($1::uuid[])
        """,
        cohort_ids,
    )
    shares: dict[UUID, dict[str, Share]] = {row["cohort_id"]: {} for row in rows}
    for cohort_id, village_code, *counted in await tx.fetch(
        """
        select cohort_id, village_code, places, taken, reserved, waiting
          from village_quota where cohort_id = any($1::uuid[])
        """,
        cohort_ids,
    ):
        shares[cohort_id][village_code] = Share(*counted)
    return {
        row["cohort_id"]: Account(
            row["cohort_id"],
            row["open"],
            row["places"],
            row["person_months"],
            {"taken": row["months_taken"], "reserved": row["months_reserved"]},
            shares[row["cohort_id"]],
        )
        for row in rows
    }


async def reservations(tx: Transaction, cohort_id: UUID, worker_ids: Collection[UUID]) -> dict[UUID, Reservation]:
    """Give what the cohort keeps for these people."""
    rows = await tx.fetch(
        """
        select worker_id, village_code, person_months, covered_from, activity, paid_on, paid_months, held, wants,
               moved_up_on
          from reservation where cohort_id = $1 and worker_id = any($2::uuid[])
        """,
        cohort_id,
        list(worker_ids),
    )
    return {row["worker_id"]: _reservation(row) for row in rows}


async def cohorts_that_keep(tx: Transaction, worker_ids: Sequence[UUID]) -> list[UUID]:
    """Name the cohorts that keep a place for these workers, or have them wait for one; in the order of locking."""
    rows = await tx.fetch(
        "select distinct cohort_id from reservation where worker_id = any($1::uuid[]) order by cohort_id", worker_ids
    )
    return [row["cohort_id"] for row in rows]


class Waits(NamedTuple):
    """Somebody who waits for a place of a cohort, and their turn: the lower, the earlier."""

    turn: int
    worker_id: UUID
    village_code: str
    person_months: int
    since: date


async def line(tx: Transaction, cohort_id: UUID, village_code: str | None, *, after: int, limit: int) -> list[Waits]:
    """List who waits, in the order of asking, beginning after a turn."""
    rows = await tx.fetch(
        """
        select asked, worker_id, village_code, person_months, since from reservation
         where cohort_id = $1 and not held and ($2::text is null or village_code = $2) and asked > $3
         order by asked limit $4
        """,
        cohort_id,
        village_code,
        after,
        limit,
    )
    return [Waits(*row) for row in rows]


def _reservation(row: Any) -> Reservation:
    agreed = Agreed(row["covered_from"], row["activity"], row["paid_on"], row["paid_months"])
    wanted = Wanted(row["worker_id"], row["village_code"], row["person_months"], agreed)
    return Reservation(wanted, row["held"], row["wants"], row["moved_up_on"])


async def keep(
    tx: Transaction, cohort_id: UUID, people: Sequence[Wanted], wish: Wish, since: date, *, held: bool
) -> None:
    """Store reservations; `asked` follows the order given, and that of the commits, for the quota is locked."""
    if people:
        await tx.execute(
            """
            insert into reservation (cohort_id, worker_id, village_code, person_months, covered_from,
                                     activity, paid_on, paid_months, held, wants, since)
            select $1, worker_id, village_code, months, covered_from, activity, paid_on, paid_months, $9, $10, $11
              from unnest($2::uuid[], $3::text[], $4::int[], $5::date[], $6::text[], $7::date[], $8::int[])
                   with ordinality
                   as p(worker_id, village_code, months, covered_from, activity, paid_on, paid_months, place)
             order by place
            """,
            cohort_id,
            [one.worker_id for one in people],
            [one.village_code for one in people],
            [one.months for one in people],
            [one.agreed.covered_from for one in people],
            [one.agreed.activity for one in people],
            [one.agreed.paid_on for one in people],
            [one.agreed.paid_months for one in people],
            held,
            wish,
            since,
        )


async def hold(tx: Transaction, cohort_id: UUID, people: Sequence[Wanted], on: date) -> None:
    """Let people who waited have their places reserved, in the village and for the months that are needed now."""
    await tx.execute(
        """
        update reservation r
           set held = true, person_months = h.months, village_code = h.village_code, moved_up_on = $5
          from unnest($2::uuid[], $3::int[], $4::text[]) as h(worker_id, months, village_code)
         where r.cohort_id = $1 and r.worker_id = h.worker_id
        """,
        cohort_id,
        [one.worker_id for one in people],
        [one.months for one in people],
        [one.village_code for one in people],
        on,
    )


async def hold_longer(tx: Transaction, cohort_id: UUID, batch_id: UUID, months: int) -> list[Move]:
    """Let the places of a list's people hold so many months where they hold fewer; who waited keeps those held since.

    Gives the moves by which the account follows.
    """
    rows = await tx.fetch(
        """
        with longer as (
            update reservation r set person_months = $3
             where cohort_id = $1 and held and moved_up_on is null and person_months < $3
               and exists (select from batch_row b where b.batch_id = $2 and b.applied and b.worker_id = r.worker_id)
            returning r.village_code, $3 - old.person_months as more
        )
        select village_code, sum(more)::int as more from longer group by village_code
        """,
        cohort_id,
        batch_id,
        months,
    )
    return [Move("reserved", row["village_code"], 0, row["more"]) for row in rows]


async def forget(tx: Transaction, cohort_id: UUID, worker_ids: Collection[UUID]) -> None:
    if worker_ids:
        await tx.execute(
            "delete from reservation where cohort_id = $1 and worker_id = any($2::uuid[])", cohort_id, list(worker_ids)
        )


async def write(tx: Transaction, before: Account | None, after: Account) -> None:
    """Write the account, whose row in `quota` is new or locked. The database refuses what is oversold."""
    if after == before:
        return
    known = before.shares if before else {}
    changed = {village: share for village, share in after.shares.items() if known.get(village) != share}
    if changed:
        await tx.execute(
            """
            insert into village_quota as v (cohort_id, village_code, places, taken, reserved, waiting)
            select $1, * from unnest($2::text[], $3::int[], $4::int[], $5::int[], $6::int[])
            on conflict (cohort_id, village_code) do update
               set places = excluded.places, taken = excluded.taken,
                   reserved = excluded.reserved, waiting = excluded.waiting
            """,
            after.cohort_id,
            list(changed),
            [share.places for share in changed.values()],
            [share.taken for share in changed.values()],
            [share.reserved for share in changed.values()],
            [share.waiting for share in changed.values()],
        )
    await tx.execute(
        """
        insert into quota as q (cohort_id, open, places, taken, reserved, waiting, pool, pool_used,
                                person_months, months_taken, months_reserved)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        on conflict (cohort_id) do update
           set open = excluded.open, places = excluded.places, taken = excluded.taken, reserved = excluded.reserved,
               waiting = excluded.waiting, pool = excluded.pool, pool_used = excluded.pool_used,
               person_months = excluded.person_months, months_taken = excluded.months_taken,
               months_reserved = excluded.months_reserved
        """,
        after.cohort_id,
        after.open,
        after.places,
        after.taken,
        after.reserved,
        after.waiting,
        after.pool,
        after.pool_used,
        after.person_months,
        after.months.get("taken", 0),
        after.months.get("reserved", 0),
    )


async def stirring(pool: Pool) -> list[UUID]:
    """Name the cohorts in which somebody waits who might have a place, or need not wait any more."""
    rows = await pool.fetch(
        """
        select cohort_id from quota q
         where waiting > 0
           and (not open or exists (select from village_quota v
                                     where v.cohort_id = q.cohort_id and v.waiting > 0
                                       and (q.pool_used < q.pool or v.taken + v.reserved < v.places)))
         order by cohort_id
        """
    )
    return [row["cohort_id"] for row in rows]


async def first_in_line(tx: Transaction, account: Account, *, people_max: int) -> list[Reservation]:
    """Give those who may move up, in the order of asking: of each village as many as there are places for it."""
    room = {
        village: share.waiting if not account.open else min(share.waiting, share.own_free + account.pool_free)
        for village, share in account.shares.items()
        if share.waiting
    }
    rows = await tx.fetch(
        """
        select r.worker_id, r.village_code, r.person_months, r.covered_from, r.activity, r.paid_on, r.paid_months,
               r.held, r.wants, r.moved_up_on
          from unnest($2::text[], $3::int[]) as v(village_code, room)
         cross join lateral (select * from reservation w
                              where w.cohort_id = $1 and w.village_code = v.village_code and not w.held
                              order by w.asked limit least(v.room, $4)) r
         order by r.asked limit $4
        """,
        account.cohort_id,
        list(room),
        list(room.values()),
        people_max,
    )
    return [_reservation(row) for row in rows]


async def refuse_proposals(
    tx: Transaction, cohort_id: UUID, reasons: Mapping[UUID, str], failed: str, refused_on: date
) -> None:
    """Let whom a list proposed be refused there too."""
    await tx.execute(
        """
        update proposal p set refused_on = $2, failed = $3, reason = r.reason
          from unnest($4::uuid[], $5::text[]) as r(worker_id, reason)
         where p.cohort_id = $1 and p.worker_id = r.worker_id and p.refused_on is null and p.active_from is null
        """,
        cohort_id,
        refused_on,
        failed,
        list(reasons),
        list(reasons.values()),
    )
