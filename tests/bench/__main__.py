"""Measure, print and write build/bench.json: `python -m tests.bench [--write] [STAGE ...]`; without a stage: all.

`--write` puts what was measured into the tables of the documents.
"""

import sys
from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter

import uvloop

from deploy.local.software import install
from tests import servers
from tests.bench import claims, enroll, figures, plumbing, readme, rebuild, reporting
from tests.bench.figures import Figure
from tests.bench.plumbing import say
from tests.world import World, a_world

Stage = Callable[[World], Awaitable[list[Figure]]]


async def _log(world: World) -> list[Figure]:
    found = [await plumbing.ledger_to_kafka(world)]
    world.stop_all()
    found += [await plumbing.catch_up(world, processes) for processes in (1, 2)]
    return found + await rebuild.rebuilt(world)


async def _claims(world: World) -> list[Figure]:
    return [*await claims.decisions(world), *await claims.eligibility(world)]


async def _visible(world: World) -> list[Figure]:
    await _keep_commit_times(world)
    return await plumbing.commit_to_visible(world)


async def _beside(world: World) -> list[Figure]:
    await _keep_commit_times(world)
    return await enroll.expiry_beside_others(world)


STAGES: Mapping[str, Stage] = {
    "import": enroll.import_and_expiry,
    "list": enroll.list_to_cover,
    "log": _log,
    "claims": _claims,
    "visible": _visible,
    "expiry": _beside,
    "reporting": reporting.answers,
}


async def main(arguments: list[str]) -> None:
    """Run the measurements one after the other, each in a world of its own, alone on the machine."""
    wanted = [name for name in arguments if name != "--write"] or list(STAGES)
    found: list[Figure] = []
    took_s: dict[str, float] = {}
    for name in wanted:
        say(f"{name} ...")
        begun = perf_counter()
        with servers.session_folder() as folder:
            async with a_world(folder) as world:
                found += await STAGES[name](world)
        took_s[name] = round(perf_counter() - begun, 1)
    figures.show(found)
    print("\n" + "\n".join(readme.table(found)) + "\n")  # noqa: T201 - the command's own output
    say(f"written to {figures.keep(found, took_s)}; seconds taken: {took_s}")
    if "--write" in arguments:
        readme.write(found)


async def _keep_commit_times(world: World) -> None:
    await world.postgres.execute("alter system set track_commit_timestamp = on")
    await world.postgres.stop()
    await world.postgres.start()


if __name__ == "__main__":
    given = sys.argv[1:]
    if unknown := set(given) - STAGES.keys() - {"--write"}:
        sys.exit(f"no such stage: {', '.join(sorted(unknown))}; there are {', '.join(STAGES)}")
    install(say)
    uvloop.run(main(given))
