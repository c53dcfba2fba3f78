"""Whatever happens to a worker, in any order: the rules agree, day by day, with a plain calendar of what happened."""

from dataclasses import replace
from datetime import date, timedelta
from functools import reduce
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.enrollment import domain
from services.enrollment.cohorts.allotment import taken_by
from services.enrollment.domain import (
    Activity,
    Cohort,
    Command,
    CoverageExpired,
    CoverageExpiring,
    CoverageInactivated,
    Event,
    Rejected,
    Worker,
)
from tests.unit.enrollment.people import KETEWEL, WAYAN, PassDay, cohort, happens
from tests.unit.enrollment.plain_life import FIRST, GRACE_MONTHS, HORIZON, Life, Payer

FEBRUARY, MAY, JULY, NOVEMBER = (date(2025, month, 1) for month in (2, 5, 7, 11))
PAYERS = (
    Payer(1, "BPU", "APBD", FIRST, JULY),
    Payer(2, "BPU", "APBD", JULY, NOVEMBER),
    Payer(3, "BPU", "CSR", MAY, date(2025, 9, 1)),
    Payer(4, "BPU", "SELF", FIRST, HORIZON),
    Payer(5, "BPU", "SELF", date(2025, 1, 31), date(2025, 2, 28)),
    Payer(6, "JAKON", "PROJECT", FEBRUARY, NOVEMBER),
    Payer(7, "BPU", "PROVINCE", MAY, HORIZON),
)
ACTIVITIES: tuple[Activity | None, ...] = (None, "farming", "trade")
REMINDERS = (1, 7, 30, 60, 90)
DAY = timedelta(days=1)
LATEST = HORIZON - 900 * DAY
"""What is paid for by then does not reach the horizon."""
OVER = {"terminated": "over", "lapsed": "over"}

PAYER = st.sampled_from(PAYERS)
DATES = st.one_of(
    st.sampled_from([FIRST, FEBRUARY, MAY, JULY, NOVEMBER]), st.dates(date(2025, 1, 2), date(2026, 6, 30))
)
MEMBERSHIP = st.integers(0, 5)
MONTHS = st.sampled_from([1, 2, 3, 6, 12])


def terms(payer: Payer) -> Cohort:
    until = None if payer.ends == HORIZON else payer.ends
    made = cohort(payer.number, payer.begins, until, segment=payer.segment, funding=payer.funding)  # type: ignore[arg-type]
    return replace(made, grace_months=GRACE_MONTHS if payer.funding == "SELF" else None)


COHORTS = {payer: terms(payer) for payer in PAYERS}


class LifeCycle(RuleBasedStateMachine):
    """Each rule does one thing to the worker and to the calendar."""

    def __init__(self) -> None:
        super().__init__()
        self.worker: Worker | None = None
        self.life = Life()
        self.today = date(2024, 12, 20)
        self.said: list[Event] = []

    def do(self, command: Command) -> None:
        try:
            events = domain.decide(self.worker, command)
        except Rejected:
            return
        self.follow(events)

    def follow(self, events: list[Event]) -> None:
        self.worker = reduce(domain.evolve, events, self.worker)

    @rule(
        payer=PAYER,
        since=st.one_of(st.none(), DATES),
        activity=st.sampled_from(ACTIVITIES),
        months=st.one_of(st.none(), MONTHS),
    )
    def enroll(self, payer: Payer, since: date | None, activity: Activity | None, months: int | None) -> None:
        number = len(self.life.cards)
        self.do(
            domain.Enroll(
                WAYAN, UUID(int=number), COHORTS[payer], KETEWEL, since, self.today, activity, paid_months=months
            )
        )
        self.life.enroll(number, payer, since or payer.begins, activity, months)

    @rule(payer=PAYER)
    def renew(self, payer: Payer) -> None:
        self.do(domain.Renew(WAYAN, COHORTS[payer], self.today))
        self.life.renew(payer)

    @precondition(lambda self: self.life.cards)
    @rule(membership=MEMBERSHIP, until=DATES)
    def terminate(self, membership: int, until: date) -> None:
        number = membership % len(self.life.cards)
        self.do(domain.Terminate(WAYAN, UUID(int=number), until, "moved"))
        self.life.terminate(number, until)

    @precondition(lambda self: self.life.cards)
    @rule(membership=MEMBERSHIP, payer=PAYER, since=DATES, until=st.one_of(st.none(), DATES))
    def correct(self, membership: int, payer: Payer, since: date, until: date | None) -> None:
        number = membership % len(self.life.cards)
        self.do(domain.Correct(WAYAN, UUID(int=number), UUID(int=payer.number), since, until, self.today))
        self.life.correct(number, payer, since, until or HORIZON)

    @precondition(lambda self: self.life.cards)
    @rule(membership=MEMBERSHIP, payer=PAYER)
    def correct_to_nothing(self, membership: int, payer: Payer) -> None:
        self.correct(membership, payer, payer.begins, payer.begins)

    @precondition(lambda self: len(self.life.cards) > 1)
    @rule(membership=MEMBERSHIP)
    def void(self, membership: int) -> None:
        number = membership % len(self.life.cards)
        self.do(domain.Void(WAYAN, UUID(int=number), "entered_twice"))
        self.life.void(number)

    @precondition(lambda self: self.life.cards)
    @rule(membership=MEMBERSHIP, since=DATES, length=st.one_of(st.none(), st.integers(0, 60)))
    def suspend(self, membership: int, since: date, length: int | None) -> None:
        number = membership % len(self.life.cards)
        until = None if length is None else since + length * DAY
        self.do(domain.Suspend(WAYAN, UUID(int=number), since, until, "requested"))
        self.life.suspend(number, since, until or HORIZON)

    @precondition(lambda self: self.life.cards)
    @rule(membership=MEMBERSHIP, since=DATES)
    def reinstate(self, membership: int, since: date) -> None:
        number = membership % len(self.life.cards)
        self.do(domain.Reinstate(WAYAN, UUID(int=number), since))
        self.life.reinstate(number, since)

    @precondition(lambda self: self.life.cards)
    @rule(membership=MEMBERSHIP, months=MONTHS, ago=st.integers(-2, 150), begins_anew=st.booleans())
    def pay(self, membership: int, months: int, ago: int, begins_anew: bool) -> None:
        number, begun, paid_on = membership % len(self.life.cards), len(self.life.cards), self.today - ago * DAY
        self.do(domain.Pay(WAYAN, UUID(int=number), months, paid_on, UUID(int=begun), begins_anew, self.today))
        self.life.pay(number, months, paid_on, self.today, begun, begins_anew=begins_anew)

    @precondition(lambda self: self.worker)
    @rule(ago=st.integers(-2, 200))
    def die(self, ago: int) -> None:
        day = self.today - ago * DAY
        self.do(domain.RegisterDeath(WAYAN, day, None, self.today))
        self.life.dies(day, self.today)

    @precondition(lambda self: self.life.died_on)
    @rule()
    def live(self) -> None:
        self.do(domain.ReverseDeath(WAYAN, None, self.today))
        self.life.lives()

    @precondition(lambda self: self.today < LATEST)
    @rule(later=st.sampled_from([0, 1, 1, 5, 31, 120]))
    def days_pass(self, later: int) -> None:
        """Time goes on; a long step is downtime."""
        self.today += later * DAY
        for membership in self.worker.memberships if self.worker else ():
            day = PassDay(WAYAN, membership.coverage_id, self.today)
            events = happens(self.worker, day)
            self.follow(events)
            for event in events:
                self.announced_rightly(event)
            assert happens(self.worker, day) == []
        for number in self.life.cards:
            self.all_is_announced(number)

    def announced_rightly(self, event: Event) -> None:
        """Never early, never of the dead, of the end as it is now, and never twice."""
        assert event not in self.said
        self.said.append(event)
        assert isinstance(event, CoverageExpiring | CoverageExpired | CoverageInactivated)
        card = self.life.cards[event.coverage_id.int]
        assert event.covered_until == card.end
        if isinstance(event, CoverageExpiring):
            assert self.life.died_on is None
            assert self.today < card.end
            left = (card.end - self.today).days
            assert event.days_left == min(days for days in REMINDERS if days >= left)
            others = (said for said in self.said[:-1] if isinstance(said, CoverageExpiring))
            told = {(said.coverage_id, said.covered_until, said.days_left) for said in others}
            assert (event.coverage_id, event.covered_until, event.days_left) not in told
            return
        announced = card.end if isinstance(event, CoverageExpired) else card.grace[card.end]
        assert announced <= min(self.today, self.life.died_on + DAY if self.life.died_on else HORIZON)
        if isinstance(event, CoverageInactivated):
            assert event.inactive_from == announced
        dates = {
            said.inactive_from if isinstance(said, CoverageInactivated) else said.covered_until
            for said in self.said[:-1]
            if type(said) is type(event) and getattr(said, "coverage_id", None) == event.coverage_id
        }
        assert announced not in dates

    def all_is_announced(self, number: int) -> None:
        """What came by today, and in the worker's life, has been said, or something later of the same kind."""
        card = self.life.cards[number]
        last_day = min(self.today, self.life.died_on + DAY if self.life.died_on else HORIZON)
        if not card.paid or card.end == HORIZON or card.end > last_day:
            return
        of_it = [said for said in self.said if getattr(said, "coverage_id", None) == UUID(int=number)]
        ends = {said.covered_until for said in of_it if isinstance(said, CoverageExpired)} | card.announced
        assert card.end <= max(ends)
        if (grace_end := card.grace.get(card.end)) and grace_end <= last_day:
            assert grace_end <= max(said.inactive_from for said in of_it if isinstance(said, CoverageInactivated))

    @invariant()
    def days_agree(self) -> None:
        memberships = {m.coverage_id.int: m for m in (self.worker.memberships if self.worker else ())}
        assert memberships.keys() == self.life.cards.keys()
        assert self.worker is None or self.worker.died_on == self.life.died_on
        for number, membership in memberships.items():
            for day in self.telling_days(number):
                assert self.worker is not None
                status = domain.status_on(self.worker, membership, day)
                expected = self.life.status(number, day)
                if expected == "nothing":
                    assert status in ("void", "terminated")
                else:
                    assert OVER.get(status, status) == expected, (number, day)

    def telling_days(self, number: int) -> set[date]:
        """Give the days around which something begins or ends; the others say what their neighbours say."""
        card = self.life.cards[number]
        marks = {*card.paid, *card.suspended, *card.grace.values(), *card.announced, self.today}
        marks |= {self.life.died_on} if self.life.died_on else set()
        edges = {day for day in marks if day - DAY not in marks or day + DAY not in marks}
        return {day for edge in edges for n in (-1, 0, 1) if (day := edge + n * DAY) < HORIZON}

    @invariant()
    def places_and_findings_agree(self) -> None:
        assert {cohort_id.int for cohort_id in taken_by(self.worker)} == self.life.places()
        findings = [f for m in (self.worker.memberships if self.worker else ()) for f in m.findings]
        found = [(*(c.int for c in f.coverage_ids), *(c.int for c in f.cohort_ids)) for f in findings]
        assert len(found) == len(set(found))
        assert set(found) == self.life.told


LifeCycle.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
test_the_life_of_a_worker_agrees_with_a_plain_calendar = LifeCycle.TestCase
