"""Translates between the words of enrollment and the words on the wire; the only file here that knows both."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from payung_contracts import claims as claims_wire
from payung_contracts import enrollment as wire
from payung_contracts import topics
from payung_contracts.fact import Fact
from pydantic import ValidationError

from services.chassis.clock import BUSINESS_ZONE, at_midnight
from services.chassis.ledger import Act, Entry
from services.chassis.received import Received, Refused
from services.enrollment import domain
from services.enrollment.domain import (
    Event,
    Membership,
    Period,
    RegisterDeath,
    Relocation,
    ReverseDeath,
    village_on,
)
from services.enrollment.regions import edition

COVERAGE = topics.COVERAGE
COHORT = topics.COHORT
CLAIM = topics.CLAIM
SOURCE = COVERAGE.source

DEATHS = frozenset({claims_wire.DeathConfirmed.type, claims_wire.DeathRetracted.type})

midnight = lru_cache(maxsize=10_000)(at_midnight)


def knows_village(village_code: str) -> bool:
    """Tell whether the code names a village of the country, by the edition that `region` was loaded from."""
    return village_code in edition.villages()


def entries(worker_id: UUID, events: Iterable[Event], now: datetime) -> Iterator[Entry]:
    """Give what is to be appended to the worker's facts."""
    for event in events:
        fact, time = to_wire(event, now)
        yield Entry(worker_id, fact, time)


def worker_erased(worker_id: UUID, erased_at: datetime) -> Entry:
    """Say that the person was erased: every vault that holds something of theirs follows."""
    erased_on = erased_at.astimezone(BUSINESS_ZONE).date()
    return Entry(worker_id, wire.WorkerErased(erased_on=erased_on), erased_at)


def to_wire(event: Event, now: datetime) -> tuple[Fact, datetime]:  # noqa: C901, PLR0911, PLR0912 - one case per event
    """Give the fact, and when it happened: at midnight of its day where a day is known, else now."""
    match event:
        case domain.WorkerRegistered():
            return wire.WorkerRegistered(village_code=event.village_code), now
        case domain.WorkerDeceased():
            return wire.WorkerDeceased(died_on=event.died_on, claim_id=event.claim_id), midnight(event.died_on)
        case domain.WorkerDeathReversed():
            return wire.WorkerDeathReversed(), now
        case domain.WorkerRelocated():
            relocated = wire.WorkerRelocated(village_code=event.village_code, moved_on=event.moved_on)
            return relocated, midnight(event.moved_on)
        case domain.WorkersMerged():
            coverages = _held(event.memberships, event.relocations)
            return wire.WorkersMerged(merged_worker_id=event.merged_worker_id, coverages=coverages), now
        case domain.WorkerMergedInto():
            return wire.WorkerMergedInto(survivor_id=event.survivor_id), now
        case domain.WorkersUnmerged():
            unmerged = wire.WorkersUnmerged(
                other_worker_id=event.other_worker_id, left=event.left, coverages=_held(event.memberships, ())
            )
            return unmerged, now
        case domain.CoverageStarted():
            started = wire.CoverageStarted(
                coverage_id=event.coverage_id, village_code=event.village_code, **_paid(event.period)
            )
            return started, midnight(event.period.covered_from)
        case domain.CoverageRenewed():
            renewed = wire.CoverageRenewed(
                coverage_id=event.coverage_id, village_code=event.village_code, **_paid(event.period)
            )
            return renewed, midnight(event.period.covered_from)
        case domain.CoverageCorrected():
            corrected = wire.CoverageCorrected(
                coverage_id=event.coverage_id, village_code=event.village_code, **_paid(event.period)
            )
            return corrected, now
        case domain.CoverageTerminated():
            terminated = wire.CoverageTerminated(
                coverage_id=event.coverage_id, covered_until=event.covered_until, reason=event.reason
            )
            return terminated, midnight(event.covered_until)
        case domain.CoverageExpiring():
            expiring = wire.CoverageExpiring(
                coverage_id=event.coverage_id,
                cohort_id=event.cohort_id,
                covered_until=event.covered_until,
                days_left=event.days_left,
            )
            return expiring, midnight(event.covered_until - timedelta(days=event.days_left))
        case domain.CoverageExpired():
            expired = wire.CoverageExpired(
                coverage_id=event.coverage_id, cohort_id=event.cohort_id, covered_until=event.covered_until
            )
            return expired, midnight(event.covered_until)
        case domain.CoverageInactivated():
            inactivated = wire.CoverageInactivated(
                coverage_id=event.coverage_id,
                cohort_id=event.cohort_id,
                covered_until=event.covered_until,
                inactive_from=event.inactive_from,
            )
            return inactivated, midnight(event.inactive_from)
        case domain.CoverageVoided():
            return wire.CoverageVoided(coverage_id=event.coverage_id, reason=event.reason), now
        case domain.CoverageSuspended():
            suspended = wire.CoverageSuspended(
                coverage_id=event.coverage_id, suspended_from=event.suspended_from, reason=event.reason
            )
            return suspended, midnight(event.suspended_from)
        case domain.CoverageReinstated():
            reinstated = wire.CoverageReinstated(coverage_id=event.coverage_id, reinstated_from=event.reinstated_from)
            return reinstated, midnight(event.reinstated_from)
        case domain.DoubleFundingFound():
            return _found(event), now
        case domain.DoubleFundingDecided():
            return wire.DoubleFundingDecided(finding_id=event.finding_id, outcome=event.outcome), now
        case domain.CardIssued():
            issued = wire.CardIssued(
                coverage_id=event.coverage_id, village_code=event.village_code, issued_on=event.issued_on
            )
            return issued, midnight(event.issued_on)
        case domain.CardHandedOver():
            handed = wire.CardHandedOver(
                coverage_id=event.coverage_id,
                village_code=event.village_code,
                handed_on=event.card.handed_on,
                received_by=event.card.received_by,
            )
            return handed, midnight(event.card.handed_on)


def _paid(period: Period) -> dict[str, Any]:
    cohort = period.cohort
    return {
        "cohort_id": cohort.cohort_id,
        "segment": cohort.segment,
        "funding": cohort.funding,
        "programmes": cohort.programmes,
        "covered_from": period.covered_from,
        "covered_until": period.covered_until,
        "grace_until": period.grace_until,
        "paid_on": period.paid_on,
        "activity": period.activity,
    }


def _held(memberships: Iterable[Membership], relocations: Sequence[Relocation]) -> tuple[wire.Held, ...]:
    """Tell memberships whole, each period with the village in which its first day counted; none that never was."""
    return tuple(
        wire.Held(
            coverage_id=membership.coverage_id,
            periods=tuple(
                wire.HeldPeriod(
                    village_code=village_on(relocations, period.covered_from, membership.village_code),
                    cut_at=period.cut_at,
                    **_paid(period),
                )
                for period in membership.periods
            ),
            suspensions=tuple(
                wire.Suspension(suspended_from=one.suspended_from, suspended_until=one.suspended_until)
                for one in membership.suspensions
            ),
        )
        for membership in memberships
        if not membership.voided
    )


def _found(event: domain.DoubleFundingFound) -> wire.DoubleFundingFound:
    finding = event.finding
    return wire.DoubleFundingFound(
        finding_id=finding.finding_id,
        coverage_ids=finding.coverage_ids,
        cohort_ids=finding.cohort_ids,
        activity=finding.activity,
        overlaps_from=finding.overlaps_from,
        overlaps_until=finding.overlaps_until,
        person_months=finding.person_months,
        village_code=event.village_code,
    )


@dataclass(frozen=True, slots=True)
class Told:
    """A death that claims established or took back, and the act by which enrollment follows it."""

    command: RegisterDeath | ReverseDeath
    act: Act


def fold(state: None, fact: Received) -> tuple[None, list[Told]]:
    """Take from a fact of claims what concerns enrollment: deaths confirmed and retracted; nothing is remembered."""
    if fact.type not in DEATHS:
        return state, []
    try:
        told = topics.FACTS[fact.type].model_validate_json(fact.data)
    except ValidationError as error:
        places = sorted({".".join(str(part) for part in one["loc"]) for one in error.errors(include_input=False)})
        msg = f"{fact.type} breaks its contract at {', '.join(places) or 'its whole'}; the publisher must send it anew"
        raise Refused(msg) from None
    worker_id = UUID(fact.key)
    act = Act(fact.actor, UUID(fact.correlationid), causation_id=UUID(fact.id))
    learned_on = datetime.fromisoformat(fact.recordedtime).astimezone(BUSINESS_ZONE).date()
    if isinstance(told, claims_wire.DeathConfirmed):
        if told.died_on > learned_on:
            msg = f"{fact.type} tells of a death after the day it was recorded; claims must retract and confirm it anew"
            raise Refused(msg)
        return state, [Told(RegisterDeath(worker_id, told.died_on, told.claim_id, learned_on), act)]
    if isinstance(told, claims_wire.DeathRetracted):
        return state, [Told(ReverseDeath(worker_id, told.claim_id, learned_on), act)]
    return state, []
