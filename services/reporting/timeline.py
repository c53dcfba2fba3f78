"""Tell from one worker's facts on which days the worker is protected, and what a further fact changes in the counts.

A worker holds memberships; each is paid by cohorts, period after period. The facts of one worker, in their order, make
a state (`periods.py`); the state gives two things:

    timeline     spells (from, until, segment, village, funding, cohort): a person's day belongs to one of each
    memberships  how many memberships each cohort has in force, suspended and in grace, and how many it ever took in
                 ("enrolled")

Reports never count persons. They add signed deltas: +1 on the first day of a spell, -1 on the first day after it. What
a fact adds to the ledger of deltas is the difference between the timelines before and after it.

The rules, each decided once: what memberships are on a day, in `periods.py`, and here:
- On a day with several memberships in force the segment decides (PU, NON_ASN, JAKON, BPU), then the earlier
  `covered_from` of the period that covers the day, then the smaller coverage id, then the smaller cohort id. Village,
  funding and cohort are that period's.
- A second relocation of the same day takes the place of the first.
- A correction replaces what this cohort pays in this membership, with any end that was put to it; one to an empty
  period leaves nothing, also nothing that was enrolled.
- A termination ends the periods known at that moment, and their grace; a later renewal is new cover.
- A suspension takes every day from its first one on, a reinstatement gives every day from its first one on back, for
  all periods of the membership, known or to come.
- The reversal of a death takes it back, and the terminations that gave it as their reason.
- A voided membership never was.
- A merge gives a worker the memberships that it lists, as they stand: with their periods, what was cut from these, and
  suspensions. Nothing is left of those of a worker who was merged into another. An un-merge takes memberships from the
  one and gives them to the other in the same way. Relocations and deaths stay with the worker whom they were told of.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Literal

from services.reporting.periods import (
    COHORT,
    CUT_AT,
    CUT_FOR_DEATH,
    FROM,
    FUNDING,
    GRACE,
    NEVER,
    SEGMENT,
    UNTIL,
    VILLAGE,
    Period,
    State,
    Suspension,
    by_village,
    enrolled,
    stretches,
    village_on,
)

PRIORITY = {"PU": 0, "NON_ASN": 1, "JAKON": 2, "BPU": 3}

Spell = tuple[str, str | None, str, str, str, str]
"""(from, until, segment, village, funding, cohort id)"""
PeopleDelta = tuple[str, str, str, str, str, int]
"""(day, segment, village, funding, cohort id, how many more)"""
MembershipDelta = tuple[str, str, str, str, int]
"""(day, cohort id, village, "in_force", "suspended", "grace" or "enrolled", how many more)"""
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
            others = [period for period in state["m"].get(coverage_id, ()) if period[COHORT] != cohort_id]
            return {**state, "m": {**state["m"], coverage_id: [*others, *_period(data)]}}
        case "enrollment.coverage_terminated.v1":
            coverage_id, place = data["coverage_id"], CUT_FOR_DEATH if data["reason"] == "deceased" else CUT_AT
            cut = [_cut(period, place, data["covered_until"]) for period in state["m"].get(coverage_id, ())]
            return {**state, "m": {**state["m"], coverage_id: cut}}
        case "enrollment.worker_deceased.v1":
            return {**state, "d": data["died_on"]}
        case "enrollment.worker_death_reversed.v1":
            restored = {
                held: [_with(period, CUT_FOR_DEATH, None) for period in periods] for held, periods in state["m"].items()
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
        (
            PRIORITY[period[SEGMENT]],
            period[FROM],
            coverage_id,
            period[COHORT],
            (period[SEGMENT], period[VILLAGE], period[FUNDING]),
            from_,
            until,
        )
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
            for day, next_day, village in by_village(moves, from_, until, period[VILLAGE]):
                first = (day, period[COHORT], village, kind)
                net[first] = net.get(first, 0) + one
                if next_day != NEVER:
                    last = (next_day, period[COHORT], village, kind)
                    net[last] = net.get(last, 0) - one
        for coverage_id in changed:
            for day, cohort_id, village in enrolled(state["m"].get(coverage_id, ())):
                taken_in = (day, cohort_id, village_on(moves, day, village), "enrolled")
                net[taken_in] = net.get(taken_in, 0) + one
    return [(*key, memberships) for key, memberships in net.items() if memberships]


def _changed(old: State, new: State) -> Iterable[str]:
    """Name the memberships that the states may count otherwise: a fact makes a new list of what it changes."""
    if old["d"] != new["d"] or old.get("r") != new.get("r") or old.get("s") != new.get("s"):
        return old["m"].keys() | new["m"].keys()
    before, after = old["m"], new["m"]
    return [held for held in before.keys() | after.keys() if before.get(held) is not after.get(held)]


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
            if from_ < (period[UNTIL] or NEVER) and period[FROM] < until:
                return "among others"
            if held == coverage_id and (period[COHORT] == cohort_id or len(period) > GRACE or data["grace_until"]):
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
        periods = [_with(period, CUT_AT, told["cut_at"]) for told in held["periods"] for period in _period(told)]
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
    return _with(period, place, covered_until if earlier is None else min(earlier, covered_until))


def _with(period: Period, place: int, value: str | None) -> Period:
    return [*period[:place], value, *period[place + 1 :]]
