"""What one page shows: its panels with their rows, the tiles above them, and how complete and final all of it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.chassis.postgres import Pool, Transaction
from services.reporting import answers, definitions, queries, snapshots, target_queries
from services.reporting.answers import Completeness, Text
from services.reporting.followed import NotFollowed
from services.reporting.pages import tiles
from services.reporting.pages.asked import DENOMINATORS_MAX, Asked
from services.reporting.pages.panel import Panel
from services.reporting.queries import Figure

ONLY_THE_RATIO = Text(
    "Tetap, kecuali cakupan: penyebutnya dipakai dalam versi terbaru. Tautan tetap menyebutkan versinya.",
    "Final, but for the coverage ratio: its denominator is used in its newest version. The permalink names the"
    " version.",
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A panel with its rows."""

    panel: Panel
    rows: list[Figure]
    brief: list[Figure]
    """The rows of its table where other panels stand beside it."""
    refused: Text | None
    """Why the question cannot be answered now; then there are no rows."""
    changing: Text | None
    """Why its rows may change though all facts are in; where it is refused, the refusal: a rebuild answers it."""
    lasting: str | None
    """The address at which this question has one final answer for ever; None while there is none."""


@dataclass(frozen=True, slots=True)
class Seen:
    """All that one page shows, from one snapshot."""

    day: date
    known_on: date
    """The day on which all this was known; what is later is a forecast."""
    complete: Completeness
    final: bool
    """Whether neither a fact nor a new version of a target can change anything of it."""
    why: Text
    snapshot: str | None
    """The id of what is final."""
    lasting: str | None
    """The address at which this page is final, for ever; None while there is none."""
    shown: list[Shown]
    areas: list[Figure]
    area: str
    """The name of the chosen area; empty: all."""
    tiles: dict[str, Any]


async def see(pool: Pool, asked: Asked, panels: Sequence[Panel], *, path: str, with_tiles: bool = False) -> Seen:
    """Ask all that the page at `path` shows in one snapshot of the database, together with how complete it is."""
    async with answers.snapshot(pool) as tx:
        complete = await answers.completeness(tx, asked.known)
        targets = await target_queries.targets(tx, asked.denominator)
        known_on = await answers.day_known(tx, asked.known)
        day = asked.as_of or known_on
        shown = [
            await _shown(tx, panel, day, asked, _lasting(f"/pages/{panel.id}", [panel], day, asked, complete, targets))
            for panel in panels
        ]
        changing = [each.changing for each in shown]
        final, why = snapshots.settle(complete, _why_changing(complete, changing), asked.snapshot)
        answered = all(each.refused is None for each in shown)
        areas = await queries.areas_within(tx, asked.area)
        return Seen(
            day=day,
            known_on=known_on,
            complete=complete,
            final=final,
            why=why,
            snapshot=answers.snapshot_id(complete.version, asked.known) if final and asked.known else None,
            lasting=_lasting(path, panels, day, asked, complete, targets) if answered else None,
            shown=shown,
            areas=areas,
            area=next((area["name"] for area in areas if area["code"] == asked.area), ""),
            tiles=await tiles.ask(tx, day, asked, complete, targets) if with_tiles else {},
        )


async def _shown(tx: Transaction, panel: Panel, day: date, asked: Asked, lasting: str | None) -> Shown:
    try:
        rows = await panel.ask(tx, day, asked)
    except NotFollowed as refusal:
        refused = Text(refusal.indonesian, refusal.english)
        return Shown(panel, [], [], refused, refused, None)
    brief = panel.brief(rows, day) if panel.brief else rows
    return Shown(panel, rows, brief, None, _changing(panel, asked), lasting)


def _why_changing(complete: Completeness, changing: Sequence[Text | None]) -> Text | None:
    """Say why a page may change though all facts are in; where it is for its ratio alone, which of it stays."""
    found = [each for each in changing if each is not None]
    if len(changing) > 1 and {*found} == {definitions.NEWEST_DENOMINATOR}:
        return ONLY_THE_RATIO if complete.final else complete.why
    return found[0] if found else None


def _changing(panel: Panel, asked: Asked) -> Text | None:
    return None if panel.against_targets and asked.denominator else panel.changing


def _lasting(
    path: str, panels: Sequence[Panel], day: date, asked: Asked, complete: Completeness, targets: Sequence[Figure]
) -> str | None:
    """Give the address with a snapshot: of the time asked for, else of the newest whole second that is final.

    It names the targets with their versions where they are used, so that no newer version changes anything.
    """
    known_at = asked.known or (complete.final_until and complete.final_until.replace(microsecond=0))
    if known_at is None or (asked.known is not None and not complete.final):
        return None
    if asked.since is not None and asked.since > known_at:
        return None
    if any(panel.changing is not None for panel in panels if not panel.against_targets):
        return None
    against = any(panel.against_targets for panel in panels)
    if against and not 0 < len(targets) <= DENOMINATORS_MAX:
        return None
    return asked.address(
        path,
        as_of=day.isoformat(),
        known_at=None,
        snapshot=answers.snapshot_id(complete.version, known_at),
        denominator=target_queries.named(targets) if against else None,
    )
