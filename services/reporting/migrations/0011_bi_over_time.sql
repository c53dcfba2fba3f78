-- The line of protection for whoever asks in SQL: the same rows as /v1/protected-over-time, by village.

create function bi.protected_over_time(from_day date, until_day date, known_at timestamptz default null)
returns table (day date, village_code text, segment text, people bigint, forecast boolean)
language sql stable parallel safe security definer begin atomic
    with asked as (
        select e.day from (select (m + interval '1 month' - interval '1 day')::date as day
                             from generate_series(date_trunc('month', $1::timestamp), $2::timestamp, '1 month') m) e
         where e.day >= $1 and e.day < $2
    ), changes as (
        select c.day, c.village_code, c.segment, sum(c.people) as people
          from people_changes(array(select a.day from asked a order by a.day), $3) c group by 1, 2, 3
    )
    select a.day, c.village_code, c.segment, sum(c.people)::bigint,
           a.day > (coalesce($3, now()) at time zone 'Asia/Makassar')::date
      from asked a join changes c on c.day <= a.day
     group by a.day, c.village_code, c.segment
    having sum(c.people) <> 0
     order by a.day, c.village_code, c.segment;
end;
comment on function bi.protected_over_time(date, date, timestamptz) is
    'People under cover at the end of each month of a period, as known at a time, by village and segment. A village and'
    ' segment without people has no row. Never add up days: the same people are protected on each. Unit: people.

from_day: first day of the period
until_day: first day after the period
known_at: as known then: only facts recorded at or before; null: with all facts known now
day: last day of the month
village_code: code of the village (desa, kelurahan) of the Ministry of Home Affairs
segment: PU (wage earners), NON_ASN, JAKON (construction) or BPU (informal); the first that applies
people: people under cover on the day, each counted once
forecast: true: the day was still ahead at known_at; who stays protected if nobody is enrolled or renewed';
