"""Read facts in batches so that each has exactly one effect, whatever crashes, repeats or loses its partition.

    records  ->  move the offsets        ->  apply: states of the keys, fold, effects, letters  ->  commit
                 (compare-and-set: the        one transaction with the offsets
                 lock and the fence)

Every record has one of four outcomes:

    handled    the next fact of its key: folded, its effects written (or skipped, if the contracts know no such type)
    repeated   its sequence is known: nothing happens
    parked     the fact itself is at fault, or one before it is missing: it becomes a letter, and so do all later
               facts of its key; all other keys go on
    waits      trouble of database, disk or broker: the batch is undone and comes again; nothing is set aside

One rule keeps the position right: a paused partition is one whose position is not trusted. The listener only pauses;
the loop takes positions from Postgres, seeks and resumes; every failure pauses all and comes back to Postgres.
"""

import asyncio
import contextlib
import logging
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from time import monotonic
from typing import NamedTuple

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from payung_contracts.platform import Tick
from payung_contracts.topics import TICKS, Topic

from services.chassis import letters, metrics, positions, ticks
from services.chassis.apply import Projection, Work, apply
from services.chassis.frozen import end_frozen
from services.chassis.letters import Letter
from services.chassis.positions import Fenced, Position
from services.chassis.postgres import HEALS_WITH_TIME, Pool, Transaction, transaction
from services.chassis.received import Refused, read

BATCH_FACTS_MAX = 5_000
POLL_MS = 200
RETRY_S_MIN, RETRY_S_MAX = 0.1, 2.0
SESSION_MS = 6_000
HEARTBEAT_MS = 1_000
REBALANCE_MS = 30_000
TRANSACTION_TAKES_MAX = "15s"
"""Postgres ends a reader that stands still within its transaction (frozen, say), so that another can take over."""
FROZEN_S = 20.0
"""Within a COPY Postgres does not: then the other one ends it, later than Postgres would."""
MIRROR_S = 1.0
COMMIT_S_MAX = 2.0
WATCH_S = 15.0
STUCK_S_MAX = 60.0
PARKED_KEYS_PER_HOUR_MAX = 1_000

log = structlog.get_logger(__name__)

Records = Mapping[TopicPartition, Sequence[ConsumerRecord[bytes, bytes]]]


class TooManyParked(Exception):
    """So many keys in an hour are a fault of ours, not of the data: the reader ends instead of setting all aside."""


class Stuck(Exception):
    """There are facts to read, and this reader has not moved for too long: its process must begin anew."""


def broker_for(kafka: str, client_id: str) -> KafkaBroker:
    """Build the broker object of a reading process: one place for servers, client id and log."""
    return KafkaBroker(
        kafka,
        client_id=client_id,
        allow_auto_create_topics=False,
        logger=logging.getLogger("faststream.access.kafka"),
        log_level=logging.DEBUG,
    )


class Reader(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """One process of a reader; FastStream owns the consumer, `run` owns the loop."""

    def __init__(self, broker: KafkaBroker, projection: Projection, *, slot: int = 0, group: str | None = None) -> None:
        self.group = group = group or projection.reader
        """Its name on Kafka and in the figures: several readers of one process are told apart by it."""
        self.projection = projection
        self.at: dict[TopicPartition, Position] = {}
        self.trust = 0
        """Raised whenever positions become doubtful; a batch fetched under an earlier value is void."""
        self.stopping = asyncio.Event()
        self.moved_at = monotonic()
        self.mirrored_at = 0.0
        self.waiting = False
        self.subscriber = broker.subscriber(
            *(topic.name for topic in projection.topics),
            group_id=group,
            group_instance_id=f"{group}-{slot}",
            listener=self,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="none",
            isolation_level="read_committed",
            partition_assignment_strategy=(StickyPartitionAssignor,),
            session_timeout_ms=SESSION_MS,
            heartbeat_interval_ms=HEARTBEAT_MS,
            rebalance_timeout_ms=REBALANCE_MS,
            max_partition_fetch_bytes=1_048_576,
            include_in_schema=False,
        )

    @property
    def consumer(self) -> AIOKafkaConsumer:
        """The consumer that FastStream started."""
        consumer = self.subscriber.consumer
        if consumer is None:
            msg = "the broker is not started"
            raise RuntimeError(msg)
        return consumer

    @property
    def ready(self) -> bool:
        """True while every assigned partition is being read from a position that is trusted."""
        consumer = self.subscriber.consumer
        return consumer is not None and bool(consumer.assignment()) and not consumer.paused() and not self.waiting

    async def on_partitions_revoked(self, revoked: object) -> None:
        """Do nothing: what was applied is in Postgres."""

    async def on_partitions_assigned(self, assigned: list[TopicPartition]) -> None:
        """Pause; no await and no other work here, or records from the wrong position slip through."""
        self._distrust(assigned)

    async def run(self, pool: Pool) -> None:
        """Read until `stopping` is set; to be called after the broker has started.

        The next batch is fetched and sorted while Postgres works on this one.
        """
        wait = RETRY_S_MIN
        ahead: asyncio.Task[_Batch] | None = None
        while not self.stopping.is_set():
            try:
                batch = await (ahead or self._fetch(pool))
                ahead = asyncio.create_task(self._fetch(pool))
                if batch.trust != self.trust:
                    msg = "the position changed under a batch that was fetched ahead"
                    raise Fenced(msg)
                if batch.records:
                    await self._apply(pool, batch)
                    await self._mirror()
                self.waiting, wait = False, RETRY_S_MIN
            except TooManyParked:
                await _discard(ahead)
                raise
            # Whatever it was, Postgres knows where to go on; only what a fact causes is set aside, and not here.
            except Exception as error:  # noqa: BLE001
                log.warning("reader_waits", seconds=wait, error=type(error).__name__, reason=str(error)[:200])
                if isinstance(error, OffsetOutOfRangeError):  # the log lost facts that were never applied
                    metrics.READER_ALARMS.labels("offset_out_of_range").inc()
                self.waiting = True
                await _discard(ahead)
                ahead = None
                self._distrust(self.consumer.assignment())
                await asyncio.sleep(wait * random.uniform(0.5, 1.5))  # noqa: S311 - spreads retries, no secret
                wait = min(wait * 2, RETRY_S_MAX)
        await _discard(ahead)

    def _distrust(self, partitions: Iterable[TopicPartition]) -> None:
        self.trust += 1
        self.consumer.pause(*partitions)

    async def _fetch(self, pool: Pool) -> "_Batch":
        """Give every paused partition its position from Postgres, then read on from where they are."""
        consumer = self.consumer
        if unsure := consumer.paused():
            # those of other processes too: a tick is covered only where the position in every partition is known
            known = await positions.load(pool, self.projection.reader, _partitions(self.projection.topics))
            for partition in unsure & consumer.assignment():
                self.at[partition] = known[partition]
                consumer.seek(partition, self.at[partition].next_offset)
                consumer.resume(partition)
        trust = self.trust
        records = await consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH_FACTS_MAX)
        return _Batch(trust, records, sort(record for batch in records.values() for record in batch))

    async def step(self, pool: Pool, records: Records) -> None:
        """Apply a batch and move its offsets, in one transaction; records before the position are dropped."""
        await self._apply(pool, _Batch(self.trust, records, sort(r for batch in records.values() for r in batch)))

    async def _apply(self, pool: Pool, batch: "_Batch") -> None:
        fresh, contents = batch.records, batch.contents
        if any(records[0].offset < self.at[partition].next_offset for partition, records in fresh.items()):
            fresh = {
                partition: [record for record in records if record.offset >= self.at[partition].next_offset]
                for partition, records in fresh.items()
            }
            contents = sort(record for records in fresh.values() for record in records)
        moves = {p: (self.at[p], records[-1].offset + 1) for p, records in fresh.items() if records}
        if not moves:
            return
        with metrics.READER_BATCH.time():
            async with transaction(pool) as tx:
                await tx.execute(f"set local transaction_timeout = '{TRANSACTION_TAKES_MAX}'")
                await positions.move(tx, self.projection.reader, moves)
                if contents.ticks:
                    await ticks.keep(tx, contents.ticks)
                    await ticks.forget_covered(tx, self.projection.reader)
                await letters.park(tx, contents.unreadable)
                if await apply(tx, self.projection, contents.work) + len(contents.unreadable):
                    await _bound_parking(tx)
        self.at |= {p: Position(to, at.epoch) for p, (at, to) in moves.items()}
        self.moved_at = monotonic()

    async def _mirror(self, *, now: bool = False) -> None:
        """Commit the offsets to the group too, for tools only; they are never read back."""
        if not now and monotonic() - self.mirrored_at < MIRROR_S:
            return
        self.mirrored_at = monotonic()
        offsets = {p: self.at[p].next_offset for p in self.consumer.assignment() & self.at.keys()}
        try:
            await asyncio.wait_for(self.consumer.commit(offsets), COMMIT_S_MAX)
        except (KafkaError, TimeoutError) as error:
            log.info("mirror_failed", error=type(error).__name__)

    async def watch(self, pool: Pool, *, every_s: float = WATCH_S, stuck_s_max: float = STUCK_S_MAX) -> None:
        """Raise Stuck if there are facts to read and nothing moves: a dead fetcher looks healthy from inside."""
        while not self.stopping.is_set():
            await self._look_after(pool)
            await asyncio.sleep(every_s)
            try:
                lag = await self.lag()
            except (KafkaError, TimeoutError):  # Kafka is away: the loop waits for it, and so do we
                self.moved_at = monotonic()
                continue
            if lag == 0 or self.waiting:
                self.moved_at = monotonic()
            if monotonic() - self.moved_at > stuck_s_max:
                msg = f"{lag} facts wait and none was applied for {stuck_s_max:.0f} s"
                raise Stuck(msg)

    async def lag(self) -> int:
        """Count the records on Kafka that this process has not applied, over its partitions."""
        assigned = self.consumer.assignment() & self.at.keys()
        async with asyncio.timeout(WATCH_S):
            ends = await self.consumer.end_offsets(assigned)
        lags: Counter[str] = Counter()
        for partition, end in ends.items():
            lags[partition.topic] += max(0, end - self.at[partition].next_offset)
        for topic, records in lags.items():
            metrics.READER_LAG.labels(self.group, topic).set(records)
        return lags.total()

    async def stop(self) -> None:
        """Let the batch under way end, and leave the group's offsets where the tools expect them."""
        self.stopping.set()
        if self.subscriber.consumer is not None:
            await self._mirror(now=True)
        metrics.forget(self.group)

    async def _look_after(self, pool: Pool) -> None:
        """Show how many keys wait for a person, whoever parked or freed them; let nobody hold positions for ever."""
        with contextlib.suppress(*HEALS_WITH_TIME):
            async with asyncio.timeout(WATCH_S):
                metrics.PARKED_KEYS.labels(self.group).set(await letters.keys_waiting(pool))
                await end_frozen(pool, longer_than_s=FROZEN_S)


class Contents(NamedTuple):
    """What stands in a batch: facts by topic and key, ticks, and records that are neither."""

    work: Work
    ticks: list[Tick]
    unreadable: list[Letter]


class _Batch(NamedTuple):
    """Records as they were fetched, under which trust, and what stands in them."""

    trust: int
    records: Records
    contents: Contents


async def _discard(ahead: asyncio.Task[_Batch] | None) -> None:
    """Let a fetch under way end, and forget it; it is never cancelled, for aiokafka would then count wrongly."""
    if ahead is not None:
        await asyncio.wait({ahead})
        ahead.exception()


def _partitions(topics: Iterable[Topic]) -> list[TopicPartition]:
    return [TopicPartition(topic.name, part) for topic in topics for part in range(topic.partitions)]


def sort(records: Iterable[ConsumerRecord[bytes, bytes]]) -> Contents:
    """Sort records into facts by topic and key, ticks, and what is neither."""
    work: Work = defaultdict(list)
    told: list[Tick] = []
    unreadable: list[Letter] = []
    for record in records:
        try:
            if record.topic == TICKS.name:
                told.append(ticks.read(record))
            else:
                fact = read(record)
                work[fact.topic, fact.key].append(fact)
        except Refused as error:
            # no traceback: it would hold what the record holds
            log.error(  # noqa: TRY400
                "record_unreadable", topic=record.topic, partition=record.partition, offset=record.offset
            )
            metrics.FACTS_READ.labels(record.topic, "parked").inc()
            unreadable.append(Letter(record, f"unreadable: {error}"))
    return Contents(dict(work), told, unreadable)


async def _bound_parking(tx: Transaction) -> None:
    """Refuse to set aside more keys in an hour than data can be at fault for; the batch is undone."""
    keys = await letters.keys_parked_lately(tx)
    if keys > PARKED_KEYS_PER_HOUR_MAX:
        msg = f"{keys} keys parked within an hour, at most {PARKED_KEYS_PER_HOUR_MAX} are believed to be data's fault"
        raise TooManyParked(msg)
