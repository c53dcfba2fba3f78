"""Announces what the calendar brings: reminders before the end of cover, the end, the end of grace; once, never early.

    name what is due  ->  lock the heads  ->  take the rows that still stand  ->  next due rows, facts  ->  commit

A chunk is named without locks, so a membership may be renewed before its head is ours. Therefore the rows are taken by
a statement after the lock: a renewal has moved them, another sweep has taken them, and then nothing is announced. After
downtime the nearest reminder stands for all that were missed.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID, uuid4

import structlog

from services.chassis import clock, ledger
from services.chassis.ledger import KEYS_PER_TRANSACTION_MAX, Act, Entry
from services.chassis.postgres import HEALS_WITH_TIME, Pool, Transaction, transaction
from services.chassis.waiting import sleep_unless
from services.enrollment import domain, due_store, messages
from services.enrollment.domain import Announcement, CoverageExpired, CoverageExpiring, CoverageInactivated
from services.enrollment.due_store import Due, Place

ACTOR = "enrollment-sweep"
EVERY_S = 60.0
RANGES = ((UUID(int=0), UUID(int=(1 << 127) - 1)), (UUID(int=1 << 127), UUID(int=(1 << 128) - 1)))
"""Workers are swept in two halves at once: while Postgres writes one chunk, the facts of the other are made."""
BEGINNING = Place(date.min, UUID(int=0), UUID(int=0))

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """How much was announced."""

    expired: int = 0
    reminded: int = 0
    inactivated: int = 0

    def __add__(self, other: "Swept") -> "Swept":
        return Swept(self.expired + other.expired, self.reminded + other.reminded, self.inactivated + other.inactivated)


async def sweep(pool: Pool) -> Swept:
    """Announce all that is due on the business date; any number of sweeps may run at once."""
    async with transaction(pool) as tx:
        today = await clock.business_date(tx)
    act = Act(ACTOR, uuid4())
    halves = [asyncio.create_task(_sweep_range(pool, today, within, act)) for within in RANGES]
    try:
        swept = await asyncio.gather(*halves)
    finally:
        for half in halves:
            half.cancel()
        await asyncio.gather(*halves, return_exceptions=True)
    return sum(swept, Swept())


async def sweep_forever(pool: Pool, stopping: asyncio.Event) -> None:
    """Sweep again and again; what one round could not do, the next does."""
    while not stopping.is_set():
        try:
            swept = await sweep(pool)
            if swept != Swept():
                log.info("sweep_done", **asdict(swept))
        except (*HEALS_WITH_TIME, ledger.Halted) as error:
            log.warning("sweep_waits", error=type(error).__name__)
        await sleep_unless(stopping, EVERY_S)


async def _sweep_range(pool: Pool, today: date, within: tuple[UUID, UUID], act: Act) -> Swept:
    swept, after = Swept(), BEGINNING
    while True:
        await ledger.give_way(pool)
        async with transaction(pool) as tx:
            named = await due_store.fallen(tx, today, after=after, within=within, keys_max=KEYS_PER_TRANSACTION_MAX)
            if not named:
                return swept
            announced = await announce(tx, named, today, act)
        swept += announced
        after = named[-1]


async def announce(tx: Transaction, named: Sequence[Place], today: date, act: Act) -> Swept:
    """Announce what is named, as far as it still stands when the heads are ours."""
    worker_ids = {place.worker_id for place in named}
    await ledger.lock_known(tx, worker_ids)
    now = await clock.now(tx)
    taken = await due_store.take(tx, named[0], named[-1], worker_ids)
    entries: list[Entry] = []
    remain: list[Due] = []
    said: list[Announcement] = []
    for due in taken:
        events = domain.announce(
            due.coverage_id,
            due.cohort_id,
            due.covered_until,
            grace_until=due.grace_until,
            due_on=due.due_on,
            today=today,
        )
        entries.extend(messages.entries(due.worker_id, events, now))
        said += events
        following = events[-1].due_next
        if following is not None:
            remain.append(due._replace(due_on=following))
    await due_store.add(tx, remain)
    await ledger.append(tx, entries, act)
    kinds = Counter(map(type, said))
    return Swept(kinds[CoverageExpired], kinds[CoverageExpiring], kinds[CoverageInactivated])
