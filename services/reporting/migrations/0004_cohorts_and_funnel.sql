-- What enrollment tells beside cover: how far proposals came, the lives of cohorts, places that moved, cards issued,
-- double funding; and memberships that are suspended or in grace. Rows are only ever added, with when they were told.

-- suspended, in grace on D as known at T: as in_force, with the other kind
alter table membership_delta drop constraint membership_delta_kind_check;
alter table membership_delta add constraint membership_delta_kind_check
    check (kind in ('in_force', 'enrolled', 'suspended', 'grace'));

-- Workers who stand at a step as known at T = sum(workers) where recorded_at <= T. `day` is when the step was taken.
create table funnel_delta (
    day          date not null,
    recorded_at  timestamptz not null,
    cohort_id    uuid not null,
    village_code text not null,
    step         text not null check (step in ('proposed', 'unique', 'identity_matched', 'eligible', 'in_decree',
                                               'waiting', 'refused')),
    failed       text,                        -- the check that a refused worker failed
    reason       text,
    workers      int not null,
    check ((step = 'refused') = (reason is not null) and (step = 'refused') = (failed is not null))
);
create index on funnel_delta (cohort_id);

-- A cohort's newest row that was recorded by T is how its terms stood at T; approved or only proposed.
alter table cohort
    add column approved boolean not null default true,
    add column owner_office text,
    add column decree_number text,
    add column decree_signed_on date;
alter table cohort alter column approved drop default;

create table village_place (
    event_id     uuid not null references cohort,
    village_code text not null,
    places       bigint not null
);
create index on village_place (event_id);

create table cohort_step (
    event_id     uuid primary key,
    recorded_at  timestamptz not null,
    cohort_id    uuid not null,
    step         text not null check (step in ('opened', 'closed', 'handed_over')),
    day          date,
    owner_office text                         -- who answers for it from then on, where handed over
);
create index on cohort_step (cohort_id, recorded_at);

create table place_move (
    event_id     uuid primary key,
    recorded_at  timestamptz not null,
    cohort_id    uuid not null,
    from_village text,                        -- null: the common pool of no village
    to_village   text,
    places       bigint not null
);

create table card_issue (
    event_id     uuid primary key,
    recorded_at  timestamptz not null,
    worker_id    uuid not null,
    coverage_id  uuid not null,
    village_code text not null,
    issued_on    date not null
);

-- A finding's newest row that was recorded by T, with its newest decision by T, is how it stood at T.
create table double_funding (
    event_id       uuid primary key,
    recorded_at    timestamptz not null,
    worker_id      uuid not null,
    finding_id     uuid not null,
    coverage_ids   uuid[] not null,
    cohort_ids     uuid[] not null,
    activity       text,
    overlaps_from  date not null,
    overlaps_until date,                      -- first day without overlap
    person_months  bigint                     -- paid twice; null: without an end
);
create index on double_funding (finding_id, recorded_at);

create table double_funding_decision (
    event_id    uuid primary key,
    recorded_at timestamptz not null,
    worker_id   uuid not null,
    finding_id  uuid not null,
    outcome     text not null check (outcome in ('justified', 'duplicate'))
);
create index on double_funding_decision (finding_id, recorded_at);

comment on view bi.membership_ledger is
    'How the number of memberships changes, summed like people_ledger. kind in_force: cover begins and ends;'
    ' suspended: paid, but not in force by decision; grace: in arrears, not in force; enrolled: a cohort took the'
    ' membership in, whatever became of it. Unit: memberships.';

create or replace view bi.commitments as
    select c.cohort_id, c.name, c.year, c.phase, c.segment, c.funding, c.covered_from, c.covered_until, c.months,
           c.places, c.person_months, c.budget_idr, coalesce(e.enrolled, 0)::bigint as enrolled
      from (select distinct on (cohort_id) * from cohort where approved order by cohort_id, recorded_at desc) c
      left join (select cohort_id, sum(memberships) as enrolled from membership_delta
                  where kind = 'enrolled' group by cohort_id) e using (cohort_id);

create function bi.funnel(as_of date, known_at timestamptz default null)
returns table (cohort_id uuid, cohort_name text, village_code text, village_name text, step text, failed text,
               reason text, workers bigint)
language sql stable parallel safe security definer begin atomic
    with stands as (
        select d.cohort_id, d.village_code, d.step, d.failed, d.reason, sum(d.workers) as workers
          from funnel_delta d
         where $2 is null or d.recorded_at <= $2
         group by d.cohort_id, d.village_code, d.step, d.failed, d.reason
         union all
        select m.cohort_id, m.village_code, case m.kind when 'enrolled' then 'paid' else 'active' end, null, null,
               sum(m.memberships)
          from membership_delta m
         where (m.kind = 'enrolled' or (m.kind = 'in_force' and m.day <= $1)) and ($2 is null or m.recorded_at <= $2)
         group by m.cohort_id, m.village_code, m.kind
    )
    select s.cohort_id, c.name, s.village_code, v.village_name, s.step, s.failed, s.reason, s.workers::bigint
      from stands s
      left join village v using (village_code)
      left join lateral (
           select name from cohort
            where cohort.cohort_id = s.cohort_id and ($2 is null or recorded_at <= $2)
            order by recorded_at desc limit 1) c on true
     where s.workers <> 0
     order by c.name, s.cohort_id, s.village_code,
              array_position(array['proposed', 'unique', 'identity_matched', 'eligible', 'in_decree', 'waiting',
                                   'refused', 'paid', 'active'], s.step), s.failed, s.reason;
end;
comment on function bi.funnel(date, timestamptz) is
    'How far the workers proposed for each cohort came, by village, as known at a time. Steps proposed, unique,'
    ' identity_matched, eligible, in_decree: who was proposed and passed that check. waiting: passed, and waits for a'
    ' place. refused: by the check that failed and the reason. paid: memberships that the cohort took in. active: those'
    ' in force on as_of. A worker stands at every step that was taken. Unit: workers; paid and active: memberships.';

create function bi.cohorts(known_at timestamptz default null)
returns table (cohort_id uuid, name text, state text, owner_office text, year int, phase text, segment text,
               funding text, covered_from date, covered_until date, months int, places bigint, person_months bigint,
               budget_idr bigint, decree_number text, decree_signed_on date)
language sql stable parallel safe security definer begin atomic
    with terms as (
        select distinct on (cohort_id) *
          from cohort where $1 is null or recorded_at <= $1
         order by cohort_id, approved desc, recorded_at desc
    ), moved as (
        select distinct on (cohort_id) cohort_id, step
          from cohort_step where step <> 'handed_over' and ($1 is null or recorded_at <= $1)
         order by cohort_id, recorded_at desc
    ), owned as (
        select distinct on (cohort_id) cohort_id, owner_office
          from cohort_step where step = 'handed_over' and ($1 is null or recorded_at <= $1)
         order by cohort_id, recorded_at desc
    )
    select t.cohort_id, t.name,
           case when m.step = 'closed' then 'closed' when m.step = 'opened' then 'open'
                when t.approved then 'approved' else 'proposed' end,
           coalesce(o.owner_office, t.owner_office), t.year, t.phase, t.segment, t.funding, t.covered_from, t.covered_until, t.months, t.places,
           t.person_months, t.budget_idr, t.decree_number, t.decree_signed_on
      from terms t left join moved m using (cohort_id) left join owned o using (cohort_id)
     order by t.year, t.name, t.cohort_id;
end;
comment on function bi.cohorts(timestamptz) is
    'Each cohort as known at a time: its terms (those approved, or else those proposed), its state (proposed, approved,'
    ' open, closed) and the office that answers for it. covered_until is the first day without cover. Units: places are'
    ' memberships, budget_idr whole rupiah.';

create view bi.village_places as
    select c.cohort_id, c.recorded_at, c.approved, v.village_code, v.places
      from village_place v join cohort c using (event_id);
comment on view bi.village_places is
    'Places that a proposal or approval of a cohort kept for a village; the newest approval counts, and from there what'
    ' places_reallocated moved. Unit: places.';

create view bi.places_reallocated as
    select cohort_id, recorded_at, from_village, to_village, places from place_move;
comment on view bi.places_reallocated is
    'Places of a cohort that went from one village to another; null is the common pool of no village. Unit: places.';

create function bi.double_funding(known_at timestamptz default null)
returns table (finding_id uuid, state text, worker_id uuid, cohort_id uuid, other_cohort_id uuid, coverage_id uuid,
               other_coverage_id uuid, activity text, overlaps_from date, overlaps_until date, person_months bigint)
language sql stable parallel safe security definer begin atomic
    with found as (
        select distinct on (finding_id) *
          from double_funding where $1 is null or recorded_at <= $1
         order by finding_id, recorded_at desc
    ), decided as (
        select distinct on (finding_id) finding_id, outcome
          from double_funding_decision where $1 is null or recorded_at <= $1
         order by finding_id, recorded_at desc
    )
    select f.finding_id, coalesce(d.outcome, 'open'), f.worker_id, f.cohort_ids[1], f.cohort_ids[2],
           f.coverage_ids[1], f.coverage_ids[2], f.activity, f.overlaps_from, f.overlaps_until, f.person_months
      from found f left join decided d using (finding_id)
     order by f.overlaps_from, f.finding_id;
end;
comment on function bi.double_funding(timestamptz) is
    'Two cohorts that pay for the same activity of one worker on the same days, as known at a time: open until a person'
    ' decides, then justified or duplicate. overlaps_until is the first day without overlap; person_months are paid'
    ' twice, begun ones whole; both null where the overlap has no agreed end. Unit: findings.';

create view bi.cards_issued as
    select issued_on, recorded_at, coverage_id, worker_id, village_code from card_issue;
comment on view bi.cards_issued is 'Participant cards that the agency issued. Unit: cards.';
