"""The service's own copy of a worker's cover, folded from the facts of enrollment.

The state of a worker is a JSON value that the reader keeps:

    {"died_on": "2025-10-03" | null, "memberships": {coverage_id: [period, ...]}}

A period holds the fields of the fact that brought it, and the ends that were put to it later. The rules are those of
reporting: a correction replaces what this cohort pays in this membership, with any end put to it; a termination ends
the periods known at that moment, a later renewal is new cover; the day of death is covered, later days are not; a
reversal takes the death back, and the terminations that gave it as their reason.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

State = dict[str, Any]

PRIORITY = {"PU": 0, "NON_ASN": 1, "JAKON": 2, "BPU": 3}
"""Of several memberships on a day, reports count the person under the one that comes first."""


@dataclass(frozen=True, slots=True)
class Membership:
    """A membership in force on a day, with the period that covers the day.

    `member_since` is the first day of the unbroken cover in this membership that reaches the day.
    """

    coverage_id: str
    cohort_id: str
    segment: str
    funding: str
    village_code: str
    programmes: tuple[str, ...]
    covered_from: date
    covered_until: date | None
    member_since: date


@dataclass(frozen=True, slots=True)
class Cover:
    """What is known of a worker's cover, as of fact number `sequence` of the worker's key; None is no fact at all."""

    sequence: int = 0
    parked: bool = False
    state: State | None = None


def evolve(state: State | None, type_: str, data: dict[str, Any]) -> State:
    """Take in a fact; facts that say nothing about cover only make the worker known."""
    state = state or {"died_on": None, "memberships": {}}
    match type_:
        case "enrollment.coverage_started.v1" | "enrollment.coverage_renewed.v1":
            return _with(state, data["coverage_id"], [*_periods(state, data), _period(data)])
        case "enrollment.coverage_corrected.v1":
            others = [period for period in _periods(state, data) if period["cohort_id"] != data["cohort_id"]]
            return _with(state, data["coverage_id"], [*others, _period(data)])
        case "enrollment.coverage_terminated.v1":
            ended = "ended_by_death" if data["reason"] == "deceased" else "ended"
            until = data["covered_until"]
            cut = [period | {ended: min(period.get(ended, until), until)} for period in _periods(state, data)]
            return _with(state, data["coverage_id"], cut)
        case "enrollment.worker_deceased.v1":
            return state | {"died_on": data["died_on"]}
        case "enrollment.worker_death_reversed.v1":
            restored = {
                coverage_id: [{name: period[name] for name in period if name != "ended_by_death"} for period in periods]
                for coverage_id, periods in state["memberships"].items()
            }
            return {"died_on": None, "memberships": restored}
        case _:
            return state


def memberships_on(state: State | None, day: date) -> tuple[Membership, ...]:
    """Give the memberships in force on the day, the one that reports count first."""
    found = []
    for coverage_id, periods in (state or {"memberships": {}})["memberships"].items():
        spells = _spells(state, periods)
        covering = [spell for spell in spells if spell[0] <= day < spell[1]]
        if covering:
            covered_from, until, period = covering[0]
            found.append(
                Membership(
                    coverage_id=coverage_id,
                    cohort_id=period["cohort_id"],
                    segment=period["segment"],
                    funding=period["funding"],
                    village_code=period["village_code"],
                    programmes=tuple(period["programmes"]),
                    covered_from=covered_from,
                    covered_until=None if until == date.max else until,
                    member_since=_unbroken_since(spells, covered_from),
                )
            )
    return tuple(sorted(found, key=_priority))


def last_day_before(state: State | None, day: date, programme: str) -> date | None:
    """Tell the last covered day before an uncovered one, if there was cover of the programme earlier."""
    ends = [
        until
        for periods in (state or {"memberships": {}})["memberships"].values()
        for _, until, period in _spells(state, periods)
        if until <= day and programme in period["programmes"]
    ]
    return max(ends) - timedelta(days=1) if ends else None


def died_on(state: State | None) -> date | None:
    """Tell the day of death that the register holds."""
    text = (state or {}).get("died_on")
    return date.fromisoformat(text) if text else None


def _periods(state: State, data: dict[str, Any]) -> list[dict[str, Any]]:
    periods: list[dict[str, Any]] = state["memberships"].get(data["coverage_id"], [])
    return periods


def _with(state: State, coverage_id: str, periods: list[dict[str, Any]]) -> State:
    return state | {"memberships": state["memberships"] | {coverage_id: periods}}


def _period(data: dict[str, Any]) -> dict[str, Any]:
    return {
        name: data[name]
        for name in (
            "cohort_id",
            "segment",
            "funding",
            "village_code",
            "programmes",
            "covered_from",
            "covered_until",
        )
    }


Spell = tuple[date, date, dict[str, Any]]


def _spells(state: State | None, periods: Iterable[dict[str, Any]]) -> list[Spell]:
    """Give the periods that cover anything, as (from, until, period), after terminations and death, in order."""
    death = died_on(state)
    after_death = death + timedelta(days=1) if death else date.max
    spells = []
    for period in periods:
        ends = (period["covered_until"], period.get("ended"), period.get("ended_by_death"))
        until = min(after_death, *(date.fromisoformat(end) if end else date.max for end in ends))
        covered_from = date.fromisoformat(period["covered_from"])
        if covered_from < until:
            spells.append((covered_from, until, period))
    return sorted(spells, key=lambda spell: (spell[0], spell[2]["cohort_id"]))


def _unbroken_since(spells: list[Spell], covered_from: date) -> date:
    since = covered_from
    for earlier_from, earlier_until, _ in reversed(spells):
        if earlier_from < since <= earlier_until:
            since = earlier_from
    return since


def _priority(membership: Membership) -> tuple[int, date, str, str]:
    return PRIORITY[membership.segment], membership.covered_from, membership.coverage_id, membership.cohort_id
