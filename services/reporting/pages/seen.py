"""What one page shows: its panels with their rows, the tiles above them, and how complete all of it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from services.chassis.clock import BUSINESS_ZONE
from services.chassis.postgres import Pool, Transaction
from services.reporting import answers, queries
from services.reporting.answers import Completeness, Text
from services.reporting.churn_queries import NotFollowed
from services.reporting.pages.asked import Asked
from services.reporting.pages.panel import Panel
from services.reporting.queries import Figure, Where

SOON = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Shown:
    """A panel with its rows."""

    panel: Panel
    rows: list[Figure]
    brief: list[Figure]
    """The rows of its table where other panels stand beside it."""
    refused: Text | None = None
    """Why the question cannot be answered now; then there are no rows."""


@dataclass(frozen=True, slots=True)
class Seen:
    """All that one page shows, from one snapshot."""

    day: date
    known_on: date
    """The day on which all this was known; what is later is a forecast."""
    complete: Completeness
    shown: list[Shown]
    areas: list[Figure]
    area: str
    """The name of the chosen area; empty: all."""
    fixed: str | None
    """A known-at time by which this page can be asked for again and stays as it is; None while there is none."""
    tiles: dict[str, Any]


async def see(pool: Pool, asked: Asked, panels: Sequence[Panel], *, tiles: bool = False) -> Seen:
    """Ask all that the page shows in one snapshot of the database, together with how complete it is."""
    async with answers.snapshot(pool) as tx:
        complete = await answers.completeness(tx, asked.known)
        known_on = await answers.day_known(tx, asked.known)
        day = asked.as_of or known_on
        shown = [await _shown(tx, panel, day, asked) for panel in panels]
        areas = await queries.areas_within(tx, asked.area)
        return Seen(
            day,
            known_on,
            complete,
            shown,
            areas,
            next((area["name"] for area in areas if area["code"] == asked.area), ""),
            _fixed(asked, complete),
            await _tiles(tx, day, asked, complete) if tiles else {},
        )


async def _shown(tx: Transaction, panel: Panel, day: date, asked: Asked) -> Shown:
    try:
        rows = await panel.ask(tx, day, asked)
    except NotFollowed as refusal:
        return Shown(panel, [], [], Text(refusal.indonesian, refusal.english))
    return Shown(panel, rows, panel.brief(rows, day) if panel.brief else rows)


def _fixed(asked: Asked, complete: Completeness) -> str | None:
    """Give the known-at time of a link that lasts: the one asked for, or the newest whole second that is final."""
    known_at = asked.known or complete.final_until
    return known_at.astimezone(BUSINESS_ZONE).replace(microsecond=0, tzinfo=None).isoformat() if known_at else None


async def _tiles(tx: Transaction, day: date, asked: Asked, complete: Completeness) -> dict[str, Any]:
    """Give the figures that stand first."""
    people = sum(row["people"] for row in await queries.protected(tx, day, asked.known, [], Where(asked.area)))
    soon = sum(row["people"] for row in await queries.protected(tx, day + SOON, asked.known, [], Where(asked.area)))
    year = date(day.year, 1, 1)
    _, paid = await queries.claims_paid(tx, year, day + timedelta(days=1), asked.known, [], asked.area)
    denominators = await queries.targets(tx)
    targets = [each for each in denominators if each["area_code"] is not None]
    ratio = None
    if targets:
        found = await queries.protected(tx, day, asked.known, [], Where(targets[0]["area_code"]))
        ratio = {"percent": 100 * sum(row["people"] for row in found) / targets[0]["value"], **targets[0]}
    evidence = _evidence(day, asked.known or complete.final_until, denominators)
    return {"people": people, "soon": soon, "paid": paid, "ratio": ratio, "evidence": evidence}


def _evidence(day: date, known_at: datetime | None, denominators: list[Figure]) -> dict[str, Any]:
    """Say where the evidence file of the last whole year is, in the form in which it is final if that can be."""
    year = (day + timedelta(days=1)).year - 1
    asked = {
        "known_at": [known_at.isoformat()] if known_at else [],
        "denominator": [f"{each['id']}@{each['version']}" for each in denominators],
    }
    return {"year": year} | {
        form: f"/v1/evidence/{year}.{form}?{urlencode(asked, doseq=True)}" for form in ("pdf", "xlsx")
    }
