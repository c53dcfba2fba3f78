"""What may differ from one machine to another when everything runs on it."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from deploy.local.kafka import HEAP_MB
from deploy.local.processes import LocalError
from deploy.local.software import STATE

PREFIX = "PAYUNG_"

READ_ELSEWHERE = {
    f"{PREFIX}{name}"
    for name in ("ACTOR", "BI_DSN", "GATEWAY", "METABASE_PORT", "SUBNET", "VERSION")  # --by, the notebook, compose.yaml
}

# The ports above are handed out by the system to clients, and one of them may just hold ours.
Port = Annotated[int, Field(gt=1023, lt=32767)]


class Settings(BaseSettings):
    """Each is an environment variable of this name with PAYUNG_ before it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        env_ignore_empty=True,
        use_attribute_docstrings=True,
    )

    state: Path = STATE
    """Folder for data, secrets and logs."""

    postgres_port: Port = 15432
    """Port of the PostgreSQL that is started."""

    postgres_address: SecretStr | None = None
    """An administrator's DSN of a PostgreSQL 18 to use instead of starting one."""

    postgres_user_account: str | None = None
    """Unprivileged account that PostgreSQL runs as when root starts it; else `postgres` or `nobody`."""

    kafka_port: Port = 19092
    """Port of the Kafka that is started; its controller takes the port above."""

    kafka_address: str | None = None
    """HOST:PORT of a Kafka to use instead of starting one."""

    kafka_heap_mb: Annotated[int, Field(ge=256)] = HEAP_MB
    """Memory for the objects of the Kafka that is started."""

    enrollment_port: Port = 18001
    """Port of the enrollment service."""

    claims_port: Port = 18002
    """Port of the claims service."""

    reporting_port: Port = 18003
    """Port of the reporting service."""


def read_settings() -> Settings:
    """Read the environment, or say everything that is wrong with it at once."""
    try:
        settings = Settings()
    except ValidationError as error:
        raise LocalError(
            "; ".join(f"{PREFIX}{_name(found['loc'])}: {found['msg']}" for found in error.errors()) + "."
        ) from None
    return settings.model_copy(update={"state": settings.state.absolute()})


def unknown_settings() -> list[str]:
    """Name the variables that look like settings and are none: mostly misspelt."""
    known = READ_ELSEWHERE | {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    return sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)


def settings_in_words() -> str:
    """Name every setting, with what it means and what it is unless it is set; a paragraph each."""
    told = [
        f"{PREFIX}{name.upper()}: {field.description}"
        + (f" Default: {field.default}" if field.default is not None else "")
        for name, field in Settings.model_fields.items()
    ]
    return "\n\n".join(["Settings, as environment variables:", *told])


def _name(location: tuple[int | str, ...]) -> str:
    return "_".join(str(part) for part in location).upper()
