"""The rows of a panel as files: exactly the rows that the page shows, with what they are and how complete."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import xlsxwriter

from services.reporting.queries import Figure

MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
WIDTH_MAX = 40
TYPES = {"people": "BIGINT", "number": "BIGINT", "rupiah": "BIGINT", "percent": "DOUBLE", "day": "DATE"}
TYPES |= {"flag": "BOOLEAN", "month": "DATE"}
"""What columns of these kinds are in Parquet; all others are text."""


def write(
    wanted: str,
    columns: Sequence[tuple[str, str]],
    heads: Sequence[str],
    rows: Sequence[Figure],
    about: Sequence[tuple[str, str]],
) -> bytes:
    """Write the rows as one of MEDIA; columns are (key, kind), `about` says what they are, in a sheet or metadata.

    The workbook calls its columns by `heads`, the files for programs by their keys.
    """
    match wanted:
        case "csv":
            return _csv(columns, rows)
        case "xlsx":
            return _xlsx(columns, heads, rows, about)
        case _:
            return _parquet(columns, rows, about)


def _csv(columns: Sequence[tuple[str, str]], rows: Sequence[Figure]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([key for key, _ in columns])
    writer.writerows([_harmless(row.get(key)) for key, _ in columns] for row in rows)
    return out.getvalue().encode("utf-8-sig")  # with the mark that lets Excel read it as UTF-8


def _harmless(value: Any) -> Any:
    """Keep a spreadsheet from taking a text for a formula; yes and no are true and false in CSV."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value[:1] else value


def _xlsx(
    columns: Sequence[tuple[str, str]],
    heads: Sequence[str],
    rows: Sequence[Figure],
    about: Sequence[tuple[str, str]],
) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        head = book.add_format({"bold": True, "bottom": 1})
        kinds = {
            "people": book.add_format({"num_format": "#,##0"}),
            "number": book.add_format({"num_format": "#,##0"}),
            "rupiah": book.add_format({"num_format": '"Rp" #,##0'}),
            "percent": book.add_format({"num_format": "0.00"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
            "month": book.add_format({"num_format": "yyyy-mm"}),
        }
        sheet = book.add_worksheet("data")
        sheet.freeze_panes(1, 0)
        for place, ((key, kind), called) in enumerate(zip(columns, heads, strict=True)):
            sheet.write_string(0, place, called, head)
            widest = max((len(str(row.get(key) or "")) for row in rows), default=0)
            sheet.set_column(place, place, min(WIDTH_MAX, max(len(called), widest) + 3), kinds.get(kind))
        for line, row in enumerate(rows, 1):
            for place, (key, _) in enumerate(columns):
                _put(sheet, line, place, row.get(key))
        notes = book.add_worksheet("about")
        notes.set_column(0, 0, 20)
        notes.set_column(1, 1, 100)
        for line, (what, text) in enumerate(about):
            notes.write_string(line, 0, what, head)
            notes.write_string(line, 1, text)
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


def _parquet(columns: Sequence[tuple[str, str]], rows: Sequence[Figure], about: Sequence[tuple[str, str]]) -> bytes:
    shape = ", ".join(f'"{key}" {TYPES.get(kind, "VARCHAR")}' for key, kind in columns)
    said = ", ".join(f"{what}: '{text.replace(chr(39), chr(39) * 2)}'" for what, text in about)
    with TemporaryDirectory() as folder, duckdb.connect() as memory:
        path = Path(folder) / "rows.parquet"
        memory.execute(f"create table rows ({shape})")
        if rows:
            marks = ", ".join("?" * len(columns))
            memory.executemany(
                f"insert into rows values ({marks})",  # noqa: S608 - question marks only
                [[_kept(row.get(key), kind) for key, kind in columns] for row in rows],
            )
        memory.execute(f"copy rows to '{path}' (format parquet, kv_metadata {{{said}}})")
        return path.read_bytes()


def _kept(value: Any, kind: str) -> Any:
    return value if kind in TYPES or value is None else str(value)
