"""Say of each day whether a worker is protected, and what every membership is on it. The rules of cover:

- A period is half-open; one that ends on or before the day it begins covers nothing.
- A worker who died is covered on the day of death and on no later day, by no period, also if it was added after the
  death was reported.
- On a suspended day that a period covers, the membership is suspended and not in force.
- A period that names a day until which grace lasts leaves the membership in grace from its end to that day, but not any
  more once another period of the membership has begun at that end or later (one of which a cut left nothing has not),
  nor after a cut or death. Suspension and grace are apart: what is not paid is not suspended.
- Where the worker moved, days count in the new village until the day of the next move. Before the first, days count in
  the village that their period names.
- On a day a person counts once: of the periods in force by the segment that comes first in PU, NON_ASN, JAKON, BPU;
  within it by the period that began first, then by the lower coverage id, then by the lower cohort id. Village,
  funding and cohort are that period's. Sources promise that periods of a membership never overlap; if two of one
  cohort do, and begin on one day, the lower village code decides, then the first funding in the alphabet.
- A cohort enrolls a membership once, on the first day that it pays, in that day's village, whatever is cut or suspended
  later; a correction may move that day or, when empty, take it back.
"""

from collections import defaultdict
from datetime import date, timedelta
from itertools import zip_longest
from typing import Literal, NamedTuple, get_args

from payung_contracts.fact import Funding, Segment

from services.reporting.plain_fold.worker import Spell, Worker, payer

PRIORITY: tuple[Segment, ...] = ("PU", "NON_ASN", "JAKON", "BPU")
_DAY = timedelta(days=1)

Standing = Literal["in_force", "suspended", "grace"]


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
            first[payer(spell)] = min(first.get(payer(spell), begins), begins)
    return [(cohort_id, day, village_code) for (_, cohort_id), (day, village_code) in first.items()]


def _day_after(died_on: date | None) -> date | None:
    """Give the first day that death leaves uncovered; nothing follows the last day that a date can name."""
    return died_on + _DAY if died_on is not None and died_on < date.max else None


def _covers_days(spell: Spell) -> bool:
    """Tell whether the period covered any day when it was told."""
    return spell.covered_until is None or spell.covered_from < spell.covered_until


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
