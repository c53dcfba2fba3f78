"""Panels about cards: how many were issued, and how many reached the workers, district by district."""

from datetime import date

from services.chassis.postgres import Transaction
from services.reporting import cohort_queries, definitions
from services.reporting.answers import Text
from services.reporting.pages.asked import Asked
from services.reporting.pages.panel import DISTRICT, THIS_YEAR, Column, Panel, this_year
from services.reporting.queries import Figure

CARDS = Column("cards", Text("Kartu", "Cards"), "number")
OF_CARDS = Text("kartu", "cards")


async def _issued(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    rows, _ = await cohort_queries.cards_issued(tx, *this_year(day), asked.known)
    return rows


async def _handed_over(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    rows, _ = await cohort_queries.cards(tx, *this_year(day), asked.known)
    return rows


PANELS = (
    Panel(
        "cards-issued",
        Text("Kartu yang diterbitkan", "Cards issued"),
        OF_CARDS,
        definitions.CARDS_ISSUED,
        (DISTRICT, CARDS),
        _issued,
        {"kind": "bars", "y": "district_name", "x": "cards"},
        "/v1/cards-issued · bi.cards_issued()",
        notes=(THIS_YEAR,),
        whole=True,
        empty=Text(
            "Tidak ada kartu yang diterbitkan dari 1 Januari sampai tanggal laporan.",
            "No card was issued from 1 January to the day asked for.",
        ),
    ),
    Panel(
        "cards",
        Text("Kartu yang diserahkan", "Cards handed over"),
        OF_CARDS,
        definitions.CARDS,
        (
            DISTRICT,
            CARDS,
            Column("to_workers", Text("Kepada pekerja", "To workers"), "number"),
            Column("to_representatives", Text("Kepada wakil", "To representatives"), "number"),
        ),
        _handed_over,
        {"kind": "bars", "y": "district_name", "x": "cards", "parts": ["to_workers", "to_representatives"]},
        "/v1/cards · bi.cards_handed_over()",
        notes=(THIS_YEAR,),
        whole=True,
        empty=Text(
            "Tidak ada kartu yang diserahkan dari 1 Januari sampai tanggal laporan.",
            "No card was handed over from 1 January to the day asked for.",
        ),
    ),
)
