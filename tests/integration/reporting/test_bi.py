"""What whoever asks in SQL sees: the documented schema `bi`, with the same figures, and nothing else."""

import ast
import json
import re
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import pytest
from payung_contracts.enrollment import CohortApproved, CoverageStarted
from payung_contracts.topics import COHORT, COVERAGE

from services.chassis.postgres import Pool
from tests.integration.reporting.conftest import PASSWORD, Analyst, Log, read
from tests.unit.reporting.calendar_model import BATUBULAN

ANNA, FARMERS = UUID(int=1), uuid4()
MARCH, JUNE = date(2026, 3, 1), date(2026, 6, 1)
REPOSITORY = Path(__file__).parents[3]
NOTEBOOK = REPOSITORY / "docs" / "notebooks" / "bi.ipynb"


async def tell(pool: Pool) -> Log:
    log = Log()
    log.publish(
        COHORT,
        FARMERS,
        CohortApproved(
            name="Petani",
            year=2026,
            segment="BPU",
            funding="APBD",
            programmes=("JKK", "JKM"),
            legal_bases=(),
            covered_from=MARCH,
            covered_until=JUNE,
            months=3,
            places=10,
            person_months=30,
            budget_idr=504_000,
        ),
    )
    log.publish(
        COVERAGE,
        ANNA,
        CoverageStarted(
            coverage_id=ANNA,
            cohort_id=FARMERS,
            segment="BPU",
            funding="APBD",
            village_code=BATUBULAN,
            programmes=("JKK", "JKM"),
            covered_from=MARCH,
            covered_until=JUNE,
        ),
    )
    log.complete()
    await read(pool, log)
    return log


async def test_the_analyst_sees_the_same_figures(pool: Pool, analyst: Analyst) -> None:
    log = await tell(pool)
    rows = await analyst.fetch("select village_name, district_code, segment, people from bi.protected($1)", MARCH)
    assert [tuple(row) for row in rows] == [("Batubulan", "51.04.01", "BPU", 1)]
    assert await analyst.fetch("select * from bi.protected($1)", JUNE) == []
    line = await analyst.fetch(
        "select day, village_code, segment, people, forecast"
        " from bi.protected_over_time('2026-02-15', '2026-06-30', $1)",
        log.now,
    )
    ends = [date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]
    assert [tuple(row) for row in line] == [(day, BATUBULAN, "BPU", 1, True) for day in ends]
    earlier = log.now.replace(year=2025)
    assert await analyst.fetch("select * from bi.protected($1, $2)", MARCH, earlier) == []
    held = await analyst.fetchrow("select cohort_name, memberships from bi.memberships($1)", MARCH)
    assert held is not None
    assert tuple(held) == ("Petani", 1)
    ask = "select enrolled, months_realised, months_left from bi.commitments($1, $2)"
    paid = [(await analyst.fetchrow(ask, day, log.now)) for day in (MARCH, date(2026, 3, 31), JUNE)]
    assert [tuple(row) for row in paid if row] == [(1, 0, 30), (1, 1, 29), (1, 3, 27)]
    assert await analyst.fetch(ask, JUNE, earlier) == []
    assert await analyst.fetchval("select sum(people)::bigint from bi.people_ledger where day <= $1", MARCH) == 1
    assert await analyst.fetchval("select count(*) from bi.watermark") == 2


async def test_the_analyst_sees_what_is_withheld_and_since_when(pool: Pool, analyst: Analyst) -> None:
    log = await tell(pool)
    asked = "select source, withheld_keys, first_withheld from bi.watermark order by source"
    assert [tuple(row) for row in await analyst.fetch(asked)] == [("claims", 0, None), ("enrollment", 0, None)]
    parked_at = log.publish_raw(COVERAGE, UUID(int=2), "enrollment.coverage_started.v1", b"{}")
    log.publish_raw(COVERAGE, UUID(int=2), "enrollment.coverage_started.v1", b"{}")
    log.complete()
    await read(pool, log)
    told = [("claims", 1, parked_at), ("enrollment", 1, parked_at)]
    assert [tuple(row) for row in await analyst.fetch(asked)] == told
    log.unreadable(COVERAGE, UUID(int=3))
    log.complete()
    await read(pool, log)
    assert [tuple(row) for row in await analyst.fetch(asked)] == [("claims", 2, None), ("enrollment", 2, None)]


async def test_the_analyst_sees_nothing_else_and_writes_nothing(pool: Pool, analyst: Analyst) -> None:
    await tell(pool)
    tables = await pool.fetch("select schemaname, tablename from pg_tables where schemaname in ('public', 'p1')")
    assert len(tables) > 10
    for schema, table in tables:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await analyst.fetch(f'select * from {schema}."{table}" limit 1')  # noqa: S608 - names of our tables
    await analyst.execute("set default_transaction_read_only = off")
    for statement in (
        "delete from bi.villages",
        "update bi.villages set kind = kind",
        "insert into bi.villages select * from bi.villages",
        "create table bi.mine (x int)",
        "create table public.mine (x int)",
        "select public.business_clock()",
    ):
        with pytest.raises(asyncpg.PostgresError) as refused:
            await analyst.execute(statement)
        assert isinstance(refused.value, asyncpg.InsufficientPrivilegeError), statement


async def test_everything_in_the_schema_says_what_it_is_and_arrives_as_plain_types(pool: Pool) -> None:
    assert await pool.fetch("select object, name from bi.dictionary where coalesce(meaning, '') = ''") == []
    objects = await pool.fetchval("select count(distinct object) from bi.dictionary where place > 0")
    assert objects == await pool.fetchval(
        "select count(*) from (select relname from pg_class where relnamespace = 'bi'::regnamespace"
        " union select proname from pg_proc where pronamespace = 'bi'::regnamespace) each"
    )
    opaque = await pool.fetch(
        "select table_name, column_name from information_schema.columns"
        " where table_schema = 'bi' and data_type in ('numeric', 'USER-DEFINED', 'ARRAY', 'json', 'jsonb')"
    )
    assert opaque == []


async def test_whatever_pages_files_and_documents_name_of_the_schema_is_there(pool: Pool) -> None:
    there = {row["object"] for row in await pool.fetch("select object from bi.dictionary")}
    told = [*(REPOSITORY / "services" / "reporting").rglob("*.py"), *(REPOSITORY / "docs").rglob("*.md"), NOTEBOOK]
    named = {name for file in told for name in re.findall(r"\bbi\.([a-z_]+)", file.read_text(encoding="utf-8"))}
    assert len(named) > 10
    assert named - {"ipynb"} <= there


async def test_every_cell_of_the_example_notebook_runs(
    pool: Pool, analyst: Analyst, dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await tell(pool)
    assert await analyst.fetchval("select current_user") == "bi_reader"
    place = urlsplit(dsn)
    monkeypatch.setenv(
        "PAYUNG_BI_DSN", place._replace(netloc=f"bi_reader:{PASSWORD}@{place.netloc.rpartition('@')[2]}").geturl()
    )
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    names: dict[str, Any] = {}
    for cell in notebook["cells"]:
        assert not cell.get("outputs"), "a notebook is kept without figures"
        if cell["cell_type"] == "code":
            code = compile("".join(cell["source"]), NOTEBOOK.name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            if (running := eval(code, names)) is not None:  # noqa: S307 - our own notebook
                await running
    assert "enrollment" in capsys.readouterr().out
