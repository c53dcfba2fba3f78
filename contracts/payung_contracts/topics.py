"""The topics: names, partitions and configuration are part of the promise and never change for a version.

Facts are kept for ever, keyed so that all facts of one key stand in order in one partition. The partition of a key is
Java's murmur2 of the key's text modulo 24, as the default partitioners of Kafka's clients compute it.
"""

from dataclasses import dataclass

from payung_contracts import claims, enrollment, platform
from payung_contracts.fact import Fact


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic, who alone writes to it (ticks: every source, its own), and the complete set of its configuration."""

    name: str
    source: str
    partitions: int
    config: dict[str, str]
    facts: tuple[type[Fact], ...]


FOR_EVER = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "message.timestamp.type": "CreateTime",
    "max.message.bytes": "1048588",
}
NEWEST_OF_EACH_SOURCE = FOR_EVER | {"cleanup.policy": "compact"}

COVERAGE = Topic("enrollment.coverage.v1", "enrollment", 24, FOR_EVER, enrollment.CoverageFact.__args__)
COHORT = Topic("enrollment.cohort.v1", "enrollment", 24, FOR_EVER, enrollment.CohortFact.__args__)
CLAIM = Topic("claims.claim.v1", "claims", 24, FOR_EVER, claims.ClaimFact.__args__)
TICKS = Topic("platform.ticks.v1", "every source", 1, NEWEST_OF_EACH_SOURCE, (platform.Tick,))

TOPICS = (COVERAGE, COHORT, CLAIM, TICKS)
FACTS: dict[str, type[Fact]] = {fact.type: fact for topic in TOPICS for fact in topic.facts}
"""Every fact by its type on the wire."""
