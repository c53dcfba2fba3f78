"""Lets the rows of an approved list go in: people become known, proposed and verified, and places are reserved.

    row --claim NIK--> lock heads --look again--> WorkerProposed [WorkerRegistered] + WorkerVerified, place or queue
                                                                                    or WorkerRefused, with its reason

What was found at the preview is asked again under the locks, for the register has gone on since. Each piece is
committed with the row that it ends on, so a crash repeats nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from uuid import UUID, uuid4

from services.chassis import clock, ledger
from services.chassis.ledger import Act, Entry
from services.chassis.postgres import Pool, Transaction, transaction
from services.chassis.vault import Vault
from services.chassis.vault.keys import Box
from services.enrollment import domain
from services.enrollment import messages as register_messages
from services.enrollment import store as register
from services.enrollment.batches import messages, sealed, sentences, store
from services.enrollment.batches.abreast import Turn, two_abreast
from services.enrollment.batches.model import Batch, Check, Outcome
from services.enrollment.batches.store import Proposal, Row
from services.enrollment.batches.validate import PURPOSE, enrolled, rule_against
from services.enrollment.cohorts import messages as cohort_messages
from services.enrollment.cohorts import places
from services.enrollment.cohorts.allotment import Wanted, months_of
from services.enrollment.domain import Cohort, Rejected, Worker, WorkerRegistered
from services.enrollment.identity import candidates
from services.enrollment.imports.header import Header
from services.enrollment.imports.people import Proposed

PIECE_ROWS_MAX = ledger.KEYS_PER_TRANSACTION_MAX
GOES_IN: tuple[Outcome, ...] = ("accepted", "changed", "rejected")
"""A rejected row goes in as a refusal where a rule is against the person; faults of values name nobody for certain."""


@dataclass(frozen=True, slots=True)
class Context:
    """What the rows of a list are proposed by."""

    batch: Batch
    cohort: Cohort
    header: Header
    box: Box
    act: Act


@dataclass(frozen=True, slots=True)
class _Step:
    """What happens to one person."""

    row: Row
    worker_id: UUID
    person: Proposed
    new: bool
    moves: bool
    """A proposal of the person stands, for another village."""
    refusal: tuple[Check, str] | None


async def propose(pool: Pool, vault: Vault, batch: Batch) -> bool:
    """Let the rows go in, from where the batch stands; false when somebody cancelled it on the way."""
    box = await sealed.take(vault, batch.batch_id, actor=batch.approved_by or "", purpose=PURPOSE)
    async with transaction(pool) as tx:
        cohort = (await register.cohorts(tx, [batch.cohort_id]))[batch.cohort_id]
        header = await sealed.find_header(tx, batch.batch_id, box)
        counted = await store.counts(tx, batch.batch_id)
        rows_all = sum(counted.get(outcome, 0) for outcome in GOES_IN)
    assert header is not None  # noqa: S101 - a list is approved after it was read
    context = Context(batch, cohort, header, box, Act(batch.approved_by or "", batch.batch_id))
    return await two_abreast(partial(_piece, pool, vault, context, rows_all), after=batch.done_through)


async def _piece(pool: Pool, vault: Vault, context: Context, rows_all: int, turn: Turn) -> bool:
    """Let the next rows go in; tell whether the work goes on."""
    await ledger.give_way(pool)
    batch_id = context.batch.batch_id
    async with transaction(pool) as tx:
        rows = await store.rows_to_go_in(tx, batch_id, after=turn.through, limit=PIECE_ROWS_MAX)
        if not rows:
            return True
        await _propose(tx, vault, context, rows, turn)
        share = (turn.done + len(rows)) / max(rows_all, 1)
        return await store.advance(
            tx, batch_id, "apply", before=turn.through, through=turn.last, rows=len(rows), share=share
        )


async def _propose(tx: Transaction, vault: Vault, context: Context, rows: Sequence[Row], turn: Turn) -> None:
    people = {
        row.row: person
        for row in rows
        if row.detail_hash is not None
        and (row.outcome != "rejected" or row.failed == "eligible")
        and row.sealed is not None
        and (person := sealed.unseal(context.box, row.row, row.sealed).person) is not None
    }
    wanted = [row for row in rows if row.row in people]
    # Hashed anew: since the preview the index key may have been changed.
    hash_of = {number: vault.blind(person.nik) for number, person in people.items()}
    hashes = sorted(set(hash_of.values()))
    known = await register.find(tx, hashes)
    unknown = {nik_hash: uuid4() for nik_hash in hashes if nik_hash not in known}
    known |= await register.claim_identities(tx, unknown)
    await ledger.lock(tx, messages.COVERAGE, known.values())
    if await register.find(tx, hashes) != known:  # somebody was erased or merged while their head was waited for
        raise places.PlacesMoved
    turn.have_locked(rows[-1].row, len(rows))
    brought = {worker_id for nik_hash, worker_id in unknown.items() if known[nik_hash] == worker_id}
    workers = await register.workers(tx, set(known.values()) - brought)
    proposals = await store.proposals(tx, context.cohort.cohort_id, known.values())
    today = await clock.business_date(tx)
    ids = {number: known[nik_hash] for number, nik_hash in hash_of.items()}
    steps, late, outside = _steps(context, wanted, people, ids, workers, proposals, today)
    await _record(tx, vault, context, [*steps.values()], today, turn)
    await store.judge_again(tx, context.batch.batch_id, late)
    went_in = {number: worker_id for number, worker_id in ids.items() if number not in outside}
    await store.applied(tx, context.batch.batch_id, went_in)


def _steps(
    context: Context,
    wanted: Sequence[Row],
    people: Mapping[int, Proposed],
    ids: Mapping[int, UUID],
    workers: Mapping[UUID, Worker],
    proposals: Mapping[UUID, Proposal],
    today: date,
) -> tuple[dict[UUID, _Step], list[tuple[Row, Row]], set[int]]:
    """Say what happens to each person, and which rows a rule forbids by now that it did not at the preview.

    A row that is refused takes nothing from what stands: that another list proposed the person, and keeps a place. Such
    rows are named last; they stay outside.
    """
    steps: dict[UUID, _Step] = {}
    late: list[tuple[Row, Row]] = []
    outside: set[int] = set()
    for row in wanted:
        worker_id, person = ids[row.row], people[row.row]
        worker, standing = workers.get(worker_id), proposals.get(worker_id)
        if standing is not None and not standing.stands:
            standing = None
        if worker_id in steps or enrolled(worker, context.cohort.cohort_id):
            continue
        refusal: tuple[Check, str] | None = None
        if row.outcome == "rejected":
            refusal = ("eligible", row.reasons[0])
        elif rule := rule_against(context.cohort, worker, person, today):
            refusal = ("eligible", rule.code)
            late.append((row, _rejected(context, row, rule)))
        if standing is not None and refusal is not None:
            outside.add(row.row)
        elif standing is None or standing.detail_hash != row.detail_hash:
            moves = standing is not None and standing.village_code != person.village_code
            steps[worker_id] = _Step(row, worker_id, person, worker is None, moves, refusal)
    return steps, late, outside


def _rejected(context: Context, row: Row, rule: Rejected) -> Row:
    assert row.sealed is not None  # noqa: S101 - the row was opened before
    content = sealed.unseal(context.box, row.row, row.sealed)
    told = replace(content, remarks=(sentences.of_rule(rule, context.header), *content.remarks))
    return replace(
        row,
        outcome="rejected",
        reasons=(rule.code,),
        failed="eligible",
        sealed=sealed.seal(context.box, row.row, told),
    )


async def _record(
    tx: Transaction, vault: Vault, context: Context, steps: Sequence[_Step], today: date, turn: Turn
) -> None:
    """Save and announce, and give out places last of all, when it is this piece's turn."""
    batch, cohort_id = context.batch, context.cohort.cohort_id
    new = [step for step in steps if step.new]
    await vault.seal(tx, [(step.worker_id, step.person.document()) for step in new])
    registered = {step.worker_id: WorkerRegistered(step.worker_id, step.person.village_code) for step in new}
    await register.save(tx, [(None, domain.evolve(None, event)) for event in registered.values()])
    apart = [(step.worker_id, step.person) for step in new if "looks_alike" in step.row.reasons]
    await candidates.tell_apart(tx, vault, apart, by=batch.approved_by or batch.uploaded_by)
    await candidates.remember(tx, vault, [(step.worker_id, step.person) for step in new])
    verified = [step for step in steps if step.refusal is None]
    if moved := [step.worker_id for step in steps if step.moves]:
        await turn.comes()
        await places.release(tx, cohort_id, moved)
    months = months_of(max(context.cohort.covered_from, today), context.cohort.covered_until)
    wanted = [Wanted(step.worker_id, step.person.village_code, months) for step in verified]
    given = await places.foresee(tx, cohort_id, wanted, "reserved")
    now = await clock.now(tx)
    facts: list[Entry] = []
    for step in steps:
        village, worker_id = step.person.village_code, step.worker_id
        facts.append(messages.proposed(worker_id, cohort_id, village, batch.proposed_on))
        if worker_id in registered:
            facts.extend(register_messages.entries(worker_id, [registered[worker_id]], now))
        if step.refusal is not None:
            facts.append(cohort_messages.refused(worker_id, cohort_id, village, today, *step.refusal))
            continue
        facts.append(messages.verified(worker_id, cohort_id, village, batch.approved_on or today))
        if worker_id in given.waiting:
            facts.append(cohort_messages.waitlisted(worker_id, cohort_id, village, today))
    await store.save_proposals(tx, cohort_id, [_proposal(batch, step, today) for step in steps])
    await ledger.append(tx, facts, context.act)
    await turn.comes()
    if wanted and await places.reserve(tx, cohort_id, wanted, since=today) != given:
        raise places.PlacesMoved


def _proposal(batch: Batch, step: _Step, today: date) -> Proposal:
    failed, reason = step.refusal or (None, None)
    assert step.row.detail_hash is not None  # noqa: S101 - the row names a person
    return Proposal(
        worker_id=step.worker_id,
        batch_id=batch.batch_id,
        village_code=step.person.village_code,
        activity=step.person.activity,
        detail_hash=step.row.detail_hash,
        proposed_on=batch.proposed_on,
        verified_on=None if step.refusal else batch.approved_on or today,
        paid_on=None,
        active_from=None,
        refused_on=today if step.refusal else None,
        failed=failed,
        reason=reason,
    )
