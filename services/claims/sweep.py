"""What claims does by the clock: waiting claims go on, decisions are looked at again, deaths are counted."""

import asyncio
import math
from collections.abc import Sequence
from time import monotonic
from uuid import UUID, uuid4

import structlog

from services.chassis.ledger import Act, Halted
from services.chassis.postgres import HEALS_WITH_TIME, Pool, transaction
from services.chassis.process import sleep_unless
from services.claims import handlers, review, signals, store

ACTOR = "claims-sweep"
CLAIMS_PER_TRANSACTION_MAX = 500
EVERY_S = 1.0
DEATHS_COUNTED_EVERY_S = 600.0
"""Who stands out among many deaths does not change within minutes."""

log = structlog.get_logger(__name__)


async def sweep(pool: Pool) -> int:
    """Look at every claim that may go on by now, and tell how many did; doing it again changes nothing."""
    moved = 0
    while found := await store.waiting_claims(pool, CLAIMS_PER_TRANSACTION_MAX):
        now = await _recheck(pool, found)
        moved += now
        if now < len(found):  # somebody else was there first: look again in the next round
            break
    return moved


async def _recheck(pool: Pool, found: Sequence[tuple[UUID, UUID]]) -> int:
    """Look at these, and where one of them fails at ever fewer, so that it holds nobody up but itself."""
    try:
        async with transaction(pool) as tx:
            return await handlers.recheck(tx, found, act=Act(ACTOR, uuid4()))
    except (*HEALS_WITH_TIME, Halted):
        raise
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one claim, the others go on
        half = len(found) // 2
        if not half:
            log.warning("claim_not_rechecked", claim_id=str(found[0][1]), error=type(error).__name__)
            return 0
    return await _recheck(pool, found[:half]) + await _recheck(pool, found[half:])


async def sweep_forever(pool: Pool, stopping: asyncio.Event) -> None:
    """Sweep about once a second until the process stops; trouble that passes only delays it."""
    counted_at = -math.inf
    while not stopping.is_set():
        try:
            if moved := await sweep(pool):
                log.info("sweep_done", moved=moved)
            if told := await review.work_off(pool):
                log.info("reviews_done", told=told)
            if monotonic() - counted_at >= DEATHS_COUNTED_EVERY_S:
                await signals.count_deaths(pool)
                counted_at = monotonic()
        except (*HEALS_WITH_TIME, Halted) as error:
            log.warning("sweep_waits", error=type(error).__name__)
        await sleep_unless(stopping, EVERY_S)
