"""Whoever is named in the claims of an erased person goes as well, as soon as nothing is owed to them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest_asyncio
from httpx2 import ASGITransport, AsyncClient

from services.chassis.postgres import Pool, transaction
from services.chassis.vault import Vault, erasures
from services.claims import handlers, store
from services.claims.app import make_app
from services.claims.claim import Claim
from services.claims.privacy.erase import erase_again, finish
from tests.integration.claims.conftest import by, hear, hear_of_cover
from tests.integration.claims.office import ACCIDENT, DECIDER, FATAL, MOTHER, PAYER, PROPOSER, SECRETS, Office
from tests.unit.claims.cases import KETUT, SAME_WAYAN, WAYAN, merged, merged_into

ERASED = ("enrollment.worker_erased.v1", {"erased_on": "2025-10-20"})
OFFICER = {"Payung-Actor": "officer", "Payung-Roles": "data_protection"}
FATHER = MOTHER | {"name": "I Ketut Rahasia", "account": "88-54321-RHS"}
ASKED = {"purpose": "person_asked"}


@pytest_asyncio.fixture
async def http(pool: Pool, vault: Vault, tmp_path: Path) -> AsyncIterator[AsyncClient]:
    app = make_app(pool, vault, scenario=True)
    app.state.erasures = tmp_path
    async with AsyncClient(transport=ASGITransport(app), base_url="http://claims", headers=OFFICER) as client:
        yield client


@dataclass(frozen=True, slots=True)
class Named:
    """A fatal accident whose payment is under way: who is to be paid, who was to be, and the story with witnesses."""

    claim: Claim
    ids: list[UUID]


@pytest_asyncio.fixture
async def named(pool: Pool, http: AsyncClient) -> Named:
    await hear_of_cover(pool)
    office = Office(http)
    claim = await office.submitted(await office.report(**FATAL), FATHER)
    await office.step(claim, "payees", PROPOSER, payees=[MOTHER])
    await office.step(claim, "decision", DECIDER)
    await office.step(claim, "payment-order", PAYER)
    ids = await pool.fetchval("select vault_ids from claim")
    assert len(ids) == len(await pool.fetch("select from vault")) == 3
    return Named(await stored(pool), ids)


async def stored(pool: Pool) -> Claim:
    async with transaction(pool) as tx:
        (claim,) = (await store.look(tx, [WAYAN]))[WAYAN].claims
    return claim


async def pay(pool: Pool, claim: Claim, days_late: int = 0) -> None:
    (payment,) = claim.payments
    async with transaction(pool) as tx:
        await tx.execute(
            "update claim set body = jsonb_set(body, '{payments,0,due_on}', to_jsonb($1::date))",
            payment.ordered_on - timedelta(days=days_late),
        )
    async with transaction(pool) as tx:
        await handlers.pay(
            tx, claim.claim_id, payment_id=payment.payment_id, paid_on=payment.ordered_on,
            amount_idr=payment.ordered_idr, bank_reference=None, act=by(KETUT),
        )  # fmt: skip


async def extract(http: AsyncClient, worker_id: UUID = WAYAN) -> Any:
    return (await http.post(f"/v1/workers/{worker_id}/extracts", json=ASKED, headers=OFFICER)).json()


async def test_whoever_a_claim_names_goes_when_nothing_is_owed(
    http: AsyncClient, pool: Pool, vault: Vault, named: Named, tmp_path: Path
) -> None:
    await hear(pool, ERASED, after=2)
    assert await pool.fetchval("select key_owners is null from erasure"), "taken in with its offset, nothing more"
    await finish(pool, vault.keys, tmp_path)
    assert await vault.keys.held(named.ids) == set(named.ids), "still to be paid"
    assert [entry.erased.person_id for entry in erasures.read(tmp_path)] == [WAYAN]

    told = await extract(http)
    documents = {each["of"]: each["document"] for each in told["sealed"]}
    assert documents["payee"]["name"] == MOTHER["name"]
    assert documents["earlier"]["name"] == FATHER["name"]
    assert documents["account"]["story"] == ACCIDENT["story"]
    assert told["claims"][0]["findings"]["findings"]["died_on"] == FATAL["died_on"]
    assert told["cover"][0]["cover"]["memberships"]
    assert told["erasure"]["actor"] == "tester"

    await pay(pool, named.claim)
    await finish(pool, vault.keys, tmp_path)
    assert await vault.keys.held(named.ids) == set()
    proof = (await http.get(f"/v1/workers/{WAYAN}/erasures")).json()
    assert (proof["left"], proof["destroyed"], proof["chain_holds"]) == (
        {"documents": 0, "keys": 0}, {"documents": 3}, True,
    )  # fmt: skip
    told = await extract(http)
    assert [each["document"] for each in told["sealed"]] == [None] * 3
    assert told["claims"][0]["claim"]["state"] == "paid"
    assert not any(secret in str(told) for secret in SECRETS)
    (payee,) = (await stored(pool)).payees
    assert (payee.account_index, payee.name_index) == ("", ""), "no hash of an account or a name is left"

    await finish(pool, vault.keys, tmp_path)
    assert len(erasures.read(tmp_path)) == 2, "listed once, and once more with those whom the claim named"


async def test_what_is_owed_for_lateness_keeps_whom_it_is_owed_to(
    pool: Pool, vault: Vault, named: Named, tmp_path: Path
) -> None:
    await pay(pool, named.claim, days_late=1)
    await hear(pool, ERASED, after=2)
    await finish(pool, vault.keys, tmp_path)
    assert (await stored(pool)).state == "paid"
    assert await vault.keys.held(named.ids) == set(named.ids)


async def test_an_extract_holds_what_there_is_under_every_entry_of_the_person(
    http: AsyncClient, pool: Pool, named: Named
) -> None:
    assert (await extract(http, SAME_WAYAN))["claims"] == []
    await hear(pool, merged(SAME_WAYAN), after=2)
    await hear(pool, merged_into(WAYAN), worker_id=SAME_WAYAN)
    told = await extract(http, SAME_WAYAN)
    assert [each["claim"]["claim_id"] for each in told["claims"]] == [str(named.claim.claim_id)]
    assert told["claims"][0]["claim"]["signals"] is None, "they may tell of the office's own people"
    assert {each["worker_id"] for each in told["cover"]} == {str(WAYAN), str(SAME_WAYAN)}
    assert len(told["facts"]) == len((await extract(http))["facts"]) > 0


async def test_hearing_of_an_erasure_twice_changes_nothing(pool: Pool, vault: Vault, tmp_path: Path) -> None:
    await hear_of_cover(pool)
    for sequence in (2, 3):
        await hear(pool, ERASED, after=sequence)
        await finish(pool, vault.keys, tmp_path)
    assert len(erasures.read(tmp_path)) == 1
    assert await pool.fetchval("select settled_at is not null from erasure")


async def test_a_restored_database_is_emptied_before_the_service_opens(
    pool: Pool, vault: Vault, named: Named, tmp_path: Path
) -> None:
    await pay(pool, named.claim)
    documents = await pool.fetch("select person_id, document from vault")
    keys = await vault.keys.pool.fetch("select * from person_key")
    await hear(pool, ERASED, after=2)
    await finish(pool, vault.keys, tmp_path)
    await pool.execute("delete from erasure")
    await pool.executemany("insert into vault values ($1, $2)", map(tuple, documents))
    await vault.keys.pool.executemany("insert into person_key values ($1, $2, $3, $4)", map(tuple, keys))
    await erasures.apply(pool, vault.keys, tmp_path, erase_again)
    assert await pool.fetchval("select count(*) from vault") == 0
    assert await vault.keys.held(named.ids) == set()
