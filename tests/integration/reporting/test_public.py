"""What everybody sees: tables that were released once, small counts hidden, and nothing else of the database."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import httpx2
import pytest
import pytest_asyncio
from payung_contracts.claims import PaymentRecorded
from payung_contracts.enrollment import CoverageStarted, CoverageVoided
from payung_contracts.topics import CLAIM, COVERAGE

from services.chassis.postgres import Pool
from services.reporting.app import bring_up_to_date
from services.reporting.releases import release_next
from tests import servers
from tests.integration.reporting.conftest import Log, read
from tests.integration.reporting.test_published import beside
from tests.unit.reporting.calendar_model import BATUBULAN, KETEWEL

GUWANG = "51.04.01.2003"
PASSWORD = "everybody"
Everybody: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@pytest_asyncio.fixture
async def everybody(postgres: servers.Postgres, dsn: str) -> AsyncIterator[Everybody]:
    """A connection of role bi_public_reader, as the servers' set-up makes it."""
    admin = await asyncpg.connect(postgres.dsn)
    try:
        if not await admin.fetchval("select true from pg_roles where rolname = 'bi_public_reader'"):
            await admin.execute("create role bi_public_reader login")
        await admin.execute(f"alter role bi_public_reader password '{PASSWORD}'")
    finally:
        await admin.close()
    await bring_up_to_date(dsn)
    connection = await asyncpg.connect(dsn, user="bi_public_reader", password=PASSWORD)
    try:
        yield connection
    finally:
        await connection.close()


def covered(log: Log, first: int, people: int, village: str, segment: Any) -> None:
    for number in range(first, first + people):
        log.publish(
            COVERAGE,
            UUID(int=number),
            CoverageStarted(
                coverage_id=UUID(int=number),
                cohort_id=UUID(int=1),
                segment=segment,
                funding="APBD",
                village_code=village,
                programmes=("JKK", "JKM"),
                covered_from=date(2026, 1, 1),
                covered_until=date(2027, 1, 1),
            ),
        )


def at(log: Log, text: str) -> None:
    """Let time go on, and both sources state that all is told."""
    log.now = datetime.fromisoformat(text).replace(tzinfo=UTC)
    log.complete()


async def told(pool: Pool) -> Log:
    """January: a small count in Ketewel; one of its people was entered twice, which is told in February."""
    log = Log()
    for place, (village, segment, people) in enumerate(
        ((BATUBULAN, "PU", 6), (BATUBULAN, "BPU", 7), (KETEWEL, "PU", 9), (KETEWEL, "BPU", 3), (GUWANG, "BPU", 8))
    ):
        covered(log, 100 * (place + 1), people, village, segment)
    for number, (area, programme, cases) in enumerate(
        (
            ("51.04.01", "JKM", 2),
            ("51.04.01", "JKK", 5),
            ("51.04.02", "JKM", 5),
            ("51.04.02", "JKK", 6),
            ("51.04.03", "JKM", 6),
            ("51.04", "JHT", 9),
        )
    ):
        log.publish(
            CLAIM,
            UUID(int=900 + number),
            PaymentRecorded(
                reference=f"R-{number}",
                programme=programme,
                segment="BPU",
                area_code=area,
                paid_on=date(2026, 1, 20),
                cases=cases,
                amount_idr=42_000_000 * cases,
            ),
        )
    await read(pool, log)
    return log


async def test_a_table_is_released_when_its_month_is_over_and_complete_and_never_changes(
    pool: Pool, http: httpx2.AsyncClient
) -> None:
    log = await told(pool)
    assert await release_next(pool) is False
    at(log, "2026-01-31T15:59:59")
    await read(pool, log)
    assert await release_next(pool) is False
    refused = await http.get("/public/v1/protected")
    assert (refused.status_code, refused.json()["code"]) == (404, "not_released")
    at(log, "2026-01-31T16:00:00")
    await read(pool, log)
    assert [await release_next(pool), await release_next(pool)] == [True, False]
    january = (await http.get("/public/v1/protected")).json()
    assert (january["as_of"], january["snapshot"]) == ("2026-01-31", "1@2026-01-31T16:00:00.000000Z")
    assert (january["final"], "1 Februari 2026 pukul 00.00 WITA" in january["why"]["indonesian"]) == (True, True)
    log.publish(COVERAGE, UUID(int=400), CoverageVoided(coverage_id=UUID(int=400), reason="entered_twice"))
    at(log, "2026-03-15T00:00:00")
    await read(pool, log)
    assert [await release_next(pool), await release_next(pool)] == [True, False]
    february = (await http.get("/public/v1/protected")).json()
    assert (february["as_of"], february["released"]) == ("2026-02-28", ["2026-02-28", "2026-01-31"])
    again = (await http.get("/public/v1/protected", params={"month": "2026-01"})).json()
    assert again | {"released": january["released"]} == january
    exact = await http.get("/v1/protected", params={"snapshot": january["snapshot"], "as_of": "2026-01-31"})
    assert exact.json()["total"] == january["figures"][0]["total"] == 33


async def test_tables_that_another_version_would_make_otherwise_are_listed(
    pool: Pool, http: httpx2.AsyncClient
) -> None:
    log = await told(pool)
    at(log, "2026-03-15T00:00:00")
    await read(pool, log)
    while await release_next(pool):
        pass
    await beside(pool)
    asked: dict[str, Any] = {"version": 2, "limit": 1}
    first = (await http.get("/v1/published/tables/differences", params=asked)).json()
    rest = (await http.get("/v1/published/tables/differences", params=asked | {"cursor": first["next"]})).json()
    assert [(each["rows"], each["asked_again"]) for each in (first, rest)] == [([], 1), ([], 1)]
    assert rest["next"] is None
    await pool.execute("delete from p2.people_delta where village_code = $1 and recorded_at < '2026-02-01'", GUWANG)
    listed = (await http.get("/v1/published/tables/differences", params={"version": 2})).json()["rows"]
    assert [(each["question"], each["as_of"]) for each in listed] == [
        ("public/protected", "2026-02-28"),
        ("public/protected", "2026-01-31"),
    ]
    january = listed[1]
    assert (january["snapshot"], january["final"]) == ("1@2026-01-31T16:00:00.000000Z", True)
    assert (january["answer"]["total"], january["now"]["answer"]["total"], january["now"]["same"]) == (33, 25, False)
    assert {"area": GUWANG, "part": "BPU", "number": 8, "amount_idr": None} in january["answer"]["figures"]
    assert BATUBULAN not in {each["area"] for each in january["now"]["answer"]["figures"]}
    assert (await http.get("/v1/published/tables/differences")).json()["rows"] == []


async def test_small_counts_are_hidden_with_their_cover_and_with_their_rupiah(
    pool: Pool, http: httpx2.AsyncClient, everybody: Everybody
) -> None:
    log = await told(pool)
    at(log, "2027-04-01T00:00:00")
    await read(pool, log)
    while await release_next(pool):
        pass
    january = (await http.get("/public/v1/protected", params={"month": "2026-01", "area": "51.04.01"})).json()
    nobody = {"PU": 0, "NON_ASN": 0, "JAKON": 0, "BPU": 0}
    hidden: dict[str, int | None] = dict.fromkeys(nobody, None)
    assert {row["area_name"]: (row["total"], row["parts"]) for row in january["figures"]} == {
        "Sukawati": (33, nobody | {"PU": 15, "BPU": 18}),
        "Batubulan": (13, hidden),
        "Ketewel": (12, hidden),
        "Guwang": (8, nobody | {"BPU": 8}),
    }
    at(log, "2028-04-01T00:00:00")
    await read(pool, log)
    while await release_next(pool):
        pass
    for asked, year in (({}, 2026), ({"month": "2027-11"}, 2026), ({"year": "2027"}, 2027), ({"year": ""}, 2026)):
        page = (await http.get("/public", params={"area": "51.04"} | asked)).text
        assert f"Manfaat yang dibayarkan {year}</h2>" in page, asked
        assert f'<option value="{year}" selected>' in page, asked
        assert ("1.386.000.000" in page) == (year == 2026), asked
        assert ("&amp;year=" in page) == (asked.get("year") == "2027"), "the year chosen is kept while areas are"
    refused = await http.get("/public", params={"year": 2024})
    assert (refused.status_code, "Manfaat tahun" in refused.text) == (422, True)
    assert january["hidden"].keys() == january["definition"].keys() == {"indonesian", "english"}
    paid = (await http.get("/public/v1/claims-paid", params={"year": 2026, "area": "51.04"})).json()
    shown = {row["area"]: (row["total"], row["parts"]["JKM"], row["amount_idr"]) for row in paid["figures"]}
    assert shown == {
        "51.04": (33, 13, 33 * 42_000_000),
        "51.04.-": (9, None, None),
        "51.04.01": (7, None, None),
        "51.04.02": (11, None, None),  # without it 2 deaths would be left for the other two, and their rupiah
        "51.04.03": (6, 6, 6 * 42_000_000),
    }
    in_sql = await everybody.fetch(
        "select area_name, people from bi_public.protected"
        " where as_of = '2026-01-31' and segment = 'PU' and level = 'village' order by area_code"
    )
    assert [tuple(row) for row in in_sql] == [("Batubulan", None), ("Ketewel", None), ("Guwang", 0)]
    cases = "select cases, amount_idr from bi_public.claims_paid where area_code = '51.04' and programme = 'JKM'"
    assert [tuple(row) for row in await everybody.fetch(cases)] == [(13, 13 * 42_000_000)]
    relations = await pool.fetch(
        "select schemaname, tablename from pg_tables where schemaname in ('public', 'p1')"
        " union all select schemaname, viewname from pg_views where schemaname in ('public', 'bi')"
    )
    assert len(relations) > 20
    for schema, relation in relations:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await everybody.fetch(f'select * from {schema}."{relation}" limit 1')  # noqa: S608 - names of our tables
    unsaid = await pool.fetch(
        "select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0"
        " where c.relnamespace = 'bi_public'::regnamespace"
        " and (col_description(c.oid, a.attnum) is null or obj_description(c.oid, 'pg_class') is null)"
    )
    assert unsaid == []
