"""What facts say of cover, in the plainest way: calendars on which days are marked and crossed out."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

JANUARY = date(2026, 1, 1)
HORIZON = 40
BATUBULAN, KETEWEL = "51.04.01.2001", "51.04.01.2002"
ANNUAL, HARVEST, GIFT = (str(UUID(int=number)) for number in (11, 12, 13))
FARMER, DRIVER = (str(UUID(int=number)) for number in (21, 22))

Fact = tuple[str, dict[str, Any]]


def day(number: int) -> str:
    return (JANUARY + timedelta(days=number)).isoformat()


def period(
    kind: str,
    from_: int,
    until: int | None,
    *,
    coverage: str = FARMER,
    cohort: str = ANNUAL,
    segment: str = "BPU",
    village: str = BATUBULAN,
    funding: str = "APBD",
    grace: int | None = None,
) -> Fact:
    return f"enrollment.coverage_{kind}.v1", {
        "coverage_id": coverage,
        "cohort_id": cohort,
        "segment": segment,
        "funding": funding,
        "village_code": village,
        "programmes": ["JKK", "JKM"],
        "covered_from": day(from_),
        "covered_until": None if until is None else day(until),
        "grace_until": None if grace is None else day(grace),
        "paid_on": None,
        "activity": None,
    }


def terminated(at: int, reason: str = "moved", coverage: str = FARMER) -> Fact:
    data = {"coverage_id": coverage, "covered_until": day(at), "reason": reason}
    return "enrollment.coverage_terminated.v1", data


def deceased(on: int) -> Fact:
    return "enrollment.worker_deceased.v1", {"died_on": day(on), "claim_id": None}


REVERSED: Fact = ("enrollment.worker_death_reversed.v1", {})
EXPIRED: Fact = (
    "enrollment.coverage_expired.v1",
    {"coverage_id": FARMER, "cohort_id": ANNUAL, "covered_until": day(9)},
)
INACTIVATED: Fact = (
    "enrollment.coverage_inactivated.v1",
    {"coverage_id": FARMER, "cohort_id": ANNUAL, "covered_until": day(9), "inactive_from": day(19)},
)
ERASED: Fact = ("enrollment.worker_erased.v1", {"erased_on": day(9)})
MERGED_INTO: Fact = ("enrollment.worker_merged_into.v1", {"survivor_id": str(UUID(int=99))})


def relocated(on: int, village: str = KETEWEL) -> Fact:
    return "enrollment.worker_relocated.v1", {"village_code": village, "moved_on": day(on)}


def suspended(from_: int, coverage: str = FARMER) -> Fact:
    data = {"coverage_id": coverage, "suspended_from": day(from_), "reason": "under_review"}
    return "enrollment.coverage_suspended.v1", data


def reinstated(from_: int, coverage: str = FARMER) -> Fact:
    return "enrollment.coverage_reinstated.v1", {"coverage_id": coverage, "reinstated_from": day(from_)}


def voided(coverage: str = FARMER) -> Fact:
    return "enrollment.coverage_voided.v1", {"coverage_id": coverage, "reason": "wrong_person"}


def held(coverage: str, periods: list[tuple[Fact, int | None]], suspensions: list[tuple[int, int | None]]) -> Any:
    """A membership as it stands: periods with the first day cut from them, and suspensions."""
    return {
        "coverage_id": coverage,
        "periods": [
            {name: value for name, value in data.items() if name != "coverage_id"}
            | {"cut_at": None if cut is None else day(cut)}
            for (_, data), cut in periods
        ],
        "suspensions": [
            {"suspended_from": day(from_), "suspended_until": None if until is None else day(until)}
            for from_, until in suspensions
        ],
    }


def merged(*coverages: Any) -> Fact:
    return "enrollment.workers_merged.v1", {"merged_worker_id": str(UUID(int=98)), "coverages": list(coverages)}


def unmerged(left: list[str], *coverages: Any) -> Fact:
    data = {"other_worker_id": str(UUID(int=98)), "left": left, "coverages": list(coverages)}
    return "enrollment.workers_unmerged.v1", data


def number(of: str) -> int:
    return (date.fromisoformat(of) - JANUARY).days


days = st.integers(0, HORIZON)
memberships = st.sampled_from([FARMER, DRIVER])
villages = st.sampled_from([BATUBULAN, KETEWEL])


def periods(*kinds: str) -> st.SearchStrategy[Fact]:
    return st.builds(
        period,
        st.sampled_from(kinds),
        days,
        st.none() | days,
        coverage=memberships,
        cohort=st.sampled_from([ANNUAL, HARVEST, GIFT]),
        segment=st.sampled_from(["PU", "NON_ASN", "JAKON", "BPU"]),
        village=villages,
        funding=st.sampled_from(["APBD", "SELF"]),
        grace=st.none() | days,
    )


def _apart(bounds: list[int]) -> list[tuple[int, int | None]]:
    """Make suspensions of days in order: from the first to the second, from the third to the fourth or without end."""
    return [(from_, until) for from_, until in zip(bounds[::2], [*bounds[1::2], None], strict=False)]


whole = st.builds(
    held,
    memberships,
    st.lists(st.tuples(periods("started"), st.none() | days), max_size=2),
    st.lists(days, max_size=3, unique=True).map(sorted).map(_apart),
)
whole_ones = st.lists(whole, max_size=2, unique_by=lambda each: each["coverage_id"])
facts_of_a_worker = st.lists(
    st.one_of(
        periods("started", "renewed", "corrected"),
        st.builds(terminated, days, st.sampled_from(["moved", "deceased"]), coverage=memberships),
        st.builds(deceased, days),
        st.just(REVERSED),
        st.builds(relocated, days, villages),
        st.builds(suspended, days, memberships),
        st.builds(reinstated, days, memberships),
        st.builds(voided, memberships),
        whole_ones.map(lambda coverages: merged(*coverages)),
        st.builds(lambda left, coverages: unmerged(left, *coverages), st.lists(memberships, max_size=1), whole_ones),
        st.sampled_from([EXPIRED, INACTIVATED, ERASED, MERGED_INTO]),
    ),
    max_size=10,
)
history = st.lists(facts_of_a_worker, max_size=4)

NEVER_BEGUN = [period("started", 12, 15, cohort=GIFT), terminated(12), period("renewed", 0, 10, grace=20)]
"""Arrears with a period in them that was cut on its first day, before the one whose arrears they are was told."""


class Calendar:
    """A period as the days it marks, and the days that a termination or the reason of death crossed out."""

    def __init__(self, coverage_id: str, data: dict[str, Any]) -> None:
        self.coverage_id, self.data = coverage_id, data
        last = HORIZON + 2 if data["covered_until"] is None else number(data["covered_until"])
        self.marked = {each for each in range(number(data["covered_from"]), last)}  # noqa: C416
        paid_until_it_ends = data["covered_until"] is None or data["grace_until"] is None
        self.arrears = set[int]() if paid_until_it_ends else set(range(last, number(data["grace_until"])))
        self.ended = set() if data.get("cut_at") is None else from_then_on(data["cut_at"])
        self.ended_by_death: set[int] = set()


class Life:
    """All calendars of a worker, the days on which each membership was suspended, when they moved, when they died."""

    def __init__(self) -> None:
        self.calendars: list[Calendar] = []
        self.suspended: dict[str, set[int]] = {}
        self.moved: dict[int, str] = {}
        self.died: int | None = None

    def of(self, coverage_id: str) -> list[Calendar]:
        return [each for each in self.calendars if each.coverage_id == coverage_id]

    def forget(self, *coverage_ids: str) -> None:
        self.calendars = [each for each in self.calendars if each.coverage_id not in coverage_ids]
        self.suspended = {held: days for held, days in self.suspended.items() if held not in coverage_ids}

    def take_over(self, coverages: Iterable[dict[str, Any]]) -> None:
        for whole in coverages:
            self.forget(whole["coverage_id"])
            self.calendars += [Calendar(whole["coverage_id"], each) for each in whole["periods"]]
            self.suspended[whole["coverage_id"]] = {
                on
                for each in whole["suspensions"]
                for on in from_then_on(each["suspended_from"])
                if each["suspended_until"] is None or on < number(each["suspended_until"])
            }

    def village(self, on: int, named: str) -> str:
        moves = [day for day in self.moved if day <= on]
        return self.moved[max(moves)] if moves else named

    def state(self, calendar: Calendar, on: int) -> str | None:
        """What the period is on a day, if it is anything."""
        alive = self.died is None or on <= self.died
        if on in calendar.ended | calendar.ended_by_death or not alive:
            return None
        if on in calendar.marked:
            return "suspended" if on in self.suspended.get(calendar.coverage_id, set()) else "in_force"
        if on in calendar.arrears and calendar.marked:
            begun_since = range(number(calendar.data["covered_until"]), on + 1)
            others = [each for each in self.of(calendar.coverage_id) if each.marked - each.ended]
            return None if any(min(each.marked) in begun_since for each in others) else "grace"
        return None


def from_then_on(day: str) -> set[int]:
    return set(range(number(day), HORIZON + 2))


def replay(facts: Iterable[Fact]) -> Life:  # noqa: C901, PLR0912 - one case per fact
    life = Life()
    for type_, data in facts:
        match type_.split(".")[1]:
            case "coverage_started" | "coverage_renewed":
                life.calendars.append(Calendar(data["coverage_id"], data))
            case "coverage_corrected":
                payer = data["coverage_id"], data["cohort_id"]
                life.calendars = [
                    each for each in life.calendars if (each.coverage_id, each.data["cohort_id"]) != payer
                ]
                life.calendars.append(Calendar(data["coverage_id"], data))
            case "coverage_terminated":
                for each in life.of(data["coverage_id"]):
                    if data["reason"] == "deceased":
                        each.ended_by_death |= from_then_on(data["covered_until"])
                    else:
                        each.ended |= from_then_on(data["covered_until"])
            case "worker_deceased":
                life.died = number(data["died_on"])
            case "worker_death_reversed":
                life.died = None
                for each in life.calendars:
                    each.ended_by_death = set()
            case "worker_relocated":
                life.moved[number(data["moved_on"])] = data["village_code"]
            case "coverage_suspended":
                more = from_then_on(data["suspended_from"])
                life.suspended[data["coverage_id"]] = life.suspended.get(data["coverage_id"], set()) | more
            case "coverage_reinstated":
                back = from_then_on(data["reinstated_from"])
                life.suspended[data["coverage_id"]] = life.suspended.get(data["coverage_id"], set()) - back
            case "coverage_voided":
                life.forget(data["coverage_id"])
            case "workers_merged":
                life.take_over(data["coverages"])
            case "worker_merged_into":
                life.forget(*(each.coverage_id for each in life.calendars), *life.suspended)
            case "workers_unmerged":
                life.forget(*data["left"])
                life.take_over(data["coverages"])
            case _:
                pass
    return life


ORDER = ["PU", "NON_ASN", "JAKON", "BPU"]


def counted_at(life: Life, on: int) -> tuple[str, ...] | None:
    """Where the worker counts on a day: segment, village, funding and cohort; nowhere without protection."""
    in_force = [
        (ORDER.index(data["segment"]), data["covered_from"], each.coverage_id, data["cohort_id"], place(data))
        for each in life.calendars
        if life.state(each, on) == "in_force"
        for data in [each.data]
    ]
    if not in_force:
        return None
    *_, cohort_id, (segment, village, funding) = min(in_force)
    return segment, life.village(on, village), funding, cohort_id


def model_people(workers: Iterable[Iterable[Fact]], on: int) -> Counter[tuple[str, ...]]:
    """Who is protected on a day, by segment, village, funding and cohort."""
    return Counter(found for facts in workers if (found := counted_at(replay(facts), on)))


def place(data: dict[str, Any]) -> tuple[str, str, str]:
    return data["segment"], data["village_code"], data["funding"]


def model_memberships(workers: Iterable[Iterable[Fact]], on: int) -> Counter[tuple[str, ...]]:
    """How many memberships each cohort has in force, suspended and in grace on a day, and has enrolled until then."""
    return sum((held_by(replay(facts), on) for facts in workers), Counter[tuple[str, ...]]())


def held_by(life: Life, on: int) -> Counter[tuple[str, ...]]:
    """How many memberships of the worker each cohort has, by village, as `model_memberships` counts them."""
    counted: Counter[tuple[str, ...]] = Counter()
    first: dict[tuple[str, str], tuple[str, str]] = {}
    for each in life.calendars:
        cohort_id, village = each.data["cohort_id"], each.data["village_code"]
        if state := life.state(each, on):
            counted[(cohort_id, life.village(on, village), state)] += 1
        if each.marked:
            paid = (each.coverage_id, cohort_id)
            began = (each.data["covered_from"], village)
            first[paid] = min(first.get(paid, began), began)
    for (_, cohort_id), (from_, village) in first.items():
        if from_ <= day(on):
            counted[(cohort_id, life.village(number(from_), village), "enrolled")] += 1
    return counted
