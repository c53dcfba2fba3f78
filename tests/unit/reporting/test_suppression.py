"""What is shown to everybody, as tables; and an attacker who solves for what is hidden, and finds nothing small."""

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from services.reporting import releases
from services.reporting.suppression import SMALL, Shown, above, shown

PARTS = ("PU", "BPU", "JAKON")
Table = dict[str, dict[str, int]]
Cell = tuple[object, str, str]
"""Whose value is unknown: on which day, in which village, of which part."""
Equation = tuple[set[Cell], int]


def table(**rows: str) -> Table:
    return {
        name.replace("_", "."): dict(zip(PARTS, map(int, counts.split()), strict=True)) for name, counts in rows.items()
    }


def hidden(counts: Table) -> tuple[str, str]:
    """Which areas lack their parts, and which their totals as well; those that are not named lack both."""
    found = {area: Shown(None, None) for area in sorted(_areas(counts))} | shown(counts, PARTS)
    without_parts = [area or "all" for area, row in found.items() if row.parts is None]
    without_total = [area or "all" for area, row in found.items() if row.total is None]
    return " ".join(without_parts), " ".join(without_total)


def test_a_row_with_a_small_count_is_hidden_with_its_cover() -> None:
    cases = (
        (table(a_1="9 9 9", a_2="9 9 0"), ("", "")),
        (table(a_1="9 9 9", a_2="9 4 9", a_3="9 9 9"), ("a.1 a.2", "")),
        (table(a_1="9 4 9", a_2="9 9 9", a_3="9 9 9"), ("a.1 a.2", "")),
        (table(a_1="0 9 0", a_2="9 4 9", a_3="0 5 5", a_4="9 9 9"), ("a.2 a.3", "")),
        (table(a_1="9 9 9", a_2="0 4 0", a_3="9 9 9"), ("a.1 a.2", "a.1 a.2")),
        (table(a_1="0 9 0", a_2="0 4 0", a_3="0 9 0"), ("a.1 a.2", "a.1 a.2")),
        (table(a_1="9 4 9", b_1="0 9 0", b_2="9 9 9", c_1="9 9 9"), ("a a.1 b b.2", "")),
        (table(a_1="9 4 9", b_1="0 9 0"), ("all a a.1", "")),
        (table(a_1="2 0 0", b_1="9 9 9"), ("a a.1 b b.1", "a a.1 b b.1")),
        (table(a_1="1 1 1"), ("all a a.1", "all a a.1")),
        (table(a_1="1 4 9", a_2="4 1 9", a_3="9 9 9"), ("a.1 a.2", "")),
    )
    for counts, expected in cases:
        assert hidden(counts) == expected, (hidden(counts), counts)


def test_what_is_hidden_together_is_nobody_or_five() -> None:
    cases = (
        (table(a_1="9 2 9", a_2="9 0 9", a_3="9 0 9", a_4="9 9 9", a_5="9 9 9"), ("a.1 a.2 a.4", "")),
        (table(a_1="9 2 9", a_2="9 3 9", a_3="9 9 9"), ("a.1 a.2", "")),
        (table(a_1="9 2 9", a_2="9 2 9", a_3="9 9 9"), ("a.1 a.2 a.3", "")),
        (table(a_1="0 1 0", a_2="0 2 0", a_3="9 0 9", a_4="0 9 0"), ("a.1 a.2 a.3 a.4", "a.1 a.2 a.3")),
        (table(a_1="0 1 0", a_2="0 2 0", a_3="0 9 0"), ("a.1 a.2 a.3", "a.1 a.2 a.3")),
        (table(a_1_1="9 2 9", b_1_1="9 0 9", b_1_2="9 9 9", b_2_1="9 9 9"), ("a a.1 a.1.1 b b.1 b.1.1 b.1.2", "")),
        (table(a_1="9 2 9", b_1="9 0 9", c_1="9 9 9"), ("a a.1 b b.1 c c.1", "")),
        (
            table(a_1_1="0 0 9", a_2_1="3 9 9", a_2_2="9 9 2", a_3_1="9 0 0", a_3_2="2 9 0"),
            ("a.1 a.1.1 a.2.1 a.2.2 a.3 a.3.1 a.3.2", ""),
        ),
    )
    for counts, expected in cases:
        assert hidden(counts) == expected, (hidden(counts), counts)


def test_an_area_is_named_if_something_of_it_is_shown_or_of_one_within_it() -> None:
    found = shown(table(a_1="2 0 0", b_1="9 9 9", b_2="9 9 9"), PARTS)
    assert found.keys() == {"", "b", "b.2"}
    assert found["b"] == Shown(None, None)


def test_rupiah_are_shown_where_parts_are_so_that_none_are_left_of_less_than_five_cases() -> None:
    cases = table(a_1="9 2 9", a_2="9 0 9", a_3="9 9 9", a_4="9 9 9")
    paid = {area: {part: 42_000_000 * count for part, count in row.items()} for area, row in cases.items()}
    rows = {(row.area_code, row.part): row for row in releases.table(cases, paid, PARTS)}
    told = {one for one, row in rows.items() if row.amount_idr is not None}
    assert told == {(area, part) for area in ("a", "a.4") for part in (None, *PARTS)}
    assert [rows["a", part].amount_idr for part in (None, "BPU")] == [92 * 42_000_000, 20 * 42_000_000]


VILLAGES = ("a.1.1", "a.1.2", "a.1.3", "a.2.1", "a.2.2", "b.1.1", "b.1.2")
ROWS = st.fixed_dictionaries(dict.fromkeys(PARTS, st.sampled_from([0, 0, 1, 2, 4, 5, 7, 30])))
TABLES = st.dictionaries(st.sampled_from(VILLAGES), ROWS, min_size=2, max_size=6)
CHANGES = st.dictionaries(st.sampled_from(VILLAGES), ROWS, min_size=1, max_size=3)


@settings(max_examples=60, deadline=None)
@given(TABLES)
@example(table(a_1_1="4 0 0", b_1_1="1 0 0", b_1_2="30 0 0"))
def test_no_small_count_can_be_solved_for_nor_any_small_sum(counts: Table) -> None:
    _attack([counts])
    names = _names(counts, 0)
    solver = Solver(list(_equations(shown(counts, PARTS), counts, names)))
    for (village, part), cell in names.items():
        if counts[village][part] in SMALL:  # every small sum has one of these in it, so is as great at least
            assert solver.most(cell) >= SMALL.stop, (village, part)


@settings(max_examples=60, deadline=None)
@given(TABLES, CHANGES)
@example(table(a_1="9 4 9", a_2="9 9 9", a_3="30 30 30"), table(a_2="90 90 90"))
@example(table(a_1="9 9 9", a_2="9 4 9", a_3="30 9 30"), table(a_3="30 3 30"))
def test_nor_from_the_tables_of_two_days(counts: Table, changes: Table) -> None:
    later = counts | {village: row for village, row in changes.items() if village in counts}
    assume(_able_to_cover(counts) == _able_to_cover(later))
    _attack([counts, later])


def _able_to_cover(counts: Table) -> set[tuple[str, str]]:
    return {(village, part) for village, row in counts.items() for part in PARTS if row[part] not in range(5)}


def _attack(days: Sequence[Table]) -> None:
    """Take all that is shown on all days for equations; each count that is small on all of them may still be nothing.

    Whoever attacks knows also what did not change from one day to the next, and that no count is below nothing.
    """
    names = [_names(days[0], 0)]
    for (before, after), day in zip(pairwise(days), range(1, len(days)), strict=True):
        same = {
            (village, part): names[-1][village, part]
            for village, row in after.items()
            for part in PARTS
            if before[village][part] == row[part]
        }
        names.append(_names(after, day) | same)
    equations = [
        equation
        for counts, named in zip(days, names, strict=True)
        for equation in _equations(shown(counts, PARTS), counts, named)
    ]
    solver = Solver(equations)
    sums = [_sums(counts) for counts in days]
    for area, part in sums[0]:
        values = [each[area, part] for each in sums]
        cells = [_cells(area, part, counts, named) for counts, named in zip(days, names, strict=True)]
        totals_small = {each[area, ""] in SMALL for each in sums}
        if values[0] in SMALL and all(each == cells[0] for each in cells) and len(totals_small) == 1:
            assert solver.least(cells[0]) == 0, (area, part, values)


def _names(counts: Table, day: int) -> dict[tuple[str, str], Cell]:
    return {(village, part): (day, village, part) for village in counts for part in PARTS}


def _within(village: str, area: str) -> bool:
    return not area or village == area or village.startswith(f"{area}.")


def _cells(area: str, part: str, counts: Table, named: Mapping[tuple[str, str], Cell]) -> set[Cell]:
    return {named[village, one] for village in counts if _within(village, area) for one in PARTS if part in ("", one)}


def _areas(counts: Table) -> set[str]:
    areas = set(counts)
    for _ in range(3):
        areas |= {above(area) for area in areas}
    return areas


def _sums(counts: Table) -> dict[tuple[str, str], int]:
    return {
        (area, part): sum(
            row[one] for village, row in counts.items() if _within(village, area) for one in PARTS if part in ("", one)
        )
        for area in _areas(counts)
        for part in ("", *PARTS)
    }


def _equations(found: Mapping[str, Shown], counts: Table, named: Mapping[tuple[str, str], Cell]) -> Iterator[Equation]:
    for area, row in found.items():
        # That it is named tells that somebody is there: but so does what is shown within it.
        assert row.total is not None or any(_within(one, area) and found[one].total is not None for one in found)
        if row.total is not None:
            yield _cells(area, "", counts, named), row.total
        for part, count in (row.parts or {}).items():
            yield _cells(area, part, counts, named), count


class Solver:
    """Exact linear programming over what nobody is told: counts that are not negative and fit all equations."""

    def __init__(self, equations: Sequence[Equation]) -> None:
        known = {next(iter(cells)): value for cells, value in equations if len(cells) == 1}
        reduced = [
            (cells - known.keys(), value - sum(known[cell] for cell in cells & known.keys()))
            for cells, value in equations
        ]
        self.known = known
        self.cells = sorted({cell for cells, _ in reduced for cell in cells}, key=str)
        unique = {(frozenset(cells), value) for cells, value in reduced if cells}
        self.rows = [
            [Fraction(cell in cells) for cell in self.cells]
            + [Fraction(place == other) for other in range(len(unique))]
            + [Fraction(value)]
            for place, (cells, value) in enumerate(sorted(unique, key=str))
        ]
        self.basis = [len(self.cells) + place for place in range(len(self.rows))]
        costs = [Fraction(0)] * len(self.cells) + [Fraction(1)] * len(self.rows)
        assert self._minimise(costs, len(costs)) == 0, "what is shown contradicts itself"
        for place, variable in enumerate(self.basis):  # what only repeats other equations goes
            if variable >= len(self.cells):
                found = next((column for column in range(len(self.cells)) if self.rows[place][column]), None)
                if found is not None:
                    self._pivot(place, found)
        kept = [place for place, variable in enumerate(self.basis) if variable < len(self.cells)]
        self.rows = [[*self.rows[place][: len(self.cells)], self.rows[place][-1]] for place in kept]
        self.basis = [self.basis[place] for place in kept]

    def least(self, cells: set[Cell]) -> Fraction:
        """Give the least that these may add up to; what no equation speaks of may be nothing."""
        costs = [Fraction(cell in cells) for cell in self.cells]
        return self._minimise(costs, len(costs)) + sum(self.known[cell] for cell in cells & self.known.keys())

    def most(self, cell: Cell) -> Fraction | float:
        """Give the greatest that this may be; without end, if no equation speaks of it."""
        if cell in self.known:
            return Fraction(self.known[cell])
        if cell not in self.cells:
            return math.inf
        costs = [-Fraction(cell == one) for one in self.cells]
        return -self._minimise(costs, len(costs))

    def _minimise(self, costs: Sequence[Fraction], columns: int) -> Fraction:
        while True:  # by the rule of Bland, which comes to an end
            prices = [costs[variable] for variable in self.basis]
            entering = next(
                (
                    column
                    for column in range(columns)
                    if costs[column] - sum(p * row[column] for p, row in zip(prices, self.rows, strict=True) if p) < 0
                ),
                None,
            )
            if entering is None:
                return sum((p * row[-1] for p, row in zip(prices, self.rows, strict=True)), Fraction(0))
            leaving = min(
                (row[-1] / row[entering], self.basis[place], place)
                for place, row in enumerate(self.rows)
                if row[entering] > 0
            )[2]
            self._pivot(leaving, entering)

    def _pivot(self, place: int, column: int) -> None:
        by = self.rows[place][column]
        self.rows[place] = [value / by for value in self.rows[place]]
        for other, row in enumerate(self.rows):
            if other != place and row[column]:
                factor = row[column]
                self.rows[other] = [v - factor * w if w else v for v, w in zip(row, self.rows[place], strict=True)]
        self.basis[place] = column
