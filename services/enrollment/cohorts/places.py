"""Gives out places: takes, reserves and frees them, and keeps the list of those who wait, a cohort at a time.

What gives or frees a place locks the cohort's row in `quota` until the end of the transaction, so it comes last: after
the heads of the workers (chassis/ledger.py) and after the work itself. The row is the lock of all that is counted of
the cohort, of its villages and of its reservations; several cohorts are locked in the order of their ids.

    reserve(tx, cohort_id, wanted, ..)   a place is kept for each, as far as there are places; the others wait
    take(tx, cohort_id, wanted, ..)      cover stands: whoever has a reservation uses it up, the others are newcomers
    release(tx, cohort_id, worker_ids)   reserved places are free again, and who waited does not any more
    settle(tx, changes)                  whatever became of workers' periods, their places follow
    hold_from(tx, before, batch_id, ..)  reserved places of a list hold the months of cover from a day on
    move_up(tx, ..)                      whose turn it is gets the place; the caller holds the row
    foresee(tx, ..)                      tells what there is now, without a lock: a guess that `take` proves

What was foreseen is prepared without the lock. Where `take` or `reserve` then answers otherwise, it is undone and done
anew, a bounded number of times (`as_they_stand`).

All are for thousands at once. Who waits moves up later, by waiting.py, in a transaction of its own: heads are locked
before quotas. Until then nobody new gets what frees.
"""

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID

from services.chassis.postgres import Transaction
from services.enrollment.cohorts import place_store, terms
from services.enrollment.cohorts.allotment import Account, Kind, Move, Taken, Wanted, allot, months_of, moves, taken_by
from services.enrollment.cohorts.place_store import Reservation, Wish
from services.enrollment.domain import Cohort, Rejected, Worker

ATTEMPTS_MAX = 50
"""So often others may take places just then; each time somebody has got one, so this many in a row mean a fault."""

Done = TypeVar("Done")


class PlacesMoved(Exception):
    """Places, or the people who want them, were others' when it came to it: undo what was prepared and do it anew."""


async def as_they_stand(attempt: Callable[[], Awaitable[Done]]) -> Done:
    """Carry out what begins a transaction of its own, anew where places moved meanwhile, but not for ever."""
    for _ in range(ATTEMPTS_MAX):
        with suppress(PlacesMoved):
            return await attempt()
    raise Rejected(
        "places_contended",
        "Tempat kelompok ini terus berubah selagi permintaan ini dikerjakan. Ulangi sebentar lagi; jika tetap begini, "
        "beri tahu operator.",
        "The places of this cohort kept changing while this was being done. Send it again in a moment; if it stays so, "
        "tell the operator.",
    )


@dataclass(frozen=True, slots=True)
class Given:
    """Who has a place now, who waits from now on, and who waited before."""

    having: frozenset[UUID]
    waiting: frozenset[UUID]
    waited: frozenset[UUID]


async def foresee(tx: Transaction, cohort_id: UUID, wanted: Sequence[Wanted], kind: Kind = "taken") -> Given:
    """Tell what `take`, or `reserve`, would answer, without a lock; others may be taking places."""
    return (await _share(tx, await place_store.account(tx, cohort_id), wanted, kind)).given


async def take(tx: Transaction, cohort_id: UUID, wanted: Sequence[Wanted], *, wish: Wish, since: date) -> Given:
    """Take a place for each person whose cover stands from now on, in their order; who finds none waits.

    This confirms a reservation: its place and months are used up. A caller that has begun cover for somebody who is
    then not among `having` has to undo its transaction, and to begin anew.
    """
    before = await place_store.locked(tx, cohort_id)
    shared = await _share(tx, before, wanted, "taken")
    await place_store.forget(tx, cohort_id, shared.used)
    await place_store.keep(tx, cohort_id, shared.wait, wish, since, held=False)
    await place_store.write(tx, before, shared.after(before, "taken"))
    return shared.given


async def reserve(
    tx: Transaction, cohort_id: UUID, wanted: Sequence[Wanted], *, since: date, wish: Wish = "place"
) -> Given:
    """Reserve a place for each, in their order; who finds none waits, and has the place reserved when it is free.

    Who has a reservation or waits already stays as they are, so that asking again changes nothing.
    """
    before = await place_store.locked(tx, cohort_id)
    shared = await _share(tx, before, wanted, "reserved")
    await place_store.keep(tx, cohort_id, shared.come, wish, since, held=True)
    await place_store.keep(tx, cohort_id, shared.wait, wish, since, held=False)
    await place_store.write(tx, before, shared.after(before, "reserved"))
    return shared.given


async def release(tx: Transaction, cohort_id: UUID, worker_ids: Collection[UUID]) -> int:
    """Free the places reserved for these people, and take from the list who waits; tell how many there were."""
    before = await place_store.locked(tx, cohort_id)
    found = await place_store.reservations(tx, cohort_id, worker_ids)
    await place_store.forget(tx, cohort_id, found)
    await place_store.write(tx, before, before.after(_freed(found)))
    return len(found)


async def move_up(
    tx: Transaction,
    before: Account,
    waited: Sequence[Reservation],
    *,
    on: date,
    covered: Sequence[Wanted] = (),
    reserved: Sequence[Wanted] = (),
) -> None:
    """Let people wait no longer: some because their cover stands, some with a place reserved, the others without one.

    `before` is the cohort's account, locked earlier by this transaction; `on` the day on which this is.
    """
    keep = {one.worker_id: one for one in reserved}
    await place_store.forget(
        tx, before.cohort_id, [one.wanted.worker_id for one in waited if one.wanted.worker_id not in keep]
    )
    if reserved:
        await place_store.hold(tx, before.cohort_id, reserved, on)
    waiting = moves("waiting", [one.wanted for one in waited], -1)
    await place_store.write(
        tx, before, before.after([*waiting, *moves("taken", covered), *moves("reserved", reserved)])
    )


async def hold_from(tx: Transaction, before: Account, batch_id: UUID, cohort: Cohort, covered_from: date) -> None:
    """Let the places of a list's people hold the months of cover from that day on; refuses what the budget lacks.

    `before` is the cohort's account, locked earlier by this transaction.
    """
    months = months_of(covered_from, cohort.covered_until)
    after = before.after(await place_store.hold_longer(tx, cohort.cohort_id, batch_id, months))
    if after.months_free is not None and after.months_free < 0:
        raise Rejected(
            "person_months_exhausted",
            f"Perlindungan sejak {covered_from} memerlukan {-after.months_free} orang-bulan lebih dari sisa anggaran "
            "kelompok ini. Periksa tanggal pembayaran, atau mintalah tambahan orang-bulan.",
            f"Cover from {covered_from} on takes {-after.months_free} person-months more than this cohort's budget has "
            "left. Check the day of payment, or ask for more person-months.",
        )
    await place_store.write(tx, before, after)


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
    before = await place_store.locked(tx, cohort_id)
    used = await place_store.reservations(tx, cohort_id, who) if taken and (before.reserved or before.waiting) else {}
    freed = before.after([*moves("taken", left, -1), *_freed(used)])
    after = freed.after(moves("taken", taken))
    if newcomers and len(taken) > len(left) + sum(one.held for one in used.values()):
        if not before.open:
            raise terms.not_open()
        if not all(allot(freed, [Wanted(cohort_id, one.village_code, one.months) for one in taken], newcomers=True)):
            raise _refused(after)
    elif not after.fits:
        raise _refused(after)
    await place_store.forget(tx, cohort_id, used)
    await place_store.write(tx, before, after)


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
        known = await place_store.reservations(tx, account.cohort_id, [one.worker_id for one in wanted])
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
