"""Topics are as the contracts say, however often they are ensured and whatever was changed by hand."""

from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from payung_contracts.topics import FOR_EVER, TICKS, Topic

from services.chassis import topics
from services.chassis.topics import TopicDiffers
from tests.integration.chassis.conftest import Place, topic_named, until


async def config_of(kafka: str, topic: Topic) -> dict[str, tuple[str, int]]:
    """Give value and source of each setting; source 1 is the topic's own."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name)])
    finally:
        await admin.close()
    ((_, _, _, _, entries),) = answer.resources
    return {entry[0]: (entry[1], entry[3]) for entry in entries}


def own(config: dict[str, tuple[Any, int]]) -> dict[str, str]:
    return {name: value for name, (value, source) in config.items() if source == 1}


async def becomes(place: Place, config: dict[str, str]) -> None:
    """Wait until the broker shows the configuration that was accepted a moment ago."""

    async def shown() -> bool:
        return own(await config_of(place.kafka, place.topic)) == config

    await until(shown, f"the topic's configuration is {config}", 10)


async def test_ensuring_twice_changes_nothing(place: Place) -> None:
    first = await config_of(place.kafka, place.topic)
    assert own(first) == FOR_EVER
    await topics.ensure(place.kafka, (place.topic, TICKS))
    assert await config_of(place.kafka, place.topic) == first
    assert own(await config_of(place.kafka, TICKS)) == TICKS.config


async def test_what_was_changed_by_hand_is_put_back(place: Place) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=place.kafka)
    await admin.start()
    changed = {"retention.ms": "604800000", "segment.ms": "60000"}
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, place.topic.name, configs=changed)])
    await admin.close()
    await becomes(place, changed)
    await topics.ensure(place.kafka, (place.topic,))
    await becomes(place, FOR_EVER)


async def test_another_number_of_partitions_stops_the_start(place: Place) -> None:
    promised = Topic(place.topic.name, place.source, 12, FOR_EVER, ())
    with pytest.raises(TopicDiffers, match="has 24 partitions instead of 12"):
        await topics.ensure(place.kafka, (promised,))


async def test_a_setting_that_kafka_refuses_stops_the_start(place: Place) -> None:
    refused = Topic(place.topic.name, place.source, 24, FOR_EVER | {"retention.ms": "for ever"}, ())
    with pytest.raises(Exception, match=place.topic.name):
        await topics.ensure(place.kafka, (refused,))
    unheard = topic_named(place.topic.name + "x", place.source)
    with pytest.raises(Exception, match=unheard.name):
        await topics.ensure(place.kafka, (Topic(unheard.name, unheard.source, 24, {"no.such": "setting"}, ()),))
