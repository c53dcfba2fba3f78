"""The calendar is announced once, never early, whoever sweeps, renews or dies at the same moment."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

from services.chassis import ledger
from services.chassis.postgres import Pool, transaction
from services.chassis.vault import Vault
from services.enrollment import due_store, handlers, messages
from services.enrollment.domain import Cohort, RegisterDeath, Renew, Terminate, Worker
from services.enrollment.due_store import Place
from services.enrollment.sweep import BEGINNING, Swept, announce, sweep
from tests.integration.enrollment.conftest import (
    CLERK,
    JULY,
    NEW_YEAR,
    OCTOBER,
    announced,
    approve,
    carry_out,
    enroll,
    facts,
    find,
    midnight,
    move_to,
    renew,
    waits_for_a_lock,
)

ALL = (UUID(int=0), UUID(int=(1 << 128) - 1))
EXPIRED = "coverage_expired"


async def named(pool: Pool, today: date) -> list[Place]:
    """Name what is due, as a sweep does before it locks."""
    async with transaction(pool) as tx:
        return await due_store.fallen(tx, today, after=BEGINNING, within=ALL, keys_max=5_000)


async def enrolled(pool: Pool, vault: Vault, cohort: Cohort) -> Worker:
    await enroll(pool, vault, cohort, [1])
    return await find(pool, vault, 1)


async def test_each_reminder_and_the_end_are_announced_on_their_day(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    worker = await enrolled(pool, vault, cohort)
    for days in (91, 90, 89, 60, 30, 7, 2, 1, 0, -1):
        await move_to(pool, JULY - timedelta(days=days))
        await sweep(pool)
        await sweep(pool)
    reminders = await facts(pool, "coverage_expiring")
    assert [(fact["days_left"], fact["time"]) for fact in reminders] == [
        (days, midnight(JULY - timedelta(days=days))) for days in (90, 60, 30, 7, 1)
    ]
    expired = await facts(pool, EXPIRED)
    assert [(fact["key"], fact["covered_until"], fact["time"]) for fact in expired] == [
        (worker.worker_id, "2027-07-01", midnight(JULY))
    ]
    assert await pool.fetchval("select count(*) from due") == 0


async def test_nothing_comes_a_minute_early(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    await enrolled(pool, vault, cohort)
    await move_to(pool, JULY - timedelta(days=1))
    await sweep(pool)
    await pool.execute("update clock set shift = timestamptz '2027-06-30 23:59:00+08' - clock_timestamp()")
    assert await sweep(pool) == Swept(0, 0)
    await pool.execute("update clock set shift = timestamptz '2027-07-01 00:00:01+08' - clock_timestamp()")
    assert await sweep(pool) == Swept(1, 0)


async def test_after_downtime_only_the_nearest_reminder_or_the_end(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    later = await approve(pool, NEW_YEAR, OCTOBER)
    await enroll(pool, vault, cohort, [1])
    await enroll(pool, vault, later, [2])
    await move_to(pool, JULY + timedelta(days=50))
    assert await sweep(pool) == Swept(1, 1)
    assert [fact["days_left"] for fact in await facts(pool, "coverage_expiring")] == [60]


async def test_many_are_swept_in_chunks_by_any_number_of_sweeps(pool: Pool, vault: Vault) -> None:
    cohort = await approve(pool, places=6_000)
    await enroll(pool, vault, cohort, range(6_000))
    await move_to(pool, JULY)
    swept = await asyncio.gather(*(sweep(pool) for _ in range(3)))
    assert sum(swept, Swept()) == Swept(6_000, 0)
    assert await pool.fetchval("select count(*) from ledger where type = $1", f"enrollment.{EXPIRED}.v1") == 6_000
    assert await pool.fetchval("select count(distinct key) from ledger where type like '%expired%'") == 6_000


async def test_one_worker_with_two_memberships_due_on_one_day(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    other = await approve(pool, segment="JAKON", funding="PROJECT")
    worker = await enrolled(pool, vault, cohort)
    await enroll(pool, vault, other, [1])
    await move_to(pool, JULY)
    assert await sweep(pool) == Swept(2, 0)
    assert (await announced(pool, worker.worker_id))[-2:] == [EXPIRED, EXPIRED]


async def test_a_renewal_before_the_end_leaves_no_expiry(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    worker = await enrolled(pool, vault, cohort)
    await renew(pool, vault, await approve(pool, JULY, OCTOBER), [1])
    await move_to(pool, JULY)
    assert await sweep(pool) == Swept(0, 0)
    await move_to(pool, OCTOBER)
    assert await sweep(pool) == Swept(1, 0)
    assert (await facts(pool, EXPIRED))[0]["covered_until"] == "2027-10-01"
    assert (await announced(pool, worker.worker_id)).count(EXPIRED) == 1


async def test_a_renewal_that_commits_while_the_sweep_waits_for_it(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    """Fails when the guards are read by the statement that locks: it rechecks only the row it waited for."""
    worker = await enrolled(pool, vault, cohort)
    following = await approve(pool, JULY, OCTOBER)
    await move_to(pool, JULY)
    due = await named(pool, JULY)
    assert len(due) == 1

    async def sweep_it() -> Swept:
        async with transaction(pool) as tx:
            return await announce(tx, due, JULY, CLERK)

    async with transaction(pool) as tx:
        await handlers.carry_out(tx, Renew(worker.worker_id, following, JULY), CLERK)
        sweeping = asyncio.create_task(sweep_it())
        await waits_for_a_lock(pool)
    assert await sweeping == Swept(0, 0)
    assert EXPIRED not in await announced(pool, worker.worker_id)


async def test_many_races_of_renewal_and_sweep(pool: Pool, vault: Vault) -> None:
    numbers = range(300)
    cohort, following = await approve(pool), await approve(pool, JULY, OCTOBER)
    await enroll(pool, vault, cohort, numbers)
    await move_to(pool, JULY)
    await asyncio.gather(
        *(renew(pool, vault, following, numbers[start : start + 20]) for start in range(0, 300, 20)),
        *(sweep(pool) for _ in range(4)),
    )
    await sweep(pool)
    last = await pool.fetch(
        """
        select key, array_agg(split_part(type, '.', 2) order by sequence) as facts from ledger
         where topic = $1 group by key
        """,
        messages.COVERAGE.name,
    )
    for row in last:
        assert row["facts"] in (
            ["worker_registered", "coverage_started", "coverage_renewed"],
            ["worker_registered", "coverage_started", EXPIRED, "coverage_renewed"],
        )
    assert len(last) == 300
    assert await pool.fetchval("select count(*) from due") == 300


async def test_a_termination_and_a_death_stop_the_calendar(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    await enroll(pool, vault, cohort, [1, 2])
    first, second = await find(pool, vault, 1), await find(pool, vault, 2)
    await carry_out(pool, Terminate(first.worker_id, first.memberships[0].coverage_id, date(2027, 3, 1), "withdrawn"))
    await move_to(pool, date(2027, 2, 1))
    await carry_out(pool, RegisterDeath(second.worker_id, date(2027, 1, 20), None, date(2027, 2, 1)))
    await move_to(pool, OCTOBER)
    assert await sweep(pool) == Swept(0, 0)


async def test_rows_of_a_worker_who_is_not_locked_are_left(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    await enroll(pool, vault, cohort, range(20))
    due = await named(pool, JULY)
    outermost = [due[0], due[-1]]
    async with transaction(pool) as tx:
        assert await announce(tx, outermost, JULY, CLERK) == Swept(2, 0)
    assert await pool.fetchval("select count(*) from due") == 18


async def test_a_due_row_of_another_version_announces_nothing(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    await enrolled(pool, vault, cohort)
    await pool.execute("update due set version = version - 1")
    await move_to(pool, JULY)
    assert await sweep(pool) == Swept(0, 0)


async def test_a_sweep_holds_back_what_it_announces_until_it_commits(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    worker = await enrolled(pool, vault, cohort)
    due = await named(pool, JULY)
    async with pool.acquire() as connection:
        open_transaction = connection.transaction()
        await open_transaction.start()
        await ledger.lock(connection, messages.COVERAGE, [worker.worker_id])
        assert await announce(connection, due, JULY, CLERK) == Swept(1, 0)
        await open_transaction.rollback()
    assert EXPIRED not in await announced(pool, worker.worker_id)
    assert len(await named(pool, JULY)) == 1
