"""When the end of a membership, or a reminder of it, has to be announced, and what is announced then."""

from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from uuid import UUID

from services.enrollment.domain.commands import PassDay
from services.enrollment.domain.events import CoverageExpired, CoverageExpiring, Event
from services.enrollment.domain.model import OPEN, Membership, Worker
from services.enrollment.domain.refusals import membership_of

REMINDER_DAYS = (90, 60, 30, 7, 1)
_DAY = timedelta(days=1)


def pass_day(worker: Worker | None, command: PassDay) -> list[Event]:
    held = membership_of(worker, command.coverage_id)
    last = held.last
    if held.due_on is None or held.due_on > command.today or last is None:
        return []
    return [announce_end(held.coverage_id, last.cohort.cohort_id, last.end, command.today)]


@lru_cache(maxsize=10_000)
def next_due(end: date, day: date) -> date:
    """Give the first reminder day from `day` on, or the end when none is left."""
    return min((end - timedelta(days=left) for left in REMINDER_DAYS if end - timedelta(days=left) >= day), default=end)


def announce_end(coverage_id: UUID, cohort_id: UUID, end: date, today: date) -> CoverageExpiring | CoverageExpired:
    """Say what is due of an end: that it has come, or the nearest reminder and when the next is due."""
    if today >= end:
        return CoverageExpired(coverage_id, cohort_id, end)
    return CoverageExpiring(coverage_id, cohort_id, end, *_nearest_reminder(end, today))


@lru_cache(maxsize=10_000)
def _nearest_reminder(end: date, today: date) -> tuple[int, date]:
    left = min(left for left in REMINDER_DAYS if end - timedelta(days=left) <= today)
    return left, next_due(end, today + _DAY)


def scheduled(worker: Worker, before: Membership, changed: Membership, known_on: date) -> Membership:
    """Say when the end, or a reminder of it, has to be announced next; an end that did not move goes on as it was."""
    if worker.died_on is not None:
        return replace(changed, due_on=first_day(worker.died_on, _end(changed), changed.announced_until, known_on))
    if before.due_on is not None and _end(before) == _end(changed):
        return changed
    return replace(again(changed, known_on), resumes=stopped(worker, before))


def again(membership: Membership, known_on: date) -> Membership:
    """Say what is due next of the end as it is now, without what was announced of that same end before."""
    due_on = first_day(None, _end(membership), membership.announced_until, known_on)
    if due_on is not None and membership.resumes is not None and membership.resumes[0] == _end(membership):
        due_on = max(due_on, membership.resumes[1])
    return replace(membership, due_on=due_on)


def stopped(worker: Worker, membership: Membership) -> tuple[date, date] | None:
    """Remember the end that is announced no longer, and how far that had come."""
    end = _end(membership)
    if worker.died_on is not None or membership.due_on is None or end is None:
        return membership.resumes
    return end, membership.due_on


def _end(membership: Membership) -> date | None:
    return membership.last.end if membership.last else None


def first_day(died_on: date | None, end: date | None, announced_until: date | None, known_on: date) -> date | None:
    if end is None or end == OPEN or (announced_until is not None and end <= announced_until):
        return None
    if died_on is not None:
        return _due_after_death(died_on, end)
    return next_due(end, known_on)


def _due_after_death(died_on: date, end: date) -> date | None:
    """Nobody is reminded of a dead person's cover; what ran out by the day of death still expires."""
    return end if end <= died_on + _DAY else None


def without_reminders(worker: Worker, membership: Membership, died_on: date) -> Membership:
    if membership.due_on is None or membership.last is None:
        return membership
    due_on = _due_after_death(died_on, membership.last.end)
    return replace(membership, due_on=due_on, resumes=stopped(worker, membership))
