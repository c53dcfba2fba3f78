"""Workers, cohorts and claims in whose facts every ledger and every table of reporting has something."""

from datetime import date
from typing import Any
from uuid import UUID, uuid5

from payung_contracts.claims import ClaimDecided, ClaimPaid, ClaimReported, PaymentRecorded
from payung_contracts.enrollment import (
    CardHandedOver,
    CardIssued,
    CohortApproved,
    CohortClosed,
    CohortHandedOver,
    CohortOpened,
    CohortProposed,
    CoverageCorrected,
    CoverageReinstated,
    CoverageRenewed,
    CoverageStarted,
    CoverageSuspended,
    CoverageTerminated,
    Decree,
    DoubleFundingDecided,
    DoubleFundingFound,
    Held,
    HeldPeriod,
    LegalBasis,
    PlacesReallocated,
    Suspension,
    VillagePlaces,
    WorkerDeathReversed,
    WorkerDeceased,
    WorkerMergedInto,
    WorkerProposed,
    WorkerRefused,
    WorkerRegistered,
    WorkerRelocated,
    WorkersMerged,
    WorkerVerified,
    WorkerWaitlisted,
)
from payung_contracts.topics import CLAIM, COHORT, COVERAGE

from tests.integration.reporting.kafka_log import NAMES, Log
from tests.unit.reporting.claim_cases import everything

WAYAN, MADE, KETUT, LUH, PUTU, NYOMAN = (UUID(int=number) for number in (1, 2, 3, 4, 5, 6))
ANNUAL, HARVEST, FISHERS = UUID(int=11), UUID(int=12), UUID(int=13)
FINDING = UUID(int=51)
CONTESTED = UUID(int=32)
SUKAWATI, UBUD = "51.04.01.2001", "51.04.05.1001"


def paid(
    from_: str, until: str | None, number: int, *, cohort: UUID = ANNUAL, village: str = SUKAWATI, segment: Any = "BPU"
) -> dict[str, Any]:
    return {
        "coverage_id": UUID(int=number),
        "cohort_id": cohort,
        "segment": segment,
        "funding": "APBD",
        "village_code": village,
        "programmes": ("JKK", "JKM"),
        "covered_from": date.fromisoformat(from_),
        "covered_until": None if until is None else date.fromisoformat(until),
    }


def cohort(name: str) -> CohortApproved:
    return CohortApproved(
        name=name,
        year=2026,
        segment="BPU",
        funding="APBD",
        programmes=("JKK", "JKM"),
        legal_bases=(LegalBasis(title="Perbup 55/2018"), LegalBasis(title="SK Bupati", placeholder=True)),
        covered_from=date(2026, 1, 1),
        covered_until=date(2027, 1, 1),
        months=12,
        places=10,
        person_months=120,
        budget_idr=120 * 16_800,
    )


async def publish_a_story(log: Log) -> None:
    """Four workers: one renewed, one twice a member and terminated, one dead by mistake, one dead and paid for."""
    await log.publish(COHORT, ANNUAL, cohort("Pekerja rentan"))
    await log.publish(COHORT, HARVEST, cohort("Petani"))
    for worker in (WAYAN, MADE, KETUT, LUH):
        await log.publish(COVERAGE, worker, WorkerRegistered(village_code=SUKAWATI))
    await log.publish(
        COVERAGE,
        WAYAN,
        CoverageStarted(**paid("2026-01-01", "2026-07-01", 21)),
        CoverageRenewed(**paid("2026-07-01", "2026-12-01", 21, cohort=HARVEST)),
        CardHandedOver(
            coverage_id=UUID(int=21), village_code=SUKAWATI, handed_on=date(2026, 1, 20), received_by="worker"
        ),
    )
    await log.publish(
        COVERAGE,
        MADE,
        CoverageStarted(**paid("2026-01-01", None, 22)),
        CoverageStarted(**paid("2026-02-01", None, 23, cohort=HARVEST, village=UBUD, segment="PU")),
        CoverageTerminated(coverage_id=UUID(int=23), covered_until=date(2026, 4, 1), reason="withdrawn"),
        CoverageCorrected(**paid("2026-03-01", None, 22)),
    )
    await log.publish(
        COVERAGE,
        KETUT,
        CoverageStarted(**paid("2026-01-01", "2026-07-01", 24, village=UBUD)),
        WorkerDeceased(died_on=date(2026, 3, 3)),
        CoverageTerminated(coverage_id=UUID(int=24), covered_until=date(2026, 3, 4), reason="deceased"),
        WorkerDeathReversed(),
    )
    await log.publish(
        COVERAGE,
        LUH,
        CoverageStarted(**paid("2026-01-01", None, 25)),
        WorkerDeceased(died_on=date(2026, 5, 5), claim_id=UUID(int=31)),
    )
    await log.publish(
        CLAIM,
        LUH,
        ClaimReported(
            claim_id=UUID(int=31), programme="JKM", incident_on=date(2026, 5, 5), reported_on=date(2026, 5, 6)
        ),
        ClaimDecided(
            claim_id=UUID(int=31),
            programme="JKM",
            outcome="approved",
            incident_on=date(2026, 5, 5),
            decided_on=date(2026, 5, 8),
            components=(),
            amount_idr=42_000_000,
            reasons=(),
            rule_version="2025-01",
            coverage_sequence=3,
            memberships=(),
            segment="BPU",
            funding="APBD",
            cohort_id=ANNUAL,
            village_code=SUKAWATI,
        ),
        ClaimPaid(
            claim_id=UUID(int=31),
            order_id=UUID(int=41),
            programme="JKM",
            paid_on=date(2026, 5, 9),
            amount_idr=42_000_000,
            segment="BPU",
            funding="APBD",
            cohort_id=ANNUAL,
            village_code=SUKAWATI,
        ),
    )
    elsewhere = PaymentRecorded(
        reference="2026/1",
        programme="JHT",
        segment="PU",
        paid_on=date(2026, 5, 9),
        cases=3,
        amount_idr=30_000_000,
        area_code="51.04",
    )
    await log.publish(CLAIM, uuid5(NAMES, elsewhere.reference), elsewhere)
    await publish_a_story_of_a_cohort(log)
    await log.publish(CLAIM, MADE, *everything(CONTESTED, UUID(int=42), date(2026, 3, 31)))
    await log.tick(COVERAGE.source)
    await log.tick(CLAIM.source)


async def publish_a_story_of_a_cohort(log: Log) -> None:
    """A cohort from proposal to its end; one worker of it turns out to be another one, who was refused."""
    terms = dict(cohort("Nelayan")) | {"owner_office": "Dinas Perikanan"}
    terms |= {"decree": Decree(number="1/2026", signed_on=date(2026, 1, 2))}
    terms |= {"village_places": (VillagePlaces(village_code=UBUD, places=4),)}
    await log.publish(
        COHORT,
        FISHERS,
        CohortProposed(**terms),
        CohortApproved(**terms),
        CohortOpened(opened_on=date(2026, 1, 3)),
        PlacesReallocated(from_village=UBUD, to_village=None, places=2),
        CohortHandedOver(owner_office="Dinas Tenaga Kerja"),
        CohortClosed(closed_on=date(2026, 2, 1)),
    )
    told = {"cohort_id": FISHERS, "village_code": UBUD}
    period = paid("2026-02-01", "2026-08-01", 26, cohort=FISHERS, village=UBUD)
    other = paid("2026-03-01", "2026-09-01", 27, cohort=HARVEST)
    moving = HeldPeriod(**{name: value for name, value in other.items() if name != "coverage_id"})
    suspension = Suspension(suspended_from=date(2026, 4, 1), suspended_until=date(2026, 5, 1))
    await log.publish(
        COVERAGE,
        NYOMAN,
        WorkerProposed(**told, proposed_on=date(2026, 1, 4)),
        WorkerRefused(**told, refused_on=date(2026, 1, 5), failed="unique", reason="in_register"),
        CoverageStarted(**other),
        WorkerMergedInto(survivor_id=PUTU),
    )
    await log.publish(
        COVERAGE,
        PUTU,
        WorkerProposed(**told, proposed_on=date(2026, 1, 4)),
        WorkerVerified(**told, verified_on=date(2026, 1, 5), passed=("unique", "eligible")),
        WorkerWaitlisted(**told, waits_since=date(2026, 1, 6)),
        WorkerRegistered(village_code=UBUD),
        CoverageStarted(**period, grace_until=date(2026, 11, 1)),
        CoverageSuspended(coverage_id=UUID(int=26), suspended_from=date(2026, 3, 1), reason="under_review"),
        CoverageReinstated(coverage_id=UUID(int=26), reinstated_from=date(2026, 3, 15)),
        WorkerRelocated(village_code=SUKAWATI, moved_on=date(2026, 6, 1)),
        CardIssued(coverage_id=UUID(int=26), village_code=UBUD, issued_on=date(2026, 2, 3)),
        DoubleFundingFound(
            finding_id=FINDING,
            coverage_ids=(UUID(int=26), UUID(int=27)),
            cohort_ids=(FISHERS, HARVEST),
            activity="fishing",
            overlaps_from=date(2026, 3, 1),
            overlaps_until=date(2026, 8, 1),
            person_months=5,
            village_code=UBUD,
        ),
        DoubleFundingDecided(finding_id=FINDING, outcome="duplicate"),
        WorkersMerged(
            merged_worker_id=NYOMAN,
            coverages=(Held(coverage_id=UUID(int=27), periods=(moving,), suspensions=(suspension,)),),
        ),
    )
