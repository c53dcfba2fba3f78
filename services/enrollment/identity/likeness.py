"""Tells whether two entries in the register may be one person: alike in name, birth date, village and national number.

Nothing here decides: who looks alike is put before a person. Entries that can be alike at all share one of their
blocks, so that among 100,000 people only those few are compared. A block is text that names somebody; what is kept of
it is its keyed hash.
"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from rapidfuzz.distance import OSA

from services.enrollment.identity import names

ALIKE_FROM = 75
"""The least score, of 100, of people who are put before a person."""
NAME_ALIKE_FROM = 80
"""The least likeness of two names that are said to agree, of 100."""
SAME_NAME_FROM = 60
"""The least likeness of two names that may be two spellings of one person's under one national number."""
NIK_SLIPS_MAX = 2
"""Digits mistyped or transposed in a national number that is still said to be alike."""

_NAME, _BIRTH_DATE, _VILLAGE, _NIK = 40, 30, 15, 15
"""What each part counts of the 100."""
_PARTLY = 0.7
_SAME_DISTRICT, _SAME_REGENCY = 0.7, 0.4
_DISTRICT_LENGTH, _REGENCY_LENGTH = 8, 5


class Person(Protocol):
    """What is known of a person when they are entered."""

    @property
    def nik(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def birth_date(self) -> date: ...
    @property
    def village_code(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two entries are, of 100, and in what; without anything of either."""

    score: int
    agree: tuple[str, ...]


def blocks(person: Person) -> tuple[str, str, str, str]:
    """Give what the person shares with anybody who is alike; one slip in name, day, year or village leaves another."""
    name, born = names.take_apart(person.name).key, person.birth_date
    return (
        f"village-birth:{person.village_code}:{born}",
        f"name-birth:{name}:{born}",
        f"name-village-year:{name}:{person.village_code}:{born.year}",
        f"name-village-day:{name}:{person.village_code}:{':'.join(sorted((f'{born.day:02}', f'{born.month:02}')))}",
    )


def compare(one: Person, other: Person) -> Likeness:
    """Say how alike two entries are; the same whichever comes first."""
    name = names.likeness(one.name, other.name)
    birth = _birth_dates(one.birth_date, other.birth_date)
    village = _villages(one.village_code, other.village_code)
    nik = 1.0 if OSA.distance(one.nik, other.nik, score_cutoff=NIK_SLIPS_MAX) <= NIK_SLIPS_MAX else 0.0
    score = name / 100 * _NAME + birth * _BIRTH_DATE + village * _VILLAGE + nik * _NIK
    agreeing = (
        ("name", name >= NAME_ALIKE_FROM),
        ("birth_date", birth == 1),
        ("village_code", village == 1),
        ("nik", nik == 1),
    )
    return Likeness(round(score), tuple(part for part, agrees in agreeing if agrees))


def same_name(one: Person, other: Person) -> bool:
    """Tell whether the two names may be spellings of one, as under one national number they should be."""
    return names.likeness(one.name, other.name) >= SAME_NAME_FROM


def alike(one: Person, other: Person) -> bool:
    """Tell whether a person should look at the two."""
    return same_name(one, other) and compare(one, other).score >= ALIKE_FROM


def _birth_dates(one: date, other: date) -> float:
    """Equal, or one of day, month and year mistyped, or day and month exchanged."""
    if one == other:
        return 1.0
    if (one.day, one.month, one.year) == (other.month, other.day, other.year):
        return _PARTLY
    same = (one.day == other.day) + (one.month == other.month) + (one.year == other.year)
    return _PARTLY if same == 2 else 0.0  # noqa: PLR2004 - two of three


def _villages(one: str, other: str) -> float:
    if one == other:
        return 1.0
    if one[:_DISTRICT_LENGTH] == other[:_DISTRICT_LENGTH]:
        return _SAME_DISTRICT
    return _SAME_REGENCY if one[:_REGENCY_LENGTH] == other[:_REGENCY_LENGTH] else 0.0
