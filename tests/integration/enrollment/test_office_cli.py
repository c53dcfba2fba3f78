"""The commands of the office, at a running service: the operations of HTTP, with answers for people and programs."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import uvicorn
from typer.testing import CliRunner, Result

from services.chassis.postgres import Pool
from services.chassis.vault import Vault
from services.enrollment.app import make_app
from services.enrollment.cli import cli
from tests import servers
from tests.integration.enrollment.conftest import KETEWEL, approve, enroll, find, nik
from tests.world import until

TERMS: dict[str, Any] = {
    "name": "Pekerja rentan 2027",
    "year": 2027,
    "segment": "BPU",
    "funding": "APBD",
    "programmes": ["JKK", "JKM"],
    "legal_bases": [{"title": "Keputusan Bupati", "placeholder": True}],
    "covered_from": "2027-01-01",
    "months": 4,
    "places": 10,
}
Command = Callable[..., Awaitable[Result]]


def at_port(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    for name in ("POSTGRES_DSN", "KEYS_DSN", "KAFKA", "SECRETS", "ERASURES"):
        monkeypatch.setenv(f"ENROLLMENT_{name}", "not needed")
    monkeypatch.setenv("ENROLLMENT_PORT", str(port))


@pytest_asyncio.fixture
async def command(pool: Pool, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Command]:
    """Run a command against a service of its own; only the address that it needs is told to it."""
    port = servers.free_port()
    app = make_app(pool, vault, scenario=True)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started, "enrollment answers")
    at_port(monkeypatch, port)

    async def run(*arguments: str, typed: str | None = None) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, cli, list(arguments), input=typed)

    yield run
    server.should_exit = True
    await serving


async def test_a_cohort_goes_through_its_life(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "terms.json"
    file.write_text(json.dumps(TERMS))
    proposed = await command("cohorts", "propose", str(file), "--by", "clerk-1", "--json")
    assert proposed.exit_code == 0, proposed.output
    told = json.loads(proposed.stdout)
    assert [caution["code"] for caution in told["cautions"]] == ["jkm_full_shortly"]
    cohort = told["cohort_id"]
    refused = await command("cohorts", "approve", cohort, "--by", "clerk-1")
    assert (refused.exit_code, "Ask a colleague" in refused.stderr) == (1, True)
    approved = await command("cohorts", "approve", cohort, "--by", "head-1")
    assert ", approved, " in approved.stdout
    assert ", open, " in (await command("cohorts", "open", cohort, "--by", "head-1")).stdout
    moved = await command("cohorts", "reallocate", cohort, "3", "--to", KETEWEL, "--by", "head-1", "--json")
    assert [village["total"] for village in json.loads(moved.stdout)["villages"]] == [3]
    handed = await command("cohorts", "hand-over", cohort, "Dinas Sosial", "--by", "head-1", "--json")
    assert json.loads(handed.stdout)["owner_office"] == "Dinas Sosial"
    assert ", closed, " in (await command("cohorts", "close", cohort, "--by", "head-1")).stdout
    listed = await command("cohorts", "list", "--state", "closed")
    assert listed.stdout.splitlines()[1].split("\t")[:4] == [cohort, TERMS["name"], "2027", "closed"]
    assert (await command("cohorts", "list", "--state", "shut")).exit_code == 1
    assert (await command("cohorts", "show", "no-id")).exit_code == 2


async def test_people_are_found_by_what_is_piped_in_and_listed_by_id(
    command: Command, pool: Pool, vault: Vault
) -> None:
    await enroll(pool, vault, await approve(pool), range(3))
    worker_id = str((await find(pool, vault, 1)).worker_id)
    found = await command("workers", "find", "--by", "clerk-1", typed=f"{nik(1)}\n")
    assert json.loads(found.stdout)["worker_id"] == worker_id
    assert nik(1) not in found.output
    unknown = await command("workers", "find", typed=f"{nik(9)}\n")
    assert (unknown.exit_code, nik(9) in unknown.output) == (1, False)
    listed = await command("workers", "list", "--village", KETEWEL, "--status", "in_force", "--json")
    assert worker_id in {row["worker_id"] for row in json.loads(listed.stdout)}
    shown = json.loads((await command("workers", "show", worker_id)).stdout)
    assert [run["full_jkm_from"] for run in shown["coverages"][0]["unbroken"]] == ["2027-04-01"]


async def test_renewals_are_listed_summed_and_written(
    command: Command, pool: Pool, vault: Vault, tmp_path: Path
) -> None:
    await enroll(pool, vault, await approve(pool), range(3))
    ahead = ("--until", "2027-06-30", "--months", "2")
    rows = json.loads((await command("renewals", *ahead, "--json")).stdout)
    assert [row["cost_idr"] for row in rows] == [33_600] * 3
    summed = await command("renewals", *ahead, "--summary")
    assert summed.stdout.splitlines()[1].split("\t")[0] == KETEWEL
    assert "3 people lapse" in summed.stderr
    assert "100,800 rupiah" in summed.stderr
    file = tmp_path / "renewals.csv"
    assert (await command("renewals", *ahead, "--csv", str(file))).exit_code == 0
    assert len(file.read_text(encoding="utf-8-sig").splitlines()) == 4
    assert (await command("renewals", "--until", "2020-01-01")).exit_code == 1


async def test_every_operation_is_a_command(command: Command, pool: Pool, vault: Vault, tmp_path: Path) -> None:
    cohort = await approve(pool)
    await enroll(pool, vault, cohort, range(2))
    worker = await find(pool, vault, 1)
    coverage = worker.memberships[0].coverage_id
    listed = await command("operations", "--json")
    known = {row["operation"]: row["roles"] for row in json.loads(listed.stdout)}
    assert (known["workers_register_death"], known["workers_show_worker"]) == ("clerk", None)
    ended = ("coverages_terminate", f"coverage_id={coverage}", "last_covered_day=2027-02-28", "reason=moved")
    told = await command("call", *ended, "--by", "clerk-1", "--key", "once")
    assert json.loads(told.stdout)["coverages"][0]["periods"][0]["last_covered_day"] == "2027-02-28", told.output
    again = await command("call", *ended, "--by", "clerk-1", "--key", "once")
    assert json.loads(again.stdout) == json.loads(told.stdout)
    died = await command("call", "workers_register_death", f"worker_id={worker.worker_id}", "died_on=2027-01-01")
    assert json.loads(died.stdout)["died_on"] == "2027-01-01"
    page = await command("call", "lists_list_workers", "limit=1", f"village_code={KETEWEL}")
    assert len(json.loads(page.stdout)["rows"]) == 1
    sent = await command("call", "workers_find", typed=f"{nik(1)}\n")
    assert json.loads(sent.stdout)["worker_id"] == str(worker.worker_id)
    as_argument = await command("call", "workers_find", f"nik={nik(1)}")
    assert (as_argument.exit_code, nik(1) in as_argument.output) == (1, False)
    file = tmp_path / "renewals.csv"
    assert (await command("call", "lists_renewals_file", "--out", str(file))).exit_code == 0
    assert file.read_bytes().startswith(b"\xef\xbb\xbflast_covered_day")
    for wrong, says in (
        (("workers_fly",), "There is no operation"),
        (("workers_show_worker",), "worker_id is missing"),
        (("workers_show_worker", f"worker_id={worker.worker_id}", "on=1"), "on is not taken here"),
        (("workers_show_worker", "worker_id"), "is no NAME=VALUE"),
        (("clock_move_clock", "now=yesterday"), "/body/now"),
    ):
        refused = await command("call", *wrong)
        assert (refused.exit_code, says in refused.stderr) == (1, True), refused.output


async def test_nobody_at_the_door_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    at_port(monkeypatch, servers.free_port())
    said = await asyncio.to_thread(CliRunner().invoke, cli, ["cohorts", "list"])
    assert (said.exit_code, "start the service" in said.stderr) == (1, True)
