"""Which denominator the people of an area are held against: its own, or that of the nearest area it lies in."""

from datetime import date
from typing import Any

import pytest

from services.reporting.pages.tiles import denominator_of

DAY = date(2026, 3, 31)


def target(id_: str, area: str | None, valid_on: date = date(2025, 9, 30)) -> dict[str, Any]:
    return {"id": id_, "area_code": area, "valid_on": valid_on}


PROVINCE, GIANYAR, OLD, AHEAD = (
    target("bali", "51"),
    target("gianyar", "51.04"),
    target("gianyar-old", "51.04", date(2024, 9, 30)),
    target("gianyar-next", "51.04", date(2026, 9, 30)),
)
BADUNG, BRANCH = target("badung", "51.03"), target("branch", None)


@pytest.mark.parametrize(
    ("area", "targets", "chosen"),
    [
        ("51.04", [PROVINCE, GIANYAR, BADUNG], "gianyar"),
        ("51.04.01.2001", [PROVINCE, GIANYAR, BADUNG], "gianyar"),
        ("51.03", [PROVINCE, GIANYAR], "bali"),
        ("51.03", [GIANYAR, BRANCH], None),
        ("51.04", [OLD, GIANYAR, AHEAD], "gianyar"),
        (None, [GIANYAR, PROVINCE, BRANCH], "bali"),
        (None, [GIANYAR], "gianyar"),
        (None, [GIANYAR, BADUNG], None),
        (None, [BRANCH], None),
        ("51.0", [target("digits", "51.04")], None),
    ],
)
def test_the_denominator_is_that_of_the_area_or_the_nearest_above(
    area: str | None, targets: list[dict[str, Any]], chosen: str | None
) -> None:
    found = denominator_of(area, targets, DAY)
    assert (found and found["id"]) == chosen
