-- Where a reader stands, what it made of each key, and the facts it could not apply.

create table reader_offset (
    reader      text not null,
    topic       text not null,
    part        int not null,
    next_offset bigint not null default 0,
    epoch       int not null default 0,      -- raised by replay and repair: what a reader holds in memory is void
    primary key (reader, topic, part)
);

create table reader_key (
    topic    text not null,
    key      uuid not null,
    sequence bigint not null,                -- of the last fact applied
    event_id uuid,                           -- and its id
    parked   boolean not null default false, -- its facts queue in `letter`
    state    text,                           -- what the fold made of them: JSON
    primary key (key, topic)                 -- the key first: it tells rows apart in one comparison
) with (fillfactor = 85);

create table letter (
    topic        text not null,
    part         int not null,
    "offset"     bigint not null,
    key          uuid not null,
    sequence     bigint,                     -- null where the record could not be read
    type         text,
    recordedtime timestamptz,
    headers      jsonb not null,             -- name -> value in base64
    value        bytea,
    raw_key      bytea,
    reason       text not null,
    parked_at    timestamptz not null default clock_timestamp(),
    settled_at   timestamptz,
    settled_how  text check (settled_how in ('replayed', 'dropped')),
    settled_by   text,
    settled_why  text,
    primary key (topic, part, "offset")
);
create index on letter (topic, key, sequence) where settled_at is null;

create table tick (
    source         text not null,
    epoch          int not null,
    number         bigint not null,
    snapshot       text not null,
    clock          timestamptz not null,
    complete_until timestamptz,
    offsets        jsonb not null,
    primary key (source, epoch, number)
);
