"""What is rolled up answers as the ledger does: as of any day, known at any time, whatever came late."""

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from payung_contracts.enrollment import CoverageRenewed, CoverageStarted
from payung_contracts.topics import COVERAGE

from services.chassis.postgres import Pool, transaction
from services.reporting import queries, rollup
from services.reporting.answers import snapshot
from services.reporting.over_time import month_ends, protected_over_time
from services.reporting.projections import Counted, project
from services.reporting.queries import Where
from services.reporting.reconcile import rollups
from tests.integration.reporting.conftest import Log, read
from tests.unit.reporting.calendar_model import BATUBULAN, KETEWEL
from tests.world import until

EVERYWHERE = Where()
BEGIN = datetime(2026, 1, 25, 15, tzinfo=UTC)
"""An hour before midnight in Makassar, some days before a month's end."""
FIRST = date(2026, 1, 1)
HISTORIES = 25
COHORT_OF = {"BPU": str(UUID(int=1)), "PU": str(UUID(int=2))}
SEGMENT_OF = {cohort: segment for segment, cohort in COHORT_OF.items()}


class Change(NamedTuple):
    """A row of the ledger, in the plain model."""

    recorded_at: datetime
    day: date
    place: tuple[str, str, str]
    people: int


def plain(ledger: list[Change], days: list[date], known_at: datetime | None) -> Counter[tuple[Any, ...]]:
    """Add up, day by day, what every change says: how many there are at a place on each of the days."""
    found = Counter[tuple[Any, ...]]()
    for on in days:
        for change in ledger:
            if change.day <= on and (known_at is None or change.recorded_at <= known_at):
                found[on, *change.place] += change.people
    return Counter({place: people for place, people in found.items() if people})


async def asked(pool: Pool, days: list[date], known_at: datetime | None) -> Counter[tuple[Any, ...]]:
    async with snapshot(pool) as tx:
        rows = await tx.fetch(
            """
            select d, c.village_code, c.segment, c.funding, sum(c.people)
              from people_changes($1, $2) c join unnest($1::date[]) d on c.day <= d
             group by 1, 2, 3, 4 having sum(c.people) <> 0
            """,
            days,
            known_at,
        )
    return Counter({tuple(row[:4]): row[4] for row in rows})


async def asked_of_memberships(pool: Pool, days: list[date], known_at: datetime | None) -> Counter[tuple[Any, ...]]:
    """Ask the same of the ledger of memberships, where a cohort stands for each segment."""
    async with snapshot(pool) as tx:
        rows = await tx.fetch(
            """
            select d, c.village_code, c.cohort, 'APBD', sum(c.number)
              from ledger_changes('memberships', $1, $2) c join unnest($1::date[]) d on c.day <= d
             group by 1, 2, 3 having sum(c.number) <> 0
            """,
            days,
            known_at,
        )
    return Counter({(on, village, SEGMENT_OF[cohort], who): n for on, village, cohort, who, n in rows})


async def asked_by_cohort(pool: Pool, days: list[date], known_at: datetime | None) -> Counter[tuple[Any, ...]]:
    """Ask the same by cohort."""
    async with snapshot(pool) as tx:
        rows = await tx.fetch(
            """
            select d, c.village_code, c.cohort_id, c.segment, c.funding, sum(c.people)
              from people_by_cohort_changes($1, $2) c join unnest($1::date[]) d on c.day <= d
             group by 1, 2, 3, 4, 5 having sum(c.people) <> 0
            """,
            days,
            known_at,
        )
    assert all(SEGMENT_OF[str(cohort)] == segment for _, _, cohort, segment, *_ in rows)
    return Counter({(on, village, segment, who): n for on, village, _, segment, who, n in rows})


places = st.tuples(st.sampled_from([BATUBULAN, KETEWEL]), st.sampled_from(["BPU", "PU"]), st.just("APBD"))
days_of_year = st.integers(0, 240).map(lambda n: FIRST + timedelta(days=n))
changes = st.lists(st.tuples(days_of_year, places, st.sampled_from([1, 1, 2, -1])), min_size=1, max_size=4)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("learn"), st.integers(0, 400), changes),
        st.tuples(st.just("learn late"), st.integers(1, 2400), changes),
        st.tuples(st.just("claim"), st.integers(0, 72), st.just(())),
        st.tuples(st.just("roll"), st.integers(1, 30), st.just(())),
        st.tuples(st.just("roll"), st.just(1000), st.just(())),
        st.tuples(st.just("move late"), st.just(0), st.just(())),
    ),
    min_size=4,
    max_size=12,
)
questions = st.lists(
    st.tuples(st.lists(days_of_year, min_size=1, max_size=4, unique=True).map(sorted), st.integers(0, 5000)),
    min_size=3,
    max_size=3,
)


def histories() -> list[tuple[Any, Any]]:
    """Generate what was learned and rolled, and what was asked then, the same at each run."""
    found: list[tuple[Any, Any]] = []

    @settings(max_examples=HISTORIES, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(steps, questions)
    def collect(steps: Any, questions: Any) -> None:
        found.append((steps, questions))

    collect()
    return found


async def test_any_question_equals_the_plain_sum_whatever_is_late_and_however_far_the_rolling_came(pool: Pool) -> None:
    """All histories one after the other in one ledger, so that months pass."""
    ledger, now = list[Change](), BEGIN
    for steps, questions in histories():
        now += timedelta(days=5)
        for what, number, learned in steps:
            if what == "learn":
                now += timedelta(hours=number / 5)
            if what in ("learn", "learn late"):
                at = now - timedelta(hours=number if what == "learn late" else 0)
                deltas = [(day, place[1], place[0], place[2], more) for day, place, more in learned]
                members = [(str(day), COHORT_OF[segment], *rest) for day, segment, *rest in deltas]
                members = [(day, cohort, village, "in_force", more) for day, cohort, village, _, more in members]
                people = [(str(day), *rest, COHORT_OF[rest[0]], more) for day, *rest, more in deltas]
                told = [Counted(at.isoformat(), "coverage_started", people, members, ())]
                async with transaction(pool) as tx:
                    await project(tx, told)
                ledger += [Change(at, day, place, more) for day, place, more in learned]
            elif what == "claim":
                await rollup.claim(pool, now - timedelta(hours=number), run_rows=3)
            elif what == "roll":
                for _ in range(number):
                    if not await rollup.roll_next(pool):
                        break
            else:
                await rollup.move_late(pool)
        for days, hours in [*questions, (questions[0][0], None)]:
            known_at = None if hours is None else now - timedelta(hours=hours)
            assert await asked(pool, days, known_at) == plain(ledger, days, known_at)
            assert await asked_of_memberships(pool, days, known_at) == plain(ledger, days, known_at)
            assert await asked_by_cohort(pool, days, known_at) == plain(ledger, days, known_at)
    await rollup.roll(pool, now, asyncio.Event(), run_rows=3)
    days = [FIRST + timedelta(days=n) for n in range(240)]  # so many are added up otherwise than a few
    assert await asked(pool, days, None) == plain(ledger, days, None)
    assert await pool.fetchval("select count(distinct known_until) from rolled_balance") > 2
    assert await too_much(pool) == set()
    drawn = await pool.fetchval("select distinct known_until from rolled_balance order by 1 offset 1 limit 1")
    await pool.execute("update rolled_balance set levels[1] = levels[1] + 1 where known_until = $1", drawn)
    assert await too_much(pool) == {("rolled_balance", drawn)}


async def too_much(pool: Pool) -> set[tuple[str, datetime]]:
    """Give the sums that reconcile finds wrong against their ledgers."""
    async with snapshot(pool) as tx:
        found = (await rollups.read(tx)).too_much
    return {(where.table, where.known_until) for where, number in found.items() if number}


def learn(at: datetime) -> list[Counted]:
    people = [("2026-02-01", "BPU", BATUBULAN, "APBD", COHORT_OF["BPU"], 1)]
    return [Counted(at.isoformat(), "coverage_started", people, (), ())]


async def test_what_is_being_written_while_its_run_is_claimed_counts_once(pool: Pool) -> None:
    """A claim waits for whoever began to write before it; whoever writes after it is late."""
    async with transaction(pool) as tx:
        await project(tx, learn(BEGIN))
    async with transaction(pool) as before:
        await project(before, learn(BEGIN))
        claiming = asyncio.create_task(rollup.claim(pool, BEGIN + timedelta(days=1)))

        async def waits() -> bool:
            return bool(await pool.fetchval("select exists (select from pg_locks where not granted)"))

        await until(waits, "the claim waits")
    assert await claiming
    async with transaction(pool) as tx:
        await project(tx, learn(BEGIN))
    assert await pool.fetchval("select count(*) from rolled_late where ledger = 'people'") == 1
    for _ in range(2):  # claimed only, then rolled
        assert sum((await asked(pool, [date(2026, 2, 1)], None)).values()) == 3
        while await rollup.roll_next(pool):
            pass
    assert await rollup.move_late(pool) == 2  # of people, and of people by cohort
    assert sum((await asked(pool, [date(2026, 2, 1)], None)).values()) == 3
    sums = await pool.fetch("select ledger, sum(levels[cardinality(levels)]) from rolled group by 1 order by 1")
    assert [tuple(row) for row in sums] == [("people", 3), ("people_by_cohort", 3)]


async def test_a_time_with_more_rows_than_a_run_is_claimed_once_its_day_is_over(pool: Pool) -> None:
    place = ("BPU", BATUBULAN, "APBD", COHORT_OF["BPU"], 1)
    people = [(f"2026-02-{number:02}", *place) for number in range(1, 8)]
    async with transaction(pool) as tx:
        await project(tx, [Counted(BEGIN.isoformat(), "coverage_started", people, (), ())])
    claimed = [await rollup.claim(pool, BEGIN + timedelta(hours=hours), run_rows=3) for hours in (0.5, 0.5, 1, 1)]
    assert claimed == [1, 0, 1, 0]


async def test_answers_stay_as_they_were_when_rolled_and_take_in_a_fact_that_was_missing(pool: Pool) -> None:
    """Protected, over time, and who leaves cover when; the first fact of one worker arrives weeks after its run."""
    log = Log()
    period = {"cohort_id": UUID(int=9), "segment": "BPU", "funding": "APBD", "programmes": ("JKK", "JKM")}

    def cover(worker: int, from_: date, until_: date) -> dict[str, Any]:
        village = (BATUBULAN, KETEWEL)[worker % 2]
        dates = {"covered_from": from_, "covered_until": until_, "village_code": village}
        return period | dates | {"coverage_id": UUID(int=worker)}

    for worker in range(1, 5):
        log.publish(
            COVERAGE, UUID(int=worker), CoverageStarted(**cover(worker, date(2026, 1, worker), date(2026, 2, 3)))
        )
    missing = log.records.pop(0)
    for worker in range(1, 5):
        log.now += timedelta(days=12)
        renewed = CoverageRenewed(**cover(worker, date(2026, 2, 3), date(2026, 4, worker)))
        log.publish(COVERAGE, UUID(int=worker), renewed)
    times = [None, log.now, log.now - timedelta(days=13), log.now - timedelta(days=37)]
    log.complete()

    async def answers() -> list[Any]:
        found: list[Any] = []
        for known_at in times:
            async with snapshot(pool) as tx:
                found += [
                    await queries.protected(tx, day, known_at, ["village", "segment"], EVERYWHERE)
                    for day in (date(2026, 1, 3), date(2026, 2, 28), date(2026, 4, 2))
                ]
                ends = [*month_ends(FIRST, date(2026, 4, 1)), date(2026, 4, 1)]
                found.append(await protected_over_time(tx, sorted(ends), known_at, Where(KETEWEL)))
                found.append(await queries.expiries(tx, date(2026, 1, 31), date(2026, 4, 30), known_at))
        return found

    async def roll_all() -> None:
        final = await rollup.final_until(pool)
        assert final == log.now
        await rollup.roll(pool, final, asyncio.Event())

    await read(pool, log)
    before = await answers()
    await roll_all()
    assert await pool.fetchval("select count(*) from rolled_balance") > 0
    assert await answers() == before
    log.records = [*log.records, missing._replace(offset=log.ends[missing.topic, missing.partition])]
    log.ends[missing.topic, missing.partition] += 1
    await read(pool, log)
    assert await pool.fetchval("select count(*) from rolled_late") > 0
    after = await answers()
    assert after != before
    await roll_all()
    assert await pool.fetchval("select count(*) from rolled_late") == 0
    assert await answers() == after
