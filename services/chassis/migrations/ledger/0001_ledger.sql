-- What this service has committed and announces: one head per key, the facts in order, and how far they were sent.

create table stream_head (
    key          uuid primary key,
    topic        text not null,
    part         smallint not null,          -- the key's partition on Kafka, computed once
    sequence     bigint not null,            -- of its last fact; 0 before the first
    recordedtime timestamptz not null        -- of its last fact
) with (fillfactor = 80);

create sequence ledger_pos cache 1;

create table ledger (
    pos            bigint not null default nextval('ledger_pos'),
    txid           xid8 not null default pg_current_xact_id(),
    recordedtime   timestamptz not null,
    topic          text not null,
    part           smallint not null,
    key            uuid not null,
    sequence       bigint not null,
    event_id       uuid not null default uuidv7(),
    type           text not null,
    time           timestamptz not null,
    correlation_id uuid not null,
    causation_id   uuid,
    traceparent    text,
    actor          text not null,
    data           text not null
) partition by range (recordedtime);
create index on ledger (txid);

-- Partitions for the month of `at` and the `ahead` months after it.
create function ledger_months(at timestamptz, ahead int) returns void language plpgsql as $$
declare
    month timestamptz;
    name  text;
begin
    for i in 0..ahead loop
        month := date_trunc('month', at, 'UTC') + make_interval(months => i);
        name := 'ledger_' || to_char(month at time zone 'UTC', 'YYYY_MM');
        if to_regclass(name) is null then
            execute format('create table %I partition of ledger for values from (%L) to (%L)',
                           name, month, month + interval '1 month');
        end if;
    end loop;
end $$;
set local timezone = 'UTC';
select ledger_months(clock_timestamp(), 12);

create table relay_state (
    one            boolean primary key default true check (one),
    sent           pg_snapshot not null default '1:1:', -- A: every fact it sees is on Kafka
    sending        pg_snapshot,                         -- B: what it sees and A does not is on its way
    reached        bigint not null default 0,           -- the part of B's facts up to this pos is on Kafka
    count          bigint not null default 0,           -- of B's facts up to there,
    checksum       text not null default repeat('0', 32), -- and the exclusive or of their event ids
    epoch          int not null default 1,
    tick           bigint not null default 0,
    complete_until timestamptz,
    offsets        jsonb not null default '{}',         -- topic -> next offset of each partition
    sent_pos       bigint not null default 0,           -- highest pos sent: what remains is the backlog
    cluster        text,                                -- system identifier and timeline of this database
    halted         text                                 -- why commands are refused, where they are
);
insert into relay_state default values;

-- A reading of the clock, and a transaction that begins after it.
create function relay_moment(out at timestamptz, out txid xid8) language plpgsql as $$
begin
    at := business_clock() - interval '1 us';   -- a fact of this very microsecond may still come
    txid := pg_current_xact_id();
end $$;

create table idempotency (
    key      text primary key,
    actor    text not null,
    payload  bytea not null,                 -- hash only: answers and payloads may not hold personal data
    status   int not null,
    answer   jsonb not null,
    stored_at timestamptz not null default clock_timestamp()
);
