"""What a proposal for the next edition may say, and what it becomes on top of the one before."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.claims.rules import base_book
from services.claims.rules.book import Content, DatedDisability, DatedDocument, DatedRule, Holiday, HolidayYear
from services.claims.rules.proposal import amounts_change_from, faults, next_edition

BOOK = base_book()
NEXT_YEAR = date(2027, 1, 1)
LAW = "PP 99/2026 Pasal 1"


def rule(parameter: str, value: int | None, since: date = NEXT_YEAR, segment: str = "*") -> DatedRule:
    return DatedRule(parameter, segment, since, value, LAW, "verified")


def rules(*entries: DatedRule) -> Content:
    return Content(rules=entries)


def document(code: str, *, required: bool = True) -> DatedDocument:
    return DatedDocument("JKM", code, NEXT_YEAR, "Surat", "Letter", LAW, "verified", required=required)


def holiday(day: date, *, working: bool = False) -> Holiday:
    return Holiday(day, "national", "Hari libur", "Holiday", LAW, "verified", working=working)


YEAR_2028 = HolidayYear(2028, LAW, "verified")
SIXTEEN_DAYS = tuple(holiday(date(2028, 1, 1) + timedelta(days=20 * n)) for n in range(16))


@pytest.mark.parametrize(
    "changes",
    [
        rules(rule("jkm.santunan", 25_000_000)),
        rules(rule("jkm.santunan", 25_000_000, segment="BPU"), rule("jkm.santunan", 30_000_000)),
        rules(rule("jkm.lapse_years", 5)),
        rules(rule("jkk.lapse_years", None)),
        rules(rule("jkm.santunan", 21_000_000, date(2019, 12, 2))),
        rules(rule("jkk.inability.step3_months", 0), rule("jkk.inability.step3_permille", 250)),
        rules(rule("jkm.full_benefit_membership_months", None, segment="BPU")),
        Content(documents=(document("DEATH_CERTIFICATE", required=False), document("DIGITAL_ID"))),
        Content(disabilities=(DatedDisability("THUMB_LEFT", NEXT_YEAR, 150, "Ibu jari", "Thumb", LAW, "verified"),)),
        Content(holidays=(holiday(date(2026, 12, 25), working=True),)),
        Content(holidays=SIXTEEN_DAYS, holiday_years=(YEAR_2028,)),
    ],
)
def test_a_proposal_that_can_apply_has_no_fault(changes: Content) -> None:
    assert faults(BOOK, changes) == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        (Content(), [("/body", "PROPOSAL_EMPTY")]),
        (
            rules(replace(BOOK.content.rules[0])),
            [("/body", "PROPOSAL_CHANGES_NOTHING")],
        ),
        (
            rules(*(rule("jkm.santunan", n, NEXT_YEAR + timedelta(days=n)) for n in range(1_001))),
            [("/body", "PROPOSAL_TOO_LARGE")],
        ),
        (
            rules(rule("jkm.santunan", 1), rule("jkm.berkala", 1), rule("jkm.santunan", 2)),
            [("/body/rules/2", "CHANGE_REPEATED")],
        ),
        (rules(rule("jkm.santunan", 1, date(2015, 6, 30))), [("/body/rules/0/since", "DAY_OUT_OF_RANGE")]),
        (rules(rule("jkm.santunan", 1, date(2101, 1, 1))), [("/body/rules/0/since", "DAY_OUT_OF_RANGE")]),
        (Content(holidays=(holiday(date(2101, 1, 1)),)), [("/body/holidays/0/day", "DAY_OUT_OF_RANGE")]),
        (rules(rule("jkm.santunam", 25_000_000)), [("/body/rules/0/parameter", "PARAMETER_UNKNOWN")]),
        (rules(rule("jkm.santunan", 1, segment="ASN")), [("/body/rules/0/segment", "SEGMENT_UNKNOWN")]),
        (rules(rule("jkm.santunan", None)), [("/body/rules/0/value", "PARAMETER_NEEDED")]),
        (rules(rule("jkm.santunan", -1)), [("/body/rules/0/value", "VALUE_OUT_OF_RANGE")]),
        (rules(rule("jkk.orthosis_permille", 14_000)), [("/body/rules/0/value", "VALUE_OUT_OF_RANGE")]),
        (rules(rule("scholarship.years.SD", 600)), [("/body/rules/0/value", "VALUE_OUT_OF_RANGE")]),
        (rules(rule("sla.jkm_working_days", 0)), [("/body/rules/0/value", "VALUE_OUT_OF_RANGE")]),
        (rules(rule("scholarship.SD", 1, date(2019, 12, 1))), [("/body/rules/0/since", "PARAMETER_NOT_YET")]),
        (rules(rule("jkk.inability.step3_months", 0)), [("/body/rules", "PARAMETERS_APART")]),
        (
            rules(rule("scholarship.once", None, date(2018, 1, 1))),
            [("/body/rules", "PARAMETERS_APART")],
        ),
        (
            Content(documents=(document("DIGITAL_ID", required=False),)),
            [("/body/documents/0/code", "DOCUMENT_UNKNOWN")],
        ),
        (
            Content(holidays=(holiday(date(2026, 12, 28), working=True),)),
            [("/body/holidays/0/day", "HOLIDAY_UNKNOWN")],
        ),
        (
            Content(holidays=SIXTEEN_DAYS[:9], holiday_years=(YEAR_2028,)),
            [("/body/holiday_years/0/year", "HOLIDAY_YEAR_EMPTY")],
        ),
        (
            rules(rule("jkm.santunam", 1), rule("jkm.berkala", -1)),
            [("/body/rules/0/parameter", "PARAMETER_UNKNOWN"), ("/body/rules/1/value", "VALUE_OUT_OF_RANGE")],
        ),
    ],
)
def test_each_fault_is_named_with_its_place(changes: Content, found: list[tuple[str, str]]) -> None:
    told = faults(BOOK, changes)
    assert [(fault.pointer, fault.code) for fault in told] == found
    assert all(fault.indonesian and fault.english for fault in told)


amounts = st.builds(
    rule,
    st.sampled_from(["jkm.santunan", "jkm.berkala", "jkk.lapse_years"]),
    st.integers(0, 100),
    st.just(date(2019, 12, 2)) | st.dates(date(2019, 12, 2), date(2030, 1, 1)),  # in the place of a rule, or beside it
    st.sampled_from(["*", "BPU"]),
)


@given(st.lists(amounts, min_size=1, max_size=5, unique_by=lambda one: one.place))
def test_an_edition_is_the_one_before_with_the_changes_and_nothing_else(changes: list[DatedRule]) -> None:
    after = next_edition(BOOK, rules(*changes))
    assert (after.edition, BOOK.edition) == (2, 1)
    begins = amounts_change_from(rules(*changes))
    assert begins == min(one.since for one in changes)
    assert after.on(begins - timedelta(days=1)).rules == BOOK.on(begins - timedelta(days=1)).rules
    for one in changes:
        assert after.on(one.since).of(one.parameter, one.segment).value == one.value
    untouched = {one.place for one in BOOK.content.rules} - {one.place for one in changes}
    assert {one for one in after.content.rules if one.place in untouched} == {
        one for one in BOOK.content.rules if one.place in untouched
    }
    assert len(after.content.rules) == len(untouched) + len(changes)
    assert after.content.documents == BOOK.content.documents


def test_documents_and_holidays_change_no_amount() -> None:
    assert amounts_change_from(Content(documents=(document("DIGITAL_ID"),), holidays=SIXTEEN_DAYS)) is None


def test_the_next_edition_knows_the_year_that_was_added() -> None:
    after = next_edition(BOOK, Content(holidays=SIXTEEN_DAYS, holiday_years=(YEAR_2028,)))
    assert after.holidays_known_until == date(2028, 12, 31)
    assert after.due_on(date(2028, 1, 20), "JKM") == date(2028, 1, 26)  # without the holiday of the 21st
