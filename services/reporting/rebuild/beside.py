"""What a rebuild and a switch share: that only one of them runs, and how far a schema has read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.chassis.bulk import Place
from services.chassis.postgres import Pool, Transaction, open_pool, open_session
from services.reporting import schemas
from services.reporting.projections import READER
from services.reporting.rebuild.refusals import Refused

LOCK = 7_201_011


@asynccontextmanager
async def alone(dsn: str) -> AsyncIterator[Pool]:
    """Hold what two rebuilds, or a rebuild and a switch, may not hold at once; refuses if another does."""
    async with open_session(dsn, name="rebuild") as holder:
        if not await holder.fetchval("select pg_try_advisory_lock($1)", LOCK):
            raise Refused("rebuild_under_way")
        async with open_pool(dsn, name="rebuild", size_max=3, search_path="public") as pool:
            yield pool


@asynccontextmanager
async def settled(dsn: str) -> AsyncIterator[None]:
    """Keep migrations away while another schema becomes active, or one goes; refuses while there is one."""
    async with open_session(dsn, name="rebuild") as holder:
        if not await schemas.hold(holder):
            raise Refused("migration_under_way")
        yield


async def offsets(tx: Transaction | Pool, schema: str) -> dict[Place, int]:
    """Tell how far a schema has applied the log."""
    rows = await tx.fetch(
        f"select topic, part, next_offset from {schema}.reader_offset where reader = $1",  # noqa: S608 - a schema of ours
        READER,
    )
    return {(row[0], row[1]): row[2] for row in rows}
