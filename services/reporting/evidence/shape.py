"""What the evidence file is made of: whom it is about, its sections, and the figures that stand first."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from services.reporting.answers import Text
from services.reporting.definitions import Definition
from services.reporting.pages import words
from services.reporting.pages.panel import Column
from services.reporting.queries import Figure, Where

NUMBERS = frozenset({"people", "number", "rupiah", "percent"})
"""Kinds of columns that hold figures."""


@dataclass(frozen=True, slots=True)
class About:
    """Which year the file is about, which area (None: all of them), and as known when."""

    year: int
    known_at: datetime | None
    area: str | None

    @property
    def day(self) -> date:
        """The day that the figures are as of."""
        return date(self.year, 12, 31)

    @property
    def period(self) -> tuple[date, date]:
        """The year, as first day and day after the last."""
        return date(self.year, 1, 1), self.day + timedelta(days=1)

    @property
    def where(self) -> Where:
        """The people who are meant."""
        return Where(self.area)

    @property
    def of(self) -> Text:
        """What it is about, as a title goes on."""
        return Text(*(f"{self.year}{f', {words.area(self.area, lang)}' if self.area else ''}" for lang in ("id", "en")))

    def includes(self, code: str | None) -> bool:
        """Tell whether an area is this one or lies in it."""
        return self.area is None or (code is not None and f"{code}.".startswith(f"{self.area}."))


@dataclass(frozen=True, slots=True)
class Section:
    """A table of the file: its rows, their total where parts add up, what is counted, and where it can be asked."""

    id: str
    title: Text
    unit: Text
    columns: tuple[Column, ...]
    rows: list[Figure]
    total: Figure | None
    definition: Definition
    source: str
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """A figure that stands first, and what it is a figure of; `kind` says how it is written."""

    label: Text
    value: Any
    kind: str
    of: Text


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that the file shows."""

    about: About
    keys: list[Key]
    sections: list[Section]

    @property
    def figures_sha256(self) -> str:
        """Name all figures of the file, whatever words and paper they stand on."""
        tables = [
            [
                section.id,
                *([row.get(column.key) for column in section.columns if column.kind in NUMBERS] for row in rows),
            ]
            for section in self.sections
            for rows in [[*section.rows, *([section.total] if section.total is not None else [])]]
        ]
        return sha256(json.dumps(tables).encode()).hexdigest()
