"""Which figures are wanted: what stands in the address of a page, so that the address can be sent to others."""

from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from services.chassis.clock import BUSINESS_ZONE
from services.reporting import snapshots
from services.reporting.bounds import TIMES, Day

Language = Literal["id", "en"]
DENOMINATOR = r"^[^@\x00]{1,200}@[1-9][0-9]{0,8}$"
DENOMINATORS_MAX = 20
TOKEN_LENGTH_MAX = 60


def _nothing(value: Any) -> Any:
    """A field of a form that was left empty asks for nothing."""
    return value or None


def _zoned(value: datetime | None) -> datetime | None:
    """A time without an offset is one of Bali: the browser's field for a time knows no zones."""
    return value.replace(tzinfo=BUSINESS_ZONE) if value is not None and value.tzinfo is None else value


def _within_bounds(value: datetime | None) -> datetime | None:
    if (zoned := _zoned(value)) is not None and not TIMES[0] <= zoned <= TIMES[1]:
        msg = f"between {TIMES[0]} and {TIMES[1]}"
        raise ValueError(msg)
    return value


def _time_in(snapshot: str) -> datetime:
    return datetime.fromisoformat(snapshot.partition("@")[2])


def _known_in(snapshot: str) -> datetime:
    return _time_in(snapshot).astimezone(BUSINESS_ZONE)


def _field(value: datetime | None) -> str:
    """Write a time of Bali as precisely as it is: one that is cut asks for other figures."""
    if value is None:
        return ""
    local = value.astimezone(BUSINESS_ZONE).replace(tzinfo=None)
    return local.isoformat(timespec="microseconds" if local.microsecond else "seconds" if local.second else "minutes")


Time = Annotated[datetime | None, BeforeValidator(_nothing), AfterValidator(_within_bounds)]


class Asked(BaseModel):
    """The filters of every page, and which of the figures of an hour or a version are meant."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    as_of: Annotated[Day | None, BeforeValidator(_nothing)] = None
    known_at: Time = None
    snapshot: Annotated[str | None, Field(pattern=snapshots.PATTERN)] = None
    """In the place of known_at: these figures for ever, or a refusal."""
    since: Time = None
    area: Annotated[Annotated[str, Field(max_length=13)] | None, BeforeValidator(_nothing)] = None
    denominator: Annotated[
        tuple[Annotated[str, Field(pattern=DENOMINATOR)], ...], Field(max_length=DENOMINATORS_MAX)
    ] = ()
    """Targets to hold people against, each as `id@version`; none: all in their newest version, and never final."""
    lang: Language = "id"
    after: Annotated[str | None, Field(max_length=TOKEN_LENGTH_MAX, exclude=True)] = None
    """The consistency token of a command whose facts are to be in the figures; it is of no use a second time."""
    sep: Annotated[Literal[",", ";"], Field(exclude=True)] = ","
    """What stands between the values of a CSV file; with `;` numbers have a decimal comma."""

    @field_validator("snapshot")
    @classmethod
    def _a_time_alone(cls, snapshot: str | None, given: ValidationInfo) -> str | None:
        if snapshot is not None:
            _within_bounds(_time_in(snapshot))
            if given.data.get("known_at") is not None:
                raise ValueError("a snapshot has its known-at time in it")
        return snapshot

    @field_validator("since")
    @classmethod
    def _not_later(cls, since: datetime | None, given: ValidationInfo) -> datetime | None:
        snapshot = given.data.get("snapshot")
        since, known = _zoned(since), _known_in(snapshot) if snapshot else _zoned(given.data.get("known_at"))
        if since is not None and known is not None and since > known:
            raise ValueError("`since` is the earlier of the two times")
        return since

    @property
    def known(self) -> datetime | None:
        """The known-at time with its zone."""
        return _known_in(self.snapshot) if self.snapshot else _zoned(self.known_at)

    @property
    def known_field(self) -> str:
        """The known-at time as the browser's field for it takes it; empty: none."""
        return _field(self.known)

    @property
    def since_field(self) -> str:
        """The time to compare with, likewise."""
        return _field(self.since)

    def address(self, path: str, **other: Any) -> str:
        """Give the address of a page with these filters, some of them changed; what asks for nothing is left out.

        Of a snapshot only the time is handed on: what the page at the address shows need not be final.
        """
        wanted = self.model_dump(mode="json", exclude={"snapshot"})
        if self.snapshot is not None:
            wanted["known_at"] = self.known_field
        wanted = {name: value for name, value in (wanted | other).items() if value}
        if wanted.get("lang") == "id":
            del wanted["lang"]
        return f"{path}?{urlencode(wanted, doseq=True)}" if wanted else path
