"""A database or a log that came back from an older copy is noticed before anything is sent; commands are refused."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from payung_contracts.envelope import from_headers, to_headers
from payung_contracts.platform import Tick
from payung_contracts.topics import TICKS

from services.chassis import metrics, migrations, topics, worlds
from services.chassis.ledger import Halted
from services.chassis.postgres import Pool, open_pool
from tests.integration.chassis.conftest import (
    Place,
    announce,
    log_of,
    relaying,
    ticks_of,
    until,
    until_sent,
)
from tests.integration.conftest import Migrated


async def halted(pool: Pool) -> str:
    """Wait until the relay has halted, and give its sentence."""

    async def told() -> str | None:
        reason: str | None = await pool.fetchval("select halted from relay_state")
        return reason

    found: str = await until(told, "the relay halts")
    return found


async def agrees(pool: Pool) -> None:
    """Wait until the relay sends, which it does only when it has found nothing wrong."""
    before = await pool.fetchval("select tick from relay_state")

    async def moved() -> bool:
        return bool(await pool.fetchval("select tick > $1 and halted is null from relay_state", before))

    await until(moved, "the relay goes on")


async def send_and_copy(dsn: str, place: Place, copy: Callable[..., Awaitable[str]]) -> str:
    """Send a fact, and copy the database as a backup would be."""
    async with open_pool(dsn, name="original", size_max=5) as pool, relaying(pool, place):
        await announce(pool, place.topic, uuid4(), 1)
        await until_sent(pool)
    return await copy(template=dsn.rpartition("/")[2])


async def test_a_restored_database_sends_nothing_and_takes_no_commands(
    migrated: Migrated, create_database: Callable[..., Awaitable[str]], place: Place
) -> None:
    original = await migrated(migrations.WRITER)
    older = await send_and_copy(original, place, create_database)
    async with open_pool(original, name="original", size_max=5) as pool, relaying(pool, place):
        await announce(pool, place.topic, uuid4(), 2, 3)
        await until_sent(pool)
    on_kafka, ticks = len(await log_of(place.kafka, place.topic)), len(await ticks_of(place))

    async with open_pool(older, name="restored", size_max=5) as pool:
        await announce(pool, place.topic, uuid4(), 4)  # nobody has noticed yet
        async with relaying(pool, place) as running:
            reason = await halted(pool)
            assert "restored from an older copy" in reason
            assert place.source in reason
            assert metrics.RELAY_HALTED._value.get() == 1
            assert not running.sending
            with pytest.raises(Halted, match="restored from an older copy"):
                await announce(pool, place.topic, uuid4(), 5)
    assert len(await log_of(place.kafka, place.topic)) == on_kafka
    assert len(await ticks_of(place)) == ticks

    async with open_pool(original, name="original", size_max=5) as pool, relaying(pool, place):
        await agrees(pool)  # the right one is not disturbed


async def test_a_copy_that_lacks_nothing_goes_on(
    migrated: Migrated, create_database: Callable[..., Awaitable[str]], place: Place
) -> None:
    newest = await send_and_copy(await migrated(migrations.WRITER), place, create_database)
    async with open_pool(newest, name="copy", size_max=5) as pool, relaying(pool, place):
        await agrees(pool)
        await announce(pool, place.topic, uuid4(), 2)
        await until_sent(pool)
    assert len(await log_of(place.kafka, place.topic)) == 2


async def test_a_log_that_lost_its_tail_stops_the_relay(writer: Pool, place: Place) -> None:
    async with relaying(writer, place):
        await announce(writer, place.topic, uuid4(), 1, 2, 3)
        await until_sent(writer)
    admin = AIOKafkaAdminClient(bootstrap_servers=place.kafka)
    await admin.start()
    await admin.delete_topics([place.topic.name])

    async def deleted() -> bool:
        return place.topic.name not in await admin.list_topics()

    await until(deleted, "the topic is gone")
    await admin.close()
    await topics.ensure(place.kafka, (place.topic,))
    async with relaying(writer, place):
        reason = await halted(writer)
        assert f"{place.topic.name} partition" in reason
        assert "ends at 0, facts were sent up to 3" in reason
        with pytest.raises(Halted, match="lost its tail"):
            await announce(writer, place.topic, uuid4(), 4)


async def test_lost_ticks_stop_the_relay(writer: Pool, place: Place) -> None:
    async with relaying(writer, place):
        await agrees(writer)
    await writer.execute("update relay_state set tick = tick + 1")  # it remembers one that Kafka does not hold
    async with relaying(writer, place):
        assert "the log lost its tail, or this is another Kafka" in await halted(writer)


async def test_what_was_mended_goes_on_by_itself(writer: Pool, place: Place) -> None:
    async with relaying(writer, place):
        await agrees(writer)
    await writer.execute("update relay_state set tick = tick + 1")
    async with relaying(writer, place):
        await halted(writer)
        await writer.execute("update relay_state set tick = tick - 1")
        await agrees(writer)
        assert metrics.RELAY_HALTED._value.get() == 0
        await announce(writer, place.topic, uuid4(), 1)
        await until_sent(writer)


async def test_kafka_away_refuses_no_command(writer: Pool, place: Place) -> None:
    away = Place(place.topic, place.source, "127.0.0.1:1", place.reader)
    async with relaying(writer, away) as running:
        for number in range(10):
            await announce(writer, place.topic, uuid4(), number)
        assert not running.sending
        assert await writer.fetchval("select halted from relay_state") is None
    async with relaying(writer, place):
        await until_sent(writer)


async def test_rubbish_and_old_ticks_do_not_deceive(writer: Pool, place: Place) -> None:
    """A tick that a dying producer left behind newer ones, and bytes that are no tick, under the source's own key."""
    async with relaying(writer, place):
        await announce(writer, place.topic, uuid4(), 1)
        await until_sent(writer)
        await agrees(writer)
    old = (await ticks_of(place))[0]
    foreign = Tick(
        source="another",
        epoch=99,
        number=999,
        snapshot="9:9:",
        clock=datetime.now(UTC),
        complete_until=None,
        offsets={},
        count=0,
        checksum="",
    )
    producer = AIOKafkaProducer(bootstrap_servers=place.kafka)
    await producer.start()
    key = place.source.encode()
    await producer.send_and_wait(TICKS.name, old.to_json().encode(), key=key)
    await producer.send_and_wait(TICKS.name, b"{no tick", key=key)
    await producer.send_and_wait(TICKS.name, foreign.to_json().encode(), key=b"another")
    await producer.stop()
    async with relaying(writer, place):
        await agrees(writer)


async def test_a_change_of_the_database_cluster_is_told(writer: Pool, place: Place) -> None:
    alarm = metrics.RELAY_ALARMS.labels("cluster")
    async with relaying(writer, place):
        await agrees(writer)
    before = alarm._value.get()
    cluster = await writer.fetchval("select cluster from relay_state")
    assert cluster.count("/") == 1
    await writer.execute("update relay_state set cluster = '1/1'")
    async with relaying(writer, place):
        await agrees(writer)
    assert alarm._value.get() == before + 1
    assert await writer.fetchval("select cluster from relay_state") == cluster


async def test_however_far_apart_the_worlds_are_little_is_read(writer: Pool, place: Place) -> None:
    """A database far behind is told by its tick, and no fact is looked up; where ticks agree, few facts are read."""
    async with relaying(writer, place):
        await announce(writer, place.topic, uuid4(), 1)
        await until_sent(writer)
    (sent,) = await log_of(place.kafka, place.topic)
    producer = AIOKafkaProducer(bootstrap_servers=place.kafka)
    await producer.start()
    for sequence in (2, 3, 4):
        stranger = to_headers(replace(from_headers(sent.headers), id=uuid4(), sequence=sequence))
        await producer.send_and_wait(place.topic.name, b"{}", key=sent.key, headers=stranger)
    await producer.stop()
    ask = partial(worlds.difference, kafka=place.kafka, source=place.source, topics=(place.topic,))
    async with writer.acquire() as book, writer.acquire() as other:
        for look_max, looked_at in ((2, 2), (worlds.FACTS_LOOKED_AT_MAX, 3)):
            found = await ask(book, look_max=look_max)
            assert found is not None
            assert f"{looked_at} of those looked at" in found.english
        await book.execute("update relay_state set tick = 0, offsets = '{}'")
        async with other.transaction():
            await other.execute("lock table ledger in access exclusive mode")
            found = await ask(book)
    assert found is not None
    assert "restored from an older copy" in found.english


async def test_a_fact_on_kafka_that_the_ledger_does_not_hold_stops_the_relay(migrated: Migrated, place: Place) -> None:
    """A database that fell back by less than a tick: nothing but the facts themselves can tell."""
    async with open_pool(await migrated(migrations.WRITER), name="fell back", size_max=5) as pool:
        async with relaying(pool, place):
            await announce(pool, place.topic, uuid4(), 1)
            await until_sent(pool)
        (sent,) = await log_of(place.kafka, place.topic)
        key, known = uuid4(), from_headers(sent.headers)
        of_another = to_headers(replace(known, id=uuid4(), source="another"))
        producer = AIOKafkaProducer(bootstrap_servers=place.kafka)
        await producer.start()
        for headers in (
            [],
            [("ce_id", None)],
            list(sent.headers),
            of_another,
        ):  # rubbish, a repeat, another's: no sign of it
            await producer.send_and_wait(place.topic.name, b"{}", key=str(key).encode(), headers=headers)
        async with relaying(pool, place):
            await agrees(pool)
        stranger = to_headers(replace(known, id=uuid4(), sequence=2))
        await producer.send_and_wait(place.topic.name, b"{}", key=str(key).encode(), headers=stranger)
        await producer.stop()
        async with relaying(pool, place):
            reason = await halted(pool)
            assert f"not in this database, 1 of those looked at, the first at {place.topic.name}/" in reason
            assert "1 di antara yang diperiksa" in reason
            topic, part, offset = reason.partition("the first at ")[2].split(":")[0].split("/")
            # the way out, once a person has found that somebody else wrote it
            await pool.execute(
                """
                update relay_state set offsets = offsets || jsonb_build_object($1::text, (
                    select jsonb_agg(case when p = $2 then $3 + 1
                                          else coalesce((offsets->$1->>p)::bigint, 0) end order by p)
                      from generate_series(0, 23) p))
                """,
                topic,
                int(part),
                int(offset),
            )
            await agrees(pool)
