"""One function for each question about cohorts: what was agreed and what came of it, and what they pay twice.

What is asked in SQL is asked here: the statements stand once, in the documented schema `bi`.
"""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from services.chassis.postgres import Transaction
from services.reporting.queries import Figure, figures

STEPS = (
    "proposed",
    "unique",
    "identity_matched",
    "eligible",
    "in_decree",
    "waiting",
    "refused",
    "paid",
    "active",
)
"""In the order of the way; a worker stands at every step that was taken."""


async def funnel(
    tx: Transaction, as_of: date, known_at: datetime | None, by: list[str], area: str | None, cohort_id: str | None
) -> tuple[list[Figure], Figure]:
    """Count proposed workers by step, and refusals by reason."""
    rows = await tx.fetch(
        """
        with stands as (
            select case when 'regency' = any($3) then left(village_code, 5) end as regency,
                   case when 'district' = any($3) then left(village_code, 8) end as district,
                   case when 'village' = any($3) then village_code end as village,
                   case when 'cohort' = any($3) then cohort end as cohort, step, reason,
                   sum(workers)::bigint as workers
              from funnel_changes($1, $2)
             where ($4::text is null or village_code = $4 or starts_with(village_code, $4 || '.'))
               and ($5::text is null or cohort = $5)
             group by 1, 2, 3, 4, 5, 6 having sum(workers) <> 0
        ), each as (
            select regency, district, village, cohort,
                   json_object_agg(step, workers) filter (where step <> 'refused') as steps,
                   json_object_agg(reason, workers) filter (where step = 'refused') as refused_for
              from stands group by regency, district, village, cohort
        )
        select e.regency, r.regency_name, e.district, d.district_name, e.village, v.village_name,
               e.cohort, n.name as cohort_name, e.steps, e.refused_for
          from each e
          left join (select regency_code, max(regency_name) as regency_name from village group by 1) r
            on r.regency_code = e.regency
          left join (select district_code, max(district_name) as district_name from village group by 1) d
            on d.district_code = e.district
          left join village v on v.village_code = e.village
          left join cohorts($2) n on n.cohort_id = nullif(e.cohort, '')::uuid
         order by regency, district, village, cohort_name, cohort
        """,
        as_of,
        known_at,
        by,
        area,
        cohort_id,
    )
    stand = [_counted(row, by) for row in rows]
    return stand, {step: sum(figure[step] for figure in stand) for step in STEPS}


def _counted(row: Any, by: list[str]) -> Figure:
    refused_for: dict[str, int] = json.loads(row["refused_for"] or "{}")
    steps = json.loads(row["steps"] or "{}") | {"refused": sum(refused_for.values())}
    parts = {name: row[name] for part in by for name in (part, f"{part}_name")}
    return {**parts, **{step: steps.get(step, 0) for step in STEPS}, "refused_for": refused_for}


async def cohorts(
    tx: Transaction, known_at: datetime | None, year: int | None, state: str | None
) -> tuple[list[Figure], Figure]:
    """List cohorts with their state, their owner and their terms."""
    rows = await tx.fetch(
        """
        select cohort_id::text as cohort, name as cohort_name, state, owner_office, year, phase, segment, funding,
               covered_from, covered_until, months, places, person_months, budget_idr, decree_number, decree_signed_on
          from cohorts($1) where ($2::int is null or year = $2) and ($3::text is null or state = $3)
        """,
        known_at,
        year,
        state,
    )
    states = ("proposed", "approved", "open", "closed")
    return [dict(row) for row in rows], {one: sum(row["state"] == one for row in rows) for one in states}


async def commitments(
    tx: Transaction, year: int | None, as_of: date, known_at: datetime | None, by: list[str]
) -> tuple[list[Figure], Figure]:
    """Set what cohorts were approved for against the memberships that they enrolled, and the months paid by the day.

    Months are realised within what was approved, or by cohorts without such a limit; so what was approved is what was
    realised within it and what is left of it: None where no cohort has a limit.
    """
    rows = await tx.fetch(
        """
        with each as (
            select case when 'year' = any($4) then year end as year,
                   case when 'phase' = any($4) then phase end as phase,
                   case when 'segment' = any($4) then segment end as segment,
                   case when 'funding' = any($4) then funding end as funding,
                   case when 'cohort' = any($4) then cohort_id::text end as cohort,
                   cohort_name, places, person_months, budget_idr, enrolled, months_realised, months_left
              from commitments($2, $3) where $1::int is null or year = $1
        )
        select year, phase, segment, funding, cohort, max(cohort_name) as cohort_name,
               count(*) as cohorts,
               coalesce(sum(places), 0)::bigint as places,
               coalesce(sum(person_months), 0)::bigint as person_months,
               coalesce(sum(budget_idr), 0)::bigint as budget_idr,
               count(*) - count(budget_idr) as cohorts_without_budget,
               coalesce(sum(enrolled), 0)::bigint as enrolled,
               coalesce(sum(months_realised), 0)::bigint as months_realised,
               coalesce(sum(months_realised) filter (where person_months is null), 0)::bigint as months_without_limit,
               sum(months_left)::bigint as months_left,
               grouping(year) = 1 as is_total
          from each
         group by grouping sets ((year, phase, segment, funding, cohort), ())
         order by is_total, year, phase, segment, funding, cohort_name, cohort
        """,
        year,
        as_of,
        known_at,
        by,
    )
    units = ("cohorts", "places", "person_months", "budget_idr", "cohorts_without_budget", "enrolled")
    return figures(rows, by, *units, "months_realised", "months_without_limit", "months_left")


async def legal_bases(
    tx: Transaction, year: int | None, known_at: datetime | None, cohorts: Sequence[str] | None = None
) -> tuple[list[Figure], dict[str, int]]:
    """List the regulations and decrees that cohorts rest on, or only these cohorts, each once."""
    rows = await tx.fetch(
        """
        select title, bool_or(placeholder) as placeholder, count(distinct cohort_id) as cohorts
          from legal_bases($2)
         where ($1::int is null or year = $1) and ($3::uuid[] is null or cohort_id = any($3))
         group by title order by title
        """,
        year,
        known_at,
        cohorts,
    )
    placeholders = sum(row["placeholder"] for row in rows)
    return [dict(row) for row in rows], {"legal_bases": len(rows), "placeholders": placeholders}


async def places_reallocated(
    tx: Transaction, known_at: datetime | None, cohort_id: str | None
) -> tuple[list[Figure], int]:
    """List places that went from one village to another."""
    rows = await tx.fetch(
        """
        select p.cohort_id::text as cohort, c.name as cohort_name, p.from_village, f.village_name as from_village_name,
               p.to_village, t.village_name as to_village_name, p.places, p.recorded_at
          from places_reallocated p
          left join cohorts($1) c using (cohort_id)
          left join village f on f.village_code = p.from_village
          left join village t on t.village_code = p.to_village
         where ($1 is null or p.recorded_at <= $1) and ($2::uuid is null or p.cohort_id = $2)
         order by p.recorded_at, p.cohort_id
        """,
        known_at,
        cohort_id,
    )
    return [dict(row) for row in rows], sum(row["places"] for row in rows)


async def double_funding(
    tx: Transaction, known_at: datetime | None, area: str | None = None
) -> tuple[list[Figure], Figure]:
    """Count findings by what was decided about them, and the months paid twice."""
    rows = await tx.fetch(
        """
        select state, count(*) as findings, coalesce(sum(person_months), 0)::bigint as person_months,
               count(*) - count(person_months) as without_end
          from double_funding($1)
         where $2::text is null or village_code = $2 or starts_with(village_code, $2 || '.')
         group by state order by array_position(array['open', 'justified', 'duplicate'], state)
        """,
        known_at,
        area,
    )
    units = ("findings", "person_months", "without_end")
    return [dict(row) for row in rows], {unit: sum(row[unit] for row in rows) for unit in units}


async def cards_issued(
    tx: Transaction, from_: date, until: date, known_at: datetime | None
) -> tuple[list[Figure], dict[str, int]]:
    """Count the cards issued in the period by district, each card once."""
    rows = await tx.fetch(
        """
        select left(f.village_code, 8) as district, max(v.district_name) as district_name, count(*) as cards
          from cards_issued($3) f left join village v using (village_code)
         where f.issued_on >= $1 and f.issued_on < $2
         group by 1 order by 1
        """,
        from_,
        until,
        known_at,
    )
    return [dict(row) for row in rows], {"cards": sum(row["cards"] for row in rows), "districts": len(rows)}


async def cards(
    tx: Transaction, from_: date, until: date, known_at: datetime | None
) -> tuple[list[Figure], dict[str, int]]:
    """Count the cards handed over in the period by district, each card once: when it first left our hands."""
    rows = await tx.fetch(
        """
        select left(f.village_code, 8) as district, max(v.district_name) as district_name,
               count(*) as cards, count(*) filter (where f.received_by = 'worker') as to_workers,
               count(*) filter (where f.received_by = 'representative') as to_representatives
          from cards_handed_over($3) f left join village v using (village_code)
         where f.handed_on >= $1 and f.handed_on < $2
         group by 1 order by 1
        """,
        from_,
        until,
        known_at,
    )
    return [dict(row) for row in rows], {"cards": sum(row["cards"] for row in rows), "districts": len(rows)}


async def enrolled_in(tx: Transaction, area: str, known_at: datetime | None) -> dict[str, tuple[int, bool]]:
    """Give how many memberships each cohort enrolled in the area, if any, and whether these are all it enrolled."""
    rows = await tx.fetch(
        """
        select cohort, (sum(number) filter (where village_code = $1 or starts_with(village_code, $1 || '.')))::bigint
               as here, sum(number)::bigint as everywhere
          from ledger_changes('enrolled', array[date 'infinity'], $2)
         where cohort <> '' group by cohort
        """,
        area,
        known_at,
    )
    return {row["cohort"]: (row["here"], row["here"] == row["everywhere"]) for row in rows if row["here"]}
