-- Which wrapping key wrapped a row; null in rows from the time when there was but one. A person's next key stands beside
-- the present one while the document is sealed anew.
alter table person_key add column wrapped_by bytea, add column next_wrapped bytea;

-- The wrapping key that new rows must be wrapped by; null until it is changed for the first time.
create table wrapping (
    one     boolean primary key default true check (one),
    current bytea
);
insert into wrapping default values;

-- Who read whose data for what. A key is given out against a row here and in no other way, so no read is without one.
create table key_read (
    number    bigint generated always as identity primary key,
    read_at   timestamptz not null default clock_timestamp(),
    person_id uuid not null,
    actor     text not null,
    purpose   text not null
);
create index on key_read (person_id, number);

create function take_keys(wanted uuid[], who text, what_for text)
returns setof person_key language sql volatile as $$
    insert into key_read (person_id, actor, purpose) select distinct person, who, what_for from unnest(wanted) person;
    select * from person_key where person_id = any(wanted);
$$;
