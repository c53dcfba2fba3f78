"""One function for each question; each runs in the snapshot that the answer's completeness was read in.

`known_at` None means with all facts known now. Parts are grouped by the names in `by`; a name that is not asked for is
one group, so every question is one statement. Names of places come from the reference of villages; a village that is
not in it still counts, in the areas that its code says.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from services.chassis.postgres import Transaction

Figure = dict[str, Any]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Where:
    """Which part of the figures is meant; None means all of them. An area is any code from province to village."""

    area: str | None = None
    segments: list[str] | None = None
    fundings: list[str] | None = None


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
    """Count the people under cover on the day, each once."""
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


async def memberships(
    tx: Transaction, as_of: date, known_at: datetime | None, by: list[str], where: Where, state: str = "in_force"
) -> list[Figure]:
    """Count the memberships that are in force on the day, or suspended, or in grace."""
    rows = await tx.fetch(
        """
        with counted as (
            select village_code, nullif(cohort, '')::uuid as cohort_id, sum(number) as memberships
              from ledger_changes('memberships', array[$1::date], $2)
             where what = $5 and ($4::text is null or village_code = $4 or starts_with(village_code, $4 || '.'))
             group by village_code, cohort_id
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
               case when 'cohort' = any($3) then c.cohort_id::text end as cohort,
               max(k.name) as cohort_name,
               sum(c.memberships)::bigint as memberships
          from counted c left join village v using (village_code) left join known k using (cohort_id)
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
    each_day = [from_ + timedelta(days=number) for number in range((until - from_).days + 1)]
    people = await tx.fetch(
        """
        select day, -sum(number)::bigint as people
          from ledger_changes('people', $1::date[], $2)
         where day > $1[1] and ($3::text is null or village_code = $3 or starts_with(village_code, $3 || '.'))
         group by day having sum(number) <> 0
        """,
        each_day,
        known_at,
        area,
    )
    ending = await tx.fetch(
        """
        with fewer as (
            select day, nullif(cohort, '')::uuid as cohort_id, -sum(number) as memberships
              from ledger_changes('memberships', $1::date[], $2)
             where what in ('in_force', 'suspended') and day > $1[1]
               and ($3::text is null or village_code = $3 or starts_with(village_code, $3 || '.'))
             group by day, cohort, village_code having sum(number) < 0
        ), ending as (
            select day, cohort_id, sum(memberships)::bigint as memberships from fewer group by day, cohort_id
        )
        select e.day, e.cohort_id::text as cohort, e.memberships,
               (select c.name from cohort c
                 where c.cohort_id = e.cohort_id and ($2::timestamptz is null or c.recorded_at <= $2)
                 order by c.recorded_at desc limit 1) as cohort_name
          from ending e order by e.day, cohort_name, cohort
        """,
        each_day,
        known_at,
        area,
    )
    days: dict[date, Figure] = {
        day: {
            "last_covered_day": day - _DAY,
            "without_cover_from": day,
            "people": 0,
            "memberships": 0,
            "cohorts": [],
        }
        for day in sorted({row["day"] for row in (*people, *ending)})
    }
    for row in people:
        days[row["day"]]["people"] = row["people"]
    for row in ending:
        days[row["day"]]["memberships"] += row["memberships"]
        days[row["day"]]["cohorts"].append({name: row[name] for name in ("cohort", "cohort_name", "memberships")})
    figures = list(days.values())
    return figures, {unit: sum(figure[unit] for figure in figures) for unit in ("people", "memberships")}


async def commitments(
    tx: Transaction, year: int | None, known_at: datetime | None, by: list[str]
) -> tuple[list[Figure], Figure]:
    """Set what cohorts were approved for against the memberships that they enrolled."""
    rows = await tx.fetch(
        """
        with approved as (
            select distinct on (cohort_id) *
              from cohort where approved and ($2::timestamptz is null or recorded_at <= $2)
             order by cohort_id, recorded_at desc
        ), realised as (
            select nullif(cohort, '')::uuid as cohort_id, sum(number) as enrolled
              from ledger_changes('enrolled', array[date 'infinity'], $2)
             group by cohort_id
        ), each as (
            select case when 'year' = any($3) then a.year end as year,
                   case when 'phase' = any($3) then a.phase end as phase,
                   case when 'segment' = any($3) then a.segment end as segment,
                   case when 'funding' = any($3) then a.funding end as funding,
                   case when 'cohort' = any($3) then cohort_id::text end as cohort,
                   a.name, a.places, a.person_months, a.budget_idr, r.enrolled
              from approved a full join realised r using (cohort_id)
             where $1::int is null or a.year = $1
        )
        select year, phase, segment, funding, cohort, max(name) as cohort_name,
               count(*) as cohorts,
               coalesce(sum(places), 0)::bigint as places,
               coalesce(sum(person_months), 0)::bigint as person_months,
               coalesce(sum(budget_idr), 0)::bigint as budget_idr,
               count(*) - count(budget_idr) as cohorts_without_budget,
               coalesce(sum(enrolled), 0)::bigint as enrolled,
               grouping(year) = 1 as is_total
          from each
         group by grouping sets ((year, phase, segment, funding, cohort), ())
         order by is_total, year, phase, segment, funding, cohort_name, cohort
        """,
        year,
        known_at,
        by,
    )
    units = ("cohorts", "places", "person_months", "budget_idr", "cohorts_without_budget", "enrolled")
    return figures(rows, by, *units)


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


async def cards(
    tx: Transaction, from_: date, until: date, known_at: datetime | None
) -> tuple[list[Figure], dict[str, int]]:
    """Count the cards handed over in the period by district, each card once: when it first left our hands."""
    rows = await tx.fetch(
        """
        with first as (
            select distinct on (coverage_id) coverage_id, village_code, handed_on, received_by
              from card_handover where $3::timestamptz is null or recorded_at <= $3
             order by coverage_id, handed_on, recorded_at
        )
        select left(f.village_code, 8) as district, max(v.district_name) as district_name,
               count(*) as cards, count(*) filter (where f.received_by = 'worker') as to_workers,
               count(*) filter (where f.received_by = 'representative') as to_representatives
          from first f left join village v using (village_code)
         where f.handed_on >= $1 and f.handed_on < $2
         group by 1 order by 1
        """,
        from_,
        until,
        known_at,
    )
    return [dict(row) for row in rows], {"cards": sum(row["cards"] for row in rows), "districts": len(rows)}


async def legal_bases(
    tx: Transaction, year: int | None, known_at: datetime | None
) -> tuple[list[Figure], dict[str, int]]:
    """List the regulations and decrees that cohorts rest on, each once."""
    rows = await tx.fetch(
        """
        with approved as (
            select distinct on (cohort_id) event_id, cohort_id, year
              from cohort where approved and ($2::timestamptz is null or recorded_at <= $2)
             order by cohort_id, recorded_at desc
        )
        select b.title, bool_or(b.placeholder) as placeholder, count(distinct a.cohort_id) as cohorts
          from approved a join legal_basis b using (event_id)
         where $1::int is null or a.year = $1
         group by b.title order by b.title
        """,
        year,
        known_at,
    )
    placeholders = sum(row["placeholder"] for row in rows)
    return [dict(row) for row in rows], {"legal_bases": len(rows), "placeholders": placeholders}


async def target(tx: Transaction, id_: str, version: int | None) -> Figure | None:
    """Give a target in the version named, or in its newest; a version never changes."""
    row = await tx.fetchrow(
        """
        select id, version, name, value, unit, scope, area_code, definition, valid_on, source, source_date, taken_in_at
          from target where id = $1 and ($2::int is null or version = $2)
         order by version desc limit 1
        """,
        id_,
        version,
    )
    return dict(row) if row is not None else None


async def targets(tx: Transaction) -> list[Figure]:
    """List targets and denominators in their newest version."""
    rows = await tx.fetch(
        """
        select distinct on (id) id, version, name, value, unit, scope, area_code, definition, valid_on, source,
               source_date, taken_in_at
          from target order by id, version desc
        """
    )
    return [dict(row) for row in rows]


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
