"""What a membership is on a day follows from its periods, and from the death of the worker."""

from datetime import date, timedelta

import pytest

from services.enrollment.domain import Command, Correct, RegisterDeath, Renew, Terminate, status_on
from tests.unit.enrollment.people import (
    COVERAGE,
    ENROLLED,
    FIRST_HALF,
    JANUARY,
    JULY,
    OCTOBER,
    RENEWED,
    WAYAN,
    after,
    cohort,
)

MAY = date(2025, 5, 1)
DAY = timedelta(days=1)
LATE = cohort(20, JULY + 10 * DAY, OCTOBER)


@pytest.mark.parametrize(
    ("given", "day", "status"),
    [
        pytest.param([], JANUARY - DAY, "pending", id="not yet"),
        pytest.param([], JANUARY, "in_force", id="the first day"),
        pytest.param([], JULY - DAY, "in_force", id="the last day"),
        pytest.param([], JULY, "lapsed", id="the day after"),
        pytest.param([RENEWED], JULY, "in_force", id="renewed"),
        pytest.param([Renew(WAYAN, LATE, MAY)], JULY, "lapsed", id="between two periods"),
        pytest.param([Terminate(WAYAN, COVERAGE, MAY, "moved")], MAY - DAY, "in_force", id="before the termination"),
        pytest.param([Terminate(WAYAN, COVERAGE, MAY, "moved")], MAY, "terminated", id="terminated"),
        pytest.param([RegisterDeath(WAYAN, MAY, None, JULY)], MAY, "in_force", id="the day of death is covered"),
        pytest.param([RegisterDeath(WAYAN, MAY, None, JULY)], MAY + DAY, "terminated", id="the day after is not"),
        pytest.param([RegisterDeath(WAYAN, JULY - DAY, None, JULY)], JULY, "lapsed", id="died as it ran out"),
        pytest.param([RegisterDeath(WAYAN, JULY, None, JULY)], JULY + DAY, "lapsed", id="died after it ran out"),
        pytest.param(
            [Correct(WAYAN, COVERAGE, FIRST_HALF.cohort_id, JANUARY, JANUARY, MAY)], MAY, "void", id="never was"
        ),
    ],
)
def test_status(given: list[Command], day: date, status: str) -> None:
    worker = after(ENROLLED, *given)
    assert worker is not None
    assert status_on(worker, worker.membership(COVERAGE), day) == status
