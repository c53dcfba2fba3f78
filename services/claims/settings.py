"""The settings of claims: environment variables that begin with CLAIMS_."""

from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from services.chassis.settings import ChassisSettings


class Settings(ChassisSettings):
    """What the chassis needs, and where the keys of payees are kept."""

    model_config = SettingsConfigDict(env_prefix="CLAIMS_", frozen=True, hide_input_in_errors=True)

    scenario: bool = False
    """Allows a scenario to move the clock and synthetic NIKs; never set where real people are."""
    keys_dsn: SecretStr
    """Address of the database that holds the person keys, apart from what they open."""
    secrets: Path
    """Folder with the files wrapping.key and index.key, 32 bytes each in hexadecimal."""
    erasures: Path
    """Folder of the list of erased people, on a disk that no restore of a database touches."""
