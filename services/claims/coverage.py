"""The service's own copy of a worker's cover, folded from the facts of enrollment.

The state of a worker is a JSON value that the reader keeps:

    {"died_on": "2025-10-03" | null, "memberships": {coverage_id: [period, ...]},
     "suspensions": {coverage_id: [[from, until | null], ...]}, "moves": [[day, village], ...],
     "merged": [worker_id, ...], "merged_into": worker_id,
     "registered_on": day, "registered_by": actor, "verified_by": actor}

All but the first two stand there only where enrollment told of such things. A period holds the fields of the fact that
brought it, the day of its payment where it is known, and the ends that were put to it later. `registered_on` is the day
on which the register took the worker in, `verified_by` whoever passed the latest check. The rules are those of
reporting:

- A correction replaces what this cohort pays in this membership, with any end put to it; a termination ends the periods
  known at that moment, and their grace; a later renewal is new cover.
- The day of death is covered, later days are not; a reversal takes the death back, and the terminations that gave it as
  their reason.
- A suspension takes every day of the membership from its first one on, a reinstatement gives every day from its first
  one on back: what counts for a claim is the day of the incident, not today. Membership goes on beneath it.
- After its end a period that names a day until which grace lasts leaves the membership in grace until then, or until
  another of its periods begins of which a termination left anything: no cover, but arrears that can be settled.
- From the day of a relocation on, cover counts in its village. A voided membership never was.
- A merge gives a worker the memberships that it lists, as they stand, and leaves none to a worker who was merged into
  another; an un-merge takes them back. Deaths and relocations stay with whom they were told of.

Workers who were merged are one person: whoever claims for one of them claims on the cover of the survivor
(`shared`), as long as the merge stands.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

State = dict[str, Any]
Standing = Literal["in_force", "suspended", "grace"]
"""What a membership can be on a day that is not simply uncovered; only what is in force pays."""

PRIORITY = {"PU": 0, "NON_ASN": 1, "JAKON": 2, "BPU": 3}
"""Of several memberships on a day, reports count the person under the one that comes first."""


@dataclass(frozen=True, slots=True)
class Membership:
    """A membership on a day, with the period that covers the day, or whose arrears it is in grace for.

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
    """What is known of a worker's cover, as of fact number `sequence` of the worker's key; None is no fact at all.

    `merging`: only some of the facts of a merge have come, and the rest must be waited for.
    """

    sequence: int = 0
    parked: bool = False
    state: State | None = None
    merging: bool = False


def evolve(  # noqa: C901, PLR0911, PLR0912 - one case per fact
    state: State | None, type_: str, data: dict[str, Any], *, by: str | None = None, on: str | None = None
) -> State:
    """Take in a fact, recorded by whom and on which business day; one that says nothing else makes the worker known."""
    state = state or {"died_on": None, "memberships": {}}
    match type_:
        case "enrollment.worker_registered.v1":
            return state | _where_told(registered_on=on, registered_by=by)
        case "enrollment.worker_verified.v1":
            return state | _where_told(verified_by=by)
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
        case "enrollment.coverage_suspended.v1":
            return _suspended(state, data["coverage_id"], [*_suspensions(state, data), [data["suspended_from"], None]])
        case "enrollment.coverage_reinstated.v1":
            day = data["reinstated_from"]
            kept = [[first, min(until or day, day)] for first, until in _suspensions(state, data) if first < day]
            return _suspended(state, data["coverage_id"], kept)
        case "enrollment.coverage_voided.v1":
            return _without(state, [data["coverage_id"]])
        case "enrollment.worker_relocated.v1":
            moves = dict(state.get("moves", [])) | {data["moved_on"]: data["village_code"]}
            return state | {"moves": sorted(map(list, moves.items()))}
        case "enrollment.worker_deceased.v1":
            return state | {"died_on": data["died_on"]}
        case "enrollment.worker_death_reversed.v1":
            restored = {
                coverage_id: [{name: period[name] for name in period if name != "ended_by_death"} for period in periods]
                for coverage_id, periods in state["memberships"].items()
            }
            return state | {"died_on": None, "memberships": restored}
        case "enrollment.workers_merged.v1":
            merged = {*state.get("merged", []), data["merged_worker_id"]}
            return _taken_over(state, data["coverages"]) | {"merged": sorted(merged)}
        case "enrollment.worker_merged_into.v1":
            gone = {*state["memberships"], *state.get("suspensions", {})}
            return _without(state, gone) | {"merged_into": data["survivor_id"]}
        case "enrollment.workers_unmerged.v1":
            apart = _taken_over(_without(state, data["left"]), data["coverages"])
            merged = {*apart.get("merged", [])} - {data["other_worker_id"]}
            undone = {"merged", "merged_into"} if apart.get("merged_into") == data["other_worker_id"] else {"merged"}
            standing = {name: value for name, value in apart.items() if name not in undone}
            return standing | ({"merged": sorted(merged)} if merged else {})
        case _:
            return state


def shared(worker_id: str, covers: Mapping[str, Cover]) -> Cover:
    """Give the cover of the person whom this worker is: the survivor's, where they were merged.

    `covers` holds those of all who were merged with each other. Two facts tell of each merge, and each is known at its
    own time; between them the memberships stand with both, or with none.
    """
    told = {(other, holder) for holder, cover in covers.items() for other in (cover.state or {}).get("merged", [])}
    followed = {
        (other, cover.state["merged_into"])
        for other, cover in covers.items()
        if cover.state is not None and "merged_into" in cover.state
    }
    held = covers.get(survivor_of(worker_id, covers), Cover())
    parked = any(cover.parked for cover in covers.values())
    return Cover(held.sequence, parked, held.state, merging=told != followed)


def survivor_of(worker_id: str, covers: Mapping[str, Cover]) -> str:
    """Name who holds the memberships of the person whom this worker is; `covers` as for `shared`."""
    onward = {other: (cover.state or {}).get("merged_into") for other, cover in covers.items()}
    survivor = worker_id
    while (following := onward.pop(survivor, None)) is not None:
        survivor = following
    return survivor


def merged_with(state: State | None) -> frozenset[str]:
    """Name the workers of whom the facts of this one say that they are the same person."""
    known = state or {}
    into = known.get("merged_into")
    return frozenset((*known.get("merged", ()), into) if into else known.get("merged", ()))


def memberships_on(state: State | None, day: date, standing: Standing = "in_force") -> tuple[Membership, ...]:
    """Give the memberships of that standing on the day, the one that reports count first."""
    found = []
    for coverage_id, periods in (state or {"memberships": {}})["memberships"].items():
        spells = _spells(state, periods)
        if standing == "grace":
            covering = [spell for spell in _graces(state, periods) if spell[0] <= day < spell[1]]
        elif _is_suspended(state, coverage_id, day) == (standing == "suspended"):
            covering = [spell for spell in spells if spell[0] <= day < spell[1]]
        else:
            covering = []
        if covering:
            _, until, period = covering[0]
            covered_from = date.fromisoformat(period["covered_from"])
            ends_on = until if standing != "grace" else date.fromisoformat(period["covered_until"])
            found.append(
                Membership(
                    coverage_id=coverage_id,
                    cohort_id=period["cohort_id"],
                    segment=period["segment"],
                    funding=period["funding"],
                    village_code=_village(state, day, period["village_code"]),
                    programmes=tuple(period["programmes"]),
                    covered_from=covered_from,
                    covered_until=None if ends_on == date.max else ends_on,
                    member_since=_unbroken_since(spells, covered_from),
                )
            )
    return tuple(sorted(found, key=_priority))


def payable_until(state: State | None, day: date, programme: str) -> date | None:
    """Tell the first day on which no arrears can be settled any more that left the worker in grace on the day.

    A death ends the grace, but not the time in which the heirs may settle what was owed by then.
    """
    death, held = died_on(state), (state or {"memberships": {}})["memberships"]
    if death is not None and day > death:
        return None
    living = None if state is None else state | {"died_on": None}
    ends = [
        until
        for periods in held.values()
        for first, until, period in _graces(living, periods)
        if first <= day < until and programme in period["programmes"]
    ]
    return max(ends) if ends else None


def last_day_before(state: State | None, day: date, programme: str) -> date | None:
    """Tell the last covered day before an uncovered one, if there was cover of the programme earlier."""
    ends = [
        until
        for periods in (state or {"memberships": {}})["memberships"].values()
        for _, until, period in _spells(state, periods)
        if until <= day and programme in period["programmes"]
    ]
    return max(ends) - timedelta(days=1) if ends else None


def first_covered_on(state: State | None) -> date | None:
    """Tell the first day that any membership ever covered."""
    spells = [
        spell for periods in (state or {"memberships": {}})["memberships"].values() for spell in _spells(state, periods)
    ]
    return min(first for first, _, _ in spells) if spells else None


def last_paid_on(state: State | None) -> date | None:
    """Tell the last day on which a period was paid, of those whose payment is known; what became of it is no matter."""
    days = [
        period["paid_on"]
        for periods in (state or {"memberships": {}})["memberships"].values()
        for period in periods
        if "paid_on" in period
    ]
    return date.fromisoformat(max(days)) if days else None


def registered_on(state: State | None) -> date | None:
    """Tell the day on which the register took the worker in, where that was told."""
    text = (state or {}).get("registered_on")
    return date.fromisoformat(text) if text else None


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
    period = {
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
    return period | _where_told(
        grace_until=data.get("grace_until"), paid_on=data.get("paid_on"), ended=data.get("cut_at")
    )


def _where_told(**told: str | None) -> dict[str, str]:
    return {name: text for name, text in told.items() if text is not None}


def _suspensions(state: State, data: dict[str, Any]) -> list[list[Any]]:
    suspensions: list[list[Any]] = state.get("suspensions", {}).get(data["coverage_id"], [])
    return suspensions


def _suspended(state: State, coverage_id: str, suspensions: list[list[Any]]) -> State:
    known = {held: days for held, days in state.get("suspensions", {}).items() if held != coverage_id}
    now = known | ({coverage_id: suspensions} if suspensions else {})
    others = {name: value for name, value in state.items() if name != "suspensions"}
    return others | ({"suspensions": now} if now else {})


def _without(state: State, coverage_ids: Iterable[str]) -> State:
    for coverage_id in coverage_ids:
        kept = {held: periods for held, periods in state["memberships"].items() if held != coverage_id}
        state = _suspended(state | {"memberships": kept}, coverage_id, [])
    return state


def _taken_over(state: State, coverages: Iterable[dict[str, Any]]) -> State:
    for held in coverages:
        suspensions = [[each["suspended_from"], each["suspended_until"]] for each in held["suspensions"]]
        with_it = _with(state, held["coverage_id"], [_period(period) for period in held["periods"]])
        state = _suspended(with_it, held["coverage_id"], suspensions)
    return state


def _is_suspended(state: State | None, coverage_id: str, day: date) -> bool:
    on = day.isoformat()
    suspensions = (state or {}).get("suspensions", {}).get(coverage_id, [])
    return any(first <= on and (until is None or on < until) for first, until in suspensions)


def _village(state: State | None, day: date, village_code: str) -> str:
    for moved_on, moved_to in (state or {}).get("moves", []):
        if moved_on <= day.isoformat():
            village_code = moved_to
    return village_code


Spell = tuple[date, date, dict[str, Any]]


def _spells(state: State | None, periods: Iterable[dict[str, Any]]) -> list[Spell]:
    """Give the periods that cover anything, as (from, until, period), after terminations and death, in order."""
    spells = []
    for period in periods:
        until = min(_barred_from(state, period), _day(period["covered_until"]))
        covered_from = date.fromisoformat(period["covered_from"])
        if covered_from < until:
            spells.append((covered_from, until, period))
    return sorted(spells, key=lambda spell: (spell[0], spell[2]["cohort_id"]))


def _graces(state: State | None, periods: Iterable[dict[str, Any]]) -> list[Spell]:
    """Give the days of arrears after each period that names a grace, as (from, until, period)."""
    told = [period for period in periods if period["covered_until"] is None or _covers_days(period)]
    standing = [period for period in told if period.get("ended") is None or period["covered_from"] < period["ended"]]
    begins = [date.fromisoformat(period["covered_from"]) for period in standing]
    graces = []
    for period in told:
        if "grace_until" in period and period["covered_until"] is not None:
            first = date.fromisoformat(period["covered_until"])
            next_begin = min((day for day in begins if day >= first), default=date.max)
            until = min(_barred_from(state, period), date.fromisoformat(period["grace_until"]), next_begin)
            if first < until:
                graces.append((first, until, period))
    return graces


def _covers_days(period: dict[str, Any]) -> bool:
    return bool(period["covered_from"] < period["covered_until"])


def _barred_from(state: State | None, period: dict[str, Any]) -> date:
    """Give the first day on which a termination or the death leaves nothing of the period."""
    death = died_on(state)
    after_death = death + timedelta(days=1) if death and death < date.max else date.max
    return min(after_death, _day(period.get("ended")), _day(period.get("ended_by_death")))


def _day(text: str | None) -> date:
    return date.fromisoformat(text) if text else date.max


def _unbroken_since(spells: list[Spell], covered_from: date) -> date:
    since = covered_from
    for earlier_from, earlier_until, _ in reversed(spells):
        if earlier_from < since <= earlier_until:
            since = earlier_from
    return since


def _priority(membership: Membership) -> tuple[int, date, str, str]:
    return PRIORITY[membership.segment], membership.covered_from, membership.coverage_id, membership.cohort_id
