"""How late a claim is told to be: from the day after the last one in time, as long as money is waited for."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.claims import answers
from tests.unit.claims.cases import COVERED, NYOMAN, asked, claim_in, day, decide_on, reopened

DUE = day("2025-10-23")


@pytest.mark.parametrize(
    ("state", "today", "days"),
    [
        ("submitted", DUE, None),
        ("submitted", day("2025-10-24"), 1),
        ("decided", day("2025-10-30"), 7),
        ("ordered", day("2025-10-24"), 1),
        ("paid", day("2025-10-24"), None),
        ("reported", day("2025-10-24"), None),
    ],
)
def test_a_claim_is_late_while_money_is_waited_for(state: Any, today: date, days: int | None) -> None:
    assert answers.days_late(replace(claim_in(state), due_on=DUE), today) == days


def test_a_claim_that_is_held_stops_its_clock() -> None:
    held = replace(claim_in("submitted"), state="pended", pended_in="submitted", due_on=DUE)
    assert answers.days_late(held, day("2025-10-24")) is None


def test_a_claim_that_was_decided_anew_is_late_since_the_first_day_by_which_it_still_owes() -> None:
    later = day("2025-11-20")
    claim = asked(reopened(claim_in("decided"), today=later), decide_on(COVERED, today=later, actor=NYOMAN))
    assert claim.due_on is not None
    assert claim.due_on > later
    assert answers.days_late(claim, later) == (later - DUE).days
    assert answers.row(claim, later).due_on == DUE
