"""The fold of one worker's facts, and the deltas it gives, against a model that marks day after day on a calendar."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from itertools import accumulate, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.timeline import (
    NOTHING,
    State,
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
    EXPIRED,
    GIFT,
    HARVEST,
    KETEWEL,
    REVERSED,
    Fact,
    day,
    days,
    deceased,
    facts_of_a_worker,
    history,
    model_memberships,
    model_people,
    number,
    period,
    terminated,
)


def fold(facts: Iterable[Fact]) -> State:
    state = NOTHING
    for type_, data in facts:
        state = evolve(state, type_, data)
    return state


def spells(*facts: Fact) -> list[tuple[int, int | None, str, str]]:
    """The timeline with days as numbers, without the funding."""
    return [
        (number(from_), None if until is None else number(until), segment, village)
        for from_, until, segment, village, _ in timeline(fold(facts))
    ]


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
    assert sorted(people) == [(day(10), "BPU", BATUBULAN, "APBD", 1), (day(20), "BPU", BATUBULAN, "APBD", -1)]


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
        (day(1), "BPU", KETEWEL, "APBD"): 1,
        (day(30), "BPU", KETEWEL, "APBD"): -1,
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


@pytest.mark.parametrize("fact", [EXPIRED, ("enrollment.worker_registered.v1", {"village_code": BATUBULAN})])
def test_facts_that_move_no_cover_change_nothing(fact: Fact) -> None:
    state = fold([period("started", 0, 30)])
    assert change(state, *fact) == (state, [], [])


def test_cover_until_the_end_of_time() -> None:
    last = date.max.isoformat()
    data = period("started", 0, None)[1] | {"covered_until": last}
    assert timeline(fold([("enrollment.coverage_started.v1", data), deceased(3)])) == [
        (day(0), day(4), "BPU", BATUBULAN, "APBD")
    ]
    died = ("enrollment.worker_deceased.v1", {"died_on": last})
    assert timeline(fold([period("started", 0, None), died])) == [(day(0), None, "BPU", BATUBULAN, "APBD")]


def balance(deltas: Iterable[tuple[str, str, str, str, int]], on: int) -> Counter[tuple[str, ...]]:
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
    people: list[tuple[str, str, str, str, int]] = []
    memberships: list[tuple[str, str, str, str, int]] = []
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
    for (_, until, *counted), (from_, *_, segment, village, funding) in pairwise(found):
        assert until is not None
        assert until < from_ or (until == from_ and counted != [segment, village, funding])
    assert all(until is None or from_ < until for from_, until, *_ in found)


@given(facts_of_a_worker)
def test_each_fact_changes_what_its_timelines_differ_by(facts: list[Fact]) -> None:
    """The short cut for cover that touches no other gives what the long way gives."""
    for old, new, (type_, data) in zip(states_of(facts), states_of(facts)[1:], facts, strict=False):
        changed, people, memberships = change(old, type_, data)
        assert changed == new
        assert sorted(people) == sorted(difference(timeline(old), timeline(new)))
        assert sorted(memberships) == sorted(membership_difference(old, new))


def states_of(facts: list[Fact]) -> list[State]:
    return list(accumulate(facts, lambda state, fact: evolve(state, *fact), initial=NOTHING))
