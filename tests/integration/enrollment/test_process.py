"""The process of enrollment: killed in the middle of an upload it finishes later; its commands work beside it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from httpx2 import AsyncClient, HTTPError
from typer.testing import CliRunner, Result

from services.chassis import migrations
from services.chassis.postgres import open_pool
from services.enrollment.cli import cli
from services.enrollment.migrations import ENROLLMENT
from tests import servers
from tests.integration.conftest import Migrated
from tests.integration.enrollment.conftest import approve, move_to, person
from tests.integration.enrollment.test_waiting import covered, waiting, withdraw
from tests.world import until

PEOPLE = 12_000
READY_S_MAX = 60.0


@pytest_asyncio.fixture
async def dsns(migrated: Migrated) -> tuple[str, str]:
    return await migrated((*migrations.WRITER, ENROLLMENT)), await migrated((migrations.VAULT_KEYS,))


@pytest.fixture
def environment(dsns: tuple[str, str], tmp_path: Path) -> dict[str, str]:
    for name, key in (("wrapping.key", bytes(range(32))), ("index.key", bytes(range(1, 33)))):
        (tmp_path / name).write_text(key.hex())
    return {
        "ENROLLMENT_POSTGRES_DSN": dsns[0],
        "ENROLLMENT_KEYS_DSN": dsns[1],
        "ENROLLMENT_KAFKA": "127.0.0.1:1",
        "ENROLLMENT_PORT": str(servers.free_port()),
        "ENROLLMENT_SECRETS": str(tmp_path),
        "ENROLLMENT_ERASURES": str(tmp_path / "erasures"),
        "ENROLLMENT_SCENARIO": "1",
    }


@asynccontextmanager
async def running(environment: dict[str, str]) -> AsyncIterator[tuple[asyncio.subprocess.Process, AsyncClient]]:
    """Run enrollment without Kafka, which stops nobody from working, until the block ends; wait until it is ready."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.enrollment", "all"),
        env=os.environ | environment,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{environment['ENROLLMENT_PORT']}"
        async with AsyncClient(base_url=address, timeout=READY_S_MAX, headers={"Payung-Roles": "clerk"}) as http:
            await until(lambda: is_ready(http), "enrollment is ready", READY_S_MAX)
            yield process, http
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), READY_S_MAX)


async def is_ready(http: AsyncClient) -> bool:
    try:
        return (await http.get("/health/ready")).status_code == 200
    except HTTPError:
        return False


def file(numbers: range) -> str:
    rows = [person(number) for number in numbers]
    lines = [f"{row.nik},{row.name},{row.birth_date},{row.village_code}" for row in rows]
    return "\n".join(["nik,name,birth_date,village_code", *lines])


async def test_an_upload_whose_process_is_killed_is_finished_by_sending_it_again(
    dsns: tuple[str, str], environment: dict[str, str]
) -> None:
    async with open_pool(dsns[0], name="test", size_max=4) as pool:
        cohort = await approve(pool, places=PEOPLE)
        path, headers = f"/v1/cohorts/{cohort.cohort_id}/workers", {"Idempotency-Key": "one-file"}
        content = file(range(PEOPLE))
        async with running(environment) as (process, http):
            upload = asyncio.create_task(http.post(path, content=content, headers=headers))
            await until(lambda: pool.fetchval("select exists (select from worker)"), "rows go in", READY_S_MAX)
            process.kill()
            with pytest.raises(HTTPError):
                await upload
        before = await pool.fetchval("select count(*) from worker")
        assert 0 < before <= PEOPLE
        async with running(environment) as (process, http):
            told = (await http.post(path, content=content, headers=headers)).json()
            process.terminate()
            assert await asyncio.wait_for(process.wait(), READY_S_MAX) == 0
        assert (told["enrolled"], told["unchanged"], told["rejected"]) == (PEOPLE - before, before, [])
        assert await pool.fetchval("select taken from quota") == PEOPLE
        assert await pool.fetchval("select count(*) from ledger where type like 'enrollment.worker_reg%'") == PEOPLE


async def test_whoever_waits_moves_up_by_itself_though_the_process_was_killed_meanwhile(
    dsns: tuple[str, str], environment: dict[str, str]
) -> None:
    async with open_pool(dsns[0], name="test", size_max=4) as pool:
        cohort = await approve(pool, places=1)
        async with running(environment) as (process, http):
            told = (await http.post(f"/v1/cohorts/{cohort.cohort_id}/workers", content=file(range(3)))).json()
            assert (told["enrolled"], told["waiting"]) == (1, 2)
            process.kill()
        await withdraw(pool, (await covered(pool, cohort))[0], cohort)
        queue = await waiting(pool, cohort)
        async with running(environment):
            await until(lambda: pool.fetchval("select waiting = 1 from quota"), "the first moved up", READY_S_MAX)
        assert (await covered(pool, cohort))[1:] == queue[:1]
        assert await waiting(pool, cohort) == queue[1:]


async def test_the_commands(
    dsns: tuple[str, str], environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    list_ = tmp_path / "list.csv"
    list_.write_text(file(range(3)).replace("51.04.01.2002", "51.04.01.9999", 1))
    async with open_pool(dsns[0], name="test", size_max=2) as pool:
        cohort = await approve(pool)
        asked = ["register", str(cohort.cohort_id), str(list_), "--by", "clerk-1"]
        away = await command(*asked)
        assert (away.exit_code, "start the service" in away.output) == (1, True)
        async with running(environment):
            taken_in = await command(*asked)
        assert taken_in.exit_code == 3
        assert "row 2, village_code" in taken_in.output
        assert "rows 3, enrolled 2, unchanged 0, rejected 1" in taken_in.output
        await move_to(pool, cohort.covered_until or cohort.covered_from)
        assert (await command("sweep")).output == "expired 2, reminded 0, inactivated 0\n"


async def command(*words: str) -> Result:
    """Run a command of enrollment in a thread, where it may have an event loop of its own."""
    return await asyncio.to_thread(CliRunner().invoke, cli, words)
