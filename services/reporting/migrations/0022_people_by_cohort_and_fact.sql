-- Each change in the number of protected people says in which cohort it counts, and by which kind of fact it was told.

alter table people_delta
    add column cohort_id uuid,  -- that paid the day; null, here and below: written before this was told apart
    add column fact text;       -- kind of the fact: its type without service and version, as coverage_voided

-- A row says that changes were written before they told their cohort: people are of no cohort then, all of them. A
-- rebuild, whose tables begin empty, knows all.
create table people_cohort_missing (
    since timestamptz not null default clock_timestamp()
);
insert into people_cohort_missing select from people_delta limit 1;

-- The ledger of people twice: most questions tell no cohorts apart, and read sums that are a fraction of those by cohort.
create or replace view ledgers as
    select 'people' as ledger, day, recorded_at, village_code, segment, funding, '' as cohort, '' as what, '' as failed,
           '' as reason, people as number
      from people_delta
     union all
    select 'people_by_cohort', day, recorded_at, village_code, segment, funding, cohort_id::text, '', '', '', people
      from people_delta where not exists (select from people_cohort_missing)
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

create function people_by_cohort_changes(days date[], known_at timestamptz default null)
returns table (day date, village_code text, segment text, funding text, cohort_id uuid, people bigint)
language sql stable parallel safe
begin atomic
    select c.day, c.village_code, c.segment, c.funding, nullif(c.cohort, '')::uuid, c.number
      from ledger_changes('people_by_cohort', $1, $2) c
     where not exists (select from people_cohort_missing)
     union all
    select c.day, c.village_code, c.segment, c.funding, null, c.people
      from people_changes($1, $2) c
     where exists (select from people_cohort_missing);
end;
comment on function people_by_cohort_changes(date[], timestamptz) is
    'The same as people_changes, by cohort as well; no cohort: it is not known until a rebuild.';

drop function bi.protected(date, timestamptz);
create function bi.protected(as_of date, known_at timestamptz default null)
returns table (village_code text, village_name text, district_code text, district_name text, segment text, funding text,
               cohort_id uuid, people bigint)
language sql stable parallel safe security definer begin atomic
    select d.village_code, v.village_name, left(d.village_code, 8), v.district_name, d.segment, d.funding, d.cohort_id,
           sum(d.people)::bigint
      from people_by_cohort_changes(array[$1], $2) d left join village v using (village_code)
     group by d.village_code, v.village_name, v.district_name, d.segment, d.funding, d.cohort_id
    having sum(d.people) <> 0
     order by d.village_code, d.segment, d.funding, d.cohort_id;
end;
comment on function bi.protected(date, timestamptz) is
    'People under cover on a day, as known at a time, by village, segment, funding and cohort. Each person counts once,'
    ' in one of each: in the segment (PU, NON_ASN, JAKON, BPU) that applies first, and of several memberships in it in'
    ' that which began first; so the rows add up to the total. Unit: people.

as_of: the day in the world, in Asia/Makassar
known_at: as known then: only facts recorded at or before; null: with all facts known now
village_code: code of the village (desa, kelurahan) of the Ministry of Home Affairs
village_name: name of the village; null: the code is in no reference
district_code: code of the district (kecamatan)
district_name: name of the district (kecamatan)
segment: PU (wage earners), NON_ASN, JAKON (construction) or BPU (informal); the first that applies
funding: whose money pays: APBD, APBD_P, APBDES, PROVINCE, CSR, EMPLOYER, PROJECT, SELF
cohort_id: the cohort (a group of workers that one purse pays for); random; null: not known until a rebuild
people: people under cover on the day, each counted once';

drop function bi.protected_over_time(date, date, timestamptz);
create function bi.protected_over_time(from_day date, until_day date, known_at timestamptz default null)
returns table (day date, village_code text, segment text, funding text, people bigint, forecast boolean)
language sql stable parallel safe security definer begin atomic
    with asked as (
        select e.day from (select (m + interval '1 month' - interval '1 day')::date as day
                             from generate_series(date_trunc('month', $1::timestamp), $2::timestamp, '1 month') m) e
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
comment on function bi.protected_over_time(date, date, timestamptz) is
    'People under cover at the end of each month of a period, as known at a time, by village, segment and funding. Where'
    ' there are no people there is no row. Never add up days: the same people are protected on each. Unit: people.

from_day: first day of the period
until_day: first day after the period
known_at: as known then: only facts recorded at or before; null: with all facts known now
day: last day of the month
village_code: code of the village (desa, kelurahan) of the Ministry of Home Affairs
segment: PU (wage earners), NON_ASN, JAKON (construction) or BPU (informal); the first that applies
funding: whose money pays: APBD, APBD_P, APBDES, PROVINCE, CSR, EMPLOYER, PROJECT, SELF
people: people under cover on the day, each counted once
forecast: true: the day was still ahead at known_at; who stays protected if nobody is enrolled or renewed';

create or replace view bi.people_ledger as
    select day, recorded_at, village_code, left(village_code, 8) as district_code, segment, funding, people::bigint,
           cohort_id, fact
      from people_delta;
comment on column bi.people_ledger.cohort_id is
    'the cohort (a group of workers that one purse pays for); random; null: not known until a rebuild';
comment on column bi.people_ledger.fact is
    'kind of the fact that told it, as coverage_started, coverage_voided; null: not known until a rebuild';

-- Why a figure is another one at a later known-at time: the newest changes first, a stretch of recorded time after the
-- other, so that whoever wants the first thousand reads no more than these. The earliest stretch holds all before it.
create function bi.protected_changes(as_of date, since timestamptz, known_at timestamptz default null)
returns table (learned_on date, fact text, counts_from date, cohort_id uuid, village_code text, segment text,
               funding text, people bigint)
language sql stable parallel safe security definer begin atomic
    with asked as (
        select ($2 at time zone 'Asia/Makassar')::date as first,
               (coalesce($3, now()) at time zone 'Asia/Makassar')::date as last
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
comment on function bi.protected_changes(date, timestamptz, timestamptz) is
    'Why the number of people under cover on a day is another one at a later known-at time: what was recorded between'
    ' both about days until then, by kind of fact. The rows add up to the difference. Entered late is what counts from a'
    ' day before the one on which it was learned. Unit: people.

as_of: the day in the world, in Asia/Makassar
since: the earlier known-at time: what was recorded later is told
known_at: as known then: only facts recorded at or before; null: with all facts known now
learned_on: day in Asia/Makassar on which it was recorded
fact: kind of the fact, as coverage_started, coverage_voided, workers_merged; null: not known until a rebuild
counts_from: day in the world from which it counts
cohort_id: the cohort (a group of workers that one purse pays for); random; null: not known until a rebuild
village_code: code of the village (desa, kelurahan) of the Ministry of Home Affairs
segment: PU (wage earners), NON_ASN, JAKON (construction) or BPU (informal); the first that applies
funding: whose money pays: APBD, APBD_P, APBDES, PROVINCE, CSR, EMPLOYER, PROJECT, SELF
people: how many more people are under cover on the day by it, or fewer if negative';

create function bi.claims_paid_changes(from_day date, until_day date, since timestamptz, known_at timestamptz default null)
returns table (paid_on date, because text, programme text, segment text, area_code text, claim_id uuid, payment_id uuid,
               amount_idr bigint)
language sql stable parallel safe security definer begin atomic
    with told as (
        select false as now, b.* from bi.payments($3) b where not b.decided_elsewhere
         union all
        select true, a.* from bi.payments($4) a where not a.decided_elsewhere
    ), fate as (
        select t.payment_id, bool_or(not t.now) as was_there, bool_or(t.now) as is_there,
               bool_or(t.now and t.voided) as voided
          from told t group by t.payment_id
    ), changed as (
        select t.payment_id, t.claim_id, t.paid_on, t.programme, t.segment, t.area_code,
               sum(case when t.now then t.amount_idr else -t.amount_idr end) as amount_idr
          from told t
         where t.kind = 'benefit' and not t.voided and t.paid_on >= $1 and t.paid_on < $2
         group by 1, 2, 3, 4, 5, 6 having sum(case when t.now then t.amount_idr else -t.amount_idr end) <> 0
    ), listed as (
        select c.paid_on, case when not f.was_there then 'added' when f.voided then 'voided'
                               when not f.is_there then 'returned' else 'corrected' end as because,
               c.programme, c.segment, c.area_code, c.claim_id, c.payment_id, c.amount_idr
          from changed c join fate f using (payment_id)
         union all  -- a line of a file of the agency is told once, and for good
        select p.paid_on, 'added', p.programme, p.segment, p.area_code, null, null, p.amount_idr
          from claim_payment p
         where p.claim_id is null and p.paid_on >= $1 and p.paid_on < $2 and p.recorded_at > $3
           and ($4 is null or p.recorded_at <= $4)
    )
    select l.paid_on, l.because, l.programme, l.segment, l.area_code, l.claim_id, l.payment_id, l.amount_idr::bigint
      from listed l
     order by l.paid_on, l.programme, l.segment, l.area_code, l.because, l.amount_idr, l.payment_id;
end;
comment on function bi.claims_paid_changes(date, date, timestamptz, timestamptz) is
    'Why the benefits paid in a period are another sum at a later known-at time: each payment that counts otherwise. One'
    ' that was corrected is two rows if its day or place is another now: taken out of the one, put into the other. The'
    ' rows add up to the difference. Unit of amount_idr: whole rupiah.

from_day: first day of the period
until_day: first day after the period
since: the earlier known-at time
known_at: as known then: only facts recorded at or before; null: with all facts known now
paid_on: day of payment
because: added (told since), returned (the money came back), voided (the claim was), corrected (told otherwise)
programme: JKK, JKM, JHT, JP or JKP
segment: PU (wage earners), NON_ASN, JAKON (construction) or BPU (informal)
area_code: code of the area, from province (51) to village (51.04.01.2001)
claim_id: the claim; random, says nothing about a person; null: decided elsewhere
payment_id: the payment; random; null: decided elsewhere
amount_idr: whole rupiah; by how much more is counted, or less if negative';
