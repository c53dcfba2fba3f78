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
        select business_clock() as at, s.worker_id::text, coalesce(k.sequence, 0), k.state,
               coalesce(k.parked, false) or exists (
                   select from letter where topic = $1 and key = s.worker_id and settled_at is null)
          from same_person($1, $2) as s(worker_id)
          left join reader_key k on k.topic = $1 and k.key = s.worker_id
        """,
        COVERAGE.name,
        worker_id,
    )
    covers = {
        name: Cover(sequence, withheld, orjson.loads(state) if state is not None else None)
        for _, name, sequence, state, withheld in rows
    }
    name = str(worker_id)
    return Found(
        cover=coverage.shared(name, covers),
        survivor_id=UUID(coverage.survivor_of(name, covers)),
        today=rows[0]["at"].astimezone(BUSINESS_ZONE).date(),
        watermark=marks.get(source),
    )
