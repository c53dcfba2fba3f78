"""Letters: records that could not be applied, kept as they came, with the reason, until they are settled.

A letter is settled by a replay (its fact was applied after all) or by a person who drops it and says why; its content
is never edited and never deleted.
"""

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import orjson

from services.chassis.postgres import Transaction
from services.chassis.received import Received, Record, key_of, read


class Letter(NamedTuple):
    """A fact, or a record that could not even be read as one, and why it is set aside."""

    content: Received | Record
    reason: str


class _Kept(NamedTuple):
    """The record of a letter, read back."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


async def park(tx: Transaction, letters: Sequence[Letter]) -> None:
    """Keep the letters; one that is kept already stays as it is."""
    if not letters:
        return
    await tx.executemany(
        """
        insert into letter (topic, part, "offset", key, sequence, type, recordedtime, headers, value, raw_key, reason)
        values ($1, $2, $3, $4::text::uuid, $5, $6, $7, $8, $9, $10, $11)
        on conflict do nothing
        """,
        [_row(letter) for letter in letters],
    )


def _row(letter: Letter) -> tuple[object, ...]:
    content = letter.content
    headers = orjson.dumps([(name, base64.b64encode(value).decode()) for name, value in content.headers]).decode()
    place = (content.topic, content.partition, content.offset)
    if isinstance(content, Received):
        at = _instant(content.recordedtime)
        raw, value = content.key.encode(), content.data
        return (*place, content.key, content.sequence, content.type, at, headers, value, raw, letter.reason)
    return (*place, key_of(content), None, None, None, headers, content.value, content.key, letter.reason)


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None


async def next_of(tx: Transaction, topic: str, key: str, sequence: int) -> Received | None:
    """Give the key's oldest open letter, if it is the fact after `sequence` or an earlier one."""
    row = await tx.fetchrow(
        """
        select topic, part, "offset", raw_key, value, headers from letter
         where topic = $1 and key = $2::text::uuid and sequence <= $3 + 1 and settled_at is null
         order by sequence, "offset" limit 1
        """,
        topic,
        key,
        sequence,
    )
    if row is None:
        return None
    headers = [(name, base64.b64decode(value)) for name, value in orjson.loads(row["headers"])]
    return read(_Kept(row["topic"], row["part"], row["offset"], row["raw_key"], row["value"], headers))


async def settle(tx: Transaction, topic: str, part: int, offset: int, *, how: str, by: str, why: str) -> None:
    """Close a letter, saying how, by whom and why."""
    await tx.execute(
        """
        update letter set settled_at = clock_timestamp(), settled_how = $4, settled_by = $5, settled_why = $6
         where topic = $1 and part = $2 and "offset" = $3 and settled_at is null
        """,
        topic,
        part,
        offset,
        how,
        by,
        why,
    )
