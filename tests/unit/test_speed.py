"""What the bench says of its figures: which asks a percentile is of, how a row is written, what misses its floor."""

import pytest

from tests.bench.figures import figure, written
from tests.bench.readme import README, ROWS, SPEED, Row
from tests.bench.times import percentile


@pytest.mark.parametrize(
    ("taken", "percent", "is_"),
    [([3.0, 1.0, 2.0], 50, 2.0), ([3.0, 1.0, 2.0], 99, 3.0), ([float(n) for n in range(100, 0, -1)], 99, 99.0)],
)
def test_a_percentile_is_one_of_the_times_and_of_few_the_longest(taken: list[float], percent: int, is_: float) -> None:
    assert percentile(taken, percent) == is_


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (49_613.7, "facts/s", "49,600 facts/s"),
        (1_234.5, "ms", "1.23 s"),
        (999.7, "ms", "1,000 ms"),
        (17.04, "ms", "17 ms"),
        (0, "failed", "none"),
    ],
)
def test_numbers_are_told_in_three_digits(value: float, unit: str, told: str) -> None:
    assert written(value, unit) == told


@pytest.mark.parametrize(("rate", "floor"), [(50_000, "50,000 facts/s"), (49_600, "50,000 facts/s (missed)")])
def test_a_row_says_what_misses_its_floor(rate: float, floor: str) -> None:
    row = Row("reading", "{0.told} ({0.ratio:.2f} of a plain drain)", ("rebuild",))
    read = figure("rebuild, reading", [rate], "facts/s", limits=[200_000], limit_is="", floor=50_000, goal=100_000)
    assert row.line([read]) == f"| reading | {written(rate, 'facts/s')} (0.25 of a plain drain) | {floor} |"
    assert row.line([]) is None, "another run measured it"


def test_every_row_of_the_bench_stands_in_the_readme() -> None:
    there = {line.split(" | ")[0] for line in README.read_text(encoding="utf-8").splitlines()}
    assert {f"| {row.what}" for row in ROWS} <= there
    assert f"| [every other question](docs/{SPEED.name}), p99" in there
