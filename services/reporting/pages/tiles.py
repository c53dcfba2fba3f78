"""The figures that stand first on the overview, and where the evidence file of the year is."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from services.chassis.postgres import Transaction
from services.reporting import queries, target_queries
from services.reporting.answers import Completeness
from services.reporting.pages import evidence_panel, words
from services.reporting.pages.asked import Asked
from services.reporting.pages.panels import BY_VILLAGE, CLAIMS_PAID, OVER_TIME, RATIOS
from services.reporting.queries import Figure, Where

SOON = timedelta(days=90)
TOLD_BY = {"people": BY_VILLAGE, "ratio": RATIOS, "soon": OVER_TIME, "paid": CLAIMS_PAID}
"""The question of which a figure is the short answer: its definition is that of the figure."""


async def ask(
    tx: Transaction, day: date, asked: Asked, complete: Completeness, denominators: Sequence[Figure]
) -> dict[str, Any]:
    """Give the figures, and the denominator of the ratio with its version."""
    people = sum(row["people"] for row in await queries.protected(tx, day, asked.known, [], Where(asked.area)))
    soon = sum(row["people"] for row in await queries.protected(tx, day + SOON, asked.known, [], Where(asked.area)))
    year = date(day.year, 1, 1)
    _, paid = await queries.claims_paid(tx, year, day + timedelta(days=1), asked.known, [], asked.area)
    target = denominator_of(asked.area, denominators, day)
    ratio = None
    if target is not None:
        (found,) = await target_queries.coverage_ratios(tx, day, asked.known, [target])
        elsewhere = target["area_code"] != asked.area
        ratio = target | found | {"of_area": words.area(target["area_code"], asked.lang) if elsewhere else None}
    evidence_of = evidence_panel.last_whole_year(day)
    known_at = asked.known or complete.final_until
    evidence = {"year": evidence_of} | evidence_panel.links(evidence_of, known_at, asked.area, denominators)
    figures = {"people": people, "soon": soon, "soon_on": day + SOON, "paid": paid, "ratio": ratio}
    return figures | {"evidence": evidence, "told_by": TOLD_BY}


def denominator_of(area: str | None, targets: Sequence[Figure], day: date) -> Figure | None:
    """Choose the target that the people of an area are held against; None where there is none.

    It is that of the area itself, else of the nearest area that it lies in. Where no area is chosen it is that of the
    greatest area, if there is one that is greater than all others. Of several, the last that was true by the day.
    """
    within = [
        each
        for each in targets
        if each["area_code"] and (area is None or f"{area}.".startswith(f"{each['area_code']}."))
    ]
    sizes = [len(each["area_code"]) for each in within]
    nearest = [each for each in within if len(each["area_code"]) == (min(sizes) if area is None else max(sizes))]
    if len({each["area_code"] for each in nearest}) != 1:
        return None
    return max(nearest, key=lambda each: (each["valid_on"] <= day, each["valid_on"], each["id"]))
