"""The three services as real processes, on a PostgreSQL and a Kafka of their own: to be started, killed, frozen."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from deploy.local.databases import create_databases
from deploy.local.kafka import FOR_LONG
from tests import servers

SERVICES = ("enrollment", "claims", "reporting")
READY_S_MAX = 60.0
STOP_S_MAX = 30.0
POLL_S = 0.05
CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass(slots=True)
class World:
    """One set of everything. Processes are named by service and part, `enrollment/all`."""

    folder: Path
    postgres: servers.Postgres
    kafka: servers.Kafka
    ports: dict[str, int] = field(default_factory=dict)
    dsns: dict[str, str] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def dsn(self, role: str) -> str:
        """Give the address by which a service, or `bi_reader`, reaches its database."""
        return self.dsns[role]

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports[service]}"

    def environment(self, service: str) -> dict[str, str]:
        values = {
            "POSTGRES_DSN": self.dsn(service),
            "KAFKA": self.kafka.address,
            "PORT": str(self.ports[service]),
            "SCENARIO": "1",
        }
        if service != "reporting":
            values |= {
                "KEYS_DSN": self.dsn(f"{service}_keys"),
                "SECRETS": str(self.folder / service),
                "ERASURES": str(self.folder / "erasures" / service),
            }
        return {f"{service.upper()}_{name}": value for name, value in values.items()}

    async def prepare(self) -> None:
        """Make databases, keys, tables and topics."""
        self.dsns = await create_databases(self.postgres.dsn, self.folder / "passwords")
        for service in SERVICES:
            self.ports[service] = servers.free_port()
            if service != "reporting":
                (self.folder / service).mkdir()
                for name in ("wrapping.key", "index.key"):
                    (self.folder / service / name).write_text(secrets.token_hex(32))
        for done in await asyncio.gather(*(asyncio.to_thread(self._run, each, "migrate") for each in SERVICES)):
            if done.returncode != 0:
                raise AssertionError(done.stderr.decode())

    def _run(self, service: str, part: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", f"services.{service}", part]
        environment = os.environ | self.environment(service)
        return subprocess.run(command, env=environment, cwd=CHECKOUT, capture_output=True, check=False)

    def start(self, service: str, part: str = "all", *, slot: int = 0) -> subprocess.Popen[bytes]:
        """Start a part of a service; its log goes to a file that `log` reads."""
        name = f"{service}/{part}" + (f"/{slot}" if slot else "")
        environment = os.environ | self.environment(service) | {f"{service.upper()}_SLOT": str(slot)}
        environment["TMPDIR"] = str(self._temporary())
        with (self.folder / f"{name.replace('/', '-')}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", f"services.{service}", part],
                env=environment,
                cwd=CHECKOUT,
                stdout=log,
                stderr=log,
            )
        return self.processes[name]

    def _temporary(self) -> Path:
        """Give a folder for temporary files, so that whatever is left in it can be seen, and goes with the world."""
        folder = self.folder / "temporary"
        folder.mkdir(exist_ok=True)
        return folder

    def log(self, name: str) -> str:
        return (self.folder / f"{name.replace('/', '-')}.log").read_text(encoding="utf-8")

    async def ready(self, *services: str) -> None:
        """Wait until the services answer that they are ready."""
        async with httpx2.AsyncClient() as client:
            for service in services or SERVICES:

                async def answers(service: str = service) -> bool:
                    try:
                        answer = await client.get(f"{self.url(service)}/health/ready")
                    except httpx2.HTTPError:
                        return False
                    return answer.status_code == 200

                await until(answers, f"{service} is ready", READY_S_MAX)

    async def start_all(self) -> None:
        for service in SERVICES:
            self.start(service)
        await self.ready()

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a process: SIGKILL, SIGSTOP, SIGCONT, SIGTERM."""
        self.processes[name].send_signal(number)
        if number in (signal.SIGKILL, signal.SIGTERM):
            self.processes.pop(name).wait(STOP_S_MAX)

    def stop_all(self) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(STOP_S_MAX)
            except subprocess.TimeoutExpired:
                process.kill()
        self.processes.clear()

    def payung(self, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """Run the command `payung` against this world; `typed` is what it reads from its input."""
        environment = os.environ | {"TMPDIR": str(self._temporary())}
        for service in SERVICES:
            environment |= self.environment(service) | {f"PAYUNG_{service.upper()}_PORT": str(self.ports[service])}
        command = [str(Path(sys.executable).parent / "payung"), *arguments]
        return subprocess.run(
            command, env=environment, cwd=CHECKOUT, input=typed, capture_output=True, text=True, check=False
        )


@asynccontextmanager
async def a_world(folder: Path) -> AsyncIterator[World]:
    """Make a world in the folder to measure, prepared; its processes end with the block."""
    postgres, kafka = await asyncio.gather(
        asyncio.to_thread(servers.start_postgres, folder, survives_power_cuts=True),
        asyncio.to_thread(servers.start_kafka, folder, tuning=FOR_LONG),
    )
    world = World(folder, postgres, kafka)
    try:
        await world.prepare()
        yield world
    finally:
        world.stop_all()


def peak_bytes(pid: int) -> int:
    """Give the most memory that a process has held at once."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


async def until(condition: Callable[[], Awaitable[Any]], what: str, seconds: float = READY_S_MAX) -> Any:
    """Wait until the condition holds, within a bound, and give what it found."""
    try:
        async with asyncio.timeout(seconds):
            while not (found := await condition()):
                await asyncio.sleep(POLL_S)
            return found
    except TimeoutError as error:
        msg = f"waited {seconds:.0f} s in vain: {what}"
        raise AssertionError(msg) from error
