"""Why a figure is another one now than it was: the changes behind it, as people see them."""

from datetime import date, datetime
from typing import Any

from services.chassis import clock
from services.chassis.clock import BUSINESS_ZONE
from services.chassis.postgres import Transaction
from services.reporting import change_queries, definitions
from services.reporting.answers import Text
from services.reporting.pages.asked import Asked
from services.reporting.pages.panel import (
    AMOUNT,
    COHORT,
    FUNDING,
    OF_PEOPLE,
    PEOPLE,
    PROGRAMME,
    SEGMENT,
    Column,
    Panel,
    this_year,
)
from services.reporting.queries import Figure, Where

SHOWN_MAX = 200
ADDS = ("coverage_started", "coverage_renewed")

WHAT = Column("what", Text("Apa", "What"), "change")
KNOWN_AT = Column("known_at", Text("Diketahui pada", "Known at"), "time")
ADDS_UP = Text(
    "Baris pertama ditambah perubahan di bawahnya sama dengan baris terakhir.",
    "The first row and the changes below it add up to the last row.",
)
NET = Text(
    "Perubahan oleh peristiwa yang sama, dicatat pada hari yang sama, dalam kelompok, desa, segmen dan sumber dana yang"
    " sama adalah satu baris; yang saling meniadakan tidak ditampilkan. “Berlaku sejak” kosong bila harinya lebih dari"
    " satu.",
    "Changes by the same kind of happening, learned on the same day, in the same cohort, village, segment and funding"
    " are one row; those that cancel each other are not shown. “Counts from” is empty where there are several days.",
)


async def _since(tx: Transaction, asked: Asked) -> datetime:
    if asked.since is not None:
        return asked.since
    day = asked.known.astimezone(BUSINESS_ZONE).date() if asked.known else await clock.business_date(tx)
    return clock.at_midnight(day.replace(day=1))


async def _adding_up(
    tx: Transaction, changes: list[Figure], total: Figure, unit: str, since: datetime, known: datetime | None
) -> list[Figure]:
    """Put the figures before and after around the changes; what is not listed one by one is a row too."""
    others = total["change"] - sum(change[unit] for change in changes)
    return [
        {"what": "before", unit: total["before"], "known_at": since},
        *changes,
        *([{"what": "others", unit: others}] if others else []),
        {"what": "after", unit: total["after"], "known_at": known or await clock.now(tx)},
    ]


async def _protected(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    since = await _since(tx, asked)
    found, total = await change_queries.protected(tx, day, since, asked.known, Where(asked.area))
    changes = [_learned(row) for row in net(found)[:SHOWN_MAX]]
    return await _adding_up(tx, changes, total, "people", since, asked.known)


def net(changes: list[Figure]) -> list[Figure]:
    """Add up changes that differ only in the day they count from, as the start of an old period and its end do."""
    found: dict[tuple[Any, ...], Figure] = {}
    for row in changes:
        same = tuple(value for name, value in row.items() if name not in {"counts_from", "people"})
        before = found.setdefault(same, row | {"people": 0})
        day = row["counts_from"] if before["counts_from"] == row["counts_from"] else None
        found[same] = before | {"people": before["people"] + row["people"], "counts_from": day}
    return [row for row in found.values() if row["people"]]


def _learned(row: Figure) -> Figure:
    """Say of fewer people that what the fact told of ends: enrolling nobody takes anybody away."""
    ends = row["people"] < 0 and row["fact"] in ADDS
    return row | {"what": "learned", "fact": f"{row['fact']}_ends" if ends else row["fact"]}


async def _claims_paid(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    since, period = await _since(tx, asked), this_year(day)
    found, total = await change_queries.claims_paid(tx, *period, since, asked.known, asked.area)
    changes = [row | {"what": row["because"]} for row in found[:SHOWN_MAX]]
    return await _adding_up(tx, changes, total, "amount_idr", since, asked.known)


WHY_PROTECTED = Panel(
    "why-protected-changed",
    Text("Mengapa jumlah yang dilindungi berubah", "Why the number of protected changed"),
    OF_PEOPLE,
    definitions.PROTECTED_CHANGES,
    (
        WHAT,
        KNOWN_AT,
        PEOPLE,
        Column("fact", Text("Peristiwa", "What happened"), "fact"),
        Column("learned_on", Text("Dicatat pada", "Learned on"), "day"),
        Column("counts_from", Text("Berlaku sejak", "Counts from"), "day"),
        COHORT,
        Column("village_name", Text("Desa", "Village"), "text"),
        SEGMENT,
        FUNDING,
    ),
    _protected,
    None,
    "/v1/protected/changes · bi.protected_changes()",
    compares=True,
    notes=(ADDS_UP, NET),
)
WHY_PAID = Panel(
    "why-paid-changed",
    Text("Mengapa jumlah manfaat tahun ini berubah", "Why the benefits paid this year changed"),
    Text("rupiah", "rupiah"),
    definitions.CLAIMS_PAID_CHANGES,
    (
        WHAT,
        KNOWN_AT,
        AMOUNT,
        Column("paid_on", Text("Dibayar pada", "Paid on"), "day"),
        PROGRAMME,
        SEGMENT,
        Column("area", Text("Wilayah", "Area"), "area"),
    ),
    _claims_paid,
    None,
    "/v1/claims-paid/changes · bi.payments()",
    compares=True,
    notes=(ADDS_UP,),
)
PANELS = (WHY_PROTECTED, WHY_PAID)
