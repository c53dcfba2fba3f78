"""A source and a reader of the tests' own: one topic, facts with a number, a projection that records what it saw."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord
from payung_contracts.enrollment import CardHandedOver
from payung_contracts.envelope import Envelope, to_headers
from payung_contracts.platform import Tick
from payung_contracts.topics import FOR_EVER, TICKS, Topic

from services.chassis import ledger, migrations, positions, topics
from services.chassis.apply import Projection
from services.chassis.delivery import SEND_S_MAX
from services.chassis.ledger import Act, Entry
from services.chassis.murmur2 import partition
from services.chassis.postgres import Pool, Transaction, open_pool, transaction
from services.chassis.reader import Reader, broker_for
from services.chassis.received import Received, Refused
from services.chassis.relay import Relay
from tests import servers
from tests.integration.conftest import Migrated

NOON = datetime(2024, 1, 1, 4, tzinfo=UTC)
ACT = Act("tester", UUID(int=1))
WAIT_S_MAX = 30.0

REFUSED_BY_FOLD = 1_000_666
REFUSED_BY_CONSTRAINT = 1_000_013
OUT_OF_RANGE = 2**40
"""A number that the column `seen.number` cannot hold."""

Record: TypeAlias = "ConsumerRecord[bytes, bytes]"


@dataclass(frozen=True, slots=True)
class Place:
    """A topic, a source and a reader's name that no other test uses."""

    topic: Topic
    source: str
    kafka: str
    reader: str


def a_place(kafka: str) -> Place:
    name = uuid4().hex[:12]
    topic = topic_named(f"test.{name}.v1", f"source-{name}")
    return Place(topic, topic.source, kafka, f"reader-{name}")


def topic_named(name: str, source: str) -> Topic:
    return Topic(name, source, 24, FOR_EVER, (CardHandedOver,))


@pytest_asyncio.fixture
async def place(kafka: servers.Kafka) -> Place:
    made = a_place(kafka.address)
    await topics.ensure(kafka.address, (made.topic, TICKS))
    return made


@pytest_asyncio.fixture
async def writer(migrated: Migrated) -> AsyncIterator[Pool]:
    async with open_pool(await migrated(migrations.WRITER), name="writer", size_max=40) as pool:
        yield pool


@pytest_asyncio.fixture
async def readers_database(migrated: Migrated) -> AsyncIterator[Pool]:
    async with open_pool(await migrated((migrations.CLOCK, migrations.READER)), name="reader", size_max=10) as pool:
        await prepare_to_see(pool)
        yield pool


async def prepare_to_see(pool: Pool) -> None:
    await pool.execute(
        """
        create table seen (key uuid, sequence bigint, number int check (number <> 1000013),
                           at timestamptz default clock_timestamp(),
                           by text default current_setting('application_name'))
        """
    )


def card(number: int) -> CardHandedOver:
    """Make a fact that carries a number."""
    return CardHandedOver(
        coverage_id=UUID(int=number), village_code="51.04.01.2001", handed_on=date(2024, 1, 1), received_by="worker"
    )


async def announce(pool: Pool, topic: Topic, key: UUID, *numbers: int) -> None:
    """Commit facts with these numbers under the key."""
    async with transaction(pool) as tx:
        await ledger.lock(tx, topic, [key])
        await ledger.append(tx, [Entry(key, card(number), NOON) for number in numbers], ACT)


def fold(state: Any, fact: Received) -> tuple[Any, Sequence[Any]]:
    """Count the facts of the key and add up their numbers; refuse number 1,000,666."""
    number = UUID(orjson.loads(fact.data)["coverage_id"]).int
    if number == REFUSED_BY_FOLD:
        raise Refused("the number of the beast")
    before = state or {"count": 0, "sum": 0}
    return {"count": before["count"] + 1, "sum": before["sum"] + number}, [(fact.key, fact.sequence, number)]


def willing_fold(state: Any, fact: Received) -> tuple[Any, Sequence[Any]]:
    """Do as `fold` does, mended: it refuses nothing."""
    number = UUID(orjson.loads(fact.data)["coverage_id"]).int
    before = state or {"count": 0, "sum": 0}
    return {"count": before["count"] + 1, "sum": before["sum"] + number}, [(fact.key, fact.sequence, number)]


async def record(tx: Transaction, effects: Sequence[Any]) -> None:
    """Write what was seen."""
    await tx.executemany("insert into seen (key, sequence, number) values ($1::text::uuid, $2, $3)", list(effects))


def projection(place: Place) -> Projection:
    return Projection(place.reader, (place.topic, TICKS), fold, record)


@asynccontextmanager
async def relaying(pool: Pool, place: Place, *, send_s_max: float = SEND_S_MAX) -> AsyncIterator[Relay]:
    """Run the relay while the block runs."""
    relay = Relay(dsn_of(pool), place.kafka, place.source, (place.topic,), send_s_max=send_s_max)
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        relay.stopping.set()
        await asyncio.wait_for(task, WAIT_S_MAX)


@asynccontextmanager
async def reading(pool: Pool, place: Place, wanted: Projection | None = None) -> AsyncIterator[Reader]:
    """Run a reader while the block runs."""
    broker = broker_for(place.kafka, "tests")
    reader = Reader(broker, wanted or projection(place))
    await broker.start()
    task = asyncio.create_task(reader.run(pool))
    try:
        yield reader
    finally:
        reader.stopping.set()
        await asyncio.wait_for(task, WAIT_S_MAX)
        await broker.stop()


@asynccontextmanager
async def child(module: str, pool: Pool, place: Place, *, slot: int = 0) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a relay or a reader in a process of its own; it is killed at the end of the block, if it still lives."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"tests.integration.chassis.{module}",
        stdout=asyncio.subprocess.DEVNULL,
        env=os.environ
        | {
            "DSN": dsn_of(pool),
            "KAFKA": place.kafka,
            "TOPIC": place.topic.name,
            "SOURCE": place.source,
            "READER": place.reader,
            "SLOT": str(slot),
        },
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def until(condition: Callable[[], Awaitable[Any]], what: str, seconds: float = WAIT_S_MAX) -> Any:
    """Wait until the condition holds, within a bound."""
    try:
        async with asyncio.timeout(seconds):
            while not (found := await condition()):
                await asyncio.sleep(0.02)
            return found
    except TimeoutError:
        raise AssertionError(f"not within {seconds} s: {what}") from None


async def seen(pool: Pool) -> dict[UUID, list[tuple[int, int]]]:
    """Give what the reader saw of each key: sequence and number, in the order of seeing."""
    rows = await pool.fetch("select key, sequence, number from seen order by at, sequence")
    found: dict[UUID, list[tuple[int, int]]] = {}
    for key, sequence, number in rows:
        found.setdefault(key, []).append((sequence, number))
    return found


async def parked_facts(pool: Pool) -> int:
    """Count the facts that were set aside; other tests leave rubbish among the ticks, which all share."""
    count: int = await pool.fetchval("select count(*) from letter where topic <> $1", TICKS.name)
    return count


async def log_of(kafka: str, topic: Topic) -> list[Record]:
    """Read everything that stands in the topic now, partition by partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False, auto_offset_reset="none")
    await consumer.start()
    try:
        partitions = [TopicPartition(topic.name, part) for part in range(topic.partitions)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        begins = await consumer.beginning_offsets(partitions)
        for one in partitions:
            consumer.seek(one, begins[one])
        records: dict[TopicPartition, list[Record]] = {one: [] for one in partitions}
        async with asyncio.timeout(WAIT_S_MAX):
            for one in partitions:
                while await consumer.position(one) < ends[one]:
                    for got, batch in (await consumer.getmany(timeout_ms=200)).items():
                        records[got].extend(batch)
        return [each for batch in records.values() for each in batch]
    finally:
        await consumer.stop()


async def ticks_of(place: Place) -> list[Tick]:
    """Read the ticks of the source that stand on Kafka, in order."""
    return [
        Tick.model_validate_json(each.value or b"")
        for each in await log_of(place.kafka, TICKS)
        if each.key == place.source.encode()
    ]


def dsn_of(pool: Pool) -> str:
    """Give the address that the pool was opened with."""
    dsn: str = pool._connect_args[0]  # type: ignore[attr-defined]
    return dsn


class Steps:
    """A reader without Kafka: records are made by hand, each partition's log is a list, and steps are called."""

    def __init__(self, pool: Pool, wanted: Projection) -> None:
        self.pool, self.projection = pool, wanted
        self.topic = wanted.topics[0]
        self.reader = Reader(broker_for("127.0.0.1:1", "tests"), wanted)
        self.ends: dict[TopicPartition, int] = {}

    def fact(self, key: UUID, sequence: int, number: int, **other: Any) -> Record:
        """Append a fact to the log; the same key, sequence and number have the same id."""
        envelope = Envelope(
            id=other.pop("id", UUID(int=(key.int ^ (sequence << 64) ^ number) & (1 << 128) - 1)),
            source=self.topic.source,
            type=other.pop("type", CardHandedOver.type),
            subject=key,
            time=NOON,
            recordedtime=other.pop("recordedtime", NOON),
            sequence=sequence,
            correlationid=UUID(int=1),
            actor="tester",
        )
        return self.rubbish(
            str(key).encode(),
            other.pop("value", card(number).to_json().encode()),
            to_headers(envelope),
            part=partition(key, self.topic.partitions),
        )

    def tick(self, tick: Tick | bytes) -> Record:
        value = tick if isinstance(tick, bytes) else tick.to_json().encode()
        return self.rubbish(b"someone", value, [], topic=TICKS.name)

    def rubbish(
        self,
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes | None]],
        *,
        part: int = 0,
        topic: str | None = None,
    ) -> Record:
        """Append any record to the log."""
        place = TopicPartition(topic or self.topic.name, part)
        offset = self.ends.get(place, 0)
        self.ends[place] = offset + 1
        return ConsumerRecord(
            place.topic,
            part,
            offset,
            0,
            0,
            key,
            value,
            None,
            len(key or b""),
            len(value or b""),
            tuple(headers),
        )

    async def load(self) -> None:
        """Take the positions from Postgres, as a reader does at assignment."""
        everywhere = [TopicPartition(t.name, part) for t in self.projection.topics for part in range(t.partitions)]
        self.reader.at.update(await positions.load(self.pool, self.projection.reader, everywhere))

    async def step(self, *records: Record) -> None:
        """Hand the records to the reader in one batch."""
        batch: dict[TopicPartition, list[Record]] = {}
        for each in records:
            batch.setdefault(TopicPartition(each.topic, each.partition), []).append(each)
        if not batch.keys() <= self.reader.at.keys():
            await self.load()
        await self.reader.step(self.pool, batch)

    async def read_again(self) -> None:
        """Forget the positions, as if all that was read would come again."""
        await self.pool.execute("update reader_offset set next_offset = 0")
        await self.load()


async def alarms(counter: Any, reason: str) -> float:
    """Give the count of an alarm so far."""
    value: float = counter.labels(reason)._value.get()
    return value


async def waits_for_lock(pool: Pool, pattern: str) -> bool:
    """Tell whether a session whose statement is like the pattern waits for a lock in this database."""
    waits: bool = await pool.fetchval(
        """
        select exists (select from pg_stat_activity
                        where datname = current_database() and wait_event_type = 'Lock' and query ilike $1)
        """,
        pattern,
    )
    return waits


async def connect(pool: Pool) -> asyncpg.Connection:
    """Open a connection of its own to the pool's database."""
    return await asyncpg.connect(dsn_of(pool), timeout=10)


def number_of(record: Record) -> int:
    """Give the number that a fact carries."""
    return UUID(orjson.loads(record.value)["coverage_id"]).int


async def until_sent(pool: Pool, seconds: float = WAIT_S_MAX) -> None:
    """Wait until everything committed so far stands on Kafka with its tick."""
    newest = await pool.fetchval("select pg_current_snapshot()::text")

    async def sent() -> bool:
        covered: bool = await pool.fetchval(
            """
            select sending is null and not exists (
                   select from ledger
                    where pg_visible_in_snapshot(txid, $1::text::pg_snapshot)
                      and not pg_visible_in_snapshot(txid, sent))
              from relay_state
            """,
            newest,
        )
        return covered

    await until(sent, "the relay has sent all that was committed", seconds)
