"""Tell from one worker's facts on which days the worker is protected, and what a further fact changes in the counts.

A worker holds memberships; each is paid by cohorts, period after period. The facts of one worker, in their order, make
a state; the state gives two things:

    timeline     spells (from, until, segment, village, funding, cohort): a person's day belongs to one of each
    memberships  how many memberships each cohort has in force, suspended and in grace, and how many it ever took in
                 ("enrolled")

Reports never count persons. They add signed deltas: +1 on the first day of a spell, -1 on the first day after it. What
a fact adds to the ledger of deltas is the difference between the timelines before and after it.

The rules, each decided once and here:
- Days are ISO texts (they compare like dates); a period is half-open, `until` None has no agreed end. A period that
  covers no day is none.
- On a day with several memberships in force the segment decides (PU, NON_ASN, JAKON, BPU), then the earlier
  `covered_from` of the period that covers the day, then the smaller coverage id, then the smaller cohort id. Village,
  funding and cohort are that period's.
- From the day of a relocation on, days count in its village, whatever village their period names, until the day of the
  next relocation. A second one of the same day takes the place of the first.
- A correction replaces what this cohort pays in this membership, with any end that was put to it.
- A termination ends the periods known at that moment, and their grace; a later renewal is new cover.
- A suspension takes every day from its first one on, a reinstatement gives every day from its first one on back, for
  all periods of the membership, known or to come. A suspended day that is paid is not in force and protects nobody;
  the membership counts as suspended.
- In grace is a membership from the end of a period to its `grace_until`, or until another of its periods begins of
  which a termination left anything. Grace is not paid for: it is not in force and protects nobody, and a suspension
  changes nothing about it.
- The day of death is covered, later days are not, whatever is known or learned about periods. A reversal takes the
  death back, and the terminations that gave it as their reason.
- A cohort enrolled a membership once, on the first day that it pays. An end, a termination, a suspension or a death
  does not undo this; only a correction to an empty period does, and a voiding.
- A voided membership never was.
- A merge gives a worker the memberships that it lists, as they stand: with their periods, what was cut from these, and
  suspensions. Nothing is left of those of a worker who was merged into another. An un-merge takes memberships from the
  one and gives them to the other in the same way. Relocations and deaths stay with the worker whom they were told of.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Literal, NotRequired, TypedDict

PRIORITY = {"PU": 0, "NON_ASN": 1, "JAKON": 2, "BPU": 3}
NEVER = "~"
"""Greater than any day: the end of a period that has none."""

Spell = tuple[str, str | None, str, str, str, str]
"""(from, until, segment, village, funding, cohort id)"""
PeopleDelta = tuple[str, str, str, str, str, int]
"""(day, segment, village, funding, cohort id, how many more)"""
MembershipDelta = tuple[str, str, str, str, int]
"""(day, cohort id, village, "in_force", "suspended", "grace" or "enrolled", how many more)"""
Period = list[Any]
"""[cohort, from, until, village, segment, funding, terminated at, terminated at because of death, grace until]; the
last stands only where there is grace."""
Suspension = list[Any]
"""[from, until]"""


class State(TypedDict):
    """What the facts of one worker amount to; the names are short because there are millions of them."""

    m: dict[str, list[Period]]
    """Memberships by coverage id: their periods in order of arrival."""
    d: str | None
    """Day of death."""
    s: NotRequired[dict[str, list[Suspension]]]
    """Suspensions by coverage id, in order and apart from each other; only where there are any."""
    r: NotRequired[list[list[str]]]
    """Relocations as [day, village], in order; only where there are any."""
    f: NotRequired[dict[str, list[Any]]]
    """How far proposals came, by cohort (`funnel.py`); only where there are any. It says nothing of cover."""


NOTHING: State = {"m": {}, "d": None}
GRACE = 8
"""Place of the grace in a period, where there is any."""
ADDS = frozenset({"enrollment.coverage_started.v1", "enrollment.coverage_renewed.v1"})


def change(state: State, type_: str, data: dict[str, Any]) -> tuple[State, list[PeopleDelta], list[MembershipDelta]]:
    """Take in a fact and give what it changes in the counts."""
    new = evolve(state, type_, data)
    if new is state:
        return state, [], []
    if type_ in ADDS and (place := _place(state, data)) != "among others":
        # Most facts: deltas add up, so cover beside all other cover needs no look at the timelines.
        people, memberships = _added(data)
        return new, people, memberships if place == "apart" else membership_difference(state, new)
    return new, difference(timeline(state), timeline(new)), membership_difference(state, new)


def evolve(state: State, type_: str, data: dict[str, Any]) -> State:  # noqa: C901, PLR0911, PLR0912 - one case per fact
    """Take in a fact; facts that move no cover leave the state as it is."""
    match type_:
        case "enrollment.coverage_started.v1" | "enrollment.coverage_renewed.v1":
            coverage_id, held = data["coverage_id"], state["m"]
            return {**state, "m": {**held, coverage_id: [*held.get(coverage_id, ()), *_period(data)]}}
        case "enrollment.coverage_corrected.v1":
            coverage_id, cohort_id = data["coverage_id"], data["cohort_id"]
            others = [period for period in state["m"].get(coverage_id, ()) if period[0] != cohort_id]
            return {**state, "m": {**state["m"], coverage_id: [*others, *_period(data)]}}
        case "enrollment.coverage_terminated.v1":
            coverage_id, place = data["coverage_id"], 7 if data["reason"] == "deceased" else 6
            cut = [_cut(period, place, data["covered_until"]) for period in state["m"].get(coverage_id, ())]
            return {**state, "m": {**state["m"], coverage_id: cut}}
        case "enrollment.worker_deceased.v1":
            return {**state, "d": data["died_on"]}
        case "enrollment.worker_death_reversed.v1":
            restored = {
                held: [[*period[:7], None, *period[8:]] for period in periods] for held, periods in state["m"].items()
            }
            return {**state, "m": restored, "d": None}
        case "enrollment.worker_relocated.v1":
            others = [move for move in state.get("r", ()) if move[0] != data["moved_on"]]
            return {**state, "r": sorted([*others, [data["moved_on"], data["village_code"]]])}
        case "enrollment.coverage_suspended.v1":
            suspensions = state.get("s", {}).get(data["coverage_id"], [])
            return _suspended(state, data["coverage_id"], _with_all_from(suspensions, data["suspended_from"]))
        case "enrollment.coverage_reinstated.v1":
            suspensions = state.get("s", {}).get(data["coverage_id"], [])
            return _suspended(state, data["coverage_id"], _until(suspensions, data["reinstated_from"]))
        case "enrollment.coverage_voided.v1":
            return _left(state, [data["coverage_id"]])
        case "enrollment.workers_merged.v1":
            return _taken_over(state, data["coverages"])
        case "enrollment.worker_merged_into.v1":
            return _left(state, {*state["m"], *state.get("s", ())})
        case "enrollment.workers_unmerged.v1":
            return _taken_over(_left(state, data["left"]), data["coverages"])
        case _:
            return state


def timeline(state: State) -> list[Spell]:
    """Give the spells of protection in order; neighbours that count alike are one spell."""
    moves = state.get("r", ())
    pieces = [
        (PRIORITY[period[4]], period[1], coverage_id, period[0], (period[4], period[3], period[5]), from_, until)
        for coverage_id, period, kind, from_, until in stretches(state, state["m"])
        if kind == "in_force"
    ]
    days = sorted({piece[5] for piece in pieces} | {piece[6] for piece in pieces} | {day for day, _ in moves})
    spells: list[Spell] = []
    for day, next_day in pairwise(days):
        in_force = [piece for piece in pieces if piece[5] <= day < piece[6]]
        if not in_force:
            continue
        _, _, _, cohort_id, (segment, village, funding), *_ = min(in_force)
        counted = (segment, village_on(moves, day, village), funding, cohort_id)
        until = None if next_day == NEVER else next_day
        if spells and spells[-1][1] == day and spells[-1][2:] == counted:
            spells[-1] = (spells[-1][0], until, *counted)
        else:
            spells.append((day, until, *counted))
    return spells


def difference(old: Iterable[Spell], new: Iterable[Spell]) -> list[PeopleDelta]:
    """Give the deltas that turn the counts of one timeline into those of another."""
    net: dict[tuple[str, str, str, str, str], int] = {}
    for spells, one in ((old, -1), (new, 1)):
        for from_, until, segment, village, funding, cohort_id in spells:
            first = (from_, segment, village, funding, cohort_id)
            net[first] = net.get(first, 0) + one
            if until is not None:
                last = (until, segment, village, funding, cohort_id)
                net[last] = net.get(last, 0) - one
    return [(*key, people) for key, people in net.items() if people]


def membership_difference(old: State, new: State) -> list[MembershipDelta]:
    """Give the deltas that turn the counts of memberships of one state into those of another."""
    net: dict[tuple[str, str, str, str], int] = {}
    changed = _changed(old, new)
    for state, one in ((old, -1), (new, 1)):
        moves = state.get("r", ())
        for _, period, kind, from_, until in stretches(state, changed):
            for day, next_day, village in _by_village(moves, from_, until, period[3]):
                first = (day, period[0], village, kind)
                net[first] = net.get(first, 0) + one
                if next_day != NEVER:
                    last = (next_day, period[0], village, kind)
                    net[last] = net.get(last, 0) - one
        for coverage_id in changed:
            for day, cohort_id, village in _enrolled(state["m"].get(coverage_id, ())):
                taken_in = (day, cohort_id, village_on(moves, day, village), "enrolled")
                net[taken_in] = net.get(taken_in, 0) + one
    return [(*key, memberships) for key, memberships in net.items() if memberships]


def day_after(day: str) -> str:
    """Give the next day; nothing follows the last day that a date can name."""
    found = date.fromisoformat(day)
    return NEVER if found == date.max else (found + timedelta(days=1)).isoformat()


def _changed(old: State, new: State) -> Iterable[str]:
    """Name the memberships that the states may count otherwise: a fact makes a new list of what it changes."""
    if old["d"] != new["d"] or old.get("r") != new.get("r") or old.get("s") != new.get("s"):
        return old["m"].keys() | new["m"].keys()
    before, after = old["m"], new["m"]
    return [held for held in before.keys() | after.keys() if before.get(held) is not after.get(held)]


def stretches(state: State, held: Iterable[str]) -> Iterator[tuple[str, Period, str, str, str]]:
    """Give the days of these memberships as (coverage id, period, what the days are, from, until)."""
    after_death = day_after(state["d"]) if state["d"] else NEVER
    suspended = state.get("s", {})
    for coverage_id in held:
        periods = state["m"].get(coverage_id, [])
        for period in periods:
            from_, end = period[1], _end(period, after_death)
            for first, last in suspended.get(coverage_id, ()):
                since, until = max(first, from_), min(last or NEVER, end)
                if since < until:
                    if from_ < since:
                        yield coverage_id, period, "in_force", from_, since
                    yield coverage_id, period, "suspended", since, until
                    from_ = until
            if from_ < end:
                yield coverage_id, period, "in_force", from_, end
        if any(len(period) > GRACE for period in periods):
            for period, from_, until in _graces(periods, after_death):
                yield coverage_id, period, "grace", from_, until


def _graces(periods: list[Period], after_death: str) -> Iterator[tuple[Period, str, str]]:
    """Give the days of arrears after each period, as (period, from, until)."""
    begins = sorted(period[1] for period in periods if period[1] < (period[6] or NEVER))
    for period in periods:
        if len(period) > GRACE:
            place = bisect_left(begins, period[2])
            next_begin = begins[place] if place < len(begins) else NEVER
            until = min(period[GRACE], next_begin, period[6] or NEVER, period[7] or NEVER, after_death)
            if period[2] < until:
                yield period, period[2], until


def _by_village(moves: Iterable[list[str]], from_: str, until: str, village: str) -> Iterator[tuple[str, str, str]]:
    """Cut days where the worker moved, as (from, until, village)."""
    for day, moved_to in moves:
        if day >= until:
            break
        if from_ < day:
            yield from_, day, village
            from_ = day
        village = moved_to
    yield from_, until, village


def village_on(moves: Iterable[list[str]], on: str, village: str) -> str:
    """Give the village in which the day counts."""
    for day, moved_to in moves:
        if day > on:
            break
        village = moved_to
    return village


def _place(state: State, data: dict[str, Any]) -> Literal["apart", "beside its own", "among others"]:
    """Say how the new period stands to what is known.

    apart            it covers days that no other period covers, and changes nothing else
    beside its own   it covers such days, but its cohort pays the membership already, or grace of the membership changes
    among others     anything else: the timelines must be compared
    """
    from_, until = data["covered_from"], data["covered_until"] or NEVER
    if state["d"] or from_ >= until or "r" in state or "s" in state:
        return "among others"
    coverage_id, cohort_id = data["coverage_id"], data["cohort_id"]
    apart = True
    for held, periods in state["m"].items():
        for period in periods:
            if from_ < (period[2] or NEVER) and period[1] < until:
                return "among others"
            if held == coverage_id and (period[0] == cohort_id or len(period) > GRACE or data["grace_until"]):
                apart = False
    return "apart" if apart else "beside its own"


def _added(data: dict[str, Any]) -> tuple[list[PeopleDelta], list[MembershipDelta]]:
    """Give what a period adds that stands apart."""
    day, until, village = data["covered_from"], data["covered_until"], data["village_code"]
    segment, funding, cohort_id = data["segment"], data["funding"], data["cohort_id"]
    people: list[PeopleDelta] = [(day, segment, village, funding, cohort_id, 1)]
    memberships: list[MembershipDelta] = [
        (day, cohort_id, village, "in_force", 1),
        (day, cohort_id, village, "enrolled", 1),
    ]
    if until is not None:
        people.append((until, segment, village, funding, cohort_id, -1))
        memberships.append((until, cohort_id, village, "in_force", -1))
        if (grace_until := data["grace_until"]) is not None and until < grace_until:
            memberships += [(until, cohort_id, village, "grace", 1), (grace_until, cohort_id, village, "grace", -1)]
    return people, memberships


def _period(data: dict[str, Any]) -> list[Period]:
    """Give the period of a fact, or none if it covers no day."""
    from_, until, grace_until = data["covered_from"], data["covered_until"], data["grace_until"]
    if until is not None and from_ >= until:
        return []
    period = [data["cohort_id"], from_, until, data["village_code"], data["segment"], data["funding"], None, None]
    if grace_until is not None and until is not None:
        period.append(grace_until)
    return [period]


def _taken_over(state: State, coverages: Iterable[dict[str, Any]]) -> State:
    """Take memberships in as they stand, in the place of what is known of them."""
    for held in coverages:
        periods = [[*period[:6], told["cut_at"], *period[7:]] for told in held["periods"] for period in _period(told)]
        suspensions = [[each["suspended_from"], each["suspended_until"]] for each in held["suspensions"]]
        taken: State = {**state, "m": {**state["m"], held["coverage_id"]: periods}}
        state = _suspended(taken, held["coverage_id"], sorted(suspensions, key=lambda each: str(each[0])))
    return state


def _left(state: State, coverage_ids: Iterable[str]) -> State:
    """Forget memberships, and how they were suspended."""
    for coverage_id in coverage_ids:
        kept = {held: periods for held, periods in state["m"].items() if held != coverage_id}
        state = _suspended({**state, "m": kept}, coverage_id, [])
    return state


def _suspended(state: State, coverage_id: str, suspensions: list[Suspension]) -> State:
    """Put these suspensions of the membership in the place of those known."""
    others = {held: each for held, each in state.get("s", {}).items() if held != coverage_id}
    new: State = {**state, "s": {**others, coverage_id: suspensions} if suspensions else others}
    if not new["s"]:
        del new["s"]
    return new


def _with_all_from(suspensions: list[Suspension], day: str) -> list[Suspension]:
    """Suspend every day from this one on."""
    earlier = _until(suspensions, day)
    if earlier and earlier[-1][1] == day:
        return [*earlier[:-1], [earlier[-1][0], None]]
    return [*earlier, [day, None]]


def _until(suspensions: list[Suspension], day: str) -> list[Suspension]:
    """Suspend no day from this one on."""
    return [[first, min(last or NEVER, day)] for first, last in suspensions if first < day]


def _cut(period: Period, place: int, covered_until: str) -> Period:
    earlier = period[place]
    return [*period[:place], covered_until if earlier is None else min(earlier, covered_until), *period[place + 1 :]]


def _end(period: Period, after_death: str) -> str:
    """Give the first day that the period does not cover, after terminations and death."""
    return min(period[2] or NEVER, period[6] or NEVER, period[7] or NEVER, after_death)


def _enrolled(periods: Iterable[Period]) -> Iterable[tuple[str, str, str]]:
    """Name the day, cohort and village from which each cohort pays in this membership."""
    first: dict[str, tuple[str, str]] = {}
    for period in periods:
        paid = (period[1], period[3])
        first[period[0]] = min(first.get(period[0], paid), paid)
    return [(day, cohort_id, village) for cohort_id, (day, village) in first.items()]
