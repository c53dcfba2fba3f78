"""What a panel is: a question as people see it, with its columns and the way it is drawn."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
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


COHORT = Column("cohort_name", Text("Kelompok", "Cohort"), "text")
SEGMENT = Column("segment", Text("Segmen", "Segment"), "name")
FUNDING = Column("funding", Text("Sumber dana", "Funding"), "name")
PROGRAMME = Column("programme", Text("Program", "Programme"), "name")
MONTH = Column("month", Text("Bulan", "Month"), "month")
YEAR = Column("year", Text("Tahun", "Year"), "text")
DISTRICT = Column("district_name", Text("Kecamatan", "District"), "text")
VILLAGE = (
    DISTRICT,
    Column("village_name", Text("Desa", "Village"), "text"),
    Column("village", Text("Kode", "Code"), "code"),
)
PEOPLE = Column("people", Text("Orang", "People"), "people")
CLAIMS = Column("claims", Text("Klaim", "Claims"), "number")
CASES = Column("cases", Text("Kasus", "Cases"), "number")
PAYMENTS = Column("payments", Text("Pembayaran", "Payments"), "number")
AMOUNT = Column("amount_idr", Text("Jumlah", "Amount"), "rupiah")
PERSON_MONTHS = Column("person_months", Text("Orang-bulan", "Person-months"), "number")
"""Columns of several panels."""
OF_PEOPLE = Text("orang", "people")
THIS_YEAR = Text("Dari 1 Januari sampai tanggal laporan.", "From 1 January to the day asked for.")


def this_year(day: date) -> tuple[date, date]:
    """Give the year so far, as first day and day after the last."""
    return date(day.year, 1, 1), day + timedelta(days=1)


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
    beforehand: Callable[[Any], Awaitable[Ask]] | None = None
    """Gives the `ask` of rows that the application has to be asked for, before the page looks at the database."""
    changing: Text | None = None
    """Why its rows may change though all facts are in, as they are not made of facts alone."""
    against_targets: bool = False
    """Whether nothing changes them where the address names targets with their versions."""
