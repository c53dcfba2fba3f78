"""Panels about cohorts: what was committed and came of it, who was proposed and refused, what moved, what is twice."""

from datetime import date

from services.chassis.clock import BUSINESS_ZONE
from services.chassis.postgres import Transaction
from services.reporting import cohort_queries, definitions
from services.reporting.answers import Text
from services.reporting.pages import words
from services.reporting.pages.asked import Asked
from services.reporting.pages.panel import COHORT, FUNDING, PERSON_MONTHS, SEGMENT, YEAR, Column, Panel
from services.reporting.queries import Figure

UNKNOWN = Text("nomor belum diketahui", "number not known yet")
NOT_AGREED = Text(
    "Garis: tidak ada yang disetujui atau dibatasi, bukan nol.",
    "A dash: nothing was agreed or limited, which is not nil.",
)
POOL = Text("tempat bersama", "common pool")


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
    return sorted(found, key=lambda row: -row["workers"])


async def _commitments(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    rows, _ = await cohort_queries.commitments(tx, None, day, asked.known, ["year", "phase", "funding"])
    return [
        row
        | {name: row[name] or None for name in ("places", "person_months")}
        | {"budget_idr": row["budget_idr"] if row["cohorts_without_budget"] < row["cohorts"] else None}
        for row in rows
    ]


async def _places_reallocated(tx: Transaction, _day: date, asked: Asked) -> list[Figure]:
    rows, _ = await cohort_queries.places_reallocated(tx, asked.known, None)
    pool = words.say(POOL, asked.lang)
    names = ("from_village_name", "to_village_name")
    return [
        row
        | {"told_on": row["recorded_at"].astimezone(BUSINESS_ZONE).date()}
        | {name: row[name] or row[name.removesuffix("_name")] or pool for name in names}
        for row in rows
    ]


async def _double_funding(tx: Transaction, _day: date, asked: Asked) -> list[Figure]:
    rows, _ = await cohort_queries.double_funding(tx, asked.known, asked.area)
    return rows


async def _legal_bases(tx: Transaction, _day: date, asked: Asked) -> list[Figure]:
    rows, _ = await cohort_queries.legal_bases(tx, None, asked.known)
    unknown = words.say(UNKNOWN, asked.lang)
    return [row | {"remark": unknown if row["placeholder"] else None} for row in rows]


async def _cohorts(tx: Transaction, _day: date, asked: Asked) -> list[Figure]:
    rows, _ = await cohort_queries.cohorts(tx, asked.known, None, None)
    shown = [row | {"places": row["places"] or None} for row in rows]
    return sorted(shown, key=lambda row: (-row["year"], row["cohort_name"] or ""))


EVER = Text(
    "Terdaftar dan Dibayar: semua yang diketahui, juga yang berlaku sesudah tanggal laporan.",
    "Enrolled and Paid: all that is known, also what begins after the day asked for.",
)
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
        EVER,
    ),
)
REFUSALS = Panel(
    "refusals",
    Text("Mengapa ditolak", "Why refused"),
    Text("pekerja", "workers"),
    definitions.FUNNEL,
    (
        COHORT,
        Column("reason", Text("Alasan", "Reason"), "name"),
        Column("workers", Text("Pekerja", "Workers"), "people"),
    ),
    _refusals,
    {"kind": "bars", "y": "reason", "x": "workers"},
    "/v1/funnel · bi.funnel()",
    empty=Text("Tidak ada pekerja yang ditolak.", "No worker was refused."),
)
COMMITMENTS = Panel(
    "commitments",
    Text("Komitmen dan realisasi", "Commitments and what came of them"),
    Text("kepesertaan, orang-bulan dan rupiah", "memberships, person-months and rupiah"),
    definitions.COMMITMENTS,
    (
        YEAR,
        Column("phase", Text("Tahap", "Phase"), "text"),
        FUNDING,
        Column("places", Text("Tempat disetujui", "Places approved"), "number"),
        Column("enrolled", Text("Terdaftar", "Enrolled"), "number"),
        Column("person_months", Text("Orang-bulan disetujui", "Person-months approved"), "number"),
        Column("months_realised", Text("Orang-bulan terealisasi", "Person-months realised"), "number"),
        Column("months_without_limit", Text("Di antaranya tanpa batas", "Of these without a limit"), "number"),
        Column("months_left", Text("Orang-bulan tersisa", "Person-months left"), "number"),
        Column("budget_idr", Text("Anggaran", "Budget"), "rupiah"),
    ),
    _commitments,
    {"kind": "pairs", "y": ["year", "phase", "funding"], "x": "enrolled", "against": "places"},
    "/v1/commitments · bi.commitments()",
    (NOT_AGREED, EVER),
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
        PERSON_MONTHS,
        Column("without_end", Text("Temuan tanpa akhir", "Findings without end"), "number"),
    ),
    _double_funding,
    {"kind": "bars", "y": "state", "x": "findings"},
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
        YEAR,
        Column("state", Text("Keadaan", "State"), "cohort_state"),
        SEGMENT,
        FUNDING,
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
    "/v1/legal-bases · bi.legal_bases()",
    whole=True,
)
PLACES_REALLOCATED = Panel(
    "places-reallocated",
    Text("Tempat yang dipindahkan", "Places moved"),
    Text("tempat", "places"),
    definitions.PLACES_REALLOCATED,
    (
        COHORT,
        Column("from_village_name", Text("Dari", "From"), "text"),
        Column("to_village_name", Text("Ke", "To"), "text"),
        Column("places", Text("Tempat", "Places"), "number"),
        Column("told_on", Text("Dicatat pada", "Recorded on"), "day"),
    ),
    _places_reallocated,
    None,
    "/v1/places-reallocated · bi.places_reallocated",
    whole=True,
    empty=Text("Tidak ada tempat yang dipindahkan.", "No place was moved."),
)
PANELS = (COMMITMENTS, COHORTS, FUNNEL, REFUSALS, PLACES_REALLOCATED, DOUBLE_FUNDING, LEGAL_BASES)
