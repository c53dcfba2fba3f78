"""What reporting would hold of a million people after a quarter: ledgers and rows, written as its reader would have.

A third pays for itself every month, a third is paid for by the government in 57 cohorts, a third works for 5,040
employers. Government proposes whom it pays for; 20,000 claims and 20,000 findings of double funding stand beside.
"""

import asyncio
from datetime import date

from payung_contracts.topics import CLAIM, COVERAGE

from services.chassis.postgres import Pool, Transaction, transaction

MONTHS = 3
FIRST = date(2025, 10, 1)


async def learn(pool: Pool) -> None:
    """Fill the tables of the active schema, each about in the order of recording, two at a time."""
    async with transaction(pool) as tx:
        await _workers(tx)
    async with asyncio.TaskGroup() as group:
        group.create_task(_ledgers(pool))
        group.create_task(_beside(pool))


async def _ledgers(pool: Pool) -> None:
    """Fill the ledgers of people, memberships and churn, and take statistics."""
    async with transaction(pool) as tx:
        await _paid_for(tx)
        for number in range(MONTHS):
            month = date(FIRST.year, FIRST.month + number, 1)
            await _employed(tx, month, number)
            await _pay_themselves(tx, month, number)
    await pool.execute("vacuum analyze people_delta, membership_delta, churn_delta, timeline")


async def _beside(pool: Pool) -> None:
    """Fill everything else."""
    async with transaction(pool) as tx:
        await _cohorts(tx)
        await _proposed(tx)
        await _cards(tx)
        await _double_funding(tx)
        await _deaths(tx)
        await _claims(tx)
        await _targets(tx)
        await _ticks(tx)
    tables = await pool.fetch(
        "select quote_ident(relname) as name from pg_class"
        " where relnamespace = current_schema()::regnamespace and relkind = 'r'"
        " and relname <> all(array['people_delta', 'membership_delta', 'churn_delta', 'timeline'])"
    )
    await pool.execute(f"vacuum analyze {', '.join(row['name'] for row in tables)}")


async def _workers(tx: Transaction) -> None:
    """Make the workers of each third, with their cohort in it; and a timeline that a plain count can count."""
    await tx.execute(
        """
        create table worker as
        select n, md5('worker' || n)::uuid as worker_id, n / 716 % 28 as due, village_code,
               md5('self' || n % 716)::uuid as self, md5('apbd' || n % 57)::uuid as apbd,
               -- an employer's people live in ten villages
               md5('employer' || n % 716 / 10 * 70 + n / 716 % 70)::uuid as employer,
               -- a list is of one cohort
               row_number() over (order by n % 57, n) as listed
          from generate_series(0, 333332) n
          join (select row_number() over (order by village_code) - 1 as i, village_code from village) v on i = n % 716
        """
    )
    await tx.execute(
        """
        create table timeline as
        select date '2025-12-01' + due as covered_from, date '2026-01-01' + due as covered_until, village_code,
               segment, funding
          from worker, (values ('BPU', 'self'), ('BPU', 'APBD'), ('PU', 'employer')) as s(segment, funding)
        """
    )


async def _paid_for(tx: Transaction) -> None:
    """Let the government pay for a year, told in one go before it begins."""
    await tx.execute(
        """
        with change as materialized (
            select day, $1::date - interval '20 days' + interval '1 second' * (listed / 5000) as at, village_code,
                   apbd, people, listed
              from worker, (values ($1::date, 1), (($1::date + interval '1 year')::date, -1)) as d(day, people)
        ), people as (
            insert into people_delta
            select day, at, village_code, 'BPU', 'APBD', people, apbd, 'coverage_started' from change order by listed
        ), churn as (
            insert into churn_delta
            select day, at, village_code, 'BPU', 'APBD', 'joined', null, 1
              from change where people = 1 order by listed
        )
        insert into membership_delta
        select day, at, apbd, village_code, 'in_force', people from change
         union all
        select day, at, apbd, village_code, 'enrolled', 1 from change where people = 1
        """,
        FIRST,
    )


async def _employed(tx: Transaction, month: date, number: int) -> None:
    """Let a part of the wage earners come under cover, without an end."""
    await tx.execute(
        """
        with change as materialized (
            select $1::date + due as day, village_code, employer,
                   $1::date + due - interval '2 days' + interval '1 second' * (n % 86400) as at
              from worker where n % $2 = $3 order by at
        ), people as (
            insert into people_delta
            select day, at, village_code, 'PU', 'employer', 1, employer, 'coverage_started' from change
        ), churn as (
            insert into churn_delta select day, at, village_code, 'PU', 'employer', 'joined', null, 1 from change
        )
        insert into membership_delta
        select day, at, employer, village_code, kind, 1 from change, (values ('in_force'), ('enrolled')) as k(kind)
        """,
        month,
        MONTHS,
        number,
    )


async def _pay_themselves(tx: Transaction, month: date, number: int) -> None:
    """Let everybody of the third pay the next month, from six days before the day due to two days after it."""
    await tx.execute(
        """
        with paid as (
            select village_code, self, $1::date + due as due, ($1::date + interval '1 month')::date + due as next,
                   $1::date + due - interval '6 days'
                   + interval '1 second' * ((hashint8(n * 100 + $2::int)::bigint + 2147483648) % 777600) as at
              from worker
        ), begun as materialized (
            select village_code, self, due, next, at, greatest(due, (at at time zone 'Asia/Makassar')::date) as day
              from paid order by at
        ), people as (
            insert into people_delta
            select c.day, at, village_code, 'BPU', 'self', c.people, self,
                   case when $2 = 0 then 'coverage_started' else 'coverage_renewed' end
              from begun cross join lateral (values (day, 1), (next, -1)) as c(day, people)
        ), churn as (
            insert into churn_delta
            select c.day, at, village_code, 'BPU', 'self', what, since, 1
              from begun cross join lateral (
                   select case when $2 = 0 then 'joined' when day = due then 'renewed' else 'returned' end, day,
                          null::date
                    union all
                   select 'recovered', day, due where $2 > 0 and day > due) as c(what, day, since)
        )
        insert into membership_delta
        select c.day, at, self, village_code, kind, c.people
          from begun cross join lateral (
               values ('in_force', day, 1), ('in_force', next, -1), ('enrolled', day, 1)) as c(kind, day, people)
         where $2 = 0 or kind = 'in_force'
        """,
        month,
        number,
    )


async def _cohorts(tx: Transaction) -> None:
    """Approve each cohort, and tell of the government's a second time with a place more."""
    await tx.execute(
        """
        insert into cohort (event_id, recorded_at, cohort_id, name, year, phase, segment, funding, programmes,
                            covered_from, covered_until, months, places, person_months, budget_idr, approved)
        select gen_random_uuid(), $1::date - interval '30 days' + told * interval '1 day', cohort_id,
               funding || ' ' || left(cohort_id::text, 6), extract(year from $1::date), '1', segment, funding,
               '{JKK,JKM}', $1, null, null, places + told, 12 * places, 16800 * 12 * places, true
          from (select apbd as cohort_id, 'BPU' as segment, 'APBD' as funding, count(*) as places, 1 as tellings
                  from worker group by 1
                 union all select self, 'BPU', 'SELF', count(*), 0 from worker group by 1
                 union all select employer, 'PU', 'EMPLOYER', count(*), 0 from worker group by 1) c,
               generate_series(0, tellings) told
        """,
        FIRST,
    )
    await tx.execute("insert into legal_basis select event_id, 'Perbup ' || left(name, 8), false from cohort")


async def _proposed(tx: Transaction) -> None:
    """Let those for whom the government pays pass each check; another tenth of them is refused."""
    await tx.execute(
        """
        insert into funnel_delta (day, recorded_at, cohort_id, village_code, step, failed, reason, workers)
        select $1::date - 25, $1::date - interval '25 days' + interval '1 second' * (listed / 5000), apbd, village_code,
               step, case when step = 'refused' then 'eligible' end,
               case when step = 'refused' then 'AGE_OVER_LIMIT' end, 1
          from worker, (values ('proposed', 1), ('unique', 1), ('identity_matched', 1), ('eligible', 1),
                               ('in_decree', 1), ('refused', 10)) as s(step, each)
         where n % each = 0 order by listed
        """,
        FIRST,
    )
    await tx.execute(
        """
        insert into place_move (event_id, recorded_at, cohort_id, from_village, to_village, places)
        select gen_random_uuid(), $1::date + n % 80, apbd, null, village_code, 1 from worker where n % 330 = 0
        """,
        FIRST,
    )


async def _cards(tx: Transaction) -> None:
    await tx.execute(
        """
        with card as materialized (
            select gen_random_uuid() as event_id, worker_id, md5('coverage' || n)::uuid as coverage_id, village_code,
                   $1::date + n % 80 as day
              from worker order by n % 80
        ), issued as (
            insert into card_issue (event_id, recorded_at, worker_id, coverage_id, village_code, issued_on)
            select event_id, day, worker_id, coverage_id, village_code, day from card
        )
        insert into card_handover (event_id, recorded_at, worker_id, coverage_id, village_code, handed_on, received_by)
        select event_id, day + 3, worker_id, coverage_id, village_code, day + 3, 'worker' from card
        """,
        FIRST,
    )


async def _double_funding(tx: Transaction) -> None:
    await tx.execute(
        """
        insert into double_funding (event_id, recorded_at, worker_id, finding_id, coverage_ids, cohort_ids, activity,
                                    overlaps_from, overlaps_until, person_months)
        select gen_random_uuid(), $1::date + n % 80, worker_id, worker_id,
               array[worker_id, worker_id], array[apbd, self], 'fisher', $1, $1 + 90, 3
          from worker where n % 16 = 0
        """,
        FIRST,
    )
    await tx.execute(
        """
        insert into double_funding_decision (event_id, recorded_at, worker_id, finding_id, outcome)
        select gen_random_uuid(), recorded_at + interval '9 days', worker_id, finding_id, 'duplicate'
          from double_funding where recorded_at < '2025-11-01'
        """
    )


async def _deaths(tx: Transaction) -> None:
    """Let one of a hundred of the worker's third die, and be paid for ahead."""
    await tx.execute(
        """
        insert into death_delta (day, recorded_at, worker_id, village_code, segment, funding, deaths)
        select $1::date + n % 70, $1::date + n % 70 + 9, worker_id, village_code, 'BPU', 'APBD', 1
          from worker where n % 66 = 0
        """,
        FIRST,
    )
    await tx.execute(
        """
        insert into paid_after_death_delta (day, recorded_at, worker_id, coverage_id, cohort_id, village_code, segment,
                                            funding, paid_from, paid_until, begun_after, periods)
        select d.day, d.recorded_at, d.worker_id, d.worker_id, w.apbd, d.village_code, 'BPU', 'APBD', d.day + 1,
               date '2026-07-01', false, 1
          from death_delta d join worker w using (worker_id)
        """
    )


async def _claims(tx: Transaction) -> None:
    """Let 20,000 claims be reported, decided ten days later and paid on the fourteenth; some come back or are void."""
    await tx.execute(
        """
        create table claimed as
        select n, md5('claim' || n)::uuid as claim_id, worker_id, village_code, apbd, $1::date + n % 70 as day,
               case when n % 2 = 0 then 'JKK' else 'JKM' end as programme,
               case when n % 10 = 3 then 'denied' else 'approved' end as outcome,
               case when n % 10 = 3 then 0 when n % 2 = 0 then 5000000 else 42000000 end as amount_idr,
               gen_random_uuid() as decision, gen_random_uuid() as ordering, gen_random_uuid() as payment
          from worker where n % 33 in (0, 1)
        """,
        FIRST,
    )
    await tx.execute(
        """
        insert into claim_report (event_id, recorded_at, worker_id, claim_id, programme, incident_on, reported_on,
                                  channel)
        select gen_random_uuid(), day, worker_id, claim_id, programme, day, day, 'office' from claimed
        """
    )
    await tx.execute(
        """
        insert into claim_step (event_id, recorded_at, worker_id, claim_id, step, day, due_on, cause, amount_idr)
        select gen_random_uuid(), c.day + s.after * interval '1 day', worker_id, claim_id, step, c.day + s.after,
               case when step = 'completed' then c.day + 15 end, case when step = 'voided' then 'mistake' end,
               case when step = 'voided' then amount_idr end
          from claimed c, (values ('submitted', 1, 1), ('completed', 2, 1), ('voided', 60, 100)) as s(step, after, each)
         where n % each = 0
        """
    )
    await tx.execute(
        """
        insert into claim_decision (event_id, recorded_at, worker_id, claim_id, programme, outcome, incident_on,
                                    decided_on, amount_idr, segment, funding, cohort_id, village_code, rule_version,
                                    round, previous_amount_idr)
        select decision, day + 10, worker_id, claim_id, programme, outcome, day, day + 10, amount_idr, 'BPU', 'APBD',
               apbd, village_code, '1', 1, 0
          from claimed
        """
    )
    await tx.execute(
        "insert into claim_reason select decision, 'ARREARS' from claimed where outcome = 'denied'",
    )
    await tx.execute(
        """
        insert into claim_component
        select decision, code, amount_idr / 2 from claimed, (values ('death'), ('burial')) as c(code)
         where amount_idr > 0
        """
    )
    await tx.execute(
        """
        insert into claim_obligation
        select decision, child, 'SD', day + 365 * year, 1500000
          from claimed, generate_series(1, 2) child, generate_series(1, 5) year where n % 10 = 1
        """
    )
    await tx.execute(
        """
        insert into claim_order (event_id, recorded_at, worker_id, claim_id, order_id, ordered_on, amount_idr)
        select ordering, day + 11, worker_id, claim_id, ordering, day + 11, amount_idr from claimed where amount_idr > 0
        """
    )
    await tx.execute(
        "insert into ordered_payment select ordering, payment, 'benefit', amount_idr from claimed where amount_idr > 0"
    )
    await tx.execute(
        """
        insert into claim_payment (event_id, recorded_at, worker_id, claim_id, programme, segment, funding, cohort_id,
                                   area_code, paid_on, cases, amount_idr, payment_id, order_id, kind)
        select gen_random_uuid(), day + 14, worker_id, claim_id, programme, 'BPU', 'APBD', apbd, village_code, day + 14,
               1, amount_idr, payment, ordering, 'benefit'
          from claimed where amount_idr > 0 and n % 50 <> 1
        """
    )
    await tx.execute(
        """
        insert into payment_return (event_id, recorded_at, worker_id, claim_id, order_id, payment_id, returned_on,
                                    amount_idr, code)
        select gen_random_uuid(), recorded_at + interval '3 days', worker_id, claim_id, order_id, payment_id,
               paid_on + 3, amount_idr, 'account_closed'
          from claim_payment where hashtext(claim_id::text) % 100 = 0
        """
    )
    await tx.execute(
        """
        insert into claim_review (event_id, recorded_at, worker_id, claim_id, outcome, amount_idr, would_be_outcome,
                                  would_be_amount_idr)
        select gen_random_uuid(), day + 30, worker_id, claim_id, outcome, amount_idr, 'denied', 0
          from claimed where amount_idr > 0 and n % 20 = 1
        """
    )


async def _targets(tx: Transaction) -> None:
    """Let others state how many workers each regency has, and Bali."""
    await tx.execute(
        """
        insert into target (id, version, name, value, unit, scope, area_code, definition, valid_on, source, source_date,
                            taken_in_by)
        select 'workers-' || code, 1, 'Pekerja ' || name, 400000, 'people', name, code, 'pekerja', $1, 'bench', $1,
               'bench'
          from (select regency_code as code, max(regency_name) as name from village group by 1
                 union all select '51', 'Bali') area
        """,
        FIRST,
    )


async def _ticks(tx: Transaction) -> None:
    """Let both services have told everything."""
    await tx.execute(
        """
        insert into tick (source, epoch, number, snapshot, clock, complete_until, offsets)
        select source, 1, 1, '', business_clock(), business_clock(), '{}' from unnest($1::text[]) source
        """,
        [COVERAGE.source, CLAIM.source],
    )
