"""Say when a worker came under protection, came back, was renewed, counted elsewhere, and died. The rules:

- A worker joins on the first protected day of all, and returns on the first one after each gap.
- A return also ends a gap where the worker counted on the last protected day before it; its first day is told. So does
  the day after a death, if the worker had been protected before and was not on the day of death.
- A worker is renewed on each protected day that follows a protected one, if a period that was in force on the day
  before is not any more, and another has come into force.
- Between two protected days that count in different places, the worker moves from the one to the other. A place is a
  village, a segment and a funding; a cohort is none.
- The day after a death of a worker who was protected on its day is the one on which protection was lost to death.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple

from services.reporting.plain_fold.cover import Stretch, calendar, stretches
from services.reporting.plain_fold.worker import Worker

_DAY = timedelta(days=1)
What = Literal["joined", "returned", "recovered", "renewed", "moved_in", "moved_out", "died"]


class Churn(NamedTuple):
    """Where a change of this kind counts."""

    day: date
    village_code: str
    segment: str
    funding: str
    what: What
    since: date | None


def places(worker: Worker) -> dict[Churn, int]:
    """Count all that happened."""
    known = stretches(worker)
    return dict(Counter([*_begun(known), *_renewed(worker, known), *_died(worker, known)]))


def _begun(known: list[Stretch]) -> Iterable[Churn]:
    for one in known[:1]:
        yield _at(one.covered_from, one, "joined")
    for before, after in pairwise(known):
        if before.covered_until != after.covered_from:
            yield _at(after.covered_from, after, "returned")
            yield _at(after.covered_from, before, "recovered", before.covered_until)
        elif _place(before) != _place(after):
            yield _at(after.covered_from, before, "moved_out")
            yield _at(after.covered_from, after, "moved_in")


def _renewed(worker: Worker, known: list[Stretch]) -> Iterable[Churn]:
    for (_, earlier), (day, later) in pairwise(calendar(worker)):
        before = [spell for spell, standing in earlier if standing == "in_force"]
        after = [spell for spell, standing in later if standing == "in_force"]
        if any(spell not in after for spell in before) and any(spell not in before for spell in after):
            yield _at(day, next(one for one in known if _covers(one, day)), "renewed")


def _died(worker: Worker, known: list[Stretch]) -> Iterable[Churn]:
    if worker.died_on is None or worker.died_on == date.max or not known:
        return
    last, after = known[-1], worker.died_on + _DAY
    if _covers(last, worker.died_on):
        yield _at(after, last, "died")
    else:
        yield _at(after, last, "recovered", last.covered_until)


def _covers(one: Stretch, day: date) -> bool:
    return one.covered_from <= day and (one.covered_until is None or day < one.covered_until)


def _place(one: Stretch) -> tuple[str, str, str]:
    return one.village_code, one.segment, one.funding


def _at(day: date, where: Stretch, what: What, since: date | None = None) -> Churn:
    return Churn(day, *_place(where), what, since)
