"""One function for each question; each runs in the snapshot that the answer's completeness was read in.

`known_at` None means with all facts known now. Parts are grouped by the names in `by`; a name that is not asked for is
one group, so every question is one statement. Names of places come from the reference of villages; a village that is
not in it still counts, in the areas that its code says. What is asked in SQL is asked here: the statements stand once,
in the documented schema `bi`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.chassis.postgres import Transaction
from services.reporting import followed

Figure = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Where:
    """Which part of the figures is meant; None means all of them. An area is any code from province to village."""

    area: str | None = None
    segments: list[str] | None = None
    fundings: list[str] | None = None
    cohorts: list[UUID] | None = None


async def area_known(tx: Transaction, code: str) -> bool:
    """Tell whether the code names a province, regency, district or village of the reference."""
    known: bool = await tx.fetchval(
        "select exists (select from village where $1 in (province_code, regency_code, district_code, village_code))",
        code,
    )
    return known


async def areas_within(tx: Transaction, chosen: str | None) -> list[Figure]:
    """List the regencies, the districts of the regency that is chosen, and the villages of the district; with depth."""
    rows = await tx.fetch(
        """
        select regency_code as code, max(regency_name) as name, 0 as depth from village group by 1
         union all
        select district_code, max(district_name), 1 from village where left($1, 5) = regency_code group by 1
         union all
        select village_code, village_name, 2 from village where left($1, 8) = district_code
         order by 1
        """,
        chosen,
    )
    return [dict(row) for row in rows]


async def protected(
    tx: Transaction, as_of: date, known_at: datetime | None, by: list[str], where: Where
) -> list[Figure]:
    """Count the people under cover on the day, each once; by cohort it raises followed.NotFollowed."""
    if "cohort" in by or where.cohorts is not None:
        return await _protected_by_cohort(tx, as_of, known_at, by, where)
    rows = await tx.fetch(
        """
        with counted as (
            select village_code, segment, funding, sum(people) as people
              from people_changes(array[$1::date], $2)
             where ($4::text is null or village_code = $4 or starts_with(village_code, $4 || '.'))
               and ($5::text[] is null or segment = any($5)) and ($6::text[] is null or funding = any($6))
             group by village_code, segment, funding
        )
        select case when 'regency' = any($3) then left(c.village_code, 5) end as regency,
               max(v.regency_name) as regency_name,
               case when 'district' = any($3) then left(c.village_code, 8) end as district,
               max(v.district_name) as district_name,
               case when 'village' = any($3) then c.village_code end as village,
               max(v.village_name) as village_name,
               case when 'segment' = any($3) then c.segment end as segment,
               case when 'funding' = any($3) then c.funding end as funding,
               sum(c.people)::bigint as people
          from counted c left join village v using (village_code)
         group by 1, 3, 5, 7, 8
        having sum(c.people) <> 0
         order by 1, 3, 5, 7, 8
        """,
        as_of,
        known_at,
        by,
        where.area,
        where.segments,
        where.fundings,
    )
    return [_figure(row, by, "people") for row in rows]


async def _protected_by_cohort(
    tx: Transaction, as_of: date, known_at: datetime | None, by: list[str], where: Where
) -> list[Figure]:
    """Count the same from the sums by cohort, which are many more."""
    await followed.cohorts(tx)
    rows = await tx.fetch(
        """
        with counted as (
            select village_code, segment, funding, cohort_id, sum(people) as people
              from people_by_cohort_changes(array[$1::date], $2)
             where ($4::text is null or village_code = $4 or starts_with(village_code, $4 || '.'))
               and ($5::text[] is null or segment = any($5)) and ($6::text[] is null or funding = any($6))
               and ($7::uuid[] is null or cohort_id = any($7))
             group by village_code, segment, funding, cohort_id
        ), known as (
            select distinct on (cohort_id) cohort_id, name
              from cohort where $2::timestamptz is null or recorded_at <= $2
             order by cohort_id, recorded_at desc
        )
        select case when 'regency' = any($3) then left(c.village_code, 5) end as regency,
               max(v.regency_name) as regency_name,
               case when 'district' = any($3) then left(c.village_code, 8) end as district,
               max(v.district_name) as district_name,
               case when 'village' = any($3) then c.village_code end as village,
               max(v.village_name) as village_name,
               case when 'segment' = any($3) then c.segment end as segment,
               case when 'funding' = any($3) then c.funding end as funding,
               case when 'cohort' = any($3) then c.cohort_id::text end as cohort,
               max(k.name) as cohort_name,
               sum(c.people)::bigint as people
          from counted c left join village v using (village_code) left join known k using (cohort_id)
         group by 1, 3, 5, 7, 8, 9
        having sum(c.people) <> 0
         order by 1, 3, 5, 7, 8, 10, 9
        """,
        as_of,
        known_at,
        by,
        where.area,
        where.segments,
        where.fundings,
        where.cohorts,
    )
    return [_figure(row, by, "people") for row in rows]


async def memberships(
    tx: Transaction, as_of: date, known_at: datetime | None, by: list[str], where: Where, state: str = "in_force"
) -> list[Figure]:
    """Count the memberships that are in force on the day, or suspended, or in grace."""
    rows = await tx.fetch(
        """
        select case when 'regency' = any($3) then left(c.village_code, 5) end as regency,
               max(v.regency_name) as regency_name,
               case when 'district' = any($3) then left(c.village_code, 8) end as district,
               max(v.district_name) as district_name,
               case when 'village' = any($3) then c.village_code end as village,
               max(v.village_name) as village_name,
               case when 'cohort' = any($3) then c.cohort_id::text end as cohort,
               max(c.cohort_name) as cohort_name,
               sum(c.memberships)::bigint as memberships
          from memberships($1, $2, $5) c left join village v using (village_code)
         where $4::text is null or c.village_code = $4 or starts_with(c.village_code, $4 || '.')
         group by 1, 3, 5, 7
        having sum(c.memberships) <> 0
         order by 1, 3, 5, 8, 7
        """,
        as_of,
        known_at,
        by,
        where.area,
        state,
    )
    return [_figure(row, by, "memberships") for row in rows]


async def expiries(
    tx: Transaction, from_: date, until: date, known_at: datetime | None, area: str | None = None
) -> tuple[list[Figure], dict[str, int]]:
    """Tell who leaves cover after each day: people net of those who join, memberships by the cohort that paid them.

    A suspension ends the protection of a person, but no membership: what was paid ends when it ends, suspended or not.
    Memberships are net of those that begin in the same cohort and village, so that areas add up to the whole.
    """
    rows = await tx.fetch(
        """
        select last_covered_day, without_cover_from, cohort_id::text as cohort, max(cohort_name) as cohort_name,
               sum(people)::bigint as people, sum(memberships)::bigint as memberships
          from expiries($1, $2, $3)
         where $4::text is null or village_code = $4 or starts_with(village_code, $4 || '.')
         group by last_covered_day, without_cover_from, cohort_id
        having cohort_id is not null or sum(people) <> 0
         order by last_covered_day, cohort_name, cohort
        """,
        from_,
        until,
        known_at,
        area,
    )
    days: dict[date, Figure] = {}
    for row in rows:
        both = {name: row[name] for name in ("last_covered_day", "without_cover_from")}
        day = days.setdefault(row["last_covered_day"], both | {"people": 0, "memberships": 0, "cohorts": []})
        if row["cohort"] is None:
            day["people"] = row["people"]
        else:
            day["memberships"] += row["memberships"]
            day["cohorts"].append({name: row[name] for name in ("cohort", "cohort_name", "memberships")})
    figures = list(days.values())
    return figures, {unit: sum(figure[unit] for figure in figures) for unit in ("people", "memberships")}


async def claims_paid(
    tx: Transaction, from_: date, until: date, known_at: datetime | None, by: list[str], area: str | None = None
) -> tuple[list[Figure], Figure]:
    """Sum what was paid in the period, keeping people, cases, payments and rupiah apart.

    Neither what the law adds for lateness nor what was paid for claims taken back since is in the sum of the benefits:
    each stands beside it. A payment that came back is nowhere.
    """
    rows = await tx.fetch(
        """
        with arrived as (
            select case when 'programme' = any($4) then p.programme end as programme,
                   case when 'segment' = any($4) then p.segment end as segment,
                   case when 'funding' = any($4) then p.funding end as funding,
                   case when 'cohort' = any($4) then p.cohort_id::text end as cohort, n.name as cohort_name,
                   case when 'month' = any($4) then to_char(p.paid_on, 'YYYY-MM') end as month,
                   -- a file of the agency may tell of a greater area only: then the smaller one is not known
                   case when 'regency' = any($4) and length(area_code) >= 5 then left(area_code, 5) end as regency,
                   case when 'district' = any($4) and length(area_code) >= 8 then left(area_code, 8) end as district,
                   case when 'village' = any($4) and length(area_code) >= 13 then area_code end as village,
                   p.worker_id, p.claim_id, p.cases, p.amount_idr, p.kind = 'benefit' and not p.voided as counts,
                   p.kind = 'late' and not p.voided as late, p.voided
              from payments($3) p left join cohorts($3) n using (cohort_id)
             where p.paid_on >= $1 and p.paid_on < $2
               and ($5::text is null or p.area_code = $5 or starts_with(p.area_code, $5 || '.'))
        ), summed as (
            select programme, segment, funding, cohort, max(cohort_name) as cohort_name, month, regency, district,
                   village, count(distinct worker_id) filter (where counts) as people,
                   (count(distinct claim_id) filter (where counts)
                    + coalesce(sum(cases) filter (where claim_id is null), 0))::bigint as cases,
                   coalesce(sum(cases) filter (where claim_id is null), 0)::bigint as cases_decided_elsewhere,
                   count(claim_id) filter (where counts) as payments,
                   coalesce(sum(amount_idr) filter (where counts), 0)::bigint as amount_idr,
                   coalesce(sum(amount_idr) filter (where late), 0)::bigint as late_idr,
                   coalesce(sum(amount_idr) filter (where voided), 0)::bigint as voided_idr,
                   grouping(programme) = 1 as is_total
              from arrived
             group by grouping sets ((programme, segment, funding, cohort, month, regency, district, village), ())
        )
        select s.*, r.regency_name, d.district_name, v.village_name
          from summed s
          left join (select regency_code, max(regency_name) as regency_name from village group by 1) r
            on r.regency_code = s.regency
          left join (select district_code, max(district_name) as district_name from village group by 1) d
            on d.district_code = s.district
          left join village v on v.village_code = s.village
         order by s.is_total, s.programme, s.segment, s.funding, s.cohort_name, s.cohort, s.month, s.regency,
                  s.district, s.village
        """,
        from_,
        until,
        known_at,
        by,
        area,
    )
    counts = ("people", "cases", "cases_decided_elsewhere", "payments")
    return figures(rows, by, *counts, "amount_idr", "late_idr", "voided_idr")


async def dictionary(tx: Transaction) -> list[Figure]:
    """List every view, function and column of schema bi, as the database itself says what they are."""
    rows = await tx.fetch(
        """
        select object, coalesce(name, object_kind) as part, kind, type, meaning
          from bi.dictionary order by object, place
        """
    )
    return [dict(row) for row in rows]


def _figure(row: Any, by: list[str], *units: str) -> Figure:
    """Keep what was asked for: the parts with their names, where they have one, and the counts."""
    figure: Figure = {}
    for part in by:
        figure[part] = row[part]
        if f"{part}_name" in row.keys():  # noqa: SIM118 - a record of asyncpg is searched by value
            figure[f"{part}_name"] = row[f"{part}_name"]
    return figure | {unit: row[unit] for unit in units}


def figures(rows: list[Any], by: list[str], *units: str) -> tuple[list[Figure], Figure]:
    """Tell the parts from the total, which a statement gives as a row of its own (`is_total`)."""
    parts = [_figure(row, by, *units) for row in rows if not row["is_total"]]
    total = [_figure(row, [], *units) for row in rows if row["is_total"]]
    return parts, total[0] if total else dict.fromkeys(units, 0)
