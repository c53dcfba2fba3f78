"""Runs an Apache Kafka broker on this machine: one KRaft node, on loopback only."""

import base64
import socket
import struct
import subprocess
import uuid
from collections.abc import Sequence
from pathlib import Path

from deploy.local import processes
from deploy.local.processes import LocalError
from deploy.local.software import KAFKA_JARS, java

HEAP_MB = 512
START_S_MAX = 60.0
STOP_S_MAX = 30.0
FORMAT_S_MAX = 60.0
PROBE_S_MAX = 1.0

FOR_LONG = ("-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20")
FOR_MINUTES = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""Compiles once and quickly: half of the processor time for a broker that a test starts, slower in the long run."""

_LOG_SETTINGS = Path(__file__).with_name("log4j2.properties")


def start_kafka(
    data: Path,
    port: int,
    *,
    heap_mb: int = HEAP_MB,
    tuning: Sequence[str] = FOR_LONG,
    setting: str = "PAYUNG_KAFKA_PORT",
) -> None:
    """Start the broker on its data, made on the first start, and return when it answers.

    The controller listens on the next port.
    """
    command = [*_java(heap_mb, tuning), "kafka.Kafka", _properties_name(port)]
    if running_kafka(data):
        if processes.started_with(pid_file(data)) != command:
            raise LocalError("Kafka runs with other settings; stop it with `payung down` first.")
        return
    processes.require_free_port(port, setting)
    processes.require_free_port(port + 1, f"{setting} (Kafka takes the port above it as well)")
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    (data / _properties_name(port)).write_text(_properties(port))
    if not (data / "records" / "meta.properties").exists():
        _format(data, port)
    processes.spawn(command, pid_file=pid_file(data), log=data / "kafka.out", folder=data)
    processes.wait_until(lambda: not running_kafka(data) or _answers(port), within_s=START_S_MAX)
    if not (running_kafka(data) and _answers(port)):
        kill_kafka(data)
        raise LocalError(f"Kafka did not start: {' / '.join(_last_lines(data))}")


def stop_kafka(data: Path) -> None:
    """Stop the broker in order."""
    processes.stop(pid_file(data), within_s=STOP_S_MAX)


def kill_kafka(data: Path) -> None:
    """End the broker as a crash would; the next start recovers."""
    processes.kill(pid_file(data))


def running_kafka(data: Path) -> bool:
    return processes.find(pid_file(data)) is not None


def kafka_log(data: Path) -> Path:
    return data / "kafka.log"


def pid_file(data: Path) -> Path:
    return data / "kafka.pid"


def _properties_name(port: int) -> str:
    return f"server-{port}.properties"


def _properties(port: int) -> str:
    values = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{port + 1}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{port + 1}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "log.dirs": "records",
        "log.retention.ms": "-1",
        "num.partitions": "1",
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "5",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "5",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        # After a crash the node waits until its former self has expired; there is no other node to protect.
        "broker.session.timeout.ms": "2000",
        "broker.heartbeat.interval.ms": "500",
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "6000",
    }
    return "".join(f"{name}={value}\n" for name, value in values.items())


def _java(heap_mb: int, tuning: Sequence[str]) -> list[str]:
    """Begin the command; it runs in the data folder, whose path may be one that Java can not spell."""
    return [
        java(),
        f"-Xmx{heap_mb}m",
        f"-Xms{heap_mb // 2}m",
        *tuning,
        "-XX:+ExitOnOutOfMemoryError",
        "-Djava.awt.headless=true",
        f"-Dlog4j2.configurationFile={_LOG_SETTINGS}",
        "-Dpayung.kafka.log=kafka.log",
        "-cp",
        f"{KAFKA_JARS}/*",
    ]


def _format(data: Path, port: int) -> None:
    """Prepare the data under a new cluster id, which the data keep."""
    cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    ran = subprocess.run(  # noqa: S603 - our own command
        [
            *_java(HEAP_MB, FOR_MINUTES), "kafka.tools.StorageTool", "format",
            f"--cluster-id={cluster_id}", "--config", _properties_name(port),
        ],
        cwd=data,
        capture_output=True,
        text=True,
        timeout=FORMAT_S_MAX,
        check=False,
    )  # fmt: skip
    if ran.returncode != 0:
        raise LocalError(f"Kafka could not make its data: {(ran.stdout + ran.stderr).strip()[-2000:]}")


def _answers(port: int) -> bool:
    """Ask for the versions the broker speaks, the first question of every client."""
    request = struct.pack(">hhih", 18, 0, 1, -1)
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PROBE_S_MAX) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            return len(connection.recv(8)) > 0
    except OSError:
        return False


def _last_lines(data: Path) -> list[str]:
    return processes.tail(data / "kafka.out", 3) + processes.tail(kafka_log(data), 3)
