"""Translates what happens to cohorts, and to those who wait for a place, into the words on the wire."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from payung_contracts import enrollment as wire
from payung_contracts import topics
from payung_contracts.fact import Fact

from services.chassis.clock import at_midnight
from services.chassis.ledger import Entry
from services.enrollment.cohorts.terms import (
    Approved,
    Closed,
    Decree,
    Event,
    HandedOver,
    Opened,
    Proposed,
    Reallocated,
    Standing,
)

COHORT = topics.COHORT
Failed = Literal["unique", "identity_matched", "eligible", "in_decree", "paid"]
"""Which step towards cover somebody does not pass. Who waited: a rule is against it, or the cohort has no place."""


def entry(cohort_id: UUID, event: Event, now: datetime) -> Entry:
    """Give what is to be appended to the cohort's facts."""
    fact, time = _to_wire(event, now)
    return Entry(cohort_id, fact, time)


def waitlisted(worker_id: UUID, cohort_id: UUID, village_code: str, waits_since: date) -> Entry:
    fact = wire.WorkerWaitlisted(cohort_id=cohort_id, village_code=village_code, waits_since=waits_since)
    return Entry(worker_id, fact, at_midnight(waits_since))


def refused(
    worker_id: UUID, cohort_id: UUID, village_code: str, refused_on: date, failed: Failed, reason: str
) -> Entry:
    """Tell that somebody who was proposed, or waited, does not get cover of this cohort, and why."""
    fact = wire.WorkerRefused(
        cohort_id=cohort_id, village_code=village_code, refused_on=refused_on, failed=failed, reason=reason
    )
    return Entry(worker_id, fact, at_midnight(refused_on))


def _to_wire(event: Event, now: datetime) -> tuple[Fact, datetime]:
    """Give the fact, and when it happened: at midnight of its day where a day is known, else now."""
    match event:
        case Proposed():
            return _terms(event.standing, wire.CohortProposed), now
        case Approved():
            return _terms(event.standing, wire.CohortApproved), now
        case Opened():
            return wire.CohortOpened(opened_on=event.opened_on), at_midnight(event.opened_on)
        case Closed():
            return wire.CohortClosed(closed_on=event.closed_on), at_midnight(event.closed_on)
        case HandedOver():
            return wire.CohortHandedOver(owner_office=event.owner_office), now
        case Reallocated():
            moved = wire.PlacesReallocated(
                from_village=event.from_village, to_village=event.to_village, places=event.places
            )
            return moved, now


def _terms(standing: Standing, kind: type[wire.CohortApproved]) -> wire.CohortApproved:
    """Give the terms that hold; of an amendment that is put forward, the places and money that it asks for."""
    cohort = standing.cohort
    extent = standing.amendment.extent if standing.amendment else standing.extent
    return kind(
        name=cohort.name,
        year=cohort.year,
        phase=cohort.phase,
        segment=cohort.segment,
        funding=cohort.funding,
        programmes=cohort.programmes,
        legal_bases=tuple(
            wire.LegalBasis(title=basis.title, placeholder=basis.placeholder) for basis in cohort.legal_bases
        ),
        covered_from=cohort.covered_from,
        covered_until=cohort.covered_until,
        months=cohort.months,
        places=extent.places,
        person_months=extent.person_months,
        budget_idr=extent.budget_idr,
        owner_office=standing.owner_office,
        decree=_decree(extent.decree),
        village_places=tuple(
            wire.VillagePlaces(village_code=village_code, places=places)
            for village_code, places in extent.village_places
        ),
    )


def _decree(decree: Decree | None) -> wire.Decree | None:
    return None if decree is None else wire.Decree(number=decree.number, signed_on=decree.signed_on)
