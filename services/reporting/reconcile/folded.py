"""What the log says, as far as it has been folded, and what was found wrong on the way."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from payung_contracts.topics import CLAIM, COHORT, COVERAGE

from services.reporting.plain_fold.life import Cell
from services.reporting.plain_fold.rows import TABLES, Rows, Table
from services.reporting.reconcile.report import Difference, Kind

TOPICS = (COVERAGE, COHORT, CLAIM)


@dataclass(slots=True)
class Folded:
    """All that the log says."""

    facts: int = 0
    workers: int = 0
    keys: set[tuple[str, UUID]] = field(default_factory=set)
    changes: dict[Cell, list[tuple[UUID, int]]] = field(default_factory=lambda: defaultdict(list))
    """Who changed a number, and by how much."""
    rows: dict[Table, Rows] = field(default_factory=lambda: {table: {} for table in TABLES})
    differences: list[Difference] = field(default_factory=list)

    def sums(self, of: type[Cell]) -> dict[Cell, int]:
        """Give the numbers of people, of memberships, or of proposed workers."""
        return {cell: sum(number for _, number in made) for cell, made in self.changes.items() if isinstance(cell, of)}

    def all_sums(self) -> Iterator[tuple[Cell, int]]:
        """Give every number of every ledger, one after the other."""
        return ((cell, sum(number for _, number in made)) for cell, made in self.changes.items())

    def differs(self, kind: Kind, where: dict[str, Any], read_model: object, log: object) -> None:
        """Note a difference."""
        self.differences.append(Difference(kind, where, read_model, log))
