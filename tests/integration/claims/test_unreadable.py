"""A claim that is stored in a form that cannot be read is named, and holds up nobody else's."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest_asyncio
from httpx2 import ASGITransport, AsyncClient

from services.chassis.postgres import Pool
from services.chassis.vault import Vault
from services.claims.app import make_app
from tests.integration.claims.conftest import announced, claim_in, hear_of_cover, stored
from tests.integration.claims.office import DECIDER, PAYER, Office
from tests.unit.claims.cases import SAME_WAYAN, WAYAN


@pytest_asyncio.fixture
async def http(pool: Pool, vault: Vault) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(
        transport=ASGITransport(make_app(pool, vault, scenario=False)), base_url="http://claims"
    ) as client:
        yield client


async def test_what_cannot_be_read_is_named_and_the_others_go_on(pool: Pool, vault: Vault, http: AsyncClient) -> None:
    claims = []
    for worker_id in (WAYAN, SAME_WAYAN):
        await hear_of_cover(pool, worker_id)
        claims.append(await claim_in("ordered", pool, vault, worker_id))
    good, bad = claims
    await pool.execute('update claim set body = body || \'{"state": "nonsense"}\' where claim_id = $1', bad.claim_id)

    listed = (await http.get("/v1/claims", headers=DECIDER)).json()
    assert ([row["claim_id"] for row in listed["rows"]], listed["unreadable"]) == (
        [str(good.claim_id)],
        [str(bad.claim_id)],
    )
    orders = await http.get("/v1/payment-orders.csv", headers=PAYER)
    assert orders.headers["Payung-Unreadable"] == str(bad.claim_id)
    assert str(good.payments[0].payment_id) in orders.text
    shown = await http.get(f"/v1/claims/{bad.claim_id}", headers=DECIDER)
    assert (shown.status_code, shown.json()["code"]) == (409, "CLAIM_UNREADABLE")
    assert "nonsense" not in shown.text

    office, on = Office(http), good.payments[0].ordered_on

    def line(payment_id: UUID, status: str, reference: str, code: str = "") -> str:
        return f"{payment_id},{status},{on},42000000,{reference},{code}"

    good_id, bad_id = (claim.payments[0].payment_id for claim in claims)
    done = await office.bank(
        line(bad_id, "paid", "B-1"),
        line(good_id, "returned", "B-3", "ACCOUNT_CLOSED"),  # the newest first
        line(good_id, "paid", "B-2"),
    )
    (refused,) = done["rejected"]
    assert (refused["row"], refused["code"]) == (2, "CLAIM_UNREADABLE")
    assert str(bad.claim_id) in refused["english"]
    assert (done["paid"], done["returned"]) == (1, 1)
    assert (await announced(pool))[-2:] == ["claim_paid", "payment_returned"]
    assert (await stored(pool, good.claim_id)).state == "returned"
