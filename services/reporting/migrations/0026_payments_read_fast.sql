-- Questions about payments look up only what they tell. When papers were complete and until when it was due is looked up
-- for each payment, so it is asked for where it is told: a column of `payments` that nobody names costs nothing.

create or replace function bi.payments(known_at timestamptz default null)
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
           n.cases, n.amount_idr, coalesce(n.ordered_idr, n.amount_idr),
           (select s.day from claim_step s
             where s.claim_id = n.claim_id and s.step = 'completed' and s.recorded_at < n.recorded_at
             order by s.recorded_at desc limit 1),
           coalesce((select p.due_on from ordered_payment p join claim_order q using (event_id)
                      where p.payment_id = n.payment_id and q.recorded_at < n.recorded_at
                      order by q.recorded_at desc limit 1),
                    (select s.due_on from claim_step s
                      where s.claim_id = n.claim_id and s.step = 'completed' and s.recorded_at < n.recorded_at
                      order by s.recorded_at desc limit 1))
      from newest n
     where not exists (
           select from payment_return r
            where r.payment_id = n.payment_id and r.recorded_at > n.recorded_at
              and ($1 is null or r.recorded_at <= $1))
     order by n.paid_on, n.event_id;
end;

create or replace function bi.claims(as_of date, known_at timestamptz default null)
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
        select distinct on (claim_id) claim_id, day, due_on, first_due_on, recorded_at
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
        select o.claim_id, p.payment_id, p.amount_idr, o.recorded_at
          from claim_order o join ordered_payment p using (event_id)
         where p.kind = 'benefit' and o.ordered_on <= $1 and ($2 is null or o.recorded_at <= $2)
    ), arrived as (
        select claim_id, payment_id, kind, programme, paid_on, amount_idr, ordered_idr
          from bi.payments($2) where paid_on <= $1 and not decided_elsewhere
    ), money as (
        select claim_id, sum(amount_idr) filter (where kind = 'benefit') as paid_idr,
               sum(amount_idr) filter (where kind = 'late') as late_idr,
               sum(greatest(ordered_idr - amount_idr, 0)) filter (where kind = 'benefit') as underpaid_idr,
               max(paid_on) filter (where kind = 'benefit') as paid_on
          from arrived group by claim_id
    ), due as (  -- the newest that was told of it; not what was told of money that came back
        select distinct on (claim_id) claim_id, first_due_on
          from (select claim_id, recorded_at, first_due_on from step
                 where step in ('completed', 'pended', 'rerouted', 'reopened')
                 union all
                select claim_id, recorded_at, first_due_on from decision
                 union all
                select p.claim_id, p.recorded_at, p.first_due_on from claim_payment p
                 where p.claim_id is not null and p.paid_on <= $1 and ($2 is null or p.recorded_at <= $2)
                   and not exists (
                       select from payment_return r
                        where r.payment_id = p.payment_id and r.recorded_at > p.recorded_at
                          and ($2 is null or r.recorded_at <= $2))
                 union all
                select claim_id, recorded_at, first_due_on from payment_return
                 where returned_on <= $1 and ($2 is null or recorded_at <= $2)) each
         order by claim_id, recorded_at desc
    ), death as (
        select claim_id, min(recorded_at) as at from step where step = 'death_confirmed' group by claim_id
    ), living as (  -- what was granted last before the decision that confirmed the death
        select e.claim_id, e.amount_idr
          from (select g.claim_id, g.amount_idr,
                       row_number() over (partition by g.claim_id order by g.recorded_at desc) as nth
                  from claim_decision g join death using (claim_id)
                 where g.recorded_at < death.at and g.outcome <> 'denied' and g.decided_on <= $1) e
         where e.nth = 2
    ), kept as (
        select a.claim_id, least(sum(a.amount_idr), max(l.amount_idr)) as idr
          from arrived a join decision d using (claim_id) join death e using (claim_id) join living l using (claim_id)
          join ordered o using (payment_id)
         where a.kind = 'benefit' and a.programme = 'JKK' and d.programme = 'JKM' and o.recorded_at < e.at
         group by a.claim_id
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
                    when d.amount_idr + coalesce(k.idr, 0) > coalesce(m.paid_idr, 0) then
                         case when exists (select from came_back b where b.claim_id = r.claim_id)
                              then 'returned' else 'decided' end
                    when d.outcome = 'denied' then 'denied'
                    else 'paid' end as stage,
               case when n.step = 'pended' then n.day end as pended_since,
               c.day as completed_on, f.first_due_on,
               case when c.first_due_on is null then coalesce(f.first_due_on, c.due_on) else f.first_due_on end as due_on,
               d.event_id, d.round, d.outcome, d.decided_on, d.amount_idr,
               d.segment, d.funding, d.cohort_id, d.village_code, coalesce(u.ordered_idr, 0) as ordered_idr,
               coalesce(m.paid_idr, 0) as paid_idr, coalesce(m.late_idr, 0) as late_idr,
               coalesce(m.underpaid_idr, 0) as underpaid_idr, m.paid_on,
               greatest(d.amount_idr + coalesce(k.idr, 0) - coalesce(m.paid_idr, 0), 0) as outstanding_idr
          from claim_report r
          left join rerouted t using (claim_id) left join clock c using (claim_id) left join due f using (claim_id)
          left join newest n using (claim_id)
          left join reopened o using (claim_id) left join decision d using (claim_id)
          left join money m using (claim_id) left join kept k using (claim_id)
          left join under_way u using (claim_id)
         where r.reported_on <= $1 and ($2 is null or r.recorded_at <= $2)
           and not exists (select from voided v where v.claim_id = r.claim_id)
    )
    select s.claim_id, s.worker_id, s.programme, s.incident_on, s.reported_on, s.channel, s.stage, s.pended_since,
           s.completed_on, s.due_on, s.event_id, s.round, s.outcome, s.decided_on, s.amount_idr, s.segment, s.funding,
           s.cohort_id, s.village_code, s.ordered_idr::bigint, s.paid_idr::bigint, s.late_idr::bigint,
           s.underpaid_idr::bigint, s.paid_on, s.outstanding_idr::bigint,
           coalesce(s.due_on < $1, false)
               and (s.first_due_on is not null or s.stage in ('submitted', 'decided', 'ordered', 'returned'))
      from standing s
     order by s.reported_on, s.claim_id;
end;

create or replace function bi.claims_paid_changes(from_day date, until_day date, since timestamptz, known_at timestamptz default null)
returns table (paid_on date, because text, programme text, segment text, area_code text, claim_id uuid, payment_id uuid,
               amount_idr bigint)
language sql stable parallel safe security definer begin atomic
    with told as (
        select false as now, payment_id, claim_id, paid_on, programme, segment, area_code, kind, voided, amount_idr
          from bi.payments($3) where not decided_elsewhere
         union all
        select true, payment_id, claim_id, paid_on, programme, segment, area_code, kind, voided, amount_idr
          from bi.payments($4) where not decided_elsewhere
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
