-- The schema for people who ask in SQL: documented views and functions, and nothing else. They run with the rights of
-- reporting, so role bi_reader needs none on the tables behind them. Counts are bigint: numeric is opaque to Arrow.

revoke all on schema public from public;
create schema bi;
comment on schema bi is
    'Payung, figures about protected workers. Days are business dates in Asia/Makassar. Exact, for insiders: small'
    ' counts are not suppressed. known_at null means: with all facts known now, which later facts may still change.';

create function bi.protected(as_of date, known_at timestamptz default null)
returns table (village_code text, village_name text, district_code text, district_name text, segment text, people bigint)
language sql stable parallel safe security definer begin atomic
    select d.village_code, v.village_name, left(d.village_code, 8), v.district_name, d.segment, sum(d.people)::bigint
      from people_delta d left join village v using (village_code)
     where d.day <= $1 and ($2 is null or d.recorded_at <= $2)
     group by d.village_code, v.village_name, v.district_name, d.segment
    having sum(d.people) <> 0
     order by d.village_code, d.segment;
end;
comment on function bi.protected(date, timestamptz) is
    'People under cover on a day, as known at a time, by village and segment. Each person counts once, in one segment'
    ' (PU, NON_ASN, JAKON, BPU: the first that applies) and one village, so the rows add up to the total.'
    ' Unit: people.';

create function bi.memberships(as_of date, known_at timestamptz default null)
returns table (cohort_id uuid, cohort_name text, village_code text, memberships bigint)
language sql stable parallel safe security definer begin atomic
    select d.cohort_id, c.name, d.village_code, sum(d.memberships)::bigint
      from membership_delta d
      left join lateral (
           select name from cohort
            where cohort.cohort_id = d.cohort_id and ($2 is null or recorded_at <= $2)
            order by recorded_at desc limit 1) c on true
     where d.kind = 'in_force' and d.day <= $1 and ($2 is null or d.recorded_at <= $2)
     group by d.cohort_id, c.name, d.village_code
    having sum(d.memberships) <> 0
     order by c.name, d.cohort_id, d.village_code;
end;
comment on function bi.memberships(date, timestamptz) is
    'Memberships in force on a day, as known at a time, by cohort and village. A person with two memberships counts'
    ' twice here. Unit: memberships.';

create view bi.people_ledger as
    select day, recorded_at, village_code, left(village_code, 8) as district_code, segment, funding, people::bigint
      from people_delta;
comment on view bi.people_ledger is
    'How the number of protected people changes: on `day`, as learned at `recorded_at`. Protected on D as known at T ='
    ' sum(people) where day <= D and recorded_at <= T; days in the future tell who leaves cover when. Unit: people.';

create view bi.membership_ledger as
    select day, recorded_at, cohort_id, village_code, kind, memberships::bigint from membership_delta;
comment on view bi.membership_ledger is
    'How the number of memberships changes, summed like people_ledger. kind in_force: cover begins and ends;'
    ' enrolled: a cohort took the membership in, whatever became of it. Unit: memberships.';

create view bi.claims_paid as
    select p.paid_on, p.recorded_at, p.programme, p.segment, p.funding, p.cohort_id, p.area_code,
           p.claim_id, p.worker_id, (p.claim_id is null) as decided_elsewhere, p.cases, p.amount_idr
      from claim_payment p;
comment on view bi.claims_paid is
    'Payments to workers and heirs. One row is one payment of a claim decided here, or one line of a file of the agency'
    ' (decided_elsewhere: no person, several cases). Keep apart: people = count(distinct worker_id), cases ='
    ' count(distinct claim_id) + sum(cases) of the rows decided elsewhere, payments = rows decided here.'
    ' Unit of amount_idr: whole rupiah.';

create view bi.commitments as
    select c.cohort_id, c.name, c.year, c.phase, c.segment, c.funding, c.covered_from, c.covered_until, c.months,
           c.places, c.person_months, c.budget_idr, coalesce(e.enrolled, 0)::bigint as enrolled
      from (select distinct on (cohort_id) * from cohort order by cohort_id, recorded_at desc) c
      left join (select cohort_id, sum(memberships) as enrolled from membership_delta
                  where kind = 'enrolled' group by cohort_id) e using (cohort_id);
comment on view bi.commitments is
    'What each cohort was approved for, and how many memberships it enrolled, with all facts known now. covered_until is'
    ' the first day without cover. Units: places and enrolled are memberships, budget_idr whole rupiah.';

create view bi.targets as
    select distinct on (id) id, version, name, value, unit, scope, area_code, definition, valid_on, source,
           source_date
      from target order by id, version desc;
comment on view bi.targets is
    'Targets and denominators in their newest version. A ratio without the name, scope and date of its denominator is'
    ' no figure. It divides only the people of villages whose code is area_code or begins with it and a dot; where'
    ' area_code is null the scope is no area, and no ratio can be made.';

create view bi.villages as select * from village;
comment on view bi.villages is 'Villages, districts and regencies by the codes of the Ministry of Home Affairs.';

create view bi.watermark as
    select distinct on (source) source, epoch, number as tick, clock, complete_until
      from tick
     where not exists (
           select from reader_offset r,
                       jsonb_array_elements_text(offsets -> r.topic) with ordinality as e(ends_at, place)
            where r.reader = 'reporting' and r.part = e.place - 1 and r.next_offset < e.ends_at::bigint)
     order by source, epoch desc, number desc;
comment on view bi.watermark is
    'How complete the figures are: for each source its newest statement that everything before it is in. No fact with a'
    ' recorded time at or before complete_until can come later. Read it before the figures, or in one REPEATABLE READ'
    ' transaction with them.';
