"""Kafka and Postgres go away and come back, on servers that these tests have for themselves: late, but all and once."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from payung_contracts.envelope import from_headers
from payung_contracts.topics import TICKS

from services.chassis import delivery, migrations, relay, topics
from services.chassis.postgres import HEALS_WITH_TIME, Pool, open_pool
from tests import servers
from tests.integration.chassis.conftest import (
    Place,
    a_place,
    announce,
    log_of,
    parked_facts,
    prepare_to_see,
    reading,
    relaying,
    seen,
    ticks_of,
    until,
    until_sent,
)

WORKS_AGAIN_S_MAX = 30
LONGER_THAN_A_REQUEST_S = delivery.REQUEST_MS_MAX / 1000 + 3


@pytest.fixture(autouse=True)
def quiet_client(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "aiokafka")  # without a broker it logs thousands of lines


@pytest.fixture(scope="module")
def folder(server_folder: Path) -> Iterator[Path]:
    assert server_folder.exists()  # whoever made it has installed the software
    with servers.session_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def own_postgres(folder: Path) -> servers.Postgres:
    return servers.start_postgres(folder)


@pytest.fixture(scope="module")
def own_kafka(folder: Path) -> servers.Kafka:
    return servers.start_kafka(folder)


@pytest_asyncio.fixture
async def place(own_kafka: servers.Kafka) -> Place:
    made = a_place(own_kafka.address)
    await topics.ensure(own_kafka.address, (made.topic, TICKS))
    return made


@pytest_asyncio.fixture
async def writer(own_postgres: servers.Postgres) -> AsyncIterator[Pool]:
    async with database(own_postgres, migrations.WRITER) as pool:
        yield pool


@pytest_asyncio.fixture
async def readers_database(own_postgres: servers.Postgres) -> AsyncIterator[Pool]:
    async with database(own_postgres, (migrations.CLOCK, migrations.READER)) as pool:
        await prepare_to_see(pool)
        yield pool


@asynccontextmanager
async def database(server: servers.Postgres, folders: tuple[Path, ...]) -> AsyncIterator[Pool]:
    dsn = await server.create_database(f"test_{uuid4().hex[:8]}")
    await migrations.migrate(dsn, folders)
    async with open_pool(dsn, name="tests", size_max=10) as pool:
        yield pool


class Load:
    """Commits facts one after the other, and tries again what the database could not take."""

    def __init__(self, pool: Pool, place: Place) -> None:
        self.pool, self.place = pool, place
        self.keys = [uuid4() for _ in range(12)]
        self.number = 0

    async def once(self) -> None:
        """Commit one fact under each key."""
        self.number += 1
        for key in self.keys:
            await announce(self.pool, self.place.topic, key, self.number)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        stop = asyncio.Event()

        async def go_on() -> None:
            while not stop.is_set():
                with contextlib.suppress(*HEALS_WITH_TIME):
                    await self.once()
                await asyncio.sleep(0.01)

        task = asyncio.create_task(go_on())
        try:
            yield
        finally:
            stop.set()
            await task


async def arrived(writer: Pool, readers_database: Pool) -> None:
    """Wait until all that was committed was seen, and assert that each was seen once and in order."""
    await until_sent(writer, WORKS_AGAIN_S_MAX)
    facts = await writer.fetchval("select count(*) from ledger")

    async def all_seen() -> bool:
        return bool(await readers_database.fetchval("select count(*) from seen") >= facts)

    await until(all_seen, f"{facts} facts are seen", WORKS_AGAIN_S_MAX)
    rows = await writer.fetch("select key, array_agg(sequence order by sequence) as all from ledger group by key")
    found = await seen(readers_database)
    assert {row["key"]: row["all"] for row in rows} == {key: [s for s, _ in facts] for key, facts in found.items()}
    assert await parked_facts(readers_database) == 0


async def assert_log_in_order(place: Place) -> None:
    """Repeats may stand on Kafka, but the first of each fact stands after the first of the one before."""
    newest: dict[UUID, int] = {}
    for each in await log_of(place.kafka, place.topic):
        envelope = from_headers(each.headers)
        assert envelope.sequence <= newest.get(envelope.subject, 0) + 1
        newest[envelope.subject] = max(newest.get(envelope.subject, 0), envelope.sequence)


def senders() -> int:
    """Count the background tasks of producers: one that was thrown away must not live on, and send what is old."""
    return sum("_sender_routine" in repr(task.get_coro()) for task in asyncio.all_tasks())


async def test_kafka_stopped_for_longer_than_a_request_may_take(
    writer: Pool, readers_database: Pool, place: Place, own_kafka: servers.Kafka
) -> None:
    load = Load(writer, place)
    async with relaying(writer, place) as running, reading(readers_database, place):
        async with load.running():
            await until(lambda: sent_ticks(writer, 3), "the relay sends")
            living = senders()
            await own_kafka.stop()
            stopped_at, before = time.monotonic(), load.number

            async def long_enough() -> bool:
                return time.monotonic() - stopped_at > LONGER_THAN_A_REQUEST_S

            await until(long_enough, "the outage is longer than a request", 60)
            assert load.number > before + 10  # commands need Postgres only

            async def given_up() -> bool:
                return not running.sending

            await until(given_up, "the relay has thrown its producer away", WORKS_AGAIN_S_MAX)
            await own_kafka.start()
            started_at = time.monotonic()
            await until(lambda: sends(running), "the relay sends again", WORKS_AGAIN_S_MAX)
            assert time.monotonic() - started_at < WORKS_AGAIN_S_MAX
        await arrived(writer, readers_database)
        assert senders() == living
    await assert_log_in_order(place)
    ticks = await ticks_of(place)
    assert [tick.number for tick in ticks] == sorted(tick.number for tick in ticks)


async def left_of(number: int) -> bool:
    return senders() == number


async def sent_ticks(writer: Pool, ticks: int) -> bool:
    return bool(await writer.fetchval("select tick from relay_state") >= ticks)


async def gave_up(running: relay.Relay) -> bool:
    return not running.sending


async def sends(running: relay.Relay) -> bool:
    return running.sending


async def test_kafka_killed_under_load(
    writer: Pool,
    readers_database: Pool,
    place: Place,
    own_kafka: servers.Kafka,
) -> None:
    """Then `send` fails with nothing: it waits, until the relay gives up, and the producer would wait on without it."""
    load = Load(writer, place)
    async with relaying(writer, place, send_s_max=2.0) as running, reading(readers_database, place):
        async with load.running():
            await until(lambda: sent_ticks(writer, 3), "the relay sends")
            living = senders()
            await own_kafka.kill()
            await until(lambda: gave_up(running), "the relay gives up")
            await until(lambda: left_of(living - 1), "the producer is thrown away, and its task with it")
            await own_kafka.start()
            tick = await writer.fetchval("select tick from relay_state")
            await until(lambda: sent_ticks(writer, tick + 2), "the relay sends again", WORKS_AGAIN_S_MAX)
        await arrived(writer, readers_database)
        assert senders() == living
    await assert_log_in_order(place)


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_postgres_restarted_under_load(
    writer: Pool, readers_database: Pool, place: Place, own_postgres: servers.Postgres, how: str
) -> None:
    load = Load(writer, place)
    async with relaying(writer, place), reading(readers_database, place):
        async with load.running():
            await until(lambda: sent_ticks(writer, 3), "the relay sends")
            await (own_postgres.stop() if how == "stop" else own_postgres.kill())
            await own_postgres.start()
            tick = await writer.fetchval("select tick from relay_state")
            await until(lambda: sent_ticks(writer, tick + 2), "the relay sends again", WORKS_AGAIN_S_MAX)
        await arrived(writer, readers_database)
    await assert_log_in_order(place)


async def test_another_kafka_stops_the_relay(writer: Pool, place: Place, kafka: servers.Kafka) -> None:
    async with relaying(writer, place):
        await announce(writer, place.topic, uuid4(), 1)
        await until_sent(writer)
    await topics.ensure(kafka.address, (place.topic, TICKS))
    elsewhere = Place(place.topic, place.source, kafka.address, place.reader)

    async def halted() -> str | None:
        reason: str | None = await writer.fetchval("select halted from relay_state")
        return reason

    async with relaying(writer, elsewhere):
        assert "the log lost its tail, or this is another Kafka" in await until(halted, "the relay halts")
    assert await log_of(kafka.address, place.topic) == []
