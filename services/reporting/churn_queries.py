"""One function for each question about churn: who came under protection and who lost it, and who is in a gap now.

What is asked in SQL is asked here: the statements stand once, in the documented schema `bi`.
"""

from datetime import date, datetime

from services.chassis.postgres import Transaction
from services.reporting import followed
from services.reporting.queries import Figure, figures

MOVES = ("joined", "returned", "moved_in", "moved_out", "lapsed", "died", "change", "renewed")
"""change = joined + returned + moved_in - moved_out - lapsed - died; renewed stands beside."""
GAP_DAYS_MAX = 366


async def churn(
    tx: Transaction, from_: date, until: date, known_at: datetime | None, by: list[str], area: str | None
) -> tuple[list[Figure], Figure]:
    """Count who joined, returned, moved, lapsed, died and was renewed in the period; raises followed.NotFollowed."""
    await followed.churn(tx)
    rows = await tx.fetch(
        """
        with each as (
            select case when 'month' = any($4) then to_char(c.month, 'YYYY-MM') end as month,
                   case when 'segment' = any($4) then c.segment end as segment,
                   case when 'funding' = any($4) then c.funding end as funding,
                   case when 'regency' = any($4) then left(c.village_code, 5) end as regency, v.regency_name,
                   case when 'district' = any($4) then left(c.village_code, 8) end as district, v.district_name,
                   case when 'village' = any($4) then c.village_code end as village, v.village_name,
                   c.joined, c.returned, c.moved_in, c.moved_out, c.lapsed, c.died, c.change, c.renewed
              from churn($1, $2, $3) c left join village v using (village_code)
             where $5::text is null or c.village_code = $5 or starts_with(c.village_code, $5 || '.')
        )
        select month, segment, funding, regency, max(regency_name) as regency_name, district,
               max(district_name) as district_name, village, max(village_name) as village_name,
               coalesce(sum(joined), 0)::bigint as joined, coalesce(sum(returned), 0)::bigint as returned,
               coalesce(sum(moved_in), 0)::bigint as moved_in, coalesce(sum(moved_out), 0)::bigint as moved_out,
               coalesce(sum(lapsed), 0)::bigint as lapsed, coalesce(sum(died), 0)::bigint as died,
               coalesce(sum(change), 0)::bigint as change, coalesce(sum(renewed), 0)::bigint as renewed,
               grouping(month) = 1 as is_total
          from each
         group by grouping sets ((month, segment, funding, regency, district, village), ())
         order by is_total, month, segment, funding, regency, district, village
        """,
        from_,
        until,
        known_at,
        by,
        area,
    )
    return figures(rows, by, *MOVES)


async def gaps(
    tx: Transaction, as_of: date, days: int, known_at: datetime | None, by: list[str], area: str | None
) -> tuple[list[Figure], Figure]:
    """Count who is not protected on the day but was within so many days before, by where they counted last.

    Raises followed.NotFollowed.
    """
    await followed.churn(tx)
    rows = await tx.fetch(
        """
        with each as (
            select case when 'since' = any($4) then c.since end as since,
                   case when 'segment' = any($4) then c.segment end as segment,
                   case when 'funding' = any($4) then c.funding end as funding,
                   case when 'regency' = any($4) then left(c.village_code, 5) end as regency, v.regency_name,
                   case when 'district' = any($4) then left(c.village_code, 8) end as district, v.district_name,
                   case when 'village' = any($4) then c.village_code end as village, v.village_name, c.people
              from gaps($1, $2, $3) c left join village v using (village_code)
             where $5::text is null or c.village_code = $5 or starts_with(c.village_code, $5 || '.')
        )
        select since, segment, funding, regency, max(regency_name) as regency_name, district,
               max(district_name) as district_name, village, max(village_name) as village_name,
               coalesce(sum(people), 0)::bigint as people, grouping(since) = 1 as is_total
          from each
         group by grouping sets ((since, segment, funding, regency, district, village), ())
        having grouping(since) = 1 or sum(people) <> 0
         order by is_total, since, segment, funding, regency, district, village
        """,
        as_of,
        days,
        known_at,
        by,
        area,
    )
    return figures(rows, by, "people")
