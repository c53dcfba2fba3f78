"""Panels about benefits paid: for whom and where, beside the panel by month."""

from datetime import date

from services.chassis.postgres import Transaction
from services.reporting import definitions, queries
from services.reporting.answers import Text
from services.reporting.pages.asked import Asked
from services.reporting.pages.panel import (
    AMOUNT,
    CASES,
    PAYMENTS,
    PEOPLE,
    SEGMENT,
    THIS_YEAR,
    VILLAGE,
    Column,
    Panel,
    this_year,
)
from services.reporting.queries import Figure

RUPIAH = Text("rupiah", "rupiah")
NOTHING_PAID = Text(
    "Tidak ada manfaat yang dibayarkan dari 1 Januari sampai tanggal laporan.",
    "No benefit was paid from 1 January to the day asked for.",
)


async def _by_segment(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    rows, _ = await queries.claims_paid(tx, *this_year(day), asked.known, ["segment"], asked.area)
    return sorted(rows, key=lambda row: -row["amount_idr"])


async def _by_area(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    by = ["regency", "district", "village"]
    rows, _ = await queries.claims_paid(tx, *this_year(day), asked.known, by, asked.area)
    return rows


PANELS = (
    Panel(
        "paid-by-segment",
        Text("Manfaat tahun ini menurut segmen", "Benefits this year by segment"),
        RUPIAH,
        definitions.CLAIMS_PAID,
        (SEGMENT, AMOUNT, CASES, PEOPLE, PAYMENTS),
        _by_segment,
        {"kind": "bars", "y": "segment", "x": "amount_idr"},
        "/v1/claims-paid?by=segment · bi.payments()",
        notes=(THIS_YEAR,),
        empty=NOTHING_PAID,
    ),
    Panel(
        "paid-by-area",
        Text("Manfaat tahun ini menurut wilayah", "Benefits this year by area"),
        RUPIAH,
        definitions.CLAIMS_PAID,
        (Column("regency_name", Text("Kabupaten/kota", "Regency"), "text"), *VILLAGE, AMOUNT, CASES, PEOPLE, PAYMENTS),
        _by_area,
        {"kind": "map", "x": "village", "y": "amount_idr", "label": "village_name"},
        "/v1/claims-paid?by=village · bi.payments()",
        notes=(
            THIS_YEAR,
            Text(
                "Garis: berkas badan hanya menyebut wilayah yang lebih luas; itu tidak tampak pada peta.",
                "A dash: a file of the agency names a greater area only; that is not on the map.",
            ),
        ),
        empty=NOTHING_PAID,
    ),
)
