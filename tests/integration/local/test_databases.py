"""Each service reaches its own database and no other; the analyst reads reporting and changes nothing."""

from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from deploy.local.databases import OWNERS, READERS, create_databases
from tests.servers import Postgres


@pytest_asyncio.fixture
async def dsns(postgres: Postgres, tmp_path: Path) -> dict[str, str]:
    return await create_databases(postgres.dsn, tmp_path / "secrets")


async def test_owners_reach_only_their_own(dsns: dict[str, str]) -> None:
    for role in OWNERS:
        server = dsns[role].rpartition("/")[0]
        for database in OWNERS:
            if database == role:
                await _run(f"{server}/{database}", "CREATE TABLE tried (); DROP TABLE tried")
            else:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await _run(f"{server}/{database}", "SELECT 1")


async def test_who_asks_in_sql_reads_reporting_and_changes_nothing(dsns: dict[str, str]) -> None:
    for reader in READERS:
        await _run(dsns[reader], "SELECT 1")
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await _run(dsns[reader], "CREATE TABLE tried ()")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await _run(dsns[reader], "SET default_transaction_read_only = off; COMMIT; CREATE TABLE tried ()")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await _run(dsns[reader].removesuffix("reporting") + "claims", "SELECT 1")
        for held in ("pg_advisory_lock(7201012)", "pg_try_advisory_lock_shared(1, 2)", "lo_from_bytea(0, 'kept')"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await _run(dsns[reader], f"SET default_transaction_read_only = off; COMMIT; SELECT {held}")
    await _run(dsns["reporting"], "SELECT pg_try_advisory_lock(7201012)")


async def test_who_asks_in_sql_cannot_lift_its_bounds(dsns: dict[str, str]) -> None:
    held = [await asyncpg.connect(dsns["bi_reader"]) for _ in range(10)]
    try:
        with pytest.raises(asyncpg.TooManyConnectionsError):
            await asyncpg.connect(dsns["bi_reader"])
        first = held[0]
        begins_with = {
            "statement_timeout": "30s",
            "idle_in_transaction_session_timeout": "5min",
            "idle_session_timeout": "8h",
            "temp_file_limit": "2GB",
        }
        assert {name: await first.fetchval(f"SHOW {name}") for name in begins_with} == begins_with
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await first.execute("SET temp_file_limit = -1")
    finally:
        for connection in held:
            await connection.close()


async def test_repeating_keeps_the_passwords(dsns: dict[str, str], postgres: Postgres, tmp_path: Path) -> None:
    assert await create_databases(postgres.dsn, tmp_path / "secrets") == dsns
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "secrets").iterdir()} == {0o600}


async def test_new_password_files_are_obeyed(dsns: dict[str, str], postgres: Postgres, tmp_path: Path) -> None:
    renewed = await create_databases(postgres.dsn, tmp_path / "other")
    await _run(renewed["claims"], "SELECT 1")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await _run(dsns["claims"], "SELECT 1")


async def test_nobody_enters_without_a_password(dsns: dict[str, str], postgres: Postgres) -> None:
    assert dsns
    with pytest.raises(asyncpg.InvalidPasswordError):
        await _run(f"postgresql://claims@127.0.0.1:{postgres.port}/claims", "SELECT 1")


async def _run(dsn: str, statements: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statements)
    finally:
        await connection.close()
