"""What `payung import` tells to do next, by what the list says of itself."""

from typing import Any

import pytest

from services.enrollment import import_cli

COUNTS = {"accepted": 2, "changed": 0, "rejected": 0, "duplicate": 0, "decision": 0}


def batch(state: str, *, reserved: int = 0, **counts: int) -> dict[str, Any]:
    return {"batch_id": "ID", "state": state, "progress": None, "reserved": reserved, "counts": COUNTS | counts}


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (batch("awaiting_approval"), "another person lets the list go in: the same command with --by PERSON --approve"),
        (batch("awaiting_approval", decision=1), "batches_decide_rows batch_id=ID"),
        (batch("partly_applied", decision=1, reserved=2), "batches_decide_rows batch_id=ID"),
        (batch("awaiting_approval", accepted=0, duplicate=2), "No row can go in"),
        (batch("applied", reserved=2), "--paid-on YYYY-MM-DD"),
    ],
)
def test_the_next_step_is_one_that_can_be_taken(shown: dict[str, Any], words: str) -> None:
    assert words in (import_cli._next(shown) or "")


def test_nothing_is_next_when_all_are_covered() -> None:
    assert import_cli._next(batch("applied")) is None
