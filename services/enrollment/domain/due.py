"""When the end of a membership, a reminder of it or the end of its grace is to be announced, and what is said then.

    reminders  ->  the end: expired  ->  (of a self-payer) the end of the grace: inactivated

`due_on` is the day on which the next of these is due. A day up to the end says that the end is still to be announced,
a later one is the end of the grace.
"""

from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from uuid import UUID

from services.enrollment.domain.events import (
    Announcement,
    CoverageExpired,
    CoverageExpiring,
    CoverageInactivated,
)
from services.enrollment.domain.model import OPEN, Membership, Period, Worker

REMINDER_DAYS = (90, 60, 30, 7, 1)
_DAY = timedelta(days=1)


def announce(
    coverage_id: UUID, cohort_id: UUID, end: date, *, grace_until: date | None, due_on: date, today: date
) -> list[Announcement]:
    """Say what is due: the nearest reminder and when the next is due; that the end, or the end of the grace, came."""
    if today < end:
        return [CoverageExpiring(coverage_id, cohort_id, end, *_nearest_reminder(end, today))]
    graceless = grace_until is None or grace_until <= today
    said: list[Announcement] = []
    if due_on <= end:
        said.append(CoverageExpired(coverage_id, cohort_id, end, None if graceless else grace_until))
    if graceless and grace_until is not None:
        said.append(CoverageInactivated(coverage_id, cohort_id, end, grace_until))
    return said


@lru_cache(maxsize=10_000)
def next_due(end: date, day: date) -> date:
    """Give the first reminder day from `day` on, or the end when none is left."""
    return min((end - timedelta(days=left) for left in REMINDER_DAYS if end - timedelta(days=left) >= day), default=end)


@lru_cache(maxsize=10_000)
def _nearest_reminder(end: date, today: date) -> tuple[int, date]:
    left = min(left for left in REMINDER_DAYS if end - timedelta(days=left) <= today)
    return left, next_due(end, today + _DAY)


def reminded(worker: Worker, event: CoverageExpiring) -> Worker:
    return worker.having(replace(worker.membership(event.coverage_id), due_on=event.due_next))


def expired(worker: Worker, event: CoverageExpired) -> Worker:
    held = worker.membership(event.coverage_id)
    return worker.having(replace(held, due_on=event.due_next, announced_until=event.covered_until))


def inactivated(worker: Worker, event: CoverageInactivated) -> Worker:
    held = worker.membership(event.coverage_id)
    return worker.having(replace(held, due_on=None, inactivated_until=event.inactive_from))


def scheduled(worker: Worker, before: Membership, changed: Membership, known_on: date) -> Membership:
    """Say what has to be announced next; reminders of an end that did not move go on as they were."""
    if worker.died_on is not None:
        return replace(changed, due_on=_due_day(worker.died_on, changed, known_on))
    end = _end(before)
    if before.due_on is not None and end is not None and before.due_on <= end == _end(changed):
        return changed
    return replace(again(changed, known_on), resumes=stopped(worker, before))


def again(membership: Membership, known_on: date) -> Membership:
    """Say what is due next of the end as it is now, without what was announced of that same end before."""
    due_on, end = _due_day(None, membership, known_on), _end(membership)
    if due_on is not None and end is not None and due_on <= end and membership.resumes is not None:
        resumed_end, resumes_on = membership.resumes
        if resumed_end == end:
            due_on = max(due_on, resumes_on)
    return replace(membership, due_on=due_on)


def stopped(worker: Worker, membership: Membership) -> tuple[date, date] | None:
    """Remember the end that is announced no longer, and how far its reminders had come."""
    due_on, end = membership.due_on, _end(membership)
    if worker.died_on is not None or due_on is None or end is None:
        return membership.resumes
    return end, due_on


def without_reminders(worker: Worker, membership: Membership, died_on: date) -> Membership:
    """Nobody is reminded of a dead person's cover; what ran out by the day of death is still announced."""
    if membership.due_on is None:
        return membership
    due_on = _due_day(died_on, membership, died_on)
    return replace(membership, due_on=due_on, resumes=stopped(worker, membership))


def first_day(died_on: date | None, period: Period, known_on: date) -> date | None:
    """Say when the first announcement about a new membership is due."""
    if period.void or period.end == OPEN:
        return None
    return _end_due(died_on, period.end, known_on)


def _due_day(died_on: date | None, membership: Membership, known_on: date) -> date | None:
    last = membership.last
    if last is None or last.end == OPEN:
        return None
    if membership.announced_until is None or last.end > membership.announced_until:
        return _end_due(died_on, last.end, known_on)
    grace_until = grace_end(died_on, last)
    if grace_until is None or grace_until <= (membership.inactivated_until or date.min):
        return None
    return grace_until


def _end_due(died_on: date | None, end: date, known_on: date) -> date | None:
    if died_on is not None:
        return end if end <= died_on + _DAY else None
    return next_due(end, known_on)


def grace_end(died_on: date | None, period: Period) -> date | None:
    """Tell when the grace after the last period ends, if anybody lives to see it."""
    if period.grace_until is None or (died_on is not None and period.grace_until > died_on + _DAY):
        return None
    return period.grace_until


def _end(membership: Membership) -> date | None:
    return membership.last.end if membership.last else None
