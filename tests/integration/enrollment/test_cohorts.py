"""Cohorts over HTTP: a second person, the way of the states, places by village, decrees, lists; each with its fact."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from httpx2 import ASGITransport, AsyncClient, Response

from services.chassis import migrations
from services.chassis.ledger import Act
from services.chassis.migrations import migrate
from services.chassis.postgres import Pool, open_pool, transaction
from services.chassis.vault import Vault
from services.enrollment.app import make_app
from services.enrollment.cohorts import handlers, place_store, terms
from services.enrollment.migrations import ENROLLMENT
from tests.integration.enrollment.conftest import KETEWEL, facts, person
from tests.integration.enrollment.test_api import APPROVER, CLERK, HEADER, TERMS

SUKAWATI, BATUAN = "51.04.01.2004", "51.04.01.2003"
TWO_VILLAGES = [{"village_code": KETEWEL, "places": 2}, {"village_code": SUKAWATI, "places": 1}]
PDF = b"%PDF-1.7 daftar nama peserta"


@pytest_asyncio.fixture
async def http(pool: Pool, vault: Vault) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(make_app(pool, vault, scenario=True))
    async with AsyncClient(transport=transport, base_url="http://enrollment", headers=CLERK) as client:
        yield client


async def proposed(http: AsyncClient, **terms: Any) -> str:
    answer = await http.post("/v1/cohorts", json=TERMS | terms)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["cohort_id"])


async def act(http: AsyncClient, cohort_id: str, what: str, body: Any = None, **headers: str) -> Response:
    return await http.post(f"/v1/cohorts/{cohort_id}/{what}", json=body, headers=APPROVER | headers)


async def opened(http: AsyncClient, **terms: Any) -> str:
    cohort_id = await proposed(http, **terms)
    assert (await act(http, cohort_id, "approvals", {"open": True})).status_code == 200
    return cohort_id


async def enroll(http: AsyncClient, cohort_id: str, numbers: range, village: str = KETEWEL) -> Any:
    rows = [person(number) for number in numbers]
    lines = [f"{row.nik},{row.name},{row.birth_date},{village}" for row in rows]
    answer = await http.post(f"/v1/cohorts/{cohort_id}/workers", content="\n".join([HEADER, *lines]).encode())
    return answer.json()


async def told(pool: Pool, cohort_id: str) -> list[str]:
    rows = await pool.fetch("select type from ledger where key = $1 order by sequence", UUID(cohort_id))
    return [row["type"].removeprefix("enrollment.").removesuffix(".v1") for row in rows]


async def test_a_cohort_needs_a_second_person_and_an_opening(http: AsyncClient, pool: Pool) -> None:
    answer = await http.post("/v1/cohorts", json=TERMS | {"contribution_idr": 16_800, "owner_office": "Disnaker"})
    assert answer.headers["Payung-Consistency"].startswith("enrollment:")
    shown = answer.json()
    cohort_id = shown["cohort_id"]
    assert (shown["covered_until"], shown["last_covered_day"], shown["months"]) == ("2027-07-01", "2027-06-30", 6)
    assert shown["money"] == {"budget_idr": 600 * 16_800, "contribution_idr": 16_800, "committed_idr": 0}
    assert (shown["state"], shown["owner_office"]) == ("proposed", "Disnaker")

    refused = await enroll(http, cohort_id, range(1))
    assert refused["code"] == "cohort_not_open"
    same = await act(http, cohort_id, "approvals", **{"Payung-Actor": "clerk-1"})
    assert (same.status_code, same.json()["code"]) == (409, "second_person_needed")
    clerk = await act(http, cohort_id, "approvals", **{"Payung-Roles": "clerk"})
    assert (clerk.status_code, clerk.json()["code"]) == (403, "role_missing")
    early = await act(http, cohort_id, "openings")
    assert (early.status_code, early.json()["code"]) == (409, "cohort_not_approved")
    approved = (await act(http, cohort_id, "approvals")).json()
    assert (approved["state"], approved["proposed_by"], approved["approved_by"]) == ("approved", "clerk-1", "head-1")
    assert (await act(http, cohort_id, "openings")).json()["state"] == "open"
    assert (await enroll(http, cohort_id, range(2)))["enrolled"] == 2

    shown = (await http.get(f"/v1/cohorts/{cohort_id}")).json()
    assert shown["places"] == {"total": 100, "reserved": 0, "taken": 2, "free": 98}
    assert shown["person_months"] == {"total": 600, "reserved": 0, "taken": 12, "free": 588}
    assert shown["money"]["committed_idr"] == 12 * 16_800
    handed = await act(http, cohort_id, "handovers", {"owner_office": "Dinas PMD"})
    assert handed.json()["owner_office"] == "Dinas PMD"
    closed = (await act(http, cohort_id, "closings")).json()
    assert closed["state"] == "closed"
    assert (await enroll(http, cohort_id, range(2, 3)))["code"] == "cohort_not_open"
    assert (await enroll(http, cohort_id, range(2)))["unchanged"] == 2
    ways = ["proposed", "approved", "opened", "handed_over", "closed"]
    assert await told(pool, cohort_id) == [f"cohort_{way}" for way in ways]
    (fact,) = await facts(pool, "cohort_approved")
    assert fact["owner_office"] == "Disnaker"


async def test_the_database_itself_refuses_one_person_for_both(http: AsyncClient, pool: Pool) -> None:
    cohort_id = await proposed(http)
    with pytest.raises(Exception, match="cohort_second_person"):
        await pool.execute("update cohort set approved_by = proposed_by where cohort_id = $1", UUID(cohort_id))


async def test_an_amendment_raises_places_after_a_second_approval(http: AsyncClient, pool: Pool) -> None:
    cohort_id = await opened(http, places=2)
    assert (await enroll(http, cohort_id, range(4)))["waiting"] == 2
    amended = await http.post(f"/v1/cohorts/{cohort_id}/amendments", json={"places": 3})
    assert (amended.json()["places"]["total"], amended.json()["amendment"]["places"]) == (2, 3)
    assert (await http.post("/v1/sweep")).json()["moved_up"] == 0
    approved = (await act(http, cohort_id, "approvals")).json()
    assert (approved["places"]["total"], approved["amendment"], approved["waiting"]) == (3, None, 2)
    assert (await http.post("/v1/sweep")).json()["moved_up"] == 1
    fewer = await http.post(f"/v1/cohorts/{cohort_id}/amendments", json={"places": 1})
    assert fewer.status_code == 200
    refused = await act(http, cohort_id, "approvals")
    assert (refused.status_code, refused.json()["code"]) == (409, "places_in_use")
    assert (await told(pool, cohort_id))[3:] == ["cohort_proposed", "cohort_approved", "cohort_proposed"]


async def test_places_of_villages_and_their_reallocation_leave_a_trace(http: AsyncClient, pool: Pool) -> None:
    cohort_id = await opened(http, places=4, village_places=TWO_VILLAGES)
    answer = await enroll(http, cohort_id, range(4))
    assert (answer["enrolled"], answer["waiting"]) == (3, 1)
    assert (await enroll(http, cohort_id, range(4, 5), BATUAN))["waiting"] == 1
    assert (await enroll(http, cohort_id, range(5, 6), SUKAWATI))["enrolled"] == 1
    shown = (await http.get(f"/v1/cohorts/{cohort_id}")).json()
    assert shown["pool"] == {"total": 1, "used": 1, "free": 0}
    assert [(one["village_code"], one["taken"], one["beyond"], one["waiting"]) for one in shown["villages"]] == [
        (KETEWEL, 3, 1, 1),
        (BATUAN, 0, 0, 1),
        (SUKAWATI, 1, 0, 0),
    ]
    body = {"from_village": SUKAWATI, "to_village": BATUAN, "places": 1}
    in_use = await act(http, cohort_id, "reallocations", body)
    assert (in_use.status_code, in_use.json()["code"]) == (409, "places_in_use")
    moved = await act(http, cohort_id, "reallocations", {"from_village": None, "to_village": KETEWEL, "places": 1})
    assert (moved.status_code, moved.json()["pool"]["total"]) == (200, 0)
    unknown = await act(http, cohort_id, "reallocations", body | {"to_village": "51.04.01.9999"})
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/body/to_village")
    (trace,) = await facts(pool, "places_reallocated")
    assert (trace["key"], trace["from_village"], trace["to_village"], trace["places"]) == (
        UUID(cohort_id),
        None,
        KETEWEL,
        1,
    )
    actor = await pool.fetchval("select actor from ledger where type = 'enrollment.places_reallocated.v1'")
    assert actor == "head-1"


async def test_a_hundred_at_once_by_http_for_ten_places_of_which_three_are_a_village_s(
    http: AsyncClient, pool: Pool
) -> None:
    own = [{"village_code": KETEWEL, "places": 3}, {"village_code": SUKAWATI, "places": 7}]
    cohort_id = await opened(http, places=10, village_places=own)
    villages = [KETEWEL if number % 2 else SUKAWATI for number in range(100)]
    answers = await asyncio.gather(
        *(enroll(http, cohort_id, range(number, number + 1), villages[number]) for number in range(100))
    )
    assert sum(answer["enrolled"] for answer in answers) == 10
    assert sum(answer["waiting"] for answer in answers) == 90
    shown = (await http.get(f"/v1/cohorts/{cohort_id}")).json()
    assert {one["village_code"]: one["taken"] for one in shown["villages"]} == {KETEWEL: 3, SUKAWATI: 7}
    assert await pool.fetchval("select count(*) from period where cohort_id = $1", UUID(cohort_id)) == 10


async def test_lists_go_on_by_key_and_refuse_unknown_filters(http: AsyncClient) -> None:
    names = [f"Kelompok {letter}" for letter in "CABED"]
    for name in names:
        await proposed(http, name=name)
    await opened(http, name="Kelompok F", owner_office="Disnaker", village_places=TWO_VILLAGES)
    listed: list[str] = []
    asked: dict[str, str | int] = {"limit": 2}
    while True:
        answer = (await http.get("/v1/cohorts", params=asked)).json()
        listed += [row["name"] for row in answer["rows"]]
        if answer["next"] is None:
            break
        asked["cursor"] = answer["next"]
    assert listed == [*sorted(names), "Kelompok F"]
    filters = ("state=open", "owner_office=Disnaker", f"village_code={KETEWEL}", "state=open&year=2027")
    for filtered in filters:
        answer = (await http.get(f"/v1/cohorts?{filtered}")).json()
        assert [row["name"] for row in answer["rows"]] == ["Kelompok F"]
    assert (await http.get("/v1/cohorts", params={"year": 2026})).json()["rows"] == []
    misspelt = await http.get("/v1/cohorts", params={"statee": "open"})
    assert (misspelt.status_code, misspelt.json()["code"]) == (422, "parameter_unknown")


async def test_a_decree_is_kept_encrypted_and_given_back(http: AsyncClient, pool: Pool) -> None:
    cohort_id = await proposed(http, decree={"number": "463/E-03/HK/2026", "signed_on": "2026-12-15"})
    path = f"/v1/cohorts/{cohort_id}/decree-file"
    missing = await http.get(path)
    assert (missing.status_code, missing.json()["code"]) == (404, "decree_file_missing")
    kept = await http.put(path, content=PDF, headers={"Content-Type": "application/pdf"})
    assert (kept.status_code, kept.json()["bytes"]) == (200, len(PDF))
    for content, kind in ((PDF, "image/png"), (b"<html>", "application/pdf"), (PDF, "text/html")):
        refused = await http.put(path, content=content, headers={"Content-Type": kind})
        assert (refused.status_code, refused.json()["code"]) == (415, "decree_file_type")
    given = await http.get(path)
    assert (given.content, given.headers["content-type"]) == (PDF, "application/pdf")
    stored = await pool.fetchval("select sealed from decree_file")
    assert b"daftar nama" not in stored
    too_large = await http.put(path, content=PDF + bytes(11 * 1024**2), headers={"Content-Type": "application/pdf"})
    assert too_large.status_code == 413
    assert (await http.get(f"/v1/cohorts/{cohort_id}")).json()["decree"] == {
        "number": "463/E-03/HK/2026",
        "signed_on": "2026-12-15",
    }


async def test_the_waiting_list_is_shown_in_order_and_may_be_left(http: AsyncClient, pool: Pool) -> None:
    cohort_id = await opened(http, places=1)
    assert (await enroll(http, cohort_id, range(4)))["waiting"] == 3
    path = f"/v1/cohorts/{cohort_id}/waiting"
    first = (await http.get(path, params={"limit": 2})).json()
    rest = (await http.get(path, params={"limit": 2, "cursor": first["next"]})).json()
    listed = [row["worker_id"] for row in first["rows"] + rest["rows"]]
    assert (len(listed), rest["next"]) == (3, None)
    assert (await http.get(path, params={"village_code": BATUAN})).json()["rows"] == []
    left = await http.post(f"/v1/cohorts/{cohort_id}/withdrawals", json={"worker_id": listed[0]})
    assert (left.status_code, left.json()["worker_id"]) == (200, listed[0])
    again = await http.post(f"/v1/cohorts/{cohort_id}/withdrawals", json={"worker_id": listed[0]})
    assert (again.status_code, again.json()["code"]) == (404, "not_waiting")
    (fact,) = await facts(pool, "worker_refused")
    assert (fact["key"], fact["reason"]) == (UUID(listed[0]), "withdrawn")
    await http.post(f"/v1/cohorts/{cohort_id}/amendments", json={"places": 2})
    await act(http, cohort_id, "approvals")
    assert (await http.post("/v1/sweep")).json()["moved_up"] == 1
    assert [row["worker_id"] for row in (await http.get(path)).json()["rows"]] == listed[2:]


async def test_cohorts_from_before_go_on_with_what_they_had_taken(
    tmp_path: Path, create_database: Callable[..., Awaitable[str]]
) -> None:
    before = tmp_path / "enrollment" / "migrations"
    before.mkdir(parents=True)
    for name in ("0001_register.sql", "0002_resumes.sql"):
        shutil.copy(ENROLLMENT / name, before)
    dsn = await create_database()
    await migrate(dsn, (*migrations.WRITER, before))
    connection = await asyncpg.connect(dsn)
    limited, endless = UUID(int=1), UUID(int=2)
    for cohort_id, until, months in ((limited, date(2027, 7, 1), 6), (endless, None, None)):
        await connection.execute(
            """
            with c as (
                insert into cohort (cohort_id, name, year, segment, funding, programmes, legal_bases, covered_from,
                                    covered_until, months, places, person_months)
                values ($1, 'Lama', 2027, 'BPU', 'APBD', '{JKK}', '[{"title": "SK"}]', '2027-01-01', $2, $3, 10,
                        $3 * 10)
            ), q as (insert into quota (cohort_id, places, taken) values ($1, 10, 2)),
            m as (
                insert into coverage (coverage_id, worker_id, segment, village_code)
                select gen_random_uuid(), gen_random_uuid(), 'BPU', village
                  from unnest(array['51.04.01.2002', '51.04.01.2004']) as v(village)
                returning coverage_id
            )
            insert into period (coverage_id, cohort_id, period)
            select coverage_id, $1, daterange('2027-01-31', $2) from m
            """,
            cohort_id,
            until,
            months,
        )
    await connection.close()
    await migrate(dsn, (*migrations.WRITER, ENROLLMENT))
    async with open_pool(dsn, name="upgraded", size_max=2) as pool, transaction(pool) as tx:
        stands = await place_store.accounts(tx, [limited, endless])
        counted = [(one.taken, one.person_months, one.months["taken"], one.pool_free) for one in stands.values()]
        assert counted == [(2, 60, 12, 8), (2, None, 0, 8)]
        assert all(one.open and one.fits for one in stands.values())
        closed = await handlers.carry_out(tx, limited, terms.Close(date(2027, 2, 1)), Act("head", UUID(int=3)))
        assert closed.state == "closed"
        opened = await handlers.carry_out(tx, limited, terms.Open(date(2027, 2, 1)), Act("head", UUID(int=3)))
        assert opened.state == "open"
