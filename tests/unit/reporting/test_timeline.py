"""The fold of one worker's facts, and the deltas it gives, against a model that marks day after day on a calendar."""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import date
from itertools import accumulate, pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.reporting.periods import NOTHING, State
from services.reporting.timeline import (
    MembershipDelta,
    PeopleDelta,
    change,
    difference,
    evolve,
    membership_difference,
    timeline,
)
from tests.unit.reporting.calendar_model import (
    ANNUAL,
    BATUBULAN,
    DRIVER,
    ERASED,
    EXPIRED,
    FARMER,
    GIFT,
    HARVEST,
    HORIZON,
    INACTIVATED,
    KETEWEL,
    MERGED_INTO,
    NEVER_BEGUN,
    REVERSED,
    Fact,
    day,
    days,
    deceased,
    facts_of_a_worker,
    held,
    history,
    merged,
    model_memberships,
    model_people,
    number,
    period,
    reinstated,
    relocated,
    replay,
    suspended,
    terminated,
    unmerged,
    voided,
)


def fold(facts: Iterable[Fact]) -> State:
    state = NOTHING
    for type_, data in facts:
        state = evolve(state, type_, data)
    return state


def spells(*facts: Fact) -> list[tuple[int, int | None, str, str]]:
    """The timeline with days as numbers, without funding and cohort; where only these change is one spell."""
    found: list[tuple[int, int | None, str, str]] = []
    for first, end, *place, _, _ in timeline(fold(facts)):
        from_, until, where = number(first), None if end is None else number(end), (place[0], place[1])
        if found and found[-1][1:] == (from_, *where):
            found[-1] = (found[-1][0], until, *where)
        else:
            found.append((from_, until, *where))
    return found


def test_day_of_death_is_covered_and_the_next_is_not() -> None:
    assert spells(period("started", 0, 30), deceased(12)) == [(0, 13, "BPU", BATUBULAN)]


def test_death_reported_late_leaves_ended_cover_and_voids_later_cover() -> None:
    facts = (period("started", 0, 5), period("renewed", 10, 20, cohort=HARVEST), period("renewed", 25, 30, cohort=GIFT))
    assert spells(*facts, deceased(12)) == [(0, 5, "BPU", BATUBULAN), (10, 13, "BPU", BATUBULAN)]
    assert spells(*facts, deceased(12), REVERSED) == spells(*facts)


def test_reversal_lifts_terminations_by_death_and_no_others() -> None:
    two = (period("started", 0, 30), period("started", 5, 20, coverage=DRIVER, cohort=HARVEST, village=KETEWEL))
    facts = (*two, terminated(8), terminated(7, "deceased", DRIVER), deceased(6), REVERSED)
    assert spells(*facts) == [(0, 8, "BPU", BATUBULAN), (8, 20, "BPU", KETEWEL)]


def test_renewal_after_a_termination_is_new_cover() -> None:
    facts = (period("started", 0, 20), terminated(5), period("renewed", 10, 20, cohort=HARVEST))
    assert spells(*facts) == [(0, 5, "BPU", BATUBULAN), (10, 20, "BPU", BATUBULAN)]


def test_of_two_terminations_the_earlier_day_counts() -> None:
    ended = [period("started", 0, 20), terminated(5)]
    assert spells(*ended, terminated(9)) == spells(*ended) == [(0, 5, "BPU", BATUBULAN)]
    assert spells(*ended, terminated(3)) == [(0, 3, "BPU", BATUBULAN)]


def test_a_cohort_that_pays_a_membership_twice_enrolled_it_once() -> None:
    _, _, memberships = change(fold([period("started", 0, 10)]), *period("renewed", 20, 30))
    assert {kind for _, _, _, kind, _ in memberships} == {"in_force"}


def test_renewal_without_a_gap_is_one_spell_and_moves_one_end() -> None:
    first = fold([period("started", 0, 10)])
    _, people, _ = change(first, *period("renewed", 10, 20))
    assert spells(period("started", 0, 10), period("renewed", 10, 20)) == [(0, 20, "BPU", BATUBULAN)]
    place = ("BPU", BATUBULAN, "APBD", ANNUAL)
    assert sorted(people) == [(day(10), *place, 1), (day(20), *place, -1)]


def test_cover_that_another_cohort_goes_on_with_is_two_spells_of_one_place() -> None:
    facts = [period("started", 0, 10), period("renewed", 10, 20, cohort=GIFT)]
    place = ("BPU", BATUBULAN, "APBD")
    assert timeline(fold(facts)) == [(day(0), day(10), *place, ANNUAL), (day(10), day(20), *place, GIFT)]
    _, people, _ = change(fold(facts), *voided())
    assert (day(10), *place, ANNUAL, 1) in people
    assert (day(10), *place, GIFT, -1) in people


def test_wage_earner_counts_in_one_segment_and_one_village() -> None:
    facts = (
        period("started", 0, 30),
        period("started", 10, 20, coverage=DRIVER, cohort=HARVEST, segment="PU", village=KETEWEL),
    )
    assert spells(*facts) == [(0, 10, "BPU", BATUBULAN), (10, 20, "PU", KETEWEL), (20, 30, "BPU", BATUBULAN)]


def test_correction_of_a_correction_moves_counts_by_exactly_the_difference() -> None:
    facts = [period("started", 0, 30), period("corrected", 2, 30), period("corrected", 1, 30, village=KETEWEL)]
    state, ledger = NOTHING, Counter[tuple[str, ...]]()
    for type_, data in facts:
        state, people, _ = change(state, type_, data)
        for *key, more in people:
            ledger[tuple(key)] += more
    assert {key: people for key, people in ledger.items() if people} == {
        (day(1), "BPU", KETEWEL, "APBD", ANNUAL): 1,
        (day(30), "BPU", KETEWEL, "APBD", ANNUAL): -1,
    }


def test_correction_to_nothing_gives_the_place_back_and_an_end_does_not() -> None:
    started = fold([period("started", 0, 30)])
    _, _, by_correction = change(started, *period("corrected", 4, 4))
    _, _, by_death = change(started, *deceased(3))
    assert sorted(by_correction) == [
        (day(0), ANNUAL, BATUBULAN, "enrolled", -1),
        (day(0), ANNUAL, BATUBULAN, "in_force", -1),
        (day(30), ANNUAL, BATUBULAN, "in_force", 1),
    ]
    assert {kind for _, _, _, kind, _ in by_death} == {"in_force"}


def memberships(*facts: Fact, cohort: str = ANNUAL) -> list[tuple[int, str, int]]:
    """What one cohort's memberships are, as changes by day: day, kind, how many more; without who was enrolled."""
    found = membership_difference(NOTHING, fold(facts))
    return sorted(
        (number(at), kind, more) for at, payer, _, kind, more in found if payer == cohort and kind != "enrolled"
    )


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([relocated(10)], [(0, 10, "BPU", BATUBULAN), (10, 30, "BPU", KETEWEL)]),
        ([relocated(0)], [(0, 30, "BPU", KETEWEL)]),
        ([relocated(30)], [(0, 30, "BPU", BATUBULAN)]),
        ([relocated(10), relocated(10, BATUBULAN)], [(0, 30, "BPU", BATUBULAN)]),
        (
            [relocated(20), relocated(10, BATUBULAN), period("renewed", 30, 35, cohort=GIFT)],
            [(0, 20, "BPU", BATUBULAN), (20, 35, "BPU", KETEWEL)],
        ),
        ([suspended(10)], [(0, 10, "BPU", BATUBULAN)]),
        ([suspended(10), period("renewed", 30, 35, cohort=GIFT)], [(0, 10, "BPU", BATUBULAN)]),
        ([suspended(10), reinstated(20)], [(0, 10, "BPU", BATUBULAN), (20, 30, "BPU", BATUBULAN)]),
        ([suspended(10), reinstated(10)], [(0, 30, "BPU", BATUBULAN)]),
        (
            [suspended(10), reinstated(20), suspended(5), reinstated(8), suspended(10), reinstated(20)],
            [(0, 5, "BPU", BATUBULAN), (8, 10, "BPU", BATUBULAN), (20, 30, "BPU", BATUBULAN)],
        ),
        ([suspended(10, DRIVER)], [(0, 30, "BPU", BATUBULAN)]),
        ([voided()], []),
        ([voided(DRIVER)], [(0, 30, "BPU", BATUBULAN)]),
        ([MERGED_INTO], []),
        (
            [merged(held(DRIVER, [(period("started", 25, 40), 35)], [(31, 33)]))],
            [(0, 31, "BPU", BATUBULAN), (33, 35, "BPU", BATUBULAN)],
        ),
        (
            [merged(held(DRIVER, [(period("started", 30, 40), None)], [])), unmerged([DRIVER])],
            [(0, 30, "BPU", BATUBULAN)],
        ),
        (
            [MERGED_INTO, unmerged([], held(FARMER, [(period("started", 0, 30), 20)], []))],
            [(0, 20, "BPU", BATUBULAN)],
        ),
        ([deceased(12), merged(held(DRIVER, [(period("started", 0, 40), None)], []))], [(0, 13, "BPU", BATUBULAN)]),
    ],
    ids=[
        "moved",
        "moved on the first day",
        "moved when cover was over",
        "moved elsewhere on the same day",
        "moved twice, the later told first",
        "suspended",
        "a renewal lifts no suspension",
        "reinstated",
        "the suspension never was",
        "two suspensions, the earlier told late",
        "another membership suspended",
        "voided",
        "another membership voided",
        "merged into another",
        "merged with another: whole",
        "unmerged: it left",
        "unmerged: it is back",
        "the survivor is dead",
    ],
)
def test_days_of_protection(facts: list[Fact], expected: list[tuple[int, int, str, str]]) -> None:
    assert spells(period("started", 0, 30), *facts) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([period("started", 0, 10, grace=20)], [(0, 1, 0), (10, -1, 1), (20, 0, -1)]),
        ([period("started", 0, 10, grace=20), INACTIVATED], [(0, 1, 0), (10, -1, 1), (20, 0, -1)]),
        ([period("started", 0, 10, grace=20), period("renewed", 10, 15)], [(0, 1, 0), (15, -1, 0)]),
        (
            [period("started", 0, 10, grace=20), period("renewed", 12, 15, grace=25)],
            [(0, 1, 0), (10, -1, 1), (12, 1, -1), (15, -1, 1), (25, 0, -1)],
        ),
        ([period("started", 0, 10, grace=20), terminated(15)], [(0, 1, 0), (10, -1, 1), (15, 0, -1)]),
        ([period("started", 0, 10, grace=20), terminated(5)], [(0, 1, 0), (5, -1, 0)]),
        ([period("started", 0, 10, grace=20), deceased(14)], [(0, 1, 0), (10, -1, 1), (15, 0, -1)]),
        ([period("started", 0, 10, grace=20), suspended(12)], [(0, 1, 0), (10, -1, 1), (20, 0, -1)]),
        ([period("started", 0, 10, grace=20), period("corrected", 5, 5, grace=20)], []),
        (NEVER_BEGUN, [(0, 1, 0), (10, -1, 1), (20, 0, -1)]),
    ],
    ids=[
        "unpaid",
        "inactive at its end, as said",
        "paid on without a gap",
        "paid on after a gap",
        "terminated in grace",
        "terminated before",
        "died in grace",
        "suspended in grace",
        "never was",
        "a period of which a cut left nothing ends no grace",
    ],
)
def test_grace_is_counted_apart(facts: list[Fact], expected: list[tuple[int, int, int]]) -> None:
    """Changes by day: in force, in grace."""
    found: dict[int, list[int]] = {}
    for at, kind, more in memberships(*facts):
        found.setdefault(at, [0, 0])[("in_force", "grace").index(kind)] += more
    assert [(at, *change) for at, change in sorted(found.items())] == expected


def test_a_suspended_membership_is_counted_apart_and_stays_enrolled() -> None:
    facts = (period("started", 0, 30), suspended(10), reinstated(20))
    assert memberships(*facts) == [
        (0, "in_force", 1),
        (10, "in_force", -1),
        (10, "suspended", 1),
        (20, "in_force", 1),
        (20, "suspended", -1),
        (30, "in_force", -1),
    ]
    assert [kind for _, _, _, kind, _ in change(fold(facts), *voided())[2]].count("enrolled") == 1


def test_nothing_is_left_of_a_suspension_when_its_membership_is() -> None:
    facts = (period("started", 0, 30), suspended(10))
    assert fold([*facts, voided(), period("started", 0, 30)]) == fold([period("started", 0, 30)])
    assert fold([*facts, MERGED_INTO, period("started", 0, 30)]) == fold([period("started", 0, 30)])


@pytest.mark.parametrize(
    "fact", [EXPIRED, INACTIVATED, ERASED, ("enrollment.worker_registered.v1", {"village_code": BATUBULAN})]
)
def test_facts_that_move_no_cover_change_nothing(fact: Fact) -> None:
    state = fold([period("started", 0, 30)])
    assert change(state, *fact) == (state, [], [])


def test_cover_until_the_end_of_time() -> None:
    last = date.max.isoformat()
    data = period("started", 0, None)[1] | {"covered_until": last}
    assert timeline(fold([("enrollment.coverage_started.v1", data), deceased(3)])) == [
        (day(0), day(4), "BPU", BATUBULAN, "APBD", ANNUAL)
    ]
    died = ("enrollment.worker_deceased.v1", {"died_on": last})
    assert timeline(fold([period("started", 0, None), died])) == [(day(0), None, "BPU", BATUBULAN, "APBD", ANNUAL)]


def balance(deltas: Iterable[PeopleDelta | MembershipDelta], on: int) -> Counter[tuple[str, ...]]:
    counted: Counter[tuple[str, ...]] = Counter()
    for at, *key, more in deltas:
        if at <= day(on):
            counted[tuple(key)] += more
    return Counter({key: count for key, count in counted.items() if count})


@given(history, st.randoms(use_true_random=False), st.lists(days, min_size=1, max_size=4))
def test_balance_of_deltas_is_the_calendar_for_every_day_as_known_at_every_time(
    workers: list[list[Fact]], order: Any, asked: list[int]
) -> None:
    """Facts of different workers arrive in any order; those of one worker in theirs."""
    arrivals = [worker for worker, facts in enumerate(workers) for _ in facts]
    order.shuffle(arrivals)
    states, known = [NOTHING for _ in workers], [0 for _ in workers]
    people: list[PeopleDelta] = []
    memberships: list[MembershipDelta] = []
    for worker in arrivals:
        states[worker], more_people, more_memberships = change(states[worker], *workers[worker][known[worker]])
        known[worker] += 1
        people += more_people
        memberships += more_memberships
        so_far = [facts[:count] for facts, count in zip(workers, known, strict=True)]
        for on in asked:
            assert balance(people, on) == model_people(so_far, on)
            assert balance(memberships, on) == model_memberships(so_far, on)


@given(facts_of_a_worker)
def test_timeline_is_ordered_without_overlap_and_without_needless_seams(facts: list[Fact]) -> None:
    found = timeline(fold(facts))
    for (_, until, *counted), (from_, _, *next_counted) in pairwise(found):
        assert until is not None
        assert until < from_ or (until == from_ and counted != next_counted)
    assert all(until is None or from_ < until for from_, until, *_ in found)


@given(facts_of_a_worker)
@example([suspended(3), period("started", 0, 9)])
@example([relocated(3), period("started", 0, 9)])
@example([deceased(3), period("started", 0, 9)])
@example([period("started", 0, 10, grace=20), period("renewed", 12, 15, cohort=GIFT)])
@example([period("started", 20, 30), period("renewed", 0, 10, cohort=GIFT, grace=25)])
@example([period("started", 0, 10), period("renewed", 10, 20)])
@example(NEVER_BEGUN)
def test_each_fact_changes_what_its_timelines_differ_by(facts: list[Fact]) -> None:
    """The short cut for cover that touches no other gives what the long way gives."""
    for old, new, (type_, data) in zip(states_of(facts), states_of(facts)[1:], facts, strict=False):
        changed, people, memberships = change(old, type_, data)
        assert changed == new
        assert sorted(people) == sorted(difference(timeline(old), timeline(new)))
        assert sorted(memberships) == sorted(membership_difference(old, new))


def states_of(facts: list[Fact]) -> list[State]:
    return list(accumulate(facts, lambda state, fact: evolve(state, *fact), initial=NOTHING))


MOVES_OR_ENDS = ("enrollment.worker", "enrollment.workers")
OF_ANOTHER = {FARMER: str(UUID(int=31)), DRIVER: str(UUID(int=32))}
ALIVE_AT_HOME = facts_of_a_worker.map(
    lambda facts: [
        fact for fact in facts if not fact[0].startswith(MOVES_OR_ENDS) and "deceased" not in fact[1].values()
    ]
)


@given(ALIVE_AT_HOME, ALIVE_AT_HOME)
def test_a_merge_carries_memberships_along_whole_and_an_unmerge_restores_them(
    mine: list[Fact], theirs: list[Fact]
) -> None:
    others: list[Fact] = json.loads(_renamed(json.dumps(theirs)))
    survivor, other = fold(mine), fold(others)
    moving = as_they_stand(others)
    merged_survivor, merged_other = fold([*mine, merged(*moving)]), fold([*others, MERGED_INTO])
    assert counted(merged_other) == ([], [])
    before = Counter[Any](), Counter[Any]()
    for state in (survivor, other):
        for *where, more in membership_difference(NOTHING, state):
            before[0][tuple(where)] += more
    for *where, more in membership_difference(NOTHING, merged_survivor):
        before[1][tuple(where)] += more
    assert +before[0] == +before[1]
    assert -before[0] == -before[1]
    left = [each["coverage_id"] for each in moving]
    assert counted(fold([*mine, merged(*moving), unmerged(left)])) == counted(survivor)
    assert counted(fold([*others, MERGED_INTO, unmerged([], *moving)])) == counted(other)


def _renamed(text: str) -> str:
    for old, new in OF_ANOTHER.items():
        text = text.replace(old, new)
    return text


def counted(state: State) -> Any:
    return timeline(state), sorted(membership_difference(NOTHING, state))


def as_they_stand(facts: list[Fact]) -> list[Any]:
    """Write the memberships of the plain calendar as they travel in a merge."""
    life = replay(facts)
    found = []
    for coverage_id in dict.fromkeys(each.coverage_id for each in life.calendars):
        periods = [
            (("", each.data | {"coverage_id": coverage_id}), min(each.ended, default=None))
            for each in life.of(coverage_id)
        ]
        edges = sorted(life.suspended.get(coverage_id, set()))
        spans: list[list[int]] = []
        for on in edges:
            if spans and spans[-1][1] == on:
                spans[-1][1] = on + 1
            else:
                spans.append([on, on + 1])
        whole = held(coverage_id, periods, [(first, None if until > HORIZON + 1 else until) for first, until in spans])
        found.append(whole)
    return found
