"""One function for each question about claims: what was decided, how long it took, what is late, owed or in doubt.

What is asked in SQL is asked here: the statements stand once, in the documented schema `bi`. A claim counts once, under
its newest decision; one that was voided counts nowhere but among the voided.
"""

import json
from datetime import date, datetime

from services.chassis.postgres import Transaction
from services.reporting.queries import Figure, figures


async def standing(
    tx: Transaction, as_of: date, known_at: datetime | None, by: list[str], area: str | None, *, overdue: bool
) -> tuple[list[Figure], Figure]:
    """Count claims by how they stand on the day; only those that are overdue, if so asked."""
    rows = await tx.fetch(
        """
        with claim as (
            select case when 'programme' = any($3) then c.programme end as programme,
                   case when 'stage' = any($3) then c.stage end as stage,
                   case when 'segment' = any($3) then c.segment end as segment,
                   case when 'regency' = any($3) then left(c.village_code, 5) end as regency, v.regency_name,
                   case when 'district' = any($3) then left(c.village_code, 8) end as district, v.district_name,
                   case when 'village' = any($3) then c.village_code end as village, v.village_name,
                   c.worker_id, c.overdue, c.outstanding_idr, $1 - c.due_on as days_late
              from claims($1, $2) c left join village v using (village_code)
             where (c.overdue or not $5)
               and ($4::text is null or c.village_code = $4 or starts_with(c.village_code, $4 || '.'))
        )
        select programme, stage, segment, regency, max(regency_name) as regency_name, district,
               max(district_name) as district_name, village, max(village_name) as village_name,
               count(*) as claims, count(distinct worker_id) as people, count(*) filter (where overdue) as overdue,
               coalesce(sum(outstanding_idr), 0)::bigint as outstanding_idr,
               coalesce(max(days_late) filter (where overdue), 0) as days_late_max, grouping(programme) = 1 as is_total
          from claim
         group by grouping sets ((programme, stage, segment, regency, district, village), ())
         order by is_total, programme, array_position(array['reported', 'pended', 'submitted', 'decided', 'ordered',
                                                            'returned', 'paid', 'denied'], stage),
                  segment, regency, district, village
        """,
        as_of,
        known_at,
        by,
        area,
        overdue,
    )
    return figures(rows, by, "claims", "people", "overdue", "outstanding_idr", "days_late_max")


async def decided(
    tx: Transaction, from_: date, until: date, known_at: datetime | None, by: list[str], area: str | None
) -> tuple[list[Figure], Figure]:
    """Count the claims whose newest decision by the end of the period was made in it, with components and reasons."""
    rows = await tx.fetch(
        """
        with claim as (
            select array[case when 'programme' = any($4) then d.programme end,  -- not that of a claim rerouted since
                         case when 'segment' = any($4) then c.segment end,
                         case when 'funding' = any($4) then c.funding end,
                         case when 'cohort' = any($4) then c.cohort_id::text end,
                         case when 'outcome' = any($4) then c.outcome end,
                         case when 'month' = any($4) then to_char(c.decided_on, 'YYYY-MM') end,
                         case when 'regency' = any($4) then left(c.village_code, 5) end,
                         case when 'district' = any($4) then left(c.village_code, 8) end,
                         case when 'village' = any($4) then c.village_code end] as part,
                   v.regency_name, v.district_name, v.village_name, n.name as cohort_name,
                   c.worker_id, c.decision_id, c.outcome, c.round, c.granted_idr
              from claims(($2::date - 1), $3) c
              left join village v using (village_code) left join cohorts($3) n using (cohort_id)
              join claim_decision d on d.event_id = c.decision_id
             where c.decided_on >= $1
               and ($5::text is null or c.village_code = $5 or starts_with(c.village_code, $5 || '.'))
        ), counted as (
            select part, max(regency_name) as regency_name, max(district_name) as district_name,
                   max(village_name) as village_name, max(cohort_name) as cohort_name,
                   count(*) as claims, count(distinct worker_id) as people,
                   count(*) filter (where outcome = 'approved') as approved,
                   count(*) filter (where outcome = 'partially_approved') as partially_approved,
                   count(*) filter (where outcome = 'denied') as denied,
                   count(*) filter (where round > 1) as decided_again,
                   coalesce(sum(granted_idr), 0)::bigint as amount_idr, grouping(part) = 1 as is_total
              from claim group by grouping sets ((part), ())
        ), detail as (
            select k.part, 'components' as kind, p.code, p.amount_idr as number
              from claim k join claim_components p using (decision_id)
             union all
            select k.part, case k.outcome when 'denied' then 'denied_for' else 'reduced_for' end, r.code, 1
              from claim k join (select distinct event_id, code from claim_reasons) r on r.event_id = k.decision_id
        ), summed as (
            select part, kind, json_object_agg(code, number order by code) as told
              from (select part, kind, code, sum(number)::bigint as number from detail group by part, kind, code) each
             group by part, kind
        )
        select c.part[1] as programme, c.part[2] as segment, c.part[3] as funding, c.part[4] as cohort, c.cohort_name,
               c.part[5] as outcome, c.part[6] as month, c.part[7] as regency, c.regency_name, c.part[8] as district,
               c.district_name, c.part[9] as village, c.village_name, c.claims, c.people, c.approved,
               c.partially_approved, c.denied, c.decided_again, c.amount_idr, c.is_total,
               (select told from summed s where s.part = c.part and s.kind = 'components') as components,
               (select told from summed s where s.part = c.part and s.kind = 'denied_for') as denied_for,
               (select told from summed s where s.part = c.part and s.kind = 'reduced_for') as reduced_for
          from counted c order by is_total, part
        """,
        from_,
        until,
        known_at,
        by,
        area,
    )
    units = ("claims", "people", "approved", "partially_approved", "denied", "decided_again", "amount_idr")
    told = ("components", "denied_for", "reduced_for")
    parts, _ = figures(rows, by, *units, *told)
    parts = [part | {name: json.loads(part[name] or "{}") for name in told} for part in parts]
    return parts, figures(rows, [], *units)[1]


async def time_to_payment(
    tx: Transaction, from_: date, until: date, known_at: datetime | None, by: list[str], area: str | None
) -> tuple[list[Figure], Figure]:
    """Tell how many calendar days payments of the period took since the papers were complete, and how many came late.

    Working days are not known here; `due_on`, which claims reckoned in them, says what was in time.
    """
    rows = await tx.fetch(
        """
        with paid as (
            select case when 'programme' = any($4) then p.programme end as programme,
                   case when 'segment' = any($4) then p.segment end as segment,
                   case when 'month' = any($4) then to_char(p.paid_on, 'YYYY-MM') end as month,
                   case when 'regency' = any($4) then left(p.area_code, 5) end as regency, v.regency_name,
                   case when 'district' = any($4) then left(p.area_code, 8) end as district, v.district_name,
                   case when 'village' = any($4) then p.area_code end as village, v.village_name,
                   p.due_on, p.days, p.in_time
              from time_to_payment($1, $2, $3) p left join village v on v.village_code = p.area_code
             where ($5::text is null or p.area_code = $5 or starts_with(p.area_code, $5 || '.'))
        )
        select programme, segment, month, regency, max(regency_name) as regency_name, district,
               max(district_name) as district_name, village, max(village_name) as village_name,
               count(*) as payments, count(due_on) as with_clock, count(*) filter (where in_time) as in_time,
               round(100.0 * count(*) filter (where in_time) / nullif(count(due_on), 0), 2)::float8
                   as in_time_percent,
               percentile_disc(0.5) within group (order by days) as days_p50,
               percentile_disc(0.9) within group (order by days) as days_p90, max(days) as days_max,
               grouping(programme) = 1 as is_total
          from paid
         group by grouping sets ((programme, segment, month, regency, district, village), ())
         order by is_total, programme, segment, month, regency, district, village
        """,
        from_,
        until,
        known_at,
        by,
        area,
    )
    return figures(rows, by, "payments", "with_clock", "in_time", "in_time_percent", "days_p50", "days_p90", "days_max")


async def obligations(
    tx: Transaction, as_of: date, known_at: datetime | None, by: list[str], area: str | None = None
) -> tuple[list[Figure], Figure]:
    """Sum the years of school that fall due on the day or later, by the newest decision of each claim."""
    rows = await tx.fetch(
        """
        with ahead as (
            select case when 'year' = any($3) then extract(year from o.due_on)::int end as year,
                   case when 'level' = any($3) then o.level end as level,
                   case when 'programme' = any($3) then c.programme end as programme,
                   case when 'segment' = any($3) then c.segment end as segment, c.claim_id, o.child, o.amount_idr
              from claims($1, $2) c join claim_obligations o using (decision_id)
             where o.due_on >= $1
               and ($4::text is null or c.village_code = $4 or starts_with(c.village_code, $4 || '.'))
        )
        select year, level, programme, segment, count(*) as obligations, count(distinct (claim_id, child)) as children,
               count(distinct claim_id) as claims, coalesce(sum(amount_idr), 0)::bigint as amount_idr,
               grouping(year) = 1 as is_total
          from ahead
         group by grouping sets ((year, level, programme, segment), ())
         order by is_total, year, array_position(array['TK', 'SD', 'SMP', 'SMA', 'UNIVERSITY'], level), programme,
                  segment
        """,
        as_of,
        known_at,
        by,
        area,
    )
    return figures(rows, by, "obligations", "children", "claims", "amount_idr")


async def reviews(
    tx: Transaction, as_of: date, known_at: datetime | None, by: list[str]
) -> tuple[list[Figure], Figure]:
    """Count the decisions that would come out otherwise now, and sum by how much."""
    rows = await tx.fetch(
        """
        with open as (
            select case when 'programme' = any($3) then c.programme end as programme,
                   case when 'would_be_outcome' = any($3) then r.would_be_outcome end as would_be_outcome,
                   case when 'segment' = any($3) then c.segment end as segment,
                   r.would_be_amount_idr - r.amount_idr as more, $1 - r.required_on as days
              from reviews($1, $2) r join claims($1, $2) c using (claim_id)
        )
        select programme, would_be_outcome, segment, count(*) as claims,
               coalesce(sum(greatest(more, 0)), 0)::bigint as more_idr,
               coalesce(sum(greatest(-more, 0)), 0)::bigint as less_idr, coalesce(max(days), 0) as days_open_max,
               grouping(programme) = 1 as is_total
          from open
         group by grouping sets ((programme, would_be_outcome, segment), ())
         order by is_total, programme, would_be_outcome, segment
        """,
        as_of,
        known_at,
        by,
    )
    return figures(rows, by, "claims", "more_idr", "less_idr", "days_open_max")


async def voided(
    tx: Transaction, from_: date, until: date, known_at: datetime | None, by: list[str]
) -> tuple[list[Figure], Figure]:
    """Count the claims that were taken back in the period, and sum what is owed back."""
    rows = await tx.fetch(
        """
        with each as (
            select case when 'voided_for' = any($4) then voided_for end as voided_for,
                   case when 'month' = any($4) then to_char(voided_on, 'YYYY-MM') end as month, to_recover_idr
              from claims_voided($3) where voided_on >= $1 and voided_on < $2
        )
        select voided_for, month, count(*) as claims, count(*) filter (where to_recover_idr > 0) as claims_paid,
               coalesce(sum(to_recover_idr), 0)::bigint as to_recover_idr, grouping(month) = 1 as is_total
          from each
         group by grouping sets ((voided_for, month), ())
         order by is_total, month, voided_for
        """,
        from_,
        until,
        known_at,
        by,
    )
    return figures(rows, by, "claims", "claims_paid", "to_recover_idr")
