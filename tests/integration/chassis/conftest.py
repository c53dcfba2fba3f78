"""A source and a reader of the tests' own: one topic, facts that count, a projection that records what it saw."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest_asyncio
from payung_contracts.enrollment import CardHandedOver
from payung_contracts.topics import FOR_EVER, TICKS, Topic

from services.chassis import ledger, migrations, topics
from services.chassis.apply import Projection
from services.chassis.ledger import Act, Entry
from services.chassis.postgres import Pool, Transaction, open_pool, transaction
from services.chassis.reader import Reader, broker_for
from services.chassis.received import Received, Refused
from services.chassis.relay import Relay
from tests import servers
from tests.integration.conftest import Migrated

NOON = datetime(2024, 1, 1, 4, tzinfo=UTC)
ACT = Act("tester", UUID(int=1))
WAIT_S_MAX = 30.0


@dataclass(frozen=True, slots=True)
class Place:
    """A topic and a source that no other test uses."""

    topic: Topic
    source: str
    kafka: str


@pytest_asyncio.fixture
async def place(kafka: servers.Kafka) -> Place:
    name = uuid4().hex[:12]
    topic = Topic(f"test.{name}.v1", f"source-{name}", 24, FOR_EVER, (CardHandedOver,))
    await topics.ensure(kafka.address, (topic, TICKS))
    return Place(topic, topic.source, kafka.address)


@pytest_asyncio.fixture
async def writer(migrated: Migrated) -> AsyncIterator[Pool]:
    async with open_pool(await migrated(migrations.WRITER), name="writer", size_max=40) as pool:
        yield pool


@pytest_asyncio.fixture
async def readers_database(migrated: Migrated) -> AsyncIterator[Pool]:
    async with open_pool(await migrated((migrations.CLOCK, migrations.READER)), name="reader", size_max=10) as pool:
        await pool.execute("create table seen (key uuid, sequence bigint, number int, at timestamptz default clock_timestamp())")
        yield pool


def card(number: int) -> CardHandedOver:
    """Make a fact that carries a number."""
    return CardHandedOver(
        coverage_id=UUID(int=number), village_code="51.04.01.2001", handed_on="2024-01-01", received_by="worker"
    )


async def announce(pool: Pool, topic: Topic, key: UUID, *numbers: int) -> None:
    """Commit facts with these numbers under the key."""
    async with transaction(pool) as tx:
        await ledger.lock(tx, topic, [key])
        await ledger.append(tx, [Entry(key, card(number), NOON) for number in numbers], ACT)


def fold(state: Any, fact: Received) -> tuple[Any, Sequence[Any]]:
    """Count the facts of the key; refuse number 666."""
    number = UUID(orjson.loads(fact.data)["coverage_id"]).int
    if number == 666:
        raise Refused("the number of the beast")
    return {"count": (state or {"count": 0})["count"] + 1}, [(fact.key, fact.sequence, number)]


async def record(tx: Transaction, effects: Sequence[Any]) -> None:
    """Write what was seen."""
    await tx.executemany(
        "insert into seen (key, sequence, number) values ($1::text::uuid, $2, $3)", list(effects)
    )


def projection(topic: Topic, reader: str = "tests") -> Projection:
    return Projection(reader, (topic, TICKS), fold, record)


@asynccontextmanager
async def relaying(pool: Pool, dsn: str, place: Place) -> AsyncIterator[Relay]:
    """Run the relay while the block runs."""
    relay = Relay(dsn, place.kafka, place.source, (place.topic,))
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        relay.stopping.set()
        await asyncio.wait_for(task, WAIT_S_MAX)


@asynccontextmanager
async def reading(pool: Pool, place: Place, wanted: Projection) -> AsyncIterator[Reader]:
    """Run a reader while the block runs."""
    broker = broker_for(place.kafka, "tests")
    reader = Reader(broker, wanted)
    await broker.start()
    task = asyncio.create_task(reader.run(pool))
    try:
        yield reader
    finally:
        reader.stopping.set()
        await asyncio.wait_for(task, WAIT_S_MAX)
        await broker.stop()


async def until(condition: Callable[[], Awaitable[Any]], what: str, seconds: float = WAIT_S_MAX) -> Any:
    """Wait until the condition holds, within a bound."""
    async with asyncio.timeout(seconds):
        while not (found := await condition()):
            await asyncio.sleep(0.02)
        return found
    raise AssertionError(what)


def dsn_of(pool: Pool) -> str:
    """Give the address that the pool was opened with."""
    return pool._connect_args[0]
