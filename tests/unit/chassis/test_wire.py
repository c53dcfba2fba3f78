"""What the relay writes is what the contracts promise and the reader reads; any other bytes are refused, and kept."""

import contextlib
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import asyncpg
import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st
from payung_contracts.envelope import Envelope, from_headers, to_headers
from payung_contracts.topics import FACTS

from services.chassis import letters
from services.chassis.clock import BUSINESS_ZONE
from services.chassis.delivery import headers_of
from services.chassis.letters import Kept, Letter
from services.chassis.murmur2 import partition
from services.chassis.received import Refused, key_of, read, sequence_of

UTC_INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
SOURCE = "enrollment.gianyar"
ROWS = st.fixed_dictionaries(
    {
        "event_id": st.uuids(),
        "type": st.sampled_from(sorted(FACTS)),
        "key": st.uuids().map(str),
        "time": UTC_INSTANTS,
        "recordedtime": UTC_INSTANTS,
        "sequence": st.integers(1, 10**18 - 1),
        "correlation_id": st.uuids().map(str),
        "causation_id": st.none() | st.uuids().map(str),
        "traceparent": st.none() | TEXT,
        "actor": TEXT,
    }
)


def envelope_of(row: dict[str, Any]) -> Envelope:
    return Envelope(
        id=row["event_id"],
        source=SOURCE,
        type=row["type"],
        subject=UUID(row["key"]),
        time=row["time"].astimezone(BUSINESS_ZONE),  # a business date travels as 00:00 +08:00
        recordedtime=row["recordedtime"],
        sequence=row["sequence"],
        correlationid=UUID(row["correlation_id"]),
        actor=row["actor"],
        causationid=UUID(row["causation_id"]) if row["causation_id"] else None,
        traceparent=row["traceparent"],
    )


@given(ROWS)
def test_the_relay_writes_the_envelope_of_the_contracts(row: dict[str, Any]) -> None:
    assert headers_of(cast("asyncpg.Record", row), SOURCE) == to_headers(envelope_of(row))


@given(ROWS, st.binary(max_size=50))
def test_the_reader_reads_what_the_relay_writes(row: dict[str, Any], data: bytes) -> None:
    headers = headers_of(cast("asyncpg.Record", row), SOURCE)
    envelope = from_headers(headers)
    fact = read(Kept("a.topic.v1", 3, 7, row["key"].encode(), data, headers))
    assert (fact.topic, fact.partition, fact.offset, fact.data) == ("a.topic.v1", 3, 7, data)
    assert (UUID(fact.key), UUID(fact.id), UUID(fact.correlationid)) == (
        envelope.subject,
        envelope.id,
        envelope.correlationid,
    )
    assert (fact.source, fact.type, fact.sequence, fact.actor) == (
        envelope.source,
        envelope.type,
        envelope.sequence,
        envelope.actor,
    )
    assert datetime.fromisoformat(fact.time) == envelope.time
    assert datetime.fromisoformat(fact.recordedtime) == envelope.recordedtime


NAMES = ["id", "source", "type", "time", "recordedtime", "sequence", "actor", "correlationid"]
RUBBISH = st.builds(
    Kept,
    topic=st.just("a.topic.v1"),
    partition=st.integers(0, 23),
    offset=st.integers(0, 2**62),
    key=st.none() | st.binary(max_size=40) | st.uuids().map(lambda key: str(key).encode()),
    value=st.none() | st.binary(max_size=40),
    headers=st.lists(
        st.tuples(
            st.sampled_from([f"ce_{name}" for name in NAMES]) | st.text(max_size=10),
            st.none()
            | st.binary(max_size=40)
            | st.uuids().map(lambda key: str(key).encode())
            | st.sampled_from(
                [b"0", b"1", b"00", b"-1", b"2024-01-01T00:00:00Z", b"0001-01-01T00:00:00+14:00", b"now"]
            ),
        ),
        max_size=12,
    ),
)


@given(RUBBISH)
def test_any_record_is_read_or_refused_and_can_be_kept(record: Kept) -> None:
    content: Any = record
    with contextlib.suppress(Refused):
        content = read(record)
    row = letters._row(Letter(content, "a reason with \0 in it"))
    assert all("\0" not in value for value in row if isinstance(value, str))
    assert UUID(str(row[3])) == UUID(key_of(record))
    assert (row[8], row[9]) == (record.value, record.key)
    sequence = row[4]
    assert sequence is None or (isinstance(sequence, int) and 0 < sequence < 2**63)


GOOD = {
    "ce_id": b"0197f0aa-1f00-7abc-8def-0123456789ab",
    "ce_source": b"enrollment",
    "ce_type": b"x.told.v1",
    "ce_time": b"2026-01-01T00:00:00+08:00",
    "ce_recordedtime": b"2026-01-01T12:34:56.789012Z",
    "ce_sequence": b"1",
    "ce_actor": b"tester",
    "ce_correlationid": b"0197f0aa-1f00-7abc-8def-0123456789ab",
}


@pytest.mark.parametrize(
    ("header", "value", "is_read"),
    [
        *(("ce_recordedtime", text, True) for text in (b"2026-01-01T00:00:00Z", b"1999-12-31T23:59:59.9-23:59")),
        *(("ce_recordedtime", text, False) for text in (b"now", b"2026-01-01T00:00:00", b"2026-01-01T00:00:00.Z")),
        *(("ce_recordedtime", text, False) for text in (b"a026-01-01T00:00:00Z", b"2026-01-01T00:00:00.0000000Z")),
        *(("ce_recordedtime", text, False) for text in ("\u0662026-01-01T00:00:00Z".encode(), b"")),
        *(("ce_id", text, False) for text in (b"0197F0AA-1f00-7abc-8def-0123456789ab", GOOD["ce_id"] + b"\n", b"7")),
        ("ce_id", b"g" + GOOD["ce_id"][1:], False),
        *(("key", text, False) for text in (b"", None, b"0197F0AA-1f00-7abc-8def-0123456789ab", b"wayan")),
        ("ce_actor", b"\xff", False),
        ("ce_actor", None, False),
    ],
)
def test_ids_and_instants_are_read_in_the_one_form_that_the_contracts_write(
    header: str, value: bytes | None, is_read: bool
) -> None:
    headers = GOOD | {"key": GOOD["ce_id"]} | {header: value}
    record = Kept("a.topic.v1", 0, 0, headers["key"], b"{}", list(headers.items()))
    if is_read:
        assert read(record).recordedtime.encode() == value
        return
    with pytest.raises(Refused):
        read(record)


@pytest.mark.parametrize(
    "header", [b"", b"0", b"00", b"01", b"-1", b"+1", b" 1", b"1_0", b"1.0", b"\xd9\xa1", b"9" * 19]
)
def test_a_sequence_is_digits_from_one_up(header: bytes) -> None:
    with pytest.raises(Refused):
        sequence_of(header)


@given(st.uuids(), st.integers(1, 100))
def test_a_key_lies_where_kafkas_clients_put_it(key: UUID, partitions: int) -> None:
    every = list(range(partitions))
    assert partition(key, partitions) == DefaultPartitioner()(str(key).encode(), every, every)
