"""Grace, suspensions, voids and payments in the database: announced once, whoever comes at the same moment."""

import asyncio
from datetime import date, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.chassis.postgres import Pool, transaction
from services.chassis.vault import Vault
from services.enrollment import coverage_store, due_store, handlers
from services.enrollment.domain import (
    Cohort,
    Enroll,
    Membership,
    Pay,
    RegisterDeath,
    Reinstate,
    Rejected,
    Suspend,
    Terminate,
    Void,
    Worker,
)
from services.enrollment.due_store import Place
from services.enrollment.sweep import BEGINNING, Swept, announce, sweep
from tests.integration.enrollment.conftest import (
    CLERK,
    JULY,
    KETEWEL,
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
DAY = timedelta(days=1)
FEBRUARY, MARCH, APRIL, MAY, JUNE = (date(2027, month, 1) for month in range(2, 7))
EXPIRED, INACTIVATED, RENEWED = "coverage_expired", "coverage_inactivated", "coverage_renewed"


async def self_payers(pool: Pool) -> Cohort:
    """Have a cohort of self-payers approved, whose first payment covers January."""
    return await approve(pool, NEW_YEAR, FEBRUARY, funding="SELF")


async def self_payer(pool: Pool, vault: Vault) -> tuple[Worker, Membership]:
    await enroll(pool, vault, await self_payers(pool), [1])
    worker = await find(pool, vault, 1)
    return worker, worker.memberships[0]


def pay(worker: Worker, paid_on: date, today: date, months: int = 1) -> Pay:
    coverage_id = worker.memberships[0].coverage_id
    return Pay(worker.worker_id, coverage_id, months, paid_on, uuid4(), begins_anew=True, today=today)


async def named(pool: Pool, today: date) -> list[Place]:
    """Name what is due, as a sweep does before it locks."""
    async with transaction(pool) as tx:
        return await due_store.fallen(tx, today, after=BEGINNING, within=ALL, keys_max=5_000)


async def test_grace_ends_once_on_its_day(pool: Pool, vault: Vault) -> None:
    worker, held = await self_payer(pool, vault)
    swept = []
    for day in (FEBRUARY, FEBRUARY + DAY, MAY - DAY, MAY, MAY, JULY):
        await move_to(pool, day)
        swept.append(await sweep(pool))
    assert swept == [Swept(1), Swept(), Swept(), Swept(inactivated=1), Swept(), Swept()]
    (inactivated,) = await facts(pool, INACTIVATED)
    assert inactivated == {
        "coverage_id": str(held.coverage_id),
        "cohort_id": str(held.periods[0].cohort.cohort_id),
        "covered_until": "2027-02-01",
        "inactive_from": "2027-05-01",
        "key": worker.worker_id,
        "time": midnight(MAY),
    }
    assert await pool.fetchval("select count(*) from due") == 0


async def test_after_downtime_the_end_and_the_end_of_the_grace_come_together(pool: Pool, vault: Vault) -> None:
    worker, _ = await self_payer(pool, vault)
    await move_to(pool, JULY)
    assert await sweep(pool) == Swept(expired=1, inactivated=1)
    assert (await announced(pool, worker.worker_id))[-2:] == [EXPIRED, INACTIVATED]


async def test_who_dies_in_grace_is_not_inactivated(pool: Pool, vault: Vault) -> None:
    worker, _ = await self_payer(pool, vault)
    await move_to(pool, MARCH)
    await carry_out(pool, RegisterDeath(worker.worker_id, FEBRUARY, None, MARCH))
    assert await sweep(pool) == Swept(1)  # it ran out before the death
    await move_to(pool, JULY)
    assert await sweep(pool) == Swept()


async def test_shorter_grace_holds_for_what_is_paid_from_then_on(pool: Pool, vault: Vault) -> None:
    worker, _ = await self_payer(pool, vault)
    async with transaction(pool) as tx:
        await coverage_store.keep_terms(tx, 2)
    assert worker.memberships[0].periods[0].grace_until == MAY
    paid = await carry_out(pool, pay(worker, NEW_YEAR, NEW_YEAR))
    assert [period.grace_until for period in paid.memberships[0].periods] == [MAY, MAY]


async def test_a_suspension_across_the_end_expires_once_and_stands(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    await enroll(pool, vault, cohort, [1])
    worker = await find(pool, vault, 1)
    coverage_id = worker.memberships[0].coverage_id
    await carry_out(pool, Suspend(worker.worker_id, coverage_id, MARCH, None, "under_review"))
    await move_to(pool, JULY)
    assert await sweep(pool) == Swept(1)
    await renew(pool, vault, await approve(pool, JULY, OCTOBER), [1])
    await move_to(pool, OCTOBER)
    assert await sweep(pool) == Swept(1)
    assert await sweep(pool) == Swept()
    found = await find(pool, vault, 1)
    assert [(s.suspended_from, s.suspended_until) for s in found.memberships[0].suspensions] == [(MARCH, None)]
    lifted = await carry_out(pool, Reinstate(worker.worker_id, coverage_id, APRIL))
    assert [(s.suspended_from, s.suspended_until) for s in lifted.memberships[0].suspensions] == [(MARCH, APRIL)]


async def test_a_void_gives_the_place_back_and_stops_the_calendar(pool: Pool, vault: Vault) -> None:
    cohort = await approve(pool, places=1)
    await enroll(pool, vault, cohort, [1])
    worker = await find(pool, vault, 1)
    void = Void(worker.worker_id, worker.memberships[0].coverage_id, "wrong_person")
    await carry_out(pool, void)
    await carry_out(pool, void)
    assert (await announced(pool, worker.worker_id)).count("coverage_voided") == 1
    assert (await enroll(pool, vault, cohort, [2])).done == 1
    await move_to(pool, OCTOBER)
    assert await sweep(pool) == Swept(1)
    assert EXPIRED not in await announced(pool, worker.worker_id)


async def test_a_void_that_commits_while_the_sweep_waits_for_it(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    await enroll(pool, vault, cohort, [1])
    worker = await find(pool, vault, 1)
    await move_to(pool, JULY)
    due = await named(pool, JULY)
    void = Void(worker.worker_id, worker.memberships[0].coverage_id, "wrong_person")
    async with transaction(pool) as tx:
        await handlers.carry_out(tx, void, CLERK)
        sweeping = asyncio.create_task(sweep_of(pool, due, JULY))
        await waits_for_a_lock(pool)
    assert await sweeping == Swept()
    assert EXPIRED not in await announced(pool, worker.worker_id)


async def test_a_suspension_that_commits_while_the_sweep_waits_for_it(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    await enroll(pool, vault, cohort, [1])
    worker = await find(pool, vault, 1)
    await move_to(pool, JULY)
    due = await named(pool, JULY)
    async with transaction(pool) as tx:
        coverage_id = worker.memberships[0].coverage_id
        await handlers.carry_out(tx, Suspend(worker.worker_id, coverage_id, MARCH, None, "requested"), CLERK)
        sweeping = asyncio.create_task(sweep_of(pool, due, JULY))
        await waits_for_a_lock(pool)
    swept = await sweeping
    assert swept + await sweep(pool) == Swept(1)
    assert (await announced(pool, worker.worker_id)).count(EXPIRED) == 1


async def test_a_payment_in_time_that_commits_while_the_sweep_waits_for_it(pool: Pool, vault: Vault) -> None:
    """The clerk records at the last moment what was paid in grace; then nothing is inactive."""
    worker, _ = await self_payer(pool, vault)
    await move_to(pool, FEBRUARY)
    await sweep(pool)
    await move_to(pool, MAY)
    due = await named(pool, MAY)
    assert len(due) == 1
    async with transaction(pool) as tx:
        await handlers.carry_out(tx, pay(worker, APRIL, MAY, months=6), CLERK)
        sweeping = asyncio.create_task(sweep_of(pool, due, MAY))
        await waits_for_a_lock(pool)
    assert await sweeping == Swept()
    assert INACTIVATED not in await announced(pool, worker.worker_id)


async def test_two_payments_at_once_join_one_after_the_other(pool: Pool, vault: Vault) -> None:
    worker, _ = await self_payer(pool, vault)
    await move_to(pool, FEBRUARY)
    await asyncio.gather(*(carry_out(pool, pay(worker, FEBRUARY, FEBRUARY, months)) for months in (1, 2)))
    found = await find(pool, vault, 1)
    periods = sorted(found.memberships[0].periods, key=lambda period: period.covered_from)
    assert [period.covered_from for period in periods[1:]] == [period.end for period in periods[:-1]]
    assert (periods[-1].end, periods[-1].grace_until) == (MAY, date(2027, 8, 1))
    assert len(found.memberships) == 1


async def test_no_budget_limits_for_how_many_months_people_pay_themselves(pool: Pool, vault: Vault) -> None:
    cohort = await approve(pool, NEW_YEAR, FEBRUARY, funding="SELF", places=1)
    assert cohort.person_months is None
    await enroll(pool, vault, cohort, [1])
    worker = await find(pool, vault, 1)
    paid = await carry_out(pool, pay(worker, NEW_YEAR, NEW_YEAR, months=12))
    assert max(period.end for period in paid.memberships[0].periods) == date(2028, 2, 1)


async def test_of_two_payments_at_once_after_the_grace_one_begins_anew(pool: Pool, vault: Vault) -> None:
    worker, _ = await self_payer(pool, vault)
    await move_to(pool, MAY)
    paid = await asyncio.gather(
        *(carry_out(pool, pay(worker, MAY, MAY, months)) for months in (1, 2)), return_exceptions=True
    )
    refused = [one for one in paid if isinstance(one, Rejected)]
    assert [refusal.code for refusal in refused] == ["continued_elsewhere"]
    assert len((await find(pool, vault, 1)).memberships) == 2
    assert (await announced(pool, worker.worker_id)).count("coverage_started") == 2


async def test_many_races_of_payments_suspensions_and_sweeps(pool: Pool, vault: Vault) -> None:
    numbers = range(60)
    await enroll(pool, vault, await self_payers(pool), numbers)
    workers = [await find(pool, vault, number) for number in numbers]
    await move_to(pool, MAY)
    suspensions = [Suspend(w.worker_id, w.memberships[0].coverage_id, NEW_YEAR, None, "requested") for w in workers]
    await asyncio.gather(
        *(carry_out(pool, pay(worker, APRIL, MAY, months=6)) for worker in workers),
        *(carry_out(pool, suspension) for suspension in suspensions[::2]),
        *(sweep(pool) for _ in range(4)),
    )
    await sweep(pool)
    for worker in workers:
        told = [fact for fact in await announced(pool, worker.worker_id) if fact != "coverage_suspended"]
        assert told in (
            ["worker_registered", "coverage_started", RENEWED],
            ["worker_registered", "coverage_started", EXPIRED, INACTIVATED, RENEWED],
        )
    await move_to(pool, date(2028, 1, 1))
    assert await sweep(pool) == Swept(expired=60, inactivated=60)
    assert await pool.fetchval("select count(*) from suspension where upper_inf(days)") == 30


async def test_what_is_paid_twice_is_told_once_by_files_and_by_renewals(
    pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    await enroll(pool, vault, cohort, range(3))
    await enroll(pool, vault, await approve(pool, MAY, OCTOBER, funding="CSR"), range(2))
    found = await facts(pool, "double_funding_found")
    first, other = [await find(pool, vault, number) for number in range(2)]
    assert {fact["key"] for fact in found} == {first.worker_id, other.worker_id}
    assert {(fact["overlaps_from"], fact["overlaps_until"], fact["person_months"]) for fact in found} == {
        ("2027-05-01", "2027-07-01", 2)
    }
    beside = await approve(pool, NEW_YEAR, MAY, funding="PROVINCE")
    await renew(pool, vault, beside, range(2))
    await renew(pool, vault, beside, range(2))
    assert len(await facts(pool, "double_funding_found")) == 4
    assert len({finding.finding_id for m in (await find(pool, vault, 0)).memberships for finding in m.findings}) == 2


async def test_the_database_itself_forbids(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    """Days never overlap where two would contradict each other, and a pair is told once."""
    await enroll(pool, vault, cohort, [1])
    await enroll(pool, vault, await approve(pool, MAY, OCTOBER, funding="CSR"), [1])
    worker = await find(pool, vault, 1)
    (coverage_id,) = (m.coverage_id for m in worker.memberships if m.periods[0].covered_from == NEW_YEAR)
    await carry_out(pool, Suspend(worker.worker_id, coverage_id, MARCH, None, "requested"))
    forbidden = {
        "insert into suspension values ($1, '[2027-04-01,2027-05-01)', 'requested')": asyncpg.ExclusionViolationError,
        "insert into suspension values ($1, '[2027-04-01,)', 'requested')": asyncpg.ExclusionViolationError,
        "insert into suspension values ($1, 'empty', 'requested')": asyncpg.CheckViolationError,
        "insert into suspension values (gen_random_uuid(), '[2027-04-01,)', $1::text)": (
            asyncpg.ForeignKeyViolationError
        ),
        "update period set period = '[2027-02-01,2027-02-01)' where coverage_id = $1": asyncpg.CheckViolationError,
        "update period set grace_until = '2027-01-02' where coverage_id = $1": asyncpg.CheckViolationError,
        "update period set cut_at = '2027-03-01' where coverage_id = $1": asyncpg.CheckViolationError,
        """
        insert into period (coverage_id, cohort_id, period)
        select coverage_id, gen_random_uuid(), period from period where coverage_id = $1
        """: asyncpg.ExclusionViolationError,
        """
        insert into double_funding
        select gen_random_uuid(), one_coverage_id, other_coverage_id, one_cohort_id, other_cohort_id, activity,
               shared_days, person_months, found_on
          from double_funding where $1 in (one_coverage_id, other_coverage_id)
        """: asyncpg.UniqueViolationError,
        """
        insert into contribution select 'any', '[2026-12-01,2027-02-01)', 1, $1::text
        """: asyncpg.ExclusionViolationError,
    }
    for statement, error in forbidden.items():
        with pytest.raises(error):
            await pool.execute(statement, str(coverage_id) if "$1::text" in statement else coverage_id)


async def test_a_month_costs_what_the_table_says_of_its_first_day(pool: Pool) -> None:
    days = [date(2026, 3, 1), date(2026, 4, 1), date(2026, 12, 1), date(2027, 1, 1)]
    async with transaction(pool) as tx:
        assert await coverage_store.monthly_contributions(tx, None, days) == [16_800, 8_400, 8_400, 16_800]
        assert await coverage_store.monthly_contributions(tx, "transport", days) == [8_400, 8_400, 8_400, 8_400]
        assert await coverage_store.monthly_contributions(tx, "farming", days[:2]) == [16_800, 8_400]


async def test_a_termination_learned_late_ends_at_its_own_day(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    await enroll(pool, vault, cohort, [1])
    worker = await find(pool, vault, 1)
    await move_to(pool, JUNE)
    await sweep(pool)
    ended = await carry_out(
        pool, Terminate(worker.worker_id, worker.memberships[0].coverage_id, MARCH, "became_wage_earner")
    )
    assert ended.memberships[0].periods[0].end == MARCH
    (fact,) = await facts(pool, "coverage_terminated")
    assert fact["time"] == midnight(MARCH)


async def test_a_membership_begins_with_what_a_row_says_of_it(pool: Pool) -> None:
    cohort = await approve(pool, NEW_YEAR, None, funding="SELF")
    command = Enroll(uuid4(), uuid4(), cohort, KETEWEL, FEBRUARY, NEW_YEAR, "fishing", NEW_YEAR, 2)
    async with transaction(pool) as tx:
        worker = await handlers.carry_out(tx, command, CLERK)
    (started,) = await facts(pool, "coverage_started")
    told = {name: started[name] for name in ("activity", "paid_on", "covered_until", "grace_until")}
    assert told == {
        "activity": "fishing",
        "paid_on": "2027-01-01",
        "covered_until": "2027-04-01",
        "grace_until": "2027-07-01",
    }
    assert worker.memberships[0].activity == "fishing"


async def sweep_of(pool: Pool, due: list[Place], today: date) -> Swept:
    async with transaction(pool) as tx:
        return await announce(tx, due, today, CLERK)
