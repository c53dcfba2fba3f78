"""What stands in a clerk's file: sheet rows of cells, the limits that a file keeps, and files that cannot be read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

FILE_BYTES_MAX = 32 * 1024**2
ROWS_MAX = 300_000
"""Rows that say something; a sheet has 1,048,576 at most."""
COLUMNS_MAX = 100
CELL_CHARACTERS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Number:
    """A cell that the spreadsheet holds as a number; `text` is how it stands in the file, with a point."""

    text: str


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell that computes; what it showed last is kept, and not believed."""

    shown: str


Cell = str | Number | Formula | date | None
"""None is an empty cell."""

SheetRow = tuple[int, Sequence[Cell]]
"""The row's number as a spreadsheet shows it, beginning with 1, and its cells from column A on."""
SheetRows = Iterator[SheetRow]


class Unreadable(Exception):
    """The file as a whole cannot be taken in: a code, and what, where, why and how to mend it, in both languages."""

    def __init__(self, code: str, indonesian: str, english: str) -> None:
        super().__init__(code)
        self.code, self.indonesian, self.english = code, indonesian, english


def written(cell: Cell) -> str:
    """Give a cell as a clerk sees it."""
    match cell:
        case None:
            return ""
        case str():
            return cell
        case Number():
            return cell.text
        case Formula():
            return f"={cell.shown}"
        case date():
            return f"{cell:%d/%m/%Y}"


def column_letters(index: int) -> str:
    """Name a column as a spreadsheet does: A for 0, Z for 25, AA for 26."""
    letters = ""
    number = index + 1
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def too_many_columns(row: int) -> Unreadable:
    return Unreadable(
        "too_many_columns",
        f"Baris {row} berisi lebih dari {COLUMNS_MAX} kolom. Hapus kolom yang tidak diperlukan, atau pakai templat.",
        f"Row {row} has more than {COLUMNS_MAX} columns. Remove those that are not needed, or use the template.",
    )


def cell_too_long(row: int) -> Unreadable:
    return Unreadable(
        "cell_too_long",
        f"Sebuah sel pada baris {row} memuat lebih dari {CELL_CHARACTERS_MAX} huruf. Periksa tanda petik dan isi baris "
        "itu.",
        f"A cell on row {row} has more than {CELL_CHARACTERS_MAX} characters. Check the quotes and the content there.",
    )
