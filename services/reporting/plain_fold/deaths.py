"""Say whether a worker died while protected, and what is paid for days after the death.

- The death counts if the worker is protected on its day, where that day counts.
- Every period that covers days after it is told of, from the first such day to its end, or to the day that a
  termination for another reason than the death took from it. Its village is that of its first such day.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from services.reporting.plain_fold.cover import stretches, village
from services.reporting.plain_fold.worker import Worker


class Death(NamedTuple):
    """A death of a worker who was protected on its day."""

    day: date
    village_code: str
    segment: str
    funding: str


class PaidAfterDeath(NamedTuple):
    """Days of a period after the death; without an end where none is agreed."""

    day: date
    coverage_id: str
    cohort_id: str
    village_code: str
    segment: str
    funding: str
    paid_from: date
    paid_until: date | None
    begun_after: bool


def places(worker: Worker) -> dict[Death | PaidAfterDeath, int]:
    """Count what there is."""
    return dict(Counter([*_covered(worker), *_paid(worker)]))


def _covered(worker: Worker) -> Iterable[Death]:
    died_on = worker.died_on
    if died_on is None:
        return
    for one in stretches(worker):
        if one.covered_from <= died_on and (one.covered_until is None or died_on < one.covered_until):
            yield Death(died_on, one.village_code, one.segment, one.funding)


def _paid(worker: Worker) -> Iterable[PaidAfterDeath]:
    died_on = worker.died_on
    if died_on is None or died_on == date.max:
        return
    for spell in worker.spells:
        first = max(spell.covered_from, died_on + timedelta(days=1))
        ends = [end for end in (spell.covered_until, spell.cut_at) if end is not None]
        if all(first < end for end in ends):
            where = village(worker, spell, first)
            what = (spell.coverage_id, spell.cohort_id, where, spell.segment, spell.funding)
            yield PaidAfterDeath(died_on, *what, first, min(ends, default=None), spell.covered_from > died_on)
