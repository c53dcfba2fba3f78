"""Facts become figures: in any order of workers, repeated, in batches of any size, as of any day, known at any time."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from payung_contracts.claims import ClaimPaid, PaymentRecorded
from payung_contracts.enrollment import (
    CardHandedOver,
    CohortApproved,
    CoverageCorrected,
    CoverageExpired,
    CoverageStarted,
    LegalBasis,
)
from payung_contracts.topics import CLAIM, COHORT, COVERAGE

from services.chassis.apply import apply
from services.chassis.postgres import Pool, Transaction, transaction
from services.chassis.reader import sort
from services.reporting import cohort_queries, queries
from services.reporting.answers import snapshot
from services.reporting.deaths import Death, PaidAfterDeath
from services.reporting.projections import COLUMNS, PROJECTION, Counted, project
from services.reporting.queries import Where
from tests.integration.reporting.conftest import NOON, Log, read
from tests.unit.reporting.calendar_model import (
    BATUBULAN,
    HORIZON,
    JANUARY,
    KETEWEL,
    Fact,
    history,
    model_memberships,
    model_people,
)

EVERYWHERE = Where()
PARTS = ["segment", "village", "funding"]
HISTORIES = 20


def histories() -> list[list[list[Fact]]]:
    """Generate what happened to a few workers, the same at each run."""
    found: list[list[list[Fact]]] = []

    @settings(max_examples=HISTORIES, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(history.filter(lambda workers: sum(map(len, workers)) > 4))
    def collect(workers: list[list[Fact]]) -> None:
        found.append(workers)

    collect()
    return found


@pytest.mark.parametrize("batch", [1, 3, 1000])
async def test_figures_equal_the_calendar_on_sampled_days_as_known_at_sampled_times(pool: Pool, batch: int) -> None:
    """All histories in one log: their workers side by side, some records twice."""
    workers = [facts for workers in histories() for facts in workers]
    log, known = Log(), list[tuple[Any, list[int]]]()
    counts = [0 for _ in workers]
    for turn in range(max(map(len, workers))):
        for worker, facts in enumerate(workers):
            if turn < len(facts):
                type_, data = facts[turn]
                log.publish_raw(COVERAGE, UUID(int=worker), type_, json.dumps(data).encode())
                counts[worker] += 1
        if turn % 3 == 1:
            for record in log.records[-5:]:
                log.repeat(record)
        known.append((log.now, list(counts)))
    await read(pool, log, at_most=batch * 10)
    for known_at, so_far in [*known[::2], (None, counts)]:
        told = [facts[:count] for facts, count in zip(workers, so_far, strict=True)]
        for on in range(0, HORIZON + 1, 9):
            as_of = JANUARY + timedelta(days=on)
            async with snapshot(pool) as tx:
                people = await queries.protected(tx, as_of, known_at, PARTS, EVERYWHERE)
                by_cohort = await queries.protected(tx, as_of, known_at, [*PARTS, "cohort"], EVERYWHERE)
                held = await queries.memberships(tx, as_of, known_at, ["cohort", "village"], EVERYWHERE)
            wanted = model_people(told, on)
            assert {(*(f[part] for part in PARTS), f["cohort"]): f["people"] for f in by_cohort} == wanted
            of_all_cohorts = Counter[tuple[str, ...]]()
            for place, number in wanted.items():
                of_all_cohorts[place[:3]] += number
            assert {tuple(f[part] for part in PARTS): f["people"] for f in people} == of_all_cohorts
            in_force = {key[:2]: count for key, count in model_memberships(told, on).items() if key[2] == "in_force"}
            assert {(f["cohort"], f["village"]): f["memberships"] for f in held} == in_force


ANNA, BUDI = UUID(int=1), UUID(int=2)
FARMERS, FISHERS = uuid4(), uuid4()
MARCH, JUNE = date(2026, 3, 1), date(2026, 6, 1)


def cover(from_: date, until: date | None, **other: Any) -> dict[str, Any]:
    usual = {
        "coverage_id": ANNA,
        "cohort_id": FARMERS,
        "segment": "BPU",
        "funding": "APBD",
        "village_code": BATUBULAN,
        "programmes": ("JKK", "JKM"),
    }
    return usual | {"covered_from": from_, "covered_until": until} | other


def cohort(name: str, **other: Any) -> CohortApproved:
    usual: dict[str, Any] = {
        "name": name,
        "year": 2026,
        "segment": "BPU",
        "funding": "APBD",
        "programmes": ("JKK", "JKM"),
        "legal_bases": (LegalBasis(title="Perbup Gianyar 55/2018"), LegalBasis(title="SK Bupati", placeholder=True)),
        "covered_from": MARCH,
        "covered_until": JUNE,
        "months": 3,
        "places": 10,
        "person_months": 30,
        "budget_idr": 504_000,
    }
    return CohortApproved(**(usual | other))


async def protected(pool: Pool, as_of: date, known_at: Any = None) -> int:
    async with snapshot(pool) as tx:
        return sum(f["people"] for f in await queries.protected(tx, as_of, known_at, [], EVERYWHERE))


async def test_last_day_of_cover_is_covered_and_the_next_is_not(pool: Pool) -> None:
    log = Log()
    log.publish(COVERAGE, ANNA, CoverageStarted(**cover(MARCH, JUNE)))
    log.publish(COVERAGE, ANNA, CoverageExpired(coverage_id=ANNA, cohort_id=FARMERS, covered_until=JUNE))
    await read(pool, log)
    days = [date(2026, 2, 28), MARCH, date(2026, 5, 31), JUNE]
    assert [await protected(pool, day) for day in days] == [0, 1, 1, 0]
    async with snapshot(pool) as tx:
        figures, total = await queries.expiries(tx, date(2026, 5, 31), JUNE, None)
    assert [(f["last_covered_day"], f["people"], f["memberships"]) for f in figures] == [(date(2026, 5, 31), 1, 1)]
    assert total == {"people": 1, "memberships": 1}


async def test_a_late_correction_leaves_what_was_known_as_it_was_published(pool: Pool) -> None:
    log = Log()
    published_at = log.publish(COVERAGE, ANNA, CoverageStarted(**cover(MARCH, JUNE)))
    await read(pool, log)
    before = await protected(pool, date(2026, 3, 31), published_at)
    log.publish(COVERAGE, ANNA, CoverageCorrected(**cover(MARCH, MARCH)))
    await read(pool, log)
    assert await protected(pool, date(2026, 3, 31), published_at) == before == 1
    assert await protected(pool, date(2026, 3, 31), log.now) == 0


async def test_correction_of_a_correction_moves_totals_by_exactly_the_difference(pool: Pool) -> None:
    log = Log()
    log.publish(COVERAGE, ANNA, CoverageStarted(**cover(MARCH, JUNE)))
    log.publish(COVERAGE, ANNA, CoverageCorrected(**cover(MARCH, MARCH)))
    log.publish(COVERAGE, ANNA, CoverageCorrected(**cover(date(2026, 4, 1), JUNE)))
    await read(pool, log)
    assert [await protected(pool, day) for day in (date(2026, 3, 31), date(2026, 4, 1), JUNE)] == [0, 1, 0]
    async with snapshot(pool) as tx:
        figures, _ = await cohort_queries.commitments(tx, None, date(2026, 6, 30), None, ["cohort"])
    assert [(f["cohort"], f["enrolled"]) for f in figures] == [(str(FARMERS), 1)]


async def test_people_of_one_transaction_are_all_counted(pool: Pool) -> None:
    log = Log()
    for number in range(1, 8):
        fact = CoverageStarted(**cover(MARCH, JUNE, coverage_id=UUID(int=number)))
        log.publish_raw(COVERAGE, UUID(int=number), fact.type, fact.to_json().encode(), seconds_later=0)
    await read(pool, log)
    assert [await protected(pool, day, log.now) for day in (MARCH, JUNE)] == [7, 0]
    async with snapshot(pool) as tx:
        held = await queries.memberships(tx, MARCH, log.now, [], EVERYWHERE)
    assert held == [{"memberships": 7}]
    assert await pool.fetchval("select count(*) from people_delta") == 2


async def test_a_person_with_two_memberships_is_one_person(pool: Pool) -> None:
    log = Log()
    log.publish(COHORT, FARMERS, cohort("Petani"))
    log.publish(COHORT, FISHERS, cohort("Nelayan"))
    log.publish(COVERAGE, ANNA, CoverageStarted(**cover(MARCH, JUNE)))
    second = cover(MARCH, JUNE, coverage_id=BUDI, cohort_id=FISHERS, village_code=KETEWEL)
    log.publish(COVERAGE, ANNA, CoverageStarted(**second))
    await read(pool, log)
    async with snapshot(pool) as tx:
        people = await queries.protected(tx, MARCH, None, ["village"], EVERYWHERE)
        held = await queries.memberships(tx, MARCH, None, ["cohort"], EVERYWHERE)
    assert people == [{"village": BATUBULAN, "village_name": "Batubulan", "people": 1}]
    assert sorted((f["cohort_name"], f["memberships"]) for f in held) == [("Nelayan", 1), ("Petani", 1)]


async def test_a_fact_that_is_none_parks_its_worker_and_no_other(pool: Pool) -> None:
    log = Log()
    log.publish_raw(COVERAGE, ANNA, "enrollment.coverage_started.v1", b'{"coverage_id": 1}')
    parked_at = log.publish(COVERAGE, ANNA, CoverageStarted(**cover(MARCH, JUNE)))
    log.publish(COVERAGE, BUDI, CoverageStarted(**cover(MARCH, JUNE)))
    await read(pool, log)
    assert await protected(pool, MARCH, parked_at) == 0
    assert await protected(pool, MARCH) == 1
    assert await pool.fetchval("select count(distinct key) from letter where settled_at is null") == 1


async def test_a_number_that_postgres_cannot_hold_parks_its_cohort_and_no_other(pool: Pool) -> None:
    log = Log()
    log.publish(COHORT, FARMERS, cohort("Petani", budget_idr=10**30))
    log.publish(COHORT, FISHERS, cohort("Nelayan"))
    await read(pool, log)
    assert [row["name"] for row in await pool.fetch("select name from cohort")] == ["Nelayan"]


async def test_the_tables_of_a_later_release_take_what_this_one_writes(pool: Pool) -> None:
    for table in COLUMNS:
        await pool.execute(f"alter table {table} add column later text")
    await pool.execute("insert into rolled_run (known_until) values ($1)", NOON + timedelta(days=1))
    day, cohort_id = "2026-01-01", str(FARMERS)
    died = Death(day, str(ANNA), BATUBULAN, "BPU", "APBD")
    paid = PaidAfterDeath(day, str(ANNA), str(ANNA), cohort_id, BATUBULAN, "BPU", "APBD", day, None, begun_after=True)
    told = Counted(
        NOON.isoformat(),
        "coverage_started",
        people=[(day, "BPU", BATUBULAN, "APBD", cohort_id, 1)],
        memberships=[(day, cohort_id, BATUBULAN, "in_force", 1)],
        steps=[(day, cohort_id, BATUBULAN, "proposed", None, None, 1)],
        deaths=[(died, 1), (paid, 1)],
        churn=[(day, "BPU", BATUBULAN, "APBD", "joined", None, 1)],
    )
    async with transaction(pool) as tx:
        await project(tx, [told])
    rows = [await pool.fetchval(f"select count(*) from {table} where later is null") for table in COLUMNS]  # noqa: S608
    assert rows == [*[1] * 6, 5]


async def test_what_our_copy_has_wrong_is_no_fault_of_a_fact_and_waits(pool: Pool) -> None:
    async def lines() -> AsyncIterator[bytes]:
        yield b"2026-01-01\n"

    async def wrong(tx: Transaction, _effects: object) -> None:
        await tx.copy_to_table("people_delta", source=lines(), columns=["day", "people"], format="text")

    log = Log()
    log.publish(COVERAGE, ANNA, CoverageStarted(**cover(MARCH, JUNE)))
    with pytest.raises(asyncpg.BadCopyFileFormatError):
        async with transaction(pool) as tx:
            await apply(tx, replace(PROJECTION, project=wrong), sort(log.records).work)
    await read(pool, log)
    assert await protected(pool, MARCH) == 1


async def test_commitments_stand_against_what_was_enrolled(pool: Pool) -> None:
    log = Log()
    known_at = log.publish(COHORT, FARMERS, cohort("Petani", phase="II"))
    log.publish(COHORT, FARMERS, cohort("Petani", phase="II", places=20, budget_idr=None))
    log.publish(COVERAGE, ANNA, CoverageStarted(**cover(MARCH, JUNE)))
    await read(pool, log)
    async with snapshot(pool) as tx:
        _, then = await cohort_queries.commitments(tx, 2026, date(2026, 6, 30), known_at, ["phase"])
        parts, now = await cohort_queries.commitments(tx, 2026, date(2026, 6, 30), None, ["phase"])
        _, other_year = await cohort_queries.commitments(tx, 2025, date(2026, 6, 30), None, ["phase"])
        bases, count = await cohort_queries.legal_bases(tx, 2026, None)
    assert (then["places"], then["budget_idr"], then["enrolled"]) == (10, 504_000, 0)
    assert (now["places"], now["cohorts_without_budget"], now["enrolled"]) == (20, 1, 1)
    assert parts == [{"phase": "II"} | now]
    assert other_year["places"] == 0
    assert [base["title"] for base in bases] == ["Perbup Gianyar 55/2018", "SK Bupati"]
    assert count == {"legal_bases": 2, "placeholders": 1}


async def test_people_cases_payments_and_rupiah_are_kept_apart(pool: Pool) -> None:
    log = Log()
    paid = {"programme": "JKM", "paid_on": MARCH, "amount_idr": 42_000_000, "segment": "BPU", "funding": "APBD"}
    place = {"cohort_id": FARMERS, "village_code": BATUBULAN}
    claim = uuid4()
    for amount in (42_000_000, 1_000_000):
        payment = paid | place | {"claim_id": claim, "order_id": uuid4(), "amount_idr": amount}
        log.publish(CLAIM, ANNA, ClaimPaid(**payment))
    log.publish(
        CLAIM,
        uuid4(),
        PaymentRecorded(
            reference="2026-03/1",
            programme="JHT",
            segment="PU",
            paid_on=date(2026, 3, 31),
            cases=7,
            amount_idr=70_000_000,
            area_code="51.04",
        ),
    )
    await read(pool, log)
    async with snapshot(pool) as tx:
        parts, total = await queries.claims_paid(tx, MARCH, date(2026, 4, 1), None, ["programme", "month"])
        _, before = await queries.claims_paid(tx, MARCH, date(2026, 3, 31), None, [])
    units = ("people", "cases", "cases_decided_elsewhere", "payments", "amount_idr")
    assert {part["programme"]: tuple(part[unit] for unit in units) for part in parts} == {
        "JHT": (0, 7, 7, 0, 70_000_000),
        "JKM": (1, 1, 0, 2, 43_000_000),
    }
    assert tuple(total[unit] for unit in units) == (1, 8, 7, 2, 113_000_000)
    assert before["amount_idr"] == 43_000_000


async def test_a_card_counts_once_at_its_first_handover(pool: Pool) -> None:
    log = Log()
    for day, receiver in ((MARCH, "representative"), (JUNE, "worker")):
        log.publish(
            COVERAGE,
            ANNA,
            CardHandedOver(coverage_id=ANNA, village_code=BATUBULAN, handed_on=day, received_by=receiver),
        )
    await read(pool, log)
    async with snapshot(pool) as tx:
        figures, total = await cohort_queries.cards(tx, MARCH, date(2026, 4, 1), None)
        _, later = await cohort_queries.cards(tx, JUNE, date(2026, 7, 1), None)
    assert [(f["district_name"], f["cards"], f["to_representatives"]) for f in figures] == [("Sukawati", 1, 1)]
    assert (total, later) == ({"cards": 1, "districts": 1}, {"cards": 0, "districts": 0})
