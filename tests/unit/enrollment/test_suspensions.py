"""Given what happened to a membership, when it is suspended, reinstated or voided, then these events follow."""

from datetime import date

import pytest

from services.enrollment.cohorts.allotment import taken_by
from services.enrollment.domain import (
    Correct,
    CoverageExpired,
    CoverageReinstated,
    CoverageStarted,
    CoverageSuspended,
    CoverageVoided,
    Enroll,
    Event,
    Period,
    RegisterDeath,
    Reinstate,
    Renew,
    Suspend,
    Suspension,
    Terminate,
    Void,
    status_on,
)
from tests.unit.enrollment.people import (
    COVERAGE,
    EARLY,
    ENROLLED,
    FIRST_HALF,
    JANUARY,
    JULY,
    KETEWEL,
    OCTOBER,
    OTHER_COVERAGE,
    RENEWED,
    THIRD_QUARTER,
    WAYAN,
    PassDay,
    Step,
    after,
    then,
)

FEBRUARY, MARCH, APRIL, MAY, JUNE = (date(2025, month, 1) for month in range(2, 7))
DECEMBER = date(2025, 12, 1)


def suspend(since: date, until: date | None = None) -> Suspend:
    return Suspend(WAYAN, COVERAGE, since, until, "under_review")


def reinstate(since: date) -> Reinstate:
    return Reinstate(WAYAN, COVERAGE, since)


def suspended(since: date) -> CoverageSuspended:
    return CoverageSuspended(COVERAGE, since, "under_review")


def reinstated(since: date) -> CoverageReinstated:
    return CoverageReinstated(COVERAGE, since)


VOID = Void(WAYAN, COVERAGE, "wrong_cohort")


@pytest.mark.parametrize(
    ("given", "when", "happens"),
    [
        pytest.param([], suspend(MARCH), [suspended(MARCH)], id="until it is reinstated"),
        pytest.param([], suspend(MARCH, MAY), [suspended(MARCH), reinstated(MAY)], id="with both days, known late"),
        pytest.param([suspend(MARCH)], suspend(MARCH), [], id="the same again"),
        pytest.param([suspend(MARCH, MAY)], suspend(MARCH, MAY), [], id="the same again, with both days"),
        pytest.param([suspend(MARCH)], suspend(APRIL), "suspended_already", id="suspended as it is"),
        pytest.param([suspend(MARCH, MAY)], suspend(APRIL), "suspended_already", id="on days that are suspended"),
        pytest.param(
            [suspend(MARCH, MAY)], suspend(FEBRUARY), "suspended_already", id="open, before one that has ended"
        ),
        pytest.param([suspend(MARCH, MAY)], suspend(MAY), [suspended(MAY)], id="from the day of the reinstatement on"),
        pytest.param(
            [suspend(APRIL, MAY), suspend(JUNE)],
            suspend(FEBRUARY, MARCH),
            [suspended(FEBRUARY), reinstated(MARCH), suspended(APRIL), reinstated(MAY), suspended(JUNE)],
            id="an earlier one, learned late: those after it are told again",
        ),
        pytest.param([], suspend(EARLY), "suspension_outside_cover", id="before the cover"),
        pytest.param([], suspend(JULY), "suspension_outside_cover", id="after the cover"),
        pytest.param([], suspend(MAY, MARCH), "suspension_reversed", id="ends before it begins"),
        pytest.param([suspend(MARCH)], reinstate(MAY), [reinstated(MAY)], id="reinstated"),
        pytest.param([suspend(MARCH)], reinstate(FEBRUARY), [reinstated(FEBRUARY)], id="it never was"),
        pytest.param([suspend(MARCH), reinstate(MAY)], reinstate(MAY), [], id="reinstated twice"),
        pytest.param(
            [suspend(MARCH), reinstate(MAY)], reinstate(APRIL), [reinstated(APRIL)], id="earlier than thought"
        ),
        pytest.param([], reinstate(MAY), "not_suspended", id="not suspended"),
        pytest.param([suspend(MARCH, MAY)], reinstate(JUNE), "not_suspended", id="not suspended so late"),
        pytest.param(
            [RegisterDeath(WAYAN, MAY, None, JULY)], suspend(MARCH), [suspended(MARCH)], id="learned after the death"
        ),
        pytest.param([VOID], suspend(MARCH), "coverage_voided", id="of what never was"),
        pytest.param([VOID], reinstate(MARCH), "coverage_voided", id="reinstating what never was"),
    ],
)
def test_suspensions(given: list[Step], when: Step, happens: list[Event] | str) -> None:
    assert then([ENROLLED, *given], when) == happens


def statuses(given: list[Step], *days: date) -> list[str]:
    worker = after(ENROLLED, *given)
    assert worker is not None
    return [status_on(worker, worker.membership(COVERAGE), day) for day in days]


def pass_day(today: date) -> PassDay:
    return PassDay(WAYAN, COVERAGE, today)


@pytest.mark.parametrize(
    "meanwhile",
    [
        pytest.param([], id="nothing"),
        pytest.param([pass_day(JULY), pass_day(OCTOBER)], id="the end is announced"),
        pytest.param([RENEWED, pass_day(OCTOBER)], id="renewed and swept"),
        pytest.param([Correct(WAYAN, COVERAGE, FIRST_HALF.cohort_id, JANUARY, OCTOBER, MAY)], id="corrected"),
        pytest.param([Terminate(WAYAN, COVERAGE, JUNE, "moved"), RENEWED], id="terminated, and renewed later"),
        pytest.param([RegisterDeath(WAYAN, MAY, None, JULY), pass_day(OCTOBER)], id="the worker died"),
    ],
)
def test_nothing_but_a_reinstatement_lifts_a_suspension(meanwhile: list[Step]) -> None:
    """Suspended in March, ended or renewed, swept: February was in force, April is not, before and after."""
    assert statuses([suspend(MARCH), *meanwhile], FEBRUARY, MARCH, APRIL) == ["in_force", "suspended", "suspended"]


def test_a_suspension_across_a_renewal_goes_on_in_the_new_period() -> None:
    assert statuses([suspend(MARCH), RENEWED], JULY, date(2025, 8, 1)) == ["suspended", "suspended"]
    assert statuses([suspend(MARCH), RENEWED, reinstate(JULY)], JUNE, JULY) == ["suspended", "in_force"]


def test_a_suspension_across_the_end_expires_once() -> None:
    expired = [CoverageExpired(COVERAGE, FIRST_HALF.cohort_id, JULY)]
    assert then([ENROLLED, suspend(MARCH)], pass_day(JULY)) == expired
    assert then([ENROLLED, suspend(MARCH), pass_day(JULY)], pass_day(DECEMBER)) == []
    assert then([ENROLLED, suspend(MARCH), pass_day(JULY), reinstate(JUNE)], pass_day(DECEMBER)) == []
    assert then([ENROLLED, suspend(MARCH), reinstate(JUNE)], pass_day(JULY)) == expired


def test_a_reinstatement_may_be_moved_to_an_earlier_day() -> None:
    given: list[Step] = [suspend(MARCH), reinstate(JUNE), reinstate(MAY)]
    assert statuses(given, APRIL, MAY) == ["suspended", "in_force"]


def test_a_suspension_in_the_future_begins_by_itself() -> None:
    assert statuses([suspend(MAY)], APRIL, MAY) == ["in_force", "suspended"]


def test_suspensions_stand_side_by_side_after_a_late_one() -> None:
    worker = after(ENROLLED, suspend(APRIL, MAY), suspend(FEBRUARY, MARCH))
    assert worker is not None
    assert set(worker.membership(COVERAGE).suspensions) == {
        Suspension(FEBRUARY, MARCH, "under_review"),
        Suspension(APRIL, MAY, "under_review"),
    }


@pytest.mark.parametrize(
    ("given", "when", "happens"),
    [
        pytest.param([], VOID, [CoverageVoided(COVERAGE, "wrong_cohort")], id="entered in error"),
        pytest.param([VOID], VOID, [], id="twice"),
        pytest.param([VOID], Terminate(WAYAN, COVERAGE, MAY, "moved"), "coverage_voided", id="then terminated"),
        pytest.param(
            [VOID],
            Correct(WAYAN, COVERAGE, FIRST_HALF.cohort_id, JANUARY, MAY, MARCH),
            "coverage_voided",
            id="no correction brings it back",
        ),
        pytest.param([VOID], Renew(WAYAN, FIRST_HALF, MAY), "no_membership_of_segment", id="then renewed"),
        pytest.param([VOID], pass_day(DECEMBER), [], id="nothing of it is due"),
        pytest.param([RENEWED, suspend(MARCH), VOID], pass_day(DECEMBER), [], id="nor of what was renewed"),
        pytest.param(
            [VOID],
            Enroll(WAYAN, OTHER_COVERAGE, FIRST_HALF, KETEWEL, None, EARLY),
            [CoverageStarted(OTHER_COVERAGE, KETEWEL, Period(FIRST_HALF, JANUARY, JULY), EARLY)],
            id="the cohort may take the person in anew",
        ),
    ],
)
def test_voids(given: list[Step], when: Step, happens: list[Event] | str) -> None:
    assert then([ENROLLED, *given], when) == happens


def test_what_is_void_covers_no_day_and_takes_no_place() -> None:
    assert statuses([RENEWED, suspend(MARCH), VOID], FEBRUARY, APRIL, JULY) == ["void", "void", "void"]
    assert taken_by(after(ENROLLED, RENEWED)).keys() == {FIRST_HALF.cohort_id, THIRD_QUARTER.cohort_id}
    assert taken_by(after(ENROLLED, RENEWED, VOID)) == {}
