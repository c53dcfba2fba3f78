"""Claims' copy of cover against the plain calendar: on every day the same memberships in force, suspended, in grace."""

from datetime import timedelta

import orjson
from hypothesis import example, given
from payung_contracts.topics import FACTS

from services.claims import coverage
from services.claims.coverage import State
from tests.unit.reporting.calendar_model import (
    DRIVER,
    HORIZON,
    JANUARY,
    MERGED_INTO,
    NEVER_BEGUN,
    Fact,
    deceased,
    facts_of_a_worker,
    period,
    replay,
    suspended,
)


def copied(facts: list[Fact]) -> State | None:
    """Fold facts as they travel, and keep the state as the reader keeps it."""
    state: State | None = None
    for type_, data in facts:
        told = FACTS[type_].model_validate(data).model_dump(mode="json")
        state = orjson.loads(orjson.dumps(coverage.evolve(state, type_, told)))
    return state


@given(facts_of_a_worker)
@example([suspended(3), MERGED_INTO, period("started", 0, 9)])
@example([period("started", 0, 9), period("started", 0, 9, coverage=DRIVER), suspended(3, DRIVER)])
@example(NEVER_BEGUN)
def test_every_day_is_what_the_calendar_says(facts: list[Fact]) -> None:
    state, life = copied(facts), replay(facts)
    for on in range(HORIZON + 1):
        for standing in ("in_force", "suspended", "grace"):
            wanted: dict[str, set[tuple[str, str]]] = {}
            for each in life.calendars:
                if life.state(each, on) == standing:
                    counts = (each.data["cohort_id"], life.village(on, each.data["village_code"]))
                    wanted.setdefault(each.coverage_id, set()).add(counts)
            found = coverage.memberships_on(state, JANUARY + timedelta(days=on), standing)
            assert {one.coverage_id for one in found} == wanted.keys()
            assert all((one.cohort_id, one.village_code) in wanted[one.coverage_id] for one in found)


@given(facts_of_a_worker)
@example([period("started", 0, 5, grace=20), deceased(10)])
def test_arrears_can_be_settled_as_long_as_grace_lasts_for_the_living(facts: list[Fact]) -> None:
    state, life = copied(facts), replay(facts)
    owed = [[each for each in life.calendars if life.state(each, on) == "grace"] for on in range(HORIZON + 1)]
    life.died = None
    for on, in_grace in enumerate(owed):
        ends = [next(d for d in range(on, HORIZON + 2) if life.state(each, d) != "grace") for each in in_grace]
        wanted = JANUARY + timedelta(days=max(ends)) if ends else None
        assert coverage.payable_until(state, JANUARY + timedelta(days=on), "JKM") == wanted


@given(facts_of_a_worker)
def test_membership_goes_on_beneath_a_suspension(facts: list[Fact]) -> None:
    """Its first day is that of the cover that was paid without a gap, whatever was suspended."""
    never_suspended = [fact for fact in facts if not fact[0].endswith(("suspended.v1", "reinstated.v1"))]
    without = copied([_without_suspensions(fact) for fact in never_suspended])
    whole = copied(facts)
    for on in range(HORIZON + 1):
        today = JANUARY + timedelta(days=on)
        paid = {one.coverage_id: one.member_since for one in coverage.memberships_on(without, today)}
        found = (*coverage.memberships_on(whole, today), *coverage.memberships_on(whole, today, "suspended"))
        assert {one.coverage_id: one.member_since for one in found} == paid


def _without_suspensions(fact: Fact) -> Fact:
    type_, data = fact
    if "coverages" not in data:
        return fact
    return type_, data | {"coverages": [whole | {"suspensions": []} for whole in data["coverages"]]}
