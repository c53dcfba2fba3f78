-- Lists that clerks send: the file and its rows, sealed under the batch's own key, and what became of each row; and for
-- each person whom a list proposed, how far the way to cover has come.

-- A file as it arrived, in sealed pieces; gone when its rows have been read. Pieces without a batch: an upload broke off.
create table upload_piece (
    batch_id   uuid,
    number     int,
    sealed     bytea not null,
    arrived_at timestamptz not null default clock_timestamp(),
    primary key (batch_id, number)
);

create table batch (
    batch_id     uuid primary key,
    cohort_id    uuid not null references cohort,
    file_hash    bytea not null,              -- keyed; a file sent again is known by it
    file_bytes   int not null,
    format       text not null check (format in ('csv', 'xlsx')),
    within       text,                        -- the area in which names of villages are looked for
    uploaded_by  text not null,
    uploaded_at  timestamptz not null,
    proposed_on  date not null,
    state        text not null check (state in ('received', 'validating', 'awaiting_approval', 'applying', 'applied',
                                                'partly_applied', 'failed', 'cancelled')),
    work         text check (work in ('validate', 'apply', 'pay')),      -- what the worker has to do; null: nothing
    work_begun   timestamptz,
    work_rows    int not null default 0,      -- of this work, done so far
    work_share   real not null default 0,     -- the share that is done, 0 to 1
    done_through int not null default 0,      -- the last sheet row of this work that is committed
    titles       bytea,                       -- sealed: the column names as the file has them
    header_row   int,
    notices      jsonb not null default '[]', -- of the file as a whole
    failure      jsonb,                       -- why it cannot be read
    approved_by  text check (approved_by <> uploaded_by),
    approved_on  date,
    cancelled_by text,
    forgotten    boolean not null default false      -- the key has been destroyed, with all that names people
);
create unique index batch_same_file on batch (cohort_id, file_hash) where state not in ('failed', 'cancelled');
create index batch_work on batch (uploaded_at) where work is not null;
create index batch_kept on batch (uploaded_at) where not forgotten;

create table batch_row (
    batch_id     uuid,
    row          int,                         -- as the spreadsheet numbers it
    outcome      text not null check (outcome in ('accepted', 'changed', 'rejected', 'duplicate', 'decision')),
    reasons      text[] not null,             -- codes; sentences and values are sealed
    failed       text,                        -- the check that a refused person did not pass
    village_code text,
    nik_hash     bytea,                       -- keyed; null where the number is none
    detail_hash  bytea,                       -- keyed: tells a row that says the same from one that says otherwise
    worker_id    uuid,                        -- of a person who is in the register
    decided_by   text,
    applied      boolean not null default false,
    primary key (batch_id, row)
) with (fillfactor = 50);                     -- each row is marked once, when it has gone in
create index batch_row_nik on batch_row (batch_id, nik_hash, row);
create index batch_row_outcome on batch_row (batch_id, outcome, row);

-- What a row says, apart from what is changed of it: cells, remarks, the person; sealed.
create table batch_content (
    batch_id uuid,
    row      int,
    sealed   bytea not null,
    primary key (batch_id, row)
);

create table batch_count (
    batch_id uuid,
    outcome  text,
    rows     int not null,
    primary key (batch_id, outcome)
);

create table batch_payment (
    batch_id     uuid not null,
    number       int not null,
    paid_on      date not null,
    confirmed_by text not null,
    confirmed_on date not null,
    people       int not null default 0,
    primary key (batch_id, number)
);

-- How far a person has come in a cohort; four dates apart. Written while the worker's head is locked.
create table proposal (
    cohort_id    uuid,
    worker_id    uuid,
    batch_id     uuid not null,               -- of the list that proposed the person last
    village_code text not null,
    activity     text,
    detail_hash  bytea not null,
    proposed_on  date not null,
    verified_on  date,
    paid_on      date,
    active_from  date,
    refused_on   date,
    failed       text,
    reason       text,
    primary key (cohort_id, worker_id),
    check ((refused_on is null) = (failed is null) and (failed is null) = (reason is null)),
    check (active_from is null or paid_on is not null)
) with (fillfactor = 80);                     -- payment comes later
