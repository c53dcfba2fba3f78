"""Panels about deaths: who died while protected and was not claimed for, and what was paid for days after a death."""

from datetime import date

from services.chassis.postgres import Transaction
from services.reporting import death_queries, definitions
from services.reporting.answers import Text
from services.reporting.pages.asked import Asked
from services.reporting.pages.panel import COHORT, OF_PEOPLE, PEOPLE, PERSON_MONTHS, VILLAGE, Column, Panel
from services.reporting.queries import Figure


async def _died(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    rows, _ = await death_queries.died_without_claim(tx, day, asked.known, ["district", "village"], asked.area)
    return sorted(rows, key=lambda row: (-row["people"], row["village"]))


async def _paid_after_death(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    rows, _ = await death_queries.paid_after_death(tx, day, asked.known, ["begun", "cohort"], asked.area)
    return rows


PANELS = (
    Panel(
        "died-without-claim",
        Text("Meninggal saat dilindungi, belum ada klaim", "Died while protected, no claim yet"),
        OF_PEOPLE,
        definitions.DIED_WITHOUT_CLAIM,
        (
            *VILLAGE,
            PEOPLE,
            Column("days_since_death_max", Text("Hari sejak kematian, terlama", "Days since death, longest"), "number"),
        ),
        _died,
        {"kind": "map", "x": "village", "y": "people", "label": "village_name"},
        "/v1/died-without-claim · bi.died_without_claim()",
        empty=Text(
            "Setiap kematian yang tercatat saat dilindungi sudah diklaim.",
            "Every recorded death of a protected worker was claimed for.",
        ),
    ),
    Panel(
        "paid-after-death",
        Text("Dibayar sesudah kematian", "Paid after a death"),
        Text("orang-bulan", "person-months"),
        definitions.PAID_AFTER_DEATH,
        (
            Column("begun", Text("Kapan dibayar", "When paid"), "begun"),
            COHORT,
            PEOPLE,
            Column("periods", Text("Masa", "Periods"), "number"),
            PERSON_MONTHS,
            Column("without_end", Text("Masa tanpa akhir", "Periods without end"), "number"),
        ),
        _paid_after_death,
        {"kind": "bars", "y": ["cohort_name", "begun"], "x": "person_months"},
        "/v1/paid-after-death · bi.paid_after_death()",
        empty=Text(
            "Tidak ada yang dibayar untuk hari sesudah kematian.",
            "Nothing was paid for days after a death.",
        ),
    ),
)
