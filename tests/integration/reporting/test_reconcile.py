"""Reconcile finds nothing where the reader did its work, and names what is wrong with the log or with letters."""

import random
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid5

from payung_contracts.enrollment import (
    CoverageCorrected,
    CoverageInactivated,
    CoverageReinstated,
    CoverageRenewed,
    CoverageStarted,
    CoverageSuspended,
    CoverageTerminated,
    CoverageVoided,
    WorkerDeathReversed,
    WorkerDeceased,
    WorkerErased,
    WorkerMergedInto,
    WorkerProposed,
    WorkerRefused,
    WorkerRegistered,
    WorkerRelocated,
    WorkersUnmerged,
    WorkerVerified,
    WorkerWaitlisted,
)
from payung_contracts.fact import Fact
from payung_contracts.topics import COHORT, COVERAGE

from services.chassis import parked
from services.chassis.postgres import Pool, transaction
from services.chassis.watermark import withheld
from services.reporting.projections import PROJECTION
from tests.integration.reporting.kafka_log import NAMES, NOON, Log, compare, log, named, read
from tests.integration.reporting.reconcile_story import (
    ANNUAL,
    HARVEST,
    LUH,
    SUKAWATI,
    UBUD,
    WAYAN,
    paid,
    publish_a_story,
)

__all__ = ["log"]

ENDED: dict[str, Any] = {"coverage_id": UUID(int=21), "covered_until": date(2026, 3, 1), "reason": "moved"}


def random_life(chance: random.Random, worker: int) -> list[Fact]:
    """Facts of a worker as a careless source might order them."""
    facts: list[Fact] = [WorkerRegistered(village_code=SUKAWATI)]
    for _ in range(chance.randrange(12)):
        begins = date(2026, 1, 1) + timedelta(days=chance.randrange(300))
        until = chance.choice([None, begins + timedelta(days=chance.randrange(100))])
        number = 1_000 * worker + chance.randrange(2)
        period = paid(
            str(begins),
            str(until) if until else None,
            number,
            cohort=chance.choice([ANNUAL, HARVEST]),
            village=chance.choice([SUKAWATI, UBUD]),
            segment=chance.choice(["BPU", "PU", "JAKON", "NON_ASN"]),
        )
        facts.append(
            chance.choice(
                [
                    CoverageStarted(**period),
                    CoverageRenewed(**period),
                    CoverageCorrected(**period),
                    CoverageTerminated(
                        coverage_id=UUID(int=number), covered_until=begins, reason=chance.choice(["moved", "deceased"])
                    ),
                    WorkerDeceased(died_on=begins),
                    WorkerDeathReversed(),
                    CoverageStarted(**period, grace_until=begins + timedelta(days=chance.randrange(200))),
                    CoverageInactivated(
                        coverage_id=UUID(int=number), cohort_id=ANNUAL, covered_until=begins, inactive_from=begins
                    ),
                    CoverageSuspended(coverage_id=UUID(int=number), suspended_from=begins, reason="under_review"),
                    CoverageReinstated(coverage_id=UUID(int=number), reinstated_from=begins),
                    CoverageVoided(coverage_id=UUID(int=number), reason="entered_twice"),
                    WorkerRelocated(village_code=chance.choice([SUKAWATI, UBUD]), moved_on=begins),
                    WorkerMergedInto(survivor_id=WAYAN),
                    WorkersUnmerged(other_worker_id=WAYAN, left=(UUID(int=number),)),
                    WorkerErased(erased_on=begins),
                    *proposal(chance, begins),
                ]
            )
        )
    return facts


def proposal(chance: random.Random, on: date) -> list[Fact]:
    """Steps towards cover, of which one is taken."""
    told = {"cohort_id": chance.choice([ANNUAL, HARVEST]), "village_code": chance.choice([SUKAWATI, UBUD])}
    return [
        WorkerProposed(**told, proposed_on=on),
        WorkerVerified(**told, verified_on=on, passed=("unique",)),
        WorkerRefused(**told, refused_on=on, failed="eligible", reason="too_old"),
        WorkerWaitlisted(**told, waits_since=on),
    ]


async def test_finds_nothing_where_all_was_applied(dsn: str, pool: Pool, log: Log) -> None:
    await publish_a_story(log)
    await read(pool, log)
    report = await compare(dsn, log)
    assert report.differences == []
    assert (report.facts, report.people, report.withheld) == (sum(log.sequences.values()), 6, [])
    assert {source: mark["complete_until"] for source, mark in report.watermarks.items()} == dict.fromkeys(
        ("enrollment", "claims"), log.now
    )


async def test_finds_nothing_in_the_lives_of_many(dsn: str, pool: Pool, log: Log) -> None:
    chance = random.Random(20260101)
    for worker in range(1, 150):
        await log.publish(COVERAGE, uuid5(NAMES, str(worker)), *random_life(chance, worker))
    await read(pool, log)
    report = await compare(dsn, log)
    assert report.differences == []
    assert report.people == 149


async def test_facts_that_came_after_the_read_model_are_left_aside(dsn: str, pool: Pool, log: Log) -> None:
    await publish_a_story(log)
    await read(pool, log)
    applied = sum(log.sequences.values())
    await log.publish(COVERAGE, WAYAN, WorkerDeceased(died_on=date(2026, 8, 8)))
    report = await compare(dsn, log)
    assert (report.differences, report.facts) == ([], applied)


async def test_repeats_and_types_of_tomorrow_are_no_difference(dsn: str, pool: Pool, log: Log) -> None:
    await publish_a_story(log)
    started = CoverageStarted(**paid("2026-01-01", None, 25))
    log.now = NOON + timedelta(minutes=5)
    await log.send(COVERAGE, LUH, started.type, started.to_json().encode(), sequence=2)
    await log.send(COVERAGE, LUH, "enrollment.worker_relocated.v9", b"{}")
    await log.publish(COVERAGE, LUH, WorkerDeathReversed())
    await read(pool, log)
    assert (await compare(dsn, log)).differences == []


async def test_a_parked_key_is_withheld_and_compared_up_to_its_last_applied_fact(
    dsn: str, pool: Pool, log: Log
) -> None:
    await publish_a_story(log)
    log.now += timedelta(seconds=1)
    await log.send(COVERAGE, WAYAN, CoverageRenewed.type, b'{"coverage_id": 7}')
    await log.publish(COVERAGE, WAYAN, CoverageTerminated(**ENDED))
    await read(pool, log)
    report = await compare(dsn, log)
    assert report.differences == []
    assert [(key.key, key.applied_sequence, key.letters) for key in report.withheld] == [(WAYAN, 4, 2)]

    await pool.execute("update reader_key set state = replace(state, '2026-12-01', '2026-12-02') where key = $1", WAYAN)
    assert named((await compare(dsn, log)).differences) == [f"person worker_id={WAYAN}"]


async def test_a_dropped_fact_has_no_effect_and_what_queued_behind_it_has(dsn: str, pool: Pool, log: Log) -> None:
    await publish_a_story(log)
    log.now += timedelta(seconds=1)
    await log.send(COVERAGE, WAYAN, CoverageRenewed.type, b'{"coverage_id": 7}')
    await log.publish(COVERAGE, WAYAN, CoverageTerminated(**ENDED))
    await read(pool, log)
    place = await pool.fetchrow('select topic, part, "offset" from letter order by sequence limit 1')
    assert place is not None
    await parked.drop(pool, PROJECTION, *place, by="tester", why="no fact")
    report = await compare(dsn, log)
    assert (report.differences, report.withheld) == ([], [])
    assert await pool.fetchval("select count(*) from people_delta where day = '2026-03-01' and people = -1")


async def test_a_fact_neither_applied_nor_set_aside_is_named(dsn: str, pool: Pool, log: Log) -> None:
    await publish_a_story(log)
    log.now += timedelta(seconds=1)
    await log.send(COVERAGE, WAYAN, CoverageRenewed.type, b'{"coverage_id": 7}')
    await log.publish(COVERAGE, WAYAN, CoverageTerminated(**ENDED))
    await read(pool, log)
    await pool.execute("delete from letter where sequence = 6")
    (found,) = (await compare(dsn, log)).differences
    assert (found.kind, found.where["key"]) == ("parked", WAYAN)
    assert found.log == {"neither_applied_nor_set_aside": [6]}


async def test_a_gap_in_the_log_is_named(dsn: str, pool: Pool, log: Log) -> None:
    await publish_a_story(log)
    log.sequences[COVERAGE.name, WAYAN] += 1
    await log.publish(COVERAGE, WAYAN, CoverageTerminated(**ENDED))
    await read(pool, log)
    report = await compare(dsn, log)
    assert named(report.differences) == [f"log topic={COVERAGE.name} key={WAYAN}"]
    assert report.differences[0].log == {"missing_sequence": 5, "later_facts": 1}
    assert [(key.key, key.applied_sequence) for key in report.withheld] == [(WAYAN, 4)]


async def test_a_key_whose_last_letter_was_dropped_is_withheld_nowhere(dsn: str, pool: Pool, log: Log) -> None:
    """Somebody wrote a fact with a number far ahead; whoever drops it says that nothing is missing before it."""
    await publish_a_story(log)
    log.sequences[COVERAGE.name, WAYAN] += 1
    await log.publish(COVERAGE, WAYAN, CoverageTerminated(**ENDED))
    await read(pool, log)
    place = await pool.fetchrow('select topic, part, "offset" from letter')
    assert place is not None
    assert await pool.fetchval("select max(withheld_keys) from bi.watermark") == 1
    await parked.drop(pool, PROJECTION, *place, by="tester", why="written by hand")
    report = await compare(dsn, log)
    assert (report.differences, report.withheld, await parked.list_keys(pool)) == ([], [], [])
    assert await pool.fetchval("select max(withheld_keys) from bi.watermark") == 0
    async with transaction(pool) as tx:
        assert (await withheld(tx)).keys == 0


async def test_two_facts_under_one_number_are_named(dsn: str, pool: Pool, log: Log) -> None:
    await publish_a_story(log)
    reversed_ = WorkerDeathReversed()
    await log.send(COVERAGE, LUH, reversed_.type, reversed_.to_json().encode(), sequence=3, event="other")
    await read(pool, log)
    found = (await compare(dsn, log)).differences
    assert named(found) == [f"log topic={COVERAGE.name} key={LUH} sequence=3"]


async def test_a_fact_that_comes_too_late_for_the_watermark_is_named(dsn: str, pool: Pool, log: Log) -> None:
    await publish_a_story(log)
    log.now = NOON + timedelta(seconds=20)
    await log.publish(COVERAGE, LUH, WorkerDeathReversed())
    await read(pool, log)
    (found,) = (await compare(dsn, log)).differences
    assert (found.kind, found.where["topic"]) == ("watermark", COVERAGE.name)
    assert found.log == {"recorded": NOON + timedelta(seconds=21)}


async def test_a_read_model_that_is_ahead_of_the_log_is_named(dsn: str, pool: Pool, log: Log) -> None:
    await publish_a_story(log)
    await read(pool, log)
    await pool.execute("update reader_offset set next_offset = 1000 where topic = $1 and part = 0", COHORT.name)
    (found,) = (await compare(dsn, log)).differences
    assert (found.kind, found.where) == ("log", {"topic": COHORT.name, "partition": 0})
