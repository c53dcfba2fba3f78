"""Finds the village that a list means by the names it gives; never guesses: several, or near ones, are for a person.

Names are unsafe: six villages of Gianyar are named like their district, Buahan lies in three regencies, and one name
stands for 98 villages of the country. So a name counts only inside an area, and what is kept is the code alone.
"""

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

CANDIDATES_MAX = 5
ALIKE_MIN = 0.75
"""How alike two names must be, by difflib's ratio, to be shown to a person as the one that may be meant."""

_KIND = re.compile(r"\s*(desa|ds|kelurahan|kel|kecamatan|kec)\b[.\s]*(?=\S)", re.IGNORECASE)
_NOT_COMPARED = re.compile(r"[^a-z0-9]+")


def plain(name: str) -> str:
    """Give a name as it is compared: without accents, spaces, marks and capitals."""
    return _NOT_COMPARED.sub("", unicodedata.normalize("NFKD", name).casefold())


def _named(name: str, known: Mapping[str, set[str]]) -> set[str]:
    """Give the codes of a name as it stands, else without a word for its kind: `Desa Baru` may be its whole name."""
    return known.get(plain(name)) or known.get(plain(_KIND.sub("", name, count=1))) or set()


@dataclass(frozen=True, slots=True)
class Named:
    """A village by its code, with the names of itself and of its district."""

    code: str
    name: str
    district: str


@dataclass(frozen=True, slots=True)
class Found:
    """The one village that is meant, or those among which a person chooses; neither where nothing is near."""

    code: str | None
    candidates: tuple[Named, ...] = ()


class Gazetteer:
    """The villages of one area by their names; made once for a list, asked for each of its rows."""

    def __init__(self, villages: Iterable[Named], aliases: Iterable[tuple[str, str]] = ()) -> None:
        """Take the villages, and further names as (code, name), which districts may have as well."""
        self._villages = {village.code: village for village in villages}
        self._codes: dict[str, set[str]] = defaultdict(set)
        self._districts: dict[str, set[str]] = defaultdict(set)
        for village in self._villages.values():
            self._codes[plain(village.name)].add(village.code)
            self._districts[plain(village.district)].add(_district(village.code))
        known = set().union(*self._districts.values())
        for code, name in aliases:
            if code in self._villages:
                self._codes[plain(name)].add(code)
            elif code in known:
                self._districts[plain(name)].add(code)

    def find(self, village: str, district: str | None = None) -> Found:
        """Find a village by its name, inside its district if that is told as well."""
        within = _named(district, self._districts) if district else None
        codes = self._inside(_named(village, self._codes), within)
        if len(codes) == 1:
            return Found(codes[0])
        if not codes:
            near = difflib.get_close_matches(plain(village), self._codes, CANDIDATES_MAX, ALIKE_MIN)
            alike = {code for name in near for code in self._codes[name]}
            codes = self._inside(alike, within) or sorted(alike)
        return Found(None, tuple(self._villages[code] for code in codes[:CANDIDATES_MAX]))

    @staticmethod
    def _inside(codes: set[str], districts: set[str] | None) -> list[str]:
        return sorted(code for code in codes if districts is None or _district(code) in districts)


def _district(village_code: str) -> str:
    return village_code.rpartition(".")[0]
