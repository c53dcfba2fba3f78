"""From when on a death pays the full benefit of JKM, and what those who plan a cohort are told about it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.claims.benefits.months import add_months
from services.claims.rules import base_book
from services.enrollment.domain import OPEN, Membership, Period, Worker
from services.enrollment.domain.jkm import FullBenefit, begun_anew, full_benefits, warnings
from tests.unit.enrollment.people import COVERAGE, KETEWEL, WAYAN, cohort

LAW = "Permenaker 1/2025 Pasal 97A ayat (2)"


def held(*days: tuple[date, date | None]) -> Membership:
    periods = [Period(cohort(n, begins, ends), begins, ends) for n, (begins, ends) in enumerate(days, 1)]
    return Membership(COVERAGE, "BPU", KETEWEL, tuple(periods))


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        # three months from the first day on
        ([(date(2026, 1, 1), date(2026, 7, 1))], [(date(2026, 4, 1), LAW)]),
        # cover that ends on the day on which it would be full
        ([(date(2026, 1, 1), date(2026, 4, 1))], [(None, LAW)]),
        # a renewal without a gap goes on counting
        (
            [(date(2026, 1, 1), date(2026, 3, 1)), (date(2026, 3, 1), date(2026, 6, 1))],
            [(date(2026, 4, 1), LAW)],
        ),
        # a gap of a day begins it anew
        (
            [(date(2026, 1, 1), date(2026, 6, 30)), (date(2026, 7, 1), None)],
            [(date(2026, 4, 1), LAW), (date(2026, 10, 1), LAW)],
        ),
        # before the rule the first day paid in full; when it came, three months had not passed
        ([(date(2025, 1, 1), date(2026, 1, 1))], [(date(2025, 4, 1), LAW)]),
        # when it came, they had
        ([(date(2024, 11, 1), date(2026, 1, 1))], [(date(2024, 11, 1), None)]),
        # over before the rule
        ([(date(2025, 1, 1), date(2025, 2, 24))], [(date(2025, 1, 1), None)]),
        # a short month
        ([(date(2025, 11, 30), None)], [(date(2026, 2, 28), LAW)]),
    ],
)
def test_the_full_benefit_comes_after_three_unbroken_months(
    days: list[tuple[date, date | None]], expected: list[tuple[date | None, str | None]]
) -> None:
    assert [(told.full_from, told.law) for told in full_benefits(held(*days))] == expected


def test_without_jkm_there_is_no_such_day() -> None:
    (period,) = held((date(2026, 1, 1), None)).periods
    accident = replace(period, cohort=replace(period.cohort, programmes=("JKK",)))
    assert full_benefits(Membership(COVERAGE, "BPU", KETEWEL, (accident,))) == []


def test_other_segments_do_not_wait() -> None:
    membership = replace(held((date(2026, 1, 1), None)), segment="PU")
    assert full_benefits(membership) == [FullBenefit(date(2026, 1, 1), OPEN, date(2026, 1, 1), None)]


def test_a_gap_need_not_begin_it_anew() -> None:
    membership = held((date(2026, 1, 1), date(2026, 3, 1)), (date(2026, 5, 1), None))
    told = full_benefits(membership, gap_begins_anew=False)
    assert told == [
        FullBenefit(date(2026, 1, 1), date(2026, 3, 1), None, LAW),
        FullBenefit(date(2026, 5, 1), OPEN, date(2026, 5, 1), None),
    ]


@given(
    st.dates(date(2024, 6, 1), date(2026, 6, 1)),
    st.lists(st.tuples(st.integers(0, 3), st.integers(20, 200)), min_size=1, max_size=4),
)
def test_it_is_the_day_from_which_on_claims_pays_in_full(begins: date, spells: list[tuple[int, int]]) -> None:
    days = []
    for gap, length in spells:
        first = begins + timedelta(days=gap)
        begins = first + timedelta(days=length)
        days.append((first, begins))
    runs: list[list[date]] = []
    for day in (first + timedelta(n) for first, until in days for n in range((until - first).days)):
        if runs and runs[-1][-1] == day - timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    expected = []
    for run in runs:
        months = {day: base_book().on(day).of("jkm.full_benefit_membership_months", "BPU").value for day in run}
        short = [day for day in run if day < add_months(run[0], months[day])]
        full_from = short[-1] + timedelta(days=1) if short else run[0]
        expected.append((run[0], full_from if full_from in run else None))
    assert [(told.since, told.full_from) for told in full_benefits(held(*days))] == expected


@pytest.mark.parametrize(
    ("covered_until", "continues", "codes"),
    [
        (date(2026, 2, 1), None, ["jkm_never_full"]),
        (date(2026, 4, 1), None, ["jkm_never_full"]),
        (date(2026, 5, 1), None, ["jkm_full_shortly"]),
        (date(2026, 6, 30), None, ["jkm_full_shortly"]),
        (date(2026, 7, 1), None, []),
        (None, None, []),
        (None, date(2026, 1, 1), []),
        (None, date(2025, 12, 31), ["jkm_begins_anew"]),
        (date(2026, 4, 1), date(2025, 12, 1), ["jkm_never_full", "jkm_begins_anew"]),
    ],
)
def test_a_cohort_of_few_months_and_one_after_a_gap_are_cautioned(
    covered_until: date | None, continues: date | None, codes: list[str]
) -> None:
    told = warnings(cohort(1, date(2026, 1, 1), covered_until), continues)
    assert [caution.code for caution in told] == codes
    assert all(LAW in caution.indonesian and LAW in caution.english for caution in told)


def test_a_cohort_that_waits_for_nothing_is_not_cautioned() -> None:
    month = date(2026, 1, 1), date(2026, 2, 1)
    assert warnings(cohort(1, *month, segment="PU"), date(2025, 12, 1)) == []
    assert warnings(replace(cohort(1, *month), programmes=("JKK",)), date(2025, 12, 1)) == []
    assert warnings(cohort(1, date(2024, 11, 1), date(2024, 12, 1))) == []


@pytest.mark.parametrize(
    ("renewed", "codes"),
    [
        ((date(2026, 7, 1), date(2026, 10, 1)), []),
        ((date(2026, 7, 2), date(2026, 10, 1)), ["jkm_begins_anew"]),
        ((date(2026, 7, 2), date(2026, 7, 3)), ["jkm_begins_anew"]),
    ],
)
def test_a_renewal_after_a_gap_begins_the_months_anew(renewed: tuple[date, date], codes: list[str]) -> None:
    before = Worker(WAYAN, KETEWEL, (held((date(2026, 1, 1), date(2026, 7, 1))),))
    after = Worker(WAYAN, KETEWEL, (held((date(2026, 1, 1), date(2026, 7, 1)), renewed),))
    assert [caution.code for caution in begun_anew(before, after)] == codes
    assert begun_anew(after, after) == []
    assert begun_anew(Worker(WAYAN, KETEWEL), after) == []
