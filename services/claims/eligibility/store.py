"""Reads a worker's cover without a lock, and how complete it is: two statements, whatever the register holds."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import orjson
from payung_contracts.topics import COVERAGE

from services.chassis.clock import BUSINESS_ZONE
from services.chassis.postgres import Transaction
from services.chassis.watermark import Watermark, watermarks
from services.claims import coverage
from services.claims.coverage import Cover


@dataclass(frozen=True, slots=True)
class Found:
    """A worker's cover as it is known, of whoever holds the person's memberships, and the age of that knowledge.

    `watermark` is None before the first tick of enrollment is covered.
    """

    cover: Cover
    survivor_id: UUID
    today: date
    watermark: Watermark | None


async def find(tx: Transaction, reader: str, source: str, worker_id: UUID) -> Found:
    """Read the watermark, then the cover of the worker and of whoever was merged with them; nothing is locked."""
    marks = {mark.source: mark for mark in await watermarks(tx, reader)}
    rows = await tx.fetch(
        """
        with recursive same(worker_id) as (
            select $2::uuid
             union
            select other.worker_id::uuid
              from same
              join reader_key k on k.topic = $1 and k.key = same.worker_id
             cross join lateral (
                   select k.state::jsonb ->> 'merged_into'
                    union all
                   select jsonb_array_elements_text(k.state::jsonb -> 'merged')) as other(worker_id)
             where other.worker_id is not null
        )
        select business_clock() as at, s.worker_id::text, coalesce(k.sequence, 0), k.state, l.kept_back or k.parked
          from same s  -- one look into each index: Postgres expects many of them, and would read all workers
          left join lateral (
               select sequence, state, parked from reader_key where topic = $1 and key = s.worker_id limit 1) k on true
         cross join lateral (
               select exists (
                   select from letter where topic = $1 and key = s.worker_id and settled_at is null) as kept_back
                limit 1) l
        """,
        COVERAGE.name,
        worker_id,
    )
    covers = {
        name: Cover(sequence, bool(withheld), orjson.loads(state) if state is not None else None)
        for _, name, sequence, state, withheld in rows
    }
    name = str(worker_id)
    return Found(
        cover=coverage.shared(name, covers),
        survivor_id=UUID(coverage.survivor_of(name, covers)),
        today=rows[0]["at"].astimezone(BUSINESS_ZONE).date(),
        watermark=marks.get(source),
    )
