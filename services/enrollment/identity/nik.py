"""Checks the structure of a national number (NIK): it catches slips of the hand, not false persons.

    51 04 01   41 02 90   0001
    place of   day,month  serial, from 0001
    first      and year
    register   of birth; women: day + 40

There is no check digit. The place is that of the first registration and may have been renumbered since, so it need not
exist today. A number whose date is not the person's birthday is not changed by the registry: that calls for a look,
not for a refusal.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from typing import Literal

from services.enrollment.identity import names

LENGTH = 16
WOMEN_ADD = 40
SYNTHETIC_FROM = 9000
LEAP_YEAR = 2000
_BY_ISLANDS = (range(11, 20), range(21, 22), range(31, 37), range(51, 55), range(61, 66), range(71, 77), range(81, 83))
PROVINCES = frozenset(str(code) for codes in (*_BY_ISLANDS, range(91, 97)) for code in codes)
"""Those of today, and 54, Timor Timur, that was. Districts are split and renumbered too often to ask for them."""

Said = tuple[str, str, str]
"""A code, and a sentence in Indonesian and in English."""

_digits = re.compile(r"[0-9]+").fullmatch
_as_text = (
    "Atur kolom NIK sebagai teks di lembar kerja, lalu ketik ulang seluruhnya dari KTP.",
    "Format the NIK column as text in the spreadsheet, then type all of it again from the identity card.",
)


def fault(nik: str, *, scenario: bool) -> Said | None:  # noqa: PLR0911 - one per fault
    """Say what is wrong with a NIK; None when its structure is right. Serials from 9000 are for scenarios only."""
    if not nik:
        return "nik_missing", "NIK kosong. Isi 16 angka dari KTP.", "The NIK is empty. Enter its 16 digits."
    if not _digits(nik):
        return _not_digits(nik)
    if len(nik) != LENGTH:
        return (
            "nik_length",
            f"NIK berisi {len(nik)} angka, seharusnya 16. {_as_text[0]}",
            f"The NIK has {len(nik)} digits instead of 16. {_as_text[1]}",
        )
    if "00" in (nik[0:2], nik[2:4], nik[4:6]):
        return (
            "nik_place",
            "Enam angka pertama NIK bukan kode wilayah. Periksa dengan KTP.",
            "The first six digits of the NIK are no region code. Check them against the identity card.",
        )
    if not _has_day(nik):
        return (
            "nik_date",
            "Angka ke-7 sampai ke-12 NIK bukan tanggal lahir (perempuan: tanggal + 40). Periksa dengan KTP.",
            "Digits 7 to 12 of the NIK are no date of birth (for women, the day plus 40). Check the identity card.",
        )
    serial = int(nik[12:])
    if serial == 0:
        return (
            "nik_serial",
            f"Empat angka terakhir NIK tidak mungkin 0000; sering angka terakhir hilang. {_as_text[0]}",
            f"The last four digits of a NIK cannot be 0000; often a digit was lost. {_as_text[1]}",
        )
    if serial >= SYNTHETIC_FROM and not scenario:
        return (
            "nik_synthetic",
            "NIK ini dicadangkan untuk data uji dan bukan milik siapa pun. Isi NIK dari KTP.",
            "This NIK is reserved for test data and belongs to nobody. Enter the NIK of the identity card.",
        )
    return None


def doubts(nik: str, *, name: str, birth_date: date) -> Iterator[tuple[Literal["nik", "birth_date"], Said]]:
    """Say what about a well-formed NIK calls for a look at the registry, and for no refusal: what, and why."""
    if birth_date_differs(nik, birth_date):
        yield "birth_date", BIRTH_DATE_DIFFERS
    if sex_differs(nik, name):
        yield "nik", SEX_DIFFERS
    if nik[:2] not in PROVINCES:
        yield "nik", PROVINCE_UNKNOWN


def sex_differs(nik: str, name: str) -> bool:
    """Tell whether the NIK is a woman's and the name a man's, or the other way round; not every name says."""
    sex = names.take_apart(name).sex
    return sex is not None and (sex == "woman") != (int(nik[6:8]) > WOMEN_ADD)


def birth_date_differs(nik: str, birth_date: date) -> bool:
    """Tell whether the date in a well-formed NIK is another than the birthday; the century is not in it."""
    day = int(nik[6:8])
    written = (day - WOMEN_ADD if day > WOMEN_ADD else day, int(nik[8:10]), int(nik[10:12]))
    return written != (birth_date.day, birth_date.month, birth_date.year % 100)


BIRTH_DATE_DIFFERS: Said = (
    "nik_birth_date_differs",
    "Tanggal lahir berbeda dari tanggal dalam NIK. Baris ini diterima; mintalah kepastian Dukcapil.",
    "The date of birth differs from the one in the NIK. The row is accepted; ask Dukcapil to confirm it.",
)
SEX_DIFFERS: Said = (
    "nik_sex_differs",
    "Menurut NIK orang ini perempuan tetapi namanya laki-laki, atau sebaliknya. Baris ini diterima; periksa KTP-nya.",
    "By the NIK this is a woman and by the name a man, or the other way round. The row is accepted; check the card.",
)
PROVINCE_UNKNOWN: Said = (
    "nik_province_unknown",
    "Dua angka pertama NIK bukan kode provinsi yang dikenal. Baris ini diterima; periksa dengan KTP.",
    "The first two digits of the NIK are no province that is known. The row is accepted; check the identity card.",
)


def _not_digits(nik: str) -> Said:
    if re.fullmatch(r"[0-9][.,][0-9]+[eE]\+?[0-9]+", nik):
        return (
            "nik_as_number",
            f"Lembar kerja mengubah NIK menjadi bilangan, sehingga angkanya hilang. {_as_text[0]}",
            f"The spreadsheet turned the NIK into a number, so digits were lost. {_as_text[1]}",
        )
    if re.fullmatch(r"[0-9OoIl]+", nik):
        return (
            "nik_letter",
            "NIK memuat huruf O, I atau l di tempat angka 0 atau 1. Ganti dengan angka.",
            "The NIK has a letter O, I or l where the digit 0 or 1 belongs. Replace it by the digit.",
        )
    return (
        "nik_malformed",
        "NIK harus terdiri dari 16 angka saja, tanpa spasi, titik, petik atau huruf. Ketik ulang dari KTP.",
        "A NIK consists of 16 digits only, without spaces, dots, quotes or letters. Type it again from the card.",
    )


def _has_day(nik: str) -> bool:
    day, month, year = int(nik[6:8]), int(nik[8:10]), int(nik[10:12])
    day -= WOMEN_ADD if day > WOMEN_ADD else 0
    return 1 <= month <= 12 and 1 <= day <= monthrange(LEAP_YEAR + year, month)[1]  # noqa: PLR2004 - months of a year
