"""The questions that pages show: what each asks, which columns its rows have, and how it is drawn."""

from datetime import date, timedelta

from services.chassis.postgres import Transaction
from services.reporting import cohort_queries, definitions, queries
from services.reporting.answers import Text
from services.reporting.over_time import month_ends, protected_over_time, with_forecast
from services.reporting.pages import claim_panels, dictionary, honesty
from services.reporting.pages.asked import Asked
from services.reporting.pages.churn_panels import CHURN, GAPS
from services.reporting.pages.panel import Column, Panel
from services.reporting.queries import Figure, Where

BEFORE, AHEAD = timedelta(days=730), timedelta(days=366)
"""How far a line reaches back from the day, and ahead of it."""
REFUSALS_SHOWN_MAX = 40

PEOPLE = Text("orang", "people")
AREA = Column("village_name", Text("Desa", "Village"), "text")
DISTRICT = Column("district_name", Text("Kecamatan", "District"), "text")
HEADS = Column("people", Text("Orang", "People"), "people")
SEGMENT = Column("segment", Text("Segmen", "Segment"), "name")


async def _by_village(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    return await queries.protected(tx, day, asked.known, ["district", "village"], Where(asked.area))


async def _by(tx: Transaction, day: date, asked: Asked, part: str) -> list[Figure]:
    rows = await queries.protected(tx, day, asked.known, [part], Where(asked.area))
    return sorted(rows, key=lambda row: -row["people"])


async def _by_segment(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    return await _by(tx, day, asked, "segment")


async def _by_funding(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    return await _by(tx, day, asked, "funding")


async def _over_time(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    days = sorted({*month_ends(day - BEFORE, day + AHEAD), day})
    rows = await protected_over_time(tx, days, asked.known, asked.area)
    return with_forecast(rows, day)


async def _expiries(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    rows, _ = await queries.expiries(tx, day, day + AHEAD, asked.known)
    return [
        row
        | {
            "cohorts": "; ".join(
                f"{each['cohort_name'] or each['cohort']}: {each['memberships']}" for each in row["cohorts"]
            )
        }
        for row in rows
    ]


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


async def _claims_paid(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    begin = date(day.year, 1, 1)
    rows, _ = await queries.claims_paid(
        tx, begin, day + timedelta(days=1), asked.known, ["month", "programme"], asked.area
    )
    return [row | {"month": date.fromisoformat(f"{row['month']}-01")} for row in rows]


async def _commitments(tx: Transaction, _day: date, asked: Asked) -> list[Figure]:
    rows, _ = await queries.commitments(tx, None, asked.known, ["year", "phase", "funding"])
    return rows


async def _ratios(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    rows = []
    for target in await queries.targets(tx):
        found: Figure = {
            "name": target["name"],
            "value": target["value"],
            "scope": target["scope"],
            "source": f"{target['source']}, {target['source_date']}",
            "people": None,
            "percent": None,
        }
        if target["area_code"] is not None:
            figures = await queries.protected(tx, day, asked.known, [], Where(target["area_code"]))
            found["people"] = sum(figure["people"] for figure in figures)
            found["percent"] = round(100 * found["people"] / target["value"], 2)
        rows.append(found)
    return rows


async def _double_funding(tx: Transaction, _day: date, asked: Asked) -> list[Figure]:
    rows, _ = await cohort_queries.double_funding(tx, asked.known)
    return rows


async def _legal_bases(tx: Transaction, _day: date, asked: Asked) -> list[Figure]:
    rows, _ = await queries.legal_bases(tx, None, asked.known)
    return rows


async def _cohorts(tx: Transaction, _day: date, asked: Asked) -> list[Figure]:
    rows, _ = await cohort_queries.cohorts(tx, asked.known, None, None)
    return rows


OVER_TIME = Panel(
    "over-time",
    Text("Perlindungan dari waktu ke waktu", "Protection over time"),
    PEOPLE,
    definitions.OVER_TIME,
    (
        Column("day", Text("Pada", "On"), "day"),
        SEGMENT,
        HEADS,
        Column("forecast", Text("Perkiraan", "Forecast"), "flag"),
    ),
    _over_time,
    {"kind": "area", "x": "day", "y": "people", "series": "segment"},
    "/v1/protected-over-time · bi.protected_over_time()",
    (
        Text(
            "Setelah tanggal laporan: yang tetap dilindungi bila tidak ada yang didaftarkan atau diperpanjang lagi.",
            "After the day asked for: who stays protected if nobody else is enrolled or renewed.",
        ),
    ),
)
BY_VILLAGE = Panel(
    "by-village",
    Text("Siapa dilindungi di mana", "Who is protected where"),
    PEOPLE,
    definitions.PROTECTED,
    (DISTRICT, AREA, Column("village", Text("Kode", "Code"), "text"), HEADS),
    _by_village,
    {"kind": "map", "x": "village", "y": "people", "label": "village_name"},
    "/v1/protected?by=district&by=village · bi.protected()",
)
BY_SEGMENT = Panel(
    "by-segment",
    Text("Menurut segmen", "By segment"),
    PEOPLE,
    definitions.PROTECTED,
    (SEGMENT, HEADS),
    _by_segment,
    {"kind": "bars", "y": "segment", "x": "people"},
    "/v1/protected?by=segment · bi.protected()",
)
BY_FUNDING = Panel(
    "by-funding",
    Text("Siapa yang membayar", "Who pays"),
    PEOPLE,
    definitions.PROTECTED,
    (Column("funding", Text("Sumber dana", "Funding"), "name"), HEADS),
    _by_funding,
    {"kind": "bars", "y": "funding", "x": "people"},
    "/v1/protected?by=funding",
)
EXPIRIES = Panel(
    "expiries",
    Text("Perlindungan yang akan berakhir", "Cover about to end"),
    PEOPLE,
    definitions.EXPIRIES,
    (
        Column("last_covered_day", Text("Hari terakhir", "Last covered day"), "day"),
        HEADS,
        Column("memberships", Text("Kepesertaan", "Memberships"), "number"),
        Column("cohorts", Text("Kelompok", "Cohorts"), "text"),
    ),
    _expiries,
    {"kind": "cliff", "x": "last_covered_day", "y": "people"},
    "/v1/expiries · bi.expiries",
    whole=True,
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
    ),
)
REFUSALS = Panel(
    "refusals",
    Text("Mengapa ditolak", "Why refused"),
    Text("pekerja", "workers"),
    definitions.FUNNEL,
    (
        Column("cohort_name", Text("Kelompok", "Cohort"), "text"),
        Column("reason", Text("Alasan", "Reason"), "text"),
        Column("workers", Text("Pekerja", "Workers"), "people"),
    ),
    _refusals,
    None,
    "/v1/funnel · bi.funnel()",
)
CLAIMS_PAID = Panel(
    "claims-paid",
    Text("Manfaat yang dibayarkan tahun ini", "Benefits paid this year"),
    Text("rupiah", "rupiah"),
    definitions.CLAIMS_PAID,
    (
        Column("month", Text("Bulan mulai", "Month from"), "day"),
        Column("programme", Text("Program", "Programme"), "name"),
        HEADS,
        Column("cases", Text("Kasus", "Cases"), "number"),
        Column("payments", Text("Pembayaran", "Payments"), "number"),
        Column("amount_idr", Text("Jumlah", "Amount"), "rupiah"),
    ),
    _claims_paid,
    {"kind": "columns", "x": "month", "y": "amount_idr", "series": "programme"},
    "/v1/claims-paid · bi.claims_paid",
)
RATIOS = Panel(
    "targets",
    Text("Terhadap target dan penyebut", "Against targets and denominators"),
    Text("persen", "percent"),
    definitions.COVERAGE_RATIO,
    (
        Column("name", Text("Penyebut", "Denominator"), "text"),
        Column("value", Text("Nilai", "Value"), "number"),
        HEADS,
        Column("percent", Text("Cakupan", "Coverage"), "percent"),
        Column("scope", Text("Lingkup", "Scope"), "text"),
        Column("source", Text("Sumber", "Source"), "text"),
    ),
    _ratios,
    {"kind": "bullets", "y": "name", "x": "percent"},
    "/v1/coverage-ratio · /v1/targets",
    whole=True,
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
    "/v1/commitments · bi.cohorts",
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
    ),
    _double_funding,
    None,
    "/v1/double-funding",
    whole=True,
)
COHORTS = Panel(
    "cohorts",
    Text("Kelompok", "Cohorts"),
    Text("kelompok", "cohorts"),
    definitions.COHORTS,
    (
        Column("name", Text("Nama", "Name"), "text"),
        Column("state", Text("Keadaan", "State"), "text"),
        SEGMENT,
        Column("funding", Text("Sumber dana", "Funding"), "name"),
        Column("places", Text("Tempat", "Places"), "number"),
        Column("owner_office", Text("Kantor", "Office"), "text"),
    ),
    _cohorts,
    None,
    "/v1/cohorts",
    whole=True,
)
LEGAL_BASES = Panel(
    "legal-bases",
    Text("Dasar hukum", "Legal bases"),
    Text("peraturan", "regulations"),
    definitions.LEGAL_BASES,
    (
        Column("title", Text("Peraturan", "Regulation"), "text"),
        Column("cohorts", Text("Kelompok", "Cohorts"), "number"),
    ),
    _legal_bases,
    None,
    "/v1/legal-bases · bi.legal_bases",
    whole=True,
)

OVERVIEW = (BY_VILLAGE, OVER_TIME, BY_SEGMENT, BY_FUNDING, RATIOS, EXPIRIES, CLAIMS_PAID, FUNNEL, CHURN, COMMITMENTS)
"""What the first page shows, in this order."""
PANELS = {
    panel.id: panel
    for panel in (
        *OVERVIEW,
        GAPS,
        *claim_panels.PANELS,
        REFUSALS,
        DOUBLE_FUNDING,
        COHORTS,
        LEGAL_BASES,
        *honesty.PANELS,
        dictionary.DICTIONARY,
    )
}
