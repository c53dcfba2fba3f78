-- An erasure looks for a person in lists while it holds their locks: it must not read whole tables for that.
-- The worker's id is put into a row of a list when it goes in; that this costs entries in the indexes is the price.

create index on batch_row (worker_id) where worker_id is not null;
create index on batch_row (nik_hash) where nik_hash is not null;
create index on proposal (worker_id);
