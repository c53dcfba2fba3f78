"""Who waits for a place moves up by itself: in order, once, none skipped, whatever frees a place and whoever looks."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest

from services.chassis import ledger
from services.chassis.postgres import Pool, transaction
from services.chassis.vault import Vault
from services.enrollment import handlers, store
from services.enrollment.cohorts import allotment, place_store, places, terms
from services.enrollment.cohorts import handlers as cohorts
from services.enrollment.cohorts.allotment import Wanted
from services.enrollment.cohorts.waiting import Moved, move_up
from services.enrollment.domain import (
    Cohort,
    Correct,
    Enroll,
    RegisterDeath,
    Rejected,
    Terminate,
    Void,
    WorkerRegistered,
    decide,
    evolve,
)
from services.enrollment.identity import merges
from services.enrollment.imports.pieces import Outcome
from services.enrollment.messages import COVERAGE
from tests.integration.enrollment.conftest import (
    APPROVER,
    CLERK,
    JULY,
    KETEWEL,
    NEW_YEAR,
    OCTOBER,
    announced,
    approve,
    carry_out,
    enroll,
    facts,
    find,
    move_to,
    person,
    renew,
)

SUKAWATI = "51.04.01.2004"


async def covered(pool: Pool, cohort: Cohort) -> list[UUID]:
    """Name those who have cover of the cohort, in the order in which it was announced."""
    rows = await pool.fetch(
        """
        select key from ledger
         where type in ('enrollment.coverage_started.v1', 'enrollment.coverage_renewed.v1')
           and data::jsonb ->> 'cohort_id' = $1 order by pos
        """,
        str(cohort.cohort_id),
    )
    return [row["key"] for row in rows]


async def waiting(pool: Pool, cohort: Cohort) -> list[UUID]:
    rows = await pool.fetch(
        "select worker_id from reservation where cohort_id = $1 and not held order by asked", cohort.cohort_id
    )
    return [row["worker_id"] for row in rows]


async def withdraw(pool: Pool, worker_id: UUID, cohort: Cohort) -> None:
    """Correct what the cohort pays for the worker to nothing."""
    async with transaction(pool) as tx:
        worker = (await store.workers(tx, [worker_id]))[worker_id]
    (membership,) = worker.memberships
    first = membership.periods[0].covered_from
    await carry_out(pool, Correct(worker_id, membership.coverage_id, cohort.cohort_id, first, first, NEW_YEAR))


async def counted(pool: Pool, cohort: Cohort) -> tuple[int, int, int]:
    rows = await pool.fetch("select taken, reserved, waiting from quota where cohort_id = $1", cohort.cohort_id)
    return rows[0]["taken"], rows[0]["reserved"], rows[0]["waiting"]


async def months(pool: Pool, cohort: Cohort) -> tuple[int, int]:
    rows = await pool.fetch("select months_taken, months_reserved from quota where cohort_id = $1", cohort.cohort_id)
    return rows[0]["months_taken"], rows[0]["months_reserved"]


async def register(pool: Pool, count: int) -> list[UUID]:
    """Bring people into the register who have no cover."""
    worker_ids = sorted(uuid4() for _ in range(count))
    async with transaction(pool) as tx:
        await ledger.lock(tx, COVERAGE, worker_ids)
        await store.save(tx, [(None, evolve(None, WorkerRegistered(one, KETEWEL))) for one in worker_ids])
    return worker_ids


async def reserve(pool: Pool, cohort: Cohort, worker_ids: Iterable[UUID]) -> places.Given:
    async with transaction(pool) as tx:
        wanted = [Wanted(worker_id, KETEWEL, 6) for worker_id in worker_ids]
        return await places.reserve(tx, cohort.cohort_id, wanted, since=NEW_YEAR)


async def confirm(pool: Pool, cohort: Cohort, worker_ids: Sequence[UUID]) -> places.Given:
    """Begin cover for people whose payment was confirmed, as a list of payments does."""
    async with transaction(pool) as tx:
        await ledger.lock(tx, COVERAGE, worker_ids)
        workers = await store.workers(tx, worker_ids)
        changes = []
        for worker_id in worker_ids:
            worker = workers[worker_id]
            happens = decide(worker, Enroll(worker_id, uuid4(), cohort, KETEWEL, None, NEW_YEAR))
            after = evolve(worker, happens[0])
            changes.append((worker, after))
        await store.save(tx, changes)
        wanted = [allotment.wanted_by(after, cohort.cohort_id) for _, after in changes]
        return await places.take(tx, cohort.cohort_id, wanted, wish="cover", since=NEW_YEAR)


async def test_the_next_has_cover_from_the_day_of_moving_up(pool: Pool, vault: Vault) -> None:
    few = await approve(pool, places=2)
    assert await enroll(pool, vault, few, range(4)) == Outcome(2, 0, (), waiting=2)
    first, third, fourth = [await find(pool, vault, number) for number in (0, 2, 3)]
    assert await announced(pool, third.worker_id) == ["worker_registered", "worker_waitlisted"]
    assert await enroll(pool, vault, few, range(4)) == Outcome(0, 4, ())
    await move_to(pool, date(2027, 3, 10))
    await withdraw(pool, first.worker_id, few)
    assert await enroll(pool, vault, few, [9]) == Outcome(0, 0, (), waiting=1), "a newcomer does not overtake"
    assert await move_up(pool) == Moved(covered=1)
    assert await move_up(pool) == Moved()
    (membership,) = (await find(pool, vault, 2)).memberships
    assert [(one.covered_from, one.covered_until) for one in membership.periods] == [(date(2027, 3, 10), JULY)]
    assert await announced(pool, third.worker_id) == ["worker_registered", "worker_waitlisted", "coverage_started"]
    assert await waiting(pool, few) == [fourth.worker_id, (await find(pool, vault, 9)).worker_id]
    assert await months(pool, few) == (6 + 4, 0)


async def test_what_was_agreed_is_kept_while_waiting(pool: Pool, vault: Vault) -> None:
    """A self-payer who paid three months has three, of the work they are for; who paid for more has what is left."""
    cohort = await approve(pool, NEW_YEAR, OCTOBER, places=1, person_months=12, funding="SELF")
    await enroll(pool, vault, cohort, [0])
    paid = replace(person(1), activity="transport", paid_on=NEW_YEAR, paid_months=3)
    longer = replace(person(2, line=3), paid_on=NEW_YEAR, paid_months=9)
    async with transaction(pool) as tx:
        assert await handlers.enroll(tx, vault, cohort, [paid, longer], NEW_YEAR, CLERK) == Outcome(0, 0, (), waiting=2)
    await withdraw(pool, (await find(pool, vault, 0)).worker_id, cohort)
    assert await months(pool, cohort) == (0, 0)
    march = date(2027, 3, 1)
    await move_to(pool, march)
    assert await move_up(pool) == Moved(covered=1)
    (period,) = (await find(pool, vault, 1)).memberships[0].periods
    assert (period.covered_from, period.covered_until) == (march, date(2027, 6, 1))
    assert (period.activity, period.paid_on) == ("transport", NEW_YEAR)
    assert (await counted(pool, cohort), await months(pool, cohort)) == ((1, 0, 1), (3, 0))
    await withdraw(pool, (await find(pool, vault, 1)).worker_id, cohort)
    assert await move_up(pool) == Moved(covered=1)
    (cut,) = (await find(pool, vault, 2)).memberships[0].periods
    assert (cut.covered_from, cut.covered_until) == (march, OCTOBER), "paid months never reach beyond the cohort"
    assert await months(pool, cohort) == (7, 0)


async def test_order_is_kept_under_concurrency_none_twice_none_skipped(pool: Pool, vault: Vault) -> None:
    chance, cohort = random.Random(7), await approve(pool, places=20)
    await enroll(pool, vault, cohort, range(120))
    queue, holders = await waiting(pool, cohort), await covered(pool, cohort)
    assert (len(holders), len(queue)) == (20, 100)
    chance.shuffle(holders)
    done = asyncio.Event()

    async def look() -> None:
        while not done.is_set():
            await move_up(pool)

    lookers = [asyncio.create_task(look()) for _ in range(3)]
    newcomers = [asyncio.create_task(enroll(pool, vault, cohort, [number])) for number in range(200, 210)]
    for holder in holders:
        await withdraw(pool, holder, cohort)
    came = [await newcomer for newcomer in newcomers]
    done.set()
    await asyncio.gather(*lookers)
    await move_up(pool)
    assert all(outcome == Outcome(0, 0, (), waiting=1) for outcome in came)
    moved = (await covered(pool, cohort))[20:]
    assert moved == queue[:20]
    assert (await waiting(pool, cohort))[:80] == queue[20:]
    assert Counter(await covered(pool, cohort)).most_common(1)[0][1] == 1
    assert await counted(pool, cohort) == (20, 0, 90)


async def test_everything_that_frees_a_place_moves_the_list(pool: Pool, vault: Vault) -> None:
    village = ((KETEWEL, 3),)
    cohort = await approve(pool, places=4, village_places=(*village, (SUKAWATI, 1)))
    await enroll(pool, vault, cohort, range(10))
    queue = await waiting(pool, cohort)
    one, two = [await find(pool, vault, number) for number in (0, 1)]
    await withdraw(pool, one.worker_id, cohort)
    assert await move_up(pool) == Moved(covered=1), "a correction to nothing"
    await carry_out(pool, Void(two.worker_id, two.memberships[0].coverage_id, "wrong_person"))
    assert await move_up(pool) == Moved(covered=1), "a void"
    async with transaction(pool) as tx:
        await cohorts.carry_out(tx, cohort.cohort_id, terms.Reallocate(SUKAWATI, KETEWEL, 1), APPROVER)
    assert await move_up(pool) == Moved(covered=1), "a re-allocation"
    async with transaction(pool) as tx:
        extent = terms.Extent(5, ((KETEWEL, 4),))
        await cohorts.carry_out(tx, cohort.cohort_id, terms.Amend(extent, CLERK.actor), CLERK)
        await cohorts.carry_out(
            tx, cohort.cohort_id, terms.Approve(APPROVER.actor, opens=False, today=NEW_YEAR), APPROVER
        )
    assert await move_up(pool) == Moved(covered=1), "places raised"
    assert (await covered(pool, cohort))[3:] == queue[:4]
    held, waits = await waiting(pool, cohort), queue[4:]
    assert held == waits
    three = await find(pool, vault, 2)
    await carry_out(pool, Terminate(three.worker_id, three.memberships[0].coverage_id, date(2027, 3, 1), "moved"))
    assert await move_up(pool) == Moved(), "a termination keeps the place: the decree named the person"


async def test_reserved_places_are_confirmed_or_released(pool: Pool) -> None:
    cohort = await approve(pool, places=3)
    people = await register(pool, 5)
    given = await reserve(pool, cohort, people)
    assert (given.having, given.waiting) == (frozenset(people[:3]), frozenset(people[3:]))
    again = await reserve(pool, cohort, people)
    assert (again.having, again.waiting, again.waited) == (given.having, frozenset(), given.waiting)
    assert await counted(pool, cohort) == (0, 3, 2)
    assert (await confirm(pool, cohort, people[:2])).having == frozenset(people[:2])
    assert await counted(pool, cohort) == (2, 1, 2)
    async with transaction(pool) as tx:
        assert await places.release(tx, cohort.cohort_id, [people[2], people[4]]) == 2
    assert await move_up(pool) == Moved(reserved=1)
    assert await counted(pool, cohort) == (2, 1, 0)
    assert await covered(pool, cohort) == [], "a place reserved is no cover"
    assert (await confirm(pool, cohort, [people[3]])).having == {people[3]}
    assert await months(pool, cohort) == (18, 0)
    assert await pool.fetchval("select count(*) from reservation") == 0


async def test_reservations_at_once_take_no_place_twice(pool: Pool) -> None:
    cohort = await approve(pool, places=30, person_months=100)
    people = await register(pool, 60)
    given = await asyncio.gather(*(reserve(pool, cohort, people[start : start + 6]) for start in range(0, 60, 6)))
    assert sum(len(one.having) for one in given) == 100 // 6
    assert await counted(pool, cohort) == (0, 16, 44)


async def test_a_closed_cohort_refuses_who_waits_and_confirms_what_is_reserved(pool: Pool, vault: Vault) -> None:
    cohort = await approve(pool, places=2)
    await enroll(pool, vault, cohort, range(1))
    (reserved,) = await register(pool, 1)
    await reserve(pool, cohort, [reserved])
    await enroll(pool, vault, cohort, range(1, 4))
    async with transaction(pool) as tx:
        await cohorts.carry_out(tx, cohort.cohort_id, terms.Close(NEW_YEAR), APPROVER)
    assert await move_up(pool) == Moved(refused=3)
    told = await facts(pool, "worker_refused")
    assert {(fact["failed"], fact["reason"]) for fact in told} == {("in_decree", "cohort_not_open")}
    with pytest.raises(Rejected, match="cohort_not_open"):
        await enroll(pool, vault, cohort, [7])
    assert (await confirm(pool, cohort, [reserved])).having == {reserved}
    assert await counted(pool, cohort) == (2, 0, 0)


async def test_whom_a_rule_refuses_by_then_makes_room(pool: Pool, vault: Vault) -> None:
    cohort = await approve(pool, places=1)
    await enroll(pool, vault, cohort, range(3))
    first, second, third = [await find(pool, vault, number) for number in range(3)]
    await carry_out(pool, RegisterDeath(second.worker_id, NEW_YEAR, None, NEW_YEAR))
    await withdraw(pool, first.worker_id, cohort)
    assert await move_up(pool) == Moved(covered=1, refused=1)
    assert (await covered(pool, cohort))[1:] == [third.worker_id]
    (fact,) = await facts(pool, "worker_refused")
    assert (fact["key"], fact["failed"], fact["reason"]) == (second.worker_id, "eligible", "worker_deceased")


async def test_a_renewal_waits_too(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    await enroll(pool, vault, cohort, range(3))
    following = await approve(pool, JULY, OCTOBER, places=1)
    assert await renew(pool, vault, following, range(3)) == Outcome(1, 0, (), waiting=2)
    first, second = [await find(pool, vault, number) for number in range(2)]
    async with transaction(pool) as tx:
        (membership,) = (await store.workers(tx, [first.worker_id]))[first.worker_id].memberships
    await carry_out(pool, Correct(first.worker_id, membership.coverage_id, following.cohort_id, JULY, JULY, NEW_YEAR))
    assert await move_up(pool) == Moved(covered=1)
    (membership,) = (await find(pool, vault, 1)).memberships
    assert [(one.covered_from, one.covered_until) for one in membership.periods] == [(NEW_YEAR, JULY), (JULY, OCTOBER)]
    assert (await announced(pool, second.worker_id))[2:] == ["worker_waitlisted", "coverage_renewed"]


async def test_a_merge_of_two_who_were_paid_for_frees_a_place(pool: Pool, vault: Vault) -> None:
    cohort = await approve(pool, places=2, person_months=18)
    await enroll(pool, vault, cohort, range(3))
    one, other = [(await find(pool, vault, number)).worker_id for number in range(2)]
    async with transaction(pool) as tx:
        merge = await merges.propose(tx, one, other, CLERK)
        await merges.decide(tx, merge.merge_id, approved=True, act=APPROVER)
    assert await counted(pool, cohort) == (1, 0, 1)
    assert await move_up(pool) == Moved(covered=1)
    with pytest.raises(Rejected, match="cohort_full"):
        async with transaction(pool) as tx:
            await merges.reverse(tx, vault, merge.merge_id, (), APPROVER)


async def something(pool: Pool, vault: Vault, chance: random.Random, of: Sequence[Cohort]) -> None:
    """Do something by chance; it may well be refused."""
    choice = chance.randrange(5)
    with contextlib.suppress(Rejected, KeyError, IndexError):
        if choice < 2:
            await enroll(pool, vault, chance.choice(of), [chance.randrange(30)])
        elif choice == 2:
            await renew(pool, vault, of[1], [chance.randrange(30)])
        elif choice == 3:
            await move_up(pool)
        else:
            worker = await find(pool, vault, chance.randrange(30))
            membership = chance.choice(worker.memberships)
            period = chance.choice(membership.periods)
            cohort_id, first = period.cohort.cohort_id, period.covered_from
            until = chance.choice([first, date(2027, 3, 1), JULY, OCTOBER])
            await carry_out(pool, Correct(worker.worker_id, membership.coverage_id, cohort_id, first, until, NEW_YEAR))


async def test_counters_are_the_sum_of_what_is_on_record(pool: Pool, vault: Vault) -> None:
    """After many commands at once, what `quota` counts is what periods and reservations say, village by village."""
    chance = random.Random(11)
    all_of = [
        await approve(pool, places=12, person_months=50, village_places=((KETEWEL, 5),)),
        await approve(pool, JULY, OCTOBER, places=9),
    ]
    for _ in range(20):
        await asyncio.gather(*(something(pool, vault, chance, all_of) for _ in range(8)))
    async with transaction(pool) as tx:
        worker_ids = [row["worker_id"] for row in await tx.fetch("select worker_id from worker")]
        workers = (await store.workers(tx, worker_ids)).values()
        stands = [place for worker in workers for place in allotment.taken_by(worker).items()]
        for cohort in all_of:
            account = await place_store.account(tx, cohort.cohort_id)
            of = [taken for cohort_id, taken in stands if cohort_id == cohort.cohort_id]
            assert account.taken > 0
            assert account.fits
            assert account.months["taken"] == sum(taken.months for taken in of)
            by_village = Counter(taken.village_code for taken in of)
            assert {village: share.taken for village, share in account.shares.items() if share.taken} == by_village
            assert await counted(pool, cohort) == (account.taken, 0, len(await waiting(pool, cohort)))
            assert account.waiting == len(await waiting(pool, cohort))
