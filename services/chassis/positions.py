"""Where a reader stands in each partition: read at assignment, moved by compare-and-set with the effect."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from aiokafka import TopicPartition

from services.chassis.postgres import Pool, Transaction


class Position(NamedTuple):
    """The next offset to apply, and the epoch that replay and repair raise."""

    next_offset: int
    epoch: int


class Fenced(Exception):
    """Another process, or a replay, has moved this reader's position: what is held in memory is void."""


async def _begin(pool: Pool, reader: str, partitions: Iterable[TopicPartition]) -> None:
    """Let a partition that was never read begin at 0."""
    wanted = sorted(partitions)
    await pool.execute(
        """
        insert into reader_offset (reader, topic, part)
        select $1, topic, part from unnest($2::text[], $3::int[]) as w(topic, part) order by topic, part
        on conflict do nothing
        """,
        reader,
        [p.topic for p in wanted],
        [p.partition for p in wanted],
    )


async def load(pool: Pool, reader: str, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, Position]:
    """Read the positions; a partition that was never read begins at 0."""
    wanted = sorted(partitions)
    await _begin(pool, reader, wanted)
    rows = await pool.fetch(
        """
        select topic, part, next_offset, epoch
          from reader_offset join unnest($2::text[], $3::int[]) as w(topic, part) using (topic, part)
         where reader = $1
        """,
        reader,
        [p.topic for p in wanted],
        [p.partition for p in wanted],
    )
    return {TopicPartition(row["topic"], row["part"]): Position(row["next_offset"], row["epoch"]) for row in rows}


async def move(tx: Transaction, reader: str, moves: Mapping[TopicPartition, tuple[Position, int]]) -> None:
    """Move each partition from its position to the offset given, all or none; raises Fenced if one has moved.

    The first statement of the transaction: it locks the rows, so of two readers of one partition one waits, and then
    finds the position changed.
    """
    ordered = sorted(moves.items())
    moved = await tx.execute(
        """
        with move as (
            select * from unnest($2::text[], $3::int[], $4::bigint[], $5::int[], $6::bigint[])
                     as m(topic, part, at, epoch, next)
        ), held as (
            select o.topic, o.part from reader_offset o join move m using (topic, part)
             where o.reader = $1 and o.next_offset = m.at and o.epoch = m.epoch
             order by o.topic, o.part for update of o
        )
        update reader_offset o set next_offset = m.next
          from move m
         where o.reader = $1 and (o.topic, o.part) = (m.topic, m.part) and (m.topic, m.part) in (select * from held)
        """,
        reader,
        [p.topic for p, _ in ordered],
        [p.partition for p, _ in ordered],
        [at.next_offset for _, (at, _) in ordered],
        [at.epoch for _, (at, _) in ordered],
        [to for _, (_, to) in ordered],
    )
    if moved != f"UPDATE {len(moves)}":
        msg = f"{moved} for {len(moves)} partitions"
        raise Fenced(msg)


async def hold(tx: Transaction, reader: str, topic: str, part: int) -> None:
    """Hold a partition for a replay, and raise its epoch: a running reader then drops what it has in memory."""
    await tx.execute(
        "update reader_offset set epoch = epoch + 1 where reader = $1 and topic = $2 and part = $3", reader, topic, part
    )
