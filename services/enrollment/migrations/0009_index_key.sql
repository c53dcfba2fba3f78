-- The key under which national numbers and card numbers are hashed: which one it is, and while it is changed, the hashes
-- under the next one, made while the register works under the present one.

create table index_key (
    one         boolean primary key default true check (one),
    fingerprint bytea                        -- null until a service started with one
);
insert into index_key default values;

create table rehashed (
    worker_id uuid primary key,
    seen      text not null,                 -- of the person's document: one that was changed since is read again
    next_key  bytea not null,                -- fingerprint of the key that these hashes are under
    nik_hash  bytea not null
);
create table rehashed_card (
    worker_id   uuid,
    coverage_id uuid,
    issued_on   date,
    kpj_hash    bytea not null,
    primary key (coverage_id, issued_on)
);
create index on rehashed_card (worker_id);
