"""From records to figures, without a server: any interleaving, repetition and lateness, in both times."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from hypothesis import given
from hypothesis import strategies as st
from payung_contracts.topics import COVERAGE, FACTS

from services.chassis import apply
from services.chassis.apply import Known
from services.chassis.received import Received
from services.reporting.plain_fold.life import Life, about_cover, fold
from services.reporting.projections import PROJECTION, Counted
from tests.unit.reporting.calendar_model import ANNUAL, BATUBULAN, FARMER, HORIZON, JANUARY, Fact, period
from tests.unit.reporting.funnel_cases import whole_lives

NOON = datetime(2026, 1, 1, 4, tzinfo=UTC)


class Told(NamedTuple):
    """A fact of a worker, and when it was recorded."""

    worker: int
    at: datetime
    fact: Fact
    record: Received


def told(workers: list[list[Fact]], arrivals: list[int]) -> list[Told]:
    """Put the workers' facts in one order of arrival, each worker's in theirs."""
    found, known = [], [0 for _ in workers]
    for place, worker in enumerate(arrivals):
        type_, data = workers[worker][known[worker]]
        known[worker] += 1
        at, key = NOON + timedelta(seconds=place), str(UUID(int=worker))
        travels = FACTS[type_].model_validate(data).to_json().encode()
        record = Received(
            COVERAGE.name, 0, place, key, str(UUID(int=place)), "enrollment", type_, at.isoformat(), at.isoformat(),
            known[worker], "tester", key, travels, (),
        )  # fmt: skip
        found.append(Told(worker, at, (type_, data), record))
    return found


def read(batches: Iterable[list[Told]]) -> list[Counted]:
    """Apply batches as the reader does, with what it keeps of each key between them."""
    kept: dict[tuple[str, str], Known] = {}
    counted: list[Counted] = []
    for batch in batches:
        work: apply.Work = {}
        for one in batch:
            work.setdefault((COVERAGE.name, one.record.key), []).append(one.record)
        outcome = apply._fold(PROJECTION.fold, kept, work)
        assert not outcome.letters
        kept |= outcome.keys
        counted += [effect for effect in outcome.effects if isinstance(effect, Counted)]
    return counted


def figures(counted: list[Counted], on: date, known_at: datetime) -> list[Counter[Any]]:
    """Sum the deltas: people protected and memberships on a day, proposals, and deaths, as known at a time."""
    people, memberships, steps, deaths = Counter[Any](), Counter[Any](), Counter[Any](), Counter[Any]()
    for one in counted:
        if datetime.fromisoformat(one.recorded_at) <= known_at:
            for day, *where, more in one.people:
                people[tuple(where)] += more * (day <= on.isoformat())
            for day, *where, more in one.memberships:
                memberships[tuple(where)] += more * (day <= on.isoformat())
            for *taken, more in one.steps:
                steps[tuple(taken)] += more
            for found, more in one.deaths:
                deaths[tuple(found)] += more
    return [_without_nothing(each) for each in (people, memberships, steps, deaths)]


def plain(lives: list[Life], on: date) -> list[Counter[Any]]:
    """Count the same from what the plain fold says of each worker."""
    people, memberships, steps, deaths = Counter[Any](), Counter[Any](), Counter[Any](), Counter[Any]()
    for worker, life in enumerate(lives):
        for one in life.protected:
            if one.covered_from <= on and (one.covered_until is None or on < one.covered_until):
                people[one[2:]] += 1
        for (day, *where), more in life.memberships.items():
            memberships[tuple(where)] += more * (day <= on)
        for (day, *taken), more in life.steps.items():
            steps[(day.isoformat(), *taken)] += more
        for (day, *what), more in life.deaths.items():
            plainly = (each.isoformat() if isinstance(each, date) else each for each in what)
            deaths[(day.isoformat(), str(UUID(int=worker)), *plainly)] += more
    return [_without_nothing(each) for each in (people, memberships, steps, deaths)]


def _without_nothing(counted: Counter[Any]) -> Counter[Any]:
    return Counter({where: number for where, number in counted.items() if number})


@given(
    st.lists(whole_lives, max_size=3), st.randoms(use_true_random=False), st.lists(st.integers(0, HORIZON), max_size=3)
)
def test_figures_are_those_of_the_plain_fold_as_of_any_day_as_known_at_any_time(
    workers: list[list[Fact]], order: Any, asked: list[int]
) -> None:
    arrivals = [worker for worker, facts in enumerate(workers) for _ in facts]
    order.shuffle(arrivals)
    facts = told(workers, arrivals)
    batches, start = [], 0
    while start < len(facts):  # in batches of any size, each with a part of what came before once more
        end = start + order.randint(1, 6)
        batches.append(facts[max(0, start - order.randint(0, 4)) : end])
        start = end
    counted = read(batches)
    for known_at in {one.at for one in facts[:: max(1, len(facts) // 3)]} | {NOON + timedelta(days=1)}:
        known = [
            [one for one in facts if one.worker == worker and one.at <= known_at] for worker in range(len(workers))
        ]
        lives = [
            fold(
                str(UUID(int=worker)),
                about_cover((one.at, FACTS[one.fact[0]].model_validate(one.fact[1])) for one in of),
            )
            for worker, of in enumerate(known)
        ]
        for on in asked:
            day = JANUARY + timedelta(days=on)
            assert figures(counted, day, known_at) == plain(lives, day)


def test_what_is_kept_of_a_worker_is_small_while_nothing_special_happens() -> None:
    """There are millions of them, and each is read and written with every fact."""
    (started,) = told([[period("started", 0, 30)]], [0])
    outcome = apply._fold(PROJECTION.fold, {}, {(COVERAGE.name, started.record.key): [started.record]})
    state = outcome.keys[COVERAGE.name, started.record.key].state
    assert orjson.loads(state or "") == {
        "m": {FARMER: [[ANNUAL, "2026-01-01", "2026-01-31", BATUBULAN, "BPU", "APBD", None, None]]},
        "d": None,
    }
