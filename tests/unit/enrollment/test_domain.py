"""Given what happened, when a command comes, then these events follow or this refusal."""

from datetime import date, timedelta

import pytest
from hypothesis import given as generated
from hypothesis import strategies as st

from services.enrollment.domain import (
    Card,
    CardHandedOver,
    Cohort,
    Command,
    Correct,
    CoverageCorrected,
    CoverageExpired,
    CoverageExpiring,
    CoverageRenewed,
    CoverageStarted,
    CoverageTerminated,
    Enroll,
    Event,
    HandOverCard,
    Period,
    RegisterDeath,
    Renew,
    ReverseDeath,
    Terminate,
    WorkerDeathReversed,
    WorkerDeceased,
    WorkerRegistered,
    announce,
    next_due,
)
from tests.unit.enrollment.people import (
    BUILDERS,
    CLAIM,
    COVERAGE,
    EARLY,
    ENROLLED,
    FIRST_HALF,
    FOURTH_QUARTER,
    JANUARY,
    JULY,
    KETEWEL,
    NEXT_JANUARY,
    OCTOBER,
    OTHER_CLAIM,
    OTHER_COVERAGE,
    OVERLAPPING,
    RENEWED,
    SELF_PAID,
    SUKAWATI,
    THIRD_QUARTER,
    WAYAN,
    PassDay,
    Step,
    after,
    cohort,
    covered,
    then,
)

FEBRUARY, MARCH, MAY = date(2025, 2, 1), date(2025, 3, 1), date(2025, 5, 1)
AUGUST = date(2025, 8, 15)
DIED = date(2025, 3, 14)
DAY_AFTER = DIED + timedelta(days=1)

STARTED = CoverageStarted(COVERAGE, KETEWEL, Period(FIRST_HALF, JANUARY, JULY), EARLY)
DEATH = RegisterDeath(WAYAN, DIED, None, MAY)
DEATH_BY_CLAIM = RegisterDeath(WAYAN, DIED, CLAIM, MAY)
REVERSAL = ReverseDeath(WAYAN, None, MAY)
TERMINATION = Terminate(WAYAN, COVERAGE, MAY, "moved")
CORRECTION = Correct(WAYAN, COVERAGE, FIRST_HALF.cohort_id, FEBRUARY, JULY, MARCH)


def corrected(covered_from: date, covered_until: date | None) -> CoverageCorrected:
    return CoverageCorrected(COVERAGE, KETEWEL, Period(FIRST_HALF, covered_from, covered_until), MARCH)


def pass_day(day: date) -> PassDay:
    return PassDay(WAYAN, COVERAGE, day)


def expired(end: date, payer: Command | None = None) -> CoverageExpired:
    paid_by = payer.cohort if isinstance(payer, Enroll | Renew) else FIRST_HALF
    return CoverageExpired(COVERAGE, paid_by.cohort_id, end)


@pytest.mark.parametrize(
    ("given", "when", "happens"),
    [
        pytest.param([], ENROLLED, [WorkerRegistered(WAYAN, KETEWEL), STARTED], id="a new person is enrolled"),
        pytest.param([ENROLLED], ENROLLED, [], id="enrolled twice"),
        pytest.param(
            [ENROLLED],
            Enroll(WAYAN, OTHER_COVERAGE, BUILDERS, SUKAWATI, None, EARLY),
            [CoverageStarted(OTHER_COVERAGE, SUKAWATI, Period(BUILDERS, JANUARY, OCTOBER), EARLY)],
            id="a second activity is a second membership",
        ),
        pytest.param(
            [],
            Enroll(WAYAN, COVERAGE, FIRST_HALF, KETEWEL, FEBRUARY, EARLY),
            [
                WorkerRegistered(WAYAN, KETEWEL),
                CoverageStarted(COVERAGE, KETEWEL, Period(FIRST_HALF, FEBRUARY, JULY), EARLY),
            ],
            id="a later first day",
        ),
        pytest.param(
            [], Enroll(WAYAN, COVERAGE, FIRST_HALF, KETEWEL, JULY, EARLY), "covered_from_outside_cohort", id="too late"
        ),
        pytest.param(
            [],
            Enroll(WAYAN, COVERAGE, FIRST_HALF, KETEWEL, EARLY, EARLY),
            "covered_from_outside_cohort",
            id="too early",
        ),
        pytest.param(
            [ENROLLED, DEATH],
            Enroll(WAYAN, OTHER_COVERAGE, BUILDERS, KETEWEL, None, MAY),
            "worker_deceased",
            id="registered after the death",
        ),
        pytest.param([ENROLLED, DEATH], ENROLLED, [], id="the same file again after the death"),
        pytest.param([ENROLLED, TERMINATION], ENROLLED, [], id="the same file again undoes no termination"),
    ],
)
def test_enrollment(given: list[Step], when: Step, happens: list[Event] | str) -> None:
    assert then(given, when) == happens


@pytest.mark.parametrize(
    ("given", "when", "happens"),
    [
        pytest.param(
            [ENROLLED],
            RENEWED,
            [CoverageRenewed(COVERAGE, KETEWEL, Period(THIRD_QUARTER, JULY, OCTOBER), JANUARY)],
            id="another cohort pays a further period",
        ),
        pytest.param([ENROLLED, RENEWED], RENEWED, [], id="renewed twice"),
        pytest.param([ENROLLED], Renew(WAYAN, FIRST_HALF, MAY), [], id="the first payer again"),
        pytest.param([], RENEWED, "worker_not_registered", id="nobody"),
        pytest.param([ENROLLED], Renew(WAYAN, OVERLAPPING, MAY), "renewal_overlaps", id="periods never overlap"),
        pytest.param([ENROLLED], Renew(WAYAN, BUILDERS, MAY), "no_membership_of_segment", id="another segment"),
        pytest.param([ENROLLED, DEATH], RENEWED, "worker_deceased", id="after the death"),
        pytest.param(
            [ENROLLED, TERMINATION],
            Renew(WAYAN, OVERLAPPING, MAY),
            [CoverageRenewed(COVERAGE, KETEWEL, Period(OVERLAPPING, date(2025, 6, 1), OCTOBER), MAY)],
            id="a terminated membership is renewed over the days that were cut",
        ),
        pytest.param(
            [ENROLLED, Enroll(WAYAN, OTHER_COVERAGE, cohort(9, JANUARY, JULY, funding="CSR"), KETEWEL, None, EARLY)],
            Renew(WAYAN, cohort(10, JULY, OCTOBER, funding="CSR"), MAY),
            [
                CoverageRenewed(
                    OTHER_COVERAGE, KETEWEL, Period(cohort(10, JULY, OCTOBER, funding="CSR"), JULY, OCTOBER), MAY
                )
            ],
            id="of two memberships that of the same funding goes on",
        ),
    ],
)
def test_renewal(given: list[Step], when: Step, happens: list[Event] | str) -> None:
    assert then(given, when) == happens


@pytest.mark.parametrize(
    ("given", "when", "happens"),
    [
        pytest.param([ENROLLED], TERMINATION, [CoverageTerminated(COVERAGE, MAY, "moved")], id="ends early"),
        pytest.param([ENROLLED, TERMINATION], TERMINATION, [], id="ended twice"),
        pytest.param(
            [ENROLLED, TERMINATION],
            Terminate(WAYAN, COVERAGE, MARCH, "duplicate"),
            [CoverageTerminated(COVERAGE, MARCH, "duplicate")],
            id="earlier still",
        ),
        pytest.param([ENROLLED, TERMINATION], Terminate(WAYAN, COVERAGE, AUGUST, "moved"), "ended_already", id="later"),
        pytest.param([ENROLLED], Terminate(WAYAN, COVERAGE, JULY, "moved"), "ended_already", id="at its own end"),
        pytest.param(
            [ENROLLED], Terminate(WAYAN, COVERAGE, JANUARY, "moved"), "ends_before_it_begins", id="before it begins"
        ),
        pytest.param([ENROLLED], Terminate(WAYAN, OTHER_COVERAGE, MAY, "moved"), "coverage_not_known", id="not known"),
        pytest.param([ENROLLED, DEATH], TERMINATION, "ended_already", id="after the death"),
        pytest.param(
            [Enroll(WAYAN, COVERAGE, SELF_PAID, KETEWEL, None, EARLY)],
            TERMINATION,
            [CoverageTerminated(COVERAGE, MAY, "moved")],
            id="cover without an end",
        ),
    ],
)
def test_termination(given: list[Step], when: Step, happens: list[Event] | str) -> None:
    assert then(given, when) == happens


@pytest.mark.parametrize(
    ("given", "when", "happens"),
    [
        pytest.param([ENROLLED], CORRECTION, [corrected(FEBRUARY, JULY)], id="another period in its place"),
        pytest.param([ENROLLED, CORRECTION], CORRECTION, [], id="corrected twice"),
        pytest.param(
            [ENROLLED, CORRECTION],
            Correct(WAYAN, COVERAGE, FIRST_HALF.cohort_id, JANUARY, JULY, MARCH),
            [corrected(JANUARY, JULY)],
            id="correction of a correction",
        ),
        pytest.param(
            [ENROLLED, TERMINATION],
            Correct(WAYAN, COVERAGE, FIRST_HALF.cohort_id, JANUARY, JULY, MARCH),
            [corrected(JANUARY, JULY)],
            id="takes back a termination",
        ),
        pytest.param(
            [ENROLLED],
            Correct(WAYAN, COVERAGE, FIRST_HALF.cohort_id, JANUARY, JANUARY, MARCH),
            [corrected(JANUARY, JANUARY)],
            id="it never was",
        ),
        pytest.param(
            [ENROLLED],
            Correct(WAYAN, COVERAGE, FIRST_HALF.cohort_id, MAY, MARCH, MARCH),
            "period_reversed",
            id="reversed",
        ),
        pytest.param(
            [ENROLLED, RENEWED],
            Correct(WAYAN, COVERAGE, FIRST_HALF.cohort_id, JANUARY, AUGUST, MARCH),
            "correction_overlaps",
            id="into the next period",
        ),
        pytest.param(
            [ENROLLED, RENEWED],
            Correct(WAYAN, COVERAGE, FIRST_HALF.cohort_id, JANUARY, None, MARCH),
            "correction_overlaps",
            id="without an end before the next period",
        ),
        pytest.param(
            [ENROLLED],
            Correct(WAYAN, COVERAGE, THIRD_QUARTER.cohort_id, JANUARY, JULY, MARCH),
            "cohort_pays_nothing_here",
            id="another cohort",
        ),
    ],
)
def test_correction(given: list[Step], when: Step, happens: list[Event] | str) -> None:
    assert then(given, when) == happens


@pytest.mark.parametrize(
    ("given", "when", "happens"),
    [
        pytest.param(
            [ENROLLED],
            DEATH,
            [WorkerDeceased(DIED, None), CoverageTerminated(COVERAGE, DAY_AFTER, "deceased")],
            id="ends the cover the day after",
        ),
        pytest.param([ENROLLED, DEATH], DEATH, [], id="registered twice"),
        pytest.param(
            [ENROLLED, DEATH], DEATH_BY_CLAIM, [WorkerDeceased(DIED, CLAIM)], id="a claim takes over a clerk's record"
        ),
        pytest.param([ENROLLED, DEATH, DEATH_BY_CLAIM], DEATH_BY_CLAIM, [], id="taken over once"),
        pytest.param([ENROLLED, DEATH_BY_CLAIM], DEATH, [], id="a clerk registers what a claim established"),
        pytest.param(
            [ENROLLED, DEATH_BY_CLAIM],
            RegisterDeath(WAYAN, MARCH, None, MAY),
            "death_recorded_otherwise",
            id="a clerk's other date after a claim",
        ),
        pytest.param([ENROLLED, DEATH_BY_CLAIM], RegisterDeath(WAYAN, DIED, OTHER_CLAIM, MAY), [], id="a second claim"),
        pytest.param(
            [ENROLLED, DEATH], RegisterDeath(WAYAN, MARCH, None, MAY), "death_recorded_otherwise", id="another date"
        ),
        pytest.param(
            [ENROLLED, DEATH],
            RegisterDeath(WAYAN, MARCH, CLAIM, MAY),
            [
                WorkerDeathReversed(MAY),
                WorkerDeceased(MARCH, CLAIM),
                CoverageTerminated(COVERAGE, MARCH + timedelta(days=1), "deceased"),
            ],
            id="a claim moves a clerk's date back",
        ),
        pytest.param(
            [ENROLLED, RegisterDeath(WAYAN, MARCH, None, MAY)],
            DEATH_BY_CLAIM,
            [
                WorkerDeathReversed(MAY),
                WorkerDeceased(DIED, CLAIM),
                CoverageTerminated(COVERAGE, DAY_AFTER, "deceased"),
            ],
            id="a claim moves a clerk's date on",
        ),
        pytest.param(
            [ENROLLED, DEATH],
            RegisterDeath(WAYAN, AUGUST, CLAIM, AUGUST),
            [WorkerDeathReversed(AUGUST), WorkerDeceased(AUGUST, CLAIM)],
            id="a claim moves a clerk's date behind the cover",
        ),
        pytest.param(
            [ENROLLED, DEATH], RegisterDeath(WAYAN, AUGUST, CLAIM, MAY), "death_in_future", id="a claim's future date"
        ),
        pytest.param([ENROLLED], RegisterDeath(WAYAN, MAY, None, MARCH), "death_in_future", id="in the future"),
        pytest.param([], DEATH, "worker_not_registered", id="nobody"),
        pytest.param(
            [ENROLLED],
            RegisterDeath(WAYAN, AUGUST, None, AUGUST),
            [WorkerDeceased(AUGUST, None)],
            id="cover that ended before the death is untouched",
        ),
        pytest.param(
            [ENROLLED, RENEWED],
            RegisterDeath(WAYAN, date(2025, 6, 30), None, AUGUST),
            [WorkerDeceased(date(2025, 6, 30), None), CoverageTerminated(COVERAGE, JULY, "deceased")],
            id="reported late, on the last day of a period that another continues",
        ),
        pytest.param([ENROLLED, DEATH], REVERSAL, [WorkerDeathReversed(MAY)], id="taken back"),
        pytest.param([ENROLLED], REVERSAL, "death_not_recorded", id="nothing to take back"),
        pytest.param(
            [ENROLLED, DEATH_BY_CLAIM],
            ReverseDeath(WAYAN, CLAIM, MAY),
            [WorkerDeathReversed(MAY)],
            id="the claim takes back its own",
        ),
        pytest.param([ENROLLED, DEATH], ReverseDeath(WAYAN, CLAIM, MAY), [], id="a claim takes back no clerk's"),
        pytest.param(
            [ENROLLED, DEATH, DEATH_BY_CLAIM],
            ReverseDeath(WAYAN, CLAIM, MAY),
            [WorkerDeathReversed(MAY)],
            id="the claim takes back what it took over",
        ),
        pytest.param(
            [ENROLLED, DEATH_BY_CLAIM], REVERSAL, "death_established_by_claim", id="a clerk takes back no claim's"
        ),
        pytest.param(
            [ENROLLED, DEATH, DEATH_BY_CLAIM],
            REVERSAL,
            "death_established_by_claim",
            id="a clerk takes back not even his own, once a claim took it over",
        ),
        pytest.param(
            [ENROLLED, DEATH_BY_CLAIM], ReverseDeath(WAYAN, OTHER_CLAIM, MAY), [], id="a claim takes back no other's"
        ),
        pytest.param([ENROLLED], ReverseDeath(WAYAN, CLAIM, MAY), [], id="retracted after it was reversed here"),
    ],
)
def test_death(given: list[Step], when: Step, happens: list[Event] | str) -> None:
    assert then(given, when) == happens


HANDED = HandOverCard(WAYAN, FEBRUARY, "worker", MAY)
TAKEN_ALONG = HandOverCard(WAYAN, FEBRUARY, "representative", MAY)


@pytest.mark.parametrize(
    ("given", "when", "happens"),
    [
        pytest.param(
            [ENROLLED], HANDED, [CardHandedOver(COVERAGE, KETEWEL, Card(FEBRUARY, "worker"))], id="to the worker"
        ),
        pytest.param([ENROLLED, HANDED], HANDED, [], id="the same row again"),
        pytest.param(
            [ENROLLED, TAKEN_ALONG],
            HandOverCard(WAYAN, MARCH, "worker", MAY),
            [CardHandedOver(COVERAGE, KETEWEL, Card(MARCH, "worker"))],
            id="from the representative to the worker",
        ),
        pytest.param(
            [ENROLLED, TAKEN_ALONG, HandOverCard(WAYAN, MARCH, "worker", MAY)],
            TAKEN_ALONG,
            [],
            id="the first row again",
        ),
        pytest.param(
            [ENROLLED, HANDED],
            HandOverCard(WAYAN, MARCH, "worker", MAY),
            "card_handed_over_otherwise",
            id="on another day",
        ),
        pytest.param([ENROLLED], HandOverCard(WAYAN, JULY, "worker", JULY), "no_membership_on_day", id="after the end"),
        pytest.param([ENROLLED], HandOverCard(WAYAN, MAY, "worker", MARCH), "card_in_future", id="in the future"),
        pytest.param([], HANDED, "worker_not_registered", id="nobody"),
    ],
)
def test_cards(given: list[Step], when: Step, happens: list[Event] | str) -> None:
    assert then(given, when) == happens


def reminder(days_left: int, due_next: date, end: date = JULY, payer: Cohort = FIRST_HALF) -> list[Event]:
    return [CoverageExpiring(COVERAGE, payer.cohort_id, end, days_left, due_next)]


def before(days: int, end: date = JULY) -> date:
    return end - timedelta(days=days)


@pytest.mark.parametrize(
    ("given", "day", "happens"),
    [
        pytest.param([], before(91), [], id="nothing early"),
        pytest.param([], before(90), reminder(90, before(60)), id="ninety days before"),
        pytest.param([pass_day(before(90))], before(90), [], id="swept twice"),
        pytest.param([pass_day(before(90))], before(60), reminder(60, before(30)), id="sixty"),
        pytest.param([pass_day(before(90))], before(5), reminder(7, before(1)), id="downtime: only the nearest"),
        pytest.param([], before(1), reminder(1, JULY), id="on the last covered day"),
        pytest.param([], JULY, [expired(JULY)], id="the day after the last is the end"),
        pytest.param([], NEXT_JANUARY, [expired(JULY)], id="after long downtime: no reminder, once expired"),
        pytest.param([pass_day(JULY)], NEXT_JANUARY, [], id="expired once"),
        pytest.param([RENEWED], JULY, [], id="renewed before the end: no expiry"),
        pytest.param(
            [RENEWED],
            before(90, OCTOBER),
            reminder(90, before(60, OCTOBER), OCTOBER, THIRD_QUARTER),
            id="renewed: reminded of the new end",
        ),
        pytest.param([pass_day(JULY), Renew(WAYAN, THIRD_QUARTER, AUGUST)], AUGUST, [], id="renewed after the end"),
        pytest.param([TERMINATION], NEXT_JANUARY, [], id="a termination announces its own end"),
        pytest.param([DEATH], NEXT_JANUARY, [], id="the dead are not reminded"),
        pytest.param([DEATH, REVERSAL], before(30), reminder(30, before(7)), id="death taken back: as before"),
        pytest.param([pass_day(JULY), RegisterDeath(WAYAN, DIED, None, AUGUST)], AUGUST, [], id="died while lapsed"),
        pytest.param(
            [pass_day(JULY), RegisterDeath(WAYAN, DIED, None, AUGUST), ReverseDeath(WAYAN, None, AUGUST)],
            AUGUST,
            [],
            id="death taken back after the end was announced",
        ),
        pytest.param(
            [RegisterDeath(WAYAN, before(1), None, JULY)], JULY, [expired(JULY)], id="died on the last covered day"
        ),
        pytest.param([CORRECTION], JULY, [expired(JULY)], id="a correction of the beginning"),
        pytest.param(
            [Correct(WAYAN, COVERAGE, FIRST_HALF.cohort_id, JANUARY, JANUARY, MARCH)], JULY, [], id="never was"
        ),
        pytest.param(
            [pass_day(JULY), Correct(WAYAN, COVERAGE, FIRST_HALF.cohort_id, JANUARY, MAY, AUGUST)],
            NEXT_JANUARY,
            [],
            id="an earlier end, learned after the end was announced",
        ),
        pytest.param(
            [pass_day(JULY), Correct(WAYAN, COVERAGE, FIRST_HALF.cohort_id, JANUARY, AUGUST, AUGUST)],
            NEXT_JANUARY,
            [expired(AUGUST)],
            id="a later end, learned after the end was announced",
        ),
        pytest.param([HANDED], before(90), reminder(90, before(60)), id="a card changes nothing"),
    ],
)
def test_the_calendar(given: list[Step], day: date, happens: list[Event]) -> None:
    assert then([ENROLLED, *given], pass_day(day)) == happens


REMINDED: list[Step] = [ENROLLED, pass_day(before(30))]


def end_moved(end: date, today: date) -> Correct:
    return Correct(WAYAN, COVERAGE, FIRST_HALF.cohort_id, JANUARY, end, today)


def died_and_back(today: date) -> list[Step]:
    return [RegisterDeath(WAYAN, DIED, None, today), ReverseDeath(WAYAN, None, today)]


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(
            [Correct(WAYAN, COVERAGE, FIRST_HALF.cohort_id, FEBRUARY, JULY, before(30))], id="a corrected beginning"
        ),
        pytest.param(died_and_back(before(30)), id="a death taken back"),
        pytest.param(died_and_back(before(30)) * 2, id="a death taken back twice"),
        pytest.param(
            [
                RegisterDeath(WAYAN, DIED, None, before(30)),
                RegisterDeath(WAYAN, MARCH, CLAIM, before(30)),
                ReverseDeath(WAYAN, CLAIM, before(30)),
            ],
            id="a death that a claim moved, taken back",
        ),
        pytest.param(
            [end_moved(AUGUST, before(30)), end_moved(JULY, before(30))], id="another end, and the first again"
        ),
        pytest.param(
            [Terminate(WAYAN, COVERAGE, MAY, "moved"), end_moved(JULY, before(30))], id="a termination taken back"
        ),
    ],
)
def test_no_reminder_of_one_end_comes_twice(given: list[Step]) -> None:
    assert then([*REMINDED, *given], pass_day(before(30))) == []
    assert then([*REMINDED, *given], pass_day(before(7))) == reminder(7, before(1))


def test_a_reminder_of_the_day_that_was_not_announced_yet_still_comes() -> None:
    assert then([ENROLLED, *died_and_back(before(30))], pass_day(before(30))) == reminder(30, before(7))


def test_death_on_the_last_day_taken_back_repeats_no_reminder() -> None:
    last_day = before(1)
    died: list[Step] = [RegisterDeath(WAYAN, last_day, None, last_day), ReverseDeath(WAYAN, None, last_day)]
    assert then([ENROLLED, pass_day(last_day), *died], pass_day(last_day)) == []
    assert then([ENROLLED, *died], pass_day(last_day)) == reminder(1, JULY)
    assert then([ENROLLED, pass_day(last_day), *died], pass_day(JULY)) == [expired(JULY)]


def test_enrolled_late_is_not_reminded_of_days_gone_by() -> None:
    late = Enroll(WAYAN, COVERAGE, FIRST_HALF, KETEWEL, None, before(45))
    assert then([late], pass_day(before(45))) == []
    assert then([late], pass_day(before(30))) == reminder(30, before(7))


def test_expired_names_the_cohort_that_paid_last() -> None:
    assert then([ENROLLED, RENEWED], pass_day(OCTOBER)) == [expired(OCTOBER, RENEWED)]


@generated(st.dates(date(2025, 1, 1), date(2026, 1, 1)), st.integers(-200, 20))
def test_each_day_has_one_next_due_day(end: date, offset: int) -> None:
    day = end + timedelta(days=offset)
    due = next_due(end, day)
    assert due == end or due >= day
    today = max(due, day)
    (said,) = announce(COVERAGE, FIRST_HALF.cohort_id, end, grace_until=None, due_on=due, today=today)
    if isinstance(said, CoverageExpiring):
        assert said.due_next > today


def test_the_last_day_is_covered_and_the_next_is_not() -> None:
    worker = after(ENROLLED)
    assert covered(worker, date(2025, 6, 30))
    assert not covered(worker, JULY)


def test_a_day_between_two_periods_is_not_covered() -> None:
    late = cohort(20, JULY + timedelta(days=1), OCTOBER)
    worker = after(ENROLLED, Renew(WAYAN, late, MAY))
    assert [covered(worker, JULY + timedelta(days=days)) for days in (-1, 0, 1)] == [True, False, True]


def test_death_cuts_only_what_covers_the_day_after_and_its_reversal_restores_all() -> None:
    second = Enroll(WAYAN, OTHER_COVERAGE, cohort(21, JANUARY, FEBRUARY, funding="CSR"), KETEWEL, None, EARLY)
    alive = after(ENROLLED, second, RENEWED)
    days = [JANUARY + timedelta(days=n) for n in range(400)]
    dead = after(ENROLLED, second, RENEWED, DEATH)
    assert [covered(dead, day) for day in days] == [covered(alive, day) and day <= DIED for day in days]
    restored = after(ENROLLED, second, RENEWED, DEATH, REVERSAL)
    assert [covered(restored, day) for day in days] == [covered(alive, day) for day in days]


def test_ending_now_ends_at_once() -> None:
    worker = after(ENROLLED, Terminate(WAYAN, COVERAGE, MAY, "withdrawn"))
    assert covered(worker, MAY - timedelta(days=1))
    assert not covered(worker, MAY)


def test_cards_leave_periods_alone() -> None:
    many = [HandOverCard(WAYAN, FEBRUARY, "representative", MAY), HandOverCard(WAYAN, MARCH, "worker", MAY)]
    before_cards, with_cards = after(ENROLLED), after(ENROLLED, *many)
    assert before_cards is not None
    assert with_cards is not None
    assert [m.periods for m in with_cards.memberships] == [m.periods for m in before_cards.memberships]


def test_renewals_that_fill_a_gap_are_taken_in_any_order() -> None:
    worker = after(ENROLLED, Renew(WAYAN, FOURTH_QUARTER, MAY), Renew(WAYAN, THIRD_QUARTER, MAY))
    assert all(covered(worker, JANUARY + timedelta(days=n)) for n in range(365))
