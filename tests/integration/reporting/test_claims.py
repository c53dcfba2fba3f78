"""What claims tells, as figures: paid, decided, late, owed, in doubt, taken back; and deaths that nobody claimed."""

from datetime import date
from typing import Any
from uuid import UUID

import httpx2
from payung_contracts.claims import (
    ClaimReopened,
    ClaimResumed,
    ClaimSubmitted,
    DeathConfirmed,
    Obligation,
    PaymentRecorded,
    ReviewSettled,
)
from payung_contracts.enrollment import CoverageStarted, WorkerDeceased, WorkerMergedInto, WorkersMerged
from payung_contracts.topics import CLAIM, COVERAGE

from services.chassis.postgres import Pool
from tests.integration.reporting.conftest import Log, read
from tests.integration.reporting.test_cohorts import asked, period
from tests.unit.reporting.calendar_model import BATUBULAN, KETEWEL
from tests.unit.reporting.claim_cases import (
    completed,
    decided,
    ordered,
    paid,
    pended,
    reason,
    reported,
    returned,
    review,
    voided,
)

ANNA, BUDI, CITRA, DEWI, EKA = (UUID(int=number) for number in (1, 2, 3, 4, 5))
FIRST, SECOND, THIRD, FOURTH = (UUID(int=number) for number in (31, 32, 33, 34))
ONE, TWO, THREE = (UUID(int=number) for number in (41, 42, 43))
A, B, C, D = (UUID(int=number) for number in (51, 52, 53, 54))
YEAR = {"from": "2026-01-01", "until": "2027-01-01"}


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


def picked(figure: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(figure[name] for name in names)


async def test_one_claim_paid_to_several_late_and_in_part_returned(pool: Pool, http: httpx2.AsyncClient) -> None:
    log = Log()
    log.publish(CLAIM, ANNA, reported(FIRST, day("01-05")), completed(FIRST, day("01-08"), day("01-13")))
    log.publish(CLAIM, ANNA, decided(FIRST, day("01-10"), {"SANTUNAN": 32, "PEMAKAMAN": 10}, due_on=day("01-13")))
    log.publish(CLAIM, ANNA, ordered(FIRST, ONE, day("01-12"), {A: 21, B: 21}))
    log.publish(CLAIM, ANNA, paid(FIRST, ONE, A, day("01-13"), 20, ordered_idr=21))
    both_at = log.publish(CLAIM, ANNA, paid(FIRST, ONE, B, day("01-14"), 21))
    log.publish(CLAIM, ANNA, returned(FIRST, ONE, B, day("01-20"), 21))
    back_at = log.now
    log.publish(CLAIM, ANNA, ordered(FIRST, TWO, day("01-21"), {C: 21}), paid(FIRST, TWO, C, day("02-02"), 21))
    log.publish(CLAIM, ANNA, ordered(FIRST, THREE, day("02-03"), {D: 4}, "late"))
    log.publish(CLAIM, ANNA, paid(FIRST, THREE, D, day("02-04"), 4, kind="late"))
    told = PaymentRecorded(
        reference="2026/1",
        programme="JHT",
        segment="PU",
        paid_on=day("02-01"),
        cases=7,
        amount_idr=70,
        area_code="51.04",
    )
    log.publish(CLAIM, UUID(int=99), told)
    now = log.complete()
    await read(pool, log)

    units = ("people", "cases", "cases_decided_elsewhere", "payments", "amount_idr", "late_idr", "voided_idr")
    paid_now = await asked(http, "claims-paid", **YEAR, known_at=now.isoformat(), by=["month"])
    assert paid_now["final"] is True
    assert [(one["month"], *picked(one, *units)) for one in paid_now["figures"]] == [
        ("2026-01", 1, 1, 0, 1, 20, 0, 0),
        ("2026-02", 1, 8, 7, 1, 91, 4, 0),
    ]
    assert picked(paid_now["total"], *units) == (1, 8, 7, 2, 111, 4, 0)
    for known_at, idr in ((both_at, 41), (back_at, 20)):
        assert (await asked(http, "claims-paid", **YEAR, known_at=known_at.isoformat()))["total"]["amount_idr"] == idr
    by_village = await asked(http, "claims-paid", **YEAR, by=["village"], area="51.04")
    assert [(one["village_name"], one["amount_idr"]) for one in by_village["figures"]] == [
        ("Batubulan", 41),
        (None, 70),
    ]
    assert (await asked(http, "claims-paid", **YEAR, area=KETEWEL))["total"]["cases"] == 0

    took = await asked(http, "time-to-payment", **YEAR)
    assert took["total"] == {
        "payments": 2,
        "with_clock": 2,
        "in_time": 1,
        "in_time_percent": 50.0,
        "days_p50": 5,
        "days_p90": 25,
        "days_max": 25,
    }

    async def stands(as_of: str, **more: Any) -> tuple[Any, ...]:
        claims = await asked(http, "claims", as_of=f"2026-{as_of}", by=["stage"], **more)
        (one,) = claims["figures"]
        return picked(one, "stage", "outstanding_idr", "overdue", "days_late_max")

    assert await stands("01-07") == ("reported", 0, 0, 0)
    assert await stands("01-09") == ("submitted", 0, 0, 0)
    assert await stands("01-11") == ("decided", 42, 0, 0)
    assert await stands("01-12") == ("ordered", 42, 0, 0)
    assert await stands("01-14", known_at=both_at.isoformat()) == ("decided", 1, 1, 1)
    assert await stands("01-20") == ("returned", 22, 1, 7)
    assert await stands("01-21") == ("ordered", 22, 1, 8)
    assert await stands("02-02") == ("returned", 1, 1, 20)
    late_now = await asked(http, "claims-overdue", as_of="2026-01-20")
    assert late_now["total"]["claims"] == 1
    assert (await asked(http, "claims-overdue", as_of="2026-01-13"))["figures"] == []


async def test_a_claim_counts_once_by_its_newest_decision_and_a_voided_one_nowhere(
    pool: Pool, http: httpx2.AsyncClient
) -> None:
    child = Obligation(child=1, level="SD", due_on=date(2027, 7, 1), amount_idr=15)
    later = Obligation(child=1, level="SMP", due_on=date(2028, 7, 1), amount_idr=20)
    log = Log()
    log.publish(CLAIM, ANNA, reported(FIRST, day("01-05")), decided(FIRST, day("01-10"), {}))
    denied_at = log.publish(
        CLAIM, BUDI, reported(SECOND, day("01-06")), decided(SECOND, day("01-10"), {"SANTUNAN": 42})
    )
    log.publish(CLAIM, ANNA, ClaimReopened(claim_id=FIRST, reopened_for="appeal", reopened_on=day("02-01")))
    again = {"round": 2, "outcome": "partially_approved", "reasons": (reason("MEMBERSHIP_LT_3_MONTHS"),)}
    granted = decided(FIRST, day("02-10"), {"PEMAKAMAN": 10}, **again, obligations=(child, later))
    log.publish(CLAIM, ANNA, granted)
    log.publish(CLAIM, BUDI, paid(SECOND, ONE, A, day("01-20"), 42), review(SECOND, 42, 10))
    review_at = log.now
    log.publish(CLAIM, BUDI, ReviewSettled(claim_id=SECOND, ended_by="upheld", settled_on=day("02-20")))
    upheld_at = log.now
    log.publish(CLAIM, BUDI, voided(SECOND, day("03-01"), "duplicate", to_recover=42))
    log.publish(CLAIM, CITRA, reported(THIRD, day("01-06"), "JKK"))
    await read(pool, log)

    units = ("claims", "approved", "partially_approved", "denied", "decided_again", "amount_idr")
    then = await asked(http, "claims-decided", **YEAR, known_at=denied_at.isoformat(), by=["outcome"])
    assert picked(then["total"], *units) == (2, 1, 0, 1, 0, 42)
    assert [picked(one, "outcome", "denied_for", "components") for one in then["figures"]] == [
        ("approved", {}, {"SANTUNAN": 42}),
        ("denied", {"NOT_COVERED": 1}, {}),
    ]
    now = await asked(http, "claims-decided", **YEAR, by=["month", "village"])
    (one,) = now["figures"]
    assert picked(one, "month", "village_name", *units) == ("2026-02", "Batubulan", 1, 0, 1, 0, 1, 10)
    assert picked(one, "components", "reduced_for") == ({"PEMAKAMAN": 10}, {"MEMBERSHIP_LT_3_MONTHS": 1})
    january = await asked(http, "claims-decided", **{"from": "2026-01-01", "until": "2026-02-01"})
    assert picked(january["total"], *units) == (1, 0, 0, 1, 0, 0)

    paid_for = (await asked(http, "claims-paid", **YEAR))["total"]
    assert picked(paid_for, "people", "cases", "payments", "amount_idr", "voided_idr") == (0, 0, 0, 0, 42)
    taken_back = await asked(http, "claims-voided", **YEAR)
    assert taken_back["figures"] == [{"voided_for": "duplicate", "claims": 1, "claims_paid": 1, "to_recover_idr": 42}]

    for known_at, claims, less in ((review_at, 1, 32), (upheld_at, 0, 0), (log.now, 0, 0)):
        open_ = await asked(http, "reviews", as_of="2026-03-01", known_at=known_at.isoformat())
        assert picked(open_["total"], "claims", "less_idr", "more_idr") == (claims, less, 0)

    ahead = await asked(http, "obligations", as_of="2026-03-01", by=["year", "level"])
    assert [picked(one, "year", "level", "amount_idr") for one in ahead["figures"]] == [
        (2027, "SD", 15),
        (2028, "SMP", 20),
    ]
    assert picked(ahead["total"], "obligations", "children", "claims", "amount_idr") == (2, 1, 1, 35)
    assert (await asked(http, "obligations", as_of="2027-07-02"))["total"]["amount_idr"] == 20
    for area, amount in ((BATUBULAN, 35), (KETEWEL, 0), ("51.04", 35)):
        there = await asked(http, "obligations", as_of="2026-03-01", area=area)
        assert (area, there["total"]["amount_idr"]) == (area, amount)


async def test_the_service_clock_stands_while_a_claim_waits(pool: Pool, http: httpx2.AsyncClient) -> None:
    log = Log()  # what has no day of its own happened on 1 January
    log.publish(CLAIM, ANNA, reported(FIRST, day("01-01")), ClaimSubmitted(claim_id=FIRST, submitted_on=day("01-01")))
    pended_at = log.publish(CLAIM, ANNA, pended(FIRST, "DOCUMENT_INCOMPLETE"))
    log.publish(CLAIM, ANNA, ClaimResumed(claim_id=FIRST, resumed_on=day("01-05")))
    log.publish(CLAIM, ANNA, completed(FIRST, day("01-05"), day("01-08")))
    await read(pool, log)
    for as_of, known_at, stage, overdue in (
        ("01-09", pended_at, "pended", 0),
        ("01-04", log.now, "pended", 0),
        ("01-08", log.now, "submitted", 0),
        ("01-09", log.now, "submitted", 1),
    ):
        told = await asked(http, "claims", as_of=f"2026-{as_of}", known_at=known_at.isoformat())
        assert [picked(one, "stage", "overdue") for one in told["figures"]] == [(stage, overdue)], (as_of, stage)
    row = await pool.fetchrow("select pended_since, completed_on from bi.claims('2026-01-04')")
    assert row is not None
    assert tuple(row) == (day("01-01"), None)


async def test_who_died_under_cover_is_missed_until_somebody_claims_in_whatever_order_it_is_heard(
    pool: Pool, http: httpx2.AsyncClient
) -> None:
    log = Log()
    for worker in (ANNA, BUDI, CITRA, DEWI):
        log.publish(COVERAGE, worker, CoverageStarted(**period(worker.int)))
        log.publish(COVERAGE, worker, WorkerDeceased(died_on=day("04-10")))
    died_at = log.now
    log.publish(CLAIM, ANNA, reported(FIRST, day("04-10")))
    log.publish(CLAIM, BUDI, reported(SECOND, day("04-09"), "JKK"))
    claimed_at = log.now
    log.publish(CLAIM, BUDI, decided(SECOND, day("04-20"), {"SANTUNAN": 5}, programme="JKK"))
    injured_at = log.now
    log.publish(CLAIM, BUDI, DeathConfirmed(claim_id=SECOND, died_on=day("04-10")))
    log.publish(COVERAGE, CITRA, WorkersMerged(merged_worker_id=EKA, coverages=()))
    log.publish(COVERAGE, EKA, WorkerMergedInto(survivor_id=CITRA))
    log.publish(CLAIM, EKA, reported(THIRD, day("04-10")))
    log.publish(CLAIM, DEWI, reported(FOURTH, day("04-10")))
    all_at = log.now
    log.publish(CLAIM, DEWI, voided(FOURTH, day("04-12"), "withdrawn"))
    log.publish(
        COVERAGE, EKA, CoverageStarted(**period(EKA.int, village=KETEWEL)), WorkerDeceased(died_on=day("05-31"))
    )
    log.complete()
    log.records.sort(key=lambda record: record.topic, reverse=True)  # claims last, or first: no matter
    log.records.sort(key=lambda record: record.topic)
    await read(pool, log)

    async def people(known_at: Any, as_of: str = "2026-05-01") -> int:
        told = await asked(http, "died-without-claim", as_of=as_of, known_at=known_at.isoformat())
        assert isinstance(told["total"]["people"], int)
        return int(told["total"]["people"])

    expected = [(died_at, 4), (claimed_at, 2), (injured_at, 3), (all_at, 0), (log.now, 1)]
    assert [(at, await people(at)) for at, _ in expected] == expected
    assert await people(log.now, "2026-04-09") == 0
    listed = await asked(http, "died-without-claim/workers", as_of="2026-06-30")
    assert [picked(one, "worker", "died_on", "village") for one in listed["figures"]] == [
        (str(DEWI), "2026-04-10", BATUBULAN)
    ]
    refused = await http.get("/v1/died-without-claim/workers", headers={"Payung-Roles": "payer"})
    assert refused.status_code == 403


async def test_what_was_paid_for_the_dead_is_told_apart_by_when_it_began(pool: Pool, http: httpx2.AsyncClient) -> None:
    log = Log()
    log.publish(COVERAGE, ANNA, CoverageStarted(**period(21)), CoverageStarted(**period(22, covered_until=None)))
    log.publish(COVERAGE, ANNA, CoverageStarted(**period(23, covered_from=day("05-01"))))
    before = log.now
    log.publish(COVERAGE, ANNA, WorkerDeceased(died_on=day("04-10")))
    await read(pool, log)
    told = await asked(http, "paid-after-death", as_of="2026-06-01")
    units = ("begun", "people", "periods", "person_months", "without_end")
    assert [picked(one, *units) for one in told["figures"]] == [("after", 1, 1, 1, 0), ("before", 1, 2, 2, 1)]
    assert picked(told["total"], *units[1:]) == (1, 3, 3, 1)
    for more in ({"as_of": "2026-04-09"}, {"known_at": before.isoformat()}, {"area": KETEWEL}):
        assert (await asked(http, "paid-after-death", **more))["total"]["periods"] == 0
