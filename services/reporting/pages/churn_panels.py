"""Panels about churn: who came under protection, who lost it, and who is in a gap now."""

from datetime import date, timedelta

from services.chassis.postgres import Transaction
from services.reporting import churn_queries, definitions
from services.reporting.answers import Text
from services.reporting.pages.asked import Asked
from services.reporting.pages.panel import MONTH, OF_PEOPLE, PEOPLE, VILLAGE, Column, Panel
from services.reporting.queries import Figure

BEFORE = timedelta(days=365)
GAP_DAYS = 90


async def _churn(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    begin, until = (day - BEFORE).replace(day=1), day + timedelta(days=1)
    rows, _ = await churn_queries.churn(tx, begin, until, asked.known, ["month"], asked.area)
    return [row | {"month": date.fromisoformat(f"{row['month']}-01")} for row in rows]


async def _gaps(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    rows, _ = await churn_queries.gaps(tx, day, GAP_DAYS, asked.known, ["district", "village"], asked.area)
    return sorted(rows, key=lambda row: (-row["people"], row["village"]))


CHURN = Panel(
    "churn",
    Text("Keluar-masuk perlindungan", "Into protection and out of it"),
    OF_PEOPLE,
    definitions.CHURN,
    (
        MONTH,
        Column("joined", Text("Baru", "Joined"), "people"),
        Column("returned", Text("Kembali", "Returned"), "people"),
        Column("lapsed", Text("Berakhir", "Lapsed"), "people"),
        Column("died", Text("Meninggal", "Died"), "people"),
        Column("moved_in", Text("Pindah masuk", "Moved in"), "people"),
        Column("moved_out", Text("Pindah keluar", "Moved out"), "people"),
        Column("change", Text("Perubahan", "Change"), "people"),
        Column("renewed", Text("Diperpanjang", "Renewed"), "people"),
    ),
    _churn,
    {"kind": "flows", "x": "month", "up": ["joined", "returned"], "down": ["lapsed", "died"]},
    "/v1/churn · bi.churn()",
    empty=Text(
        "Tidak ada yang masuk atau keluar dalam dua belas bulan sebelum tanggal laporan.",
        "Nobody came or went in the twelve months before the day asked for.",
    ),
)
GAPS = Panel(
    "gaps",
    Text("Baru saja kehilangan perlindungan", "Without protection since lately"),
    OF_PEOPLE,
    definitions.GAPS,
    (*VILLAGE, PEOPLE),
    _gaps,
    {"kind": "map", "x": "village", "y": "people", "label": "village_name"},
    "/v1/gaps · bi.gaps()",
    notes=(
        Text(
            f"Yang dilindungi dalam {GAP_DAYS} hari sebelum tanggal laporan.",
            f"Those protected within {GAP_DAYS} days before the day asked for.",
        ),
    ),
    empty=Text(
        f"Tidak ada yang kehilangan perlindungan dalam {GAP_DAYS} hari sebelum tanggal laporan.",
        f"Nobody lost protection within {GAP_DAYS} days before the day asked for.",
    ),
)
