"""What this machine can do at best: plain ways of moving the same facts and rows, without any promise kept."""

import asyncio
from time import perf_counter

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from payung_contracts.topics import COVERAGE


async def drain(kafka: str) -> float:
    """Read the whole coverage topic with aiokafka, values untouched: facts per second."""
    partitions = [TopicPartition(COVERAGE.name, part) for part in range(COVERAGE.partitions)]
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign(partitions)
        total = sum((await consumer.end_offsets(partitions)).values())
        begun, read = perf_counter(), 0
        async with asyncio.timeout(120):
            while read < total:
                batches = await consumer.getmany(timeout_ms=200, max_records=5_000)
                read += sum(len(batch) for batch in batches.values())
        return float(total / (perf_counter() - begun))
    finally:
        await consumer.stop()


async def copy(dsn: str, table: str, rows: int) -> float:
    """COPY the first rows of a table into an empty one like it, without an index: rows per second."""
    connection = await asyncpg.connect(dsn, command_timeout=120)
    try:
        await connection.execute(
            f"drop table if exists plain_copy; create table plain_copy as table {table} with no data"
        )
        found = await connection.fetch(f"select * from {table} limit {rows}")  # noqa: S608 - names of our own
        records = [tuple(row) for row in found]
        begun = perf_counter()
        await connection.copy_records_to_table("plain_copy", records=records)
        rate = len(records) / (perf_counter() - begun)
        await connection.execute("drop table plain_copy")
        return rate
    finally:
        await connection.close()
