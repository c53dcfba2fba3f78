"""The people, cohorts and days that the tests of enrollment speak of."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import reduce
from uuid import UUID

from services.enrollment.domain import (
    Cohort,
    Command,
    Enroll,
    Event,
    Funding,
    LegalBasis,
    Rejected,
    Renew,
    Segment,
    Worker,
    announce,
    decide,
    evolve,
    grace_end,
)

WAYAN, MADE = UUID(int=0xA), UUID(int=0xB)
COVERAGE, OTHER_COVERAGE = UUID(int=0xC0), UUID(int=0xC1)
CLAIM, OTHER_CLAIM = UUID(int=0xD0), UUID(int=0xD1)
KETEWEL, SUKAWATI = "51.04.01.2002", "51.04.01.2004"

JANUARY = date(2025, 1, 1)
JULY = date(2025, 7, 1)
OCTOBER = date(2025, 10, 1)
NEXT_JANUARY = date(2026, 1, 1)
EARLY = date(2024, 12, 20)
"""Before all cover: nothing is due yet when something is enrolled on this day."""


def cohort(
    number: int,
    covered_from: date,
    covered_until: date | None,
    *,
    segment: Segment = "BPU",
    funding: Funding = "APBD",
) -> Cohort:
    """Make a cohort that pays from a day until another, exclusively."""
    return Cohort(
        cohort_id=UUID(int=number),
        name=f"Kelompok {number}",
        year=covered_from.year,
        phase=None,
        segment=segment,
        funding=funding,
        programmes=("JKK", "JKM"),
        legal_bases=(LegalBasis("Keputusan Bupati", placeholder=True),),
        covered_from=covered_from,
        covered_until=covered_until,
        months=None,
        places=100,
        person_months=None,
        budget_idr=None,
    )


FIRST_HALF = cohort(1, JANUARY, JULY)
THIRD_QUARTER = cohort(2, JULY, OCTOBER)
FOURTH_QUARTER = cohort(3, OCTOBER, NEXT_JANUARY)
OVERLAPPING = cohort(4, date(2025, 6, 1), OCTOBER)
SELF_PAID = cohort(5, JANUARY, None, funding="SELF")
BUILDERS = cohort(6, JANUARY, OCTOBER, segment="JAKON", funding="PROJECT")

ENROLLED = Enroll(WAYAN, COVERAGE, FIRST_HALF, KETEWEL, None, EARLY)
RENEWED = Renew(WAYAN, THIRD_QUARTER, JANUARY)


@dataclass(frozen=True, slots=True)
class PassDay:
    """The calendar comes to a day: what is due of a membership by then is announced."""

    worker_id: UUID
    coverage_id: UUID
    today: date


Step = Command | PassDay


def happens(worker: Worker | None, step: Step) -> list[Event]:
    """Give what happens because of a command, or because a day came; the sweep asks the same of rows it took."""
    if not isinstance(step, PassDay):
        return decide(worker, step)
    held = [m for m in worker.memberships if m.coverage_id == step.coverage_id] if worker else []
    for membership in held:
        last, due_on = membership.last, membership.due_on
        if worker and last and due_on and due_on <= step.today:
            grace_until = grace_end(worker.died_on, last)
            of = (membership.coverage_id, last.cohort.cohort_id, last.end)
            return [*announce(*of, grace_until=grace_until, due_on=due_on, today=step.today)]
    return []


def after(*steps: Step) -> Worker | None:
    """Take the steps one after the other; none may be refused."""
    worker: Worker | None = None
    for step in steps:
        worker = reduce(evolve, happens(worker, step), worker)
    return worker


def then(given: Iterable[Step], when: Step) -> list[Event] | str:
    """Give what happens because of the last step, or the code of its refusal."""
    try:
        return happens(after(*given), when)
    except Rejected as refusal:
        return refusal.code


def covered(worker: Worker | None, day: date) -> bool:
    """Tell whether the worker is in force on the day, as readers of the facts compute it."""
    if worker is None or (worker.died_on is not None and day > worker.died_on):
        return False
    return any(p.covered_from <= day < p.end for m in worker.memberships for p in m.periods)
