"""Suspensions, voids, payments and double funding over HTTP: what a clerk sends, hears, and does next."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from httpx2 import AsyncClient

from services.chassis.postgres import Pool
from tests.integration.enrollment.conftest import move_to
from tests.integration.enrollment.test_api import APPROVER, cohort_id, coverage, file, http, line

__all__ = ["http"]

NOBODY = UUID(int=0)
JUNE = date(2027, 6, 1)


async def enroll(http: AsyncClient, cohort: str, *numbers: int) -> None:
    answer = await http.post(f"/v1/cohorts/{cohort}/workers", content=file(*map(line, numbers)))
    assert answer.json()["enrolled"] == len(numbers), answer.text


async def shown(http: AsyncClient, coverage_id: str, on: str | None = None) -> dict[str, Any]:
    answer = await http.get(f"/v1/coverages/{coverage_id}", params={"on": on} if on else {})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_suspended_reinstated_and_voided(http: AsyncClient) -> None:
    await enroll(http, await cohort_id(http), 1)
    _, coverage_id = await coverage(http, 1)
    path = f"/v1/coverages/{coverage_id}"
    body = {"suspended_from": "2027-03-01", "reason": "data_mismatch"}
    suspended = await http.post(f"{path}/suspensions", json=body)
    assert suspended.json()["coverages"][0]["suspensions"] == [
        {"suspended_from": "2027-03-01", "reinstated_from": None, "reason": "data_mismatch"}
    ]
    days = ("2027-02-28", "2027-03-01", "2027-06-30", "2027-07-01")
    assert [(await shown(http, coverage_id, day))["status"] for day in days] == [
        "in_force",
        "suspended",
        "suspended",
        "lapsed",
    ]
    refused = await http.post(f"{path}/suspensions", json=body | {"suspended_from": "2027-04-01"})
    assert (refused.status_code, refused.json()["code"]) == (409, "suspended_already")
    lifted = await http.post(f"{path}/reinstatements", json={"reinstated_from": "2027-05-01"})
    assert lifted.json()["coverages"][0]["suspensions"][0]["reinstated_from"] == "2027-05-01"
    assert (await shown(http, coverage_id, "2027-06-30"))["status"] == "in_force"
    voided = await http.post(f"{path}/voids", json={"reason": "wrong_person"})
    assert voided.json()["coverages"][0]["voided"] is True
    assert (await shown(http, coverage_id, "2027-02-28"))["status"] == "void"
    refused = await http.post(f"{path}/reinstatements", json={"reinstated_from": "2027-05-01"})
    assert (refused.status_code, refused.json()["code"]) == (409, "coverage_voided")


async def test_a_self_payer_pays_owes_and_begins_anew(http: AsyncClient, pool: Pool) -> None:
    await enroll(http, await cohort_id(http, funding="SELF", months=1), 1, 2)
    _, coverage_id = await coverage(http, 1)
    payments = f"/v1/coverages/{coverage_id}/payments"
    ahead = (await http.post(payments, json={"months": 1, "paid_on": "2027-01-01"})).json()
    assert ahead["coverage_id"] == coverage_id
    assert [period["last_covered_day"] for period in ahead["coverages"][0]["periods"]] == ["2027-01-31", "2027-02-28"]
    assert (await shown(http, coverage_id))["arrears"] is None
    owing = await shown(http, coverage_id, "2027-04-10")
    assert (owing["status"], owing["paid_through"]) == ("grace", "2027-02-28")
    assert owing["arrears"] == {
        "since": "2027-03-01",
        "settle_by": "2027-05-31",
        "months": [
            {"begins_on": "2027-03-01", "amount_idr": 16_800},
            {"begins_on": "2027-04-01", "amount_idr": 16_800},
        ],
        "amount_idr": 33_600,
    }
    inactive = await shown(http, coverage_id, "2027-06-01")
    assert (inactive["status"], inactive["arrears"]) == ("lapsed", None)
    refused = await http.post(payments, json={"months": 5, "paid_on": "2027-01-01"})
    assert (refused.status_code, refused.json()["code"]) == (409, "months_not_offered")
    await move_to(pool, JUNE)
    begun = (await http.post(payments, json={"months": 3, "paid_on": "2027-06-01"})).json()
    assert begun["coverage_id"] != coverage_id
    worker_id, of_the_dead = await coverage(http, 2)
    died = await http.post(f"/v1/workers/{worker_id}/deaths", json={"died_on": "2027-03-10"})
    assert died.status_code == 200, died.text
    owed = (await shown(http, of_the_dead))["arrears"]
    assert [month["begins_on"] for month in owed["months"]] == ["2027-02-01", "2027-03-01"]
    assert (owed["settle_by"], owed["amount_idr"]) == (None, 33_600)
    assert [month["begins_on"] for month in (await shown(http, of_the_dead, "2027-02-28"))["arrears"]["months"]] == [
        "2027-02-01"
    ]
    paid = {"months": 2, "paid_on": "2027-06-01"}
    assert (await http.post(f"/v1/coverages/{of_the_dead}/payments", json=paid)).status_code == 200
    assert (await shown(http, of_the_dead))["arrears"] is None
    again = await shown(http, begun["coverage_id"], "2027-08-31")
    assert (again["status"], again["paid_through"]) == ("in_force", "2027-08-31")


async def test_the_same_payment_sent_twice_counts_once(http: AsyncClient) -> None:
    await enroll(http, await cohort_id(http, funding="SELF", months=1), 1)
    _, coverage_id = await coverage(http, 1)
    sent = [
        await http.post(
            f"/v1/coverages/{coverage_id}/payments",
            json={"months": 2, "paid_on": "2027-01-01"},
            headers={"Idempotency-Key": "receipt-1"},
        )
        for _ in range(2)
    ]
    assert sent[0].json() == sent[1].json()
    assert len(sent[0].json()["coverages"][0]["periods"]) == 2


@pytest.mark.parametrize("side", [0, 1], ids=["the one side gives way", "the other side gives way"])
async def test_a_duplicate_is_ended_by_the_command_that_the_answer_names(http: AsyncClient, side: int) -> None:
    public = await cohort_id(http)
    donor = await cohort_id(http, funding="CSR", covered_from="2027-05-01", months=6)
    await enroll(http, public, 1, 2)
    await enroll(http, donor, 1)
    (found,) = (await http.get("/v1/double-funding", params={"state": "open"})).json()["rows"]
    assert (found["overlaps_from"], found["last_overlapping_day"], found["person_months"]) == (
        "2027-05-01",
        "2027-06-30",
        2,
    )
    payers = {payer["funding"]: (payer["pays_from"], payer["last_paid_day"]) for payer in found["payers"]}
    assert payers == {"APBD": ("2027-01-01", "2027-06-30"), "CSR": ("2027-05-01", "2027-10-31")}
    assert found["remedies"] == []
    decision = f"/v1/double-funding/{found['finding_id']}/decisions"
    assert (await http.post(decision, json={"outcome": "duplicate"})).status_code == 403
    decided = (await http.post(decision, json={"outcome": "duplicate"}, headers=APPROVER)).json()
    assert decided["outcome"] == "duplicate"
    remedy = decided["remedies"][side]
    assert (await http.post(remedy["path"], json=remedy["body"])).status_code == 200
    (ended,) = (await http.get("/v1/double-funding", params={"state": "duplicate"})).json()["rows"]
    assert (ended["overlaps_from"], ended["person_months"], ended["remedies"]) == (None, 0, [])
    status = {
        payer["funding"]: [
            (await shown(http, payer["coverage_id"], day))["status"]
            for day in ("2027-04-30", "2027-06-30", "2027-07-01")
        ]
        for payer in ended["payers"]
    }
    gives_way = found["payers"][side]["funding"]
    assert status == (
        {"APBD": ["in_force", "terminated", "terminated"], "CSR": ["pending", "in_force", "in_force"]}
        if gives_way == "APBD"
        else {"APBD": ["in_force", "in_force", "lapsed"], "CSR": ["pending", "pending", "in_force"]}
    )


async def test_findings_are_filtered_and_paged(http: AsyncClient) -> None:
    public = await cohort_id(http)
    donor = await cohort_id(http, funding="CSR")
    await enroll(http, public, 1, 2, 3)
    await enroll(http, donor, 1, 2, 3)

    async def ids(**asked: Any) -> list[str]:
        found, cursor = [], None
        while True:
            page = (await http.get("/v1/double-funding", params=asked | ({"cursor": cursor} if cursor else {}))).json()
            found += [row["finding_id"] for row in page["rows"]]
            cursor = page["next"]
            if cursor is None:
                return found

    every = await ids()
    assert len(every) == len(set(every)) == 3
    assert await ids(limit=1) == every
    assert await ids(funding="CSR", cohort_id=public, village_code="51.04.01.2002", found_from="2027-01-01") == every
    for nothing in (
        {"state": "justified"},
        {"funding": "PROVINCE"},
        {"cohort_id": str(NOBODY)},
        {"village_code": "51.04.01.2004"},
        {"found_until": "2027-01-01"},
        {"found_from": "2027-01-02"},
    ):
        assert await ids(**nothing) == []
    await http.post(f"/v1/double-funding/{every[0]}/decisions", json={"outcome": "justified"}, headers=APPROVER)
    assert await ids(state="justified") == [every[0]]
    assert await ids(state="open") == every[1:]
    assert (await http.get("/v1/double-funding", params={"status": "open"})).status_code == 422


@pytest.mark.parametrize("what", ["suspensions", "reinstatements", "voids", "payments"])
async def test_an_unknown_membership(http: AsyncClient, what: str) -> None:
    bodies = {
        "suspensions": {"suspended_from": "2027-03-01", "reason": "requested"},
        "reinstatements": {"reinstated_from": "2027-03-01"},
        "voids": {"reason": "wrong_person"},
        "payments": {"months": 1, "paid_on": "2027-01-01"},
    }
    answer = await http.post(f"/v1/coverages/{NOBODY}/{what}", json=bodies[what])
    assert (answer.status_code, answer.json()["code"]) == (404, "coverage_not_known")


async def test_what_is_not_known_is_not_found(http: AsyncClient) -> None:
    assert (await http.get(f"/v1/coverages/{NOBODY}")).json()["code"] == "coverage_not_known"
    decision = await http.post(
        f"/v1/double-funding/{NOBODY}/decisions", json={"outcome": "justified"}, headers=APPROVER
    )
    assert (decision.status_code, decision.json()["code"]) == (404, "finding_not_known")
