-- Whoever asks in SQL sees as well what is withheld (as services/chassis/watermark.py counts it), and when a target was taken in.

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
                           bool_or(l.recordedtime is null or l.sequence is null or l.settled_at is not null)
                           or min(l.sequence) > coalesce(min(k.sequence), 0) + 1 as unknown
                      from letter l left join reader_key k using (topic, key)
                     where topic <> 'platform.ticks.v1'
                       and (l.settled_at is null
                            or (l.settled_how = 'dropped' and l.sequence > coalesce(k.sequence, 0)))
                     group by topic, key) waiting) w;
comment on view bi.watermark is
    'How complete the figures are: for each source its newest statement that everything before it is in or withheld. No'
    ' fact with a recorded time at or before complete_until can come later. Not in the figures are the facts of'
    ' withheld_keys workers or cohorts, which wait for a person to look at (all sources together, the same in each'
    ' row); the earliest of them was recorded at first_withheld. A figure with known_at T is final if sources claims'
    ' and enrollment both have complete_until >= T, and no key is withheld or T < first_withheld. withheld_keys > 0'
    ' with first_withheld null: the time is unknown, and nothing is final. No row of a source: it has stated nothing'
    ' yet, and nothing is final. Read it before the figures, or in one REPEATABLE READ transaction with them.';

create or replace view bi.targets as
    select distinct on (id) id, version, name, value, unit, scope, area_code, definition, valid_on, source,
           source_date, taken_in_at
      from target order by id, version desc;
comment on view bi.targets is
    'Targets and denominators in their newest version, taken in at taken_in_at; a newer version may come at any time, so'
    ' name the version beside a ratio. A ratio without the name, scope and date of its denominator is no figure. It'
    ' divides only the people of villages whose code is area_code or begins with it and a dot; where area_code is null'
    ' the scope is no area, and no ratio can be made.';
