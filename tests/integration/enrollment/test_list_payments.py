"""From which day the payment of a list covers whom, with the months for it; and whom it does not cover."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest_asyncio
from httpx2 import ASGITransport, AsyncClient

from services.chassis.postgres import Pool
from services.chassis.vault import Vault
from services.enrollment.app import make_app
from services.enrollment.cohorts.waiting import Moved, move_up
from services.enrollment.domain import Cohort, Correct
from tests.integration.enrollment.conftest import NEW_YEAR, approve, carry_out, facts, find, move_to
from tests.integration.enrollment.lists import CLERK, act, cells, look, send
from tests.integration.enrollment.lists import work as do_all
from tests.sheets import as_csv

JANUARY_5, MARCH_10 = date(2027, 1, 5), date(2027, 3, 10)


@pytest_asyncio.fixture
async def http(pool: Pool, vault: Vault) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(make_app(pool, vault, scenario=True))
    async with AsyncClient(transport=transport, base_url="http://enrollment", headers=CLERK) as client:
        yield client


async def sent_and_approved(
    http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort, *, on: date | None = None
) -> str:
    """Send a list of two people on New Year, and have it approved then, or on a later day."""
    batch_id: str = (await send(http, cohort.cohort_id, as_csv([cells(1), cells(2)])))["batch_id"]
    await do_all(pool, vault)
    if on is not None:
        await move_to(pool, on)
    await act(http, batch_id, "approvals")
    await do_all(pool, vault)
    return batch_id


async def paid(http: AsyncClient, pool: Pool, vault: Vault, batch_id: str, on: date) -> list[dict[str, Any]]:
    """Confirm a payment, and give the notices of the list after it."""
    answer = await act(http, batch_id, "payments", {"paid_on": str(on)})
    assert answer.status_code == 200, answer.text
    await do_all(pool, vault)
    notices: list[dict[str, Any]] = (await look(http, batch_id))["notices"]
    return notices


async def first_days(pool: Pool) -> list[object]:
    return [fact["covered_from"] for fact in await facts(pool, "coverage_started")]


async def months(pool: Pool) -> tuple[int, ...]:
    """Give the person-months that are taken, and reserved."""
    (row,) = await pool.fetch("select months_taken, months_reserved from quota")
    return tuple(row)


async def dates(pool: Pool, vault: Vault, number: int) -> tuple[date, ...]:
    (row,) = await pool.fetch(
        "select proposed_on, verified_on, paid_on, active_from from proposal where worker_id = $1",
        (await find(pool, vault, number)).worker_id,
    )
    return tuple(row)


async def test_a_payment_from_before_the_approval_covers_from_its_own_day_and_takes_the_months_for_it(
    http: AsyncClient, pool: Pool, vault: Vault
) -> None:
    cohort = await approve(pool, person_months=12)
    batch_id = await sent_and_approved(http, pool, vault, cohort, on=MARCH_10)
    assert await months(pool) == (0, 8)
    assert [one["code"] for one in await paid(http, pool, vault, batch_id, JANUARY_5)] == ["paid_before_approval"]
    assert await first_days(pool) == [str(JANUARY_5)] * 2
    assert await dates(pool, vault, 1) == (NEW_YEAR, MARCH_10, JANUARY_5, JANUARY_5)
    assert await months(pool) == (12, 0)
    assert len(await paid(http, pool, vault, batch_id, JANUARY_5)) == 1, "the same day again is told once"


async def test_a_payment_for_which_the_budget_lacks_the_months_is_refused_whole_and_says_how_many(
    http: AsyncClient, pool: Pool, vault: Vault
) -> None:
    cohort = await approve(pool, person_months=10)
    batch_id = await sent_and_approved(http, pool, vault, cohort, on=MARCH_10)
    refused = await act(http, batch_id, "payments", {"paid_on": str(JANUARY_5)})
    assert (refused.status_code, refused.json()["code"]) == (409, "person_months_exhausted")
    assert f"Cover from {JANUARY_5} on takes 2 person-months more" in refused.json()["english"]
    await do_all(pool, vault)
    assert (await first_days(pool), await months(pool)) == ([], (0, 8))
    assert (await look(http, batch_id))["payments"] == []
    assert await paid(http, pool, vault, batch_id, MARCH_10) == []
    assert (await first_days(pool), await months(pool)) == ([str(MARCH_10)] * 2, (8, 0))


async def test_who_moved_up_is_not_covered_before_that_day_and_who_waits_is_counted_for_the_clerk(
    http: AsyncClient, pool: Pool, vault: Vault
) -> None:
    cohort = await approve(pool, places=1, person_months=10)
    batch_id = await sent_and_approved(http, pool, vault, cohort)
    (left_out,) = await paid(http, pool, vault, batch_id, NEW_YEAR)
    assert left_out["code"] == "not_covered_by_payment"
    assert "1 wait for a place" in left_out["english"]
    covered = await find(pool, vault, 1)
    (membership,) = covered.memberships
    await move_to(pool, MARCH_10)
    nothing = Correct(covered.worker_id, membership.coverage_id, cohort.cohort_id, NEW_YEAR, NEW_YEAR, MARCH_10)
    await carry_out(pool, nothing)
    assert await move_up(pool) == Moved(reserved=1)
    assert await paid(http, pool, vault, batch_id, JANUARY_5) == [left_out]
    assert await first_days(pool) == [str(NEW_YEAR), str(MARCH_10)]
    assert await dates(pool, vault, 2) == (NEW_YEAR, NEW_YEAR, JANUARY_5, MARCH_10)
    assert await months(pool) == (4, 0)
