"""Give an old fact the newest shape before it is folded: a table of steps, each from one version of a type to the next.

The log keeps every fact as it was told, for ever, and a rebuild reads them all. So the folds know the newest version of
each type only, and what an older one lacks is filled in here, once, by what held when it was told.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Values = dict[str, Any]


class Step(NamedTuple):
    """The type that follows, and how its values are made of the earlier one's, which stay as they are."""

    to: str
    made: Callable[[Values], Values]


STEPS: Mapping[str, Step] = {}
"""By the earlier type; every type has one version so far."""


def newest(type_: str, values: Values, steps: Mapping[str, Step] = STEPS) -> tuple[str, Values]:
    """Take the values of a fact, step by step, to the newest version of its type; each step is taken once at most."""
    for _ in range(len(steps) + 1):
        if (step := steps.get(type_)) is None:
            return type_, values
        type_, values = step.to, step.made(values)
    msg = f"the steps from {type_} lead back to it, so there is no newest version"
    raise RecursionError(msg)
