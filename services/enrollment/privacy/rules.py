"""When a person may be erased, and when the law needs the register to know them still.

UU 27/2022 lets a person ask (Pasal 43), and sets public duties above it (Pasal 15): while cover runs, and for as long
as a claim can rest on it, the register has to be able to tell who the person is. An unlawful entry and a court come
first.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from services.enrollment.domain import Period, Rejected, Worker

Reason = Literal["requested", "consent_withdrawn", "no_longer_needed", "unlawful", "court_order"]
FORCING = ("unlawful", "court_order")
"""Reasons that may set aside what speaks against an erasure."""

CLAIM_YEARS = 5
"""A work accident can be claimed for five years (PP 82/2019 Pasal 26); the same is kept for a death."""
SCHOLARSHIP_YEARS = 20
"""Children of a person who died under cover may draw scholarships for about this long (Permenaker 5/2021)."""


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why the person is still needed, until which day; None where that has no end yet."""

    code: str
    until: date | None
    indonesian: str
    english: str


def hindrances(worker: Worker, today: date) -> Iterator[Hindrance]:
    """Tell all that speaks against erasing the person today."""
    ends = list(_ends(worker))
    if not ends:
        return
    last = max(ends)
    if last > today:
        until = None if last == date.max else last
        yield Hindrance(
            "erasure_cover_runs",
            until,
            "Perlindungan orang ini masih berjalan atau akan mulai. Hentikan kepesertaannya dahulu.",
            "Cover of this person runs or is about to begin. End the membership first.",
        )
        return
    until = _years_after(last, CLAIM_YEARS)
    if until > today:
        yield Hindrance(
            "erasure_claims_possible",
            until,
            f"Klaim masih dapat diajukan atas perlindungan ini sampai {until}. Hapus sesudah tanggal itu.",
            f"Claims may still rest on this cover until {until}. Erase after that day.",
        )
    if worker.died_on is not None and _covered(worker, worker.died_on):
        until = _years_after(worker.died_on, SCHOLARSHIP_YEARS)
        if until > today:
            yield Hindrance(
                "erasure_scholarship_possible",
                until,
                f"Anak dari peserta yang meninggal dapat menerima beasiswa sampai sekitar {until}. Hapus sesudahnya.",
                f"Children of a person who died under cover may draw scholarships until about {until}. Erase then.",
            )


def refuse(worker: Worker, today: date, *, reason: Reason, force: bool) -> None:
    """Refuse an erasure that the law stands against, unless it is forced for a reason that sets this aside."""
    if force and reason not in FORCING:
        raise Rejected(
            "erasure_not_forced_for_this",
            f"Penghapusan hanya dapat dipaksakan dengan alasan {' atau '.join(FORCING)}.",
            f"An erasure may be forced only for the reason {' or '.join(FORCING)}.",
        )
    for hindrance in () if force else hindrances(worker, today):
        raise Rejected(hindrance.code, hindrance.indonesian, hindrance.english)


def place_kept() -> Rejected:
    """Tell that a place is kept for the person, or that they wait for one."""
    return Rejected(
        "erasure_place_kept",
        "Orang ini masih menunggu atau memegang tempat dalam kelompok. Tolak atau batalkan usulannya dahulu.",
        "This person still waits for or holds a place in a cohort. Have the proposal refused first.",
    )


def _ends(worker: Worker) -> Iterator[date]:
    """Give the first day after each period, or after its grace, as far as the person lived."""
    after_death = worker.died_on + timedelta(days=1) if worker.died_on else date.max
    for period in _periods(worker):
        if period.covered_from < after_death:
            yield min(max(period.end, period.grace_until or period.end), after_death)


def _covered(worker: Worker, day: date) -> bool:
    return any(period.covered_from <= day < period.end for period in _periods(worker))


def _periods(worker: Worker) -> Iterator[Period]:
    for membership in worker.memberships:
        if not membership.voided:
            yield from (period for period in membership.periods if not period.void)


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year + years, day=28)
