"""One function for each question about deaths: who died while protected without a claim, what was paid afterwards."""

from datetime import date, datetime

from services.chassis.postgres import Transaction
from services.reporting.queries import Figure, figures

WORKERS_LISTED_MAX = 1_000


async def died_without_claim(
    tx: Transaction, as_of: date, known_at: datetime | None, by: list[str], area: str | None
) -> tuple[list[Figure], Figure]:
    """Count who died while protected, and for whose death nobody has claimed."""
    rows = await tx.fetch(
        """
        with died as (
            select case when 'segment' = any($3) then d.segment end as segment,
                   case when 'year' = any($3) then extract(year from d.died_on)::int end as year,
                   case when 'regency' = any($3) then left(d.village_code, 5) end as regency, v.regency_name,
                   case when 'district' = any($3) then left(d.village_code, 8) end as district, v.district_name,
                   case when 'village' = any($3) then d.village_code end as village, v.village_name, d.died_on
              from died_without_claim($1, $2) d left join village v using (village_code)
             where $4::text is null or d.village_code = $4 or starts_with(d.village_code, $4 || '.')
        )
        select segment, year, regency, max(regency_name) as regency_name, district, max(district_name) as district_name,
               village, max(village_name) as village_name, count(*) as people,
               coalesce(max($1 - died_on), 0) as days_since_death_max, grouping(segment) = 1 as is_total
          from died
         group by grouping sets ((segment, year, regency, district, village), ())
         order by is_total, regency, district, village, segment, year
        """,
        as_of,
        known_at,
        by,
        area,
    )
    return figures(rows, by, "people", "days_since_death_max")


async def died_without_claim_workers(
    tx: Transaction, as_of: date, known_at: datetime | None, area: str | None
) -> tuple[list[Figure], int]:
    """List the same workers, the earliest death first and no more than WORKERS_LISTED_MAX; the total counts all."""
    rows = await tx.fetch(
        """
        select d.worker_id::text as worker, d.died_on, d.village_code as village, d.village_name, d.segment,
               count(*) over () as people
          from died_without_claim($1, $2) d
         where $3::text is null or d.village_code = $3 or starts_with(d.village_code, $3 || '.')
         order by d.died_on, d.worker_id limit $4
        """,
        as_of,
        known_at,
        area,
        WORKERS_LISTED_MAX,
    )
    listed = [{name: value for name, value in row.items() if name != "people"} for row in rows]
    return listed, rows[0]["people"] if rows else 0


async def paid_after_death(
    tx: Transaction, as_of: date, known_at: datetime | None, by: list[str], area: str | None
) -> tuple[list[Figure], Figure]:
    """Count what is paid for days after deaths up to the day: begun after the death, or paid ahead of it."""
    rows = await tx.fetch(
        """
        with paid as (
            select case when 'begun' = any($3) then case when p.begun_after then 'after' else 'before' end end as begun,
                   case when 'cohort' = any($3) then p.cohort_id::text end as cohort, n.name as cohort_name,
                   case when 'segment' = any($3) then p.segment end as segment,
                   case when 'funding' = any($3) then p.funding end as funding,
                   case when 'regency' = any($3) then left(p.village_code, 5) end as regency, v.regency_name,
                   case when 'district' = any($3) then left(p.village_code, 8) end as district, v.district_name,
                   case when 'village' = any($3) then p.village_code end as village, v.village_name,
                   p.worker_id, p.periods, p.person_months
              from paid_after_death($1, $2) p
              left join village v using (village_code) left join cohorts($2) n using (cohort_id)
             where $4::text is null or p.village_code = $4 or starts_with(p.village_code, $4 || '.')
        )
        select begun, cohort, max(cohort_name) as cohort_name, segment, funding, regency,
               max(regency_name) as regency_name, district, max(district_name) as district_name, village,
               max(village_name) as village_name, count(distinct worker_id) as people,
               coalesce(sum(periods), 0)::bigint as periods, coalesce(sum(person_months), 0)::bigint as person_months,
               coalesce(sum(periods) filter (where person_months is null), 0)::bigint as without_end,
               grouping(begun) = 1 as is_total
          from paid
         group by grouping sets ((begun, cohort, segment, funding, regency, district, village), ())
         order by is_total, begun, cohort_name, cohort, segment, funding, regency, district, village
        """,
        as_of,
        known_at,
        by,
        area,
    )
    return figures(rows, by, "people", "periods", "person_months", "without_end")
