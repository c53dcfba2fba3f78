"""Reads a small CSV file whose rows all keep the same checks: good rows are read, each bad one says why."""

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO

ROWS_MAX = 5_000
LINE_IDR_MAX = 1_000_000_000_000_000
"""A line may add up what millions of cases were paid."""

REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./:_-]{0,79}")
NIK = re.compile(r"(?<!\d)\d{16}(?!\d)")
NUMBER = re.compile(r"\d{7}")
"""More digits in a row than a code or a day has: of a person, an account or a telephone."""

Check = tuple[str, str, Callable[[str], bool], str, str]
"""Column, code, test, and the sentences, Indonesian and English, for a row that does not pass it."""


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
    content: bytes, columns: Sequence[str], checks: Sequence[Check]
) -> tuple[list[tuple[int, dict[str, str]]], list[RejectedRow]]:
    """Read the rows by their lines; one that fails a check is rejected by the first, and its values are not repeated.

    Raises FileRefused for what is not UTF-8, has another header, is no proper CSV, or has more than ROWS_MAX rows.
    """
    good: list[tuple[int, dict[str, str]]] = []
    bad: list[RejectedRow] = []
    for row, cells in _rows(content, columns):
        if len(cells) != len(columns):
            bad.append(_other_columns(row, len(cells), columns))
            continue
        values = dict(zip(columns, cells, strict=True))
        failed = next((check for check in checks if not check[2](values[check[0]])), None)
        if failed is None:
            good.append((row, values))
        else:
            column, code, _, indonesian, english = failed
            bad.append(RejectedRow(row, column, code, indonesian, english))
    return good, bad


def reference_checks(column: str) -> tuple[Check, ...]:
    """List what a reference must be: short, plain, and not the number of a person."""
    return (
        (
            column,
            "reference_malformed",
            lambda text: REFERENCE.fullmatch(text) is not None,
            "Nomor referensi harus 1 sampai 80 huruf, angka, spasi atau tanda . / : _ -",
            "The reference must be 1 to 80 letters, digits, spaces or the signs . / : _ -",
        ),
        (
            column,
            "reference_holds_nik",
            lambda text: NIK.search(text) is None,
            "Nomor referensi tampak berisi NIK; berkas ini tidak boleh memuat data pribadi.",
            "The reference seems to hold a NIK; this file may not carry personal data.",
        ),
    )


def no_number_check(column: str) -> Check:
    """Tell what a reference that goes into facts must not hold: the number of a person or of an account."""
    return (
        column,
        "reference_holds_number",
        lambda text: NUMBER.search(text) is None,
        "Nomor referensi berisi paling banyak 6 angka berurutan; pisahkan angkanya, misalnya 2025-10-31/0017.",
        "The reference has at most 6 digits in a row; part its digits, for example 2025-10-31/0017.",
    )


def day_checks(column: str, today: date) -> tuple[Check, ...]:
    """List what the day of a payment must be: a day, and not a later one than today."""
    return (
        (
            column,
            f"{column}_malformed",
            lambda text: day(text) is not None,
            "Tanggal harus ditulis seperti 2025-10-31.",
            "The day must be written like 2025-10-31.",
        ),
        (
            column,
            f"{column}_in_future",
            lambda text: (day(text) or date.max) <= today,
            "Tanggal tidak boleh di masa depan.",
            "The day may not lie in the future.",
        ),
    )


def amount_check(column: str) -> Check:
    """Tell what an amount must be: whole rupiah."""
    return (
        column,
        "amount_malformed",
        lambda text: whole(text, LINE_IDR_MAX) >= 0,
        "Jumlah harus rupiah bulat tanpa titik atau koma, misalnya 42000000.",
        "The amount must be whole rupiah without separators, for example 42000000.",
    )


def day(text: str) -> date | None:
    """Read a day that is written as 2025-10-31."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def whole(text: str, most: int) -> int:
    """Read a whole number; -1 is none, or one that is too large."""
    if not re.fullmatch(r"\d{1,18}", text, re.ASCII) or int(text) > most:
        return -1
    return int(text)


def _rows(content: bytes, columns: Sequence[str]) -> list[tuple[int, list[str]]]:
    """Give the rows that are not empty, with the number of their last line."""
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
        if header != list(columns):
            wanted = ",".join(columns)
            raise FileRefused(
                indonesian=f"Baris pertama harus berisi kolom ini, dalam urutan ini: {wanted}.",
                english=f"The first line must name these columns, in this order: {wanted}.",
            )
        rows = [(lines.line_num, [cell.strip() for cell in cells]) for cells in lines if any(map(str.strip, cells))]
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
    return rows


def _other_columns(row: int, found: int, columns: Sequence[str]) -> RejectedRow:
    return RejectedRow(
        row,
        columns[0],
        "columns_missing_or_extra",
        f"Baris ini berisi {found} kolom; seharusnya {len(columns)}.",
        f"This line has {found} columns; it should have {len(columns)}.",
    )
