"""Which memberships are in force on a day, after all that enrollment said."""

from typing import Any

import pytest

from services.claims.coverage import died_on, last_day_before, memberships_on
from tests.unit.claims.cases import (
    DEATH_REVERSED,
    EXPIRED,
    FARM,
    NEXT_YEAR,
    PRIESTS,
    TEMPLE,
    corrected,
    day,
    died,
    renewed,
    started,
    state_after,
    terminated,
)

YEAR = started("2025-01-01", "2026-01-01")
Fact = tuple[str, dict[str, Any]]


@pytest.mark.parametrize(
    ("given", "on", "covered"),
    [
        ([YEAR], "2024-12-31", False),
        ([YEAR], "2025-01-01", True),
        ([YEAR], "2025-12-31", True),
        ([YEAR], "2026-01-01", False),
        ([started("2025-01-01", None)], "2099-12-31", True),
        ([YEAR, renewed("2026-01-01", "2027-01-01", cohort_id=NEXT_YEAR)], "2026-01-01", True),
        ([YEAR, renewed("2026-01-02", "2027-01-01", cohort_id=NEXT_YEAR)], "2026-01-01", False),
        ([YEAR, terminated("2025-06-01")], "2025-05-31", True),
        ([YEAR, terminated("2025-06-01")], "2025-06-01", False),
        (
            [YEAR, terminated("2025-06-01"), renewed("2025-09-01", "2026-01-01", cohort_id=NEXT_YEAR)],
            "2025-09-01",
            True,
        ),
        (
            [YEAR, terminated("2025-06-01"), renewed("2025-09-01", "2026-01-01", cohort_id=NEXT_YEAR)],
            "2025-08-31",
            False,
        ),
        ([YEAR, corrected("2025-03-01", "2026-01-01")], "2025-02-28", False),
        ([YEAR, corrected("2025-03-01", "2026-01-01")], "2025-03-01", True),
        ([YEAR, corrected("2025-01-01", "2025-01-01")], "2025-01-01", False),
        ([YEAR, died("2025-10-03")], "2025-10-03", True),
        ([YEAR, died("2025-10-03")], "2025-10-04", False),
        ([YEAR, died("2025-10-03"), terminated("2025-10-04", "deceased")], "2025-10-03", True),
        ([YEAR, died("2025-10-03"), terminated("2025-10-04", "deceased"), DEATH_REVERSED], "2025-10-04", True),
        ([YEAR, terminated("2025-06-01"), died("2025-10-03"), DEATH_REVERSED], "2025-06-01", False),
        ([YEAR, died("2025-10-03"), renewed("2026-01-01", "2027-01-01", cohort_id=NEXT_YEAR)], "2026-01-01", False),
        ([YEAR, EXPIRED], "2025-12-31", True),
        ([], "2025-01-01", False),
    ],
    ids=[
        "before the first day",
        "first day",
        "last day",
        "day after the last",
        "without an end",
        "over the boundary of a renewal",
        "in a gap of one day",
        "last day before a termination",
        "terminated",
        "renewed after a termination",
        "between termination and renewal",
        "corrected to begin later",
        "first day of the correction",
        "corrected to never",
        "day of death",
        "day after death",
        "terminated for death: day of death",
        "death reversed: restored",
        "death reversed: other terminations stay",
        "renewal after death covers nothing",
        "an expiry says nothing new",
        "only registered",
    ],
)
def test_a_day_is_covered_or_not(given: list[Fact], on: str, covered: bool) -> None:
    assert bool(memberships_on(state_after(*given), day(on))) is covered


def test_a_worker_who_is_unknown_has_no_cover() -> None:
    assert memberships_on(None, day("2025-01-01")) == ()
    assert died_on(None) is None


def test_a_late_report_of_a_death_leaves_older_cover_as_it_was() -> None:
    state = state_after(started("2023-01-01", "2024-01-01"), YEAR, died("2025-10-03"))
    assert memberships_on(state, day("2023-12-31"))[0].covered_until == day("2024-01-01")
    assert memberships_on(state, day("2024-06-01")) == ()


def test_membership_is_unbroken_over_renewals_that_touch() -> None:
    state = state_after(
        started("2025-01-01", "2025-04-01"),
        renewed("2025-07-01", "2025-10-01", cohort_id=NEXT_YEAR),
        renewed("2025-10-01", "2026-01-01", cohort_id=PRIESTS),
    )
    assert memberships_on(state, day("2025-11-11"))[0].member_since == day("2025-07-01")


def test_memberships_stand_in_the_order_that_reports_count() -> None:
    state = state_after(
        YEAR, started("2025-02-01", "2026-01-01", coverage_id=TEMPLE, cohort_id=PRIESTS, segment="NON_ASN")
    )
    assert [membership.coverage_id for membership in memberships_on(state, day("2025-03-01"))] == [TEMPLE, FARM]
    assert [membership.coverage_id for membership in memberships_on(state, day("2025-01-31"))] == [FARM]


def test_the_last_covered_day_before_a_gap_is_told() -> None:
    state = state_after(started("2025-01-01", "2025-07-01"), renewed("2026-01-01", None, cohort_id=NEXT_YEAR))
    assert last_day_before(state, day("2025-08-01"), "JKM") == day("2025-06-30")
    assert last_day_before(state, day("2025-08-01"), "JHT") is None
    assert last_day_before(state, day("2024-08-01"), "JKM") is None
