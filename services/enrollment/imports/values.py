"""Reads what clerks write into cells: national numbers, dates and codes, as Indonesian spreadsheets keep them.

What can be told for certain is mended: spaces, dots and apostrophes in a number, `31 Desember 1985`, a day as Excel
counts it. What cannot be told for certain is never guessed, but explained.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from services.enrollment.identity import nik as national
from services.enrollment.identity.nik import Said
from services.enrollment.imports.cells import Cell, Formula, Number, written
from services.enrollment.imports.header import Field
from services.enrollment.imports.workbook import day_of_serial

OLDEST, LATEST = date(1900, 1, 1), date(2200, 12, 31)
NAME_CHARACTERS_MAX = 200
EXACT_MAX = 2**53
"""Up to here a spreadsheet's number, a double, can hold every whole number."""
SERIAL_DIGITS = 5
"""A day from 1927 to 2173 as Excel counts it."""
VILLAGE_DIGITS = 10

_MONTHS = (
    "januari|january|jan",
    "februari|pebruari|february|feb|peb",
    "maret|march|mar",
    "april|apr",
    "mei|may",
    "juni|june|jun",
    "juli|july|jul",
    "agustus|august|agt|agu|aug|ags",
    "september|sept|sep",
    "oktober|october|okt|oct",
    "november|nopember|nov|nop",
    "desember|december|des|dec",
)
_MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split("|")}

_iso = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T]0?0:00(?::00)?)?").fullmatch
_day_first = re.compile(r"(\d{1,2})\s*[-/. ]\s*(\d{1,2})\s*[-/. ]\s*(\d{4})(?:[ T]0?0[:.]00(?:[:.]00)?)?").fullmatch
_in_words = re.compile(r"(?:[a-z']+,\s*)?(\d{1,2})[-/. ]+([a-z]+)\.?[-/. ,]+(\d{4})").fullmatch
_short_year = re.compile(r"\d{1,2}\s*[-/. ]\s*(\d{1,2}|[a-z]+)\.?\s*[-/. ]\s*\d{2}").fullmatch
_whole = re.compile(r"[0-9]+(\.0+)?").fullmatch
_scientific = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+").fullmatch
_grouped = re.compile(r"([0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,0+)?").fullmatch
_begins_with_code = re.compile(r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{4}(?=\s|$)").match
_space = re.compile(r"[\s\u200b\u200e\u200f\u2060\ufeff\u00a0]+")
_between_digits = re.compile(r"[\s.\-'`\u2018\u2019\u200b\u200e\u200f\u2010-\u2015\u2060\ufeff\u00a0]+")

AS_TEXT = (
    "Atur kolom NIK sebagai teks di lembar kerja, lalu ketik ulang NIK ini dari KTP.",
    "Format the NIK column as text in the spreadsheet, then type this NIK again from the identity card.",
)


class Faulty(Exception):
    """A value cannot be taken: the field, and what to say."""

    def __init__(self, field: Field, said: Said) -> None:
        super().__init__(field, said[0])
        self.field, self.said = field, said


@dataclass(frozen=True, slots=True)
class Mended:
    """A value, and what was done to it or is odd about it."""

    value: str
    notice: Said | None = None


def nik(cell: Cell, *, scenario: bool) -> Mended:
    """Read a national number; a number cell may have lost its last digit, for Excel keeps 15."""
    if isinstance(cell, Number):
        return Mended(_nik_of_number(cell.text, scenario=scenario), _NIK_WAS_NUMBER)
    text = _text("nik", cell)
    if _scientific(text.replace(" ", "")):
        raise Faulty("nik", _digit_lost("5,10401E+15"))
    bare = _between_digits.sub("", text)
    said = national.fault(bare, scenario=scenario)
    if said is not None:
        raise Faulty("nik", _short(bare) or said)
    return Mended(bare, None if bare == text else _NIK_CLEANED)


def _nik_of_number(text: str, *, scenario: bool) -> str:
    number = _integer(text)
    if number is None:
        raise Faulty("nik", _digit_lost(text))
    digits = str(number)
    if len(digits) == national.LENGTH and (number % 10 == 0 or number > EXACT_MAX):
        raise Faulty("nik", _digit_lost(digits))
    said = national.fault(digits, scenario=scenario)
    if said is not None:
        raise Faulty("nik", _short(digits) or said)
    return digits


def _integer(text: str) -> int | None:
    """Give the whole number that a spreadsheet holds; it may be written as 5.104E+15."""
    try:
        value = float(text)
    except ValueError:
        return None
    if not value.is_integer() or not 0 <= value < 10 ** (national.LENGTH + 2):
        return None
    return int(text.partition(".")[0]) if _whole(text) else int(value)


def _digit_lost(_shown: str) -> Said:
    return (
        "nik_digit_lost",
        f"Lembar kerja menyimpan NIK sebagai bilangan dan hanya menjaga 15 angka: angka ke-16 hilang. {AS_TEXT[0]}",
        f"The spreadsheet holds the NIK as a number and keeps 15 digits only: the 16th is lost. {AS_TEXT[1]}",
    )


def _short(digits: str) -> Said | None:
    if not digits.isdecimal() or len(digits) != national.LENGTH - 1:
        return None
    return (
        "nik_15_digits",
        f"NIK berisi 15 angka; satu angka hilang, sering nol di depan atau angka terakhir. {AS_TEXT[0]}",
        f"The NIK has 15 digits; one is lost, often a leading zero or the last one. {AS_TEXT[1]}",
    )


_NIK_WAS_NUMBER: Said = (
    "nik_was_number",
    "NIK tersimpan sebagai bilangan; kali ini tidak ada angka yang hilang. Atur kolomnya sebagai teks.",
    "The NIK is stored as a number; no digit was lost this time. Format the column as text.",
)
_NIK_CLEANED: Said = (
    "nik_cleaned",
    "Spasi, titik atau petik dalam NIK dihapus. Baris ini diterima.",
    "Spaces, dots or quotes in the NIK were removed. The row is accepted.",
)


def name(cell: Cell) -> str:
    """Read a name as on the identity card, spaces made single."""
    text = _space.sub(" ", _text("name", cell)).strip()
    if not any(character.isalpha() for character in text) or not text.isprintable():
        raise Faulty(
            "name",
            (
                "name_missing",
                "Nama kosong atau tanpa huruf. Isi nama seperti pada KTP.",
                "The name is empty or has no letters. Enter it as on the identity card.",
            ),
        )
    if len(text) > NAME_CHARACTERS_MAX:
        raise Faulty(
            "name",
            (
                "name_too_long",
                f"Nama lebih panjang dari {NAME_CHARACTERS_MAX} huruf. Isi nama saja.",
                f"The name has more than {NAME_CHARACTERS_MAX} characters. Enter the name only.",
            ),
        )
    return text


def birth_date(cell: Cell, today: date) -> date:
    """Read a birthday, which does not lie in the future."""
    day = cell if isinstance(cell, date) else _day(written(_computed_not("birth_date", cell)))
    if day is None or not OLDEST <= day <= LATEST:
        raise Faulty("birth_date", _why_no_date(written(cell)))
    if day > today:
        raise Faulty(
            "birth_date",
            (
                "birth_date_in_future",
                "Tanggal lahir berada di masa depan. Periksa tahunnya.",
                "The date of birth lies in the future. Check the year.",
            ),
        )
    return day


@lru_cache(maxsize=50_000)
def _day(text: str) -> date | None:
    """Read a date with the year first, or the day first; never the month first, as Americans write it."""
    plain = _space.sub(" ", text).strip().lower()
    try:
        if found := _iso(plain):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _day_first(plain):
            return date(int(found[3]), int(found[2]), int(found[1]))
        if (found := _in_words(plain)) and found[2] in _MONTH:
            return date(int(found[3]), _MONTH[found[2]], int(found[1]))
    except ValueError:
        return None
    if _whole(plain) and len(plain.partition(".")[0]) == SERIAL_DIGITS:
        return day_of_serial(plain)
    return None


def _why_no_date(text: str) -> Said:
    plain = _space.sub(" ", text).strip().lower()
    if not plain:
        return (
            "date_missing",
            "Tanggal lahir kosong. Isi seperti 31/12/1985.",
            "The date of birth is empty. Enter it like 31/12/1985.",
        )
    if _short_year(plain):
        return (
            "date_short_year",
            "Tahun harus empat angka, misalnya 31/12/1985, agar abadnya pasti.",
            "The year needs four digits, for example 31/12/1985, so that its century is certain.",
        )
    if (found := _day_first(plain)) and int(found[2]) > 12 >= int(found[1]):  # noqa: PLR2004 - months of a year
        return (
            "date_month_first",
            "Bulan ditulis sebelum hari. Tulis hari dahulu, misalnya 31/12/1985.",
            "The month stands before the day. Write the day first, for example 31/12/1985.",
        )
    return (
        "date_malformed",
        f"Ini bukan tanggal yang nyata sejak {OLDEST.year}. Tulis seperti 31/12/1985 atau 31 Desember 1985.",
        f"This is no real date from {OLDEST.year} on. Write it like 31/12/1985 or 31 Desember 1985.",
    )


def village_code(cell: Cell, knows_village: Callable[[str], bool]) -> str:
    """Read a village code, also without its dots, as a number, or with the name behind it as the template offers it."""
    text = _text("village_code", cell) if not isinstance(cell, Number) else cell.text
    digits = re.sub(r"[\s.]", "", _number_without_marks(text))
    code = found[0] if (found := _begins_with_code(text.strip())) else text.strip()
    if digits.isdecimal() and len(digits) == VILLAGE_DIGITS:
        code = f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}.{digits[6:]}"
    if not knows_village(code):
        raise Faulty("village_code", VILLAGE_UNKNOWN)
    return code


def _number_without_marks(text: str) -> str:
    """Take the marks from a number as Indonesia writes it: 5.104.012.001,00 is 5104012001."""
    if found := _grouped(text.strip()):
        return found[1].replace(".", "")
    return text.partition(".")[0] if _whole(text) else text


VILLAGE_UNKNOWN: Said = (
    "village_unknown",
    "Kode desa/kelurahan tidak dikenal. Pakai kode Kemendagri, misalnya 51.04.01.2001.",
    "The village code is not known. Use the Kemendagri code, for example 51.04.01.2001.",
)


def text_of(field: Field, cell: Cell) -> str:
    """Read a text that may be missing."""
    return "" if cell is None else _space.sub(" ", written(_computed_not(field, cell))).strip()


def _text(field: Field, cell: Cell) -> str:
    return _space.sub(" ", written(_computed_not(field, cell))).strip()


def _computed_not(field: Field, cell: Cell) -> Cell:
    """Refuse a formula: what it showed last may be old, and what it would show elsewhere is not known."""
    if isinstance(cell, Formula) or (isinstance(cell, str) and cell.startswith("=")):
        raise Faulty(
            field,
            (
                "formula",
                "Sel ini berisi rumus. Salin kolomnya, lalu tempel sebagai nilai saja.",
                "This cell holds a formula. Copy the column, then paste it as values only.",
            ),
        )
    return cell
