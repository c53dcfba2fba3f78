"""Topics and types are promises: names, partitions, configuration, and who writes what."""

import re

import pytest
from payung_contracts import claims, enrollment, platform
from payung_contracts.fact import Fact
from payung_contracts.topics import CLAIM, COHORT, COVERAGE, FACTS, TICKS, TOPICS, Topic


def test_topics_are_those_promised() -> None:
    assert [(topic.name, topic.source, topic.partitions) for topic in TOPICS] == [
        ("enrollment.coverage.v1", "enrollment", 24),
        ("enrollment.cohort.v1", "enrollment", 24),
        ("claims.claim.v1", "claims", 24),
        ("platform.ticks.v1", "every source", 1),
    ]


@pytest.mark.parametrize("topic", [COVERAGE, COHORT, CLAIM], ids=lambda topic: topic.name)
def test_facts_are_kept_for_ever(topic: Topic) -> None:
    assert topic.config["retention.ms"] == "-1"
    assert topic.config["retention.bytes"] == "-1"
    assert topic.config["cleanup.policy"] == "delete"


def test_ticks_keep_the_newest_of_each_source() -> None:
    assert TICKS.config == COVERAGE.config | {"cleanup.policy": "compact"}


def test_every_model_of_a_fact_travels_on_exactly_one_topic() -> None:
    travelling = [fact for topic in TOPICS for fact in topic.facts]
    assert len(travelling) == len(set(travelling)) == len(FACTS)
    written = {
        model
        for module in (enrollment, claims, platform)
        for model in vars(module).values()
        if isinstance(model, type) and issubclass(model, Fact) and "type" in vars(model)
    }
    assert written == set(travelling)


@pytest.mark.parametrize(("fact_type", "fact"), FACTS.items(), ids=FACTS)
def test_type_is_service_fact_and_version(fact_type: str, fact: type[Fact]) -> None:
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", fact.__name__).lower()
    service = fact.__module__.rpartition(".")[2]
    assert re.fullmatch(rf"{service}\.{snake}\.v[1-9]\d*", fact_type)
    assert fact.__doc__


@pytest.mark.parametrize("topic", [COVERAGE, COHORT, CLAIM], ids=lambda topic: topic.name)
def test_a_topic_carries_only_facts_of_its_one_source(topic: Topic) -> None:
    assert {fact.type.partition(".")[0] for fact in topic.facts} == {topic.source}
