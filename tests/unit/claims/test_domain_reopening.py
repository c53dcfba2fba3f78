"""A claim that is decided anew, that leaves the books, or whose cover changed after it was decided."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.claims import domain
from services.claims.claim import Claim, Rejected
from services.claims.commands import Command, LookAgain, Reopen, RetractDeath, Submit, Uphold, Void
from services.claims.coverage import Cover
from services.claims.domain.deciding import ROUNDS_MAX
from services.claims.events import DeathRetracted, Reopened, ReviewRequired, ReviewSettled, Voided
from tests.unit.claims.cases import (
    BOOK,
    COVERED,
    FATAL,
    KETUT,
    MADE,
    NYOMAN,
    OTHER_CLAIM,
    PUTU,
    SAME_WAYAN,
    TODAY,
    UNCOVERED,
    asked,
    claim_in,
    cover_after,
    decide_on,
    died,
    order_on,
    pay_all,
    reopened,
    reported,
    started,
    suspended,
    terminated,
)

LATER = TODAY + timedelta(days=5)
YEAR = started("2025-01-01", "2026-01-01")
YOUNG = cover_after(started("2025-09-01", None))


def refusal(claim: Claim, command: Command) -> str:
    with pytest.raises(Rejected) as refused:
        domain.decide(claim, command)
    return refused.value.code


@pytest.mark.parametrize("state", ["decided", "returned", "paid"])
def test_what_was_decided_and_paid_stands_until_the_next_decision(state: Any) -> None:
    before = claim_in(state)
    claim = asked(before, Reopen(NYOMAN, "appeal", TODAY))
    assert (claim.state, claim.reopened_for, claim.due_on) == ("reported", "appeal", None)
    assert (claim.decisions, claim.payees) == (before.decisions, before.payees)
    assert [one.told for one in claim.payments] == [one.told for one in before.payments]
    assert (claim.documents, claim.findings, claim.granted) == (before.documents, before.findings, True)
    assert domain.decide(claim, Reopen(NYOMAN, "appeal", TODAY)) == []
    again = asked(claim, Submit(PUTU, (), TODAY, BOOK, TODAY), decide_on(UNCOVERED, actor=NYOMAN))
    assert [decision.round for decision in again.decisions] == [1, 2]
    assert again.reopened_for is None


def test_a_denied_claim_is_not_reopened_beside_another_for_the_event() -> None:
    denied = claim_in("decided", cover=UNCOVERED)
    other = claim_in("reported", reported(claim_id=OTHER_CLAIM))
    assert refusal(denied, Reopen(NYOMAN, "appeal", TODAY, (denied, other))) == "DUPLICATE_CLAIM"
    void = claim_in("void", reported(claim_id=OTHER_CLAIM))
    assert domain.decide(denied, Reopen(NYOMAN, "appeal", TODAY, (denied, void)))


def test_a_claim_that_was_denied_after_it_was_paid_stands_in_the_way_of_another() -> None:
    denied = asked(reopened(claim_in("paid"), "correction"), decide_on(UNCOVERED))
    assert (denied.granted, denied.came_to_nothing) == (False, False)
    came_back = asked(reopened(claim_in("returned"), "correction"), decide_on(UNCOVERED))
    assert came_back.came_to_nothing


def test_rounds_have_a_bound() -> None:
    claim = claim_in("decided", cover=UNCOVERED)
    claim = replace(claim, decisions=claim.decisions * ROUNDS_MAX)
    assert refusal(claim, Reopen(NYOMAN, "appeal", TODAY)) == "TOO_MANY"


def test_voids_once() -> None:
    claim = claim_in("submitted")
    assert domain.decide(claim, Void(MADE, "duplicate", TODAY)) == [Voided("duplicate", TODAY, 0)]
    assert refusal(claim, Void(PUTU, "duplicate", TODAY)) == "SAME_PERSON"
    assert refusal(claim_in("decided", cover=UNCOVERED), Void(MADE, "withdrawn", TODAY)) == "SAME_PERSON"
    void = asked(claim, Void(MADE, "duplicate", TODAY))
    assert domain.decide(void, Void(MADE, "duplicate", LATER)) == []
    assert refusal(void, Void(MADE, "withdrawn", TODAY)) == "WRONG_STATE"
    assert refusal(claim, Void(MADE, "death_retracted", TODAY)) == "WRONG_STATE"


def test_a_retracted_death_voids_the_claim_and_is_owed_back() -> None:
    late = claim_in("ordered")
    late = asked(late, *pay_all(late, LATER))
    late = asked(late, order_on(LATER))
    late = asked(late, *pay_all(late, LATER))
    assert [refusal(late, RetractDeath(who, LATER)) for who in (PUTU, MADE)] == ["SAME_PERSON", "SAME_PERSON"]
    assert domain.decide(late, RetractDeath(NYOMAN, LATER)) == [
        DeathRetracted(),
        Voided("death_retracted", LATER, 42_840_000),
    ]
    void = asked(late, RetractDeath(NYOMAN, LATER))
    assert (void.granted, void.came_to_nothing) == (False, True)
    assert domain.decide(void, RetractDeath(NYOMAN, LATER)) == []


def test_a_death_can_be_retracted_while_the_claim_is_reopened_or_denied_since() -> None:
    for claim in (
        asked(claim_in("decided"), Reopen(NYOMAN, "correction", TODAY)),
        asked(reopened(claim_in("decided"), "correction"), decide_on(UNCOVERED)),
    ):
        assert asked(claim, RetractDeath(NYOMAN, TODAY)).state == "void"
    assert refusal(claim_in("decided", cover=UNCOVERED), RetractDeath(NYOMAN, TODAY)) == "WRONG_STATE"


# --- Cover that changed after the decision ----------------------------------------------------------------------------


def look(cover: Cover) -> LookAgain:
    return LookAgain(TODAY, cover, BOOK)


@pytest.mark.parametrize(
    "cover",
    [
        COVERED,
        cover_after(YEAR, died("2025-10-03"), terminated("2025-10-04", "deceased")),
        cover_after(started("2024-01-01", "2027-01-01")),
        replace(UNCOVERED, parked=True),
        replace(UNCOVERED, merging=True),
        Cover(),
    ],
    ids=["the same", "the death ended it", "more of it", "withheld", "half a merge", "nothing known"],
)
def test_nothing_is_told_that_makes_no_difference(cover: Cover) -> None:
    assert domain.decide(claim_in("paid"), look(cover)) == []


def test_what_would_come_out_otherwise_is_told_once_for_each_difference() -> None:
    claim = claim_in("paid")
    (event,) = domain.decide(claim, look(UNCOVERED))
    assert isinstance(event, ReviewRequired)
    assert (event.review.verdict.outcome, event.review.coverage_sequence) == ("denied", UNCOVERED.sequence)
    reviewed = asked(claim, look(UNCOVERED))
    assert reviewed.decisions == claim.decisions
    assert domain.decide(reviewed, look(UNCOVERED)) == []
    (less,) = domain.decide(reviewed, look(YOUNG))
    assert isinstance(less, ReviewRequired)
    assert less.review.verdict.amount_idr == 10_000_000
    assert domain.decide(reviewed, look(COVERED)) == [ReviewSettled("withdrawn", TODAY)]


def test_a_denied_claim_that_would_be_granted_is_told() -> None:
    (event,) = domain.decide(claim_in("decided", cover=UNCOVERED), look(COVERED))
    assert isinstance(event, ReviewRequired)
    assert event.review.verdict.outcome == "approved"


def test_a_denied_claim_that_would_be_denied_for_another_reason_is_told() -> None:
    suspended_then = cover_after(YEAR, suspended("2025-09-01"))
    (event,) = domain.decide(claim_in("decided", cover=UNCOVERED), look(suspended_then))
    assert isinstance(event, ReviewRequired)
    assert [one.code for one in event.review.verdict.reasons] == ["SUSPENDED_AT_INCIDENT"]


def as_one(*claims: Claim, cover: Cover = COVERED) -> list[str | None]:
    """Look again at claims of one person: what each would now be denied for, if there is news."""
    told = []
    for claim in claims:
        review = asked(claim, LookAgain(TODAY, cover, BOOK, claims)).review
        told.append(review.verdict.reasons[0].code if review else None)
    return told


@pytest.mark.parametrize(
    ("states", "told"),
    [
        (("paid", "paid"), [None, "DUPLICATE_CLAIM"]),
        (("decided", "decided"), [None, "DUPLICATE_CLAIM"]),
        (("decided", "paid"), ["DUPLICATE_CLAIM", None]),
    ],
)
def test_of_two_that_were_granted_before_a_merge_one_is_a_duplicate_and_both_can_be_decided_anew(
    states: Any, told: list[str | None]
) -> None:
    mine = claim_in(states[0])
    other = replace(claim_in(states[1], reported(claim_id=OTHER_CLAIM), today=LATER), worker_id=SAME_WAYAN)
    assert as_one(mine, other) == told
    for claim, denied_for in zip((mine, other), told, strict=True):
        again = reopened(claim, "review")
        assert asked(claim, Reopen(NYOMAN, "review", TODAY, (mine, other))).state == "reported"
        again = asked(again, decide_on(COVERED, others=(mine, other)))
        assert [one.code for one in again.decisions[-1].verdict.reasons] == ([denied_for] if denied_for else [])


def test_of_two_the_one_granted_first_stands_then_the_one_reported_first_then_the_lower_number() -> None:
    mine = claim_in("decided")
    other = claim_in("decided", reported(claim_id=OTHER_CLAIM))
    assert as_one(claim_in("decided", today=LATER), other) == ["DUPLICATE_CLAIM", None]
    assert as_one(mine, other) == [None, "DUPLICATE_CLAIM"]
    assert as_one(mine, replace(other, reported_at=mine.reported_at - timedelta(seconds=1))) == [
        "DUPLICATE_CLAIM",
        None,
    ]


def test_a_claim_that_was_denied_as_a_duplicate_is_told_once_the_other_is_gone() -> None:
    granted = claim_in("decided", reported(claim_id=OTHER_CLAIM))
    mine = asked(claim_in("submitted"), decide_on(COVERED, others=(granted,)))
    assert not mine.granted
    assert domain.decide(mine, LookAgain(TODAY, COVERED, BOOK, (granted, mine))) == []
    assert domain.decide(mine, LookAgain(TODAY, UNCOVERED, BOOK, (granted, mine))) == []
    uncovered = claim_in("decided", cover=UNCOVERED)
    assert domain.decide(uncovered, LookAgain(TODAY, COVERED, BOOK, (granted, uncovered))) == []
    void = asked(granted, RetractDeath(NYOMAN, TODAY))
    (event,) = domain.decide(mine, LookAgain(TODAY, COVERED, BOOK, (void, mine)))
    assert isinstance(event, ReviewRequired)
    assert event.review.verdict.outcome == "approved"


def test_what_was_upheld_is_not_told_again_and_something_else_is() -> None:
    upheld = asked(claim_in("decided"), look(UNCOVERED), Uphold(MADE, TODAY))
    assert upheld.review is None
    assert domain.decide(upheld, Uphold(MADE, TODAY)) == []
    assert domain.decide(upheld, look(UNCOVERED)) == []
    assert len(domain.decide(upheld, look(YOUNG))) == 1
    decided_anew = asked(reopened(upheld, "correction"), decide_on(COVERED))
    assert len(domain.decide(decided_anew, look(UNCOVERED))) == 1


@pytest.mark.parametrize(
    ("command", "ended_by"),
    [
        (Uphold(MADE, TODAY), "upheld"),
        (Reopen(NYOMAN, "review", TODAY), "reopened"),
        (RetractDeath(NYOMAN, TODAY), "withdrawn"),
    ],
)
def test_a_review_ends(command: Command, ended_by: Any) -> None:
    claim = asked(claim_in("decided", FATAL), look(UNCOVERED))
    by = MADE if ended_by == "upheld" else None
    assert ReviewSettled(ended_by, TODAY, by) in domain.decide(claim, command)
    ended = asked(claim, command)
    assert ended.review is None
    if ended_by == "reopened":
        assert isinstance(domain.decide(claim, command)[-1], Reopened)
        assert domain.decide(ended, look(UNCOVERED)) == [], "it is decided anew anyway"


def test_a_payment_that_arrives_leaves_a_review_waiting() -> None:
    claim = asked(claim_in("ordered"), look(UNCOVERED))
    paid = asked(claim, *pay_all(claim))
    assert (paid.state, paid.review) == ("paid", claim.review)
    assert KETUT not in paid.prepared_by


def test_whoever_prepared_the_claim_upholds_no_decision_about_it() -> None:
    waiting = asked(claim_in("decided"), LookAgain(TODAY, UNCOVERED, BOOK))
    assert refusal(waiting, Uphold(PUTU, TODAY)) == "SAME_PERSON"
    upheld = asked(waiting, Uphold(MADE, TODAY))
    assert upheld.review is None
    assert domain.decide(upheld, Uphold(PUTU, TODAY)) == [], "it is answered already"
