-- What is asked in SQL about the ends of the calendar is refused, and so is what changed before it was followed.

create function public.askable(day date) returns date
language plpgsql immutable parallel safe as $$
begin
    if day < '1800-01-01' or day > '2299-12-31' then
        raise exception using
            message = 'A day before 1800 or after 2299 is asked about: months until then would be counted without end.',
            detail = 'Tanggal yang ditanyakan sebelum tahun 1800 atau sesudah 2299.',
            hint = 'Ask about a day between them. / Tanyakan tanggal di antaranya.', errcode = 'datetime_field_overflow';
    end if;
    return day;
end $$;
comment on function public.askable(date) is 'Gives the day back, or refuses one that lies too far away.';

create function public.askable(at timestamptz) returns timestamptz
language plpgsql immutable parallel safe as $$
begin
    if at < '1800-01-01T00:00:00Z' or at > '2299-12-31T00:00:00Z' then
        raise exception using
            message = 'A time before 1800 or after 2299 is asked about: nothing is known of it.',
            detail = 'Waktu yang ditanyakan sebelum tahun 1800 atau sesudah 2299.',
            hint = 'Ask about a time between them. / Tanyakan waktu di antaranya.', errcode = 'datetime_field_overflow';
    end if;
    return at;
end $$;
comment on function public.askable(timestamptz) is 'Gives the time back, or refuses one that lies too far away.';

create or replace function bi.churn(from_day date, until_day date, known_at timestamptz default null)
returns table (month date, village_code text, segment text, funding text, joined bigint, returned bigint,
               moved_in bigint, moved_out bigint, lapsed bigint, died bigint, change bigint, renewed bigint)
language sql stable parallel safe security definer begin atomic
    with ends as (  -- the last day of each month, as far as it is in the period
        select (least(m + interval '1 month', $2::timestamp) - interval '1 day')::date as day
          from generate_series(date_trunc('month', public.askable($1)::timestamp),
                               public.askable($2)::timestamp - interval '1 day', '1 month') m
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
          from each e
         where (select public.answerable(
               not exists (select from churn_missing), 'Churn is not known: facts were applied before it was followed.',
               'Keluar-masuk belum diketahui: sebagian catatan diterapkan sebelum diikuti.',
               'Build the read model anew: payung rebuild, then payung rebuild switch. / Bangun model bacanya kembali.'))
    )
    select k.month, k.village_code, k.segment, k.funding, k.joined, k.returned, k.moved_in, k.moved_out, k.lapsed,
           k.died, k.change, k.renewed
      from known k
     where (k.joined, k.returned, k.moved_in, k.moved_out, k.lapsed, k.died, k.renewed) <> (0, 0, 0, 0, 0, 0, 0)
     order by 1, 2, 3, 4;
end;

create or replace function bi.protected_over_time(from_day date, until_day date, known_at timestamptz default null)
returns table (day date, village_code text, segment text, funding text, people bigint, forecast boolean)
language sql stable parallel safe security definer begin atomic
    with asked as (
        select e.day from (select (m + interval '1 month' - interval '1 day')::date as day
                             from generate_series(date_trunc('month', public.askable($1)::timestamp),
                                                  public.askable($2)::timestamp, '1 month') m) e
         where e.day >= $1 and e.day < $2
    ), changes as (
        select c.day, c.village_code, c.segment, c.funding, sum(c.people) as people
          from people_changes(array(select a.day from asked a order by a.day), $3) c group by 1, 2, 3, 4
    )
    select a.day, c.village_code, c.segment, c.funding, sum(c.people)::bigint,
           a.day > (coalesce($3, now()) at time zone 'Asia/Makassar')::date
      from asked a join changes c on c.day <= a.day
     group by a.day, c.village_code, c.segment, c.funding
    having sum(c.people) <> 0
     order by a.day, c.village_code, c.segment, c.funding;
end;

create or replace function bi.commitments(as_of date, known_at timestamptz default null)
returns table (cohort_id uuid, cohort_name text, year int, phase text, segment text, funding text, covered_from date,
               covered_until date, months int, places bigint, person_months bigint, budget_idr bigint, enrolled bigint,
               months_realised bigint, months_left bigint)
language sql stable parallel safe security definer begin atomic
    with approved as (
        select distinct on (cohort_id) *
          from cohort where approved and ($2 is null or recorded_at <= $2)
         order by cohort_id, recorded_at desc
    ), joined as (
        select nullif(cohort, '')::uuid as cohort_id, sum(number)::bigint as enrolled
          from ledger_changes('enrolled', array[date 'infinity'], $2)
         group by 1 having sum(number) <> 0
    ), changed as (
        select cohort, day, sum(number) as number
          from ledger_changes('memberships', array(
                   -- no month was paid for before ASTEK, the first insurance of this kind (PP 33/1977)
                   select (m + interval '1 month -1 day')::date
                     from generate_series(timestamp '1978-01-01', public.askable($1)::timestamp, '1 month') m
                    where (m + interval '1 month -1 day')::date <= $1 order by 1), $2)
         where what in ('in_force', 'suspended')
         group by cohort, day
    ), realised as (  -- what begins or ends on a day counts at every month's end from that day on
        select nullif(cohort, '')::uuid as cohort_id,
               sum(number * (12 * (extract(year from $1 + 1) - extract(year from day))
                             + extract(month from $1 + 1) - extract(month from day)))::bigint as months
          from changed
         group by cohort
    )
    select cohort_id, a.name, a.year, a.phase, a.segment, a.funding, a.covered_from, a.covered_until, a.months,
           a.places, a.person_months, a.budget_idr, coalesce(j.enrolled, 0), coalesce(r.months, 0),
           a.person_months - coalesce(r.months, 0)
      from approved a full join joined j using (cohort_id) left join realised r using (cohort_id);
end;

-- Where facts were applied before it was followed which cohort protects whom, and by which fact, a rebuild changes that.

create or replace function bi.protected_changes(as_of date, since timestamptz, known_at timestamptz default null)
returns table (learned_on date, fact text, counts_from date, cohort_id uuid, village_code text, segment text,
               funding text, people bigint)
language sql stable parallel safe security definer begin atomic
    with asked as (
        select (public.askable($2) at time zone 'Asia/Makassar')::date as first,
               (coalesce(public.askable($3), now()) at time zone 'Asia/Makassar')::date as last
         where (select public.answerable(
               not exists (select from people_cohort_missing),
               'By which fact people are protected is not known: facts were applied before it was followed.',
               'Karena catatan mana orang terlindungi belum diketahui: sebagian catatan diterapkan sebelum diikuti.',
               'Build the read model anew: payung rebuild, then payung rebuild switch. / Bangun model bacanya kembali.'))
    ), day as (
        select a.last - n as day, n = 0 as is_last, n = least(a.last - a.first, 62) as is_first
          from asked a, generate_series(0, greatest(least(a.last - a.first, 62), 0)) n
    ), stretch as (
        select d.day,
               case when d.is_first or d.day < a.first then $2
                    else greatest($2, d.day::timestamp at time zone 'Asia/Makassar' - interval '1 microsecond') end as after,
               case when d.is_last then coalesce($3, 'infinity')
                    else (d.day + 1)::timestamp at time zone 'Asia/Makassar' - interval '1 microsecond' end as until
          from day d, asked a
         order by d.day desc
    )
    select c.learned_on, c.fact, c.counts_from, c.cohort_id, c.village_code, c.segment, c.funding, c.people
      from stretch s
     cross join lateral (
           select (p.recorded_at at time zone 'Asia/Makassar')::date as learned_on, p.fact, p.day as counts_from,
                  p.cohort_id, p.village_code, p.segment, p.funding, sum(p.people)::bigint as people
             from people_delta p
            where p.day <= $1 and p.recorded_at > s.after and p.recorded_at <= s.until
            group by 1, 2, 3, 4, 5, 6, 7 having sum(p.people) <> 0) c
     order by s.day desc, c.learned_on desc, c.counts_from, c.village_code, c.fact, c.segment, c.funding, c.cohort_id;
end;

do $$
declare
    said text := obj_description('bi.protected_changes(date, timestamptz, timestamptz)'::regprocedure);
begin
    if (length(said) - length(replace(said, '; null: not known until a rebuild', '')))
       <> 2 * length('; null: not known until a rebuild') or position('learned. Unit: people.' in said) = 0 then
        raise exception 'the comment on bi.protected_changes says otherwise: %', said;
    end if;
    execute format('comment on function bi.protected_changes(date, timestamptz, timestamptz) is %L',
                   replace(replace(said, '; null: not known until a rebuild', ''), 'learned. Unit: people.',
                           'learned. Refused (55000) while facts from before this was followed are missing, until a'
                           ' rebuild. Unit: people.'));
end $$;

create or replace function bi.snapshot_id(known_at timestamptz)
returns table (snapshot text, final boolean, why text)
language sql stable parallel safe security definer begin atomic
    with mark as (
        select s.source, s.place, m.complete_until, m.withheld_keys, m.first_withheld, m.version
          from (values ('enrollment', 1), ('claims', 2)) as s(source, place) left join bi.watermark m using (source)
    ), doubt as (
        select coalesce(
               case when public.askable($1) is null then 'without a known-at time the answer uses the facts so far' end,
               (select format('facts of %s are complete %s', m.source,
                              coalesce('until ' || to_char(m.complete_until at time zone 'Asia/Makassar',
                                                           'YYYY-MM-DD HH24.MI.SS') || ' WITA', 'not at all yet'))
                  from mark m where m.complete_until is null or $1 > m.complete_until order by m.place limit 1),
               (select format('facts of %s keys are withheld for a person to look at', max(m.withheld_keys))
                  from mark m where m.withheld_keys > 0 and (m.first_withheld is null or $1 >= m.first_withheld)
                having count(*) > 0),
               (select 'people are not told by cohort before a rebuild' from people_cohort_missing limit 1)) as why
    )
    select case when d.why is null
                then (select max(version) from mark) || '@'
                     || to_char($1 at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') end,
           d.why is null,
           coalesce('Not final: ' || d.why || '.', 'Final: every fact up to known_at is in; the figures will not change.')
      from doubt d;
end;
