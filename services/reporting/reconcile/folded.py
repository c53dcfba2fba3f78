"""What the log says, as far as it has been folded, and what was found wrong on the way."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from payung_contracts.topics import CLAIM, COHORT, COVERAGE

from services.reporting.plain_fold.life import Cell
from services.reporting.plain_fold.rows import TABLES, Rows, Table
from services.reporting.reconcile.report import Difference, Kind

TOPICS = (COVERAGE, COHORT, CLAIM)


@dataclass(slots=True)
class Folded:
    """All that the log says; of the ledgers only what there is to know where the read model says otherwise."""

    looked_into: Collection[datetime] = frozenset()
    """The recorded times whose changes are kept."""
    facts: int = 0
    workers: int = 0
    keys: set[tuple[str, UUID]] = field(default_factory=set)
    ahead: dict[datetime, int] = field(default_factory=dict)
    """By recorded time a number made of what the read model says and the log does not; none where they agree."""
    totals: dict[type[Cell], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    """What all changes of a kind add up to, in the read model and in the log."""
    changes: dict[Cell, list[tuple[UUID, int]]] = field(default_factory=lambda: defaultdict(list))
    """Who changed a number, and by how much."""
    rows: dict[Table, Rows] = field(default_factory=lambda: {table: {} for table in TABLES})
    differences: list[Difference] = field(default_factory=list)

    def told(self, cell: Cell, number: int) -> None:
        """Take in a change that the read model has."""
        self._ahead(cell, number)
        self.totals[type(cell)][0] += number

    def said(self, cell: Cell, worker_id: UUID, number: int) -> None:
        """Take in a change that the log says a worker made."""
        self._ahead(cell, -number)
        self.totals[type(cell)][1] += number
        if cell.recorded_at in self.looked_into:
            self.changes[cell].append((worker_id, number))

    def _ahead(self, cell: Cell, number: int) -> None:
        """Add to the number of a time; those of all changes at it come to nothing if both say the same."""
        ahead = self.ahead.get(cell.recorded_at, 0) + number * hash((type(cell).__name__, cell))
        if ahead:
            self.ahead[cell.recorded_at] = ahead
        else:
            self.ahead.pop(cell.recorded_at, None)

    def sums(self, of: type[Cell]) -> dict[Cell, int]:
        """Give the numbers of people, of memberships, or of proposed workers, at the times that are looked into."""
        return {cell: sum(number for _, number in made) for cell, made in self.changes.items() if isinstance(cell, of)}

    def differs(self, kind: Kind, where: dict[str, Any], read_model: object, log: object) -> None:
        """Note a difference."""
        self.differences.append(Difference(kind, where, read_model, log))
