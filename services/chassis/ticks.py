"""Keep the ticks that a reader has seen, until a newer one is covered by what it has applied."""

import re
from collections.abc import Sequence
from datetime import datetime

import orjson
from payung_contracts.platform import Tick
from pydantic import ValidationError

from services.chassis.postgres import Transaction
from services.chassis.received import Record, Refused

BIGINT_MAX, INT_MAX = 2**63 - 1, 2**31 - 1
YEARS = range(1970, 9999)

_SNAPSHOT = re.compile(r"\d{1,19}:\d{1,19}:[\d,]*").fullmatch


def read(record: Record) -> Tick:
    """Read a tick; raises Refused for one that cannot be, for it would spoil every answer about what is covered."""
    try:
        tick = Tick.model_validate_json(record.value or b"")
    except ValidationError as error:
        msg = f"no tick: {error.error_count()} of its members are missing or malformed"
        raise Refused(msg) from None
    ends = [end for ends in tick.offsets.values() for end in ends]
    if not (
        0 < tick.epoch <= INT_MAX
        and 0 < tick.number <= BIGINT_MAX
        and all(0 <= end <= BIGINT_MAX for end in ends)
        and _SNAPSHOT(tick.snapshot)
        and "\0" not in "".join((tick.source, *tick.offsets))
        and all(_plausible(at) for at in (tick.clock, tick.complete_until) if at is not None)
    ):
        msg = "no tick: a number, a time or the snapshot is beyond its bounds"
        raise Refused(msg)
    return tick


def _plausible(at: datetime) -> bool:
    return at.tzinfo is not None and at.year in YEARS


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
