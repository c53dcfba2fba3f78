-- The tables of a projection stand in a schema of their own, so that another can be built beside it and take its place:
-- p1, p2, ... What is no projection stays in public. Tables are found by search_path; the one row that is active says
-- where. Nothing is copied: the tables only move.

create table public.projection (
    schema      text primary key check (schema ~ '^p[1-9][0-9]*$'),
    version     int not null,                 -- of the rules by which its rows were made
    state       text not null check (state in ('building', 'ready', 'active', 'retired')),
    begun_at    timestamptz not null default clock_timestamp(),
    switched_at timestamptz,                  -- when it last became, or ceased to be, the active one
    who         text not null,                -- the last person who changed its state
    constraint one_is_active exclude (state with =) where (state = 'active') deferrable initially deferred
);
comment on table public.projection is
    'Schemas that hold, or held, all tables of a projection. building: not yet whole; ready: whole, verified and read'
    ' along; active: what is answered from; retired: dropped.';

create schema p1;

do $$
declare
    moved record;
begin
    for moved in
        select c.oid::regclass as name from pg_class c
         where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
           and c.relname not in ('migration', 'clock', 'village', 'target', 'projection')
    loop
        execute format('alter table %s set schema p1', moved.name);
    end loop;
    for moved in
        select p.oid::regprocedure as name from pg_proc p
         where p.pronamespace = 'public'::regnamespace and p.proname <> 'business_clock'
           and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
    loop
        execute format('alter function %s set schema p1', moved.name);
    end loop;
end $$;

insert into public.projection (schema, version, state, who) values ('p1', 1, 'active', 'migration');

-- for the migrations that follow over this connection; later ones find it as the default of the role
select set_config('search_path', 'p1, public', false);
