"""What the relay puts on Kafka is what the contracts promise: the partition of a key, and the headers of a fact."""

from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import pytest
from asyncpg import Record
from payung_contracts.envelope import Envelope, to_headers
from payung_contracts.topics import COVERAGE

from services.chassis.clock import BUSINESS_ZONE
from services.chassis.murmur2 import partition
from services.chassis.relay import headers_of

# As org.apache.kafka.common.utils.Utils.murmur2 of Kafka 4.3.1 has it, modulo 24.
PARTITIONS_BY_JAVA = {
    "3f0c2b1e-7a64-4d0e-9c1b-52f1a86d7e01": 0,
    "6d5e9a70-42b8-4c1f-a0d3-91e7f2c48b26": 6,
    "00000000-0000-0000-0000-000000000000": 21,
    "ffffffff-ffff-ffff-ffff-ffffffffffff": 18,
    "0197f3a1-9c42-7b15-8d60-4e2f7a91c3d8": 8,
    "92b6e4d1-08c5-4f7d-a3b2-6e1c5a9f0d74": 0,
    "b8a4f6d2-1c3e-4f7a-8e55-0d9c7b6a2f13": 4,
    "e92d70c5-5b1a-4f3e-8d46-7c08b1f5a938": 6,
}


@pytest.mark.parametrize(("key", "expected"), PARTITIONS_BY_JAVA.items())
def test_partition_of_a_key_is_the_one_that_java_computes(key: str, expected: int) -> None:
    assert partition(UUID(key), COVERAGE.partitions) == expected


@pytest.mark.parametrize("more", [{}, {"causation_id": UUID(int=3)}, {"traceparent": "00-4bf9-00f0-01"}], ids=str)
def test_relay_writes_the_headers_that_the_contracts_promise(more: dict[str, Any]) -> None:
    fact: dict[str, Any] = {
        "event_id": UUID("019960fe-d993-71b2-8000-2f5c81de2ade"),
        "type": "enrollment.worker_deceased.v1",
        "key": "3f0c2b1e-7a64-4d0e-9c1b-52f1a86d7e01",
        "time": datetime(2025, 9, 13, 16, tzinfo=UTC),
        "recordedtime": datetime(2025, 9, 19, 8, 2, 18, 643733, tzinfo=UTC),
        "sequence": 10,
        "correlation_id": UUID(int=2),
        "actor": "claims",
        "causation_id": None,
        "traceparent": None,
    } | more
    envelope = Envelope(
        id=fact["event_id"],
        source="enrollment",
        type=fact["type"],
        subject=UUID(fact["key"]),
        time=fact["time"].astimezone(BUSINESS_ZONE),
        recordedtime=fact["recordedtime"],
        sequence=fact["sequence"],
        correlationid=fact["correlation_id"],
        actor=fact["actor"],
        causationid=fact["causation_id"],
        traceparent=fact["traceparent"],
    )
    row = fact | {name: str(fact[name]) if fact[name] else None for name in ("correlation_id", "causation_id")}
    assert dict(headers_of(cast("Record", row))) == dict(to_headers(envelope))
