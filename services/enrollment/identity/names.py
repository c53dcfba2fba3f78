"""Compares names as people in Bali write them: order of birth, rank and sex stand before the name that tells who it is.

    I Wayan Suartha, S.Pd.   ->   sex: man   order: first-born   own: suarta
    Ni Luh Pt. Sri Wahyuni   ->   sex: woman order: first-born   own: sri wahyuni

Half of all men are called I Wayan, Made, Nyoman or Ketut, so these words make nobody alike; two that contradict each
other make people unlike. Old spellings, abbreviations, doubled and silent letters count as the same.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rapidfuzz import fuzz

Sex = Literal["man", "woman"]

CONTRADICTS_SEX = 40
CONTRADICTS_ORDER = 20
OTHER_WORD_FOR_ORDER = 5
"""How much of 100 it costs when one is called I and the other Ni, Wayan and Made, Wayan and Putu."""

_WOMAN, _MAN = frozenset(("ni", "ayu", "istri", "luh", "desak")), frozenset(("i", "bagus"))
"""Whoever is called I Gusti Ayu is a woman."""
_ORDER = {
    **dict.fromkeys(("wayan", "putu", "gede", "luh"), 1),
    **dict.fromkeys(("made", "kadek", "nengah"), 2),
    **dict.fromkeys(("nyoman", "komang"), 3),
    "ketut": 4,
}
_NOBLE = (
    "ida",
    "bagus",
    "ayu",
    "anak",
    "agung",
    "gusti",
    "ngurah",
    "dewa",
    "desak",
    "cokorda",
    "ngakan",
    "kompyang",
    "istri",
)
_RANK = frozenset((*_NOBLE, "i", "ni", "si", "sang", "jero", "mangku"))
_TITLE = frozenset(("drs", "dra", "dr", "drg", "ir", "prof", "h", "hj", "alm", "almh", "bin", "binti"))
_WRITTEN_AS = {
    "wayan": ("wy", "wyn", "yan"),
    "putu": ("pt", "ptu"),
    "gede": ("gd", "gde"),
    "made": ("md", "mde"),
    "kadek": ("kd", "kdk"),
    "nengah": ("ngh",),
    "nyoman": ("nym", "nyn"),
    "komang": ("km", "kmg"),
    "ketut": ("kt", "ktt"),
    "gusti": ("gst",),
    "ngurah": ("ngr",),
    "dewa": ("dw",),
    "cokorda": ("cok", "tjokorda"),
    "agung": ("ag", "agng"),
    "bagus": ("bgs",),
    "abdul": ("abd",),
    "muhamad": ("muh", "moh", "mhd", "mohamad", "mochamad", "muhammad", "mohammad", "mochammad"),
}
_SHORT = {short: whole for whole, written in _WRITTEN_AS.items() for short in written}
_TOGETHER = (
    (re.compile(r"^a ?a\b"), "anak agung"),
    (re.compile(r"^i ?b\b"), "ida bagus"),
    (re.compile(r"^i ?a\b"), "ida ayu"),
    (re.compile(r"^i ?g ?n\b"), "i gusti ngurah"),
    (re.compile(r"^i ?g ?a\b"), "i gusti ayu"),
)
_OLD_SPELLING = (("oe", "u"), ("dj", "j"), ("tj", "c"), ("nj", "ny"), ("sj", "sy"), ("ch", "h"))
_SOUNDS = (("uw", "u"), ("iy", "i"), ("v", "w"), ("f", "p"), ("x", "ks"), ("q", "k"), ("z", "s"))

_degrees = re.compile(r"( s ?(pd|h|e|t|ag|sos|kom|ip)| m ?(pd|si|h|m)| a ?md)+$")
_after_comma = re.compile(r",.*$")
_not_letters = re.compile(r"[^a-z0-9]+")
_silent_h = re.compile(r"(?<=[bcdgkprstw])h|h$")
_doubled = re.compile(r"(.)\1+")


@dataclass(frozen=True, slots=True)
class Name:
    """A name taken apart: what it says of sex and order of birth, and the words that tell who it is."""

    sex: Sex | None
    order: str | None
    own: tuple[str, ...]

    @property
    def key(self) -> str:
        """What two spellings of one name have in common."""
        return " ".join((self.sex or "", str(_ORDER.get(self.order or "", "")), *sorted(self.own)))


@lru_cache(maxsize=50_000)
def take_apart(name: str) -> Name:
    """Take a written name apart; a name of nothing but rank and order is its own words."""
    words = _words(name)
    own = tuple(_sounds(word) for word in words if word not in _ORDER and word not in _RANK)
    return Name(
        sex="woman" if _WOMAN.intersection(words) else "man" if _MAN.intersection(words) else None,
        order=next((word for word in words if word in _ORDER), None),
        own=own or tuple(_sounds(word) for word in words),
    )


def likeness(one: str, other: str) -> int:
    """Tell from 0 to 100 how alike two names are; the same whichever comes first."""
    left, right = take_apart(one), take_apart(other)
    alike = fuzz.token_sort_ratio(" ".join(left.own), " ".join(right.own))
    if left.sex and right.sex and left.sex != right.sex:
        alike -= CONTRADICTS_SEX
    if left.order and right.order and left.order != right.order:
        same = _ORDER[left.order] == _ORDER[right.order]
        alike -= OTHER_WORD_FOR_ORDER if same else CONTRADICTS_ORDER
    return max(round(alike), 0)


def _words(name: str) -> list[str]:
    """Give the words in small letters without accents, titles and degrees, abbreviations written out."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    letters = _not_letters.sub(" ", _after_comma.sub("", plain).replace("'", "")).strip()
    if not letters:  # a name in another script is compared as it is written
        return unicodedata.normalize("NFKC", name).casefold().split()
    if letters[0] in "ai":
        for pattern, whole in _TOGETHER:
            letters = pattern.sub(whole, letters)
    letters = _degrees.sub("", letters)
    spelt = " ".join(_SHORT.get(word, word) for word in letters.split() if word not in _TITLE)
    for old, new in _OLD_SPELLING:
        spelt = spelt.replace(old, new)
    return spelt.split() or letters.split()


def _sounds(word: str) -> str:
    for written, heard in _SOUNDS:
        word = word.replace(written, heard)
    if "h" in word:
        word = _silent_h.sub("", word)
    return _doubled.sub(r"\1", word) if _doubled.search(word) else word
