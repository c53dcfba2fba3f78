"""The schema and the sample of every fact, as files that any language can read.

In a checkout they stand beside the package, in an installed wheel within it.
"""

import json
from pathlib import Path
from typing import Literal


def folder(kind: Literal["schemas", "samples"]) -> Path:
    """Say where the files are: one per fact, named by its type on the wire."""
    package = Path(__file__).parent
    within = package / kind
    return within if within.is_dir() else package.parent / kind


def schema(fact_type: str) -> str:
    """Read the JSON Schema (2020-12) of the fact's data."""
    return (folder("schemas") / f"{fact_type}.json").read_text(encoding="utf-8")


def sample(fact_type: str) -> tuple[list[tuple[str, bytes]], bytes]:
    """Read the sample of a fact as a Kafka client hands it over: headers and value."""
    document = json.loads((folder("samples") / f"{fact_type}.json").read_text(encoding="utf-8"))
    headers = [(name, value.encode()) for name, value in document["headers"].items()]
    return headers, json.dumps(document["data"], ensure_ascii=False, separators=(",", ":")).encode()
