"""Months between days, and the months for which a worker's contributions count."""

import calendar
from datetime import date, timedelta

from services.claims.coverage import State, last_day_before, memberships_on


def add_months(day: date, months: int) -> date:
    """Give the same day of a later month, or that month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def months_and_days(begins: date, ends: date) -> tuple[int, int]:
    """Count the full months of `[begins, ends)` from its first day, and the days that are left."""
    months = (ends.year - begins.year) * 12 + ends.month - begins.month
    if add_months(begins, months) > ends:
        months -= 1
    return months, (ends - add_months(begins, months)).days


def contribution_months(state: State | None, programme: str, day: date) -> int:
    """Count the calendar months up to the day's own with at least one day of membership in the programme.

    Each month counts once, however many memberships it had, and gaps take none away: the law asks how long
    contributions were paid (PP 82/2019 Pasal 34). Membership goes on beneath a suspension, and so does the count.
    """
    months: set[int] = set()
    on: date | None = day
    while on is not None:
        held = (*memberships_on(state, on), *memberships_on(state, on, "suspended"))
        begins = [membership.covered_from for membership in held if programme in membership.programmes]
        if begins:
            months.update(range(_month(min(begins)), _month(on) + 1))
            on = min(begins) - timedelta(days=1)
        else:
            on = last_day_before(state, on, programme)
    return len(months)


def _month(day: date) -> int:
    return day.year * 12 + day.month
