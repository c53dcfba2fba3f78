"""Every event becomes the fact that the contracts promise, at the time when it happened in the world."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple, get_args
from uuid import UUID

import pytest
from payung_contracts import enrollment as wire
from payung_contracts import fact as wire_words
from payung_contracts.envelope import Envelope, to_headers
from payung_contracts.fact import Fact
from payung_contracts.topics import FACTS

from services.chassis.received import Received, Refused, read
from services.enrollment import domain, messages
from services.enrollment.domain import (
    Card,
    CardHandedOver,
    CoverageCorrected,
    CoverageExpired,
    CoverageExpiring,
    CoverageInactivated,
    CoverageReinstated,
    CoverageRenewed,
    CoverageStarted,
    CoverageSuspended,
    CoverageTerminated,
    CoverageVoided,
    DoubleFundingDecided,
    DoubleFundingFound,
    Event,
    Finding,
    Period,
    RegisterDeath,
    ReverseDeath,
    WorkerDeathReversed,
    WorkerDeceased,
    WorkerRegistered,
)
from tests.unit.enrollment.people import (
    CLAIM,
    COVERAGE,
    EARLY,
    FIRST_HALF,
    JANUARY,
    JULY,
    KETEWEL,
    OTHER_COVERAGE,
    WAYAN,
)

NOW = datetime(2025, 5, 1, 3, tzinfo=UTC)
PERIOD = Period(FIRST_HALF, JANUARY, JULY)
GRACE = date(2025, 10, 1)
SELF_PAID = Period(FIRST_HALF, JANUARY, JULY, None, GRACE, EARLY, "trade")
PAID = {
    "coverage_id": COVERAGE,
    "cohort_id": FIRST_HALF.cohort_id,
    "segment": "BPU",
    "funding": "APBD",
    "village_code": KETEWEL,
    "programmes": ("JKK", "JKM"),
    "covered_from": JANUARY,
    "covered_until": JULY,
}
DIED = date(2025, 3, 14)


def midnight(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T00:00:00+08:00")


@pytest.mark.parametrize(
    ("event", "fact", "time"),
    [
        (WorkerRegistered(WAYAN, KETEWEL), wire.WorkerRegistered(village_code=KETEWEL), NOW),
        (
            CoverageStarted(COVERAGE, KETEWEL, PERIOD, EARLY),
            wire.CoverageStarted.model_validate(PAID),
            midnight("2025-01-01"),
        ),
        (
            CoverageRenewed(COVERAGE, KETEWEL, PERIOD, EARLY),
            wire.CoverageRenewed.model_validate(PAID),
            midnight("2025-01-01"),
        ),
        (CoverageCorrected(COVERAGE, KETEWEL, PERIOD, EARLY), wire.CoverageCorrected.model_validate(PAID), NOW),
        (
            CoverageTerminated(COVERAGE, JULY, "moved"),
            wire.CoverageTerminated(coverage_id=COVERAGE, covered_until=JULY, reason="moved"),
            midnight("2025-07-01"),
        ),
        (WorkerDeceased(DIED, CLAIM), wire.WorkerDeceased(died_on=DIED, claim_id=CLAIM), midnight("2025-03-14")),
        (WorkerDeathReversed(EARLY), wire.WorkerDeathReversed(), NOW),
        (
            CoverageExpiring(COVERAGE, CLAIM, JULY, 30, JULY),
            wire.CoverageExpiring(coverage_id=COVERAGE, cohort_id=CLAIM, covered_until=JULY, days_left=30),
            midnight("2025-06-01"),
        ),
        (
            CoverageExpired(COVERAGE, CLAIM, JULY),
            wire.CoverageExpired(coverage_id=COVERAGE, cohort_id=CLAIM, covered_until=JULY),
            midnight("2025-07-01"),
        ),
        (
            CoverageStarted(COVERAGE, KETEWEL, SELF_PAID, EARLY),
            wire.CoverageStarted.model_validate(PAID | {"grace_until": GRACE, "paid_on": EARLY, "activity": "trade"}),
            midnight("2025-01-01"),
        ),
        (
            CoverageInactivated(COVERAGE, CLAIM, JULY, GRACE),
            wire.CoverageInactivated(coverage_id=COVERAGE, cohort_id=CLAIM, covered_until=JULY, inactive_from=GRACE),
            midnight("2025-10-01"),
        ),
        (
            CoverageSuspended(COVERAGE, DIED, "under_review"),
            wire.CoverageSuspended(coverage_id=COVERAGE, suspended_from=DIED, reason="under_review"),
            midnight("2025-03-14"),
        ),
        (
            CoverageReinstated(COVERAGE, DIED),
            wire.CoverageReinstated(coverage_id=COVERAGE, reinstated_from=DIED),
            midnight("2025-03-14"),
        ),
        (
            CoverageVoided(COVERAGE, "entered_twice"),
            wire.CoverageVoided(coverage_id=COVERAGE, reason="entered_twice"),
            NOW,
        ),
        (
            DoubleFundingFound(
                Finding(CLAIM, (COVERAGE, OTHER_COVERAGE), (CLAIM, WAYAN), "trade", JANUARY, JULY, 6, EARLY),
                KETEWEL,
            ),
            wire.DoubleFundingFound(
                finding_id=CLAIM,
                coverage_ids=(COVERAGE, OTHER_COVERAGE),
                cohort_ids=(CLAIM, WAYAN),
                activity="trade",
                overlaps_from=JANUARY,
                overlaps_until=JULY,
                person_months=6,
                village_code=KETEWEL,
            ),
            NOW,
        ),
        (
            DoubleFundingDecided(CLAIM, "duplicate"),
            wire.DoubleFundingDecided(finding_id=CLAIM, outcome="duplicate"),
            NOW,
        ),
        (
            CardHandedOver(COVERAGE, KETEWEL, Card(DIED, "worker")),
            wire.CardHandedOver(coverage_id=COVERAGE, village_code=KETEWEL, handed_on=DIED, received_by="worker"),
            midnight("2025-03-14"),
        ),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, datetime) else "",
)
def test_events_on_the_wire(event: Event, fact: Fact, time: datetime) -> None:
    assert messages.to_wire(event, NOW) == (fact, time)


@pytest.mark.parametrize("word", ["Segment", "Funding", "Programme", "Activity"])
def test_the_words_of_the_rules_are_those_of_the_contracts(word: str) -> None:
    assert get_args(getattr(domain, word)) == get_args(getattr(wire_words, word))


class Record(NamedTuple):
    """A record as the reader gets it."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]]


EVENT_ID = UUID(int=0xE1)


def told(type_: str, data: bytes) -> Received:
    envelope = Envelope(
        id=EVENT_ID,
        source="claims",
        type=type_,
        subject=WAYAN,
        time=midnight("2025-03-14"),
        recordedtime=datetime(2025, 4, 30, 17, tzinfo=UTC),
        sequence=1,
        correlationid=UUID(int=0xC0FFEE),
        actor="putu",
    )
    return read(Record("claims.claim.v1", 0, 0, str(WAYAN).encode(), data, to_headers(envelope)))


def test_a_confirmed_death_is_followed_with_its_cause() -> None:
    data = b'{"claim_id": "%s", "died_on": "2025-03-14"}' % str(CLAIM).encode()
    _, (effect,) = messages.fold(None, told("claims.death_confirmed.v1", data))
    assert effect.command == RegisterDeath(WAYAN, DIED, CLAIM, date(2025, 5, 1))
    assert (effect.act.actor, effect.act.causation_id) == ("putu", EVENT_ID)


def test_a_retracted_death_is_followed() -> None:
    _, (effect,) = messages.fold(None, told("claims.death_retracted.v1", b'{"claim_id": "%s"}' % str(CLAIM).encode()))
    assert effect.command == ReverseDeath(WAYAN, CLAIM, date(2025, 5, 1))


def test_other_facts_of_claims_are_passed_over() -> None:
    others = {type_ for type_ in FACTS if type_.startswith("claims.")} - messages.DEATHS
    assert others
    assert all(messages.fold(None, told(type_, b"{}")) == (None, []) for type_ in others)


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"{}", "claim_id, died_on"),
        (b"rubbish", "whole"),
        (b'{"claim_id": "%s", "died_on": "2025-05-02"}' % str(CLAIM).encode(), "after the day it was recorded"),
    ],
)
def test_a_death_that_cannot_be_is_refused(data: bytes, place: str) -> None:
    with pytest.raises(Refused, match=place):
        messages.fold(None, told("claims.death_confirmed.v1", data))
