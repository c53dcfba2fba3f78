"""Say of each day whether a worker is protected, and what every membership is on it. The rules of cover:

- A period is half-open; one that ends on or before the day it begins covers nothing.
- CoverageStarted and CoverageRenewed each add a period to their membership. CoverageCorrected puts its period in the
  place of all that the same cohort pays in the same membership, whatever had been cut from it; an empty one leaves
  nothing there.
- CoverageTerminated cuts the periods that its membership has at that moment, with their grace; one that is added or
  corrected later is whole.
- A worker who died is covered on the day of death and on no later day, by no period, also if it was added after the
  death was reported. The newest report of a death counts. WorkerDeathReversed takes the death away, and every cut that
  a termination for death made. Other cuts stay.
- CoverageSuspended makes its day and all later ones suspended days of the membership, CoverageReinstated makes its day
  and all later ones none, whatever periods there are or will be. On a suspended day that a period covers, the
  membership is suspended and not in force.
- A period that names a day until which grace lasts leaves the membership in grace from its end to that day, but not any
  more once another period of the membership has begun at that end or later (one of which a cut left nothing has not),
  nor after a cut or death. Suspension and grace are apart: what is not paid is not suspended. CoverageInactivated only
  says that grace is over.
- WorkerRelocated says where the worker's days count from its day on, until the day of the next one; of two with one
  day, the one told last. Before the first, days count in the village that their period names.
- CoverageVoided takes the membership away, with its suspensions. WorkersMerged puts the memberships that it lists in
  the place of what is known of them. WorkerMergedInto takes all memberships away. WorkersUnmerged takes away those that
  left, and puts those that it lists. None of them says anything of deaths and relocations.
- All other facts change no cover.
- On a day a person counts once: of the periods in force by the segment that comes first in PU, NON_ASN, JAKON, BPU;
  within it by the period that began first, then by the lower coverage id, then by the lower cohort id. Village,
  funding and cohort are that period's. Sources promise that periods of a membership never overlap; if two of one
  cohort do, and begin on one day, the lower village code decides, then the first funding in the alphabet.
- A cohort enrolls a membership once, on the first day that it pays, in that day's village, whatever is cut or suspended
  later; a correction may move that day or, when empty, take it back.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import zip_longest
from typing import Literal, NamedTuple, get_args

from payung_contracts import enrollment
from payung_contracts.enrollment import CoverageFact, Held
from payung_contracts.fact import Funding, Period, Segment

PRIORITY: tuple[Segment, ...] = ("PU", "NON_ASN", "JAKON", "BPU")
_DAY = timedelta(days=1)

Standing = Literal["in_force", "suspended", "grace"]


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


Day = tuple[date, list[tuple[Spell, Standing]]]
"""A day, and what the periods are on it and on those after it, until the next day that is told of."""


class Stretch(NamedTuple):
    """Days on which a person is protected, and how they count; without an end where none is known."""

    covered_from: date
    covered_until: date | None
    segment: Segment
    village_code: str
    funding: Funding
    cohort_id: str


class People(NamedTuple):
    """Where a change in the number of protected people counts."""

    day: date
    village_code: str
    segment: str
    funding: str
    cohort_id: str


class Memberships(NamedTuple):
    """Where a change in the number of memberships counts."""

    day: date
    cohort_id: str
    village_code: str
    kind: Standing | Literal["enrolled"]


def learn(worker: Worker, fact: CoverageFact) -> Worker:  # noqa: C901, PLR0911, PLR0912 - one case per fact
    """Give the worker as the fact leaves them."""
    match fact:
        case enrollment.CoverageStarted() | enrollment.CoverageRenewed():
            return replace(worker, spells=(*worker.spells, _spell(fact)))
        case enrollment.CoverageCorrected():
            right = _spell(fact)
            others = tuple(spell for spell in worker.spells if _payer(spell) != _payer(right))
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


def stretches(worker: Worker) -> list[Stretch]:
    """Give the days on which the worker is protected, in order; neighbours that count alike are one."""
    return _stretches(worker, calendar(worker))


def _stretches(worker: Worker, known: list[Day]) -> list[Stretch]:
    found: list[Stretch] = []
    for (day, today), (until, _) in zip_longest(known, known[1:], fillvalue=(None, [])):
        in_force = [spell for spell, standing in today if standing == "in_force"]
        if day is None or not in_force:
            continue
        counts = min(in_force, key=_precedence)
        how = (counts.segment, village(worker, counts, day), counts.funding, counts.cohort_id)
        if found and found[-1].covered_until == day and found[-1][2:] == how:
            found[-1] = found[-1]._replace(covered_until=until)
        else:
            found.append(Stretch(day, until, *how))
    return found


def places(worker: Worker) -> dict[People | Memberships, int]:
    """Say by how many more the worker adds to every number from a day on, or fewer."""
    counted: dict[People | Memberships, int] = defaultdict(int)
    known = calendar(worker)
    for one in _stretches(worker, known):
        how = (one.village_code, one.segment, one.funding, one.cohort_id)
        counted[People(one.covered_from, *how)] += 1
        if one.covered_until is not None:
            counted[People(one.covered_until, *how)] -= 1
    yesterday: list[tuple[str, str, Standing]] = []
    for day, each in known:
        today = [(spell.cohort_id, village(worker, spell, day), standing) for spell, standing in each]
        for what in today:
            counted[Memberships(day, *what)] += 1
        for what in yesterday:
            counted[Memberships(day, *what)] -= 1
        yesterday = today
    for cohort_id, day, village_code in _enrolled(worker):
        counted[Memberships(day, cohort_id, village_code, "enrolled")] += 1
    return {place: more for place, more in counted.items() if more}


def calendar(worker: Worker) -> list[Day]:
    """Say of every day on which something may change what each period makes of its membership."""
    after_death = _day_after(worker.died_on)
    return [
        (
            day,
            [(spell, standing) for spell in worker.spells if (standing := _standing(worker, spell, day, after_death))],
        )
        for day in _days(worker)
    ]


def _days(worker: Worker) -> list[date]:
    """Give every day on which something may change."""
    days = {move[0] for move in worker.moves} | {_day_after(worker.died_on)}
    for spell in worker.spells:
        days |= {spell.covered_from, spell.covered_until, spell.grace_until, spell.cut_at, spell.cut_for_death}
    for _, first, until in worker.suspensions:
        days |= {first, until}
    return sorted(day for day in days if day is not None)


def _standing(worker: Worker, spell: Spell, day: date, after_death: date | None) -> Standing | None:
    """Say what the period makes of its membership on the day, if anything."""
    if day < spell.covered_from:
        return None
    for end in (spell.cut_at, spell.cut_for_death, after_death):
        if end is not None and day >= end:
            return None
    if spell.covered_until is None or day < spell.covered_until:
        return "suspended" if _is_suspended(worker, spell.coverage_id, day) else "in_force"
    if spell.grace_until is None or day >= spell.grace_until or not _covers_days(spell):
        return None
    begun = any(
        other.coverage_id == spell.coverage_id
        and _covers_days(other)
        and (other.cut_at is None or other.covered_from < other.cut_at)
        and spell.covered_until <= other.covered_from <= day
        for other in worker.spells
    )
    return None if begun else "grace"


def _is_suspended(worker: Worker, coverage_id: str, day: date) -> bool:
    return any(
        held == coverage_id and first <= day and (until is None or day < until)
        for held, first, until in worker.suspensions
    )


def village(worker: Worker, spell: Spell, day: date) -> str:
    moved_to = [village_code for moved_on, village_code in worker.moves if moved_on <= day]
    return moved_to[-1] if moved_to else spell.village_code


def _enrolled(worker: Worker) -> list[tuple[str, date, str]]:
    """Give, for each cohort in each membership, the first day that it pays and the village of that day."""
    first: dict[tuple[str, str], tuple[date, str]] = {}
    for spell in worker.spells:
        if _covers_days(spell):
            begins = (spell.covered_from, village(worker, spell, spell.covered_from))
            first[_payer(spell)] = min(first.get(_payer(spell), begins), begins)
    return [(cohort_id, day, village_code) for (_, cohort_id), (day, village_code) in first.items()]


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


def _payer(spell: Spell) -> tuple[str, str]:
    return spell.coverage_id, spell.cohort_id


def _day_after(died_on: date | None) -> date | None:
    """Give the first day that death leaves uncovered; nothing follows the last day that a date can name."""
    return died_on + _DAY if died_on is not None and died_on < date.max else None


def _covers_days(spell: Spell) -> bool:
    """Tell whether the period covered any day when it was told."""
    return spell.covered_until is None or spell.covered_from < spell.covered_until


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


def _precedence(spell: Spell) -> tuple[int, date, str, str, str, str]:
    return (
        PRIORITY.index(spell.segment),
        spell.covered_from,
        spell.coverage_id,
        spell.cohort_id,
        spell.village_code,
        spell.funding,
    )


if set(PRIORITY) != set(get_args(Segment)):
    raise AssertionError("the contracts know a segment that has no place in the order of counting")
