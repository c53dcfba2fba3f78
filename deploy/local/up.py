"""Brings the whole set up in the order of need, watches it, and takes it down the other way round."""

import asyncio
import fcntl
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deploy.local import kafka, postgres, processes, services
from deploy.local.databases import create_databases, password
from deploy.local.parts import (
    SERVICES,
    Part,
    addresses,
    erasures_folder,
    kafka_address,
    kafka_data,
    last_words,
    parts,
    postgres_data,
    secrets_folder,
)
from deploy.local.processes import LocalError
from deploy.local.progress import step, tell
from deploy.local.settings import Settings
from deploy.local.software import Say, install, remove_software

WATCH_POLL_S = 0.5
STOPPED_ELSEWHERE_S_MAX = 1.0

REPORT = ("report", "coverage")


def start(settings: Settings, *, fresh: bool, servers_only: bool) -> None:
    """Bring everything up, going on with the data that are there."""
    with _alone(settings):
        if fresh:
            _wipe(settings)
        _require_free_ports(settings, servers_only=servers_only)
        with ExitStack() as half_started:  # by a failure or an interrupt: nothing may stay behind
            if not running(settings):
                half_started.callback(_stop_half_started, settings)
            _start_servers(settings)
            if not servers_only:
                _start_services(settings)
            half_started.pop_all()


def _stop_half_started(settings: Settings) -> None:
    tell("Not everything came up; stopping what was started.")
    _stop(settings)


def remove(settings: Settings) -> None:
    """Remove all that was put on this machine: data, secrets, logs, servers."""
    with _alone(settings):
        _wipe(settings)
    remove_software()


def running(settings: Settings) -> list[Part]:
    """Give the parts that have a living process."""
    return [part for part in parts(settings) if processes.find(part.pid_file) is not None]


def stop(settings: Settings) -> None:
    """Take everything down, the services first; the data stay."""
    with _alone(settings), step("Stopping everything; the data stay"):
        _stop(settings)


def watch(settings: Settings) -> None:
    """Return when the set is stopped from elsewhere; fail when a part of it ends by itself."""
    watched = running(settings)
    while True:
        for part in watched:
            if processes.find(part.pid_file) is None:
                if processes.wait_until(
                    lambda gone=part.pid_file: not gone.exists(),  # type: ignore[misc]
                    within_s=STOPPED_ELSEWHERE_S_MAX,
                ):
                    return
                raise LocalError(last_words(part, "ended"))
        time.sleep(WATCH_POLL_S)


def print_report() -> bool:
    """Print the coverage report by the command that reporting brings along; False when it could not."""
    ran = subprocess.run([sys.executable, "-m", "deploy.local.cli", *REPORT], check=False)  # noqa: S603 - our own command
    return ran.returncode == 0


def _start_servers(settings: Settings) -> None:
    if settings.postgres_address is None:
        require_own_data(postgres_data(settings), secrets_folder(settings))
    if settings.postgres_address is None or settings.kafka_address is None:
        with step("Installing Kafka and PostgreSQL") as say:
            install(say, postgres_account=settings.postgres_user_account)
    if settings.postgres_address is None:
        with step(f"Starting PostgreSQL on 127.0.0.1:{settings.postgres_port}"):
            postgres.start_postgres(
                postgres_data(settings),
                settings.postgres_port,
                password(secrets_folder(settings), "postgres"),
                account=settings.postgres_user_account,
            )
    if settings.kafka_address is None:
        with step(f"Starting Kafka on {kafka_address(settings)}"):
            kafka.start_kafka(
                kafka_data(settings),
                settings.kafka_port,
                heap_mb=settings.kafka_heap_mb,
            )
    with step("Making databases, roles and keys"):
        asyncio.run(create_databases(services.postgres_admin(settings), secrets_folder(settings)))
        services.make_keys(settings)


def require_own_data(data: Path, secrets: Path) -> None:
    """Refuse data whose password is not here: they were made by a checkout that was removed without `make clean`."""
    place = postgres.left_behind(data)
    if place is not None and not (secrets / f"{postgres.ADMIN}.password").exists():
        raise LocalError(
            f"Data of another checkout lie in {place}, and their passwords are gone with it; `make up FRESH=1` removes"
            " them and begins anew."
        )


def _require_free_ports(settings: Settings, *, servers_only: bool) -> None:
    """Look at all ports before anything is begun; what runs here already has its own."""
    for part in parts(settings):
        if processes.find(part.pid_file) is None and not (servers_only and part.name in SERVICES):
            port = int(part.address.rpartition(":")[2])
            processes.require_free_port(port, f"PAYUNG_{part.name.upper()}_PORT")


def _start_services(settings: Settings) -> None:
    (settings.state / "logs").mkdir(exist_ok=True)
    with step("Bringing tables and topics up to date"):
        services.migrate(settings)
    with step("Starting the services"):
        services.start_services(settings)
        services.wait_until_ready(settings)
    if not _loaded(settings).exists():
        with step("Loading the scenario") as say:
            _load(settings, say)
            _loaded(settings).touch()


def _load(settings: Settings, say: Say) -> None:
    # Not at the top: it brings an HTTP client along, and most commands load nothing.
    from deploy.scenarios.gianyar.doors import ScenarioError  # noqa: PLC0415
    from deploy.scenarios.gianyar.load import load  # noqa: PLC0415

    try:
        asyncio.run(load(addresses(settings), say))
    except ScenarioError as error:
        raise LocalError(str(error)) from error


def _stop(settings: Settings) -> None:
    services.stop_services(settings)
    kafka.stop_kafka(kafka_data(settings))
    postgres.stop_postgres(postgres_data(settings))


def _wipe(settings: Settings) -> None:
    if settings.postgres_address is not None or settings.kafka_address is not None:
        raise LocalError(
            "Only data of our own servers can be wiped; drop the databases and topics of the others yourself."
        )
    with step("Stopping everything and removing the data"):
        _stop(settings)
        postgres.remove_postgres(postgres_data(settings))
        for folder in (
            kafka_data(settings),
            settings.state / "logs",
            secrets_folder(settings),
            erasures_folder(settings),
        ):
            shutil.rmtree(folder, ignore_errors=True)
        _loaded(settings).unlink(missing_ok=True)


def _loaded(settings: Settings) -> Path:
    return settings.state / "loaded"


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Let one command at a time change the set; the system frees the lock of a process that dies."""
    settings.state.mkdir(parents=True, exist_ok=True)
    with (settings.state / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LocalError("Another payung command is at work here; wait for it to end.") from None
        yield
