"""Who gets a place and who waits, against a plain list of people: nothing oversold, nobody overtaken, no place idle."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.enrollment.cohorts.allotment import Account, Kind, Share, Taken, Wanted, allot, months_of, moves, taken_by
from tests.unit.enrollment.people import ENROLLED, FIRST_HALF, JANUARY, JULY, KETEWEL, RENEWED, SUKAWATI, THIRD_QUARTER
from tests.unit.enrollment.people import after as lives

BATUAN = "51.04.01.2003"
VILLAGES = (KETEWEL, SUKAWATI, BATUAN)
COHORT = UUID(int=1)
MONTHS = st.integers(0, 40)


def account(places: int, person_months: int | None = None, **villages: int) -> Account:
    """An open cohort whose places belong to villages by their first letter, and to nobody."""
    named = {village: Share(villages.get(letter, 0)) for letter, village in zip("KSB", VILLAGES, strict=True)}
    return Account(COHORT, open=True, places=places, person_months=person_months, shares=named)


def asking(*people: tuple[str, int]) -> list[Wanted]:
    named = dict(zip("KSB", VILLAGES, strict=True))
    return [Wanted(UUID(int=number), named[letter], months) for number, (letter, months) in enumerate(people)]


@pytest.mark.parametrize(
    ("stands", "people", "given"),
    [
        (account(2), [("K", 1), ("S", 1), ("K", 1)], [True, True, False]),
        (account(3, K=2), [("S", 1), ("S", 1), ("K", 1), ("K", 1), ("K", 1)], [True, False, True, True, False]),
        (account(3, K=2), [("K", 1), ("K", 1), ("K", 1), ("S", 1)], [True, True, True, False]),
        (account(3, person_months=7), [("K", 4), ("K", 4), ("K", 3)], [True, False, False]),
        (account(2, person_months=9, K=1, S=1), [("K", 4), ("K", 4), ("S", 4)], [True, False, True]),
    ],
    ids=["in order", "own places first", "the pool is for all", "months run out", "no months kept behind a village"],
)
def test_who_gets_a_place(stands: Account, people: list[tuple[str, int]], given: list[bool]) -> None:
    assert allot(stands, asking(*people), newcomers=True) == given


def test_a_newcomer_takes_nothing_that_somebody_waits_for() -> None:
    full = account(3, K=2).after(moves("taken", asking(("K", 1), ("K", 1), ("S", 1))))
    waits = full.after(moves("waiting", asking(("S", 1))))
    own_place_free = waits.after(moves("taken", asking(("K", 1)), -1))
    assert allot(own_place_free, asking(("K", 1)), newcomers=True) == [True]
    assert allot(own_place_free, asking(("S", 1)), newcomers=True) == [False]
    pool_free = waits.after(moves("taken", asking(("S", 1)), -1))
    assert allot(pool_free, asking(("K", 1)), newcomers=True) == [False]
    assert allot(pool_free, asking(("S", 1)), newcomers=False) == [True]


@pytest.mark.parametrize(
    ("covered_from", "covered_until", "counted"),
    [
        (date(2027, 1, 1), date(2027, 7, 1), 6),
        (date(2027, 1, 15), date(2027, 7, 1), 6),
        (date(2027, 1, 31), date(2027, 2, 28), 1),
        (date(2027, 1, 31), date(2027, 3, 1), 2),
        (date(2027, 1, 1), date(2027, 1, 1), 0),
        (date(2027, 1, 1), None, 0),
    ],
)
def test_begun_months_count_whole(covered_from: date, covered_until: date | None, counted: int) -> None:
    assert months_of(covered_from, covered_until) == counted


def test_a_worker_takes_one_place_of_each_cohort_that_pays() -> None:
    assert taken_by(lives(ENROLLED, RENEWED)) == {
        FIRST_HALF.cohort_id: Taken(KETEWEL, months_of(JANUARY, JULY)),
        THIRD_QUARTER.cohort_id: Taken(KETEWEL, 3),
    }


@dataclass
class Person:
    """Somebody in the plain list, in the order of asking."""

    village: str
    months: int
    is_: Kind | None


class Cohort(RuleBasedStateMachine):
    """One cohort lives; the account is compared with the list of its people after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.people: list[Person] = []
        self.own = dict.fromkeys(VILLAGES, 0)
        self.places, self.months = 0, 0
        self.account = Account(COHORT, open=True, places=0, person_months=0)

    def wanted(self, people: list[Person]) -> list[Wanted]:
        return [Wanted(UUID(int=number), one.village, one.months) for number, one in enumerate(people)]

    def having(self) -> list[Person]:
        return [one for one in self.people if one.is_ in ("taken", "reserved")]

    def waiting(self) -> list[Person]:
        return [one for one in self.people if one.is_ == "waiting"]

    def seats(self, people: list[Person]) -> bool:
        """Seat people one by one, each in their village's places or in the pool; tell whether all could sit."""
        own, pool = dict(self.own), self.places - sum(self.own.values())
        for one in people:
            if own[one.village]:
                own[one.village] -= 1
            else:
                pool -= 1
        return pool >= 0

    def fit(self, people: list[Person]) -> bool:
        return self.seats(people) and sum(one.months for one in people) <= self.months

    @initialize(pool=st.integers(0, 2), own=st.lists(st.integers(0, 2), min_size=3, max_size=3), months=MONTHS)
    def opens(self, pool: int, own: list[int], months: int) -> None:
        self.own = dict(zip(VILLAGES, own, strict=True))
        self.places, self.months = pool + sum(own), months
        self.account = self.account.extended(self.places, self.own, months)

    @rule(
        people=st.lists(st.tuples(st.sampled_from(VILLAGES), st.integers(1, 6)), min_size=1, max_size=5),
        kind=st.sampled_from(("taken", "reserved")),
    )
    def come(self, people: list[tuple[str, int]], kind: Kind) -> None:
        come = [Person(village, months, kind) for village, months in people]
        given = allot(self.account, self.wanted(come), newcomers=True)
        waited, seated = self.waiting(), self.having()
        for one, gets in zip(come, given, strict=True):
            one.is_ = kind if gets else "waiting"
            if gets:
                overtaken = [w for w in waited if self.seats([*seated, w])]  # for whom there is a place, or months lack
                assert not overtaken, f"{one} overtakes {overtaken[0]}"
                seated.append(one)
            else:
                waited.append(one)
            self.account = self.account.after(moves(one.is_, self.wanted([one])))
        self.people.extend(come)

    @rule(which=st.integers(0, 100))
    def leaves(self, which: int) -> None:
        present = [one for one in self.people if one.is_ is not None]
        if present:
            one = present[which % len(present)]
            assert one.is_ is not None
            self.account = self.account.after(moves(one.is_, self.wanted([one]), -1))
            one.is_ = None

    @rule(which=st.integers(0, 100))
    def is_confirmed(self, which: int) -> None:
        reserved = [one for one in self.people if one.is_ == "reserved"]
        if reserved:
            one = reserved[which % len(reserved)]
            freed = self.account.after(moves("reserved", self.wanted([one]), -1))
            self.account = freed.after(moves("taken", self.wanted([one])))
            one.is_ = "taken"

    @rule()
    def all_move_up(self) -> None:
        queue, passed = self.waiting(), list[Person]()
        for one, gets in zip(queue, allot(self.account, self.wanted(queue), newcomers=False), strict=True):
            if not gets:
                passed.append(one)
                continue
            overtaken = [w for w in passed if self.fit([*self.having(), w])]
            assert not overtaken, f"{one} overtakes {overtaken[0]}"
            self.account = self.account.after(moves("waiting", self.wanted([one]), -1))
            self.account = self.account.after(moves("reserved", self.wanted([one])))
            one.is_ = "reserved"
        self.nobody_first_waits_in_vain()

    def nobody_first_waits_in_vain(self) -> None:
        """Of each village the first who waits could not be seated, unless an earlier one lacks months."""
        first: dict[str, Person] = {}
        for one in self.waiting():
            first.setdefault(one.village, one)
        seated = [one for one in first.values() if self.seats([*self.having(), one])]
        if seated:  # the earliest of them lacks months, and the others stand behind
            assert not self.fit([*self.having(), seated[0]]), f"{seated[0]} waits although there is a place"

    @rule(pool=st.integers(0, 3), villages=st.lists(st.integers(0, 3), min_size=3, max_size=3), months=MONTHS)
    def is_amended(self, pool: int, villages: list[int], months: int) -> None:
        own, places = dict(zip(VILLAGES, villages, strict=True)), pool + sum(villages)
        before = (self.places, self.months, self.own)
        self.places, self.months, self.own = places, months, own
        amended = self.account.extended(places, own, months)
        assert amended.fits == self.fit(self.having())
        if amended.fits:
            self.account = amended
        else:
            self.places, self.months, self.own = before

    @rule(giver=st.sampled_from((None, *VILLAGES)), taker=st.sampled_from((None, *VILLAGES)), places=st.integers(1, 3))
    def places_move(self, giver: str | None, taker: str | None, places: int) -> None:
        pool = self.places - sum(self.own.values())
        if giver == taker or (pool if giver is None else self.own[giver]) < places:
            return
        before = dict(self.own)
        if giver:
            self.own[giver] -= places
        if taker:
            self.own[taker] += places
        moved = self.account.reallocated(giver, taker, places)
        assert moved.fits == self.fit(self.having())
        if moved.fits:
            self.account = moved
        else:
            self.own = before

    @invariant()
    def counters_are_the_sum_of_what_happened(self) -> None:
        for village in VILLAGES:
            share = self.account.shares.get(village, Share())
            counted = {
                kind: sum(one.village == village and one.is_ == kind for one in self.people)
                for kind in ("taken", "reserved", "waiting")
            }
            assert (share.taken, share.reserved, share.waiting) == tuple(counted.values())
            assert share.places == self.own[village]
        for kind in ("taken", "reserved"):
            assert self.account.months.get(kind, 0) == sum(one.months for one in self.people if one.is_ == kind)

    @invariant()
    def nothing_is_oversold(self) -> None:
        assert self.account.fits
        assert self.fit(self.having())


TestCohort = Cohort.TestCase
TestCohort.settings = settings(max_examples=200, stateful_step_count=25, deadline=None)
