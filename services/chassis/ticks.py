"""Keep the ticks that a reader has seen, until a newer one is covered by what it has applied."""

from collections.abc import Sequence

import orjson
from payung_contracts.platform import Tick

from services.chassis.postgres import Transaction


async def keep(tx: Transaction, ticks: Sequence[Tick]) -> None:
    """Keep the ticks; one that was sent again replaces itself."""
    await tx.executemany(
        """
        insert into tick (source, epoch, number, snapshot, clock, complete_until, offsets)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (source, epoch, number) do update
           set snapshot = excluded.snapshot, clock = excluded.clock, complete_until = excluded.complete_until,
               offsets = excluded.offsets
        """,
        [
            (t.source, t.epoch, t.number, t.snapshot, t.clock, t.complete_until, orjson.dumps(t.offsets).decode())
            for t in ticks
        ],
    )


async def forget_covered(tx: Transaction, reader: str) -> None:
    """Delete the ticks that are older than the newest covered one of their source."""
    await tx.execute(
        """
        delete from tick t using (
            select source, max((epoch, number)) as newest from tick
             where not exists (
                   select from reader_offset r,
                               jsonb_array_elements_text(offsets -> r.topic) with ordinality as e(ends_at, place)
                          where r.reader = $1 and r.part = e.place - 1 and r.next_offset < e.ends_at::bigint)
             group by source) c
         where t.source = c.source and (t.epoch, t.number) < c.newest
        """,
        reader,
    )
