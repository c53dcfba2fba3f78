"""Reporting's own database, and a log of facts that stands for Kafka: records with offsets, read by the real reader."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID, uuid4

import asyncpg
import httpx2
import pytest_asyncio
from aiokafka import TopicPartition
from payung_contracts.envelope import Envelope, to_headers
from payung_contracts.fact import Fact
from payung_contracts.platform import Tick
from payung_contracts.topics import CLAIM, COHORT, COVERAGE, TICKS, Topic

from services.chassis import positions
from services.chassis.postgres import Pool, open_pool
from services.chassis.reader import Reader, broker_for
from services.reporting.app import MIGRATIONS, bring_up_to_date, make_app
from services.reporting.projections import PROJECTION, READER
from tests import servers
from tests.integration.conftest import Migrated

NOON = datetime(2026, 1, 1, 4, tzinfo=UTC)
"""When the first fact of a test is recorded; each later one comes a second after."""
PASSWORD = "analyst"
Analyst: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class Record(NamedTuple):
    """What of a Kafka record the reader looks at."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


@dataclass(slots=True)
class Log:
    """Facts in the order in which they were published."""

    records: list[Record] = field(default_factory=list)
    ends: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    sequences: dict[tuple[str, UUID], int] = field(default_factory=lambda: defaultdict(int))
    ticks: int = 0
    now: datetime = NOON

    def publish(self, topic: Topic, key: UUID, *facts: Fact) -> datetime:
        """Put facts on the log; gives when the last one was recorded."""
        for fact in facts:
            self.publish_raw(topic, key, fact.type, fact.to_json().encode())
        return self.now

    def publish_raw(self, topic: Topic, key: UUID, type_: str, data: bytes, *, seconds_later: int = 1) -> datetime:
        self.now += timedelta(seconds=seconds_later)
        self.sequences[topic.name, key] += 1
        envelope = Envelope(
            id=uuid4(),
            source=topic.source,
            type=type_,
            subject=key,
            time=self.now,
            recordedtime=self.now,
            sequence=self.sequences[topic.name, key],
            correlationid=uuid4(),
            actor="tester",
        )
        self._add(topic.name, key.int % topic.partitions, str(key).encode(), data, to_headers(envelope))
        return self.now

    def unreadable(self, topic: Topic, key: UUID) -> None:
        """Put a record on the log that is no fact: it has no envelope."""
        self._add(topic.name, key.int % topic.partitions, str(key).encode(), b"{}", [])

    def repeat(self, record: Record) -> None:
        """Send a record again, as a relay does after a crash."""
        self._add(record.topic, record.partition, record.key, record.value, record.headers)

    def tick(self, source: str, complete_until: datetime, snapshot: str = "10:10:") -> None:
        """Let a source state that all its facts until then are on the log."""
        self.ticks += 1
        topics = [topic for topic in (COVERAGE, COHORT, CLAIM) if topic.source == source]
        tick = Tick(
            source=source,
            epoch=1,
            number=self.ticks,
            snapshot=snapshot,
            clock=self.now,
            complete_until=complete_until,
            offsets={t.name: tuple(self.ends[t.name, part] for part in range(t.partitions)) for t in topics},
            count=0,
            checksum="0" * 32,
        )
        self._add(TICKS.name, 0, source.encode(), tick.to_json().encode(), [])

    def complete(self) -> datetime:
        """Let both sources state that all until now is on the log."""
        self.tick(COVERAGE.source, self.now)
        self.tick(CLAIM.source, self.now)
        return self.now

    def _add(
        self, topic: str, part: int, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]]
    ) -> None:
        self.records.append(Record(topic, part, self.ends[topic, part], key, value, headers))
        self.ends[topic, part] += 1


async def read(pool: Pool, log: Log, *, at_most: int = 5_000) -> None:
    """Let the reader apply what it has not read yet, in batches."""
    reader = Reader(broker_for("127.0.0.1:1", "tests"), PROJECTION)
    parts = [TopicPartition(topic.name, part) for topic in PROJECTION.topics for part in range(topic.partitions)]
    reader.at = await positions.load(pool, READER, parts)
    new = [r for r in log.records if r.offset >= reader.at[TopicPartition(r.topic, r.partition)].next_offset]
    for start in range(0, len(new), at_most):
        batch: dict[TopicPartition, list[Any]] = defaultdict(list)
        for record in new[start : start + at_most]:
            batch[TopicPartition(record.topic, record.partition)].append(record)
        await reader.step(pool, batch)


@pytest_asyncio.fixture
async def dsn(migrated: Migrated) -> str:
    made = await migrated(MIGRATIONS)
    await bring_up_to_date(made)
    return made


@pytest_asyncio.fixture
async def pool(dsn: str) -> AsyncIterator[Pool]:
    async with open_pool(dsn, name="reporting", size_max=4) as opened:
        yield opened


@pytest_asyncio.fixture
async def http(pool: Pool) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=make_app(pool))
    steward = {"Payung-Actor": "steward-1", "Payung-Roles": "steward"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://reporting", headers=steward) as client:
        yield client


@pytest_asyncio.fixture
async def analyst(postgres: servers.Postgres, dsn: str) -> AsyncIterator[Analyst]:
    """A connection of role bi_reader, as the servers' set-up makes it."""
    admin = await asyncpg.connect(postgres.dsn)
    try:
        if not await admin.fetchval("select true from pg_roles where rolname = 'bi_reader'"):
            await admin.execute("create role bi_reader login")
        await admin.execute(f"alter role bi_reader password '{PASSWORD}'")
        await admin.execute("alter role bi_reader set default_transaction_read_only = on")
    finally:
        await admin.close()
    await bring_up_to_date(dsn)
    connection = await asyncpg.connect(dsn, user="bi_reader", password=PASSWORD)
    try:
        yield connection
    finally:
        await connection.close()
