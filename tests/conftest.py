"""Gives every test the session's own PostgreSQL and Kafka, started when the first test asks for them."""

import itertools
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

from deploy.local.software import install
from tests import servers

# A busy machine makes no test fail.
settings.register_profile("payung", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("payung")

_numbers = itertools.count()


def pytest_configure() -> None:
    # A terminated session cleans up as an interrupted one does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    install(lambda _: None)
    with servers.session_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def postgres(server_folder: Path) -> servers.Postgres:
    return servers.start_postgres(server_folder)


@pytest.fixture(scope="session")
def kafka(server_folder: Path) -> servers.Kafka:
    return servers.start_kafka(server_folder)


@pytest_asyncio.fixture
async def create_database(
    postgres: servers.Postgres,
) -> AsyncIterator[Callable[..., Awaitable[str]]]:
    """Make databases that end with the test; each call gives the DSN of one."""
    names: list[str] = []

    async def create(template: str | None = None) -> str:
        names.append(f"test_{os.getpid()}_{next(_numbers)}")
        return await postgres.create_database(names[-1], template)

    yield create
    for name in names:
        await postgres.drop_database(name)
