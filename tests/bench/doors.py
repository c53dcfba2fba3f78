"""The same figures by the ways people come to them: HTTP, pages, and SQL as analysts ask it."""

from collections.abc import Awaitable, Callable
from datetime import date

import asyncpg
import httpx2

from services.reporting.pages.panels import PANELS
from tests.bench.figures import Figure
from tests.bench.plumbing import LONG_S
from tests.bench.times import ms_of, percentiles
from tests.world import World

ASKS = 100
WITHIN_S = 5.0
FLOOR_MS, PAGE_MS = 300, 1_000
LIMIT_IS = "plain count(*) of timelines"


async def answers(world: World, day: date, plain: list[float]) -> list[Figure]:
    """Ask of a day, with all facts known: by HTTP, on the overview, on the slowest page of one question, in SQL."""
    world.start("reporting", "api")
    await world.ready("reporting")
    async with httpx2.AsyncClient(base_url=world.url("reporting"), timeout=LONG_S) as client:

        async def get(path: str) -> None:
            (await client.get(path, params={"as_of": day.isoformat()})).raise_for_status()

        async def protected(path: str) -> None:
            (await client.get(path, params={"as_of": day.isoformat(), "by": "village"})).raise_for_status()

        found = await _times("by village over HTTP", protected, "/v1/protected", plain, FLOOR_MS)
        found += await _times("overview page", get, "/", plain, PAGE_MS)
        pages = [f"/pages/{name}" for name in PANELS]
        await ms_of(get, pages)
        taken = await ms_of(get, pages)
        slowest = pages[taken.index(max(taken))]
        found += await _times(f"slowest page of one question ({slowest})", get, slowest, plain, PAGE_MS)
    world.stop_all()
    return found + await _in_sql(world, day, plain)


async def _in_sql(world: World, day: date, plain: list[float]) -> list[Figure]:
    connection = await asyncpg.connect(world.dsn("bi_reader"), command_timeout=LONG_S)

    async def protected(function: str) -> None:
        await connection.fetch(f"select * from {function}($1)", day)  # noqa: S608 - a name of ours

    try:
        return await _times("bi.protected in SQL, every cohort and village", protected, "bi.protected", plain, PAGE_MS)
    finally:
        await connection.close()


async def _times(
    name: str, ask: Callable[[str], Awaitable[None]], what: str, plain: list[float], floor: float
) -> list[Figure]:
    """Ask once for nothing, then as often as fits."""
    await ask(what)
    taken = await ms_of(ask, [what] * ASKS, within_s=WITHIN_S)
    return percentiles(f"a million people, {name}", taken, floor=floor, goal=floor / 3, limits=plain, limit_is=LIMIT_IS)
