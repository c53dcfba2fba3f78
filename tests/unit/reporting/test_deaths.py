"""Who died while protected, and what was paid for days after the death, as a table of facts and what each changes."""

from collections.abc import Sequence
from typing import Any

import pytest

from services.reporting.deaths import Death, change
from services.reporting.periods import NOTHING
from services.reporting.timeline import evolve
from tests.unit.reporting.calendar_model import (
    DRIVER,
    HARVEST,
    KETEWEL,
    MERGED_INTO,
    REVERSED,
    Fact,
    deceased,
    held,
    merged,
    number,
    period,
    relocated,
    suspended,
    terminated,
    voided,
)

YEAR = period("started", 0, 30)
GONE = ["- died 5 in 2001 APBD", "- paid 6..30"]


def said(*facts: Fact) -> list[str]:
    """What the last fact changes: `+ died 5 in 2001 APBD`, `+ paid 6..30`, `after` where begun after the death."""
    state = before = NOTHING
    for type_, data in facts:
        before, state = state, evolve(state, type_, data)
    return sorted(_line(found, more) for found, more in change("anna", before, state))


def _line(found: Any, more: int) -> str:
    sign = "+" if more > 0 else "-"
    if isinstance(found, Death):
        return f"{sign} died {number(found.day)} in {found.village_code[-4:]} {found.funding}"
    until = "" if found.paid_until is None else number(found.paid_until)
    return f"{sign} paid {number(found.paid_from)}..{until}{' after' if found.begun_after else ''}"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([YEAR], []),
        ([deceased(5)], []),
        ([YEAR, deceased(5)], ["+ died 5 in 2001 APBD", "+ paid 6..30"]),
        ([YEAR, deceased(29)], ["+ died 29 in 2001 APBD"]),
        ([YEAR, deceased(30)], []),
        ([deceased(5), YEAR], ["+ died 5 in 2001 APBD", "+ paid 6..30"]),
        ([period("started", 0, None), deceased(5)], ["+ died 5 in 2001 APBD", "+ paid 6.."]),
        ([deceased(5), period("started", 9, 20)], ["+ paid 9..20 after"]),
        ([deceased(5), period("started", 6, 20)], ["+ paid 6..20 after"]),
        ([YEAR, deceased(5), deceased(7)], ["+ died 7 in 2001 APBD", "+ paid 8..30", *GONE]),
        ([YEAR, deceased(5), REVERSED], GONE),
        ([YEAR, deceased(5), terminated(6, "deceased")], []),
        ([YEAR, deceased(5), terminated(20)], ["+ paid 6..20", "- paid 6..30"]),
        ([YEAR, terminated(4), deceased(5)], []),
        ([YEAR, suspended(3), deceased(5)], ["+ paid 6..30"]),
        ([period("started", 0, 4, grace=30), deceased(5)], []),
        ([YEAR, deceased(5), voided()], GONE),
        ([YEAR, deceased(5), MERGED_INTO], GONE),
        ([deceased(5), merged(held(DRIVER, [(YEAR, None)], []))], ["+ died 5 in 2001 APBD", "+ paid 6..30"]),
        ([YEAR, deceased(5), relocated(4, KETEWEL)], ["+ died 5 in 2002 APBD", "+ paid 6..30", *GONE]),
        (
            [YEAR, deceased(5), period("renewed", 30, 40, cohort=HARVEST)],
            ["+ paid 30..40 after"],
        ),
    ],
)  # fmt: skip
def test_what_a_fact_says_of_deaths(facts: Sequence[Fact], expected: list[str]) -> None:
    assert said(*facts) == expected
