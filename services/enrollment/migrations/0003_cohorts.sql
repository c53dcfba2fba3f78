-- The lives of cohorts, their places by village, their person-months, and who has a place reserved or waits for one.

alter table cohort
    add column state            text not null default 'open',
    add column owner_office     text,
    add column proposed_by      text not null default 'not recorded',   -- before a second person was needed
    add column approved_by      text default 'nor recorded',
    add column contribution_idr bigint,      -- a month of one person's cover
    add column decree           jsonb,       -- number and date
    add column amendment        jsonb,       -- other places or money, which nobody has approved yet
    add column amended_by       text,
    alter column person_months type bigint,
    add constraint cohort_state check (state in ('proposed', 'approved', 'open', 'closed')),
    add constraint cohort_second_person check (approved_by <> proposed_by),
    add constraint cohort_approved check (approved_by is not null or state in ('proposed', 'closed')),
    add check ((amendment is null) = (amended_by is null));
alter table cohort
    alter column state drop default, alter column proposed_by drop default, alter column approved_by drop default;

-- Decrees as they were signed. They name people, so each is encrypted under a key of its own, as the vault is.
create table decree_file (
    file_id      uuid primary key,
    cohort_id    uuid not null references cohort,
    content_type text not null,
    sealed       bytea not null,
    stored_by    text not null,
    stored_at    timestamptz not null default clock_timestamp()
);
create index on decree_file (cohort_id, stored_at);

-- What is read and written only with the cohort's row in `quota` locked, which is locked last of all.
alter table quota
    add column open            boolean not null default true,      -- takes people in
    add column reserved        int not null default 0,             -- kept for people whose payment is awaited
    add column waiting         int not null default 0,
    add column pool            int,                                -- places of no village
    add column pool_used       int,                                -- by people beyond the places of their villages
    add column person_months   bigint,                              -- null: no limit
    add column months_taken    bigint not null default 0,
    add column months_reserved bigint not null default 0;

create index on quota (cohort_id) where waiting > 0;

create table village_quota (
    cohort_id    uuid,
    village_code text,
    places       int not null default 0 check (places >= 0),
    taken        int not null default 0 check (taken >= 0),
    reserved     int not null default 0 check (reserved >= 0),
    waiting      int not null default 0 check (waiting >= 0),
    primary key (cohort_id, village_code)
);

-- A place reserved for a person, or the person's place in the row of those who wait, in the order of `asked`.
create table reservation (
    cohort_id     uuid,
    worker_id     uuid,
    asked         bigint generated always as identity,
    village_code  text not null,
    person_months int not null,
    held          boolean not null,          -- a place is reserved; if not, the person waits for one
    wants         text not null,             -- what follows when the person moves up
    covered_from  date,                      -- the first day wished for; null: the cohort's
    since         date not null,
    primary key (cohort_id, worker_id),
    check (wants in ('cover', 'renewal', 'place'))
);
create index on reservation (cohort_id, village_code, asked) where not held;
create index on reservation (worker_id);

-- What the periods of before take: each a place, and its months, begun ones whole.
insert into village_quota (cohort_id, village_code, taken)
select cohort_id, village_code, count(*)
  from (select cohort_id, coverage_id from period
         union all
        select cohort_id, coverage_id from void_period where covered_until is null or covered_until > covered_from) p
  join coverage using (coverage_id)
 group by cohort_id, village_code;

update quota q
   set pool = q.places, pool_used = q.taken, months_taken = m.months,
       person_months = case when m.person_months is not null then greatest(m.person_months, m.months) end
  from (select cohort_id, c.person_months,
               coalesce(sum(extract(year from a) * 12 + extract(month from a) + (extract(day from a) > 0)::int), 0)
                   as months
          from cohort c
          left join period p using (cohort_id)
          left join lateral age(upper(p.period), lower(p.period)) a on not upper_inf(p.period)
         group by cohort_id, c.person_months) m
 where m.cohort_id = q.cohort_id;

alter table quota
    alter column open drop default,
    alter column pool set not null,
    alter column pool_used set not null,
    drop constraint quota_not_oversold,
    add constraint quota_not_oversold check (taken >= 0 and reserved >= 0 and taken + reserved <= places),
    add constraint quota_pool_not_oversold check (pool_used between 0 and pool and pool <= places),
    add constraint quota_months_not_oversold check (months_taken >= 0 and months_reserved >= 0
                                                    and months_taken + months_reserved <= person_months);
