"""Carry out a command: lock the person, look, decide, save, announce; all in the transaction of the caller.

A person is the worker and whoever was merged with them. Names, accounts and stories go to the vault and nowhere else.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from services.chassis import ledger
from services.chassis.clock import BUSINESS_ZONE
from services.chassis.ledger import Act, Entry
from services.chassis.postgres import Transaction
from services.chassis.vault import Vault
from services.claims import coverage, domain, messages, payments, queries, store
from services.claims.claim import (
    ChangePayees,
    Channel,
    Circumstances,
    Claim,
    Command,
    Decide,
    Describe,
    Find,
    Findings,
    LookAgain,
    OrderPayment,
    Pay,
    Payee,
    Pend,
    Programme,
    ReceiveDocuments,
    Recheck,
    Rejected,
    Relation,
    Reopen,
    ReopenedFor,
    Report,
    Resume,
    RetractDeath,
    Return,
    Signal,
    Submit,
    Uphold,
    Void,
    VoidedFor,
)
from services.claims.reasons import Reason
from services.claims.rules import book_of
from services.claims.separated import RejectedRow
from services.claims.signals import known_about, signals
from services.claims.store import View


@dataclass(frozen=True, slots=True)
class PayeeIn:
    """Somebody to be paid; `sealed` is for the vault: name, bank, account.

    `payee_id` names a payee of the claim who stays, while something about them changes. Without it, whoever has the
    same relation, day of birth and account as a payee of the claim is taken for that one.
    """

    relation: Relation
    share: tuple[int, int]
    guardian: bool
    born_on: date | None
    sealed: dict[str, str] = field(repr=False)
    payee_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a file of recorded payments."""

    rows: int
    recorded: int
    unchanged: int
    rejected: tuple[RejectedRow, ...]


# --- The file ---------------------------------------------------------------------------------------------------------


async def report(
    tx: Transaction,
    *,
    worker_id: UUID,
    programme: Programme,
    incident_on: date,
    reported_on: date | None,
    channel: Channel = "counter",
    died_on: date | None = None,
    circumstances: Circumstances | None = None,
    account: dict[str, Any] | None = None,
    vault: Vault,
    act: Act,
) -> Claim:
    """Take in a first report; the claim waits if the worker is not known yet."""
    same = await store.same_person(tx, worker_id)
    view = (await _lock_then_look(tx, same))[worker_id]
    await store.hold_cover(tx, same)
    account_id = uuid4() if account else None
    reported = domain.report(
        Report(
            claim_id=uuid4(),
            worker_id=worker_id,
            programme=programme,
            incident_on=incident_on,
            reported_on=reported_on or today(view),
            at=view.at,
            today=today(view),
            worker_known=view.cover.state is not None,
            rules_from=view.book.first_day,
            channel=channel,
            died_on=died_on,
            circumstances=circumstances,
            account_id=account_id,
            others=view.claims,
        )
    )
    claim = domain.begin(reported)
    await _seal_account(tx, account_id, account, vault)
    await store.save(tx, [claim])
    await ledger.append(tx, messages.to_entries(claim, [reported], at=view.at), act)
    return claim


async def describe(
    tx: Transaction,
    claim_id: UUID,
    *,
    circumstances: Circumstances,
    account: dict[str, Any] | None,
    vault: Vault,
    act: Act,
) -> Claim:
    """Complete the first report of an accident; a story that is left out stays as it was told."""
    view, claim = await _find(tx, claim_id)
    account_id = uuid4() if account else None
    described = await _carry_out(tx, view, claim, Describe(circumstances, account_id, view.book, today(view)), act)
    await _seal_account(tx, account_id, account, vault)
    return described


async def receive_documents(
    tx: Transaction, claim_id: UUID, *, documents: Sequence[tuple[str, date | None]], act: Act
) -> Claim:
    """Take in documents of the checklist; one without a day is received today."""
    view, claim = await _find(tx, claim_id)
    received = [(code, received_on or today(view)) for code, received_on in documents]
    return await _carry_out(tx, view, claim, ReceiveDocuments(act.actor, received, view.book, today(view)), act)


async def find(tx: Transaction, claim_id: UUID, *, findings: Findings, act: Act) -> Claim:
    """Replace what was found out about the incident."""
    view, claim = await _find(tx, claim_id)
    return await _carry_out(tx, view, claim, Find(act.actor, findings, view.book, today(view)), act)


async def submit(
    tx: Transaction, claim_id: UUID, *, submitted_on: date | None, payees: Sequence[PayeeIn], vault: Vault, act: Act
) -> Claim:
    """Take in the application; of a claim that was reopened, without payees, for those of the one before."""
    view, claim = await _find(tx, claim_id)
    named = _named(claim, payees, vault)
    found = await _signals(tx, view, replace(claim, payees=named or claim.payees))
    command = Submit(act.actor, named, submitted_on or today(view), view.book, today(view), found)
    submitted = await _carry_out(tx, view, claim, command, act)
    await _seal_payees(tx, claim, named, payees, vault, act)
    return submitted


async def change_payees(tx: Transaction, claim_id: UUID, *, payees: Sequence[PayeeIn], vault: Vault, act: Act) -> Claim:
    """Replace the payees; whoever was paid must be among them."""
    view, claim = await _find(tx, claim_id)
    named = _named(claim, payees, vault)
    changed = await _carry_out(tx, view, claim, ChangePayees(act.actor, named, today(view)), act)
    await _seal_payees(tx, claim, named, payees, vault, act)
    return changed


# --- Holds, the decision, and what may be done about it ---------------------------------------------------------------


async def pend(tx: Transaction, claim_id: UUID, *, reasons: Sequence[Reason], act: Act) -> Claim:
    """Hold the claim."""
    view, claim = await _find(tx, claim_id)
    return await _carry_out(tx, view, claim, Pend(act.actor, tuple(reasons)), act)


async def resume(tx: Transaction, claim_id: UUID, *, act: Act) -> Claim:
    """Let a claim go on that a person held."""
    view, claim = await _find(tx, claim_id)
    return await _carry_out(tx, view, claim, Resume(act.actor, view.book, today(view)), act)


async def decide(tx: Transaction, claim_id: UUID, *, act: Act) -> Claim:
    """Decide on the cover and the rules of the day of the incident."""
    view, claim = await _find(tx, claim_id)
    found = await _signals(tx, view, claim)
    command = Decide(act.actor, today(view), view.cover, view.book, found, view.claims)
    return await _carry_out(tx, view, claim, command, act)


async def reopen(tx: Transaction, claim_id: UUID, *, cause: ReopenedFor, act: Act) -> Claim:
    """Let a decided or paid claim be decided anew."""
    view, claim = await _find(tx, claim_id)
    return await _carry_out(tx, view, claim, Reopen(act.actor, cause, today(view), view.claims), act)


async def void(tx: Transaction, claim_id: UUID, *, cause: VoidedFor, act: Act) -> Claim:
    """Take the claim out of the books, before anything of it was ordered."""
    view, claim = await _find(tx, claim_id)
    return await _carry_out(tx, view, claim, Void(act.actor, cause, today(view)), act)


async def retract_death(tx: Transaction, claim_id: UUID, *, act: Act) -> Claim:
    """Take back the death that the claim confirmed; what was paid is owed back."""
    view, claim = await _find(tx, claim_id)
    return await _carry_out(tx, view, claim, RetractDeath(act.actor, today(view)), act)


async def uphold(tx: Transaction, claim_id: UUID, *, act: Act) -> Claim:
    """Leave the decision as it stands, though cover changed since."""
    view, claim = await _find(tx, claim_id)
    return await _carry_out(tx, view, claim, Uphold(act.actor, today(view)), act)


# --- Money ------------------------------------------------------------------------------------------------------------


async def order_payment(tx: Transaction, claim_id: UUID, *, act: Act) -> Claim:
    """Order what is due; asking again orders nothing more."""
    view, claim = await _find(tx, claim_id)
    return await _carry_out(tx, view, claim, OrderPayment(act.actor, today(view), view.book, view.claims), act)


async def pay(
    tx: Transaction,
    claim_id: UUID,
    *,
    payment_id: UUID,
    paid_on: date,
    amount_idr: int,
    bank_reference: str | None,
    act: Act,
) -> Claim:
    """Take note that the money of a payment arrived."""
    await _refuse_line_of_another(tx, payment_id, bank_reference)
    view, claim = await _find(tx, claim_id)
    command = Pay(act.actor, payment_id, paid_on, amount_idr, bank_reference, today(view))
    return await _carry_out(tx, view, claim, command, act)


async def return_payment(
    tx: Transaction,
    claim_id: UUID,
    *,
    payment_id: UUID,
    returned_on: date,
    code: str,
    bank_reference: str | None,
    act: Act,
) -> Claim:
    """Take note that the money of a payment came back."""
    await _refuse_line_of_another(tx, payment_id, bank_reference)
    view, claim = await _find(tx, claim_id)
    command = Return(act.actor, payment_id, returned_on, code, bank_reference, today(view))
    return await _carry_out(tx, view, claim, command, act)


async def record_payments(tx: Transaction, content: bytes, *, today: date, act: Act) -> Recorded:
    """Record the payments of a file: good rows go in, a line that was recorded before changes nothing."""
    rows, rejected = payments.read(content, today=today, area_codes=messages.area_codes())
    read = len(rows) + len(rejected)
    keys = [messages.recorded_payment_key(payment.reference) for _, payment in rows]
    await ledger.lock(tx, messages.WRITES, keys)
    known = await store.recorded_payments(tx, keys)
    fresh = {}
    unchanged = 0
    for row, payment in rows:
        earlier = known.get(payment.reference)
        if earlier is None:
            known[payment.reference] = fresh[messages.recorded_payment_key(payment.reference)] = payment
        elif earlier == payment:
            unchanged += 1
        else:
            rejected.append(payments.changed(row))
    await store.record_payments(tx, fresh)
    await ledger.append(tx, [messages.recorded_payment(payment) for payment in fresh.values()], act)
    in_order = sorted(rejected, key=lambda refused: refused.row)
    return Recorded(read, len(fresh), unchanged, tuple(in_order))


# --- What happens by itself -------------------------------------------------------------------------------------------


async def recheck(tx: Transaction, waiting: Sequence[tuple[UUID, UUID]], *, act: Act) -> int:
    """Look again at claims that wait for their worker, given as (worker, claim); tells how many went on."""
    workers = {worker_id for worker_id, _ in waiting}
    await ledger.lock(tx, messages.WRITES, workers)
    views = await store.look(tx, sorted(workers))
    moved = [
        (claim, entries)
        for worker_id, claim_id in waiting
        for claim, entries in [_apply(views[worker_id], views[worker_id].claim(claim_id), _recheck(views[worker_id]))]
        if claim != views[worker_id].claim(claim_id)
    ]
    await _keep(tx, moved, act)
    return len(moved)


async def review(tx: Transaction, worker_ids: Sequence[UUID], *, act: Act) -> int:
    """Weigh the decisions about these people on their cover as it is now; tells of how many claims there is news."""
    people = {tuple(await store.same_person(tx, worker_id)) for worker_id in worker_ids}
    await ledger.lock(tx, messages.WRITES, {worker_id for same in people for worker_id in same})
    moved = []
    for same in sorted(people):
        for worker_id, view in (await _look(tx, same)).items():
            for claim in view.claims:
                if claim.worker_id == worker_id and claim.decision is not None:
                    book = await book_of(tx, claim.decision.question.edition)
                    now, entries = _apply(view, claim, LookAgain(today(view), view.cover, book))
                    moved += [(now, entries)] if now != claim else []
    await _keep(tx, moved, act)
    return len(moved)


# --- How --------------------------------------------------------------------------------------------------------------


async def _find(tx: Transaction, claim_id: UUID) -> tuple[View, Claim]:
    """Lock the person of the claim, and read the claim with all that is known of them."""
    same = await store.same_person(tx, claim_id=claim_id)
    if not same:
        raise unknown_claim(claim_id)
    views = await _lock_then_look(tx, same)
    claim = views[same[0]].claim(claim_id)
    return views[claim.worker_id], claim


async def _lock_then_look(tx: Transaction, same: Sequence[UUID]) -> dict[UUID, View]:
    await ledger.lock(tx, messages.WRITES, same)
    return await _look(tx, same)


async def _look(tx: Transaction, same: Sequence[UUID]) -> dict[UUID, View]:
    """Read for each of these, who are one person and locked, the cover that counts and the claims of them all."""
    views = await store.look(tx, same)
    covers = {str(worker): view.cover for worker, view in views.items()}
    if {other for cover in covers.values() for other in coverage.merged_with(cover.state)} - covers.keys():
        raise domain.merging()  # told between the two statements: whoever it is has not been locked
    claims = tuple(claim for view in views.values() for claim in view.claims)
    return {
        worker: replace(view, cover=coverage.shared(str(worker), covers), claims=claims)
        for worker, view in views.items()
    }


async def _carry_out(tx: Transaction, view: View, before: Claim, command: Command, act: Act) -> Claim:
    """Carry out a command on a claim that need not wait for its worker any more, where they are known by now."""
    claim, entries = _apply(view, before, _recheck(view), command)
    if claim != before:
        await _keep(tx, [(claim, entries)], act)
    return claim


def _apply(view: View, claim: Claim, *commands: Command) -> tuple[Claim, list[Entry]]:
    """Decide the commands one after the other, and give the claim as it then is, with what to announce."""
    entries: list[Entry] = []
    for command in commands:
        for event in domain.decide(claim, command):
            entries.extend(messages.to_entries(claim, [event], at=view.at))
            claim = domain.evolve(claim, event)
    return claim, entries


async def _keep(tx: Transaction, moved: Sequence[tuple[Claim, Sequence[Entry]]], act: Act) -> None:
    await store.save(tx, [claim for claim, _ in moved])
    await ledger.append(tx, [entry for _, entries in moved for entry in entries], act)


async def _signals(tx: Transaction, view: View, claim: Claim) -> tuple[Signal, ...]:
    return signals(claim, view.cover.state, await known_about(tx, claim, view.cover.state))


async def _refuse_line_of_another(tx: Transaction, payment_id: UUID, bank_reference: str | None) -> None:
    """Refuse a bank's line that told of another payment; asked one after the other, before anybody is locked."""
    if bank_reference is not None:
        await queries.one_file_at_a_time(tx)
        told_of = await store.payment_told_by(tx, bank_reference)
        if told_of not in {None, payment_id}:
            raise domain.bank_reference_used(bank_reference)


async def _seal_account(tx: Transaction, account_id: UUID | None, account: dict[str, Any] | None, vault: Vault) -> None:
    if account_id and account:
        await vault.seal(tx, [(account_id, account)])


def _named(claim: Claim, told: Sequence[PayeeIn], vault: Vault) -> tuple[Payee, ...]:
    """Give each payee an id, and the one that they have already where they are known."""
    known = {payee.payee_id: payee for payee in claim.payees}
    named = []
    for one in told:
        if one.payee_id is not None and one.payee_id not in known:
            raise Rejected(
                "PAYEE_UNKNOWN",
                indonesian=f"Penerima {one.payee_id} tidak ada dalam klaim ini, atau disebutkan dua kali.",
                english=f"This claim has no payee {one.payee_id}, or they are named twice.",
            )
        account = _account_index(one, vault)
        same = known.get(one.payee_id) if one.payee_id else _same_payee(one, account, known.values())
        if same:
            del known[same.payee_id]
        payee_id = same.payee_id if same else uuid4()
        index = account or (same.account_index if same else "")
        named.append(Payee(payee_id, one.relation, one.share, one.guardian, one.born_on, index))
    return tuple(named)


def _same_payee(one: PayeeIn, account: str, known: Iterable[Payee]) -> Payee | None:
    wanted = (one.relation, one.born_on, account)
    return next((payee for payee in known if (payee.relation, payee.born_on, payee.account_index) == wanted), None)


def _account_index(one: PayeeIn, vault: Vault) -> str:
    """Hash bank and account, however they are written, so that the same account is known again."""
    bank, account = (
        "".join(sign for sign in one.sealed.get(part, "").upper() if sign.isalnum()) for part in ("bank", "account")
    )
    return vault.blind(f"account:{bank}{account}").hex() if account else ""


async def _seal_payees(
    tx: Transaction, before: Claim, named: Sequence[Payee], told: Sequence[PayeeIn], vault: Vault, act: Act
) -> None:
    """Seal what is told of the payees: of new ones, and instead of what was known of those who stay."""
    known = {payee.payee_id for payee in before.payees}
    sealed = {payee.payee_id: one.sealed for payee, one in zip(named, told, strict=True) if one.sealed}
    stay = {payee_id: document for payee_id, document in sealed.items() if payee_id in known}
    new = [(payee_id, document) for payee_id, document in sealed.items() if payee_id not in known]
    if new:
        await vault.seal(tx, new)
    if stay:
        await vault.change_all(tx, stay, actor=act.actor, purpose=f"payees of claim {before.claim_id}")


def _recheck(view: View) -> Recheck:
    return Recheck(view.at, worker_known=view.cover.state is not None)


def today(view: View) -> date:
    """Tell the business date of the view."""
    return view.at.astimezone(BUSINESS_ZONE).date()


def unknown_claim(claim_id: UUID) -> Rejected:
    """Say that there is no such claim."""
    return Rejected(
        "CLAIM_UNKNOWN",
        indonesian=f"Klaim {claim_id} tidak ada; periksa nomornya.",
        english=f"There is no claim {claim_id}; check its number.",
    )
