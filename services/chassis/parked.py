"""What an operator does with letters: list, show, replay (tried first, undone), drop with a reason."""

import contextlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.chassis import letters, positions
from services.chassis.apply import Projection, drain
from services.chassis.postgres import Pool, Transaction, transaction

SHOWN_MAX = 1_000
"""Keys that are listed, and letters of a key that are shown, at once."""


@dataclass(frozen=True, slots=True)
class ParkedKey:
    """A key whose facts queue: how many, since when, and why the first one could not be applied."""

    topic: str
    key: str
    letters: int
    first_sequence: int | None
    parked_at: datetime
    reason: str


class _Undone(Exception):
    """A dry run ends its transaction with this, so that nothing of it stays."""


class NothingParked(LookupError):
    """There is no open letter under this key or place."""


async def list_keys(pool: Pool) -> list[ParkedKey]:
    """List the parked keys, the longest waiting first, SHOWN_MAX at most; `letters.keys_waiting` counts them all."""
    rows = await pool.fetch(
        """
        select topic, key::text, count(*) as letters, min(sequence) as first_sequence, min(parked_at) as parked_at,
               (array_agg(reason order by sequence nulls first, "offset"))[1] as reason
          from letter where settled_at is null
         group by topic, key order by min(parked_at) limit $1
        """,
        SHOWN_MAX,
    )
    return [ParkedKey(**dict(row)) for row in rows]


async def show(pool: Pool, key: str) -> list[dict[str, Any]]:
    """Show the letters of the key with place and data, SHOWN_MAX at most: the open ones first, then the settled."""
    rows = await pool.fetch(
        """
        select topic, part, "offset", key::text, sequence, type, recordedtime, reason, parked_at,
               settled_at, settled_how, settled_by, settled_why, value
          from letter where key = $1::text::uuid
         order by settled_at is not null, topic, sequence nulls first, "offset" limit $2
        """,
        key,
        SHOWN_MAX,
    )
    return [dict(row) | {"value": (row["value"] or b"").decode(errors="replace")} for row in rows]


async def count(pool: Pool, key: str) -> tuple[int, int]:
    """Count the letters of the key: those that wait, and all."""
    row = await pool.fetchrow(
        "select count(*) filter (where settled_at is null), count(*) from letter where key = $1::text::uuid", key
    )
    waiting, kept = row or (0, 0)
    return waiting, kept


async def replay(pool: Pool, projection: Projection, key: str, *, by: str, dry_run: bool) -> int:
    """Apply the key's letters as far as they go, and give how many went; a dry run is undone."""
    replayed = 0
    with contextlib.suppress(_Undone):
        async with transaction(pool) as tx:
            for topic in await _hold(tx, projection.reader, key):
                replayed += await drain(tx, projection, topic, key, by=by, why="replayed by command")
            if dry_run:
                raise _Undone
    return replayed


async def drop(pool: Pool, projection: Projection, topic: str, part: int, offset: int, *, by: str, why: str) -> int:
    """Drop one letter for good, for a reason; what queued behind it goes on. Gives how many letters did.

    Whoever drops the last letter of a key says that nothing is missing before it: the key goes on as it is.
    """
    async with transaction(pool) as tx:
        await positions.hold(tx, projection.reader, topic, part)  # first, as the reader does
        row = await tx.fetchrow(
            "select key::text from letter"
            ' where topic = $1 and part = $2 and "offset" = $3 and settled_at is null for update',
            topic,
            part,
            offset,
        )
        if row is None:
            msg = f"no open letter at {topic}/{part}/{offset}; `payung parked list` shows those that are"
            raise NothingParked(msg)
        await letters.settle(tx, topic, part, offset, how="dropped", by=by, why=why)
        return await drain(tx, projection, topic, row["key"], by=by, why="what it queued behind was dropped")


async def _hold(tx: Transaction, reader: str, key: str) -> list[str]:
    rows = await tx.fetch(
        "select distinct topic, part from letter where key = $1::text::uuid and settled_at is null order by 1, 2", key
    )
    if not rows:
        msg = f"no open letter under {key}; `payung parked list` shows those that are"
        raise NothingParked(msg)
    for row in rows:
        await positions.hold(tx, reader, row["topic"], row["part"])
    return sorted({row["topic"] for row in rows})
