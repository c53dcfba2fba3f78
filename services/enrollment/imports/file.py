"""Reads a clerk's file, whichever of the two kinds it is, from its header on."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO, Literal

from services.enrollment.imports import separated, workbook
from services.enrollment.imports.archive import OLE_BEGINS, ZIP_BEGINS
from services.enrollment.imports.cells import ROWS_MAX, SheetRow, SheetRows, Unreadable
from services.enrollment.imports.header import HEADER_ROWS_MAX, Header, find, names_known

Format = Literal["csv", "xlsx"]
LEGACY = "cp1252"
BEGINS_BYTES = 8
EMPTY_ZIP_BEGINS = b"PK\x05\x06"


@dataclass(frozen=True, slots=True)
class Opened:
    """A file whose header was found; `rows` are those below it."""

    format: Format
    encoding: str | None
    header: Header
    rows: SheetRows


def format_of(begins: bytes) -> Format:
    """Tell the kind by how the content begins: names and announced types are often wrong."""
    return "xlsx" if begins.startswith((ZIP_BEGINS, EMPTY_ZIP_BEGINS, OLE_BEGINS)) else "csv"


def open_file(file: BinaryIO) -> Opened:
    """Find the header; refuse a file that cannot be read."""
    kind = format_of(file.read(BEGINS_BYTES))
    file.seek(0)
    encoding = None
    if kind == "xlsx":
        rows = workbook.rows(file)
    else:
        encoding, rows = separated.rows(file, names_known)
    first: list[SheetRow] = []
    for row in rows:
        first.append(row)
        if row[0] >= HEADER_ROWS_MAX:
            break
    header = find(first)
    below = (row for row in chain(first, rows) if row[0] > header.row)
    return Opened(kind, encoding, header, _people(below))


def _people(rows: SheetRows) -> Iterator[SheetRow]:
    """Give the rows that hold something, within the limit; a file without any is told so."""
    count = 0
    for number, cells in rows:
        if all(cell is None for cell in cells):
            continue
        count += 1
        if count > ROWS_MAX:
            raise Unreadable(
                "too_many_rows",
                f"Berkas berisi lebih dari {ROWS_MAX} baris. Bagi menjadi beberapa berkas.",
                f"The file has more than {ROWS_MAX} rows. Split it into several files.",
            )
        yield number, cells
    if not count:
        raise Unreadable(
            "no_rows",
            "Di bawah judul kolom tidak ada baris. Isi datanya, lalu kirim lagi.",
            "There are no rows below the column names. Fill them in, and send the file again.",
        )
