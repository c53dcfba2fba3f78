"""Payments that other offices made, read from a file row by row: good rows go in, each bad one says why."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from services.claims import separated
from services.claims.rules.book import SEGMENTS
from services.claims.separated import Check, RejectedRow

COLUMNS = ("reference", "programme", "segment", "paid_on", "cases", "amount_idr", "area_code")
PROGRAMMES = ("JKK", "JKM", "JHT", "JP", "JKP")

CASES_MAX = 10_000_000


@dataclass(frozen=True, slots=True)
class RecordedPayment:
    """A line of the file: a number of cases paid, and no person."""

    reference: str
    programme: str
    segment: str
    paid_on: date
    cases: int
    amount_idr: int
    area_code: str


def read(
    content: bytes, *, today: date, area_codes: Collection[str]
) -> tuple[list[tuple[int, RecordedPayment]], list[RejectedRow]]:
    """Read the file into payments with their rows, and rejected rows; FileRefused if it is no such file."""
    good, bad = separated.read(content, COLUMNS, _checks(today, area_codes))
    return [(row, _payment(values)) for row, values in good], bad


def changed(row: int) -> RejectedRow:
    """Refuse a reference that was recorded before with another content."""
    return RejectedRow(
        row,
        "reference",
        "reference_changed",
        "Nomor referensi ini sudah dicatat dengan isi yang berbeda; pembayaran yang sudah dicatat tidak diubah.",
        "This reference was recorded before with another content; a recorded payment is not changed.",
    )


def _payment(values: dict[str, str]) -> RecordedPayment:
    return RecordedPayment(
        reference=values["reference"],
        programme=values["programme"],
        segment=values["segment"],
        paid_on=date.fromisoformat(values["paid_on"]),
        cases=int(values["cases"]),
        amount_idr=int(values["amount_idr"]),
        area_code=values["area_code"],
    )


def _checks(today: date, area_codes: Collection[str]) -> tuple[Check, ...]:
    programmes, segments = ", ".join(PROGRAMMES), ", ".join(SEGMENTS)
    return (
        *separated.reference_checks("reference"),
        separated.no_number_check("reference"),
        (
            "programme",
            "programme_unknown",
            PROGRAMMES.__contains__,
            f"Program harus salah satu dari {programmes}.",
            f"The programme must be one of {programmes}.",
        ),
        (
            "segment",
            "segment_unknown",
            SEGMENTS.__contains__,
            f"Segmen harus salah satu dari {segments}.",
            f"The segment must be one of {segments}.",
        ),
        *separated.day_checks("paid_on", today),
        (
            "cases",
            "cases_malformed",
            lambda text: separated.whole(text, CASES_MAX) > 0,
            "Jumlah kasus harus bilangan bulat mulai dari 1, tanpa titik.",
            "The number of cases must be a whole number from 1, without separators.",
        ),
        separated.amount_check("amount_idr"),
        (
            "area_code",
            "area_unknown",
            area_codes.__contains__,
            "Kode wilayah tidak dikenal; gunakan kode Kemendagri, misalnya 51.04 atau 51.04.05.2001.",
            "The area code is not known; use the Kemendagri code, for example 51.04 or 51.04.05.2001.",
        ),
    )
