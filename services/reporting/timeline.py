"""Tell from one worker's facts on which days the worker is protected, and what a further fact changes in the counts.

A worker holds memberships; each is paid by cohorts, period after period. The facts of one worker, in their order, make
a state; the state gives two things:

    timeline     spells (from, until, segment, village, funding): a person's day belongs to one segment and one village
    memberships  how many memberships each cohort has in force, and how many it ever took in ("enrolled")

Reports never count persons. They add signed deltas: +1 on the first day of a spell, -1 on the first day after it. What
a fact adds to the ledger of deltas is the difference between the timelines before and after it.

The rules, each decided once and here:
- Days are ISO texts (they compare like dates); a period is half-open, `until` None has no agreed end.
- On a day with several memberships the segment decides (PU, NON_ASN, JAKON, BPU), then the older membership (earliest
  `covered_from` of all its periods), then the smaller coverage id. Village and funding are that membership's on the day.
- A period that covers no day is none.
- A correction replaces what this cohort pays in this membership, with any end that was put to it.
- A termination ends the periods known at that moment; a later renewal is new cover.
- The day of death is covered, later days are not, whatever is known or learned about periods. A reversal takes the
  death back, and the terminations that gave it as their reason.
- A cohort enrolled a membership once, on the first day that it pays; an end, a termination or a death does not undo
  this, only a correction to an empty period does.
"""

from collections.abc import Iterable
from datetime import date, timedelta
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
    """Memberships by coverage id: their periods in order of arrival, each with a day at least before it was ended."""
    d: str | None
    """Day of death."""


NOTHING: State = {"m": {}, "d": None}


def evolve(state: State, type_: str, data: dict[str, Any]) -> State:
    """Take in a fact; facts that move no cover leave the state as it is."""
    match type_:
        case "enrollment.coverage_started.v1" | "enrollment.coverage_renewed.v1":
            coverage_id = data["coverage_id"]
            held = state["m"]
            return {"m": {**held, coverage_id: _with(held.get(coverage_id), data)}, "d": state["d"]}
        case "enrollment.coverage_corrected.v1":
            coverage_id, cohort_id = data["coverage_id"], data["cohort_id"]
            others = [period for period in state["m"].get(coverage_id, ()) if period[0] != cohort_id]
            return {"m": {**state["m"], coverage_id: _with(others, data)}, "d": state["d"]}
        case "enrollment.coverage_terminated.v1":
            coverage_id, place = data["coverage_id"], 7 if data["reason"] == "deceased" else 6
            cut = [_cut(period, place, data["covered_until"]) for period in state["m"].get(coverage_id, ())]
            return {"m": {**state["m"], coverage_id: cut}, "d": state["d"]}
        case "enrollment.worker_deceased.v1":
            return {"m": state["m"], "d": data["died_on"]}
        case "enrollment.worker_death_reversed.v1":
            restored = {held: [[*period[:7], None] for period in periods] for held, periods in state["m"].items()}
            return {"m": restored, "d": None}
    return state


def timeline(state: State) -> list[Spell]:
    """Give the spells of protection in order; neighbours that count alike are one spell."""
    after_death = day_after(state["d"]) if state["d"] else NEVER
    pieces = [
        (PRIORITY[period[4]], since, coverage_id, period[0], (period[4], period[3], period[5]), period[1], end)
        for coverage_id, periods in state["m"].items()
        if periods
        for since in (min(period[1] for period in periods),)
        for period in periods
        if period[1] < (end := _end(period, after_death))
    ]
    days = sorted({piece[5] for piece in pieces} | {piece[6] for piece in pieces})
    spells: list[Spell] = []
    for day, next_day in zip(days, days[1:], strict=False):
        in_force = [piece for piece in pieces if piece[5] <= day < piece[6]]
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
        for from_, until, *counted in spells:
            first = (from_, *counted)
            net[first] = net.get(first, 0) + one
            if until is not None:
                last = (until, *counted)
                net[last] = net.get(last, 0) - one
    return [(*key, people) for key, people in net.items() if people]


def membership_difference(old: State, new: State) -> list[MembershipDelta]:
    """Give the deltas that turn the counts of memberships of one state into those of another."""
    net: dict[tuple[str, str, str, str], int] = {}
    for state, one in ((old, -1), (new, 1)):
        after_death = day_after(state["d"]) if state["d"] else NEVER
        for periods in state["m"].values():
            for period in periods:
                end = _end(period, after_death)
                if period[1] < end:
                    first = (period[1], period[0], period[3], "in_force")
                    net[first] = net.get(first, 0) + one
                    if end != NEVER:
                        last = (end, *first[1:])
                        net[last] = net.get(last, 0) - one
            for taken_in in _enrolled(periods):
                net[taken_in] = net.get(taken_in, 0) + one
    return [(*key, memberships) for key, memberships in net.items() if memberships]


def change(state: State, type_: str, data: dict[str, Any]) -> tuple[State, list[PeopleDelta], list[MembershipDelta]]:
    """Take in a fact and give what it changes in the counts."""
    new = evolve(state, type_, data)
    if new is state:
        return state, [], []
    if type_ in ADDS and _stands_alone(state, data):
        # Most facts: deltas add up, so cover beside all other cover needs no look at the timelines.
        return new, *_added(state, data)
    return new, difference(timeline(state), timeline(new)), membership_difference(state, new)


ADDS = frozenset({"enrollment.coverage_started.v1", "enrollment.coverage_renewed.v1"})


def _stands_alone(state: State, data: dict[str, Any]) -> bool:
    """Tell whether the new period covers a day, shares none with another, and is not the first of an older membership."""
    from_, until, coverage_id = data["covered_from"], data["covered_until"] or NEVER, data["coverage_id"]
    if state["d"] or from_ >= until:
        return False
    for held, periods in state["m"].items():
        for period in periods:
            if (from_ < (period[2] or NEVER) and period[1] < until) or (held == coverage_id and from_ < period[1]):
                return False
    return True


def _added(state: State, data: dict[str, Any]) -> tuple[list[PeopleDelta], list[MembershipDelta]]:
    """Give what a period that stands alone adds."""
    day, until, village = data["covered_from"], data["covered_until"], data["village_code"]
    segment, funding, cohort_id = data["segment"], data["funding"], data["cohort_id"]
    people: list[PeopleDelta] = [(day, segment, village, funding, 1)]
    memberships: list[MembershipDelta] = [(day, cohort_id, village, "in_force", 1)]
    if until is not None:
        people.append((until, segment, village, funding, -1))
        memberships.append((until, cohort_id, village, "in_force", -1))
    if all(period[0] != cohort_id for period in state["m"].get(data["coverage_id"], ())):
        memberships.append((day, cohort_id, village, "enrolled", 1))
    return people, memberships


def _with(periods: list[Period] | None, data: dict[str, Any]) -> list[Period]:
    """Add the period, or lengthen the newest one where it only goes on; one that covers no day is left out."""
    from_, until, cohort_id = data["covered_from"], data["covered_until"], data["cohort_id"]
    village, segment, funding = data["village_code"], data["segment"], data["funding"]
    if until is not None and from_ >= until:
        return periods or []
    if not periods:
        return [[cohort_id, from_, until, village, segment, funding, None, None]]
    newest = periods[-1]
    if newest == [cohort_id, newest[1], from_, village, segment, funding, None, None]:
        return [*periods[:-1], [cohort_id, newest[1], until, village, segment, funding, None, None]]
    return [*periods, [cohort_id, from_, until, village, segment, funding, None, None]]


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


def day_after(day: str) -> str:
    """Give the next day; nothing follows the last day that a date can name."""
    found = date.fromisoformat(day)
    return NEVER if found == date.max else (found + timedelta(days=1)).isoformat()
