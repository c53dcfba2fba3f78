"""No cell of a file is computed by whoever opens it."""

import pytest

from services.chassis.spreadsheets import as_text


@pytest.mark.parametrize(
    "cell", ["=1+1", "+62", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1+1", " =1+1", "\u00a0 @A1", "\tx"]
)
def test_what_would_be_a_formula_is_text(cell: str) -> None:
    assert as_text(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "Ni Luh Contoh", "1+1", "2026-01-01", "'=1"])
def test_all_else_stays_as_it_is(cell: str) -> None:
    assert as_text(cell) == cell
