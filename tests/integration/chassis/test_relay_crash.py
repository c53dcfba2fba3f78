"""The relay is killed at each point between a commit and the note that it was sent: nothing lost, nothing doubled."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.chassis import ledger, metrics
from services.chassis.ledger import Entry
from services.chassis.postgres import Pool, transaction
from services.chassis.relay import CHUNK_FACTS_MAX
from tests.integration.chassis.conftest import (
    ACT,
    NOON,
    Place,
    announce,
    card,
    child,
    connect,
    log_of,
    number_of,
    parked_facts,
    reading,
    relaying,
    seen,
    ticks_of,
    until,
    until_sent,
)

BARRIER = 42
TAKEOVER_S_MAX = 15


@asynccontextmanager
async def barrier(pool: Pool, condition: str) -> AsyncIterator[asyncpg.Connection]:
    """Let whoever notes the relay's progress wait, where the condition holds, for as long as the block runs."""
    await pool.execute(
        f"""
        create or replace function wait_at_barrier() returns trigger language plpgsql as $$
        begin
            if {condition} then perform pg_advisory_xact_lock({BARRIER}); end if;
            return new;
        end $$;
        create or replace trigger barrier before update on relay_state
               for each row execute function wait_at_barrier()
        """
    )
    holder = await connect(pool)
    try:
        await holder.execute("select pg_advisory_lock($1)", BARRIER)
        yield holder
        await pool.execute("drop trigger barrier on relay_state")
    finally:
        await holder.close()


async def at_barrier(pool: Pool) -> bool:
    waits: bool = await pool.fetchval(
        """
        select exists (select from pg_locks where locktype = 'advisory' and objid = $1 and not granted
                          and database = (select oid from pg_database where datname = current_database()))
        """,
        BARRIER,
    )
    return waits


async def end_sessions_of_relay(pool: Pool) -> None:
    """A backend that waits for a lock does not notice that its client is dead."""
    await pool.execute(
        """
        select pg_terminate_backend(pid, 5000) from pg_stat_activity
         where datname = current_database() and application_name = 'relay'
        """
    )


async def announce_many(pool: Pool, place: Place, facts: int) -> dict[UUID, list[tuple[int, int]]]:
    keys = [uuid4() for _ in range(50)]
    numbers = [(keys[n % 50], n) for n in range(facts)]
    async with transaction(pool) as tx:
        await ledger.lock(tx, place.topic, keys)
        await ledger.append(tx, [Entry(key, card(number), NOON) for key, number in numbers], ACT)
    return {
        key: [(n + 1, number) for n, number in enumerate(range(place_, facts, 50))] for place_, key in enumerate(keys)
    }


POINTS = {  # when the relay is held, facts to send, records on Kafka then, ticks not noted, records sent again
    "nothing sent": ("old.sending is null and new.sending is not null", 200, 0, 0, 0),
    "facts sent, not noted": ("new.reached > 0", 200, 200, 0, 200),
    "second chunk sent, not noted": (
        "old.reached > 0 and new.reached > old.reached",
        12_000,
        2 * CHUNK_FACTS_MAX,
        0,
        CHUNK_FACTS_MAX,
    ),
    "tick sent, not noted": ("new.tick > old.tick and new.count > 0", 200, 200, 1, 0),
}


@pytest.mark.parametrize("point", POINTS.values(), ids=POINTS.keys())
async def test_killed_between_commit_and_note(
    writer: Pool, readers_database: Pool, place: Place, point: tuple[str, int, int, int, int]
) -> None:
    condition, facts, on_kafka, ticks_more, sent_again = point
    expected = await announce_many(writer, place, facts)  # committed while no relay runs
    async with barrier(writer, condition), child("relay_process", writer, place) as process:
        await until(lambda: at_barrier(writer), "the relay comes to the barrier")
        process.kill()
        await process.wait()
        await end_sessions_of_relay(writer)
    noted = await writer.fetchval("select tick from relay_state")
    before = await log_of(place.kafka, place.topic)
    assert len(before) == on_kafka
    ticks = await ticks_of(place)
    assert len(ticks) == noted + ticks_more

    repeated = metrics.FACTS_READ.labels(place.topic.name, "repeated")
    async with relaying(writer, place), reading(readers_database, place):
        await until_sent(writer)

        async def all_seen() -> bool:
            return bool(await readers_database.fetchval("select count(*) from seen") >= facts)

        await until(all_seen, "all facts are seen")
        log = await log_of(place.kafka, place.topic)
        assert {number_of(each) for each in log} == set(range(facts))

        async def all_read() -> bool:
            offsets = await readers_database.fetchval(
                "select sum(next_offset) from reader_offset where topic = $1", place.topic.name
            )
            return bool(offsets == len(log))

        await until(all_read, "the repeats are read too")
    assert {key: sorted(found) for key, found in (await seen(readers_database)).items()} == expected
    assert repeated._value.get() == len(log) - facts
    assert len(log) - facts == sent_again
    after = [tick for tick in await ticks_of(place) if tick.number == noted + 1]
    assert len({tick.snapshot for tick in after}) == 1
    assert await parked_facts(readers_database) == 0


async def test_when_the_sender_is_killed_the_other_takes_over(
    writer: Pool, readers_database: Pool, place: Place
) -> None:
    keys = [uuid4() for _ in range(10)]
    stop = asyncio.Event()
    committed = 0

    async def write() -> None:
        nonlocal committed
        while not stop.is_set():
            for key in keys:
                await announce(writer, place.topic, key, committed)
                committed += 1

    async def sender() -> int | None:
        """Give the process id of the relay that holds the lock; its first connection's port tells whose it is."""
        found: int | None = await writer.fetchval(
            """
            select a.pid from pg_locks l join pg_stat_activity a using (pid)
             where l.locktype = 'advisory' and l.granted and a.datname = current_database()
               and a.application_name = 'relay'
            """
        )
        return found

    async def moves_beyond(tick: int) -> bool:
        return bool(await writer.fetchval("select tick from relay_state") > tick)

    async with reading(readers_database, place), asyncio.TaskGroup() as tasks:
        async with child("relay_process", writer, place) as first:
            await until(sender, "the first holds the lock")
            async with child("relay_process", writer, place):
                writing = tasks.create_task(write())
                await until(lambda: moves_beyond(5), "the first sends")

                async def stands_by() -> bool:
                    return bool(
                        await writer.fetchval(
                            """
                            select count(distinct client_port) >= 3 from pg_stat_activity
                             where datname = current_database() and application_name = 'relay'
                            """
                        )
                    )

                await until(stands_by, "the second stands by")
                held = await sender()
                first.kill()
                await first.wait()

                async def taken_over() -> bool:
                    return await sender() not in (None, held)

                await until(taken_over, "the second holds the lock", TAKEOVER_S_MAX)
                tick = await writer.fetchval("select tick from relay_state")
                await until(lambda: moves_beyond(tick + 5), "the second sends", TAKEOVER_S_MAX)
                stop.set()
                await writing
                await until_sent(writer)

        async def all_seen() -> bool:
            return bool(await readers_database.fetchval("select count(*) from seen") >= committed)

        await until(all_seen, "all facts are seen")
    expected = await writer.fetch("select key, array_agg(sequence order by sequence) as all from ledger group by key")
    found = await seen(readers_database)
    assert {row["key"]: row["all"] for row in expected} == {key: [s for s, _ in facts] for key, facts in found.items()}
    assert sum(map(len, found.values())) == committed
