"""Panels about claims: how they stand, how long payment takes, what is late, owed ahead, in doubt or taken back."""

from datetime import date

from services.chassis.postgres import Transaction
from services.reporting import claim_queries, definitions
from services.reporting.answers import Text
from services.reporting.pages.asked import Asked
from services.reporting.pages.panel import (
    AMOUNT,
    CLAIMS,
    PAYMENTS,
    PEOPLE,
    PROGRAMME,
    THIS_YEAR,
    YEAR,
    Column,
    Panel,
    this_year,
)
from services.reporting.queries import Figure

OF_CLAIMS = Text("klaim", "claims")
STAGES = ("reported", "pended", "submitted", "decided", "ordered", "returned", "paid", "denied")
"""In the order of the way."""
STAGE = Column("stage", Text("Tahap", "Stage"), "name")
OUTSTANDING = Column("outstanding_idr", Text("Belum dibayar", "Outstanding"), "rupiah")


async def _by_stage(tx: Transaction, day: date, asked: Asked, *, overdue: bool) -> list[Figure]:
    rows, _ = await claim_queries.standing(tx, day, asked.known, ["stage", "programme"], asked.area, overdue=overdue)
    return sorted(rows, key=lambda row: STAGES.index(row["stage"]))


async def _standing(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    return await _by_stage(tx, day, asked, overdue=False)


async def _overdue(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    return await _by_stage(tx, day, asked, overdue=True)


async def _time_to_payment(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    rows, _ = await claim_queries.time_to_payment(tx, *this_year(day), asked.known, ["programme"], asked.area)
    return rows


async def _obligations(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    rows, _ = await claim_queries.obligations(tx, day, asked.known, ["year"], asked.area)
    return [row | {"year": str(row["year"])} for row in rows]


async def _reviews(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    rows, _ = await claim_queries.reviews(tx, day, asked.known, ["programme", "would_be_outcome"])
    return rows


async def _voided(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    rows, _ = await claim_queries.voided(tx, *this_year(day), asked.known, ["voided_for"])
    return rows


PANELS = (
    Panel(
        "claims",
        Text("Klaim menurut tahap", "Claims by stage"),
        OF_CLAIMS,
        definitions.CLAIMS,
        (STAGE, PROGRAMME, CLAIMS, PEOPLE, Column("overdue", Text("Terlambat", "Overdue"), "number"), OUTSTANDING),
        _standing,
        {"kind": "bars", "y": "stage", "x": "claims"},
        "/v1/claims · bi.claims()",
        empty=Text(
            "Tidak ada klaim yang dilaporkan sampai tanggal laporan.",
            "No claim was reported by the day asked for.",
        ),
    ),
    Panel(
        "overdue",
        Text("Klaim yang terlambat", "Claims overdue"),
        OF_CLAIMS,
        definitions.CLAIMS_OVERDUE,
        (
            STAGE,
            PROGRAMME,
            CLAIMS,
            PEOPLE,
            OUTSTANDING,
            Column("days_late_max", Text("Hari terlambat, terlama", "Days late, longest"), "number"),
        ),
        _overdue,
        {"kind": "bars", "y": "stage", "x": "claims"},
        "/v1/claims-overdue · bi.claims()",
        empty=Text(
            "Tidak ada klaim yang terlambat pada tanggal laporan.",
            "No claim is overdue on the day asked for.",
        ),
    ),
    Panel(
        "time-to-payment",
        Text("Waktu sampai dibayar", "Time until paid"),
        Text("hari kalender", "calendar days"),
        definitions.TIME_TO_PAYMENT,
        (
            PROGRAMME,
            PAYMENTS,
            Column("days_p50", Text("Hari, median", "Days, median"), "number"),
            Column("days_p90", Text("Hari, 90 persen", "Days, 90 percent"), "number"),
            Column("days_max", Text("Hari, terlama", "Days, longest"), "number"),
            Column("with_clock", Text("Dengan batas", "With a limit"), "number"),
            Column("in_time", Text("Tepat waktu", "In time"), "number"),
            Column("in_time_percent", Text("Bagian tepat waktu", "Share in time"), "percent"),
        ),
        _time_to_payment,
        {"kind": "bars", "y": "programme", "x": "days_p50"},
        "/v1/time-to-payment · bi.time_to_payment()",
        notes=(THIS_YEAR,),
        empty=Text(
            "Tidak ada manfaat yang dibayarkan dari 1 Januari sampai tanggal laporan.",
            "No benefit was paid from 1 January to the day asked for.",
        ),
    ),
    Panel(
        "obligations",
        Text("Beasiswa yang akan jatuh tempo", "Scholarships ahead"),
        Text("rupiah", "rupiah"),
        definitions.OBLIGATIONS,
        (
            YEAR,
            Column("obligations", Text("Tahun sekolah", "Years of school"), "number"),
            Column("children", Text("Anak", "Children"), "number"),
            CLAIMS,
            AMOUNT,
        ),
        _obligations,
        {"kind": "bars", "y": "year", "x": "amount_idr"},
        "/v1/obligations · bi.claims(), bi.claim_obligations",
        empty=Text(
            "Tidak ada beasiswa yang akan jatuh tempo.",
            "No scholarship falls due on the day or later.",
        ),
    ),
    Panel(
        "reviews",
        Text("Keputusan yang perlu ditinjau", "Decisions to be reviewed"),
        OF_CLAIMS,
        definitions.REVIEWS,
        (
            PROGRAMME,
            Column("would_be_outcome", Text("Keputusan seharusnya", "Outcome as it would be"), "name"),
            CLAIMS,
            Column("more_idr", Text("Lebih banyak", "More"), "rupiah"),
            Column("less_idr", Text("Lebih sedikit", "Less"), "rupiah"),
            Column("days_open_max", Text("Hari terbuka, terlama", "Days open, longest"), "number"),
        ),
        _reviews,
        {"kind": "bars", "y": ["programme", "would_be_outcome"], "x": "claims"},
        "/v1/reviews · bi.reviews()",
        whole=True,
        empty=Text(
            "Tidak ada keputusan yang perlu ditinjau pada tanggal laporan.",
            "No decision is to be reviewed on the day asked for.",
        ),
    ),
    Panel(
        "voided",
        Text("Klaim yang dibatalkan", "Claims voided"),
        OF_CLAIMS,
        definitions.CLAIMS_VOIDED,
        (
            Column("voided_for", Text("Sebab", "Cause"), "voided_for"),
            CLAIMS,
            Column("claims_paid", Text("Sudah dibayar", "Paid already"), "number"),
            Column("to_recover_idr", Text("Harus kembali", "Owed back"), "rupiah"),
        ),
        _voided,
        {"kind": "bars", "y": "voided_for", "x": "claims"},
        "/v1/claims-voided · bi.claims_voided()",
        notes=(THIS_YEAR,),
        whole=True,
        empty=Text(
            "Tidak ada klaim yang dibatalkan dari 1 Januari sampai tanggal laporan.",
            "No claim was voided from 1 January to the day asked for.",
        ),
    ),
)
