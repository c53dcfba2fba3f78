"""Tell from one worker's facts whether the worker died while protected, and what was paid for days after the death.

Both follow from the worker's cover and day of death as they stand (`timeline.py`), so a death that is told late, a
correction and a reversal change them as they change cover. Reports add signed deltas.

The rules, each decided once and here:
- Died while protected: the worker counts in the segment, village and funding of the day of death.
- Paid after the death is each period that a cohort pays, from the day after the death on, if a termination for another
  reason did not end it before. It counts in the village of its first such day. Suspended days are paid, arrears not.
"""

from collections.abc import Iterable
from typing import NamedTuple

from services.reporting.periods import NEVER, State, day_after, village_on
from services.reporting.timeline import timeline


class Death(NamedTuple):
    """A death of a worker who was protected on its day."""

    day: str
    worker_id: str
    village_code: str
    segment: str
    funding: str


class PaidAfterDeath(NamedTuple):
    """Days of a period that are paid and later than the death; `paid_until` None has no agreed end."""

    day: str
    worker_id: str
    coverage_id: str
    cohort_id: str
    village_code: str
    segment: str
    funding: str
    paid_from: str
    paid_until: str | None
    begun_after: bool
    """The whole period is later than the death."""


DeathDelta = tuple[Death | PaidAfterDeath, int]
"""What there is, and how many more of it."""


def change(worker_id: str, old: State, new: State) -> list[DeathDelta]:
    """Give the deltas that turn one state's deaths into another's; for most workers there are none."""
    if old is new or (old["d"] is None and new["d"] is None):
        return []
    net: dict[Death | PaidAfterDeath, int] = {}
    for state, one in ((old, -1), (new, 1)):
        for found in _deaths(worker_id, state):
            net[found] = net.get(found, 0) + one
    return [(found, more) for found, more in net.items() if more]


def _deaths(worker_id: str, state: State) -> Iterable[Death | PaidAfterDeath]:
    died_on = state["d"]
    if died_on is None:
        return
    for from_, until, segment, village, funding, _ in timeline(state):
        if from_ <= died_on < (until or NEVER):
            yield Death(died_on, worker_id, village, segment, funding)
    after = day_after(died_on)
    for coverage_id, periods in state["m"].items():
        for cohort_id, from_, until, named, segment, funding, cut_at, *_ in periods:
            paid_from, end = max(from_, after), min(until or NEVER, cut_at or NEVER)
            if paid_from < end:
                village = village_on(state.get("r", ()), paid_from, named)
                where = (worker_id, coverage_id, cohort_id, village, segment, funding)
                yield PaidAfterDeath(died_on, *where, paid_from, None if end == NEVER else end, from_ > died_on)
