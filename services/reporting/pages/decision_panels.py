"""Panels about decisions on claims: how they came out, month by month, for whom, where, and why not in full."""

from datetime import date

from services.chassis.postgres import Transaction
from services.reporting import claim_queries, definitions
from services.reporting.answers import Text
from services.reporting.pages.asked import Asked
from services.reporting.pages.panel import (
    CLAIMS,
    MONTH,
    PEOPLE,
    PROGRAMME,
    SEGMENT,
    THIS_YEAR,
    VILLAGE,
    Column,
    Panel,
    this_year,
)
from services.reporting.queries import Figure

OF_CLAIMS = Text("klaim", "claims")
OUTCOME = Column("outcome", Text("Keputusan", "Outcome"), "name")
GRANTED = Column("amount_idr", Text("Nilai yang dikabulkan", "Amount granted"), "rupiah")
OUTCOMES = (
    Column("approved", Text("Dikabulkan", "Approved"), "number"),
    Column("partially_approved", Text("Dikabulkan sebagian", "Approved in part"), "number"),
    Column("denied", Text("Ditolak", "Denied"), "number"),
)
NOTHING_DECIDED = Text(
    "Tidak ada klaim yang diputuskan dari 1 Januari sampai tanggal laporan.",
    "No claim was decided from 1 January to the day asked for.",
)


async def _decided(tx: Transaction, day: date, asked: Asked, by: list[str]) -> list[Figure]:
    rows, _ = await claim_queries.decided(tx, *this_year(day), asked.known, by, asked.area)
    return rows


async def _by_month(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    rows = await _decided(tx, day, asked, ["month", "programme", "outcome"])
    found = [row | {"month": date.fromisoformat(f"{row['month']}-01")} for row in rows]
    return sorted(found, key=lambda row: (row["month"], row["programme"], row["outcome"]))


async def _by_segment(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    return sorted(await _decided(tx, day, asked, ["segment"]), key=lambda row: -row["claims"])


async def _by_area(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    return await _decided(tx, day, asked, ["district", "village"])


async def _reasons(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    found = [
        {"programme": row["programme"], "outcome": outcome, "reason": reason, "claims": claims}
        for row in await _decided(tx, day, asked, ["programme"])
        for outcome, reasons in (("denied", row["denied_for"]), ("partially_approved", row["reduced_for"]))
        for reason, claims in reasons.items()
    ]
    return sorted(found, key=lambda row: -row["claims"])


PANELS = (
    Panel(
        "decisions",
        Text("Keputusan klaim", "Decisions on claims"),
        OF_CLAIMS,
        definitions.CLAIMS_DECIDED,
        (MONTH, PROGRAMME, OUTCOME, CLAIMS, PEOPLE, GRANTED),
        _by_month,
        {"kind": "columns", "x": "month", "y": "claims", "series": "outcome"},
        "/v1/claims-decided · bi.claims()",
        notes=(THIS_YEAR,),
        empty=NOTHING_DECIDED,
    ),
    Panel(
        "decisions-by-segment",
        Text("Keputusan menurut segmen", "Decisions by segment"),
        OF_CLAIMS,
        definitions.CLAIMS_DECIDED,
        (SEGMENT, CLAIMS, *OUTCOMES, PEOPLE, GRANTED),
        _by_segment,
        {"kind": "bars", "y": "segment", "x": "claims", "parts": ["approved", "partially_approved", "denied"]},
        "/v1/claims-decided?by=segment · bi.claims()",
        notes=(THIS_YEAR,),
        empty=NOTHING_DECIDED,
    ),
    Panel(
        "decisions-by-area",
        Text("Keputusan menurut wilayah", "Decisions by area"),
        OF_CLAIMS,
        definitions.CLAIMS_DECIDED,
        (*VILLAGE, CLAIMS, *OUTCOMES, PEOPLE, GRANTED),
        _by_area,
        {"kind": "map", "x": "village", "y": "claims", "label": "village_name"},
        "/v1/claims-decided?by=village · bi.claims()",
        notes=(THIS_YEAR,),
        empty=NOTHING_DECIDED,
    ),
    Panel(
        "denials",
        Text("Mengapa ditolak atau dikurangi", "Why denied or reduced"),
        OF_CLAIMS,
        definitions.CLAIMS_DECIDED,
        (Column("reason", Text("Alasan", "Reason"), "name"), OUTCOME, PROGRAMME, CLAIMS),
        _reasons,
        {"kind": "bars", "y": "reason", "x": "claims"},
        "/v1/claims-decided · bi.claims(), bi.claim_reasons",
        notes=(THIS_YEAR,),
        empty=Text(
            "Tidak ada klaim yang ditolak atau dikurangi dari 1 Januari sampai tanggal laporan.",
            "No claim was denied or reduced from 1 January to the day asked for.",
        ),
    ),
)
