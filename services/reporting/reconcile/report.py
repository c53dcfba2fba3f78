"""What a reconciliation found."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import orjson

Kind = Literal[
    "log",
    "parked",
    "person",
    "people",
    "churn",
    "rollup",
    "memberships",
    "funnel",
    "deaths",
    "paid_after_death",
    "ledgers",
    "merge",
    "claims",
    "cohort",
    "card",
    "double_funding",
    "watermark",
]


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that the read model says otherwise than the log; None where one of them says nothing of it."""

    kind: Kind
    where: dict[str, Any]
    read_model: Any
    log: Any


@dataclass(frozen=True, slots=True)
class Withheld:
    """A key whose facts wait to be resolved, and the last of them that was applied."""

    topic: str
    key: UUID
    applied_sequence: int
    letters: int


@dataclass(frozen=True, slots=True)
class Report:
    """What was compared, and what was found."""

    facts: int
    people: int
    differences: list[Difference]
    withheld: list[Withheld]
    watermarks: dict[str, dict[str, Any]]

    def as_json(self) -> bytes:
        """Write the report for programs."""
        report = {
            "facts": self.facts,
            "people": self.people,
            "differences": self.differences,
            "parked_keys": len(self.withheld),
            "withheld": self.withheld,
            "watermarks": self.watermarks,
        }
        return orjson.dumps(report, default=str, option=orjson.OPT_INDENT_2)
