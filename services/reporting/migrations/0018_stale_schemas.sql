-- A migration changes the active schema alone; one beside it of another shape can never be answered from again.

alter table public.projection drop constraint projection_state_check;
alter table public.projection add constraint projection_state_check
    check (state in ('building', 'ready', 'active', 'stale', 'retired'));
comment on table public.projection is
    'Schemas that hold, or held, all tables of a projection. building: not yet whole; ready: whole, verified and read'
    ' along; active: what is answered from; stale: of another shape since a migration, to be dropped; retired: dropped.';
