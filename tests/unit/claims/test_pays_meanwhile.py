"""An appeal is no reason to wait for what it does not dispute; and nobody confirms what they pay."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.claims import domain, money, reasons
from services.claims.claim import Claim, Findings, Rejected
from services.claims.commands import (
    ChangePayees,
    Command,
    Find,
    LookAgain,
    Reopen,
    Resume,
    RetractDeath,
    Submit,
    Uphold,
)
from tests.unit.claims.cases import (
    BOOK,
    COVERED,
    DEATH,
    DISPUTE,
    FATAL,
    KETUT,
    MADE,
    NYOMAN,
    PUTU,
    TODAY,
    UNCOVERED,
    WIDOW,
    adds_up,
    asked,
    claim_in,
    cover_after,
    day,
    decide_on,
    order_on,
    pay_all,
    return_all,
    started,
)

YOUNG = cover_after(started("2025-09-01", None))
FUNERAL, WHOLE = 10_000_000, 42_000_000
DUE = day("2025-10-23")
LATER = DUE + timedelta(days=30)
OTHER = replace(WIDOW, name_index="another")
APPEAL, APPLY = Reopen(NYOMAN, "appeal", TODAY), Submit(PUTU, (), TODAY, BOOK, TODAY)


def refusal(claim: Claim, command: Command) -> str:
    with pytest.raises(Rejected) as refused:
        domain.decide(claim, command)
    return refused.value.code


def benefit(claim: Claim) -> tuple[int, int, int, int]:
    told = money.account(claim)
    adds_up(claim)
    return told.paid_idr, told.ordered_idr, told.due_idr, told.overpaid_idr


@pytest.mark.parametrize("commands", [[APPEAL], [APPEAL, APPLY]], ids=["raised", "applied for"])
@pytest.mark.parametrize("paid_before", [True, False], ids=["it arrives before the decision", "and after it"])
@pytest.mark.parametrize(
    ("decided", "after"),
    [(COVERED, (FUNERAL, 0, WHOLE - FUNERAL, 0)), (YOUNG, (FUNERAL, 0, 0, 0)), (UNCOVERED, (FUNERAL, 0, 0, FUNERAL))],
    ids=["for more", "for the same", "for nothing"],
)
def test_what_an_appeal_does_not_dispute_is_paid_meanwhile_and_counts(
    commands: list[Command], paid_before: bool, decided: Any, after: tuple[int, ...]
) -> None:
    claim = asked(claim_in("decided", cover=YOUNG), *commands, order_on(LATER, cover=YOUNG))
    assert (claim.state, benefit(claim)) == (["reported", "submitted"][len(commands) - 1], (0, FUNERAL, 0, 0))
    assert [one.due_on for one in claim.payments] == [DUE]
    assert domain.decide(claim, order_on(LATER, cover=YOUNG)) == []
    claim = asked(claim, *(pay_all(claim, LATER) if paid_before else ()))
    claim = asked(claim, *([] if APPLY in commands else [APPLY]), decide_on(decided, today=LATER, actor=NYOMAN))
    claim = asked(claim, *pay_all(claim, LATER))
    assert (benefit(claim), claim.pays_meanwhile) == (after, False)
    assert money.account(claim).late_owed_idr == FUNERAL * 30 // 100


def test_a_denial_while_it_is_on_its_way_leaves_a_claim_decided() -> None:
    claim = asked(claim_in("decided"), APPEAL, order_on(), APPLY, decide_on(UNCOVERED, actor=NYOMAN))
    assert (claim.state, claim.came_to_nothing) == ("decided", False)
    assert refusal(claim, Reopen(NYOMAN, "appeal", TODAY)) == "PAYMENT_ORDERED"


@pytest.mark.parametrize(
    ("commands", "code"),
    [
        ([Reopen(NYOMAN, "correction", TODAY)], "WRONG_STATE"),
        ([Reopen(NYOMAN, "correction", TODAY), APPEAL], "WRONG_STATE"),
        ([APPEAL, replace(APPLY, payees=(OTHER,))], "WRONG_STATE"),
        ([APPEAL, APPLY, ChangePayees(PUTU, (OTHER,), BOOK, TODAY)], "WRONG_STATE"),
        ([APPEAL, LookAgain(TODAY, UNCOVERED, BOOK)], "REVIEW_PENDING"),
    ],
    ids=["a correction", "an appeal beside it", "for other payees", "for payees changed", "cover that changed"],
)
def test_nothing_is_paid_meanwhile_that_somebody_has_still_to_look_at(commands: list[Command], code: str) -> None:
    assert refusal(asked(claim_in("decided"), *commands), order_on()) == code


def test_nothing_is_paid_meanwhile_for_what_goes_on_under_the_other_programme() -> None:
    found = Find(PUTU, Findings(died_on=DEATH, work_related=False), BOOK, TODAY)
    claim = asked(claim_in("decided", FATAL), APPEAL, found, APPLY, decide_on(COVERED, actor=NYOMAN))
    assert (claim.state, claim.programme) == ("submitted", "JKM")
    assert refusal(claim, order_on()) == "WRONG_STATE"


def test_a_claim_that_left_the_books_in_its_appeal_is_not_looked_at_any_more() -> None:
    claim = asked(claim_in("decided"), APPEAL, RetractDeath(NYOMAN, TODAY))
    assert domain.decide(claim, LookAgain(TODAY, UNCOVERED, BOOK)) == []


def test_nobody_takes_the_place_of_a_payee_whose_money_is_on_its_way() -> None:
    claim = asked(claim_in("decided"), APPEAL, order_on())
    assert refusal(claim, replace(APPLY, payees=(OTHER,))) == "PAYMENT_ORDERED"
    assert asked(claim, APPLY).state == "submitted"


def test_what_came_back_waits_for_the_account_that_the_appeal_names() -> None:
    claim = asked(claim_in("ordered"))
    claim = asked(claim, *return_all(claim), APPEAL)
    assert domain.decide(claim, order_on()) == []
    assert asked(claim, APPLY, order_on()).payments[-1].due_on == DUE


# --- Three people -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "by",
    [
        lambda who: [ChangePayees(PUTU, (OTHER,), BOOK, TODAY), Resume(who, BOOK, TODAY)],
        lambda who: [LookAgain(TODAY, UNCOVERED, BOOK), Uphold(who, TODAY)],
    ],
    ids=["payees", "a decision"],
)
def test_whoever_let_it_stand_after_the_decision_does_not_pay(by: Any) -> None:
    claim = asked(claim_in("decided"), *by(KETUT))
    assert refusal(claim, order_on()) == "SAME_PERSON"
    assert asked(claim, order_on(actor=NYOMAN)).state == "ordered"
    assert asked(claim_in("decided"), *by(MADE), order_on()).state == "ordered", "the decider did not pay anyway"
    anew = asked(claim, Reopen(NYOMAN, "correction", TODAY), APPLY, decide_on(COVERED), order_on())
    assert anew.state == "ordered", "somebody else decided about it since"


def test_whoever_lets_a_claim_go_on_for_another_reason_may_pay() -> None:
    held = replace(claim_in("decided"), state="pended", pended_in="decided", pended_for=(DISPUTE,))
    assert asked(held, Resume(KETUT, BOOK, TODAY), order_on()).state == "ordered"
    both = replace(held, pended_for=(DISPUTE, reasons.PAYEES_TO_CONFIRM))
    assert refusal(asked(both, Resume(KETUT, BOOK, TODAY)), order_on()) == "SAME_PERSON"


@pytest.mark.parametrize(
    ("change", "code"), [({"parked": True}, "WORKER_PARKED"), ({"merging": True}, "WORKER_MERGING")]
)
def test_nothing_is_ordered_on_cover_of_which_a_part_is_withheld(change: Any, code: str) -> None:
    order = order_on(cover=replace(COVERED, **change))
    assert refusal(claim_in("decided"), order) == code
    assert domain.decide(claim_in("paid"), order) == [], "where nothing is owed"
