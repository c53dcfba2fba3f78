"""What a proposal would make of decided claims, against weighing each by hand."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.claims import what_if
from services.claims.claim import Question
from services.claims.rules import RuleBook, base_book
from services.claims.rules.book import Content, DatedRule
from services.claims.rules.proposal import amounts_change_from, next_edition
from services.claims.weigh import weigh
from services.claims.what_if import Decided
from tests.unit.claims.cases import started
from tests.unit.claims.questions import ALWAYS, MILLION, child, question

BASE = base_book()
YOUNG = started("2025-08-01", None)
FROM_JULY = date(2025, 7, 1)


def raised(value: int | None, parameter: str = "jkm.santunan", since: date = FROM_JULY) -> Content:
    return Content(rules=(DatedRule(parameter, "*", since, value, "PP 99/2026", "verified"),))


def decided(asked: Question, number: int = 1, book: RuleBook = BASE) -> Decided:
    asked = replace(asked, edition=book.edition)
    return Decided(UUID(int=number), asked, weigh(asked, book))


def test_sums_say_how_many_change_and_by_how_much() -> None:
    claims = [
        decided(question(ALWAYS, on="2025-06-30"), 1),  # the day before
        decided(question(ALWAYS, on="2025-07-01"), 2),
        decided(question(ALWAYS, ALWAYS, on="2025-09-01"), 3),
        decided(question(YOUNG, on="2025-09-01"), 4),  # the funeral alone
        decided(question(on="2025-09-01"), 5),  # nobody was covered
        decided(question(ALWAYS, on="2025-09-01", programme="JKK", died_on=date(2025, 9, 1)), 6),
    ]
    compared = what_if.compare(claims, BASE, next_edition(BASE, raised(25 * MILLION)))
    assert [
        (one.programme, one.outcome, one.becomes, one.cases, one.changed, one.would_be_idr - one.amount_idr)
        for one in what_if.tally(compared)
    ] == [
        ("JKK", "approved", "approved", 1, 0, 0),
        ("JKM", "approved", "approved", 3, 2, 10 * MILLION),
        ("JKM", "denied", "denied", 1, 0, 0),
        ("JKM", "partially_approved", "partially_approved", 1, 0, 0),
    ]
    assert [(one.claim_id.int, one.difference_idr) for one in what_if.biggest(compared)] == [
        (2, 5 * MILLION),
        (3, 5 * MILLION),
    ]


def test_an_outcome_may_change_without_an_amount() -> None:
    late = decided(question(ALWAYS, on="2025-09-01", reported_on="2025-12-01"))
    would_be = next_edition(BASE, raised(0, "jkm.lapse_years"))
    (one,) = what_if.compare([late], BASE, would_be)
    assert (one.outcome, one.becomes, one.difference_idr, one.changed) == ("approved", "denied", -42 * MILLION, True)


def test_years_of_school_to_come_may_change_without_an_amount() -> None:
    asked = question(ALWAYS, on="2025-09-01", children=(child(1, "2022-09-01"),))
    (one,) = what_if.compare([decided(asked)], BASE, next_edition(BASE, raised(2 * MILLION, "scholarship.SD")))
    assert (one.difference_idr, one.changed) == (0, True)


def test_what_another_edition_decided_is_weighed_by_the_base_anew() -> None:
    """The difference is what the proposal makes, not what an edition in between made."""
    second = next_edition(BASE, raised(30 * MILLION))
    third = next_edition(second, raised(31 * MILLION, since=date(2025, 9, 1)))
    before, after = decided(question(ALWAYS, on="2025-08-31")), decided(question(ALWAYS, on="2025-09-01"), 2)
    compared = what_if.compare([before, after], second, third)
    assert [(one.amount_idr, one.difference_idr, one.changed) for one in compared] == [
        (52 * MILLION, 0, False),
        (52 * MILLION, 1 * MILLION, True),
    ]


changes = st.builds(
    raised,
    st.integers(0, 50 * MILLION),
    st.sampled_from(["jkm.santunan", "jkm.berkala", "jkm.pemakaman", "jkk.berkala"]),
    st.dates(date(2019, 12, 2), date(2026, 12, 31)),
)


@given(changes, st.dates(date(2018, 1, 1), date(2027, 12, 31)), st.sampled_from(["JKM", "JKK"]))
def test_an_incident_before_the_first_changed_day_never_differs(proposed: Content, on: date, programme: str) -> None:
    claim = decided(question(ALWAYS, on=str(on), programme=programme, died_on=on))
    (one,) = what_if.compare([claim], BASE, next_edition(BASE, proposed))
    begins = amounts_change_from(proposed)
    assert begins is not None
    if on < begins:
        assert not one.changed
    assert one.changed == (one.difference_idr != 0)
