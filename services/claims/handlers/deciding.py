"""Holds, the decision, and what may be done about it; and what happens to claims by itself."""

from collections.abc import Sequence
from uuid import UUID

from services.chassis import ledger
from services.chassis.ledger import Act
from services.chassis.postgres import Transaction
from services.claims import messages, store
from services.claims.claim import Claim, ReopenedFor, VoidedFor
from services.claims.commands import Decide, LookAgain, Pend, Reopen, Resume, RetractDeath, Uphold, Void
from services.claims.handlers.carry_out import apply, carry_out, find_claim, keep, look, recheck_of, signals_of, today
from services.claims.reasons import Reason
from services.claims.rules import book_of


async def pend(tx: Transaction, claim_id: UUID, *, reasons: Sequence[Reason], act: Act) -> Claim:
    """Hold the claim."""
    view, claim = await find_claim(tx, claim_id)
    return await carry_out(tx, view, claim, Pend(act.actor, tuple(reasons), today(view)), act)


async def resume(tx: Transaction, claim_id: UUID, *, act: Act) -> Claim:
    """Let a claim go on that a person held."""
    view, claim = await find_claim(tx, claim_id)
    return await carry_out(tx, view, claim, Resume(act.actor, view.book, today(view)), act)


async def decide(tx: Transaction, claim_id: UUID, *, act: Act) -> Claim:
    """Decide on the cover and the rules of the day of the incident."""
    view, claim = await find_claim(tx, claim_id)
    found = await signals_of(tx, view, claim)
    command = Decide(act.actor, today(view), view.cover, view.book, found, view.claims)
    return await carry_out(tx, view, claim, command, act)


async def reopen(tx: Transaction, claim_id: UUID, *, cause: ReopenedFor, act: Act) -> Claim:
    """Let a decided or paid claim be decided anew."""
    view, claim = await find_claim(tx, claim_id)
    return await carry_out(tx, view, claim, Reopen(act.actor, cause, today(view), view.claims), act)


async def void(tx: Transaction, claim_id: UUID, *, cause: VoidedFor, act: Act) -> Claim:
    """Take the claim out of the books, before anything of it was ordered."""
    view, claim = await find_claim(tx, claim_id)
    return await carry_out(tx, view, claim, Void(act.actor, cause, today(view)), act)


async def retract_death(tx: Transaction, claim_id: UUID, *, act: Act) -> Claim:
    """Take back the death that the claim confirmed; what was paid is owed back."""
    view, claim = await find_claim(tx, claim_id)
    return await carry_out(tx, view, claim, RetractDeath(act.actor, today(view)), act)


async def uphold(tx: Transaction, claim_id: UUID, *, act: Act) -> Claim:
    """Leave the decision as it stands, though cover changed since."""
    view, claim = await find_claim(tx, claim_id)
    return await carry_out(tx, view, claim, Uphold(act.actor, today(view)), act)


async def recheck(tx: Transaction, waiting: Sequence[tuple[UUID, UUID]], *, act: Act) -> int:
    """Look again at claims that wait for their worker, given as (worker, claim); tells how many went on."""
    workers = {worker_id for worker_id, _ in waiting}
    await ledger.lock(tx, messages.WRITES, workers)
    views = await store.look(tx, sorted(workers))
    moved = [
        (claim, entries)
        for worker_id, claim_id in waiting
        for claim, entries in [apply(views[worker_id], views[worker_id].claim(claim_id), recheck_of(views[worker_id]))]
        if claim != views[worker_id].claim(claim_id)
    ]
    await keep(tx, moved, act)
    return len(moved)


async def review(tx: Transaction, worker_ids: Sequence[UUID], *, act: Act) -> int:
    """Weigh the decisions about these people on their cover as it is now; tells of how many claims there is news."""
    people = {tuple(await store.same_person(tx, worker_id)) for worker_id in worker_ids}
    await ledger.lock(tx, messages.WRITES, {worker_id for same in people for worker_id in same})
    moved = []
    for same in sorted(people):
        for worker_id, view in (await look(tx, same)).items():
            for claim in view.claims:
                if claim.worker_id == worker_id and claim.decision is not None:
                    book = await book_of(tx, claim.decision.question.edition)
                    now, entries = apply(view, claim, LookAgain(today(view), view.cover, book, view.claims))
                    moved += [(now, entries)] if now != claim else []
    await keep(tx, moved, act)
    return len(moved)
