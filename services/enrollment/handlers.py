"""Carry out commands: lock, then look, decide, save, announce; all in the transaction of the caller.

One path serves a single command and a chunk of thousands. Locks are taken in one order everywhere: hashes of NIKs,
stream heads, places of a cohort, each sorted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial, reduce
from typing import TypeVar
from uuid import UUID, uuid4

from services.chassis import clock, ledger
from services.chassis.ledger import Act, Entry
from services.chassis.postgres import Transaction
from services.chassis.received import Refused
from services.chassis.vault import Vault
from services.enrollment import domain, messages, store
from services.enrollment.domain import (
    ApproveCohort,
    Cohort,
    Command,
    Enroll,
    Event,
    HandOverCard,
    NotKnown,
    Rejected,
    Renew,
    Worker,
)
from services.enrollment.imports.faults import COHORT_FULL, Fault, cohort_full, refused
from services.enrollment.imports.pieces import Outcome, PlacesGone
from services.enrollment.imports.rows import CardRow, KnownRow, PersonRow
from services.enrollment.messages import COHORT, COVERAGE, Told

Row = TypeVar("Row", KnownRow, CardRow)


@dataclass(frozen=True, slots=True)
class _Decided:
    before: Worker | None
    after: Worker | None
    events: list[Event]

    def then(self, command: Command) -> "_Decided":
        events = domain.decide(self.after, command)
        return _Decided(self.before, reduce(domain.evolve, events, self.after), [*self.events, *events])


async def approve_cohort(tx: Transaction, terms: ApproveCohort, act: Act) -> Cohort:
    """Open a cohort for enrollment."""
    cohort = domain.approve(terms)
    await ledger.lock(tx, COHORT, [cohort.cohort_id])
    await store.add_cohort(tx, cohort)
    approved = Entry(cohort.cohort_id, messages.cohort_approved(cohort), await clock.now(tx))
    await ledger.append(tx, [approved], act)
    return cohort


async def find_cohort(tx: Transaction, cohort_id: UUID) -> Cohort:
    """Give a cohort's terms."""
    found = (await store.cohorts(tx, [cohort_id])).get(cohort_id)
    if found is None:
        raise NotKnown(
            "cohort_not_known",
            "Kelompok ini tidak dikenal. Periksa nomornya, atau daftarkan kelompoknya dahulu.",
            "This cohort is not known. Check its id, or have the cohort approved first.",
        )
    return found


async def find_worker_of(tx: Transaction, coverage_id: UUID) -> UUID:
    """Tell whose membership it is."""
    found = await store.worker_of(tx, coverage_id)
    if found is None:
        raise domain.coverage_not_known()
    return found


async def carry_out(tx: Transaction, command: Command, act: Act) -> Worker:
    """Carry out one command about a worker, and give the worker as it is then."""
    await ledger.lock(tx, COVERAGE, [command.worker_id])
    worker = (await store.workers(tx, [command.worker_id])).get(command.worker_id)
    decided = _Decided(worker, worker, []).then(command)
    await _record(tx, [decided], act)
    await _settle_places(tx, decided)
    if decided.after is None:
        raise domain.worker_not_known()
    return decided.after


async def follow(tx: Transaction, told: Sequence[Told]) -> None:
    """Follow what claims established about deaths. One established before changes nothing, an unknown worker parks."""
    await ledger.lock(tx, COVERAGE, [one.command.worker_id for one in told])
    for one in told:
        try:
            await carry_out(tx, one.command, one.act)
        except Rejected as rejected:
            msg = f"{rejected.code}: {rejected.english}"
            raise Refused(msg) from None


async def enroll(
    tx: Transaction, vault: Vault, cohort: Cohort, rows: Sequence[PersonRow], today: date, act: Act
) -> Outcome:
    """Enroll a chunk of people, each NIK in one row; who was enrolled before stays as they are."""
    hashed = {vault.blind(row.nik): row for row in rows}
    known = await store.find(tx, list(hashed))
    unknown = {nik_hash: uuid4() for nik_hash in hashed.keys() - known.keys()}
    if unknown and await store.free_places(tx, cohort.cohort_id) > 0:
        known |= await store.claim_identities(tx, unknown)
    await ledger.lock(tx, COVERAGE, known.values())
    brought = {nik_hash: new for nik_hash, new in unknown.items() if known.get(nik_hash) == new}
    # People whom this transaction brought have no state to look for.
    workers = await store.workers(tx, set(known.values()) - set(brought.values()))

    decided: dict[bytes, _Decided] = {}
    rejected = [cohort_full(row.line) for nik_hash, row in hashed.items() if nik_hash not in known]
    for nik_hash, worker_id in known.items():
        row, worker = hashed[nik_hash], workers.get(worker_id)
        command = Enroll(worker_id, uuid4(), cohort, row.village_code, row.covered_from, today)
        try:
            decided[nik_hash] = _Decided(worker, worker, []).then(command)
        except Rejected as refusal:
            rejected.append(refused(row.line, refusal))

    takers = sorted((nik_hash for nik_hash, one in decided.items() if one.events), key=lambda h: hashed[h].line)
    enrolled = takers[: await store.free_places(tx, cohort.cohort_id)]
    rejected.extend(cohort_full(hashed[nik_hash].line) for nik_hash in takers[len(enrolled) :])
    await store.forget_identities(tx, list(brought.keys() - set(enrolled)))
    await vault.seal(tx, [(known[h], hashed[h].document()) for h in enrolled if h in brought])
    await _record(tx, [decided[nik_hash] for nik_hash in enrolled], act)
    await _take_places(tx, cohort, len(enrolled))
    return Outcome(len(enrolled), len(decided) - len(takers), tuple(rejected))


async def renew(
    tx: Transaction, vault: Vault, cohort: Cohort, rows: Sequence[KnownRow], today: date, act: Act
) -> Outcome:
    """Let the cohort pay a further period for a chunk of people, each NIK in one row."""
    decided, rejected = await _ask(tx, vault, {row: partial(Renew, cohort=cohort, today=today) for row in rows})
    takers = [row for row, one in decided.items() if one.events]
    renewed = takers[: await store.free_places(tx, cohort.cohort_id)]
    rejected.extend(cohort_full(row.line) for row in takers[len(renewed) :])
    await _record(tx, [decided[row] for row in renewed], act)
    await _take_places(tx, cohort, len(renewed))
    return Outcome(len(renewed), len(decided) - len(takers), tuple(rejected))


async def hand_over_cards(tx: Transaction, vault: Vault, rows: Sequence[CardRow], today: date, act: Act) -> Outcome:
    """Record for a chunk of people, each NIK in one row, that their cards were handed over."""
    decided, rejected = await _ask(
        tx,
        vault,
        {row: partial(HandOverCard, handed_on=row.handed_on, received_by=row.received_by, today=today) for row in rows},
    )
    handed = [one for one in decided.values() if one.events]
    await _record(tx, handed, act)
    return Outcome(len(handed), len(decided) - len(handed), tuple(rejected))


async def _ask(
    tx: Transaction, vault: Vault, commands: Mapping[Row, Callable[[UUID], Command]]
) -> tuple[dict[Row, _Decided], list[Fault]]:
    """Decide on a command for each row's person; who is not in the register is rejected."""
    hashed = {row: vault.blind(row.nik) for row in commands}
    known = await store.find(tx, list(hashed.values()))
    await ledger.lock(tx, COVERAGE, known.values())
    workers = await store.workers(tx, known.values())
    decided: dict[Row, _Decided] = {}
    rejected: list[Fault] = []
    for row, command in commands.items():
        try:
            worker_id = known.get(hashed[row])
            if worker_id is None:
                raise domain.worker_not_known()
            worker = workers.get(worker_id)
            decided[row] = _Decided(worker, worker, []).then(command(worker_id))
        except Rejected as refusal:
            rejected.append(refused(row.line, refusal))
    return decided, rejected


async def _take_places(tx: Transaction, cohort: Cohort, wanted: int) -> None:
    """Take the places at the very end: whoever waits for them then waits for a commit only, not for all the work.

    When somebody took them meanwhile, raises PlacesGone: undo the transaction and begin it anew.
    """
    if wanted and await store.take_places(tx, cohort.cohort_id, wanted) < wanted:
        raise PlacesGone


async def _settle_places(tx: Transaction, decided: _Decided) -> None:
    """Take a place in each cohort that pays now and did not; give back those of periods that never were."""
    before, after = domain.payers(decided.before), domain.payers(decided.after)
    for cohort_id in sorted(before ^ after):
        if cohort_id in before:
            await store.give_back_place(tx, cohort_id)
        elif not await store.take_places(tx, cohort_id, 1):
            raise Rejected(*COHORT_FULL)


async def _record(tx: Transaction, decided: Sequence[_Decided], act: Act) -> None:
    """Save what changed and announce it, in one go."""
    happened = [(one.before, one.after, one.events) for one in decided if one.after is not None and one.events]
    if not happened:
        return
    now = await clock.now(tx)
    await store.save(tx, [(before, after) for before, after, _ in happened])
    facts = [entry for _, after, events in happened for entry in messages.entries(after.worker_id, events, now)]
    await ledger.append(tx, facts, act)
