"""The sections about cover: who is protected, and how many that is of those who are stated to be there."""

from services.chassis.postgres import Transaction
from services.reporting import definitions, queries, target_queries
from services.reporting.answers import Text
from services.reporting.evidence.shape import About, Section
from services.reporting.pages import words
from services.reporting.pages.panel import DISTRICT, FUNDING, PEOPLE, SEGMENT, Column
from services.reporting.queries import Figure

SHARE = Column("share", Text("Bagian", "Share"), "percent")


async def by_segment(tx: Transaction, about: About) -> Section:
    """Show the people protected, the largest segment first."""
    rows = await _largest_first(tx, about, "segment")
    return _section("segments", Text("Cakupan menurut segmen", "Coverage by segment"), (SEGMENT,), rows)


async def by_funding(tx: Transaction, about: About) -> Section:
    """Show the people protected, by who pays for most first."""
    rows = await _largest_first(tx, about, "funding")
    return _section("fundings", Text("Cakupan menurut sumber dana", "Coverage by who pays"), (FUNDING,), rows)


async def by_district(tx: Transaction, about: About) -> Section:
    """Show the people protected in every district."""
    regency = Column("regency_name", Text("Kabupaten/kota", "Regency"), "text")
    columns = (regency, DISTRICT, Column("district", Text("Kode", "Code"), "text"))
    rows = await queries.protected(tx, about.day, about.known_at, ["regency", "district"], about.where)
    return _section("districts", Text("Cakupan menurut kecamatan", "Coverage by district"), columns, rows)


async def by_village(tx: Transaction, about: About) -> Section:
    """Show the people protected in every village."""
    village = Column("village_name", Text("Desa/kelurahan", "Village"), "text")
    columns = (DISTRICT, village, Column("village", Text("Kode", "Code"), "text"))
    rows = await queries.protected(tx, about.day, about.known_at, ["district", "village"], about.where)
    return _section("villages", Text("Lampiran: cakupan menurut desa", "Annex: coverage by village"), columns, rows)


async def _largest_first(tx: Transaction, about: About, part: str) -> list[Figure]:
    rows = await queries.protected(tx, about.day, about.known_at, [part], about.where)
    return sorted(rows, key=lambda row: (-row["people"], row[part]))


def _section(id_: str, title: Text, columns: tuple[Column, ...], rows: list[Figure]) -> Section:
    all_of_them = sum(row["people"] for row in rows)
    shared = [row | {"share": round(100 * row["people"] / all_of_them, 2)} for row in rows if all_of_them]
    total = {"people": all_of_them, "share": 100.0} if all_of_them else None
    unit, source = Text("orang", "people"), "/v1/protected · bi.protected()"
    return Section(id_, title, unit, (*columns, PEOPLE, SHARE), shared, total, definitions.PROTECTED, source)


async def ratios(tx: Transaction, about: About, denominators: list[Figure]) -> Section:
    """Set the people protected against each denominator of the area, that of the whole area first."""
    meant = [each for each in denominators if about.includes(each["area_code"])]
    meant.sort(key=lambda each: each["area_code"] != about.area)
    ratios = await target_queries.coverage_ratios(tx, about.day, about.known_at, meant)
    rows = [
        target | {"called": _both(target, "name"), "stated": _stated(target), "counts": _unit(target["unit"])} | ratio
        for target, ratio in zip(meant, ratios, strict=True)
    ]
    return Section(
        "ratios",
        Text("Cakupan terhadap penyebut dan target", "Coverage against denominators and targets"),
        Text("persen", "percent"),
        (
            Column("called", Text("Penyebut", "Denominator"), "text"),
            Column("value", Text("Nilai", "Value"), "number"),
            Column("counts", Text("Satuan", "Unit"), "text"),
            PEOPLE,
            Column("percent", Text("Cakupan", "Coverage"), "percent"),
            Column("valid_on", Text("Berlaku pada", "True of"), "day"),
            Column("stated", Text("Yang dihitung, lingkup, sumber, versi", "Counts, scope, source, version"), "text"),
        ),
        rows,
        None,
        definitions.COVERAGE_RATIO,
        "/v1/coverage-ratio · bi.coverage_ratio()",
        (WITHOUT_PERCENT, *([ONLY_HERE] if about.area else [])),
    )


WITHOUT_PERCENT = Text(
    "Tanpa persen: lingkupnya bukan satu wilayah, sehingga orangnya tidak dapat dipisahkan.",
    "Without a percentage: the scope is no area, so its people cannot be told apart.",
)
ONLY_HERE = Text(
    "Hanya penyebut yang wilayahnya adalah, atau termasuk dalam, wilayah berkas ini.",
    "Only denominators whose area is that of this file, or lies in it.",
)


def _both(target: Figure, name: str) -> str:
    english = target["english"][name]
    return f"{target[name]} / {english}" if english else str(target[name])


def _unit(code: str) -> str:
    return " / ".join(dict.fromkeys(words.counted(code, "targets", lang) for lang in ("id", "en")))


def _stated(target: Figure) -> str:
    source = f"{target['source']}, {words.day(target['source_date'], 'id')}"
    return f"{_both(target, 'definition')}. {_both(target, 'scope')}. {source}. Versi / Version {target['version']}."
