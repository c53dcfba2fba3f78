"""`payung reconcile` tells people and programs what differs, and says it by its exit code."""

import asyncio
import os
import sys

import orjson
import pytest

from services.chassis.postgres import Pool
from tests.integration.reporting.kafka_log import WAIT_S_MAX, Log, log, read
from tests.integration.reporting.reconcile_story import publish_a_story

__all__ = ["log"]


async def command(environment: dict[str, str], *options: str) -> tuple[int, str, str]:
    """Run `payung reconcile` as a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.reporting.reconcile_cli",
        *options,
        env={name: value for name, value in os.environ.items() if not name.startswith("REPORTING_")} | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(process.communicate(), WAIT_S_MAX)
    assert process.returncode is not None
    return process.returncode, output.decode(), errors.decode()


async def test_the_command_tells_people_and_programs_and_says_it_by_its_exit_code(
    dsn: str, pool: Pool, log: Log
) -> None:
    environment = {"REPORTING_POSTGRES_DSN": dsn, "REPORTING_KAFKA": log.kafka}
    await publish_a_story(log)
    await read(pool, log)
    facts = sum(log.sequences.values())
    code, output, progress = await command(environment)
    assert (code, output) == (0, f"{facts} facts, 6 people, 0 parked keys: no difference.\n")
    assert progress.startswith(f"Membaca log / Reading the log: {facts} of {facts}, ")

    await pool.execute("update claim_payment set amount_idr = 24000000 where amount_idr = 42000000")
    code, output, _ = await command(environment)
    assert code == 1
    assert "amount_idr:24000000" in output
    assert output.endswith(f"{facts} facts, 6 people, 0 parked keys: 2 differences.\n")

    code, output, _ = await command(environment, "--json")
    found = orjson.loads(output)
    assert code == 1
    assert (found["facts"], found["people"], found["parked_keys"]) == (facts, 6, 0)
    assert [one["kind"] for one in found["differences"]] == ["claims", "claims"]
    assert found["differences"][0] == {
        "kind": "claims",
        "where": {"paid_on": "2026-05-09", "programme": "JKM", "segment": "BPU"},
        "read_model": {"rows": 1, "cases": 1, "amount_idr": 24_000_000},
        "log": {"rows": 1, "cases": 1, "amount_idr": 42_000_000},
    }
    assert found["watermarks"]["claims"]["tick"] == 2


NOBODY_THERE = {"REPORTING_KAFKA": "127.0.0.1:1", "REPORTING_POSTGRES_DSN": "postgresql://a:secret@127.0.0.1:1/b"}


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"REPORTING_KAFKA": "127.0.0.1:1"}, "REPORTING_POSTGRES_DSN must be set"),
        (NOBODY_THERE, "database"),
    ],
)
async def test_the_command_says_what_it_lacks(environment: dict[str, str], said: str) -> None:
    code, output, errors = await command(environment)
    assert (code, output) == (3, "")
    assert said in errors
    assert "secret" not in errors
    assert "Traceback" not in errors


async def test_the_command_says_that_kafka_is_away(dsn: str) -> None:
    code, _, errors = await command({"REPORTING_KAFKA": "127.0.0.1:1", "REPORTING_POSTGRES_DSN": dsn})
    assert code == 3
    assert "Kafka at 127.0.0.1:1 does not answer" in errors
    assert "Traceback" not in errors
