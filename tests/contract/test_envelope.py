"""The envelope survives the wire, holds what CloudEvents requires, and says which header is wrong."""

import re
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payung_contracts.envelope import Envelope, from_headers, to_headers

WITA = timezone(timedelta(hours=8))
INSTANTS = st.datetimes(timezones=st.sampled_from([UTC, WITA]))
WORDS = st.text(min_size=1, max_size=40)
ENVELOPES = st.builds(
    Envelope,
    id=st.uuids(),
    source=WORDS,
    type=WORDS,
    subject=st.uuids(),
    time=INSTANTS,
    recordedtime=INSTANTS,
    sequence=st.integers(min_value=1, max_value=2**62),
    correlationid=st.uuids(),
    actor=WORDS,
    causationid=st.none() | st.uuids(),
    traceparent=st.none() | WORDS,
)
DEATH = Envelope(
    id=UUID("01936a5e-3b00-7000-8000-000000000001"),
    source="claims",
    type="claims.death_confirmed.v1",
    subject=UUID("3f0c2b1e-7a64-4d0e-9c1b-52f1a86d7e01"),
    time=datetime(2025, 9, 14, tzinfo=WITA),
    recordedtime=datetime(2025, 9, 19, 8, 2, 18, 602733, tzinfo=UTC),
    sequence=4,
    correlationid=UUID("01936a5e-3b00-7000-8000-000000000002"),
    actor="decider-03",
)
NEEDED = (
    "ce_specversion",
    "ce_id",
    "ce_source",
    "ce_type",
    "ce_subject",
    "ce_time",
    "ce_recordedtime",
    "ce_sequence",
    "ce_correlationid",
    "ce_actor",
)


@given(ENVELOPES)
def test_headers_round_trip(envelope: Envelope) -> None:
    assert from_headers(to_headers(envelope)) == envelope


@given(ENVELOPES)
def test_headers_keep_the_rules_of_cloudevents(envelope: Envelope) -> None:
    headers = to_headers(envelope)
    names = [name for name, _ in headers]
    assert {"ce_id", "ce_source", "ce_specversion", "ce_type"} <= set(names)
    assert len(names) == len(set(names))
    # Attribute names: lower-case letters and digits, at most 20 (CloudEvents 1.0.2, section 3).
    assert all(re.fullmatch(r"ce_[a-z0-9]{1,20}", name) for name in names if name != "content-type")
    assert all(value for _, value in headers)
    assert dict(headers)["ce_specversion"] == b"1.0"
    assert dict(headers)["content-type"] == b"application/json"


def test_times_carry_their_offset_from_utc() -> None:
    headers = dict(to_headers(DEATH))
    assert headers["ce_time"] == b"2025-09-14T00:00:00+08:00"
    assert headers["ce_recordedtime"] == b"2025-09-19T08:02:18.602733+00:00"


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_header_is_named(name: str) -> None:
    headers = [header for header in to_headers(DEATH) if header[0] != name]
    with pytest.raises(ValueError, match=f"^header {name} is missing$"):
        from_headers(headers)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce_specversion", b"0.3"),
        ("ce_id", b"5104010101909999"),
        ("ce_subject", b"5104010101909999"),
        ("ce_time", b"2025-09-14T00:00:00"),
        ("ce_recordedtime", b"yesterday"),
        ("ce_sequence", b"0"),
        ("ce_sequence", b"-1"),
        ("ce_sequence", b"1_0"),
        ("ce_sequence", "٣".encode()),
        ("ce_causationid", b""),
        ("ce_actor", b"\xff\xfe"),
    ],
)
def test_a_malformed_header_is_named_and_its_text_kept_quiet(name: str, value: bytes) -> None:
    headers = [*to_headers(DEATH), (name, value)]
    with pytest.raises(ValueError, match=f"^header {name} is malformed$") as refusal:
        from_headers(headers)
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__


def test_headers_of_others_are_ignored() -> None:
    assert from_headers([*to_headers(DEATH), ("ce_partitionkey", b"x"), ("b3", b"\xff")]) == DEATH
