"""Facts of enrollment become cover, and tell whose decisions are to be looked at again."""

from typing import Any
from uuid import UUID

import orjson
import pytest
from payung_contracts.enrollment import WorkerErased

from services.chassis.received import Refused
from services.claims.coverage import State
from services.claims.heard import CoverChanged, fold
from tests.unit.claims.cases import (
    DEATH_REVERSED,
    EXPIRED,
    FARM,
    REGISTERED,
    SAME_WAYAN,
    TODAY,
    VOIDED,
    WAYAN,
    corrected,
    died,
    merged,
    merged_into,
    period,
    received,
    reinstated,
    relocated,
    renewed,
    started,
    state_after,
    suspended,
    terminated,
    unmerged,
    whole,
)

Fact = tuple[str, dict[str, Any]]
YEAR = started("2025-01-01", "2026-01-01")
VERIFIED = (
    "enrollment.worker_verified.v1",
    {"cohort_id": str(UUID(int=101)), "village_code": "51.04.05.2001", "verified_on": "2025-01-01", "passed": []},
)


def test_facts_of_enrollment_become_cover() -> None:
    told = period("2025-01-01", "2026-01-01") | {"a_field_of_tomorrow": 1}
    state, _ = fold(state_after(), received("enrollment.coverage_started.v1", told))
    assert state == state_after(YEAR)
    assert orjson.loads(orjson.dumps(state)) == state, "it is JSON"


def test_a_first_fact_makes_the_worker_known_with_who_took_them_in_and_when() -> None:
    state, effects = fold(None, received("enrollment.worker_registered.v1", b'{"village_code":"51.04.05.2001"}'))
    taken_in = {"registered_on": TODAY.isoformat(), "registered_by": "tester"}
    assert (state, effects) == ({"died_on": None, "memberships": {}} | taken_in, [])
    assert fold(state, received(*VERIFIED))[0] == state | {"verified_by": "tester"}


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[1]", orjson.dumps(period("2025-01-01", None) | {"covered_from": "5104014101700001"})],
    ids=["nothing", "empty", "no object", "no date"],
)
def test_a_fact_that_breaks_the_contract_is_refused_without_repeating_it(data: bytes) -> None:
    with pytest.raises(Refused) as refused:
        fold(None, received("enrollment.coverage_started.v1", data))
    assert "5104014101700001" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "fact", "others"),
    [
        (state_after(), YEAR, ()),
        (state_after(YEAR), renewed("2026-01-01", None), ()),
        (state_after(YEAR), corrected("2025-03-01", "2026-01-01"), ()),
        (state_after(YEAR), terminated("2025-06-01"), ()),
        (state_after(YEAR), suspended("2025-06-01"), ()),
        (state_after(YEAR, suspended("2025-06-01")), reinstated("2025-06-01"), ()),
        (state_after(YEAR), VOIDED, ()),
        (state_after(YEAR), died("2025-10-03"), ()),
        (state_after(YEAR, died("2025-10-03")), DEATH_REVERSED, ()),
        (state_after(), merged(SAME_WAYAN, whole(YEAR[1])), (SAME_WAYAN,)),
        (state_after(YEAR), merged_into(SAME_WAYAN), (SAME_WAYAN,)),
        (state_after(merged(SAME_WAYAN, whole(YEAR[1]))), unmerged(SAME_WAYAN, (FARM,)), (SAME_WAYAN,)),
        (state_after(merged(SAME_WAYAN)), YEAR, (SAME_WAYAN,)),
    ],
)
def test_what_changes_cover_has_decisions_looked_at_again(given: State, fact: Fact, others: tuple[UUID, ...]) -> None:
    assert fold(given, received(*fact))[1] == [CoverChanged(str(WAYAN), frozenset(map(str, others)))]


@pytest.mark.parametrize(
    ("given", "fact"),
    [
        (None, YEAR),
        (state_after(YEAR), EXPIRED),
        (state_after(YEAR), relocated("2025-06-01", "51.04.01.2001")),
        (state_after(YEAR), REGISTERED),
        (state_after(YEAR), VERIFIED),
        (state_after(YEAR), corrected("2025-01-01", "2026-01-01")),
    ],
    ids=["nothing was known", "an expiry", "a move", "registered", "verified", "corrected to what it was"],
)
def test_what_leaves_cover_as_it_was_does_not(given: State | None, fact: Fact) -> None:
    assert fold(given, received(*fact))[1] == []


def test_an_erasure_is_followed() -> None:
    erased = (WorkerErased.type, {"erased_on": "2025-10-20"})
    (effect,) = fold(state_after(YEAR), received(*erased))[1]
    assert not isinstance(effect, CoverChanged)
    assert (effect.person_id, effect.actor) == (WAYAN, "tester")
