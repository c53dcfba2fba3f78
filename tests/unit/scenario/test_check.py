"""What the scenario expects is consistent in itself, and figures are taken from answers as they are meant."""

import json
from datetime import datetime
from typing import Any

import pytest

from deploy.scenarios.gianyar.check import EXPECTED, Figure, taken

ROWS = [{"segment": "PU", "people": 5}, {"segment": "BPU", "people": 3}, {"segment": "BPU", "people": 1}]


@pytest.mark.parametrize(
    ("where", "take", "got"),
    [({}, "people", 9), ({"segment": "BPU"}, "people", 4), ({"segment": "BPU"}, "count", 2), ({"area": 1}, "count", 0)],
    ids=["sums all", "sums what is meant", "counts what is meant", "nothing is meant"],
)
def test_takes(where: dict[str, Any], take: str, got: int) -> None:
    assert taken(ROWS, where, take) == got


def test_a_figure_agrees_with_its_source_or_not() -> None:
    figure = Figure("workers", "2023-12-31", None, 10, 10, "a paper", None, final=False)
    assert figure.agrees
    assert not Figure("workers", "2023-12-31", None, 10, 9, "a paper", None, final=False).agrees


def test_every_expectation_names_its_source_and_asks_a_time_with_an_offset() -> None:
    for wanted in expected().values():
        assert wanted["source"]
        assert wanted["known_at"] is None or datetime.fromisoformat(wanted["known_at"]).tzinfo is not None
        assert wanted["assumed"] is None or isinstance(wanted["assumed"], str)


def test_the_parts_add_up() -> None:
    value = {name: wanted["expected"] for name, wanted in expected().items()}
    parts = [n for name, n in value.items() if name.startswith("protected-2023-") and name.split("-")[-1] in SEGMENTS]
    assert sum(parts) == value["protected-2023"] == value["protected-2023-sum"]
    assert value["commitment-2024-budget"] == value["commitment-2024"] * 6 * (10_000 + 6_800)
    assert value["protected-2023"] - value["protected-2023-now"] == 12


SEGMENTS = {"pu", "asn", "jakon", "bpu"}


def expected() -> dict[str, Any]:
    return {wanted["id"]: wanted for wanted in json.loads(EXPECTED.read_text())}
