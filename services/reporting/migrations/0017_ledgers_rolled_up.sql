-- Sums of every ledger of changes, so that a question adds up thousands of rows and not millions. What a question about
-- T reads:
--
--     the newest balance until T  +  the runs since  +  the ledger from the last run's end to T
--
-- They take the place of those of people, which held a row for each place and month; now one row holds all days of a
-- place. They are made anew from the ledgers, by the loop that rolls; until then questions read the ledgers, and are slow.

-- The ledgers as one, by what they have in common. A place is whatever numbers are told apart by. Who recovered is asked
-- for by a second day, and is not among them. An empty text is no id: it is read by nullif, as the planner may fold the
-- text of a ledger that was not asked for.
create view ledgers as
    select 'people' as ledger, day, recorded_at, village_code, segment, funding, '' as cohort, '' as what, '' as failed,
           '' as reason, people as number
      from people_delta
     union all
    select 'memberships', day, recorded_at, village_code, '', '', cohort_id::text, kind, '', '', memberships
      from membership_delta where kind <> 'enrolled'
     union all
    select 'enrolled', day, recorded_at, village_code, '', '', cohort_id::text, kind, '', '', memberships
      from membership_delta where kind = 'enrolled'
     union all
    select 'funnel', day, recorded_at, village_code, '', '', cohort_id::text, step, coalesce(failed, ''),
           coalesce(reason, ''), workers
      from funnel_delta
     union all
    select 'churn', day, recorded_at, village_code, segment, funding, '', what, '', '', people
      from churn_delta where what <> 'recovered';

-- A run is a stretch of recorded time, from the end of the run before, of which everything is final: at most a day in
-- Asia/Makassar. First it is claimed (from then on a row recorded within it is late), then it is rolled.
create table rolled_run (
    known_until timestamptz primary key,      -- the first instant that is not in it
    rolled      boolean not null default false,
    balances    text[] not null default '{}'  -- the ledgers of which a balance was drawn at its end
);

-- Rows of the ledgers, once more, whose run was claimed before they came; they stay until they are in the sums.
create table rolled_late (
    ledger       text not null,
    day          date not null,
    recorded_at  timestamptz not null,
    village_code text not null,
    segment      text not null,
    funding      text not null,
    cohort       text not null,
    what         text not null,
    failed       text not null,
    reason       text not null,
    number       int not null
);

-- What was recorded within a run, by the run's end: levels[n] is what a place adds up to from days[n] on, until the day
-- after it. Several rows of one place count together.
create table rolled (
    ledger       text not null,
    known_until  timestamptz not null,
    village_code text not null,
    segment      text not null,
    funding      text not null,
    cohort       text not null,
    what         text not null,
    failed       text not null,
    reason       text not null,
    days         date[] not null,
    levels       int[] not null check (cardinality(levels) = cardinality(days))
);
create index on rolled (ledger, known_until);

-- The same of all that was recorded until the end of a run. A balance of a ledger is drawn as soon as the runs since its
-- last one hold more rows than that: a question reads about two rows for each place, at any time of any year.
create table rolled_balance (like rolled including constraints including indexes);

-- Rows come in the order in which they were recorded, or nearly so.
drop index churn_delta_day_idx;
create index on membership_delta using brin (recorded_at) with (pages_per_range = 16, autosummarize = on);
create index on funnel_delta using brin (recorded_at) with (pages_per_range = 16, autosummarize = on);
create index on churn_delta using brin (recorded_at) with (pages_per_range = 16, autosummarize = on);
create index on churn_delta (since, day) include (recorded_at, village_code, segment, funding, people)
    where what = 'recovered';
alter table membership_delta set (parallel_workers = 0);
alter table churn_delta set (parallel_workers = 0);
alter table funnel_delta set (parallel_workers = 0);

create function levels_of(days date[], numbers int[]) returns table (days date[], levels int[])
language sql immutable parallel safe
begin atomic
    select array_agg(day order by day), array_agg(level order by day)
      from (select c.day, sum(sum(c.number)) over (order by c.day)::int as level, sum(c.number) as number
              from unnest($1, $2) as c(day, number) group by c.day) each
     where number <> 0;
end;
comment on function levels_of(date[], int[]) is 'Gives the days on which a number changes, and what it is from each on.';

create function rolled_levels(begun timestamptz, until timestamptz)
returns table (ledger text, village_code text, segment text, funding text, cohort text, what text, failed text,
               reason text, days date[], levels int[])
language sql stable parallel safe
begin atomic
    with changed as materialized (
        select r.ledger, r.village_code, r.segment, r.funding, r.cohort, r.what, r.failed, r.reason, r.day,
               sum(r.number)::int as number
          from (select * from ledgers where recorded_at >= $1 and recorded_at < $2
                 union all
                select ledger, day, recorded_at, village_code, segment, funding, cohort, what, failed, reason, -number
                  from rolled_late where recorded_at >= $1 and recorded_at < $2) r
         group by 1, 2, 3, 4, 5, 6, 7, 8, 9 having sum(r.number) <> 0
    ), place as (
        select ledger, village_code, segment, funding, cohort, what, failed, reason,
               array_agg(day) as days, array_agg(number) as numbers
          from changed group by 1, 2, 3, 4, 5, 6, 7, 8
    )
    select p.ledger, p.village_code, p.segment, p.funding, p.cohort, p.what, p.failed, p.reason, p.days, p.numbers
      from place p where cardinality(p.days) = 1
     union all
    select p.ledger, p.village_code, p.segment, p.funding, p.cohort, p.what, p.failed, p.reason, l.days, l.levels
      from place p cross join lateral levels_of(p.days, p.numbers) l where cardinality(p.days) > 1;
end;
comment on function rolled_levels(timestamptz, timestamptz) is
    'Adds up what was recorded in a stretch of time, but for the rows that are kept as late.';

-- The one place that knows which rows make up a figure.
create function ledger_changes(of_ledger text, asked date[], known_at timestamptz default null)
returns table (day date, village_code text, segment text, funding text, cohort text, what text, failed text,
               reason text, number bigint)
language sql stable parallel safe
begin atomic
    with at as materialized (
        select coalesce(max(known_until), '-infinity') as until,
               coalesce(max(known_until) filter (where $1 = any(balances)), '-infinity') as balance
          from rolled_run
         where rolled and known_until <= coalesce($3, 'infinity')
    ), a_day as materialized (
        select d, lag(d) over (order by nth) as before from unnest($2) with ordinality as a(d, nth)
    ), part as not materialized (
        select village_code, segment, funding, cohort, what, failed, reason, days, levels,
               cardinality($2) > 1 and days[cardinality(days)] > $2[1] as goes_on,
               cardinality($2) * 2 < cardinality(days) as looked_up
          from rolled_balance where ledger = $1 and known_until = (select balance from at)
         union all
        select village_code, segment, funding, cohort, what, failed, reason, days, levels,
               cardinality($2) > 1 and days[cardinality(days)] > $2[1],
               cardinality($2) * 2 < cardinality(days)
          from rolled
         where ledger = $1 and known_until > (select balance from at) and known_until <= (select until from at)
    )
    select $2[1], village_code, segment, funding, cohort, what, failed, reason,
           coalesce(levels[width_bucket($2[1], days)], 0)::bigint
      from part
     union all  -- after the first day whatever is less: a look for each day that is asked for, or all that changed
    select a.d, p.village_code, p.segment, p.funding, p.cohort, p.what, p.failed, p.reason,
           (coalesce(p.levels[width_bucket(a.d, p.days)], 0)
            - coalesce(p.levels[width_bucket(a.before, p.days)], 0))::bigint
      from a_day a
     cross join (select p.village_code, p.segment, p.funding, p.cohort, p.what, p.failed, p.reason,
                        p.days || '{}'::date[] as days, p.levels || '{}'::int[] as levels  -- unpacked once
                   from part p where p.looked_up and p.goes_on offset 0) p
     where a.before is not null
     union all
    select $2[1 + width_bucket(c.day - 1, $2)], c.village_code, c.segment, c.funding, c.cohort, c.what, c.failed,
           c.reason, c.number::bigint
      from (select p.village_code, p.segment, p.funding, p.cohort, p.what, p.failed, p.reason,
                   unnest(p.days[p.first + 1:]) as day,
                   unnest(p.levels[p.first + 1:]) - unnest(coalesce(p.levels[p.first], 0) || p.levels[p.first + 1:])
                       as number
              from (select *, width_bucket($2[1], days) as first
                      from part where goes_on and not looked_up offset 0) p) c
     where c.day <= $2[cardinality($2)]
     union all
    select $2[1 + width_bucket(day - 1, $2)], village_code, segment, funding, cohort, what, failed, reason,
           number::bigint
      from ledgers
     where ledger = $1 and recorded_at >= (select until from at) and recorded_at <= coalesce($3, 'infinity')
       and day <= $2[cardinality($2)]
     union all
    select $2[1 + width_bucket(day - 1, $2)], village_code, segment, funding, cohort, what, failed, reason,
           number::bigint
      from rolled_late
     where ledger = $1 and recorded_at < (select until from at) and recorded_at <= coalesce($3, 'infinity')
       and day <= $2[cardinality($2)];
end;
comment on function ledger_changes(text, date[], timestamptz) is
    'How much more there is in a ledger on each of the days than on the one before it, by place, as known at a time; on'
    ' the first day: than on none. The days are in order, each once. What is there on a day = the sum until it; rows of
    one day and place add up.';

create or replace function people_changes(days date[], known_at timestamptz default null)
returns table (day date, village_code text, segment text, funding text, people bigint)
language sql stable parallel safe
begin atomic
    select c.day, c.village_code, c.segment, c.funding, c.number
      from ledger_changes('people', $1, $2) c;
end;

-- What is asked in SQL is added up from the sums.

create function funnel_changes(as_of date, known_at timestamptz default null)
returns table (cohort_id uuid, village_code text, step text, failed text, reason text, workers bigint)
language sql stable parallel safe
begin atomic
    select nullif(d.cohort, '')::uuid, d.village_code, d.what, nullif(d.failed, ''), nullif(d.reason, ''), d.number
      from ledger_changes('funnel', array[date 'infinity'], $2) d
     union all
    select nullif(m.cohort, '')::uuid, m.village_code, 'paid', null, null, m.number
      from ledger_changes('enrolled', array[date 'infinity'], $2) m
     union all
    select nullif(m.cohort, '')::uuid, m.village_code, 'active', null, null, m.number
      from ledger_changes('memberships', array[$1], $2) m where m.what = 'in_force';
end;
comment on function funnel_changes(date, timestamptz) is
    'What adds up to the workers at each step of the way; rows of one cohort, village and step add up.';

create or replace function bi.funnel(as_of date, known_at timestamptz default null)
returns table (cohort_id uuid, cohort_name text, village_code text, village_name text, step text, failed text,
               reason text, workers bigint)
language sql stable parallel safe security definer begin atomic
    with stands as (
        select d.cohort_id, d.village_code, d.step, d.failed, d.reason, sum(d.workers) as workers
          from funnel_changes($1, $2) d group by 1, 2, 3, 4, 5
    ), named as (
        select distinct on (cohort_id) cohort_id, name
          from cohort where $2 is null or recorded_at <= $2
         order by cohort_id, recorded_at desc
    )
    select s.cohort_id, c.name, s.village_code, v.village_name, s.step, s.failed, s.reason, s.workers::bigint
      from stands s
      left join village v using (village_code)
      left join named c using (cohort_id)
     where s.workers <> 0;
end;

create or replace function bi.memberships(as_of date, known_at timestamptz default null)
returns table (cohort_id uuid, cohort_name text, village_code text, memberships bigint)
language sql stable parallel safe security definer begin atomic
    with counted as (
        select nullif(d.cohort, '')::uuid as cohort_id, d.village_code, sum(d.number)::bigint as memberships
          from ledger_changes('memberships', array[$1], $2) d
         where d.what = 'in_force'
         group by 1, 2 having sum(d.number) <> 0
    ), named as (
        select distinct on (cohort_id) cohort_id, name
          from cohort where $2 is null or recorded_at <= $2
         order by cohort_id, recorded_at desc
    )
    select d.cohort_id, n.name, d.village_code, d.memberships
      from counted d left join named n using (cohort_id)
     order by n.name, d.cohort_id, d.village_code;
end;

create or replace function bi.churn(from_day date, until_day date, known_at timestamptz default null)
returns table (month date, village_code text, segment text, funding text, joined bigint, returned bigint,
               moved_in bigint, moved_out bigint, lapsed bigint, died bigint, change bigint, renewed bigint)
language sql stable parallel safe security definer begin atomic
    with ends as (  -- the last day of each month, as far as it is in the period
        select (least(m + interval '1 month', $2::timestamp) - interval '1 day')::date as day
          from generate_series(date_trunc('month', $1::timestamp), $2::timestamp - interval '1 day', '1 month') m
         where $1 < $2
    ), part as (
        select date_trunc('month', c.day::timestamp)::date as month, c.village_code, c.segment, c.funding,
               'change' as what, c.people
          from people_changes($1 - 1 || array(select e.day from ends e order by e.day), $3) c
         where c.day >= $1
         union all
        select date_trunc('month', d.day::timestamp)::date, d.village_code, d.segment, d.funding, d.what, d.number
          from ledger_changes('churn', $1 - 1 || array(select e.day from ends e order by e.day), $3) d
         where d.day >= $1
    ), each as (
        select p.month, p.village_code, p.segment, p.funding,
               coalesce(sum(p.people) filter (where p.what = 'joined'), 0)::bigint as joined,
               coalesce(sum(p.people) filter (where p.what = 'returned'), 0)::bigint as returned,
               coalesce(sum(p.people) filter (where p.what = 'moved_in'), 0)::bigint as moved_in,
               coalesce(sum(p.people) filter (where p.what = 'moved_out'), 0)::bigint as moved_out,
               coalesce(sum(p.people) filter (where p.what = 'died'), 0)::bigint as died,
               coalesce(sum(p.people) filter (where p.what = 'change'), 0)::bigint as change,
               coalesce(sum(p.people) filter (where p.what = 'renewed'), 0)::bigint as renewed
          from part p group by 1, 2, 3, 4
    ), known as (
        select e.month, e.village_code, e.segment, e.funding, e.joined, e.returned, e.moved_in, e.moved_out,
               e.joined + e.returned + e.moved_in - e.moved_out - e.died - e.change as lapsed, e.died, e.change,
               e.renewed
          from each e where not exists (select from churn_missing)
    )
    select k.month, k.village_code, k.segment, k.funding, k.joined, k.returned, k.moved_in, k.moved_out, k.lapsed,
           k.died, k.change, k.renewed
      from known k
     where (k.joined, k.returned, k.moved_in, k.moved_out, k.lapsed, k.died, k.renewed) <> (0, 0, 0, 0, 0, 0, 0)
     order by 1, 2, 3, 4;
end;

create or replace function bi.gaps(as_of date, within_days int, known_at timestamptz default null)
returns table (since date, village_code text, segment text, funding text, people bigint)
language sql stable parallel safe security definer begin atomic
    with part as (
        select c.day as since, c.village_code, c.segment, c.funding, -c.people as people
          from people_changes(array(select $1 - n from generate_series($2, 0, -1) n), $3) c
         where c.day > $1 - $2
         union all
        select d.day, d.village_code, d.segment, d.funding,
               case when d.what in ('joined', 'returned', 'moved_in') then d.number else -d.number end
          from ledger_changes('churn', array(select $1 - n from generate_series($2, 0, -1) n), $3) d
         where d.day > $1 - $2 and d.what in ('joined', 'returned', 'moved_in', 'moved_out', 'died')
         union all
        select d.since, d.village_code, d.segment, d.funding, -d.people
          from churn_delta d
         where d.what = 'recovered' and d.since > $1 - $2 and d.day <= $1 and ($3 is null or d.recorded_at <= $3)
    )
    select p.since, p.village_code, p.segment, p.funding, sum(p.people)::bigint
      from part p where not exists (select from churn_missing)
     group by 1, 2, 3, 4 having sum(p.people) <> 0
     order by 1, 2, 3, 4;
end;

-- Cards are told apart by when each was first told of.
create index on card_issue (coverage_id, issued_on, recorded_at) include (village_code);
create index on card_handover (coverage_id, handed_on, recorded_at) include (village_code, received_by);

drop function people_levels(timestamptz, timestamptz);
drop function month_of(timestamptz);
drop table people_run, people_late, people_cell, people_rolled, people_balance;
