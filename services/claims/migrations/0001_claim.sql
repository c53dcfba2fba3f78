-- Claims from first report to payment, and payments that other offices made. Nothing here names a person.

create table claim (
    claim_id     uuid primary key,
    worker_id    uuid not null,
    programme    text not null check (programme in ('JKM', 'JKK')),
    incident_on  date not null,
    reported_on  date not null,
    reported_at  timestamptz not null,
    state        text not null
                 check (state in ('waiting', 'pended', 'reported', 'submitted', 'decided', 'ordered', 'paid', 'void')),
    pended_for   jsonb not null default '[]',      -- reasons
    proposer     text,
    payee_id     uuid,                             -- in the vault
    submitted_on date,
    decider      text,
    outcome      text check (outcome in ('approved', 'partially_approved', 'denied')),
    decision     jsonb,                            -- with its proof: components, reasons, rules, memberships
    payer        text,
    order_id     uuid unique,
    ordered_on   date,
    paid_on      date,

    -- what the rules of the domain already promise; here nothing can get round them
    check (decider <> proposer and payer <> proposer and payer <> decider),
    check ((decision is null) = (outcome is null)),
    check (state not in ('ordered', 'paid') or (outcome <> 'denied' and order_id is not null)),
    check ((state = 'paid') = (paid_on is not null))
) with (fillfactor = 80);

create index on claim (worker_id);

-- an event is claimed once, unless the claim came to nothing
create unique index claim_once on claim (worker_id, programme, incident_on)
    where state <> 'void' and (outcome is null or outcome <> 'denied');

-- a death is paid once
create unique index claim_death_paid_once on claim (worker_id)
    where state in ('decided', 'ordered', 'paid') and outcome <> 'denied';

-- the few that wait for their worker
create index claim_waiting on claim (reported_at) where state in ('waiting', 'pended');

create table recorded_payment (
    payment_id uuid primary key,                   -- made from the reference
    reference  text not null unique,
    programme  text not null,
    segment    text not null,
    paid_on    date not null,
    cases      int not null check (cases > 0),
    amount_idr bigint not null check (amount_idr >= 0),
    area_code  text not null
);
