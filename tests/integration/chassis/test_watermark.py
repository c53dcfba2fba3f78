"""A tick counts as covered only when everything up to its offsets was applied; what is withheld is told."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from aiokafka import TopicPartition
from payung_contracts.platform import Tick
from payung_contracts.topics import TICKS

from services.chassis import watermark
from services.chassis.murmur2 import partition
from services.chassis.postgres import Pool, transaction
from services.chassis.reader import Reader, broker_for
from services.chassis.watermark import Watermark, Withheld
from tests.integration.chassis.conftest import (
    NOON,
    REFUSED_BY_FOLD,
    Place,
    Steps,
    a_place,
    announce,
    projection,
    relaying,
    until,
    until_sent,
)

ANN, BEN = UUID(int=1 << 80), UUID(int=(1 << 80) + 1)


@pytest.fixture
def steps(readers_database: Pool) -> Steps:
    return Steps(readers_database, projection(a_place("")))


def tick(steps: Steps, number: int, *, epoch: int = 1, source: str = "source", snapshot: str = "5:5:") -> Tick:
    """Make a tick that covers all that stands in the log now."""
    ends = {place.partition: end for place, end in steps.ends.items() if place.topic == steps.topic.name}
    return Tick(
        source=source,
        epoch=epoch,
        number=number,
        snapshot=snapshot,
        clock=NOON + timedelta(seconds=number),
        complete_until=NOON,
        offsets={steps.topic.name: tuple(ends.get(part, 0) for part in range(24)), "of another reader": (7,)},
        count=0,
        checksum="",
    )


async def marks(steps: Steps) -> list[Watermark]:
    async with transaction(steps.pool) as tx:
        return await watermark.watermarks(tx, steps.projection.reader)


async def withheld(steps: Steps) -> Withheld:
    async with transaction(steps.pool) as tx:
        return await watermark.withheld(tx)


async def test_a_tick_is_covered_when_the_last_partition_has_come(steps: Steps) -> None:
    one, other = steps.fact(ANN, 1, 1), steps.fact(BEN, 1, 1)
    assert one.partition != other.partition
    await steps.step(steps.tick(tick(steps, 1)))
    assert await marks(steps) == []
    await steps.step(one)
    assert await marks(steps) == []
    await steps.step(other)
    (mark,) = await marks(steps)
    assert (mark.source, mark.epoch, mark.tick, mark.complete_until) == ("source", 1, 1, NOON)
    assert mark.age_seconds > 0


async def test_the_newest_covered_tick_counts_not_the_newest(steps: Steps) -> None:
    facts = [steps.fact(ANN, 1, 1)]
    ticks = [steps.tick(tick(steps, 1))]
    facts.append(steps.fact(ANN, 2, 2))
    ticks.append(steps.tick(tick(steps, 2)))
    facts.append(steps.fact(ANN, 3, 3))
    ticks.append(steps.tick(tick(steps, 3)))
    await steps.step(*ticks, facts[0])
    assert [mark.tick for mark in await marks(steps)] == [1]
    await steps.step(facts[1])
    assert [mark.tick for mark in await marks(steps)] == [2]
    await steps.step(facts[2])
    assert [mark.tick for mark in await marks(steps)] == [3]


async def test_each_source_has_its_own(steps: Steps) -> None:
    early = steps.tick(tick(steps, 9, source="claims"))
    fact = steps.fact(ANN, 1, 1)
    await steps.step(early, steps.tick(tick(steps, 1)))
    assert [(mark.source, mark.tick) for mark in await marks(steps)] == [("claims", 9)]
    await steps.step(fact)
    assert [(mark.source, mark.tick) for mark in await marks(steps)] == [("claims", 9), ("source", 1)]


async def test_a_tick_sent_again_replaces_itself(steps: Steps) -> None:
    await steps.step(steps.tick(tick(steps, 1)))
    await steps.step(steps.tick(tick(steps, 1, snapshot="6:6:")))
    assert [mark.snapshot for mark in await marks(steps)] == ["6:6:"]
    assert await steps.pool.fetchval("select count(*) from tick") == 1


async def test_a_new_epoch_counts_more_than_a_higher_number(steps: Steps) -> None:
    await steps.step(steps.tick(tick(steps, 50)), steps.tick(tick(steps, 7, epoch=2)))
    assert [(mark.epoch, mark.tick) for mark in await marks(steps)] == [(2, 7)]


async def test_ticks_that_a_newer_covered_one_outdates_are_forgotten_and_no_others(steps: Steps) -> None:
    covered = [steps.tick(tick(steps, number)) for number in (1, 2, 3)]
    steps.fact(ANN, 1, 1)
    ahead = [steps.tick(tick(steps, number)) for number in (4, 5)]
    await steps.step(*covered, *ahead)
    assert await steps.pool.fetchval("select array_agg(number order by number) from tick") == [3, 4, 5]


async def test_partitions_that_another_process_has_not_begun_are_not_covered(
    writer: Pool, readers_database: Pool, place: Place
) -> None:
    """Two processes share the partitions; while one has not read anything yet, its facts are not in the answers."""
    keys = [uuid4() for _ in range(60)]
    assert len({partition(key, 24) for key in keys}) > 12
    for key in keys:
        await announce(writer, place.topic, key, 1)
    async with relaying(writer, place):  # so that each of its ticks promises all these facts
        await until_sent(writer)
    brokers = [broker_for(place.kafka, f"tests-{slot}") for slot in (0, 1)]
    first, second = (Reader(broker, projection(place), slot=slot) for slot, broker in enumerate(brokers))
    for broker in brokers:
        await broker.start()

    async def shared() -> bool:
        return len(first.consumer.assignment()) + len(second.consumer.assignment()) == 25 and bool(
            second.consumer.assignment()
        )

    await until(shared, "both have partitions")
    at_ticks = TopicPartition(TICKS.name, 0)
    reads_ticks, other = (first, second) if at_ticks in first.consumer.assignment() else (second, first)
    tasks = [asyncio.create_task(reads_ticks.run(readers_database))]

    async def ticks_read() -> bool:
        return bool(await readers_database.fetchval("select exists (select from tick where source = $1)", place.source))

    await until(ticks_read, "the ticks are read")
    assert await covered(readers_database, place) is None
    tasks.append(asyncio.create_task(other.run(readers_database)))

    newest = await writer.fetchval("select tick from relay_state")

    async def all_covered() -> bool:
        return bool(newest == await covered(readers_database, place))

    await until(all_covered, "the newest tick is covered")
    assert await readers_database.fetchval("select count(distinct key) from seen") == len(keys)
    for reader in (first, second):
        reader.stopping.set()
    await asyncio.gather(*tasks)
    for broker in brokers:
        await broker.stop()


async def covered(pool: Pool, place: Place) -> int | None:
    async with transaction(pool) as tx:
        told = {mark.source: mark.tick for mark in await watermark.watermarks(tx, place.reader)}
    return told.get(place.source)


async def test_withheld_keys_and_the_time_of_the_earliest(steps: Steps) -> None:
    assert await withheld(steps) == Withheld(0, None)
    late = datetime(2024, 5, 1, tzinfo=UTC)
    await steps.step(
        steps.fact(ANN, 1, REFUSED_BY_FOLD, recordedtime=late),
        steps.fact(ANN, 2, 2, recordedtime=late + timedelta(days=1)),
    )
    assert await withheld(steps) == Withheld(1, late)
    await steps.step(steps.tick(b"no tick"))  # no fact is missing from the answers
    assert await withheld(steps) == Withheld(1, late)
    await steps.step(steps.fact(BEN, 2, 2, recordedtime=late + timedelta(days=2)))
    assert await withheld(steps) == Withheld(2, None), "what the gap hides may be older than anything that waits"
    await steps.step(steps.fact(BEN, 1, 1))
    assert await withheld(steps) == Withheld(1, late)
    await steps.step(steps.rubbish(b"no uuid", b"", []))  # nobody knows when this was recorded
    assert await withheld(steps) == Withheld(2, None)
