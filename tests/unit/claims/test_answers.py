"""How late a claim is told to be: from the day after the last one in time, as long as money is waited for."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.claims import answers
from tests.unit.claims.cases import claim_in, day

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
