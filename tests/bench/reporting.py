"""Answers at a million people: every question as of a day, as known at a time, against a plain count."""

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, islice
from time import perf_counter

from services.chassis.postgres import Pool, Transaction, open_pool
from services.reporting import queries, rollup
from services.reporting.answers import snapshot
from tests.bench import doors, million, questions
from tests.bench.figures import Figure, figure
from tests.bench.plumbing import LONG_S, say
from tests.bench.questions import EVERYWHERE, Question
from tests.bench.times import ms_of, percentiles
from tests.world import World

NOW = datetime(2025, 12, 31, 4, tzinfo=UTC)
BUSY_DAY = datetime.fromisoformat("2025-12-15T00:00:00+08:00")
"""One on which some 12,000 people pay for themselves, and 8,000 employed ones are told of."""
ASKS = 100
WITHIN_S, VILLAGE_WITHIN_S = 1.0, 5.0
FLOOR_MS, VILLAGE_GOAL_MS = 300, 30
FILE_MS, UNROLLED_MS = 2_000, 3_000
LIMIT_IS = "plain count(*) of timelines"

Asked = tuple[date, datetime | None]


async def answers(world: World) -> list[Figure]:
    """Ask what is protected by village as known today and weeks ago, before and after sums are made; then all else.

    Of a million people a third pays for itself every month, a third is paid for by the government, a third employed.
    """
    async with open_pool(world.dsn("reporting"), name="bench", size_max=2, command_s_max=LONG_S) as pool:
        begun = perf_counter()
        await million.learn(pool)
        say(f"filled in {perf_counter() - begun:.0f} s; rolling up ...")
        plain = await _plain_counts(pool)
        found = await _village(pool, "nothing rolled up yet", [(NOW.date(), NOW)] * ASKS, plain, floor=UNROLLED_MS)
        took = await _roll(pool, BUSY_DAY)
        known_at = BUSY_DAY + timedelta(days=1)
        found += await _village(pool, "one day not rolled up", [(BUSY_DAY.date(), known_at)] * ASKS, plain)
        took += await _roll(pool, NOW)
        rows = await pool.fetchval("select count(*) from ledgers")
        found.append(
            figure("rolled up", [rows / took], "changes/s", limits=[], limit_is="", floor=60_000, goal=150_000)
        )
        say(f"{rows:,} changes rolled up in {took:.0f} s; asking ...")
        weeks_ago = _weeks_ago()
        kinds: dict[str, Sequence[Asked]] = {
            "now": [(NOW.date(), None)] * ASKS,
            "as known today": [(NOW.date(), NOW - timedelta(minutes=6 * n)) for n in range(ASKS)],
            "as known 10 to 60 days ago": weeks_ago,
        }
        for what, asked in kinds.items():
            found += await _village(pool, what, asked, plain)
        for what, ask in questions.EVERY.items():
            floor = FILE_MS if what in questions.FILES else FLOOR_MS
            found += await _times(pool, what, ask, _all_times(weeks_ago), plain, floor=floor)
    return found + await doors.answers(world, NOW.date(), plain)


def _weeks_ago() -> list[Asked]:
    chance = random.Random(1)
    times = [NOW - timedelta(days=chance.uniform(10, 60)) for _ in range(ASKS)]
    return [(known_at.date() - timedelta(days=chance.randrange(30)), known_at) for known_at in times]


def _all_times(weeks_ago: Sequence[Asked]) -> list[Asked]:
    """Mix what is asked of now, of a time today, and of weeks ago."""
    turns = zip(cycle([(NOW.date(), None)]), cycle([(NOW.date(), NOW)]), weeks_ago, strict=False)
    return list(islice((each for turn in turns for each in turn), ASKS))


async def _roll(pool: Pool, until: datetime) -> float:
    """Make the sums of what was recorded until then; gives the seconds it took, without the statistics."""
    begun = perf_counter()
    await rollup.roll(pool, until, asyncio.Event())
    took = perf_counter() - begun
    await pool.execute("vacuum analyze rolled, rolled_balance, rolled_run")
    return took


async def _village(
    pool: Pool, what: str, asked: Sequence[Asked], plain: list[float], *, floor: float = FLOOR_MS
) -> list[Figure]:
    async def protected(tx: Transaction, as_of: date, known_at: datetime | None) -> object:
        return await queries.protected(tx, as_of, known_at, ["village"], EVERYWHERE)

    return await _times(
        pool,
        f"by village, {what}",
        protected,
        asked,
        plain,
        floor=floor,
        goal=VILLAGE_GOAL_MS,
        within_s=VILLAGE_WITHIN_S,
    )


async def _times(
    pool: Pool,
    what: str,
    ask: Question,
    asked: Sequence[Asked],
    plain: list[float],
    *,
    floor: float,
    goal: float | None = None,
    within_s: float = WITHIN_S,
) -> list[Figure]:
    """Ask once for nothing, so that the database has read what it needs; then as often as fits."""

    async def once(about: Asked) -> None:
        async with snapshot(pool) as tx:
            await ask(tx, *about)

    await once(asked[0])
    taken = await ms_of(once, asked, within_s=within_s)
    return percentiles(
        f"a million people, {what}", taken, floor=floor, goal=goal or floor / 3, limits=plain, limit_is=LIMIT_IS
    )


async def _plain_counts(pool: Pool) -> list[float]:
    """Count those whose timeline holds a day: no other known-at time than now can be asked this way."""

    async def count(day: date) -> None:
        await pool.fetch(
            "select village_code, count(*) from timeline where covered_from <= $1 and covered_until > $1 group by 1",
            day,
        )

    return await ms_of(count, [NOW.date()] * 10)
