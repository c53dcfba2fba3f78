"""Changes of the protected as people see them: what cancels out is no row."""

from datetime import date
from typing import Any

from services.reporting.pages.honesty import net
from services.reporting.pages.words import percent, question

MARCH, MAY = date(2026, 3, 1), date(2026, 5, 1)


def change(people: int, counts_from: date = MARCH, village: str = "51.04.01.2001") -> dict[str, Any]:
    """Give a change by a renewal."""
    return {"fact": "coverage_renewed", "counts_from": counts_from, "village": village, "people": people}


def test_what_differs_in_its_day_alone_is_added_up() -> None:
    elsewhere = change(-12, village="51.04.01.2002")
    for changes, rows in (
        ([], []),
        ([change(-12), change(12, MAY)], []),
        ([change(12), change(3)], [change(15)]),
        ([change(12), elsewhere], [change(12), elsewhere]),
        ([change(12), change(-2, MAY), change(1)], [change(11) | {"counts_from": None}]),
    ):
        assert net(changes) == rows, changes


def test_percentages_line_up_and_files_are_called_in_words() -> None:
    assert [percent(each, "id") for each in (64.4, 0, 12.346)] == ["64,40\u00a0%", "0,00\u00a0%", "12,35\u00a0%"]
    assert question("evidence/2024.pdf", "id") == "Berkas bukti Paritrana Award 2024, PDF"
    assert question("protected", "en") == "People protected"
