"""Payments that other offices made, read from a file row by row: good rows go in, each bad one says why."""

import csv
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from io import StringIO

COLUMNS = ("reference", "programme", "segment", "paid_on", "cases", "amount_idr", "area_code")
PROGRAMMES = ("JKK", "JKM", "JHT", "JP", "JKP")
SEGMENTS = ("PU", "NON_ASN", "JAKON", "BPU")

ROWS_MAX = 5_000
CASES_MAX = 10_000_000
AMOUNT_IDR_MAX = 1_000_000_000_000_000

REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./:_-]{0,79}")
NIK = re.compile(r"(?<!\d)\d{16}(?!\d)")


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


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A line that did not go in; `row` counts lines of the file, the header being the first."""

    row: int
    column: str
    code: str
    indonesian: str
    english: str


class FileRefused(ValueError):
    """The file as a whole cannot be read."""

    def __init__(self, *, indonesian: str, english: str) -> None:
        super().__init__(english)
        self.indonesian, self.english = indonesian, english


def read(
    content: bytes, *, today: date, area_codes: Collection[str]
) -> tuple[list[tuple[int, RecordedPayment]], list[RejectedRow]]:
    """Read the file into payments with their rows, and rejected rows."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileRefused(
            indonesian="Berkas bukan teks UTF-8; simpan ulang sebagai CSV UTF-8.",
            english="The file is not UTF-8 text; save it again as CSV UTF-8.",
        ) from None
    lines = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(lines, [])]
        if header != list(COLUMNS):
            wanted = ",".join(COLUMNS)
            raise FileRefused(
                indonesian=f"Baris pertama harus berisi kolom ini, dalam urutan ini: {wanted}.",
                english=f"The first line must name these columns, in this order: {wanted}.",
            )
        rows = [(lines.line_num, cells) for cells in lines if any(cell.strip() for cell in cells)]
    except csv.Error:
        raise FileRefused(
            indonesian=f"Baris {lines.line_num} bukan CSV yang benar; periksa tanda kutipnya.",
            english=f"Line {lines.line_num} is not proper CSV; check its quotation marks.",
        ) from None
    if len(rows) > ROWS_MAX:
        raise FileRefused(
            indonesian=f"Berkas berisi {len(rows)} baris; paling banyak {ROWS_MAX}. Bagi menjadi beberapa berkas.",
            english=f"The file has {len(rows)} rows; {ROWS_MAX} at most. Split it.",
        )
    good: list[tuple[int, RecordedPayment]] = []
    bad: list[RejectedRow] = []
    for row, cells in rows:
        payment = _read_row(row, [cell.strip() for cell in cells], today, area_codes)
        if isinstance(payment, RejectedRow):
            bad.append(payment)
        else:
            good.append((row, payment))
    return good, bad


def changed(row: int) -> RejectedRow:
    """Refuse a reference that was recorded before with another content."""
    return RejectedRow(
        row,
        "reference",
        "reference_changed",
        "Nomor referensi ini sudah dicatat dengan isi yang berbeda; pembayaran yang sudah dicatat tidak diubah.",
        "This reference was recorded before with another content; a recorded payment is not changed.",
    )


def _read_row(row: int, cells: list[str], today: date, area_codes: Collection[str]) -> RecordedPayment | RejectedRow:
    if len(cells) != len(COLUMNS):
        return RejectedRow(
            row,
            "reference",
            "columns_missing_or_extra",
            f"Baris ini berisi {len(cells)} kolom; seharusnya {len(COLUMNS)}.",
            f"This line has {len(cells)} columns; it should have {len(COLUMNS)}.",
        )
    values = dict(zip(COLUMNS, cells, strict=True))
    for column, code, good, indonesian, english in _checks(today, area_codes):
        if not good(values[column]):
            return RejectedRow(row, column, code, indonesian, english)
    return RecordedPayment(
        reference=values["reference"],
        programme=values["programme"],
        segment=values["segment"],
        paid_on=date.fromisoformat(values["paid_on"]),
        cases=int(values["cases"]),
        amount_idr=int(values["amount_idr"]),
        area_code=values["area_code"],
    )


Check = tuple[str, str, Callable[[str], bool], str, str]


def _checks(today: date, area_codes: Collection[str]) -> tuple[Check, ...]:
    """List what every row must satisfy: column, code, test, and the sentences for a row that does not."""
    programmes, segments = ", ".join(PROGRAMMES), ", ".join(SEGMENTS)
    return (
        (
            "reference",
            "reference_malformed",
            lambda text: REFERENCE.fullmatch(text) is not None,
            "Nomor referensi harus 1 sampai 80 huruf, angka, spasi atau tanda . / : _ -",
            "The reference must be 1 to 80 letters, digits, spaces or the signs . / : _ -",
        ),
        (
            "reference",
            "reference_holds_nik",
            lambda text: NIK.search(text) is None,
            "Nomor referensi tampak berisi NIK; berkas ini tidak boleh memuat data pribadi.",
            "The reference seems to hold a NIK; this file may not carry personal data.",
        ),
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
        (
            "paid_on",
            "paid_on_malformed",
            lambda text: _date(text) is not None,
            "Tanggal bayar harus ditulis seperti 2025-10-31.",
            "The date of payment must be written like 2025-10-31.",
        ),
        (
            "paid_on",
            "paid_on_in_future",
            lambda text: (_date(text) or date.max) <= today,
            "Tanggal bayar tidak boleh di masa depan.",
            "The date of payment may not lie in the future.",
        ),
        (
            "cases",
            "cases_malformed",
            lambda text: _whole(text, CASES_MAX) > 0,
            "Jumlah kasus harus bilangan bulat mulai dari 1, tanpa titik.",
            "The number of cases must be a whole number from 1, without separators.",
        ),
        (
            "amount_idr",
            "amount_malformed",
            lambda text: _whole(text, AMOUNT_IDR_MAX) >= 0,
            "Jumlah harus rupiah bulat tanpa titik atau koma, misalnya 42000000.",
            "The amount must be whole rupiah without separators, for example 42000000.",
        ),
        (
            "area_code",
            "area_unknown",
            area_codes.__contains__,
            "Kode wilayah tidak dikenal; gunakan kode Kemendagri, misalnya 51.04 atau 51.04.05.2001.",
            "The area code is not known; use the Kemendagri code, for example 51.04 or 51.04.05.2001.",
        ),
    )


def _date(text: str) -> date | None:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _whole(text: str, most: int) -> int:
    """Read a whole number; -1 is none, or one that is too large."""
    if not re.fullmatch(r"\d{1,18}", text, re.ASCII) or int(text) > most:
        return -1
    return int(text)
