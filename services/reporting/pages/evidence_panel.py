"""The evidence files for the Paritrana Award, year by year, in the form in which each is final if that can be."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from services.chassis.postgres import Transaction
from services.reporting import answers, cohort_queries, definitions, target_queries
from services.reporting.answers import Text
from services.reporting.pages import words
from services.reporting.pages.asked import DENOMINATORS_MAX, Asked
from services.reporting.pages.panel import YEAR, Column, Panel
from services.reporting.queries import Figure

FORECAST = Text(
    "Tahun belum berakhir: perkiraan per 31 Desember", "The year is not over: a forecast as of its 31 December"
)


def last_whole_year(day: date) -> int:
    """Give the newest year that is over by the end of the day."""
    return (day + timedelta(days=1)).year - 1


def links(year: int, known_at: datetime | None, area: str | None, denominators: Sequence[Figure]) -> dict[str, Any]:
    """Give the addresses of both forms of a year's file; with a known-at time they stand for the same file for ever."""
    named = target_queries.named(denominators)
    asked = {
        "known_at": [known_at.isoformat()] if known_at else [],
        "area": [area] if area else [],
        "denominator": named if len(named) <= DENOMINATORS_MAX else [],
    }
    return {form: f"/v1/evidence/{year}.{form}?{urlencode(asked, doseq=True)}" for form in ("pdf", "xlsx")}


async def _years(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    known_at = asked.known or (await answers.completeness(tx, asked.known)).final_until
    denominators = await target_queries.targets(tx, asked.denominator)
    committed, _ = await cohort_queries.commitments(tx, None, day, asked.known, ["year"])
    whole = last_whole_year(day)
    first = min([whole, *(row["year"] for row in committed if row["year"] is not None)])
    return [
        {"year": str(year), "remark": words.say(FORECAST, asked.lang) if year > whole else None}
        | links(year, known_at, asked.area, denominators)
        for year in range(day.year, first - 1, -1)
    ]


EVIDENCE = Panel(
    "evidence",
    Text("Berkas bukti Paritrana Award", "Evidence files for the Paritrana Award"),
    Text("berkas", "files"),
    definitions.EVIDENCE,
    (
        YEAR,
        Column("pdf", Text("Dokumen", "Document"), "file"),
        Column("xlsx", Text("Buku kerja", "Workbook"), "file"),
        Column("remark", Text("Keterangan", "Remark"), "text"),
    ),
    _years,
    None,
    "/docs",
    changing=definitions.NEWEST_DENOMINATOR,
    against_targets=True,
)
