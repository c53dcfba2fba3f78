-- By which day money was due, as claims tells it: an appeal or a hold lets a new clock run and makes nothing less late.
-- A clock told without it is of before: then its own day stands, and a claim that is held or decided anew is not overdue.

alter table claim_step add column first_due_on date;      -- last day in time of what is to be paid first; null: none
alter table claim_decision add column first_due_on date;  -- likewise, here and below: each row of these may change it
alter table claim_payment add column first_due_on date;
alter table payment_return add column first_due_on date;
alter table ordered_payment add column due_on date;       -- last day on which the payment is in time
create index on ordered_payment (payment_id);

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
           n.cases, n.amount_idr, coalesce(n.ordered_idr, n.amount_idr), c.day,
           coalesce(o.due_on, c.due_on)
      from newest n
      left join lateral (
           select s.day, s.due_on from claim_step s
            where s.claim_id = n.claim_id and s.step = 'completed' and s.recorded_at < n.recorded_at
            order by s.recorded_at desc limit 1) c on true
      left join lateral (
           select p.due_on from ordered_payment p join claim_order q using (event_id)
            where p.payment_id = n.payment_id and q.recorded_at < n.recorded_at
            order by q.recorded_at desc limit 1) o on true
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
        select * from bi.payments($2) where paid_on <= $1 and not decided_elsewhere
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

do $$
declare
    said record;
begin
    for said in values
        ('bi.payments(timestamptz)', 'due_on: the last day in time.',
         'due_on: the last day in time of this payment, whatever clock began since.'),
        ('bi.payments(timestamptz)', E'\ndue_on: last day in time',
         E'\ndue_on: last day in time of this payment; null: no clock ran'),
        ('bi.claims(date, timestamptz)', 'pended (waits, the clock stands)', 'pended (waits)'),
        ('bi.claims(date, timestamptz)', E'\npended_since: day since which the claim waits and its clock stands;',
         E'\npended_since: day since which the claim waits;'),
        ('bi.claims(date, timestamptz)', 'overdue: the clock runs, and due_on is past.',
         'due_on: the last day in time of what is to be paid first, null while nothing is to be paid or no clock runs;'
         ' an appeal or a hold makes nothing less late. overdue: due_on is past.'),
        ('bi.claims(date, timestamptz)', E'\ndue_on: last day in time',
         E'\ndue_on: last day in time of what is to be paid first; null: nothing is to be paid, or no clock runs'),
        ('bi.claims(date, timestamptz)', E'\noverdue: true: the clock runs, and due_on is past',
         E'\noverdue: true: due_on is past')
    loop
        if position(said.column2 in obj_description(said.column1::regprocedure)) = 0 then
            raise exception 'the comment on % does not say: %', said.column1, said.column2;
        end if;
        execute format('comment on function %s is %L', said.column1,
                       replace(obj_description(said.column1::regprocedure), said.column2, said.column3));
    end loop;
end $$;
