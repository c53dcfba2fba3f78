"""The CloudEvents 1.0 envelope of a fact, in Kafka's binary mode: attributes in headers, data as the JSON value.

Source: CloudEvents 1.0.2 and its Kafka protocol binding, section 3.2. The extension attributes are ours:
`recordedtime` (when the publishing service learned it), `sequence` (1, 2, 3 ... per key and source),
`correlationid`, `causationid` (the fact that led to this one), `actor` (who acted).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

CONTENT_TYPE = b"application/json"
SPEC_VERSION = b"1.0"
SCHEMA_BASE = "urn:payung:schema:"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Envelope:
    """Everything about a fact but its data.

    `time` is when it happened in the world (a happening known by its date is 00:00 +08:00), `recordedtime`
    when the publishing service learned it; the second never runs backwards within a key.
    """

    id: UUID
    source: str
    type: str
    subject: UUID
    time: datetime
    recordedtime: datetime
    sequence: int
    correlationid: UUID
    actor: str
    causationid: UUID | None = None
    traceparent: str | None = None


def to_headers(envelope: Envelope) -> list[tuple[str, bytes]]:
    """Write the attributes as Kafka headers; attributes without a value are left out."""
    headers = [
        ("ce_specversion", SPEC_VERSION),
        ("content-type", CONTENT_TYPE),
        ("ce_id", str(envelope.id).encode()),
        ("ce_source", envelope.source.encode()),
        ("ce_type", envelope.type.encode()),
        ("ce_subject", str(envelope.subject).encode()),
        ("ce_time", envelope.time.isoformat().encode()),
        ("ce_recordedtime", envelope.recordedtime.isoformat().encode()),
        ("ce_sequence", str(envelope.sequence).encode()),
        ("ce_correlationid", str(envelope.correlationid).encode()),
        ("ce_actor", envelope.actor.encode()),
        ("ce_dataschema", f"{SCHEMA_BASE}{envelope.type}".encode()),
    ]
    if envelope.causationid is not None:
        headers.append(("ce_causationid", str(envelope.causationid).encode()))
    if envelope.traceparent is not None:
        headers.append(("ce_traceparent", envelope.traceparent.encode()))
    return headers


def from_headers(headers: Iterable[tuple[str, bytes]]) -> Envelope:
    """Read the attributes back; raises ValueError that names the header at fault, and never its text."""
    found = dict(headers)

    def read(name: str, parse: Callable[[str], T]) -> T:
        value = found.get(f"ce_{name}")
        if value is None:
            msg = f"header ce_{name} is missing"
            raise ValueError(msg)
        try:
            return parse(value.decode())
        except ValueError:
            msg = f"header ce_{name} is malformed"
            raise ValueError(msg) from None

    read("specversion", _version)
    return Envelope(
        id=read("id", UUID),
        source=read("source", str),
        type=read("type", str),
        subject=read("subject", UUID),
        time=read("time", _instant),
        recordedtime=read("recordedtime", _instant),
        sequence=read("sequence", _count),
        correlationid=read("correlationid", UUID),
        actor=read("actor", str),
        causationid=read("causationid", UUID) if "ce_causationid" in found else None,
        traceparent=read("traceparent", str) if "ce_traceparent" in found else None,
    )


def _version(text: str) -> None:
    if text != SPEC_VERSION.decode():
        raise ValueError


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError
    return instant


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise ValueError
    return int(text)
