"""A log on a real Kafka, the real reader of it, and what reconcile says of the two."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest_asyncio
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from payung_contracts.envelope import Envelope, to_headers
from payung_contracts.fact import Fact
from payung_contracts.platform import Tick
from payung_contracts.topics import CLAIM, COHORT, COVERAGE, TICKS, TOPICS, Topic

from services.chassis import topics
from services.chassis.postgres import Pool
from services.chassis.reader import Reader, broker_for
from services.reporting.projections import PROJECTION, READER
from services.reporting.reconcile import reconcile
from services.reporting.reconcile.report import Difference, Report
from tests import servers
from tests.world import until

NOON = datetime(2026, 1, 1, 4, tzinfo=UTC)
WAIT_S_MAX = 60.0
NAMES = UUID(int=77)


@dataclass(slots=True)
class Log:
    """What the sources publish, one fact a second."""

    producer: AIOKafkaProducer
    kafka: str
    now: datetime = NOON
    ends: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    sequences: dict[tuple[str, UUID], int] = field(default_factory=lambda: defaultdict(int))
    ticks: int = 0

    async def publish(self, topic: Topic, key: UUID, *facts: Fact) -> datetime:
        for fact in facts:
            self.now += timedelta(seconds=1)
            await self.send(topic, key, fact.type, fact.to_json().encode())
        return self.now

    async def send(
        self,
        topic: Topic,
        key: UUID,
        type_: str,
        data: bytes,
        *,
        sequence: int | None = None,
        event: str = "",
        partition: int | None = None,
    ) -> None:
        """Send one record; its event id follows from its number unless another name is given."""
        if sequence is None:
            self.sequences[topic.name, key] += 1
            sequence = self.sequences[topic.name, key]
        envelope = Envelope(
            id=uuid5(NAMES, f"{topic.name}/{key}/{sequence}{event}"),
            source=topic.source,
            type=type_,
            subject=key,
            time=self.now,
            recordedtime=self.now,
            sequence=sequence,
            correlationid=NAMES,
            actor="tester",
        )
        sent = await self.producer.send_and_wait(
            topic.name, data, key=str(key).encode(), headers=to_headers(envelope), partition=partition
        )
        assert sent.offset == self.ends[sent.topic, sent.partition], "an acknowledged record is gone"
        self.ends[sent.topic, sent.partition] = sent.offset + 1

    async def tick(self, source: str) -> None:
        """Let a source state that all it recorded until now is on the log."""
        self.ticks += 1
        of_source = [topic for topic in (COVERAGE, COHORT, CLAIM) if topic.source == source]
        tick = Tick(
            source=source,
            epoch=1,
            number=self.ticks,
            snapshot="10:10:",
            clock=self.now,
            complete_until=self.now,
            offsets={t.name: tuple(self.ends[t.name, part] for part in range(t.partitions)) for t in of_source},
            count=0,
            checksum="0" * 32,
        )
        sent = await self.producer.send_and_wait(TICKS.name, tick.to_json().encode(), key=source.encode())
        self.ends[TICKS.name, 0] = sent.offset + 1

    def event(self, topic: Topic, key: UUID, sequence: int) -> UUID:
        return uuid5(NAMES, f"{topic.name}/{key}/{sequence}")


@pytest_asyncio.fixture
async def log(kafka: servers.Kafka) -> AsyncIterator[Log]:
    """The topics of the contracts, empty; and empty again afterwards, for whoever comes next."""
    await _empty_topics(kafka)
    async with AIOKafkaProducer(bootstrap_servers=kafka.address, acks="all") as producer:
        yield Log(producer, kafka.address)
    await _empty_topics(kafka)


async def _empty_topics(kafka: servers.Kafka) -> None:
    """Delete and create the topics.

    The broker says that a topic is gone while its partitions still take records and acknowledge them; those are lost
    with the partitions. So the folders of the old ones must be gone before there are new ones.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.address)
    await admin.start()
    try:
        names = {topic.name for topic in TOPICS} & set(await admin.list_topics())
        if names:
            await admin.delete_topics(sorted(names))
    finally:
        await admin.close()
    old = {f"{topic.name}-{part}" for topic in TOPICS for part in range(topic.partitions)}

    async def gone() -> bool:
        return old.isdisjoint({path.name for path in (kafka.data / "records").iterdir()})

    await until(gone, "the old topics are gone", WAIT_S_MAX)
    await topics.ensure(kafka.address, TOPICS)


async def read(pool: Pool, log: Log) -> None:
    """Run the real reader until it has applied the whole log."""
    broker = broker_for(log.kafka, "tests")
    reader = Reader(broker, PROJECTION)
    await broker.start()
    task = asyncio.create_task(reader.run(pool))
    try:
        await until(lambda: _applied(pool, log), "the whole log is applied", WAIT_S_MAX)
    finally:
        reader.stopping.set()
        await asyncio.wait_for(task, WAIT_S_MAX)
        await broker.stop()


async def _applied(pool: Pool, log: Log) -> bool:
    rows = await pool.fetch("select topic, part, next_offset from reader_offset where reader = $1", READER)
    at = {(row["topic"], row["part"]): row["next_offset"] for row in rows}
    return all(at.get(place, 0) >= end for place, end in log.ends.items())


async def compare(dsn: str, log: Log) -> Report:
    return await reconcile(dsn, log.kafka, lambda _read, _whole: None)


def named(differences: Sequence[Difference]) -> list[str]:
    """Say kind and place of each difference in one line; ids of events and workers beyond the table left out."""
    return [
        f"{one.kind} " + " ".join(f"{k}={v}" for k, v in one.where.items() if k not in {"workers_in_all", "event_id"})
        for one in differences
    ]
