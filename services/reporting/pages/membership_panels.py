"""Panels by cohort: who is protected by which, and its memberships with those that are suspended or in grace."""

from datetime import date
from typing import Any

from services.chassis.postgres import Transaction
from services.reporting import definitions, queries
from services.reporting.answers import Text
from services.reporting.pages.asked import Asked
from services.reporting.pages.panel import COHORT, OF_PEOPLE, PEOPLE, Column, Panel
from services.reporting.queries import Figure, Where

STATES = ("in_force", "suspended", "grace")


async def _by_cohort(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    rows = await queries.protected(tx, day, asked.known, ["cohort"], Where(asked.area))
    return sorted(rows, key=lambda row: -row["people"])


async def _memberships(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    found: dict[Any, Figure] = {}
    for state in STATES:
        for row in await queries.memberships(tx, day, asked.known, ["cohort"], Where(asked.area), state):
            nothing = {"cohort_name": row["cohort_name"], **dict.fromkeys(STATES, 0)}
            found.setdefault(row["cohort"], nothing)[state] = row["memberships"]
    rows = [row | {"memberships": sum(row[state] for state in STATES)} for row in found.values()]
    return sorted(rows, key=lambda row: -row["memberships"])


PANELS = (
    Panel(
        "by-cohort",
        Text("Menurut kelompok", "By cohort"),
        OF_PEOPLE,
        definitions.PROTECTED,
        (COHORT, PEOPLE),
        _by_cohort,
        {"kind": "bars", "y": "cohort_name", "x": "people"},
        "/v1/protected?by=cohort · bi.protected()",
        empty=Text(
            "Tidak ada orang yang dilindungi di wilayah ini pada tanggal laporan.",
            "Nobody is protected in this area on the day asked for.",
        ),
    ),
    Panel(
        "memberships",
        Text("Kepesertaan", "Memberships"),
        Text("kepesertaan", "memberships"),
        definitions.MEMBERSHIPS,
        (
            COHORT,
            Column("memberships", Text("Kepesertaan", "Memberships"), "number"),
            Column("in_force", Text("Berlaku", "In force"), "number"),
            Column("suspended", Text("Ditangguhkan", "Suspended"), "number"),
            Column("grace", Text("Dalam masa tenggang", "In grace"), "number"),
        ),
        _memberships,
        {"kind": "bars", "y": "cohort_name", "x": "memberships", "parts": list(STATES)},
        "/v1/memberships · bi.memberships()",
        empty=Text(
            "Tidak ada kepesertaan di wilayah ini pada tanggal laporan.",
            "There is no membership in this area on the day asked for.",
        ),
    ),
)
