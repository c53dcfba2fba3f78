-- People without anything that names them, who pays for them, and what is due. Rows of one worker are changed only
-- while the worker's stream head is locked; the keys between these tables are therefore not checked by the database.

create extension if not exists btree_gist;   -- for `without overlaps` beside an equality

-- Who is who: the keyed hash of a national number. Two people never share a row, one person never has two.
create table nik (
    nik_hash  bytea primary key check (length(nik_hash) = 16),
    worker_id uuid not null
);

create table cohort (
    cohort_id     uuid primary key,
    name          text not null,
    year          int not null,
    phase         text,
    segment       text not null,
    funding       text not null,
    programmes    text[] not null,
    legal_bases   jsonb not null,
    covered_from  date not null,
    covered_until date,
    months        int,
    places        int not null,
    person_months int,
    budget_idr    bigint,
    check (covered_from < covered_until)
);

-- Locked last of all, by whoever gives or takes back a place.
create table quota (
    cohort_id uuid primary key references cohort,
    places    int not null,
    taken     int not null default 0,
    constraint quota_not_oversold check (taken between 0 and places)
);

create table worker (
    worker_id      uuid primary key,
    village_code   text not null,
    died_on        date,
    death_claim_id uuid
);

create table coverage (
    coverage_id     uuid primary key,
    worker_id       uuid not null,
    segment         text not null,
    village_code    text not null,
    announced_until date,                    -- the latest end announced, where it does not follow from `due`
    version         int not null default 1   -- raised with every change of the membership or of its periods
) with (fillfactor = 90);
create index on coverage (worker_id);

create table period (
    coverage_id uuid,
    cohort_id   uuid not null,
    period      daterange not null,          -- the days covered; without an upper bound: no agreed end
    cut_at      date,                        -- a termination put this end to it
    constraint period_no_overlap primary key (coverage_id, period without overlaps)
);

-- Periods that cover no day: corrected to nothing, or terminated before they began.
create table void_period (
    coverage_id   uuid,
    cohort_id     uuid,
    covered_from  date not null,
    covered_until date,
    cut_at        date,
    primary key (coverage_id, cohort_id)
);

create table card (
    coverage_id uuid,
    received_by text,
    handed_on   date not null,
    primary key (coverage_id, received_by)
);

-- One row per membership whose end is still to be announced: the next day on which a reminder or the end is due.
-- No row, although there is an end and no death before it: the end has been announced.
create table due (
    due_on        date,
    worker_id     uuid,
    coverage_id   uuid,
    cohort_id     uuid not null,             -- of the last period
    covered_until date not null,             -- the end of the membership
    version       int not null,              -- of the coverage that this was computed from
    primary key (due_on, worker_id, coverage_id)
) with (fillfactor = 90);
