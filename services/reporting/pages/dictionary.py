"""The data dictionary: what every view, function and column of schema bi is, as the database itself says.

The database says it in English; what each of its sentences is in Indonesian stands in dictionary.toml.
"""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path

from services.chassis.postgres import Transaction
from services.reporting import definitions, queries
from services.reporting.answers import Text
from services.reporting.pages import words
from services.reporting.pages.asked import Asked
from services.reporting.pages.panel import Column, Panel
from services.reporting.queries import Figure

KINDS = {"view": Text("tampilan", "view"), "function": Text("fungsi", "function")}


@cache
def in_indonesian() -> dict[str, str]:
    """Give the Indonesian sentence of each comment of the database."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


async def _dictionary(tx: Transaction, _day: date, asked: Asked) -> list[Figure]:
    rows = [
        row | {"part": words.say(KINDS[row["part"]], asked.lang) if row["kind"] is None else row["part"]}
        for row in await queries.dictionary(tx)
    ]
    if asked.lang == "en":
        return rows
    said = in_indonesian()
    return [
        row | ({"meaning": said[row["meaning"]]} if row["meaning"] in said else {"in_english": {"meaning"}})
        for row in rows
    ]


DICTIONARY = Panel(
    "dictionary",
    Text("Kamus data", "Data dictionary"),
    Text("tampilan, fungsi dan kolom", "views, functions and columns"),
    definitions.DICTIONARY,
    (
        Column("object", Text("Dalam skema bi", "In schema bi"), "text"),
        Column("part", Text("Bagian", "Part"), "text"),
        Column("type", Text("Jenis", "Type"), "text"),
        Column("meaning", Text("Arti", "Meaning"), "long"),
    ),
    _dictionary,
    None,
    "bi.dictionary",
    whole=True,
    changing=definitions.DICTIONARY_NOW,
)
