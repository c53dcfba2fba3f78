"""The consumer in the package's README reads facts as they stand on Kafka."""

import asyncio
import re
import sys
from dataclasses import replace
from pathlib import Path

from aiokafka import AIOKafkaProducer
from payung_contracts import published
from payung_contracts.envelope import from_headers
from payung_contracts.topics import COVERAGE

from services.chassis import topics
from tests.servers import Kafka

README = Path(__file__).parents[3] / "contracts" / "README.md"
ANSWER_S_MAX = 30.0


async def test_consumer_of_the_readme_prints_every_fact_that_it_knows(kafka: Kafka) -> None:
    topic = replace(COVERAGE, name="readme.coverage.v1")
    await topics.ensure(kafka.address, [topic])
    samples = [published.sample(fact.type) for fact in topic.facts]
    of_tomorrow = [*samples[0][0], ("ce_type", b"enrollment.added_tomorrow.v1")], b"{}"
    async with AIOKafkaProducer(bootstrap_servers=kafka.address) as producer:
        for headers, value in [of_tomorrow, *samples]:
            key = str(from_headers(headers).subject).encode()
            await producer.send_and_wait(topic.name, value, key=key, headers=headers)

    program = _snippet().replace("COVERAGE.name", repr(topic.name)).replace("127.0.0.1:19092", kafka.address)
    lines = await _first_lines(program, len(samples))

    told = [from_headers(headers) for headers, _ in samples]
    assert {tuple(line.split()[:2]) for line in lines} == {(str(one.subject), str(one.sequence)) for one in told}


def _snippet() -> str:
    (snippet,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert isinstance(snippet, str)
    return snippet


async def _first_lines(program: str, lines: int) -> list[str]:
    """Run the program, which reads for ever, until it has printed so many lines."""
    consumer = await asyncio.create_subprocess_exec(sys.executable, "-u", "-c", program, stdout=asyncio.subprocess.PIPE)
    assert consumer.stdout is not None
    try:
        async with asyncio.timeout(ANSWER_S_MAX):
            return [(await consumer.stdout.readline()).decode() for _ in range(lines)]
    finally:
        consumer.kill()
        await consumer.wait()
