-- What self-payers pay and by when, suspensions, entries made in error, and activities that two payers pay for.

-- The terms of self-payers: one row, written by `migrate` from the settings.
create table self_payment (
    only_row     boolean primary key default true check (only_row),
    grace_months int not null check (grace_months between 0 and 12)
);
insert into self_payment (grace_months) values (3);

-- Nobody's budget limits for how many months people pay themselves.
update quota q set person_months = null from cohort c where c.cohort_id = q.cohort_id and c.funding = 'SELF';

-- What a month of JKK and JKM costs a self-payer, from day to day: one price for each activity on each day. A reduction
-- that ends is a row with an end; without an activity a row holds for all that have none of their own.
create table contribution (
    activity    text not null default 'any',
    valid       daterange not null check (not isempty(valid) and not lower_inf(valid)),
    monthly_idr bigint not null check (monthly_idr >= 0),
    legal_basis text not null,
    primary key (activity, valid without overlaps)
);
insert into contribution (activity, valid, monthly_idr, legal_basis) values
    ('any',       '[2015-07-01,2026-04-01)', 16800, 'PP 44/2015'),
    ('any',       '[2026-04-01,2027-01-01)',  8400, 'PP 50/2025'),
    ('any',       '[2027-01-01,)',           16800, 'PP 44/2015'),
    ('transport', '[2015-07-01,2026-01-01)', 16800, 'PP 44/2015'),
    ('transport', '[2026-01-01,2027-04-01)',  8400, 'PP 50/2025'),
    ('transport', '[2027-04-01,)',           16800, 'PP 44/2015');

alter table coverage
    add column voided            boolean not null default false,   -- entered in error: it never was
    add column inactivated_until date;       -- the latest end of grace announced, where it does not follow from `due`

alter table period
    add column grace_until date,             -- what a self-payer pays before this day joins without a gap
    add column paid_on     date,             -- the payment was confirmed
    add column activity    text,             -- the work that the membership is for
    add constraint period_covers_days check (not isempty(period) and not lower_inf(period)),
    add constraint period_grace_follows check (grace_until >= upper(period)),
    add constraint period_cut_is_its_end check (cut_at = upper(period)),
    add constraint period_cut_has_no_grace check (cut_at is null or grace_until is null);

-- A self-payer's payments make several periods by one cohort; their first days differ.
alter table void_period
    add column paid_on  date,
    add column activity text,
    drop constraint void_period_pkey,
    add primary key (coverage_id, cohort_id, covered_from),
    add constraint void_period_covers_no_day check (least(covered_until, cut_at) <= covered_from);

-- On these days the membership is not in force although it is paid; without an upper bound: until it is reinstated.
create table suspension (
    coverage_id uuid references coverage,
    days        daterange check (not isempty(days) and not lower_inf(days)),
    reason      text not null,
    primary key (coverage_id, days without overlaps)
);

-- Two payers of one activity on the same days, as they were found, once for each pair. The id follows from the pair.
create table double_funding (
    finding_id         uuid primary key,
    one_coverage_id    uuid not null references coverage,
    other_coverage_id  uuid not null references coverage,
    one_cohort_id      uuid not null references cohort,
    other_cohort_id    uuid not null references cohort,
    activity           text,
    shared_days        daterange not null check (not isempty(shared_days) and not lower_inf(shared_days)),
    person_months      int check ((person_months is null) = upper_inf(shared_days)),
    found_on           date not null,
    outcome            text check (outcome in ('justified', 'duplicate')),   -- null: nobody has decided yet
    check (one_coverage_id < other_coverage_id),
    unique (one_coverage_id, other_coverage_id, one_cohort_id, other_cohort_id)
);
create index on double_funding (found_on, finding_id);

alter table due
    add column grace_until date;             -- the end of the grace after the end, if it is to be announced
