"""The sections about money: what cohorts rest on, what was approved for them, and what came of it."""

from services.chassis.postgres import Transaction
from services.reporting import cohort_queries, definitions
from services.reporting.answers import Text
from services.reporting.definitions import Definition
from services.reporting.evidence.shape import About, Section
from services.reporting.pages.panel import COHORT, FUNDING, Column
from services.reporting.queries import Figure

REGULATIONS = Definition(
    "legal bases",
    Text(
        "Peraturan dan keputusan yang menjadi dasar kelompok tahun anggaran ini, masing-masing sekali.",
        "Regulations and decrees that the cohorts of this budget year rest on, each once.",
    ),
)
NUMBER_UNKNOWN = "nomor belum diketahui / number not known yet"
COLUMNS = (
    COHORT,
    FUNDING,
    Column("places", Text("Tempat", "Places"), "number"),
    Column("enrolled", Text("Terdaftar", "Enrolled"), "number"),
    Column("person_months", Text("Orang-bulan disetujui", "Person-months approved"), "number"),
    Column("months_realised", Text("Orang-bulan terealisasi", "Person-months realised"), "number"),
    Column("percent", Text("Realisasi", "Realised"), "percent"),
    Column("budget_idr", Text("Anggaran disetujui", "Budget approved"), "rupiah"),
)
OF_THE_WHOLE = ("places", "person_months", "months_realised", "budget_idr")
"""What is known of a whole cohort only."""


Here = dict[str, tuple[int, bool]] | None
"""What cohorts enrolled in the area (`cohort_queries.enrolled_in`); None: all areas are meant."""


async def regulations(tx: Transaction, about: About, here: Here) -> Section:
    """List the regulations and decrees behind the cohorts."""
    cohorts = None if here is None else list(here)
    rows, _ = await cohort_queries.legal_bases(tx, about.year, about.known_at, cohorts)
    return Section(
        "regulations",
        Text("Regulasi", "Regulations"),
        Text("peraturan dan keputusan", "regulations and decrees"),
        (
            Column("title", Text("Peraturan atau keputusan", "Regulation or decree"), "text"),
            Column("known", Text("Keterangan", "Remark"), "text"),
            Column("cohorts", Text("Dasar bagi kelompok", "Basis of cohorts"), "number"),
        ),
        [
            row | {"known": NUMBER_UNKNOWN if row["placeholder"] else None}
            for row in sorted(rows, key=lambda row: row["placeholder"])
        ],
        None,
        REGULATIONS,
        "/v1/legal-bases · bi.legal_bases()",
        () if here is None else (COHORTS_HERE,),
    )


async def budget(tx: Transaction, about: About, here: Here) -> Section:
    """Set what the cohorts of the budget year were approved for against what they pay until the day."""
    by = ["funding", "phase", "cohort"]
    rows, _ = await cohort_queries.commitments(tx, about.year, about.day, about.known_at, by)
    rows.sort(key=lambda row: (not row["budget_idr"], -row["budget_idr"], row["cohort_name"] or ""))
    approved = [_approved(row) for row in rows]
    found = (
        approved if here is None else [_here(row, *here[row["cohort"]]) for row in approved if row["cohort"] in here]
    )
    return Section(
        "budget",
        Text("Anggaran dan realisasi", "Budget and realisation"),
        Text("tempat, kepesertaan, orang-bulan dan rupiah", "places, memberships, person-months and rupiah"),
        COLUMNS,
        [_realised(row) for row in found],
        _realised(_total(found)) if found else None,
        definitions.COMMITMENTS,
        "/v1/commitments · bi.commitments()",
        (_of_the_year(about.year), *(() if here is None else (COHORTS_HERE, SHARED))),
    )


def _approved(row: Figure) -> Figure:
    """Leave empty what nobody approved, rather than call it nothing."""
    return row | {
        "person_months": row["person_months"] or None,
        "budget_idr": None if row["cohorts_without_budget"] else row["budget_idr"],
    }


def _here(row: Figure, enrolled: int, whole: bool) -> Figure:
    return row | {"enrolled": enrolled} | ({} if whole else dict.fromkeys(OF_THE_WHOLE))


def _realised(row: Figure) -> Figure:
    months = row["person_months"]
    return row | {"percent": round(100 * (row["months_realised"] or 0) / months, 2) if months else None}


def _total(rows: list[Figure]) -> Figure:
    """Add up; months only of cohorts whose months were approved, so that these and the percentage are of the same."""
    limited = [row for row in rows if row["person_months"]]
    total: Figure = {name: sum(row[name] or 0 for row in rows) for name in ("places", "enrolled")}
    total["budget_idr"] = sum(row["budget_idr"] or 0 for row in rows) or None
    return total | {name: sum(row[name] for row in limited) or None for name in ("person_months", "months_realised")}


COHORTS_HERE = Text("Kelompok yang mendaftarkan orang di wilayah ini.", "Cohorts that enrolled people in this area.")
SHARED = Text(
    "Dari kelompok yang juga mendaftarkan orang di luar wilayah ini hanya yang terdaftar di sini yang ditampilkan: yang"
    " disetujui dan terealisasi berlaku untuk seluruh kelompok.",
    "Of cohorts that enrolled people elsewhere as well, only those enrolled here are shown: what was approved and"
    " realised is of the whole cohort.",
)


def _of_the_year(year: int) -> Text:
    return Text(
        f"Kelompok tahun anggaran {year}. Orang-bulan terealisasi: kepesertaan yang dibayar pada setiap akhir"
        f" bulan sampai 31 Desember {year}, dijumlahkan; jumlah dan persennya hanya dari kelompok yang"
        " orang-bulannya disetujui. Rupiah yang sudah ditransfer tidak tercatat di sini.",
        f"Cohorts of budget year {year}. Person-months realised: memberships paid at each month's end until"
        f" 31 December {year}, added up; their total and percentage are of cohorts with approved person-months"
        " only. Rupiah transferred are not recorded here.",
    )
