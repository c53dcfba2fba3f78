-- The workers who were merged with a worker, in either direction, by what the reader's copies of them say; itself too.
-- In plpgsql, so that a session plans it once, and callers know that it gives few.
create function same_person(topic text, worker_id uuid) returns setof uuid language plpgsql stable rows 1 as $$
begin
    return query
    with recursive same(worker_id) as (
        select same_person.worker_id
         union
        select other.worker_id::uuid
          from same
          join reader_key k on k.topic = same_person.topic and k.key = same.worker_id
         cross join lateral (
               select k.state::jsonb ->> 'merged_into'
                union all
               select jsonb_array_elements_text(k.state::jsonb -> 'merged')) as other(worker_id)
         where other.worker_id is not null
    )
    select same.worker_id from same;
end $$;
