"""The settings that every service has; each is an environment variable with the service's prefix."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ChassisSettings(BaseSettings):
    """Read once at the start and passed on as a value; a missing one stops the start."""

    model_config = SettingsConfigDict(frozen=True, hide_input_in_errors=True)

    postgres_dsn: SecretStr
    """Address of the service's own database, postgresql://role:password@host:port/database."""
    kafka: str
    """Kafka's bootstrap servers, host:port separated by commas."""
    host: str = "127.0.0.1"
    port: int
    """Where the service answers HTTP."""
    operations_port: int = 0
    """Where a process that runs only relay, reader or sweep answers health and metrics; 0 for nowhere."""
    pool_size_max: int = Field(default=12, ge=2)
    """Connections to Postgres that the service holds at most."""
    slot: int = Field(default=0, ge=0, le=23)
    """Number of this reader process, 0 to 23 as there are partitions; each process of a reader has its own."""
    gateways: str = ""
    """Addresses, separated by commas, whose word on who acts is believed; loopback's always is."""
