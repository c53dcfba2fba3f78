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


def number(of: str) -> int:
    return (date.fromisoformat(of) - JANUARY).days


days = st.integers(0, HORIZON)
facts_of_a_worker = st.lists(
    st.one_of(
        st.builds(
            period,
            st.sampled_from(["started", "renewed", "corrected"]),
            days,
            st.none() | days,
            coverage=st.sampled_from([FARMER, DRIVER]),
            cohort=st.sampled_from([ANNUAL, HARVEST, GIFT]),
            segment=st.sampled_from(["PU", "NON_ASN", "JAKON", "BPU"]),
            village=st.sampled_from([BATUBULAN, KETEWEL]),
            funding=st.sampled_from(["APBD", "SELF"]),
        ),
        st.builds(terminated, days, st.sampled_from(["moved", "deceased"]), coverage=st.sampled_from([FARMER, DRIVER])),
        st.builds(deceased, days),
        st.just(REVERSED),
        st.just(EXPIRED),
    ),
    max_size=8,
)
history = st.lists(facts_of_a_worker, max_size=4)


class Calendar:
    """A period as the days it marks, and the days that a termination or the reason of death crossed out."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        until = data["covered_until"]
        last = HORIZON + 2 if until is None else number(until)
        self.marked = {each for each in range(number(data["covered_from"]), last)}  # noqa: C416
        self.ended: set[int] = set()
        self.ended_by_death: set[int] = set()


def replay(facts: Iterable[Fact]) -> tuple[list[tuple[str, Calendar]], int | None]:  # noqa: C901 - one case per fact
    calendars: list[tuple[str, Calendar]] = []
    died: int | None = None
    for type_, data in facts:
        match type_.split(".")[1]:
            case "coverage_started" | "coverage_renewed":
                calendars.append((data["coverage_id"], Calendar(data)))
            case "coverage_corrected":
                paid = (data["coverage_id"], data["cohort_id"])
                calendars = [(held, each) for held, each in calendars if (held, each.data["cohort_id"]) != paid]
                calendars.append((data["coverage_id"], Calendar(data)))
            case "coverage_terminated":
                gone = set(range(number(data["covered_until"]), HORIZON + 2))
                for held, each in calendars:
                    if held == data["coverage_id"] and data["reason"] == "deceased":
                        each.ended_by_death |= gone
                    elif held == data["coverage_id"]:
                        each.ended |= gone
            case "worker_deceased":
                died = number(data["died_on"])
            case "worker_death_reversed":
                died = None
                for _, each in calendars:
                    each.ended_by_death = set()
            case _:
                pass
    return calendars, died


def covers(calendar: Calendar, on: int, died: int | None) -> bool:
    alive = died is None or on <= died
    return on in calendar.marked and on not in calendar.ended and on not in calendar.ended_by_death and alive


def model_people(workers: Iterable[Iterable[Fact]], on: int) -> Counter[tuple[str, ...]]:
    """Who is protected on a day, by segment, village and funding."""
    counted: Counter[tuple[str, ...]] = Counter()
    for facts in workers:
        calendars, died = replay(facts)
        order = ["PU", "NON_ASN", "JAKON", "BPU"]
        in_force = [
            (order.index(each.data["segment"]), each.data["covered_from"], held, each.data["cohort_id"], place(each))
            for held, each in calendars
            if covers(each, on, died)
        ]
        if in_force:
            counted[min(in_force)[-1]] += 1
    return counted


def place(calendar: Calendar) -> tuple[str, ...]:
    return calendar.data["segment"], calendar.data["village_code"], calendar.data["funding"]


def model_memberships(workers: Iterable[Iterable[Fact]], on: int) -> Counter[tuple[str, ...]]:
    """How many memberships each cohort has in force on a day, and has enrolled until then."""
    counted: Counter[tuple[str, ...]] = Counter()
    for facts in workers:
        calendars, died = replay(facts)
        first: dict[tuple[str, str], tuple[str, str]] = {}
        for coverage_id, each in calendars:
            if covers(each, on, died):
                counted[(each.data["cohort_id"], each.data["village_code"], "in_force")] += 1
            if each.marked:
                paid = (coverage_id, each.data["cohort_id"])
                began = (each.data["covered_from"], each.data["village_code"])
                first[paid] = min(first.get(paid, began), began)
        for (_, cohort_id), (from_, village) in first.items():
            if from_ <= day(on):
                counted[(cohort_id, village, "enrolled")] += 1
    return counted
