"""What a membership is on a day: computed from its periods, suspensions and the worker's death, and never stored."""

from datetime import date, timedelta
from typing import Literal

from services.enrollment.domain.model import Membership, Worker

Status = Literal["pending", "in_force", "suspended", "grace", "lapsed", "terminated", "void"]
_DAY = timedelta(days=1)


def status_on(worker: Worker, membership: Membership, day: date) -> Status:
    """Tell what the membership is on the day, as it is known now."""
    covering = [period for period in membership.periods if not period.void]
    if not covering:
        return "terminated" if any(period.cut_at for period in membership.periods) else "void"
    if worker.died_on is not None and day > worker.died_on:
        return "terminated" if max(period.end for period in covering) > worker.died_on + _DAY else "lapsed"
    if any(period.covered_from <= day < period.end for period in covering):
        return "suspended" if _suspended(membership, day) else "in_force"
    begun = [period for period in covering if period.covered_from <= day]
    if not begun:
        return "pending"
    latest = max(begun, key=lambda period: period.end)
    if latest.cut_at is not None:
        return "terminated"
    return "grace" if latest.grace_until is not None and day < latest.grace_until else "lapsed"


def _suspended(membership: Membership, day: date) -> bool:
    return any(suspension.suspended_from <= day < suspension.end for suspension in membership.suspensions)
