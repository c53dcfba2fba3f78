"""Every question, as OpenAPI lists them, says what its answer is worth; and a snapshot has one answer for ever."""

from datetime import date
from typing import Any
from uuid import UUID

import httpx2
from payung_contracts.claims import PaymentReturned
from payung_contracts.enrollment import (
    CardHandedOver,
    CardIssued,
    CohortApproved,
    CohortClosed,
    CoverageCorrected,
    CoverageStarted,
    CoverageVoided,
    DoubleFundingFound,
    PlacesReallocated,
    WorkerDeceased,
    WorkerProposed,
)
from payung_contracts.topics import CLAIM, COHORT, COVERAGE

from services.chassis.postgres import Pool
from services.reporting.targets import COLUMNS
from tests.integration.reporting.conftest import Log, read
from tests.integration.reporting.test_cohorts import ANNA, BUDI, CITRA, DEWI, FARMERS, FISHERS, MARCH, period, terms
from tests.unit.reporting.calendar_model import BATUBULAN
from tests.unit.reporting.claim_cases import decided, everything, ordered, paid, reported, review

CLAIM_ID, ORDER, PAYMENT = UUID(int=91), UUID(int=500), UUID(int=501)
TARGET = f"{','.join(COLUMNS)}\na,A,10,workers,here,51.04,all,2026-01-01,BPS,2026-01-01\n"
NEVER_FINAL = {"/v1/targets"}
"""What others state may be stated anew at any time."""
WITHOUT_FIGURES = {"/v1/watermark"}
SUMMED = {"/v1/protected": "people", "/v1/memberships": "memberships", "/v1/gaps": "people"}
SAYS = {
    "as_of": "2026-04-10",
    "from": "2026-01-01",
    "until": "2027-01-01",
    "since": "2026-01-01T04:00:02Z",
    "denominator": "a",
    "version": "1",
}


async def every_question(http: httpx2.AsyncClient) -> dict[str, dict[str, Any]]:
    """Give each path that answers figures, with what it has to be told, or may be told of the day."""
    paths = (await http.get("/openapi.json")).json()["paths"]
    found = {}
    for path, operations in paths.items():
        content = operations.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        if content.get("application/json", {}).get("schema", {}).get("$ref", "").endswith("/Answer"):
            names = {each["name"] for each in operations["get"]["parameters"]}
            found[path] = {name: SAYS[name] for name in names & SAYS.keys()}
    return found


def each_with_and_without_its_day(questions: dict[str, dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """Who names no day asks about the day of knowing: today if that is left out as well, but never for a snapshot."""
    without = {path: asked.keys() - {"as_of"} for path, asked in questions.items() if "as_of" in asked}
    dayless = [(path, {name: questions[path][name] for name in names}) for path, names in without.items()]
    return [*questions.items(), *dayless]


def a_beginning(log: Log) -> None:
    log.publish(COHORT, FARMERS, CohortApproved(**terms()))
    for worker in (ANNA, BUDI, CITRA):
        told = WorkerProposed(cohort_id=FARMERS, village_code=BATUBULAN, proposed_on=MARCH)
        log.publish(COVERAGE, worker, told, CoverageStarted(**period(worker.int)))
    log.publish(COVERAGE, CITRA, WorkerDeceased(died_on=date(2026, 3, 9)))
    log.publish(CLAIM, BUDI, *everything(UUID(int=90), UUID(int=400), MARCH)[:11])
    log.publish(
        CLAIM,
        ANNA,
        reported(CLAIM_ID, MARCH),
        decided(CLAIM_ID, MARCH, {"SANTUNAN": 7}),
        ordered(CLAIM_ID, ORDER, MARCH, {PAYMENT: 7}),
        paid(CLAIM_ID, ORDER, PAYMENT, MARCH, 7),
    )


def what_is_learned_later(log: Log) -> None:
    moved = PlacesReallocated(from_village=BATUBULAN, to_village=None, places=2)
    log.publish(COHORT, FARMERS, CohortApproved(**terms(places=5)), moved, CohortClosed(closed_on=MARCH))
    log.publish(COHORT, FISHERS, CohortApproved(**terms("Nelayan")))
    log.publish(COVERAGE, ANNA, CoverageCorrected(**period(ANNA.int, covered_until=date(2026, 4, 1))))
    log.publish(COVERAGE, BUDI, CoverageVoided(coverage_id=BUDI, reason="entered_twice"))
    log.publish(
        COVERAGE,
        DEWI,
        CoverageStarted(**period(DEWI.int)),
        WorkerDeceased(died_on=date(2026, 3, 9)),
        CardIssued(coverage_id=DEWI, village_code=BATUBULAN, issued_on=MARCH),
        CardHandedOver(coverage_id=DEWI, village_code=BATUBULAN, handed_on=MARCH, received_by="worker"),
        DoubleFundingFound(
            finding_id=UUID(int=1),
            coverage_ids=(ANNA, DEWI),
            cohort_ids=(FARMERS, FISHERS),
            activity="farming",
            overlaps_from=MARCH,
            overlaps_until=None,
            person_months=None,
            village_code=BATUBULAN,
        ),
    )
    log.publish(CLAIM, BUDI, *everything(UUID(int=90), UUID(int=400), MARCH)[11:])
    returned = PaymentReturned(
        claim_id=CLAIM_ID, order_id=ORDER, payment_id=PAYMENT, returned_on=MARCH, amount_idr=7, code="ACCOUNT_CLOSED"
    )
    log.publish(CLAIM, ANNA, returned, review(CLAIM_ID, 7, 0))


def says_what_it_is_worth(path: str, found: dict[str, Any]) -> None:
    assert found["final"] is (path not in NEVER_FINAL), (path, found)
    assert {mark["source"] for mark in found["watermarks"]} == {"enrollment", "claims"}, path
    assert (found["projection_version"], found["withheld_keys"]) == (1, 0), path
    assert found["age_seconds"] is not None, path
    assert all((*found["why"].values(), *found["definition"].values(), found["unit"])), path
    if unit := SUMMED.get(path):
        total = found["total"][unit] if isinstance(found["total"], dict) else found["total"]
        assert sum(each[unit] for each in found["figures"]) == total, path


async def test_every_answer_says_what_it_is_worth_and_a_snapshot_has_one_answer_for_ever(
    pool: Pool, http: httpx2.AsyncClient
) -> None:
    http.headers["Payung-Roles"] = "steward, clerk"
    await http.put("/v1/targets", content=TARGET)
    log = Log()
    a_beginning(log)
    known_at = log.complete()
    await read(pool, log)
    questions = await every_question(http)
    assert len(questions) > 25
    before = []
    for path, asked in each_with_and_without_its_day(questions):
        found = (await http.get(path, params=asked | {"known_at": known_at.isoformat()})).json()
        says_what_it_is_worth(path, found)
        if path not in NEVER_FINAL:
            before.append((path, asked, found))
    what_is_learned_later(log)
    log.complete()
    await read(pool, log)
    changed = set()
    for path, asked, was in before:
        again = (await http.get(path, params=asked | {"snapshot": was["snapshot"]})).json()
        kept = ("figures", "total", "as_of", "from", "until", "known_at", "snapshot", "projection_version", "final")
        assert {name: again[name] for name in kept} == {name: was[name] for name in kept}, path
        now = (await http.get(path, params=asked)).json()
        assert (now["final"], now["snapshot"]) == (False, None), path
        if (now["figures"], now["total"]) != (was["figures"], was["total"]):
            changed.add(path)
    assert {path for path, _, _ in before} - changed == WITHOUT_FIGURES, (
        "what was learned later changes every answer but a snapshot's"
    )
