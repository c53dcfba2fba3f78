-- People who were erased: what is destroyed, and where it stands on the list that is kept outside the databases.
create table erasure (
    person_id  uuid primary key,
    erased_at  timestamptz not null,
    actor      text not null,
    reason     text not null,
    forced     boolean not null default false,
    destroyed  jsonb not null default '{}',  -- how many rows of what
    key_owners uuid[],                       -- whose keys must go; null while something still needs them
    told       boolean not null,             -- whether the fact stands in the ledger
    number     int,                          -- of the entry on the list, and its hash
    hash       text,
    settled_at timestamptz                   -- the entry is written and the keys are gone
);
create index erasure_unsettled on erasure (erased_at) where settled_at is null or not told;

-- Reads are logged where the keys are, since a key is given out against a row there. Nobody has used this one.
drop table vault_read;
