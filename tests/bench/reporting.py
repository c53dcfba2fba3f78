"""Answers at a million people: every question as of a day, as known at a time, against a plain count."""

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
from tests.bench import million, questions
from tests.bench.figures import Figure, figure
from tests.bench.plumbing import LONG_S, say
from tests.bench.questions import Question
from tests.world import World

NOW = datetime(2025, 12, 31, 4, tzinfo=UTC)
QUESTIONS = 100
LONGEST_OF = 3
FILE_MS = 2_000

EVERYWHERE = Where()
Asked = Sequence[tuple[date, datetime | None]]


async def answers(world: World) -> list[Figure]:
    """Ask what is protected by village with all facts known now, as known today and weeks ago; then all else.

    Of a million people a third pays for itself every month, a third is paid for by the government, a third employed.
    """
    connection = await asyncpg.connect(world.dsn("reporting"), command_timeout=LONG_S)
    try:
        await million.learn(connection)
        rows = await connection.fetchval("select count(*) from ledgers")
        async with open_pool(world.dsn("reporting"), name="bench", size_max=2) as pool:
            begun = perf_counter()
            await rollup.roll(pool, NOW, asyncio.Event())
            say(f"{rows:,} changes rolled up, {rows / (perf_counter() - begun):,.0f}/s")
            await connection.execute("vacuum analyze rolled, rolled_balance, rolled_run")
            plain = [await _plain_count(connection) for _ in range(5)]
            kinds: dict[str, Asked] = {
                "now": [(NOW.date(), None)] * QUESTIONS,
                "as known today": [(NOW.date(), NOW - timedelta(minutes=6 * n)) for n in range(QUESTIONS)],
                "as known weeks ago": _weeks_ago(),
            }
            found = [one for what, asked in kinds.items() for one in await _ask(pool, what, asked, plain)]
            return [*found, *[await _longest(pool, what, ask, plain) for what, ask in questions.EVERY.items()]]
    finally:
        await connection.close()


def _weeks_ago() -> Asked:
    chance = random.Random(1)
    times = [NOW - timedelta(days=chance.uniform(10, 60)) for _ in range(QUESTIONS)]
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


async def _longest(pool: Pool, what: str, ask: Question, plain: list[float]) -> Figure:
    """Ask a few times, of a day and time now, and weeks ago; the longest counts."""
    took = []
    for as_of, known_at in ((NOW.date(), None), (NOW.date(), NOW), *_weeks_ago()[: LONGEST_OF - 2]):
        begun = perf_counter()
        async with snapshot(pool) as tx:
            await ask(tx, as_of, known_at)
        took.append((perf_counter() - begun) * 1000)
    floor = FILE_MS if what in questions.FILES else 300
    name = f"1 million people, {what}, longest of {LONGEST_OF}"
    limit = "plain count(*) of timelines"
    return figure(name, [max(took)], "ms", limits=plain, limit_is=limit, floor=floor, goal=floor / 3)


async def _plain_count(connection: Connection) -> float:
    """Count those whose timeline holds a day: no other known-at time than now can be asked this way."""
    begun = perf_counter()
    await connection.fetch(
        "select village_code, count(*) from timeline where covered_from <= $1 and covered_until > $1 group by 1",
        NOW.date(),
    )
    return (perf_counter() - begun) * 1000
