"""Given what pays for a worker, when another payer comes, then what is paid twice for one activity is told once."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from services.enrollment.domain import (
    Activity,
    Cohort,
    Command,
    Correct,
    DecideDoubleFunding,
    DoubleFundingDecided,
    DoubleFundingFound,
    Enroll,
    Finding,
    RegisterDeath,
    Relocate,
    Renew,
    ReverseDeath,
    Segment,
    Suspend,
    Terminate,
    Void,
    overlaps,
)
from tests.unit.enrollment.people import (
    COVERAGE,
    EARLY,
    FIRST_HALF,
    JANUARY,
    JULY,
    KETEWEL,
    OCTOBER,
    OTHER_COVERAGE,
    SUKAWATI,
    THIRD_QUARTER,
    WAYAN,
    after,
    cohort,
    then,
)

FEBRUARY, MARCH, MAY = (date(2025, month, 1) for month in (2, 3, 5))
THIRD_COVERAGE = UUID(int=0xC2)


def enroll(payer: Cohort, coverage_id: UUID = OTHER_COVERAGE, activity: Activity | None = None) -> Enroll:
    return Enroll(WAYAN, coverage_id, payer, KETEWEL, None, EARLY, activity)


def beside(since: date, until: date | None, *, segment: Segment = "BPU", number: int = 30) -> Cohort:
    return cohort(number, since, until, segment=segment, funding="CSR")


FIRST = enroll(FIRST_HALF, COVERAGE)
FARMING = enroll(FIRST_HALF, COVERAGE, "farming")


def overlap(given: list[Command], when: Command) -> list[tuple[date, date | None, int | None, Activity | None]]:
    events = then(given, when)
    assert not isinstance(events, str)
    found = [event.finding for event in events if isinstance(event, DoubleFundingFound)]
    return [(one.overlaps_from, one.overlaps_until, one.person_months, one.activity) for one in found]


@pytest.mark.parametrize(
    ("given", "when", "found"),
    [
        pytest.param([FIRST], enroll(beside(MAY, OCTOBER)), [(MAY, JULY, 2, None)], id="the later days of one"),
        pytest.param([FIRST], enroll(beside(JULY, OCTOBER)), [], id="one after the other"),
        pytest.param([FIRST], enroll(beside(MAY, date(2025, 5, 2))), [(MAY, date(2025, 5, 2), 1, None)], id="one day"),
        pytest.param([FIRST], enroll(beside(MAY, None)), [(MAY, JULY, 2, None)], id="without an end"),
        pytest.param(
            [enroll(beside(JANUARY, None, number=31), COVERAGE)],
            enroll(beside(MAY, None)),
            [(MAY, None, None, None)],
            id="both without an end",
        ),
        pytest.param([FIRST], enroll(beside(MAY, OCTOBER, segment="JAKON")), [], id="unknown work of two segments"),
        pytest.param(
            [FARMING], enroll(beside(MAY, OCTOBER), activity="farming"), [(MAY, JULY, 2, "farming")], id="one activity"
        ),
        pytest.param([FARMING], enroll(beside(MAY, OCTOBER), activity="trade"), [], id="two activities are legal"),
        pytest.param(
            [FARMING],
            enroll(beside(MAY, OCTOBER, segment="JAKON"), activity="farming"),
            [(MAY, JULY, 2, "farming")],
            id="one activity in two segments",
        ),
        pytest.param(
            [FARMING], enroll(beside(MAY, OCTOBER)), [(MAY, JULY, 2, "farming")], id="unknown counts as the same"
        ),
        pytest.param(
            [FIRST, enroll(beside(JULY, OCTOBER))],
            Renew(WAYAN, beside(JANUARY, MAY, number=31), MAY),
            [(JANUARY, MAY, 4, None)],
            id="a renewal beside",
        ),
        pytest.param(
            [FIRST, enroll(beside(JULY, OCTOBER))],
            Correct(WAYAN, COVERAGE, FIRST_HALF.cohort_id, JANUARY, OCTOBER, MAY),
            [(JULY, OCTOBER, 3, None)],
            id="a correction",
        ),
        pytest.param(
            [FIRST, enroll(beside(MAY, OCTOBER))],
            Correct(WAYAN, COVERAGE, FIRST_HALF.cohort_id, JANUARY, OCTOBER, MAY),
            [],
            id="told once, whatever becomes of it",
        ),
        pytest.param(
            [FIRST, enroll(beside(MAY, OCTOBER))],
            enroll(beside(MAY, OCTOBER, number=32), THIRD_COVERAGE),
            [(MAY, JULY, 2, None), (MAY, OCTOBER, 5, None)],
            id="each pair of three",
        ),
        pytest.param([FIRST, Void(WAYAN, COVERAGE, "entered_twice")], enroll(beside(MAY, OCTOBER)), [], id="void"),
        pytest.param(
            [FIRST, Terminate(WAYAN, COVERAGE, MAY, "moved")], enroll(beside(MAY, OCTOBER)), [], id="terminated before"
        ),
        pytest.param(
            [FIRST, Suspend(WAYAN, COVERAGE, MARCH, None, "requested")],
            enroll(beside(MAY, OCTOBER)),
            [(MAY, JULY, 2, None)],
            id="suspended days are paid too",
        ),
        pytest.param(
            [FIRST, enroll(beside(JULY, OCTOBER)), RegisterDeath(WAYAN, MAY, None, MAY)],
            Correct(WAYAN, COVERAGE, FIRST_HALF.cohort_id, JANUARY, OCTOBER, MAY),
            [],
            id="nobody pays for the dead",
        ),
        pytest.param(
            [
                FIRST,
                enroll(beside(JULY, OCTOBER)),
                RegisterDeath(WAYAN, MAY, None, MAY),
                Correct(WAYAN, COVERAGE, FIRST_HALF.cohort_id, JANUARY, OCTOBER, MAY),
            ],
            ReverseDeath(WAYAN, None, MAY),
            [(JULY, OCTOBER, 3, None)],
            id="a death taken back",
        ),
    ],
)
def test_what_is_paid_twice(
    given: list[Command], when: Command, found: list[tuple[date, date | None, int | None, Activity | None]]
) -> None:
    assert sorted(overlap(given, when), key=str) == sorted(found, key=str)


def test_months_of_one_run_of_payments_are_counted_as_one() -> None:
    half = date(2025, 1, 15)
    first, second = cohort(40, JANUARY, half), cohort(40, half, FEBRUARY)
    other = beside(JANUARY, OCTOBER)
    worker = after(enroll(first, COVERAGE), enroll(other))
    assert worker is not None
    held = worker.membership(COVERAGE)
    further = replace(held.periods[0], cohort=second, covered_from=half, covered_until=FEBRUARY)
    both = worker.having(replace(held, periods=(*held.periods, further)))
    (finding,) = overlaps(both, EARLY)
    assert (finding.overlaps_from, finding.overlaps_until, finding.person_months) == (JANUARY, FEBRUARY, 1)


def found_by(*given: Command) -> Finding:
    worker = after(*given)
    assert worker is not None
    (finding,) = (finding for membership in worker.memberships for finding in membership.findings)
    return finding


TWICE: list[Command] = [FIRST, enroll(beside(MAY, OCTOBER))]


@pytest.mark.parametrize(
    ("earlier", "outcome", "happens"),
    [
        pytest.param([], "justified", ["justified"], id="two activities really"),
        pytest.param([], "duplicate", ["duplicate"], id="one paid twice"),
        pytest.param(["duplicate"], "duplicate", [], id="decided twice"),
        pytest.param(["duplicate"], "justified", ["justified"], id="thought better of"),
    ],
)
def test_a_person_decides(earlier: list[str], outcome: str, happens: list[str]) -> None:
    finding_id = found_by(*TWICE).finding_id
    decided = [DecideDoubleFunding(WAYAN, finding_id, one) for one in earlier]  # type: ignore[arg-type]
    when = DecideDoubleFunding(WAYAN, finding_id, outcome)  # type: ignore[arg-type]
    assert then([*TWICE, *decided], when) == [DoubleFundingDecided(finding_id, one) for one in happens]  # type: ignore[arg-type]
    assert found_by(*TWICE, *decided, when).outcome == outcome


def test_an_unknown_finding_cannot_be_decided() -> None:
    assert then([FIRST], DecideDoubleFunding(WAYAN, UUID(int=5), "justified")) == "finding_not_known"


def test_a_decision_changes_no_cover() -> None:
    undecided = after(*TWICE)
    decided = after(*TWICE, DecideDoubleFunding(WAYAN, found_by(*TWICE).finding_id, "duplicate"))
    assert undecided is not None
    assert decided is not None
    assert {m.coverage_id: m.periods for m in undecided.memberships} == {
        m.coverage_id: m.periods for m in decided.memberships
    }


def test_a_renewal_goes_on_with_the_activity_of_the_membership() -> None:
    other = beside(JULY, OCTOBER)
    found = overlap([FARMING, enroll(other, activity="trade")], Renew(WAYAN, THIRD_QUARTER, MAY))
    assert found == []
    assert overlap([FARMING, enroll(other, activity="farming")], Renew(WAYAN, THIRD_QUARTER, MAY)) == [
        (JULY, OCTOBER, 3, "farming")
    ]


def test_one_pair_has_one_id_whoever_came_first() -> None:
    other = beside(MAY, OCTOBER)
    assert found_by(FIRST, enroll(other)).finding_id == found_by(enroll(other), FIRST).finding_id


@pytest.mark.parametrize(("moved_on", "village"), [(MARCH, SUKAWATI), (MAY, SUKAWATI), (date(2025, 5, 2), KETEWEL)])
def test_it_counts_where_its_first_day_does(moved_on: date, village: str) -> None:
    told = then([FIRST, Relocate(WAYAN, SUKAWATI, moved_on, JULY)], enroll(beside(MAY, OCTOBER)))
    assert [event.village_code for event in told if isinstance(event, DoubleFundingFound)] == [village]
