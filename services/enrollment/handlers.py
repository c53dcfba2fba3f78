"""Carry out commands: lock, then look, decide, save, announce; all in the transaction of the caller.

One path serves a single command and a chunk of thousands. Locks are taken in one order everywhere: hashes of NIKs,
stream heads, who is still to be compared (`uncompared`), places of a cohort, each sorted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TypeVar
from uuid import UUID, uuid4

from services.chassis import ledger
from services.chassis.ledger import Act, Entry
from services.chassis.postgres import Transaction
from services.chassis.received import Refused
from services.chassis.vault import Vault
from services.enrollment import domain, happened, store
from services.enrollment.cohorts import allotment, places, terms
from services.enrollment.cohorts import messages as cohort_messages
from services.enrollment.cohorts.allotment import NOTHING_AGREED, Agreed, Wanted
from services.enrollment.cohorts.place_store import Wish
from services.enrollment.cohorts.places import Given
from services.enrollment.domain import (
    Cohort,
    Command,
    CoverageStarted,
    Enroll,
    HandOverCard,
    Rejected,
    Renew,
    Worker,
    WorkerRegistered,
    ages,
    jkm,
    refusals,
)
from services.enrollment.happened import Happened
from services.enrollment.identity import candidates
from services.enrollment.imports.faults import Fault, refuse_repeated, refused
from services.enrollment.imports.pieces import Outcome
from services.enrollment.imports.rows import CardRow, KnownRow, PersonRow
from services.enrollment.messages import COVERAGE, Told

Row = TypeVar("Row", KnownRow, CardRow)


async def find_cohort(tx: Transaction, cohort_id: UUID) -> Cohort:
    """Give a cohort's terms."""
    found = (await store.cohorts(tx, [cohort_id])).get(cohort_id)
    if found is None:
        raise terms.not_known()
    return found


async def find_worker_of(tx: Transaction, coverage_id: UUID) -> UUID:
    """Tell whose membership it is."""
    found = await store.worker_of(tx, coverage_id)
    if found is None:
        raise domain.coverage_not_known()
    return found


async def carry_out(tx: Transaction, command: Command, act: Act) -> Worker:
    """Carry out one command about a worker, and give the worker as it is then; a merged one's is the survivor's.

    Who is merged between this look and the lock is refused, with the survivor's id.
    """
    holders = await store.holders(tx, [command.worker_id])
    command = replace(command, worker_id=holders[command.worker_id])
    await ledger.lock(tx, COVERAGE, [command.worker_id])
    worker = (await store.workers(tx, [command.worker_id])).get(command.worker_id)
    decided = happened.decide(worker, command)
    await happened.record(tx, [decided], act)
    await places.settle(tx, [(decided.before, decided.after)])
    if decided.after is None:
        raise domain.worker_not_known()
    return decided.after


async def correct_phone(tx: Transaction, vault: Vault, worker_id: UUID, phone: str | None, *, actor: str) -> Worker:
    """Put another telephone number into the person's document; who did it is on record.

    Nothing is announced: no other service holds the number, and nothing rests on it.
    """
    holder = (await store.holders(tx, [worker_id]))[worker_id]
    await ledger.lock(tx, COVERAGE, [holder])
    worker = refusals.known((await store.workers(tx, [holder])).get(holder))
    refusals.refuse_erased(worker)
    await vault.change(tx, holder, {"phone": phone}, actor=actor, purpose="correct a telephone number")
    return worker


async def follow(tx: Transaction, told: Sequence[Told]) -> None:
    """Follow what claims established about deaths. One established before changes nothing, an unknown worker parks."""
    holders = await store.holders(tx, [one.command.worker_id for one in told])
    await ledger.lock(tx, COVERAGE, holders.values())
    for one in told:
        try:
            await carry_out(tx, one.command, one.act)
        except Rejected as rejected:
            msg = f"{rejected.code}: {rejected.english}"
            raise Refused(msg) from None


async def enroll(
    tx: Transaction, vault: Vault, cohort: Cohort, rows: Sequence[PersonRow], today: date, act: Act
) -> Outcome:
    """Enroll a chunk of people, each NIK in one row, or let them wait for a place; who was enrolled before stays so."""
    hashed = {vault.blind(row.nik): row for row in rows}
    known = await store.find(tx, list(hashed))
    unknown = {nik_hash: uuid4() for nik_hash in hashed.keys() - known.keys()}
    known |= await store.claim_identities(tx, unknown)
    await ledger.lock(tx, COVERAGE, known.values())
    await _as_known(tx, known)
    brought = {nik_hash: new for nik_hash, new in unknown.items() if known.get(nik_hash) == new}
    # People whom this transaction brought have no state to look for.
    workers = await store.workers(tx, set(known.values()) - set(brought.values()))

    decided: dict[bytes, Happened] = {}
    rejected: list[Fault] = []
    first: dict[UUID, int] = {}
    for nik_hash, row in hashed.items():
        worker_id = known[nik_hash]
        worker = workers.get(worker_id)
        command = Enroll(
            worker_id,
            uuid4(),
            cohort,
            row.village_code,
            row.covered_from,
            today,
            row.activity,
            row.paid_on,
            row.paid_months,
        )
        try:
            refuse_repeated(first, worker_id, row.line)
            one = happened.decide(worker, command)
            for begun in (event for event in one.events if isinstance(event, CoverageStarted)):
                ages.refuse_age(cohort.segment, row.birth_date, begun.period.covered_from)
            decided[nik_hash] = one
        except Rejected as refusal:
            rejected.append(refused(row.line, refusal))

    takers = sorted((nik_hash for nik_hash, one in decided.items() if one.events), key=lambda h: hashed[h].line)
    wanted = [_wanted(decided[nik_hash], cohort, _agreed(hashed[nik_hash])) for nik_hash in takers]
    given = await places.foresee(tx, cohort.cohort_id, wanted)
    enrolled = [nik_hash for nik_hash in takers if known[nik_hash] in given.having]
    waiting = [nik_hash for nik_hash in takers if known[nik_hash] in given.waiting]
    await store.forget_identities(tx, list(brought.keys() - {*enrolled, *waiting}))
    new = [(known[h], hashed[h]) for h in (*enrolled, *waiting) if h in brought]
    await vault.seal(tx, [(worker_id, row.document()) for worker_id, row in new])
    await candidates.remember(tx, vault, new)
    outcome = [*(decided[h] for h in enrolled), *(_registered(decided[h]) for h in waiting)]
    await happened.record(tx, outcome, act, _waitlisted(cohort, wanted, given, today))
    await _take(tx, cohort, wanted, given, wish="cover", since=today)
    unchanged = len(decided) - len(enrolled) - len(waiting)
    return Outcome(len(enrolled), unchanged, tuple(rejected), len(waiting))


async def renew(
    tx: Transaction, vault: Vault, cohort: Cohort, rows: Sequence[KnownRow], today: date, act: Act
) -> Outcome:
    """Let the cohort pay a further period for a chunk of people, each NIK in one row, or let them wait for a place."""
    decided, rejected = await _ask(tx, vault, {row: partial(Renew, cohort=cohort, today=today) for row in rows})
    takers = [one for one in decided.values() if one.events]
    wanted = [_wanted(one, cohort) for one in takers]
    given = await places.foresee(tx, cohort.cohort_id, wanted)
    renewed = [one for one, want in zip(takers, wanted, strict=True) if want.worker_id in given.having]
    await happened.record(tx, renewed, act, _waitlisted(cohort, wanted, given, today))
    await _take(tx, cohort, wanted, given, wish="renewal", since=today)
    unchanged = len(decided) - len(renewed) - len(given.waiting)
    cautions = tuple(
        Fault(row.line, "nik", caution.code, caution.indonesian, caution.english)
        for row, one in decided.items()
        if one.events and one.before and one.after and one.after.worker_id in given.having
        for caution in jkm.begun_anew(one.before, one.after)
    )
    return Outcome(len(renewed), unchanged, tuple(rejected), len(given.waiting), cautions)


async def hand_over_cards(tx: Transaction, vault: Vault, rows: Sequence[CardRow], today: date, act: Act) -> Outcome:
    """Record for a chunk of people, each NIK in one row, that their cards were handed over."""
    decided, rejected = await _ask(
        tx,
        vault,
        {row: partial(HandOverCard, handed_on=row.handed_on, received_by=row.received_by, today=today) for row in rows},
    )
    handed = [one for one in decided.values() if one.events]
    await happened.record(tx, handed, act)
    return Outcome(len(handed), len(decided) - len(handed), tuple(rejected))


async def _as_known(tx: Transaction, known: Mapping[bytes, UUID]) -> None:
    """Begin anew if somebody was erased or merged while their head was waited for."""
    if await store.find(tx, list(known)) != known:
        raise places.PlacesMoved


async def _ask(
    tx: Transaction, vault: Vault, commands: Mapping[Row, Callable[[UUID], Command]]
) -> tuple[dict[Row, Happened], list[Fault]]:
    """Decide on a command for each row's person; who is not in the register is rejected."""
    hashed = {row: vault.blind(row.nik) for row in commands}
    known = await store.find(tx, list(hashed.values()))
    await ledger.lock(tx, COVERAGE, known.values())
    await _as_known(tx, known)
    workers = await store.workers(tx, known.values())
    decided: dict[Row, Happened] = {}
    rejected: list[Fault] = []
    first: dict[UUID, int] = {}
    for row, command in commands.items():
        try:
            worker_id = known.get(hashed[row])
            if worker_id is None:
                raise domain.worker_not_known()
            refuse_repeated(first, worker_id, row.line)
            worker = workers.get(worker_id)
            decided[row] = happened.decide(worker, command(worker_id))
        except Rejected as refusal:
            rejected.append(refused(row.line, refusal))
    return decided, rejected


async def _take(
    tx: Transaction, cohort: Cohort, wanted: Sequence[Wanted], foreseen: Given, *, wish: Wish, since: date
) -> None:
    """Take the places at the very end: whoever wants them too then waits for a commit only, not for all the work.

    When somebody took them meanwhile, raises PlacesMoved: undo the transaction and begin it anew.
    """
    if wanted and await places.take(tx, cohort.cohort_id, wanted, wish=wish, since=since) != foreseen:
        raise places.PlacesMoved


def _wanted(decided: Happened, cohort: Cohort, agreed: Agreed = NOTHING_AGREED) -> Wanted:
    """Tell which place the decided cover needs; what was agreed of the cover goes along."""
    if decided.after is None:
        raise domain.worker_not_known()
    return allotment.wanted_by(decided.after, cohort.cohort_id, agreed)


def _registered(decided: Happened) -> Happened:
    """Leave of what was decided only that the person is in the register."""
    return happened.of(decided.before, [event for event in decided.events if isinstance(event, WorkerRegistered)])


def _agreed(row: PersonRow) -> Agreed:
    return Agreed(row.covered_from, row.activity, row.paid_on, row.paid_months)


def _waitlisted(cohort: Cohort, wanted: Sequence[Wanted], given: Given, today: date) -> list[Entry]:
    return [
        cohort_messages.waitlisted(one.worker_id, cohort.cohort_id, one.village_code, today)
        for one in wanted
        if one.worker_id in given.waiting
    ]
