"""Figures that were quoted to the world: kept as they were, the same for ever by one version, compared with another."""

import asyncio
import io
from hashlib import sha256
from typing import Any

import httpx2
import openpyxl
import pytest
from payung_contracts.enrollment import CoverageStarted, CoverageVoided
from payung_contracts.topics import COVERAGE
from typer.testing import CliRunner

from services.chassis.postgres import Pool, transaction
from services.reporting.cli import published
from services.reporting.rebuild.shape import make_tables
from tests.integration.reporting.conftest import Log, read
from tests.integration.reporting.test_cli import address, ask
from tests.integration.reporting.test_cohorts import ANNA, BUDI, period
from tests.unit.reporting.calendar_model import BATUBULAN

__all__ = ["address"]
SNAPSHOT = "1@2026-01-01T04:00:02.000000Z"
ONCE_MORE = "insert into p2.people_delta select * from p2.people_delta where people > 0 limit 1"
QUOTED = {
    "question": "protected",
    "parameters": {"as_of": "2026-03-10", "by": ["segment", "village"]},
    "snapshot": SNAPSHOT,
    "published_on": "2026-04-01",
    "published_in": "Siaran pers 12/2026",
}


async def two_protected(pool: Pool) -> Log:
    log = Log()
    for worker in (ANNA, BUDI):
        log.publish(COVERAGE, worker, CoverageStarted(**period(worker.int)))
    log.complete()
    log.publish(COVERAGE, BUDI, CoverageVoided(coverage_id=BUDI, reason="entered_twice"))
    log.complete()
    await read(pool, log)
    return log


async def test_a_published_figure_is_kept_once_and_answered_the_same_for_ever(
    pool: Pool, http: httpx2.AsyncClient
) -> None:
    await two_protected(pool)
    first = await http.post("/v1/published", json=QUOTED)
    assert first.status_code == 201
    kept = first.json()
    row = {"segment": "BPU", "village": BATUBULAN, "village_name": "Batubulan", "people": 2}
    assert (kept["answer"]["figures"], kept["answer"]["total"]) == ([row], 2)
    assert (kept["version"], kept["kept_by"], kept["answer"]["as_of"]) == (1, "steward-1", "2026-03-10")
    again = await http.post("/v1/published", json=QUOTED)
    assert (again.status_code, again.json()) == (200, kept)
    dated = QUOTED | {"parameters": {}, "published_in": "Laporan tahunan"}
    second = (await http.post("/v1/published", json=dated)).json()
    assert second["answer"]["as_of"] == "2026-01-01"
    one = (await http.get(f"/v1/published/{kept['id']}")).json()
    assert (one["now"]["same"], one["now"]["answer"]) == (True, kept["answer"])
    assert (await http.get("/v1/published/differences")).json() == {"rows": [], "asked_again": 2, "next": None}
    listed = (await http.get("/v1/published", params={"limit": 1})).json()
    assert [each["id"] for each in listed["rows"]] == [second["id"]]
    rest = (await http.get("/v1/published", params={"limit": 1, "cursor": listed["next"]})).json()
    assert (rest["rows"], rest["next"]) == ([kept], None)


@pytest.mark.usefixtures("address")
async def test_it_is_published_and_looked_up_from_a_terminal(pool: Pool) -> None:
    await two_protected(pool)
    command = ["protected", "as_of=2026-03-10", "by=segment", "--snapshot", SNAPSHOT, "--in", "Siaran pers 12/2026"]
    kept = await asyncio.to_thread(
        CliRunner().invoke, published.cli, [*command, "--on", "2026-04-01", "--by", "steward-1"]
    )
    assert kept.exit_code == 0, kept.output
    assert kept.output.splitlines()[1].split("\t")[1:] == [
        "2026-04-01",
        "Siaran pers 12/2026",
        "protected",
        "by=segment as_of=2026-03-10",
        SNAPSHOT,
        "2",
    ]
    listed = await ask("published")
    assert listed.output == kept.output
    assert (await ask("published-differences", "--json")).output.strip() == "[]"
    refused = await asyncio.to_thread(CliRunner().invoke, published.cli, [*command, "colour"])
    assert (refused.exit_code, "NAME=VALUE" in refused.output) == (1, True)
    short = await asyncio.to_thread(CliRunner().invoke, published.cli, [*command[:-1], "P"])
    assert (short.exit_code, short.output.startswith("--in ")) == (1, True), short.output
    usage = (await asyncio.to_thread(CliRunner().invoke, published.cli, ["-h"])).output
    assert ("COMMAND" in usage, "evidence" in usage) == (False, True), usage


async def test_what_is_no_final_figure_for_everybody_is_not_kept(pool: Pool, http: httpx2.AsyncClient) -> None:
    log = await two_protected(pool)
    for change, status, code in (
        ({"snapshot": "1@2026-01-01T05:00:00.000000Z"}, 409, "snapshot_not_final"),
        ({"snapshot": SNAPSHOT.replace("1@", "2@")}, 422, "snapshot_of_other_version"),
        ({"parameters": {"colour": "red"}}, 422, "parameter_unknown"),
        ({"parameters": {"known_at": log.now.isoformat()}}, 422, "snapshot_and_known_at"),
        ({"question": "died-without-claim/workers", "parameters": {}}, 403, "role_missing"),
        ({"question": "weather", "parameters": {}}, 422, "question_unknown"),
        ({"question": "../operations", "parameters": {}}, 422, "string_pattern_mismatch"),
        ({"question": "published", "parameters": {}, "snapshot": SNAPSHOT}, 422, "parameter_unknown"),
    ):
        refused = await http.post("/v1/published", json=QUOTED | change)
        assert (change, refused.status_code) == (change, status)
        told = refused.json()
        assert code in {told.get("code"), *(each.get("code") for each in told.get("errors", ()))}, (change, told)
    assert (await http.post("/v1/published", json=QUOTED, headers={"Payung-Roles": "clerk"})).status_code == 403
    assert (await http.get("/v1/published")).json()["rows"] == []
    assert (await http.get("/v1/published/7")).status_code == 404


async def test_what_another_version_would_answer_otherwise_is_listed(pool: Pool, http: httpx2.AsyncClient) -> None:
    await two_protected(pool)
    kept = (await http.post("/v1/published", json=QUOTED)).json()
    everywhere = {"question": "expiries", "parameters": {"from": "2026-03-01", "until": "2026-03-02"}}
    await http.post("/v1/published", json=QUOTED | everywhere)
    refused = await http.get("/v1/published/differences", params={"version": 2})
    assert (refused.status_code, refused.json()["code"]) == (422, "version_unknown")
    await by_other_rules(pool)
    found: Any = (await http.get("/v1/published/differences", params={"version": 2})).json()
    assert (found["asked_again"], [each["id"] for each in found["rows"]]) == (2, [kept["id"]])
    now = found["rows"][0]["now"]
    assert (now["same"], now["version"], now["answer"]["total"]) == (False, 2, 3)
    assert (await http.get(f"/v1/published/{kept['id']}")).json()["now"]["same"] is True

    await pool.execute("update projection set state = 'stale' where schema = 'p2'")
    left_behind = await http.get("/v1/published/differences", params={"version": 2})
    assert (left_behind.status_code, left_behind.json()["code"]) == (422, "version_unknown")
    await pool.execute("update projection set state = 'ready', version = 1 where schema = 'p2'")
    beside: Any = (await http.get("/v1/published/differences", params={"version": 1})).json()
    assert [each["now"]["answer"]["total"] for each in beside["rows"]] == [3]


async def test_an_evidence_file_is_kept_by_its_bytes_and_compared_by_its_figures(
    pool: Pool, http: httpx2.AsyncClient
) -> None:
    await two_protected(pool)
    header = "id,name,value,unit,scope,area_code,definition,valid_on,source,source_date"
    await http.put("/v1/targets", content=f"{header}\na,A,10,workers,Gianyar,51.04,all,2026-01-01,BPS,2026-01-01\n")
    named = {"denominator": ["a@1"], "area": "51.04"}
    file = {"question": "evidence/2026.xlsx", "parameters": named, "published_in": "Paritrana Award 2026"}
    kept = (await http.post("/v1/published", json=QUOTED | file)).json()
    found = await http.get("/v1/evidence/2026.xlsx", params=named | {"snapshot": SNAPSHOT})
    assert found.headers["payung-snapshot"] == SNAPSHOT
    assert (kept["answer"]["sha256"], kept["answer"]["bytes"]) == (
        sha256(found.content).hexdigest(),
        len(found.content),
    )
    one = (await http.get(f"/v1/published/{kept['id']}")).json()
    assert (one["now"]["same"], one["now"]["answer"], one["final"]) == (True, kept["answer"], True)
    unnamed = file | {"parameters": {}}
    assert (await http.post("/v1/published", json=QUOTED | unnamed)).json()["code"] == "snapshot_not_final"
    await beside(pool)
    asked = {"version": 2}
    assert (await http.get("/v1/published/differences", params=asked)).json()["rows"] == [], "other bytes, same figures"
    await pool.execute(ONCE_MORE)
    (differs,) = (await http.get("/v1/published/differences", params=asked)).json()["rows"]
    assert differs["now"]["same"] is False
    assert differs["now"]["answer"]["figures_sha256"] != kept["answer"]["figures_sha256"]


async def test_a_snapshot_is_named_by_the_version_that_answers_also_after_a_switch_and_back(
    pool: Pool, http: httpx2.AsyncClient
) -> None:
    await two_protected(pool)
    await by_other_rules(pool)
    asked = {"as_of": "2026-03-10", "known_at": "2026-01-01T04:00:02Z"}
    for active, ready, total in (("p1", "p2", 2), ("p2", "p1", 3), ("p1", "p2", 2)):
        async with transaction(pool) as tx:
            await tx.execute("update projection set state = 'ready' where schema = $1", ready)
            await tx.execute("update projection set state = 'active' where schema = $1", active)
        version = int(active[1:])
        found = (await http.get("/v1/protected", params=asked)).json()
        assert (found["total"], found["projection_version"]) == (total, version)
        assert found["snapshot"] == f"{version}@2026-01-01T04:00:02.000000Z"
        again = await http.get("/v1/protected", params={"as_of": "2026-03-10", "snapshot": found["snapshot"]})
        assert again.json()["total"] == total
        page = (
            await http.get("/pages/by-village", params={"as_of": "2026-03-10", "known_at": "2026-01-01T12:00:02"})
        ).text
        assert f"<code>{found['snapshot']}</code>" in page
        told = (await http.get("/pages/by-village/rows.xlsx", params=asked)).content
        about = openpyxl.load_workbook(io.BytesIO(told), read_only=True)["Keterangan"]
        assert ("Versi proyeksi", str(version)) in about.iter_rows(values_only=True)
        other = found["snapshot"].replace(f"{version}@", f"{3 - version}@")
        refused = await http.get("/v1/protected", params={"snapshot": other})
        assert (refused.status_code, refused.json()["code"]) == (422, "snapshot_of_other_version")


async def by_other_rules(pool: Pool) -> None:
    """A schema that stands ready beside the active one, whose rules count somebody once more."""
    await beside(pool)
    await pool.execute(ONCE_MORE)


async def beside(pool: Pool) -> None:
    """A schema of another version that stands ready beside the active one, and counts the same."""
    async with transaction(pool) as tx:
        await make_tables(tx, "p1", "p2")
        tables = await tx.fetch(
            "select relname from pg_class where relnamespace = 'p2'::regnamespace and relkind = 'r'"
        )
        for (table,) in tables:
            await tx.execute(f"insert into p2.{table} overriding system value select * from p1.{table}")  # noqa: S608
        await tx.execute("insert into public.projection (schema, version, state, who) values ('p2', 2, 'ready', 'me')")
