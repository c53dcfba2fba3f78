"""The terms of a cohort: who pays, on what legal basis, for whom, how long, for how many."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.enrollment.domain.model import Cohort, Funding, LegalBasis, Programme, Segment
from services.enrollment.domain.months import after_months, whole_months
from services.enrollment.domain.refusals import Rejected


@dataclass(frozen=True, slots=True)
class ApproveCohort:
    """The terms of a new cohort; its end is given as a day, in months, or not at all."""

    cohort_id: UUID
    name: str
    year: int
    phase: str | None
    segment: Segment
    funding: Funding
    programmes: tuple[Programme, ...]
    legal_bases: tuple[LegalBasis, ...]
    covered_from: date
    covered_until: date | None
    months: int | None
    places: int
    budget_idr: int | None


def approve(terms: ApproveCohort) -> Cohort:
    """Give the cohort that the terms make."""
    if not terms.legal_bases:
        raise Rejected(
            "legal_basis_missing",
            "Kelompok harus mempunyai dasar hukum. Isi judulnya; tandai `placeholder` jika nomornya belum diketahui.",
            "A cohort rests on a legal basis. Give its title; mark it `placeholder` while its number is not known.",
        )
    covered_until = terms.covered_until or (after_months(terms.covered_from, terms.months) if terms.months else None)
    if covered_until is not None and covered_until <= terms.covered_from:
        raise Rejected(
            "period_reversed",
            "Masa perlindungan kelompok berakhir sebelum dimulai. `covered_until` adalah hari pertama yang tidak lagi "
            "dilindungi dan harus sesudah `covered_from`.",
            "The cohort's cover ends before it begins. `covered_until` is the first day without cover and must come "
            "after `covered_from`.",
        )
    months = whole_months(terms.covered_from, covered_until)
    if terms.months is not None and months != terms.months:
        raise Rejected(
            "months_disagree",
            "`months` tidak sesuai dengan `covered_from` dan `covered_until`. Kirim salah satu saja.",
            "`months` disagrees with `covered_from` and `covered_until`. Send only one of the two.",
        )
    return Cohort(
        cohort_id=terms.cohort_id,
        name=terms.name,
        year=terms.year,
        phase=terms.phase,
        segment=terms.segment,
        funding=terms.funding,
        programmes=terms.programmes,
        legal_bases=terms.legal_bases,
        covered_from=terms.covered_from,
        covered_until=covered_until,
        months=months,
        places=terms.places,
        person_months=None if months is None else months * terms.places,
        budget_idr=terms.budget_idr,
    )
