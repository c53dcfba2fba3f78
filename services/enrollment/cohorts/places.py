"""Gives out places: takes, reserves and frees them, and keeps the list of those who wait, a cohort at a time.

Each function locks the cohort's row in `quota` until the end of the transaction, so it comes last: after the heads of
the workers (chassis/ledger.py) and after the work itself. The row is the lock of all that is counted of the cohort, of
its villages and of its reservations; several cohorts are locked in the order of their ids.

    reserve(tx, cohort_id, wanted, ..)   a place is kept for each, as far as there are places; the others wait
    take(tx, cohort_id, wanted, ..)      cover stands: whoever has a reservation uses it up, the others are newcomers
    release(tx, cohort_id, worker_ids)   reserved places are free again, and who waited does not any more
    settle(tx, changes)                  whatever became of workers' periods, their places follow

All are for thousands at once. Who waits moves up later, by waiting.py, in a transaction of its own: heads are locked
before quotas. Until then nobody new gets what frees.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple
from uuid import UUID

from services.chassis.postgres import Transaction
from services.enrollment.cohorts import terms
from services.enrollment.cohorts.allotment import Account, Kind, Move, Share, Taken, Wanted, allot, moves, taken_by
from services.enrollment.domain import Rejected, Worker

Wish = Literal["cover", "renewal", "place"]
"""What follows when somebody who waits moves up: cover begins, a membership is renewed, or the place is reserved."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a cohort keeps for a person: a place, or the person's place among those who wait."""

    wanted: Wanted
    held: bool
    wish: Wish


@dataclass(frozen=True, slots=True)
class Given:
    """Who has a place now, who waits from now on, and who waited before."""

    having: frozenset[UUID]
    waiting: frozenset[UUID]
    waited: frozenset[UUID]


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


async def foresee(tx: Transaction, cohort_id: UUID, wanted: Sequence[Wanted]) -> Given:
    """Tell what `take` would answer, without a lock; others may be taking places."""
    return (await _share(tx, await account(tx, cohort_id), wanted, "taken")).given


async def take(tx: Transaction, cohort_id: UUID, wanted: Sequence[Wanted], *, wish: Wish, since: date) -> Given:
    """Take a place for each person whose cover stands from now on, in their order; who finds none waits.

    This confirms a reservation: its place and months are used up. A caller that has begun cover for somebody who is
    then not among `having` has to undo its transaction, and to begin anew.
    """
    before = await locked(tx, cohort_id)
    shared = await _share(tx, before, wanted, "taken")
    await _forget(tx, cohort_id, shared.used)
    await _keep(tx, cohort_id, shared.wait, wish, since, held=False)
    await write(tx, before, shared.after(before, "taken"))
    return shared.given


async def reserve(
    tx: Transaction, cohort_id: UUID, wanted: Sequence[Wanted], *, since: date, wish: Wish = "place"
) -> Given:
    """Reserve a place for each, in their order; who finds none waits, and has the place reserved when it is free.

    Who has a reservation or waits already stays as they are, so that asking again changes nothing.
    """
    before = await locked(tx, cohort_id)
    shared = await _share(tx, before, wanted, "reserved")
    await _keep(tx, cohort_id, shared.come, wish, since, held=True)
    await _keep(tx, cohort_id, shared.wait, wish, since, held=False)
    await write(tx, before, shared.after(before, "reserved"))
    return shared.given


async def release(tx: Transaction, cohort_id: UUID, worker_ids: Collection[UUID]) -> int:
    """Free the places reserved for these people, and take from the list who waits; tell how many there were."""
    before = await locked(tx, cohort_id)
    found = await reservations(tx, cohort_id, worker_ids)
    await _forget(tx, cohort_id, found)
    await write(tx, before, before.after(_freed(found)))
    return len(found)


async def move_up(
    tx: Transaction,
    before: Account,
    waited: Sequence[Reservation],
    *,
    covered: Sequence[Wanted] = (),
    reserved: Sequence[Wanted] = (),
) -> None:
    """Let people wait no longer: some because their cover stands, some with a place reserved, the others without one.

    `before` is the cohort's account, locked earlier by this transaction.
    """
    keep = {one.worker_id: one for one in reserved}
    await _forget(tx, before.cohort_id, [one.wanted.worker_id for one in waited if one.wanted.worker_id not in keep])
    if reserved:
        await tx.execute(
            """
            update reservation r set held = true, person_months = k.months, village_code = k.village_code
              from unnest($2::uuid[], $3::int[], $4::text[]) as k(worker_id, months, village_code)
             where r.cohort_id = $1 and r.worker_id = k.worker_id
            """,
            before.cohort_id,
            list(keep),
            [one.months for one in reserved],
            [one.village_code for one in reserved],
        )
    waiting = moves("waiting", [one.wanted for one in waited], -1)
    await write(tx, before, before.after([*waiting, *moves("taken", covered), *moves("reserved", reserved)]))


async def settle(
    tx: Transaction, changes: Sequence[tuple[Worker | None, Worker | None]], *, newcomers: bool = True
) -> None:
    """Let places follow what became of workers' periods, given as before and after; refuses what does not fit.

    Who is no newcomer needs neither an open cohort nor a turn: one person turned out to be two.
    """
    before: Counter[tuple[UUID, Taken]] = Counter()
    after: Counter[tuple[UUID, Taken]] = Counter()
    who: dict[UUID, set[UUID]] = defaultdict(set)
    for was, now in changes:
        before.update(taken_by(was).items())
        after.update(taken_by(now).items())
        for cohort_id in taken_by(now):
            if now is not None:
                who[cohort_id].add(now.worker_id)
    gone, come = before - after, after - before
    for cohort_id in sorted({of for of, _ in (*gone, *come)}):
        left = [taken for of, taken in gone.elements() if of == cohort_id]
        taken = [taken for of, taken in come.elements() if of == cohort_id]
        await _settle(tx, cohort_id, left, taken, who[cohort_id], newcomers=newcomers)


async def _settle(
    tx: Transaction,
    cohort_id: UUID,
    left: Sequence[Taken],
    taken: Sequence[Taken],
    who: Collection[UUID],
    *,
    newcomers: bool,
) -> None:
    """Take and give back in one cohort. A place that only changed its months or its village is no newcomer's."""
    before = await locked(tx, cohort_id)
    used = await reservations(tx, cohort_id, who) if taken and (before.reserved or before.waiting) else {}
    freed = before.after([*moves("taken", left, -1), *_freed(used)])
    after = freed.after(moves("taken", taken))
    if newcomers and len(taken) > len(left) + sum(one.held for one in used.values()):
        if not before.open:
            raise terms.not_open()
        if not all(allot(freed, [Wanted(cohort_id, one.village_code, one.months) for one in taken], newcomers=True)):
            raise _refused(after)
    elif not after.fits:
        raise _refused(after)
    await _forget(tx, cohort_id, used)
    await write(tx, before, after)


def _refused(account: Account) -> Rejected:
    if account.pool_free >= 0 and account.months_free is not None and account.months_free < 0:
        return Rejected(
            "person_months_exhausted",
            "Anggaran orang-bulan kelompok ini tidak cukup untuk masa itu. Mintalah tambahan, atau pilih masa yang "
            "lebih pendek.",
            "The cohort's budget of person-months does not suffice for that period. Ask for more, or choose a shorter "
            "one.",
        )
    return Rejected(
        "cohort_full",
        "Semua tempat pada kelompok ini, atau tempat untuk desa ini, sudah terisi atau ditunggu orang lain. Mintalah "
        "tambahan tempat, atau pakai kelompok lain.",
        "All places of this cohort, or those for this village, are taken or waited for. Ask for more places, or use "
        "another cohort.",
    )


@dataclass(frozen=True, slots=True)
class _Shared:
    """How places are shared out: who has one now, who comes new to it, who waits; and the reservations used up."""

    given: Given
    come: Sequence[Wanted]
    wait: Sequence[Wanted]
    used: Mapping[UUID, Reservation]

    def after(self, account: Account, kind: Kind) -> Account:
        """Give the account as it stands then."""
        return account.after([*_freed(self.used), *moves(kind, self.come), *moves("waiting", self.wait)])


async def _share(tx: Transaction, account: Account, wanted: Sequence[Wanted], kind: Kind) -> _Shared:
    """Share out: whoever has a place reserved goes first, then the others in their order; who waits already, waits."""
    known: Mapping[UUID, Reservation] = {}
    if account.reserved or account.waiting:
        known = await reservations(tx, account.cohort_id, [one.worker_id for one in wanted])
    new = [one for one in wanted if one.worker_id not in known] if known else wanted
    if new and not account.open:
        raise terms.not_open()
    held = {worker_id: one for worker_id, one in known.items() if one.held}
    having, come, used = set(held), list[Wanted](), dict[UUID, Reservation]()
    if kind == "taken" and held:
        first = [one for one in wanted if one.worker_id in held]
        freed = account.after(_freed(held))
        come = [one for one, gets in zip(first, allot(freed, first, newcomers=False), strict=True) if gets]
        having = {one.worker_id for one in come}
        used = {worker_id: held[worker_id] for worker_id in having}
        account = account.after([*_freed(used), *moves("taken", come)])
    gets_place = allot(account, new, newcomers=True)
    come += [one for one, gets in zip(new, gets_place, strict=True) if gets]
    wait = [one for one, gets in zip(new, gets_place, strict=True) if not gets]
    having.update(one.worker_id for one in come)
    waited = frozenset(known.keys() - held.keys())
    return _Shared(Given(frozenset(having), frozenset(one.worker_id for one in wait), waited), come, wait, used)


def _freed(found: Mapping[UUID, Reservation]) -> list[Move]:
    held = [one.wanted for one in found.values() if one.held]
    waiting = [one.wanted for one in found.values() if not one.held]
    return [*moves("reserved", held, -1), *moves("waiting", waiting, -1)]


async def reservations(tx: Transaction, cohort_id: UUID, worker_ids: Collection[UUID]) -> dict[UUID, Reservation]:
    """Give what the cohort keeps for these people."""
    rows = await tx.fetch(
        """
        select worker_id, village_code, person_months, covered_from, held, wants
          from reservation where cohort_id = $1 and worker_id = any($2::uuid[])
        """,
        cohort_id,
        list(worker_ids),
    )
    return {row["worker_id"]: reservation(row) for row in rows}


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


def reservation(row: Any) -> Reservation:
    wanted = Wanted(row["worker_id"], row["village_code"], row["person_months"], row["covered_from"])
    return Reservation(wanted, row["held"], row["wants"])


async def _keep(
    tx: Transaction, cohort_id: UUID, people: Sequence[Wanted], wish: Wish, since: date, *, held: bool
) -> None:
    """Store reservations; `asked` follows the order given, and that of the commits, for the quota is locked."""
    if people:
        await tx.execute(
            """
            insert into reservation (cohort_id, worker_id, village_code, person_months, covered_from,
                                     held, wants, since)
            select $1, worker_id, village_code, months, covered_from, $6, $7, $8
              from unnest($2::uuid[], $3::text[], $4::int[], $5::date[]) with ordinality
                   as p(worker_id, village_code, months, covered_from, place)
             order by place
            """,
            cohort_id,
            [one.worker_id for one in people],
            [one.village_code for one in people],
            [one.months for one in people],
            [one.covered_from for one in people],
            held,
            wish,
            since,
        )


async def _forget(tx: Transaction, cohort_id: UUID, worker_ids: Collection[UUID]) -> None:
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
