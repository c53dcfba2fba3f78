"""Fold facts in the plainest way there is: what `reconcile` holds against the read model.

Nothing here is shared with the read model but the contracts, and nothing is clever: after every fact the whole
cover of the worker is worked out anew, and compared with what it was before. The rules of cover:

- A period is half-open; one that ends on or before the day it begins covers nothing.
- CoverageStarted and CoverageRenewed each add a period to their membership. CoverageCorrected puts its period in the
  place of all that the same cohort pays in the same membership, whatever had been cut from it; an empty one leaves
  nothing there.
- CoverageTerminated cuts the periods that its membership has at that moment; one that is added or corrected later is
  whole.
- A worker who died is covered on the day of death and on no later day, by no period, also if it was added after the
  death was reported. The newest report of a death counts. WorkerDeathReversed takes the death away, and every cut that
  a termination for death made. Other cuts stay.
- WorkerRegistered, CoverageExpiring, CoverageExpired and CardHandedOver change no cover.
- On a day a person counts once: by the segment that comes first in PU, NON_ASN, JAKON, BPU; within it by the period
  that began first, then by the lower coverage id, then by the lower cohort id. Village and funding are that period's.
  Sources promise that periods of a membership never overlap; if two of one cohort do, and begin on one day, the lower
  village code decides, then the first funding in the alphabet.
- A membership is in force by cohort and village on each day that a period covers. A cohort enrolls a membership once,
  on the first day that it pays, in that period's village, whatever is cut later; a correction may move that day or,
  when empty, take it back.

Facts about cohorts, cards, decisions and payments are each one row, as they were told. A payment that was decided
elsewhere has no person, no claim, no cohort; each such fact counts, since its key is made from the file's reference and
claims refuses the same reference twice.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import Any, Literal, NamedTuple, get_args
from uuid import UUID

from payung_contracts import claims, enrollment
from payung_contracts.enrollment import CoverageFact
from payung_contracts.fact import Fact, Funding, Period, Segment

PRIORITY: tuple[Segment, ...] = ("PU", "NON_ASN", "JAKON", "BPU")
_DAY = timedelta(days=1)


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
    cut_at: date | None = None
    cut_for_death: date | None = None


@dataclass(frozen=True, slots=True)
class Worker:
    """All that matters of a worker's facts so far."""

    spells: tuple[Spell, ...] = ()
    died_on: date | None = None


Table = Literal["cohort", "card_handover", "claim_decision", "claim_payment"]
TABLES: tuple[Table, ...] = get_args(Table)
Rows = dict[UUID, dict[str, Any]]
"""The rows of a table by the id of the fact; columns by name."""


class Row(NamedTuple):
    """What a fact says that is kept as it was told: the table of the read model, and the values by column."""

    table: Table
    values: dict[str, Any]


class Stretch(NamedTuple):
    """Days on which a person is protected, and how they count; without an end where none is known."""

    covered_from: date
    covered_until: date | None
    segment: Segment
    village_code: str
    funding: Funding


class PeopleCell(NamedTuple):
    """A change in the number of protected people: on a day, as learned at a time."""

    day: date
    recorded_at: datetime
    village_code: str
    segment: str
    funding: str


class MembershipCell(NamedTuple):
    """A change in the number of memberships: on a day, as learned at a time."""

    day: date
    recorded_at: datetime
    cohort_id: str
    village_code: str
    kind: str


Cell = PeopleCell | MembershipCell


class Life(NamedTuple):
    """What a worker's facts amount to."""

    protected: list[Stretch]
    memberships: dict[tuple[date, str, str, str], int]
    """How many more there are by day, cohort, village, kind."""
    changes: list[tuple[Cell, int]]
    """By how much each fact changed which number."""


def learn(worker: Worker, fact: CoverageFact) -> Worker:
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
            return Worker(spells, died_on=None)
        case (
            enrollment.WorkerRegistered()
            | enrollment.CoverageExpiring()
            | enrollment.CoverageExpired()
            | enrollment.CardHandedOver()
        ):
            return worker


def stretches(worker: Worker) -> list[Stretch]:
    """Give the days on which the worker is protected, in order; neighbours that count alike are one."""
    after_death = _day_after(worker.died_on)
    covering = [(spell, end) for spell in worker.spells if _lasts(spell, end := _end(spell, after_death))]
    days = sorted({day for spell, end in covering for day in (spell.covered_from, end) if day is not None})
    found: list[Stretch] = []
    for day, until in zip_longest(days, days[1:]):
        today = [spell for spell, end in covering if spell.covered_from <= day and (end is None or day < end)]
        if not today:
            continue
        counts = min(today, key=_precedence)
        how = (counts.segment, counts.village_code, counts.funding)
        if found and found[-1].covered_until == day and found[-1][2:] == how:
            found[-1] = found[-1]._replace(covered_until=until)
        else:
            found.append(Stretch(day, until, *how))
    return found


def about_cover(facts: Iterable[tuple[datetime, Fact | None]]) -> list[tuple[datetime, CoverageFact]]:
    """Leave out what tells nothing of a worker's cover."""
    return [(recorded_at, fact) for recorded_at, fact in facts if isinstance(fact, CoverageFact)]


def fold(facts: Iterable[tuple[datetime, CoverageFact]]) -> Life:
    """Say what all the facts together amount to, and by how much each changes which number.

    Facts come in the order of their sequence.
    """
    worker = Worker()
    before: dict[_Place, int] = {}
    changes: list[tuple[Cell, int]] = []
    for recorded_at, fact in facts:
        learned = learn(worker, fact)
        if learned == worker:
            continue
        worker, after = learned, _places(learned)
        for place, number in after.items():
            if more := number - before.get(place, 0):
                changes.append((_cell(place, recorded_at), more))
        changes += [(_cell(place, recorded_at), -before[place]) for place in before if place not in after]
        before = after
    held: dict[tuple[date, str, str, str], int] = {
        (*place,): number for place, number in before.items() if isinstance(place, _Memberships) and number
    }
    return Life(stretches(worker), held, [(cell, more) for cell, more in changes if more])


def row(key: UUID, recorded_at: datetime, fact: Fact) -> Row | None:
    """Give the row that a fact is kept as, if it is kept as one; the legal bases of a cohort stand within it."""
    when = {"recorded_at": recorded_at}
    match fact:
        case enrollment.CohortApproved():
            bases = sorted((basis.title, basis.placeholder) for basis in fact.legal_bases)
            told = {**dict(fact), "programmes": list(fact.programmes), "legal_bases": bases}
            return Row("cohort", {**when, "cohort_id": key, **told})
        case enrollment.CardHandedOver():
            return Row("card_handover", {**when, "worker_id": key, **dict(fact)})
        case claims.ClaimDecided():
            whose = {"worker_id": key, "claim_id": fact.claim_id, "cohort_id": fact.cohort_id}
            counted = {name: getattr(fact, name) for name in _DECISION}
            return Row("claim_decision", {**when, **whose, **counted})
        case claims.ClaimPaid():
            whose = {"worker_id": key, "claim_id": fact.claim_id, "cohort_id": fact.cohort_id}
            return Row(
                "claim_payment", {**when, **whose, "funding": fact.funding, **_paid(fact, fact.village_code, cases=1)}
            )
        case claims.PaymentRecorded():
            nobody = dict.fromkeys(("worker_id", "claim_id", "cohort_id", "funding"))
            return Row("claim_payment", {**when, **nobody, **_paid(fact, fact.area_code, cases=fact.cases)})
        case _:
            return None


_DECISION = (
    "programme",
    "outcome",
    "incident_on",
    "decided_on",
    "amount_idr",
    "segment",
    "funding",
    "village_code",
    "rule_version",
)


def _paid(fact: claims.ClaimPaid | claims.PaymentRecorded, area_code: str, *, cases: int) -> dict[str, Any]:
    return {
        "programme": fact.programme,
        "segment": fact.segment,
        "area_code": area_code,
        "paid_on": fact.paid_on,
        "cases": cases,
        "amount_idr": fact.amount_idr,
    }


class _People(NamedTuple):
    day: date
    village_code: str
    segment: str
    funding: str


class _Memberships(NamedTuple):
    day: date
    cohort_id: str
    village_code: str
    kind: Literal["in_force", "enrolled"]


_Place = _People | _Memberships


def _cell(place: _Place, recorded_at: datetime) -> Cell:
    match place:
        case _People():
            return PeopleCell(place.day, recorded_at, place.village_code, place.segment, place.funding)
        case _Memberships():
            return MembershipCell(place.day, recorded_at, place.cohort_id, place.village_code, place.kind)


def _places(worker: Worker) -> dict[_Place, int]:
    """Count what the worker adds to every number: one more where something begins, one less where it ends."""
    counted: dict[_Place, int] = defaultdict(int)
    for stretch in stretches(worker):
        how = (stretch.village_code, stretch.segment, stretch.funding)
        counted[_People(stretch.covered_from, *how)] += 1
        if stretch.covered_until is not None:
            counted[_People(stretch.covered_until, *how)] -= 1
    after_death = _day_after(worker.died_on)
    for spell in worker.spells:
        if _lasts(spell, end := _end(spell, after_death)):
            counted[_Memberships(spell.covered_from, spell.cohort_id, spell.village_code, "in_force")] += 1
            if end is not None:
                counted[_Memberships(end, spell.cohort_id, spell.village_code, "in_force")] -= 1
    for (_, cohort_id), (day, village_code) in _enrolled(worker).items():
        counted[_Memberships(day, cohort_id, village_code, "enrolled")] += 1
    return counted


def _enrolled(worker: Worker) -> dict[tuple[str, str], tuple[date, str]]:
    """Give, for each cohort in each membership, the first day that it pays and the village of that period."""
    first: dict[tuple[str, str], tuple[date, str]] = {}
    for spell in worker.spells:
        if _lasts(spell, spell.covered_until):
            begins = (spell.covered_from, spell.village_code)
            first[_payer(spell)] = min(first.get(_payer(spell), begins), begins)
    return first


def _spell(period: Period) -> Spell:
    return Spell(
        str(period.coverage_id),
        str(period.cohort_id),
        period.segment,
        period.village_code,
        period.funding,
        period.covered_from,
        period.covered_until,
    )


def _payer(spell: Spell) -> tuple[str, str]:
    return spell.coverage_id, spell.cohort_id


def _day_after(died_on: date | None) -> date | None:
    """Give the first day that death leaves uncovered; nothing follows the last day that a date can name."""
    return died_on + _DAY if died_on is not None and died_on < date.max else None


def _end(spell: Spell, after_death: date | None) -> date | None:
    """Give the first day that the spell does not cover any more, if there is one."""
    ends = [end for end in (spell.covered_until, spell.cut_at, spell.cut_for_death, after_death) if end is not None]
    return min(ends) if ends else None


def _lasts(spell: Spell, end: date | None) -> bool:
    return end is None or spell.covered_from < end


def _cut(spell: Spell, termination: enrollment.CoverageTerminated) -> Spell:
    if spell.coverage_id != str(termination.coverage_id):
        return spell
    day = termination.covered_until
    if termination.reason == "deceased":
        return replace(spell, cut_for_death=min(spell.cut_for_death or day, day))
    return replace(spell, cut_at=min(spell.cut_at or day, day))


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
