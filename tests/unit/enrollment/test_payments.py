"""Given a self-payer's cover, when it is paid on or not, then it goes on, waits in grace, or begins anew."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given as generated
from hypothesis import strategies as st

from services.enrollment.domain import (
    Correct,
    CoverageCorrected,
    CoverageExpired,
    CoverageInactivated,
    CoverageReinstated,
    CoverageRenewed,
    CoverageStarted,
    CoverageSuspended,
    Enroll,
    Event,
    Pay,
    Period,
    RegisterDeath,
    Renew,
    ReverseDeath,
    Suspend,
    Terminate,
    Void,
    evolve,
    months_owed,
    status_on,
)
from services.enrollment.domain.months import after_months, begun_months, months_on, whole_months
from tests.unit.enrollment.people import (
    COVERAGE,
    EARLY,
    FIRST_HALF,
    JANUARY,
    JULY,
    KETEWEL,
    OCTOBER,
    OTHER_COVERAGE,
    SELF_PAID,
    THIRD_QUARTER,
    WAYAN,
    PassDay,
    Step,
    after,
    then,
)

FEBRUARY, MARCH, APRIL, MAY, JUNE = (date(2025, month, 1) for month in range(2, 7))
DAY = timedelta(days=1)
SELF = replace(SELF_PAID, grace_months=3)
NEXT_YEAR = date(2026, 1, 1)
BEGUN = UUID(int=0xC9)


def enrolled(months: int | None = 1, since: date = JANUARY) -> Enroll:
    return Enroll(WAYAN, COVERAGE, SELF, KETEWEL, since, EARLY, "fishing", EARLY, months)


def pay(paid_on: date, months: int = 1, *, today: date | None = None, begins_anew: bool = True) -> Pay:
    return Pay(WAYAN, COVERAGE, months, paid_on, BEGUN, begins_anew, today or paid_on)


def period(since: date, until: date, grace_until: date, paid_on: date) -> Period:
    return Period(SELF, since, until, None, grace_until, paid_on, "fishing")


def renewed(since: date, until: date, grace_until: date, paid_on: date, known_on: date | None = None) -> list[Event]:
    return [CoverageRenewed(COVERAGE, KETEWEL, period(since, until, grace_until, paid_on), known_on or paid_on)]


def pass_day(today: date, coverage_id: UUID = COVERAGE) -> PassDay:
    return PassDay(WAYAN, coverage_id, today)


EXPIRED = CoverageExpired(COVERAGE, SELF.cohort_id, FEBRUARY, MAY)
ANEW = CoverageStarted(BEGUN, KETEWEL, period(MAY, JUNE, date(2025, 9, 1), MAY), MAY)
SUSPENDED = Suspend(WAYAN, COVERAGE, date(2025, 1, 10), None, "under_review")
INACTIVATED = CoverageInactivated(COVERAGE, SELF.cohort_id, FEBRUARY, MAY)


@pytest.mark.parametrize(
    ("given", "when", "happens"),
    [
        pytest.param([], pay(date(2025, 1, 15)), renewed(FEBRUARY, MARCH, JUNE, date(2025, 1, 15)), id="ahead"),
        pytest.param(
            [], pay(FEBRUARY, 3), renewed(FEBRUARY, MAY, date(2025, 8, 1), FEBRUARY), id="three months at once"
        ),
        pytest.param(
            [], pay(APRIL), renewed(FEBRUARY, MARCH, JUNE, APRIL), id="in grace: arrears first, without a gap"
        ),
        pytest.param(
            [], pay(MAY - DAY, 3), renewed(FEBRUARY, MAY, date(2025, 8, 1), MAY - DAY), id="on the last day of grace"
        ),
        pytest.param(
            [pass_day(MAY)],
            pay(APRIL, 3, today=JULY),
            renewed(FEBRUARY, MAY, date(2025, 8, 1), APRIL, JULY),
            id="in time, and learned after the inactivation",
        ),
        pytest.param(
            [],
            pay(MAY),
            [ANEW],
            id="after the grace a membership begins anew",
        ),
        pytest.param(
            [],
            pay(MAY, begins_anew=False),
            renewed(MAY, JUNE, date(2025, 9, 1), MAY),
            id="or the same one goes on, with a gap",
        ),
        pytest.param(
            [SUSPENDED],
            pay(MAY),
            [ANEW, CoverageSuspended(BEGUN, MAY, "under_review")],
            id="begun anew while suspended: a payment is no reinstatement",
        ),
        pytest.param(
            [replace(SUSPENDED, suspended_until=JUNE)],
            pay(MAY),
            [ANEW, CoverageSuspended(BEGUN, MAY, "under_review"), CoverageReinstated(BEGUN, JUNE)],
            id="begun anew before the suspension ends",
        ),
        pytest.param([replace(SUSPENDED, suspended_until=MAY)], pay(MAY), [ANEW], id="begun anew on the day it ends"),
        pytest.param(
            [SUSPENDED],
            pay(MAY, begins_anew=False),
            renewed(MAY, JUNE, date(2025, 9, 1), MAY),
            id="the same membership is suspended as it is",
        ),
        pytest.param([pay(MAY)], pay(MAY), "continued_elsewhere", id="twice for what is over"),
        pytest.param([pay(MAY)], pay(APRIL, today=MAY), "continued_elsewhere", id="late for what is continued"),
        pytest.param([], pay(APRIL, today=MARCH), "payment_in_future", id="in the future"),
        pytest.param([pay(JANUARY, 12)] * 1, pay(JANUARY, 12), "paid_too_far_ahead", id="too far ahead"),
        pytest.param(
            [RegisterDeath(WAYAN, MARCH, None, APRIL)],
            pay(NEXT_YEAR, 2),
            renewed(FEBRUARY, APRIL, date(2025, 7, 1), NEXT_YEAR),
            id="arrears up to the death, settled long after it",
        ),
        pytest.param(
            [RegisterDeath(WAYAN, MARCH, None, APRIL), pay(APRIL)],
            pay(JUNE, begins_anew=False),
            renewed(MARCH, APRIL, date(2025, 7, 1), JUNE),
            id="one month after the other",
        ),
        pytest.param(
            [RegisterDeath(WAYAN, MARCH - DAY, None, APRIL)],
            pay(APRIL, 2),
            "paid_beyond_the_death",
            id="more than was owed at the death",
        ),
        pytest.param(
            [RegisterDeath(WAYAN, FEBRUARY - DAY, None, APRIL)],
            pay(APRIL),
            "worker_deceased",
            id="nothing was owed at the death",
        ),
        pytest.param(
            [RegisterDeath(WAYAN, MAY, None, MAY)],
            pay(JUNE),
            "worker_deceased",
            id="the grace was over at the death",
        ),
        pytest.param(
            [RegisterDeath(WAYAN, MARCH, None, APRIL)],
            pay(FEBRUARY, today=APRIL),
            renewed(FEBRUARY, MARCH, JUNE, FEBRUARY, APRIL),
            id="paid before the death, learned after it",
        ),
        pytest.param(
            [Terminate(WAYAN, COVERAGE, date(2025, 1, 20), "withdrawn")],
            pay(JANUARY),
            "membership_terminated",
            id="terminated",
        ),
        pytest.param(
            [Renew(WAYAN, THIRD_QUARTER, JANUARY), Terminate(WAYAN, COVERAGE, MAY, "moved")],
            pay(APRIL),
            "membership_terminated",
            id="terminated between what is paid",
        ),
        pytest.param([Void(WAYAN, COVERAGE, "entered_twice")], pay(JANUARY), "coverage_voided", id="void"),
    ],
)
def test_payments(given: list[Step], when: Step, happens: list[Event] | str) -> None:
    assert then([enrolled(), *given], when) == happens


def test_nobody_is_enrolled_by_a_payment_of_tomorrow() -> None:
    tomorrow = Enroll(WAYAN, COVERAGE, SELF, KETEWEL, None, EARLY, paid_on=EARLY + DAY)
    assert then([], tomorrow) == "payment_in_future"


@pytest.mark.parametrize(("months", "happens"), [(2, "whole"), (3, "paid_beyond_cohort")])
def test_a_first_payment_ends_with_the_cohort_at_the_latest(months: int, happens: str) -> None:
    ending = replace(SELF, covered_until=MARCH)
    said = then([], Enroll(WAYAN, COVERAGE, ending, KETEWEL, None, EARLY, paid_months=months))
    assert said == happens or (happens == "whole" and isinstance(said, list))


def test_only_self_payers_with_an_end_pay_by_the_month() -> None:
    publicly_paid = Enroll(WAYAN, COVERAGE, FIRST_HALF, KETEWEL, None, EARLY)
    assert then([publicly_paid], pay(MARCH)) == "not_self_paid"
    assert then([enrolled(None)], pay(MARCH)) == "no_agreed_end"
    assert then([], pay(MARCH)) == "worker_not_registered"


@pytest.mark.parametrize(
    ("given", "day", "happens"),
    [
        pytest.param([], FEBRUARY, [EXPIRED], id="unpaid at the end"),
        pytest.param([pass_day(FEBRUARY)], MAY - DAY, [], id="nothing while the grace lasts"),
        pytest.param([pass_day(FEBRUARY)], MAY, [INACTIVATED], id="at the start of the fourth month"),
        pytest.param([pass_day(FEBRUARY), pass_day(MAY)], OCTOBER, [], id="once"),
        pytest.param([], OCTOBER, [replace(EXPIRED, due_next=None), INACTIVATED], id="both after downtime"),
        pytest.param([pass_day(FEBRUARY), pay(APRIL, 6)], MAY, [], id="paid in grace"),
        pytest.param(
            [pass_day(FEBRUARY), pay(APRIL)],
            MAY,
            [CoverageExpired(COVERAGE, SELF.cohort_id, MARCH, JUNE)],
            id="paid in part: the grace moves along",
        ),
        pytest.param([pass_day(FEBRUARY), pay(MAY)], OCTOBER, [INACTIVATED], id="begun anew: the old one still ends"),
        pytest.param(
            [pass_day(MAY), pay(APRIL, today=JUNE)],
            JUNE,
            [
                CoverageExpired(COVERAGE, SELF.cohort_id, MARCH, None),
                CoverageInactivated(COVERAGE, SELF.cohort_id, MARCH, JUNE),
            ],
            id="in time but learned late: the later end and grace are announced",
        ),
        pytest.param([pass_day(FEBRUARY), RegisterDeath(WAYAN, MARCH, None, MARCH)], OCTOBER, [], id="died in grace"),
        pytest.param(
            [pass_day(FEBRUARY), RegisterDeath(WAYAN, MARCH, None, MARCH), ReverseDeath(WAYAN, None, APRIL)],
            OCTOBER,
            [INACTIVATED],
            id="a death in grace, taken back",
        ),
        pytest.param(
            [pass_day(FEBRUARY), RegisterDeath(WAYAN, MAY - DAY, None, MAY)],
            MAY,
            [INACTIVATED],
            id="died on the last day of grace",
        ),
        pytest.param(
            [pass_day(FEBRUARY), RegisterDeath(WAYAN, MAY - 2 * DAY, None, MAY)], MAY, [], id="died the day before"
        ),
        pytest.param(
            [pass_day(MAY), RegisterDeath(WAYAN, JUNE, None, JUNE), ReverseDeath(WAYAN, None, JUNE)],
            OCTOBER,
            [],
            id="a death after it, taken back, repeats nothing",
        ),
        pytest.param(
            [Terminate(WAYAN, COVERAGE, date(2025, 1, 20), "withdrawn")], OCTOBER, [], id="a termination has no grace"
        ),
        pytest.param(
            [pass_day(FEBRUARY), Correct(WAYAN, COVERAGE, SELF.cohort_id, JANUARY, APRIL, MARCH)],
            MAY,
            [CoverageExpired(COVERAGE, SELF.cohort_id, APRIL, JULY)],
            id="a correction moves the grace",
        ),
    ],
)
def test_the_calendar_of_a_self_payer(given: list[Step], day: date, happens: list[Event]) -> None:
    assert then([enrolled(), *given], pass_day(day)) == happens


def test_without_grace_the_end_is_the_inactivation() -> None:
    unforgiving = replace(SELF, grace_months=0)
    begun = Enroll(WAYAN, COVERAGE, unforgiving, KETEWEL, None, EARLY, "fishing", EARLY, 1)
    assert then([begun], pass_day(FEBRUARY)) == [
        CoverageExpired(COVERAGE, SELF.cohort_id, FEBRUARY),
        CoverageInactivated(COVERAGE, SELF.cohort_id, FEBRUARY, FEBRUARY),
    ]
    anew = then([begun], pay(FEBRUARY))
    assert [type(event) for event in anew] == [CoverageStarted]
    assert then([begun, pay(FEBRUARY)], pay(FEBRUARY)) == "continued_elsewhere"


def test_a_short_month_shortens_no_later_one() -> None:
    first, short, longer = date(2025, 1, 31), date(2025, 2, 28), date(2025, 3, 31)
    grace_ends = date(2025, 6, 30)
    assert then([enrolled(1, first)], pay(first)) == renewed(short, longer, grace_ends, first)
    assert then([enrolled(1, first), pay(first)], pay(first)) == renewed(
        longer, date(2025, 4, 30), date(2025, 7, 31), first
    )


def test_the_grace_counts_from_where_the_run_began() -> None:
    first, short, next_year = date(2025, 1, 31), date(2025, 2, 28), date(2026, 2, 28)
    assert then([enrolled(1, first)], pay(first, 12)) == renewed(short, next_year, date(2026, 5, 31), first)


def test_a_shorter_grace_agreed_meanwhile_is_announced_when_it_ends() -> None:
    worker = after(enrolled(), pass_day(FEBRUARY), pay(APRIL))
    shorter = replace(period(JANUARY, FEBRUARY, APRIL, JANUARY), cohort=replace(SELF, grace_months=2))
    corrected = evolve(worker, CoverageCorrected(COVERAGE, KETEWEL, shorter, MARCH))
    assert corrected.membership(COVERAGE).due_on == APRIL


def test_another_first_day_moves_the_end_of_the_grace_though_the_end_stays() -> None:
    end = date(2025, 2, 28)
    expired: list[Step] = [enrolled(1, date(2025, 1, 31)), pass_day(end)]
    corrected = Correct(WAYAN, COVERAGE, SELF.cohort_id, date(2025, 1, 28), end, MARCH)
    moved = CoverageInactivated(COVERAGE, SELF.cohort_id, end, date(2025, 5, 28))
    assert then([*expired, corrected], pass_day(date(2025, 5, 28))) == [moved]
    assert then(expired, pass_day(date(2025, 5, 28))) == []


def statuses(given: list[Step], *days: date) -> list[str]:
    worker = after(enrolled(), *given)
    assert worker is not None
    return [status_on(worker, worker.membership(COVERAGE), day) for day in days]


def test_grace_is_not_in_force_until_it_is_settled() -> None:
    days = (FEBRUARY - DAY, FEBRUARY, MAY - DAY, MAY)
    assert statuses([], *days) == ["in_force", "grace", "grace", "lapsed"]
    assert statuses([pay(APRIL, 3)], *days) == ["in_force", "in_force", "in_force", "grace"]


@pytest.mark.parametrize(
    ("day", "owed"),
    [
        pytest.param(FEBRUARY - DAY, (), id="paid"),
        pytest.param(FEBRUARY, (FEBRUARY,), id="a begun month counts"),
        pytest.param(MARCH - DAY, (FEBRUARY,), id="one month"),
        pytest.param(APRIL, (FEBRUARY, MARCH, APRIL), id="three"),
        pytest.param(MAY, (), id="arrears before an inactivation are not charged"),
    ],
)
def test_months_owed(day: date, owed: tuple[date, ...]) -> None:
    worker = after(enrolled())
    assert worker is not None
    assert months_owed(worker.membership(COVERAGE), day) == owed


def test_a_correction_stands_in_the_place_of_all_payments() -> None:
    given: list[Step] = [enrolled(), pay(FEBRUARY), pay(MARCH)]
    worker = after(*given, Correct(WAYAN, COVERAGE, SELF.cohort_id, FEBRUARY, APRIL, APRIL))
    assert worker is not None
    assert worker.membership(COVERAGE).periods == (period(FEBRUARY, APRIL, JULY, MARCH),)


def test_a_payment_beside_another_payer_is_found() -> None:
    worker = after(enrolled(), Enroll(WAYAN, OTHER_COVERAGE, FIRST_HALF, KETEWEL, FEBRUARY, EARLY))
    assert worker is not None
    assert [m.findings for m in worker.memberships] == [(), ()]
    paid = after(enrolled(), Enroll(WAYAN, OTHER_COVERAGE, FIRST_HALF, KETEWEL, FEBRUARY, EARLY), pay(FEBRUARY))
    assert paid is not None
    (finding,) = paid.membership(COVERAGE).findings
    assert (finding.overlaps_from, finding.overlaps_until, finding.person_months) == (FEBRUARY, MARCH, 1)


@generated(st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.lists(st.sampled_from([1, 2, 3, 6, 12]), min_size=1))
def test_months_paid_in_parts_reach_as_far_as_months_paid_at_once(first: date, months: list[int]) -> None:
    until = first
    for paid in months:
        until = months_on(first, until, paid)
    assert until == after_months(first, sum(months))
    assert whole_months(first, until) == begun_months(first, until) == sum(months)


@generated(st.dates(date(2024, 1, 1), date(2026, 12, 31)), st.integers(1, 400))
def test_begun_months_are_the_fewest_that_cover_all_days(first: date, days: int) -> None:
    until = first + timedelta(days=days)
    months = begun_months(first, until)
    assert after_months(first, months - 1) < until <= after_months(first, months)
