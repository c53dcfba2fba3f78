"""How far proposals came: as tables, and by both folds."""

import pytest
from hypothesis import given
from payung_contracts.enrollment import CoverageFact
from payung_contracts.topics import FACTS
from pydantic import TypeAdapter

from services.reporting import funnel
from services.reporting.funnel import Standings
from services.reporting.plain_fold import steps as plain
from tests.unit.reporting.calendar_model import (
    ANNUAL,
    BATUBULAN,
    HARVEST,
    KETEWEL,
    MERGED_INTO,
    Fact,
    day,
    number,
    period,
    relocated,
)
from tests.unit.reporting.funnel_cases import proposed, refused, verified, waitlisted, whole_lives

TOLD: TypeAdapter[CoverageFact] = TypeAdapter(CoverageFact)
BEGINS = ("enrollment.coverage_started.v1", "enrollment.coverage_renewed.v1")


def fold(facts: list[Fact]) -> Standings:
    standings: Standings = {}
    for type_, data in facts:
        if type_ in funnel.TELLS or type_ in BEGINS:
            standings = funnel.evolve(standings, type_, data)
    return standings


def stands(*facts: Fact) -> dict[str, int]:
    """The steps of one worker in the first village, by name, or by reason where refused; each with its day."""
    return {
        reason or step: number(on)
        for on, _, village, step, _, reason, more in funnel.difference({}, fold(list(facts)))
        if village == BATUBULAN and more == 1
    }


PASSED = (proposed(1), verified(5, "unique", "identity_matched", "eligible"))
ALL = {"proposed": 1, "unique": 5, "identity_matched": 5, "eligible": 5}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (PASSED, ALL),
        ([*PASSED, verified(9, "in_decree")], ALL | {"in_decree": 9}),
        ([*PASSED, verified(9, "unique")], ALL),
        ([*PASSED, refused(7)], ALL | {"too_old": 7}),
        ([*PASSED, refused(7), proposed(8)], {"proposed": 8}),
        ([*PASSED, refused(7), verified(8, "in_decree")], ALL | {"in_decree": 8}),
        ([*PASSED, waitlisted(9)], ALL | {"waiting": 9}),
        ([*PASSED, waitlisted(9), verified(10, "in_decree")], ALL | {"waiting": 9, "in_decree": 10}),
        ([*PASSED, waitlisted(9), refused(10, "paid", "unpaid")], ALL | {"unpaid": 10}),
        ([*PASSED, refused(7), waitlisted(9)], ALL | {"waiting": 9}),
        ([*PASSED, waitlisted(9), period("started", 12, 30)], ALL),
        ([*PASSED, waitlisted(9), period("renewed", 12, 30)], ALL),
        ([*PASSED, refused(7), period("started", 12, 30)], ALL),
        ([*PASSED, waitlisted(9), period("started", 12, 30, cohort=HARVEST)], ALL | {"waiting": 9}),
        ([*PASSED, waitlisted(9), relocated(10), MERGED_INTO], ALL | {"waiting": 9}),
        ([*PASSED, verified(6, village=KETEWEL)], {}),
        ([*PASSED, waitlisted(9), period("started", 12, 30, village=KETEWEL)], ALL),
        ([period("started", 0, 10)], {}),
    ],
    ids=[
        "passed",
        "passed the last check",
        "passed twice: the first day",
        "refused, with what was passed",
        "proposed anew",
        "passed after a refusal",
        "waits",
        "waits and is named",
        "waits and is refused",
        "waits after a refusal",
        "cover begins: no more waiting",
        "cover is renewed: no more waiting",
        "cover begins: no refusal",
        "cover of another cohort",
        "moves and merges change nothing",
        "the newest village",
        "cover names no village",
        "never proposed",
    ],
)
def test_steps(facts: list[Fact], expected: dict[str, int]) -> None:
    assert stands(*facts) == expected


def test_a_refusal_says_which_check_failed() -> None:
    found = funnel.difference({}, fold([proposed(1), refused(2, "unique", "in_register")]))
    assert (day(2), ANNUAL, BATUBULAN, "refused", "unique", "in_register", 1) in found


def test_proposals_of_two_cohorts_are_apart() -> None:
    found = funnel.difference({}, fold([proposed(1), proposed(2, HARVEST), refused(3, cohort=HARVEST)]))
    assert sorted((cohort, step) for _, cohort, _, step, *_ in found) == [
        (ANNUAL, "proposed"),
        (HARVEST, "proposed"),
        (HARVEST, "refused"),
    ]


@given(whole_lives)
def test_both_folds_say_the_same_of_any_proposals(facts: list[Fact]) -> None:
    told = [FACTS[type_].model_validate(data) for type_, data in facts]
    ours = {tuple(key): more for *key, more in funnel.difference({}, fold(facts))}
    wanted = plain.places([TOLD.validate_python(fact) for fact in told])
    assert ours == {(each.day.isoformat(), *each[1:]): more for each, more in wanted.items()}
