-- What reporting makes of the facts: two ledgers of signed deltas in two times (the day in the world, and when it was
-- recorded), and the facts about cohorts, cards, decisions and payments as they were recorded. Rows are only ever added.

-- Protected on D as known at T = sum(people) where day <= D and recorded_at <= T.
create table people_delta (
    day          date not null,
    recorded_at  timestamptz not null,
    village_code text not null,
    segment      text not null,
    funding      text not null,
    people       int not null
);
-- What ends or begins in a range of days; for balances every row counts, and they are read in one go.
create index on people_delta using brin (day) with (pages_per_range = 16, autosummarize = on);

-- In force on D as known at T = sum(memberships) where kind = 'in_force' and day <= D and recorded_at <= T.
-- Places taken as known at T = sum(memberships) where kind = 'enrolled' and recorded_at <= T.
create table membership_delta (
    day          date not null,
    recorded_at  timestamptz not null,
    cohort_id    uuid not null,
    village_code text not null,
    kind         text not null check (kind in ('in_force', 'enrolled')),
    memberships  int not null
);
create index on membership_delta using brin (day) with (pages_per_range = 16, autosummarize = on);

-- A cohort's newest row that was recorded by T is how it stood at T.
create table cohort (
    event_id      uuid primary key,
    recorded_at   timestamptz not null,
    cohort_id     uuid not null,
    name          text not null,
    year          int not null,
    phase         text,
    segment       text not null,
    funding       text not null,
    programmes    text[] not null,
    covered_from  date not null,
    covered_until date,                       -- first day without cover
    months        int,
    places        bigint not null,
    person_months bigint,
    budget_idr    bigint                      -- whole rupiah
);
create index on cohort (cohort_id, recorded_at);

create table legal_basis (
    event_id    uuid not null references cohort,
    title       text not null,
    placeholder boolean not null              -- stands for a document whose number is not known
);
create index on legal_basis (event_id);

create table card_handover (
    event_id     uuid primary key,
    recorded_at  timestamptz not null,
    worker_id    uuid not null,               -- random: says nothing about the person
    coverage_id  uuid not null,
    village_code text not null,
    handed_on    date not null,
    received_by  text not null
);

create table claim_decision (
    event_id     uuid primary key,
    recorded_at  timestamptz not null,
    worker_id    uuid not null,
    claim_id     uuid not null,
    programme    text not null,
    outcome      text not null,
    incident_on  date not null,
    decided_on   date not null,
    amount_idr   bigint not null,
    segment      text,
    funding      text,
    cohort_id    uuid,
    village_code text,
    rule_version text not null
);

create table claim_payment (
    event_id    uuid primary key,
    recorded_at timestamptz not null,
    worker_id   uuid,                         -- null: a file of the agency told of it, without persons
    claim_id    uuid,                         -- null with it
    programme   text not null,
    segment     text not null,
    funding     text,
    cohort_id   uuid,
    area_code   text not null,                -- village, or the district, regency or province that the file names
    paid_on     date not null,
    cases       bigint not null,
    amount_idr  bigint not null
);

-- Areas as the contracts' reference file has them; written anew by every `migrate`.
create table village (
    village_code  text primary key,
    village_name  text not null,
    kind          text not null,
    district_code text not null,
    district_name text not null,
    regency_code  text not null,
    regency_name  text not null,
    province_code text not null,
    province_name text not null
);

-- Targets and denominators, each version of each; the newest counts. Without area_code the scope is no area: such a
-- target divides nobody.
create table target (
    id          text not null,
    version     int not null,
    name        text not null,
    value       bigint not null,
    unit        text not null,
    scope       text not null,
    area_code   text,
    definition  text not null,
    valid_on    date not null,
    source      text not null,
    source_date date not null,
    taken_in_at timestamptz not null default clock_timestamp(),
    taken_in_by text not null,
    primary key (id, version)
);
