"""Claims over HTTP: roles, two languages, idempotency keys, lists, and nothing personal in any answer."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest_asyncio
from httpx2 import ASGITransport, AsyncClient
from payung_contracts.platform import Tick

from services.chassis import ticks
from services.chassis.postgres import Pool, transaction
from services.chassis.vault import Vault
from services.claims.api.payments import FILE_BYTES_MAX
from services.claims.app import make_app
from services.claims.payments import COLUMNS
from tests.integration.claims.conftest import announced, hear_of_cover
from tests.integration.claims.office import (
    ACCIDENT,
    CSV,
    DECIDER,
    FATAL,
    MOTHER,
    PAYER,
    PROPOSER,
    REPORT,
    SECRETS,
    Office,
)
from tests.unit.claims.cases import KETUT, MADE, PUTU

FILE = f"{','.join(COLUMNS)}\nJHT-1,JHT,PU,2024-11-20,1687,25000000000,51.04\nJHT-2,JHT,XX,2024-11-20,1,1,51.04\n"
KEY = {"Idempotency-Key": "report-1"}


@pytest_asyncio.fixture
async def http(pool: Pool, vault: Vault) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(make_app(pool, vault, scenario=True))
    async with AsyncClient(transport=transport, base_url="http://claims") as client:
        yield client


@pytest_asyncio.fixture
async def office(http: AsyncClient, pool: Pool) -> Office:
    """The office, once it has heard of Wayan's cover."""
    await hear_of_cover(pool)
    return Office(http)


async def test_a_claim_from_report_to_payment_by_the_bank_s_file(office: Office, pool: Pool, vault: Vault) -> None:
    reported = await office.report()
    assert [one["code"] for one in reported["missing"]][:2] == ["PARTICIPANT_CARD", "PARTICIPANT_KTP"]
    pended = await office.step(reported, "submission", PROPOSER, payees=[MOTHER])
    assert (pended["state"], [why["code"] for why in pended["pended_for"]]) == ("pended", ["DOCUMENT_INCOMPLETE"])
    brought = [{"code": one["code"]} for one in pended["missing"]]
    complete = await office.step(reported, "documents", PROPOSER, documents=brought)
    assert (complete["state"], complete["missing"], complete["days_late"]) == ("submitted", [], None)
    assert complete["due_on"] > complete["completed_on"] == await office.today()
    decided = await office.step(reported, "decision", DECIDER)
    assert (decided["outcome"], decided["amount_idr"], decided["money"]["due_idr"]) == (
        "approved",
        42_000_000,
        42_000_000,
    )
    assert decided["decision"]["memberships"][0]["last_covered_day"] is None
    ordered = await office.step(reported, "payment-order", PAYER)
    assert await office.step(reported, "payment-order", PAYER) | {"consistency": ""} == ordered | {"consistency": ""}
    (payment,) = ordered["payments"]

    file = await office.http.get("/v1/payment-orders.csv", headers=PAYER)
    assert file.headers["Cache-Control"] == "no-store"
    assert file.text.splitlines()[1] == (
        f"{payment['payment_id']},{reported['claim_id']},benefit,{payment['ordered_on']},42000000,"
        f"{MOTHER['bank']},{MOTHER['account']},{MOTHER['name']}"
    )
    assert await vault.keys.pool.fetchval("select count(*) from key_read where actor = $1", KETUT) == 1

    line = f"{payment['payment_id']},paid,{payment['ordered_on']},42000000,BPD-1,"
    told = await office.bank(line)
    assert (told["rows"], told["paid"], told["nothing_new"], told["underpaid"]) == (1, 1, False, [])
    again = await office.bank(line)
    assert (again["rows"], again["unchanged"], again["nothing_new"]) == (1, 1, True)
    shown = (await office.http.get(f"/v1/claims/{reported['claim_id']}", headers=PAYER)).json()
    assert (shown["state"], shown["money"]["paid_idr"], shown["days_late"]) == ("paid", 42_000_000, None)
    assert (await office.http.get("/v1/payment-orders.csv", headers=PAYER)).text.count("\n") == 1
    assert (await announced(pool)).count("claim_paid") == 1
    kept = await pool.fetchval("select string_agg(answer::text, '') from idempotency")
    for text in (reported, pended, decided, ordered, told, shown, kept):
        assert not any(secret in str(text) for secret in SECRETS)


async def test_the_examples_of_the_document_are_taken(office: Office) -> None:
    paths = (await office.http.get("/openapi.json")).json()["paths"]

    def example(path: str) -> Any:
        return paths[path]["post"]["requestBody"]["content"]["application/json"]["example"]

    reported = await office.report(**example("/v1/claims") | {"worker_id": REPORT["worker_id"]})
    submitted = await office.step(reported, "submission", PROPOSER, **example("/v1/claims/{claim_id}/submission"))
    assert (submitted["state"], len(submitted["payees"])) == ("pended", 1)
    author = {"Payung-Actor": PUTU, "Payung-Roles": "rules_author"}
    proposed = await office.http.post("/v1/rules/proposals", json=example("/v1/rules/proposals"), headers=author)
    assert (proposed.status_code, proposed.json().get("changes_count")) == (201, 1), proposed.text


async def test_the_bank_s_file_goes_in_row_by_row(office: Office) -> None:
    halves = [MOTHER | {"share": "1/2"}, MOTHER | {"share": "1/2", "account": "99-12345-RHS-2"}]
    claim = await office.ordered(await office.report(), *halves)
    one, two = claim["payments"]
    today = await office.today()
    told = await office.bank(
        f"{one['payment_id']},paid,{today},20999999,BPD-1,",
        f"{one['payment_id']},paid,{today},21000000,BPD-1,",
        f"{two['payment_id']},paid,{today},21000000,BPD-1,",
        f"{uuid4()},paid,{today},21000000,BPD-2,",
        f"{two['payment_id']},returned,{today},21000000,BPD-3,ACCOUNT_CLOSED",
        f"{two['payment_id']},paid,{today},21000001,BPD-4,",
        "no id,paid,today,1,BPD-5,",
    )
    assert [told[name] for name in ("rows", "paid", "returned", "unchanged", "rejected_rows")] == [7, 1, 1, 0, 5]
    assert [(row["row"], row["code"]) for row in told["rejected"]] == [
        (3, "reference_changed"),
        (4, "reference_changed"),
        (5, "payment_unknown"),
        (7, "MORE_THAN_ORDERED"),
        (8, "payment_id_malformed"),
    ]
    assert [(row["row"], row["ordered_idr"] - row["paid_idr"]) for row in told["underpaid"]] == [(2, 1)]
    shown = (await office.http.get(f"/v1/claims/{claim['claim_id']}", headers=PAYER)).json()
    assert (shown["state"], shown["money"]["underpaid_idr"], shown["money"]["due_idr"]) == ("returned", 1, 21_000_001)
    stays, wrong = ({"relation": "parent", "share": "1/2", "payee_id": one["payee_id"]} for one in shown["payees"])
    await office.step(claim, "payees", PROPOSER, payees=[stays, wrong | {"bank": "BRI", "account": "99-12345-RHS-3"}])
    await office.step(claim, "resumption", DECIDER)
    again = await office.step(claim, "payment-order", PAYER)
    assert [one["ordered_idr"] for one in again["payments"]] == [21_000_000, 21_000_000, 1, 21_000_000]
    paths = [f"payments/{payment['payment_id']}" for payment in again["payments"][2:]]
    for path, payment in zip(paths, again["payments"][2:], strict=True):
        arrived = {"paid_on": today, "amount_idr": payment["ordered_idr"]}
        await office.step(claim, f"{path}/confirmation", PAYER, **arrived)
    paid = (await office.http.get(f"/v1/claims/{claim['claim_id']}", headers=PAYER)).json()
    assert (paid["state"], paid["money"]["paid_idr"], paid["money"]["underpaid_idr"]) == ("paid", 42_000_000, 0)
    back = {"returned_on": today, "code": "LATE"}
    bounced = await office.step(claim, f"{paths[0]}/return", PAYER, **back)
    assert (bounced["state"], bounced["money"]["due_idr"]) == ("returned", 1)
    late = back | {"code": "OTHER"}
    assert await office.refused(claim, f"{paths[0]}/return", PAYER, **late) == (409, "ALREADY_RETURNED")
    assert await office.refused(claim, f"payments/{uuid4()}/return", PAYER, **back) == (404, "PAYMENT_UNKNOWN")


async def test_an_accident_is_described_and_what_was_found_is_for_few(office: Office, vault: Vault) -> None:
    claim = await office.report(**FATAL | {"circumstances": None})
    assert "STAGE_I" in [one["code"] for one in claim["missing"]]
    told = await office.step(claim, "circumstances", PROPOSER, **ACCIDENT)
    assert told["circumstances"] == {
        "place": "traffic",
        "activity": "farming",
        "witnesses": 1,
        "police_report": True,
    }
    found = {"died_on": "2025-10-04", "medical_idr": 1_500_000, "transport": [{"mode": "sea", "receipts_idr": 900_000}]}
    after = await office.step(claim, "findings", PROPOSER, **found)
    assert not any(secret in str((told, after)) for secret in (*SECRETS, "1500000"))
    for door in ("findings", "account"):
        path = f"/v1/claims/{claim['claim_id']}/{door}"
        assert (await office.http.get(path, headers=PAYER)).status_code == 403
        shown = await office.http.get(path, headers=DECIDER)
        assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "no-store")
        if door == "account":
            assert shown.json() == {"story": ACCIDENT["story"], "witnesses": ACCIDENT["witnesses"]}
        else:
            assert shown.json()["findings"]["transport"] == found["transport"]
    assert await vault.keys.pool.fetchval("select count(*) from key_read where actor = $1", MADE) == 1


async def test_three_people_and_the_steps_in_their_order(office: Office, pool: Pool) -> None:
    claim = await office.report()
    everything = {"Payung-Roles": "proposer,decider,payer"}
    assert await office.refused(claim, "decision", DECIDER) == (409, "WRONG_STATE")
    for door, who in (("submission", DECIDER), ("decision", PROPOSER), ("payment-order", DECIDER), ("void", PAYER)):
        assert await office.refused(claim, door, who, payees=[MOTHER], cause="withdrawn") == (403, "role_missing")
    await office.submitted(claim)
    assert await office.refused(claim, "payment-order", PAYER) == (409, "WRONG_STATE")
    assert await office.refused(claim, "decision", everything | {"Payung-Actor": PUTU}) == (403, "SAME_PERSON")
    decided = await office.step(claim, "decision", DECIDER)
    path = f"/v1/claims/{claim['claim_id']}"
    for asked in ("/v1/claims", path):
        assert (await office.http.get(asked)).status_code == 403
    assert (await office.http.get(path, headers=PROPOSER)).json()["signals"] is None
    seen = (await office.http.get(path, headers=DECIDER)).json()["signals"]
    assert "REGISTERED_AFTER_DEATH" in {one["code"] for one in seen}
    assert decided["signals"] == seen
    for actor in (PUTU, MADE):
        refused = await office.refused(claim, "payment-order", everything | {"Payung-Actor": actor})
        assert refused == (403, "SAME_PERSON")
    assert "payment_ordered" not in await announced(pool)
    assert await office.refused(claim, "upholding", DECIDER) == (409, "NO_REVIEW")
    reopened = await office.step(claim, "reopening", PROPOSER, cause="appeal")
    assert (reopened["state"], reopened["reopened_for"], reopened["outcome"]) == ("reported", "appeal", "approved")
    await office.step(claim, "submission", PROPOSER)
    assert await office.refused(claim, "decision", DECIDER) == (403, "SAME_PERSON")
    second = await office.step(claim, "decision", DECIDER | {"Payung-Actor": "komang"})
    assert [second["decision"]["round"], *(one["round"] for one in second["earlier"])] == [2, 1]
    assert await office.refused(claim, "death-retraction", DECIDER) == (403, "SAME_PERSON")
    voided = await office.step(claim, "death-retraction", DECIDER | {"Payung-Actor": "nyoman"})
    assert (voided["state"], voided["voided_for"]) == ("void", "death_retracted")


async def test_a_hold_names_its_reasons(office: Office) -> None:
    claim = await office.report()
    assert (await office.refused(claim, "pending", DECIDER, reasons=["BECAUSE"]))[0] == 422
    held = await office.step(claim, "pending", DECIDER, reasons=["HEIR_DISPUTE", "HEIR_DISPUTE"])
    assert [(why["code"], bool(why["indonesian"])) for why in held["pended_for"]] == [("HEIR_DISPUTE", True)]
    assert held["pended_in"] == "reported"
    assert (await office.step(claim, "resumption", DECIDER))["state"] == "reported"
    voided = await office.step(claim, "void", DECIDER, cause="entered_in_error")
    assert voided["voided_for"] == "entered_in_error"


async def test_claims_are_listed_by_what_they_wait_for(office: Office) -> None:
    http = office.http

    async def ids(**asked: Any) -> list[str]:
        answer = await http.get("/v1/claims", params=asked, headers=PAYER)
        assert answer.status_code == 200, answer.text
        return [row["claim_id"] for row in answer.json()["rows"]]

    late = await office.submitted(await office.report(reported_on="2025-10-10"))
    accident = await office.report(programme="JKK", incident_on="2025-10-01", reported_on="2025-10-11")
    held = await office.report(programme="JKK", incident_on="2025-09-01", reported_on="2025-10-12")
    await office.step(held, "pending", DECIDER, reasons=["OTHER_OFFICE_ASKED"])
    gone = await office.submitted(await office.report(incident_on="2025-10-02", reported_on="2025-10-13"))
    assert (await office.step(gone, "void", DECIDER, cause="withdrawn"))["due_on"] is None
    every = [claim["claim_id"] for claim in (late, accident, held, gone)]
    assert await ids() == every
    assert await ids(programme="JKK", pended=False) == every[1:2]
    assert await ids(pended=True) == await ids(state="pended") == every[2:3]
    assert await ids(overdue=True) == await ids(review=True) == await ids(worker_id=str(uuid4())) == []
    assert await ids(reported_from="2025-10-11", reported_until="2025-10-12") == every[1:2]
    assert await ids(due_before="2199-01-01") == every[:1]
    assert (await http.post("/v1/clock", json={"now": "2099-01-01T00:00:00+08:00"})).status_code == 200
    assert await ids(overdue=True) == every[:1]
    assert await ids(overdue=False) == every[1:]
    await office.step(late, "pending", DECIDER, reasons=["HEIR_DISPUTE"])
    assert await ids(overdue=True) == every[:1], "what is late stays late"
    row = (await http.get("/v1/claims", params={"overdue": True}, headers=PAYER)).json()["rows"][0]
    assert row["days_late"] == (datetime(2099, 1, 1).date() - datetime.fromisoformat(row["due_on"]).date()).days  # noqa: DTZ001 - days apart
    page = (await http.get("/v1/claims", params={"limit": 2}, headers=PAYER)).json()
    assert await ids(limit=2, cursor=page["next"]) == every[2:]
    for wrong in ({"overdeu": True}, {"state": "late"}, {"cursor": "x"}):
        assert (await http.get("/v1/claims", params=wrong, headers=PAYER)).status_code == 422


async def test_the_same_key_gives_the_same_answer_and_another_body_is_refused(office: Office, pool: Pool) -> None:
    answers = [await office.http.post("/v1/claims", json=REPORT, headers=KEY) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert (await office.http.post("/v1/claims", json=FATAL, headers=KEY)).status_code == 422
    assert await announced(pool) == ["claim_reported"]
    second = await office.http.post("/v1/claims", json=REPORT)
    assert (second.status_code, second.json()["code"]) == (409, "DUPLICATE_CLAIM")
    assert answers[0].json()["claim_id"] in second.json()["detail"]


async def test_errors_never_repeat_what_was_sent(office: Office) -> None:
    claim = await office.report()
    wrong = [MOTHER | {"account": "x" * 51, "nik": "5104014101700001", "share": "Rahasia/1"}]
    bodies: tuple[tuple[str, dict[str, Any]], ...] = (
        ("submission", {"payees": wrong}),
        ("documents", {"documents": [{"code": "5104014101700001"}, {"code": "A5104014101700001"}]}),
        ("findings", {"injuries": [{"code": "5104014101700001"}]}),
        ("circumstances", {"story": 99, "witnesses": "Rahasia"}),
    )
    for door, body in bodies:
        refused = await office.send(claim, door, PROPOSER, **body)
        assert refused.status_code == 422
        for secret in (*SECRETS, "x" * 51, "5104014101700001"):
            assert secret not in refused.text
    reference = {"paid_on": "2025-10-20", "amount_idr": 1, "bank_reference": "5104014101700001"}
    refused = await office.send(claim, f"payments/{uuid4()}/confirmation", PAYER, **reference)
    assert (refused.status_code, "5104014101700001" in refused.text) == (422, False)


async def test_what_is_not_there_is_told(http: AsyncClient) -> None:
    office, nobody = Office(http), {"claim_id": uuid4()}
    assert (await http.get(f"/v1/claims/{nobody['claim_id']}", headers=DECIDER)).status_code == 404
    assert await office.refused(nobody, "decision", DECIDER) == (404, "CLAIM_UNKNOWN")
    waiting = await http.post("/v1/claims", json=REPORT)
    assert (waiting.status_code, waiting.json()["state"]) == (202, "waiting")
    account = await http.get(f"/v1/claims/{waiting.json()['claim_id']}/account", headers=DECIDER)
    assert (account.status_code, account.json()["code"]) == (404, "ACCOUNT_UNKNOWN")


async def test_recorded_payments_go_in_row_by_row(http: AsyncClient) -> None:
    answer = (await http.post("/v1/payments", content=FILE, headers=PAYER | CSV)).json()
    assert (answer["rows"], answer["recorded"], answer["unchanged"]) == (2, 1, 0)
    assert [(row["row"], row["column"], row["code"]) for row in answer["rejected"]] == [
        (3, "segment", "segment_unknown")
    ]
    for path in ("/v1/payments", "/v1/payments/reconciliation"):
        refused = await http.post(path, content="a,b\n", headers=PAYER | CSV)
        assert (refused.status_code, refused.json()["code"]) == (422, "file_unreadable")


async def test_payments_that_are_too_large_are_not_read_whole(http: AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 4 * FILE_BYTES_MAX:
            sent += 2**20
            yield bytes(2**20)

    assert (await http.post("/v1/payments", content=endless(), headers=PAYER | CSV)).status_code == 413
    assert sent <= FILE_BYTES_MAX + 2**20


async def test_the_clock_moves_forward_only_and_stands_where_no_scenario_is_played(
    http: AsyncClient, pool: Pool, vault: Vault
) -> None:
    assert (await http.post("/v1/clock", json={"now": "2099-01-01T00:00:00+08:00"})).status_code == 200
    await http.post("/v1/claims", json=REPORT)
    assert (await http.get("/v1/clock")).json()["now"].startswith("2098-12-31T16:00:00")
    assert (await http.post("/v1/clock", json={"now": "2025-01-01T00:00:00+08:00"})).status_code == 409
    transport = ASGITransport(make_app(pool, vault, scenario=False))
    async with AsyncClient(transport=transport, base_url="http://claims") as client:
        assert (await client.post("/v1/clock", json={"now": "2099-01-02T00:00:00+08:00"})).status_code == 403


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
        assert (await http.get(claim, headers=own | PAYER)).json()["state"] == "reported"
        assert (await http.get(claim, params={"after": "reporting:1"}, headers=PAYER)).json()["code"] == "token_unknown"
        decision = await http.post(f"{claim}/decision", params={"after": "enrollment:9"}, headers=DECIDER)
        assert (decision.status_code, decision.json()["code"]) == (409, "not_yet")
