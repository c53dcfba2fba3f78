"""Brings the servers that the native set runs: Kafka and PostgreSQL, by their Maven coordinates."""

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.accounts import own_folder, remove_folder, unprivileged
from deploy.local.processes import LocalError

CHECKOUT = Path(__file__).resolve().parents[2]
STATE = CHECKOUT / ".payung"
SOFTWARE = STATE / "software"
KAFKA_JARS = SOFTWARE / "lib"
POSTGRES = SOFTWARE / "postgres"

MAVEN_S_MAX = 600.0

_POM = Path(__file__).with_name("pom.xml")
_STAMP = SOFTWARE / "installed"
_ARCHITECTURES = {
    "x86_64": "amd64",
    "amd64": "amd64",
    "aarch64": "arm64v8",
    "arm64": "arm64v8",
}

Say = Callable[[str], None]


def install(say: Say, *, postgres_account: str | None = None) -> None:
    """Bring the servers unless they are there; several processes may call this at once."""
    wanted = hashlib.sha256(_POM.read_bytes() + _platform().encode()).hexdigest()
    SOFTWARE.mkdir(parents=True, exist_ok=True)
    with exclusive(SOFTWARE / "lock"):
        if not (_STAMP.exists() and _STAMP.read_text() == wanted and (POSTGRES / "bin").is_dir()):
            _STAMP.unlink(missing_ok=True)
            say("Fetching Kafka and PostgreSQL by Maven.")
            _fetch()
            say("Unpacking PostgreSQL.")
            _unpack(postgres_account)
            _STAMP.write_text(wanted)


def remove_software() -> None:
    """Remove the servers, wherever they lie."""
    remove_folder(POSTGRES)
    shutil.rmtree(SOFTWARE, ignore_errors=True)


@contextmanager
def exclusive(lock: Path) -> Iterator[None]:
    """Let one process at a time pass; the system frees the lock of a process that dies."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def java() -> str:
    """Find the Java that runs Kafka."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
    if found is None:
        raise LocalError("Java is missing; install it, on Debian with `apt-get install default-jre-headless`.")
    return found


def _fetch() -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise LocalError("Maven is missing; install it, on Debian with `apt-get install maven`.")
    shutil.rmtree(KAFKA_JARS, ignore_errors=True)
    ran = subprocess.run(  # noqa: S603 - our own project file
        [
            maven, "--batch-mode", "--quiet", "-Dstyle.color=never", "--file", str(_POM),
            "dependency:copy-dependencies",
            f"-DoutputDirectory={KAFKA_JARS}", f"-Dpostgres.platform={_platform()}",
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=MAVEN_S_MAX,
        check=False,
    )  # fmt: skip
    if ran.returncode != 0:
        said = (ran.stdout + ran.stderr).strip().partition("\n")[0]
        raise LocalError(f"Maven could not fetch the servers: {said}")


def _unpack(postgres_account: str | None) -> None:
    remove_folder(POSTGRES)
    place = own_folder(POSTGRES, unprivileged(postgres_account))
    [jar] = KAFKA_JARS.glob("embedded-postgres-binaries-*.jar")
    with zipfile.ZipFile(jar) as outer:
        [inner] = [name for name in outer.namelist() if name.endswith(".txz")]
        with (
            outer.open(inner) as packed,
            tarfile.open(fileobj=packed, mode="r:xz") as archive,
        ):
            # Early patch releases of Python 3.11 have no filters.
            archive.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
            archive.extractall(place)  # noqa: S202 - pinned, and filtered where Python can
    jar.unlink()


def _platform() -> str:
    system, machine = platform.system().lower(), platform.machine().lower()
    if system not in {"linux", "darwin"} or machine not in _ARCHITECTURES:
        raise LocalError(f"There is no PostgreSQL to fetch for {system} on {machine}; use the containers.")
    return f"{system}-{_ARCHITECTURES[machine]}"
