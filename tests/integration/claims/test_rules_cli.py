"""The commands for rules, at a running service: from a TOML file to another edition, tried out before."""

import asyncio
import json
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import uvicorn
from typer.testing import CliRunner, Result

from services.chassis.postgres import Pool
from services.chassis.vault import Vault
from services.claims.app import make_app
from services.claims.cli import cli
from tests import servers
from tests.unit.claims.cases import MADE, PUTU
from tests.world import until

Command = Callable[..., Awaitable[Result]]
CHANGES = """
reason = "PP 99/2026 raises the death benefit."

[[rules]]
parameter = "jkm.santunan"
since = 2027-01-01
value = 25_000_000
law = "PP 99/2026 Pasal 1"
confidence = "verified"
"""


@pytest_asyncio.fixture
async def command(pool: Pool, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Command]:
    """Run a command against a service of its own; only the address that it needs is told to it."""
    port = servers.free_port()
    app = make_app(pool, vault, scenario=True)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started, "claims answers")
    for name in ("POSTGRES_DSN", "KEYS_DSN", "KAFKA", "SECRETS", "ERASURES"):
        monkeypatch.setenv(f"CLAIMS_{name}", "not needed")
    monkeypatch.setenv("CLAIMS_PORT", str(port))

    async def run(*arguments: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, cli, ["rules", *arguments])

    yield run
    server.should_exit = True
    await serving


def answer(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


async def test_another_edition_from_a_file(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "changes.toml"
    file.write_text("reason = ")
    assert "is neither JSON" in (await command("propose", str(file))).stderr
    file.write_text(CHANGES.replace("santunan", "santunam"))
    refused = await command("propose", str(file), "--by", PUTU)
    assert (refused.exit_code, "/body/rules/0/parameter" in refused.stderr) == (1, True)
    file.write_text(CHANGES)
    proposal = answer(await command("propose", str(file), "--by", PUTU, "--json"))["proposal_id"]
    tried = answer(await command("what-if", proposal, "--json"))
    assert (tried["total"]["cases"], tried["sums"], tried["amounts_change_from"]) == (0, [], "2027-01-01")
    assert "0 of 0 claims" in (await command("what-if", proposal)).stderr
    assert "somebody else" in (await command("approve", proposal, "--by", PUTU)).stderr
    assert "approved, edition 2, 1 change\n" in (await command("approve", proposal, "--by", MADE)).stdout
    listed = await command("list", "--on", "2027-01-01")
    assert "jkm.santunan\t*\t25000000\t2027-01-01\tPP 99/2026 Pasal 1\tverified" in listed.stdout
    assert "2/2027-01-01" in listed.stderr
    assert [row["edition"] for row in answer(await command("editions", "--json"))] == [2, 1]
    assert answer(await command("show", proposal))["settled_by"] == MADE
    assert "2015-07-01" in (await command("list", "--on", "2015-06-30")).stderr
    assert "2026-06-17\tbali\tGalungan" in (await command("holidays", "--year", "2026")).stdout
    assert "is not in" in (await command("holidays", "--year", "2028")).stderr
    file.write_text(CHANGES.replace("value = 25_000_000", "ends = true"))
    assert "/body/rules/0/value" in (await command("propose", str(file))).stderr
    ended = CHANGES.replace("jkm.santunan", "jkk.lapse_years").replace("value = 25_000_000", "ends = true")
    file.write_text(json.dumps(tomllib.loads(ended), default=str))
    other = answer(await command("propose", str(file), "--by", PUTU, "--json"))["proposal_id"]
    remark = ("--remark", "The regulation was withdrawn.", "--by", MADE)
    assert "refused, 1 change\n" in (await command("refuse", other, *remark)).stdout
    rows = answer(await command("proposals", "--state", "refused", "--json"))
    assert [row["proposal_id"] for row in rows] == [other]
