"""Enrollment over HTTP: what a clerk sends and hears; nothing that names a person comes back."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from httpx2 import ASGITransport, AsyncClient, Response

from services.chassis.postgres import Pool
from services.chassis.vault import Vault
from services.enrollment.app import make_app
from tests.integration.enrollment.conftest import nik, person

TERMS: dict[str, Any] = {
    "name": "Pekerja rentan 2027",
    "year": 2027,
    "segment": "BPU",
    "funding": "APBD",
    "programmes": ["JKK", "JKM"],
    "legal_bases": [{"title": "Keputusan Bupati", "placeholder": True}],
    "covered_from": "2027-01-01",
    "months": 6,
    "places": 100,
}
NOBODY = UUID(int=0)
HEADER = "nik,name,birth_date,village_code"
CLERK = {"Payung-Actor": "clerk-1", "Payung-Roles": "clerk,operator"}
APPROVER = {"Payung-Actor": "head-1", "Payung-Roles": "approver"}


@pytest_asyncio.fixture
async def http(pool: Pool, vault: Vault) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(make_app(pool, vault, scenario=True))
    async with AsyncClient(transport=transport, base_url="http://enrollment", headers=CLERK) as client:
        yield client


def line(number: int) -> str:
    row = person(number)
    return f"{row.nik},{row.name},{row.birth_date},{row.village_code}"


def file(*lines: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *lines]).encode()


async def cohort_id(http: AsyncClient, **terms: Any) -> str:
    """Have a cohort proposed by one person, and approved and opened by another."""
    answer = await http.post("/v1/cohorts", json=TERMS | terms)
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["cohort_id"]
    opened = await http.post(f"/v1/cohorts/{found}/approvals", json={"open": True}, headers=APPROVER)
    assert opened.status_code == 200, opened.text
    return found


async def enrolled(http: AsyncClient, *numbers: int) -> tuple[str, Response]:
    cohort = await cohort_id(http)
    return cohort, await http.post(f"/v1/cohorts/{cohort}/workers", content=file(*map(line, numbers)))


async def coverage(http: AsyncClient, number: int) -> tuple[str, str]:
    """Find a person; give the worker's id and that of the first membership."""
    found = (await http.post("/v1/workers/find", json={"nik": nik(number)})).json()
    return found["worker_id"], found["coverages"][0]["coverage_id"]


async def test_an_upload_tells_each_bad_row(http: AsyncClient) -> None:
    cohort, _ = await enrolled(http, 1)
    answer = await http.post(
        f"/v1/cohorts/{cohort}/workers",
        content=file(
            line(1), line(2), line(3).replace(nik(3), "123"), line(4).replace("51.04.01.2002", "51.04"), line(2)
        ),
    )
    told = answer.json()
    assert answer.status_code == 200
    assert (told["rows"], told["enrolled"], told["unchanged"], told["rejected_rows"]) == (5, 1, 2, 2)
    assert [(fault["row"], fault["column"], fault["code"]) for fault in told["rejected"]] == [
        (4, "nik", "nik_length"),
        (5, "village_code", "village_unknown"),
    ]
    assert all(fault["indonesian"] and fault["english"] for fault in told["rejected"])


async def test_the_same_key_and_file_give_the_stored_answer(http: AsyncClient, pool: Pool) -> None:
    cohort = await cohort_id(http)
    path, key = f"/v1/cohorts/{cohort}/workers", {"Idempotency-Key": "upload-1"}
    first = await http.post(path, content=file(line(1)), headers=key)
    again = await http.post(path, content=file(line(1)), headers=key)
    assert again.json() == first.json()
    assert first.json()["enrolled"] == 1
    other = await http.post(path, content=file(line(2)), headers=key)
    assert other.status_code == 422
    assert await pool.fetchval("select count(*) from worker") == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"name\nx\n", "header"),
        (b"\xff\xfe\x00", "not_utf_8"),
        (file("a,b"), "number_of_fields"),
        (file(header=HEADER.replace(",", ";")), "separator"),
    ],
)
async def test_a_file_that_cannot_be_read_is_a_problem(http: AsyncClient, content: bytes, code: str) -> None:
    answer = await http.post(f"/v1/cohorts/{await cohort_id(http)}/workers", content=content)
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert problem["code"] == code
    assert problem["indonesian"]
    assert problem["detail"] == problem["english"]


async def test_a_renewal_and_a_card_by_file(http: AsyncClient) -> None:
    await enrolled(http, 1, 2)
    following = await cohort_id(http, covered_from="2027-07-01", months=3)
    renewed = (await http.post(f"/v1/cohorts/{following}/renewals", content=file(nik(1), nik(9), header="nik"))).json()
    assert (renewed["renewed"], renewed["unchanged"]) == (1, 0)
    assert [fault["code"] for fault in renewed["rejected"]] == ["worker_not_registered"]
    cards = file(f"{nik(1)},2027-01-01,worker", header="nik,handed_on,received_by")
    assert (await http.post("/v1/cards", content=cards)).json()["recorded"] == 1
    assert (await http.post("/v1/cards", content=cards)).json()["unchanged"] == 1
    worker_id, _ = await coverage(http, 1)
    (shown,) = (await http.get(f"/v1/workers/{worker_id}")).json()["coverages"]
    assert [period["last_covered_day"] for period in shown["periods"]] == ["2027-06-30", "2027-09-30"]
    assert shown["cards"] == [{"handed_on": "2027-01-01", "received_by": "worker"}]


async def test_finding_a_person_is_logged_and_names_nobody(http: AsyncClient, vault: Vault) -> None:
    await enrolled(http, 1)
    answer = await http.post("/v1/workers/find", json={"nik": nik(1)})
    assert answer.status_code == 200
    assert nik(1) not in answer.text
    assert "Orang" not in answer.text
    reads = await vault.keys.reads(person_id=UUID(answer.json()["worker_id"]), limit=10)
    assert [(read.actor, read.purpose) for read in reads] == [("clerk-1", "find by NIK")]
    assert (await http.post("/v1/workers/find", json={"nik": nik(2)})).status_code == 404


@pytest.mark.parametrize("wrong", ["123", "51O4012703859001", nik(1) + "0"])
async def test_a_wrong_nik_is_not_repeated(http: AsyncClient, wrong: str) -> None:
    answer = await http.post("/v1/workers/find", json={"nik": wrong})
    assert answer.status_code == 422
    assert wrong not in answer.text.replace(nik(1), "") or wrong == "123"
    assert answer.json()["errors"][0]["pointer"] == "/body/nik"


async def test_termination_correction_and_death(http: AsyncClient) -> None:
    cohort, _ = await enrolled(http, 1)
    worker_id, coverage_id = await coverage(http, 1)
    path = f"/v1/coverages/{coverage_id}"
    ended = await http.post(f"{path}/terminations", json={"last_covered_day": "2027-03-31", "reason": "moved"})
    assert ended.json()["coverages"][0]["periods"][0]["covered_until"] == "2027-04-01"
    refused = await http.post(f"{path}/terminations", json={"last_covered_day": "2027-05-01", "reason": "moved"})
    assert (refused.status_code, refused.json()["code"]) == (409, "ended_already")
    body = {"cohort_id": cohort, "covered_from": "2027-01-01", "covered_until": "2027-06-01"}
    corrected = await http.post(f"{path}/corrections", json=body)
    assert corrected.json()["coverages"][0]["periods"][0]["last_covered_day"] == "2027-05-31"
    dead = await http.post(f"/v1/workers/{worker_id}/deaths", json={"died_on": "2027-01-01"})
    assert dead.json()["died_on"] == "2027-01-01"
    alive = await http.post(f"/v1/workers/{worker_id}/death-reversals")
    assert alive.json()["died_on"] is None
    again = await http.post(f"/v1/workers/{worker_id}/death-reversals")
    assert (again.status_code, again.json()["code"]) == (409, "death_not_recorded")


async def test_an_empty_correction_gives_the_place_back(http: AsyncClient) -> None:
    cohort = await cohort_id(http, places=1)
    await http.post(f"/v1/cohorts/{cohort}/workers", content=file(line(1)))
    _, coverage_id = await coverage(http, 1)
    body = {"cohort_id": cohort, "covered_from": "2027-01-01", "covered_until": "2027-01-01"}
    assert (await http.post(f"/v1/coverages/{coverage_id}/corrections", json=body)).status_code == 200
    assert (await http.get(f"/v1/cohorts/{cohort}")).json()["places"]["taken"] == 0
    assert (await http.post(f"/v1/cohorts/{cohort}/workers", content=file(line(2)))).json()["enrolled"] == 1
    back = await http.post(f"/v1/coverages/{coverage_id}/corrections", json=body | {"covered_until": "2027-07-01"})
    assert (back.status_code, back.json()["code"]) == (409, "cohort_full")


@pytest.mark.parametrize(
    ("terms", "place"),
    [
        ({"name": "Pekerja 5104014102909001"}, "/body/name"),
        ({"phase": "5104 0141 0290 9001"}, "/body/phase"),
        ({"legal_bases": [{"title": "SK"}, {"title": "51.04.01-410290-9001"}]}, "/body/legal_bases/1/title"),
    ],
)
async def test_terms_with_a_national_number_are_refused(http: AsyncClient, terms: dict[str, Any], place: str) -> None:
    answer = await http.post("/v1/cohorts", json=TERMS | terms)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    said = answer.json()
    assert (said["code"], [error["pointer"] for error in said["errors"]]) == ("text_holds_nik", [place])
    assert "16 angka" in said["indonesian"]
    assert "16 digits" in said["english"]
    assert "9001" not in answer.text


async def test_numbers_and_years_in_terms_are_no_national_numbers(http: AsyncClient) -> None:
    await cohort_id(http, phase="2026-2027", legal_bases=[{"title": "SK 100.3.3.2/1234/2026, 5 Januari 2027"}])


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"/v1/cohorts/{NOBODY}/workers", b"", 404),
        (f"/v1/coverages/{NOBODY}/terminations", {"last_covered_day": "2027-01-01", "reason": "moved"}, 404),
        (f"/v1/workers/{NOBODY}/deaths", {"died_on": "2027-01-01"}, 404),
        ("/v1/cohorts", TERMS | {"legal_bases": []}, 409),
        ("/v1/cohorts", TERMS | {"segment": "PMI"}, 422),
        ("/v1/cohorts", TERMS | {"month": 6}, 422),
        (f"/v1/coverages/{NOBODY}/terminations", {"last_covered_day": "2027-01-01", "reason": "deceased"}, 422),
        (f"/v1/coverages/{NOBODY}/terminations", {"last_covered_day": "9999-12-31", "reason": "moved"}, 422),
    ],
)
async def test_what_cannot_be_done_says_why(http: AsyncClient, path: str, body: Any, status: int) -> None:
    answer = await http.post(path, content=body) if isinstance(body, bytes) else await http.post(path, json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


async def test_the_sweep_by_hand_and_the_clock(http: AsyncClient) -> None:
    await enrolled(http, 1)
    moved = await http.post("/v1/clock", json={"now": "2027-07-01T00:00:00+08:00"})
    assert moved.json()["business_date"] == "2027-07-01"
    swept = await http.post("/v1/sweep", json={})
    assert swept.json() == {
        "expired": 1,
        "reminded": 0,
        "inactivated": 0,
        "moved_up": 0,
        "consistency": swept.headers["Payung-Consistency"],
    }
    assert swept.headers["Payung-Consistency"].startswith("enrollment:")
    back = await http.post("/v1/clock", json={"now": "2027-06-01T00:00:00+08:00"})
    assert back.status_code == 409


async def test_the_clock_stands_fast_outside_a_scenario(pool: Pool, vault: Vault) -> None:
    transport = ASGITransport(make_app(pool, vault, scenario=False))
    async with AsyncClient(transport=transport, base_url="http://enrollment") as real:
        assert (await real.post("/v1/clock", json={"now": "2030-01-01T00:00:00+08:00"})).status_code == 403
        assert (await real.get("/v1/clock")).json()["scenario"] is False
