"""Why a figure is another one now: what was learned in between, which adds up to the difference."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import pytest
from payung_contracts.claims import PaymentRecorded
from payung_contracts.enrollment import CoverageCorrected, CoverageStarted, CoverageVoided
from payung_contracts.topics import CLAIM, COVERAGE

from services.chassis.postgres import Pool, transaction
from services.reporting.answers import snapshot
from services.reporting.projections import Counted, project
from tests.integration.reporting.conftest import Log, read
from tests.integration.reporting.test_claims import YEAR, A, B, C, D, day, picked
from tests.integration.reporting.test_cohorts import ANNA, BUDI, CITRA, FARMERS, FISHERS, asked, period
from tests.unit.reporting.calendar_model import BATUBULAN, KETEWEL
from tests.unit.reporting.claim_cases import paid, reported, returned, voided

NOON = datetime(2026, 6, 30, 4, tzinfo=UTC)
ASKED = (201, 0), (63, 1), (62, 62), (10, 9), (0, 0), (200, 0)
"""Days before that, since when and as known when."""
FIRST, SECOND, ORDER = UUID(int=31), UUID(int=32), UUID(int=41)


async def test_what_was_learned_since_adds_up_to_the_change_of_the_protected(
    pool: Pool, http: httpx2.AsyncClient
) -> None:
    log = Log()
    for worker in (ANNA, BUDI):
        log.publish(COVERAGE, worker, CoverageStarted(**period(worker.int)))
    since = log.now
    log.publish(COVERAGE, ANNA, CoverageVoided(coverage_id=ANNA, reason="entered_twice"))
    log.publish(COVERAGE, BUDI, CoverageCorrected(**period(BUDI.int, village=KETEWEL)))
    log.publish(COVERAGE, CITRA, CoverageStarted(**period(CITRA.int)))
    until = log.complete()
    log.publish(COVERAGE, CITRA, CoverageVoided(coverage_id=CITRA, reason="entered_twice"))
    await read(pool, log)
    told: dict[str, Any] = {"as_of": "2026-03-10", "since": since.isoformat(), "known_at": until.isoformat()}
    answer = await asked(http, "protected/changes", **told)
    assert answer["final"] is True
    assert answer["total"] == {"before": 2, "change": 0, "after": 2}
    # what comes to nothing in all is seen all the same: one was voided, another came
    assert [picked(one, "learned_on", "counts_from", "village", "fact", "people") for one in answer["figures"]] == [
        ("2026-01-01", "2026-03-01", BATUBULAN, "coverage_corrected", -1),
        ("2026-01-01", "2026-03-01", BATUBULAN, "coverage_started", 1),
        ("2026-01-01", "2026-03-01", BATUBULAN, "coverage_voided", -1),
        ("2026-01-01", "2026-03-01", KETEWEL, "coverage_corrected", 1),
    ]
    assert {picked(one, "cohort", "cohort_name") for one in answer["figures"]} == {(str(FARMERS), None)}
    for known_at in (since, until):
        protected = await asked(http, "protected", as_of="2026-03-10", known_at=known_at.isoformat())
        assert protected["total"] == 2
    only = await asked(http, "protected/changes", **told, area=KETEWEL)
    assert (only["total"], len(only["figures"])) == ({"before": 0, "change": 1, "after": 1}, 1)
    (at_cohort,) = (await asked(http, "protected", as_of="2026-03-10", by="cohort"))["figures"]
    assert picked(at_cohort, "cohort", "people") == (str(FARMERS), 1)
    for cohort, people in ((FARMERS, 1), (FISHERS, 0)):
        assert (await asked(http, "protected", as_of="2026-03-10", cohort=str(cohort)))["total"] == people
        listed = await asked(http, "protected/changes", **told, cohort=str(cohort))
        assert (len(listed["figures"]), listed["total"]["before"]) == (4 * people, 2 * people)
    backwards = told | {"since": until.isoformat(), "known_at": since.isoformat()}
    refused = await http.get("/v1/protected/changes", params=backwards)
    assert (refused.status_code, refused.json()["code"]) == (422, "times_in_wrong_order")
    same = await asked(http, "protected/changes", **(told | {"since": until.isoformat()}))
    assert (same["total"], same["figures"]) == ({"before": 2, "change": 0, "after": 2}, [])

    await pool.execute("insert into people_cohort_missing default values")
    for path, params in (
        ("protected", {"by": "cohort"}),
        ("protected", {"cohort": str(FARMERS)}),
        ("protected/changes", told),
    ):
        refused = await http.get(f"/v1/{path}", params=params)
        assert (refused.status_code, refused.json()["code"]) == (409, "cohorts_need_rebuild")
    (named,) = await pool.fetch("select snapshot, final, why from bi.snapshot_id($1)", until)
    assert tuple(named) == (None, False, "Not final: people are not told by cohort before a rebuild.")
    with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError):
        await pool.fetch("select * from bi.protected_changes('2026-03-10', $1, $2)", since, until)


async def test_the_newest_of_what_was_learned_come_first_however_long_ago_the_rest_was(pool: Pool) -> None:
    """Stretches of recorded time are read one after the other, from the newest to one that holds all before it."""
    people = ("BPU", BATUBULAN, "APBD", str(FARMERS), 1)
    days = [0, 1, 1, 30, 61, 62, 63, 64, 200]
    times = [NOON - timedelta(days=number) for number in days]
    midnight = datetime(2026, 5, 31, 16, tzinfo=UTC)
    ahead = datetime(2098, 1, 1, tzinfo=UTC)  # by a clock that was moved
    times += [midnight, midnight - timedelta(microseconds=1), ahead + timedelta(days=2)]
    async with transaction(pool) as tx:
        await project(
            tx, [Counted(at.isoformat(), "coverage_started", [("2026-01-01", *people)], (), ()) for at in times]
        )
    asked = [(NOON - timedelta(days=since), NOON - timedelta(days=known)) for since, known in ASKED]
    for after, until in [*asked, (NOON - timedelta(days=200), None), (ahead, None)]:
        async with snapshot(pool) as tx:
            rows = await tx.fetch(
                "select learned_on, people from protected_changes('2026-07-01', $1, $2)", after, until
            )
        wanted = Counter(
            (at + timedelta(hours=8)).date() for at in times if after < at and (until is None or at <= until)
        )
        assert [tuple(row) for row in rows] == sorted(wanted.items(), reverse=True), (after, until)


async def test_payments_that_count_otherwise_add_up_to_the_change_of_what_was_paid(
    pool: Pool, http: httpx2.AsyncClient
) -> None:
    log = Log()
    log.publish(CLAIM, ANNA, reported(FIRST, day("01-01")))
    for payment, idr in ((A, 1), (B, 20), (C, 300)):
        log.publish(CLAIM, ANNA, paid(FIRST, ORDER, payment, day("01-02"), idr))
    log.publish(CLAIM, BUDI, reported(SECOND, day("01-01")), paid(SECOND, ORDER, D, day("01-02"), 4_000))
    since = log.now
    log.publish(CLAIM, ANNA, returned(FIRST, ORDER, B, day("01-03"), 20))
    log.publish(CLAIM, ANNA, paid(FIRST, ORDER, C, day("01-04"), 301))
    log.publish(CLAIM, ANNA, paid(FIRST, ORDER, UUID(int=55), day("01-05"), 50_000))
    log.publish(CLAIM, BUDI, voided(SECOND, day("01-06"), to_recover=4_000))
    told = PaymentRecorded(
        reference="1", programme="JHT", segment="PU", paid_on=day("01-07"), cases=2, amount_idr=7, area_code="51.04"
    )
    log.publish(CLAIM, UUID(int=99), told)
    await read(pool, log)
    answer = await asked(http, "claims-paid/changes", **YEAR, since=since.isoformat())
    assert [picked(one, "paid_on", "because", "amount_idr") for one in answer["figures"]] == [
        ("2026-01-02", "corrected", -300),
        ("2026-01-02", "returned", -20),
        ("2026-01-02", "voided", -4_000),
        ("2026-01-04", "corrected", 301),
        ("2026-01-05", "added", 50_000),
        ("2026-01-07", "added", 7),
    ]
    assert answer["total"] == {"before": 4_321, "change": 45_988, "after": 50_309}
