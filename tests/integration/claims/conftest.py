"""A migrated database of claims with its vault, and cover fed as the reader feeds it."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest_asyncio

from services.chassis import apply, migrations
from services.chassis.ledger import Act
from services.chassis.postgres import Pool, open_pool, transaction
from services.chassis.vault import Vault
from services.claims.app import PROJECTION
from services.claims.migrations import CLAIMS
from tests.integration.conftest import Migrated
from tests.unit.claims.cases import REGISTERED, WAYAN, received, started

KEYS = bytes(range(32)), bytes(range(1, 33))
PAYEE = {"name": "Ni Luh Contoh", "bank": "BPD", "account": "0001-TEST"}
YEAR = started("2025-01-01", None)


@pytest_asyncio.fixture
async def pool(migrated: Migrated) -> AsyncIterator[Pool]:
    async with open_pool(await migrated((*migrations.WRITER, CLAIMS)), name="claims", size_max=20) as opened:
        yield opened


@pytest_asyncio.fixture
async def vault(migrated: Migrated) -> AsyncIterator[Vault]:
    async with open_pool(await migrated((migrations.VAULT_KEYS,)), name="claims-keys", size_max=4) as keys:
        yield Vault(keys, *KEYS)


def by(actor: str) -> Act:
    return Act(actor, UUID(int=7))


async def hear(pool: Pool, *facts: tuple[str, dict[str, Any]], worker_id: UUID = WAYAN, after: int = 0) -> None:
    """Take in facts of a worker as the reader does; `after` is the sequence of the last one heard before."""
    heard = [
        received(type_, data, sequence=sequence, worker_id=worker_id)
        for sequence, (type_, data) in enumerate(facts, start=after + 1)
    ]
    async with transaction(pool) as tx:
        await apply.apply(tx, PROJECTION, {(heard[0].topic, heard[0].key): heard})


async def hear_of_cover(pool: Pool, worker_id: UUID = WAYAN) -> None:
    """The worker is registered and covered since January 2025, without an end."""
    await hear(pool, REGISTERED, YEAR, worker_id=worker_id)


async def announced(pool: Pool, key: UUID = WAYAN) -> list[str]:
    """Name what was announced of a worker, in order."""
    rows = await pool.fetch("select type from ledger where key = $1 order by sequence", key)
    return [row["type"].removeprefix("claims.").removesuffix(".v1") for row in rows]
