"""Failures that other systems had (docs/regressions.md), as far as they concern what a claim is paid."""

import pytest

from tests.unit.claims.cases import EXPIRED, renewed, started, suspended
from tests.unit.claims.questions import weighed

YEAR = started("2025-01-01", "2026-01-01")
SUSPENDED = suspended("2025-03-01")


@pytest.mark.parametrize("later", [(), (EXPIRED,), (EXPIRED, renewed("2026-01-01", "2027-01-01"))])
def test_a_suspension_takes_its_own_days_whatever_comes_later(later: tuple[tuple[str, dict[str, object]], ...]) -> None:
    april, february = (weighed(YEAR, SUSPENDED, *later, on=on) for on in ("2025-04-10", "2025-02-10"))
    assert (april.outcome, [why.code for why in april.reasons]) == ("denied", ["SUSPENDED_AT_INCIDENT"])
    assert february.outcome != "denied"


@pytest.mark.parametrize(
    ("on", "outcome", "codes"),
    [
        ("2025-12-31", "approved", []),
        ("2026-01-01", "denied", ["NOT_COVERED_AT_INCIDENT"]),
        ("2026-01-02", "partially_approved", ["MEMBERSHIP_LT_3_MONTHS"]),
    ],
    ids=["last day before the gap", "the day of the gap", "first day after it: a membership begun anew"],
)
def test_a_claim_in_a_gap_of_one_day_is_denied_with_its_reason(on: str, outcome: str, codes: list[str]) -> None:
    verdict = weighed(YEAR, renewed("2026-01-02", "2027-01-01"), on=on)
    assert (verdict.outcome, [why.code for why in verdict.reasons]) == (outcome, codes)
    if verdict.outcome == "denied":
        assert "31 December 2025" in verdict.reasons[0].english
