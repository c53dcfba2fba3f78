"""Moves up who waits for a place as soon as one is free: in the order of asking, each once, nobody overtaken.

    name who is first  ->  lock their heads  ->  lock the cohort's quota, look again  ->  cover, facts  ->  commit

What is to be done follows from the tables alone, who waits and what is free; whatever freed a place need not remember
to say so, and a process that ends half way leaves nothing undone. Heads come before quotas, so this is never a part of
the transaction that frees the place; until it has run, nobody new gets the place (allotment.py).
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from uuid import UUID, uuid4

import structlog

from services.chassis import clock, ledger
from services.chassis.ledger import Act
from services.chassis.postgres import HEALS_WITH_TIME, Pool, Transaction, transaction
from services.chassis.waiting import sleep_unless
from services.enrollment import happened, messages, store
from services.enrollment.cohorts import messages as cohort_messages
from services.enrollment.cohorts import place_store, places, terms
from services.enrollment.cohorts.allotment import Account, Wanted, allot, wanted_by
from services.enrollment.cohorts.messages import Failed
from services.enrollment.cohorts.place_store import Reservation
from services.enrollment.domain import OPEN, Cohort, Command, Enroll, NotKnown, Rejected, Renew
from services.enrollment.domain.months import after_months
from services.enrollment.happened import Happened

ACTOR = "enrollment-waiting-list"
EVERY_S = 1.0
MOVES_PER_TRANSACTION_MAX = 500

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Moved:
    """How many have cover now, have a place reserved now, and wait no longer because a rule is against it."""

    covered: int = 0
    reserved: int = 0
    refused: int = 0

    def __add__(self, other: "Moved") -> "Moved":
        return Moved(self.covered + other.covered, self.reserved + other.reserved, self.refused + other.refused)


async def move_up(pool: Pool) -> Moved:
    """Let everybody move up for whom there is a place; any number of these may run at once."""
    moved, act = Moved(), Act(ACTOR, uuid4())
    for cohort_id in await place_store.stirring(pool):
        while (some := await _move_some(pool, cohort_id, act)) is not None:
            moved += some
    return moved


async def move_up_forever(pool: Pool, stopping: asyncio.Event) -> None:
    """Do it again and again; what one round could not do, the next does."""
    while not stopping.is_set():
        try:
            moved = await move_up(pool)
            if moved != Moved():
                log.info("moved_up", covered=moved.covered, reserved=moved.reserved, refused=moved.refused)
        except (*HEALS_WITH_TIME, ledger.Halted) as error:
            log.warning("waiting_list_waits", error=type(error).__name__)
        await sleep_unless(stopping, EVERY_S)


async def _move_some(pool: Pool, cohort_id: UUID, act: Act) -> Moved | None:
    """Let the first of those who wait move up, or refuse those whom a rule forbids it by now; None: nobody can."""
    await ledger.give_way(pool)
    async with transaction(pool) as tx:
        account = await place_store.account(tx, cohort_id)
        named = await place_store.first_in_line(tx, account, people_max=MOVES_PER_TRANSACTION_MAX)
        if account.open and not any(allot(account, [one.wanted for one in named], newcomers=False)):
            return None
        locked = {one.wanted.worker_id for one in named}
        await ledger.lock(tx, messages.COVERAGE, locked)
        account = await place_store.locked(tx, cohort_id)
        queue = _as_far_as(locked, await place_store.first_in_line(tx, account, people_max=MOVES_PER_TRANSACTION_MAX))
        if not queue:
            return None
        if not account.open:
            return await _refuse(tx, account, [(one, terms.not_open().code) for one in queue], "in_decree", act)
        turns, refused = await _turns(tx, cohort_id, queue)
        # Whom a rule refuses goes first, alone: the next look counts without them, so nobody is overtaken.
        if refused:
            return await _refuse(tx, account, refused, "eligible", act)
        return await _give(tx, account, turns, act)


@dataclass(frozen=True, slots=True)
class _Turn:
    """Somebody whose turn it is: what was kept, the place that is needed now, and what happens with it."""

    kept: Reservation
    wanted: Wanted
    happens: Happened


async def _turns(
    tx: Transaction, cohort_id: UUID, queue: Sequence[Reservation]
) -> tuple[list[_Turn], list[tuple[Reservation, str]]]:
    """Decide for each in the queue what would happen with a place; with the code, for whom nothing can."""
    today = await clock.business_date(tx)
    cohort = (await store.cohorts(tx, [cohort_id]))[cohort_id]
    workers = await store.workers(tx, [one.wanted.worker_id for one in queue])
    turns, refused = [], []
    for one in queue:
        try:
            happens = happened.decide(workers.get(one.wanted.worker_id), _command(one, cohort, today))
        except Rejected as refusal:
            refused.append((one, refusal.code))
            continue
        if happens.after is None or not happens.events:
            refused.append((one, "covered_already"))
        else:
            turns.append(_Turn(one, wanted_by(happens.after, cohort_id), happens))
    return turns, refused


def _command(one: Reservation, cohort: Cohort, today: date) -> Command:
    """Begin no cover in the past: who waited is covered from the day of moving up, or from a later one agreed.

    Paid months for which too few are left cover what is left of the cohort.
    """
    agreed = one.wanted.agreed
    covered_from = max(agreed.covered_from or cohort.covered_from, today)
    paid_months = agreed.paid_months
    if paid_months is not None and after_months(covered_from, paid_months) > (cohort.covered_until or OPEN):
        paid_months = None
    if one.wish == "renewal":
        return Renew(one.wanted.worker_id, cohort, today, covered_from)
    return Enroll(
        one.wanted.worker_id,
        uuid4(),
        cohort,
        one.wanted.village_code,
        covered_from,
        today,
        agreed.activity,
        agreed.paid_on,
        paid_months,
    )


async def _give(tx: Transaction, account: Account, turns: Sequence[_Turn], act: Act) -> Moved | None:
    """Give places to those whose turn it is, as far as there are places."""
    gets = allot(account, [turn.wanted for turn in turns], newcomers=False)
    served = [turn for turn, given in zip(turns, gets, strict=True) if given]
    if not served:
        return None
    covered = [turn for turn in served if turn.kept.wish != "place"]
    reserved = [turn for turn in served if turn.kept.wish == "place"]
    await happened.record(tx, [turn.happens for turn in covered], act)
    await places.move_up(
        tx,
        account,
        [turn.kept for turn in served],
        on=await clock.business_date(tx),
        covered=[turn.wanted for turn in covered],
        reserved=[turn.wanted for turn in reserved],
    )
    return Moved(covered=len(covered), reserved=len(reserved))


async def _refuse(
    tx: Transaction, account: Account, refused: Sequence[tuple[Reservation, str]], failed: Failed, act: Act
) -> Moved:
    """Tell those who cannot have a place that they wait no longer, and why."""
    await _tell_refused(tx, account.cohort_id, refused, failed, act)
    await places.move_up(tx, account, [one for one, _ in refused], on=await clock.business_date(tx))
    return Moved(refused=len(refused))


async def withdraw(tx: Transaction, cohort_id: UUID, worker_id: UUID, act: Act) -> None:
    """Let a person wait no longer, or give up the place that is reserved for them, because they do not want it."""
    await ledger.lock(tx, messages.COVERAGE, [worker_id])
    kept = (await place_store.reservations(tx, cohort_id, [worker_id])).get(worker_id)
    if kept is None:
        raise NotKnown(
            "not_waiting",
            "Orang ini tidak menunggu tempat pada kelompok ini. Periksa nomornya.",
            "This person does not wait for a place of this cohort. Check the id.",
        )
    await _tell_refused(tx, cohort_id, [(kept, "withdrawn")], "eligible", act)
    await places.release(tx, cohort_id, [worker_id])


async def _tell_refused(
    tx: Transaction, cohort_id: UUID, refused: Sequence[tuple[Reservation, str]], failed: Failed, act: Act
) -> None:
    today = await clock.business_date(tx)
    told = [
        cohort_messages.refused(one.wanted.worker_id, cohort_id, one.wanted.village_code, today, failed, reason)
        for one, reason in refused
    ]
    await ledger.append(tx, told, act)
    await place_store.refuse_proposals(
        tx, cohort_id, {one.wanted.worker_id: reason for one, reason in refused}, failed, today
    )


def _as_far_as(locked: Collection[UUID], queue: Sequence[Reservation]) -> list[Reservation]:
    """Give the queue up to the first whose head is not ours: places freed since bring others to its front."""
    return list(takewhile(lambda one: one.wanted.worker_id in locked, queue))
