"""What a panel is: a question as people see it, with its columns and the way it is drawn."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.chassis.postgres import Transaction
from services.reporting.answers import Text
from services.reporting.definitions import Definition
from services.reporting.pages.asked import Asked
from services.reporting.queries import Figure

NOTHING = Text("Tidak ada data untuk pilihan ini.", "Nothing to show for this choice.")
Ask = Callable[[Transaction, date, Asked], Awaitable[list[Figure]]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its key in the rows and in files, what it is called, and what stands in it (words.cell)."""

    key: str
    label: Text
    kind: str


@dataclass(frozen=True, slots=True)
class Panel:
    """A question as people see it. `chart` says how static/app.js draws the rows; None leaves them a table."""

    id: str
    title: Text
    unit: Text
    definition: Definition
    columns: tuple[Column, ...]
    ask: Ask
    chart: dict[str, Any] | None = None
    source: str = ""
    """Where the same figures are asked for by programs, and in SQL."""
    notes: tuple[Text, ...] = field(default=())
    empty: Text = NOTHING
    """What it means that there are no rows."""
    compares: bool = False
    """Whether it compares with what was known at an earlier time, which can be chosen."""
    whole: bool = False
    """Whether it tells of all areas, whichever is chosen; the page then says so."""
    brief: Callable[[list[Figure], date], list[Figure]] | None = None
    """Which rows the table shows where other panels stand beside it, of a day; None: all. Files hold all of them."""
