"""Reads a worker's cover without a lock, and how complete it is: two statements, whatever the register holds."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from payung_contracts.topics import CLAIM, COVERAGE

from services.chassis.clock import BUSINESS_ZONE
from services.chassis.postgres import Transaction
from services.chassis.watermark import Watermark, watermarks
from services.claims import coverage
from services.claims.coverage import Cover
from services.claims.store import cover_of


@dataclass(frozen=True, slots=True)
class Found:
    """A worker's cover as it is known, of whoever holds the person's memberships, and the age of that knowledge.

    `watermark` is None before the first tick of enrollment is covered.
    """

    cover: Cover
    survivor_id: UUID
    today: date
    watermark: Watermark | None


async def find(tx: Transaction, worker_id: UUID) -> Found:
    """Read the watermark, then the cover of the worker and of whoever was merged with them; nothing is locked."""
    marks = {mark.source: mark for mark in await watermarks(tx, CLAIM.source)}
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
    covers = {name: cover_of(sequence, withheld, state) for _, name, sequence, state, withheld in rows}
    name = str(worker_id)
    return Found(
        cover=coverage.shared(name, covers),
        survivor_id=UUID(coverage.survivor_of(name, covers)),
        today=rows[0]["at"].astimezone(BUSINESS_ZONE).date(),
        watermark=marks.get(COVERAGE.source),
    )
