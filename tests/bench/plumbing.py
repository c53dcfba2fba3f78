"""Ledger to Kafka, Kafka to the read model, and how long after its commit a fact can be seen."""

import asyncio
import sys
from collections.abc import Iterable, Sequence
from time import perf_counter
from uuid import UUID, uuid4

import asyncpg
from payung_contracts.enrollment import WorkerRegistered
from payung_contracts.topics import COVERAGE

from services.chassis import ledger
from services.chassis.ledger import Act, Entry
from services.chassis.postgres import open_pool, transaction
from tests.bench import limits
from tests.bench.figures import Figure, figure
from tests.bench.times import percentiles
from tests.world import World, until

FACTS = 400_000
FACTS_PER_WORKER = 4
RATE_PER_S, SECONDS = 500, 20
ROUNDS = 3
LONG_S = 600.0


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - progress of a command


async def fill(world: World) -> None:
    """Write facts into the ledger as four commands per worker would have, one kind after the other."""
    connection = await asyncpg.connect(world.dsn("enrollment"), command_timeout=LONG_S)
    await connection.execute(
        """
        insert into stream_head (key, topic, part, sequence, recordedtime)
        select gen_random_uuid(), $1, n % 24, $3, clock_timestamp() from generate_series(1, $2::int) n
        """,
        COVERAGE.name,
        FACTS // FACTS_PER_WORKER,
        FACTS_PER_WORKER,
    )
    await connection.execute(
        """
        insert into ledger (recordedtime, topic, part, key, sequence, type, time, data, actor, correlation_id)
        select date_trunc('second', clock_timestamp()), topic, part, key, n,
               (array['enrollment.worker_registered.v1', 'enrollment.coverage_started.v1',
                      'enrollment.coverage_renewed.v1', 'enrollment.coverage_expired.v1'])[n],
               now(),
               format('{"coverage_id":"%s","cohort_id":"%s","segment":"BPU","funding":"APBD",'
                      '"village_code":"51.04.0%s.200%s","programmes":["JKK","JKM"],'
                      '"covered_from":"2024-0%s-01","covered_until":"2024-0%s-01"}',
                      key, md5(n || left(key::text, 1))::uuid, part % 7 + 1, part % 4 + 1, n * 2 - 1, n * 2 + 1),
               'bench', gen_random_uuid()
          from generate_series(1, $1::int) n, stream_head
         order by n, key
        """,
        FACTS_PER_WORKER,
    )
    await connection.execute("analyze ledger")
    await connection.close()


async def ledger_to_kafka(world: World) -> Figure:
    """Let the relay send what stands in the ledger; the time of its start counts."""
    await fill(world)
    connection = await asyncpg.connect(world.dsn("enrollment"))
    begun = perf_counter()
    world.start("enrollment", "relay")

    async def sent() -> bool:
        return bool(await connection.fetchval("select tick > 0 and sending is null from relay_state"))

    await until(sent, "all facts are sent", LONG_S)
    rate = FACTS / (perf_counter() - begun)
    await connection.close()
    drained = [await limits.drain(world.kafka.address) for _ in range(ROUNDS)]
    return figure(
        "ledger to Kafka",
        [rate],
        "facts/s",
        limits=drained,
        limit_is="plain drain by aiokafka",
        floor=30_000,
        goal=65_000,
    )


async def catch_up(world: World, processes: int) -> Figure:
    """Let fresh readers of reporting apply the whole topic; from their first commit to their last."""
    connection = await asyncpg.connect(world.dsn("reporting"))
    rates, drained = [], []

    async def applied() -> int:
        return int(
            await connection.fetchval(
                "select coalesce(sum(next_offset), 0)::bigint from reader_offset where topic = $1", COVERAGE.name
            )
        )

    for _ in range(ROUNDS):
        tables = await connection.fetch("select tablename from pg_tables where schemaname = current_schema")
        await connection.execute(f"truncate {', '.join(row['tablename'] for row in tables)}")
        drained.append(await limits.drain(world.kafka.address))
        for slot in range(processes):
            world.start("reporting", "reader", slot=slot)
        first = await until(applied, "the first facts are applied")
        begun = perf_counter()

        async def all_applied() -> bool:
            return await applied() >= FACTS

        await until(all_applied, "all facts are applied", LONG_S)
        rates.append((FACTS - first) / (perf_counter() - begun))
        world.stop_all()
    await connection.close()
    return figure(
        f"Kafka to the read model, {processes} process{'es' * (processes > 1)}",
        rates,
        "facts/s",
        limits=drained,
        limit_is="plain drain by aiokafka",
        floor=30_000,
        goal=95_000 if processes > 1 else 60_000,
    )


async def commit_to_visible(world: World) -> list[Figure]:
    """Commit commands at a fixed rate, each registering one worker; compare the commit times on both sides."""
    world.start("enrollment", "relay")
    world.start("reporting", "reader")
    keys = [uuid4() for _ in range(RATE_PER_S * SECONDS)]
    read = await asyncpg.connect(world.dsn("reporting"))
    async with open_pool(world.dsn("enrollment"), name="bench", size_max=16) as pool:
        first = uuid4()
        await _register(pool, first)

        async def both_run() -> bool:
            return bool(await read.fetchval("select count(*) from reader_key where key = $1", first))

        await until(both_run, "relay and reader run")
        rate = await commit(pool, keys, RATE_PER_S)
    await read.close()
    delays = await delays_ms(world, keys)
    world.stop_all()
    bounds: dict[str, float] = {"floor_p50": 150, "goal_p50": 40, "floor": 500, "goal": 150}
    return [
        figure(
            "commands meanwhile", [rate], "commands/s", limits=[], limit_is="", floor=0.95 * RATE_PER_S, goal=RATE_PER_S
        ),
        *percentiles("commit to visible", delays, limits=[], limit_is="", **bounds),
    ]


async def commit(pool: asyncpg.Pool, keys: Iterable[UUID], per_s: float) -> float:
    """Register workers at a fixed rate, each by a command of its own; gives the rate that came out."""
    begun, running = perf_counter(), set()
    for number, key in enumerate(keys):
        await asyncio.sleep(max(0.0, begun + number / per_s - perf_counter()))
        running.add(asyncio.create_task(_register(pool, key)))
    await asyncio.gather(*running)
    return len(running) / (perf_counter() - begun)


async def delays_ms(world: World, keys: Sequence[UUID]) -> list[float]:
    """Tell how long after its commit each registration was visible in reporting, by the commit times of both sides."""
    read, written = await asyncpg.connect(world.dsn("reporting")), await asyncpg.connect(world.dsn("enrollment"))

    async def all_seen() -> bool:
        return bool(await read.fetchval("select count(*) = $2 from reader_key where key = any($1)", keys, len(keys)))

    await until(all_seen, "all facts are visible")
    sent_at = {
        row["key"]: row["at"]
        for row in await written.fetch(
            "select key, pg_xact_commit_timestamp(txid::text::xid) as at from ledger where key = any($1)", keys
        )
    }
    seen_at = {
        row["key"]: row["at"]
        for row in await read.fetch(
            "select key, pg_xact_commit_timestamp(xmin) as at from reader_key where key = any($1)", keys
        )
    }
    await written.close()
    await read.close()
    return [(seen_at[key] - sent_at[key]).total_seconds() * 1000 for key in keys]


async def _register(pool: asyncpg.Pool, key: UUID) -> None:
    async with transaction(pool) as tx:
        await ledger.lock(tx, COVERAGE, [key])
        at = await tx.fetchval("select business_clock()")
        fact = WorkerRegistered(village_code="51.04.01.2001")
        await ledger.append(tx, [Entry(key, fact, at)], Act("bench", key))
