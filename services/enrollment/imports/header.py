"""Finds the row with the column names, also under titles, and which column is which, by the names that offices use."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from services.enrollment.imports.cells import Cell, SheetRow, Unreadable, column_letters, written

HEADER_ROWS_MAX = 20
"""Rows that may be looked at until the column names are found."""
RESEMBLES_FROM = 2
"""A row with so many known names is meant to be the header."""

Field = Literal["nik", "name", "birth_date", "village_code", "village", "district", "activity"]

TITLES: Mapping[Field, str] = {
    "nik": "NIK",
    "name": "Nama",
    "birth_date": "Tanggal Lahir",
    "village_code": "Kode Desa",
    "village": "Desa/Kelurahan",
    "district": "Kecamatan",
    "activity": "Pekerjaan",
}
"""The names in the template."""
_ALSO: Mapping[Field, str] = {
    "nik": "no nik|nomor nik|nik ktp|nomor ktp|no ktp|nomor induk kependudukan|national number|national id",
    "name": "nama lengkap|nama peserta|nama pekerja|nama tenaga kerja|nama sesuai ktp|nama ktp|name|full name",
    "birth_date": "tgl lahir|tanggal kelahiran|tgl kelahiran|lahir|birth date|date of birth|birthdate|dob",
    "village_code": "kode desa kelurahan|kode kelurahan|kode wilayah|kode kemendagri|village code|kode desa kel",
    "village": "desa|kelurahan|desa kel|nama desa|nama kelurahan|nama desa kelurahan|village",
    "district": "kec|nama kecamatan|district|subdistrict",
    "activity": "jenis pekerjaan|bidang pekerjaan|usaha|jenis usaha|kegiatan|activity|occupation|work",
}
_marks = re.compile(r"[^a-z0-9]+")
_aside = re.compile(r"\([^)]*\)")


def _plain(title: str) -> str:
    folded = unicodedata.normalize("NFKD", title).casefold()
    return _marks.sub(" ", _aside.sub(" ", folded)).strip()


_KNOWN: Mapping[str, Field] = {_plain(title): field for field, title in TITLES.items()} | {
    name: field for field, names in _ALSO.items() for name in names.split("|")
}


@dataclass(frozen=True, slots=True)
class Header:
    """Where the column names stand, as they are written, and the place of each field."""

    row: int
    titles: tuple[str, ...]
    places: Mapping[Field, int]

    def cell(self, cells: Sequence[Cell], field: Field) -> Cell:
        """Give the cell of a field; None where there is no such column, or the row ends before it."""
        place = self.places.get(field)
        return cells[place] if place is not None and place < len(cells) else None

    def column(self, field: Field) -> str:
        """Name a column as the clerk sees it: its letters, and its title."""
        place = self.places.get(field)
        return TITLES[field] if place is None else f"{column_letters(place)} ({self.titles[place]})"


def names_known(cells: Sequence[Cell]) -> int:
    """Count the column names that are known among the cells."""
    return sum(isinstance(cell, str) and _plain(cell) in _KNOWN for cell in cells)


def find(first: Sequence[SheetRow]) -> Header:
    """Find the header among the first rows of a file."""
    looked_at = [row for row in first if row[0] <= HEADER_ROWS_MAX]
    best = max(looked_at, key=lambda row: names_known(row[1]), default=None)
    if best is None:
        raise Unreadable(
            "file_empty",
            f"{HEADER_ROWS_MAX} baris pertama berkas ini kosong. Isi templat, lalu kirim lagi.",
            f"The first {HEADER_ROWS_MAX} rows of this file are empty. Fill in the template, and send it again.",
        )
    if names_known(best[1]) < RESEMBLES_FROM:
        raise Unreadable(
            "header_not_found",
            f"Judul kolom tidak ditemukan dalam {HEADER_ROWS_MAX} baris pertama. Perlu: {_needed()}. Pakai templat.",
            f"No column names were found in the first {HEADER_ROWS_MAX} rows. Needed are: {_needed()}. Use the "
            "template.",
        )
    return of_titles(best[0], [written(cell) for cell in best[1]])


def of_titles(row: int, titles: Sequence[str]) -> Header:
    """Make a header of a row of column names; refuse one in which a column is missing, or stands twice."""
    places: dict[Field, int] = {}
    for place, title in enumerate(titles):
        field = _KNOWN.get(_plain(title))
        if field is None:
            continue
        if field in places:
            raise Unreadable(
                "header_twice",
                f"Baris {row}: kolom {column_letters(places[field])} dan {column_letters(place)} sama-sama berjudul "
                f"{TITLES[field]}. Hapus atau ganti judul salah satunya.",
                f"Row {row}: columns {column_letters(places[field])} and {column_letters(place)} are both called "
                f"{TITLES[field]}. Remove one, or give it another name.",
            )
        places[field] = place
    needed: tuple[Field, ...] = ("nik", "name", "birth_date")
    missing = [TITLES[field] for field in needed if field not in places]
    if not places.keys() & {"village_code", "village"}:
        missing.append(f"{TITLES['village_code']} / {TITLES['village']}")
    if missing:
        lacks = ", ".join(missing)
        raise Unreadable(
            "header_incomplete",
            f"Baris {row}: kolom {lacks} tidak ada. Tambahkan kolomnya, atau pakai templat.",
            f"Row {row}: there is no column {lacks}. Add it, or use the template.",
        )
    return Header(row, tuple(titles), places)


def _needed() -> str:
    return f"{TITLES['nik']}, {TITLES['name']}, {TITLES['birth_date']}, {TITLES['village_code']}"
