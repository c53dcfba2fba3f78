-- Whoever asks in SQL can ask all that is asked over HTTP, and can name the answer. What the service asks stands here once.

-- How old and how final the figures are, and by which rules they were made: what an answer over HTTP says of itself. The
-- clock is read here and not by its function: a function in a view acts for whoever asks, who may not read the table.
create or replace view bi.watermark as
    with mark as (
        select distinct on (source) source, epoch, number as tick, clock, complete_until
          from tick
         where not exists (
               select from reader_offset r,
                           jsonb_array_elements_text(offsets -> r.topic) with ordinality as e(ends_at, place)
                where r.reader = 'reporting' and r.part = e.place - 1 and r.next_offset < e.ends_at::bigint)
         order by source, epoch desc, number desc
    ), waiting as (
        select min(l.recordedtime) as at,
               -- what a gap hides may have been recorded before every letter; so may what was unreadable
               bool_or(l.recordedtime is null or l.sequence is null)
               or min(l.sequence) > coalesce(min(k.sequence), 0) + 1 as unknown
          from letter l left join reader_key k using (topic, key)
         where topic <> 'platform.ticks.v1' and l.settled_at is null
         group by topic, key
    ), withheld as (
        select count(*) as keys, case when bool_and(not unknown) then min(at) end as first from waiting
    ), complete as (
        select count(complete_until) as sources, min(complete_until) as until
          from mark where source in ('enrollment', 'claims')
    )
    select m.source, m.epoch, m.tick, m.clock, m.complete_until, w.keys as withheld_keys, w.first as first_withheld,
           (select p.version from public.projection p
             where p.schema = (select relnamespace::regnamespace::text from pg_class where oid = 'tick'::regclass))
               as version,
           greatest(0, extract(epoch from clock_timestamp() + (select shift from public.clock) - m.clock))::float8
               as age_seconds,
           case when c.sources = 2 and (w.keys = 0 or w.first is not null)
                then least(c.until, w.first - interval '1 us') end as final_until
      from mark m, withheld w, complete c;
comment on column bi.watermark.version is 'version of the rules by which the figures are made; a part of a snapshot id';
comment on column bi.watermark.age_seconds is 'how long ago the source stated this; the figures lag by the greatest of them';
comment on column bi.watermark.final_until is
    'newest known_at of which every answer is final now, the same in each row; null: none yet';

create function bi.snapshot_id(known_at timestamptz)
returns table (snapshot text, final boolean, why text)
language sql stable parallel safe security definer begin atomic
    with mark as (
        select s.source, s.place, m.complete_until, m.withheld_keys, m.first_withheld, m.version
          from (values ('enrollment', 1), ('claims', 2)) as s(source, place) left join bi.watermark m using (source)
    ), doubt as (
        select coalesce(
               case when $1 is null then 'without a known-at time the answer uses the facts so far' end,
               (select format('facts of %s are complete %s', m.source,
                              coalesce('until ' || to_char(m.complete_until at time zone 'Asia/Makassar',
                                                           'YYYY-MM-DD HH24.MI.SS') || ' WITA', 'not at all yet'))
                  from mark m where m.complete_until is null or $1 > m.complete_until order by m.place limit 1),
               (select format('facts of %s keys are withheld for a person to look at', max(m.withheld_keys))
                  from mark m where m.withheld_keys > 0 and (m.first_withheld is null or $1 >= m.first_withheld)
                having count(*) > 0)) as why
    )
    select case when d.why is null
                then (select max(version) from mark) || '@'
                     || to_char($1 at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') end,
           d.why is null,
           coalesce('Not final: ' || d.why || '.', 'Final: every fact up to known_at is in; the figures will not change.')
      from doubt d;
end;
comment on function bi.snapshot_id(timestamptz) is
    'The name of what was known at a time, if that is final: the same figures for ever, to every question that is asked'
    ' with this known_at, here and over HTTP (snapshot=...). Ask it before the figures, and where rules may be switched'
    ' meanwhile once more after them: the name has to be the same. Unit: one row.

known_at: as known then: only facts recorded at or before; null: with all facts known now, which is never final
snapshot: version of the rules, and the known-at time in UTC; null: not final
final: true: no later fact can change the figures
why: why they are final, or not';

-- What was approved against what was realised, as of a day, as known at a time.

drop view bi.commitments;
drop view if exists commitments;
create function bi.commitments(as_of date, known_at timestamptz default null)
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
                     from generate_series(timestamp '1978-01-01', $1::timestamp, '1 month') m
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
comment on function bi.commitments(date, timestamptz) is
    'What each cohort was approved for against what came of it, as known at a time: memberships that it enrolled, and'
    ' person-months that it paid until a day. A cohort whose approval is not known yet stands without terms. Units:'
    ' places and enrolled are memberships, person_months, months_realised and months_left person-months, budget_idr'
    ' whole rupiah. Rupiah transferred are not recorded here.

as_of: the day until which months are realised, in Asia/Makassar
known_at: as known then: only facts recorded at or before; null: with all facts known now
cohort_id: the cohort (a group of workers that one purse pays for); random
cohort_name: name of the cohort as known then
year: budget year
phase: phase of the budget year
segment: PU (wage earners), NON_ASN, JAKON (construction) or BPU (informal)
funding: whose money pays: APBD, APBD_P, APBDES, PROVINCE, CSR, EMPLOYER, PROJECT, SELF
covered_from: first day of cover
covered_until: first day without cover; null: without agreed end
months: months that the cohort pays for each place; null: without end
places: places approved, each for one membership
person_months: person-months approved; null: not limited
budget_idr: budget approved, whole rupiah; null: none was told
enrolled: memberships that the cohort ever took in, whatever became of them; as_of has no say in it
months_realised: memberships that were paid (in force or suspended) at each end of a month until as_of, added up
months_left: person-months approved and not realised by as_of; less than nothing: more than approved; null: not limited';

-- Memberships that are paid, but suspended or in grace, beside those in force.

drop function bi.memberships(date, timestamptz);
drop function if exists memberships(date, timestamptz);
create function bi.memberships(as_of date, known_at timestamptz default null, state text default 'in_force')
returns table (cohort_id uuid, cohort_name text, village_code text, memberships bigint)
language sql stable parallel safe security definer begin atomic
    with counted as (
        select nullif(d.cohort, '')::uuid as cohort_id, d.village_code, sum(d.number)::bigint as memberships
          from ledger_changes('memberships', array[$1], $2) d
         where d.what = $3
         group by 1, 2 having sum(d.number) <> 0
    ), named as (
        select distinct on (cohort_id) cohort_id, name
          from cohort where $2 is null or recorded_at <= $2
         order by cohort_id, recorded_at desc
    )
    select d.cohort_id, n.name, d.village_code, d.memberships
      from counted d left join named n using (cohort_id);
end;
comment on function bi.memberships(date, timestamptz, text) is
    'Memberships on a day, as known at a time, by cohort and village: those in force, or those suspended or in grace. A'
    ' person with two memberships counts twice here. Unit: memberships.

as_of: the day in the world, in Asia/Makassar
known_at: as known then: only facts recorded at or before; null: with all facts known now
state: in_force; suspended: paid, but not in force by decision; or grace: in arrears, not in force
cohort_id: the cohort (a group of workers that one purse pays for); random
cohort_name: name of the cohort as known then
village_code: code of the village (desa, kelurahan) of the Ministry of Home Affairs
memberships: memberships in that state';

-- Whose cover ends when.

create function bi.expiries(from_day date, until_day date, known_at timestamptz default null)
returns table (last_covered_day date, without_cover_from date, village_code text, cohort_id uuid, cohort_name text,
               people bigint, memberships bigint)
language sql stable parallel safe security definer begin atomic
    with person as (
        select day, village_code, -sum(number)::bigint as people
          from ledger_changes('people', array(select $1 + n from generate_series(0, $2 - $1) n order by n), $3)
         where day > $1
         group by 1, 2 having sum(number) <> 0
    ), membership as (
        select day, village_code, nullif(cohort, '')::uuid as cohort_id, -sum(number)::bigint as memberships
          from ledger_changes('memberships', array(select $1 + n from generate_series(0, $2 - $1) n order by n), $3)
         where day > $1 and what in ('in_force', 'suspended')
         group by day, village_code, cohort having sum(number) < 0
    ), named as (
        select distinct on (cohort_id) cohort_id, name
          from cohort where $3 is null or recorded_at <= $3
         order by cohort_id, recorded_at desc
    )
    select day - 1, day, village_code, null::uuid, null::text, people, null::bigint from person
     union all
    select m.day - 1, m.day, m.village_code, m.cohort_id, n.name, null, m.memberships
      from membership m left join named n using (cohort_id);
end;
comment on function bi.expiries(date, date, timestamptz) is
    'Whose cover ends when, as known at a time: add up people, and memberships, by day. People: how many fewer are'
    ' protected on the day after (leaving less joining). Memberships: how many end, less those that begin in the same'
    ' village and cohort; also where another cohort goes on paying; one that is suspended ends when it was paid to. A'
    ' row tells one of the two. Units: people, memberships.

from_day: first day of the period
until_day: first day after the period
known_at: as known then: only facts recorded at or before; null: with all facts known now
last_covered_day: last day of cover, which is in the period
without_cover_from: the day after it
village_code: code of the village (desa, kelurahan) of the Ministry of Home Affairs
cohort_id: the cohort whose memberships end; null: the row tells of people
cohort_name: name of the cohort as known then; null: the row tells of people
people: people, each counted once, fewer than on the day before; less than nothing: more; null: the row tells of memberships
memberships: memberships that end; null: the row tells of people';

-- The ratio, with the definition and the version of what it divides by.

create function bi.coverage_ratio(as_of date, known_at timestamptz default null)
returns table (id text, version int, newest boolean, name text, value bigint, unit text, scope text, area_code text,
               definition text, valid_on date, source text, source_date date, taken_in_at timestamptz, people bigint,
               percent float8)
language sql stable parallel safe security definer begin atomic
    with place as (
        select village_code, sum(people) as people from people_changes(array[$1], $2) group by village_code
    ), counted as (
        select t.*, t.version = max(t.version) over (partition by t.id) as newest,
               case when t.area_code is not null then (
                   select coalesce(sum(p.people), 0) from place p
                    where p.village_code = t.area_code or starts_with(p.village_code, t.area_code || '.')) end as people
          from public.target t
    )
    select c.id, c.version, c.newest, c.name, c.value, c.unit, c.scope, c.area_code, c.definition, c.valid_on, c.source,
           c.source_date, c.taken_in_at, c.people::bigint, round(100 * c.people / c.value, 2)::float8
      from counted c;
end;
comment on function bi.coverage_ratio(date, timestamptz) is
    'Protected people of an area against each number that others state of it (target or denominator), on a day, as known'
    ' at a time. Name the number, its scope, source and version beside the ratio: it is reference data, taken in when its'
    ' source states it, and known_at does not choose its version. Unit: percent.

as_of: the day in the world, in Asia/Makassar
known_at: as known then: only facts recorded at or before; null: with all facts known now
id: stable id of the target or denominator
version: 1, 2, 3 ...: earlier ones stay
newest: true: no newer version was taken in
name: name of the target or denominator
value: the number that is divided by
unit: what the number is a number of
scope: whom or which area the number is about
area_code: code of the area whose people are divided; null: the scope is no area, and there is no ratio
definition: what the number counts, as its source states it
valid_on: day that the number is true of
source: who stated it
source_date: day of the source
taken_in_at: when this version was taken in
people: people of the area under cover on the day, each counted once; null: the scope is no area
percent: people for each hundred of the number, to two places; null: the scope is no area';

-- Regulations and decrees, cards, time to payment, figures that were quoted.

create function bi.legal_bases(known_at timestamptz default null)
returns table (title text, placeholder boolean, cohort_id uuid, cohort_name text, year int)
language sql stable parallel safe security definer begin atomic
    with approved as (
        select distinct on (cohort_id) event_id, cohort_id, name, year
          from cohort where approved and ($1 is null or recorded_at <= $1)
         order by cohort_id, recorded_at desc
    )
    select b.title, b.placeholder, a.cohort_id, a.name, a.year from approved a join legal_basis b using (event_id);
end;
comment on function bi.legal_bases(timestamptz) is
    'Regulations and decrees that each cohort rests on by its newest approval, as known at a time. One title may be the'
    ' basis of many cohorts: count(distinct title). Unit: rows.

known_at: as known then: only facts recorded at or before; null: with all facts known now
title: the regulation or decree
placeholder: true: its number is not known yet
cohort_id: the cohort (a group of workers that one purse pays for); random
cohort_name: name of the cohort as known then
year: budget year of the cohort';

drop view bi.cards_issued;
drop view if exists cards_issued;
create function bi.cards_issued(known_at timestamptz default null)
returns table (issued_on date, coverage_id uuid, worker_id uuid, village_code text)
language sql stable parallel safe security definer begin atomic
    select distinct on (coverage_id) issued_on, coverage_id, worker_id, village_code
      from card_issue where $1 is null or recorded_at <= $1
     order by coverage_id, card_issue.issued_on, recorded_at;
end;
comment on function bi.cards_issued(timestamptz) is
    'Participant cards that the agency issued, as known at a time, each once: when it was first issued. Unit: cards.

known_at: as known then: only facts recorded at or before; null: with all facts known now
issued_on: day on which the card was first issued
coverage_id: the membership; random
worker_id: the worker; random, says nothing about the person
village_code: code of the village (desa, kelurahan) of the Ministry of Home Affairs';

create function bi.cards_handed_over(known_at timestamptz default null)
returns table (handed_on date, coverage_id uuid, worker_id uuid, village_code text, received_by text)
language sql stable parallel safe security definer begin atomic
    select distinct on (coverage_id) handed_on, coverage_id, worker_id, village_code, received_by
      from card_handover where $1 is null or recorded_at <= $1
     order by coverage_id, card_handover.handed_on, recorded_at;
end;
comment on function bi.cards_handed_over(timestamptz) is
    'Participant cards that left our hands, as known at a time, each once: at its first handover. Unit: cards.

known_at: as known then: only facts recorded at or before; null: with all facts known now
handed_on: day of the first handover
coverage_id: the membership; random
worker_id: the worker; random, says nothing about the person
village_code: code of the village (desa, kelurahan) of the Ministry of Home Affairs
received_by: worker or representative';

create function bi.time_to_payment(from_day date, until_day date, known_at timestamptz default null)
returns table (paid_on date, programme text, segment text, area_code text, claim_id uuid, payment_id uuid,
               completed_on date, due_on date, days int, in_time boolean)
language sql stable parallel safe security definer begin atomic
    select p.paid_on, p.programme, p.segment, p.area_code, p.claim_id, p.payment_id, p.completed_on, p.due_on,
           p.paid_on - p.completed_on, p.paid_on <= p.due_on
      from bi.payments($3) p
     where p.paid_on >= $1 and p.paid_on < $2 and p.kind = 'benefit' and not p.voided and not p.decided_elsewhere;
end;
comment on function bi.time_to_payment(date, date, timestamptz) is
    'How long each payment of a benefit in a period took since the papers were complete, and whether it was in time, as'
    ' known at a time. Working days are not known here: due_on was reckoned in them. Percentiles of parts do not add up.'
    ' Unit: payments; days are calendar days.

from_day: first day of the period
until_day: first day after the period
known_at: as known then: only facts recorded at or before; null: with all facts known now
paid_on: day on which the money arrived
programme: JKK (accident), JKM (death), JHT, JP or JKP
segment: PU (wage earners), NON_ASN, JAKON (construction) or BPU (informal)
area_code: code of the area, from province (51) to village (51.04.01.2001)
claim_id: the claim; random, says nothing about a person
payment_id: the payment; random
completed_on: day from which the service clock ran: papers complete; null: no clock ran
due_on: last day in time of this payment; null: no clock ran
days: calendar days from completed_on to paid_on; null: no clock ran
in_time: true: paid on due_on at the latest; null: no clock ran';

create view bi.published as
    select id, question, asked::text as asked, snapshot, version, answer::text as answer, published_on, published_in,
           kept_by, kept_at
      from public.published;
comment on view bi.published is
    'Figures that were quoted to the world, kept as they were and never changed, whatever is learned later. Unit: figures.';
comment on column bi.published.id is 'number of the figure, in the order of keeping';
comment on column bi.published.question is 'what was asked: the path of the question below /v1, as protected';
comment on column bi.published.asked is 'how it was asked: its parameters as JSON';
comment on column bi.published.snapshot is 'names the figure for ever: version of the rules, and known-at time';
comment on column bi.published.version is 'version of the rules by which it was answered';
comment on column bi.published.answer is 'figures, total, unit and days, as JSON';
comment on column bi.published.published_on is 'day on which it was quoted';
comment on column bi.published.published_in is 'where it can be read';
comment on column bi.published.kept_by is 'who kept it: an id of a person in office';
comment on column bi.published.kept_at is 'when it was kept';

-- What its name says, and no more: a payment that came back, or whose claim was taken back, is none.

drop view bi.claims_paid;
create view bi.claims_paid as
    select paid_on, programme, segment, funding, cohort_id, area_code, claim_id, worker_id, payment_id, kind,
           decided_elsewhere, cases, amount_idr
      from bi.payments() where not voided;
comment on view bi.claims_paid is
    'Money for claims that arrived and counts, with all facts known now: no payment that came back, none of a claim that'
    ' was taken back. As known at another time: bi.payments(known_at). One row is one payment of a claim decided here, or'
    ' one line of a file of the agency. Keep apart: people = count(distinct worker_id), cases = count(distinct claim_id) +'
    ' sum(cases) of rows decided elsewhere, payments = rows decided here, all of kind benefit. Unit of amount_idr: whole'
    ' rupiah.';
comment on column bi.claims_paid.paid_on is 'day on which the money arrived';
comment on column bi.claims_paid.programme is 'JKK (accident), JKM (death), JHT, JP or JKP';
comment on column bi.claims_paid.segment is 'PU (wage earners), NON_ASN, JAKON (construction) or BPU (informal)';
comment on column bi.claims_paid.funding is
    'whose money paid for the cover: APBD, APBD_P, APBDES, PROVINCE, CSR, EMPLOYER, PROJECT, SELF';
comment on column bi.claims_paid.cohort_id is 'the cohort (a group of workers that one purse pays for); random';
comment on column bi.claims_paid.area_code is 'code of the area, from province (51) to village (51.04.01.2001)';
comment on column bi.claims_paid.claim_id is 'the claim; random, says nothing about a person; null: decided elsewhere';
comment on column bi.claims_paid.worker_id is
    'the worker; random, says nothing about the person; null: a file that names nobody';
comment on column bi.claims_paid.payment_id is 'the payment; null: decided elsewhere';
comment on column bi.claims_paid.kind is 'benefit; or late: added because the money came late, no part of the benefit';
comment on column bi.claims_paid.decided_elsewhere is 'true: a line of a file of the agency, without persons';
comment on column bi.claims_paid.cases is 'cases that the row stands for: 1 for a payment of a claim decided here';
comment on column bi.claims_paid.amount_idr is 'whole rupiah';

-- Nobody is another answer than: not followed.

create function public.answerable(known boolean, message text, details text, hint text) returns boolean
language plpgsql stable parallel safe as $$
begin
    if not known then
        raise exception using message = message, detail = details, hint = hint, errcode = 'object_not_in_prerequisite_state';
    end if;
    return true;
end $$;
comment on function public.answerable(boolean, text, text, text) is
    'Refuses a question whose answer is not known: no row would look like nobody.';

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
      from part p
     where (select public.answerable(
           not exists (select from churn_missing), 'Churn is not known: facts were applied before it was followed.',
           'Keluar-masuk belum diketahui: sebagian catatan diterapkan sebelum diikuti.',
           'Build the read model anew: payung rebuild, then payung rebuild switch. / Bangun model bacanya kembali.'))
     group by 1, 2, 3, 4 having sum(p.people) <> 0
     order by 1, 2, 3, 4;
end;

do $$
declare
    said record;
begin
    for said in values
        ('bi.churn(date, date, timestamptz)',
         'Empty while facts from before this was followed are missing, until a rebuild.',
         'Refused (55000) while facts from before this was followed are missing, until a rebuild.'),
        ('bi.gaps(date, int, timestamptz)',
         'Empty while facts from before this was followed are missing, until a rebuild.',
         'Refused (55000) while facts from before this was followed are missing, until a rebuild.')
    loop
        if position(said.column2 in obj_description(said.column1::regprocedure)) = 0 then
            raise exception 'the comment on % does not say: %', said.column1, said.column2;
        end if;
        execute format('comment on function %s is %L', said.column1,
                       replace(obj_description(said.column1::regprocedure), said.column2, said.column3));
    end loop;
end $$;

-- The funnel is added up before its texts become ids again; who died asks of a claim no more than it needs, so that what
-- was paid for it is not reckoned.

drop function if exists funnel(date, timestamptz);
drop function bi.funnel(date, timestamptz);
drop function funnel_changes(date, timestamptz);
create function funnel_changes(as_of date, known_at timestamptz default null)
returns table (cohort text, village_code text, step text, failed text, reason text, workers bigint)
language sql stable parallel safe
begin atomic
    select d.cohort, d.village_code, d.what, d.failed, d.reason, d.number
      from ledger_changes('funnel', array[date 'infinity'], $2) d
     union all
    select m.cohort, m.village_code, 'paid', '', '', m.number
      from ledger_changes('enrolled', array[date 'infinity'], $2) m
     union all
    select m.cohort, m.village_code, 'active', '', '', m.number
      from ledger_changes('memberships', array[$1], $2) m where m.what = 'in_force';
end;
comment on function funnel_changes(date, timestamptz) is
    'What adds up to the workers at each step of the way; rows of one cohort, village and step add up. As in the ledger,'
    ' cohorts are texts, and what does not apply is an empty one.';

create function bi.funnel(as_of date, known_at timestamptz default null)
returns table (cohort_id uuid, cohort_name text, village_code text, village_name text, step text, failed text,
               reason text, workers bigint)
language sql stable parallel safe security definer begin atomic
    with stands as (
        select nullif(d.cohort, '')::uuid as cohort_id, d.village_code, d.step, nullif(d.failed, '') as failed,
               nullif(d.reason, '') as reason, sum(d.workers)::bigint as workers
          from funnel_changes($1, $2) d
         group by d.cohort, d.village_code, d.step, d.failed, d.reason having sum(d.workers) <> 0
    ), named as (
        select distinct on (cohort_id) cohort_id, name
          from cohort where $2 is null or recorded_at <= $2
         order by cohort_id, recorded_at desc
    )
    select s.cohort_id, c.name, s.village_code, v.village_name, s.step, s.failed, s.reason, s.workers
      from stands s
      left join village v using (village_code)
      left join named c using (cohort_id);
end;
comment on function bi.funnel(date, timestamptz) is
    'How far the workers proposed for each cohort came, by village, as known at a time. Steps proposed, unique, '
    'identity_matched, eligible, in_decree: who was proposed and passed that check. waiting: passed, and waits for a '
    'place. refused: by the check that failed and the reason. paid: memberships that the cohort took in. active: '
    'those in force on as_of. A worker stands at every step that was taken. Unit: workers; paid and active: '
    'memberships.

as_of: the day in the world, in Asia/Makassar
known_at: as known then: only facts recorded at or before; null: with all facts known now
cohort_id: the cohort (a group of workers that one purse pays for); random
cohort_name: name of the cohort as known then
village_code: code of the village (desa, kelurahan) of the Ministry of Home Affairs
village_name: name of the village; null: its code is not in the reference
step: step of the way from proposal to cover
failed: the check that a refused worker failed; null at other steps
reason: why a worker was refused: a stable code; null at other steps
workers: workers, or memberships where the step is paid or active';

create or replace function bi.died_without_claim(as_of date, known_at timestamptz default null)
returns table (worker_id uuid, died_on date, village_code text, village_name text, district_name text, segment text,
               funding text)
language sql stable parallel safe security definer begin atomic
    with recursive death as (
        select d.worker_id, d.day, d.village_code, d.segment, d.funding
          from death_delta d where d.day <= $1 and ($2 is null or d.recorded_at <= $2)
         group by 1, 2, 3, 4, 5 having sum(d.deaths) > 0
    ), link as (
        select distinct on (worker_id, survivor_id) worker_id, survivor_id, merged
          from worker_merge where $2 is null or recorded_at <= $2
         order by worker_id, survivor_id, recorded_at desc
    ), same (worker_id, as_worker) as (  -- whose claims are this worker's too
        select worker_id, worker_id from death
         union
        select s.worker_id, l.worker_id from same s join link l on l.survivor_id = s.as_worker and l.merged
    ), claim as materialized (
        select claim_id, worker_id, programme, decision_id, incident_on from bi.claims($1, $2)
    ), confirmed as (
        select distinct on (claim_id) claim_id, step
          from claim_step
         where step in ('death_confirmed', 'death_retracted') and day <= $1 and ($2 is null or recorded_at <= $2)
         order by claim_id, recorded_at desc
    )
    select d.worker_id, d.day, d.village_code, v.village_name, v.district_name, d.segment, d.funding
      from death d left join village v using (village_code)
     where not exists (
           select from same s
                  join claim c on c.worker_id = s.as_worker
                  left join confirmed f using (claim_id)
            where s.worker_id = d.worker_id
              and (c.programme = 'JKM' or f.step = 'death_confirmed'
                   or (c.decision_id is null and c.incident_on <= d.day)))
     order by d.day, d.worker_id;
end;
