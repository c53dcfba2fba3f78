"""Reads the first visible sheet of an XLSX row by row, in memory that does not grow with the sheet.

Values and formulas come straight from the XML (ECMA-376), by expat: a number as it stands there, so that a lost digit
can be seen; a formula as such. No entity is expanded and no file is looked up: a document type is refused.
"""

import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import IO, BinaryIO
from xml.parsers import expat

from services.enrollment.imports.archive import damaged, open_archive
from services.enrollment.imports.cells import (
    CELL_CHARACTERS_MAX,
    COLUMNS_MAX,
    Cell,
    Formula,
    Number,
    SheetRow,
    SheetRows,
    Unreadable,
    cell_too_long,
    too_many_columns,
)

CHUNK_BYTES = 64 * 1024
SHARED_STRINGS_MAX = 2_000_000
SHARED_CHARACTERS_MAX = 64 * 1024**2
SHEET_ROWS_MAX = 1_048_576
DAY_ZERO = date(1899, 12, 30)
LEAP_DAY_THAT_NEVER_WAS = 60
"""Excel counts 29 February 1900, as its forerunner did; days before it are one later than `DAY_ZERO` tells."""
DAYS_BETWEEN_CALENDARS = 1462
"""What the calendar that begins in 1904 is late."""
DAYS_MAX = 110_000
BUILT_IN_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))

_reference = re.compile(r"([A-Z]{1,3})[0-9]+").fullmatch
_quoted = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_date_letters = re.compile(r"[dmyDMY]").search


def rows(file: BinaryIO) -> SheetRows:
    """Give the rows of the first visible sheet that hold a cell, in the order of the sheet."""
    with open_archive(file) as archive:
        try:
            workbook = _Workbook(archive)
            with archive.open(workbook.sheet) as part:
                yield from _sheet_rows(part, workbook)
        except (expat.ExpatError, zipfile.BadZipFile, KeyError, EOFError, OSError, ValueError, IndexError):
            raise damaged() from None


class _Workbook:
    """What the rows of a sheet refer to: shared texts, which styles are dates, the calendar."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        parts = set(archive.namelist())
        self.sheet, self.from_1904 = _find_sheet(archive)
        self.texts = _shared_texts(archive) if "xl/sharedStrings.xml" in parts else []
        self.date_styles = _date_styles(archive) if "xl/styles.xml" in parts else frozenset()

    def cell(self, kind: str, style: int, text: str) -> Cell:
        """Give the cell's value by its type in the file."""
        match kind:
            case "s":
                return self.texts[int(text)] or None
            case "n":
                return self._number(style, text)
            case "d":
                return date.fromisoformat(text[:10])
            case "b":
                return "TRUE" if text == "1" else "FALSE"
            case _:
                return text or None

    def _number(self, style: int, text: str) -> Cell:
        if not text:
            return None
        if style in self.date_styles and (day := day_of_serial(text, from_1904=self.from_1904)):
            return day
        return Number(text)


@lru_cache(maxsize=10_000)
def day_of_serial(text: str, *, from_1904: bool = False) -> date | None:
    """Give the day that a spreadsheet means by a number; None when it can be none."""
    try:
        days = int(float(text)) + (DAYS_BETWEEN_CALENDARS if from_1904 else 0)
    except (ValueError, OverflowError):
        return None
    if not 0 < days < DAYS_MAX or days == LEAP_DAY_THAT_NEVER_WAS:
        return None
    return DAY_ZERO + timedelta(days=days + (days < LEAP_DAY_THAT_NEVER_WAS))


def _parse(part: IO[bytes], parser: expat.XMLParserType) -> Iterator[None]:
    """Feed the part to the parser, chunk by chunk; refuse a document type, the door of entities."""

    def refuse(*_told: object) -> None:
        raise Unreadable(
            "workbook_entities",
            "Berkas XLSX memuat deklarasi yang tidak semestinya. Simpan ulang dari lembar kerja, lalu kirim lagi.",
            "The XLSX file has declarations that do not belong there. Save it again from a spreadsheet.",
        )

    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    while chunk := part.read(CHUNK_BYTES):
        parser.Parse(chunk, False)
        yield
    parser.Parse(b"", True)
    yield


def _read_part(archive: zipfile.ZipFile, name: str, on_start: Callable[[str, dict[str, str]], None]) -> None:
    parser = expat.ParserCreate(namespace_separator="\n")
    parser.StartElementHandler = lambda tag, told: on_start(tag.rpartition("\n")[2], told)
    with archive.open(name) as part:
        for _ in _parse(part, parser):
            pass


def _find_sheet(archive: zipfile.ZipFile) -> tuple[str, bool]:
    """Give the part of the first visible sheet, and whether the workbook counts days from 1904."""
    sheets: list[str] = []
    from_1904 = False

    def in_workbook(tag: str, told: dict[str, str]) -> None:
        nonlocal from_1904
        if tag == "workbookPr":
            from_1904 = told.get("date1904") in {"1", "true"}
        elif tag == "sheet" and told.get("state", "visible") == "visible":
            sheets.append(next(told[name] for name in told if name.endswith("relationships\nid")))

    targets: dict[str, str] = {}

    def in_relations(tag: str, told: dict[str, str]) -> None:
        if tag == "Relationship" and told["Type"].endswith("/worksheet"):
            targets[told["Id"]] = told["Target"]

    _read_part(archive, "xl/workbook.xml", in_workbook)
    _read_part(archive, "xl/_rels/workbook.xml.rels", in_relations)
    target = next(targets[sheet] for sheet in sheets if sheet in targets) if sheets else ""
    return (target[1:] if target.startswith("/") else f"xl/{target}"), from_1904


def _date_styles(archive: zipfile.ZipFile) -> frozenset[int]:
    """Give the numbers of the cell styles that show a date."""
    own: dict[int, bool] = {}
    formats: list[int] = []
    in_cells = False

    def on_start(tag: str, told: dict[str, str]) -> None:
        nonlocal in_cells
        if tag == "numFmt":
            own[int(told["numFmtId"])] = _shows_date(told["formatCode"])
        elif tag in {"cellStyleXfs", "cellXfs", "cellStyles", "dxfs"}:
            in_cells = tag == "cellXfs"
        elif tag == "xf" and in_cells:
            formats.append(int(told.get("numFmtId", "0")))

    _read_part(archive, "xl/styles.xml", on_start)
    return frozenset(style for style, number in enumerate(formats) if own.get(number, number in BUILT_IN_DATES))


def _shows_date(code: str) -> bool:
    return _date_letters(_quoted.sub("", code.partition(";")[0])) is not None


def _shared_texts(archive: zipfile.ZipFile) -> list[str]:
    """Read the texts that cells refer to."""
    read = _SharedTexts()
    with archive.open("xl/sharedStrings.xml") as part:
        for _ in _parse(part, _parser(read.start, read.end, read.data)):
            if len(read.texts) > SHARED_STRINGS_MAX or read.characters > SHARED_CHARACTERS_MAX:
                raise Unreadable(
                    "workbook_too_many_texts",
                    "Buku kerja memuat terlalu banyak teks. Salin datanya saja ke buku kerja baru, atau pakai CSV.",
                    "The workbook holds too much text. Copy the data alone into a new workbook, or use CSV.",
                )
    return read.texts


class _SharedTexts:
    """Collects the shared texts; how signs are read aloud (`rPh`) is no part of them."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.characters = 0
        self._pieces: list[str] = []
        self._heard = self._ignored = False

    def start(self, tag: str, _told: dict[str, str]) -> None:
        local = tag.rpartition(":")[2]
        self._ignored = self._ignored or local == "rPh"
        self._heard = local == "t" and not self._ignored

    def end(self, tag: str) -> None:
        match tag.rpartition(":")[2]:
            case "t":
                self._heard = False
            case "rPh":
                self._ignored = False
            case "si":
                self.texts.append("".join(self._pieces))
                self._pieces.clear()
            case _:
                pass

    def data(self, text: str) -> None:
        if self._heard:
            self._pieces.append(text)
            self.characters += len(text)


def _parser(
    start: Callable[[str, dict[str, str]], None], end: Callable[[str], None], data: Callable[[str], None]
) -> expat.XMLParserType:
    """Make a parser whose tags come without their prefix: half a million are asked, so this costs no function."""
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, data
    return parser


def _sheet_rows(part: IO[bytes], workbook: _Workbook) -> SheetRows:
    reader = _SheetReader(workbook)
    for _ in _parse(part, _parser(reader.start, reader.end, reader.data)):
        yield from reader.done
        reader.done.clear()


class _SheetReader:
    """Collects cells into rows while expat walks over a sheet; rows that are whole stand in `done`."""

    def __init__(self, workbook: _Workbook) -> None:
        self.done: list[SheetRow] = []
        self._workbook = workbook
        self._row = 0
        self._cells: list[Cell] = []
        self._kind, self._style, self._column = "n", 0, 0
        self._text: list[str] = []
        self._characters = 0
        self._heard = self._computes = self._ignored = False

    def start(self, tag: str, told: dict[str, str]) -> None:
        match tag.rpartition(":")[2]:
            case "c":
                self._kind, self._style = told.get("t", "n"), int(told.get("s", "0"))
                place = told.get("r")
                self._column = _column(place) if place else len(self._cells)
                self._computes = False
                self._text.clear()
                self._characters = 0
            case "v":
                self._heard = True
            case "t":
                self._heard = not self._ignored
            case "f":
                self._computes = True
            case "rPh":
                self._ignored = True
            case "row":
                self._row = int(told.get("r", self._row + 1))
                if not 0 < self._row <= SHEET_ROWS_MAX:
                    raise damaged()
                self._cells = []
            case _:
                pass

    def end(self, tag: str) -> None:
        match tag.rpartition(":")[2]:
            case "v" | "t":
                self._heard = False
            case "c":
                self._end_cell()
            case "rPh":
                self._ignored = False
            case "row":
                if self._cells:
                    self.done.append((self._row, self._cells))
            case _:
                pass

    def data(self, text: str) -> None:
        if self._heard:
            self._text.append(text)
            self._characters += len(text)
            if self._characters > CELL_CHARACTERS_MAX:
                raise cell_too_long(self._row)

    def _end_cell(self) -> None:
        text = "".join(self._text)
        cell = Formula(text) if self._computes else self._workbook.cell(self._kind, self._style, text)
        if cell is None:
            return
        if isinstance(cell, str) and len(cell) > CELL_CHARACTERS_MAX:
            raise cell_too_long(self._row)
        if self._column >= COLUMNS_MAX:
            raise too_many_columns(self._row)
        missing = self._column - len(self._cells)
        if missing > 0:
            self._cells.extend([None] * missing)
        if missing >= 0:
            self._cells.append(cell)
        else:
            self._cells[self._column] = cell


@lru_cache(maxsize=10_000)
def _letters_to_index(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _column(place: str) -> int:
    found = _reference(place)
    if found is None:
        raise damaged()
    return _letters_to_index(found[1])
