"""Cards that the agency issued: the number (KPJ) stands in the vault, and its keyed hash finds the person.

A number is one person's. The hashes are taken after the heads, all in one statement and in their order, so that of two
who give one number to two people one waits, and is then refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from services.chassis import clock, ledger
from services.chassis.ledger import Act
from services.chassis.postgres import Transaction
from services.chassis.vault import Vault
from services.enrollment import domain, messages, store
from services.enrollment.domain import Rejected, Worker
from services.enrollment.domain.issuing import Issue, IssueCard, IssuedCard, issue
from services.enrollment.identity import kpj as numbers
from services.enrollment.identity import store as identity_store
from services.enrollment.imports.faults import Fault, refuse_repeated, refused
from services.enrollment.imports.pieces import Outcome
from services.enrollment.messages import COVERAGE

PURPOSE = "the number of a card"


class Row(Protocol):
    """A person whose card was issued."""

    @property
    def line(self) -> int: ...
    @property
    def nik(self) -> str: ...
    @property
    def issued_on(self) -> date: ...
    @property
    def kpj(self) -> str: ...


@dataclass(frozen=True, slots=True)
class _Decided:
    worker: Worker
    kpj: str
    issue: Issue


async def issue_card(
    tx: Transaction, vault: Vault, coverage_id: UUID, issued_on: date, kpj: str, today: date, act: Act
) -> Worker:
    """Record that the card of a membership was issued, and give the worker."""
    worker_id = await store.worker_of(tx, coverage_id)
    if worker_id is None:
        raise domain.coverage_not_known()
    await ledger.lock(tx, COVERAGE, [worker_id])
    worker = (await store.workers(tx, [worker_id]))[worker_id]
    command = IssueCard(worker_id, coverage_id, issued_on, _hash(vault, kpj), today)
    wanted = issue(worker, command, await _issued(tx, [worker]))
    taken = await _record(tx, vault, [_Decided(worker, kpj, wanted)] if wanted else [], act)
    if taken:
        raise _taken()
    return worker


async def issue_cards(tx: Transaction, vault: Vault, rows: Sequence[Row], today: date, act: Act) -> Outcome:
    """Record for a chunk of people, each NIK and each number in one row, that their cards were issued."""
    hashed = {vault.blind(row.nik): row for row in rows}
    known = await store.find(tx, list(hashed))
    await ledger.lock(tx, COVERAGE, known.values())
    workers = await store.workers(tx, set(known.values()))
    issued = await _issued(tx, list(workers.values()))
    decided: dict[int, _Decided] = {}
    rejected: list[Fault] = []
    first: dict[UUID, int] = {}
    for nik_hash, row in hashed.items():
        try:
            worker = workers.get(known.get(nik_hash, UUID(int=0)))
            if worker is None:
                raise domain.worker_not_known()
            refuse_repeated(first, worker.worker_id, row.line)
            command = IssueCard(worker.worker_id, None, row.issued_on, _hash(vault, row.kpj), today)
            held = {membership.coverage_id for membership in worker.memberships}
            wanted = issue(worker, command, [card for card in issued if card.coverage_id in held])
            if wanted is not None:
                decided[row.line] = _Decided(worker, row.kpj, wanted)
        except Rejected as refusal:
            rejected.append(refused(row.line, refusal))
    taken = await _record(tx, vault, list(decided.values()), act)
    lost = [line for line, one in decided.items() if one.issue.card.number in taken]
    rejected.extend(refused(line, _taken()) for line in lost)
    unchanged = len(rows) - len(decided) - len(rejected) + len(lost)
    return Outcome(len(decided) - len(lost), unchanged, tuple(rejected))


async def find(tx: Transaction, vault: Vault, kpj: str, *, actor: str) -> Worker:
    """Find whose card bears the number; logged with the reader."""
    worker_id = await identity_store.bearer(tx, _hash(vault, kpj))
    if worker_id is None:
        raise domain.NotKnown(
            "kpj_not_known",
            "Tidak ada kartu dengan nomor KPJ ini. Periksa nomornya, atau cari dengan NIK.",
            "No card bears this KPJ. Check the number, or search by NIK.",
        )
    await vault.open(tx, worker_id, actor=actor, purpose="find by KPJ")
    return (await store.workers(tx, [worker_id]))[worker_id]


def _hash(vault: Vault, kpj: str) -> bytes:
    return vault.blind(numbers.hashed(kpj))


def _taken() -> Rejected:
    return Rejected(
        "kpj_taken",
        "Nomor KPJ ini sudah tercatat pada orang lain. Periksa nomor pada kartu; jika kedua catatan adalah satu orang, "
        "usulkan penggabungan.",
        "This KPJ is recorded for somebody else. Check the number on the card; if both entries are one person, propose "
        "to merge them.",
    )


async def _issued(tx: Transaction, workers: Sequence[Worker]) -> list[IssuedCard]:
    return await identity_store.issued(tx, [held.coverage_id for worker in workers for held in worker.memberships])


async def _record(tx: Transaction, vault: Vault, decided: Sequence[_Decided], act: Act) -> set[bytes]:
    """Keep the cards and tell of them; gives the numbers that are somebody else's, of whose cards nothing is kept."""
    wanted = {one.issue.card.number for one in decided}
    free = _not_of_others(decided, await identity_store.known_numbers(tx, wanted))
    await identity_store.remove_cards(tx, [one.issue.instead_of for one in free if one.issue.instead_of])
    kept = await identity_store.add_cards(tx, [one.issue.card for one in free])
    # Somebody took these numbers meanwhile: what was to be replaced by them stays.
    lost = [one.issue.instead_of for one in free if one.issue.card.number not in kept]
    await identity_store.add_cards(tx, [card for card in lost if card is not None])
    done = [one for one in free if one.issue.card.number in kept]
    fields = {
        one.worker.worker_id: {numbers.field(one.issue.card.coverage_id, one.issue.card.issued_on): one.kpj}
        for one in done
    }
    await vault.change_all(tx, fields, actor=act.actor, purpose=PURPOSE)
    now = await clock.now(tx)
    facts = [entry for one in done for entry in messages.entries(one.worker.worker_id, one.issue.events, now)]
    await ledger.append(tx, facts, act)
    return wanted - kept


def _not_of_others(decided: Sequence[_Decided], held: set[bytes]) -> list[_Decided]:
    """Leave out whose number is held; a number that a card here had wrongly becomes free with it."""
    free = list(decided)
    while True:
        freed = {one.issue.instead_of.number for one in free if one.issue.instead_of is not None}
        fitting = [one for one in free if one.issue.card.number not in held - freed]
        if len(fitting) == len(free):
            return free
        free = fitting
