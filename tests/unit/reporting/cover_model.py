"""What reports say of cover, in the plainest way: each life gone through day by day, and counted."""

from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from tests.unit.reporting.calendar_model import HORIZON, Fact, counted_at, held_by, number, replay

END = HORIZON + 2
"""The first day that calendars say nothing of."""
Place = tuple[str, str, str, str]
Counts = Counter[tuple[Any, ...]]


class Days:
    """A worker's life, and where the worker counts on each day."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self.facts = list(facts)
        self.life = replay(self.facts)

    @cached_property
    def places(self) -> list[Any]:
        """Segment, village, funding and cohort by day; None without protection."""
        return [counted_at(self.life, on) for on in range(END)]

    @cached_property
    def held(self) -> list[Counts]:
        """Memberships by cohort, village and state, by day."""
        return [held_by(self.life, on) for on in range(END)]

    @cached_property
    def in_force(self) -> list[list[int]]:
        """The periods in force, by day."""
        each = list(enumerate(self.life.calendars))
        return [[at for at, one in each if self.life.state(one, on) == "in_force"] for on in range(END)]

    @cached_property
    def happened(self) -> Counts:
        """What happened on which day: (day, what, segment, village, funding)."""
        found, ever, last = Counter[tuple[Any, ...]](), False, None
        for on in range(END):
            now = self.places[on] and self.places[on][:3]
            if now and last is None:
                found[on, "returned" if ever else "joined", *now] += 1
            if last and now is None:
                found[on, "died" if self.life.died == on - 1 else "lapsed", *last] += 1
            if now and last and now != last:
                found[on, "moved_out", *last] += 1
                found[on, "moved_in", *now] += 1
            if now and last:
                before, after = set(self.in_force[on - 1]), set(self.in_force[on])
                found[on, "renewed", *now] += bool(before - after and after - before)
            ever, last = ever or now is not None, now
        return +found


def protected(lives: Iterable[Days], on: int) -> Counts:
    """Count people by segment, village, funding and cohort."""
    return Counter(one.places[on] for one in lives if one.places[on])


def memberships(lives: Iterable[Days], on: int, state: str) -> Counts:
    """Count memberships in this state by cohort and village; those enrolled whenever they begin."""
    found = Counter[tuple[Any, ...]]()
    for one in lives:
        for (cohort, village, kind), count in one.held[on if state != "enrolled" else END - 1].items():
            if kind == state:
                found[cohort, village] += count
    return found


def paid(lives: Iterable[Days], on: int) -> Counts:
    """Count memberships that a cohort pays, in force or not, by cohort and village."""
    lives = list(lives)
    return memberships(lives, on, "in_force") + memberships(lives, on, "suspended")


def expiries(lives: list[Days], from_: int, until: int) -> dict[int, tuple[int, dict[str, int]]]:
    """Say by last covered day how many fewer people are protected on the next, and whose memberships end."""
    found = {}
    for on in range(from_, until):
        people = protected(lives, on).total() - protected(lives, on + 1).total()
        ending = Counter[str]()
        for (cohort, _), count in (paid(lives, on) - paid(lives, on + 1)).items():
            ending[cohort] += count
        if people or ending:
            found[on] = (people, dict(ending))
    return found


def churn(lives: Iterable[Days], from_: int, until: int) -> dict[tuple[str, str, str], Counts]:
    """Count what happened in the period, by segment, village and funding."""
    found: dict[tuple[str, str, str], Counts] = {}
    for one in lives:
        for (on, what, *place), count in one.happened.items():
            if from_ <= on < until:
                segment, village, funding = place
                found.setdefault((segment, village, funding), Counter())[what] += count
    return found


def gaps(lives: Iterable[Days], on: int, within: int) -> Counts:
    """Count who is not protected but was within so many days before, by first day of the gap and last place."""
    found = Counter[tuple[Any, ...]]()
    for one in lives:
        covered = [day for day in range(on + 1) if one.places[day]]
        dead = one.life.died is not None and one.life.died < on
        if covered and not dead and on - within <= max(covered) < on:
            found[max(covered) + 1, *one.places[max(covered)][:3]] += 1
    return found


def died(one: Days, on: int) -> tuple[int, str, str, str] | None:
    """Say on which day, by the day given, and where the worker died while protected."""
    at = one.life.died
    if at is None or at > on or not one.places[at]:
        return None
    segment, village, funding, _ = one.places[at]
    return at, segment, village, funding


def paid_after_death(one: Days, on: int) -> list[tuple[str, str, str, str, str, int | None]]:
    """List each period paid beyond a death: begun before or after it, where it counts, how many months it takes."""
    if one.life.died is None or one.life.died > on:
        return []
    found = []
    for each in one.life.calendars:
        begins = number(each.data["covered_from"])
        ends = [number(each.data["covered_until"])] if each.data["covered_until"] else []
        first, end = max(begins, one.life.died + 1), min([*ends, *each.ended], default=None)
        if begins < min(ends, default=END) and (end is None or first < end):
            begun = "after" if begins > one.life.died else "before"
            where = (each.data["cohort_id"], each.data["segment"], each.data["funding"])
            village = one.life.village(first, each.data["village_code"])
            found.append((begun, *where, village, None if end is None else months(first, end)))
    return found


def months(first: int, end: int) -> int:
    """Count begun months: of the calendar's 40 days there is one for each 31, as all start in January."""
    return -((first - end) // 31)


def standings(facts: Iterable[Fact]) -> list[tuple[str, str, str, str | None]]:
    """Say at which steps of the funnel the worker stands: (village, cohort, step, reason)."""
    told: dict[str, dict[str, Any]] = {}
    for type_, data in facts:
        match type_.split(".")[1]:
            case "worker_proposed":
                told[data["cohort_id"]] = {"steps": {"proposed"}, "refused": None, "village": data["village_code"]}
                continue
            case "worker_verified" | "worker_waitlisted" | "worker_refused" as what:
                known = told.setdefault(data["cohort_id"], {"steps": set()})
                known["village"] = data["village_code"]
                known["refused"] = data["reason"] if what == "worker_refused" else None
                known["steps"] |= {"waiting"} if what == "worker_waitlisted" else set(data.get("passed", ()))
                known["steps"] -= {"waiting"} if what == "worker_refused" else set()
            case "coverage_started" | "coverage_renewed" if data["cohort_id"] in told:
                told[data["cohort_id"]]["refused"] = None
                told[data["cohort_id"]]["steps"] -= {"waiting"}
            case _:
                pass
    return [
        (known["village"], cohort, step, reason)
        for cohort, known in told.items()
        for step, reason in [*((step, None) for step in known["steps"]), ("refused", known["refused"])]
        if step != "refused" or reason
    ]


def funnel(lives: list[Days], on: int) -> dict[tuple[str, str], tuple[Counter[str], Counter[str]]]:
    """Count workers and memberships by step, and refusals by reason, for each village and cohort."""
    found: dict[tuple[str, str], tuple[Counter[str], Counter[str]]] = {}
    for one in lives:
        for village, cohort, step, reason in standings(one.facts):
            steps, reasons = found.setdefault((village, cohort), (Counter(), Counter()))
            steps[step] += 1
            if reason:
                reasons[reason] += 1
    for step, state in (("paid", "enrolled"), ("active", "in_force")):
        for (cohort, village), count in memberships(lives, on, state).items():
            found.setdefault((village, cohort), (Counter(), Counter()))[0][step] += count
    return found
