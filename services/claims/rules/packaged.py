"""Edition 1 of the rule book, as it comes with the service: `rules.toml`."""

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Any

from services.claims.rules.book import (
    ALL_SEGMENTS,
    Content,
    DatedDisability,
    DatedDocument,
    DatedRule,
    Holiday,
    HolidayYear,
    RuleBook,
)


@cache
def base_book() -> RuleBook:
    """Give edition 1."""
    document = tomllib.loads(files(__package__).joinpath("rules.toml").read_text(encoding="utf-8"))
    content = Content(
        tuple(rule for law in document["law"] for rule in _rules(law)),
        tuple(one for group in document.get("documents", ()) for one in _documents(group)),
        tuple(one for group in document.get("disabilities", ()) for one in _disabilities(group)),
        tuple(one for group in document.get("holidays", ()) for one in _holidays(group)),
        tuple(HolidayYear(**year) for year in document.get("holiday_year", ())),
    )
    return RuleBook(document["edition"], content)


def _rules(law: dict[str, Any]) -> Iterator[DatedRule]:
    values: dict[str, int | None] = law.get("values", {}) | dict.fromkeys(law.get("ends", ()))
    segment = law.get("segment", ALL_SEGMENTS)
    for parameter, value in values.items():
        yield DatedRule(parameter, segment, law["from"], value, law["law"], law["confidence"])


def _documents(group: dict[str, Any]) -> Iterator[DatedDocument]:
    for kind, (code, indonesian, english) in product(group["kinds"], group["rows"]):
        yield DatedDocument(
            kind,
            code,
            group["from"],
            indonesian,
            english,
            group["law"],
            group["confidence"],
            required=group.get("required", True),
            case=group.get("case", ""),
        )


def _disabilities(group: dict[str, Any]) -> Iterator[DatedDisability]:
    for code, permille, indonesian, english in group["rows"]:
        yield DatedDisability(code, group["from"], permille, indonesian, english, group["law"], group["confidence"])


def _holidays(group: dict[str, Any]) -> Iterator[Holiday]:
    for day, indonesian, english in group["days"]:
        yield Holiday(day, group["kind"], indonesian, english, group["law"], group["confidence"])
