"""Two entries become one person and two again: memberships, due rows, places and deaths go along, under any race."""

import asyncio
import contextlib
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import combinations
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.chassis.postgres import Pool, transaction
from services.chassis.vault import Vault
from services.enrollment import handlers, store
from services.enrollment.domain import (
    Cohort,
    RegisterDeath,
    Rejected,
    Relocate,
    ReverseDeath,
    Suspend,
    Terminate,
    Worker,
)
from services.enrollment.identity import merges
from services.enrollment.identity import store as identity_store
from services.enrollment.identity.store import Merge
from services.enrollment.messages import Told
from services.enrollment.sweep import sweep
from services.reporting import messages, periods, timeline
from tests.integration.enrollment.conftest import (
    APPROVER,
    CLERK,
    JULY,
    OCTOBER,
    TODAY,
    announced,
    approve,
    carry_out,
    enroll,
    facts,
    find,
    move_to,
    renew,
)

MARCH = date(2027, 3, 1)
CLAIM = UUID(int=0xC1A1)
SEEDS, PEOPLE, STEPS = 6, 5, 25
DAYS = [TODAY - timedelta(days=1) + timedelta(days=8 * step) for step in range(40)] + [MARCH - timedelta(days=1), MARCH]


async def propose(pool: Pool, survivor_id: UUID, merged_id: UUID) -> Merge:
    async with transaction(pool) as tx:
        return await merges.propose(tx, survivor_id, merged_id, CLERK)


async def decide(pool: Pool, merge: Merge, *, approved: bool = True) -> Merge:
    async with transaction(pool) as tx:
        return await merges.decide(tx, merge.merge_id, approved=approved, act=APPROVER)


async def merge(pool: Pool, survivor_id: UUID, merged_id: UUID) -> Merge:
    return await decide(pool, await propose(pool, survivor_id, merged_id))


async def reverse(pool: Pool, vault: Vault, made: Merge, *also: UUID) -> Merge:
    async with transaction(pool) as tx:
        return await merges.reverse(tx, vault, made.merge_id, also, APPROVER)


async def load(pool: Pool, *worker_ids: UUID) -> list[Worker]:
    async with transaction(pool) as tx:
        found = await store.workers(tx, worker_ids)
    return [found[worker_id] for worker_id in worker_ids]


async def due_rows(pool: Pool) -> dict[UUID, UUID]:
    rows = await pool.fetch("select coverage_id, worker_id from due")
    assert len(rows) == len({row["coverage_id"] for row in rows})
    return {row["coverage_id"]: row["worker_id"] for row in rows}


async def taken(pool: Pool, cohort: Cohort) -> int:
    places: int = await pool.fetchval("select taken from quota where cohort_id = $1", cohort.cohort_id)
    return places


def _list(value: object) -> list[Any]:
    assert isinstance(value, list)
    return value


async def test_a_person_entered_twice_becomes_one_and_two_again(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    building, following = await approve(pool, segment="JAKON"), await approve(pool, JULY, OCTOBER)
    await enroll(pool, vault, cohort, [1])
    await enroll(pool, vault, building, [2])
    wayan, double = await find(pool, vault, 1), await find(pool, vault, 2)
    (mine,), (theirs,) = wayan.memberships, double.memberships
    await move_to(pool, MARCH)
    await carry_out(pool, Suspend(double.worker_id, theirs.coverage_id, MARCH, None, "data_mismatch"))
    before = await load(pool, wayan.worker_id, double.worker_id)

    made = await merge(pool, wayan.worker_id, double.worker_id)
    assert made.state == "stands"
    holder, gone = await load(pool, wayan.worker_id, double.worker_id)
    assert {m.coverage_id for m in holder.memberships} == {mine.coverage_id, theirs.coverage_id}
    assert (gone.memberships, gone.merged_into) == ((), wayan.worker_id)
    assert await find(pool, vault, 2) == holder
    assert await due_rows(pool) == dict.fromkeys((mine.coverage_id, theirs.coverage_id), wayan.worker_id)
    (told,) = await facts(pool, "workers_merged")
    assert (told["key"], told["merged_worker_id"]) == (wayan.worker_id, str(double.worker_id))
    (held,) = _list(told["coverages"])
    assert held["periods"][0]["covered_until"] == JULY.isoformat()
    assert held["suspensions"] == [{"suspended_from": MARCH.isoformat(), "suspended_until": None}]
    (told,) = await facts(pool, "worker_merged_into")
    assert (told["key"], told["survivor_id"]) == (double.worker_id, str(wayan.worker_id))

    assert (await renew(pool, vault, following, [2])).done == 1
    assert (await facts(pool, "coverage_renewed"))[0]["key"] == wayan.worker_id
    moved = await carry_out(pool, Relocate(double.worker_id, "51.04.01.2004", MARCH, MARCH))
    assert moved.worker_id == wayan.worker_id

    assert (await reverse(pool, vault, made)).state == "reversed"
    wayan, double = await load(pool, wayan.worker_id, double.worker_id)
    assert [m.coverage_id for m in wayan.memberships] == [mine.coverage_id]
    assert double.memberships[0].suspensions == before[1].memberships[0].suspensions
    assert (double.merged_into, double.relocations) == (None, ())
    assert await find(pool, vault, 2) == double
    assert await due_rows(pool) == {mine.coverage_id: wayan.worker_id, theirs.coverage_id: double.worker_id}
    for worker in (wayan, double):
        assert (await announced(pool, worker.worker_id))[-1] == "workers_unmerged"
    left, back = sorted(await facts(pool, "workers_unmerged"), key=lambda fact: "left" not in fact)
    assert (left["key"], left["left"]) == (wayan.worker_id, [str(theirs.coverage_id)])
    assert (back["key"], back["coverages"]) == (double.worker_id, [held])


async def test_another_person_decides_and_may_refuse(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    await enroll(pool, vault, cohort, [1, 2])
    one, other = await find(pool, vault, 1), await find(pool, vault, 2)
    proposed = await propose(pool, one.worker_id, other.worker_id)
    assert (await propose(pool, one.worker_id, other.worker_id)).merge_id == proposed.merge_id
    with pytest.raises(Rejected, match="merge_proposed_otherwise"):
        await propose(pool, other.worker_id, one.worker_id)
    async with transaction(pool) as tx:
        with pytest.raises(Rejected, match="merge_same_person"):
            await merges.decide(tx, proposed.merge_id, approved=True, act=CLERK)
    with pytest.raises(asyncpg.CheckViolationError):
        await pool.execute("update merge set approved = true, decided_by = proposed_by, decided_at = now()")
    assert (await decide(pool, proposed, approved=False)).state == "refused"
    with pytest.raises(Rejected, match="merge_decided"):
        await decide(pool, proposed)
    with pytest.raises(Rejected, match="merge_not_standing"):
        await reverse(pool, vault, proposed)
    assert await announced(pool, one.worker_id) == ["worker_registered", "coverage_started"]

    made = await merge(pool, one.worker_id, other.worker_id)
    again = await decide(pool, made)
    assert (again.state, again.decided_at) == ("stands", made.decided_at)
    third = uuid4()
    with pytest.raises(Rejected, match="worker_merged") as refused:
        await propose(pool, other.worker_id, one.worker_id)
    assert str(one.worker_id) in refused.value.english
    with pytest.raises(Rejected, match="worker_not_registered"):
        await propose(pool, one.worker_id, third)
    async with transaction(pool) as tx:
        assert [m.state for m in await identity_store.merges(tx, None, after=UUID(int=0), limit=9)].count(
            "refused"
        ) == 1
        assert [m.merge_id for m in await identity_store.merges(tx, "stands", after=UUID(int=0), limit=9)] == [
            made.merge_id
        ]


async def test_a_cohort_that_paid_for_both_has_a_place_free_and_takes_it_back(pool: Pool, vault: Vault) -> None:
    cohort = await approve(pool, places=2)
    await enroll(pool, vault, cohort, [1, 2])
    one, other = await find(pool, vault, 1), await find(pool, vault, 2)
    made = await merge(pool, one.worker_id, other.worker_id)
    assert await taken(pool, cohort) == 1
    assert len(await facts(pool, "double_funding_found")) == 1
    await pool.execute("update quota set open = false")
    await reverse(pool, vault, made)
    assert await taken(pool, cohort) == 2


async def test_a_person_who_waits_for_a_place_is_not_merged_away(pool: Pool, vault: Vault) -> None:
    small, cohort = await approve(pool, places=1), await approve(pool, JULY, OCTOBER)
    await enroll(pool, vault, small, [1, 2])
    await enroll(pool, vault, cohort, [3])
    waiting, other = await find(pool, vault, 2), await find(pool, vault, 3)
    with pytest.raises(Rejected, match="merged_waits_for_place"):
        await merge(pool, other.worker_id, waiting.worker_id)
    assert (await merge(pool, waiting.worker_id, other.worker_id)).state == "stands"


async def test_one_person_under_two_numbers_stands_in_a_list_once(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    await enroll(pool, vault, cohort, [1, 2, 3])
    one, other = await find(pool, vault, 1), await find(pool, vault, 2)
    await merge(pool, one.worker_id, other.worker_id)
    following = await approve(pool, JULY, OCTOBER)
    for outcome in (
        await renew(pool, vault, following, [1, 2, 3]),
        await enroll(pool, vault, await approve(pool, segment="JAKON"), [1, 2, 3]),
    ):
        assert outcome.done == 2
        assert [fault.code for fault in outcome.rejected] == ["person_repeated"]


async def test_a_death_that_claims_establish_for_the_merged_is_the_survivors(
    pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    await enroll(pool, vault, cohort, [1, 2])
    one, other = await find(pool, vault, 1), await find(pool, vault, 2)
    await merge(pool, one.worker_id, other.worker_id)
    for told in (RegisterDeath(other.worker_id, TODAY, CLAIM, TODAY), ReverseDeath(other.worker_id, CLAIM, TODAY)):
        async with transaction(pool) as tx:
            await handlers.follow(tx, [Told(told, CLERK)])
    assert (await announced(pool, one.worker_id))[-2:] == ["coverage_terminated", "worker_death_reversed"]
    assert (await announced(pool, other.worker_id))[-1] == "worker_merged_into"


async def test_a_day_of_death_that_two_merged_entries_brought_stays_until_both_are_gone(
    pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    await enroll(pool, vault, cohort, [1, 2, 3])
    one, other, third = [(await find(pool, vault, number)).worker_id for number in (1, 2, 3)]
    for dead in (other, third):
        await carry_out(pool, RegisterDeath(dead, TODAY, None, TODAY))
    first, second = await merge(pool, one, other), await merge(pool, one, third)
    await reverse(pool, vault, first)
    assert [worker.died_on for worker in await load(pool, one, other)] == [TODAY, TODAY]
    await reverse(pool, vault, second)
    assert [worker.died_on for worker in await load(pool, one, third)] == [None, TODAY]


@dataclass
class Entry:
    """What a plain list says of one entry: its memberships, its own day of death, where it lived."""

    memberships: set[UUID] = field(default_factory=set)
    died_on: date | None = None
    moves: dict[date, str] = field(default_factory=dict)


@dataclass
class Register:
    """The register as a plain list, written without the rules it is compared with."""

    entries: dict[UUID, Entry] = field(default_factory=dict)
    standing: list[tuple[Merge, set[UUID]]] = field(default_factory=list)

    def holder(self, worker_id: UUID) -> UUID:
        for merge_, _ in self.standing:
            if merge_.merged_id == worker_id:
                return self.holder(merge_.survivor_id)
        return worker_id

    def person(self, holder: UUID) -> list[Entry]:
        return [entry for worker_id, entry in self.entries.items() if self.holder(worker_id) == holder]

    def died_on(self, holder: UUID) -> date | None:
        return next((entry.died_on for entry in self.person(holder) if entry.died_on), None)


async def test_whatever_is_merged_and_taken_back_the_register_holds_what_a_plain_list_says(
    pool: Pool, vault: Vault
) -> None:
    for seed in range(SEEDS):
        chance, plain = random.Random(seed), Register()
        cohorts = [await approve(pool), await approve(pool, segment="JAKON"), await approve(pool, JULY, OCTOBER)]
        for number in range(seed * PEOPLE, (seed + 1) * PEOPLE):
            for cohort in chance.sample(cohorts, chance.randint(1, 2)):
                await enroll(pool, vault, cohort, [number])
            found = await find(pool, vault, number)
            plain.entries[found.worker_id] = Entry({m.coverage_id for m in found.memberships})
        if seed == 0:
            await move_to(pool, MARCH)
        for _ in range(STEPS):
            one, other = chance.sample(list(plain.entries), 2)
            if chance.random() < 0.3:
                await something_merges(pool, plain, one, other)
            elif chance.random() < 0.4:
                await something_is_taken_back(pool, vault, plain, chance)
            else:
                await something_else_happens(pool, plain, one, chance)
            await agrees(pool, plain, cohorts)
        await facts_say_the_same(pool, plain)


async def something_merges(pool: Pool, plain: Register, one: UUID, other: UUID) -> None:
    if len({plain.died_on(one), plain.died_on(other)} - {None}) > 1 or {one, other} != set(
        map(plain.holder, (one, other))
    ):
        with pytest.raises(Rejected, match=r"merge_deaths_differ|worker_merged"):
            await merge(pool, one, other)
        return
    brought = set(plain.entries[other].memberships)
    plain.standing.append((await merge(pool, one, other), brought))
    plain.entries[one].memberships |= brought
    plain.entries[other].memberships = set()


async def something_is_taken_back(pool: Pool, vault: Vault, plain: Register, chance: random.Random) -> None:
    if not plain.standing:
        return
    made, brought = chance.choice(plain.standing)
    if plain.holder(made.survivor_id) != made.survivor_id:
        with pytest.raises(Rejected, match="survivor_merged"):
            await reverse(pool, vault, made)
        return
    await reverse(pool, vault, made)
    plain.standing.remove((made, brought))
    plain.entries[made.merged_id].memberships = brought & plain.entries[made.survivor_id].memberships
    plain.entries[made.survivor_id].memberships -= brought


async def something_else_happens(pool: Pool, plain: Register, one: UUID, chance: random.Random) -> None:
    holder = plain.holder(one)
    entry, day = plain.entries[holder], MARCH - timedelta(days=chance.randint(0, 1))
    if plain.died_on(holder) is None and chance.random() < 0.3:
        await carry_out(pool, RegisterDeath(one, day, None, MARCH))
        entry.died_on = day
    elif plain.died_on(holder) is None:
        village = chance.choice(("51.04.01.2002", "51.04.01.2004"))
        await carry_out(pool, Relocate(one, village, day, MARCH))
        entry.moves[day] = village
    elif len(plain.person(holder)) == 1:
        await carry_out(pool, ReverseDeath(one, None, MARCH))
        entry.died_on = None
    if entry.memberships and chance.random() < 0.2:
        with contextlib.suppress(Rejected):
            await carry_out(pool, Terminate(holder, min(entry.memberships), MARCH, "moved"))


async def agrees(pool: Pool, plain: Register, cohorts: list[Cohort]) -> None:
    known = {worker.worker_id: worker for worker in await load(pool, *plain.entries)}
    due = await due_rows(pool)
    paying: Counter[UUID] = Counter()
    for worker_id, entry in plain.entries.items():
        worker, holder = known[worker_id], plain.holder(worker_id)
        assert {m.coverage_id for m in worker.memberships} == entry.memberships
        assert worker.merged_into == (None if holder == worker_id else holder)
        assert {move.moved_on: move.village_code for move in worker.relocations} == entry.moves
        if holder == worker_id:
            assert worker.died_on == plain.died_on(worker_id)
        for held in worker.memberships:
            ended = held.last is None or held.last.cut_at is not None
            expected = None if ended or worker.died_on is not None else worker_id
            assert due.get(held.coverage_id) == expected
        paying.update({period.cohort.cohort_id for held in worker.memberships for period in held.periods})
    assert {cohort.cohort_id: await taken(pool, cohort) for cohort in cohorts} == {
        cohort.cohort_id: paying[cohort.cohort_id] for cohort in cohorts
    }


async def facts_say_the_same(pool: Pool, plain: Register) -> None:
    """Fold each worker's facts, as readers do; each day has as many memberships in force as the register has."""
    for worker in await load(pool, *plain.entries):
        await announced(pool, worker.worker_id)
        state = periods.NOTHING
        for fact in await pool.fetch(
            "select type, data from ledger where key = $1 order by sequence", worker.worker_id
        ):
            state, _, _ = timeline.change(state, fact["type"], messages.read(fact["type"], fact["data"].encode()))
        changes = timeline.membership_difference(periods.NOTHING, state)
        for day in DAYS:
            alive = worker.died_on is None or day <= worker.died_on
            paid = sum(p.covered_from <= day < p.end for held in worker.memberships for p in held.periods)
            told = sum(more for since, _, _, kind, more in changes if kind == "in_force" and since <= day.isoformat())
            assert told == (paid if alive else 0), (day, worker)


async def test_merges_that_share_people_leave_everybody_with_one_holder(pool: Pool, vault: Vault) -> None:
    cohort = await approve(pool)
    for start in range(0, 24, 4):
        await enroll(pool, vault, cohort, range(start, start + 4))
    people = [(await find(pool, vault, number)).worker_id for number in range(24)]
    groups = [people[start : start + 4] for start in range(0, 24, 4)]
    proposed = [await propose(pool, *chosen) for group in groups for chosen in combinations(group, 2)]
    random.Random(0).shuffle(proposed)
    told = await asyncio.gather(*(decide(pool, one) for one in proposed), return_exceptions=True)
    refused = [one for one in told if not isinstance(one, Merge)]
    assert all(isinstance(one, Rejected) and one.code == "worker_merged" for one in refused), refused
    known = await load(pool, *people)
    for start in range(0, 24, 4):
        holders = [worker for worker in known[start : start + 4] if worker.merged_into is None]
        assert len(holders) == 1
        assert len(holders[0].memberships) == 4
        assert {w.merged_into for w in known[start : start + 4]} == {None, holders[0].worker_id}
    assert len(told) - len(refused) == 18
    assert await taken(pool, cohort) == 6


async def test_a_merge_races_with_renewals_and_with_the_sweep(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    following = await approve(pool, JULY, OCTOBER)
    await enroll(pool, vault, cohort, range(60))
    people = [(await find(pool, vault, number)).worker_id for number in range(60)]
    proposed = [await propose(pool, people[at], people[at + 30]) for at in range(30)]
    await move_to(pool, JULY)
    chunks = [range(start, start + 6) for start in range(30, 60, 6)]
    outcomes, *_ = await asyncio.gather(
        asyncio.gather(*(renew(pool, vault, following, chunk) for chunk in chunks)),
        asyncio.gather(*(decide(pool, one) for one in proposed)),
        asyncio.gather(sweep(pool), sweep(pool)),
    )
    await sweep(pool)
    renewed = sum(one.done for one in outcomes)
    missed = [fault.code for one in outcomes for fault in one.rejected]
    assert renewed + len(missed) == 30
    assert set(missed) <= {"worker_merged"}
    assert len(await facts(pool, "coverage_renewed")) == renewed
    ends = Counter(fact["coverage_id"] for fact in await facts(pool, "coverage_expired"))
    assert set(ends.values()) == {1}
    assert 30 <= len(ends) <= 60
    for worker in await load(pool, *people[:30]):
        assert len(worker.memberships) == 2
        for held in worker.memberships:
            assert held.last is not None
            assert held.last.end == OCTOBER or str(held.coverage_id) in ends
    due = await due_rows(pool)
    assert len(due) == renewed
    assert set(due.values()) <= set(people[:30])
    for worker_id in people:
        await announced(pool, worker_id)
