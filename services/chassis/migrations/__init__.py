"""Apply numbered SQL files once each, in order, forward only."""

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path

import structlog

from services.chassis.postgres import Transaction, open_session

_HERE = Path(__file__).parent
CLOCK, LEDGER, READER = _HERE / "clock", _HERE / "ledger", _HERE / "reader"
VAULT, VAULT_KEYS = _HERE / "vault", _HERE / "vault_keys"
WRITER = (CLOCK, LEDGER, READER, VAULT)
"""What a service that records facts and reads those of others needs, but for the database of VAULT_KEYS."""

LOCK = 7_201_001
LOCK_WAIT_S_MAX = 120
LOCK_POLL_S = 0.2
FILE_S_MAX = 3_600.0
"""The longest time for one file: it may make an index of all that was ever recorded."""

log = structlog.get_logger(__name__)


class Edited(Exception):
    """A migration that has been applied was changed afterwards; write a new one instead."""


async def migrate(dsn: str, folders: Sequence[Path]) -> None:
    """Bring the database up to the newest migration of each folder; any number of processes may call this at once.

    The lock is polled: a session that waits inside `pg_advisory_lock` while another creates an index concurrently
    deadlocks with it.
    """
    async with open_session(dsn, name="migration") as connection:
        async with asyncio.timeout(LOCK_WAIT_S_MAX):
            while not await connection.fetchval("select pg_try_advisory_lock($1)", LOCK):  # noqa: ASYNC110 - polled, see above
                await asyncio.sleep(LOCK_POLL_S)
        await connection.execute(
            "create table if not exists public.migration (name text primary key, sha256 text not null,"
            " applied_at timestamptz not null default clock_timestamp())"
        )
        applied = {row["name"]: row["sha256"] for row in await connection.fetch("select * from public.migration")}
        for folder in folders:
            for file in sorted(folder.glob("*.sql")):
                await _apply(connection, "/".join(file.parts[-3:]), file, applied)


async def _apply(connection: Transaction, name: str, file: Path, applied: dict[str, str]) -> None:
    sql = file.read_text(encoding="utf-8")  # noqa: ASYNC240 - at the start, nothing else runs
    sha256 = hashlib.sha256(sql.encode()).hexdigest()
    if name in applied:
        if applied[name] != sha256:
            msg = f"{name} was edited after it had been applied; put the file back and write a new migration"
            raise Edited(msg)
        return
    async with connection.transaction():
        await connection.execute("set local lock_timeout = '4s'")
        await connection.execute(sql, timeout=FILE_S_MAX)
        await connection.execute("insert into public.migration (name, sha256) values ($1, $2)", name, sha256)
    log.info("migration_applied", name=name)
