"""What was committed or acknowledged outlives a stop and a crash, on the same port."""

from collections.abc import Awaitable, Callable

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local import servers
from deploy.local.processes import LocalError
from tests.servers import Kafka, Postgres

GONE = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""What a connection says whose server is gone, by how far the news of it has come."""


async def test_postgres_keeps_what_was_committed(
    postgres: Postgres, create_database: Callable[..., Awaitable[str]]
) -> None:
    dsn = await create_database()
    for number, end in enumerate((postgres.stop, postgres.kill)):
        connection = await asyncpg.connect(dsn)
        await connection.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
        await connection.execute("INSERT INTO kept VALUES ($1)", number)
        await end()
        with pytest.raises(GONE):
            await connection.execute("SELECT 1")
        await postgres.start()
        connection = await asyncpg.connect(dsn)
        assert await connection.fetchval("SELECT max(number) FROM kept") == number
        await connection.close()


async def test_kafka_keeps_what_was_acknowledged(kafka: Kafka) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.address)
    await admin.start()
    await admin.create_topics([NewTopic("kept", num_partitions=1, replication_factor=1)])
    await admin.close()
    for end in (kafka.stop, kafka.kill):
        async with AIOKafkaProducer(bootstrap_servers=kafka.address, acks="all") as producer:
            await producer.send_and_wait("kept", b"a fact")
        await end()
        await kafka.start()
    async with AIOKafkaConsumer("kept", bootstrap_servers=kafka.address, auto_offset_reset="earliest") as consumer:
        assert [(await consumer.getone()).offset for _ in range(2)] == [0, 1]


async def test_starting_what_runs_changes_nothing(postgres: Postgres, kafka: Kafka) -> None:
    await postgres.start()
    await kafka.start()
    assert servers.running_postgres(postgres.data)
    assert servers.running_kafka(kafka.data)


async def test_another_port_is_refused_while_running(postgres: Postgres, kafka: Kafka) -> None:
    with pytest.raises(LocalError, match="runs with other settings"):
        servers.start_postgres(postgres.data, postgres.port + 1, postgres.password)
    with pytest.raises(LocalError, match="runs with other settings"):
        servers.start_kafka(kafka.data, kafka.port + 1, tuning=kafka.tuning)
