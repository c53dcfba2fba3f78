"""Append facts to the ledger, in the transaction of the change that they announce.

    lock the heads (in key order)  ->  look: read state, decide  ->  save  ->  append  ->  commit
                                                                                 |
                                                       relay  <-  ledger  <------+

The heads are locked by a statement of their own, and state is read by a later one: in a single statement Postgres
rechecks only the row that it waited for, and the state beside it may be old. Position and `recordedtime` are drawn
by the insert, after the lock; so within a key `pos`, `sequence` and `recordedtime` all run the same way.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from payung_contracts.fact import Fact
from payung_contracts.topics import Topic

from services.chassis.murmur2 import partition
from services.chassis.postgres import Pool, Transaction

KEYS_PER_TRANSACTION_MAX = 5_000
FACT_CHARACTERS_MAX = 250_000
"""Kafka takes a record of 1 MiB, and a character may take four bytes; a greater fact would hold up all others."""
BACKLOG_FACTS_MAX = 200_000
GIVE_WAY_S_MAX = 10.0
GIVE_WAY_POLL_S = 0.2


class Halted(Exception):
    """This database and Kafka no longer tell the same story; commands are refused until a person has looked."""

    def __init__(self, english: str, indonesian: str) -> None:
        super().__init__(english)
        self.english, self.indonesian = english, indonesian


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact to append; `time` is when it happened in the world."""

    key: UUID
    fact: Fact
    time: datetime


@dataclass(frozen=True, slots=True)
class Act:
    """Who did it, and what it belongs to; the same for all facts of a transaction."""

    actor: str
    correlation_id: UUID
    causation_id: UUID | None = None
    traceparent: str | None = None


async def lock(tx: Transaction, topic: Topic, keys: Iterable[UUID]) -> dict[UUID, int]:
    """Lock the heads of the keys, in key order, and give each one's last sequence (0 for a new key).

    Read state and guards only in statements after this one.
    """
    wanted = sorted(set(keys))
    # One key alone cannot be in the wrong order; of several, those that must be created are found without a lock.
    known = await (_lock_known(tx, wanted) if len(wanted) == 1 else _known(tx, wanted))
    if len(known) == len(wanted) == 1:
        return known
    if len(known) < len(wanted):
        # In one pass in key order, for known and new alike: to lock the known first and then to create the others
        # deadlocks with whoever comes a moment later and finds them all known. The condition is never met, but a row
        # is locked before it is asked.
        await tx.execute(
            """
            insert into stream_head (key, topic, part, sequence, recordedtime)
            select key, $2, part, 0, '-infinity' from unnest($1::uuid[], $3::int[]) as n(key, part) order by key
            on conflict (key) do update set sequence = stream_head.sequence where false
            """,
            wanted,
            topic.name,
            [0 if key in known else partition(key, topic.partitions) for key in wanted],
        )
    return await _lock_known(tx, wanted)


async def lock_known(tx: Transaction, keys: Iterable[UUID]) -> None:
    """Lock the heads of keys that have facts, in key order; a sweep of very many keys needs nothing more."""
    wanted = list(keys)
    locked = await tx.fetchval(
        "select count(*) from (select from stream_head where key = any($1::uuid[]) order by key for update) as head",
        wanted,
    )
    if locked != len(wanted):
        msg = f"{len(wanted) - locked} of {len(wanted)} keys have no head"
        raise AssertionError(msg)


async def _known(tx: Transaction, keys: Sequence[UUID]) -> dict[UUID, int]:
    rows = await tx.fetch("select key, sequence from stream_head where key = any($1::uuid[])", keys)
    return {row["key"]: row["sequence"] for row in rows}


async def _lock_known(tx: Transaction, keys: Sequence[UUID]) -> dict[UUID, int]:
    rows = await tx.fetch(
        "select key, sequence from stream_head where key = any($1::uuid[]) order by key for update", keys
    )
    return {row["key"]: row["sequence"] for row in rows}


async def append(tx: Transaction, entries: Sequence[Entry], act: Act) -> None:
    """Append the facts; those of one key in the order given. The keys' heads must be locked."""
    if not entries:
        return
    values = [entry.fact.to_json() for entry in entries]
    if (longest := max(map(len, values))) > FACT_CHARACTERS_MAX:
        msg = f"a fact of {longest:,} characters; at most {FACT_CHARACTERS_MAX:,} fit into a record of Kafka"
        raise ValueError(msg)
    appended = await tx.execute(
        """
        with fact as (
            select key, type, time, data, row_number() over (partition by key order by place) as n
              from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[])
                   with ordinality as f(key, type, time, data, place)
        ), clock as materialized (
            select business_clock() as at
        ), head as (
            update stream_head h
               set sequence = h.sequence + f.facts,
                   recordedtime = greatest(c.at, h.recordedtime + interval '1 us') + (f.facts - 1) * interval '1 us'
              from (select key, count(*) as facts from fact group by key) f, clock c
             where h.key = f.key
            returning h.key, h.topic, h.part, old.sequence, greatest(c.at, old.recordedtime + interval '1 us') as at
        )
        insert into ledger (recordedtime, topic, part, key, sequence, type, time, data,
                            actor, correlation_id, causation_id, traceparent)
        select h.at + (f.n - 1) * interval '1 us', h.topic, h.part, f.key, h.sequence + f.n, f.type, f.time, f.data,
               $5, $6, $7, $8
          from fact f join head h using (key) join relay_state on halted is null
         order by f.key, f.n
        """,
        [entry.key for entry in entries],
        [entry.fact.type for entry in entries],
        [entry.time for entry in entries],
        values,
        act.actor,
        act.correlation_id,
        act.causation_id,
        act.traceparent,
    )
    if appended == "INSERT 0 0" and (reason := await tx.fetchval("select halted from relay_state")):
        english, _, indonesian = reason.partition("\n")
        raise Halted(english, indonesian or english)
    if appended != f"INSERT 0 {len(entries)}":
        msg = f"{appended} for {len(entries)} facts: lock the heads of all keys before appending"
        raise AssertionError(msg)


async def token(tx: Transaction, source: str) -> str:
    """Name this transaction, so that a reader can be asked for an answer that includes it."""
    return f"{source}:{await tx.fetchval('select pg_current_xact_id()::text')}"


async def give_way(
    pool: Pool, *, backlog_facts_max: int = BACKLOG_FACTS_MAX, seconds_max: float = GIVE_WAY_S_MAX
) -> None:
    """Let the relay catch up, for a bounded time, before a bulk writer commits its next piece.

    The bound keeps an outage of Kafka from stopping the work: facts are then merely late.
    """
    for _ in range(int(seconds_max / GIVE_WAY_POLL_S)):
        backlog = await pool.fetchval(
            "select p.last_value - r.sent_pos from ledger_pos p, relay_state r",
        )
        if backlog <= backlog_facts_max:
            return
        await asyncio.sleep(GIVE_WAY_POLL_S)
