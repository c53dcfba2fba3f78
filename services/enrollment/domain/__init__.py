"""The rules of enrollment: who is covered by which cohort, from when until when, and what must be announced of it.

A worker holds memberships; each is a row of periods that cohorts pay, one period per cohort, none overlapping. A
period is half-open: it covers `covered_from` and every day before its end. The rules, each decided once and here:

- A cohort pays for a worker once; asking again changes nothing, whatever became of that period meanwhile.
- A termination cuts the periods known at that moment; a later renewal is new cover.
- A correction replaces what one cohort pays in one membership, with any cut that was put to it.
- The day of death is covered, later days are not. Death leaves the periods as they are, so its reversal needs no
  memory; who is recorded as dead is neither enrolled nor renewed.
- A death that a claim establishes goes before a clerk's record of it, and only that claim takes it back.
- The end of a membership is the end of its last period. It is announced once: by reminders before, then as expired,
  or by the termination. `announced_until` is the latest end so announced, `due_on` the next day on which something is
  due, and `resumes` where the reminders of an end that was left go on, so that none comes twice. A gap between two paid
  periods is a gap in cover, not the end of the membership.
"""

from dataclasses import replace

from services.enrollment.domain import cards, coverage, deaths, due
from services.enrollment.domain.cohort import ApproveCohort, approve
from services.enrollment.domain.commands import (
    Command,
    Correct,
    Enroll,
    HandOverCard,
    PassDay,
    RegisterDeath,
    Renew,
    ReverseDeath,
    Terminate,
)
from services.enrollment.domain.coverage import payers
from services.enrollment.domain.due import REMINDER_DAYS, announce_end, next_due
from services.enrollment.domain.events import (
    CardHandedOver,
    CoverageCorrected,
    CoverageExpired,
    CoverageExpiring,
    CoverageRenewed,
    CoverageStarted,
    CoverageTerminated,
    Event,
    WorkerDeathReversed,
    WorkerDeceased,
    WorkerRegistered,
)
from services.enrollment.domain.model import (
    OPEN,
    Card,
    Cohort,
    Funding,
    LegalBasis,
    Membership,
    Period,
    Programme,
    Reason,
    Receiver,
    Segment,
    Worker,
)
from services.enrollment.domain.refusals import NotKnown, Rejected, coverage_not_known, worker_not_known

__all__ = [
    "OPEN",
    "REMINDER_DAYS",
    "ApproveCohort",
    "Card",
    "CardHandedOver",
    "Cohort",
    "Command",
    "Correct",
    "CoverageCorrected",
    "CoverageExpired",
    "CoverageExpiring",
    "CoverageRenewed",
    "CoverageStarted",
    "CoverageTerminated",
    "Enroll",
    "Event",
    "Funding",
    "HandOverCard",
    "LegalBasis",
    "Membership",
    "NotKnown",
    "PassDay",
    "Period",
    "Programme",
    "Reason",
    "Receiver",
    "RegisterDeath",
    "Rejected",
    "Renew",
    "ReverseDeath",
    "Segment",
    "Terminate",
    "Worker",
    "WorkerDeathReversed",
    "WorkerDeceased",
    "WorkerRegistered",
    "announce_end",
    "approve",
    "coverage_not_known",
    "decide",
    "evolve",
    "next_due",
    "payers",
    "worker_not_known",
]


def decide(worker: Worker | None, command: Command) -> list[Event]:  # noqa: PLR0911 - one per command
    """Say what happens because of the command: nothing new is an empty list, a broken rule raises Rejected."""
    match command:
        case Enroll():
            return coverage.enroll(worker, command)
        case Renew():
            return coverage.renew(worker, command)
        case Terminate():
            return coverage.terminate(worker, command)
        case Correct():
            return coverage.correct(worker, command)
        case RegisterDeath():
            return deaths.register(worker, command)
        case ReverseDeath():
            return deaths.reverse(worker, command)
        case HandOverCard():
            return cards.hand_over(worker, command)
        case PassDay():
            return due.pass_day(worker, command)


def evolve(worker: Worker | None, event: Event) -> Worker:  # noqa: C901, PLR0911 - one case per event
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
        case CoverageStarted():
            return coverage.begun(worker, event)
        case CoverageRenewed():
            return coverage.renewed(worker, event)
        case CoverageCorrected():
            return coverage.corrected(worker, event)
        case CoverageTerminated():
            return coverage.terminated(worker, event)
        case CoverageExpiring():
            return worker.having(replace(worker.membership(event.coverage_id), due_on=event.due_next))
        case CoverageExpired():
            held = worker.membership(event.coverage_id)
            return worker.having(replace(held, due_on=None, announced_until=event.covered_until))
        case CardHandedOver():
            return worker.having(cards.handed(worker.membership(event.coverage_id), event.card))
