"""A fact goes from the ledger over Kafka into a reader's database, once."""

from uuid import uuid4

from services.chassis.postgres import Pool
from tests.integration.chassis.conftest import Place, announce, reading, relaying, seen, until


async def test_facts_arrive_once_in_order(writer: Pool, readers_database: Pool, place: Place) -> None:
    keys = [uuid4() for _ in range(20)]
    async with relaying(writer, place), reading(readers_database, place):
        for number in range(5):
            for key in keys:
                await announce(writer, place.topic, key, number)

        async def all_seen() -> bool:
            return bool(await readers_database.fetchval("select count(*) from seen") == 100)

        await until(all_seen, "all facts are seen")
    assert await seen(readers_database) == {key: [(n + 1, n) for n in range(5)] for key in keys}
