"""Runs the three services as processes of this machine."""

import json
import os
import re
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from deploy.local import processes
from deploy.local.databases import dsns, keep_secret, password
from deploy.local.parts import (
    SERVICES,
    erasures_folder,
    kafka_address,
    last_words,
    secrets_folder,
    service_part,
    service_port,
)
from deploy.local.postgres import admin_dsn
from deploy.local.processes import LocalError
from deploy.local.settings import Settings
from deploy.local.software import CHECKOUT

WITH_PEOPLE = ("enrollment", "claims")
"""They keep people's data encrypted, so they have keys; and a clock that a scenario may move."""
COMMANDS = "commands"
"""The check that says whether commands are taken, named as the services name it, whose code is not needed here."""

FIGURES = {"lag": "payung_reader_lag_facts", "parked_keys": "payung_parked_keys"}

KEY_BYTES = 32
MIGRATE_S_MAX = 120.0
READY_S_MAX = 60.0
READY_POLL_S = 0.1
SENDS_S_MAX = 10.0
PROBE_S_MAX = 2.0
STOP_S_MAX = 35.0  # a service drains for 20 s at most, then closes its pools


def postgres_admin(settings: Settings) -> str:
    """Give the administrator's DSN of the server in use."""
    if settings.postgres_address is not None:
        return settings.postgres_address.get_secret_value()
    return admin_dsn(settings.postgres_port, password(secrets_folder(settings), "postgres"))


def make_keys(settings: Settings) -> None:
    """Make the wrapping key and the index key of each service that keeps people's data."""
    for service in WITH_PEOPLE:
        for name in ("wrapping.key", "index.key"):
            keep_secret(secrets_folder(settings) / service / name, secrets.token_hex(KEY_BYTES))


def environment(settings: Settings, service: str) -> dict[str, str]:
    """Say everything to a service that it must know."""
    known = dsns(postgres_admin(settings), secrets_folder(settings))
    values = {
        "POSTGRES_DSN": known[service],
        "KAFKA": kafka_address(settings),
        "PORT": str(service_port(settings, service)),
    }
    if service in WITH_PEOPLE:
        values["SCENARIO"] = "1"
        values["KEYS_DSN"] = known[f"{service}_keys"]
        values["SECRETS"] = str(secrets_folder(settings) / service)
        values["ERASURES"] = str(erasures_folder(settings) / service)
    return {f"{service.upper()}_{name}": value for name, value in values.items()}


def migrate(settings: Settings) -> None:
    """Bring the tables and topics of all services up to date."""
    with ThreadPoolExecutor(len(SERVICES)) as pool:
        list(pool.map(lambda service: _migrate(settings, service), SERVICES))


def start_services(settings: Settings) -> None:
    """Start the services; those that run already start anew, with today's code and settings."""
    stop_services(settings)
    for service in SERVICES:
        port = service_port(settings, service)
        processes.require_free_port(port, f"PAYUNG_{service.upper()}_PORT")
    for service in SERVICES:
        part = service_part(settings, service)
        processes.spawn(
            _command(service, "all"),
            pid_file=part.pid_file,
            log=part.log,
            environment=_whole_environment(settings, service),
            folder=CHECKOUT,
        )


def wait_until_ready(settings: Settings) -> None:
    """Wait for all services within a bound, and not for one that ended."""
    last = time.monotonic() + READY_S_MAX
    waiting = [service_part(settings, service) for service in SERVICES]
    while waiting:
        for part in waiting:
            if processes.find(part.pid_file) is None:
                raise LocalError(last_words(part, "ended while starting"))
            if time.monotonic() > last:
                raise LocalError(last_words(part, f"was not ready within {READY_S_MAX:.0f} s"))
        time.sleep(READY_POLL_S)
        waiting = [part for part in waiting if not_ready(part.address)]


def refusing(settings: Settings) -> list[str]:
    """Give a sentence for each service that refuses all commands, once its relay has looked.

    What was halted before may be mended; and a Kafka that is away is no halt. Such a service is left running: it
    answers questions, and whoever mends it needs its database.
    """
    found = []
    for service in SERVICES:
        address = service_part(settings, service).address
        processes.wait_until(lambda address=address: _holds(address, "relay"), within_s=SENDS_S_MAX)  # type: ignore[misc]
        if why := halted(address):
            found.append(f"{service}: {why}.")
    return found


def stop_services(settings: Settings) -> None:
    """Ask all at once to end, and insist after a bound."""
    with ThreadPoolExecutor(len(SERVICES)) as pool:
        list(pool.map(lambda service: _stop(settings, service), SERVICES))


def state(address: str) -> tuple[str | None, str | None]:
    """Ask a service why it can not do its work, and why it refuses all commands; None where it does not."""
    checks = _checks(address)
    if checks is None:
        return "it does not answer", None
    fails = {check["check"]: check["otherwise"] for check in checks if not check["holds"]}
    ready = all(check["holds"] for check in checks if check["needed"])
    return None if ready else "; ".join(fails.values()), fails.get(COMMANDS)


def not_ready(address: str) -> str | None:
    """Ask a service why it can not do its work; None when it can."""
    return state(address)[0]


def halted(address: str) -> str | None:
    """Ask a service why it refuses all commands; None when it takes them, or keeps quiet."""
    return state(address)[1]


def _holds(address: str, name: str) -> bool:
    return all(check["holds"] for check in _checks(address) or () if check["check"] == name)


def _checks(address: str) -> list[dict[str, Any]] | None:
    """Ask a service what holds of all that it looks at; None where it does not answer."""
    try:
        told = _get(f"{address}/health/ready")
    except urllib.error.HTTPError as answer:
        with answer:
            told = answer.read().decode()
    except OSError:
        return None
    checks: list[dict[str, Any]] = json.loads(told)["checks"]
    return checks


def figures(address: str) -> dict[str, int | None]:
    """Ask a service how many facts its reader has yet to apply, and how many keys are parked, as far as it can tell.

    Of several readers, as reporting has one for each schema, the one that has most.
    """
    try:
        lines = _get(f"{address}/metrics").splitlines()
    except OSError:
        lines = []
    found = {}
    for name, figure in FIGURES.items():
        by_reader: Counter[str] = Counter()
        for line in lines:
            if told := re.match(rf'{figure}{{reader="([^"]*)".* ([0-9.e+]+)$', line):
                by_reader[told[1]] += int(float(told[2]))
        found[name] = max(by_reader.values(), default=None)
    return found


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=PROBE_S_MAX) as answer:  # noqa: S310 - http only
        text: str = answer.read().decode()
        return text


def _whole_environment(settings: Settings, service: str) -> dict[str, str]:
    """Give a service what this process was given, but nothing that is meant for another service."""
    others = tuple(f"{name.upper()}_" for name in SERVICES if name != service)
    given = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    return given | environment(settings, service)


def _command(service: str, what: str) -> list[str]:
    return [sys.executable, "-m", f"services.{service}", what]


def _migrate(settings: Settings, service: str) -> None:
    part = service_part(settings, service)
    with part.log.open("ab") as output:
        ran = subprocess.run(  # noqa: S603 - our own command
            _command(service, "migrate"),
            env=_whole_environment(settings, service),
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=MIGRATE_S_MAX,
            check=False,
        )
    if ran.returncode != 0:
        raise LocalError(last_words(part, "could not migrate"))


def _stop(settings: Settings, service: str) -> None:
    processes.stop(service_part(settings, service).pid_file, within_s=STOP_S_MAX)
