"""Reads a CSV file into rows that know their line; refuses a file whose shape leaves doubt about what stands where."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.enrollment.imports.cells import Unreadable

ROWS_MAX = 100_000
FIELD_CHARACTERS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file with the line it begins on; the header is line 1. Its fields may name a person."""

    number: int
    fields: dict[str, str]

    def __repr__(self) -> str:
        return f"Line({self.number})"


def read(content: bytes, *, required: Sequence[str], optional: Sequence[str] = ()) -> list[Line]:
    """Read the file whole; empty lines are passed over, spaces around a value do not count."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            "not_utf_8",
            f"Berkas bukan UTF-8 (baris {line}). Simpan ulang dari lembar kerja sebagai 'CSV UTF-8'.",
            f"The file is not UTF-8 (line {line}). Save it again from the spreadsheet as 'CSV UTF-8'.",
        ) from None
    rows = _rows(text)
    header = next(rows, (1, []))[1]
    columns = [column.strip().lower() for column in header]
    _check_header(columns, required, optional)
    lines: list[Line] = []
    for number, fields in rows:
        if len(fields) != len(columns):
            raise Unreadable(
                "number_of_fields",
                f"Baris {number} berisi {len(fields)} kolom, seharusnya {len(columns)}. Periksa koma dan tanda petik "
                "pada baris itu dan sebelumnya; apit nilai yang memuat koma dengan tanda petik ganda.",
                f"Line {number} has {len(fields)} fields instead of {len(columns)}. Check commas and quotes on that "
                "line and the one before; put double quotes around a value that holds a comma.",
            )
        if len(lines) == ROWS_MAX:
            raise Unreadable(
                "too_many_rows",
                f"Berkas berisi lebih dari {ROWS_MAX} baris. Bagi menjadi beberapa berkas.",
                f"The file has more than {ROWS_MAX} rows. Split it into several files.",
            )
        lines.append(Line(number, dict(zip(columns, map(str.strip, fields), strict=True))))
    return lines


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Give each row that is not empty, with the line on which it begins."""
    csv.field_size_limit(FIELD_CHARACTERS_MAX)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        begins = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise Unreadable(
                "quotes",
                f"Baris {begins} tidak terbaca: tanda petik tidak berpasangan, atau nilai terlalu panjang. Perbaiki "
                "tanda petik pada baris itu.",
                f"Line {begins} cannot be read: quotes do not pair, or a value is too long. Mend the quotes there.",
            ) from None
        if any(field.strip() for field in fields):
            yield begins, fields


def _check_header(columns: Sequence[str], required: Sequence[str], optional: Sequence[str]) -> None:
    wanted = ",".join(required) + "".join(f"[,{column}]" for column in optional)
    if len(columns) == 1 and ";" in columns[0]:
        raise Unreadable(
            "separator",
            f"Kolom dipisahkan titik koma. Simpan ulang dengan koma. Baris pertama harus: {wanted}",
            f"The columns are separated by semicolons. Save the file with commas. The first line must be: {wanted}",
        )
    missing = [column for column in required if column not in columns]
    if missing or len(set(columns)) < len(columns) or set(columns) - {*required, *optional}:
        lacks = f" ({', '.join(missing)})" if missing else ""
        raise Unreadable(
            "header",
            f"Judul kolom pada baris 1 tidak sesuai{lacks}. Baris pertama harus: {wanted}",
            f"The column names on line 1 are not as they must be{lacks}. The first line must be: {wanted}",
        )
