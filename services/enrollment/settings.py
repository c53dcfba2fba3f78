"""The settings of enrollment: environment variables that begin with ENROLLMENT_."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.chassis.settings import ChassisSettings


class Settings(ChassisSettings):
    """What the chassis needs, and where the keys of people's data are kept."""

    model_config = SettingsConfigDict(env_prefix="ENROLLMENT_", frozen=True, hide_input_in_errors=True)

    scenario: bool = False
    """Allows a scenario to move the clock and synthetic NIKs; never set where real people are."""
    keys_dsn: SecretStr
    """Address of the database that holds the person keys, apart from what they open."""
    secrets: Path
    """Folder with the files wrapping.key and index.key, 32 bytes each in hexadecimal."""
    erasures: Path
    """Folder of the list of erased people, on a disk that no restore of a database touches."""
    grace_months: int = Field(3, ge=1, le=12)
    """So many months a self-payer may be in arrears; taken over by `migrate` for all that is paid from then on."""
    grace_edge: Literal["after_last_month", "before_last_month"] = "after_last_month"
    """Inactive when these months are over (at the start of month 4), or already when the last of them begins."""
    payment_months: tuple[int, ...] = (1, 2, 3, 6, 12)
    """For so many months a self-payer may pay at once."""
    membership_begins_anew: bool = True
    """A payment after the inactivation begins a membership of its own; otherwise the same one goes on, with a gap."""

    @property
    def months_of_grace(self) -> int:
        return self.grace_months - (self.grace_edge == "before_last_month")
