"""What a bank tells of one payment, in whatever order its lines are read, and beside what a person told."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

import pytest

from services.claims import domain, money
from services.claims.claim import Claim, Rejected
from services.claims.commands import Pay, Return
from services.claims.domain.paying import TAKEN_BACK, TOLD_MAX
from services.claims.events import BankLineMatched, BankLineOutrun
from tests.unit.claims.cases import BOOK, KETUT, TODAY, asked, claim_in, order_on

BENEFIT = 42_000_000
FRIDAY = TODAY + timedelta(days=4)
ORDERED = claim_in("ordered")
PAYMENT_ID = ORDERED.payments[0].payment_id


def arrived(line: str | None, on: date = TODAY) -> Pay:
    return Pay(KETUT, PAYMENT_ID, on, BENEFIT, line, FRIDAY)


def came_back(line: str | None, on: date = TODAY, code: str = "ACCOUNT_CLOSED") -> Return:
    return Return(KETUT, PAYMENT_ID, on, code, line, BOOK, FRIDAY)


def by_hand(*told: Pay | Return) -> Claim:
    return asked(ORDERED, *(replace(one, bank_reference=None) for one in told))


def benefit(claim: Claim) -> tuple[str, int, int, int]:
    told = money.account(claim)
    return claim.state, told.paid_idr, told.ordered_idr, told.due_idr


@pytest.mark.parametrize("back_on", [TODAY, FRIDAY], ids=["the same day", "days later"])
def test_what_came_back_is_not_told_as_paid_by_the_line_of_before(back_on: date) -> None:
    returned = asked(ORDERED, came_back("R2", back_on))
    (event,) = domain.decide(returned, arrived("R1"))
    assert isinstance(event, BankLineOutrun)
    claim = asked(returned, arrived("R1"))
    assert benefit(claim) == ("returned", 0, 0, BENEFIT)
    assert [one.bank_reference for one in claim.payments[0].told] == ["R1", "R2"]
    for again in (arrived("R1"), came_back("R2", back_on)):
        assert domain.decide(claim, again) == []


def test_what_came_back_and_arrived_a_day_later_after_all_is_paid() -> None:
    claim = asked(ORDERED, came_back("R2"), arrived("R3", FRIDAY))
    assert benefit(claim) == ("paid", BENEFIT, 0, 0)
    assert benefit(asked(claim, arrived("R1"))) == ("paid", BENEFIT, 0, 0), "and a line of before changes nothing"


@pytest.mark.parametrize("lines", list(permutations([arrived("R1"), came_back("R2", FRIDAY)])))
def test_the_bank_tells_in_any_order_what_a_person_had_told_and_nothing_is_paid_twice(
    lines: tuple[Pay | Return, ...],
) -> None:
    claim = asked(by_hand(arrived("R1"), came_back("R2", FRIDAY)), order_on(FRIDAY))
    for line in lines:
        (event,) = domain.decide(claim, line)
        assert isinstance(event, BankLineMatched)
        claim = asked(claim, line)
        assert benefit(claim) == ("ordered", 0, BENEFIT, 0)
        assert domain.decide(claim, line) == []
    assert [one.bank_reference for one in claim.payments[0].told] == ["R1", "R2"]


def test_what_a_person_took_back_is_news_when_the_bank_tells_it() -> None:
    claim = by_hand(arrived(None), came_back(None, code=TAKEN_BACK))
    assert benefit(claim) == ("returned", 0, 0, BENEFIT)
    assert benefit(asked(claim, arrived("R1"))) == ("paid", BENEFIT, 0, 0), "the money is there, and not ordered again"


def test_only_a_line_of_the_bank_outruns_another() -> None:
    """Whoever says by hand that money arrived after all knows more than the bank told."""
    claim = asked(by_hand(came_back("R2", FRIDAY)), arrived("R1"))
    assert benefit(claim) == ("paid", BENEFIT, 0, 0)
    claim = asked(ORDERED, came_back("R2", FRIDAY), arrived(None))
    assert benefit(claim) == ("paid", BENEFIT, 0, 0)


def test_what_is_told_of_one_payment_has_a_bound() -> None:
    claim = ORDERED
    for _ in range(TOLD_MAX // 2):
        claim = by_hand_again(claim)
    with pytest.raises(Rejected, match=str(TOLD_MAX)) as refused:
        by_hand_again(claim)
    assert refused.value.code == "TOO_MANY"


def by_hand_again(claim: Claim) -> Claim:
    return asked(claim, arrived(None), came_back(None, code=TAKEN_BACK))
