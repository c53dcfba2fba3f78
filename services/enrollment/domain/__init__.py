"""The rules of enrollment: who is covered by which cohort, from when until when, and what must be announced of it.

A worker holds memberships; each is a row of periods that cohorts pay, none overlapping: one period per cohort, and of
self-payers one per payment. A period is half-open: it covers `covered_from` and every day before its end. The rules,
each decided once and here:

- A cohort takes a worker in once; asking again changes nothing, whatever became of that period meanwhile.
- A termination cuts the periods known at that moment; a later renewal is new cover.
- A correction replaces what one cohort pays in one membership, with any cut that was put to it.
- What was entered in error is voided whole: it never was, and its cohort may take the person in anew.
- A suspension stands until a reinstatement, whatever else happens; the calendar goes on beneath it, and what is paid
  anew of the membership is suspended as it was.
- What a self-payer pays by the end of the grace joins without a gap, also when it is learned later; after that it
  begins new cover. What whoever died in grace owed up to the death may be settled after it, and nothing beyond.
- Two payers of one activity on one day are told once; a person decides about them, and nothing changes by itself.
- The day of death is covered, later days are not. Death leaves the periods as they are, so its reversal needs no
  memory; who is recorded as dead is neither enrolled nor renewed.
- A death that a claim establishes goes before a clerk's record of it, and only that claim takes it back.
- From a relocation on the worker's cover counts in the new village; earlier days stay where they were.
- An entry that was merged into another holds nothing: whatever is asked of it is asked of the survivor.
- Of who was erased nothing is changed any more, but for a death that a claim establishes or takes back.
- The end of a membership is the end of its last period. It is announced once: by reminders before, then as expired,
  or by the termination; and so is the end of a self-payer's grace after it. `announced_until` and `inactivated_until`
  are the latest so announced, `due_on` the next day on which something is due, and `resumes` where the reminders of an
  end that was left go on, so that none comes twice. A gap between two paid periods is no end of the membership.
"""

from functools import reduce

from services.enrollment.domain import cards, coverage, deaths, double_funding, due, identity, payment, suspension
from services.enrollment.domain.commands import (
    Command,
    Correct,
    DecideDoubleFunding,
    Enroll,
    HandOverCard,
    Pay,
    RegisterDeath,
    Reinstate,
    Relocate,
    Renew,
    ReverseDeath,
    Suspend,
    Terminate,
    Void,
)
from services.enrollment.domain.double_funding import finding_not_known, overlaps
from services.enrollment.domain.due import REMINDER_DAYS, announce, grace_end, next_due
from services.enrollment.domain.events import (
    Announcement,
    CardHandedOver,
    CardIssued,
    CoverageCorrected,
    CoverageExpired,
    CoverageExpiring,
    CoverageInactivated,
    CoverageReinstated,
    CoverageRenewed,
    CoverageStarted,
    CoverageSuspended,
    CoverageTerminated,
    CoverageVoided,
    DoubleFundingDecided,
    DoubleFundingFound,
    Event,
    WorkerDeathReversed,
    WorkerDeceased,
    WorkerMergedInto,
    WorkerRegistered,
    WorkerRelocated,
    WorkersMerged,
    WorkersUnmerged,
)
from services.enrollment.domain.model import (
    OPEN,
    Activity,
    Card,
    Cohort,
    Finding,
    Funding,
    LegalBasis,
    Membership,
    Outcome,
    Period,
    Programme,
    Reason,
    Receiver,
    Relocation,
    Segment,
    Suspension,
    SuspensionReason,
    VoidReason,
    Worker,
    village_on,
)
from services.enrollment.domain.payment import months_owed
from services.enrollment.domain.refusals import NotKnown, Rejected, coverage_not_known, refuse_erased, worker_not_known
from services.enrollment.domain.status import Status, status_on

__all__ = [
    "OPEN",
    "REMINDER_DAYS",
    "Activity",
    "Announcement",
    "Card",
    "CardHandedOver",
    "CardIssued",
    "Cohort",
    "Command",
    "Correct",
    "CoverageCorrected",
    "CoverageExpired",
    "CoverageExpiring",
    "CoverageInactivated",
    "CoverageReinstated",
    "CoverageRenewed",
    "CoverageStarted",
    "CoverageSuspended",
    "CoverageTerminated",
    "CoverageVoided",
    "DecideDoubleFunding",
    "DoubleFundingDecided",
    "DoubleFundingFound",
    "Enroll",
    "Event",
    "Finding",
    "Funding",
    "HandOverCard",
    "LegalBasis",
    "Membership",
    "NotKnown",
    "Outcome",
    "Pay",
    "Period",
    "Programme",
    "Reason",
    "Receiver",
    "RegisterDeath",
    "Reinstate",
    "Rejected",
    "Relocate",
    "Relocation",
    "Renew",
    "ReverseDeath",
    "Segment",
    "Status",
    "Suspend",
    "Suspension",
    "SuspensionReason",
    "Terminate",
    "Void",
    "VoidReason",
    "Worker",
    "WorkerDeathReversed",
    "WorkerDeceased",
    "WorkerMergedInto",
    "WorkerRegistered",
    "WorkerRelocated",
    "WorkersMerged",
    "WorkersUnmerged",
    "announce",
    "coverage_not_known",
    "decide",
    "evolve",
    "finding_not_known",
    "grace_end",
    "months_owed",
    "next_due",
    "overlaps",
    "status_on",
    "village_on",
    "worker_not_known",
]


ADDS_COVER = (CoverageStarted, CoverageRenewed, CoverageCorrected, WorkerDeathReversed)


def decide(worker: Worker | None, command: Command) -> list[Event]:
    """Say what happens because of the command: nothing new is an empty list, a broken rule raises Rejected."""
    if not _established_by_claim(command):
        refuse_erased(worker)
    identity.refuse_merged(worker)
    happens = _decide(worker, command)
    if worker is None or not worker.memberships:
        return happens
    adding = next((event for event in happens if isinstance(event, ADDS_COVER)), None)
    if adding is None:
        return happens
    return [*happens, *double_funding.found(reduce(evolve, happens, worker), adding.known_on)]


def _established_by_claim(command: Command) -> bool:
    """Tell whether claims told this: it happened, and is followed whoever the worker was."""
    return isinstance(command, RegisterDeath | ReverseDeath) and command.claim_id is not None


def _decide(worker: Worker | None, command: Command) -> list[Event]:  # noqa: C901, PLR0911, PLR0912 - one case each
    match command:
        case Enroll():
            return coverage.enroll(worker, command)
        case Renew():
            return coverage.renew(worker, command)
        case Terminate():
            return coverage.terminate(worker, command)
        case Correct():
            return coverage.correct(worker, command)
        case Void():
            return coverage.void(worker, command)
        case Suspend():
            return suspension.suspend(worker, command)
        case Reinstate():
            return suspension.reinstate(worker, command)
        case Pay():
            return payment.pay(worker, command)
        case DecideDoubleFunding():
            return double_funding.decide(worker, command)
        case RegisterDeath():
            return deaths.register(worker, command)
        case ReverseDeath():
            return deaths.reverse(worker, command)
        case Relocate():
            return identity.relocate(worker, command)
        case HandOverCard():
            return cards.hand_over(worker, command)


def evolve(worker: Worker | None, event: Event) -> Worker:  # noqa: C901, PLR0911, PLR0912 - one case per event
    """Give the worker as the event leaves them."""
    if isinstance(event, WorkerRegistered):
        return Worker(event.worker_id, event.village_code)
    if worker is None:
        msg = "the first event of a worker registers them"
        raise AssertionError(msg)
    match event:
        case WorkerDeceased():
            return deaths.died(worker, event)
        case WorkerDeathReversed():
            return deaths.alive(worker, event)
        case WorkerRelocated():
            return identity.relocated(worker, event)
        case WorkersMerged():
            return identity.merged_into_this(worker, event)
        case WorkerMergedInto():
            return identity.merged_away(worker, event)
        case WorkersUnmerged():
            return identity.unmerged(worker, event)
        case CoverageStarted():
            return coverage.begun(worker, event)
        case CoverageRenewed():
            return coverage.renewed(worker, event)
        case CoverageCorrected():
            return coverage.corrected(worker, event)
        case CoverageTerminated():
            return coverage.terminated(worker, event)
        case CoverageVoided():
            return coverage.voided(worker, event)
        case CoverageSuspended():
            return suspension.suspended(worker, event)
        case CoverageReinstated():
            return suspension.reinstated(worker, event)
        case CoverageExpiring():
            return due.reminded(worker, event)
        case CoverageExpired():
            return due.expired(worker, event)
        case CoverageInactivated():
            return due.inactivated(worker, event)
        case DoubleFundingFound():
            return double_funding.noted(worker, event)
        case DoubleFundingDecided():
            return double_funding.decided(worker, event)
        case CardIssued():
            return worker  # whose card bears which number is kept beside the worker
        case CardHandedOver():
            return cards.handed(worker, event)
