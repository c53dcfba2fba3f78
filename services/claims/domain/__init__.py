"""A claim from first report to payment, and the rules by which it moves on.

    waiting --> reported --> submitted --> decided --> ordered --> paid
               (worker known) (proposer)  (decider)   (payer)      (bank)
                   ^                          |  ^        |          |
                   |                          |  +--returned        |
                   +--------- reopened -------+------<--------------+

    pended     from any state before an order, and back to where it was
    void       before any order; or because the death was retracted, and then what was paid is owed back

- Proposer, decider and payer are three people: whoever put findings, payees or the application into the file neither
  decides nor pays, and in an appeal another decider sits.
- Service clocks run from the day on which nothing is missing. They stand while something is asked of the family, and
  begin anew with its answer; what is late by then stays late.
- Payees that are changed after a decision are looked at by somebody who prepared nothing, before anything is paid; who
  did so, or upheld the decision, does not pay.
- Each decision replaces the one before in whole. What was paid stays paid: more is ordered, less is shown as overpaid.
- A death is paid once, and so is an accident of a day.
- Whatever is asked twice happens once.

`decide` says which events follow from a command, `evolve` what an event makes of the claim. Both are pure: time, ids,
cover and other claims come in with the command. No event means that nothing is new.
"""

from typing import assert_never

from services.claims.claim import Claim
from services.claims.commands import (
    ChangePayees,
    Command,
    Decide,
    Describe,
    Find,
    LookAgain,
    OrderPayment,
    Pay,
    Pend,
    ReceiveDocuments,
    Recheck,
    Reopen,
    Resume,
    RetractDeath,
    Return,
    Submit,
    Uphold,
    Void,
)
from services.claims.domain import deciding, file, holds, paying, reopening, reporting, review
from services.claims.domain.holds import CASES, checklist, missing_documents
from services.claims.domain.paying import bank_reference_used
from services.claims.domain.refusals import merging
from services.claims.domain.reporting import UNKNOWN_WORKER_WAITS_MAX, begin, report, still_held_for
from services.claims.events import (
    BankLineMatched,
    BankLineOutrun,
    Completed,
    DeathConfirmed,
    DeathRetracted,
    Decided,
    Described,
    DocumentsReceived,
    Event,
    Found,
    Paid,
    PayeesChanged,
    PaymentOrdered,
    Pended,
    Reopened,
    Reported,
    Rerouted,
    Resumed,
    Returned,
    ReviewRequired,
    ReviewSettled,
    Submitted,
    Voided,
    Weighed,
    WorkerBecameKnown,
)

__all__ = [
    "CASES",
    "UNKNOWN_WORKER_WAITS_MAX",
    "bank_reference_used",
    "begin",
    "checklist",
    "decide",
    "evolve",
    "merging",
    "missing_documents",
    "report",
    "still_held_for",
]


def decide(claim: Claim, command: Command) -> list[Event]:  # noqa: C901, PLR0911, PLR0912 - one case per command
    """Say which events follow from the command; none means that nothing is new, a broken rule raises Rejected."""
    match command:
        case Recheck():
            return reporting.recheck(claim, command)
        case Describe():
            return reporting.describe(claim, command)
        case ReceiveDocuments():
            return file.receive(claim, command)
        case Find():
            return file.find(claim, command)
        case Submit():
            return file.submit(claim, command)
        case ChangePayees():
            return file.change_payees(claim, command)
        case Pend():
            return holds.pend(claim, command)
        case Resume():
            return holds.resume(claim, command)
        case Decide():
            return deciding.decide(claim, command)
        case OrderPayment():
            return paying.order(claim, command)
        case Pay():
            return paying.pay(claim, command)
        case Return():
            return paying.give_back(claim, command)
        case Reopen():
            return reopening.reopen(claim, command)
        case Void():
            return reopening.void(claim, command)
        case RetractDeath():
            return reopening.retract_death(claim, command)
        case LookAgain():
            return review.look_again(claim, command)
        case Uphold():
            return review.uphold(claim, command)
        case _:
            assert_never(command)


def evolve(claim: Claim, event: Event) -> Claim:  # noqa: C901, PLR0911, PLR0912 - one case per event
    """Say what the event makes of the claim."""
    match event:
        case Reported():
            return begin(event)
        case WorkerBecameKnown():
            return reporting.known(claim)
        case Described():
            return reporting.with_circumstances(claim, event)
        case DocumentsReceived():
            return file.received(claim, event)
        case Found():
            return file.found(claim, event)
        case Submitted():
            return file.submitted(claim, event)
        case Completed():
            return holds.completed(claim, event)
        case PayeesChanged():
            return file.payees_changed(claim, event)
        case Pended():
            return holds.pended(claim, event)
        case Weighed():
            return deciding.weighed(claim, event)
        case Resumed():
            return holds.resumed(claim, event)
        case Rerouted():
            return deciding.rerouted(claim, event)
        case Decided():
            return deciding.decided(claim, event)
        case DeathConfirmed() | DeathRetracted():
            return claim
        case PaymentOrdered():
            return paying.ordered(claim, event)
        case Paid():
            return paying.paid(claim, event)
        case Returned():
            return paying.returned(claim, event)
        case BankLineMatched():
            return paying.matched(claim, event)
        case BankLineOutrun():
            return paying.outrun(claim, event)
        case Reopened():
            return reopening.reopened(claim, event)
        case Voided():
            return reopening.voided(claim, event)
        case ReviewRequired():
            return review.required(claim, event)
        case ReviewSettled():
            return review.settled(claim, event)
        case _:
            assert_never(event)
