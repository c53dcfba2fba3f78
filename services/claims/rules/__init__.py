"""The rules in force on a day, read once from `rules.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files

ALL_SEGMENTS = "*"
DAYS_REMEMBERED_MAX = 4_096


@dataclass(frozen=True, slots=True)
class Rule:
    """A value that the law sets, with the place where it sets it."""

    value: int
    law: str


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of one day; `version` names the edition of the file and the day of its newest rule in force."""

    version: str
    rules: Mapping[tuple[str, str], Rule]

    def of(self, parameter: str, segment: str = ALL_SEGMENTS) -> Rule:
        """Find the rule of a segment, or else the one for all."""
        return self.rules.get((parameter, segment)) or self.rules[parameter, ALL_SEGMENTS]


class NoRules(ValueError):
    """The day lies before the first rule."""


def first_day() -> date:
    """Tell the first day on which rules are known."""
    return _entries()[1][0][0]


@lru_cache(maxsize=DAYS_REMEMBERED_MAX)
def rules_on(day: date) -> Rules:
    """Collect the rules that are in force on the day."""
    edition, entries = _entries()
    in_force = [entry for entry in entries if entry[0] <= day]
    if not in_force:
        msg = f"no rules are known for {day}; the first are of {first_day()}"
        raise NoRules(msg)
    return Rules(
        version=f"{edition}/{in_force[-1][0].isoformat()}",
        rules={(parameter, segment): rule for _, parameter, segment, rule in in_force},
    )


@cache
def _entries() -> tuple[int, tuple[tuple[date, str, str, Rule], ...]]:
    """Give the edition, and each entry in the order of its first day, so that later ones replace earlier ones."""
    document = tomllib.loads(files(__package__).joinpath("rules.toml").read_text(encoding="utf-8"))
    entries = (
        (entry["from"], entry["parameter"], entry.get("segment", ALL_SEGMENTS), Rule(entry["value"], entry["law"]))
        for entry in document["rule"]
    )
    return document["edition"], tuple(sorted(entries, key=lambda entry: entry[0]))
