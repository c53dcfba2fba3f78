"""Read partitions whole in a process of its own: says after each piece how many facts it applied, and ends with them.

`python -m services.reporting.rebuild.worker LIKE SCHEMA TOPIC/PARTITION/END ...`, started by `payung rebuild`, with the
addresses in the environment. Whoever started it hears the numbers; when nobody does any more, it ends.
"""

import os
import sys

import uvloop

from services.chassis.log import configure
from services.chassis.memory import collect_seldom
from services.chassis.postgres import open_pool
from services.reporting import schemas
from services.reporting.rebuild import read_parts


def _say(records: int) -> None:
    sys.stdout.write(f"{records}\n")
    sys.stdout.flush()


async def main(like: str, schema: str, *parts: str) -> int:
    """Read the partitions into the schema."""
    dsn, kafka = os.environ["REPORTING_POSTGRES_DSN"], os.environ["REPORTING_KAFKA"]
    places = [((topic, int(part)), int(end)) for topic, part, end in (each.split("/") for each in parts)]
    async with open_pool(dsn, name="rebuild", size_max=3, search_path=schemas.path(schema)) as own:
        await read_parts(own, kafka, like, places, _say)
    return 0


if __name__ == "__main__":
    configure("rebuild")
    collect_seldom()
    sys.exit(uvloop.run(main(*sys.argv[1:])))
