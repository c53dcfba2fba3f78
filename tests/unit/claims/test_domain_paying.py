"""The money of a claim: by shares, in several payments, late, short, come back; and never twice."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.claims import domain, money
from services.claims.claim import (
    ChangePayees,
    Claim,
    Command,
    Paid,
    Pay,
    PaymentOrdered,
    Pend,
    Rejected,
    Reopen,
    Return,
    Submit,
)
from services.claims.domain.paying import PAYMENTS_MAX
from tests.unit.claims.cases import (
    BOOK,
    COVERED,
    DEATH,
    DISPUTE,
    ELDER,
    FATAL,
    KETUT,
    MADE,
    NYOMAN,
    OTHER_CLAIM,
    PAYEE,
    PUTU,
    TODAY,
    UNCOVERED,
    WIDOW,
    YOUNGER,
    adds_up,
    asked,
    claim_in,
    cover_after,
    day,
    decide_on,
    order_on,
    pay_all,
    reopened,
    reported,
    return_all,
    started,
)

DUE = day("2025-10-23")
MILLION = 1_000_000
MOTHER = replace(WIDOW, share=(1, 3))
SON = replace(WIDOW, payee_id=ELDER, relation="child", share=(1, 3), born_on=day("2000-01-01"), account_index="b2")
BABY = replace(SON, payee_id=YOUNGER, guardian=True, born_on=day("2020-01-01"), account_index="c3")
YOUNG = cover_after(started("2025-09-01", None))
"""Cover of less than three months: the funeral only."""


def heirs(state: Any = "ordered") -> Claim:
    return claim_in(state, reported(), MOTHER, SON, BABY)


def pay(claim: Claim, place: int, idr: int | None = None, *, on: date = TODAY, line: str | None = None) -> Pay:
    payment = claim.payments[place]
    amount = payment.ordered_idr if idr is None else idr
    return Pay(KETUT, payment.payment_id, on, amount, line or f"line {place}", max(on, TODAY))


def give_back(claim: Claim, place: int) -> Return:
    payment = claim.payments[place]
    on = payment.ordered_on
    return Return(KETUT, payment.payment_id, on, "ACCOUNT_CLOSED", f"line {place}", on)


def refusal(claim: Claim, command: Command) -> str:
    with pytest.raises(Rejected) as refused:
        domain.decide(claim, command)
    return refused.value.code


def test_an_order_is_split_by_shares_and_says_by_when_it_is_due() -> None:
    (event,) = domain.decide(heirs("decided"), order_on())
    assert isinstance(event, PaymentOrdered)
    assert [(one.payee_id, one.ordered_idr, one.kind, one.due_on, one.payer) for one in event.payments] == [
        (payee, 14 * MILLION, "benefit", DUE, KETUT) for payee in (PAYEE, ELDER, YOUNGER)
    ]
    assert {one.order_id for one in event.payments} == {event.order_id}
    assert domain.decide(heirs("decided"), order_on()) == [event], "asked again, the same ids"
    assert domain.decide(heirs(), order_on(actor="another payer")) == []


def test_the_claim_is_paid_when_the_last_of_the_heirs_is() -> None:
    claim = heirs()
    for place in range(3):
        assert claim.state == "ordered"
        assert domain.decide(claim, pay(claim, place)) == [
            Paid(claim.payments[place].payment_id, TODAY, 14 * MILLION, f"line {place}")
        ]
        claim = asked(claim, pay(claim, place))
        assert domain.decide(claim, pay(claim, place)) == []
        adds_up(claim)
    assert (claim.state, money.account(claim).settled) == ("paid", True)
    assert domain.decide(claim, order_on()) == []


@pytest.mark.parametrize("actor", [PUTU, MADE])
def test_a_third_person_orders_and_pays(actor: str) -> None:
    assert refusal(heirs("decided"), order_on(actor=actor)) == "SAME_PERSON"
    assert refusal(heirs(), replace(pay(heirs(), 0), actor=actor)) == "SAME_PERSON"
    assert refusal(heirs(), replace(give_back(heirs(), 0), actor=actor)) == "SAME_PERSON"


def test_whoever_changed_the_payees_does_not_pay_them() -> None:
    changed = asked(heirs("decided"), ChangePayees(KETUT, (WIDOW,), TODAY))
    assert refusal(changed, order_on()) == "SAME_PERSON"
    assert asked(changed, order_on(actor=NYOMAN)).state == "ordered"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"paid_on": TODAY + timedelta(days=1)}, "DATES_OUT_OF_ORDER"),
        ({"paid_on": TODAY - timedelta(days=1)}, "DATES_OUT_OF_ORDER"),
        ({"amount_idr": 0}, "AMOUNT_NOT_POSITIVE"),
        ({"payment_id": UUID(int=5)}, "PAYMENT_UNKNOWN"),
        ({"bank_reference": "line 1"}, "BANK_REFERENCE_USED"),
    ],
)
def test_refuses_a_payment(change: dict[str, Any], code: str) -> None:
    claim = asked(heirs(), pay(heirs(), 1))
    assert refusal(claim, replace(pay(claim, 0), **change)) == code


def test_a_payment_is_settled_once() -> None:
    claim = asked(heirs(), pay(heirs(), 0), give_back(heirs(), 1))
    assert refusal(claim, pay(claim, 0, 1)) == "ALREADY_PAID"
    assert refusal(claim, pay(claim, 0, line="another")) == "ALREADY_PAID"
    assert refusal(claim, give_back(claim, 0)) == "ALREADY_PAID"
    assert refusal(claim, pay(claim, 1)) == "ALREADY_RETURNED"
    assert refusal(claim, replace(give_back(claim, 1), code="OTHER")) == "ALREADY_RETURNED"
    assert domain.decide(claim, give_back(claim, 1)) == []


def test_what_came_back_is_ordered_again_for_whom_it_was() -> None:
    claim = heirs()
    claim = asked(claim, pay(claim, 0), give_back(claim, 2))
    assert claim.state == "ordered", "one is still under way"
    early = asked(claim, order_on())
    assert [one.payee_id for one in early.payments if one.state == "ordered"] == [ELDER, YOUNGER]
    claim = asked(claim, pay(claim, 1))
    assert claim.state == "returned"
    moved = replace(BABY, account_index="d4")
    claim = asked(claim, ChangePayees(NYOMAN, (MOTHER, SON, moved), TODAY), order_on())
    assert [(one.payee_id, one.ordered_idr) for one in claim.payments[3:]] == [(YOUNGER, 14 * MILLION)]
    claim = asked(claim, pay(claim, 3))
    assert claim.state == "paid"
    assert len({one.payment_id for one in claim.payments}) == 4
    assert len({one.order_id for one in claim.payments}) == 2
    adds_up(claim)


def test_less_than_was_ordered_is_seen_and_a_person_orders_the_rest() -> None:
    claim = claim_in("ordered")
    claim = asked(claim, pay(claim, 0, 40 * MILLION))
    told = money.account(claim)
    assert (claim.state, told.paid_idr, told.due_idr, told.underpaid_idr) == (
        "decided",
        40 * MILLION,
        2 * MILLION,
        2 * MILLION,
    )
    claim = asked(claim, order_on())
    assert money.account(claim).underpaid_idr == 2 * MILLION
    claim = asked(claim, *pay_all(claim))
    assert (claim.state, money.account(claim).underpaid_idr) == ("paid", 0)


def test_what_came_back_before_counts_no_more_once_it_was_ordered_again() -> None:
    claim = claim_in("returned")
    claim = asked(claim, order_on())
    assert asked(claim, pay(claim, 1, 40 * MILLION)).state == "decided"


def test_more_than_was_ordered_is_seen_and_leaves_less_for_the_others() -> None:
    claim = heirs()
    claim = asked(claim, pay(claim, 0, 20 * MILLION), pay(claim, 1, 10 * MILLION), give_back(claim, 2))
    told = money.account(claim)
    assert (told.overpaid_idr, told.underpaid_idr, told.due_idr) == (6 * MILLION, 4 * MILLION, 12 * MILLION)
    again = asked(claim, order_on())
    assert [(one.payee_id, one.ordered_idr) for one in again.payments[3:]] == [
        (ELDER, 12 * MILLION * 4 // 18 + 1),
        (YOUNGER, 12 * MILLION * 14 // 18),
    ]
    adds_up(again)


# --- Late -------------------------------------------------------------------------------------------------------------


def paid_late(days: int, idr: int = 42 * MILLION) -> Claim:
    claim = claim_in("ordered")
    return asked(claim, pay(claim, 0, idr, on=DUE + timedelta(days=days)))


@pytest.mark.parametrize(
    ("days", "idr", "owed"),
    [
        (0, 42 * MILLION, 0),
        (1, 42 * MILLION, 420_000),
        (30, 42 * MILLION, 12_600_000),
        (1, 149, 1),
        (1, 150, 2),
        (3, 50, 2),
        (1, 50 * MILLION, 420_000),
    ],
    ids=["in time", "a day", "a month", "rounded down", "half up", "once for all days", "not for what is too much"],
)
def test_each_calendar_day_late_adds_a_hundredth(days: int, idr: int, owed: int) -> None:
    assert money.account(paid_late(days, idr)).late_owed_idr == owed


def test_what_is_owed_for_lateness_is_ordered_beside_the_benefit_and_nothing_accrues_on_it() -> None:
    later = DUE + timedelta(days=10)
    claim = paid_late(10)
    assert claim.state == "paid"
    assert not money.account(claim).settled
    claim = asked(claim, order_on(later))
    assert [(one.kind, one.ordered_idr) for one in claim.payments[1:]] == [("late", 4_200_000)]
    assert claim.state == "paid", "the benefit is paid"
    assert refusal(claim, Reopen(MADE, "appeal", later)) == "PAYMENT_ORDERED"
    claim = asked(claim, pay(claim, 1, on=later + timedelta(days=400)))
    assert money.account(claim).settled
    assert money.account(claim).late_paid_idr == 4_200_000
    adds_up(claim)


def test_the_rest_of_a_late_payment_is_late_by_its_own_day() -> None:
    claim = asked(paid_late(1, 40 * MILLION), order_on(DUE + timedelta(days=1)))
    assert [(one.kind, one.ordered_idr) for one in claim.payments[1:]] == [("benefit", 2 * MILLION), ("late", 400_000)]
    claim = asked(claim, pay(claim, 1, on=DUE + timedelta(days=5)))
    assert money.account(claim).late_owed_idr == 100_000


def test_money_that_arrives_leaves_a_claim_held() -> None:
    claim = asked(paid_late(1, 40 * MILLION), order_on(DUE + timedelta(days=1)))
    claim = asked(claim, give_back(claim, 1), Pend(MADE, (DISPUTE,)))
    claim = asked(claim, pay(claim, 2, on=DUE + timedelta(days=1)))
    assert (claim.state, claim.pended_in) == ("pended", "returned")


def test_another_round_leaves_the_lateness_of_the_one_before() -> None:
    later = DUE + timedelta(days=2)
    claim = reopened(paid_late(2), "correction", today=later)
    assert claim.due_on == BOOK.due_on(later, "JKM")
    claim = asked(claim, decide_on(COVERED, today=later))
    assert (claim.state, money.account(claim).late_owed_idr) == ("paid", 840_000)


# --- Rounds -----------------------------------------------------------------------------------------------------------


def test_a_decision_for_more_pays_the_difference_and_one_for_less_is_seen() -> None:
    claim = claim_in("paid", cover=YOUNG)
    assert money.account(claim).paid_idr == 10 * MILLION
    claim = asked(reopened(claim, "correction"), decide_on(COVERED))
    assert (claim.state, money.account(claim).due_idr) == ("decided", 32 * MILLION)
    claim = asked(claim, order_on())
    claim = asked(claim, *pay_all(claim))
    assert [one.ordered_idr for one in claim.payments] == [10 * MILLION, 32 * MILLION]
    adds_up(claim)
    claim = asked(reopened(claim, "correction"), decide_on(YOUNG))
    assert (claim.state, money.account(claim).overpaid_idr) == ("paid", 32 * MILLION)
    assert domain.decide(claim, order_on()) == []
    claim = asked(reopened(claim, "correction"), decide_on(UNCOVERED))
    assert (claim.state, money.account(claim).overpaid_idr) == ("decided", 42 * MILLION)
    assert refusal(claim, order_on()) == "WRONG_STATE"


def test_a_new_division_takes_back_nothing_and_gives_the_rest_to_the_others() -> None:
    claim = claim_in("paid", reported(), WIDOW, cover=YOUNG)
    half = (replace(WIDOW, share=(1, 2)), replace(SON, share=(1, 2)))
    claim = asked(claim, Reopen(NYOMAN, "correction", TODAY), Submit(PUTU, half, TODAY, BOOK, TODAY))
    claim = asked(claim, decide_on(COVERED), order_on())
    assert [(one.payee_id, one.ordered_idr) for one in claim.payments[1:]] == [
        (PAYEE, 11 * MILLION),
        (ELDER, 21 * MILLION),
    ]


@pytest.mark.parametrize("state", ["ordered", "paid"])
def test_of_two_granted_claims_of_one_person_the_second_is_not_paid(state: Any) -> None:
    """They were granted before the two workers turned out to be one."""
    first = claim_in(state, reported(claim_id=OTHER_CLAIM))
    mine = claim_in("decided", FATAL)
    assert refusal(mine, order_on(others=(first, mine))) == "DUPLICATE_CLAIM"
    came_back = asked(claim_in("ordered", reported(claim_id=OTHER_CLAIM)))
    came_back = asked(came_back, *return_all(came_back))
    for unpaid in (claim_in("decided", reported(claim_id=OTHER_CLAIM)), came_back):
        assert domain.decide(mine, order_on(others=(unpaid, mine)))


def test_payees_who_are_not_entitled_any_more_are_changed_before_anything_is_ordered() -> None:
    claim = claim_in("decided", FATAL)
    survived = replace(claim, findings=replace(claim.findings, died_on=None))
    assert refusal(survived, order_on()) == "PAYEE_NOT_ENTITLED"


def test_payments_have_a_bound() -> None:
    claim = claim_in("ordered")
    many = tuple(replace(claim.payments[0], state="returned") for _ in range(PAYMENTS_MAX))
    assert refusal(replace(claim, payments=many, state="returned"), order_on()) == "TOO_MANY"


def test_a_claim_of_more_than_a_day_ago_is_in_time_by_working_days() -> None:
    assert claim_in("submitted").due_on == DUE
    assert BOOK.due_on(DEATH, "JKK") > BOOK.due_on(DEATH, "JKM")
