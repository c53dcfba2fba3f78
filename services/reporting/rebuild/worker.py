"""Read partitions whole in a process of its own: says after each piece how many facts it applied, or why it refuses.

`python -m services.reporting.rebuild.worker LIKE SCHEMA TOPIC/PARTITION/END ...`, started by `payung rebuild`, with the
addresses in the environment. Whoever started it hears the numbers; when nobody does any more, it ends.
"""

import os
import sys

import uvloop

from services.chassis.commands import FAILED, OK
from services.chassis.log import configure
from services.chassis.memory import collect_seldom
from services.chassis.postgres import open_pool
from services.reporting import schemas
from services.reporting.rebuild import read_parts
from services.reporting.rebuild.refusals import Refused


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def main(like: str, schema: str, *parts: str) -> int:
    """Read the partitions into the schema."""
    dsn, kafka = os.environ["REPORTING_POSTGRES_DSN"], os.environ["REPORTING_KAFKA"]
    places = [((topic, int(part)), int(end)) for topic, part, end in (each.split("/") for each in parts)]
    async with open_pool(dsn, name="rebuild", size_max=3, search_path=schemas.path(schema)) as own:
        try:
            await read_parts(own, kafka, like, places, lambda records: _say(str(records)))
        except Refused as refused:
            _say(f"{refused.code} {refused.detail}")
            return FAILED
    return OK


if __name__ == "__main__":
    configure("rebuild")
    collect_seldom()
    sys.exit(uvloop.run(main(*sys.argv[1:])))
