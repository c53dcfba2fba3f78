"""Migrations are applied once each, whoever starts first, and an edited one stops the start."""

import asyncio
import os
import shutil
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from services.chassis import migrations
from services.chassis.migrations import Edited, migrate

MIGRATE = """
import asyncio, os
from services.chassis import migrations
asyncio.run(migrations.migrate(os.environ["DSN"], migrations.WRITER))
"""


async def test_four_processes_at_once_apply_each_once(create_database: Callable[..., Awaitable[str]]) -> None:
    dsn = await create_database()
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", MIGRATE, stdout=asyncio.subprocess.DEVNULL, env=os.environ | {"DSN": dsn}
        )
        for _ in range(4)
    ]
    async with asyncio.timeout(60):
        assert [await process.wait() for process in processes] == [0, 0, 0, 0]
    files = sorted(file.name for folder in migrations.WRITER for file in folder.glob("*.sql"))
    connection = await asyncpg.connect(dsn)
    names = [row["name"] for row in await connection.fetch("select name from migration")]
    await connection.close()
    assert sorted(name.rpartition("/")[2] for name in names) == files
    await migrate(dsn, migrations.WRITER)  # and again: nothing to do


async def test_an_edited_file_stops_the_start_and_changes_nothing(
    create_database: Callable[..., Awaitable[str]], tmp_path: Path
) -> None:
    dsn = await create_database()
    folder = shutil.copytree(migrations.CLOCK, tmp_path / "clock")
    await migrate(dsn, (folder,))
    (file,) = folder.glob("*.sql")
    file.write_text(file.read_text() + "\ncreate table surprise ();\n")
    (folder / "0002_more.sql").write_text("create table more ();")
    with pytest.raises(Edited, match=r"clock/0001_clock\.sql was edited"):
        await migrate(dsn, (folder,))
    connection = await asyncpg.connect(dsn)
    assert await connection.fetchval("select to_regclass('surprise')") is None
    assert await connection.fetchval("select to_regclass('more')") is None
    await connection.close()


async def test_a_migration_that_fails_is_undone_and_may_come_again(
    create_database: Callable[..., Awaitable[str]], tmp_path: Path
) -> None:
    dsn = await create_database()
    (tmp_path / "0001_one.sql").write_text("create table one ();")
    (tmp_path / "0002_two.sql").write_text("create table two (); select 1 / 0;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(dsn, (tmp_path,))
    connection = await asyncpg.connect(dsn)
    assert await connection.fetchval("select to_regclass('one')") is not None
    assert await connection.fetchval("select to_regclass('two')") is None
    (tmp_path / "0002_two.sql").write_text("create table two ();")
    await migrate(dsn, (tmp_path,))
    assert await connection.fetchval("select to_regclass('two')") is not None
    await connection.close()
