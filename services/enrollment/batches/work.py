"""Does the work of batches in the background: one at a time, resumable after kill -9, beside everything else.

    which batch has work? -> hold it by a lock of the session -> validate | propose | pay, piece by piece -> let go

A process that dies lets its lock go; the next one goes on after the last piece that was committed.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import structlog

from services.chassis import clock, ledger
from services.chassis.postgres import CONNECT_S_MAX, HEALS_WITH_TIME, Pool, transaction
from services.chassis.vault import Sealed, Vault
from services.chassis.waiting import sleep_unless
from services.enrollment.batches import sealed, store
from services.enrollment.batches.model import Batch, State
from services.enrollment.batches.pay import left_out, pay
from services.enrollment.batches.propose import propose
from services.enrollment.batches.validate import validate
from services.enrollment.domain import Rejected

EVERY_S = 0.5
FORGET_EVERY_S = 600.0
FORGOTTEN_AT_ONCE_MAX = 20

log = structlog.get_logger(__name__)


async def work_forever(pool: Pool, vault: Vault, stopping: asyncio.Event, *, scenario: bool) -> None:
    """Do what is to be done, again and again; what one round could not do, the next does."""
    loop = asyncio.get_running_loop()
    forget_at = loop.time()
    while not stopping.is_set():
        worked = False
        try:
            worked = await work_once(pool, vault, scenario=scenario)
            if loop.time() >= forget_at:
                await forget_old(pool, vault)
                forget_at = loop.time() + FORGET_EVERY_S
        except (*HEALS_WITH_TIME, ledger.Halted) as error:
            log.warning("batches_wait", error=type(error).__name__)
        if not worked:
            await sleep_unless(stopping, EVERY_S)


async def work_once(pool: Pool, vault: Vault, *, scenario: bool) -> bool:
    """Do the work of one batch to its end; false when there is none that nobody holds."""
    async with _next(pool) as batch_id:
        if batch_id is None:
            return False
        try:
            await _work(pool, vault, batch_id, scenario=scenario)
        except store.Lost:
            log.warning("batch_lost", batch_id=str(batch_id))
        except (*HEALS_WITH_TIME, ledger.Halted):
            raise
        except (Rejected, Sealed) as error:
            await _stop(pool, batch_id, _why(error))
        # One list that trips over a mistake of ours must not keep all others from going in, nor end the process.
        except Exception as error:  # noqa: BLE001
            log.error(  # noqa: TRY400 - its words, and those of the values in it, might name a person
                "batch_stopped", batch_id=str(batch_id), error=type(error).__name__, where=_where(error)
            )
            await _stop(pool, batch_id, UNEXPECTED)
        return True


@asynccontextmanager
async def _next(pool: Pool) -> AsyncIterator[UUID | None]:
    """Hold the next batch with work; however this ends, also while it is being taken, it is let go."""
    async with pool.acquire(timeout=CONNECT_S_MAX) as held:
        try:
            yield await store.next_work(held)
        finally:
            if not held.is_closed():
                await store.let_go(held)


async def _work(pool: Pool, vault: Vault, batch_id: UUID, *, scenario: bool) -> None:
    async with transaction(pool) as tx:
        batch = await store.find(tx, batch_id)
    if batch is None or batch.work is None:
        return
    log.info("batch_begins", batch_id=str(batch_id), work=batch.work, after_row=batch.done_through)
    match batch.work:
        case "validate" | "apply" if batch.cancelled_by is not None:
            await _end(pool, batch)
        case "validate":
            await validate(pool, vault, batch, scenario=scenario)
        case "apply":
            await propose(pool, vault, batch)
            await _end(pool, batch)
        case "pay":
            await pay(pool, batch)
            await _end(pool, batch)
    log.info("batch_ends", batch_id=str(batch_id), work=batch.work)


async def _end(pool: Pool, batch: Batch) -> None:
    """Say how far the list went in; one cancelled on the way keeps what went in."""
    async with transaction(pool) as tx:
        now = await store.find(tx, batch.batch_id, lock=True)
        outside = await store.rows_outside(tx, batch.batch_id)
        cancelled = now is not None and now.cancelled_by is not None
        state: State = "partly_applied" if outside or cancelled else "applied"
        if batch.work == "pay" and (notice := await left_out(tx, batch)) is not None:
            await store.add_notice(tx, batch.batch_id, notice)
        if batch.work == "validate":
            state = "cancelled"
            await store.drop_pieces(tx, batch.batch_id)
        await store.set_state(tx, batch.batch_id, state, None)


async def _stop(pool: Pool, batch_id: UUID, why: dict[str, str]) -> None:
    """Leave the work of a batch to a person, with the reason."""
    async with transaction(pool) as tx:
        batch = await store.find(tx, batch_id, lock=True)
        if batch is None or batch.work is None:
            return
        if batch.work == "validate":
            await store.fail(tx, batch_id, why)
            return
        await store.add_notice(tx, batch_id, why)
        await store.set_state(tx, batch_id, "partly_applied", None)


def _why(error: Rejected | Sealed) -> dict[str, str]:
    if isinstance(error, Rejected):
        return {"code": error.code, "indonesian": error.indonesian, "english": error.english}
    return KEY_DESTROYED


def _where(error: BaseException) -> str:
    """Name the line of ours that failed; the error's own words might name a person."""
    at = error.__traceback__
    where = ""
    while at is not None:
        if (name := str(at.tb_frame.f_globals.get("__name__"))).startswith("services."):
            where = f"{name}:{at.tb_lineno}"
        at = at.tb_next
    return where


async def forget_old(pool: Pool, vault: Vault) -> int:
    """Destroy the keys of lists whose time is over, and all of them that names people; tell how many.

    A list counts as forgotten only once its key is gone: whoever dies between the two has it destroyed again.
    """
    async with transaction(pool) as tx:
        before = await clock.now(tx) - timedelta(days=sealed.KEPT_DAYS)
        old = await store.forgettable(tx, before, limit=FORGOTTEN_AT_ONCE_MAX)
        if old:
            await vault.keys.destroy(old)
            await store.forget(tx, old)
    if old:
        log.info("batches_forgotten", batches=len(old))
    return len(old)


UNEXPECTED = {
    "code": "stopped_unexpectedly",
    "indonesian": "Pengolahan daftar ini terhenti karena kesalahan sistem. Beri tahu operator dengan nomor daftar ini.",
    "english": "Work on this list stopped because of a fault of the system. Tell the operator, with the list's id.",
}
KEY_DESTROYED = {
    "code": "batch_forgotten",
    "indonesian": "Isi daftar ini sudah dihapus karena masanya lewat. Kirim berkasnya lagi.",
    "english": "What this list said has been destroyed because its time is over. Send the file again.",
}
