"""Say what all the facts of one worker amount to, and by how much each of them changes which number."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from payung_contracts.enrollment import CoverageFact
from payung_contracts.fact import Fact

from services.reporting.plain_fold import cover, steps
from services.reporting.plain_fold.cover import Memberships, People, Stretch, Worker
from services.reporting.plain_fold.steps import Steps, Told


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


class StepCell(NamedTuple):
    """A change in the number of proposed workers at a step of the funnel: taken on a day, as learned at a time."""

    day: date
    recorded_at: datetime
    cohort_id: str
    village_code: str
    step: str
    failed: str | None
    reason: str | None


Cell = PeopleCell | MembershipCell | StepCell


class Life(NamedTuple):
    """What a worker's facts amount to."""

    protected: list[Stretch]
    memberships: dict[Memberships, int]
    """How many more there are from a day on."""
    steps: dict[Steps, int]
    """At which steps of the funnel the worker stands."""
    changes: list[tuple[Cell, int]]
    """By how much each fact changed which number."""


def about_cover(facts: Iterable[tuple[datetime, Fact | None]]) -> list[tuple[datetime, CoverageFact]]:
    """Leave out what is told of no worker's cover."""
    return [(recorded_at, fact) for recorded_at, fact in facts if isinstance(fact, CoverageFact)]


def fold(facts: Iterable[tuple[datetime, CoverageFact]]) -> Life:
    """Say what all the facts together amount to. They come in the order of their sequence."""
    worker = Worker()
    told: list[CoverageFact] = []
    covered: dict[People | Memberships, int] = {}
    stands: dict[Steps, int] = {}
    changes: list[tuple[Cell, int]] = []
    for recorded_at, fact in facts:
        learned = cover.learn(worker, fact)
        if learned != worker:
            worker, places = learned, cover.places(learned)
            changes += _changes(covered, places, recorded_at)
            covered = places
        if isinstance(fact, Told):
            told.append(fact)
            taken = steps.places(told)
            changes += _changes(stands, taken, recorded_at)
            stands = taken
    memberships = {place: number for place, number in covered.items() if isinstance(place, Memberships)}
    return Life(cover.stretches(worker), memberships, stands, changes)


def _changes(before: dict[Any, int], after: dict[Any, int], recorded_at: datetime) -> Iterable[tuple[Cell, int]]:
    for place in before.keys() | after.keys():
        if more := after.get(place, 0) - before.get(place, 0):
            yield _cell(place, recorded_at), more


def _cell(place: People | Memberships | Steps, recorded_at: datetime) -> Cell:
    match place:
        case People():
            return PeopleCell(place.day, recorded_at, *place[1:])
        case Memberships():
            return MembershipCell(place.day, recorded_at, *place[1:])
        case Steps():
            return StepCell(place.day, recorded_at, *place[1:])
