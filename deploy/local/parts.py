"""Lists what the set consists of, in the order of need: for each part its address, its process, its log."""

from dataclasses import dataclass
from pathlib import Path

from deploy.local import kafka, postgres, processes
from deploy.local.logs import in_words
from deploy.local.settings import Settings

SERVICES = ("enrollment", "claims", "reporting")
LOG_LINES = 15


@dataclass(frozen=True, slots=True)
class Part:
    """One process of the set."""

    name: str
    address: str
    pid_file: Path
    log: Path


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the running set is reached."""

    enrollment: str
    claims: str
    reporting: str
    kafka: str


def parts(settings: Settings) -> list[Part]:
    """Give the parts that are started here; a server used by its address is others' business."""
    found = [service_part(settings, name) for name in SERVICES]
    if settings.kafka_address is None:
        data = kafka_data(settings)
        found.insert(
            0,
            Part(
                "kafka",
                kafka_address(settings),
                kafka.pid_file(data),
                kafka.kafka_log(data),
            ),
        )
    if settings.postgres_address is None:
        data = postgres_data(settings)
        address = f"127.0.0.1:{settings.postgres_port}"
        log = postgres.postgres_log(data)
        found.insert(0, Part("postgres", address, postgres.pid_file(data), log))
    return found


def service_part(settings: Settings, name: str) -> Part:
    address = f"http://127.0.0.1:{service_port(settings, name)}"
    folder = settings.state
    return Part(name, address, folder / f"{name}.pid", folder / "logs" / f"{name}.log")


def service_port(settings: Settings, name: str) -> int:
    port: int = getattr(settings, f"{name}_port")
    return port


def addresses(settings: Settings) -> Addresses:
    places = {name: service_part(settings, name).address for name in SERVICES}
    return Addresses(**places, kafka=kafka_address(settings))


def kafka_address(settings: Settings) -> str:
    return settings.kafka_address or f"127.0.0.1:{settings.kafka_port}"


def postgres_data(settings: Settings) -> Path:
    return settings.state / "postgres"


def kafka_data(settings: Settings) -> Path:
    return settings.state / "kafka"


def secrets_folder(settings: Settings) -> Path:
    return settings.state / "secrets"


def erasures_folder(settings: Settings) -> Path:
    """Where each service keeps the list of the people who were erased, apart from all data."""
    return settings.state / "erasures"


def last_words(part: Part, what: str) -> str:
    """Say what became of a part, with the end of its log."""
    lines = "".join(f"\n    {in_words(line)}" for line in processes.tail(part.log, LOG_LINES))
    return f"{part.name} {what}. The last lines of {part.log}:{lines or ' none.'}"
