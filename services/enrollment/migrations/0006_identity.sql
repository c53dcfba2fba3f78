-- Who is who beyond the national number: who looks alike, who was found to be one person, where people moved, whose
-- card bears which number. Nothing here names anybody: names and numbers stand in the vault.

-- Keyed hashes of what people who are alike share. They end with the person, as the row in `nik` does.
create table likeness (
    worker_id         uuid primary key,
    village_birth     bigint not null,
    name_birth        bigint not null,
    name_village_year bigint not null,
    name_village_day  bigint not null
);
create index on likeness (village_birth);
create index on likeness (name_birth);
create index on likeness (name_village_year);
create index on likeness (name_village_day);

-- Whom nobody has been compared with yet; emptied as it is worked off.
create table uncompared (
    worker_id uuid primary key
);
insert into uncompared (worker_id) select worker_id from worker;

-- Two entries that may be one person, for a person to decide.
create table candidate (
    candidate_id uuid primary key,
    one_id       uuid not null,
    other_id     uuid not null,
    score        int not null,
    agree        text[] not null,          -- the parts that agree: name, birth_date, village_code, nik
    found_at     timestamptz not null,
    decision     text check (decision in ('different_people', 'same_person')),
    decided_by   text,
    decided_at   timestamptz,
    unique (one_id, other_id),
    check (one_id < other_id),
    check ((decision is null) = (decided_by is null) and (decision is null) = (decided_at is null))
);
create index candidate_undecided on candidate (score desc, candidate_id) where decision is null;
create index on candidate (other_id);

-- Two entries found to be one person: proposed by one, approved or refused by another, and taken back where it was wrong.
-- Written while the heads of both are locked. While it stands, the holder has the memberships of the merged: the
-- survivor, or whom the survivor was merged into later.
create table merge (
    merge_id     uuid primary key,
    survivor_id  uuid not null,
    merged_id    uuid not null,
    holder_id    uuid,                     -- null unless it stands
    brought_death boolean not null default false, -- the survivor's day of death is the merged one's
    proposed_by  text not null,
    proposed_at  timestamptz not null,
    decided_by   text,                     -- who approved or refused it
    decided_at   timestamptz,
    approved     boolean,
    reversed_by  text,
    reversed_at  timestamptz,
    check (survivor_id <> merged_id),
    check ((approved is null) = (decided_by is null) and decided_by <> proposed_by),
    check ((holder_id is not null) = (coalesce(approved, false) and reversed_at is null))
);
create unique index merge_once on merge (merged_id) where holder_id is not null;
create index on merge (holder_id) where holder_id is not null;
create unique index merge_proposed_once on merge (least(survivor_id, merged_id), greatest(survivor_id, merged_id))
    where approved is null;

-- The memberships that a merge brought to the survivor, and that go back when it is taken back.
create table merged_coverage (
    merge_id    uuid references merge,
    coverage_id uuid,
    primary key (merge_id, coverage_id)
);

-- From `moved_on` on the worker lives in another village; written while the worker's head is locked.
create table relocation (
    worker_id    uuid,
    moved_on     date,
    village_code text not null,
    primary key (worker_id, moved_on)
);

-- Cards that the agency issued. The number (KPJ) stands in the vault; its keyed hash here is nobody else's.
create table issued_card (
    kpj_hash    bytea primary key check (length(kpj_hash) = 16),
    coverage_id uuid not null,
    issued_on   date not null,
    unique (coverage_id, issued_on)
);
