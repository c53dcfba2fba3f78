"""Hand facts and ticks to Kafka, and wait for what it reports of each.

A producer that failed once is thrown away: an idempotent producer that let a batch expire refuses all that follows.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from time import time
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from aiokafka import AIOKafkaProducer, TopicPartition
from payung_contracts.envelope import Envelope, to_headers
from payung_contracts.platform import Tick
from payung_contracts.topics import TICKS

from services.chassis.clock import BUSINESS_ZONE

BATCH_BYTES_MAX = 131_072
REQUEST_MS_MAX = 15_000
SEND_S_MAX = 20.0
STOP_S_MAX = 5.0


class Unreported(Exception):
    """Kafka took the facts without saying where they stand, so no tick could say it either."""


@contextlib.asynccontextmanager
async def open_producer(kafka: str) -> AsyncIterator[AIOKafkaProducer]:
    """Start a producer, and end it with the block."""
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka,
        client_id="relay",
        enable_idempotence=True,
        acks="all",
        linger_ms=0,
        max_batch_size=BATCH_BYTES_MAX,
        request_timeout_ms=REQUEST_MS_MAX,
        compression_type="lz4",
    )
    try:
        async with asyncio.timeout(SEND_S_MAX):
            await producer.start()
        yield producer
    finally:
        await _abandon(producer)


async def _abandon(producer: AIOKafkaProducer) -> None:
    """End the producer without sending what it still holds.

    Everything that counts has been reported by now. Its own `stop` would first send the rest, and while Kafka is away a
    producer that is merely forgotten goes on trying: then an old tick would land behind newer ones.
    """
    sender = producer._sender.sender_task  # noqa: SLF001 - there is no public way
    if sender is not None:
        sender.cancel()
    with contextlib.suppress(Exception):  # while Kafka is away closing can hang or fail, and it is over anyway
        await asyncio.wait_for(producer.client.close(), STOP_S_MAX)
    if sender is not None:
        await asyncio.wait({sender}, timeout=STOP_S_MAX)
    producer._closed = True  # noqa: SLF001 - or it warns that it was forgotten


async def deliver(
    producer: AIOKafkaProducer, chunk: Sequence[asyncpg.Record], source: str
) -> list[tuple[TopicPartition, int]]:
    """Send the rows, one batch after the other per partition; give each partition's next offset."""
    batches: dict[TopicPartition, Any] = {}
    reports: list[tuple[TopicPartition, int, asyncio.Future[Any]]] = []
    now_ms = int(time() * 1000)  # Kafka refuses what lies an hour ahead, as a scenario's clock may

    async def close(partition: TopicPartition) -> None:
        batch = batches.pop(partition)
        report = await producer.send_batch(batch, partition.topic, partition=partition.partition)
        report.add_done_callback(_noticed)
        reports.append((partition, batch.record_count(), report))

    for row in chunk:
        partition = TopicPartition(row["topic"], row["part"])
        record = {"key": row["key"].encode(), "value": row["data"].encode(), "headers": headers_of(row, source)}
        at = min(int(row["recordedtime"].timestamp() * 1000), now_ms)
        batch = batches.setdefault(partition, None) or producer.create_batch()
        batches[partition] = batch
        if batch.append(timestamp=at, **record) is None:
            await close(partition)
            batches[partition] = batch = producer.create_batch()
            batch.append(timestamp=at, **record)  # the first record of a batch is taken whatever its size
    for partition in list(batches):
        await close(partition)
    ends: dict[TopicPartition, int] = {}
    for partition, records, report in reports:
        begin = (await report).offset
        if begin < 0:  # Kafka knows that it has the batch, but no longer where
            msg = f"no offset for {records} facts of {partition.topic}/{partition.partition}: they are sent again"
            raise Unreported(msg)
        ends[partition] = begin + records
    return list(ends.items())


def _noticed(report: asyncio.Future[Any]) -> None:
    """Take note of a report that nobody may wait for any more, once another one has failed."""
    if not report.cancelled():
        report.exception()


def headers_of(row: asyncpg.Record, source: str) -> list[tuple[str, bytes]]:
    """Write a ledger row's headers; the same as `to_headers` of its envelope, without building one for each row."""
    kind: str = row["type"]
    headers = [
        ("ce_specversion", b"1.0"),
        ("content-type", b"application/json"),
        ("ce_id", str(row["event_id"]).encode()),
        ("ce_source", source.encode()),
        ("ce_type", kind.encode()),
        ("ce_subject", row["key"].encode()),
        ("ce_time", row["time"].astimezone(BUSINESS_ZONE).isoformat().encode()),
        ("ce_recordedtime", row["recordedtime"].isoformat().encode()),
        ("ce_sequence", b"%d" % row["sequence"]),
        ("ce_correlationid", row["correlation_id"].encode()),
        ("ce_actor", row["actor"].encode()),
        ("ce_dataschema", b"urn:payung:schema:" + kind.encode()),
    ]
    if row["causation_id"] is not None:
        headers.append(("ce_causationid", row["causation_id"].encode()))
    if row["traceparent"] is not None:
        headers.append(("ce_traceparent", row["traceparent"].encode()))
    return headers


async def publish_tick(producer: AIOKafkaProducer, tick: Tick, *, within_s: float = SEND_S_MAX) -> None:
    """Send a tick, keyed by its source, and wait for its delivery report."""
    headers = to_headers(
        Envelope(
            id=uuid4(),
            source=tick.source,
            type=tick.type,
            subject=UUID(int=0),
            time=tick.clock,
            recordedtime=tick.clock,
            sequence=tick.number,
            correlationid=UUID(int=0),
            actor="relay",
        )
    )
    async with asyncio.timeout(within_s):
        await producer.send_and_wait(
            TICKS.name, tick.to_json().encode(), key=tick.source.encode(), headers=headers, partition=0
        )
