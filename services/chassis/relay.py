"""Send to Kafka what was committed, all of it, in order, and say how far it got.

A batch is what snapshot B sees and snapshot A did not, in the order of `pos`:

    seen by A                 |  seen by B, not by A            |  not seen by B yet
    on Kafka, with its tick   |  sent in chunks, then a tick    |  a later batch

B is kept in `relay_state` before the first fact of a batch is sent, and after each chunk how far it got; so after a
crash the same batch goes on from the chunk reached, and readers drop by `sequence` what they know. After all delivery
reports a tick says what was sent, and A becomes B. A cursor on `pos` or on the transaction id would not do:
transactions commit in another order than they draw either.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from time import monotonic
from typing import Any, Self

import asyncpg
import orjson
import structlog
from aiokafka import AIOKafkaProducer
from payung_contracts.platform import Tick
from payung_contracts.topics import Topic

from services.chassis import metrics, worlds
from services.chassis.clock import MONTHS_AHEAD
from services.chassis.delivery import SEND_S_MAX, deliver, open_producer, publish_tick
from services.chassis.postgres import Connection, open_session
from services.chassis.waiting import sleep_unless

CHUNK_FACTS_MAX = 5_000
HEARTBEAT_S = 1.0
PAUSE_BUSY_S, PAUSE_IDLE_S = 0.005, 0.025
RETRY_S_MIN, RETRY_S_MAX = 0.2, 3.0
STANDBY_POLL_S = 1.0
MONTHS_S = 3_600.0
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
                async with session(self.dsn) as reading, session(self.dsn) as book:
                    if not await reading.fetchval("select pg_try_advisory_lock($1)", LOCK):
                        await sleep_unless(self.stopping, STANDBY_POLL_S)
                        continue
                    await self._agree(book)
                    async with open_producer(self.kafka) as producer:
                        cycles = _Cycles(
                            self.source, reading, book, producer, await Progress.load(book), self.send_s_max
                        )
                        while not self.stopping.is_set():
                            idle = await cycles.turn()
                            self.sending, wait = True, RETRY_S_MIN
                            await sleep_unless(self.stopping, PAUSE_IDLE_S if idle else PAUSE_BUSY_S)
            except Halt as halt:
                log.critical("relay_halted", reason=str(halt))
                await sleep_unless(self.stopping, HALTED_POLL_S)
            except Overtaken as overtaken:  # a scenario moved the clock, say: it begins anew where that stands
                log.info("relay_begins_anew", reason=str(overtaken))
                await sleep_unless(self.stopping, RETRY_S_MIN)
            # The batch is kept in relay_state and goes out again whatever happened; a relay that ends helps nobody.
            except Exception as error:  # noqa: BLE001
                cause = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
                log.warning("relay_waits", seconds=wait, error=type(cause).__name__, reason=str(cause)[:200])
                await sleep_unless(self.stopping, wait)
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
            for partition, end in await deliver(self.producer, chunk, self.source):
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


def session(dsn: str) -> AbstractAsyncContextManager[Connection]:
    """Open a connection as the relay reads with it.

    The newest transactions lie beyond every statistic, so the planner would read whole months instead of an index.
    """
    return open_session(dsn, name="relay", enable_seqscan="off")
