"""A PostgreSQL and a Kafka of the test session's own: real ones, that tests may stop, kill and start again."""

import asyncio
import contextlib
import os
import random
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from deploy.local import servers
from deploy.local.kafka import FOR_MINUTES
from deploy.local.processes import LocalError, require_free_port
from deploy.local.software import exclusive

PORTS = range(20_000, 30_000)
PORT_TRIES = 10
COMMAND_S_MAX = 60.0

_PREFIX = "payung-tests-"


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server; its data and port stay the same over stops and starts."""

    data: Path
    port: int
    password: str
    survives_power_cuts: bool = False
    """Tests kill processes, not the machine, and a test's database takes a second less to come and go without."""

    @property
    def dsn(self) -> str:
        """The administrator's."""
        return servers.admin_dsn(self.port, self.password)

    def database_dsn(self, name: str) -> str:
        return self.dsn.removesuffix("/postgres") + f"/{name}"

    async def create_database(self, name: str, template: str | None = None) -> str:
        """Make a database, as a copy of one that nobody is connected to when a template is given."""
        await self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template or "template0"}"')
        return self.database_dsn(name)

    async def drop_database(self, name: str) -> None:
        await self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.dsn, command_timeout=COMMAND_S_MAX)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def start(self) -> None:
        await asyncio.to_thread(self.begin)

    def begin(self) -> None:
        servers.start_postgres(self.data, self.port, self.password, survives_power_cuts=self.survives_power_cuts)

    async def stop(self) -> None:
        await asyncio.to_thread(servers.stop_postgres, self.data)

    async def kill(self) -> None:
        await asyncio.to_thread(servers.kill_postgres, self.data)


@dataclass(frozen=True, slots=True)
class Kafka:
    """A running broker; its data and port stay the same over stops and starts."""

    data: Path
    port: int
    tuning: Sequence[str]

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def start(self) -> None:
        await asyncio.to_thread(self.begin)

    def begin(self) -> None:
        servers.start_kafka(self.data, self.port, tuning=self.tuning)

    async def stop(self) -> None:
        await asyncio.to_thread(servers.stop_kafka, self.data)

    async def kill(self) -> None:
        await asyncio.to_thread(servers.kill_kafka, self.data)


@contextlib.contextmanager
def session_folder() -> Iterator[Path]:
    """A folder for the data of one test run's servers, which end with it."""
    _clear_dead_sessions()
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    try:
        yield folder
    finally:
        _clear(folder)


def start_postgres(folder: Path, *, survives_power_cuts: bool = False) -> Postgres:
    server = Postgres(folder / "postgres", free_port(), secrets.token_urlsafe(16), survives_power_cuts)
    server.begin()
    return server


def start_kafka(folder: Path, *, tuning: Sequence[str] = FOR_MINUTES) -> Kafka:
    server = Kafka(folder / "kafka", free_port(), tuning)
    server.begin()
    return server


def free_port() -> int:
    """Pick a port that is free together with the one above it, below those the system hands to clients."""
    for _ in range(PORT_TRIES):
        port = random.choice(PORTS[:-1])
        with contextlib.suppress(LocalError):
            require_free_port(port, "another")
            require_free_port(port + 1, "another")
            return port
    raise LocalError(f"No free port among {PORT_TRIES} between {PORTS.start} and {PORTS.stop}.")


def _clear_dead_sessions() -> None:
    """End what a killed test session left behind."""
    temporary = Path(tempfile.gettempdir())
    with exclusive(temporary / f"payung-clearing-{os.geteuid()}.lock"):
        for folder in temporary.glob(f"{_PREFIX}*"):
            pid = int(folder.name.removeprefix(_PREFIX).partition("-")[0])
            if folder.stat().st_uid == os.geteuid() and not _alive(pid):
                _clear(folder)


def _clear(folder: Path) -> None:
    servers.kill_kafka(folder / "kafka")
    servers.kill_postgres(folder / "postgres")
    servers.remove_postgres(folder / "postgres")
    shutil.rmtree(folder)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def browser() -> str:
    """Say where the browser is that pages are looked at with."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert found is not None, "a browser is missing; install it: apt install chromium"
    return found
