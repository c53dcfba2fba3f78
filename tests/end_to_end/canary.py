"""Looks for what names a person in every place that a running set leaves something: and tells where it stands."""

import base64
import hashlib
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
from aiokafka import AIOKafkaConsumer, TopicPartition
from payung_contracts.topics import TOPICS

from tests.world import SERVICES, World

DATABASES = (*SERVICES, "enrollment_keys", "claims_keys")


@dataclass(frozen=True, slots=True)
class Canary:
    """Somebody who does not exist, made of words that stand nowhere else."""

    nik: str
    name: str
    account: str
    kpj: str

    @cache  # noqa: B019 - a few for the whole run
    def needles(self) -> dict[str, bytes]:
        """Give what must be found nowhere, in small letters: each secret, plain and as it may be disguised."""
        found = {"name": self.name.casefold().encode()}
        found |= {f"word {n}": word.encode() for n, word in enumerate(self.name.casefold().split()) if len(word) > 3}
        for what, secret in (("nik", self.nik), ("account", self.account), ("kpj", self.kpj)):
            plain = secret.encode()
            found |= {what: plain, f"{what} in UTF-16": secret.encode("utf-16-le")}
            found |= {f"{what} in hexadecimal": plain.hex().encode()}
            found |= {f"{what} in base64": base64.b64encode(plain).rstrip(b"=")[:-1].lower()}
            for hashed in ("md5", "sha1", "sha256"):  # whoever has such a hash tries all numbers in minutes
                found[f"{hashed} of {what}"] = hashlib.new(hashed, plain).hexdigest().encode()
        return found

    def in_(self, place: str, content: bytes) -> list[str]:
        """Tell what of the canary stands in the content."""
        lowered = content.lower()
        return [f"{place}: {what}" for what, needle in self.needles().items() if needle in lowered]


async def found_anywhere(world: World, *canaries: Canary) -> list[list[str]]:
    """Search tables, topics, figures and files for each of them; what was answered is searched by whoever asked."""
    found: list[list[str]] = [[] for _ in canaries]
    async for place, content in _everything(world):
        for canary, places in zip(canaries, found, strict=True):
            places.extend(canary.in_(place, content))
    return found


async def _everything(world: World) -> AsyncIterator[tuple[str, bytes]]:
    for database in DATABASES:
        async for table, text in _tables(world.dsn(database)):
            yield f"{database}.{table}", text
    async for topic, text in _records(world):
        yield topic, text
    async with httpx2.AsyncClient() as client:
        for service in SERVICES:
            yield f"figures of {service}", (await client.get(f"{world.url(service)}/metrics")).content
    for path in _files(world.folder):
        yield str(path.relative_to(world.folder)), path.read_bytes()


async def _tables(dsn: str) -> AsyncIterator[tuple[str, bytes]]:
    connection = await asyncpg.connect(dsn)
    try:
        tables = await connection.fetch(
            "select format('%I.%I', schemaname, tablename) as name from pg_tables"
            " where schemaname not in ('pg_catalog', 'information_schema')"
        )
        for (name,) in tables:
            if not await connection.fetchval("select has_table_privilege($1, 'select')", name):
                continue
            rows = await connection.fetch(f"select t::text from {name} t")  # noqa: S608 - names from the catalogue
            text = "\n".join(row["t"] for row in rows).encode()
            yield name, text + b"\n" + _bytes_in(text)
    finally:
        await connection.close()


def _bytes_in(text: bytes) -> bytes:
    """Give what the columns of bytes hold, which the text shows in hexadecimal."""
    parts = text.split(b"\\x")[1:]
    digits = (part[: len(part) - len(part.lstrip(b"0123456789abcdef"))] for part in parts)
    return b"\n".join(bytes.fromhex(found[: len(found) // 2 * 2].decode()) for found in digits)


async def _records(world: World) -> AsyncIterator[tuple[str, bytes]]:
    partitions = [TopicPartition(topic.name, part) for topic in TOPICS for part in range(topic.partitions)]
    consumer = AIOKafkaConsumer(bootstrap_servers=world.kafka.address, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(partitions)
        await consumer.seek_to_beginning()
        ends = await consumer.end_offsets(partitions)
        while [one for one in partitions if await consumer.position(one) < ends[one]]:
            for partition, records in (await consumer.getmany(timeout_ms=200)).items():
                texts = (
                    b"\n".join((record.key or b"", record.value or b"", *(v for _, v in record.headers)))
                    for record in records
                )
                yield partition.topic, b"\n".join(texts)
    finally:
        await consumer.stop()


def _files(folder: Path) -> Iterable[Path]:
    """Give every file below the folder that has content: logs, data of the servers, what was left behind.

    Kafka's indexes hold offsets and times alone, and ten megabytes of nothing each.
    """
    indexes = {".index", ".timeindex"}
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix not in indexes)


def operations(openapi: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Give every operation that a service describes."""
    for path, methods in json.loads(openapi)["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation
