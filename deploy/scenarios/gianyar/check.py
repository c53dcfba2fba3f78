"""Asks reporting for every published figure of the scenario, and sets what it answers beside what was published."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local.parts import Addresses
from deploy.scenarios.gianyar.doors import open_doors

PAUSE_S_MAX = 0.2
EXPECTED = Path(__file__).parent / "expected.json"


@dataclass(frozen=True, slots=True)
class Figure:
    """A published figure, and what the loaded facts give instead of it."""

    figure: str
    as_of: str
    """The day, the year, or first and last day of the period."""
    known_at: str | None
    """None: with all that is known now."""
    expected: int
    got: int
    source: str
    assumed: str | None
    """What the source does not say, and is assumed here."""
    final: bool
    """Whether no later fact can change what was got."""

    @property
    def agrees(self) -> bool:
        return self.got == self.expected


async def check(addresses: Addresses) -> list[Figure]:
    """Ask for all figures of expected.json, in its order."""
    figures = []
    async with open_doors({"reporting": addresses.reporting}, pause_s_max=PAUSE_S_MAX) as doors:
        for wanted in json.loads(EXPECTED.read_text(encoding="utf-8")):
            known_at = {"known_at": wanted["known_at"]} if wanted["known_at"] else {}
            answer = await doors.ask("reporting", wanted["path"], wanted["query"] | known_at)
            figures.append(
                Figure(
                    figure=wanted["figure"],
                    as_of=wanted["as_of"],
                    known_at=wanted["known_at"],
                    expected=wanted["expected"],
                    got=taken(answer["figures"], wanted["where"], wanted["take"]),
                    source=wanted["source"],
                    assumed=wanted["assumed"],
                    final=answer["final"],
                )
            )
    return figures


def taken(figures: list[dict[str, Any]], where: dict[str, Any], take: str) -> int:
    """Sum one column of the rows that are meant, or count those rows."""
    meant = [figure for figure in figures if all(figure.get(name) == value for name, value in where.items())]
    return len(meant) if take == "count" else sum(figure[take] for figure in meant)
