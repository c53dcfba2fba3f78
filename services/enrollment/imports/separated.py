"""Reads a CSV file row by row: separated by commas, semicolons or tabs; in UTF-8, UTF-16 or Windows-1252."""

import codecs
import csv
import io
from collections.abc import Callable, Sequence
from itertools import islice
from typing import BinaryIO

from services.enrollment.imports.cells import (
    CELL_CHARACTERS_MAX,
    COLUMNS_MAX,
    SheetRows,
    Unreadable,
    cell_too_long,
    too_many_columns,
)

SEPARATORS = (";", ",", "\t", "|")
LOOKED_AT_ROWS = 20
CHUNK_BYTES = 256 * 1024


def rows(file: BinaryIO, columns_known: Callable[[Sequence[str]], int]) -> tuple[str, SheetRows]:
    """Give the encoding, and the rows that are not empty; `columns_known` counts the column names in a row.

    The separator is the one that makes a header: Excel writes what the computer's region says.
    """
    encoding = _encoding(file)

    def by(separator: str) -> int:
        try:
            first = [
                [str(cell) for cell in cells] for _, cells in islice(_rows(file, encoding, separator), LOOKED_AT_ROWS)
            ]
        except Unreadable:
            return 0
        return max(map(columns_known, first), default=0)

    return encoding, _rows(file, encoding, max(SEPARATORS, key=by))


def _encoding(file: BinaryIO) -> str:
    """Tell the encoding; one that no sign names is UTF-8 if all of it can be that, else what Windows writes."""
    file.seek(0)
    begins = file.read(len(codecs.BOM_UTF8))
    if begins.startswith(codecs.BOM_UTF8):
        candidates: tuple[str, ...] = ("utf-8-sig",)
    elif begins.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ("utf-16",)
    else:
        candidates = ("utf-8", "cp1252")
    for encoding in candidates:
        if _can_be(file, encoding):
            return encoding
    raise Unreadable(
        "not_text",
        "Berkas ini bukan CSV: isinya bukan teks. Kirim XLSX, atau simpan ulang sebagai 'CSV UTF-8'.",
        "This file is no CSV: it does not hold text. Send an XLSX, or save it again as 'CSV UTF-8'.",
    )


def _can_be(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while chunk := file.read(CHUNK_BYTES):
            if "\0" in decoder.decode(chunk):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _rows(file: BinaryIO, encoding: str, separator: str) -> SheetRows:
    csv.field_size_limit(CELL_CHARACTERS_MAX)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding, newline="")
    try:
        reader = csv.reader(text, delimiter=separator, strict=True)
        number = 0
        while True:
            number += 1
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise (cell_too_long(number) if "field larger" in str(error) else _quotes(number)) from None
            if not any(field.strip() for field in fields):
                continue
            while len(fields) > COLUMNS_MAX and not fields[-1].strip():
                fields.pop()
            if len(fields) > COLUMNS_MAX:
                raise too_many_columns(number)
            yield number, [field.strip() or None for field in fields]
    finally:
        text.detach()


def _quotes(row: int) -> Unreadable:
    return Unreadable(
        "quotes",
        f"Baris {row} tidak terbaca: tanda petik tidak berpasangan. Perbaiki tanda petik pada baris itu.",
        f"Row {row} cannot be read: quotes do not pair. Mend the quotes on that row.",
    )
