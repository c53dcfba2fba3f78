"""Events become the facts that the contracts promise, and facts of enrollment become cover."""

import orjson
import pytest
from payung_contracts import claims as wire
from payung_contracts.fact import Fact

from services.chassis.received import Refused
from services.claims import domain, messages
from services.claims.claim import Claim, Command, RetractDeath
from services.claims.coverage import State
from services.claims.payments import RecordedPayment
from tests.unit.claims.cases import (
    CLAIM,
    COVERED,
    NOON,
    ORDER,
    ORDER_PAYMENT,
    PAY,
    SUBMIT,
    TODAY,
    WAYAN,
    decide_on,
    period,
    received,
    reported,
    state_after,
)


def announced(claim: Claim, *commands: Command) -> list[Fact]:
    facts: list[Fact] = []
    for command in commands:
        for event in domain.decide(claim, command):
            entries = messages.to_entries(claim, [event], at=NOON)
            assert all(entry.key == WAYAN for entry in entries)
            facts.extend(entry.fact for entry in entries)
            claim = domain.evolve(claim, event)
    return facts


def test_a_claim_is_told_from_report_to_payment() -> None:
    first = reported()
    facts = [messages.to_entries(domain.begin(first), [first], at=NOON)[0].fact]
    facts += announced(domain.begin(first), SUBMIT, decide_on(COVERED), ORDER_PAYMENT, PAY)
    assert [fact.type for fact in facts] == [
        "claims.claim_reported.v1",
        "claims.claim_submitted.v1",
        "claims.claim_decided.v1",
        "claims.death_confirmed.v1",
        "claims.payment_ordered.v1",
        "claims.claim_paid.v1",
    ]
    decided, paid = facts[2], facts[5]
    assert isinstance(decided, wire.ClaimDecided)
    assert decided.amount_idr == sum(component.amount_idr for component in decided.components) == 42_000_000
    assert decided.segment == "BPU"
    assert decided.coverage_sequence == 2
    assert isinstance(paid, wire.ClaimPaid)
    assert (paid.order_id, paid.amount_idr, paid.cohort_id) == (ORDER, 42_000_000, decided.cohort_id)


def test_a_retraction_is_told() -> None:
    facts = announced(domain.begin(reported()), SUBMIT, decide_on(COVERED), RetractDeath())
    assert facts[-1] == wire.DeathRetracted(claim_id=CLAIM)


def test_what_happens_on_a_day_has_the_time_of_its_midnight() -> None:
    first = reported()
    assert messages.to_entries(domain.begin(first), [first], at=NOON)[0].time.isoformat() == "2025-10-19T00:00:00+08:00"


def test_the_key_of_a_recorded_payment_comes_from_its_reference() -> None:
    payment = RecordedPayment("JHT-1", "JHT", "PU", TODAY, 1, 1, "51.04")
    entry = messages.recorded_payment(payment)
    assert entry.key == messages.recorded_payment_key("JHT-1") != messages.recorded_payment_key("JHT-2")
    assert entry.key.version == 5


def test_facts_of_enrollment_become_cover() -> None:
    started = period("2025-01-01", "2026-01-01") | {"a_field_of_tomorrow": 1}
    registered: State = state_after()
    state, effects = messages.fold(registered, received("enrollment.coverage_started.v1", started))
    assert state == state_after(("enrollment.coverage_started.v1", period("2025-01-01", "2026-01-01")))
    assert effects == []


def test_a_first_fact_makes_the_worker_known() -> None:
    state, _ = messages.fold(None, received("enrollment.worker_registered.v1", b'{"village_code":"51.04.05.2001"}'))
    assert state == {"died_on": None, "memberships": {}}


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[1]", orjson.dumps(period("2025-01-01", None) | {"covered_from": "5104014101700001"})],
    ids=["nothing", "empty", "no object", "no date"],
)
def test_a_fact_that_breaks_the_contract_is_refused_without_repeating_it(data: bytes) -> None:
    with pytest.raises(Refused) as refused:
        messages.fold(None, received("enrollment.coverage_started.v1", data))
    assert "5104014101700001" not in str(refused.value)


def test_ids_are_text_in_the_state_because_it_is_json() -> None:
    assert orjson.loads(orjson.dumps(state_after())) == state_after()


def test_areas_of_every_level_are_known() -> None:
    assert {"51", "51.04", "51.04.05", "51.04.05.2001"} <= messages.area_codes()
