"""The questions that pages show: what each asks, which columns its rows have, and how it is drawn."""

from datetime import date, timedelta

from services.chassis.postgres import Transaction
from services.reporting import definitions, queries, target_queries
from services.reporting.answers import Text, day_known
from services.reporting.over_time import month_ends, protected_in_steps, with_forecast
from services.reporting.pages import (
    card_panels,
    claim_panels,
    cohort_panels,
    death_panels,
    decision_panels,
    dictionary,
    evidence_panel,
    honesty,
    membership_panels,
    paid_panels,
    published_panels,
    words,
)
from services.reporting.pages.asked import Asked
from services.reporting.pages.churn_panels import CHURN, GAPS
from services.reporting.pages.panel import (
    AMOUNT,
    CASES,
    FUNDING,
    MONTH,
    OF_PEOPLE,
    PAYMENTS,
    PEOPLE,
    PROGRAMME,
    SEGMENT,
    VILLAGE,
    Column,
    Panel,
    this_year,
)
from services.reporting.queries import Figure, Where

DAY = timedelta(days=1)
BEFORE, AHEAD = timedelta(days=730), timedelta(days=366)
"""How far a line reaches back from the day, and ahead of it."""

NOBODY = Text(
    "Tidak ada orang yang dilindungi di wilayah ini pada tanggal laporan.",
    "Nobody is protected in this area on the day asked for.",
)


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
    # every day that changes the figure is a row, and 0 is one too: drawn from step to step (step-after) that is exact
    first, last, known_on = day - BEFORE, day + AHEAD, await day_known(tx, asked.known)
    marked = {each for each in (*month_ends(first, last), day, known_on, known_on + DAY) if first <= each <= last}
    return with_forecast(await protected_in_steps(tx, first, last, marked, asked.known, asked.area), known_on)


def _month_ends_of(rows: list[Figure], day: date) -> list[Figure]:
    """Give the rows that a table on a page with others has room for."""
    return [row for row in rows if row["day"] == day or (row["day"] + DAY).day == 1]


async def _expiries(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    rows, _ = await queries.expiries(tx, day, day + AHEAD, asked.known, asked.area)
    return [
        row
        | {
            "cohorts": "; ".join(
                f"{each['cohort_name'] or each['cohort']}: {words.number(each['memberships'], asked.lang)}"
                for each in row["cohorts"]
            )
        }
        for row in rows
    ]


async def _claims_paid(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    rows, _ = await queries.claims_paid(tx, *this_year(day), asked.known, ["month", "programme"], asked.area)
    found = [row | {"month": date.fromisoformat(f"{row['month']}-01")} for row in rows]
    return sorted(found, key=lambda row: (row["month"], row["programme"]))


async def _ratios(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    rows = []
    targets = await target_queries.targets(tx, asked.denominator)
    ratios = await target_queries.coverage_ratios(tx, day, asked.known, targets)
    for target, ratio in zip(targets, ratios, strict=True):
        found = target | ratio
        found["source"] = f"{target['source']}, {words.day(target['source_date'], asked.lang)}"
        found["unit"] = words.counted(target["unit"], "targets", asked.lang)
        if asked.lang == "en":
            translated = {name: text for name, text in target["english"].items() if text is not None}
            found |= translated | {"in_indonesian": target["english"].keys() - translated.keys()}
        rows.append(found)
    return rows


OVER_TIME = Panel(
    "over-time",
    Text("Perlindungan dari waktu ke waktu", "Protection over time"),
    OF_PEOPLE,
    definitions.OVER_TIME,
    (
        Column("day", Text("Pada", "On"), "day"),
        SEGMENT,
        PEOPLE,
        Column("forecast", Text("Perkiraan", "Forecast"), "flag"),
    ),
    _over_time,
    {"kind": "area", "x": "day", "y": "people", "series": "segment"},
    "/v1/protected-over-time · bi.protected_over_time()",
    (
        Text(
            "Setiap hari yang mengubah jumlah punya barisnya; di antaranya jumlah tetap. Perkiraan: hari sesudah"
            " tanggal “Diketahui pada” (bila kosong: sesudah hari ini); yang tetap dilindungi bila tidak ada yang"
            " didaftarkan atau diperpanjang lagi.",
            "Each day that changes the number has its row; between them it stays. Forecast: days after that of “Known"
            " at” (if empty: after today); who stays protected if nobody else is enrolled or renewed.",
        ),
    ),
    brief=_month_ends_of,
)
BY_VILLAGE = Panel(
    "by-village",
    Text("Siapa dilindungi di mana", "Who is protected where"),
    OF_PEOPLE,
    definitions.PROTECTED,
    (*VILLAGE, PEOPLE),
    _by_village,
    {"kind": "map", "x": "village", "y": "people", "label": "village_name"},
    "/v1/protected?by=district&by=village · bi.protected()",
    empty=NOBODY,
)
BY_SEGMENT = Panel(
    "by-segment",
    Text("Menurut segmen", "By segment"),
    OF_PEOPLE,
    definitions.PROTECTED,
    (SEGMENT, PEOPLE),
    _by_segment,
    {"kind": "bars", "y": "segment", "x": "people"},
    "/v1/protected?by=segment · bi.protected()",
    empty=NOBODY,
)
BY_FUNDING = Panel(
    "by-funding",
    Text("Siapa yang membayar", "Who pays"),
    OF_PEOPLE,
    definitions.PROTECTED,
    (FUNDING, PEOPLE),
    _by_funding,
    {"kind": "bars", "y": "funding", "x": "people"},
    "/v1/protected?by=funding · bi.protected()",
    empty=NOBODY,
)
EXPIRIES = Panel(
    "expiries",
    Text("Perlindungan yang akan berakhir", "Cover about to end"),
    Text("kepesertaan, dan orang", "memberships, and people"),
    definitions.EXPIRIES,
    (
        Column("last_covered_day", Text("Hari terakhir", "Last covered day"), "day"),
        Column("memberships", Text("Kepesertaan yang berakhir", "Memberships that end"), "number"),
        Column("people", Text("Orang: keluar dikurangi masuk", "People: leaving less joining"), "people"),
        Column("cohorts", Text("Kelompok", "Cohorts"), "long"),
    ),
    _expiries,
    {"kind": "cliff", "x": "last_covered_day", "y": "memberships", "net": "people"},
    "/v1/expiries · bi.expiries()",
    empty=Text(
        "Tidak ada perlindungan yang berakhir dalam setahun ke depan.", "No cover ends within a year of the day."
    ),
)
CLAIMS_PAID = Panel(
    "claims-paid",
    Text("Manfaat yang dibayarkan tahun ini", "Benefits paid this year"),
    Text("rupiah", "rupiah"),
    definitions.CLAIMS_PAID,
    (
        MONTH,
        PROGRAMME,
        AMOUNT,
        CASES,
        PEOPLE,
        PAYMENTS,
    ),
    _claims_paid,
    {"kind": "columns", "x": "month", "y": "amount_idr", "series": "programme"},
    "/v1/claims-paid · bi.payments()",
    empty=Text(
        "Tidak ada manfaat yang dibayarkan dari 1 Januari sampai tanggal laporan.",
        "No benefit was paid from 1 January to the day asked for.",
    ),
)
RATIOS = Panel(
    "targets",
    Text("Terhadap target dan penyebut", "Against targets and denominators"),
    Text("persen", "percent"),
    definitions.COVERAGE_RATIO,
    (
        Column("name", Text("Penyebut", "Denominator"), "text"),
        Column("value", Text("Nilai", "Value"), "number"),
        Column("version", Text("Versi", "Version"), "number"),
        PEOPLE,
        Column("percent", Text("Cakupan", "Coverage"), "percent"),
        Column("unit", Text("Satuan nilai", "Unit of the value"), "text"),
        Column("definition", Text("Yang dihitung", "What it counts"), "long"),
        Column("scope", Text("Lingkup", "Scope"), "long"),
        Column("valid_on", Text("Berlaku pada", "True of"), "day"),
        Column("source", Text("Sumber", "Source"), "long"),
    ),
    _ratios,
    {"kind": "bullets", "y": "name", "x": "percent"},
    "/v1/coverage-ratio · /v1/targets · bi.coverage_ratio()",
    whole=True,
    changing=definitions.NEWEST_DENOMINATOR,
    against_targets=True,
)
OVERVIEW = (
    BY_VILLAGE,
    OVER_TIME,
    EXPIRIES,
    BY_SEGMENT,
    BY_FUNDING,
    RATIOS,
    CLAIMS_PAID,
    CHURN,
    cohort_panels.FUNNEL,
    cohort_panels.COMMITMENTS,
)
"""What the first page shows, in this order."""
GROUPS: tuple[tuple[Text, tuple[Panel, ...]], ...] = (
    (
        Text("Perlindungan", "Protection"),
        (BY_VILLAGE, OVER_TIME, EXPIRIES, BY_SEGMENT, BY_FUNDING, *membership_panels.PANELS, RATIOS, CHURN, GAPS),
    ),
    (
        Text("Klaim dan kematian", "Claims and deaths"),
        (CLAIMS_PAID, *paid_panels.PANELS, *claim_panels.PANELS, *decision_panels.PANELS, *death_panels.PANELS),
    ),
    (
        Text("Kelompok dan dana", "Cohorts and funding"),
        (*cohort_panels.PANELS, *card_panels.PANELS),
    ),
    (
        Text("Asal angka", "Where figures come from"),
        (evidence_panel.EVIDENCE, *honesty.PANELS, *published_panels.PANELS, dictionary.DICTIONARY),
    ),
)
"""All questions, as people look for them."""
PANELS = {panel.id: panel for _, panels in GROUPS for panel in panels}
