"""The partition of a key, as Java's default partitioner computes it from the text of the key."""

from uuid import UUID

from aiokafka.partitioner import murmur2


def partition(key: UUID, partitions: int) -> int:
    """Give the partition of the key among `partitions`."""
    hashed: int = murmur2(str(key).encode())
    return (hashed & 0x7FFFFFFF) % partitions
