"""Starts, finds and stops processes by a pid file that also says which command it must be."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

POLL_S = 0.02
KILLED_S_MAX = 10.0
TAIL_BYTES, TAIL_GROWS = 65_536, 8

# Our own children, to be reaped: a dead child that nobody waits for still has its pid.
_children: dict[int, subprocess.Popen[bytes]] = {}


class LocalError(Exception):
    """Something a person must mend; its text is one sentence for that person."""


@dataclass(frozen=True, slots=True)
class Account:
    """An unprivileged account that a process runs as."""

    name: str
    uid: int
    gid: int


def spawn(
    command: Sequence[str],
    *,
    pid_file: Path,
    log: Path,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    account: Account | None = None,
) -> int:
    """Start a process in a session of its own, so that Ctrl-C reaches only us and we choose the order."""
    with log.open("ab") as output:
        child = subprocess.Popen(  # noqa: S603 - our own commands only
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=folder,
            start_new_session=True,
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else [],
        )
    _children[child.pid] = child
    partial = pid_file.with_suffix(".partial")
    partial.write_text(json.dumps({"pid": child.pid, "command": list(command)}))
    partial.replace(pid_file)
    return child.pid


def find(pid_file: Path) -> int | None:
    """Name the living process of this pid file; None when it ended or its pid went to someone else."""
    try:
        record = json.loads(pid_file.read_text())
    except FileNotFoundError:
        return None
    pid: int = record["pid"]
    child = _children.get(pid)
    if child is not None:
        # Its command line cannot tell yet: it is empty for a moment while the process begins.
        return pid if child.poll() is None else None
    return pid if command_line(pid) == " ".join(record["command"]) else None


def started_with(pid_file: Path) -> list[str]:
    """Give the command that the pid file was written for."""
    command: list[str] = json.loads(pid_file.read_text())["command"]
    return command


def stop(pid_file: Path, *, within_s: float, by: signal.Signals = signal.SIGTERM) -> bool:
    """Ask a process to end and insist after the bound; True when it ended by being asked."""
    pid = find(pid_file)
    if pid is None:
        pid_file.unlink(missing_ok=True)
        return True
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, by)
    ended = wait_until(lambda: find(pid_file) is None, within_s=within_s)
    if not ended:
        kill(pid_file)
    pid_file.unlink(missing_ok=True)
    return ended


def kill(pid_file: Path) -> None:
    """End a process and its group at once, as a crash would."""
    pid = find(pid_file)
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        if not wait_until(lambda: find(pid_file) is None, within_s=KILLED_S_MAX):
            raise LocalError(f"Process {pid} does not die; look at it with `ps {pid}`.")
    pid_file.unlink(missing_ok=True)


def wait_until(condition: Callable[[], bool], *, within_s: float) -> bool:
    """Poll until the condition holds; False when the bound passed first."""
    last = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > last:
            return False
        time.sleep(POLL_S)
    return True


def require_free_port(port: int, setting: str) -> None:
    """Refuse a port that someone listens on, in words that say what to change."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise LocalError(f"Port {port} is taken; set {setting} to another one.") from error


def tail(log: Path, lines: int) -> list[str]:
    """Read the last lines of a log."""
    try:
        with log.open("rb") as file:
            size, window = file.seek(0, os.SEEK_END), TAIL_BYTES
            while True:
                file.seek(max(0, size - window))
                found = file.read().decode(errors="replace").splitlines()
                if window >= size or len(found) > lines:  # one more than wanted: the first may be cut
                    return found[max(0, len(found) - lines) :]
                window *= TAIL_GROWS
    except FileNotFoundError:
        return []


def command_line(pid: int) -> str:
    """Give the command line of a process, or nothing when there is no such process."""
    if Path("/proc/self/cmdline").exists():
        try:
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            return ""
        return " ".join(raw.decode(errors="replace").rstrip("\0").split("\0"))
    shown = subprocess.run(  # noqa: S603 - a fixed command
        [shutil.which("ps") or "/bin/ps", "-ww", "-o", "args=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    return shown.stdout.strip()
