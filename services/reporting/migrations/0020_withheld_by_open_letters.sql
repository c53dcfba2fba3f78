-- A letter that a person dropped withholds nothing: the key goes on without it (as services/chassis/watermark.py counts).

create or replace view bi.watermark as
    select m.*, w.withheld_keys, w.first_withheld
      from (select distinct on (source) source, epoch, number as tick, clock, complete_until
              from tick
             where not exists (
                   select from reader_offset r,
                               jsonb_array_elements_text(offsets -> r.topic) with ordinality as e(ends_at, place)
                    where r.reader = 'reporting' and r.part = e.place - 1 and r.next_offset < e.ends_at::bigint)
             order by source, epoch desc, number desc) m,
           (select count(*) as withheld_keys, case when bool_and(not unknown) then min(at) end as first_withheld
              from (select min(l.recordedtime) as at,
                           -- what a gap hides may have been recorded before every letter; so may what was unreadable
                           bool_or(l.recordedtime is null or l.sequence is null)
                           or min(l.sequence) > coalesce(min(k.sequence), 0) + 1 as unknown
                      from letter l left join reader_key k using (topic, key)
                     where topic <> 'platform.ticks.v1' and l.settled_at is null
                     group by topic, key) waiting) w;
