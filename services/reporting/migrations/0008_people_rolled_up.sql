-- Sums of people_delta, so that a question adds up thousands of rows and not millions. What a question about T reads:
--
--     the balance where the month of T begins  +  the runs since  +  people_delta from the last run's end to T
--
-- Only the loop that rolls writes here; a question that finds nothing rolled reads people_delta alone.

-- A run is a stretch of recorded time, from the end of the run before, of which everything is final: at most a day in
-- Asia/Makassar. First it is claimed (from then on a row recorded within it is late), then it is rolled.
create table people_run (
    known_until timestamptz primary key,      -- the first instant that is not in it
    rolled      boolean not null default false
);

-- Rows of people_delta, once more, whose run was claimed before they came; they stay until they are in the sums.
create table people_late (like people_delta);

create table people_cell (
    cell         int generated always as identity primary key,
    village_code text not null,
    segment      text not null,
    funding      text not null,
    unique (village_code, segment, funding)
);

-- What was recorded within a run, by the run's end, and by the month of the days that it is about: people[n] is what it
-- adds up to from the first to the nth day of that month. All are 31 long, so people[31] is what the month adds.
-- Several rows of one place count together.
create table people_rolled (
    known_until timestamptz not null,
    month       date not null,
    cell        int not null,
    people      int[] not null check (cardinality(people) = 31)
);
create index on people_rolled (known_until, month);

-- The same of all that was recorded before a month began in Asia/Makassar.
create table people_balance (like people_rolled including constraints including indexes);

-- Rows come in the order in which they were recorded, or nearly so; what changed by day is read in the sums.
drop index people_delta_day_idx;
create index on people_delta using brin (recorded_at) with (pages_per_range = 16, autosummarize = on);

create function month_of(at timestamptz) returns timestamptz language sql immutable parallel safe
begin atomic
    select date_trunc('month', at at time zone 'Asia/Makassar') at time zone 'Asia/Makassar';
end;
comment on function month_of(timestamptz) is 'Gives the instant at which the month began, in Asia/Makassar.';

create function people_levels(begun timestamptz, until timestamptz)
returns table (month date, cell int, people int[]) language sql stable parallel safe
begin atomic
    with changed as materialized (
        select c.cell, r.day, sum(r.people) as people
          from (select d.village_code, d.segment, d.funding, d.day, d.people
                  from people_delta d where d.recorded_at >= $1 and d.recorded_at < $2
                 union all
                select l.village_code, l.segment, l.funding, l.day, -l.people
                  from people_late l where l.recorded_at >= $1 and l.recorded_at < $2) r
          join people_cell c using (village_code, segment, funding)
         group by 1, 2 having sum(r.people) <> 0
    ), each as (
        select m.month, m.cell, n, sum(c.people) over (partition by m.month, m.cell order by n) as level
          from (select distinct date_trunc('month', day)::date as month, cell from changed) m
         cross join generate_series(1, 31) n
          left join changed c on c.cell = m.cell and c.day = m.month + (n - 1)
                                 and c.day < m.month + interval '1 month'
    )
    select month, cell, array_agg(coalesce(level, 0)::int order by n) from each group by month, cell order by 1, 2;
end;
comment on function people_levels(timestamptz, timestamptz) is
    'Adds up what was recorded in a stretch of time, but for the rows that are kept as late.';

-- The one place that knows which rows make up a figure.
create function people_changes(days date[], known_at timestamptz default null)
returns table (day date, village_code text, segment text, funding text, people bigint)
language sql stable parallel safe
begin atomic
    with at as materialized (
        select coalesce(max(known_until), '-infinity') as until,
               month_of(coalesce(max(known_until), '-infinity')) as month
          from people_run
         where rolled and known_until <= coalesce($2, 'infinity')
    ), asked as (
        select nth, date_trunc('month', d)::date as month, extract(day from d)::int as n,
               lag(date_trunc('month', d)::date) over (order by nth) as month_before,
               lag(extract(day from d)::int) over (order by nth) as n_before
          from unnest($1) with ordinality as a(d, nth)
    ), stretch as materialized (  -- from a day asked for to the next: whole months, and the parts of months beside them
        select nth, month as first, month as last, n as until_n, case when month_before = month then n_before end as from_n
          from asked
         union all
        select nth, month_before, month_before, 31, n_before from asked where month_before < month
         union all
        select nth, coalesce(month_before + 1, '-infinity'), month - 1, 31, null
          from asked where month_before is distinct from month
    ), sums as (
        select s.nth, r.cell, sum(r.people[s.until_n] - coalesce(r.people[s.from_n], 0)) as people
          from stretch s cross join lateral (
               select b.cell, b.people
                 from people_balance b
                where b.known_until = (select month from at) and b.month between s.first and s.last
                union all
               select r.cell, r.people
                 from people_rolled r
                where r.known_until > (select month from at) and r.known_until <= (select until from at)
                  and r.month between s.first and s.last) r
         group by 1, 2
    ), fine as (
        select 1 + width_bucket(f.day - 1, $1) as nth, f.village_code, f.segment, f.funding, sum(f.people) as people
          from (select d.day, d.village_code, d.segment, d.funding, d.people
                  from people_delta d
                 where d.recorded_at >= (select until from at) and d.recorded_at <= coalesce($2, 'infinity')
                   and d.day <= $1[cardinality($1)]
                 union all
                select l.day, l.village_code, l.segment, l.funding, l.people
                  from people_late l
                 where l.recorded_at < (select until from at) and l.recorded_at <= coalesce($2, 'infinity')
                   and l.day <= $1[cardinality($1)]) f
         group by 1, 2, 3, 4
    )
    select $1[a.nth], a.village_code, a.segment, a.funding, sum(a.people)::bigint
      from (select s.nth, c.village_code, c.segment, c.funding, s.people from sums s join people_cell c using (cell)
             union all
            select * from fine) a
     group by a.nth, a.village_code, a.segment, a.funding
    having sum(a.people) <> 0;
end;
comment on function people_changes(date[], timestamptz) is
    'How many more people are protected on each of the days than on the one before it, by place, as known at a time; on'
    ' the first day: than on none. The days are in order, each once. Protected on a day = the sum until it.';

create or replace function bi.protected(as_of date, known_at timestamptz default null)
returns table (village_code text, village_name text, district_code text, district_name text, segment text, people bigint)
language sql stable parallel safe security definer begin atomic
    select d.village_code, v.village_name, left(d.village_code, 8), v.district_name, d.segment, sum(d.people)::bigint
      from people_changes(array[$1], $2) d left join village v using (village_code)
     group by d.village_code, v.village_name, v.district_name, d.segment
    having sum(d.people) <> 0
     order by d.village_code, d.segment;
end;
