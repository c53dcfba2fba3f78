"""The data dictionary: what every view, function and column of schema bi is, as the database itself says."""

from datetime import date

from services.chassis.postgres import Transaction
from services.reporting import definitions, queries
from services.reporting.answers import Text
from services.reporting.pages.asked import Asked
from services.reporting.pages.panel import Column, Panel
from services.reporting.queries import Figure


async def _dictionary(tx: Transaction, _day: date, _asked: Asked) -> list[Figure]:
    return await queries.dictionary(tx)


DICTIONARY = Panel(
    "dictionary",
    Text("Kamus data", "Data dictionary"),
    Text("tampilan, fungsi dan kolom", "views, functions and columns"),
    definitions.DICTIONARY,
    (
        Column("object", Text("Dalam skema bi", "In schema bi"), "text"),
        Column("part", Text("Bagian", "Part"), "text"),
        Column("type", Text("Jenis", "Type"), "text"),
        Column("meaning", Text("Arti (Inggris)", "Meaning"), "long"),
    ),
    _dictionary,
    None,
    "bi.dictionary",
    whole=True,
    changing=definitions.DICTIONARY_NOW,
)
