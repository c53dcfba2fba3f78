"""What enrollment tells beside cover, as figures: proposals, cohorts, places that moved, double funding, cards."""

from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
from payung_contracts.enrollment import (
    CardIssued,
    CohortApproved,
    CohortClosed,
    CohortHandedOver,
    CohortOpened,
    CohortProposed,
    CoverageReinstated,
    CoverageStarted,
    CoverageSuspended,
    CoverageVoided,
    Decree,
    DoubleFundingDecided,
    DoubleFundingFound,
    Held,
    HeldPeriod,
    LegalBasis,
    PlacesReallocated,
    VillagePlaces,
    WorkerMergedInto,
    WorkerProposed,
    WorkerRefused,
    WorkersMerged,
    WorkerVerified,
    WorkerWaitlisted,
)
from payung_contracts.topics import COHORT, COVERAGE

from services.chassis.postgres import Pool
from tests.integration.reporting.conftest import Log, read
from tests.unit.reporting.calendar_model import BATUBULAN, KETEWEL

FARMERS, FISHERS = UUID(int=11), UUID(int=12)
ANNA, BUDI, CITRA, DEWI = (UUID(int=number) for number in (1, 2, 3, 4))
MARCH, APRIL, JUNE = date(2026, 3, 1), date(2026, 4, 1), date(2026, 6, 1)
STEPS = ("proposed", "unique", "identity_matched", "eligible", "in_decree", "waiting", "refused", "paid", "active")


def terms(name: str = "Petani", **other: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "name": name,
        "year": 2026,
        "segment": "BPU",
        "funding": "APBD",
        "programmes": ("JKK", "JKM"),
        "legal_bases": (LegalBasis(title="Perbup Gianyar 55/2018"),),
        "covered_from": MARCH,
        "covered_until": JUNE,
        "months": 3,
        "places": 10,
        "person_months": 30,
        "budget_idr": 504_000,
        "owner_office": "Dinas Pertanian",
    }
    return usual | other


def period(coverage: int, cohort: UUID = FARMERS, village: str = BATUBULAN, **other: Any) -> dict[str, Any]:
    usual = {
        "coverage_id": UUID(int=coverage),
        "cohort_id": cohort,
        "segment": "BPU",
        "funding": "APBD",
        "village_code": village,
        "programmes": ("JKK", "JKM"),
        "covered_from": MARCH,
        "covered_until": JUNE,
    }
    return usual | other


async def asked(http: httpx2.AsyncClient, question: str, **parameters: Any) -> dict[str, Any]:
    answer = await http.get(f"/v1/{question}", params=parameters)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_funnel_counts_every_step_and_each_reason(pool: Pool, http: httpx2.AsyncClient) -> None:
    log = Log()
    log.publish(COHORT, FARMERS, CohortApproved(**terms()))
    told: dict[str, Any] = {"cohort_id": FARMERS, "village_code": BATUBULAN}
    proposed = WorkerProposed(**told, proposed_on=MARCH)
    log.publish(
        COVERAGE,
        ANNA,
        proposed,
        WorkerVerified(**told, verified_on=MARCH, passed=("unique", "identity_matched", "eligible", "in_decree")),
        CoverageStarted(**period(21)),
    )
    waiting = WorkerWaitlisted(**told, waits_since=MARCH)
    waited_at = log.publish(
        COVERAGE, BUDI, proposed, WorkerVerified(**told, verified_on=MARCH, passed=("unique",)), waiting
    )
    log.publish(COVERAGE, CITRA, proposed, WorkerRefused(**told, refused_on=MARCH, failed="eligible", reason="too_old"))
    elsewhere = told | {"village_code": KETEWEL}
    log.publish(
        COVERAGE,
        DEWI,
        WorkerProposed(**elsewhere, proposed_on=MARCH),
        WorkerRefused(**elsewhere, refused_on=MARCH, failed="unique", reason="in_register"),
    )
    log.publish(COVERAGE, BUDI, CoverageStarted(**period(22, covered_from=APRIL)))
    known_at = log.complete()
    await read(pool, log)

    now = await asked(http, "funnel", known_at=known_at.isoformat(), as_of=str(MARCH), by="village")
    assert now["final"] is True
    assert [(one["village_name"], *(one[step] for step in STEPS), one["refused_for"]) for one in now["figures"]] == [
        ("Batubulan", 3, 2, 1, 1, 1, 0, 1, 2, 1, {"too_old": 1}),
        ("Ketewel", 1, 0, 0, 0, 0, 0, 1, 0, 0, {"in_register": 1}),
    ]
    assert [now["total"][step] for step in STEPS] == [4, 2, 1, 1, 1, 0, 2, 2, 1]
    then = await asked(http, "funnel", known_at=waited_at.isoformat(), as_of=str(APRIL))
    (one,) = then["figures"]
    assert (one["cohort_name"], *(one[step] for step in STEPS)) == ("Petani", 2, 2, 1, 1, 1, 1, 0, 1, 1)
    assert (await asked(http, "funnel", cohort=str(FISHERS)))["figures"] == []
    assert (await asked(http, "funnel", area=KETEWEL, as_of=str(JUNE)))["total"]["refused"] == 1
    assert await pool.fetchval("select sum(workers) from bi.funnel($1) where step = 'refused'", MARCH) == 2


async def test_cohorts_are_told_with_state_owner_and_terms_in_force(pool: Pool, http: httpx2.AsyncClient) -> None:
    log = Log()
    decree = Decree(number="1/2026", signed_on=MARCH)
    places = (VillagePlaces(village_code=BATUBULAN, places=4),)
    times = [
        log.publish(COHORT, FARMERS, fact)
        for fact in (
            CohortProposed(**terms(places=8)),
            CohortApproved(**terms(decree=decree, village_places=places)),
            CohortOpened(opened_on=MARCH),
            PlacesReallocated(from_village=BATUBULAN, to_village=None, places=2),
            CohortHandedOver(owner_office="Dinas Sosial"),
            CohortProposed(**terms(places=99)),
            CohortClosed(closed_on=APRIL),
            CohortOpened(opened_on=JUNE),
            CohortApproved(**terms(places=20, decree=decree, owner_office="Dinas Sosial")),
        )
    ]
    log.publish(COHORT, FISHERS, CohortProposed(**terms("Nelayan")))
    await read(pool, log)

    seen = []
    for at in times:
        (one,) = (await asked(http, "cohorts", known_at=at.isoformat()))["figures"]
        seen.append((one["state"], one["places"], one["owner_office"], one["decree_number"]))
    assert seen == [
        ("proposed", 8, "Dinas Pertanian", None),
        ("approved", 10, "Dinas Pertanian", "1/2026"),
        ("open", 10, "Dinas Pertanian", "1/2026"),
        ("open", 10, "Dinas Pertanian", "1/2026"),
        ("open", 10, "Dinas Sosial", "1/2026"),
        ("open", 10, "Dinas Sosial", "1/2026"),
        ("closed", 10, "Dinas Sosial", "1/2026"),
        ("open", 10, "Dinas Sosial", "1/2026"),
        ("open", 20, "Dinas Sosial", "1/2026"),
    ]
    assert (await asked(http, "cohorts"))["total"] == {"proposed": 1, "approved": 0, "open": 1, "closed": 0}
    assert [one["cohort_name"] for one in (await asked(http, "cohorts", state="proposed"))["figures"]] == ["Nelayan"]
    assert (await asked(http, "commitments"))["total"]["places"] == 20
    assert (await asked(http, "legal-bases"))["figures"][0]["cohorts"] == 1

    moved = await asked(http, "places-reallocated", cohort=str(FARMERS))
    assert moved["total"] == 2
    assert [(one["from_village_name"], one["to_village"], one["places"]) for one in moved["figures"]] == [
        ("Batubulan", None, 2)
    ]
    assert (await asked(http, "places-reallocated", known_at=times[2].isoformat()))["figures"] == []


async def test_double_funding_is_told_by_what_was_decided(pool: Pool, http: httpx2.AsyncClient) -> None:
    def found(number: int, until: date | None, person_months: int | None, village: str = KETEWEL) -> DoubleFundingFound:
        return DoubleFundingFound(
            finding_id=UUID(int=number),
            coverage_ids=(UUID(int=21), UUID(int=22)),
            cohort_ids=(FARMERS, FISHERS),
            activity="farming",
            overlaps_from=MARCH,
            overlaps_until=until,
            person_months=person_months,
            village_code=village,
        )

    log = Log()
    undecided_at = log.publish(COVERAGE, ANNA, found(1, JUNE, 3), found(2, None, None), found(1, APRIL, 1, BATUBULAN))
    log.publish(COVERAGE, ANNA, DoubleFundingDecided(finding_id=UUID(int=1), outcome="duplicate"))
    await read(pool, log)
    then = await asked(http, "double-funding", known_at=undecided_at.isoformat())
    assert then["figures"] == [{"state": "open", "findings": 2, "person_months": 1, "without_end": 1}]
    now = await asked(http, "double-funding")
    assert now["figures"] == [
        {"state": "open", "findings": 1, "person_months": 0, "without_end": 1},
        {"state": "duplicate", "findings": 1, "person_months": 1, "without_end": 0},
    ]
    assert now["total"] == {"findings": 2, "person_months": 1, "without_end": 1}
    for area, figures in ((KETEWEL, now["figures"][:1]), (BATUBULAN, now["figures"][1:]), ("51.04.01", now["figures"])):
        assert (await asked(http, "double-funding", area=area))["figures"] == figures


async def test_a_card_counts_once_when_it_was_first_issued(pool: Pool, http: httpx2.AsyncClient) -> None:
    log = Log()
    for day in (APRIL, MARCH):
        log.publish(COVERAGE, ANNA, CardIssued(coverage_id=UUID(int=21), village_code=BATUBULAN, issued_on=day))
    await read(pool, log)
    issued = await asked(http, "cards-issued", **{"from": str(MARCH)}, until=str(APRIL))
    assert [(one["district_name"], one["cards"]) for one in issued["figures"]] == [("Sukawati", 1)]
    later = await asked(http, "cards-issued", **{"from": str(APRIL)}, until=str(JUNE))
    assert later["total"] == {"cards": 0, "districts": 0}


async def test_who_is_suspended_or_in_grace_is_not_protected_and_counted_apart(
    pool: Pool, http: httpx2.AsyncClient
) -> None:
    log = Log()
    coverage = {"coverage_id": UUID(int=21)}
    log.publish(COVERAGE, ANNA, CoverageStarted(**period(21, grace_until=date(2026, 9, 1))))
    log.publish(COVERAGE, ANNA, CoverageSuspended(**coverage, suspended_from=APRIL, reason="under_review"))
    suspended_at = log.publish(COVERAGE, BUDI, CoverageStarted(**period(22)))
    log.publish(COVERAGE, BUDI, CoverageVoided(coverage_id=UUID(int=22), reason="entered_twice"))
    log.publish(COVERAGE, ANNA, CoverageReinstated(**coverage, reinstated_from=date(2026, 5, 1)))
    await read(pool, log)

    async def states(as_of: date, **more: Any) -> tuple[Any, ...]:
        told = {"as_of": str(as_of), **more}
        people = (await asked(http, "protected", **told))["total"]
        held = [(await asked(http, "memberships", **told, state=each))["total"] for each in ("suspended", "grace")]
        return people, (await asked(http, "memberships", **told))["total"], *held

    assert await states(MARCH) == (1, 1, 0, 0)
    assert await states(MARCH, known_at=suspended_at.isoformat()) == (2, 2, 0, 0)
    assert await states(APRIL) == (0, 0, 1, 0)
    assert await states(date(2026, 5, 1)) == (1, 1, 0, 0)
    assert await states(JUNE) == (0, 0, 0, 1)
    assert await states(date(2026, 9, 1)) == (0, 0, 0, 0)
    ends = (await asked(http, "expiries", **{"from": "2026-03-01"}, until="2026-07-01"))["figures"]
    assert [(one["last_covered_day"], one["people"], one["memberships"]) for one in ends] == [
        ("2026-03-31", 1, 0),
        ("2026-04-30", -1, 0),
        ("2026-05-31", 1, 1),
    ]


async def test_what_ends_in_villages_adds_up_to_what_ends(pool: Pool, http: httpx2.AsyncClient) -> None:
    log = Log()
    log.publish(COVERAGE, ANNA, CoverageStarted(**period(21)))
    log.publish(COVERAGE, BUDI, CoverageStarted(**period(22, village=KETEWEL)))
    # where one ends, another of the same cohort begins elsewhere: the village that loses cover is told so
    log.publish(COVERAGE, CITRA, CoverageStarted(**period(23, covered_until=APRIL)))
    log.publish(COVERAGE, DEWI, CoverageStarted(**period(24, village=KETEWEL, covered_from=APRIL)))
    await read(pool, log)

    async def ends(**where: str) -> tuple[list[tuple[Any, ...]], dict[str, int]]:
        found = await asked(http, "expiries", **{"from": "2026-03-01"}, until="2026-07-01", **where)
        return [(one["last_covered_day"], one["people"], one["memberships"]) for one in found["figures"]], found[
            "total"
        ]

    assert await ends(area=BATUBULAN) == (
        [("2026-03-31", 1, 1), ("2026-05-31", 1, 1)],
        {"people": 2, "memberships": 2},
    )
    assert await ends(area=KETEWEL) == (
        [("2026-03-31", -1, 0), ("2026-05-31", 2, 2)],
        {"people": 1, "memberships": 2},
    )
    whole = [("2026-03-31", 0, 1), ("2026-05-31", 3, 3)], {"people": 3, "memberships": 4}
    assert await ends(area="51.04.01") == await ends() == whole


async def test_a_merged_worker_is_one_person_with_all_memberships(pool: Pool, http: httpx2.AsyncClient) -> None:
    log = Log()
    log.publish(COVERAGE, ANNA, CoverageStarted(**period(21)))
    apart_at = log.publish(COVERAGE, BUDI, CoverageStarted(**period(22, FISHERS, KETEWEL)))
    moving = HeldPeriod(
        **{name: value for name, value in period(22, FISHERS, KETEWEL).items() if name != "coverage_id"}
    )
    log.publish(COVERAGE, BUDI, WorkerMergedInto(survivor_id=ANNA))
    held = Held(coverage_id=UUID(int=22), periods=(moving,))
    log.publish(COVERAGE, ANNA, WorkersMerged(merged_worker_id=BUDI, coverages=(held,)))
    await read(pool, log)
    on: dict[str, Any] = {"as_of": str(MARCH)}
    assert (await asked(http, "protected", **on))["total"] == 1
    assert (await asked(http, "protected", **on, known_at=apart_at.isoformat()))["total"] == 2
    assert (await asked(http, "memberships", **on))["total"] == 2


async def test_a_step_that_postgres_does_not_know_is_no_row(pool: Pool) -> None:
    """What the database can forbid, it forbids: a refusal has its reason, and nothing else has one."""
    for step, reason in (("refused", None), ("waiting", "too_old"), ("paid", None)):
        try:
            await pool.execute(
                "insert into funnel_delta values ($1, now(), $2, $3, $4, $5, $5, 1)",
                MARCH,
                FARMERS,
                BATUBULAN,
                step,
                reason,
            )
        except asyncpg.CheckViolationError:
            continue
        raise AssertionError(step)
