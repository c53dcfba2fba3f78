"""Ask all that the evidence file shows of a year, in one snapshot: regulations, budget, coverage, claims."""

from services.chassis.postgres import Transaction
from services.reporting import cohort_queries
from services.reporting.answers import Text
from services.reporting.evidence import budget, claims, cover
from services.reporting.evidence.shape import About, Evidence, Key, Section
from services.reporting.pages import words
from services.reporting.queries import Figure


async def collect(tx: Transaction, about: About, denominators: list[Figure]) -> Evidence:
    """Ask everything; the denominators are given, since their versions are chosen by whoever asks."""
    here = await cohort_queries.enrolled_in(tx, about.area, about.known_at) if about.area else None
    approved = await budget.budget(tx, about, here)
    ratios = await cover.ratios(tx, about, denominators)
    segments = await cover.by_segment(tx, about)
    programmes = await claims.by_programme(tx, about)
    sections = [
        await budget.regulations(tx, about, here),
        approved,
        ratios,
        segments,
        await cover.by_funding(tx, about),
        await cover.by_district(tx, about),
        programmes,
        await claims.by_segment(tx, about),
        await claims.service(tx, about),
        await cover.by_village(tx, about),
    ]
    return Evidence(about, _keys(segments, ratios, approved, programmes), sections)


def _keys(segments: Section, ratios: Section, approved: Section, programmes: Section) -> list[Key]:
    """Choose what stands first."""
    people = segments.total["people"] if segments.total else 0
    keys = [Key(Text("Orang dilindungi", "People protected"), people, "people", Text("per 31 Desember", "31 December"))]
    for ratio in [row for row in ratios.rows if row["percent"] is not None][:1]:
        named = Text(
            f"dari {words.number(ratio['value'], 'id')}: {ratio['name']}",
            f"of {words.number(ratio['value'], 'en')}: {ratio['english']['name'] or ratio['name']}",
        )
        keys.append(Key(Text("Cakupan", "Coverage"), ratio["percent"], "percent", named))
    if approved.total is not None and approved.total["percent"] is not None:
        months = Text("dari orang-bulan yang disetujui", "of person-months approved")
        keys.append(Key(Text("Realisasi", "Realised"), approved.total["percent"], "percent", months))
    paid = programmes.total or {"cases": 0, "amount_idr": 0}
    cases = Text(
        f"{words.number(paid['cases'], 'id')} kasus dalam tahun ini",
        f"{words.number(paid['cases'], 'en')} cases in the year",
    )
    keys.append(Key(Text("Manfaat dibayar", "Benefits paid"), paid["amount_idr"], "rupiah", cases))
    return keys
