"""The process of enrollment, killed while a list is read and while it goes in: every row once, memory bounded."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from httpx2 import AsyncClient
from typer.testing import CliRunner, Result

from services.chassis.postgres import Pool, open_pool
from services.enrollment import import_cli
from tests.integration.enrollment.conftest import NEW_YEAR, approve, move_to, nik
from tests.integration.enrollment.lists import CLERK, HEAD, cells, look, send
from tests.integration.enrollment.test_process import READY_S_MAX, dsns, environment, running
from tests.sheets import as_csv, as_xlsx
from tests.world import peak_bytes, until

__all__ = ["dsns", "environment"]

PIECE = 5_000
PEOPLE = 2 * PIECE + 1_000
GROWS_BYTES_MAX = 96 * 1024**2
"""What the process may grow by while it takes in a list, whatever its length; 11,000 rows or 300,000."""


GATE = """
create function wait_at_the_gate() returns trigger language plpgsql as $$
begin
    if new.work_rows > old.work_rows and old.work_rows > 0 then
        perform pg_advisory_xact_lock_shared(4711);
    end if;
    return new;
end $$;
create trigger gate before update on batch for each row execute function wait_at_the_gate();
"""
"""Lets each work commit its first piece, and holds the second one before its commit while the gate is shut."""


STANDS_AT_THE_GATE = """
select exists (select from pg_stat_activity
                where datname = current_database() and wait_event_type = 'Lock' and wait_event = 'advisory')
"""


@asynccontextmanager
async def killed_in_the_second_piece(pool: Pool, process: asyncio.subprocess.Process) -> AsyncIterator[None]:
    """Shut the gate, let the block begin some work, and kill the process when its second piece stands at the gate."""
    async with pool.acquire() as gate:
        await gate.execute("select pg_advisory_lock(4711)")
        yield
        await until(lambda: pool.fetchval(STANDS_AT_THE_GATE), "the second piece stands at the gate", READY_S_MAX)
        process.kill()
        await process.wait()
        await gate.execute("select pg_advisory_unlock(4711)")


async def test_killed_while_reading_and_while_going_in_it_goes_on_and_every_row_counts_once(
    dsns: tuple[str, str], environment: dict[str, str]
) -> None:
    content = as_csv([*(cells(number) for number in range(PEOPLE)), cells(0)])
    async with open_pool(dsns[0], name="test", size_max=4) as pool:
        await move_to(pool, NEW_YEAR)
        await pool.execute(GATE)
        cohort = await approve(pool, places=PEOPLE)
        async with running(environment) as (process, http), killed_in_the_second_piece(pool, process):
            batch_id = (await send(http, cohort.cohort_id, content))["batch_id"]
        assert await pool.fetchval("select count(*) from batch_row") == PIECE
        async with running(environment) as (process, http):
            await state(http, batch_id, "awaiting_approval")
            counts = (await look(http, batch_id))["counts"]
            assert (counts["accepted"], counts["duplicate"]) == (PEOPLE, 1)
            async with killed_in_the_second_piece(pool, process):
                await http.post(f"/v1/batches/{batch_id}/approvals", json={}, headers=HEAD)
        assert await pool.fetchval("select count(*) from proposal") == PIECE
        async with running(environment) as (process, http):
            await state(http, batch_id, "applied")
            async with killed_in_the_second_piece(pool, process):
                await http.post(f"/v1/batches/{batch_id}/payments", json={"paid_on": "2027-01-01"}, headers=HEAD)
        assert await pool.fetchval("select taken from quota") == PIECE
        async with running(environment) as (process, http):
            await until(lambda: idle(http, batch_id), "all is paid", READY_S_MAX)
            assert (await look(http, batch_id))["payments"][0]["people"] == PEOPLE
            process.terminate()
            assert await asyncio.wait_for(process.wait(), READY_S_MAX) == 0
        told = await pool.fetch("select type, count(*), count(distinct key) from ledger group by type")
        counted = {row[0].removeprefix("enrollment.").removesuffix(".v1"): tuple(row)[1:] for row in told}
        steps = ("worker_proposed", "worker_registered", "worker_verified", "coverage_started")
        assert {step: counted[step] for step in steps} == dict.fromkeys(steps, (PEOPLE, PEOPLE))
        assert await pool.fetchval("select taken from quota") == PEOPLE
        assert await pool.fetchval("select count(*) from upload_piece") == 0


async def state(http: AsyncClient, batch_id: str, wanted: str) -> None:
    async def reached() -> bool:
        return bool((await look(http, batch_id))["state"] == wanted)

    await until(reached, f"the list is {wanted}", READY_S_MAX)


async def idle(http: AsyncClient, batch_id: str) -> bool:
    return (await look(http, batch_id))["progress"] is None


async def test_the_command_takes_a_list_from_file_to_cover_in_bounded_memory(
    dsns: tuple[str, str], environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    file, mended = tmp_path / "list.xlsx", tmp_path / "mended.xlsx"
    wrong = cells(PEOPLE, nik=nik(PEOPLE)[:15])
    odd = cells(0, born="02/01/1970")
    file.write_bytes(as_xlsx([odd, *(cells(number) for number in range(1, PEOPLE)), wrong]))
    async with open_pool(dsns[0], name="test", size_max=2) as pool:
        await move_to(pool, NEW_YEAR)
        cohort = await approve(pool, places=PEOPLE)
        asked = [str(file), "--cohort", str(cohort.cohort_id)]
        away = await command(*asked)
        assert (away.exit_code, "does not answer" in away.output) == (1, True)
        async with running(environment) as (process, http):
            await http.get("/v1/batches", headers=CLERK)
            before = peak_bytes(process.pid)
            first = await command(*asked, "--by", "clerk-1")
            assert ("None" in first.output, "--watch shows" in first.output) == (False, True)
            sent = await command(*asked, "--by", "clerk-1", "--watch", "--correction", str(mended))
            assert (sent.exit_code, "15 digits" in sent.output, mended.exists()) == (3, True, True)
            assert f"accepted {PEOPLE}, changed 0, rejected 1" in sent.output
            assert "accepted rows worth a look: 1\nbaris / row 2, C (Tanggal Lahir): " in sent.output
            assert "--approve --watch" in sent.output
            own = await command(*asked, "--by", "clerk-1", "--approve")
            assert (own.exit_code, "Another person" in own.output) == (1, True)
            assert "worth a look: 1" in own.output
            approved = await command(*asked, "--by", "head-1", "--approve", "--paid-on", "2027-01-01", "--json")
            assert approved.exit_code == 3
            assert '"state": "partly_applied"' in approved.output
            assert '"code": "nik_birth_date_differs"' in approved.output
            assert "sent before, by clerk-1" in approved.output
            paid = await command(*asked, "--by", "head-1", "--paid-on", "2027-01-01", "--watch")
            assert f"Paid 2027-01-01: {PEOPLE} people covered 2027-01-01 to " in paid.output
            grown = peak_bytes(process.pid) - before
        for said in (away, first, sent, own, approved, paid):
            assert [line for line in said.stderr.splitlines() if " / " not in line] == [], "in both languages"
        assert await pool.fetchval("select taken from quota") == PEOPLE
        assert grown < GROWS_BYTES_MAX, f"{grown / 1024**2:.0f} MB"


async def command(*words: str) -> Result:
    """Run `payung import` in a thread, where it may wait."""
    return await asyncio.to_thread(CliRunner().invoke, import_cli.cli, words)
