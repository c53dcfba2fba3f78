"""Which figures are wanted: what stands in the address of a page, so that the address can be sent to others."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from services.chassis.clock import BUSINESS_ZONE

Language = Literal["id", "en"]
DAYS = (date(1990, 1, 1), date(2199, 12, 31))


def _nothing(value: Any) -> Any:
    """A field of a form that was left empty asks for nothing."""
    return value or None


def _zoned(value: datetime | None) -> datetime | None:
    """A time without an offset is one of Bali: the browser's field for a time knows no zones."""
    return value.replace(tzinfo=BUSINESS_ZONE) if value is not None and value.tzinfo is None else value


def _field(value: datetime | None) -> str:
    local = value and value.astimezone(BUSINESS_ZONE).replace(tzinfo=None)
    return local.isoformat(timespec="seconds" if local.second else "minutes") if local else ""


class Asked(BaseModel):
    """The filters of every page."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    as_of: Annotated[Annotated[date, Field(ge=DAYS[0], le=DAYS[1])] | None, BeforeValidator(_nothing)] = None
    known_at: Annotated[datetime | None, BeforeValidator(_nothing)] = None
    since: Annotated[datetime | None, BeforeValidator(_nothing)] = None
    area: Annotated[Annotated[str, Field(max_length=13)] | None, BeforeValidator(_nothing)] = None
    lang: Language = "id"

    @field_validator("since")
    @classmethod
    def _not_later(cls, since: datetime | None, given: ValidationInfo) -> datetime | None:
        since, known = _zoned(since), _zoned(given.data.get("known_at"))
        if since is not None and known is not None and since > known:
            raise ValueError("`since` is the earlier of the two times")
        return since

    @property
    def known(self) -> datetime | None:
        """The known-at time with its zone."""
        return _zoned(self.known_at)

    @property
    def known_field(self) -> str:
        """The known-at time as the browser's field for it takes it; empty: none."""
        return _field(self.known)

    @property
    def since_field(self) -> str:
        """The time to compare with, likewise."""
        return _field(self.since)

    def address(self, path: str, **other: Any) -> str:
        """Give the address of a page with these filters, some of them changed; what asks for nothing is left out."""
        wanted = {name: value for name, value in (self.model_dump(mode="json") | other).items() if value is not None}
        if wanted.get("lang") == "id":
            del wanted["lang"]
        return f"{path}?{urlencode(wanted)}" if wanted else path
