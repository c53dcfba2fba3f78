"""The clock goes forward only, once it has been used; days begin where the business is done."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from payung_contracts.topics import COVERAGE

from services.chassis import clock
from services.chassis.clock import NotForward
from services.chassis.postgres import Pool, transaction
from tests.integration.chassis.conftest import announce

SECOND = timedelta(seconds=1)


async def move(pool: Pool, to: datetime | None) -> None:
    async with transaction(pool) as tx:
        await clock.move(tx, to)


async def now(pool: Pool) -> datetime:
    async with transaction(pool) as tx:
        return await clock.now(tx)


async def test_it_goes_on_from_where_it_was_set(writer: Pool) -> None:
    start = datetime(2023, 1, 1, tzinfo=UTC)
    await move(writer, start)
    first = await now(writer)
    second = await now(writer)
    assert start <= first < second < start + 10 * SECOND
    await move(writer, datetime(2022, 1, 1, tzinfo=UTC))  # nothing was recorded yet
    assert await now(writer) < start


async def test_it_never_goes_back_once_facts_were_recorded_by_it(writer: Pool) -> None:
    start = datetime(2023, 1, 1, tzinfo=UTC)
    await move(writer, start)
    await announce(writer, COVERAGE, uuid4(), 1)
    before = await now(writer)
    with pytest.raises(NotForward):
        await move(writer, start - timedelta(days=1))
    assert before <= await now(writer)
    before = await now(writer)
    await move(writer, before - SECOND / 2)  # sent a moment ago: taken for now
    assert before <= await now(writer)
    await move(writer, datetime(2024, 6, 1, tzinfo=UTC))
    assert await now(writer) >= datetime(2024, 6, 1, tzinfo=UTC)
    await announce(writer, COVERAGE, uuid4(), 1)  # its month was made
    await move(writer, None)
    assert abs(await now(writer) - datetime.now(UTC)) < 10 * SECOND
    await announce(writer, COVERAGE, uuid4(), 1)
    recorded = await writer.fetch("select recordedtime from ledger order by pos")
    assert [row[0].year for row in recorded[:2]] == [2023, 2024]


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2024, 2, 28, 15, 59, 58, tzinfo=UTC), date(2024, 2, 28)),
        (datetime(2024, 2, 28, 16, 0, 0, tzinfo=UTC), date(2024, 2, 29)),
        (datetime(2024, 2, 29, 16, 0, 0, tzinfo=UTC), date(2024, 3, 1)),
    ],
)
async def test_the_day_begins_at_midnight_in_makassar(writer: Pool, instant: datetime, day: date) -> None:
    await move(writer, instant)
    async with transaction(writer) as tx:
        found = await clock.business_date(tx)
    assert found == day
    assert clock.at_midnight(date(2024, 2, 29)) == datetime(2024, 2, 28, 16, tzinfo=UTC)
    assert clock.at_midnight(date(2024, 2, 29)).isoformat() == "2024-02-29T00:00:00+08:00"
