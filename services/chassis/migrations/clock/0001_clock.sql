-- The clock of recordedtime, sweep and ticks. It is the database's own, shifted only while a scenario is played.
create table clock (
    one boolean primary key default true check (one),
    shift interval not null default '0'
);
insert into clock default values;

create function business_clock() returns timestamptz language plpgsql volatile as $$
begin
    -- clock_timestamp, not now(): now() is the start of the transaction, before any lock was held
    return (select clock_timestamp() + shift from clock);
end $$;
