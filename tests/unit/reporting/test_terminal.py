"""Tables of the terminal: headings in both languages, and years that are no quantities."""

import pytest

from services.reporting.cli.shown import show_table


def test_a_year_is_no_quantity_and_no_heading_is_a_name_of_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(
        "Komitmen / Commitments",
        [{"year": 2026, "places": 2026, "months_realised": 6, "months_left": 34, "decree_number": "12/2026"}],
    )
    shown = capsys.readouterr().out
    assert "│ 2026 " in " ".join(shown.split())
    assert "2 026" in shown, "places are"
    assert "_" not in shown
