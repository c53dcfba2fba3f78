"""What claims does by the clock: waiting claims go on, decisions are looked at again, deaths are counted."""

import asyncio
import math
from collections.abc import Sequence
from time import monotonic
from uuid import UUID, uuid4

import structlog

from services.chassis.ledger import Act, Halted
from services.chassis.postgres import HEALS_WITH_TIME, Pool, transaction
from services.chassis.waiting import sleep_unless
from services.claims import handlers, review, signals, store
from services.claims.put_off import PutOff

ACTOR = "claims-sweep"
CLAIMS_PER_TRANSACTION_MAX = 500
EVERY_S = 1.0
DEATHS_COUNTED_EVERY_S = 600.0
"""Who stands out among many deaths does not change within minutes."""

log = structlog.get_logger(__name__)


async def sweep(pool: Pool, put_off: PutOff) -> int:
    """Look at every claim that may go on by now, and tell how many did; doing it again changes nothing."""
    moved = 0
    while found := await store.waiting_claims(pool, CLAIMS_PER_TRANSACTION_MAX, without=put_off.waiting(monotonic())):
        now = await _recheck(pool, found, put_off)
        moved += now
        if now < len(found):  # somebody else was there first: look again in the next round
            break
    return moved


async def _recheck(pool: Pool, found: Sequence[tuple[UUID, UUID]], put_off: PutOff) -> int:
    """Look at these, and where one of them fails at ever fewer, so that it holds nobody up but itself."""
    try:
        async with transaction(pool) as tx:
            moved = await handlers.recheck(tx, found, act=Act(ACTOR, uuid4()))
    except (*HEALS_WITH_TIME, Halted):
        raise
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one claim, the others go on
        half = len(found) // 2
        if not half:
            claim_id = found[0][1]
            again_in_s = put_off.failed(claim_id, monotonic())
            error_name = type(error).__name__
            log.warning("claim_not_rechecked", claim_id=str(claim_id), error=error_name, again_in_s=again_in_s)
            return 0
    else:
        for _, claim_id in found:
            put_off.succeeded(claim_id)
        return moved
    return await _recheck(pool, found[:half], put_off) + await _recheck(pool, found[half:], put_off)


async def sweep_forever(pool: Pool, stopping: asyncio.Event) -> None:
    """Sweep about once a second until the process stops; trouble that passes only delays it."""
    counted_at = -math.inf
    claims, people = PutOff("recheck"), PutOff("review")
    while not stopping.is_set():
        try:
            if moved := await sweep(pool, claims):
                log.info("sweep_done", moved=moved)
            if told := await review.work_off(pool, people):
                log.info("reviews_done", told=told)
            if monotonic() - counted_at >= DEATHS_COUNTED_EVERY_S:
                await signals.count_deaths(pool)
                counted_at = monotonic()
        except (*HEALS_WITH_TIME, Halted) as error:
            log.warning("sweep_waits", error=type(error).__name__)
        await sleep_unless(stopping, EVERY_S)
