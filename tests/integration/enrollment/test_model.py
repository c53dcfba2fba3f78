"""What stands in the database is what the pure rules say, after any commands and sweeps in any order."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import reduce
from uuid import UUID, uuid4

import pytest

from services.chassis.postgres import Pool, transaction
from services.enrollment import domain, handlers, store
from services.enrollment.cohorts import allotment
from services.enrollment.domain import (
    Activity,
    Cohort,
    Command,
    Correct,
    DecideDoubleFunding,
    Enroll,
    Event,
    Funding,
    HandOverCard,
    Pay,
    RegisterDeath,
    Reinstate,
    Rejected,
    Renew,
    ReverseDeath,
    Suspend,
    Terminate,
    Void,
    Worker,
)
from services.enrollment.sweep import sweep
from tests.integration.enrollment.conftest import CLERK, KETEWEL, NEW_YEAR, announced, approve, move_to
from tests.unit.enrollment.people import PassDay
from tests.unit.enrollment.people import happens as by_calendar

DAYS = 700
STEPS = 40
COMMANDS_PER_STEP = 2
VOIDS = 0.03
CLAIMS = (UUID(int=1), UUID(int=2), None)

Make = Callable[[random.Random, Worker | None, date], Command]


def some_command(
    chance: random.Random, worker_id: UUID, worker: Worker | None, cohorts: list[Cohort], today: date
) -> Command:
    """Make a command that may well be refused."""

    def day() -> date:
        return NEW_YEAR + timedelta(days=chance.randrange(-20, DAYS))

    cohort = chance.choice(cohorts)
    coverage_id = chance.choice(worker.memberships).coverage_id if worker and worker.memberships else uuid4()
    covered_from = day()
    findings = [f.finding_id for m in (worker.memberships if worker else ()) for f in m.findings] or [uuid4()]
    activities: list[Activity | None] = [None, "farming", "trade"]
    activity = chance.choice(activities)
    paid_on, months = today - timedelta(days=chance.randrange(150)), chance.choice([None, 1, 2, 3])
    makers: list[Callable[[], Command]] = [
        lambda: Enroll(worker_id, uuid4(), cohort, KETEWEL, None, today, activity, paid_on, months),
        lambda: Enroll(worker_id, uuid4(), cohort, KETEWEL, covered_from, today, activity),
        lambda: Renew(worker_id, cohort, today),
        lambda: Renew(worker_id, cohort, today),
        lambda: Terminate(worker_id, coverage_id, day(), "moved"),
        lambda: Correct(
            worker_id,
            coverage_id,
            cohort.cohort_id,
            covered_from,
            chance.choice([None, covered_from, covered_from + timedelta(days=chance.randrange(200))]),
            today,
        ),
        lambda: Suspend(worker_id, coverage_id, covered_from, chance.choice([None, day()]), "requested"),
        lambda: Reinstate(worker_id, coverage_id, day()),
        lambda: Pay(worker_id, coverage_id, months or 6, paid_on, uuid4(), chance.choice([True, False]), today),
        lambda: Pay(worker_id, coverage_id, months or 1, paid_on, uuid4(), begins_anew=True, today=today),
        lambda: DecideDoubleFunding(worker_id, chance.choice(findings), chance.choice(["justified", "duplicate"])),
        lambda: RegisterDeath(worker_id, day(), chance.choice(CLAIMS), today),
        lambda: ReverseDeath(worker_id, chance.choice(CLAIMS), today),
        lambda: ReverseDeath(worker_id, None, today),
        lambda: HandOverCard(worker_id, day(), chance.choice(["worker", "representative"]), today),
    ]
    if chance.random() < VOIDS:
        return Void(worker_id, coverage_id, "entered_twice")
    return chance.choice(makers)()


def comparable(worker: Worker | None) -> Worker | None:
    """Leave out the order of things, and versions, which are the store's."""
    if worker is None:
        return None
    memberships = [
        replace(
            m,
            version=0,
            periods=tuple(sorted(m.periods, key=lambda p: (p.cohort.cohort_id, p.covered_from))),
            cards=tuple(sorted(m.cards, key=lambda card: card.received_by)),
            suspensions=tuple(sorted(m.suspensions, key=lambda suspension: suspension.suspended_from)),
            findings=tuple(sorted(m.findings, key=lambda finding: finding.finding_id)),
        )
        for m in worker.memberships
    ]
    return replace(worker, memberships=tuple(sorted(memberships, key=lambda m: m.coverage_id)))


@pytest.mark.parametrize("seed", range(6))
async def test_the_database_follows_the_rules(pool: Pool, seed: int) -> None:
    chance = random.Random(seed)
    terms: list[tuple[int, int | None, Funding]] = [
        (0, 90, "APBD"),
        (90, 60, "APBD_P"),
        (200, 45, "APBD"),
        (30, 120, "CSR"),
        (260, None, "SELF"),
        (10, 31, "SELF"),
    ]
    cohorts = []
    for offset, length, funding in terms:
        first = NEW_YEAR + timedelta(days=offset)
        end = None if length is None else first + timedelta(days=length)
        cohorts.append(await approve(pool, first, end, funding=funding))
    worker_id, model, events = uuid4(), None, 0
    today = NEW_YEAR
    for _ in range(STEPS):
        for _ in range(COMMANDS_PER_STEP):
            command = some_command(chance, worker_id, model, cohorts, today)
            happens = decided(model, command)
            assert await carried_out(pool, command) == (happens if isinstance(happens, str) else None)
            if not isinstance(happens, str):
                model = reduce(domain.evolve, happens, model)
                events += len(happens)
        today += timedelta(days=chance.choice([0, 1, 5, 31]))
        await move_to(pool, today)
        await sweep(pool)
        for membership in model.memberships if model else ():
            happens = by_calendar(model, PassDay(worker_id, membership.coverage_id, today))
            model = reduce(domain.evolve, happens, model)
            events += len(happens)
        async with transaction(pool) as tx:
            stored = (await store.workers(tx, [worker_id])).get(worker_id)
        assert comparable(stored) == comparable(model)
        assert len(await announced(pool, worker_id)) == events
    taken = await pool.fetch("select cohort_id, months_taken from quota where taken = 1")
    places = allotment.taken_by(model)
    assert {row["cohort_id"]: row["months_taken"] for row in taken} == {of: one.months for of, one in places.items()}
    assert await pool.fetchval("select sum(taken) from quota") == len(taken)


def decided(model: Worker | None, command: Command) -> list[Event] | str:
    """Give what happens by the rules alone, or the code of the refusal."""
    try:
        return domain.decide(model, command)
    except Rejected as refusal:
        return refusal.code


async def carried_out(pool: Pool, command: Command) -> str | None:
    """Carry the command out in the database; give the code if it is refused."""
    try:
        async with transaction(pool) as tx:
            await handlers.carry_out(tx, command, CLERK)
    except Rejected as refusal:
        return refusal.code
    return None
