"""A world in which every question has an answer: each state, stage, refusal and finding stands in it at least once."""

from datetime import date
from typing import Any
from uuid import UUID

import httpx2
from payung_contracts import claims
from payung_contracts.claims import Obligation, PaymentRecorded
from payung_contracts.enrollment import (
    CohortApproved,
    CohortOpened,
    CohortProposed,
    CoverageRenewed,
    CoverageStarted,
    CoverageSuspended,
    DoubleFundingDecided,
    DoubleFundingFound,
    LegalBasis,
    WorkerProposed,
    WorkerRefused,
    WorkerVerified,
    WorkerWaitlisted,
)
from payung_contracts.topics import CLAIM, COHORT, COVERAGE

from services.chassis.postgres import Pool, transaction
from services.reporting import published_store
from tests.integration.reporting.conftest import Log, read
from tests.integration.reporting.test_cohorts import ANNA, DEWI, FARMERS, FISHERS, MARCH, period, terms
from tests.integration.reporting.test_honesty import (
    TARGET,
    a_beginning,
    every_question,
    what_is_learned_later,
)
from tests.unit.reporting.calendar_model import BATUBULAN, KETEWEL
from tests.unit.reporting.claim_cases import completed, decided, ordered, paid, pended, reason, reported, voided

DAY = date(2026, 4, 10)
WEAVERS, DRIVERS = UUID(int=13), UUID(int=14)
REFUSED = ("covered_already", "cohort_not_open", "age_outside_limit", "worker_deceased", "withdrawn")


def _cohorts(log: Log) -> None:
    log.publish(COHORT, WEAVERS, CohortProposed(**terms("Penenun", phase="Tahap 2", budget_idr=None)))
    unlimited = {"places": 5, "person_months": None, "funding": "CSR", "segment": "PU", "year": 2025}
    basis = LegalBasis(title="Keputusan Bupati", placeholder=True)
    log.publish(COHORT, DRIVERS, CohortApproved(**terms("Sopir", **unlimited, legal_bases=(basis,))))
    log.publish(COHORT, DRIVERS, CohortOpened(opened_on=MARCH))


def _people(log: Log) -> None:
    """Propose, refuse, cover, suspend and find people, and let cover of some end or go into grace."""
    told: dict[str, Any] = {"cohort_id": FARMERS, "village_code": KETEWEL}
    for number, code in enumerate(REFUSED, 201):
        refused = WorkerRefused(**told, refused_on=MARCH, failed="eligible", reason=code)
        log.publish(COVERAGE, UUID(int=number), WorkerProposed(**told, proposed_on=MARCH), refused)
    passed = WorkerVerified(**told, verified_on=MARCH, passed=("unique", "identity_matched", "eligible", "in_decree"))
    waits = WorkerWaitlisted(**told, waits_since=MARCH)
    log.publish(COVERAGE, UUID(int=210), WorkerProposed(**told, proposed_on=MARCH), passed, waits)
    january, april = date(2026, 1, 5), date(2026, 4, 1)
    for number in range(220, 226):
        drives = period(number, DRIVERS, KETEWEL, segment="PU", funding="CSR", covered_from=january)
        log.publish(COVERAGE, UUID(int=number), CoverageStarted(**drives))
    log.publish(
        COVERAGE,
        UUID(int=220),
        CoverageSuspended(coverage_id=UUID(int=220), suspended_from=april, reason="under_review"),
    )
    ended = {"covered_from": january, "covered_until": april, "grace_until": date(2026, 7, 1)}
    log.publish(COVERAGE, UUID(int=230), CoverageStarted(**period(230, FARMERS, KETEWEL, **ended)))
    short = period(231, covered_from=january, covered_until=date(2026, 2, 1))
    log.publish(COVERAGE, UUID(int=231), CoverageStarted(**short))
    log.publish(COVERAGE, UUID(int=231), CoverageRenewed(**period(231, FISHERS)))
    for number, outcome in ((2, "justified"), (3, "duplicate")):
        found = DoubleFundingFound(
            finding_id=UUID(int=number),
            coverage_ids=(ANNA, DEWI),
            cohort_ids=(FARMERS, FISHERS),
            activity="farming",
            overlaps_from=MARCH,
            overlaps_until=DAY,
            person_months=2,
            village_code=BATUBULAN,
        )
        settled = DoubleFundingDecided(finding_id=UUID(int=number), outcome=outcome)
        log.publish(COVERAGE, DEWI, found, settled)


def _claims(log: Log) -> None:
    """Leave a claim in each stage, one of them late, and decide in each way."""
    one = [UUID(int=number) for number in range(300, 320)]
    log.publish(CLAIM, UUID(int=220), reported(one[0], MARCH))
    log.publish(CLAIM, UUID(int=221), reported(one[1], MARCH), pended(one[1], "DOCUMENT_INCOMPLETE"))
    late = completed(one[2], MARCH, date(2026, 3, 10))
    log.publish(CLAIM, UUID(int=222), reported(one[2], MARCH, "JKK"), late)
    log.publish(CLAIM, UUID(int=223), reported(one[3], MARCH), decided(one[3], MARCH, {}, reasons=(_denied(),)))
    child = Obligation(child=1, level="SD", due_on=date(2027, 7, 1), amount_idr=1_500_000)
    less = {"outcome": "partially_approved", "reasons": (reason("SCHOLARSHIP_AGE"),), "obligations": (child,)}
    log.publish(CLAIM, UUID(int=224), reported(one[4], MARCH), decided(one[4], MARCH, {"SANTUNAN": 20_000_000}, **less))
    amount, order = 10_000_000, UUID(int=601)
    first = [reported(one[5], MARCH), completed(one[5], MARCH, DAY), decided(one[5], MARCH, {"PEMAKAMAN": amount})]
    log.publish(CLAIM, UUID(int=225), *first, ordered(one[5], order, MARCH, {UUID(int=602): amount}, due=DAY))
    second, paid_on = UUID(int=603), date(2026, 3, 9)
    log.publish(
        CLAIM,
        UUID(int=230),
        reported(one[6], MARCH),
        completed(one[6], MARCH, DAY),
        decided(one[6], MARCH, {"PEMAKAMAN": amount}),
        ordered(one[6], second, MARCH, {UUID(int=604): amount}, due=DAY),
        paid(one[6], second, UUID(int=604), paid_on, amount, first_due_on=DAY),
    )
    log.publish(CLAIM, UUID(int=231), reported(one[7], MARCH), voided(one[7], MARCH, "withdrawn"))
    by_file = {"programme": "JKM", "segment": "BPU", "paid_on": paid_on, "cases": 2, "amount_idr": 84_000_000}
    log.publish(CLAIM, UUID(int=232), PaymentRecorded(reference="R-1", area_code="51.04", **by_file))


def _denied() -> claims.Reason:
    return reason("NOT_COVERED_AT_INCIDENT")


async def tell_all(pool: Pool, http: httpx2.AsyncClient) -> str:
    """Tell it all, and publish the answer of every question, one of which is answered otherwise now.

    Gives a known-at time between what was told first and what was learned later.
    """
    await http.put("/v1/targets", content=TARGET)
    log = Log()
    a_beginning(log)
    since = log.now
    what_is_learned_later(log)
    _cohorts(log)
    _people(log)
    _claims(log)
    known_at = log.complete()
    await read(pool, log)
    snapshot = ""
    for path, asked in (await every_question(http)).items():
        told = asked | {"known_at": known_at.isoformat()}
        found = (await http.get(path, params=told)).json()
        snapshot = found["snapshot"] or snapshot
        if found["final"]:
            kept = {name: value for name, value in asked.items() if name != "since"}
            body = {"question": path.removeprefix("/v1/"), "parameters": kept, "snapshot": found["snapshot"]}
            await http.post("/v1/published", json=body | {"published_in": "Siaran pers 1/2026"})
    async with transaction(pool) as tx:
        wrong = {"figures": [{"people": 99}], "total": 99, "unit": "people", "as_of": str(DAY)}
        asked = {"as_of": str(DAY)}
        await published_store.keep(
            tx, "protected", asked, snapshot, wrong, published_on=DAY, published_in="Pidato", by="steward-1"
        )
    return since.isoformat()
