"""A fact as it was received, and why one could not be read."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol
from uuid import UUID, uuid5

UNREADABLE_KEYS = UUID("5b0a3c52-6a0e-4b54-9a53-2f5f3a4f6a10")
"""Namespace of the keys that stand for a record whose own key is no UUID."""
SEQUENCE_DIGITS_MAX = 18


class Refused(ValueError):
    """The fact itself cannot be: no retry helps, a person must look."""


class Record(Protocol):
    """What of a Kafka record matters here; a letter read back looks the same."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]: ...


class Received(NamedTuple):
    """A fact with its place on Kafka. Ids and instants are the text that travelled; data is JSON."""

    topic: str
    partition: int
    offset: int
    key: str
    id: str
    source: str
    type: str
    time: str
    recordedtime: str
    sequence: int
    actor: str
    correlationid: str
    data: bytes
    headers: Sequence[tuple[str, bytes | None]]
    """All attributes as they came."""


_DIGITS, _HEX = bytes.maketrans(b"123456789", b"0" * 9), bytes.maketrans(b"123456789abcdef", b"0" * 15)
_UUID = b"00000000-0000-0000-0000-000000000000"
"""What a UUID looks like when each of its digits is written as 0: to compare is four times faster than a pattern."""
_INSTANTS = frozenset(
    b"0000-00-00T00:00:00" + fraction + zone
    for fraction in (b"", *(b"." + b"0" * digits for digits in range(1, 7)))
    for zone in (b"Z", b"+00:00", b"-00:00")
)


def read(record: Record) -> Received:
    """Read a record; raises Refused with the reason if it is no fact."""
    headers: dict[str, bytes] = dict(record.headers)  # type: ignore[arg-type]  # a null one is told below
    key, value = record.key or b"", record.value
    try:
        if key.translate(_HEX) != _UUID or value is None:
            msg = "the key is no UUID, or there is no value"
            raise Refused(msg)
        event_id, recordedtime = headers["ce_id"], headers["ce_recordedtime"]
        if event_id.translate(_HEX) != _UUID:
            msg = "ce_id is no UUID"
            raise Refused(msg)
        if recordedtime.translate(_DIGITS) not in _INSTANTS:  # Postgres would take "now" and "infinity" too
            msg = "ce_recordedtime is no instant with an offset"
            raise Refused(msg)
        return Received(
            record.topic,
            record.partition,
            record.offset,
            key.decode(),
            event_id.decode(),
            headers["ce_source"].decode(),
            headers["ce_type"].decode(),
            headers["ce_time"].decode(),
            recordedtime.decode(),
            sequence_of(headers["ce_sequence"]),
            headers["ce_actor"].decode(),
            headers["ce_correlationid"].decode(),
            value,
            record.headers,
        )
    except Refused:
        raise
    except KeyError as error:
        msg = f"header {error.args[0]} is missing"
        raise Refused(msg) from error
    except (UnicodeDecodeError, AttributeError, ValueError) as error:
        msg = "a header or the key is missing, not UTF-8, or not a number where one belongs"
        raise Refused(msg) from error


def sequence_of(header: bytes) -> int:
    """Read a sequence: 1, 2, 3 ..., as far as a bigint goes."""
    if not header.isdigit() or len(header) > SEQUENCE_DIGITS_MAX or header.startswith(b"0"):
        msg = "the sequence is no number from 1 up"
        raise Refused(msg)
    return int(header)


def key_of(record: Record) -> str:
    """Give the key under which an unreadable record is parked: its own if it is a UUID, else one made for it."""
    try:
        return str(UUID((record.key or b"").decode()))
    except ValueError:
        name = (record.key or b"").hex() or f"{record.topic}/{record.partition}/{record.offset}"
        return str(uuid5(UNREADABLE_KEYS, name))
