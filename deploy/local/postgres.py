"""Runs a PostgreSQL server on this machine, on loopback only and with passwords only."""

import os
import signal
import subprocess
import time
from pathlib import Path

from deploy.local import processes
from deploy.local.accounts import own_folder, place_of, remove_folder, unprivileged
from deploy.local.processes import Account, LocalError
from deploy.local.software import POSTGRES

ADMIN = "postgres"
START_S_MAX = 60.0
STOP_S_MAX = 60.0
INITDB_S_MAX = 120.0

OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "200",
    "max_prepared_transactions": "0",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",  # a bulk load is not held up by a checkpoint every few seconds
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
ACCESS = "host all all 127.0.0.1/32 scram-sha-256\n"
READY_LINE = 7  # of postmaster.pid, counted from 0; pg_ctl looks there as well


def start_postgres(
    data: Path,
    port: int,
    password: str,
    *,
    account: str | None = None,
    setting: str = "PAYUNG_POSTGRES_PORT",
    survives_power_cuts: bool = True,
) -> None:
    """Start the server on its data, made on the first start, and return when it takes connections.

    One that need not survive a power cut, but the death of any process, leaves it to the system when it writes.
    """
    runs_as = unprivileged(account)
    place = own_folder(data, runs_as)
    cluster = place / "cluster"
    command = _command(cluster, port, runs_as, survives_power_cuts)
    if running_postgres(data):
        if processes.started_with(pid_file(data)) != command:
            raise LocalError("PostgreSQL runs with other settings; stop it with `payung down` first.")
        return
    processes.require_free_port(port, setting)
    if not (cluster / "PG_VERSION").exists():
        _make_cluster(place, password, runs_as)
    _start(data, cluster, command, runs_as)


def stop_postgres(data: Path) -> None:
    """Stop the server: clients are cut off, what they committed is kept."""
    processes.stop(pid_file(data), within_s=STOP_S_MAX, by=signal.SIGINT)


def kill_postgres(data: Path) -> None:
    """End the server as a crash would; the next start recovers."""
    processes.kill(pid_file(data))


def running_postgres(data: Path) -> bool:
    return processes.find(pid_file(data)) is not None


def remove_postgres(data: Path) -> None:
    """Remove the data, wherever they lie; a server of a checkout that is gone may still run on them."""
    stop_postgres(place_of(data))
    remove_folder(data)


def left_behind(data: Path) -> Path | None:
    """Give the place of data that are there already, before anything is started on them."""
    place = place_of(data)
    return place if (place / "cluster" / "PG_VERSION").exists() else None


def postgres_log(data: Path) -> Path:
    return data / "postgres.log"


def admin_dsn(port: int, password: str) -> str:
    return f"postgresql://{ADMIN}:{password}@127.0.0.1:{port}/postgres"


def pid_file(data: Path) -> Path:
    return data / "postgres.pid"


def _command(cluster: Path, port: int, account: Account | None, fsync: bool) -> list[str]:
    options = {**OPTIONS, "port": str(port), "fsync": "on" if fsync else "off"}
    return [
        str(own_folder(POSTGRES, account) / "bin" / "postgres"),
        "-D",
        str(cluster),
        *(word for name, value in options.items() for word in ("-c", f"{name}={value}")),
    ]


def _make_cluster(place: Path, password: str, account: Account | None) -> None:
    remove_folder(place / "cluster")
    password_file = place / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    if account is not None:
        os.chown(password_file, account.uid, account.gid)
    try:
        ran = subprocess.run(  # noqa: S603 - our own command
            [
                str(own_folder(POSTGRES, account) / "bin" / "initdb"), "--pgdata", str(place / "cluster"),
                "--username", ADMIN, "--pwfile", str(password_file), "--auth", "scram-sha-256",
                "--encoding", "UTF8", "--locale-provider", "builtin", "--locale", "C.UTF-8",
            ],
            env={},
            cwd=place,
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else [],
            capture_output=True,
            text=True,
            timeout=INITDB_S_MAX,
            check=False,
        )  # fmt: skip
    finally:
        password_file.unlink()
    if ran.returncode != 0:
        raise LocalError(f"PostgreSQL could not make its data: {(ran.stdout + ran.stderr).strip()[-2000:]}")
    (place / "cluster" / "pg_hba.conf").write_text(ACCESS)


def _start(data: Path, cluster: Path, command: list[str], account: Account | None) -> None:
    """Start and wait; after a crash the old server's last processes may still hold its memory, so try again."""
    last = time.monotonic() + START_S_MAX
    while time.monotonic() < last:
        pid = processes.spawn(
            command,
            pid_file=pid_file(data),
            log=postgres_log(data),
            environment={},
            folder=cluster.parent,
            account=account,
        )
        processes.wait_until(
            lambda pid=pid: not running_postgres(data) or _ready(cluster, pid),  # type: ignore[misc]
            within_s=last - time.monotonic(),
        )
        if running_postgres(data) and _ready(cluster, pid):
            return
        lines = processes.tail(postgres_log(data), 5)
        kill_postgres(data)
        if not any("shared memory block" in line for line in lines):
            raise LocalError(f"PostgreSQL did not start: {' / '.join(lines)}")
    raise LocalError(f"PostgreSQL did not start within {START_S_MAX:.0f} s; see {postgres_log(data)}.")


def _ready(cluster: Path, pid: int) -> bool:
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > READY_LINE and lines[0] == str(pid) and lines[READY_LINE].strip() == "ready"
