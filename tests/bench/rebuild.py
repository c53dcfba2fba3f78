"""A projection built anew in bulk, and switched to while people ask."""

import asyncio
from time import perf_counter

import asyncpg
import httpx2
from payung_contracts.topics import COVERAGE

from services.reporting.rebuild import rebuild, switch
from tests.bench import limits
from tests.bench.figures import Figure, figure
from tests.bench.plumbing import FACTS, LONG_S, ROUNDS
from tests.world import World, until

ASKERS = 4
SWITCHES = 10


async def rebuilt(world: World) -> list[Figure]:
    """Build beside what `catch_up` left, drop and build again; then switch to and fro under questions."""
    dsn, rates, wholes, drained = world.dsn("reporting"), [], [], []
    connection = await asyncpg.connect(dsn)
    world.start("reporting", "all")
    await world.ready("reporting")

    async def all_applied() -> bool:
        done = await connection.fetchval("select sum(next_offset) from reader_offset where topic = $1", COVERAGE.name)
        return int(done or 0) >= FACTS

    await until(all_applied, "the running one has all facts", LONG_S)
    for number in range(ROUNDS):
        if number:
            await switch.drop(dsn, who="bench")
        drained.append(await limits.drain(world.kafka.address))
        begun = perf_counter()
        ended = [begun]

        def told(step: str, _done: int, _whole: int, ended: list[float] = ended) -> None:
            if step == "read":
                ended[0] = perf_counter()

        found = await rebuild(dsn, world.kafka.address, who="bench", processes=2, told=told)
        assert found.ready, found
        rates.append(FACTS / (ended[0] - begun))
        wholes.append(FACTS / (perf_counter() - begun))
    times, failed = await _switches(world, dsn)
    await connection.close()
    world.stop_all()
    return [
        figure(
            "rebuild in bulk mode, reading",
            rates,
            "facts/s",
            limits=drained,
            limit_is="plain drain by aiokafka",
            floor=50_000,
            goal=100_000,
        ),
        figure(
            "rebuild, with indexes, catching up and comparing",
            wholes,
            "facts/s",
            limits=drained,
            limit_is="plain drain by aiokafka",
            floor=50_000,
            goal=100_000,
        ),
        figure("switch of a rebuilt projection", times, "ms", limits=[], limit_is="", floor=50, goal=10),
        figure("failed reads during switches", [float(failed)], "failed", limits=[], limit_is="", floor=0, goal=0),
    ]


async def _switches(world: World, dsn: str) -> tuple[list[float], int]:
    """Switch to and fro; give how long each took in ms, and how many questions failed meanwhile."""
    ended, failed = asyncio.Event(), 0

    async def ask() -> None:
        nonlocal failed
        async with httpx2.AsyncClient() as http:
            while not ended.is_set():
                answer = await http.get(f"{world.url('reporting')}/v1/protected?as_of=2024-03-01&by=village")
                failed += answer.status_code != 200

    async with asyncio.TaskGroup() as group:
        for _ in range(ASKERS):
            group.create_task(ask())
        times = []
        for number in range(SWITCHES):
            change = switch.back if number % 2 else switch.switch
            times.append((await change(dsn, who="bench")).milliseconds)
        ended.set()
    return times, failed
