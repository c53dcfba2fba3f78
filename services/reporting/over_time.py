"""How many people are protected on each of several days, told apart by segment: one statement for a whole line."""

import calendar
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from services.chassis.postgres import Transaction
from services.reporting.queries import Figure, Where


def month_ends(first: date, last: date) -> list[date]:
    """Give the last day of each month from that of `first` to that of `last`."""
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(year, m + 1, calendar.monthrange(year, m + 1)[1]) for year, m in (divmod(each, 12) for each in months)]


def days_of(from_: date, until: date, every: str) -> list[date]:
    """Give the days of a line through a period: each day, or the last day of each month that is in it."""
    if every == "day":
        return [from_ + timedelta(days=number) for number in range((until - from_).days)]
    return [day for day in month_ends(from_, until) if from_ <= day < until]


def days_between(first: date, last: date) -> list[date]:
    """Give each day from `first` to `last`, both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def steps(changes: Iterable[tuple[date, str, int]], marked: Collection[date]) -> list[Figure]:
    """Add changes up to what they leave on each day that has one, and on each that is marked: 0 where nobody is left.

    Between two of these days nothing changes, so that a line drawn from step to step is that of every day. Every
    segment has a row on each of them; where there never is anybody, there are no rows.
    """
    changed = {(day, segment): people for day, segment, people in changes}
    left = dict.fromkeys(sorted({segment for _, segment in changed}), 0)
    rows: list[Figure] = []
    for day in sorted({day for day, _ in changed} | set(marked)):
        for segment in left:
            left[segment] += changed.get((day, segment), 0)
            rows.append({"day": day, "segment": segment, "people": left[segment]})
    return rows


def with_forecast(rows: list[Figure], known_on: date) -> list[Figure]:
    """Mark the days that were still ahead on the day of knowing: who stays if nobody is enrolled or renewed."""
    return [row | {"forecast": row["day"] > known_on} for row in rows]


async def protected_over_time(
    tx: Transaction, days: list[date], known_at: datetime | None, where: Where, by: str = "segment"
) -> list[Figure]:
    """Count the people under cover on each of the days, by segment or by funding; one without people has no row."""
    rows = await tx.fetch(
        """
        with changes as (
            select day, case when $6 = 'funding' then funding else segment end as part, sum(people) as people
              from people_changes(array(select distinct d from unnest($1::date[]) d order by d), $2)
             where ($3::text is null or village_code = $3 or starts_with(village_code, $3 || '.'))
               and ($4::text[] is null or segment = any($4)) and ($5::text[] is null or funding = any($5))
             group by 1, 2
        )
        select d as day, c.part, sum(c.people)::bigint as people
          from unnest($1::date[]) d join changes c on c.day <= d
         group by d, c.part having sum(c.people) <> 0
         order by d, c.part
        """,
        days,
        known_at,
        where.area,
        where.segments,
        where.fundings,
        by,
    )
    return [{"day": row["day"], by: row["part"], "people": row["people"]} for row in rows]


async def protected_in_steps(
    tx: Transaction, first: date, last: date, marked: Collection[date], known_at: datetime | None, area: str | None
) -> list[Figure]:
    """Count the people under cover by segment, from `first` to `last`, on each day on which that changes (`steps`)."""
    rows = await tx.fetch(
        """
        select day, segment, sum(people)::bigint as people
          from people_changes($1::date[], $2)
         where $3::text is null or village_code = $3 or starts_with(village_code, $3 || '.')
         group by day, segment having sum(people) <> 0
        """,
        days_between(first, last),
        known_at,
        area,
    )
    return steps(((row["day"], row["segment"], row["people"]) for row in rows), {first, last, *marked})
