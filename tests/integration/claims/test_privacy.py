"""Whoever is named in the claims of an erased person goes as well, as soon as nothing is owed to them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from httpx2 import ASGITransport, AsyncClient

from services.chassis.postgres import Pool, transaction
from services.chassis.vault import Vault, erasures
from services.claims import handlers
from services.claims.app import make_app
from services.claims.claim import Claim
from services.claims.privacy.erase import erase_again, finish
from tests.integration.claims.conftest import PAYEE, by, hear, hear_of_cover
from tests.unit.claims.cases import DEATH, KETUT, MADE, PUTU, TODAY, WAYAN

ERASED = ("enrollment.worker_erased.v1", {"erased_on": "2025-10-20"})
OFFICER = {"Payung-Actor": "officer", "Payung-Roles": "data_protection"}


@pytest_asyncio.fixture
async def http(pool: Pool, vault: Vault, tmp_path: Path) -> AsyncIterator[AsyncClient]:
    app = make_app(pool, vault, scenario=True)
    app.state.erasures = tmp_path
    async with AsyncClient(transport=ASGITransport(app), base_url="http://claims", headers=OFFICER) as client:
        yield client


@pytest_asyncio.fixture
async def ordered(pool: Pool, vault: Vault) -> Claim:
    """A claim whose payment is ordered, so that its payee is needed."""
    await hear_of_cover(pool)
    async with transaction(pool) as tx:
        claim = await handlers.report(
            tx, worker_id=WAYAN, programme="JKM", incident_on=DEATH, reported_on=None, act=by(PUTU)
        )
        await handlers.submit(tx, claim.claim_id, submitted_on=None, payee=PAYEE, vault=vault, act=by(PUTU))
        await handlers.decide(tx, claim.claim_id, act=by(MADE))
        return await handlers.order_payment(tx, claim.claim_id, act=by(KETUT))


async def pay(pool: Pool, claim: Claim) -> None:
    async with transaction(pool) as tx:
        day = claim.ordered_on or TODAY
        await handlers.pay(tx, claim.claim_id, paid_on=day, act=by(KETUT))


async def test_a_payee_goes_when_nothing_is_owed(
    http: AsyncClient, pool: Pool, vault: Vault, ordered: Claim, tmp_path: Path
) -> None:
    assert ordered.payee_id is not None
    await hear(pool, ERASED, after=2)
    assert await pool.fetchval("select key_owners is null from erasure"), "taken in with its offset, nothing more"
    await finish(pool, vault.keys, tmp_path)
    assert await vault.keys.held([ordered.payee_id]), "still to be paid"
    assert [entry.erased.person_id for entry in erasures.read(tmp_path)] == [WAYAN]

    extract = (await http.post(f"/v1/workers/{WAYAN}/extracts", json={"purpose": "person_asked"})).json()
    assert [payee["payee"] for payee in extract["payees"]] == [PAYEE]
    assert extract["erasure"]["actor"] == "tester"

    await pay(pool, ordered)
    await finish(pool, vault.keys, tmp_path)
    assert await vault.keys.held([ordered.payee_id]) == set()
    proof = (await http.get(f"/v1/workers/{WAYAN}/erasures")).json()
    assert (proof["left"], proof["destroyed"], proof["chain_holds"]) == (
        {"documents": 0, "keys": 0}, {"documents": 1}, True,
    )  # fmt: skip
    extract = (await http.post(f"/v1/workers/{WAYAN}/extracts", json={"purpose": "person_asked"})).json()
    assert [payee["payee"] for payee in extract["payees"]] == [None]
    assert extract["claims"][0]["state"] == "paid"
    assert PAYEE["account"] not in str(extract)

    await finish(pool, vault.keys, tmp_path)
    assert len(erasures.read(tmp_path)) == 2, "listed once, and once more with the payee"


async def test_hearing_of_an_erasure_twice_changes_nothing(pool: Pool, vault: Vault, tmp_path: Path) -> None:
    await hear_of_cover(pool)
    for sequence in (2, 3):
        await hear(pool, ERASED, after=sequence)
        await finish(pool, vault.keys, tmp_path)
    assert len(erasures.read(tmp_path)) == 1
    assert await pool.fetchval("select settled_at is not null from erasure")


async def test_a_restored_database_is_emptied_before_the_service_opens(
    pool: Pool, vault: Vault, ordered: Claim, tmp_path: Path
) -> None:
    await pay(pool, ordered)
    document = await pool.fetchval("select document from vault where person_id = $1", ordered.payee_id)
    key = await vault.keys.pool.fetchval(
        "select k::person_key from person_key k where person_id = $1", ordered.payee_id
    )
    await hear(pool, ERASED, after=2)
    await finish(pool, vault.keys, tmp_path)
    await pool.execute("delete from erasure")
    await pool.execute("insert into vault values ($1, $2)", ordered.payee_id, document)
    await vault.keys.pool.execute("insert into person_key select ($1::person_key).*", key)
    await erasures.apply(pool, vault.keys, tmp_path, erase_again)
    assert await pool.fetchval("select count(*) from vault") == 0
    assert await vault.keys.held([ordered.payee_id or WAYAN]) == set()
