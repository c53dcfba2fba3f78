"""Write the evidence file as PDF: A4, Indonesian first and English beneath, every table with what it counts."""

import io
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from services.reporting.answers import Text
from services.reporting.evidence.shape import NUMBERS, Evidence, Section
from services.reporting.pages import words
from services.reporting.pages.panel import Column
from services.reporting.queries import Figure

DEEP, INK, SOFT, LINE, PALE = (HexColor(each) for each in ("#0b4a4a", "#1c2b2c", "#5c6b6c", "#cfdad9", "#eef4f3"))
MARGIN = 15 * mm
WIDTH = A4[0] - 2 * MARGIN
PADDING = 6
"""What reportlab keeps free inside a frame."""
KEPT_TOGETHER_ROWS_MAX = 20
"""A table of no more rows stands on one page, with its heading and with what it counts."""
SIDE = 3.5
"""What is kept free at least on both sides of a cell."""
ROWS_MAX = 2_000
"""A table shows no more rows, and says so: a nation has 84,000 villages, and the workbook shows them all."""
WEIGHTS = {"people": 1.05, "number": 1.05, "rupiah": 1.6, "percent": 1.0, "name": 1.5, "text": 2.4, "day": 1.3}
"""How much of the width a column takes, by its kind."""
OWN_WEIGHTS = dict.fromkeys(("village", "district", "known", "regency_name", "district_name", "village_name"), 1.6)
OWN_WEIGHTS |= {
    "stated": 3.6,
    "called": 2.0,
    "counts": 1.1,
    "person_months": 1.4,
    "months_realised": 1.4,
    "places": 0.9,
}

BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=8.5, leading=10.5, textColor=INK)
NUMBER = ParagraphStyle("number", BODY, alignment=TA_RIGHT)
HEAD = ParagraphStyle("head", BODY, fontSize=7.6, leading=9.4)
HEAD_NUMBER = ParagraphStyle("head number", HEAD, alignment=TA_RIGHT)
STRONG = ParagraphStyle("strong", BODY, fontName="Helvetica-Bold")
STRONG_NUMBER = ParagraphStyle("strong number", STRONG, alignment=TA_RIGHT)
NOTE = ParagraphStyle("note", BODY, fontSize=7.2, leading=9, textColor=SOFT)
NOTE_ENGLISH = ParagraphStyle("note english", NOTE, fontName="Helvetica-Oblique")
TITLE = ParagraphStyle("title", BODY, fontName="Helvetica-Bold", fontSize=20, leading=24, textColor=DEEP)
SUBTITLE = ParagraphStyle("subtitle", BODY, fontName="Helvetica-Oblique", fontSize=10.5, leading=13, textColor=SOFT)
HEADING = ParagraphStyle("heading", BODY, fontName="Helvetica-Bold", fontSize=12.5, leading=15, textColor=DEEP)
KEY = ParagraphStyle("key", BODY, fontName="Helvetica-Bold", fontSize=15, leading=18, textColor=DEEP)


def write(evidence: Evidence, about: Sequence[tuple[Text, Text]]) -> bytes:
    """Give the document; `about` says what the figures are worth, the first three of it on every page."""
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=MARGIN - PADDING,
        rightMargin=MARGIN - PADDING,
        topMargin=16 * mm,
        bottomMargin=20 * mm,
        title=f"Bukti untuk Paritrana Award {evidence.about.of.indonesian}",
        author="Payung",
        lang="id-ID",
        invariant=1,  # the same figures give the same file
    )
    story: list[Flowable] = [
        Paragraph(f"Bukti untuk Paritrana Award {escape(evidence.about.of.indonesian)}", TITLE),
        Paragraph(f"Evidence for the Paritrana Award, calendar year {escape(evidence.about.of.english)}", SUBTITLE),
        Spacer(0, 5 * mm),
        _keys(evidence),
        Spacer(0, 4 * mm),
        _about(about),
    ]
    for number, section in enumerate(evidence.sections, 1):
        story += _section(number, section)
    worth = " · ".join(f"{what.indonesian}: {said.indonesian}" for what, said in about[:3])

    def foot(canvas: Canvas, _document: Any) -> None:
        canvas.setFont("Helvetica", 7)
        canvas.setFillColor(SOFT)
        canvas.drawString(MARGIN, 10 * mm, f"Payung · Paritrana {evidence.about.of.indonesian} · {worth}")

    document.build(story, onFirstPage=foot, onLaterPages=foot, canvasmaker=_Numbered)
    return out.getvalue()


class _Numbered(Canvas):
    """Says on each page which one it is of how many: so pages are kept back until all of them are there."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - as the library calls it
        self._pages.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]  # the way to keep a page back; not in the stubs

    def save(self) -> None:
        pages = self._pages
        for number, page in enumerate(pages, 1):
            self.__dict__.update(page)
            self.setFont("Helvetica", 7)
            self.setFillColor(SOFT)
            self.drawRightString(A4[0] - MARGIN, 10 * mm, f"{number} dari / of {len(pages)}")
            super().showPage()
        super().save()


def _keys(evidence: Evidence) -> Table:
    cells = [
        [
            Paragraph(f"{_said(key.label)}", NOTE),
            Paragraph(_short(key.value, key.kind), KEY),
            Paragraph(f"{escape(key.of.indonesian)}<br/><i>{escape(key.of.english)}</i>", NOTE),
        ]
        for key in evidence.keys
    ]
    style = [("BACKGROUND", (0, 0), (-1, -1), PALE), ("VALIGN", (0, 0), (-1, -1), "TOP"), *_padding(6)]
    style += [("LINEBEFORE", (place, 0), (place, 0), 3, HexColor("#ffffff")) for place in range(1, len(cells))]
    return Table([cells], colWidths=[WIDTH / len(cells)] * len(cells), style=TableStyle(style))


def _about(about: Sequence[tuple[Text, Text]]) -> Table:
    rows = []
    for what, said in about:
        english = f"<br/><font color='#5c6b6c'><i>{escape(said.english)}</i></font>"
        whole = escape(said.indonesian) + (english if said.english != said.indonesian else "")
        name = f"<b>{escape(what.indonesian)}</b><br/><i>{escape(what.english)}</i>"
        rows.append([Paragraph(name, NOTE), Paragraph(whole, BODY)])
    style = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE), *_padding(2.5)]
    return Table(rows, colWidths=[38 * mm, WIDTH - 38 * mm], style=TableStyle(style))


def _section(number: int, section: Section) -> list[Flowable]:
    found: list[Flowable] = [
        CondPageBreak(55 * mm),  # no heading without the head and some rows of its table
        Spacer(0, 7 * mm),
        Paragraph(f"{number}. {escape(section.title.indonesian)}", HEADING),
        Paragraph(f"{escape(section.title.english)} · {_said(section.unit)}", NOTE_ENGLISH),
        Spacer(0, 2 * mm),
        _table(section) if section.rows else Paragraph("Tidak ada data. / <i>No data.</i>", BODY),
        Spacer(0, 1.5 * mm),
    ]
    cut = Text(f"Hanya {ROWS_MAX} baris pertama; semuanya ada di berkas XLSX.", f"The first {ROWS_MAX} rows only.")
    for said in (*([cut] if len(section.rows) > ROWS_MAX else ()), section.definition.text, *section.notes):
        found += [Paragraph(escape(said.indonesian), NOTE), Paragraph(escape(said.english), NOTE_ENGLISH)]
    found.append(Paragraph(f"Sumber / Source: {escape(section.source)}", NOTE))
    return [KeepTogether(found)] if len(section.rows) <= KEPT_TOGETHER_ROWS_MAX else found


def _table(section: Section) -> Table:
    head = [
        Paragraph(
            f"<b>{escape(column.label.indonesian)}</b><br/><i>{escape(column.label.english)}</i>",
            HEAD_NUMBER if column.kind in NUMBERS else HEAD,
        )
        for column in section.columns
    ]
    rows = section.rows[:ROWS_MAX]
    lines = [head, *([_cell(row.get(each.key), each.kind) for each in section.columns] for row in rows)]
    style = [
        ("BACKGROUND", (0, 0), (-1, 0), PALE),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, DEEP),
        ("LINEBELOW", (0, 1), (-1, -1), 0.3, LINE),
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("VALIGN", (0, 1), (-1, -1), "TOP"),
        *_padding(2.2),
    ]
    if section.total is not None:
        total = section.total
        whole = [_cell(total.get(each.key), each.kind, strong=True) for each in section.columns[1:]]
        lines.append([Paragraph("Jumlah / <i>Total</i>", STRONG), *whole])
        style += [("LINEABOVE", (0, -1), (-1, -1), 0.8, DEEP), ("BACKGROUND", (0, -1), (-1, -1), PALE)]
    whole_rows = [*rows, *([section.total] if section.total is not None else [])]
    return Table(lines, colWidths=_widths(section.columns, whole_rows), repeatRows=1, style=TableStyle(style))


def _widths(columns: Sequence[Column], rows: Sequence[Figure]) -> list[float]:
    """Share the width by weight, and give each column what its numbers and the words of its head need unbroken."""
    weights = [OWN_WEIGHTS.get(column.key, WEIGHTS[column.kind]) for column in columns]
    shares = [WIDTH * weight / sum(weights) for weight in weights]
    needed = [_needed(column, rows) for column in columns]
    wide = [max(share, need) for share, need in zip(shares, needed, strict=True)]
    spare = [has - need for has, need in zip(wide, needed, strict=True)]
    given = min(1.0, (sum(wide) - WIDTH) / max(sum(spare), 1.0))
    return [has - given * free for has, free in zip(wide, spare, strict=True)]


def _needed(column: Column, rows: Sequence[Figure]) -> float:
    """Give the least width of a column in points: its longest number as in a total, its longest word in the head."""
    head = f"{column.label.indonesian} {column.label.english}".split()
    words_wide = [stringWidth(word, STRONG.fontName, HEAD.fontSize) for word in head]
    written = [_written(row.get(column.key), column.kind) for row in rows] if column.kind in NUMBERS else []
    numbers_wide = [stringWidth(number, STRONG.fontName, STRONG.fontSize) for number in written]
    return max([*words_wide, *numbers_wide], default=0.0) + 2 * SIDE + 1  # a point more, for sums are rounded


def _cell(value: Any, kind: str, *, strong: bool = False) -> Paragraph:
    if strong and value is None:
        return Paragraph("", BODY)
    text = escape(_written(value, kind))
    if kind in NUMBERS:
        return Paragraph(text, STRONG_NUMBER if strong else NUMBER)
    return Paragraph(text, STRONG if strong else BODY)


def _written(value: Any, kind: str) -> str:
    """Write percentages with two decimals always, so that they stand in line; an empty text stays empty."""
    if kind == "percent" and value is not None:
        return f"{value:.2f}\u00a0%".replace(".", ",")
    return "" if value is None and kind == "text" else words.cell(value, kind, "id")


def _short(value: Any, kind: str) -> str:
    return words.rupiah_short(value, "id") if kind == "rupiah" else words.cell(value, kind, "id")


def _said(text: Text) -> str:
    return f"{escape(text.indonesian)} / <i>{escape(text.english)}</i>"


def _padding(points: float) -> list[Any]:
    sides = {"TOP": points, "BOTTOM": points, "LEFT": max(points, SIDE), "RIGHT": max(points, SIDE)}
    return [(f"{side}PADDING", (0, 0), (-1, -1), each) for side, each in sides.items()]
