"""Read the log outside any group: a whole partition in one transaction, or several up to given offsets.

    whole partition  ->  facts of a key stay in memory  ->  effects by COPY  ->  keys by COPY, offset  ->  commit

A partition is read as a reader would read it, by the same fold and the same rules for parking, but nothing is loaded
and every key is written once. Killed on the way, the partition begins anew: nothing of it was kept.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from time import monotonic

import asyncpg
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from payung_contracts.topics import TICKS

from services.chassis import letters, positions
from services.chassis.apply import Keys, Known, Projection, apply
from services.chassis.positions import Position
from services.chassis.postgres import Pool, Transaction, transaction
from services.chassis.reader import Reader, TooManyParked, broker_for, sort

CHUNK_FACTS = 50_000
"""Facts whose effects are added up and written at once."""
BATCH_FACTS_MAX = 5_000
POLL_MS = 500
FETCH_WAIT_MS = 20
FETCH_BYTES_MAX = 4_194_304
CONNECT_S_MAX = 30.0
STALL_S_MAX = 30.0
KEY_ON_TWO_PARTITIONS = "facts of one key stand on two partitions of its topic; the partitioner of a source is wrong"

Place = tuple[str, int]
"""A topic and a partition of it."""
Told = Callable[[int], None]
"""Hears how many records more were applied."""


class LogStalled(OSError):
    """Kafka did not answer, or gave no record that must be there, within a bound; trying again goes on."""


class KeyOnTwoPartitions(Exception):
    """Facts of a key stand on two partitions of a topic, whose order nobody knows: the log breaks the contracts."""


class _Held(dict[tuple[str, str], Known]):
    """What is known of the keys of one partition."""

    async def load(self, _tx: Transaction, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Known]:
        return {key: self[key] for key in wanted if key in self}

    async def save(self, _tx: Transaction, known: Mapping[tuple[str, str], Known]) -> None:
        self.update(known)


@asynccontextmanager
async def _consumer(kafka: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka,
        client_id="bulk",
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_committed",
        fetch_max_wait_ms=FETCH_WAIT_MS,
        max_partition_fetch_bytes=FETCH_BYTES_MAX,
    )
    try:
        async with asyncio.timeout(CONNECT_S_MAX):
            await consumer.start()
        yield consumer
    except (KafkaError, TimeoutError) as error:
        msg = f"Kafka at {kafka} does not answer ({type(error).__name__})"
        raise LogStalled(msg) from error
    finally:
        await consumer.stop()


async def read_whole(
    kafka: str, pool: Pool, projection: Projection, place: Place, end: int, *, parked_keys_max: int, told: Told
) -> None:
    """Apply a partition from its first record to `end` (exclusive), if none of it was applied yet.

    Raises LogStalled, KeyOnTwoPartitions, TooManyParked if more keys than `parked_keys_max` would wait, in all
    partitions, positions.Fenced if another process applied it meanwhile, or what Postgres raises; then nothing of it
    was kept.
    """
    partition = TopicPartition(*place)
    at = (await positions.load(pool, projection.reader, [partition]))[partition]
    if at.next_offset > 0 or end == 0:
        return
    held = _Held()
    keys = Keys(held.load, held.save)
    async with _consumer(kafka) as consumer, transaction(pool) as tx:
        await tx.execute("set local synchronous_commit = off")
        await positions.move(tx, projection.reader, {partition: (at, end)})
        chunk: list[ConsumerRecord[bytes, bytes]] = []
        async for records in _until(consumer, {partition: (0, end)}):
            chunk += records[partition]
            if len(chunk) >= CHUNK_FACTS:
                await _apply(tx, projection, chunk, keys, parked_keys_max)
                told(len(chunk))
                chunk = []
        await _apply(tx, projection, chunk, keys, parked_keys_max)
        await _copy(tx, held)
    told(len(chunk))


async def _apply(
    tx: Transaction,
    projection: Projection,
    records: list[ConsumerRecord[bytes, bytes]],
    keys: Keys,
    parked_keys_max: int,
) -> None:
    contents = sort(records)
    await letters.park(tx, contents.unreadable)
    left = await apply(tx, projection, contents.work, keys) + len(contents.unreadable)
    if left and (waiting := await letters.keys_waiting(tx)) > parked_keys_max:
        msg = f"{waiting} keys are set aside, at most {parked_keys_max} are believed to be data's fault"
        raise TooManyParked(msg)


async def _copy(tx: Transaction, held: Mapping[tuple[str, str], Known]) -> None:
    """Write what is known of each key, in the order of the keys."""

    async def lines() -> AsyncIterator[bytes]:
        some = list[str]()
        for topic, key in sorted(held):
            known = held[topic, key]
            state = r"\N" if known.state is None else known.state.replace("\\", r"\\")
            parked, event_id = "t" if known.parked else "f", known.event_id or r"\N"
            some.append(f"{topic}\t{key}\t{known.sequence}\t{event_id}\t{parked}\t{state}\n")
            if len(some) >= BATCH_FACTS_MAX:
                yield "".join(some).encode()
                some.clear()
        yield "".join(some).encode()

    found = await tx.fetchval(
        """
        select exists (select from reader_key k join unnest($1::text[], $2::text[]) as h(topic, key)
                          on k.topic = h.topic and k.key = h.key::uuid)
        """,
        [topic for topic, _ in held],
        [key for _, key in held],
    )
    if found:
        raise KeyOnTwoPartitions(KEY_ON_TWO_PARTITIONS)
    columns = ["topic", "key", "sequence", "event_id", "parked", "state"]
    try:
        await tx.copy_to_table("reader_key", source=lines(), columns=columns, format="text")
    except asyncpg.UniqueViolationError as error:  # another process has read the other partition meanwhile
        raise KeyOnTwoPartitions(KEY_ON_TWO_PARTITIONS) from error


async def read_to(kafka: str, pool: Pool, projection: Projection, to: Mapping[Place, int], *, told: Told) -> None:
    """Apply every partition as a reader does, exactly to the offset given (exclusive); those beyond it stay there.

    Raises LogStalled, positions.Fenced, TooManyParked, or what Postgres raises; what was applied is kept.
    """
    ends = {TopicPartition(*place): end for place, end in to.items()}
    reader = Reader(broker_for(kafka, "bulk"), projection)
    reader.at = await positions.load(pool, projection.reader, ends)
    spans = {p: (reader.at[p].next_offset, end) for p, end in ends.items() if reader.at[p].next_offset < end}
    if not spans:
        return
    async with _consumer(kafka) as consumer:
        async for records in _until(consumer, spans):
            await reader.step(pool, records)
            told(sum(len(some) for some in records.values()))
    # the last record of a compacted topic may be gone
    short: dict[TopicPartition, tuple[Position, int]] = {
        p: (reader.at[p], end) for p, (_, end) in spans.items() if reader.at[p].next_offset < end
    }
    if short:
        async with transaction(pool) as tx:
            await positions.move(tx, projection.reader, short)


async def _until(
    consumer: AIOKafkaConsumer, spans: Mapping[TopicPartition, tuple[int, int]]
) -> AsyncIterator[dict[TopicPartition, list[ConsumerRecord[bytes, bytes]]]]:
    """Give the records of the spans, at least one a batch, until every position is at the end of its span."""
    beginnings = await consumer.beginning_offsets(list(spans))
    for partition, (begin, _) in spans.items():
        if beginnings[partition] > begin and partition.topic != TICKS.name:
            msg = (
                f"the log of {partition.topic}/{partition.partition} begins at {beginnings[partition]}, not at {begin}"
            )
            raise LogStalled(msg)
    consumer.assign(list(spans))
    for partition, (begin, _) in spans.items():
        consumer.seek(partition, max(begin, beginnings[partition]))
    open_, moved_at = dict(spans), monotonic()
    while open_:
        found = await consumer.getmany(*open_, timeout_ms=POLL_MS, max_records=BATCH_FACTS_MAX)
        kept = {
            p: some
            for p, records in found.items()
            if (some := [record for record in records if record.offset < open_[p][1]])
        }
        if found:
            moved_at = monotonic()
        elif monotonic() - moved_at > STALL_S_MAX:
            names = ", ".join(sorted(f"{p.topic}/{p.partition}" for p in open_))
            msg = f"no record came for {STALL_S_MAX:.0f} s from {names}"
            raise LogStalled(msg)
        if kept:
            yield kept
        for partition in [p for p in open_ if await consumer.position(p) >= open_[p][1]]:
            del open_[partition]
            consumer.pause(partition)
