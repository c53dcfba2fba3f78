"""Readers are killed, frozen and robbed of their log: each fact still counts once, and no position is lost."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from functools import partial
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from services.chassis import metrics
from services.chassis.frozen import end_frozen
from services.chassis.murmur2 import partition
from services.chassis.postgres import Pool
from services.chassis.reader import PARKED_KEYS_PER_HOUR_MAX, Reader, Stuck, TooManyParked, broker_for
from tests.integration.chassis.conftest import (
    REFUSED_BY_FOLD,
    Place,
    alarms,
    announce,
    child,
    connect,
    parked_facts,
    projection,
    reading,
    relaying,
    seen,
    until,
    until_sent,
    waits_for_lock,
)

WORKS_AGAIN_S_MAX = 10
TAKES_OVER_S_MAX = 30
"""More than the session of the group and the time that Postgres gives a transaction."""


async def all_seen(pool: Pool, facts: int, seconds: float = 30) -> None:
    async def seen_all() -> bool:
        return bool(await pool.fetchval("select count(*) from seen") >= facts)

    await until(seen_all, f"{facts} facts are seen", seconds)


async def each_once(writer: Pool, readers_database: Pool) -> None:
    """Assert that what was seen is what was committed, each once, in order."""
    committed = await writer.fetch("select key, array_agg(sequence order by sequence) as all from ledger group by key")
    found = await seen(readers_database)
    assert {row["key"]: row["all"] for row in committed} == {k: [s for s, _ in facts] for k, facts in found.items()}
    assert await parked_facts(readers_database) == 0


async def test_killed_within_its_transaction(writer: Pool, readers_database: Pool, place: Place) -> None:
    keys = [uuid4() for _ in range(20)]
    holder = await connect(readers_database)
    async with relaying(writer, place):
        for key in keys:
            await announce(writer, place.topic, key, 1, 2, 3)
        await until_sent(writer)
    async with holder.transaction():
        await holder.execute("lock table seen in share mode")
        async with child("reader_process", readers_database, place) as process:
            await until(lambda: waits_for_lock(readers_database, "%insert into seen%"), "the reader writes its effects")
            process.kill()
            await process.wait()
    await holder.close()
    assert await readers_database.fetchval("select sum(next_offset) from reader_offset") == 0
    assert await seen(readers_database) == {}
    killed_at = time.monotonic()
    async with child("reader_process", readers_database, place):
        await all_seen(readers_database, 60)
    assert time.monotonic() - killed_at < WORKS_AGAIN_S_MAX
    await each_once(writer, readers_database)


async def test_frozen_beyond_its_session_and_thawed(writer: Pool, readers_database: Pool, place: Place) -> None:
    keys = [uuid4() for _ in range(30)]
    stop = asyncio.Event()

    async def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            for key in keys:
                await announce(writer, place.topic, key, number)

    async def parts_moved(since: dict[int, int]) -> bool:
        return all(now > since[part] for part, now in (await offsets()).items() if part in busy_parts)

    async def offsets() -> dict[int, int]:
        rows = await readers_database.fetch(
            "select part, next_offset from reader_offset where topic = $1", place.topic.name
        )
        return {row["part"]: row["next_offset"] for row in rows}

    busy_parts = {partition(key, place.topic.partitions) for key in keys}
    async with (
        relaying(writer, place),
        child("reader_process", readers_database, place, slot=0) as frozen,
        child("reader_process", readers_database, place, slot=1),
    ):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(write())

            async def both() -> bool:
                return bool(await readers_database.fetchval("select count(distinct by) = 2 from seen"))

            await until(both, "both readers read")

            os.kill(frozen.pid, signal.SIGSTOP)
            for _ in range(2):  # the first time it may have been what Postgres still had of the frozen one
                since = await offsets()
                await until(partial(parts_moved, since), "the second reads all partitions", TAKES_OVER_S_MAX)
            os.kill(frozen.pid, signal.SIGCONT)
            since = await offsets()
            await until(lambda: parts_moved(since), "reading goes on after the thaw", TAKES_OVER_S_MAX)
            stop.set()
        await until_sent(writer)
        await all_seen(readers_database, await writer.fetchval("select count(*) from ledger"))
    await each_once(writer, readers_database)


async def test_frozen_within_its_transaction(writer: Pool, readers_database: Pool, place: Place) -> None:
    """Then its locks on the positions have to go with it, or nobody could take over."""
    holder = await connect(readers_database)
    async with relaying(writer, place):
        for key in [uuid4() for _ in range(20)]:
            await announce(writer, place.topic, key, 1, 2, 3)
        await until_sent(writer)
    async with child("reader_process", readers_database, place, slot=0) as frozen:
        async with holder.transaction():
            await holder.execute("lock table seen in share mode")
            frozen_at = "%insert into seen%"
            await until(lambda: waits_for_lock(readers_database, frozen_at), "the reader writes its effects")
            os.kill(frozen.pid, signal.SIGSTOP)
        async with child("reader_process", readers_database, place, slot=1):
            await all_seen(readers_database, 60, TAKES_OVER_S_MAX)
            os.kill(frozen.pid, signal.SIGCONT)
            await each_once(writer, readers_database)
    await holder.close()


async def test_frozen_within_a_copy(readers_database: Pool) -> None:
    """Postgres looks at no timeout there; whoever waits has it ended, and nobody else is."""
    said, thaw = asyncio.Event(), asyncio.Event()

    async def data() -> AsyncIterator[bytes]:
        yield b"a"
        said.set()
        await thaw.wait()

    async def wait() -> None:
        await waiter.execute("begin; lock table reader_offset in exclusive mode")
        await waiter.execute("drop table reader_key")

    frozen, waiter, idle = [await connect(readers_database) for _ in range(3)]
    await idle.execute("begin")
    await idle.execute("lock table reader_key in access share mode")
    await frozen.execute("begin")
    await frozen.execute("set local transaction_timeout = '100ms'")
    await frozen.execute("lock table reader_offset in exclusive mode")
    copying = asyncio.create_task(frozen.copy_to_table("tick", source=data(), columns=["source"]))
    await said.wait()
    assert await end_frozen(readers_database, longer_than_s=0) == 0, "nobody waits for it"
    waiting = asyncio.create_task(wait())
    await until(lambda: waits_for_lock(readers_database, "begin; lock table reader_offset%"), "another waits for it")
    assert await end_frozen(readers_database, longer_than_s=60) == 0, "not before its time"
    assert await end_frozen(readers_database, longer_than_s=0) == 1
    await until(lambda: waits_for_lock(readers_database, "drop table%"), "the locks are let go")
    assert await end_frozen(readers_database, longer_than_s=0) == 0, "who is idle is left to Postgres"
    thaw.set()
    with pytest.raises((asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError)):
        await copying
    await idle.execute("rollback")
    await waiting
    for connection in (waiter, idle):
        await connection.close()


async def test_a_log_that_lost_its_head_is_not_read_on(writer: Pool, readers_database: Pool, place: Place) -> None:
    lost, other = keys_of_two_partitions()
    part = partition(lost, place.topic.partitions)
    where = "select next_offset from reader_offset where topic = $1 and part = $2"
    async with relaying(writer, place):
        await announce(writer, place.topic, lost, 1, 2)
        await until_sent(writer)
        async with reading(readers_database, place):
            await all_seen(readers_database, 2)
        await announce(writer, place.topic, lost, 3, 4, 5, 6)
        await announce(writer, place.topic, other, 7)
        await until_sent(writer)
    admin = AIOKafkaAdminClient(bootstrap_servers=place.kafka)
    await admin.start()
    await admin.delete_records({TopicPartition(place.topic.name, part): RecordsToDelete(5)})
    await admin.close()

    before = await alarms(metrics.READER_ALARMS, "offset_out_of_range")
    async with reading(readers_database, place) as reader:

        async def alarmed() -> bool:
            return await alarms(metrics.READER_ALARMS, "offset_out_of_range") >= before + 3

        await until(alarmed, "the reader tells that its place in the log is gone, again and again")
        assert not reader.ready
        assert await readers_database.fetchval(where, place.topic.name, part) == 2
        await all_seen(readers_database, 3)  # the other partition is read
    assert await readers_database.fetchval(where, place.topic.name, part) == 2
    assert await seen(readers_database) == {lost: [(1, 1), (2, 2)], other: [(1, 7)]}


def keys_of_two_partitions() -> tuple[UUID, UUID]:
    first, second = uuid4(), uuid4()
    while partition(first, 24) == partition(second, 24):
        second = uuid4()
    return first, second


async def test_a_reader_that_stands_still_is_found_out(writer: Pool, readers_database: Pool, place: Place) -> None:
    """Its fetcher may be dead while all else looks healthy; only the ends of the log tell."""
    broker = broker_for(place.kafka, "tests")
    reader = Reader(broker, projection(place))
    await broker.start()
    loop = asyncio.create_task(reader.run(readers_database))
    watch = asyncio.create_task(reader.watch(readers_database, every_s=1.0, stuck_s_max=2.0))
    async with relaying(writer, place):
        await announce(writer, place.topic, uuid4(), 1)
        await all_seen(readers_database, 1)
        assert not watch.done()
        loop.cancel()
        await asyncio.wait({loop})
        await announce(writer, place.topic, uuid4(), 2)
        with pytest.raises(Stuck, match="facts wait"):
            await asyncio.wait_for(watch, 30)
    await broker.stop()


async def test_too_many_parked_keys_end_the_process(writer: Pool, readers_database: Pool, place: Place) -> None:
    await readers_database.execute(
        """
        insert into letter (topic, part, "offset", key, headers, reason)
        select $1, 99, n, gen_random_uuid(), '[]', 'of the last hour' from generate_series(1, $2::int) n
        """,
        place.topic.name,
        PARKED_KEYS_PER_HOUR_MAX,
    )
    async with relaying(writer, place):
        await announce(writer, place.topic, uuid4(), REFUSED_BY_FOLD)
        await until_sent(writer)
    broker = broker_for(place.kafka, "tests")
    reader = Reader(broker, projection(place))
    await broker.start()
    with pytest.raises(TooManyParked):
        await asyncio.wait_for(reader.run(readers_database), 30)
    await broker.stop()
    assert (
        await readers_database.fetchval("select sum(next_offset) from reader_offset where topic = $1", place.topic.name)
        == 0
    )
