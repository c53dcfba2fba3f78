-- What is known of people, encrypted; without its key, in a database of its own, a row is noise.
create table vault (
    person_id uuid primary key,
    document  bytea not null
);
create table vault_read (
    read_at   timestamptz not null default clock_timestamp(),
    person_id uuid not null,
    actor     text not null,
    purpose   text not null
);
