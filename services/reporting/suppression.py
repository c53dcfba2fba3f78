"""Which counts of a table may be shown to everybody, so that no count of one to four people can be worked out.

A table has areas (villages, and what they add up to: districts, regencies, all), and in each area a total and its
parts. A count of 1 to 4 is small: it is suppressed, and so is what would give it back by subtraction (complementary
suppression). Four rules, and nothing else:

    an area with a small part is shown without its parts; with a small total, without its total too
    whatever is hidden is hidden together with its cover, and so are all areas between the two
    what an area that is shown has left, once those shown within it are subtracted, is nobody or five or more
    an area is named only if something of it is shown, or of one within it

A small part is covered by the first area beside it, in the order of the codes, in which there is a village with five
people or more in another part; that village is hidden, and all between. Where there is none, a small total is covered
by the first area beside it, whatever is in it; else the area above is hidden as well, and covered from beside that.
Where then still 1 to 4 are left, of one part or in total, another area within is hidden that has five or more left: the
one that hides the fewest areas with it, of these the smallest, of these the first by its code.

Promised of a table: from all that is shown, every hidden small count may be nothing, and may be five or more. Nothing,
for what is moved from it to another part of its village can be moved back in the covering village (or from one total to
the other), and no sum that is shown becomes another. Five or more, for all that is shown is the margins of two-way
tables, of what is left in total by what is left of each part: each margin is nothing or five or more, and a count in
such a table can be as great as the smaller of its two. So no sum of hidden counts can be worked out to be 1 to 4, nor
bounded to within. Rupiah are shown where parts are: what is left of them is that of no case, or of five or more.

Promised of tables of different days, even if all that did not change between them is known not to have changed: that a
count which is small in all of them may be nothing, as long as the same parts of the villages that cover it have five
people or more, and the total beside it does not cease to be small. For its cover depends neither on its neighbours'
counts nor on which others are small. What the third rule hides does: two days may tell a sum which one does not tell.

Not promised: that nobody can be worked out by who knows the village already; that a count which grows to 5 does not say
what it was before, to who knows that the rest of its village stood still; that the difference of two days, or of two
counts that are shown, is not small; that rupiah of five cases do not tell of one much greater than the others.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

SMALL = range(1, 5)
ROOT = ""
"""The code of all areas together; that of any other begins with that of the area above it and a dot."""


class Shown(NamedTuple):
    """What of an area may be shown; None: not."""

    total: int | None
    parts: Mapping[str, int] | None


def shown(counts: Mapping[str, Mapping[str, int]], parts: Sequence[str]) -> dict[str, Shown]:
    """Say what may be shown of each area that may be named, given the counts of the smallest areas by part."""
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
    without_total = _leaving_enough({village: sum(row.values()) for village, row in counts.items()}, without_total)
    without_parts |= without_total
    for part in parts:
        without_parts = _leaving_enough({village: row.get(part, 0) for village, row in counts.items()}, without_parts)
    named = {one for area in sums.keys() - without_total for one in _upwards(area)}
    return {
        area: Shown(None if area in without_total else sum(row.values()), None if area in without_parts else row)
        for area, row in sums.items()
        if area in named
    }


def above(area: str) -> str:
    """Give the code of the area that it is a part of."""
    return area.rpartition(".")[0]


def _upwards(area: str) -> Iterator[str]:
    """Give the area, and all that it is a part of."""
    yield area
    while area != ROOT:
        area = above(area)
        yield area


def _summed(counts: Mapping[str, Mapping[str, int]], parts: Sequence[str]) -> dict[str, dict[str, int]]:
    sums = defaultdict[str, dict[str, int]](lambda: dict.fromkeys(parts, 0))
    sums[ROOT] = dict.fromkeys(parts, 0)
    for smallest, row in counts.items():
        for area in _upwards(smallest):
            for part, count in row.items():
                sums[area][part] += count
    return dict(sums)


def _with_cover(
    area: str, part: str, sums: Mapping[str, Mapping[str, int]], below: Mapping[str, list[str]], *, anyone: bool
) -> set[str]:
    """Give a small part's area, its cover, and all above one of the two only; `anyone`: the total is hidden too."""
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


def _leaving_enough(counts: Mapping[str, int], hidden: set[str]) -> set[str]:
    """Hide more, until each area that is shown has nobody or five or more left; `counts` are those of the villages.

    There is always one within to hide: the innermost that have anybody left have all left that they have.
    """
    while True:
        left = defaultdict[str, int](int)
        for village, count in counts.items():
            if (holder := next((area for area in _upwards(village) if area not in hidden), None)) is not None:
                left[holder] += count
        lacking = max((area for area, count in left.items() if count in SMALL), key=len, default=None)
        if lacking is None:
            return hidden
        ways = (
            [one for one in _upwards(area) if len(one) > len(lacking) and one not in hidden]
            for area, count in left.items()
            if count >= SMALL.stop and area != lacking and lacking in _upwards(area)
        )
        fewest = min(ways, key=lambda way: (len(way), -len(way[0]), way[0]))
        hidden = hidden.union(fewest)
