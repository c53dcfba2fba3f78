"""Run a reader in a process of its own, for tests that kill or freeze it."""

import asyncio
import os

from services.chassis.postgres import open_pool
from services.chassis.reader import Reader, broker_for
from tests.integration.chassis.conftest import Place, projection, topic_named


async def main() -> None:
    topic = topic_named(os.environ["TOPIC"], os.environ["SOURCE"])
    place = Place(topic, os.environ["SOURCE"], os.environ["KAFKA"], os.environ["READER"])
    broker = broker_for(place.kafka, "tests")
    reader = Reader(broker, projection(place), slot=int(os.environ["SLOT"]))
    async with open_pool(os.environ["DSN"], name=f"slot-{os.environ['SLOT']}", size_max=4) as pool:
        await broker.start()
        await reader.run(pool)


if __name__ == "__main__":
    asyncio.run(main())
