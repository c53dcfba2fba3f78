"""The edition of the codes that this release brings along: 91,599 of them, packed beside this file.

Source: github.com/cahyadsn/wilayah, MIT (notice in LICENSE-regions.txt); codes per Kepmendagri 300.2.2-2138/2025.
A later edition takes the place of the file, of NAME and of IN_FORCE_FROM; `migrate` then closes what it retired.
"""

import csv
import hashlib
import io
import lzma
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

NAME = "Kepmendagri 300.2.2-2138/2025"
IN_FORCE_FROM: date | None = None
"""The day from which this edition holds. The first one is taken to have held always: nothing older is known here."""
KNOWN_AS = (("51.04.05.2003", "Singekerta"),)
"""Names that are still in use although the edition has another, by code."""

VILLAGE_CODE_LENGTH = 13
_FILE = Path(__file__).with_name("indonesia_regions.csv.xz")
_TWO_NAMES = re.compile(r"\s*[/()]\s*")


def regions() -> list[tuple[str, str]]:
    """Give every code with its name, in the order of the codes."""
    text = lzma.decompress(_FILE.read_bytes()).decode()
    return [(row["code"], row["name"].strip()) for row in csv.DictReader(io.StringIO(text))]


def aliases() -> Iterator[tuple[str, str]]:
    """Give further names by code: those known, and each part of names like `Tiro/Truseb` and `Kurau (Timur)`."""
    yield from KNOWN_AS
    for code, name in regions():
        parts = [part for part in _TWO_NAMES.split(name) if len(part) > 2]  # noqa: PLR2004 - not the X of `Timu (X)`
        if len(parts) > 1:
            yield from ((code, part) for part in parts)


def fingerprint() -> str:
    """Tell one packed edition from another."""
    known_as = "".join(f"{code}={name};" for code, name in KNOWN_AS)
    return hashlib.sha256(_FILE.read_bytes() + f"{NAME}{IN_FORCE_FROM}{known_as}".encode()).hexdigest()


@cache
def villages() -> frozenset[str]:
    """Give the codes of all villages of this edition."""
    return frozenset(code for code, _ in regions() if len(code) == VILLAGE_CODE_LENGTH)
