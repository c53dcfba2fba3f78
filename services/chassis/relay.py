"""Send to Kafka what was committed, all of it, in order, and say how far it got.

A batch is what snapshot B sees and snapshot A did not, in the order of `pos`:

    seen by A                 |  seen by B, not by A            |  not seen by B yet
    on Kafka, with its tick   |  sent in chunks, then a tick    |  a later batch

B is kept in `relay_state` before the first fact of a batch is sent, and after each chunk how far it got; so after a
crash the same batch goes on from the chunk reached, and readers drop by `sequence` what they know. After all delivery
reports a tick says what was sent, and A becomes B. A cursor on `pos` or on the transaction id would not do:
transactions commit in another order than they draw either.

A producer that failed once is thrown away: an idempotent producer that let a batch expire refuses all that follows.
"""

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from time import monotonic, time
from typing import Any, Self
from uuid import UUID, uuid4

import asyncpg
import orjson
import structlog
from aiokafka import AIOKafkaProducer, TopicPartition
from payung_contracts.envelope import Envelope, to_headers
from payung_contracts.platform import Tick
from payung_contracts.topics import TICKS, Topic

from services.chassis import metrics, worlds
from services.chassis.clock import BUSINESS_ZONE
from services.chassis.postgres import COMMAND_S_MAX, CONNECT_S_MAX

CHUNK_FACTS_MAX = 5_000
BATCH_BYTES_MAX = 131_072
REQUEST_MS_MAX = 15_000
SEND_S_MAX = 20.0
STOP_S_MAX = 5.0
HEARTBEAT_S = 1.0
PAUSE_BUSY_S, PAUSE_IDLE_S = 0.005, 0.025
RETRY_S_MIN, RETRY_S_MAX = 0.2, 3.0
STANDBY_POLL_S = 1.0
MONTHS_AHEAD, MONTHS_S = 2, 3_600.0
MOMENTS_MAX = 10_000
HALTED_POLL_S = 5.0
LOCK = 7_201_002

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Progress:
    """How far this source has been sent; the row `relay_state`, held in memory by the one process that sends."""

    sent: str
    sending: str | None
    reached: int
    count: int
    checksum: int
    epoch: int
    tick: int
    complete_until: datetime | None
    offsets: dict[str, list[int]]
    sent_pos: int

    @classmethod
    async def load(cls, book: asyncpg.Connection) -> Self:
        (row,) = await book.fetch(
            """
            select sent::text, sending::text, reached, count, checksum, epoch, tick, complete_until, offsets, sent_pos
              from relay_state
            """
        )
        return cls(**dict(row) | {"checksum": int(row["checksum"], 16), "offsets": orjson.loads(row["offsets"])})

    async def save(self, book: asyncpg.Connection, *, tick_before: int) -> None:
        """Write the row, unless another process has moved it on: two that believe they send cannot both go on."""
        saved = await book.execute(
            """
            update relay_state
               set sent = $1::text::pg_snapshot, sending = $2::text::pg_snapshot,
                   reached = $3, count = $4, checksum = $5, tick = $6, complete_until = $7, offsets = $8, sent_pos = $9
             where tick = $10 and epoch = $11
            """,
            self.sent,
            self.sending,
            self.reached,
            self.count,
            f"{self.checksum:032x}",
            self.tick,
            self.complete_until,
            orjson.dumps(self.offsets).decode(),
            self.sent_pos,
            tick_before,
            self.epoch,
        )
        if saved != "UPDATE 1":
            msg = "relay_state was moved on by another process, or by a command that moved the clock"
            raise Overtaken(msg)


class Overtaken(Exception):
    """The row is another's now: a second process holds the lock, or the clock was moved under a new epoch."""


class Halt(Exception):
    """What this database remembers to have sent is not what stands on Kafka."""


class Unreported(Exception):
    """Kafka took the facts without saying where they stand, so no tick could say it either."""


@dataclass(slots=True)
class Relay:
    """The relay of one source. Any number of processes may run it; one holds the lock and sends."""

    dsn: str
    kafka: str
    source: str
    topics: Sequence[Topic]
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    send_s_max: float = SEND_S_MAX
    """How long a chunk may take to be delivered; then the producer is thrown away."""
    sending: bool = False
    """True while this process holds the lock and its last cycle succeeded."""

    async def run(self) -> None:
        """Send until `stopping` is set; every failure waits, and comes back to what `relay_state` says."""
        wait = RETRY_S_MIN
        while not self.stopping.is_set():
            try:
                async with _connect(self.dsn) as reading, _connect(self.dsn) as book:
                    if not await reading.fetchval("select pg_try_advisory_lock($1)", LOCK):
                        await _pause(self.stopping, STANDBY_POLL_S)
                        continue
                    await self._agree(book)
                    async with _producer(self.kafka) as producer:
                        cycles = _Cycles(
                            self.source, reading, book, producer, await Progress.load(book), self.send_s_max
                        )
                        while not self.stopping.is_set():
                            idle = await cycles.turn()
                            self.sending, wait = True, RETRY_S_MIN
                            await _pause(self.stopping, PAUSE_IDLE_S if idle else PAUSE_BUSY_S)
            except Halt as halt:
                log.critical("relay_halted", reason=str(halt))
                await _pause(self.stopping, HALTED_POLL_S)
            except Overtaken as overtaken:  # a scenario moved the clock, say: it begins anew where that stands
                log.info("relay_begins_anew", reason=str(overtaken))
                await _pause(self.stopping, RETRY_S_MIN)
            # The batch is kept in relay_state and goes out again whatever happened; a relay that ends helps nobody.
            except Exception as error:  # noqa: BLE001
                cause = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
                log.warning("relay_waits", seconds=wait, error=type(cause).__name__, reason=str(cause)[:200])
                await _pause(self.stopping, wait)
                wait = min(wait * 2, RETRY_S_MAX)
            finally:
                self.sending = False

    async def _agree(self, book: asyncpg.Connection) -> None:
        """Halt, and have commands refused, unless Kafka holds what this database has sent."""
        found = await worlds.difference(book, self.kafka, self.source, self.topics)
        reason = f"{found.english}\n{found.indonesian}" if found else None
        await book.execute("update relay_state set halted = $1 where halted is distinct from $1", reason)
        metrics.RELAY_HALTED.set(found is not None)
        if found:
            metrics.RELAY_ALARMS.labels("worlds").inc()
            raise Halt(found.english)


@dataclass(slots=True)
class _Cycles:
    """The cycles over one pair of connections and one producer; a failure ends them all."""

    source: str
    reading: asyncpg.Connection
    book: asyncpg.Connection
    producer: AIOKafkaProducer
    progress: Progress
    send_s_max: float
    moments: deque[tuple[int, datetime]] = field(default_factory=deque)
    ticked_at: float = 0.0
    months_at: float = 0.0

    async def turn(self) -> bool:
        """Send one batch and its tick; True if there was nothing to send."""
        progress = self.progress
        if monotonic() - self.months_at > MONTHS_S:
            await self._make_months()
        (moment,) = await self.book.fetch(
            "select at, txid::text as txid, last_value as newest from relay_moment(), ledger_pos"
        )
        if len(self.moments) >= MOMENTS_MAX:  # a transaction has been open for minutes: fewer readings will do
            self.moments = deque(islice(self.moments, 0, None, 2))
        self.moments.append((int(moment["txid"]), moment["at"]))
        metrics.RELAY_BACKLOG.set(max(0, moment["newest"] - progress.sent_pos))
        again = progress.sending is not None
        if not again:
            progress.reached, progress.count, progress.checksum = 0, 0, 0
        snapshot = progress.sending or await self.book.fetchval("select pg_current_snapshot()::text")
        async with self.reading.transaction(readonly=True):
            cursor = await self._facts(snapshot)
            chunk = await cursor.fetch(CHUNK_FACTS_MAX)
            if not chunk and not again and monotonic() - self.ticked_at < HEARTBEAT_S:
                return True
            if not again:
                progress.sending = snapshot
                await progress.save(self.book, tick_before=progress.tick)
            idle = not chunk
            while chunk:
                async with asyncio.TaskGroup() as both:  # Postgres fetches the next chunk while Kafka takes this one
                    following = both.create_task(cursor.fetch(CHUNK_FACTS_MAX))
                    both.create_task(self._send(chunk))
                chunk = following.result()
        await self._tick(snapshot, moment["at"])
        return idle

    async def _make_months(self) -> None:
        """See to it that facts of the coming months find their partitions."""
        try:
            async with self.book.transaction():
                await self.book.execute("set local lock_timeout = '2s'")
                await self.book.execute("select ledger_months(business_clock(), $1)", MONTHS_AHEAD)
        except asyncpg.PostgresError as error:  # months are ahead, so later will do; sending goes on meanwhile
            log.error("ledger_months_wait", error=type(error).__name__)  # noqa: TRY400 - its name says all
        self.months_at = monotonic()

    async def _facts(self, snapshot: str) -> Any:
        """Open a cursor over the facts of the batch.

        Two arms, so that each can use the index on txid; the bound on `recordedtime` leaves the partitions of one or
        two months. Nothing older can be missing: A saw every fact up to its `complete_until`.
        """
        _, a_end, a_open = self.progress.sent.split(":")
        until = self.progress.complete_until
        return await self.reading.cursor(
            FACTS_OF_BATCH,
            a_end,
            [txid for txid in a_open.split(",") if txid],
            snapshot,
            until - timedelta(days=1) if until else datetime(1970, 1, 1, tzinfo=UTC),
            self.progress.reached,
        )

    async def _send(self, chunk: Sequence[asyncpg.Record]) -> None:
        """Send a chunk, wait for every delivery report, and take it into the progress."""
        progress = self.progress
        until = progress.complete_until
        if until and min(row["recordedtime"] for row in chunk) <= until:
            log.error("fact_after_complete_until", complete_until=until.isoformat())
            metrics.RELAY_ALARMS.labels("after_complete_until").inc()
        async with asyncio.timeout(self.send_s_max):
            for partition, end in await _deliver(self.producer, chunk, self.source):
                ends = progress.offsets.setdefault(partition.topic, [])
                ends.extend([0] * (partition.partition + 1 - len(ends)))
                ends[partition.partition] = end
        for row in chunk:
            progress.checksum ^= row["event_id"].int
        progress.count += len(chunk)
        progress.reached = chunk[-1]["pos"]
        progress.sent_pos = max(progress.sent_pos, progress.reached)
        for topic, facts in Counter(row["topic"] for row in chunk).items():
            metrics.FACTS_SENT.labels(topic).inc(facts)
        await progress.save(self.book, tick_before=progress.tick)

    async def _tick(self, snapshot: str, clock: datetime) -> None:
        """Say on Kafka that everything which `snapshot` sees is there; then, and only then, A becomes B."""
        progress = self.progress
        oldest_open = int(snapshot.split(":", 1)[0])
        while self.moments and self.moments[0][0] < oldest_open:
            _, at = self.moments.popleft()
            progress.complete_until = max(at, progress.complete_until or at)
        tick = Tick(
            source=self.source,
            epoch=progress.epoch,
            number=progress.tick + 1,
            snapshot=snapshot,
            clock=clock,
            complete_until=progress.complete_until,
            offsets={topic: tuple(ends) for topic, ends in progress.offsets.items()},
            count=progress.count,
            checksum=f"{progress.checksum:032x}",
        )
        await publish_tick(self.producer, tick, within_s=self.send_s_max)
        before, progress.tick, progress.sent, progress.sending = progress.tick, tick.number, snapshot, None
        await progress.save(self.book, tick_before=before)
        self.ticked_at = monotonic()


async def publish_tick(producer: AIOKafkaProducer, tick: Tick, *, within_s: float = SEND_S_MAX) -> None:
    """Send a tick, keyed by its source, and wait for its delivery report."""
    headers = to_headers(
        Envelope(
            id=uuid4(),
            source=tick.source,
            type=tick.type,
            subject=UUID(int=0),
            time=tick.clock,
            recordedtime=tick.clock,
            sequence=tick.number,
            correlationid=UUID(int=0),
            actor="relay",
        )
    )
    async with asyncio.timeout(within_s):
        await producer.send_and_wait(
            TICKS.name, tick.to_json().encode(), key=tick.source.encode(), headers=headers, partition=0
        )


FACTS_OF_BATCH = """
select pos, topic, part, key::text, sequence, event_id, type, time, recordedtime, actor, correlation_id::text,
       causation_id::text, traceparent, data
  from (select * from ledger
         where txid >= $1::text::xid8
           and pg_visible_in_snapshot(txid, $3::text::pg_snapshot) and recordedtime > $4
        union all
        select * from ledger
         where txid = any($2::text[]::xid8[])
           and pg_visible_in_snapshot(txid, $3::text::pg_snapshot) and recordedtime > $4) as fact
 where pos > $5
 order by pos
"""
"""By itself, so that a test can ask Postgres for its plan: it must never scan the ledger."""


async def _deliver(
    producer: AIOKafkaProducer, chunk: Sequence[asyncpg.Record], source: str
) -> list[tuple[TopicPartition, int]]:
    """Send the rows, one batch after the other per partition; give each partition's next offset."""
    batches: dict[TopicPartition, Any] = {}
    reports: list[tuple[TopicPartition, int, asyncio.Future[Any]]] = []
    now_ms = int(time() * 1000)  # Kafka refuses what lies an hour ahead, as a scenario's clock may

    async def close(partition: TopicPartition) -> None:
        batch = batches.pop(partition)
        report = await producer.send_batch(batch, partition.topic, partition=partition.partition)
        report.add_done_callback(_noticed)
        reports.append((partition, batch.record_count(), report))

    for row in chunk:
        partition = TopicPartition(row["topic"], row["part"])
        record = {"key": row["key"].encode(), "value": row["data"].encode(), "headers": headers_of(row, source)}
        at = min(int(row["recordedtime"].timestamp() * 1000), now_ms)
        batch = batches.setdefault(partition, None) or producer.create_batch()
        batches[partition] = batch
        if batch.append(timestamp=at, **record) is None:
            await close(partition)
            batches[partition] = batch = producer.create_batch()
            batch.append(timestamp=at, **record)  # the first record of a batch is taken whatever its size
    for partition in list(batches):
        await close(partition)
    ends: dict[TopicPartition, int] = {}
    for partition, records, report in reports:
        begin = (await report).offset
        if begin < 0:  # Kafka knows that it has the batch, but no longer where
            msg = f"no offset for {records} facts of {partition.topic}/{partition.partition}: they are sent again"
            raise Unreported(msg)
        ends[partition] = begin + records
    return list(ends.items())


def _noticed(report: asyncio.Future[Any]) -> None:
    """Take note of a report that nobody may wait for any more, once another one has failed."""
    if not report.cancelled():
        report.exception()


def headers_of(row: asyncpg.Record, source: str) -> list[tuple[str, bytes]]:
    """Write a ledger row's headers; the same as `to_headers` of its envelope, without building one for each row."""
    kind: str = row["type"]
    headers = [
        ("ce_specversion", b"1.0"),
        ("content-type", b"application/json"),
        ("ce_id", str(row["event_id"]).encode()),
        ("ce_source", source.encode()),
        ("ce_type", kind.encode()),
        ("ce_subject", row["key"].encode()),
        ("ce_time", row["time"].astimezone(BUSINESS_ZONE).isoformat().encode()),
        ("ce_recordedtime", row["recordedtime"].isoformat().encode()),
        ("ce_sequence", b"%d" % row["sequence"]),
        ("ce_correlationid", row["correlation_id"].encode()),
        ("ce_actor", row["actor"].encode()),
        ("ce_dataschema", b"urn:payung:schema:" + kind.encode()),
    ]
    if row["causation_id"] is not None:
        headers.append(("ce_causationid", row["causation_id"].encode()))
    if row["traceparent"] is not None:
        headers.append(("ce_traceparent", row["traceparent"].encode()))
    return headers


@contextlib.asynccontextmanager
async def _connect(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(
        dsn,
        timeout=CONNECT_S_MAX,
        command_timeout=COMMAND_S_MAX,
        server_settings={
            "application_name": "relay",
            "timezone": "UTC",
            "jit": "off",
            # The newest transactions lie beyond every statistic, so the planner would read whole months instead.
            "enable_seqscan": "off",
        },
    )
    try:
        yield connection
    finally:
        connection.terminate()


@contextlib.asynccontextmanager
async def _producer(kafka: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka,
        client_id="relay",
        enable_idempotence=True,
        acks="all",
        linger_ms=0,
        max_batch_size=BATCH_BYTES_MAX,
        request_timeout_ms=REQUEST_MS_MAX,
        compression_type="lz4",
    )
    try:
        async with asyncio.timeout(SEND_S_MAX):
            await producer.start()
        yield producer
    finally:
        await _abandon(producer)


async def _abandon(producer: AIOKafkaProducer) -> None:
    """End the producer without sending what it still holds.

    Everything that counts has been reported by now. Its own `stop` would first send the rest, and while Kafka is away a
    producer that is merely forgotten goes on trying: then an old tick would land behind newer ones.
    """
    sender = producer._sender.sender_task  # noqa: SLF001 - there is no public way
    if sender is not None:
        sender.cancel()
    with contextlib.suppress(Exception):  # while Kafka is away closing can hang or fail, and it is over anyway
        await asyncio.wait_for(producer.client.close(), STOP_S_MAX)
    if sender is not None:
        await asyncio.wait({sender}, timeout=STOP_S_MAX)
    producer._closed = True  # noqa: SLF001 - or it warns that it was forgotten


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)
