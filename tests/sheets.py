"""Writes lists of people who do not exist as CSV and XLSX, as offices do."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import xlsxwriter

TITLES = ("NIK", "Nama", "Tanggal Lahir", "Kode Desa")

Cells = Sequence[Any]


def as_csv(rows: Iterable[Cells], *, separator: str = ";", titles: Cells = TITLES) -> bytes:
    file = io.StringIO()
    csv.writer(file, delimiter=separator).writerows([titles, *rows])
    return file.getvalue().encode()


def as_xlsx(rows: Iterable[Cells], *, titles: Cells = TITLES, above: Iterable[Cells] = ()) -> bytes:
    """Write a workbook; a date becomes a date cell, a number a number cell, `=` a formula."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "default_date_format": "dd/mm/yyyy"}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([*above, titles, *rows]):
            for column, cell in enumerate(row):
                if isinstance(cell, str) and not cell.startswith("="):
                    sheet.write_string(number, column, cell)
                elif isinstance(cell, date):
                    sheet.write_datetime(number, column, cell)
                else:
                    sheet.write(number, column, cell)
    return content.getvalue()
