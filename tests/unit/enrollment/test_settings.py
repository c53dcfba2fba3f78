"""The grace of self-payers is set as people speak of it: three months, inactive after or before the last of them."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from services.enrollment.settings import Settings

NEEDED: dict[str, Any] = {
    "postgres_dsn": "postgresql:///enrollment",
    "keys_dsn": "postgresql:///enrollment_keys",
    "kafka": "127.0.0.1:1",
    "port": 18001,
    "secrets": Path("secrets"),
    "erasures": Path("erasures"),
}


@pytest.mark.parametrize(
    ("said", "months"),
    [
        ({}, 3),
        ({"grace_edge": "before_last_month"}, 2),
        ({"grace_months": 1, "grace_edge": "before_last_month"}, 0),
        ({"grace_months": 6}, 6),
    ],
)
def test_months_of_grace(said: dict[str, Any], months: int) -> None:
    assert Settings(**NEEDED | said).months_of_grace == months


@pytest.mark.parametrize("said", [{"grace_months": 0}, {"grace_months": 13}, {"grace_edge": "sometime"}])
def test_no_other_grace(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**NEEDED | said)
