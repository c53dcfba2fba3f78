"""Change which schema is answered from: to the one that is ready, back to the one before, or drop the one beside.

    drop there what was dropped here  ->  catch up  ->  hold the active one's reader, catch up with its last fact
        ->  one update of one row  ->  views of `bi`, one by one

An answer sees the row and the figures in one snapshot, so it comes whole from one schema. The schema that is switched
to has every fact that the other had, so no figure goes back.
"""

import asyncio
from collections.abc import Callable
from time import monotonic, perf_counter
from typing import NamedTuple

from services.chassis.postgres import LOCKED, Pool, Transaction, open_pool, transaction
from services.reporting import schemas, views
from services.reporting.projections import PROJECTION
from services.reporting.rebuild import carry, shape
from services.reporting.rebuild.beside import alone, offsets, settled
from services.reporting.rebuild.refusals import Refused
from services.reporting.schemas import Schema

CATCH_UP_S_MAX = 30.0
CLOSE_ENOUGH = 2_000
"""Facts behind the active one from where its reader is held until the rest is applied."""
HOLD_S_MAX = 1.0
TRIES_MAX = 10
POLL_S = 0.002
LOCK_WAITS_MAX = "2s"


class Switched(NamedTuple):
    """What is answered from now, what was before, and how long the change held up the reader."""

    schema: str
    before: str
    milliseconds: float
    views: int
    """Those of `bi` that were made anew."""


async def switch(dsn: str, *, who: str) -> Switched:
    """Answer from the schema that is ready; said again, it makes those views anew that reports held before."""
    async with alone(dsn) as pool, settled(dsn):
        active, to = await ahead(pool)
        if to is not None:
            return await _change(dsn, pool, active, to, who)
        shown = await views.show(pool, active.name)
        if not shown:
            raise Refused("nothing_ready")
        return Switched(active.name, active.name, 0.0, shown)


async def back(dsn: str, *, who: str) -> Switched:
    """Answer from the schema again that was active before."""
    async with alone(dsn) as pool, settled(dsn):
        active, to = await behind(pool)
        if to is None:
            raise Refused("nothing_before")
        return await _change(dsn, pool, active, to, who)


async def ahead(pool: Pool) -> tuple[Schema, Schema | None]:
    """Give the active schema, and the newer one to which a switch would lead."""
    active, others = await _known(pool)
    newer = [each for each in others if number(each) > number(active) and each.state != "building"]
    return active, newer[-1] if newer else None


async def behind(pool: Pool) -> tuple[Schema, Schema | None]:
    """Give the active schema, and the older one to which the way back would lead."""
    active, others = await _known(pool)
    older = [each for each in others if number(each) < number(active) and each.state != "building"]
    return active, older[-1] if older else None


async def drop(dsn: str, *, who: str) -> str:
    """Drop the schema beside the active one, the oldest first; gives its name."""
    async with alone(dsn) as pool, settled(dsn):
        _, others = await _known(pool)
        if not others:
            raise Refused("nothing_to_drop")
        name = others[0].name
        for _ in range(TRIES_MAX):
            try:
                async with transaction(pool) as tx:
                    await tx.execute(f"set local lock_timeout = '{LOCK_WAITS_MAX}'")
                    if any(f"{name}." in one.sql for one in await views.defined(tx, views.OUTSIDE)):
                        raise Refused("still_shown")
                    await tx.execute(f"drop schema {name} cascade")
                    await tx.execute(
                        "update public.projection set state = 'retired', who = $2 where schema = $1", name, who
                    )
            except LOCKED:
                continue
            return name
        raise Refused("still_shown")


async def _known(pool: Pool) -> tuple[Schema, list[Schema]]:
    known = await schemas.known(pool)
    active = next(each for each in known if each.state == "active")
    return active, [each for each in known if each != active]


def number(schema: Schema) -> int:
    """Say how new a schema is: p2 was made after p1."""
    return int(schema.name[1:])


async def _change(dsn: str, pool: Pool, active: Schema, to: Schema, who: str) -> Switched:
    if to.state == "stale" or not await shape.same_shape(pool, active.name, to.name):
        raise Refused("other_shape", to.name)
    async with open_pool(dsn, name="rebuild", size_max=1, search_path=schemas.path(to.name)) as own:
        await carry.drop_like(own, PROJECTION, active.name, to.name)
    milliseconds = await _flip(pool, active.name, to.name, who)
    async with transaction(pool) as tx:
        await schemas.make_default(tx)
    async with transaction(pool) as tx:
        # what is still shown of the one before never has more than what is answered from
        await _hold(tx, active.name)
        await _reached(pool, active.name, to.name, CATCH_UP_S_MAX, lambda behind: behind == 0)
        shown = await views.show(pool, to.name)
    return Switched(to.name, active.name, milliseconds, shown)


async def _flip(pool: Pool, active: str, to: str, who: str) -> float:
    """Change the row while the active one's reader is held and the other has all that it has; gives milliseconds."""
    for _ in range(TRIES_MAX):
        if not await _reached(pool, active, to, CATCH_UP_S_MAX, lambda behind: behind <= CLOSE_ENOUGH):
            break
        begun = perf_counter()
        async with transaction(pool) as tx:
            await _hold(tx, active)
            if await _reached(pool, active, to, HOLD_S_MAX, lambda behind: behind == 0):
                await tx.execute(
                    """
                    update public.projection
                       set state = case schema when $1 then 'active' else 'ready' end, switched_at = clock_timestamp(),
                           who = $3
                     where schema in ($1, $2)
                    """,
                    to,
                    active,
                    who,
                )
                done = True
            else:
                done = False
        if done:
            return (perf_counter() - begun) * 1000
    raise Refused("lags_behind")


async def _hold(tx: Transaction, schema: str) -> None:
    """Let the reader of a schema stand still until this transaction ends."""
    await tx.execute(f"set local lock_timeout = '{LOCK_WAITS_MAX}'")
    await tx.execute(f"select from {schema}.reader_offset order by reader, topic, part for update")


async def _reached(pool: Pool, one: str, other: str, seconds: float, enough: Callable[[int], bool]) -> bool:
    """Wait until the other lacks few enough of the facts that the one has; tell whether it came to that."""
    last = monotonic() + seconds
    while True:
        ends, done = await offsets(pool, one), await offsets(pool, other)
        if enough(sum(max(0, end - done.get(place, 0)) for place, end in ends.items())):
            return True
        if monotonic() > last:
            return False
        await asyncio.sleep(POLL_S)
