"""People are enrolled once, whoever uploads what how often at the same time; places are never oversold."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import uuid4

import asyncpg
import pytest

from services.chassis import clock
from services.chassis.postgres import Pool, Transaction, transaction
from services.chassis.vault import Vault
from services.enrollment import handlers, store
from services.enrollment.domain import Card, Cohort, Enroll
from services.enrollment.imports import pieces
from services.enrollment.imports.pieces import Outcome
from services.enrollment.imports.rows import CardRow, PersonRow
from tests.integration.enrollment.conftest import (
    CLERK,
    JULY,
    KETEWEL,
    NEW_YEAR,
    OCTOBER,
    added,
    announced,
    approve,
    carry_out,
    enroll,
    facts,
    find,
    hand_over_cards,
    midnight,
    move_to,
    nik,
    people,
    person,
    renew,
)

FEBRUARY = date(2027, 2, 1)


async def taken(pool: Pool, cohort: Cohort) -> int:
    places: int = await pool.fetchval("select taken from quota where cohort_id = $1", cohort.cohort_id)
    return places


async def test_a_person_is_registered_and_covered(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    assert await enroll(pool, vault, cohort, [1]) == Outcome(1, 0, ())
    worker = await find(pool, vault, 1)
    assert await announced(pool, worker.worker_id) == ["worker_registered", "coverage_started"]
    started = (await facts(pool, "coverage_started"))[0]
    assert started["time"] == midnight(NEW_YEAR)
    assert (started["covered_from"], started["covered_until"]) == ("2027-01-01", "2027-07-01")
    assert await taken(pool, cohort) == 1


async def test_what_names_a_person_stands_in_the_vault_only(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    await enroll(pool, vault, cohort, [1])
    worker = await find(pool, vault, 1)
    async with transaction(pool) as tx:
        document = await vault.open(tx, worker.worker_id, actor="clerk", purpose="test")
    assert document == {"nik": nik(1), "name": "Orang Contoh 1", "birth_date": "1970-01-02"}
    tables = await pool.fetch(
        "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
    )
    for table in tables:
        text = await pool.fetchval(f"select coalesce(string_agg(t::text, chr(10)), '') from \"{table[0]}\" t")  # noqa: S608
        assert nik(1) not in text
        assert "Orang" not in text


async def test_the_same_file_twice_changes_nothing(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    await enroll(pool, vault, cohort, range(50))
    before = await pool.fetchval("select count(*) from ledger")
    assert await enroll(pool, vault, cohort, range(50)) == Outcome(0, 50, ())
    assert await pool.fetchval("select count(*) from ledger") == before
    assert await taken(pool, cohort) == 50


async def test_a_second_activity_is_a_second_membership_of_one_person(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    other = await approve(pool, segment="JAKON", funding="PROJECT")
    await enroll(pool, vault, cohort, [1])
    await enroll(pool, vault, other, [1])
    worker = await find(pool, vault, 1)
    assert sorted(membership.segment for membership in worker.memberships) == ["BPU", "JAKON"]
    assert await announced(pool, worker.worker_id) == ["worker_registered", "coverage_started", "coverage_started"]
    assert await pool.fetchval("select count(*) from vault") == 1


async def test_racing_uploads_enroll_a_person_once(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    outcomes = await asyncio.gather(*(enroll(pool, vault, cohort, [1]) for _ in range(8)))
    assert added(outcomes) == Outcome(1, 7, ())
    worker = await find(pool, vault, 1)
    assert await announced(pool, worker.worker_id) == ["worker_registered", "coverage_started"]
    assert await pool.fetchval("select count(*) from worker") == 1


async def test_racing_files_in_opposite_order_never_wait_for_each_other(
    pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    files = [random.sample(range(200), 200) for _ in range(6)]
    outcomes = await asyncio.gather(*(enroll(pool, vault, cohort, file, at_once=2, rows_max=40) for file in files))
    assert added(outcomes) == Outcome(200, 1_000, ())
    assert await pool.fetchval("select count(*) from ledger where type = 'enrollment.worker_registered.v1'") == 200


async def test_a_hundred_at_once_for_ten_places(pool: Pool, vault: Vault) -> None:
    few = await approve(pool, places=10)
    outcomes = added(await asyncio.gather(*(enroll(pool, vault, few, [number]) for number in range(100))))
    assert outcomes == Outcome(10, 0, (), waiting=90)
    assert await taken(pool, few) == 10
    assert await pool.fetchval("select count(*) from period where cohort_id = $1", few.cohort_id) == 10
    assert await pool.fetchval("select count(*) from reservation where not held") == 90
    for table in ("worker", "nik", "vault"):
        assert await pool.fetchval(f"select count(*) from {table}") == 100  # noqa: S608


async def test_places_go_to_the_first_rows_of_a_file(pool: Pool, vault: Vault) -> None:
    few = await approve(pool, places=25)
    outcome = await enroll(pool, vault, few, range(40), rows_max=10)
    assert (outcome.done, outcome.waiting) == (25, 15)
    waits = [(await find(pool, vault, number)).memberships == () for number in range(40)]
    assert waits == [False] * 25 + [True] * 15
    asked = await pool.fetch("select worker_id from reservation order by asked")
    last = [(await find(pool, vault, number)).worker_id for number in range(25, 40)]
    assert [row["worker_id"] for row in asked] == last


async def test_the_database_itself_refuses_to_oversell(pool: Pool) -> None:
    few = await approve(pool, places=1)
    with pytest.raises(asyncpg.CheckViolationError, match="quota_not_oversold"):
        await pool.execute("update quota set taken = 2 where cohort_id = $1", few.cohort_id)


async def test_the_database_itself_refuses_overlapping_periods(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    await enroll(pool, vault, cohort, [1])
    with pytest.raises(asyncpg.ExclusionViolationError, match="period_no_overlap"):
        await pool.execute(
            """
            insert into period (coverage_id, cohort_id, period)
            select coverage_id, gen_random_uuid(), '[2027-06-30,2027-08-01)' from period
            """
        )


async def test_an_upload_that_ends_half_way_is_finished_by_the_next(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    done = 0

    async def piece(tx: Transaction, chunk: Sequence[PersonRow]) -> Outcome:
        nonlocal done
        outcome = await handlers.enroll(tx, vault, cohort, chunk, await clock.business_date(tx), CLERK)
        if done == 1:
            raise asyncio.CancelledError
        done += 1
        return outcome

    with pytest.raises(asyncio.CancelledError):
        await pieces.carry_out(pool, people(range(60)), piece, rows_max=20)
    assert await pool.fetchval("select count(*) from worker") == 20
    assert await taken(pool, cohort) == 20
    assert await enroll(pool, vault, cohort, range(60)) == Outcome(40, 20, ())
    assert await taken(pool, cohort) == 60
    assert await pool.fetchval("select count(*) from ledger where type like 'enrollment.worker_registered%'") == 60


async def test_a_refused_row_leaves_no_trace(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    late = replace_first_day(person(1), JULY)
    async with transaction(pool) as tx:
        outcome = await handlers.enroll(tx, vault, cohort, [late], NEW_YEAR, CLERK)
    assert [(fault.column, fault.code) for fault in outcome.rejected] == [
        ("covered_from", "covered_from_outside_cohort")
    ]
    for table in ("worker", "nik", "vault", "coverage", "due"):
        assert await pool.fetchval(f"select count(*) from {table}") == 0  # noqa: S608


def replace_first_day(row: PersonRow, day: date) -> PersonRow:
    return replace(row, covered_from=day)


async def test_a_renewal_is_a_further_period_paid_by_another_cohort(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    await enroll(pool, vault, cohort, [1, 2])
    next_cohort = await approve(pool, JULY, OCTOBER, funding="APBD_P", places=1)
    outcome = await renew(pool, vault, next_cohort, [1, 2, 3])
    assert (outcome.done, outcome.waiting) == (1, 1)
    assert [(fault.row, fault.code) for fault in outcome.rejected] == [(4, "worker_not_registered")]
    assert (await renew(pool, vault, next_cohort, [1])) == Outcome(0, 1, ())
    worker = await find(pool, vault, 1)
    (membership,) = worker.memberships
    assert [(p.covered_from, p.covered_until) for p in membership.periods] == [(NEW_YEAR, JULY), (JULY, OCTOBER)]
    assert await announced(pool, worker.worker_id) == ["worker_registered", "coverage_started", "coverage_renewed"]
    assert await pool.fetchval("select count(*) from due where worker_id = $1", worker.worker_id) == 1


async def test_racing_renewals_of_two_cohorts_leave_one_period(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    await enroll(pool, vault, cohort, [1])
    rivals = [await approve(pool, JULY, OCTOBER) for _ in range(4)]
    outcomes = added(await asyncio.gather(*(renew(pool, vault, rival, [1]) for rival in rivals)))
    assert outcomes.done == 1
    assert {fault.code for fault in outcomes.rejected} == {"renewal_overlaps"}
    assert await pool.fetchval("select sum(taken) from quota") == 2


async def test_cards(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    await enroll(pool, vault, cohort, [1, 2])
    await move_to(pool, date(2027, 3, 1))
    cards = [CardRow(2, nik(1), FEBRUARY, "worker"), CardRow(3, nik(2), FEBRUARY, "representative")]
    assert await hand_over_cards(pool, vault, cards) == Outcome(2, 0, ())
    assert await hand_over_cards(pool, vault, cards) == Outcome(0, 2, ())
    assert await hand_over_cards(pool, vault, [CardRow(2, nik(2), date(2027, 2, 9), "worker")]) == Outcome(1, 0, ())
    assert (await hand_over_cards(pool, vault, cards)).unchanged == 2
    assert sorted((fact["received_by"], fact["time"]) for fact in await facts(pool, "card_handed_over")) == [
        ("representative", midnight(FEBRUARY)),
        ("worker", midnight(FEBRUARY)),
        ("worker", midnight(date(2027, 2, 9))),
    ]
    worker = await find(pool, vault, 2)
    assert worker.memberships[0].cards == (
        Card(FEBRUARY, "representative"),
        Card(date(2027, 2, 9), "worker"),
    )


async def test_single_and_bulk_are_one_path(pool: Pool, cohort: Cohort) -> None:
    worker_id = uuid4()
    enrolled = await carry_out(pool, Enroll(worker_id, uuid4(), cohort, KETEWEL, None, NEW_YEAR))
    async with transaction(pool) as tx:
        stored = (await store.workers(tx, [worker_id]))[worker_id]
    assert replace(stored, memberships=tuple(replace(m, version=0) for m in stored.memberships)) == enrolled
