"""Read the log from its first fact to given offsets, with nothing but the contracts and a plain consumer.

It shares no line with the reader, so that what the reader made of the log can be held against it. One partition at a
time: all facts of a key stand in one, so that the facts of a key are together when it has been read.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import NamedTuple, TypeAlias
from uuid import UUID

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from payung_contracts.envelope import from_headers
from payung_contracts.fact import Fact
from payung_contracts.platform import Tick
from payung_contracts.topics import FACTS, TICKS, Topic
from pydantic import ValidationError

ASK_S_MAX = 30.0
STALL_S_MAX = 30.0
POLL_MS = 500
POLL_RECORDS_MAX = 5_000
FETCH_WAIT_MS = 20
FETCH_BYTES_MAX = 4_194_304

Log: TypeAlias = AIOKafkaConsumer
"""A log that is open."""
Progress = Callable[[int], None]
"""Told after each batch how many records came."""


class LogUnreachable(Exception):
    """Kafka did not answer within a bound; the sentence says what was asked of it."""


class Place(NamedTuple):
    """Where a record stands."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Logged:
    """A record of the log; `fact` is None where these contracts do not know its type, or where `fault` says why."""

    place: Place
    event_id: UUID
    source: str
    sequence: int
    recorded_at: datetime
    fact: Fact | None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that says no key or no envelope, so that no sequence holds it, and why."""

    place: Place
    fault: str


@dataclass(slots=True)
class Part:
    """What stands in one partition up to an offset: by key, in the order of the offsets."""

    keys: dict[UUID, list[Logged]] = field(default_factory=lambda: defaultdict(list))
    unreadable: list[Unreadable] = field(default_factory=list)
    records: int = 0


class Span(NamedTuple):
    """From which offset to which (exclusive) a partition holds records."""

    begin: int
    end: int


@asynccontextmanager
async def open_log(kafka: str) -> AsyncIterator[Log]:
    """Connect to Kafka as nobody's group: nothing is committed, nobody is rebalanced."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka,
        client_id="reconcile",
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_committed",
        request_timeout_ms=15_000,
        fetch_max_wait_ms=FETCH_WAIT_MS,
        max_partition_fetch_bytes=FETCH_BYTES_MAX,
    )
    try:
        async with asyncio.timeout(ASK_S_MAX):
            await consumer.start()
    except (KafkaError, TimeoutError) as error:
        await consumer.stop()
        raise LogUnreachable(
            f"Kafka at {kafka} does not answer ({type(error).__name__}). Start it and try again."
        ) from error
    try:
        yield consumer
    finally:
        await consumer.stop()


async def spans(consumer: Log, partitions: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Span]:
    """Say which offsets each partition holds."""
    wanted = [TopicPartition(topic, part) for topic, part in partitions]
    try:
        async with asyncio.timeout(ASK_S_MAX):
            begins = await consumer.beginning_offsets(wanted)
            ends = await consumer.end_offsets(wanted)
    except (KafkaError, TimeoutError) as error:
        raise LogUnreachable(
            f"Kafka does not say which offsets its topics hold ({type(error).__name__}). Check that they exist."
        ) from error
    return {(p.topic, p.partition): Span(begins[p], ends[p]) for p in wanted}


async def read_part(consumer: Log, topic: Topic, partition: int, span: Span, told: Progress) -> Part:
    """Read one partition of facts over the span."""
    part = Part()
    async for records in _batches(consumer, TopicPartition(topic.name, partition), span):
        for record in records:
            match _logged(topic, record):
                case Unreadable() as unreadable:
                    part.unreadable.append(unreadable)
                case UUID() as key, Logged() as logged:
                    part.keys[key].append(logged)
        part.records += len(records)
        told(len(records))
    return part


async def read_ticks(consumer: Log, span: Span) -> list[tuple[int, Tick]]:
    """Read the ticks that the log still holds, with their offsets; it keeps the newest of each source."""
    ticks: list[tuple[int, Tick]] = []
    async for records in _batches(consumer, TopicPartition(TICKS.name, 0), span):
        for record in records:
            try:
                ticks.append((record.offset, Tick.model_validate_json(record.value or b"")))
            except ValidationError as error:
                raise LogUnreachable(f"The record at {TICKS.name}/0/{record.offset} is no tick.") from error
    return ticks


async def _batches(
    consumer: AIOKafkaConsumer, partition: TopicPartition, span: Span
) -> AsyncIterator[list[ConsumerRecord[bytes, bytes]]]:
    """Give the records of a partition, at least one a batch, until the position is at the end of the span."""
    if span.begin >= span.end:
        return
    consumer.assign([partition])
    consumer.seek(partition, span.begin)
    at, moved_at = span.begin, monotonic()
    while at < span.end:
        try:
            found = await consumer.getmany(partition, timeout_ms=POLL_MS, max_records=POLL_RECORDS_MAX)
            position = await consumer.position(partition)
        except KafkaError as error:
            raise LogUnreachable(
                f"Reading {partition.topic}/{partition.partition} failed: {type(error).__name__}."
            ) from error
        if position > at:
            at, moved_at = position, monotonic()
        elif monotonic() - moved_at > STALL_S_MAX:
            where = f"{partition.topic}/{partition.partition}/{at}"
            raise LogUnreachable(f"No record came from {where} for {STALL_S_MAX:.0f} s. Check Kafka and try again.")
        if records := [record for record in found.get(partition, ()) if record.offset < span.end]:
            yield records


def _logged(topic: Topic, record: ConsumerRecord[bytes, bytes]) -> tuple[UUID, Logged] | Unreadable:
    place = Place(record.topic, record.partition, record.offset)
    try:
        key = UUID((record.key or b"").decode())
    except ValueError:
        return Unreadable(place, "the key is no UUID")
    try:
        envelope = from_headers(record.headers)
    except ValueError as error:
        return Unreadable(place, str(error))
    fact, fault = _fact(topic, envelope.type, record.value)
    return key, Logged(place, envelope.id, envelope.source, envelope.sequence, envelope.recordedtime, fact, fault)


def _fact(topic: Topic, type_: str, value: bytes | None) -> tuple[Fact | None, str | None]:
    model = FACTS.get(type_)
    if model is None:
        return None, None
    if model not in topic.facts:
        return None, f"{type_} does not belong to {topic.name}"
    try:
        return model.model_validate_json(value or b""), None
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)[0]
        return None, f"{type_}: {'.'.join(str(part) for part in wrong['loc'])}: {wrong['msg']}"


def covered(tick: Tick, offsets: Mapping[tuple[str, int], int], topics: Iterable[str]) -> bool:
    """Tell whether all that the tick speaks of, in these topics, lies before the offsets."""
    return all(
        offsets.get((topic, partition), 0) >= end
        for topic in topics
        for partition, end in enumerate(tick.offsets.get(topic, ()))
    )
