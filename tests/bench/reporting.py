"""Answers at a million people: protected by village as of a day, as known at a time, against a plain count."""

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from statistics import quantiles
from time import perf_counter

import asyncpg

from services.chassis.postgres import Connection, Pool, open_pool
from services.reporting import queries, rollup
from services.reporting.answers import snapshot
from services.reporting.queries import Where
from tests.bench.figures import Figure, figure
from tests.bench.plumbing import LONG_S, say
from tests.world import World

MONTHS = 12
FIRST = date(2025, 1, 1)
NOW = datetime(2025, 12, 31, 4, tzinfo=UTC)
QUESTIONS = 100
EVERYWHERE = Where()
Asked = Sequence[tuple[date, datetime | None]]


async def answers(world: World) -> list[Figure]:
    """Ask what is protected by village: with all facts known now, as known today, and as known months ago.

    Of a million people a third pays for itself every month, a third is paid for by the government, a third employed.
    """
    connection = await asyncpg.connect(world.dsn("reporting"), command_timeout=LONG_S)
    try:
        await _learn(connection)
        rows = await connection.fetchval("select count(*) from people_delta")
        async with open_pool(world.dsn("reporting"), name="bench", size_max=2) as pool:
            begun = perf_counter()
            await rollup.roll(pool, NOW, asyncio.Event())
            say(f"{rows:,} changes rolled up, {rows / (perf_counter() - begun):,.0f}/s")
            await connection.execute("vacuum analyze people_rolled, people_balance, people_cell, people_run")
            plain = [await _plain_count(connection) for _ in range(5)]
            kinds: dict[str, Asked] = {
                "now": [(NOW.date(), None)] * QUESTIONS,
                "as known today": [(NOW.date(), NOW - timedelta(minutes=6 * n)) for n in range(QUESTIONS)],
                "as known months ago": _months_ago(),
            }
            return [one for what, asked in kinds.items() for one in await _ask(pool, what, asked, plain)]
    finally:
        await connection.close()


def _months_ago() -> Asked:
    chance = random.Random(1)
    times = [NOW - timedelta(days=chance.uniform(60, 270)) for _ in range(QUESTIONS)]
    return [(known_at.date() - timedelta(days=chance.randrange(30)), known_at) for known_at in times]


async def _ask(pool: Pool, what: str, asked: Asked, plain: list[float]) -> list[Figure]:
    took = []
    for as_of, known_at in asked:
        begun = perf_counter()
        async with snapshot(pool) as tx:
            await queries.protected(tx, as_of, known_at, ["village"], EVERYWHERE)
        took.append((perf_counter() - begun) * 1000)
    cuts = quantiles(took, n=100)
    name = f"1 million people by village, {what}"
    return [
        figure(f"{name}, {p}", [cut], "ms", limits=plain, limit_is="plain count(*) of timelines", floor=300, goal=30)
        for p, cut in (("p50", cuts[49]), ("p99", cuts[98]))
    ]


async def _plain_count(connection: Connection) -> float:
    """Count those whose timeline holds a day: no other known-at time than now can be asked this way."""
    begun = perf_counter()
    await connection.fetch(
        "select village_code, count(*) from timeline where covered_from <= $1 and covered_until > $1 group by 1",
        NOW.date(),
    )
    return (perf_counter() - begun) * 1000


async def _learn(connection: Connection) -> None:
    """Write the ledger as the reader would have: one row for each change, in about the order of recording."""
    await connection.execute(
        """
        create table worker as
        select n, n / 716 % 28 as due, village_code
          from generate_series(0, 333332) n
          join (select row_number() over (order by village_code) - 1 as i, village_code from village) v on i = n % 716
        """
    )
    await connection.execute(
        """
        insert into people_delta
        select day, $1::date - interval '20 days' + interval '1 second' * (n / 5000), village_code,
               'BPU', 'APBD', people
          from worker, (values ($1::date, 1), (($1::date + interval '1 year')::date, -1)) as d(day, people)
        """,
        FIRST,
    )
    for number in range(MONTHS):
        month = date(FIRST.year, FIRST.month + number, 1)
        await connection.execute(
            """
            insert into people_delta
            select $1::date + due, $1::date + due - interval '2 days' + interval '1 second' * (n % 86400), village_code,
                   'PU', 'employer', 1
              from worker where n % $2 = $3 order by 2
            """,
            month,
            MONTHS,
            number,
        )
        await connection.execute(
            """
            with paid as (  -- from six days before the day due to two days after it
                select village_code, $1::date + due as due, ($1::date + interval '1 month')::date + due as next,
                       $1::date + due - interval '6 days'
                       + interval '1 second' * ((hashint8(n * 100 + $2::int)::bigint + 2147483648) % 777600) as at
                  from worker
            )
            insert into people_delta
            select c.day, at, village_code, 'BPU', 'self', c.people
              from paid cross join lateral (
                   values (greatest(due, (at at time zone 'Asia/Makassar')::date), 1), (next, -1)) as c(day, people)
             order by at
            """,
            month,
            number,
        )
    await connection.execute(
        """
        create table timeline as
        select date '2025-12-01' + due as covered_from, date '2026-01-01' + due as covered_until, village_code,
               segment, funding
          from worker, (values ('BPU', 'self'), ('BPU', 'APBD'), ('PU', 'employer')) as s(segment, funding)
        """
    )
    await connection.execute("vacuum analyze people_delta")
    await connection.execute("vacuum analyze timeline")
