"""Say how far each cohort's proposal of a worker came. The rules of the funnel:

- WorkerProposed begins anew: all that was told of the cohort before is forgotten.
- WorkerVerified passes checks; each counts on the day on which it was first told.
- WorkerRefused is the newest word until anything else is told: a proposal, a check passed, a wait, or a period that the
  cohort begins or renews. It ends a wait.
- WorkerWaitlisted waits until a refusal, a new proposal, or a period that the cohort begins or renews.
- The village is the one that the newest of these four facts names. All other facts, relocations and merges too, change
  nothing.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from payung_contracts import enrollment
from payung_contracts.enrollment import CoverageFact

Told = (
    enrollment.WorkerProposed
    | enrollment.WorkerVerified
    | enrollment.WorkerRefused
    | enrollment.WorkerWaitlisted
    | enrollment.CoverageStarted
    | enrollment.CoverageRenewed
)
"""Facts that tell of a step, or end one."""


class Steps(NamedTuple):
    """Where a change in the number of proposed workers counts."""

    day: date
    cohort_id: str
    village_code: str
    step: str
    failed: str | None
    reason: str | None


def places(facts: Iterable[CoverageFact]) -> dict[Steps, int]:
    """Count the steps that stand after all these facts."""
    told: dict[str, list[Told]] = {}
    for fact in facts:
        if isinstance(fact, enrollment.WorkerProposed):
            told[str(fact.cohort_id)] = [fact]
        elif isinstance(fact, Told):
            told.setdefault(str(fact.cohort_id), []).append(fact)
    return dict(Counter(step for cohort_id, about in told.items() for step in _stand(cohort_id, about)))


def _stand(cohort_id: str, told: list[Told]) -> Iterable[Steps]:  # noqa: C901 - one case per fact
    """Give the steps that stand after what was told of one cohort since its last proposal."""
    village_code: str | None = None
    passed: dict[str, date] = {}
    waits: date | None = None
    for fact in told:
        match fact:
            case enrollment.CoverageStarted() | enrollment.CoverageRenewed():
                waits = None
                continue
            case enrollment.WorkerProposed():
                passed["proposed"] = fact.proposed_on
            case enrollment.WorkerVerified():
                passed = {**dict.fromkeys(fact.passed, fact.verified_on), **passed}
            case enrollment.WorkerWaitlisted():
                waits = fact.waits_since
            case enrollment.WorkerRefused():
                waits = None
        village_code = fact.village_code
    if village_code is None:
        return
    for step, day in passed.items():
        yield Steps(day, cohort_id, village_code, step, None, None)
    if waits is not None:
        yield Steps(waits, cohort_id, village_code, "waiting", None, None)
    if isinstance(last := told[-1], enrollment.WorkerRefused):
        yield Steps(last.refused_on, cohort_id, village_code, "refused", last.failed, last.reason)
