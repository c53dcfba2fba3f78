-- A month's partition is made beside the ledger and then attached: made as a partition from the start it would wait for
-- every open transaction that writes facts, and all others would wait behind it.
create or replace function ledger_months(at timestamptz, ahead int) returns void language plpgsql as $$
declare
    month timestamptz;
    name  text;
begin
    for i in 0..ahead loop
        month := date_trunc('month', at, 'UTC') + make_interval(months => i);
        name := 'ledger_' || to_char(month at time zone 'UTC', 'YYYY_MM');
        if to_regclass(name) is null then
            execute format('create table %I (like ledger including all)', name);
            execute format('alter table ledger attach partition %I for values from (%L) to (%L)',
                           name, month, month + interval '1 month');
        end if;
    end loop;
end $$;
