"""Lists and the register while a payment, an erasure or a merge is under way: nothing lost, nobody under a dead id."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date

import pytest_asyncio
from httpx2 import ASGITransport, AsyncClient

from services.chassis.postgres import Pool, transaction
from services.chassis.vault import Vault
from services.enrollment.app import make_app
from services.enrollment.domain import Cohort
from services.enrollment.privacy import erase
from tests.integration.enrollment.conftest import APPROVER, approve, enroll, facts, find, move_to, waits_for_a_lock
from tests.integration.enrollment.lists import CLERK, act, cells, look, send
from tests.integration.enrollment.lists import work as do_all
from tests.sheets import TITLES, as_csv

ENDS_S_MAX = 30


@pytest_asyncio.fixture
async def http(pool: Pool, vault: Vault) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(make_app(pool, vault, scenario=True))
    async with AsyncClient(transport=transport, base_url="http://enrollment", headers=CLERK) as client:
        yield client


async def read(http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort, content: bytes) -> str:
    batch_id: str = (await send(http, cohort.cohort_id, content))["batch_id"]
    await do_all(pool, vault)
    return batch_id


async def test_a_payment_under_way_is_not_lost_to_an_approval(
    http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    batch_id = await read(http, pool, vault, cohort, as_csv([cells(1), cells(2), cells(3, nik="123")]))
    await act(http, batch_id, "approvals")
    await do_all(pool, vault)
    assert (await act(http, batch_id, "payments", {"paid_on": "2027-01-01"})).status_code == 200
    refused = await act(http, batch_id, "approvals")
    assert (refused.status_code, refused.json()["code"]) == (409, "batch_state")
    await do_all(pool, vault)
    assert (await look(http, batch_id))["payments"][0]["people"] == 2
    assert len(await facts(pool, "coverage_started")) == 2


async def test_a_list_that_asks_for_more_months_than_are_left_comes_to_an_end(
    http: AsyncClient, pool: Pool, vault: Vault
) -> None:
    cohort, titles = await approve(pool, places=10, person_months=6), (*TITLES, "Pekerjaan")
    first = await read(http, pool, vault, cohort, as_csv([cells(1, work="petani")], titles=titles))
    await act(http, first, "approvals")
    await do_all(pool, vault)
    await move_to(pool, date(2027, 6, 2))
    second = await read(
        http, pool, vault, cohort, as_csv([cells(1, work="nelayan"), cells(2, work="petani")], titles=titles)
    )
    await act(http, second, "approvals")
    async with asyncio.timeout(ENDS_S_MAX):
        await do_all(pool, vault)
    assert (await look(http, second))["state"] == "applied"


async def test_who_is_erased_while_a_door_waits_goes_in_as_somebody_new(
    pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    await enroll(pool, vault, cohort, [1])
    before = (await find(pool, vault, 1)).worker_id
    other = await approve(pool)
    async with transaction(pool) as tx:
        await erase.erase(tx, before, reason="unlawful", force=True, act=APPROVER)
        coming = asyncio.create_task(enroll(pool, vault, other, [1]))
        await waits_for_a_lock(pool)
    assert (await coming).done == 1
    after = (await find(pool, vault, 1)).worker_id
    assert after != before
    last = await pool.fetchval("select type from ledger where key = $1 order by sequence desc limit 1", before)
    assert last == "enrollment.worker_erased.v1"


async def test_who_is_erased_between_proposal_and_payment_is_not_covered(
    http: AsyncClient, pool: Pool, vault: Vault
) -> None:
    cohort = await approve(pool, places=1)
    batch_id = await read(http, pool, vault, cohort, as_csv([cells(1), cells(2)]))
    await act(http, batch_id, "approvals")
    await do_all(pool, vault)
    for number in (1, 2):  # one has the place, the other waits for it
        async with transaction(pool) as tx:
            nobody = (await find(pool, vault, number)).worker_id
            await erase.erase(tx, nobody, reason="unlawful", force=True, act=APPROVER)
    await act(http, batch_id, "payments", {"paid_on": "2027-01-01"})
    await do_all(pool, vault)
    assert await facts(pool, "coverage_started") == []
    (quota,) = await pool.fetch("select taken, reserved, waiting from quota where cohort_id = $1", cohort.cohort_id)
    assert tuple(quota) == (0, 0, 0)
