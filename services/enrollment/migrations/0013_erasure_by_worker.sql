-- An erasure and an extract look for a person's hash by the person's id, under locks that others wait for.

create index on nik (worker_id);
