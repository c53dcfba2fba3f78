"""A person is erased when nothing needs to know them any more, or when a stronger reason says so."""

from dataclasses import replace
from datetime import date

import pytest

from services.enrollment.domain import Command, Correct, Enroll, RegisterDeath, Rejected, Terminate, Worker
from services.enrollment.privacy.rules import hindrances, refuse
from tests.unit.enrollment.people import (
    COVERAGE,
    EARLY,
    ENROLLED,
    FIRST_HALF,
    JANUARY,
    JULY,
    KETEWEL,
    SELF_PAID,
    WAYAN,
    after,
)

DIED = date(2025, 3, 10)
NEVER = Correct(WAYAN, COVERAGE, FIRST_HALF.cohort_id, JANUARY, JANUARY, EARLY)
ENDLESS = Enroll(WAYAN, COVERAGE, SELF_PAID, KETEWEL, None, EARLY)


def worker(*commands: Command) -> Worker:
    found = after(*commands)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("given", "today", "codes"),
    [
        ([ENROLLED], EARLY, ["erasure_cover_runs"]),  # about to begin
        ([ENROLLED], date(2025, 6, 30), ["erasure_cover_runs"]),  # the last covered day
        ([ENROLLED], JULY, ["erasure_claims_possible"]),
        ([ENROLLED], date(2030, 6, 30), ["erasure_claims_possible"]),
        ([ENROLLED], date(2030, 7, 1), []),
        ([ENDLESS], date(2040, 1, 1), ["erasure_cover_runs"]),
        ([ENROLLED, Terminate(WAYAN, COVERAGE, date(2025, 2, 1), "moved")], date(2030, 2, 1), []),
        ([ENROLLED, NEVER], EARLY, []),  # nothing was ever covered
        (
            [ENROLLED, RegisterDeath(WAYAN, DIED, None, date(2025, 4, 1))],
            date(2025, 4, 1),
            ["erasure_claims_possible", "erasure_scholarship_possible"],
        ),
        (
            [ENDLESS, RegisterDeath(WAYAN, DIED, None, date(2025, 4, 1))],
            date(2045, 3, 9),
            ["erasure_scholarship_possible"],
        ),
        ([ENROLLED, RegisterDeath(WAYAN, DIED, None, date(2025, 4, 1))], date(2045, 3, 10), []),
        ([ENROLLED, RegisterDeath(WAYAN, date(2025, 8, 1), None, date(2025, 9, 1))], date(2030, 7, 1), []),
    ],
)
def test_what_speaks_against_an_erasure(given: list[Command], today: date, codes: list[str]) -> None:
    found = list(hindrances(worker(*given), today))
    assert [one.code for one in found] == codes
    for one in found:
        assert one.until is None or one.until > today
        assert one.indonesian != one.english


def test_arrears_that_may_be_settled_are_cover_that_runs() -> None:
    enrolled = worker(ENROLLED)
    (membership,) = enrolled.memberships
    in_arrears = replace(membership.periods[0], grace_until=date(2025, 10, 1))
    owing = enrolled.having(replace(membership, periods=(in_arrears,)))
    assert [one.code for one in hindrances(owing, date(2025, 9, 30))] == ["erasure_cover_runs"]
    assert [one.code for one in hindrances(owing, date(2025, 10, 1))] == ["erasure_claims_possible"]


def test_only_a_stronger_reason_forces_it() -> None:
    covered = worker(ENROLLED)
    with pytest.raises(Rejected) as refused:
        refuse(covered, JANUARY, reason="requested", force=False)
    assert refused.value.code == "erasure_cover_runs"
    with pytest.raises(Rejected) as refused:
        refuse(covered, JANUARY, reason="unlawful", force=False)
    with pytest.raises(Rejected) as refused:
        refuse(covered, JANUARY, reason="consent_withdrawn", force=True)
    assert refused.value.code == "erasure_not_forced_for_this"
    refuse(covered, JANUARY, reason="court_order", force=True)
    refuse(covered, date(2030, 7, 1), reason="requested", force=False)


def test_five_years_after_the_29th_of_february_is_a_day() -> None:
    leap = Terminate(WAYAN, COVERAGE, date(2024, 2, 29), "moved")
    cohort = replace(FIRST_HALF, covered_from=date(2024, 1, 1), covered_until=date(2024, 7, 1))
    known = worker(Enroll(WAYAN, COVERAGE, cohort, KETEWEL, None, date(2023, 12, 1)), leap)
    assert [one.until for one in hindrances(known, date(2024, 3, 1))] == [date(2029, 2, 28)]
