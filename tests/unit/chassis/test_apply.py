"""What a fold raises at a fact that cannot be sets that fact aside; trouble that may pass is nobody's fault."""

from uuid import UUID

import pytest
from payung_contracts.topics import COVERAGE

from services.chassis import apply
from services.chassis.received import Received, Refused

KEY = str(UUID(int=1))
AT = "2026-01-01T04:00:00+00:00"
TYPE = "enrollment.card_handed_over.v1"
FACT = Received(COVERAGE.name, 0, 0, KEY, KEY, "enrollment", TYPE, AT, AT, 1, "tester", KEY, b"{}", ())


def raising(error: Exception) -> apply.Fold:
    def fold(_state: object, _fact: Received) -> tuple[object, list[object]]:
        raise error

    return fold


@pytest.mark.parametrize(
    "error",
    [
        Refused("it cannot be"),
        ZeroDivisionError(),
        OverflowError(),
        AssertionError(),
        AttributeError(),
        KeyError(),
        IndexError(),
        RecursionError(),
        TypeError(),
        ValueError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_the_fold_cannot_take_is_set_aside(error: Exception) -> None:
    outcome = apply._fold(raising(error), {}, {(COVERAGE.name, KEY): [FACT]})
    assert [letter.content for letter in outcome.letters] == [FACT]
    assert type(error).__name__ in outcome.letters[0].reason
    assert outcome.keys[COVERAGE.name, KEY].parked


@pytest.mark.parametrize("error", [OSError(), TimeoutError(), MemoryError()], ids=lambda error: type(error).__name__)
def test_what_waiting_may_heal_is_raised(error: Exception) -> None:
    with pytest.raises(type(error)):
        apply._fold(raising(error), {}, {(COVERAGE.name, KEY): [FACT]})
