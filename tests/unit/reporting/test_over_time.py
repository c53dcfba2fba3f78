"""A line is made of its steps: what a day without a row had is what the row before it has."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.reporting.over_time import days_between, steps

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
CHANGES = st.dictionaries(
    st.tuples(st.dates(FIRST, LAST), st.sampled_from(["BPU", "PU"])),
    st.integers(-3, 9).filter(bool),
    max_size=8,
)


def test_a_gap_of_cover_is_a_row_of_nobody() -> None:
    told = [(date(2026, 1, 1), 100), (date(2026, 4, 1), -100), (date(2026, 8, 1), 100), (date(2026, 11, 1), -100)]
    rows = steps([(day, "BPU", people) for day, people in told], {FIRST, date(2026, 5, 31), LAST})
    assert [(row["day"].isoformat(), row["people"]) for row in rows] == [
        ("2026-01-01", 100),
        ("2026-04-01", 0),
        ("2026-05-31", 0),
        ("2026-08-01", 100),
        ("2026-11-01", 0),
        ("2026-12-31", 0),
    ]
    assert steps([], {FIRST}) == []


@given(CHANGES, st.sets(st.dates(FIRST, LAST), max_size=3))
def test_every_day_has_what_the_row_before_it_says(changes: dict[tuple[date, str], int], also: set[date]) -> None:
    marked = {FIRST, LAST, *also}
    rows = steps([(*where, people) for where, people in changes.items()], marked)
    for segment in {segment for _, segment in changes}:
        said = {row["day"]: row["people"] for row in rows if row["segment"] == segment}
        assert marked <= said.keys()
        for day in days_between(FIRST, LAST):
            before = max(each for each in said if each <= day)
            had = sum(people for (on, of), people in changes.items() if of == segment and on <= day)
            assert said[before] == had, (segment, day)
