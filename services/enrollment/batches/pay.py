"""Lets cover begin for whoever has a place reserved, from the day of payment on.

The decree promises and the payment covers: the first covered day is the day of payment, the cohort's first day, or of
who waited the day on which a place was theirs; whichever comes last. A payment may be told late, and before the list
was approved; its confirmation has then reserved the months that it takes (decision 0017). Who waits for a place is not
paid for: the list says how many they are, and a later confirmation takes them in.
"""

from dataclasses import dataclass
from datetime import date
from functools import partial
from uuid import UUID, uuid4

from services.chassis import clock, ledger
from services.chassis.ledger import Act, Entry
from services.chassis.postgres import Pool, Transaction, transaction
from services.enrollment import happened
from services.enrollment import store as register
from services.enrollment.batches import messages, sentences, store
from services.enrollment.batches.abreast import Turn, two_abreast
from services.enrollment.batches.model import Batch
from services.enrollment.batches.store import Payment, Proposal
from services.enrollment.cohorts import allotment, place_store, places
from services.enrollment.cohorts import messages as cohort_messages
from services.enrollment.cohorts.allotment import Wanted
from services.enrollment.cohorts.messages import Failed
from services.enrollment.domain import Cohort, CoverageStarted, Enroll, Rejected, Worker
from services.enrollment.happened import Happened

PEOPLE_PER_PIECE_MAX = ledger.KEYS_PER_TRANSACTION_MAX


@dataclass(frozen=True, slots=True)
class _Covered:
    """A person whose cover begins, and the place that it takes."""

    happens: Happened
    proposal: Proposal
    wanted: Wanted


async def pay(pool: Pool, batch: Batch) -> None:
    """Confirm the newest payment for everybody on the list who has a place."""
    async with transaction(pool) as tx:
        cohort = (await register.cohorts(tx, [batch.cohort_id]))[batch.cohort_id]
        payment = (await store.payments(tx, batch.batch_id))[-1]
        rows_all = sum((await store.counts(tx, batch.batch_id)).values())
    act = Act(payment.confirmed_by, batch.batch_id)
    await two_abreast(partial(_piece, pool, batch.batch_id, cohort, payment, act, rows_all), after=batch.done_through)


async def _piece(
    pool: Pool, batch_id: UUID, cohort: Cohort, payment: Payment, act: Act, rows_all: int, turn: Turn
) -> bool:
    """Confirm the payment for the people of the next rows."""
    await ledger.give_way(pool)
    async with transaction(pool) as tx:
        rows = await store.applied_rows(tx, batch_id, after=turn.through, limit=PEOPLE_PER_PIECE_MAX)
        if rows:
            named = sorted({worker_id for _, worker_id in rows})
            await ledger.lock(tx, messages.COVERAGE, named)
            turn.have_locked(rows[-1][0], len(rows))
            covered = await _cover(tx, cohort, named, payment, act, turn)
            await store.count_paid(tx, batch_id, payment.number, covered)
            share = min((turn.done + len(rows)) / max(rows_all, 1), 1.0)
            await store.advance(
                tx, batch_id, "pay", before=turn.through, through=turn.last, rows=len(rows), share=share
            )
    return True


async def left_out(tx: Transaction, batch: Batch) -> dict[str, str] | None:
    """Tell how many people of the list the newest payment does not cover, if there are any."""
    reserved, waiting = await store.reservations(tx, batch.batch_id, batch.cohort_id)
    if not reserved and not waiting:
        return None
    return sentences.not_covered((await store.payments(tx, batch.batch_id))[-1].paid_on, reserved, waiting)


async def _cover(tx: Transaction, cohort: Cohort, named: list[UUID], payment: Payment, act: Act, turn: Turn) -> int:
    """Begin cover for these people, whose heads are locked, as far as no rule forbids it; tell for how many."""
    workers, today = await register.workers(tx, named), await clock.business_date(tx)
    proposals = await store.proposals(tx, cohort.cohort_id, named)
    reserved = await place_store.reservations(tx, cohort.cohort_id, named)
    covered: list[_Covered] = []
    facts: list[Entry] = []
    refused: list[Proposal] = []
    for worker_id, proposal in proposals.items():
        kept = reserved.get(worker_id)
        if proposal.paid_on is not None or kept is None or not kept.held:
            continue
        begin = max(cohort.covered_from, payment.paid_on, kept.moved_up_on or date.min)
        try:
            covered.append(_begun(cohort, workers.get(worker_id), proposal, begin, today, payment.paid_on))
        except Rejected as rule:
            failed: Failed = "paid" if rule.code == "worker_merged" else "eligible"  # the survivor may well be eligible
            refused.append(proposal._replace(refused_on=today, failed=failed, reason=rule.code))
            facts.append(
                cohort_messages.refused(worker_id, cohort.cohort_id, proposal.village_code, today, failed, rule.code)
            )
    # Who is covered by now, through an entry that was merged, has a place and needs no other.
    covered_already = [one.proposal.worker_id for one in covered if not one.happens.events]
    if gone := [*covered_already, *(one.worker_id for one in refused)]:
        await turn.comes()
        await places.release(tx, cohort.cohort_id, gone)
    wanted = [one.wanted for one in covered if one.happens.events]  # who is covered by now has a place
    given = await places.foresee(tx, cohort.cohort_id, wanted)
    covered = [one for one in covered if not one.happens.events or one.wanted.worker_id in given.having]
    await store.save_payments(tx, cohort.cohort_id, [*refused, *(one.proposal for one in covered)])
    await happened.record(tx, [one.happens for one in covered], act, facts)
    await turn.comes()
    if wanted and await places.take(tx, cohort.cohort_id, wanted, wish="cover", since=today) != given:
        raise places.PlacesMoved
    return len(covered)


def _begun(
    cohort: Cohort, worker: Worker | None, proposal: Proposal, begin: date, today: date, paid_on: date
) -> _Covered:
    command = Enroll(
        proposal.worker_id,
        uuid4(),
        cohort,
        proposal.village_code,
        begin,
        today,
        activity=proposal.activity,
        paid_on=paid_on,
    )
    happens = happened.decide(worker, command)
    assert happens.after is not None  # noqa: S101 - enrolling leaves a worker
    period = next((event.period for event in happens.events if isinstance(event, CoverageStarted)), None)
    if period is None:  # cover by this cohort began by another door meanwhile
        held = (period for membership in happens.after.memberships for period in membership.periods)
        period = next(period for period in held if period.cohort.cohort_id == cohort.cohort_id)
    begun = proposal._replace(paid_on=paid_on, active_from=period.covered_from)
    return _Covered(happens, begun, allotment.wanted_by(happens.after, cohort.cohort_id))
