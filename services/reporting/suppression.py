"""Which counts of a table may be shown to everybody, so that no count of one to four people can be worked out.

A table has areas (villages, and what they add up to: districts, regencies, all), and in each area a total and its
parts. A count of 1 to 4 is small. Two rules, and nothing else:

    an area with a small part is shown without its parts; with a small total, without its total too
    whatever is hidden is hidden together with its cover, and so are all areas between the two

A small part is covered by the first area beside it, in the order of the codes, in which there is a village with five
people or more in another part; that village is hidden, and all between. Where there is none, a small total is covered
by the first area beside it, whatever is in it; else the area above is hidden as well, and covered from beside that.

Promised: from all that is shown, every hidden small count may be as low as nothing. For whatever is moved from it to
another part of its village can be moved back in the covering village (or from one total to the other), and no sum that
is shown becomes another. As the cover of a count depends neither on its neighbours' counts nor on which others are
small, this holds also for any number of tables of different days together, even if all that did not change between them
is known not to have changed: for each count that is small in all of them, as long as the same parts of the villages
that cover it have five people or more, and the total beside it does not cease to be small.

Not promised: that nobody can be worked out by who knows the village already; that a count which grows to 5 does not say
what it was before, to whoever knows that the rest of its village stood still; that the difference of two counts
that are shown is not small.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

SMALL = range(1, 5)
ROOT = ""
"""The code of all areas together; that of any other begins with that of the area above it and a dot."""


class Shown(NamedTuple):
    """What of an area may be shown; None: not."""

    total: int | None
    parts: Mapping[str, int] | None


def shown(counts: Mapping[str, Mapping[str, int]], parts: Sequence[str]) -> dict[str, Shown]:
    """Say what may be shown of each area and of all areas above, given the counts of the smallest areas by part."""
    sums = _summed(counts, parts)
    below = defaultdict[str, list[str]](list)
    for area in sorted(sums.keys() - {ROOT}):
        below[above(area)].append(area)
    without_parts, without_total = set[str](), set[str]()
    for area, row in sums.items():
        small_total = sum(row.values()) in SMALL
        for part, count in row.items():
            if count in SMALL:
                hidden = _with_cover(area, part, sums, below, anyone=small_total)
                without_parts |= hidden
                if small_total:
                    without_total |= hidden
    return {
        area: Shown(
            None if area in without_total else sum(row.values()),
            None if area in without_parts else row,
        )
        for area, row in sums.items()
    }


def above(area: str) -> str:
    """Give the code of the area that it is a part of."""
    return area.rpartition(".")[0]


def _summed(counts: Mapping[str, Mapping[str, int]], parts: Sequence[str]) -> dict[str, dict[str, int]]:
    sums = defaultdict[str, dict[str, int]](lambda: dict.fromkeys(parts, 0))
    sums[ROOT] = dict.fromkeys(parts, 0)
    for smallest, row in counts.items():
        area = smallest
        while True:
            for part, count in row.items():
                sums[area][part] += count
            if area == ROOT:
                break
            area = above(area)
    return dict(sums)


def _with_cover(
    area: str, part: str, sums: Mapping[str, Mapping[str, int]], below: Mapping[str, list[str]], *, anyone: bool
) -> set[str]:
    """Give what is hidden with a small part of an area: the area, its cover, and all that is above one of the two only.

    `anyone`: the total is hidden too, so that any area covers it where none is better.
    """
    hidden = {area}
    while area != ROOT:
        beside = [other for other in below[above(area)] if other != area]
        found = next(filter(None, (_covering(other, part, sums, below) for other in beside)), [])
        if not found and anyone and beside:
            found = _first(beside[0], below)
        if found:
            return hidden.union(found)
        area = above(area)
        hidden.add(area)
    return hidden


def _covering(area: str, part: str, sums: Mapping[str, Mapping[str, int]], below: Mapping[str, list[str]]) -> list[str]:
    """Give this area and those in it, down to a village that can cover a small part; none if no village can."""
    if area not in below:
        return [area] if any(n >= SMALL.stop for one, n in sums[area].items() if one != part) else []
    found = next(filter(None, (_covering(one, part, sums, below) for one in below[area])), [])
    return [area, *found] if found else []


def _first(area: str, below: Mapping[str, list[str]]) -> list[str]:
    return [area, *_first(below[area][0], below)] if area in below else [area]
