"""Claims over HTTP: roles, two languages, idempotency keys, and nothing personal in any answer."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from httpx2 import ASGITransport, AsyncClient, Response
from payung_contracts.platform import Tick

from services.chassis import ticks
from services.chassis.postgres import Pool, transaction
from services.chassis.vault import Vault
from services.claims.api import FILE_BYTES_MAX
from services.claims.app import make_app
from services.claims.payments import COLUMNS
from tests.integration.claims.conftest import PAYEE, announced, hear_of_cover
from tests.unit.claims.cases import KETUT, MADE, PUTU, WAYAN

REPORT = {"worker_id": str(WAYAN), "programme": "JKM", "incident_on": "2025-10-03"}
FILE = f"{','.join(COLUMNS)}\nJHT-1,JHT,PU,2024-11-20,1687,25000000000,51.04\nJHT-2,JHT,XX,2024-11-20,1,1,51.04\n"
CSV = {"Content-Type": "text/csv"}
KEY = {"Idempotency-Key": "report-1"}
DECIDER = {"Payung-Actor": MADE, "Payung-Roles": "decider"}


@pytest_asyncio.fixture
async def http(pool: Pool, vault: Vault) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(make_app(pool, vault, scenario=True))
    async with AsyncClient(transport=transport, base_url="http://claims") as client:
        yield client


async def post(http: AsyncClient, path: str, actor: str, roles: str, body: Any = None, **headers: str) -> Response:
    return await http.post(
        path,
        json=body,
        headers={
            "Payung-Actor": actor,
            "Payung-Roles": roles,
            **{key.replace("_", "-"): headers[key] for key in headers},
        },
    )


async def reported(http: AsyncClient, pool: Pool) -> str:
    await hear_of_cover(pool)
    answer = await post(http, "/v1/claims", PUTU, "", REPORT)
    assert answer.status_code == 201
    return f"/v1/claims/{answer.json()['claim_id']}"


async def decided(http: AsyncClient, pool: Pool) -> str:
    claim = await reported(http, pool)
    assert (await post(http, f"{claim}/submission", PUTU, "proposer", {"payee": PAYEE})).status_code == 200
    assert (await post(http, f"{claim}/decision", MADE, "decider")).status_code == 200
    return claim


async def test_a_claim_from_report_to_payment(http: AsyncClient, pool: Pool, vault: Vault) -> None:
    claim = await decided(http, pool)
    ordered = await post(http, f"{claim}/payment-order", KETUT, "payer")
    today = (await http.get("/v1/clock")).json()["business_date"]
    payee = await http.get(f"{claim}/payee", headers={"Payung-Actor": KETUT, "Payung-Roles": "payer"})
    assert payee.json() == PAYEE
    paid = await post(http, f"{claim}/payment", KETUT, "payer", {"paid_on": ordered.json()["ordered_on"] or today})
    shown = (await http.get(claim)).json()
    assert paid.json() == shown | {"consistency": paid.headers["Payung-Consistency"]}
    assert (shown["state"], shown["outcome"], shown["amount_idr"]) == ("paid", "approved", 42_000_000)
    assert shown["decision"]["memberships"][0]["last_covered_day"] is None
    for answer in (ordered, paid):
        assert PAYEE["account"] not in answer.text
        assert PAYEE["name"] not in answer.text
    assert await vault.keys.pool.fetchval("select count(*) from key_read") == 1


async def test_an_unknown_worker_is_accepted_and_waits(http: AsyncClient) -> None:
    answer = await post(http, "/v1/claims", PUTU, "", REPORT)
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")


@pytest.mark.parametrize(
    ("step", "actor", "roles", "status", "code"),
    [
        ("decision", MADE, "proposer,payer", 403, "role_missing"),
        ("decision", PUTU, "decider", 403, "SAME_PERSON"),
        ("payment-order", KETUT, "payer", 409, "WRONG_STATE"),
        ("death-retraction", MADE, "decider", 409, "WRONG_STATE"),
        ("death-retraction", KETUT, "payer", 403, "role_missing"),
    ],
)
async def test_refusals_are_problems_in_two_languages(
    http: AsyncClient, pool: Pool, step: str, actor: str, roles: str, status: int, code: str
) -> None:
    claim = await reported(http, pool)
    await post(http, f"{claim}/submission", PUTU, "proposer", {"payee": PAYEE})
    refused = await post(http, f"{claim}/{step}", actor, roles)
    assert refused.status_code == status
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json().get("code") == code
    if code is not None:
        assert refused.json()["indonesian"]
        assert refused.json()["english"]


async def test_proposer_and_decider_cannot_pay(http: AsyncClient, pool: Pool) -> None:
    claim = await decided(http, pool)
    for actor in (PUTU, MADE):
        refused = await post(http, f"{claim}/payment-order", actor, "proposer,decider,payer")
        assert (refused.status_code, refused.json()["code"]) == (403, "SAME_PERSON")
    assert "payment_ordered" not in await announced(pool)


async def test_the_same_key_gives_the_same_answer_and_another_body_is_refused(http: AsyncClient, pool: Pool) -> None:
    await hear_of_cover(pool)
    answers = [await post(http, "/v1/claims", PUTU, "", REPORT, **KEY) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    other = REPORT | {"programme": "JKK"}
    assert (await post(http, "/v1/claims", PUTU, "", other, **KEY)).status_code == 422
    assert await announced(pool) == ["claim_reported"]


async def test_a_second_report_names_the_claim_that_is_under_way(http: AsyncClient, pool: Pool) -> None:
    claim = await reported(http, pool)
    refused = await post(http, "/v1/claims", PUTU, "", REPORT)
    assert (refused.status_code, refused.json()["code"]) == (409, "DUPLICATE_CLAIM")
    assert claim.rsplit("/", 1)[1] in refused.json()["detail"]


async def test_errors_never_repeat_what_was_sent(http: AsyncClient, pool: Pool) -> None:
    claim = await reported(http, pool)
    wrong = {"payee": {"name": PAYEE["name"], "bank": "BPD", "account": "x" * 51, "nik": "5104014101700001"}}
    refused = await post(http, f"{claim}/submission", PUTU, "proposer", wrong)
    assert refused.status_code == 422
    for secret in (PAYEE["name"], "x" * 51, "5104014101700001"):
        assert secret not in refused.text


async def test_what_is_not_there_is_404(http: AsyncClient) -> None:
    assert (await http.get(f"/v1/claims/{uuid4()}")).status_code == 404
    assert (await post(http, f"/v1/claims/{uuid4()}/decision", MADE, "decider")).status_code == 404


async def test_a_payee_is_shown_to_the_payer_only_while_a_payment_is_due(http: AsyncClient, pool: Pool) -> None:
    claim = await decided(http, pool)
    asked = await http.get(f"{claim}/payee", headers={"Payung-Actor": KETUT, "Payung-Roles": "payer"})
    assert asked.status_code == 409
    asked = await http.get(f"{claim}/payee", headers={"Payung-Actor": PUTU, "Payung-Roles": "proposer"})
    assert asked.status_code == 403


async def test_recorded_payments_go_in_row_by_row(http: AsyncClient) -> None:
    headers = {"Payung-Actor": KETUT, "Payung-Roles": "payer"} | CSV
    answer = (await http.post("/v1/payments", content=FILE, headers=headers)).json()
    assert (answer["rows"], answer["recorded"], answer["unchanged"]) == (2, 1, 0)
    assert [(row["row"], row["column"], row["code"]) for row in answer["rejected"]] == [
        (3, "segment", "segment_unknown")
    ]
    refused = await http.post("/v1/payments", content="a,b\n", headers=headers)
    assert (refused.status_code, bool(refused.json()["indonesian"])) == (422, True)


async def test_payments_that_are_too_large_are_not_read_whole(http: AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 4 * FILE_BYTES_MAX:
            sent += 2**20
            yield bytes(2**20)

    headers = {"Payung-Actor": KETUT, "Payung-Roles": "payer"} | CSV
    assert (await http.post("/v1/payments", content=endless(), headers=headers)).status_code == 413
    assert sent <= FILE_BYTES_MAX + 2**20


async def test_the_clock_moves_forward_only(http: AsyncClient, pool: Pool) -> None:
    await reported(http, pool)
    assert (await http.post("/v1/clock", json={"now": "2099-01-01T00:00:00+08:00"})).status_code == 200
    assert (await http.get("/v1/clock")).json()["now"].startswith("2098-12-31T16:00:00")
    assert (await http.post("/v1/clock", json={"now": "2025-01-01T00:00:00+08:00"})).status_code == 409


async def test_the_clock_stands_where_no_scenario_is_played(pool: Pool, vault: Vault) -> None:
    transport = ASGITransport(make_app(pool, vault, scenario=False))
    async with AsyncClient(transport=transport, base_url="http://claims") as client:
        assert (await client.post("/v1/clock", json={"now": "2099-01-01T00:00:00+08:00"})).status_code == 403


async def test_every_route_is_described(http: AsyncClient) -> None:
    described = (await http.get("/openapi.json")).json()
    for path, methods in described["paths"].items():
        for method, route in methods.items():
            assert route["summary"], f"{method} {path}"


async def test_a_claim_may_rest_on_what_enrollment_just_did(pool: Pool, vault: Vault) -> None:
    await hear_of_cover(pool)
    tick = Tick(
        source="enrollment",
        epoch=1,
        number=1,
        snapshot="7:9:7",
        clock=datetime(2026, 1, 1, tzinfo=UTC),
        complete_until=None,
        offsets={},
        count=0,
        checksum="0" * 32,
    )
    async with transaction(pool) as tx:
        await ticks.keep(tx, [tick])
    transport = ASGITransport(make_app(pool, vault, scenario=True, include_s_max=0.1))
    async with AsyncClient(transport=transport, base_url="http://claims") as http:
        told = [
            await http.post("/v1/claims", params={"after": f"enrollment:{txid}"}, json=REPORT) for txid in (7, 9, 8)
        ]
        assert [answer.status_code for answer in told] == [409, 409, 201]
        assert [answer.json().get("code") for answer in told] == ["not_yet", "not_yet", None]
        claim = f"/v1/claims/{told[-1].json()['claim_id']}"
        own = {"Payung-Consistency": told[-1].headers["Payung-Consistency"]}
        assert (await http.get(claim, headers=own)).json()["state"] == "reported"
        assert (await http.get(claim, params={"after": "reporting:1"})).json()["code"] == "token_unknown"
        decision = await http.post(f"{claim}/decision", params={"after": "enrollment:9"}, headers=DECIDER)
        assert (decision.status_code, decision.json()["code"]) == (409, "not_yet")
