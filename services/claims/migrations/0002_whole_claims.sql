-- A claim is one document, with the columns that the database looks into. Nothing here names a person.

do $$
begin
    if exists (select from claim) then
        raise exception 'this database holds claims of a form that was never released: begin with an empty one, `make up FRESH=1`';
    end if;
end
$$;

drop table claim;

create table claim (
    claim_id    uuid primary key,
    worker_id   uuid not null,
    programme   text not null check (programme in ('JKM', 'JKK')),
    incident_on date not null,
    reported_on date not null,
    reported_at timestamptz not null,
    state       text not null
                check (state in ('waiting', 'pended', 'reported', 'submitted', 'decided', 'ordered', 'returned', 'paid',
                                 'void')),
    pended_in   text check (pended_in in ('waiting', 'reported', 'submitted', 'decided', 'ordered', 'returned', 'paid')),
    due_on      date,                              -- the last day on which payment is in time
    death       boolean not null,                  -- claimed for a death, under whichever programme
    review      boolean not null,                  -- cover changed, and the decision would come out otherwise
    outcome     text check (outcome in ('approved', 'partially_approved', 'denied')),  -- of the decision that stands
    proposer    text,                              -- of the decision that stands
    decider     text,
    vault_ids   uuid[] not null,                   -- whoever is named in it: payees, also earlier ones, and witnesses
    body        jsonb not null,

    granted     boolean not null generated always as (state <> 'void' and coalesce(outcome <> 'denied', false)) stored,

    -- what the rules of the domain already promise; here nothing can get round them
    check (decider <> proposer),
    check ((state = 'pended') = (pended_in is not null)),
    check ((outcome is null) = (decider is null)),
    check (state not in ('ordered', 'returned', 'paid') or granted)
) with (fillfactor = 80);

create index on claim (worker_id);
create index on claim (reported_on, claim_id);
create index on claim (due_on) where due_on is not null;

-- an event is claimed once, unless the claim came to nothing
create unique index claim_once on claim (worker_id, programme, incident_on)
    where not (state = 'void' or state = 'decided' and not granted);

-- a death is paid once
create unique index claim_death_paid_once on claim (worker_id) where death and granted;

-- the few that wait for their worker
create index claim_waiting on claim (reported_at) where state = 'waiting' or pended_in = 'waiting';

-- the few whose decision is to be looked at again
create index claim_review on claim (reported_on, claim_id) where review;

-- The payments of the claims, so that a bank's line finds its claim.
create table payment (
    payment_id     uuid primary key,
    claim_id       uuid not null references claim,
    state          text not null check (state in ('ordered', 'paid', 'returned')),
    bank_reference text,
    proposer       text not null,
    decider        text not null,
    payer          text not null,

    check (proposer <> decider and payer <> proposer and payer <> decider)
) with (fillfactor = 80);

create index on payment (claim_id);

-- a line of the bank tells of one payment
create unique index payment_bank_line_once on payment (bank_reference) where bank_reference is not null;

-- those that the bank has still to tell of
create index payment_under_way on payment (payment_id) where state = 'ordered';
