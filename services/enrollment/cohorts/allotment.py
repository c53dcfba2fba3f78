"""How a cohort's places and person-months are shared out; pure, and the only arithmetic of places there is.

A cohort has places. Some are for villages, the others a common pool. Who comes from a village takes one of its places
while there is one, else one of the pool; so the pool holds what villages use beyond their own. A place comes with the
months that its period covers, out of one budget of person-months.

    wanted  --allot-->  given: reserved (until payment is confirmed) or taken (cover stands)
            --allot-->  waits, in the order of asking; moves up when a place frees

Nobody overtakes: a place that somebody waits for is given to nobody new, and neither are months.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Literal
from uuid import UUID

from services.enrollment.domain.model import OPEN, Activity, Period, Worker
from services.enrollment.domain.months import begun_months

Kind = Literal["taken", "reserved", "waiting"]


@dataclass(frozen=True, slots=True)
class Share:
    """What is a village's of the places, and how many of its people take, reserve or want one."""

    places: int = 0
    taken: int = 0
    reserved: int = 0
    waiting: int = 0

    @property
    def own_free(self) -> int:
        return max(0, self.places - self.taken - self.reserved)

    @property
    def beyond(self) -> int:
        """How many of the village's people stand on places of the pool."""
        return max(0, self.taken + self.reserved - self.places)


NO_SHARE = Share()


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was agreed of one person's cover beside the cohort's terms; who waits keeps it until moving up."""

    covered_from: date | None = None
    activity: Activity | None = None
    paid_on: date | None = None
    paid_months: int | None = None


NOTHING_AGREED = Agreed()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A person who should have a place, the months of their cover, and what was agreed of it."""

    worker_id: UUID
    village_code: str
    months: int
    agreed: Agreed = NOTHING_AGREED


@dataclass(frozen=True, slots=True)
class Move:
    """So many places, with their months, more (or fewer) are of this kind."""

    kind: Kind
    village_code: str
    places: int
    months: int


@dataclass(frozen=True, slots=True)
class Account:
    """The places and person-months of one cohort; `person_months` is None where they have no limit."""

    cohort_id: UUID
    open: bool
    places: int
    person_months: int | None
    months: Mapping[Kind, int] = field(default_factory=dict)
    shares: Mapping[str, Share] = field(default_factory=dict)

    @property
    def taken(self) -> int:
        return sum(share.taken for share in self.shares.values())

    @property
    def reserved(self) -> int:
        return sum(share.reserved for share in self.shares.values())

    @property
    def waiting(self) -> int:
        return sum(share.waiting for share in self.shares.values())

    @property
    def pool(self) -> int:
        """How many places are no village's."""
        return self.places - sum(share.places for share in self.shares.values())

    @property
    def pool_used(self) -> int:
        return sum(share.beyond for share in self.shares.values())

    @property
    def pool_free(self) -> int:
        return self.pool - self.pool_used

    @property
    def months_free(self) -> int | None:
        if self.person_months is None:
            return None
        return self.person_months - self.months.get("taken", 0) - self.months.get("reserved", 0)

    @property
    def fits(self) -> bool:
        """Whether nothing is oversold."""
        enough = self.months_free is None or self.months_free >= 0
        return enough and self.pool_free >= 0 and self.taken + self.reserved <= self.places

    def roomy(self, people: int, months: int) -> bool:
        """Tell whether so many people of any village would all have a place, with so many months each."""
        enough = self.months_free is None or self.months_free >= people * months
        return enough and not self.waiting and self.pool_free >= people

    def after(self, moves: Iterable[Move]) -> "Account":
        """Give the account as the moves leave it."""
        places: Counter[tuple[str, Kind]] = Counter()
        months: Counter[Kind] = Counter(self.months)
        for move in moves:
            places[move.village_code, move.kind] += move.places
            months[move.kind] += move.months
        shares = dict(self.shares)
        for (village_code, kind), more in places.items():
            share = shares.get(village_code, NO_SHARE)
            shares[village_code] = replace(share, **{kind: getattr(share, kind) + more})
        return replace(self, months=months, shares=shares)

    def reallocated(self, from_village: str | None, to_village: str | None, places: int) -> "Account":
        """Give the account after places went from one village to another; None is the pool."""
        shares = dict(self.shares)
        for village_code, more in ((from_village, -places), (to_village, places)):
            if village_code is not None:
                share = shares.get(village_code, NO_SHARE)
                shares[village_code] = replace(share, places=share.places + more)
        return replace(self, shares=shares)

    def extended(self, places: int, village_places: Mapping[str, int], person_months: int | None) -> "Account":
        """Give the account with other places and person-months."""
        villages = self.shares.keys() | village_places.keys()
        shares = {
            village: replace(self.shares.get(village, NO_SHARE), places=village_places.get(village, 0))
            for village in sorted(villages)
        }
        return replace(self, places=places, person_months=person_months, shares=shares)


def allot(account: Account, wanted: Sequence[Wanted], *, newcomers: bool) -> list[bool]:
    """Say for each, in their order, whether there is a place; newcomers leave alone what others wait for already."""
    months, pool = account.months_free, account.pool_free
    own = {village: share.own_free for village, share in account.shares.items()}
    waited_for = {village for village, share in account.shares.items() if share.waiting} if newcomers else set()
    pool_waited_for = bool(waited_for)
    # Whoever waits although there is a place waits for months, or for a moment only.
    months_waited_for = any(own[village] > 0 or pool > 0 for village in waited_for)
    given = []
    for one in wanted:
        village = one.village_code
        first = village not in waited_for
        gets_own = first and own.get(village, 0) > 0
        gets = gets_own or (first and pool > 0 and not pool_waited_for)
        if gets and months is not None and (months_waited_for or one.months > months):
            gets, months_waited_for = False, True
        if not gets:
            pool_waited_for = True
        elif gets_own:
            own[village] -= 1
        else:
            pool -= 1
        if gets and months is not None:
            months -= one.months
        given.append(gets)
    return given


def moves(kind: Kind, people: Iterable["Wanted | Taken"], sign: Literal[1, -1] = 1) -> Iterator[Move]:
    """Give the moves by which these become, or are no longer, of the kind; one for all who are alike."""
    for (village_code, months), alike in Counter((one.village_code, one.months) for one in people).items():
        yield Move(kind, village_code, sign * alike, 0 if kind == "waiting" else sign * alike * months)


@dataclass(frozen=True, slots=True)
class Taken:
    """A place that a worker takes in a cohort: the village that it counts for, the person-months that go with it."""

    village_code: str
    months: int


def taken_by(worker: Worker | None) -> dict[UUID, Taken]:
    """Tell which places the worker takes: one of each cohort that pays for them, in the village of its first period.

    What was corrected to nothing takes none. A termination gives back the months that it took away, and not the place:
    the decree named this person. Periods without an end count no months ahead.
    """
    first: dict[UUID, tuple[date, UUID, str]] = {}
    months: Counter[UUID] = Counter()
    for membership in worker.memberships if worker else ():
        for period in membership.periods:
            if (period.covered_until or OPEN) > period.covered_from:
                cohort_id = period.cohort.cohort_id
                place = (period.covered_from, membership.coverage_id, membership.village_code)
                first[cohort_id] = min(first.get(cohort_id, place), place)
                months[cohort_id] += months_of(period.covered_from, _paid_until(period))
    return {cohort_id: Taken(village_code, months[cohort_id]) for cohort_id, (_, _, village_code) in first.items()}


def wanted_by(worker: Worker, cohort_id: UUID, agreed: Agreed = NOTHING_AGREED) -> Wanted:
    """Tell which place of the cohort the worker's cover needs."""
    if len(worker.memberships) == len(worker.memberships[0].periods) == 1:  # as of nearly all in a long list
        return wanted(worker.worker_id, worker.memberships[0].village_code, worker.memberships[0].periods[0], agreed)
    taken = taken_by(worker)[cohort_id]
    return Wanted(worker.worker_id, taken.village_code, taken.months, agreed)


def wanted(worker_id: UUID, village_code: str, period: Period, agreed: Agreed) -> Wanted:
    """Tell which place a period will need, for somebody who has no cover of the cohort yet."""
    return Wanted(worker_id, village_code, months_of(period.covered_from, _paid_until(period)), agreed)


def _paid_until(period: Period) -> date | None:
    return None if period.end == OPEN else period.end


@lru_cache(maxsize=10_000)
def months_of(covered_from: date, covered_until: date | None) -> int:
    """Count the months of a period, begun ones whole; one without an end counts none ahead."""
    return 0 if covered_until is None or covered_until <= covered_from else begun_months(covered_from, covered_until)
