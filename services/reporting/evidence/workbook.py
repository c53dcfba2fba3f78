"""Write the evidence file as XLSX: a sheet that says what the file is, and a sheet for each section."""

import io
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

import xlsxwriter

from services.reporting.answers import Text
from services.reporting.evidence.shape import Evidence, Section
from services.reporting.pages import words
from services.reporting.pages.files import NUMBERS
from services.reporting.pages.panel import Column

SHEETS = {
    "regulations": "Regulasi",
    "budget": "Anggaran",
    "ratios": "Penyebut",
    "segments": "Segmen",
    "fundings": "Sumber dana",
    "districts": "Kecamatan",
    "programmes": "Klaim per program",
    "claim-segments": "Klaim per segmen",
    "service": "Layanan klaim",
    "villages": "Desa",
}
FORMATS = {kind: {"num_format": form} for kind, form in (NUMBERS | {"percent": '0.00" %"'}).items()}
WIDTHS = {"people": 14, "number": 14, "rupiah": 22, "percent": 12, "name": 28}
WIDTH_MIN, WIDTH_MAX = 16, 60


def write(evidence: Evidence, about: Sequence[tuple[Text, Text]]) -> bytes:
    """Give the workbook; `about` says what the figures are worth, in the order in which it is shown."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        # a file of the same figures is the same file, whenever it is written
        book.set_properties(
            {
                "title": f"Paritrana {evidence.about.of.indonesian}",
                "author": "Payung",
                "created": datetime.combine(evidence.about.day, time()),
            }
        )
        _first(book, evidence, about)
        status = " · ".join(f"{what.indonesian}: {said.indonesian}" for what, said in about[:3])
        for section in evidence.sections:
            _section(book, section, status)
    return out.getvalue()


def _first(book: Any, evidence: Evidence, about: Sequence[tuple[Text, Text]]) -> None:
    strong, soft = book.add_format({"bold": True}), book.add_format({"italic": True, "font_color": "#5c6b6c"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    top = book.add_format({"bold": True, "valign": "top", "text_wrap": True})
    sheet = book.add_worksheet("Ringkasan")
    sheet.set_column(0, 0, 38)
    sheet.set_column(1, 2, 62)
    sheet.write_string(
        0, 0, f"Bukti untuk Paritrana Award {evidence.about.of.indonesian}", book.add_format({"bold": 1, "size": 16})
    )
    sheet.write_string(1, 0, f"Evidence for the Paritrana Award {evidence.about.of.english}", soft)
    line = 3
    for key in evidence.keys:
        sheet.write_string(line, 0, f"{key.label.indonesian} / {key.label.english}", strong)
        number = {**FORMATS[key.kind], "bold": True, "align": "left", "size": 13}
        sheet.write(line, 1, key.value, book.add_format(number))
        sheet.write_string(line, 2, f"{key.of.indonesian} / {key.of.english}", soft)
        line += 1
    for what, said in about:
        line += 1
        sheet.write_string(line, 0, f"{what.indonesian} / {what.english}", top)
        sheet.write_string(line, 1, said.indonesian, wrapped)
        if said.english != said.indonesian:
            sheet.write_string(line, 2, said.english, wrapped)


def _section(book: Any, section: Section, status: str) -> None:
    sheet = book.add_worksheet(SHEETS[section.id])
    soft = book.add_format({"italic": True, "font_color": "#5c6b6c"})
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "vcenter", "bottom": 1, "bg_color": "#e6efee"})
    sheet.write_string(0, 0, section.title.indonesian, book.add_format({"bold": True, "size": 14}))
    sheet.write_string(1, 0, section.title.english, soft)
    sheet.write_string(2, 0, f"{section.unit.indonesian} / {section.unit.english} · {status}", soft)
    sheet.set_row(4, 32)
    for place, column in enumerate(section.columns):
        sheet.write_string(4, place, f"{column.label.indonesian}\n{column.label.english}", head)
        sheet.set_column(place, place, _width(section, column))
    sheet.freeze_panes(5, 0)
    sheet.repeat_rows(4)
    sheet.fit_to_pages(1, 0)
    sheet.set_paper(9)
    plain: dict[str, Any] = {"text_wrap": True, "valign": "top"}
    formats = {kind: book.add_format({**plain, **each}) for kind, each in FORMATS.items()}
    text = book.add_format(plain)
    line = 5
    for row in section.rows:
        for place, column in enumerate(section.columns):
            _put(sheet, line, place, row.get(column.key), column.kind, formats.get(column.kind, text))
        line += 1
    if section.total is not None:
        whole: dict[str, Any] = {"bold": True, "top": 1}
        sheet.write_string(line, 0, "Jumlah / Total", book.add_format(whole))
        for place, column in enumerate(section.columns[1:], 1):
            number = book.add_format({**FORMATS.get(column.kind, {}), **whole})
            _put(sheet, line, place, section.total.get(column.key), column.kind, number)
        line += 1
    for said in (section.definition.text, *section.notes):
        sheet.write_string(line + 1, 0, said.indonesian)
        sheet.write_string(line + 2, 0, said.english, soft)
        line += 2
    sheet.write_string(line + 2, 0, f"Sumber / Source: {section.source}", soft)


def _width(section: Section, column: Column) -> int:
    if column.kind in WIDTHS:
        return WIDTHS[column.kind]
    longest = max((len(str(row.get(column.key) or "")) for row in section.rows), default=0)
    return min(WIDTH_MAX, max(WIDTH_MIN, longest + 2))


def _put(sheet: Any, line: int, place: int, value: Any, kind: str, how: Any) -> None:
    if value is None:
        sheet.write_blank(line, place, None, how)
    elif kind in FORMATS:
        sheet.write_number(line, place, value, how)
    elif isinstance(value, date):
        sheet.write_string(line, place, words.day(value, "id"), how)
    else:
        sheet.write_string(line, place, words.name(str(value), "id") if kind == "name" else str(value), how)
