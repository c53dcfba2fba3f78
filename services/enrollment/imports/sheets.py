"""Writes the workbooks and CSV that clerks get: a template with lists to choose from, and rows to be mended.

Workbooks are made in memory, which limits bound: in constant memory the library would put them on a disk in clear.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from services.chassis.spreadsheets import as_text
from services.enrollment.imports.cells import CELL_CHARACTERS_MAX
from services.enrollment.imports.header import TITLES, Header
from services.enrollment.imports.people import ACTIVITIES_SHOWN, Remark

TEMPLATE_ROWS = 5_000
"""Rows of the template that are checked while they are typed."""
REFERENCE = "Referensi"
XLSX_ROWS_MAX = 20_000
"""Rows to be mended that go into a workbook; more go into a CSV."""
MORE_TITLES = ("Baris", "Kolom", "Alasan", "Reason")
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


@dataclass(frozen=True, slots=True)
class VillageName:
    """A village as the template offers it."""

    code: str
    name: str
    district: str


@dataclass(frozen=True, slots=True)
class ToMend:
    """A row to be mended: where it stands, its cells as they are, and why."""

    row: int
    cells: Sequence[str]
    remarks: Sequence[Remark]

    def __repr__(self) -> str:
        return f"ToMend({self.row})"


def template(villages: Sequence[VillageName]) -> bytes:
    """Make an empty list with its columns, what may stand in them, and the villages to choose from."""
    content = io.BytesIO()
    with Workbook(content, _OPTIONS) as book:
        bold = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
        text, day = book.add_format({"num_format": "@"}), book.add_format({"num_format": "dd/mm/yyyy"})
        sheet, reference = book.add_worksheet("Peserta"), book.add_worksheet(REFERENCE)
        titles = [TITLES[field] for field in ("nik", "name", "birth_date", "village_code", "activity")]
        sheet.write_row(0, 0, titles, bold)
        sheet.freeze_panes(1, 0)
        for column, (width, kind) in enumerate(((20, text), (34, text), (15, day), (34, text), (18, text))):
            sheet.set_column(column, column, width, kind)
        reference.write_row(0, 0, (TITLES["village_code"], TITLES["village"], TITLES["district"]), bold)
        reference.write_row(0, 4, (TITLES["activity"],), bold)
        reference.set_column(0, 4, 28)
        for row, village in enumerate(villages, 1):
            reference.write_row(row, 0, (f"{village.code} {village.name}", village.name, village.district))
        reference.write_column(1, 4, ACTIVITIES_SHOWN)
        _check_typing(sheet, len(villages))
    return content.getvalue()


def _check_typing(sheet: Worksheet, villages: int) -> None:
    def check(column: int, rule: Mapping[str, object], title: str, says: str) -> None:
        options = {**rule, "error_title": title, "error_message": says, "input_title": title, "input_message": says}
        sheet.data_validation(1, column, TEMPLATE_ROWS, column, options)

    nik = {"validate": "custom", "value": "=AND(ISTEXT(A2),LEN(A2)=16)"}
    check(0, nik, "NIK", "16 angka dari KTP, sebagai teks. / The 16 digits of the identity card, as text.")
    born = {"validate": "date", "criteria": "between", "minimum": date(1900, 1, 1), "maximum": date(2100, 12, 31)}
    check(2, born, "Tanggal Lahir", "Tanggal, misalnya 31/12/1985. / A date, day first.")
    if villages:
        listed = {"validate": "list", "source": f"={REFERENCE}!$A$2:$A${villages + 1}"}
        check(3, listed, "Kode Desa", "Pilih dari daftar. / Choose from the list.")
    work = {"validate": "list", "source": f"={REFERENCE}!$E$2:$E${len(ACTIVITIES_SHOWN) + 1}"}
    check(4, work, "Pekerjaan", "Pilih dari daftar, atau kosongkan. / Choose from the list, or leave empty.")


def rows_to_mend(header: Header, rows: Iterable[ToMend]) -> Iterator[list[str]]:
    """Give the rows as the clerk wrote them, each with its sheet row, and why it did not go in."""
    width = len(header.titles)
    yield [*header.titles, *MORE_TITLES]
    for one in rows:
        cells = [*one.cells[:width], *[""] * (width - len(one.cells))]
        yield [
            *cells,
            str(one.row),
            "; ".join(dict.fromkeys(remark.column for remark in one.remarks)),
            " ".join(remark.indonesian for remark in one.remarks)[:CELL_CHARACTERS_MAX],
            " ".join(remark.english for remark in one.remarks)[:CELL_CHARACTERS_MAX],
        ]


def as_workbook(lines: Iterable[Sequence[str]]) -> bytes:
    """Write lines of text into a workbook, every cell as text."""
    content = io.BytesIO()
    with Workbook(content, _OPTIONS) as book:
        text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "num_format": "@"})
        sheet = book.add_worksheet("Perbaikan")
        sheet.freeze_panes(1, 0)
        for row, cells in enumerate(lines):
            for column, cell in enumerate(cells):
                sheet.write_string(row, column, cell, bold if row == 0 else text)
    return content.getvalue()


def as_csv(lines: Iterable[Sequence[str]], nik_at: int) -> Iterator[bytes]:
    """Write lines as CSV that a spreadsheet neither computes nor rounds: an apostrophe stands before such cells."""
    file = io.StringIO()
    write = csv.writer(file, delimiter=";").writerow
    yield b"\xef\xbb\xbf"
    for number, cells in enumerate(lines):
        write([_harmless(cell, kept=number > 0 and place == nik_at) for place, cell in enumerate(cells)])
        yield file.getvalue().encode()
        file.seek(0)
        file.truncate()


def _harmless(cell: str, *, kept: bool) -> str:
    return f"'{cell}" if cell and kept else as_text(cell)
