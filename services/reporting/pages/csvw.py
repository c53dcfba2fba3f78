"""What a CSV file says of itself, in the file beside it: metadata as CSV on the Web has it (W3C, tabular metadata).

A CSV file has no place of its own for it: lines above the header are values to whoever reads the rows. Tools that know
the recommendation find the metadata by the link of the answer, or at the file's address with `-metadata.json`.
"""

from collections.abc import Sequence

import orjson

from services.reporting.pages.asked import Asked
from services.reporting.pages.panel import Column

FORM = "csv-metadata.json"
MEDIA = "application/csvm+json"
DATATYPES = {"people": "integer", "number": "number", "rupiah": "integer", "day": "date", "month": "date"}
DATATYPES |= {"flag": "boolean"}


def describe(columns: Sequence[Column], said: Sequence[tuple[str, str]], asked: Asked, address: str) -> bytes:
    """Write it for the rows at the address: what each column holds and how, and all that the figures are worth."""
    worth = dict(said)
    return orjson.dumps(
        {
            "@context": ["http://www.w3.org/ns/csvw", {"@language": asked.lang}],
            "url": address,
            "dc:title": worth["title"],
            "dc:description": worth["definition"],
            "dc:identifier": worth["snapshot"],
            "dc:source": worth["source"],
            "notes": [worth],
            "dialect": {"delimiter": asked.sep, "encoding": "utf-8", "header": True},
            "tableSchema": {
                "columns": [
                    {
                        "name": column.key,
                        "titles": [column.key],
                        "dc:title": {"id": column.label.indonesian, "en": column.label.english},
                        "datatype": _datatype(column, asked.sep),
                    }
                    for column in columns
                ]
            },
        },
        option=orjson.OPT_INDENT_2,
    )


def _datatype(column: Column, sep: str) -> object:
    if column.kind == "percent" or (column.kind == "number" and sep == ";"):
        return {"base": "number", "format": {"decimalChar": "," if sep == ";" else "."}}
    return DATATYPES.get(column.kind, "string")
