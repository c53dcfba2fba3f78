"""Counts in calendar months, as contributions are agreed and paid."""

from calendar import monthrange
from datetime import date


def after_months(day: date, months: int) -> date:
    """Give the same day so many months later, or the last of a month that is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_on(covered_from: date, covered_until: date, months: int) -> date:
    """Go on from the end of a run of whole months, counted from its first day: a short month shortens no later one."""
    so_far = whole_months(covered_from, covered_until)
    return after_months(covered_until, months) if so_far is None else after_months(covered_from, so_far + months)


def begun_months(covered_from: date, covered_until: date) -> int:
    """Count the months of a period, a begun one as whole."""
    months = (covered_until.year - covered_from.year) * 12 + covered_until.month - covered_from.month
    return months if after_months(covered_from, months) >= covered_until else months + 1


def whole_months(covered_from: date, covered_until: date | None) -> int | None:
    """Count the months of a period that consists of whole ones."""
    if covered_until is None:
        return None
    months = (covered_until.year - covered_from.year) * 12 + covered_until.month - covered_from.month
    return months if after_months(covered_from, months) == covered_until else None
