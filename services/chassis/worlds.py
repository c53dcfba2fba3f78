"""Tell whether this database and Kafka still tell the same story.

A restored database remembers fewer ticks than Kafka holds; a Kafka that lost its tail holds fewer than were sent. Both
look healthy from inside, and going on in either would give two facts one sequence, or lose some. So the relay asks
before it sends anything.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from payung_contracts.platform import Tick
from payung_contracts.topics import TICKS, Topic

from services.chassis import metrics, ticks
from services.chassis.postgres import Transaction
from services.chassis.received import Refused, read

ASK_S_MAX = 30.0
LOOK_BACK_FIRST = 200
POLL_MS = 500
FACTS_LOOKED_AT_MAX = 100_000
"""Of those beyond what is remembered as sent; they are read in a few seconds."""

log = structlog.get_logger(__name__)


class Difference(NamedTuple):
    """How the two worlds differ, what it comes from, and what to do: for the operator, in both languages."""

    english: str
    indonesian: str


async def difference(
    book: Transaction, kafka: str, source: str, topics: Sequence[Topic], *, look_max: int = FACTS_LOOKED_AT_MAX
) -> Difference | None:
    """Say how the two worlds differ, or None where they agree.

    The numbers of ticks and facts decide first: they cost the same however far apart the worlds are. Facts are read
    only where all these agree, at most `look_max` of them.
    """
    (state,) = await book.fetch("select tick, sending is not null as under_way, offsets, cluster from relay_state")
    async with asyncio.timeout(ASK_S_MAX), _consumer(kafka) as consumer:
        await _remember_cluster(book, state["cluster"])
        newest = await newest_tick(consumer, source)
        if found := _other_tick(state["tick"], newest.number if newest else 0, source, under_way=state["under_way"]):
            return found
        partitions = [TopicPartition(topic.name, part) for topic in topics for part in range(topic.partitions)]
        ends = await consumer.end_offsets(partitions)
        offsets: dict[str, list[int]] = orjson.loads(state["offsets"])
        if found := _lost_tail(offsets, ends):
            return found
        beyond = {p: (_sent(offsets, p), end) for p, end in ends.items() if end > _sent(offsets, p)}
        return await _strangers(book, consumer, source, beyond, look_max)


def _other_tick(remembered: int, on_kafka: int, source: str, *, under_way: bool) -> Difference | None:
    # A crash between a tick and its note leaves Kafka one ahead; then a batch is still under way here.
    if on_kafka > remembered + under_way:
        return Difference(
            f"Kafka holds tick {on_kafka} of {source}, this database remembers {remembered}: "
            "the database was restored from an older copy. Restore a newer one, or have the lost facts entered again.",
            f"Kafka menyimpan tick {on_kafka} dari {source}, basis data ini mengingat {remembered}: basis data "
            "dipulihkan dari salinan lama. Pulihkan salinan yang lebih baru, atau masukkan lagi fakta yang hilang.",
        )
    if on_kafka < remembered:
        return Difference(
            f"Kafka holds tick {on_kafka} of {source}, this database has sent {remembered}: "
            "the log lost its tail, or this is another Kafka. Restore the log, or send again from that tick.",
            f"Kafka menyimpan tick {on_kafka} dari {source}, basis data ini sudah mengirim {remembered}: log "
            "kehilangan ujungnya, atau ini Kafka lain. Pulihkan log itu, atau kirim lagi mulai dari tick tersebut.",
        )
    return None


def _lost_tail(offsets: Mapping[str, Sequence[int]], ends: Mapping[TopicPartition, int]) -> Difference | None:
    for topic, sent in offsets.items():
        for part, end in enumerate(sent):
            if (ends_at := ends.get(TopicPartition(topic, part), 0)) < end:
                return Difference(
                    f"{topic} partition {part} ends at {ends_at}, facts were sent up to {end}: the log lost its tail. "
                    "Restore it, or send again from the last tick that survives.",
                    f"{topic} partisi {part} berakhir di {ends_at}, padahal fakta sudah dikirim sampai {end}: log "
                    "kehilangan ujungnya. Pulihkan log itu, atau kirim lagi mulai dari tick terakhir yang masih ada.",
                )
    return None


def _written_by_whom(source: str, places: Sequence[str]) -> Difference:
    """Nothing on Kafka tells a stranger's fact from one that a database forgot: name both causes, and where to look."""
    return Difference(
        f"Facts of {source} stand on Kafka and not in this database, {len(places)} of those looked at, the first at "
        f"{places[0]}: either somebody else wrote them under its name, or the database fell back to a copy from before "
        "it sent them. See who wrote them; docs/operations.md, The relay halts, says what to do in either case.",
        f"Fakta dari {source} ada di Kafka tetapi tidak di basis data ini, {len(places)} di antara yang diperiksa, "
        f"yang pertama di {places[0]}: ditulis pihak lain atas namanya, atau basis data kembali ke salinan dari "
        "sebelum fakta itu dikirim. Periksa siapa penulisnya; docs/operations.md, bagian The relay halts, memuat "
        "langkah untuk keduanya.",
    )


def _sent(offsets: dict[str, list[int]], partition: TopicPartition) -> int:
    ends = offsets.get(partition.topic, [])
    return ends[partition.partition] if partition.partition < len(ends) else 0


async def _strangers(
    book: Transaction,
    consumer: AIOKafkaConsumer,
    source: str,
    beyond: Mapping[TopicPartition, tuple[int, int]],
    look_max: int,
) -> Difference | None:
    """Tell of the source's facts beyond what is remembered as sent that are not in the ledger.

    A batch under way, or one of a producer that was given up, may stand there: its facts are in the ledger. What others
    wrote there, or what is no fact at all, is the readers' to set aside: it would refuse commands for ever. What a
    database forgot begins where its memory ends, so the first records of each partition tell, however many follow.
    """
    found: dict[UUID, tuple[datetime, str]] = {}
    each_max = max(1, look_max // max(1, len(beyond)))
    for partition, (begin, end) in beyond.items():
        async for record in _records(consumer, partition, begin, min(end, begin + each_max)):
            with contextlib.suppress(Refused):
                fact = read(record)
                if fact.source == source:
                    place = f"{record.topic}/{record.partition}/{record.offset}"
                    found[UUID(fact.id)] = datetime.fromisoformat(fact.recordedtime), place
    if unread := sum(max(0, end - begin - each_max) for begin, end in beyond.values()):
        log.warning("facts_beyond_not_all_read", unread=unread)
    if not found:
        return None
    known = await book.fetch(
        # event_id has no index; the times leave the partitions of a month
        "select event_id from ledger where event_id = any($1::uuid[]) and recordedtime between $2 and $3",
        list(found),
        min(found.values())[0],
        max(found.values())[0],
    )
    kept = {row["event_id"] for row in known}
    places = [place for event, (_, place) in found.items() if event not in kept]
    return _written_by_whom(source, places) if places else None


async def _records(
    consumer: AIOKafkaConsumer, partition: TopicPartition, begin: int, end: int
) -> AsyncIterator[ConsumerRecord[bytes, bytes]]:
    """Give the records of a partition from one offset to another (exclusive)."""
    consumer.assign([partition])
    consumer.seek(partition, begin)
    while await consumer.position(partition) < end:
        for record in (await consumer.getmany(partition, timeout_ms=POLL_MS)).get(partition, []):
            if record.offset < end:
                yield record


async def newest_tick(consumer: AIOKafkaConsumer, source: str) -> Tick | None:
    """Find the source's newest tick, looking back from the end of the topic in growing steps."""
    partition = TopicPartition(TICKS.name, 0)
    begin = (await consumer.beginning_offsets([partition]))[partition]
    end = (await consumer.end_offsets([partition]))[partition]
    reach, upper = LOOK_BACK_FIRST, end
    while upper > begin:
        lower = max(begin, end - reach)
        found = await _newest_between(consumer, partition, lower, upper, source)
        if found is not None:
            return found
        reach, upper = reach * 10, lower
    return None


async def _newest_between(
    consumer: AIOKafkaConsumer, partition: TopicPartition, lower: int, upper: int, source: str
) -> Tick | None:
    newest: Tick | None = None
    async for record in _records(consumer, partition, lower, upper):
        if record.key != source.encode():
            continue
        try:
            tick = ticks.read(record)
        except Refused:
            log.error("tick_unreadable", offset=record.offset)  # noqa: TRY400 - no traceback with what it holds
            continue
        if newest is None or (tick.epoch, tick.number) > (newest.epoch, newest.number):
            newest = tick
    return newest


async def _remember_cluster(book: Transaction, remembered: str | None) -> None:
    """Keep the identity of the database's cluster and timeline; a change is told, the ticks decide."""
    cluster = await book.fetchval(
        "select s.system_identifier || '/' || c.timeline_id from pg_control_system() s, pg_control_checkpoint() c"
    )
    if remembered is not None and remembered != cluster:
        log.error("database_cluster_changed", before=remembered, now=cluster)
        metrics.RELAY_ALARMS.labels("cluster").inc()
    await book.execute("update relay_state set cluster = $1 where cluster is distinct from $1", cluster)


@asynccontextmanager
async def _consumer(kafka: str) -> Any:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka, client_id="relay-worlds", enable_auto_commit=False, auto_offset_reset="none"
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()
