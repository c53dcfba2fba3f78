"""The office's commands at a running service: what is late, a claim with its proof, and the bank's file in pieces."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
import uvicorn
from httpx2 import AsyncClient
from typer.testing import CliRunner, Result

from services.chassis.postgres import Pool
from services.chassis.vault import Vault
from services.claims import office_cli
from services.claims.app import make_app
from services.claims.cli import cli
from tests import servers
from tests.integration.claims.conftest import hear_of_cover
from tests.integration.claims.office import MOTHER, SECRETS, Office
from tests.unit.claims.cases import KETUT
from tests.world import until

Command = Callable[..., Awaitable[Result]]
HEADER = "payment_id,status,settled_on,amount_idr,bank_reference,code"


@pytest_asyncio.fixture
async def port(pool: Pool, vault: Vault) -> AsyncIterator[int]:
    """Run claims at a port of its own, once it has heard of Wayan's cover."""
    await hear_of_cover(pool)
    port = servers.free_port()
    app = make_app(pool, vault, scenario=True)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started, "claims answers")
    yield port
    server.should_exit = True
    await serving


@pytest.fixture
def command(port: int, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command against that service; only the address that it needs is told to it."""
    for name in ("POSTGRES_DSN", "KEYS_DSN", "KAFKA", "SECRETS", "ERASURES"):
        monkeypatch.setenv(f"CLAIMS_{name}", "not needed")
    monkeypatch.setenv("CLAIMS_PORT", str(port))

    async def run(*arguments: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, cli, list(arguments))

    return run


async def test_late_claims_are_listed_and_the_bank_s_file_goes_in_by_pieces(
    command: Command, port: int, tmp_path: Path
) -> None:
    async with AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        office = Office(http)
        payees = [MOTHER | {"share": "1/4", "account": str(number)} for number in range(4)]
        claim = await office.ordered(await office.report(), *payees)
        today = await office.today()
        await http.post("/v1/clock", json={"now": "2099-01-01T00:00:00+08:00"})
    listed = await command("list", "--overdue")
    assert listed.stdout.splitlines()[1].split("\t")[2:5] == [claim["claim_id"], "JKM", "ordered"]
    assert json.loads((await command("list", "--overdue", "--programme", "JKK", "--json")).stdout) == []
    assert (await command("list", "--state", "late")).exit_code == 1
    ids = [payment["payment_id"] for payment in claim["payments"]]
    rows = [f"{payment},paid,{today},{10_500_000 - n},BPD-{n}," for n, payment in enumerate(ids[:3])]
    file = tmp_path / "bank.csv"
    filler = [f"{claim['claim_id']},paid,{today},1,X-{n}," for n in range(office_cli.ROWS_AT_ONCE)]
    file.write_text("\n".join([HEADER, rows[0], "", *filler, rows[1], f"{ids[3]},sent,{today},1,BPD-9,", rows[2]]))
    done = await command("reconcile", str(file), "--by", KETUT, "--json")
    assert done.exit_code == 3, done.output
    told = json.loads(done.stdout)
    assert [told[name] for name in office_cli.COUNTED] == [504, 3, 0, 0, 501]
    assert [row["row"] for row in told["underpaid"]] == [504, 506]
    last = told["rejected"][-1]
    assert (last["row"], last["column"], last["code"]) == (505, "status", "status_unknown")
    file.write_text("\n".join([HEADER, *rows]))
    again = await command("reconcile", str(file), "--by", KETUT)
    assert (again.exit_code, again.stdout) == (0, "rows 3, paid 0, returned 0, unchanged 3, rejected 0\n")
    assert "nothing changed" in again.stderr
    file.write_bytes(b"\xff")
    refused = await command("reconcile", str(file), "--by", KETUT)
    assert (refused.exit_code, "no CSV in UTF-8" in refused.stderr) == (1, True)
    shown = await command("show", claim["claim_id"])
    assert json.loads(shown.stdout)["money"]["paid_idr"] == 31_499_997
    assert not any(secret in done.output + shown.output for secret in SECRETS)
