"""Gives integration tests migrated databases, cloned from a template that is migrated once per session."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from services.chassis.migrations import migrate
from tests import servers

Migrated = Callable[[Sequence[Path]], Awaitable[str]]


@pytest.fixture(scope="session")
def templates() -> dict[tuple[Path, ...], str]:
    """Names of the templates made so far, by the folders they were migrated with."""
    return {}


@pytest_asyncio.fixture
async def migrated(
    postgres: servers.Postgres,
    create_database: Callable[..., Awaitable[str]],
    templates: dict[tuple[Path, ...], str],
) -> AsyncIterator[Migrated]:
    """Make a database with these migrations: `dsn = await migrated(migrations.WRITER)`."""

    async def make(folders: Sequence[Path]) -> str:
        wanted = tuple(folders)
        if wanted not in templates:
            name = f"template_{len(templates)}"
            await migrate(await postgres.create_database(name), wanted)
            templates[wanted] = name
        return await create_database(template=templates[wanted])

    yield make
