-- Who came under protection, came back, was renewed, and whom death took out of it: a ledger of its own, in two times.

-- How many on `day`, as learned at recorded_at. What each is stands in bi.churn. Who lapsed is not kept: it follows from
-- these and from how the number of protected people changed.
create table churn_delta (
    day          date not null,
    recorded_at  timestamptz not null,
    village_code text not null,
    segment      text not null,
    funding      text not null,
    what         text not null check (what in ('joined', 'returned', 'recovered', 'renewed', 'moved_in', 'moved_out',
                                               'died')),
    since        date,                        -- recovered: the first day of the gap that ended
    people       int not null,
    check ((what = 'recovered') = (since is not null))
);
create index on churn_delta using brin (day) with (pages_per_range = 16, autosummarize = on);

-- A row says that facts were applied before churn was followed: nothing is answered then. A rebuild, whose tables begin
-- empty, knows all.
create table churn_missing (
    since timestamptz not null default clock_timestamp()
);
insert into churn_missing select from reader_offset where next_offset > 0 limit 1;

create function bi.churn(from_day date, until_day date, known_at timestamptz default null)
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
        select date_trunc('month', d.day::timestamp)::date, d.village_code, d.segment, d.funding, d.what, d.people
          from churn_delta d
         where d.day >= $1 and d.day < $2 and ($3 is null or d.recorded_at <= $3)
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
comment on function bi.churn(date, date, timestamptz) is
    'Who came under protection and who lost it, by month, village, segment and funding, as known at a time. change ='
    ' joined + returned + moved_in - moved_out - lapsed - died, and it is the change in the number of protected people.'
    ' An end counts on the first day without protection. Empty while facts from before this was followed are missing,'
    ' until a rebuild. Unit: people, each counted once for each thing that happened.

from_day: first day of the period
until_day: first day after the period
known_at: as known then: only facts recorded at or before; null: with all facts known now
month: first day of the month
village_code: code of the village (desa, kelurahan) of the Ministry of Home Affairs
segment: PU (wage earners), NON_ASN, JAKON (construction) or BPU (informal); the first that applies
funding: whose money pays: APBD, APBD_P, APBDES, PROVINCE, CSR, EMPLOYER, PROJECT, SELF
joined: protected for the first time
returned: protected again after a gap
moved_in: protected before and after, and counted here from then on
moved_out: protected before and after, and counted elsewhere from then on
lapsed: protected no more, and not by death
died: protected on the day of death
change: how many more are protected here at the end of the month than before it
renewed: protected on, as one period ended and another began; not part of the change';

create function bi.gaps(as_of date, within_days int, known_at timestamptz default null)
returns table (since date, village_code text, segment text, funding text, people bigint)
language sql stable parallel safe security definer begin atomic
    with part as (
        select c.day as since, c.village_code, c.segment, c.funding, -c.people as people
          from people_changes(array(select $1 - n from generate_series($2, 0, -1) n), $3) c
         where c.day > $1 - $2
         union all
        select d.day, d.village_code, d.segment, d.funding,
               case when d.what in ('joined', 'returned', 'moved_in') then d.people else -d.people end
          from churn_delta d
         where d.day > $1 - $2 and d.day <= $1 and d.what in ('joined', 'returned', 'moved_in', 'moved_out', 'died')
           and ($3 is null or d.recorded_at <= $3)
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
comment on function bi.gaps(date, int, timestamptz) is
    'People who are not protected on a day, but were within so many days before it, as known at a time, by the first day'
    ' of their gap and by where they counted last. Those who died are left out. Empty while facts from before this was'
    ' followed are missing, until a rebuild. Unit: people, each counted once.

as_of: the day in the world, in Asia/Makassar
within_days: how far back they may have lapsed, at most
known_at: as known then: only facts recorded at or before; null: with all facts known now
since: first day without protection
village_code: village where they counted last
segment: segment in which they counted last
funding: whose money paid last
people: people who lapsed then and are not protected again by as_of';
