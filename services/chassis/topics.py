"""Create the topics that a service writes, and refuse to start on topics that are not as the contracts say."""

import asyncio
from collections.abc import Sequence

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code
from payung_contracts.topics import Topic

ASK_S_MAX = 30.0
KNOWN_POLL_S = 0.1
TOPIC_ALREADY_EXISTS = 36
REPLICATION = 1
"""Copies of a topic: as many as there are brokers, one."""

log = structlog.get_logger(__name__)


class TopicDiffers(Exception):
    """A topic has another number of partitions than promised; keys would be found in other places."""


async def ensure(kafka: str, topics: Sequence[Topic]) -> None:
    """Create the topics that are missing and give all of them their complete configuration."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka, client_id="topics", request_timeout_ms=15_000)
    async with asyncio.timeout(ASK_S_MAX):
        await admin.start()
        try:
            answer = await admin.create_topics(
                [NewTopic(topic.name, topic.partitions, REPLICATION, topic_configs=topic.config) for topic in topics]
            )
            for name, code, *message in answer.topic_errors:  # create_topics does not raise
                if code not in (0, TOPIC_ALREADY_EXISTS):
                    raise for_code(code)(f"{name}: {message}")
            found = await _partitions(admin, topics)
            for topic in topics:
                if found[topic.name] != topic.partitions:
                    msg = f"{topic.name} has {found[topic.name]} partitions instead of {topic.partitions}"
                    raise TopicDiffers(msg)
            # alter_configs replaces the whole set, so the whole set is what we send
            altered = await admin.alter_configs(
                [ConfigResource(ConfigResourceType.TOPIC, topic.name, configs=topic.config) for topic in topics]
            )
            for code, message, _, name in (resource for answer in altered for resource in answer.resources):
                if code:  # alter_configs does not raise either
                    raise for_code(code)(f"{name}: {message}")
        finally:
            await admin.close()
    log.info("topics_ensured", topics=[topic.name for topic in topics])


async def _partitions(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> dict[str, int]:
    """Count each topic's partitions; a topic that was made a moment ago may not be known everywhere yet."""
    while True:
        described = await admin.describe_topics([topic.name for topic in topics])
        found = {one["topic"]: len(one["partitions"]) for one in described}
        if all(found.values()):
            return found
        await asyncio.sleep(KNOWN_POLL_S)
