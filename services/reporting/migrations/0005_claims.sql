-- What claims tells beside decisions and payments, who died under cover, and what was paid for days after a death. Rows
-- are only ever added, with when they were told. Facts of one claim come in one order, so the newest told is how it
-- stands; what was told by T is all that a question about T reads.

create table claim_report (
    event_id    uuid primary key,
    recorded_at timestamptz not null,
    worker_id   uuid not null,
    claim_id    uuid not null,
    programme   text not null,
    incident_on date not null,
    reported_on date not null,
    channel     text not null
);
create index on claim_report (claim_id);

create table claim_step (
    event_id    uuid primary key,
    recorded_at timestamptz not null,
    worker_id   uuid not null,
    claim_id    uuid not null,
    step        text not null check (step in ('submitted', 'completed', 'pended', 'resumed', 'rerouted', 'reopened',
                                              'voided', 'review_settled', 'death_confirmed', 'death_retracted')),
    day         date not null,               -- the business date of recorded_at, where the fact names none
    due_on      date,                        -- completed: last day by which payment is due
    programme   text,                        -- rerouted: what it goes on as
    incident_on date,                        -- rerouted: what is the incident then; death_confirmed: the day of death
    cause       text,                        -- reopened, voided: what for; review_settled: by what
    amount_idr  bigint                       -- voided: what is owed back
);
create index on claim_step (claim_id, recorded_at);

-- Codes of the reasons of a decision, of a step (pended, rerouted) or of a review.
create table claim_reason (
    event_id uuid not null,
    code     text not null
);
create index on claim_reason (event_id);

-- A claim's newest decision that was told by T is the one that stood at T.
alter table claim_decision
    add column round int not null default 1,
    add column previous_amount_idr bigint not null default 0,
    add column due_on date;
alter table claim_decision alter column round drop default, alter column previous_amount_idr drop default;
create index on claim_decision (claim_id, recorded_at);

create table claim_component (
    event_id   uuid not null references claim_decision,
    code       text not null,
    amount_idr bigint not null
);
create index on claim_component (event_id);

create table claim_obligation (
    event_id   uuid not null references claim_decision,
    child      int not null,
    level      text not null,
    due_on     date not null,
    amount_idr bigint not null
);
create index on claim_obligation (event_id);

create table claim_order (
    event_id    uuid primary key,
    recorded_at timestamptz not null,
    worker_id   uuid not null,
    claim_id    uuid not null,
    order_id    uuid not null,
    ordered_on  date not null,               -- the business date of recorded_at, where the fact names none
    amount_idr  bigint not null
);
create index on claim_order (claim_id);

create table ordered_payment (
    event_id   uuid not null references claim_order,
    payment_id uuid not null,                -- the order's own id, of the time when an order was one payment
    kind       text not null,
    amount_idr bigint not null
);
create index on ordered_payment (event_id);

alter table claim_payment
    add column payment_id uuid,              -- as in ordered_payment; null where decided elsewhere
    add column order_id uuid,
    add column kind text not null default 'benefit',
    add column ordered_idr bigint;           -- what the payment should have been; null: just this
alter table claim_payment alter column kind drop default;
create index on claim_payment (payment_id);
create index on claim_payment (claim_id);

create table payment_return (
    event_id    uuid primary key,
    recorded_at timestamptz not null,
    worker_id   uuid not null,
    claim_id    uuid not null,
    order_id    uuid not null,
    payment_id  uuid not null,
    returned_on date not null,
    amount_idr  bigint not null,
    code        text not null
);
create index on payment_return (payment_id);

create table claim_review (
    event_id            uuid primary key,
    recorded_at         timestamptz not null,
    worker_id           uuid not null,
    claim_id            uuid not null,
    outcome             text not null,
    amount_idr          bigint not null,
    would_be_outcome    text not null,
    would_be_amount_idr bigint not null
);
create index on claim_review (claim_id, recorded_at);

-- A worker's newest row about a survivor says whether the two are one person.
create table worker_merge (
    event_id    uuid primary key,
    recorded_at timestamptz not null,
    worker_id   uuid not null,
    survivor_id uuid not null,
    merged      boolean not null
);
create index on worker_merge (worker_id);

-- Workers who died while protected, as known at T: those whose sum(deaths) where recorded_at <= T is one.
create table death_delta (
    day          date not null,              -- of death
    recorded_at  timestamptz not null,
    worker_id    uuid not null,
    village_code text not null,
    segment      text not null,
    funding      text not null,
    deaths       int not null
);
create index on death_delta (worker_id);

-- What cohorts paid for days after a death, as known at T: where sum(periods) where recorded_at <= T is not zero.
create table paid_after_death_delta (
    day          date not null,              -- of death
    recorded_at  timestamptz not null,
    worker_id    uuid not null,
    coverage_id  uuid not null,
    cohort_id    uuid not null,
    village_code text not null,
    segment      text not null,
    funding      text not null,
    paid_from    date not null,              -- first day after the death that is paid
    paid_until   date,                       -- first day that is not
    begun_after  boolean not null,           -- the whole period is later than the death
    periods      int not null
);
create index on paid_after_death_delta (worker_id);
