"""Tell from one worker's facts on which days the worker is protected, and what a further fact changes in the counts.

A worker holds memberships; each is paid by cohorts, period after period. The facts of one worker, in their order, make
a state; the state gives two things:

    timeline     spells (from, until, segment, village, funding): a person's day belongs to one segment and one village
    memberships  how many memberships each cohort has in force, and how many it ever took in ("enrolled")

Reports never count persons. They add signed deltas: +1 on the first day of a spell, -1 on the first day after it. What
a fact adds to the ledger of deltas is the difference between the timelines before and after it.

The rules, each decided once and here:
- Days are ISO texts (they compare like dates); a period is half-open, `until` None has no agreed end. A period that
  covers no day is none.
- On a day with several memberships the segment decides (PU, NON_ASN, JAKON, BPU), then the earlier `covered_from` of
  the period that covers the day, then the smaller coverage id, then the smaller cohort id. Village and funding are that
  period's.
- A correction replaces what this cohort pays in this membership, with any end that was put to it.
- A termination ends the periods known at that moment; a later renewal is new cover.
- The day of death is covered, later days are not, whatever is known or learned about periods. A reversal takes the
  death back, and the terminations that gave it as their reason.
- A cohort enrolled a membership once, on the first day that it pays. An end, a termination or a death does not undo
  this, only a correction to an empty period does.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, TypedDict

PRIORITY = {"PU": 0, "NON_ASN": 1, "JAKON": 2, "BPU": 3}
NEVER = "~"
"""Greater than any day: the end of a period that has none."""

Spell = tuple[str, str | None, str, str, str]
"""(from, until, segment, village, funding)"""
PeopleDelta = tuple[str, str, str, str, int]
"""(day, segment, village, funding, how many more)"""
MembershipDelta = tuple[str, str, str, str, int]
"""(day, cohort id, village, "in_force" or "enrolled", how many more)"""
Period = list[Any]
"""[cohort, from, until, village, segment, funding, terminated at, terminated at because of death]"""


class State(TypedDict):
    """What the facts of one worker amount to; the names are short because there are millions of them."""

    m: dict[str, list[Period]]
    """Memberships by coverage id: their periods in order of arrival."""
    d: str | None
    """Day of death."""


NOTHING: State = {"m": {}, "d": None}
ADDS = frozenset({"enrollment.coverage_started.v1", "enrollment.coverage_renewed.v1"})


def change(state: State, type_: str, data: dict[str, Any]) -> tuple[State, list[PeopleDelta], list[MembershipDelta]]:
    """Take in a fact and give what it changes in the counts."""
    new = evolve(state, type_, data)
    if new is state:
        return state, [], []
    if type_ in ADDS and _stands_alone(state, data):
        # Most facts: deltas add up, so cover beside all other cover needs no look at the timelines.
        return new, *_added(data)
    return new, difference(timeline(state), timeline(new)), membership_difference(state, new)


def evolve(state: State, type_: str, data: dict[str, Any]) -> State:
    """Take in a fact; facts that move no cover leave the state as it is."""
    match type_:
        case "enrollment.coverage_started.v1" | "enrollment.coverage_renewed.v1":
            coverage_id, held = data["coverage_id"], state["m"]
            return {"m": {**held, coverage_id: [*held.get(coverage_id, ()), *_period(data)]}, "d": state["d"]}
        case "enrollment.coverage_corrected.v1":
            coverage_id, cohort_id = data["coverage_id"], data["cohort_id"]
            others = [period for period in state["m"].get(coverage_id, ()) if period[0] != cohort_id]
            return {"m": {**state["m"], coverage_id: [*others, *_period(data)]}, "d": state["d"]}
        case "enrollment.coverage_terminated.v1":
            coverage_id, place = data["coverage_id"], 7 if data["reason"] == "deceased" else 6
            cut = [_cut(period, place, data["covered_until"]) for period in state["m"].get(coverage_id, ())]
            return {"m": {**state["m"], coverage_id: cut}, "d": state["d"]}
        case "enrollment.worker_deceased.v1":
            return {"m": state["m"], "d": data["died_on"]}
        case "enrollment.worker_death_reversed.v1":
            restored = {held: [[*period[:7], None] for period in periods] for held, periods in state["m"].items()}
            return {"m": restored, "d": None}
        case _:
            return state


def timeline(state: State) -> list[Spell]:
    """Give the spells of protection in order; neighbours that count alike are one spell."""
    after_death = day_after(state["d"]) if state["d"] else NEVER
    pieces = [
        (PRIORITY[period[4]], period[1], coverage_id, period[0], (period[4], period[3], period[5]), end)
        for coverage_id, periods in state["m"].items()
        for period in periods
        if period[1] < (end := _end(period, after_death))
    ]
    days = sorted({piece[1] for piece in pieces} | {piece[5] for piece in pieces})
    spells: list[Spell] = []
    for day, next_day in pairwise(days):
        in_force = [piece for piece in pieces if piece[1] <= day < piece[5]]
        if not in_force:
            continue
        counted = min(in_force)[4]
        until = None if next_day == NEVER else next_day
        if spells and spells[-1][1] == day and spells[-1][2:] == counted:
            spells[-1] = (spells[-1][0], until, *counted)
        else:
            spells.append((day, until, *counted))
    return spells


def difference(old: Iterable[Spell], new: Iterable[Spell]) -> list[PeopleDelta]:
    """Give the deltas that turn the counts of one timeline into those of another."""
    net: dict[tuple[str, str, str, str], int] = {}
    for spells, one in ((old, -1), (new, 1)):
        for from_, until, segment, village, funding in spells:
            first = (from_, segment, village, funding)
            net[first] = net.get(first, 0) + one
            if until is not None:
                last = (until, segment, village, funding)
                net[last] = net.get(last, 0) - one
    return [(*key, people) for key, people in net.items() if people]


def membership_difference(old: State, new: State) -> list[MembershipDelta]:
    """Give the deltas that turn the counts of memberships of one state into those of another."""
    net: dict[tuple[str, str, str, str], int] = {}
    for state, one in ((old, -1), (new, 1)):
        after_death = day_after(state["d"]) if state["d"] else NEVER
        for periods in state["m"].values():
            for period in periods:
                cohort_id, from_, village, end = period[0], period[1], period[3], _end(period, after_death)
                if from_ < end:
                    first = (from_, cohort_id, village, "in_force")
                    net[first] = net.get(first, 0) + one
                    if end != NEVER:
                        last = (end, cohort_id, village, "in_force")
                        net[last] = net.get(last, 0) - one
            for taken_in in _enrolled(periods):
                net[taken_in] = net.get(taken_in, 0) + one
    return [(*key, memberships) for key, memberships in net.items() if memberships]


def day_after(day: str) -> str:
    """Give the next day; nothing follows the last day that a date can name."""
    found = date.fromisoformat(day)
    return NEVER if found == date.max else (found + timedelta(days=1)).isoformat()


def _stands_alone(state: State, data: dict[str, Any]) -> bool:
    """Tell whether the new period covers days, shares none with another, and is its cohort's only one there."""
    from_, until = data["covered_from"], data["covered_until"] or NEVER
    if state["d"] or from_ >= until:
        return False
    coverage_id, cohort_id = data["coverage_id"], data["cohort_id"]
    for held, periods in state["m"].items():
        for period in periods:
            if (from_ < (period[2] or NEVER) and period[1] < until) or (period[0] == cohort_id and held == coverage_id):
                return False
    return True


def _added(data: dict[str, Any]) -> tuple[list[PeopleDelta], list[MembershipDelta]]:
    """Give what a period that stands alone adds."""
    day, until, village = data["covered_from"], data["covered_until"], data["village_code"]
    segment, funding, cohort_id = data["segment"], data["funding"], data["cohort_id"]
    people: list[PeopleDelta] = [(day, segment, village, funding, 1)]
    memberships: list[MembershipDelta] = [
        (day, cohort_id, village, "in_force", 1),
        (day, cohort_id, village, "enrolled", 1),
    ]
    if until is not None:
        people.append((until, segment, village, funding, -1))
        memberships.append((until, cohort_id, village, "in_force", -1))
    return people, memberships


def _period(data: dict[str, Any]) -> list[Period]:
    """Give the period of a fact, or none if it covers no day."""
    from_, until = data["covered_from"], data["covered_until"]
    if until is not None and from_ >= until:
        return []
    return [
        [data["cohort_id"], from_, until, data["village_code"], data["segment"], data["funding"], None, None],
    ]


def _cut(period: Period, place: int, covered_until: str) -> Period:
    earlier = period[place]
    return [*period[:place], covered_until if earlier is None else min(earlier, covered_until), *period[place + 1 :]]


def _end(period: Period, after_death: str) -> str:
    """Give the first day that the period does not cover, after terminations and death."""
    return min(period[2] or NEVER, period[6] or NEVER, period[7] or NEVER, after_death)


def _enrolled(periods: list[Period]) -> Iterable[tuple[str, str, str, str]]:
    """Name the day and village from which each cohort pays in this membership."""
    first: dict[str, tuple[str, str]] = {}
    for period in periods:
        paid = (period[1], period[3])
        first[period[0]] = min(first.get(period[0], paid), paid)
    return [(day, cohort_id, village, "enrolled") for cohort_id, (day, village) in first.items()]
