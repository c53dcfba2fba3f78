"""How late a claim is told to be: from the day after the last one in time, as long as money is waited for."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.claims import answers
from services.claims.commands import Command, Pend, Reopen, Return, Submit, Void
from services.claims.reasons import PEND_REASONS
from tests.unit.claims.cases import (
    BOOK,
    COVERED,
    DISPUTE,
    KETUT,
    MADE,
    NYOMAN,
    PUTU,
    TODAY,
    asked,
    claim_in,
    day,
    decide_on,
    reopened,
)

DUE = day("2025-10-23")
ASKED_ELSEWHERE = PEND_REASONS["OTHER_OFFICE_ASKED"]


@pytest.mark.parametrize(
    ("state", "today", "days"),
    [
        ("submitted", DUE, None),
        ("submitted", day("2025-10-24"), 1),
        ("decided", day("2025-10-30"), 7),
        ("ordered", day("2025-10-24"), 1),
        ("paid", day("2025-10-24"), None),
    ],
)
def test_a_claim_is_late_while_money_is_waited_for(state: Any, today: date, days: int | None) -> None:
    assert answers.days_late(replace(claim_in(state), due_on=DUE), today) == days


@pytest.mark.parametrize(
    ("state", "commands", "days"),
    [
        ("submitted", [Pend(MADE, (DISPUTE,), DUE)], None),
        ("submitted", [Pend(MADE, (ASKED_ELSEWHERE,), DUE)], 7),
        ("submitted", [Pend(MADE, (DISPUTE,), DUE + timedelta(days=1))], 7),
        ("decided", [Pend(MADE, (DISPUTE,), DUE)], None),
        ("decided", [Pend(MADE, (ASKED_ELSEWHERE,), DUE)], 7),
        ("decided", [Pend(MADE, (DISPUTE,), DUE + timedelta(days=1))], 7),
        ("decided", [Reopen(NYOMAN, "appeal", TODAY)], 7),
        ("paid", [Reopen(NYOMAN, "appeal", TODAY)], None),
        ("submitted", [Void(NYOMAN, "withdrawn", TODAY)], None),
    ],
    ids=[
        "the family is asked in time",
        "the office asks another",
        "the family is asked too late",
        "after the decision too",
        "so is another office",
        "and so is what was late by then",
        "what stands granted in an appeal",
        "what was paid",
        "a claim that left the books",
    ],
)
def test_lateness_is_shown_wherever_it_runs(state: Any, commands: list[Command], days: int | None) -> None:
    claim = asked(claim_in(state), *commands)
    assert answers.days_late(claim, DUE + timedelta(days=7)) == days
    assert answers.row(claim, DUE).due_on == (DUE if days else None)


def test_what_comes_back_while_the_clock_stands_is_late_by_none_until_it_begins() -> None:
    back = Return(KETUT, claim_in("paid").payments[0].payment_id, TODAY, "ACCOUNT_CLOSED", "line 2", BOOK, TODAY)
    claim = asked(claim_in("paid"), Reopen(NYOMAN, "correction", TODAY), back)
    later = DUE + timedelta(days=30)
    assert answers.days_late(claim, later) is None
    applied = asked(claim, Submit(PUTU, (), later, BOOK, later))
    assert answers.row(applied, later).due_on == BOOK.due_on(later, "JKM")


def test_a_claim_that_was_decided_anew_is_late_since_the_first_day_by_which_it_still_owes() -> None:
    later = day("2025-11-20")
    claim = asked(reopened(claim_in("decided"), today=later), decide_on(COVERED, today=later, actor=NYOMAN))
    assert claim.due_on is not None
    assert claim.due_on > later
    assert answers.days_late(claim, later) == (later - DUE).days
    assert answers.row(claim, later).due_on == DUE
