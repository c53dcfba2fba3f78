"""Tell from one worker's cover when protection began, came back, went on, moved and was lost to death.

All follows from the worker's timeline as it stands (`timeline.py`), so late facts and corrections change it as they
change the timeline. Reports add signed deltas, each on a day:

    joined     the first day of protection ever
    returned   the first day of protection after a gap
    recovered  the same return, where the worker had lapsed, with the first day of the gap (`since`); so is the day
               after a death that ends a gap, since nobody is to be won back then
    renewed    the worker stays protected, as one period ends and another begins
    moved_in, moved_out
               the worker stays protected, and counts in another segment, village or funding from then on
    died       the first day without protection, if the worker died on the last one

Who lapsed needs no delta: on each day and in each place, people who joined, returned and moved in, less those who moved
out and died, less the change in the number of protected people (`people_delta`), are those who lapsed. Most facts make
one delta so, and none for an end.
"""

from collections.abc import Iterable
from typing import Any

from services.reporting.periods import (
    CUT_AT,
    CUT_FOR_DEATH,
    FROM,
    FUNDING,
    NEVER,
    NOTHING,
    SEGMENT,
    UNTIL,
    VILLAGE,
    Period,
    State,
    day_after,
    stretches,
)
from services.reporting.timeline import ADDS, timeline

ChurnDelta = tuple[str, str, str, str, str, str | None, int]
"""(day, segment, village, funding, what, first day of the gap, how many more)"""

BARE = len(NOTHING)
"""A state with no more parts than this has no relocations and no suspensions."""


def change(old: State, new: State, type_: str, data: dict[str, Any]) -> list[ChurnDelta]:
    """Give the deltas that turn one state's churn into another's; `old` with the fact made `new`."""
    if old is new:
        return []
    if type_ in ADDS and (found := _later_than_all(old, data)) is not None:
        return found
    net: dict[tuple[str, str, str, str, str, str | None], int] = {}
    for state, one in ((old, -1), (new, 1)):
        for what in events(state):
            net[what] = net.get(what, 0) + one
    return [(*what, more) for what, more in net.items() if more]


def events(state: State) -> Iterable[tuple[str, str, str, str, str, str | None]]:
    """Give all that happened, as (day, segment, village, funding, what, first day of the gap)."""
    seams = _seams(state)
    last: tuple[str, tuple[str, str, str]] | None = None
    for from_, until, segment, village, funding, _ in timeline(state):
        place = (segment, village, funding)
        if last is None:
            yield from_, *place, "joined", None
        elif last[0] < from_:
            yield from_, *place, "returned", None
            yield from_, *last[1], "recovered", last[0]
        elif last[1] != place:  # who goes on in another cohort only has not moved
            yield from_, *last[1], "moved_out", None
            yield from_, *place, "moved_in", None
        end = until or NEVER
        for day in seams:
            if from_ <= day < end:
                yield day, *place, "renewed", None
        last = end, place
    if last is not None and state["d"] and (buried := day_after(state["d"])) != NEVER:
        if last[0] == buried:
            yield buried, *last[1], "died", None
        else:
            yield buried, *last[1], "recovered", last[0]


def _seams(state: State) -> set[str]:
    """Give the days on which a period in force ends and another begins."""
    begins, ends = set[str](), set[str]()
    for _, _, kind, first, end in stretches(state, state["m"]):
        if kind == "in_force":
            begins.add(first)
            ends.add(end)
    return begins & ends


def _later_than_all(state: State, data: dict[str, Any]) -> list[ChurnDelta] | None:  # noqa: PLR0911 - a way each
    """Tell at one look what a period changes that begins when all others are over, as most do; None: look again."""
    day = data["covered_from"]
    if state["d"] or day >= (data["covered_until"] or NEVER):
        return None
    segment, village, funding = place = data["segment"], data["village_code"], data["funding"]
    if not state["m"] and len(state) == BARE:
        return [(day, segment, village, funding, "joined", None, 1)]
    if "r" in state or "s" in state or (before := _last_over(state["m"].values(), day)) is None:
        return None
    if not before:
        return [(day, *place, "joined", None, 1)]
    end, lost_in = before[0], before[1:]
    if end < day:
        return [(day, *place, "returned", None, 1), (day, *lost_in, "recovered", end, 1)]
    if lost_in == place:
        return [(day, *place, "renewed", None, 1)]
    return [(day, *place, what, None, 1) for what in ("renewed", "moved_in")] + [(day, *lost_in, "moved_out", None, 1)]


def _last_over(held: Iterable[list[Period]], day: str) -> tuple[str, str, str, str] | tuple[()] | None:
    """Give the end of the last period, and where it counts, if all are over by the day and it ends alone; else None."""
    last, alone, found = "", True, None
    for periods in held:
        for period in periods:
            end = period[UNTIL] or NEVER
            if period[CUT_AT] is not None or period[CUT_FOR_DEATH] is not None:
                end = min(end, period[CUT_AT] or NEVER, period[CUT_FOR_DEATH] or NEVER)
                if period[FROM] >= end:
                    continue
            if end > day:
                return None
            if end > last:
                last, alone, found = end, True, period
            elif end == last:
                alone = False
    if found is None:
        return ()
    return (last, found[SEGMENT], found[VILLAGE], found[FUNDING]) if alone else None
