"""Who came under protection and who lost it, in two times, and who is in a gap; the same over HTTP and in SQL."""

from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import pytest
from payung_contracts.enrollment import CoverageRenewed, CoverageStarted, CoverageTerminated, WorkerDeceased
from payung_contracts.topics import COVERAGE

from services.chassis.postgres import Pool
from tests.integration.reporting.conftest import Log, read
from tests.unit.reporting.calendar_model import BATUBULAN, KETEWEL

ANNA, BUDI, CITRA, DEWI = (UUID(int=number) for number in range(1, 5))
YEAR = {"from": "2026-01-01", "until": "2027-01-01"}
ZERO = dict.fromkeys(("joined", "returned", "moved_in", "moved_out", "lapsed", "died", "change", "renewed"), 0)


def period(kind: Any, worker: UUID, from_: date, until: date | None, village: str = BATUBULAN) -> Any:
    held = {"coverage_id": worker, "cohort_id": UUID(int=9), "segment": "BPU", "funding": "APBD"}
    covered = {"covered_from": from_, "covered_until": until, "programmes": ("JKK", "JKM")}
    return kind(**held, **covered, village_code=village)


async def a_village(pool: Pool) -> Log:
    """Anna is renewed in June, Budi comes back elsewhere in August after a gap, Citra dies in April, Dewi lapses."""
    log = Log()
    march, june, august, year_end = (date(2026, month, 1) for month in (3, 6, 8, 12))
    for worker in (ANNA, BUDI, CITRA, DEWI):
        log.publish(COVERAGE, worker, period(CoverageStarted, worker, march, june))
    log.publish(COVERAGE, ANNA, period(CoverageRenewed, ANNA, june, None))
    log.publish(COVERAGE, BUDI, period(CoverageRenewed, BUDI, august, year_end, KETEWEL))
    log.publish(COVERAGE, CITRA, WorkerDeceased(died_on=date(2026, 4, 30), claim_id=None))
    log.complete()
    await read(pool, log)
    return log


async def asked(http: httpx2.AsyncClient, question: str, **parts: Any) -> Any:
    answer = await http.get(f"/v1/{question}", params=parts)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_churn_takes_the_change_apart_in_two_times(pool: Pool, http: httpx2.AsyncClient) -> None:
    log = await a_village(pool)
    before = log.now
    found = await asked(http, "churn", **YEAR)
    assert found["figures"] == [
        {"month": "2026-03", **ZERO, "joined": 4, "change": 4},
        {"month": "2026-05", **ZERO, "died": 1, "change": -1},
        {"month": "2026-06", **ZERO, "lapsed": 2, "change": -2, "renewed": 1},
        {"month": "2026-08", **ZERO, "returned": 1, "change": 1},
        {"month": "2026-12", **ZERO, "lapsed": 1, "change": -1},
    ]
    assert found["total"] == {"joined": 4, "returned": 1, **dict.fromkeys(("moved_in", "moved_out"), 0)} | {
        "lapsed": 3,
        "died": 1,
        "change": 1,
        "renewed": 1,
    }
    ketewel = await asked(http, "churn", **YEAR, area=KETEWEL, by="village")
    assert [(row["village_name"], row["returned"], row["lapsed"]) for row in ketewel["figures"]] == [("Ketewel", 1, 1)]

    gaps = await asked(http, "gaps", as_of="2026-07-15", days=90)
    assert [(row["village"], row["people"]) for row in gaps["figures"]] == [(BATUBULAN, 2)]
    assert (await asked(http, "gaps", as_of="2026-07-15", days=44))["total"] == {"people": 0}
    assert (await asked(http, "gaps", as_of="2026-08-01", days=90))["total"] == {"people": 1}

    # it is learned late that Anna had left in May: she lapsed then, and was not renewed
    log.publish(COVERAGE, ANNA, CoverageTerminated(coverage_id=ANNA, covered_until=date(2026, 5, 10), reason="moved"))
    log.complete()
    await read(pool, log)
    total = (await asked(http, "churn", **YEAR))["total"]
    assert (total["lapsed"], total["renewed"], total["change"]) == (4, 0, 0)
    then = await asked(http, "churn", **YEAR, known_at=before.isoformat())
    assert (then["figures"], then["final"]) == (found["figures"], True)
    assert (await asked(http, "gaps", as_of="2026-07-15", days=90))["total"] == {"people": 3}

    await pool.execute("insert into churn_missing default values")
    refused = await http.get("/v1/churn", params=YEAR)
    assert (refused.status_code, refused.json()["code"]) == (409, "churn_needs_rebuild")
    for question in ("select * from bi.churn('2026-01-01', '2027-01-01')", "select * from bi.gaps('1999-01-01', 9)"):
        with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="before it was followed"):
            await pool.fetch(question)
