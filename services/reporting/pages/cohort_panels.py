"""Panels about cohorts: what was committed and came of it, who was proposed and refused, what is paid twice."""

from datetime import date

from services.chassis.postgres import Transaction
from services.reporting import cohort_queries, definitions, queries
from services.reporting.answers import Text
from services.reporting.pages import words
from services.reporting.pages.asked import Asked
from services.reporting.pages.panel import Column, Panel
from services.reporting.queries import Figure

REFUSALS_SHOWN_MAX = 40
UNKNOWN = Text("nomor belum diketahui", "number not known yet")
NOT_AGREED = Text(
    "Garis: tidak ada yang disetujui atau dibatasi, bukan nol.",
    "A dash: nothing was agreed or limited, which is not nil.",
)

SEGMENT = Column("segment", Text("Segmen", "Segment"), "name")


async def _funnel(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    _, total = await cohort_queries.funnel(tx, day, asked.known, ["cohort"], asked.area, None)
    return [{"step": step, "workers": total[step]} for step in cohort_queries.STEPS]


async def _refusals(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    rows, _ = await cohort_queries.funnel(tx, day, asked.known, ["cohort"], asked.area, None)
    found = [
        {"cohort_name": row["cohort_name"], "reason": reason, "workers": workers}
        for row in rows
        for reason, workers in row["refused_for"].items()
    ]
    return sorted(found, key=lambda row: -row["workers"])[:REFUSALS_SHOWN_MAX]


async def _commitments(tx: Transaction, _day: date, asked: Asked) -> list[Figure]:
    rows, _ = await queries.commitments(tx, None, asked.known, ["year", "phase", "funding"])
    return [
        row
        | {name: row[name] or None for name in ("places", "person_months")}
        | {"budget_idr": row["budget_idr"] if row["cohorts_without_budget"] < row["cohorts"] else None}
        for row in rows
    ]


async def _double_funding(tx: Transaction, _day: date, asked: Asked) -> list[Figure]:
    rows, _ = await cohort_queries.double_funding(tx, asked.known, asked.area)
    return rows


async def _legal_bases(tx: Transaction, _day: date, asked: Asked) -> list[Figure]:
    rows, _ = await queries.legal_bases(tx, None, asked.known)
    unknown = words.say(UNKNOWN, asked.lang)
    return [row | {"remark": unknown if row["placeholder"] else None} for row in rows]


async def _cohorts(tx: Transaction, _day: date, asked: Asked) -> list[Figure]:
    rows, _ = await cohort_queries.cohorts(tx, asked.known, None, None)
    shown = [row | {"places": row["places"] or None} for row in rows]
    return sorted(shown, key=lambda row: (-row["year"], row["cohort_name"] or ""))


FUNNEL = Panel(
    "funnel",
    Text("Dari usulan sampai perlindungan", "From proposal to cover"),
    Text("pekerja", "workers"),
    definitions.FUNNEL,
    (
        Column("step", Text("Langkah", "Step"), "name"),
        Column("workers", Text("Pekerja", "Workers"), "people"),
    ),
    _funnel,
    {"kind": "bars", "y": "step", "x": "workers"},
    "/v1/funnel · bi.funnel()",
    (
        Text(
            "Yang didaftarkan langsung, tanpa daftar usulan, baru tampak mulai langkah Dibayar.",
            "Whoever was enrolled directly, without a proposed list, appears from the step Paid on.",
        ),
    ),
)
REFUSALS = Panel(
    "refusals",
    Text("Mengapa ditolak", "Why refused"),
    Text("pekerja", "workers"),
    definitions.FUNNEL,
    (
        Column("cohort_name", Text("Kelompok", "Cohort"), "text"),
        Column("reason", Text("Alasan", "Reason"), "name"),
        Column("workers", Text("Pekerja", "Workers"), "people"),
    ),
    _refusals,
    None,
    "/v1/funnel · bi.funnel()",
    empty=Text("Tidak ada pekerja yang ditolak.", "No worker was refused."),
)
COMMITMENTS = Panel(
    "commitments",
    Text("Komitmen dan realisasi", "Commitments and what came of them"),
    Text("tempat dan kepesertaan", "places and memberships"),
    definitions.COMMITMENTS,
    (
        Column("year", Text("Tahun", "Year"), "text"),
        Column("phase", Text("Tahap", "Phase"), "text"),
        Column("funding", Text("Sumber dana", "Funding"), "name"),
        Column("places", Text("Tempat", "Places"), "number"),
        Column("enrolled", Text("Terdaftar", "Enrolled"), "number"),
        Column("person_months", Text("Orang-bulan", "Person-months"), "number"),
        Column("budget_idr", Text("Anggaran", "Budget"), "rupiah"),
    ),
    _commitments,
    None,
    "/v1/commitments · bi.commitments",
    (NOT_AGREED,),
    whole=True,
)
DOUBLE_FUNDING = Panel(
    "double-funding",
    Text("Dibayar dua kali", "Paid twice"),
    Text("temuan", "findings"),
    definitions.DOUBLE_FUNDING,
    (
        Column("state", Text("Keadaan", "State"), "name"),
        Column("findings", Text("Temuan", "Findings"), "number"),
        Column("person_months", Text("Orang-bulan", "Person-months"), "number"),
        Column("without_end", Text("Temuan tanpa akhir", "Findings without end"), "number"),
    ),
    _double_funding,
    None,
    "/v1/double-funding · bi.double_funding()",
    empty=Text("Tidak ada pekerja yang ditemukan dibayar dua kali.", "No worker was found to be paid for twice."),
)
COHORTS = Panel(
    "cohorts",
    Text("Kelompok", "Cohorts"),
    Text("kelompok", "cohorts"),
    definitions.COHORTS,
    (
        Column("cohort_name", Text("Nama", "Name"), "text"),
        Column("year", Text("Tahun", "Year"), "text"),
        Column("state", Text("Keadaan", "State"), "cohort_state"),
        SEGMENT,
        Column("funding", Text("Sumber dana", "Funding"), "name"),
        Column("places", Text("Tempat", "Places"), "number"),
        Column("owner_office", Text("Kantor", "Office"), "text"),
    ),
    _cohorts,
    None,
    "/v1/cohorts · bi.cohorts()",
    (NOT_AGREED,),
    whole=True,
)
LEGAL_BASES = Panel(
    "legal-bases",
    Text("Dasar hukum", "Legal bases"),
    Text("peraturan", "regulations"),
    definitions.LEGAL_BASES,
    (
        Column("title", Text("Peraturan", "Regulation"), "text"),
        Column("remark", Text("Keterangan", "Remark"), "text"),
        Column("cohorts", Text("Kelompok", "Cohorts"), "number"),
    ),
    _legal_bases,
    None,
    "/v1/legal-bases",
    whole=True,
)
PANELS = (COMMITMENTS, COHORTS, FUNNEL, REFUSALS, DOUBLE_FUNDING, LEGAL_BASES)
