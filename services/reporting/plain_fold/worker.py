"""Keep what a worker's facts say of memberships, death and moves. What each fact does:

- CoverageStarted and CoverageRenewed each add a period to their membership. CoverageCorrected puts its period in the
  place of all that the same cohort pays in the same membership, whatever had been cut from it; an empty one leaves
  nothing there.
- CoverageTerminated cuts the periods that its membership has at that moment, with their grace; one that is added or
  corrected later is whole.
- The newest report of a death counts. WorkerDeathReversed takes the death away, and every cut that a termination for
  death made. Other cuts stay.
- CoverageSuspended makes its day and all later ones suspended days of the membership, CoverageReinstated makes its day
  and all later ones none, whatever periods there are or will be.
- WorkerRelocated says where the worker's days count from its day on; of two with one day, the one told last.
- CoverageVoided takes the membership away, with its suspensions. WorkersMerged puts the memberships that it lists in
  the place of what is known of them. WorkerMergedInto takes all memberships away. WorkersUnmerged takes away those that
  left, and puts those that it lists. None of them says anything of deaths and relocations.
- CoverageInactivated only says that grace is over. All other facts change no cover.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from payung_contracts import enrollment
from payung_contracts.enrollment import CoverageFact, Held
from payung_contracts.fact import Funding, Period, Segment


@dataclass(frozen=True, slots=True)
class Spell:
    """A period that a cohort pays in a membership, and the first days that terminations took from it.

    Ids are text here, written once: every fact looks at every spell anew, and a UUID is slow to compare and to hash.
    """

    coverage_id: str
    cohort_id: str
    segment: Segment
    village_code: str
    funding: Funding
    covered_from: date
    covered_until: date | None
    grace_until: date | None = None
    cut_at: date | None = None
    cut_for_death: date | None = None


@dataclass(frozen=True, slots=True)
class Worker:
    """All that matters of a worker's facts so far."""

    spells: tuple[Spell, ...] = ()
    died_on: date | None = None
    suspensions: tuple[tuple[str, date, date | None], ...] = ()
    """(coverage id, first suspended day, first day after, if there is one)"""
    moves: tuple[tuple[date, str], ...] = ()
    """(day, village), in the order of the days"""


def learn(worker: Worker, fact: CoverageFact) -> Worker:  # noqa: C901, PLR0911, PLR0912 - one case per fact
    """Give the worker as the fact leaves them."""
    match fact:
        case enrollment.CoverageStarted() | enrollment.CoverageRenewed():
            return replace(worker, spells=(*worker.spells, _spell(fact)))
        case enrollment.CoverageCorrected():
            right = _spell(fact)
            others = tuple(spell for spell in worker.spells if payer(spell) != payer(right))
            return replace(worker, spells=(*others, right))
        case enrollment.CoverageTerminated():
            return replace(worker, spells=tuple(_cut(spell, fact) for spell in worker.spells))
        case enrollment.WorkerDeceased():
            return replace(worker, died_on=fact.died_on)
        case enrollment.WorkerDeathReversed():
            spells = tuple(replace(spell, cut_for_death=None) for spell in worker.spells)
            return replace(worker, spells=spells, died_on=None)
        case enrollment.WorkerRelocated():
            moves = {**dict(worker.moves), fact.moved_on: fact.village_code}
            return replace(worker, moves=tuple(sorted(moves.items())))
        case enrollment.CoverageSuspended():
            lasting = (str(fact.coverage_id), fact.suspended_from, None)
            return replace(worker, suspensions=(*worker.suspensions, lasting))
        case enrollment.CoverageReinstated():
            return replace(worker, suspensions=_until(worker, str(fact.coverage_id), fact.reinstated_from))
        case enrollment.CoverageVoided():
            return _without(worker, [str(fact.coverage_id)])
        case enrollment.WorkersMerged():
            return _with(worker, fact.coverages)
        case enrollment.WorkerMergedInto():
            return replace(worker, spells=(), suspensions=())
        case enrollment.WorkersUnmerged():
            return _with(_without(worker, map(str, fact.left)), fact.coverages)
        case (
            enrollment.WorkerProposed()
            | enrollment.WorkerVerified()
            | enrollment.WorkerRefused()
            | enrollment.WorkerWaitlisted()
            | enrollment.WorkerRegistered()
            | enrollment.WorkerErased()
            | enrollment.CoverageInactivated()
            | enrollment.CoverageExpiring()
            | enrollment.CoverageExpired()
            | enrollment.DoubleFundingFound()
            | enrollment.DoubleFundingDecided()
            | enrollment.CardIssued()
            | enrollment.CardHandedOver()
        ):
            return worker


def _spell(period: Period) -> Spell:
    return Spell(
        str(period.coverage_id),
        str(period.cohort_id),
        period.segment,
        period.village_code,
        period.funding,
        period.covered_from,
        period.covered_until,
        period.grace_until,
    )


def payer(spell: Spell) -> tuple[str, str]:
    """Give the membership that a period belongs to, and the cohort that pays it."""
    return spell.coverage_id, spell.cohort_id


def _cut(spell: Spell, termination: enrollment.CoverageTerminated) -> Spell:
    if spell.coverage_id != str(termination.coverage_id):
        return spell
    day = termination.covered_until
    if termination.reason == "deceased":
        return replace(spell, cut_for_death=min(spell.cut_for_death or day, day))
    return replace(spell, cut_at=min(spell.cut_at or day, day))


def _until(worker: Worker, coverage_id: str, day: date) -> tuple[tuple[str, date, date | None], ...]:
    """Give the suspensions, those of the membership without the day and all later ones."""
    return tuple(
        (held, first, min(until or day, day) if held == coverage_id else until)
        for held, first, until in worker.suspensions
        if held != coverage_id or first < day
    )


def _without(worker: Worker, coverage_ids: Iterable[str]) -> Worker:
    gone = set(coverage_ids)
    spells = tuple(spell for spell in worker.spells if spell.coverage_id not in gone)
    return replace(worker, spells=spells, suspensions=tuple(one for one in worker.suspensions if one[0] not in gone))


def _with(worker: Worker, coverages: Iterable[Held]) -> Worker:
    for held in coverages:
        coverage_id = str(held.coverage_id)
        worker = _without(worker, [coverage_id])
        spells = tuple(
            Spell(
                coverage_id,
                str(period.cohort_id),
                period.segment,
                period.village_code,
                period.funding,
                period.covered_from,
                period.covered_until,
                period.grace_until,
                cut_at=period.cut_at,
            )
            for period in held.periods
        )
        suspensions = tuple((coverage_id, one.suspended_from, one.suspended_until) for one in held.suspensions)
        worker = replace(worker, spells=(*worker.spells, *spells), suspensions=(*worker.suspensions, *suspensions))
    return worker
