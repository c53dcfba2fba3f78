"""Say a fact of an earlier version as the newest version of its type says it, which is all that the plain fold knows.

It is the judge of a log that holds every version, so it has steps of its own, from one model of the contracts to the
next, and takes none from the projections. A test holds both tables side by side: no version is known to only one.
"""

from collections.abc import Callable, Mapping
from typing import Any

from payung_contracts.fact import Fact

Steps = Mapping[type[Fact], Callable[[Any], Fact]]

STEPS: Steps = {}
"""By the model of the earlier version; every type has one version so far."""


def newest(fact: Fact, steps: Steps = STEPS) -> Fact:
    """Give the fact in the newest version of its type."""
    while (step := steps.get(type(fact))) is not None:
        fact = step(fact)
    return fact
