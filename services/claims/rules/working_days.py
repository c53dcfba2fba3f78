"""Working days: Monday to Friday but for holidays."""

from collections.abc import Set as AbstractSet
from datetime import date, timedelta

SATURDAY = 5


def nth_working_day(after: date, count: int, holidays: AbstractSet[date]) -> date:
    """Give the working day that is number `count` after the day, which itself does not count; the day for 0."""
    day = after
    while count > 0:
        day += timedelta(days=1)
        if day.weekday() < SATURDAY and day not in holidays:
            count -= 1
    return day
