-- Claims for whoever asks in SQL, and for every question over HTTP. A claim that was voided counts no more, on any day;
-- a payment that came back never arrived. Everything else is as of a day, as known at a time.

create function bi.payments(known_at timestamptz default null)
returns table (paid_on date, programme text, segment text, funding text, cohort_id uuid, area_code text, claim_id uuid,
               worker_id uuid, payment_id uuid, kind text, decided_elsewhere boolean, voided boolean, cases bigint,
               amount_idr bigint, ordered_idr bigint, completed_on date, due_on date)
language sql stable parallel safe security definer begin atomic
    with newest as (
        select distinct on (coalesce(p.payment_id, p.event_id)) p.*
          from claim_payment p where $1 is null or p.recorded_at <= $1
         order by coalesce(p.payment_id, p.event_id), p.recorded_at desc
    )
    select n.paid_on, n.programme, n.segment, n.funding, n.cohort_id, n.area_code, n.claim_id, n.worker_id,
           n.payment_id, n.kind, n.claim_id is null,
           exists (select from claim_step v
                    where v.claim_id = n.claim_id and v.step = 'voided' and ($1 is null or v.recorded_at <= $1)),
           n.cases, n.amount_idr, coalesce(n.ordered_idr, n.amount_idr), c.day, c.due_on
      from newest n
      left join lateral (
           select s.day, s.due_on from claim_step s
            where s.claim_id = n.claim_id and s.step = 'completed' and s.recorded_at < n.recorded_at
            order by s.recorded_at desc limit 1) c on true
     where not exists (
           select from payment_return r
            where r.payment_id = n.payment_id and r.recorded_at > n.recorded_at
              and ($1 is null or r.recorded_at <= $1))
     order by n.paid_on, n.event_id;
end;
comment on function bi.payments(timestamptz) is
    'Money that arrived, as known at a time: one row is one payment of a claim decided here, or one line of a file of'
    ' the agency (decided_elsewhere: no person, several cases). A payment that came back is none. kind late: what the'
    ' law adds for lateness, no part of the benefit. voided: the claim was taken back since, and the money is owed.'
    ' Paid less than ordered_idr is an underpayment. completed_on: from when the service clock ran; due_on: the last'
    ' day in time. Keep apart: people = count(distinct worker_id), cases = count(distinct claim_id) + sum(cases) of rows'
    ' decided elsewhere, payments = rows decided here. Units: amount_idr and ordered_idr are whole rupiah.';

create function bi.claims(as_of date, known_at timestamptz default null)
returns table (claim_id uuid, worker_id uuid, programme text, incident_on date, reported_on date, channel text,
               stage text, pended_since date, completed_on date, due_on date, decision_id uuid, round int, outcome text,
               decided_on date, granted_idr bigint, segment text, funding text, cohort_id uuid, village_code text,
               ordered_idr bigint, paid_idr bigint, late_idr bigint, underpaid_idr bigint, paid_on date,
               outstanding_idr bigint, overdue boolean)
language sql stable parallel safe security definer begin atomic
    with voided as (
        select claim_id from claim_step where step = 'voided' and ($2 is null or recorded_at <= $2)
    ), step as (
        select * from claim_step where day <= $1 and ($2 is null or recorded_at <= $2)
    ), decision as (
        select distinct on (claim_id) *
          from claim_decision where decided_on <= $1 and ($2 is null or recorded_at <= $2)
         order by claim_id, recorded_at desc
    ), clock as (
        select distinct on (claim_id) claim_id, day, due_on, recorded_at
          from step where step = 'completed' order by claim_id, recorded_at desc
    ), rerouted as (
        select distinct on (claim_id) claim_id, programme, incident_on
          from step where step = 'rerouted' order by claim_id, recorded_at desc
    ), reopened as (
        select claim_id, max(recorded_at) as at from step where step = 'reopened' group by claim_id
    ), newest as (  -- what the claim did last, as far as it can wait or go on
        select distinct on (claim_id) claim_id, step, day
          from (select claim_id, step, day, recorded_at from step
                 where step in ('submitted', 'completed', 'pended', 'resumed', 'rerouted', 'reopened')
                 union all
                select claim_id, 'decided', decided_on, recorded_at from decision) each
         order by claim_id, recorded_at desc
    ), ordered as (
        select o.claim_id, p.payment_id, p.amount_idr
          from claim_order o join ordered_payment p using (event_id)
         where p.kind = 'benefit' and o.ordered_on <= $1 and ($2 is null or o.recorded_at <= $2)
    ), arrived as (
        select * from bi.payments($2) where paid_on <= $1 and not decided_elsewhere
    ), money as (
        select claim_id, sum(amount_idr) filter (where kind = 'benefit') as paid_idr,
               sum(amount_idr) filter (where kind = 'late') as late_idr,
               sum(greatest(ordered_idr - amount_idr, 0)) filter (where kind = 'benefit') as underpaid_idr,
               max(paid_on) filter (where kind = 'benefit') as paid_on
          from arrived group by claim_id
    ), came_back as (
        select r.claim_id, r.payment_id from payment_return r
         where r.returned_on <= $1 and ($2 is null or r.recorded_at <= $2)
           and not exists (select from arrived a where a.payment_id = r.payment_id)
    ), under_way as (
        select o.claim_id, sum(o.amount_idr) as ordered_idr
          from ordered o
         where not exists (select from arrived a where a.payment_id = o.payment_id)
           and not exists (select from came_back b where b.payment_id = o.payment_id)
         group by o.claim_id
    ), standing as (
        select r.claim_id, r.worker_id, coalesce(t.programme, r.programme) as programme,
               coalesce(t.incident_on, r.incident_on) as incident_on, r.reported_on, r.channel,
               case when n.step = 'pended' then 'pended'
                    when d.event_id is null or o.at > d.recorded_at then
                         case when c.recorded_at > coalesce(o.at, '-infinity') then 'submitted' else 'reported' end
                    when u.ordered_idr > 0 then 'ordered'
                    when d.amount_idr > coalesce(m.paid_idr, 0) then
                         case when exists (select from came_back b where b.claim_id = r.claim_id)
                              then 'returned' else 'decided' end
                    when d.outcome = 'denied' then 'denied'
                    else 'paid' end as stage,
               case when n.step = 'pended' then n.day end as pended_since,
               c.day as completed_on, c.due_on, d.event_id, d.round, d.outcome, d.decided_on, d.amount_idr,
               d.segment, d.funding, d.cohort_id, d.village_code, coalesce(u.ordered_idr, 0) as ordered_idr,
               coalesce(m.paid_idr, 0) as paid_idr, coalesce(m.late_idr, 0) as late_idr,
               coalesce(m.underpaid_idr, 0) as underpaid_idr, m.paid_on,
               greatest(d.amount_idr - coalesce(m.paid_idr, 0), 0) as outstanding_idr
          from claim_report r
          left join rerouted t using (claim_id) left join clock c using (claim_id) left join newest n using (claim_id)
          left join reopened o using (claim_id) left join decision d using (claim_id)
          left join money m using (claim_id) left join under_way u using (claim_id)
         where r.reported_on <= $1 and ($2 is null or r.recorded_at <= $2)
           and not exists (select from voided v where v.claim_id = r.claim_id)
    )
    select s.claim_id, s.worker_id, s.programme, s.incident_on, s.reported_on, s.channel, s.stage, s.pended_since,
           s.completed_on, s.due_on, s.event_id, s.round, s.outcome, s.decided_on, s.amount_idr, s.segment, s.funding,
           s.cohort_id, s.village_code, s.ordered_idr::bigint, s.paid_idr::bigint, s.late_idr::bigint,
           s.underpaid_idr::bigint, s.paid_on, s.outstanding_idr::bigint,
           coalesce(s.due_on < $1, false) and s.stage in ('submitted', 'decided', 'ordered', 'returned')
      from standing s
     order by s.reported_on, s.claim_id;
end;
comment on function bi.claims(date, timestamptz) is
    'Each claim as it stood on a day, as known at a time; those voided are left out. stage: reported (papers are'
    ' missing), pended (waits, the clock stands), submitted (complete, the clock runs), decided (granted, not ordered),'
    ' ordered, returned (a payment came back and is to be ordered again), paid, denied. A claim is counted under its'
    ' newest decision (round, outcome, granted_idr); while it is decided anew the earlier one stands. outstanding_idr is'
    ' granted and not arrived; null: not decided. overdue: the clock runs, and due_on is past. segment, funding, cohort'
    ' and village are those of the decision. Units: claims; *_idr whole rupiah.';

create view bi.claim_components as select event_id as decision_id, code, amount_idr from claim_component;
comment on view bi.claim_components is
    'What a decision grants, by part of the benefit; join bi.claims on decision_id, so that a claim counts once.'
    ' Unit of amount_idr: whole rupiah.';

create view bi.claim_obligations as
    select event_id as decision_id, child, level, due_on, amount_idr from claim_obligation;
comment on view bi.claim_obligations is
    'Years of school that fall due later, if they are proven then; join bi.claims on decision_id, so that only the'
    ' newest decision counts. Unit of amount_idr: whole rupiah.';

create view bi.claim_reasons as select event_id, code from claim_reason;
comment on view bi.claim_reasons is
    'Codes of the reasons of a decision (event_id = decision_id of bi.claims): why it denies or reduces; and of steps'
    ' and reviews, by the id of their fact. Unit: reasons, of which one decision may have several.';

create function bi.claims_voided(known_at timestamptz default null)
returns table (claim_id uuid, worker_id uuid, voided_on date, voided_for text, to_recover_idr bigint)
language sql stable parallel safe security definer begin atomic
    select distinct on (claim_id) claim_id, worker_id, day, cause, amount_idr
      from claim_step where step = 'voided' and ($1 is null or recorded_at <= $1)
     order by claim_id, recorded_at desc;
end;
comment on function bi.claims_voided(timestamptz) is
    'Claims that count no more, as known at a time, with what was paid for them and is owed back. Units: claims;'
    ' to_recover_idr whole rupiah.';

create function bi.reviews(as_of date, known_at timestamptz default null)
returns table (claim_id uuid, worker_id uuid, required_on date, outcome text, amount_idr bigint, would_be_outcome text,
               would_be_amount_idr bigint)
language sql stable parallel safe security definer begin atomic
    with told as (
        select claim_id, recorded_at, event_id, (recorded_at at time zone 'Asia/Makassar')::date as day from claim_review
         union all
        select claim_id, recorded_at, null, day from claim_step where step in ('review_settled', 'voided')
    ), newest as (
        select distinct on (claim_id) event_id, day
          from told where day <= $1 and ($2 is null or recorded_at <= $2)
         order by claim_id, recorded_at desc
    )
    select r.claim_id, r.worker_id, n.day, r.outcome, r.amount_idr, r.would_be_outcome, r.would_be_amount_idr
      from newest n join claim_review r using (event_id)
     order by n.day, r.claim_id;
end;
comment on function bi.reviews(date, timestamptz) is
    'Decisions that would come out otherwise by what is known of cover now, and that nobody has settled yet, on a day,'
    ' as known at a time. Units: claims; *_idr whole rupiah.';

create function bi.died_without_claim(as_of date, known_at timestamptz default null)
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
        select * from bi.claims($1, $2)
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
comment on function bi.died_without_claim(date, timestamptz) is
    'Workers who died while protected and for whose death nobody had claimed by a day, as known at a time. A claim for'
    ' an accident (JKK) counts if it confirmed the death, or while it is not decided and the accident was not later than'
    ' the death; one that was voided does not. Unit: people.';

create function bi.paid_after_death(as_of date, known_at timestamptz default null)
returns table (worker_id uuid, died_on date, coverage_id uuid, cohort_id uuid, village_code text, segment text,
               funding text, paid_from date, paid_until date, begun_after boolean, periods bigint, person_months bigint)
language sql stable parallel safe security definer begin atomic
    select d.worker_id, d.day, d.coverage_id, d.cohort_id, d.village_code, d.segment, d.funding, d.paid_from,
           d.paid_until, d.begun_after, sum(d.periods)::bigint,
           (sum(d.periods) * (12 * extract(year from age(d.paid_until, d.paid_from))
                              + extract(month from age(d.paid_until, d.paid_from))
                              + (extract(day from age(d.paid_until, d.paid_from)) > 0)::int))::bigint
      from paid_after_death_delta d
     where d.day <= $1 and ($2 is null or d.recorded_at <= $2)
     group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
    having sum(d.periods) <> 0
     order by d.day, d.worker_id, d.coverage_id, d.paid_from;
end;
comment on function bi.paid_after_death(date, timestamptz) is
    'What cohorts pay for days after a worker''s death, for deaths up to a day, as known at a time. begun_after: the'
    ' whole period is later than the death, and somebody paid for who was dead; otherwise it was paid ahead. paid_until'
    ' is the first day that is not paid. Units: periods, and person-months, begun ones whole; null: without agreed end.';

create or replace view bi.claims_paid as
    select p.paid_on, p.recorded_at, p.programme, p.segment, p.funding, p.cohort_id, p.area_code,
           p.claim_id, p.worker_id, (p.claim_id is null) as decided_elsewhere, p.cases, p.amount_idr, p.payment_id,
           p.kind
      from claim_payment p;
comment on view bi.claims_paid is
    'Payments to workers and heirs as they were told, also those that came back later or whose claim was voided;'
    ' bi.payments leaves these out, or marks them. One row is one payment of a claim decided here, or one line of a file'
    ' of the agency (decided_elsewhere: no person, several cases). kind late: no part of the benefit.'
    ' Unit of amount_idr: whole rupiah.';
