"""Ask all that the evidence file shows of a year, in one snapshot: regulations, budget, coverage, claims."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from services.chassis.postgres import Transaction
from services.reporting import claim_queries, cohort_queries, definitions, queries
from services.reporting.answers import Text
from services.reporting.definitions import Definition
from services.reporting.pages import words
from services.reporting.pages.panel import Column
from services.reporting.queries import Figure, Where


@dataclass(frozen=True, slots=True)
class Section:
    """A table of the file: its rows, their total where parts add up, what is counted, and where it can be asked."""

    id: str
    title: Text
    unit: Text
    columns: tuple[Column, ...]
    rows: list[Figure]
    total: Figure | None
    definition: Definition
    source: str
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """A figure that stands first, and what it is a figure of; `kind` says how it is written."""

    label: Text
    value: Any
    kind: str
    of: Text


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that the file shows of a year."""

    year: int
    keys: list[Key]
    sections: list[Section]
    denominators: list[Figure]
    """The targets and denominators that were used, each with its version."""

    @property
    def day(self) -> date:
        """The day that the figures are as of."""
        return date(self.year, 12, 31)


SHARE = Column("share", Text("Bagian", "Share"), "percent")
HEADS = Column("people", Text("Orang", "People"), "people")
PEOPLE = Text("orang", "people")
REGULATIONS = Definition(
    "legal bases",
    Text(
        "Peraturan dan keputusan yang menjadi dasar kelompok tahun anggaran ini, masing-masing sekali.",
        "Regulations and decrees that the cohorts of this budget year rest on, each once.",
    ),
)
CLAIM_UNITS = (
    HEADS,
    Column("cases", Text("Kasus", "Cases"), "number"),
    Column("payments", Text("Pembayaran", "Payments"), "number"),
    Column("amount_idr", Text("Manfaat dibayar", "Benefits paid"), "rupiah"),
    Column("late_idr", Text("Tambahan karena terlambat", "Added for lateness"), "rupiah"),
)


async def collect(tx: Transaction, year: int, known_at: datetime | None, denominators: list[Figure]) -> Evidence:
    """Ask everything; the denominators are given, since their versions are chosen by whoever asks."""
    day = date(year, 12, 31)
    next_day = day + timedelta(days=1)
    begin = date(year, 1, 1)
    segments = await _protected(tx, day, known_at, "segment")
    fundings = await _protected(tx, day, known_at, "funding")
    people = sum(row["people"] for row in segments)
    budget = await _budget(tx, year, day, known_at)
    ratios = await _ratios(tx, day, known_at, denominators)
    programmes = await queries.claims_paid(tx, begin, next_day, known_at, ["programme"])
    sections = [
        await _regulations(tx, year, known_at),
        budget,
        ratios,
        _coverage(
            "segments",
            Text("Cakupan menurut segmen", "Coverage by segment"),
            (Column("segment", Text("Segmen", "Segment"), "name"), HEADS, SHARE),
            segments,
        ),
        _coverage(
            "fundings",
            Text("Cakupan menurut sumber dana", "Coverage by who pays"),
            (Column("funding", Text("Sumber dana", "Funding"), "name"), HEADS, SHARE),
            fundings,
        ),
        _coverage(
            "districts",
            Text("Cakupan menurut kecamatan", "Coverage by district"),
            (
                Column("regency_name", Text("Kabupaten/kota", "Regency"), "text"),
                Column("district_name", Text("Kecamatan", "District"), "text"),
                Column("district", Text("Kode", "Code"), "text"),
                HEADS,
                SHARE,
            ),
            await queries.protected(tx, day, known_at, ["regency", "district"], Where()),
        ),
        _claims(
            "programmes",
            Text("Klaim yang dibayar menurut program", "Claims paid by programme"),
            Column("programme", Text("Program", "Programme"), "name"),
            programmes,
        ),
        _claims(
            "claim-segments",
            Text("Klaim yang dibayar menurut segmen", "Claims paid by segment"),
            Column("segment", Text("Segmen", "Segment"), "name"),
            await queries.claims_paid(tx, begin, next_day, known_at, ["segment"]),
        ),
        await _service(tx, begin, next_day, known_at),
        _coverage(
            "villages",
            Text("Lampiran: cakupan menurut desa", "Annex: coverage by village"),
            (
                Column("district_name", Text("Kecamatan", "District"), "text"),
                Column("village_name", Text("Desa/kelurahan", "Village"), "text"),
                Column("village", Text("Kode", "Code"), "text"),
                HEADS,
                SHARE,
            ),
            await queries.protected(tx, day, known_at, ["district", "village"], Where()),
        ),
    ]
    return Evidence(year, _keys(people, ratios, budget, programmes[1]), sections, denominators)


async def _protected(tx: Transaction, day: date, known_at: datetime | None, part: str) -> list[Figure]:
    rows = await queries.protected(tx, day, known_at, [part], Where())
    return sorted(rows, key=lambda row: (-row["people"], row[part]))


def _coverage(id_: str, title: Text, columns: tuple[Column, ...], rows: list[Figure]) -> Section:
    people = sum(row["people"] for row in rows)
    shared = [row | {"share": round(100 * row["people"] / people, 2)} for row in rows if people]
    total = {"people": people, "share": 100.0} if people else None
    source = "/v1/protected · bi.protected()"
    return Section(id_, title, PEOPLE, columns, shared, total, definitions.PROTECTED, source)


def _claims(id_: str, title: Text, part: Column, found: tuple[list[Figure], Figure]) -> Section:
    rows, total = found
    return Section(
        id_,
        title,
        Text("orang, kasus, pembayaran dan rupiah", "people, cases, payments and rupiah"),
        (part, *CLAIM_UNITS),
        rows,
        total if rows else None,
        definitions.CLAIMS_PAID,
        "/v1/claims-paid · bi.payments()",
    )


async def _regulations(tx: Transaction, year: int, known_at: datetime | None) -> Section:
    rows, _ = await queries.legal_bases(tx, year, known_at)
    unknown = Text("nomor belum diketahui", "number not known yet")
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
            row | {"known": f"{unknown.indonesian} / {unknown.english}" if row["placeholder"] else None}
            for row in sorted(rows, key=lambda row: row["placeholder"])
        ],
        None,
        REGULATIONS,
        "/v1/legal-bases",
    )


async def _budget(tx: Transaction, year: int, day: date, known_at: datetime | None) -> Section:
    """Set what the cohorts of the budget year were approved for against what they pay until the day."""
    rows, total = await queries.commitments(tx, year, known_at, ["funding", "phase", "cohort"])
    realised = await cohort_queries.realised_months(tx, day, known_at)
    found = [
        _realised(
            row | {"months_realised": realised.get(row["cohort"], 0)},
            limited=bool(row["person_months"]),
            budgeted=not row["cohorts_without_budget"],
        )
        for row in sorted(rows, key=lambda row: (not row["budget_idr"], -row["budget_idr"], row["cohort_name"] or ""))
    ]
    limited = [row for row in found if row["person_months"]]
    total |= {name: sum(row[name] for row in limited) or None for name in ("person_months", "months_realised")}
    return Section(
        "budget",
        Text("Anggaran dan realisasi", "Budget and realisation"),
        Text("tempat, kepesertaan, orang-bulan dan rupiah", "places, memberships, person-months and rupiah"),
        (
            Column("cohort_name", Text("Kelompok", "Cohort"), "text"),
            Column("funding", Text("Sumber dana", "Funding"), "name"),
            Column("places", Text("Tempat", "Places"), "number"),
            Column("enrolled", Text("Terdaftar", "Enrolled"), "number"),
            Column("person_months", Text("Orang-bulan disetujui", "Person-months approved"), "number"),
            Column("months_realised", Text("Orang-bulan terealisasi", "Person-months realised"), "number"),
            Column("percent", Text("Realisasi", "Realised"), "percent"),
            Column("budget_idr", Text("Anggaran disetujui", "Budget approved"), "rupiah"),
        ),
        found,
        _realised(total, limited=bool(limited), budgeted=bool(total["budget_idr"])) if found else None,
        definitions.COMMITMENTS,
        "/v1/commitments · bi.commitments",
        (
            Text(
                f"Kelompok tahun anggaran {year}. Orang-bulan terealisasi: kepesertaan yang dibayar pada setiap akhir"
                f" bulan sampai 31 Desember {year}, dijumlahkan; jumlah dan persennya hanya dari kelompok yang"
                " orang-bulannya disetujui. Rupiah yang sudah ditransfer tidak tercatat di sini.",
                f"Cohorts of budget year {year}. Person-months realised: memberships paid at each month's end until"
                f" 31 December {year}, added up; their total and percentage are of cohorts with approved person-months"
                " only. Rupiah transferred are not recorded here.",
            ),
        ),
    )


def _realised(row: Figure, *, limited: bool, budgeted: bool) -> Figure:
    """Leave empty what nobody approved, rather than call it nothing."""
    return row | {
        "person_months": row["person_months"] if limited else None,
        "percent": round(100 * (row["months_realised"] or 0) / row["person_months"], 2) if limited else None,
        "budget_idr": row["budget_idr"] if budgeted else None,
    }


async def _ratios(tx: Transaction, day: date, known_at: datetime | None, denominators: list[Figure]) -> Section:
    rows = []
    for target in denominators:
        source = f"{target['source']}, {words.day(target['source_date'], 'id')}"
        found = target | {
            "stated": f"{target['scope']}; {source}; versi {target['version']}",
            "people": None,
            "percent": None,
        }
        if target["area_code"] is not None:
            parts = await queries.protected(tx, day, known_at, [], Where(target["area_code"]))
            found["people"] = sum(part["people"] for part in parts)
            found["percent"] = round(100 * found["people"] / target["value"], 2)
        rows.append(found)
    return Section(
        "ratios",
        Text("Cakupan terhadap penyebut dan target", "Coverage against denominators and targets"),
        Text("persen", "percent"),
        (
            Column("name", Text("Penyebut", "Denominator"), "text"),
            Column("value", Text("Nilai", "Value"), "number"),
            Column("people", Text("Dilindungi", "Protected"), "people"),
            Column("percent", Text("Cakupan", "Coverage"), "percent"),
            Column("stated", Text("Lingkup, sumber, versi", "Scope, source, version"), "text"),
        ),
        rows,
        None,
        definitions.COVERAGE_RATIO,
        "/v1/coverage-ratio · /v1/targets · bi.targets",
        (
            Text(
                "Tanpa persen: lingkupnya bukan satu wilayah, sehingga orangnya tidak dapat dipisahkan.",
                "Without a percentage: the scope is no area, so its people cannot be told apart.",
            ),
        ),
    )


async def _service(tx: Transaction, begin: date, next_day: date, known_at: datetime | None) -> Section:
    _, decided = await claim_queries.decided(tx, begin, next_day, known_at, [], None)
    _, time = await claim_queries.time_to_payment(tx, begin, next_day, known_at, [], None)
    asked = (
        (Text("Klaim diputuskan", "Claims decided"), decided["claims"]),
        (Text("– dikabulkan", "approved"), decided["approved"]),
        (Text("– dikabulkan sebagian", "approved in part"), decided["partially_approved"]),
        (Text("– ditolak, dengan alasan tertulis", "denied, with reasons in writing"), decided["denied"]),
        (Text("Pembayaran dengan batas waktu", "Payments with a time limit"), time["with_clock"]),
        (Text("– tepat waktu", "in time"), time["in_time"]),
        (Text("Hari sampai dibayar, median", "Days until paid, median"), time["days_p50"]),
        (Text("Hari sampai dibayar, terlama", "Days until paid, longest"), time["days_max"]),
    )
    return Section(
        "service",
        Text("Keputusan klaim dan waktu sampai dibayar", "Decisions on claims, and time until paid"),
        Text("klaim, pembayaran, hari kalender", "claims, payments, calendar days"),
        (
            Column("what", Text("Ukuran", "Measure"), "text"),
            Column("value", Text("Nilai", "Value"), "number"),
        ),
        [{"what": f"{what.indonesian} / {what.english}", "value": value} for what, value in asked],
        None,
        definitions.TIME_TO_PAYMENT,
        "/v1/claims-decided · /v1/time-to-payment · bi.claims()",
        (definitions.CLAIMS_DECIDED.text,),
    )


def _keys(people: int, ratios: Section, budget: Section, paid: Figure) -> list[Key]:
    """Choose what stands first."""
    keys = [Key(Text("Orang dilindungi", "People protected"), people, "people", Text("per 31 Desember", "31 December"))]
    for ratio in [row for row in ratios.rows if row["percent"] is not None][:1]:
        named = Text(
            f"dari {words.number(ratio['value'], 'id')}: {ratio['name']}", f"of {words.number(ratio['value'], 'en')}"
        )
        keys.append(Key(Text("Cakupan", "Coverage"), ratio["percent"], "percent", named))
    if budget.total is not None and budget.total["percent"] is not None:
        months = Text("dari orang-bulan yang disetujui", "of person-months approved")
        keys.append(Key(Text("Realisasi", "Realised"), budget.total["percent"], "percent", months))
    cases = Text(
        f"{words.number(paid['cases'], 'id')} kasus dalam tahun ini",
        f"{words.number(paid['cases'], 'en')} cases in the year",
    )
    keys.append(Key(Text("Manfaat dibayar", "Benefits paid"), paid["amount_idr"], "rupiah", cases))
    return keys
