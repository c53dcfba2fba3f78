"""Tell from one worker's facts how far each cohort's proposal of the worker came, and what a further fact changes.

A worker stands, for each cohort that proposed them, in one village, with the steps that were taken and the day of each:
proposed, unique, identity_matched, eligible, in_decree, waiting, refused. The two steps after these, paid and active,
are not told here: they are the memberships that the cohort took in and has in force (`timeline.py`).

The rules, each decided once and here:
- A proposal begins anew: what was passed or refused before it counts no more.
- A check counts from the day on which it was first told to be passed; later ones are added.
- A refusal ends waiting. Whatever follows it ends the refusal: a check passed, a place on the waiting list, a proposal,
  or cover that the cohort begins or renews. Such cover ends waiting as well.
- The worker counts in the village that the newest of these facts names, cover apart. A relocation moves no proposal.
- A merge leaves proposals where they were told: both keys were proposed.
"""

from collections.abc import Iterable
from typing import Any

Standing = list[Any]
"""[village, {step: day}, the check that failed, the reason]; the last two are None unless refused."""
Standings = dict[str, Standing]
"""By cohort."""
Step = tuple[str, str, str, str, str | None, str | None]
"""(day, cohort id, village, step, the check that failed, the reason)"""
StepDelta = tuple[str, str, str, str, str | None, str | None, int]
"""A step, and how many more workers stand there."""

TELLS = frozenset(
    {
        "enrollment.worker_proposed.v1",
        "enrollment.worker_verified.v1",
        "enrollment.worker_refused.v1",
        "enrollment.worker_waitlisted.v1",
    }
)
"""Facts that tell of a step; beginning and renewal of cover end some."""


def change(standings: Standings, type_: str, data: dict[str, Any]) -> tuple[Standings, list[StepDelta]]:
    """Take in a step, or cover that begins or is renewed, and give what it changes in the counts."""
    new = evolve(standings, type_, data)
    return new, [] if new is standings else difference(standings, new)


def evolve(standings: Standings, type_: str, data: dict[str, Any]) -> Standings:
    """Take in a step, or cover that begins or is renewed."""
    cohort_id = data["cohort_id"]
    village, steps, failed, reason = standings.get(cohort_id, (None, {}, None, None))
    match type_:
        case "enrollment.worker_proposed.v1":
            steps, failed, reason = {"proposed": data["proposed_on"]}, None, None
        case "enrollment.worker_verified.v1":
            passed = dict.fromkeys(data["passed"], data["verified_on"])
            steps, failed, reason = passed | _without(steps, "refused"), None, None
        case "enrollment.worker_waitlisted.v1":
            steps, failed, reason = _without(steps, "refused") | {"waiting": data["waits_since"]}, None, None
        case "enrollment.worker_refused.v1":
            steps = _without(steps, "waiting") | {"refused": data["refused_on"]}
            failed, reason = data["failed"], data["reason"]
        case _:
            if "waiting" not in steps and "refused" not in steps:
                return standings
            return {**standings, cohort_id: [village, _without(steps, "waiting", "refused"), None, None]}
    return {**standings, cohort_id: [data["village_code"], steps, failed, reason]}


def difference(old: Standings, new: Standings) -> list[StepDelta]:
    """Give the deltas that turn the counts of one state into those of another."""
    net: dict[Step, int] = {}
    for standings, one in ((old, -1), (new, 1)):
        for taken in _steps(standings):
            net[taken] = net.get(taken, 0) + one
    return [(*key, workers) for key, workers in net.items() if workers]


def _steps(standings: Standings) -> Iterable[Step]:
    for cohort_id, (village, steps, failed, reason) in standings.items():
        for step, day in steps.items():
            yield (day, cohort_id, village, step, *((failed, reason) if step == "refused" else (None, None)))


def _without(steps: dict[str, str], *ended: str) -> dict[str, str]:
    return {step: day for step, day in steps.items() if step not in ended}
