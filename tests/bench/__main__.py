"""Measure, print and write build/bench.json: `python -m tests.bench`."""

import uvloop

from deploy.local.software import install
from tests import servers
from tests.bench import claims, enroll, figures, plumbing, rebuild, reporting
from tests.bench.plumbing import say
from tests.world import World, a_world


async def main() -> None:
    """Run the measurements one after the other, each alone on the machine."""
    found = []
    with servers.session_folder() as folder:
        async with a_world(folder) as world:
            say("import and expiry ...")
            found += await enroll.import_and_expiry(world)
    say("a list, from file to cover ...")
    with servers.session_folder() as folder:
        async with a_world(folder) as world:
            found += await enroll.list_to_cover(world)
        say("ledger to Kafka ...")
    with servers.session_folder() as folder:
        async with a_world(folder) as world:
            found.append(await plumbing.ledger_to_kafka(world))
            world.stop_all()
            for processes in (1, 2):
                say(f"catch-up, {processes} ...")
                found.append(await plumbing.catch_up(world, processes))
            say("rebuild and switch ...")
            found += await rebuild.rebuilt(world)
    say("claims decided, and questions after cover ...")
    with servers.session_folder() as folder:
        async with a_world(folder) as world:
            found += await claims.decisions(world)
            found += await claims.eligibility(world)
    say("commit to visible ...")
    with servers.session_folder() as folder:
        async with a_world(folder) as world:
            await _keep_commit_times(world)
            found += await plumbing.commit_to_visible(world)
    say("expiry beside others ...")
    with servers.session_folder() as folder:
        async with a_world(folder) as world:
            await _keep_commit_times(world)
            found += await enroll.expiry_beside_others(world)
    say("answers at a million people ...")
    with servers.session_folder() as folder:
        async with a_world(folder) as world:
            found += await reporting.answers(world)
    figures.show(found)
    say(f"written to {figures.keep(found)}")


async def _keep_commit_times(world: World) -> None:
    await world.postgres.execute("alter system set track_commit_timestamp = on")
    await world.postgres.stop()
    await world.postgres.start()


if __name__ == "__main__":
    install(say)
    uvloop.run(main())
