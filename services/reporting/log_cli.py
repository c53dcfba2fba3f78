"""What the two commands that read the whole log have in common: where it stands, and why it could not be read."""

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.chassis.bulk import LogStalled
from services.chassis.commands import PARTIAL, both, fail
from services.chassis.plain_log import LogUnreachable
from services.chassis.positions import Fenced
from services.chassis.postgres import HEALS_WITH_TIME


class Addresses(BaseSettings):
    """Where reporting's database and Kafka are; the service's own settings, of which no more is needed here."""

    model_config = SettingsConfigDict(env_prefix="REPORTING_", frozen=True, hide_input_in_errors=True)

    postgres_dsn: SecretStr
    """Address of reporting's database."""
    kafka: str = Field(min_length=1)
    """Kafka's bootstrap servers."""

    @property
    def dsn(self) -> str:
        return self.postgres_dsn.get_secret_value()


def addresses() -> Addresses:
    """Read them, or end the command by saying which is missing."""
    try:
        return Addresses()
    except ValidationError as error:
        names = ", ".join(f"REPORTING_{str(wrong['loc'][0]).upper()}" for wrong in error.errors(include_input=False))
        fail(
            both(
                f"{names} harus diisi: alamat basis data reporting dan Kafka. `payung up` mengisinya.",
                f"{names} must be set: the addresses of reporting's database and of Kafka. `payung up` sets them.",
            ),
            PARTIAL,
        )


@contextmanager
def trouble_in_sentences() -> Iterator[None]:
    """Say in a sentence why it could not be done now; a rebuild that is repeated goes on where it was."""
    try:
        yield
    except (LogStalled, LogUnreachable, Fenced) as error:
        fail(
            both(
                f"Kafka tidak menjawab, atau pembaca lain mengganggu ({type(error).__name__}). Ulangi perintah ini.",
                f"{str(error).rstrip('.')}. Repeat the command.",
            ),
            PARTIAL,
        )
    except HEALS_WITH_TIME as error:
        trouble = type(error).__name__
        fail(
            both(
                f"Basis data reporting tidak menjawab ({trouble}). Jalankan, lalu ulangi perintah ini.",
                f"Reporting's database did not answer ({trouble}). Start it, then repeat the command.",
            ),
            PARTIAL,
        )
