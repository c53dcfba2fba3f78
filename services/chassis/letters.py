"""Letters: records that could not be applied, kept as they came, with the reason, until they are settled.

A letter is settled by a replay (its fact was applied after all) or by a person who drops it and says why; its content
is never edited and never deleted.
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import orjson

from services.chassis.postgres import Pool, Transaction
from services.chassis.received import Received, Record, Refused, key_of, sequence_of


class Letter(NamedTuple):
    """A fact, or a record that could not even be read as one, and why it is set aside."""

    content: Received | Record
    reason: str


class Kept(NamedTuple):
    """The record of a letter, read back."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


class Waiting(NamedTuple):
    """A letter whose turn may have come; one that was dropped is passed over, not applied."""

    sequence: int
    record: Kept
    dropped: bool


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
    content, reason = letter.content, _storable(letter.reason)
    place = (content.topic, content.partition, content.offset)
    headers = orjson.dumps(
        [
            (_storable(name), None if value is None else base64.b64encode(value).decode())
            for name, value in content.headers
        ]
    ).decode()
    if isinstance(content, Received):
        at, kind = _instant(content.recordedtime), _storable(content.type)
        return (*place, content.key, content.sequence, kind, at, headers, content.data, content.key.encode(), reason)
    # Whatever can be told of a record that cannot be read: with its sequence it takes its place in the queue.
    told = dict(content.headers)
    kind, at = _storable(_text(told.get("ce_type"))), _instant(_text(told.get("ce_recordedtime")))
    return (*place, key_of(content), _sequence(told), kind, at, headers, content.value, content.key, reason)


def _storable(text: str) -> str:
    """Give the text without NUL, the one character that Postgres does not store."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _text(header: bytes | None) -> str:
    return (header or b"").decode(errors="replace")


def _sequence(headers: Mapping[str, bytes | None]) -> int | None:
    try:
        return sequence_of(headers.get("ce_sequence") or b"")
    except Refused:
        return None


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None


async def next_of(tx: Transaction, topic: str, key: str, sequence: int) -> Waiting | None:
    """Give the key's oldest letter that is open and at most the one after `sequence`, or dropped and just that one."""
    row = await tx.fetchrow(
        """
        select topic, part, "offset", sequence, raw_key, value, headers, settled_at is not null as dropped from letter
         where topic = $1 and key = $2::text::uuid and sequence <= $3 + 1
           and (settled_at is null or (settled_how = 'dropped' and sequence = $3 + 1))
         order by sequence, dropped desc, "offset" limit 1
        """,
        topic,
        key,
        sequence,
    )
    if row is None:
        return None
    headers = [
        (name, None if value is None else base64.b64decode(value)) for name, value in orjson.loads(row["headers"])
    ]
    kept = Kept(row["topic"], row["part"], row["offset"], row["raw_key"], row["value"], headers)
    return Waiting(row["sequence"], kept, row["dropped"])


async def any_open(tx: Transaction, topic: str, key: str) -> bool:
    """Tell whether a letter of the key waits; one that was dropped is no proof that a fact before it is missing."""
    found: bool = await tx.fetchval(
        """
        select exists (select from letter where topic = $1 and key = $2::text::uuid and settled_at is null)
        """,
        topic,
        key,
    )
    return found


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


async def keys_parked_lately(tx: Transaction) -> int:
    """Count the keys of which something was set aside within the last hour; reads the letters of that hour alone."""
    keys: int = await tx.fetchval(
        """
        with lately as (
            select distinct topic, key from letter where parked_at > statement_timestamp() - interval '1 hour'
        )
        select count(*) from lately
        """
    )
    return keys


async def keys_waiting(tx: Transaction | Pool) -> int:
    """Count the keys that wait for a person: from one to the next in the index of open letters, whatever queues."""
    keys: int = await tx.fetchval(
        """
        with recursive waiting as (
            (select topic, key from letter where settled_at is null order by topic, key limit 1)
            union all
            select after.topic, after.key from waiting w cross join lateral (
                   select topic, key from letter
                    where settled_at is null and (topic, key) > (w.topic, w.key) order by topic, key limit 1) after
        )
        select count(*) from waiting
        """
    )
    return keys
