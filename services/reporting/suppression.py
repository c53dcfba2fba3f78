"""Which counts of a table may be shown to everybody, so that no count of one to four people can be worked out.

A table has areas (villages, and what they add up to: districts, regencies, all), and in each area a total and its
parts. A count of 1 to 4 is small. Two rules, and nothing else:

    an area with a small part is shown without its parts; with a small total, without its total too
    whatever is hidden is hidden together with its cover, and so are all areas between the two

The cover is the first area beside it, in the order of the codes, that has two parts which are not small and not
nothing; where there is none beside it, the area above is hidden as well, and the cover is looked for beside that. In an
area that covers, the first of its areas that can cover is hidden, and so on down to a village.

Promised: from all that is shown, every hidden small count may be as low as nothing. For whatever is moved from it to
another part of its village can be moved back in the covering village, and no sum that is shown becomes another. As the
cover of a count depends neither on its neighbours' counts nor on which others are small, this holds also for any number
of tables of different days together, even if all that did not change between them is known not to have changed: for
each count that is small in all of them, as long as the same villages can cover.

Not promised: that nobody can be worked out by who knows the village already; that a count which grows to 5 does not say
what it was before, to whoever knows that the rest of its village stood still; that the difference of two counts
that are shown is not small.
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
    """Say what may be shown of each area and of all areas above, given the counts of the smallest areas by part."""
    sums = _summed(counts, parts)
    below = defaultdict[str, list[str]](list)
    for area in sorted(sums.keys() - {ROOT}):
        below[above(area)].append(area)
    covers = {area: tuple(_covering(area, sums, below)) for area in sums}
    without_parts, without_total = set[str](), set[str]()
    for area, row in sums.items():
        if any(count in SMALL for count in row.values()):
            hidden = _with_cover(area, below, covers)
            without_parts |= hidden
            if sum(row.values()) in SMALL:
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


def _covering(area: str, sums: Mapping[str, Mapping[str, int]], below: Mapping[str, list[str]]) -> Iterator[str]:
    """Give the areas that are hidden when this one covers another, down to a village; none if it cannot cover."""
    if area not in below:
        if sum(count >= SMALL.stop for count in sums[area].values()) > 1:
            yield area
        return
    for one in below[area]:
        if found := tuple(_covering(one, sums, below)):
            yield area
            yield from found
            return


def _with_cover(area: str, below: Mapping[str, list[str]], covers: Mapping[str, tuple[str, ...]]) -> set[str]:
    hidden = {area}
    while area != ROOT:
        found = next((covers[other] for other in below[above(area)] if other != area and covers[other]), ())
        if found:
            return hidden | set(found)
        area = above(area)
        hidden.add(area)
    return hidden
