"""What the relay puts on Kafka is what the contracts promise: a key lies in the partition that Java computes."""

from uuid import UUID

import pytest
from payung_contracts.topics import COVERAGE

from services.chassis.murmur2 import partition

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
