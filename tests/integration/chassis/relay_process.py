"""Run a relay in a process of its own, for tests that kill it."""

import asyncio
import os

from services.chassis.relay import Relay
from tests.integration.chassis.conftest import topic_named


async def main() -> None:
    topic = topic_named(os.environ["TOPIC"], os.environ["SOURCE"])
    await Relay(os.environ["DSN"], os.environ["KAFKA"], os.environ["SOURCE"], (topic,)).run()


if __name__ == "__main__":
    asyncio.run(main())
