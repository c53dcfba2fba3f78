"""Who joined, returned, was renewed, moved, died: tables, the short cut against the long way, and who lapsed by it."""

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given

from services.reporting.churn import change, events
from services.reporting.periods import NEVER
from services.reporting.timeline import difference, timeline
from tests.unit.reporting.calendar_model import (
    BATUBULAN,
    DRIVER,
    GIFT,
    HARVEST,
    KETEWEL,
    Fact,
    deceased,
    facts_of_a_worker,
    number,
    period,
    relocated,
    suspended,
    terminated,
)
from tests.unit.reporting.test_timeline import fold, states_of

FIRST = period("started", 0, 10)


def told(facts: list[Fact]) -> list[str]:
    """Write what happened: day, what, and what of the place matters."""
    names = {BATUBULAN: "Batubulan", KETEWEL: "Ketewel"}
    return sorted(
        f"{number(on)} {what}" + (f" since {number(since)}" if since else "") + f" {names[village]} {segment} {funding}"
        for on, segment, village, funding, what, since in events(fold(facts))
    )


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([], []),
        ([FIRST], ["0 joined Batubulan BPU APBD"]),
        ([FIRST, period("renewed", 10, 20)], ["0 joined Batubulan BPU APBD", "10 renewed Batubulan BPU APBD"]),
        (
            [FIRST, period("renewed", 12, 20, village=KETEWEL)],
            [
                "0 joined Batubulan BPU APBD",
                "12 recovered since 10 Batubulan BPU APBD",
                "12 returned Ketewel BPU APBD",
            ],
        ),
        (
            [FIRST, period("renewed", 10, 20, cohort=GIFT, funding="SELF")],
            [
                "0 joined Batubulan BPU APBD",
                "10 moved_in Batubulan BPU SELF",
                "10 moved_out Batubulan BPU APBD",
                "10 renewed Batubulan BPU SELF",
            ],
        ),
        (
            [FIRST, period("renewed", 10, 20, cohort=GIFT)],
            ["0 joined Batubulan BPU APBD", "10 renewed Batubulan BPU APBD"],
        ),
        # a membership that ends while another goes on prolongs nothing
        ([FIRST, period("started", 5, 20, coverage=DRIVER)], ["0 joined Batubulan BPU APBD"]),
        ([FIRST, deceased(4)], ["0 joined Batubulan BPU APBD", "5 died Batubulan BPU APBD"]),
        ([FIRST, deceased(14)], ["0 joined Batubulan BPU APBD", "15 recovered since 10 Batubulan BPU APBD"]),
        (
            [FIRST, relocated(4)],
            ["0 joined Batubulan BPU APBD", "4 moved_in Ketewel BPU APBD", "4 moved_out Batubulan BPU APBD"],
        ),
        # told late: what was the first time is a return then
        (
            [period("started", 20, 30), period("renewed", 0, 10, cohort=HARVEST)],
            [
                "0 joined Batubulan BPU APBD",
                "20 recovered since 10 Batubulan BPU APBD",
                "20 returned Batubulan BPU APBD",
            ],
        ),
        ([FIRST, terminated(0)], []),
    ],
    ids=[
        "nobody",
        "joined",
        "renewed",
        "returned elsewhere",
        "other funding goes on",
        "another cohort of the same funding goes on",
        "two at a time",
        "died",
        "died in a gap",
        "relocated",
        "told late",
        "never was",
    ],
)
def test_what_happened(facts: list[Fact], expected: list[str]) -> None:
    assert told(facts) == expected


@given(facts_of_a_worker)
@example([FIRST, period("renewed", 10, 20, cohort=GIFT, funding="SELF")])
@example([FIRST, period("started", 2, 10, coverage=DRIVER, segment="PU"), period("renewed", 12, 20)])
@example([FIRST, terminated(5), period("renewed", 5, 20, cohort=GIFT)])
@example([FIRST, suspended(4), period("renewed", 10, 20)])
@example([deceased(12), FIRST])
def test_the_short_cut_gives_what_the_long_way_gives_and_who_lapsed_follows(facts: list[Fact]) -> None:
    happened: Counter[Any] = Counter()
    for old, new, fact in zip(states_of(facts), states_of(facts)[1:], facts, strict=False):
        before, after = Counter(events(old)), Counter(events(new))
        found: Counter[Any] = Counter()
        for *what, more in change(old, new, *fact):
            found[tuple(what)] += more
        after.subtract(before)
        assert {what: more for what, more in found.items() if more} == {
            what: more for what, more in after.items() if more
        }
        happened.update(found)
    final = timeline(fold(facts))
    lapsed: Counter[Any] = Counter()
    for (on, segment, village, funding, what, _), people in happened.items():
        sign = {"joined": 1, "returned": 1, "moved_in": 1, "moved_out": -1, "died": -1}.get(what, 0)
        lapsed[on, segment, village, funding] += sign * people
    for on, segment, village, funding, _, people in difference([], final):
        lapsed[on, segment, village, funding] -= people
    ends = [(one, other[0]) for one, other in pairwise([*final, (NEVER,)])]
    died = {on for (on, *_, what, _), people in happened.items() if what == "died" and people}
    expected = Counter(
        (until, *place)
        for (_, until, *place, _), next_from in ends
        if until is not None and until != next_from and not (next_from == NEVER and until in died)
    )
    assert {place: people for place, people in lapsed.items() if people} == expected
