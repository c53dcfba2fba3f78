"""Say what the memberships of one worker are on which days, from what the facts amount to.

The rules, each decided once and here:
- Days are ISO texts (they compare like dates); a period is half-open, `until` None has no agreed end. A period that
  covers no day is none.
- A suspended day that is paid is not in force and protects nobody; the membership counts as suspended.
- In grace is a membership from the end of a period to its `grace_until`, or until another of its periods begins of
  which a termination left anything. Grace is not paid for: it is not in force and protects nobody, and a suspension
  changes nothing about it.
- The day of death is covered, later days are not, whatever is known or learned about periods.
- From the day of a relocation on, days count in its village, whatever village their period names, until the day of the
  next relocation.
- A cohort enrolled a membership once, on the first day that it pays. An end, a termination, a suspension or a death
  does not undo this.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any, NotRequired, TypedDict

NEVER = "~"
"""Greater than any day: the end of a period that has none."""
Period = list[Any]
"""Its values in the order of the places below; the last stands only where there is grace."""
COHORT, FROM, UNTIL, VILLAGE, SEGMENT, FUNDING, CUT_AT, CUT_FOR_DEATH, GRACE = range(9)
"""Cut at: by a termination; because of death: by one that gave it as its reason, which a reversal takes back."""
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


def stretches(state: State, held: Iterable[str]) -> Iterator[tuple[str, Period, str, str, str]]:
    """Give the days of these memberships as (coverage id, period, what the days are, from, until)."""
    after_death = day_after(state["d"]) if state["d"] else NEVER
    suspended = state.get("s", {})
    for coverage_id in held:
        periods = state["m"].get(coverage_id, [])
        for period in periods:
            from_, end = period[FROM], _end(period, after_death)
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
    begins = sorted(period[FROM] for period in periods if period[FROM] < (period[CUT_AT] or NEVER))
    for period in periods:
        if len(period) > GRACE:
            place = bisect_left(begins, period[UNTIL])
            next_begin = begins[place] if place < len(begins) else NEVER
            until = min(period[GRACE], next_begin, period[CUT_AT] or NEVER, period[CUT_FOR_DEATH] or NEVER, after_death)
            if period[UNTIL] < until:
                yield period, period[UNTIL], until


def _end(period: Period, after_death: str) -> str:
    """Give the first day that the period does not cover, after terminations and death."""
    return min(period[UNTIL] or NEVER, period[CUT_AT] or NEVER, period[CUT_FOR_DEATH] or NEVER, after_death)


def by_village(moves: Iterable[list[str]], from_: str, until: str, village: str) -> Iterator[tuple[str, str, str]]:
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


def enrolled(periods: Iterable[Period]) -> Iterable[tuple[str, str, str]]:
    """Name the day, cohort and village from which each cohort pays in this membership."""
    first: dict[str, tuple[str, str]] = {}
    for period in periods:
        paid = (period[FROM], period[VILLAGE])
        first[period[COHORT]] = min(first.get(period[COHORT], paid), paid)
    return [(day, cohort_id, village) for cohort_id, (day, village) in first.items()]


def day_after(day: str) -> str:
    """Give the next day; nothing follows the last day that a date can name."""
    found = date.fromisoformat(day)
    return NEVER if found == date.max else (found + timedelta(days=1)).isoformat()
