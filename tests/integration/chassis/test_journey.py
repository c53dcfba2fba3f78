"""A fact goes from the ledger over Kafka into a reader's database, once."""

from uuid import uuid4

from services.chassis.postgres import Pool
from tests.integration.chassis.conftest import Place, announce, dsn_of, projection, reading, relaying, until


async def test_facts_arrive_once_in_order(writer: Pool, readers_database: Pool, place: Place) -> None:
    keys = [uuid4() for _ in range(20)]
    async with relaying(writer, dsn_of(writer), place), reading(readers_database, place, projection(place.topic)):
        for number in range(5):
            for key in keys:
                await announce(writer, place.topic, key, number)

        async def all_seen() -> bool:
            return await readers_database.fetchval("select count(*) from seen") == 100

        await until(all_seen, "all facts are seen")
    rows = await readers_database.fetch("select key, array_agg(number order by at) as numbers from seen group by key")
    assert {row["key"]: row["numbers"] for row in rows} == {key: [0, 1, 2, 3, 4] for key in keys}
