"""A pid file finds its own process only, and a stop ends it within its bound."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local import processes
from deploy.local.processes import LocalError

SLEEPING = [sys.executable, "-c", "import time; time.sleep(60)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)",
]


def test_a_started_process_is_found_until_it_is_stopped(tmp_path: Path) -> None:
    pid_file = tmp_path / "one.pid"
    pid = processes.spawn(SLEEPING, pid_file=pid_file, log=tmp_path / "one.log")
    assert processes.find(pid_file) == pid
    assert processes.stop(pid_file, within_s=5)
    assert processes.find(pid_file) is None
    assert not pid_file.exists()


def test_a_pid_that_went_to_another_process_is_left_alone(tmp_path: Path) -> None:
    pid_file = tmp_path / "one.pid"
    pid_file.write_text(json.dumps({"pid": os.getpid(), "command": SLEEPING}))
    assert processes.find(pid_file) is None
    assert processes.stop(pid_file, within_s=1)


def test_a_process_started_by_another_is_found_by_its_command(tmp_path: Path) -> None:
    pid_file = tmp_path / "one.pid"
    code = (
        "import sys; from pathlib import Path; from deploy.local import processes; "
        f"processes.spawn({SLEEPING!r}, pid_file=Path(sys.argv[1]), log=Path(sys.argv[1] + '.log'))"
    )
    subprocess.run([sys.executable, "-c", code, str(pid_file)], check=True)
    assert processes.wait_until(lambda: processes.find(pid_file) is not None, within_s=5)
    assert processes.stop(pid_file, within_s=5)


def test_a_process_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    pid_file, log = tmp_path / "one.pid", tmp_path / "one.log"
    processes.spawn(DEAF, pid_file=pid_file, log=log)
    assert processes.wait_until(lambda: processes.tail(log, 1) == ["deaf"], within_s=5)
    assert not processes.stop(pid_file, within_s=0.3, by=signal.SIGTERM)
    assert processes.find(pid_file) is None


def test_a_taken_port_is_refused_with_the_setting_to_change() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LocalError, match=f"Port {port} is taken; set PAYUNG_KAFKA_PORT to another one."):
            processes.require_free_port(port, "PAYUNG_KAFKA_PORT")
