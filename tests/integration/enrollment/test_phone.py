"""A worker's telephone number is corrected: in the vault, on record, and without any effect on cover."""

from collections.abc import AsyncIterator

import pytest_asyncio
from httpx2 import ASGITransport, AsyncClient

from services.chassis.postgres import Pool, transaction
from services.chassis.vault import Vault
from services.enrollment.app import make_app
from services.enrollment.domain import Cohort
from services.enrollment.privacy import erase
from tests.integration.enrollment.conftest import APPROVER, enroll, find
from tests.integration.enrollment.lists import CLERK

PURPOSE = "correct a telephone number"


@pytest_asyncio.fixture
async def http(pool: Pool, vault: Vault) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(make_app(pool, vault, scenario=True))
    async with AsyncClient(transport=transport, base_url="http://enrollment", headers=CLERK) as client:
        yield client


async def test_a_telephone_number_edited_ten_times_leaves_cover_and_facts_as_they_are(
    http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    await enroll(pool, vault, cohort, [1])
    before = await find(pool, vault, 1)
    path = f"/v1/workers/{before.worker_id}/phone-corrections"
    facts = await pool.fetchval("select count(*) from ledger")
    for number in range(10):
        answer = await http.post(path, json={"phone": f"+62812345678{number:02}"})
        assert (answer.status_code, "phone" in answer.text) == (200, False), answer.text
    assert (await find(pool, vault, 1), await pool.fetchval("select count(*) from ledger")) == (before, facts)
    reads = await vault.keys.reads(person_id=before.worker_id, limit=50)
    assert [(one.actor, one.purpose) for one in reads].count(("clerk-1", PURPOSE)) == 10
    async with transaction(pool) as tx:
        held = await vault.open(tx, before.worker_id, actor="officer", purpose="test")
    assert held["phone"] == "+6281234567809"
    tables = await pool.fetch("select tablename from pg_tables where schemaname = 'public' and tablename <> 'region'")
    for table in tables:
        statement = f'select count(*) from "{table[0]}" t where t::text ~ $1'  # noqa: S608 - names from the catalogue
        assert await pool.fetchval(statement, "62812345678") == 0, table[0]

    malformed = await http.post(path, json={"phone": "0812-3456-7810"})
    assert (malformed.status_code, "0812" in malformed.text) == (422, False)
    async with transaction(pool) as tx:
        await erase.erase(tx, before.worker_id, reason="unlawful", force=True, act=APPROVER)
    gone = await http.post(path, json={"phone": None})
    assert (gone.status_code, gone.json()["code"]) == (409, "worker_erased")
