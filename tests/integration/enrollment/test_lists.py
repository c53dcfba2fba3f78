"""Lists for the office: who is in the register, who lapses when and what keeping them costs; cautions on cohorts."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest_asyncio
from httpx2 import ASGITransport, AsyncClient

from services.chassis.postgres import Pool, Transaction, transaction
from services.chassis.vault import Vault
from services.enrollment import domain, queries
from services.enrollment.app import make_app
from services.enrollment.domain import Cohort, Funding
from services.enrollment.queries import Wanted
from tests.integration.enrollment.conftest import (
    JULY,
    KETEWEL,
    NEW_YEAR,
    OCTOBER,
    approve,
    carry_out,
    enroll,
    find,
    move_to,
    nik,
    renew,
)

SUKAWATI = "51.04.01.2004"
WHO = {"Payung-Actor": "clerk-1", "Payung-Roles": "clerk"}
MARCH = date(2027, 3, 1)
JUNE_30 = date(2027, 6, 30)
PACKAGE = 16_800
BEFORE_ALL = (date.min, UUID(int=0))


@pytest_asyncio.fixture
async def http(pool: Pool, vault: Vault) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(make_app(pool, vault, scenario=True))
    async with AsyncClient(transport=transport, base_url="http://enrollment", headers=WHO) as client:
        yield client


async def told(http: AsyncClient, path: str, **asked: Any) -> Any:
    answer = await http.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def every_page(http: AsyncClient, path: str, limit: int, **asked: Any) -> list[Any]:
    rows, cursor = [], None
    for _ in range(100):
        page = await told(http, path, limit=limit, **asked, **({"cursor": cursor} if cursor else {}))
        rows += page["rows"]
        cursor = page["next"]
        if cursor is None:
            return rows
    raise AssertionError("the pages have no end")


async def test_workers_are_listed_by_village_cohort_and_status(pool: Pool, vault: Vault, http: AsyncClient) -> None:
    until_july, until_march = await approve(pool), await approve(pool, NEW_YEAR, MARCH)
    await enroll(pool, vault, until_july, range(5))
    await enroll(pool, vault, until_march, range(5, 8))
    moved = (await find(pool, vault, 0)).worker_id
    await carry_out(pool, domain.Relocate(moved, SUKAWATI, NEW_YEAR, NEW_YEAR))
    everybody = {str((await find(pool, vault, number)).worker_id) for number in range(8)}
    rows = await every_page(http, "/v1/workers", 3)
    assert [row["worker_id"] for row in rows] == sorted(everybody, key=UUID)
    assert {row["village_code"] for row in rows} == {KETEWEL, SUKAWATI}
    assert len(await every_page(http, "/v1/workers", 9, village_code=KETEWEL, on="2026-12-31")) == 8

    in_march = {"on": "2027-03-01"}
    assert len(await every_page(http, "/v1/workers", 2, cohort_id=str(until_march.cohort_id))) == 3
    (found,) = await every_page(http, "/v1/workers", 2, village_code=SUKAWATI, **in_march)
    assert found["worker_id"] == str(moved)
    assert len(await every_page(http, "/v1/workers", 2, village_code=KETEWEL, **in_march)) == 7
    assert len(await every_page(http, "/v1/workers", 2, status="lapsed", **in_march)) == 3
    assert len(await every_page(http, "/v1/workers", 2, status="in_force", **in_march)) == 5
    assert await every_page(http, "/v1/workers", 2, village_code="51.04.01.2003") == []
    refused = await http.get("/v1/workers", params={"vilage_code": KETEWEL})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/query/vilage_code")


async def test_renewals_tell_who_lapses_when_and_what_keeping_them_costs(
    pool: Pool, vault: Vault, http: AsyncClient
) -> None:
    until_july, until_march = await approve(pool), await approve(pool, NEW_YEAR, MARCH)
    wage_earners = await approve(pool, NEW_YEAR, MARCH, segment="PU", funding="EMPLOYER")
    await enroll(pool, vault, until_july, range(4))
    await enroll(pool, vault, until_march, range(4, 6))
    await enroll(pool, vault, wage_earners, [6])
    following = await approve(pool, JULY, OCTOBER)
    await renew(pool, vault, following, [0])
    moved = (await find(pool, vault, 1)).worker_id
    await carry_out(pool, domain.Relocate(moved, SUKAWATI, NEW_YEAR, NEW_YEAR))

    rows = await every_page(http, "/v1/renewals", 2, until="2027-06-30", months=3)
    assert [row["last_covered_day"] for row in rows] == ["2027-02-28"] * 3 + ["2027-06-30"] * 3
    assert {(row["segment"], row["monthly_idr"], row["cost_idr"]) for row in rows} == {
        ("BPU", PACKAGE, 3 * PACKAGE),
        ("PU", None, None),
    }
    assert {row["days_left"] for row in rows} == {59, 181}
    assert await every_page(http, "/v1/renewals", 2, until="2027-06-29", cohort_id=str(until_july.cohort_id)) == []
    (only,) = await every_page(http, "/v1/renewals", 2, until="2027-06-30", village_code=SUKAWATI)
    assert (only["worker_id"], only["cohort_name"]) == (str(moved), "Pekerja rentan")
    assert (await http.get("/v1/renewals", params={"until": "2026-12-31"})).status_code == 422

    summary = await told(http, "/v1/renewals/summary", until="2027-06-30", months=3)
    total = summary["total"]
    assert (total["people"], total["memberships"], total["person_months"]) == (6, 6, 18)
    assert (total["cost_idr"], total["without_price"]) == (5 * 3 * PACKAGE, 1)
    assert (total["first_last_covered_day"], total["latest_last_covered_day"]) == ("2027-02-28", "2027-06-30")
    shares = {(row["village_code"], row["cohort_id"]): row["people"] for row in summary["rows"]}
    assert shares == {
        (KETEWEL, str(until_july.cohort_id)): 2,
        (SUKAWATI, str(until_july.cohort_id)): 1,
        (KETEWEL, str(until_march.cohort_id)): 2,
        (KETEWEL, str(wage_earners.cohort_id)): 1,
    }
    assert len(await every_page(http, "/v1/renewals/summary", 1, until="2027-06-30")) == 4
    assert (await told(http, "/v1/renewals/summary", until="2027-01-02"))["total"] is None

    await move_to(pool, MARCH)
    after = await told(http, "/v1/renewals", until="2027-06-30")
    assert (after["today"], len(after["rows"])) == ("2027-03-01", 3)


async def test_a_page_of_renewals_reads_what_it_shows(pool: Pool) -> None:
    cohort = await approve(pool)
    await pool.execute(
        """
        with held as (
            select gen_random_uuid() as coverage_id, gen_random_uuid() as worker_id, n from generate_series(1, 5000) n
        ), covers as (
            insert into coverage (coverage_id, worker_id, segment, village_code)
            select coverage_id, worker_id, 'BPU', '51.04.01.' || 2000 + n % 50 from held
        )
        insert into due (due_on, worker_id, coverage_id, cohort_id, covered_until, version)
        select date '2027-06-01', worker_id, coverage_id, $1, date '2027-07-01' - n % 3, 1 from held
        """,
        cohort.cohort_id,
    )
    await pool.execute("vacuum analyze due, coverage, cohort, relocation")
    for village_code, looked_at_max in ((None, 60), (KETEWEL, 600)):
        wanted = Wanted(NEW_YEAR, JULY, 12, village_code=village_code)
        async with transaction(pool) as tx:
            everything = await queries.lapsing(tx, wanted, after=BEFORE_ALL, limit=5_000)
        assert len(everything) == (5_000 if village_code is None else 100)
        after = (everything[9].covered_until, everything[9].coverage_id)
        async with transaction(pool) as tx:
            before = await rows_looked_at(tx)
            assert await queries.lapsing(tx, wanted, after=after, limit=20) == everything[10:30]
            assert await rows_looked_at(tx) - before <= looked_at_max


async def rows_looked_at(tx: Transaction) -> int:
    looked_at: int = await tx.fetchval(
        """
        select sum(seq_tup_read + idx_tup_fetch)::int from pg_stat_xact_user_tables
         where relname in ('due', 'coverage')
        """
    )
    return looked_at


async def test_the_file_of_renewals_holds_every_row_and_no_formula(pool: Pool, vault: Vault, http: AsyncClient) -> None:
    cohort = await approve(pool)
    await enroll(pool, vault, cohort, range(3))
    await pool.execute("update cohort set name = '=cmd()'")
    answer = await http.get("/v1/renewals.csv", params={"until": "2027-06-30", "months": 2, "separator": "semicolon"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert 'filename="renewals-2027-01-01-2027-06-30.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert {(row["last_covered_day"], row["village"], row["cohort"], row["cost_idr"]) for row in rows} == {
        ("2027-06-30", "Ketewel", "'=cmd()", str(2 * PACKAGE))
    }
    listed = await every_page(http, "/v1/renewals", 10, until="2027-06-30")
    assert {row["worker_id"] for row in rows} == {row["worker_id"] for row in listed}


async def test_what_a_month_costs_follows_from_who_pays_and_when(pool: Pool, vault: Vault) -> None:
    async def cost(cohort: Cohort, months: int, number: int) -> int | None:
        await enroll(pool, vault, cohort, [number])
        wanted = Wanted(NEW_YEAR, date(2027, 12, 31), months, cohort_id=cohort.cohort_id)
        async with transaction(pool) as tx:
            (row,) = await queries.lapsing(tx, wanted, after=(date.min, UUID(int=0)), limit=2)
        return row.cost_idr

    own_price = await approve(pool)
    await pool.execute("update cohort set contribution_idr = 20000 where cohort_id = $1", own_price.cohort_id)
    assert await cost(own_price, 2, 1) == 40_000
    assert await cost(await approve(pool, funding="CSR"), 2, 2) == 2 * PACKAGE
    with_savings = await approve(pool)
    await pool.execute("update cohort set programmes = '{JKK,JKM,JHT}' where cohort_id = $1", with_savings.cohort_id)
    assert await cost(with_savings, 1, 3) == 36_800
    # who drives for a living pays half until the end of March 2027, and only where nobody else pays
    reduced: tuple[tuple[Funding, int], ...] = (("SELF", 8_400 + PACKAGE), ("APBD", 2 * PACKAGE))
    for funding, months_of in reduced:
        drivers = await approve(pool, NEW_YEAR, MARCH, funding=funding)
        await enroll(pool, vault, drivers, [4])
        await pool.execute("update period set activity = 'transport' where cohort_id = $1", drivers.cohort_id)
        assert await cost(drivers, 2, 4) == months_of


async def test_a_membership_tells_from_when_jkm_is_full(pool: Pool, vault: Vault, http: AsyncClient) -> None:
    cohort = await approve(pool, NEW_YEAR, JULY)
    await enroll(pool, vault, cohort, [1])
    await renew(pool, vault, await approve(pool, OCTOBER, None), [1])
    shown = await told(http, f"/v1/workers/{(await find(pool, vault, 1)).worker_id}")
    (membership,) = shown["coverages"]
    assert [(run["since"], run["full_jkm_from"], run["last_covered_day"]) for run in membership["unbroken"]] == [
        ("2027-01-01", "2027-04-01", "2027-06-30"),
        ("2027-10-01", "2028-01-01", None),
    ]


async def test_a_cohort_is_cautioned_before_it_is_approved(pool: Pool, http: AsyncClient) -> None:
    await approve(pool, NEW_YEAR, JULY)
    terms = {
        "name": "Pekerja rentan, Perubahan",
        "year": 2027,
        "segment": "BPU",
        "funding": "APBD",
        "programmes": ["JKK", "JKM"],
        "legal_bases": [{"title": "Keputusan Bupati", "placeholder": True}],
        "covered_from": "2027-09-01",
        "months": 4,
        "places": 10,
    }
    answer = await http.post("/v1/cohorts", json=terms)
    assert answer.status_code == 201, answer.text
    assert [caution["code"] for caution in answer.json()["cautions"]] == ["jkm_full_shortly", "jkm_begins_anew"]
    joined = await http.post("/v1/cohorts", json=terms | {"covered_from": "2027-07-01", "months": 6})
    assert joined.json()["cautions"] == []


async def test_a_renewal_after_a_gap_is_worth_a_look(pool: Pool, vault: Vault, http: AsyncClient) -> None:
    await enroll(pool, vault, await approve(pool, NEW_YEAR, JULY), [1, 2])
    joined, after_a_gap = await approve(pool, JULY, OCTOBER), await approve(pool, OCTOBER, None)
    for cohort, number, codes in ((joined, 1, []), (after_a_gap, 2, ["jkm_begins_anew"])):
        answer = await http.post(f"/v1/cohorts/{cohort.cohort_id}/renewals", content=f"nik\n{nik(number)}\n")
        told = answer.json()
        assert (told["renewed"], [warning["code"] for warning in told["warnings"]]) == (1, codes)
