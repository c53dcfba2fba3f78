"""Translates the steps towards cover into the words on the wire; one of the few files that know both."""

from datetime import date
from uuid import UUID

from payung_contracts import enrollment as wire
from payung_contracts import topics

from services.chassis.clock import at_midnight
from services.chassis.ledger import Entry
from services.enrollment.batches.model import Check

COVERAGE = topics.COVERAGE
PASSED: tuple[Check, ...] = ("unique", "identity_matched", "eligible", "in_decree")
"""Whoever stands on a list that a second person approved has passed them all."""


def proposed(worker_id: UUID, cohort_id: UUID, village_code: str, on: date) -> Entry:
    fact = wire.WorkerProposed(cohort_id=cohort_id, village_code=village_code, proposed_on=on)
    return Entry(worker_id, fact, at_midnight(on))


def verified(worker_id: UUID, cohort_id: UUID, village_code: str, on: date) -> Entry:
    fact = wire.WorkerVerified(cohort_id=cohort_id, village_code=village_code, verified_on=on, passed=PASSED)
    return Entry(worker_id, fact, at_midnight(on))
