"""The settings of reporting: environment variables that begin with REPORTING_."""

from pydantic_settings import SettingsConfigDict

from services.chassis.settings import ChassisSettings


class Settings(ChassisSettings):
    """Reporting needs nothing of its own: it holds no people's data and writes to no topic."""

    model_config = SettingsConfigDict(env_prefix="REPORTING_", frozen=True, hide_input_in_errors=True)
