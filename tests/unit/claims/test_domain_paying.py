"""The money of a claim: by shares, in several payments, late, short, come back; and never twice."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.claims import domain, money
from services.claims.claim import Claim, Findings, Rejected
from services.claims.commands import (
    ChangePayees,
    Command,
    Find,
    LookAgain,
    Pay,
    Pend,
    Reopen,
    Resume,
    RetractDeath,
    Return,
    Submit,
    Uphold,
)
from services.claims.domain.paying import PAYMENTS_EVER_MAX, PAYMENTS_MAX
from services.claims.events import BankLineMatched, Paid, PaymentOrdered, Returned
from tests.unit.claims.cases import (
    BOOK,
    COVERED,
    DEATH,
    DISPUTE,
    ELDER,
    FATAL,
    INJURED,
    KETUT,
    MADE,
    NYOMAN,
    OTHER_CLAIM,
    PAYEE,
    PUTU,
    TODAY,
    UNCOVERED,
    WIDOW,
    WORKER,
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
    submit,
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
    return Return(KETUT, payment.payment_id, on, "ACCOUNT_CLOSED", f"line {place}", BOOK, on)


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
    changed = asked(heirs("decided"), ChangePayees(KETUT, (WIDOW,), BOOK, TODAY), Resume(MADE, BOOK, TODAY))
    assert refusal(changed, order_on()) == "SAME_PERSON"
    assert asked(changed, order_on(actor=NYOMAN)).state == "ordered"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"paid_on": TODAY + timedelta(days=1)}, "DATES_OUT_OF_ORDER"),
        ({"paid_on": TODAY - timedelta(days=1)}, "DATES_OUT_OF_ORDER"),
        ({"amount_idr": 0}, "AMOUNT_NOT_POSITIVE"),
        ({"amount_idr": 14 * MILLION + 1}, "MORE_THAN_ORDERED"),
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
    assert refusal(claim, give_back(claim, 0)) == "BANK_REFERENCE_USED"
    assert refusal(claim, pay(claim, 1)) == "BANK_REFERENCE_USED"
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
    claim = asked(claim, ChangePayees(NYOMAN, (MOTHER, SON, moved), BOOK, TODAY))
    claim = asked(claim, Resume(MADE, BOOK, TODAY), order_on())
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


# --- The bank changes its mind ----------------------------------------------------------------------------------------


def test_a_payment_that_had_arrived_comes_back_and_goes_out_again() -> None:
    claim = claim_in("paid")
    bounced = asked(claim, bounce(claim))
    assert (bounced.state, money.account(bounced).paid_idr, money.account(bounced).due_idr) == (
        "returned",
        0,
        42 * MILLION,
    )
    assert domain.decide(bounced, bounce(claim)) == []
    assert domain.decide(bounced, replace(pay(claim, 0), bank_reference=claim.payments[0].bank_reference)) == []
    again = asked(bounced, order_on())
    again = asked(again, *pay_all(again))
    assert (again.state, money.account(again).overpaid_idr) == ("paid", 0)
    assert refusal(claim, replace(bounce(claim), returned_on=TODAY - timedelta(days=1))) == "DATES_OUT_OF_ORDER"


def test_money_that_had_come_back_arrived_after_all_and_is_seen_if_it_was_sent_twice() -> None:
    claim = claim_in("returned")
    found = asked(claim, pay(claim, 0, on=TODAY + timedelta(days=1), line="found"))
    assert (found.state, money.account(found).settled) == ("paid", True)
    twice = asked(claim, order_on())
    twice = asked(twice, *pay_all(twice), pay(claim, 0, on=TODAY + timedelta(days=1), line="found"))
    assert (twice.state, money.account(twice).paid_idr, money.account(twice).overpaid_idr) == (
        "paid",
        84 * MILLION,
        42 * MILLION,
    )
    adds_up(twice)


def test_a_confirmation_that_was_mistyped_is_taken_back_by_hand_and_told_right() -> None:
    by_hand = replace(pay(claim_in("ordered"), 0, 4_200_000), bank_reference=None)
    claim = asked(claim_in("ordered"), by_hand)
    assert refusal(claim, replace(by_hand, amount_idr=42 * MILLION)) == "ALREADY_PAID"
    taken_back = replace(bounce(claim), code="TAKEN_BACK", bank_reference=None)
    claim = asked(claim, taken_back, replace(by_hand, amount_idr=42 * MILLION))
    assert (claim.state, money.account(claim).settled) == ("paid", True)
    assert len(claim.payments[0].told) == 3
    again = asked(claim, taken_back, by_hand)
    assert again.payments[0].paid_idr == 4_200_000, "by hand, the same may be said again after something else was"


@pytest.mark.parametrize("by_hand", [pay, give_back], ids=["arrived", "came back"])
def test_what_was_told_by_hand_and_then_by_the_bank_is_the_same_news_and_keeps_the_line(by_hand: Any) -> None:
    line = by_hand(heirs(), 0)
    claim = asked(heirs(), replace(line, bank_reference=None))
    assert domain.decide(claim, line) == [BankLineMatched(line.payment_id, "line 0", 0)]
    matched = asked(claim, line)
    assert matched.payments[0].bank_reference == "line 0"
    assert (money.account(matched), matched.state) == (money.account(claim), claim.state)
    assert len(matched.payments[0].told) == 1
    for again in (line, replace(line, bank_reference=None)):
        assert domain.decide(matched, again) == [], "told by the bank first, a person tells nothing new"
    assert refusal(matched, replace(line, bank_reference="another line")) in {"ALREADY_PAID", "ALREADY_RETURNED"}
    other = replace(by_hand(claim, 1), bank_reference=None)
    assert refusal(asked(matched, other), replace(other, bank_reference="line 0")) == "BANK_REFERENCE_USED"


def test_the_bank_telling_another_amount_than_a_person_is_no_match() -> None:
    claim = asked(heirs(), replace(pay(heirs(), 0, MILLION), bank_reference=None))
    assert refusal(claim, pay(claim, 0)) == "ALREADY_PAID"


@pytest.mark.parametrize("state", ["reported", "void"])
def test_money_that_comes_back_leaves_a_claim_that_is_decided_anew_or_void_as_it_is(state: Any) -> None:
    paid = claim_in("paid")
    claim = asked(paid, Reopen(NYOMAN, "correction", TODAY) if state == "reported" else RetractDeath(NYOMAN, TODAY))
    claim = asked(claim, bounce(claim))
    assert (claim.state, money.paid_in_all(claim)) == (state, 0)


@pytest.mark.parametrize("payees", [(WIDOW,), (replace(SON, share=(1, 1)),)], ids=["the same", "another heir"])
def test_what_came_back_is_due_anew_from_the_day_on_which_it_did(payees: Any) -> None:
    later = DUE + timedelta(days=90)
    claim = claim_in("ordered")
    claim = asked(replace(asked(claim, *return_all(claim, later)), payees=payees), order_on(later))
    assert claim.payments[-1].due_on == BOOK.due_on(later, "JKM")
    claim = asked(claim, *pay_all(claim, later))
    assert money.account(claim).late_owed_idr == 0


def test_what_came_back_in_time_is_due_no_earlier_than_it_was() -> None:
    """A clock of more working days may have run when it was ordered: that of the other programme."""
    claim = claim_in("ordered")
    by = BOOK.due_on(TODAY, "JKK")
    claim = replace(claim, payments=tuple(replace(one, due_on=by) for one in claim.payments))
    (returned,) = domain.decide(claim, give_back(claim, 0))
    assert isinstance(returned, Returned)
    assert returned.again_by == by > BOOK.due_on(TODAY, "JKM")


def test_what_is_still_to_be_paid_is_told_by_day_and_sent_in_the_order_of_the_payees() -> None:
    later = DUE + timedelta(days=7)
    claim = heirs()
    claim = asked(claim, replace(give_back(claim, 0), returned_on=later, today=later))
    assert money.still_to_pay(claim) == [(DUE, 28 * MILLION), (BOOK.due_on(later, "JKM"), 14 * MILLION)]
    claim = asked(claim, order_on(later))
    claim = asked(claim, *(replace(give_back(claim, place), returned_on=later, today=later) for place in (2, 3)))
    sent = asked(claim, order_on(later)).payments[4:]
    assert [one.payee_id for one in sent] == [PAYEE, YOUNGER]


def bounce(claim: Claim) -> Return:
    return Return(KETUT, claim.payments[0].payment_id, TODAY, "ACCOUNT_CLOSED", "bounced", BOOK, TODAY)


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
    ],
    ids=["in time", "a day", "a month", "rounded down", "half up", "once for all days"],
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
    claim = asked(claim, give_back(claim, 1), Pend(MADE, (DISPUTE,), TODAY))
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


def hurt(amount_idr: int = 9 * MILLION, **found: Any) -> Find:
    return Find(PUTU, Findings(orthosis_idr=amount_idr, **found), BOOK, TODAY)


@pytest.mark.parametrize(
    ("found", "others", "decided", "due"),
    [
        ({"died_on": DEATH}, False, "the whole", "the rest"),
        ({"died_on": DEATH, "work_related": False}, False, "both", "the benefit"),
        ({"died_on": DEATH}, True, "kept", "nothing"),
    ],
    ids=["of the accident", "of something else", "paid elsewhere"],
)
def test_what_a_worker_was_paid_before_dying_stays_theirs(
    found: dict[str, Any], others: bool, decided: str, due: str
) -> None:
    claim = asked(claim_in("submitted", INJURED), hurt(), decide_on(COVERED), order_on())
    claim = asked(claim, *pay_all(claim), Reopen(NYOMAN, "further_benefit", TODAY), hurt(**found))
    had = money.paid_in_all(claim)
    assert had > 0
    claim = asked(claim, submit(replace(WORKER, share=(0, 1)), replace(WIDOW, payee_id=ELDER)))
    elsewhere = (claim_in("decided", reported(claim_id=OTHER_CLAIM)),) if others else ()
    while claim.state == "submitted":
        claim = asked(claim, decide_on(COVERED, others=elsewhere))
    benefit = claim.decisions[-1].verdict.amount_idr
    told = money.account(claim)
    assert told.overpaid_idr == 0
    assert told.decided_idr == {"the whole": benefit, "both": benefit + had, "kept": had}[decided]
    assert told.due_idr == {"the rest": benefit - had, "the benefit": benefit, "nothing": 0}[due]
    adds_up(claim)


def test_what_a_worker_was_paid_wrongly_is_seen_after_the_death_too() -> None:
    claim = asked(claim_in("submitted", INJURED), hurt(), decide_on(COVERED), order_on())
    claim = asked(claim, *pay_all(claim), Reopen(NYOMAN, "correction", TODAY), hurt(died_on=DEATH))
    claim = asked(claim, submit(replace(WORKER, share=(0, 1)), replace(WIDOW, payee_id=ELDER)), decide_on(UNCOVERED))
    assert money.account(claim).overpaid_idr == money.paid_in_all(claim)


def test_nothing_is_ordered_while_the_decision_would_come_out_otherwise() -> None:
    claim = asked(claim_in("decided"), LookAgain(TODAY, UNCOVERED, BOOK))
    assert refusal(claim, order_on()) == "REVIEW_PENDING"
    assert asked(claim, Uphold(MADE, TODAY), order_on()).state == "ordered"
    paid = asked(claim_in("paid"), LookAgain(TODAY, UNCOVERED, BOOK))
    assert domain.decide(paid, order_on()) == []


@pytest.mark.parametrize("state", ["ordered", "paid"])
def test_of_two_granted_claims_of_one_person_the_second_is_not_paid(state: Any) -> None:
    """They were granted before the two workers turned out to be one."""
    first = claim_in(state, reported(claim_id=OTHER_CLAIM))
    mine = claim_in("decided", FATAL)
    assert refusal(mine, order_on(others=(first, mine))) == "DUPLICATE_CLAIM"
    if state == "paid":
        denied = asked(reopened(first, "correction"), decide_on(UNCOVERED))
        assert refusal(mine, order_on(others=(denied, mine))) == "DUPLICATE_CLAIM"
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
    paid = replace(claim.payments[0], state="paid", paid_idr=1)
    back = replace(paid, state="returned", paid_idr=0, settled_on=TODAY)
    for stand, returned, refused in (
        (PAYMENTS_MAX - 1, PAYMENTS_MAX, False),
        (PAYMENTS_MAX, 0, True),
        (0, PAYMENTS_EVER_MAX - 1, False),
        (0, PAYMENTS_EVER_MAX, True),
    ):
        full = replace(claim, payments=(paid,) * stand + (back,) * returned, state="decided")
        if refused:
            assert refusal(full, order_on()) == "TOO_MANY"
        else:
            assert len(domain.decide(full, order_on())) == 1


def test_a_claim_of_more_than_a_day_ago_is_in_time_by_working_days() -> None:
    assert claim_in("submitted").due_on == DUE
    assert BOOK.due_on(DEATH, "JKK") > BOOK.due_on(DEATH, "JKM")
