"""The file of a claim: from the first report to the application."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from services.chassis import ledger
from services.chassis.ledger import Act
from services.chassis.postgres import Transaction
from services.chassis.vault import Vault
from services.claims import coverage, domain, messages, store
from services.claims.claim import Channel, Circumstances, Claim, Findings, Programme
from services.claims.commands import ChangePayees, Describe, Find, ReceiveDocuments, Report, Submit
from services.claims.handlers.carry_out import carry_out, find_claim, lock_then_look, signals_of, today
from services.claims.handlers.named import PayeeIn, named_payees, seal_account, seal_payees


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
    view = (await lock_then_look(tx, same))[worker_id]
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
    await seal_account(tx, account_id, account, vault)
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
    view, claim = await find_claim(tx, claim_id)
    account_id = uuid4() if account else None
    described = await carry_out(tx, view, claim, Describe(circumstances, account_id, view.book, today(view)), act)
    await seal_account(tx, account_id, account, vault)
    return described


async def receive_documents(
    tx: Transaction, claim_id: UUID, *, documents: Sequence[tuple[str, date | None]], act: Act
) -> Claim:
    """Take in documents of the checklist; one without a day is received today."""
    view, claim = await find_claim(tx, claim_id)
    received = [(code, received_on or today(view)) for code, received_on in documents]
    return await carry_out(tx, view, claim, ReceiveDocuments(act.actor, received, view.book, today(view)), act)


async def find(
    tx: Transaction, claim_id: UUID, *, findings: Findings, work_related: bool | None = None, act: Act
) -> Claim:
    """Replace what was found out about the incident; whether work caused it stays as it was, unless it is told."""
    view, claim = await find_claim(tx, claim_id)
    caused = claim.findings.work_related if work_related is None else work_related
    found = replace(findings, work_related=caused)
    return await carry_out(tx, view, claim, Find(act.actor, found, view.book, today(view)), act)


async def submit(
    tx: Transaction, claim_id: UUID, *, submitted_on: date | None, payees: Sequence[PayeeIn], vault: Vault, act: Act
) -> Claim:
    """Take in the application; of a claim that was reopened, without payees, for those of the one before."""
    view, claim = await find_claim(tx, claim_id)
    named = named_payees(claim, payees, vault)
    found = await signals_of(tx, view, replace(claim, payees=named or claim.payees))
    died_on = coverage.died_on(view.cover.state)
    command = Submit(act.actor, named, submitted_on or today(view), view.book, today(view), found, died_on)
    submitted = await carry_out(tx, view, claim, command, act)
    await seal_payees(tx, claim, named, payees, vault, act)
    return submitted


async def change_payees(tx: Transaction, claim_id: UUID, *, payees: Sequence[PayeeIn], vault: Vault, act: Act) -> Claim:
    """Replace the payees; whoever was paid must be among them."""
    view, claim = await find_claim(tx, claim_id)
    named = named_payees(claim, payees, vault)
    found = await signals_of(tx, view, replace(claim, payees=named))
    died_on = coverage.died_on(view.cover.state)
    command = ChangePayees(act.actor, named, view.book, today(view), found, died_on)
    changed = await carry_out(tx, view, claim, command, act)
    await seal_payees(tx, claim, named, payees, vault, act)
    return changed
