"""Moves, merges and their end: as tables, and as laws that hold whatever happened to the people before."""

from dataclasses import replace
from datetime import date, timedelta
from functools import reduce
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrollment.domain import (
    CardIssued,
    Command,
    Correct,
    CoverageTerminated,
    DoubleFundingDecided,
    DoubleFundingFound,
    Enroll,
    Event,
    Pay,
    RegisterDeath,
    Rejected,
    Relocate,
    Renew,
    ReverseDeath,
    Suspend,
    Terminate,
    Worker,
    WorkerDeathReversed,
    WorkerDeceased,
    WorkerMergedInto,
    WorkerRelocated,
    WorkersMerged,
    WorkersUnmerged,
    decide,
    evolve,
)
from services.enrollment.domain.identity import merge, unmerge
from services.enrollment.domain.issuing import Issue, IssueCard, IssuedCard, issue
from tests.unit.enrollment.people import (
    BUILDERS,
    CLAIM,
    COVERAGE,
    EARLY,
    ENROLLED,
    FIRST_HALF,
    JANUARY,
    JULY,
    KETEWEL,
    MADE,
    OCTOBER,
    OTHER_COVERAGE,
    OVERLAPPING,
    RENEWED,
    SUKAWATI,
    THIRD_QUARTER,
    WAYAN,
    PassDay,
    Step,
    after,
    happens,
    then,
)

MARCH, MAY = date(2025, 3, 1), date(2025, 5, 1)
KETUT = UUID(int=0xE)
MADE_TOO = Enroll(MADE, OTHER_COVERAGE, BUILDERS, SUKAWATI, None, EARLY)
NEVER = date(2030, 1, 1)


@pytest.mark.parametrize(
    ("given_", "when", "expected"),
    [
        ([ENROLLED], Relocate(WAYAN, SUKAWATI, MARCH, MAY), [WorkerRelocated(SUKAWATI, MARCH)]),
        ([ENROLLED, Relocate(WAYAN, SUKAWATI, MARCH, MAY)], Relocate(WAYAN, SUKAWATI, MARCH, MAY), []),
        (
            [ENROLLED, Relocate(WAYAN, SUKAWATI, MARCH, MAY)],
            Relocate(WAYAN, KETEWEL, MARCH, MAY),
            [WorkerRelocated(KETEWEL, MARCH)],
        ),
        ([ENROLLED], Relocate(WAYAN, SUKAWATI, JULY, MAY), "relocation_in_future"),
        ([], Relocate(WAYAN, SUKAWATI, MARCH, MAY), "worker_not_registered"),
        (
            [ENROLLED, RegisterDeath(WAYAN, MARCH, None, MAY)],
            Relocate(WAYAN, SUKAWATI, MARCH, MAY),
            [WorkerRelocated(SUKAWATI, MARCH)],
        ),
        (
            [ENROLLED, RegisterDeath(WAYAN, MARCH, None, MAY)],
            Relocate(WAYAN, SUKAWATI, MAY, MAY),
            "relocation_after_death",
        ),
    ],
    ids=["moves", "moves twice", "moved elsewhere that day", "moves later", "unknown", "died then", "died before"],
)
def test_a_worker_moves(given_: list[Step], when: Step, expected: list[Event] | str) -> None:
    assert then(given_, when) == expected


def test_days_before_the_move_stay_and_cover_paid_later_names_the_new_village() -> None:
    moved = after(ENROLLED, Relocate(WAYAN, SUKAWATI, MARCH, MAY), Relocate(WAYAN, KETEWEL, OCTOBER, OCTOBER))
    assert moved is not None
    told = "51.04.07.2001"
    days = (date(2025, 2, 28), MARCH, date(2025, 9, 30), OCTOBER)
    assert [moved.village_on(day, told) for day in days] == [told, SUKAWATI, SUKAWATI, KETEWEL]
    renewal, *_ = decide(moved, Renew(WAYAN, THIRD_QUARTER, OCTOBER))
    assert renewal.village_code == SUKAWATI  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "command",
    [
        Enroll(WAYAN, OTHER_COVERAGE, THIRD_QUARTER, KETEWEL, None, EARLY),
        RENEWED,
        Terminate(WAYAN, COVERAGE, MARCH, "moved"),
        Pay(WAYAN, COVERAGE, 1, EARLY, OTHER_COVERAGE, begins_anew=True, today=EARLY),
        Relocate(WAYAN, SUKAWATI, EARLY, EARLY),
        RegisterDeath(WAYAN, EARLY, None, EARLY),
    ],
    ids=lambda command: type(command).__name__,
)
def test_nothing_is_changed_of_who_was_erased(command: Command) -> None:
    erased = replace(worker(ENROLLED), erased=True)
    with pytest.raises(Rejected, match="worker_erased"):
        decide(erased, command)
    with pytest.raises(Rejected, match="worker_erased"):
        merge(erased, Worker(MADE, KETEWEL), EARLY)
    with pytest.raises(Rejected, match="worker_erased"):
        issue(erased, IssueCard(WAYAN, COVERAGE, EARLY, b"", EARLY), [])


def test_a_death_that_a_claim_establishes_is_followed_of_who_was_erased_too() -> None:
    erased = replace(worker(ENROLLED), erased=True)
    died = decide(erased, RegisterDeath(WAYAN, MARCH, CLAIM, MARCH))
    assert [type(event) for event in died] == [WorkerDeceased, CoverageTerminated]
    dead = reduce(evolve, died, erased)
    assert decide(dead, ReverseDeath(WAYAN, CLAIM, MARCH)) == [WorkerDeathReversed(MARCH)]


def worker(*commands: Step) -> Worker:
    made = after(*commands)
    assert made is not None
    return made


def merged(survivor: Worker, other: Worker, today: date = MAY) -> tuple[Worker, Worker]:
    told, of_other = merge(survivor, other, today)
    return reduce(evolve, told, survivor), reduce(evolve, of_other, other)


def unmerged(survivor: Worker, other: Worker, coverage_ids: list[UUID], today: date = MAY) -> tuple[Worker, Worker]:
    brought = survivor.died_on is not None and other.died_on is not None
    told, of_other = unmerge(survivor, other, coverage_ids, today, reverses_death=brought)
    return reduce(evolve, told, survivor), reduce(evolve, of_other, other)


def test_the_survivor_gets_all_memberships_as_they_stand_and_the_merged_keeps_none() -> None:
    wayan, made = worker(ENROLLED), worker(MADE_TOO)
    told, of_made = merge(wayan, made, MAY)
    assert told == [WorkersMerged(MADE, made.memberships, ())]
    assert of_made == [WorkerMergedInto(WAYAN)]
    holder, gone = merged(wayan, made)
    assert holder.memberships == (*wayan.memberships, *made.memberships)
    assert (gone.memberships, gone.merged_into) == ((), WAYAN)
    with pytest.raises(Rejected) as refused:
        decide(gone, Relocate(MADE, KETEWEL, MARCH, MAY))
    assert refused.value.code == "worker_merged"
    assert str(WAYAN) in refused.value.english


def test_what_is_paid_twice_comes_to_light_and_is_justified_when_there_were_two_people() -> None:
    wayan = worker(Enroll(WAYAN, COVERAGE, FIRST_HALF, KETEWEL, None, EARLY))
    made = worker(Enroll(MADE, OTHER_COVERAGE, OVERLAPPING, KETEWEL, None, EARLY))
    told, _ = merge(wayan, made, MAY)
    found = told[1]
    assert isinstance(found, DoubleFundingFound)
    assert (found.finding.overlaps_from, found.finding.overlaps_until) == (date(2025, 6, 1), JULY)
    back, of_made = unmerge(*merged(wayan, made), [OTHER_COVERAGE], MAY, reverses_death=False)
    assert back == [
        DoubleFundingDecided(found.finding.finding_id, "justified"),
        WorkersUnmerged(MADE, (OTHER_COVERAGE,), ()),
    ]
    assert [type(event) for event in of_made] == [WorkersUnmerged]


def test_one_cohort_that_pays_for_both_is_told_too() -> None:
    made = worker(Enroll(MADE, OTHER_COVERAGE, FIRST_HALF, KETEWEL, None, EARLY))
    told, _ = merge(worker(ENROLLED), made, MAY)
    assert [type(event) for event in told] == [WorkersMerged, DoubleFundingFound]


DIED = RegisterDeath(MADE, MARCH, CLAIM, MAY)
DAY_AFTER = MARCH + timedelta(days=1)


def test_a_death_of_the_merged_becomes_the_survivors_with_its_claim_and_goes_back() -> None:
    wayan, made = worker(ENROLLED), worker(MADE_TOO, DIED)
    told, _ = merge(wayan, made, MAY)
    assert told[1:] == [WorkerDeceased(MARCH, CLAIM), CoverageTerminated(COVERAGE, DAY_AFTER, "deceased")]
    holder, gone = merged(wayan, made)
    assert then([], ReverseDeath(KETUT, CLAIM, MAY)) == "worker_not_registered"
    assert decide(holder, ReverseDeath(WAYAN, CLAIM, MAY)) == [WorkerDeathReversed(MAY)]
    alive, dead = unmerged(holder, gone, [OTHER_COVERAGE])
    assert (alive.died_on, dead.died_on, dead.death_claim_id) == (None, MARCH, CLAIM)


def test_a_death_reversed_after_the_merge_is_reversed_of_the_merged_too() -> None:
    holder, gone = merged(worker(ENROLLED), worker(MADE_TOO, DIED))
    holder = reduce(evolve, decide(holder, ReverseDeath(WAYAN, CLAIM, MAY)), holder)
    _, of_made = unmerge(holder, gone, [OTHER_COVERAGE], MAY, reverses_death=True)
    assert of_made[0] == WorkerDeathReversed(MAY)


def test_memberships_that_come_to_the_dead_end_and_nobody_is_reminded_of_them() -> None:
    wayan, made = worker(ENROLLED, RegisterDeath(WAYAN, MARCH, None, MAY)), worker(MADE_TOO)
    told, _ = merge(wayan, made, MAY)
    assert told[1:] == [CoverageTerminated(OTHER_COVERAGE, DAY_AFTER, "deceased")]
    holder, gone = merged(wayan, made)
    assert holder.membership(OTHER_COVERAGE).due_on is None
    _, back = unmerged(holder, gone, [OTHER_COVERAGE])
    assert back.died_on is None
    assert back.membership(OTHER_COVERAGE).due_on == made.membership(OTHER_COVERAGE).due_on


def test_two_days_of_death_are_not_merged_and_nobody_with_themselves() -> None:
    wayan, made = worker(ENROLLED, RegisterDeath(WAYAN, MAY, None, MAY)), worker(MADE_TOO, DIED)
    for survivor, other, code in (
        (wayan, made, "merge_deaths_differ"),
        (wayan, wayan, "merge_with_itself"),
        (wayan, None, "worker_not_registered"),
    ):
        with pytest.raises(Rejected) as refused:
            merge(survivor, other, MAY)
        assert refused.value.code == code


COHORTS = (FIRST_HALF, THIRD_QUARTER, OVERLAPPING, BUILDERS)
DAYS = st.dates(JANUARY, OCTOBER)


@st.composite
def lives(draw: st.DrawFn, worker_id: UUID) -> Worker:
    """Draw a worker to whom something happened, in any order; what a rule refuses did not happen."""
    made: Worker | None = None
    for number in range(draw(st.integers(1, 8))):
        coverage_id = UUID(int=worker_id.int * 100 + number)
        known = made.memberships if made else ()
        of = draw(st.sampled_from(known)).coverage_id if known else coverage_id
        cohort, day, until = draw(st.sampled_from(COHORTS)), draw(DAYS), draw(DAYS)
        commands: tuple[Step, ...] = (
            Enroll(worker_id, coverage_id, cohort, draw(st.sampled_from((KETEWEL, SUKAWATI))), None, EARLY),
            Renew(worker_id, cohort, EARLY),
            Terminate(worker_id, of, day, "moved"),
            Correct(worker_id, of, cohort.cohort_id, day, until, EARLY),
            Suspend(worker_id, of, day, until, "under_review"),
            Relocate(worker_id, SUKAWATI, day, OCTOBER),
            PassDay(worker_id, of, day),
        )
        try:
            made = reduce(evolve, happens(made, draw(st.sampled_from(commands))), made)
        except Rejected:
            continue
    return made or Worker(worker_id, KETEWEL)


def days_in_force(*workers: Worker) -> dict[UUID, set[date]]:
    """Mark for each membership the days on which it is in force, one day at a time."""
    marked: dict[UUID, set[date]] = {}
    for one in workers:
        for held in one.memberships:
            assert held.coverage_id not in marked
            day, marked[held.coverage_id] = JANUARY, set()
            while day < date(2026, 1, 2):
                ends = [(p.covered_from, min(p.cut_at or NEVER, p.covered_until or NEVER)) for p in held.periods]
                paid = any(since <= day < until for since, until in ends)
                out = any(s.suspended_from <= day < (s.suspended_until or NEVER) for s in held.suspensions)
                if paid and not out and not (one.died_on and day > one.died_on):
                    marked[held.coverage_id].add(day)
                day += timedelta(days=1)
    return marked


def as_it_was(one: Worker) -> Worker:
    """Leave out what tells of the past alone: where reminders went on, what was found, and the order."""
    plain = (replace(m, resumes=None, findings=()) for m in one.memberships)
    return replace(one, memberships=tuple(sorted(plain, key=lambda m: m.coverage_id)))


@given(lives(WAYAN), lives(MADE), st.booleans())
def test_a_merge_changes_no_day_and_its_end_gives_back_all_as_it_was(wayan: Worker, made: Worker, dies: bool) -> None:
    if dies:
        made = reduce(evolve, decide(made, RegisterDeath(MADE, OCTOBER, None, OCTOBER)), made)
    holder, gone = merged(wayan, made)
    if not dies:
        assert days_in_force(holder, gone) == days_in_force(wayan, made)
    brought = [membership.coverage_id for membership in made.memberships]
    told, of_made = unmerge(holder, gone, brought, EARLY, reverses_death=dies)
    assert as_it_was(reduce(evolve, told, holder)) == as_it_was(wayan)
    assert as_it_was(reduce(evolve, of_made, gone)) == as_it_was(made)


@given(lives(WAYAN), lives(MADE), lives(KETUT))
def test_it_does_not_matter_who_is_merged_first(wayan: Worker, made: Worker, ketut: Worker) -> None:
    one_by_one = merged(merged(wayan, made)[0], ketut)[0]
    the_other_way = merged(merged(wayan, ketut)[0], made)[0]
    through_made = merged(wayan, merged(made, ketut)[0])[0]
    assert as_it_was(one_by_one) == as_it_was(the_other_way) == as_it_was(through_made)
    found = [{f.finding_id for m in one.memberships for f in m.findings} for one in (one_by_one, the_other_way)]
    assert found[0] == found[1] == {f.finding_id for m in through_made.memberships for f in m.findings}


CARD = IssueCard(WAYAN, COVERAGE, MARCH, b"1", MAY)
KNOWN = IssuedCard(COVERAGE, MARCH, b"1")


@pytest.mark.parametrize(
    ("issued", "when", "expected"),
    [
        ([], CARD, Issue(KNOWN, [CardIssued(COVERAGE, KETEWEL, MARCH)])),
        ([], replace(CARD, coverage_id=None), Issue(KNOWN, [CardIssued(COVERAGE, KETEWEL, MARCH)])),
        ([KNOWN], CARD, None),
        ([KNOWN], replace(CARD, issued_on=MAY), None),
        ([KNOWN], replace(CARD, number=b"2"), Issue(IssuedCard(COVERAGE, MARCH, b"2"), [], instead_of=KNOWN)),
        (
            [KNOWN],
            replace(CARD, number=b"2", issued_on=MAY),
            Issue(IssuedCard(COVERAGE, MAY, b"2"), [CardIssued(COVERAGE, KETEWEL, MAY)]),
        ),
        ([KNOWN], replace(CARD, number=b"2", issued_on=JANUARY), "card_issued_later"),
        ([replace(KNOWN, coverage_id=OTHER_COVERAGE)], CARD, "kpj_of_other_membership"),
        ([], replace(CARD, issued_on=JULY), "issue_in_future"),
        ([], replace(CARD, coverage_id=OTHER_COVERAGE), "coverage_not_known"),
        ([], replace(CARD, coverage_id=None, issued_on=JULY, today=JULY), "no_membership_on_day"),
    ],
    ids=[
        "issued",
        "to the only membership",
        "told again",
        "told again of another day",
        "number was wrong",
        "further card",
        "card before a known one",
        "number of another membership",
        "in the future",
        "no such membership",
        "no cover that day",
    ],
)
def test_cards_are_issued(issued: list[IssuedCard], when: IssueCard, expected: Issue | str | None) -> None:
    try:
        assert issue(after(ENROLLED), when, issued) == expected
    except Rejected as refusal:
        assert refusal.code == expected  # noqa: PT017 - either the answer or the refusal is told


def test_a_list_gives_each_membership_its_card_and_asks_where_none_is_left() -> None:
    holder, _ = merged(worker(ENROLLED), worker(MADE_TOO))
    listed = replace(CARD, coverage_id=None)
    second = issue(holder, replace(listed, number=b"2"), [KNOWN])
    assert second is not None
    assert second.card.coverage_id == OTHER_COVERAGE
    with pytest.raises(Rejected) as refused:
        issue(holder, replace(listed, number=b"3"), [KNOWN, second.card])
    assert refused.value.code == "card_issued_otherwise"
