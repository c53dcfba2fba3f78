"""Say what all the facts of one worker amount to, and by how much each of them changes which number."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from payung_contracts.enrollment import CoverageFact
from payung_contracts.fact import Fact

from services.reporting.plain_fold import churn, cover, deaths, steps, versions
from services.reporting.plain_fold.churn import Churn
from services.reporting.plain_fold.cover import Memberships, People, Stretch
from services.reporting.plain_fold.deaths import Death, PaidAfterDeath
from services.reporting.plain_fold.steps import Steps, Told
from services.reporting.plain_fold.worker import Worker, learn


class PeopleCell(NamedTuple):
    """A change in the number of protected people: on a day, as learned at a time, by a kind of fact."""

    day: date
    recorded_at: datetime
    village_code: str
    segment: str
    funding: str
    cohort_id: str | None
    """None, here and below: written before this was told apart."""
    fact: str | None


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


class DeathCell(NamedTuple):
    """A death of a protected worker, as learned at a time."""

    day: date
    recorded_at: datetime
    worker_id: str
    village_code: str
    segment: str
    funding: str


class PaidAfterDeathCell(NamedTuple):
    """What is paid for days after a death, as learned at a time."""

    day: date
    recorded_at: datetime
    worker_id: str
    coverage_id: str
    cohort_id: str
    village_code: str
    segment: str
    funding: str
    paid_from: date
    paid_until: date | None
    begun_after: bool


class ChurnCell(NamedTuple):
    """A change in the number of people who joined, returned, were renewed, moved or died, as learned at a time."""

    day: date
    recorded_at: datetime
    village_code: str
    segment: str
    funding: str
    what: str
    since: date | None


Cell = ChurnCell | PeopleCell | MembershipCell | StepCell | DeathCell | PaidAfterDeathCell


class Life(NamedTuple):
    """What a worker's facts amount to."""

    protected: list[Stretch]
    memberships: dict[Memberships, int]
    """How many more there are from a day on."""
    steps: dict[Steps, int]
    """At which steps of the funnel the worker stands."""
    deaths: dict[Death | PaidAfterDeath, int]
    """The death, if the worker was protected, and what is paid for days after it."""
    changes: list[tuple[Cell, int]]
    """By how much each fact changed which number."""


def about_cover(
    facts: Iterable[tuple[datetime, Fact | None]], steps: versions.Steps = versions.STEPS
) -> list[tuple[datetime, CoverageFact]]:
    """Give the facts in their newest versions, and leave out what is told of no worker's cover."""
    told = ((recorded_at, versions.newest(fact, steps)) for recorded_at, fact in facts if fact is not None)
    return [(recorded_at, fact) for recorded_at, fact in told if isinstance(fact, CoverageFact)]


def fold(worker_id: str, facts: Iterable[tuple[datetime, CoverageFact]]) -> Life:
    """Say what all the facts of the worker together amount to. They come in the order of their sequence."""
    worker = Worker()
    told: list[CoverageFact] = []
    covered: dict[People | Memberships, int] = {}
    stands: dict[Steps, int] = {}
    died: dict[Death | PaidAfterDeath, int] = {}
    happened: dict[Churn, int] = {}
    changes: list[tuple[Cell, int]] = []
    for recorded_at, fact in facts:
        learned = learn(worker, fact)
        if learned != worker:
            worker, places, known = learned, cover.places(learned), deaths.places(learned)
            changes += ((_covered(place, recorded_at, fact), more) for place, more in _changed(covered, places))
            changes += ((_death(place, worker_id, recorded_at), more) for place, more in _changed(died, known))
            since = churn.places(learned)
            changes += ((_cell(place, recorded_at), more) for place, more in _changed(happened, since))
            covered, died, happened = places, known, since
        if isinstance(fact, Told):
            told.append(fact)
            taken = steps.places(told)
            changes += ((_cell(place, recorded_at), more) for place, more in _changed(stands, taken))
            stands = taken
    memberships = {place: number for place, number in covered.items() if isinstance(place, Memberships)}
    return Life(cover.stretches(worker), memberships, stands, died, changes)


def _changed(before: dict[Any, int], after: dict[Any, int]) -> Iterable[tuple[Any, int]]:
    for place in before.keys() | after.keys():
        if more := after.get(place, 0) - before.get(place, 0):
            yield place, more


def _covered(place: People | Memberships, recorded_at: datetime, fact: CoverageFact) -> Cell:
    match place:
        case People():
            # the kind of a fact is its type without the service and the version
            return PeopleCell(place.day, recorded_at, *place[1:], fact.type.split(".")[1])
        case Memberships():
            return MembershipCell(place.day, recorded_at, *place[1:])


def _cell(place: Steps | Churn, recorded_at: datetime) -> Cell:
    match place:
        case Churn():
            return ChurnCell(place.day, recorded_at, *place[1:])
        case Steps():
            return StepCell(place.day, recorded_at, *place[1:])


def _death(place: Death | PaidAfterDeath, worker_id: str, recorded_at: datetime) -> Cell:
    match place:
        case Death():
            return DeathCell(place.day, recorded_at, worker_id, *place[1:])
        case PaidAfterDeath():
            return PaidAfterDeathCell(place.day, recorded_at, worker_id, *place[1:])
