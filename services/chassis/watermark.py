"""How complete a reader's answers are: per source the newest tick that its applied offsets cover."""

from dataclasses import dataclass
from datetime import datetime

from payung_contracts.topics import TICKS

from services.chassis.postgres import Transaction


@dataclass(frozen=True, slots=True)
class Watermark:
    """What of one source is in the answers.

    Every fact of the source that `snapshot` sees is in; no fact with `recordedtime` at or before `complete_until` can
    come later. `clock` is the source's time at the tick, `age_seconds` how long ago that is by this database's clock.
    """

    source: str
    epoch: int
    tick: int
    snapshot: str
    clock: datetime
    complete_until: datetime | None
    age_seconds: float


@dataclass(frozen=True, slots=True)
class Withheld:
    """Facts that are not in the answers because their keys are parked."""

    keys: int
    first_recordedtime: datetime | None
    """Recorded time of the earliest of them; None where there is none, or where a record could not be read."""


async def watermarks(tx: Transaction, reader: str) -> list[Watermark]:
    """Give the newest covered tick of each source that has one. Read it before the figures, or in their snapshot."""
    rows = await tx.fetch(
        """
        select distinct on (source) source, epoch, number as tick, snapshot, clock, complete_until,
               greatest(0, extract(epoch from business_clock() - clock))::float8 as age_seconds
          from tick
         where not exists (
               select from reader_offset r,
                           jsonb_array_elements_text(offsets -> r.topic) with ordinality as e(ends_at, place)
                      where r.reader = $1 and r.part = e.place - 1 and r.next_offset < e.ends_at::bigint)
         order by source, epoch desc, number desc
        """,
        reader,
    )
    return [Watermark(**dict(row)) for row in rows]


async def withheld(tx: Transaction) -> Withheld:
    """Count the keys whose facts wait, and the time of the earliest."""
    (row,) = await tx.fetch(
        """
        with waiting as (
            select topic, key, min(l.recordedtime) as at,
                   -- what a gap hides may have been recorded before every letter; so may what could not be read
                   bool_or(l.recordedtime is null or l.sequence is null)
                   or min(l.sequence) > coalesce(min(k.sequence), 0) + 1 as unknown
              from letter l left join reader_key k using (topic, key)
             where topic <> $1 and l.settled_at is null
             group by topic, key
        )
        select count(*) as keys, case when bool_and(not unknown) then min(at) end as first_recordedtime from waiting
        """,
        TICKS.name,
    )
    return Withheld(**dict(row))
