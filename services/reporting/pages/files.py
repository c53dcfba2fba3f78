"""The rows of a panel as files: exactly the rows that the page shows, with what they are and how complete."""

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import xlsxwriter

from services.chassis.spreadsheets import XLSX, as_text
from services.reporting.answers import Text
from services.reporting.pages import words
from services.reporting.pages.asked import Asked, Language
from services.reporting.pages.panel import Column
from services.reporting.queries import Figure

MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": XLSX,
    "parquet": "application/vnd.apache.parquet",
}
NUMBERS = {"people": "#,##0", "number": "#,##0", "rupiah": '"Rp" #,##0'}
"""How a workbook shows the numbers of these kinds."""
WIDTH_MAX = 40
SHEETS = Text("Data", "Data"), Text("Keterangan", "About")
TYPES = {"people": "BIGINT", "number": "BIGINT", "rupiah": "BIGINT", "percent": "DOUBLE", "day": "DATE"}
TYPES |= {"flag": "BOOLEAN", "month": "DATE"}
"""What columns of these kinds are in Parquet; all others are text."""


def write(
    wanted: str, columns: Sequence[Column], rows: Sequence[Figure], about: Sequence[tuple[str, str]], asked: Asked
) -> bytes:
    """Write the rows as one of MEDIA; `about` says what they are, in a sheet or metadata (of CSV: csvw.py).

    The workbook is read by people: it calls columns and codes by their names; the others are read by programs.
    """
    match wanted:
        case "csv":
            return as_csv(columns, rows, asked.sep)
        case "xlsx":
            return _xlsx(columns, rows, about, asked.lang)
        case _:
            return _parquet(columns, rows, about)


def as_csv(columns: Sequence[Column], rows: Sequence[Figure], sep: str) -> bytes:
    """Write the rows and nothing else, in UTF-8, under the keys of their columns."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=sep)
    writer.writerow([column.key for column in columns])
    writer.writerows([_harmless(row.get(column.key), sep) for column in columns] for row in rows)
    return out.getvalue().encode("utf-8-sig")  # with the mark that lets Excel read it as UTF-8


def _harmless(value: Any, sep: str) -> Any:
    """Keep a spreadsheet from taking a text for a formula; yes and no are true and false in CSV."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and sep == ";":
        return str(value).replace(".", ",")  # as a spreadsheet reads it where values are set apart like this
    return as_text(value) if isinstance(value, str) else value


def _xlsx(columns: Sequence[Column], rows: Sequence[Figure], about: Sequence[tuple[str, str]], lang: Language) -> bytes:
    out, named = io.BytesIO(), [words.named(row, columns, lang) for row in rows]
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        head = book.add_format({"bold": True, "bottom": 1})
        shown = NUMBERS | {"percent": "0.00", "day": "yyyy-mm-dd", "month": "yyyy-mm"}
        kinds = {kind: book.add_format({"num_format": form}) for kind, form in shown.items()}
        sheet = book.add_worksheet(words.say(SHEETS[0], lang))
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            called = words.say(column.label, lang)
            sheet.write_string(0, place, called, head)
            widest = max((len(str(row.get(column.key) or "")) for row in named), default=0)
            sheet.set_column(place, place, min(WIDTH_MAX, max(len(called), widest) + 3), kinds.get(column.kind))
        for line, row in enumerate(named, 1):
            for place, column in enumerate(columns):
                value = row.get(column.key)
                _put(sheet, line, place, value.isoformat() if isinstance(value, datetime) else value)
        notes = book.add_worksheet(words.say(SHEETS[1], lang))
        notes.set_column(0, 0, 20)
        notes.set_column(1, 1, 100)
        top, wrapped = ({"valign": "top", "text_wrap": True} | more for more in ({"bold": True}, {}))
        for line, (what, text) in enumerate(about):
            notes.write_string(line, 0, what, book.add_format(top))
            notes.write_string(line, 1, text, book.add_format(wrapped))
    return out.getvalue()


def _put(sheet: Any, line: int, place: int, value: Any) -> None:
    if isinstance(value, date):
        sheet.write_datetime(line, place, value)
    elif isinstance(value, bool):
        sheet.write_boolean(line, place, value)
    elif isinstance(value, int | float):
        sheet.write_number(line, place, value)
    elif value is not None:
        sheet.write_string(line, place, str(value))


def _parquet(columns: Sequence[Column], rows: Sequence[Figure], about: Sequence[tuple[str, str]]) -> bytes:
    shape = ", ".join(f'"{column.key}" {TYPES.get(column.kind, "VARCHAR")}' for column in columns)
    said = ", ".join(f"{what}: '{text.replace(chr(39), chr(39) * 2)}'" for what, text in about)
    with TemporaryDirectory() as folder, duckdb.connect() as memory:
        path = Path(folder) / "rows.parquet"
        memory.execute(f"create table rows ({shape})")
        if rows:
            marks = ", ".join("?" * len(columns))
            memory.executemany(
                f"insert into rows values ({marks})",  # noqa: S608 - question marks only
                [[_kept(row.get(column.key), column.kind) for column in columns] for row in rows],
            )
        memory.execute(f"copy rows to '{path}' (format parquet, kv_metadata {{{said}}})")
        return path.read_bytes()


def _kept(value: Any, kind: str) -> Any:
    return value if kind in TYPES or value is None else str(value)
