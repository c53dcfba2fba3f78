"""Reconcile names whatever is changed in the read model, and nothing else."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from payung_contracts.topics import CLAIM

from services.chassis.postgres import Pool, open_pool
from services.reporting import rollup
from tests.integration.reporting.kafka_log import Log, compare, log, named, read
from tests.integration.reporting.reconcile_harms import HARMS
from tests.integration.reporting.reconcile_story import LUH, publish_a_story

__all__ = ["log"]


async def test_names_whatever_was_changed_in_the_read_model(
    dsn: str, log: Log, create_database: Callable[..., Awaitable[str]]
) -> None:
    await publish_a_story(log)
    async with open_pool(dsn, name="reporting", size_max=4) as pool:
        await read(pool, log)
        await pool.execute(
            "insert into rolled_late select * from ledgers where ledger = 'people' and day = '2026-04-01'"
        )
        assert await rollup.claim(pool, datetime(2026, 2, 2, tzinfo=UTC)) == 32
        while await rollup.roll_next(pool):
            pass
    assert (await compare(dsn, log)).differences == []
    for what, harm in HARMS.items():
        harmed = await create_database(template=dsn.rpartition("/")[2])
        async with open_pool(harmed, name="harm", size_max=1, search_path="p1, public") as pool:
            for statement in harm.statements:
                done = await pool.execute(statement)
                assert not done.endswith(" 0"), f"{what}: nothing was changed by {statement}"
        assert set(named((await compare(harmed, log)).differences)) == harm.named, what


async def test_says_both_values_of_what_differs(dsn: str, pool: Pool, log: Log) -> None:
    await publish_a_story(log)
    await read(pool, log)
    await pool.execute("update claim_payment set amount_idr = 24000000 where amount_idr = 42000000")
    in_sum, in_row = (await compare(dsn, log)).differences
    assert in_sum.read_model == {"rows": 1, "cases": 1, "amount_idr": 24_000_000}
    assert in_sum.log == {"rows": 1, "cases": 1, "amount_idr": 42_000_000}
    assert (in_row.read_model, in_row.log) == ({"amount_idr": 24_000_000}, {"amount_idr": 42_000_000})
    assert in_row.where["event_id"] == log.event(CLAIM, LUH, 3)
