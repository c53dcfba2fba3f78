"""The terms of a cohort: length by a day or by months, person-months, legal bases."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from services.enrollment.domain import ApproveCohort, LegalBasis, Rejected, approve

TERMS = ApproveCohort(
    cohort_id=UUID(int=1),
    name="Pekerja rentan 2023",
    year=2023,
    phase=None,
    segment="BPU",
    funding="APBD",
    programmes=("JKK", "JKM"),
    legal_bases=(LegalBasis("Keputusan Bupati", placeholder=True),),
    covered_from=date(2023, 7, 1),
    covered_until=None,
    months=6,
    places=6400,
    budget_idr=645_120_000,
)


def test_months_give_the_end_and_the_person_months() -> None:
    cohort = approve(TERMS)
    assert (cohort.covered_until, cohort.months, cohort.person_months) == (date(2024, 1, 1), 6, 38_400)
    assert cohort.person_months is not None
    assert cohort.budget_idr == cohort.person_months * 16_800


@pytest.mark.parametrize(
    ("covered_from", "covered_until", "months"),
    [
        (date(2023, 7, 1), date(2024, 1, 1), 6),
        (date(2023, 8, 31), date(2023, 9, 30), 1),
        (date(2023, 7, 1), date(2023, 7, 15), None),
        (date(2023, 7, 1), None, None),
    ],
)
def test_an_end_gives_the_months_where_they_are_whole(
    covered_from: date, covered_until: date | None, months: int | None
) -> None:
    cohort = approve(replace(TERMS, months=None, covered_from=covered_from, covered_until=covered_until))
    assert cohort.months == months
    assert (cohort.person_months is None) is (months is None)


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        (replace(TERMS, legal_bases=()), "legal_basis_missing"),
        (replace(TERMS, months=None, covered_until=date(2023, 7, 1)), "period_reversed"),
        (replace(TERMS, covered_until=date(2023, 12, 1)), "months_disagree"),
    ],
)
def test_terms_that_cannot_be(terms: ApproveCohort, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        approve(terms)
    assert refused.value.code == code
