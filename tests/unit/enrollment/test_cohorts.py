"""A cohort's terms and life: length by a day or by months, person-months, the second person, the way of its states."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import reduce
from uuid import UUID

import pytest
from payung_contracts import enrollment as wire

from services.enrollment.cohorts import messages
from services.enrollment.cohorts.terms import (
    Amend,
    Approve,
    Approved,
    Close,
    Closed,
    Command,
    Decree,
    Event,
    Extent,
    HandedOver,
    HandOver,
    Open,
    Opened,
    Propose,
    Proposed,
    Reallocate,
    Reallocated,
    Standing,
    decide,
    evolve,
)
from services.enrollment.domain import LegalBasis, Rejected

KETEWEL, SUKAWATI = "51.04.01.2002", "51.04.01.2004"
TODAY = date(2023, 6, 20)
EXTENT = Extent(6400, contribution_idr=16_800)
TERMS = Propose(
    cohort_id=UUID(int=1),
    name="Pekerja rentan 2023",
    year=2023,
    phase=None,
    segment="BPU",
    funding="APBD",
    programmes=("JKK", "JKM"),
    legal_bases=(LegalBasis("Keputusan Bupati", placeholder=True),),
    covered_from=date(2023, 7, 1),
    covered_until=None,
    months=6,
    extent=EXTENT,
    owner_office="Disnaker",
    by="clerk",
)
FOR_VILLAGES = replace(TERMS, extent=Extent(100, ((SUKAWATI, 30), (KETEWEL, 50))))
APPROVED = Approve("head", opens=False, today=TODAY)
OPENED = Approve("head", opens=True, today=TODAY)
MORE = Amend(Extent(7000, decree=Decree("463/2023", TODAY)), "clerk")


def after(commands: Sequence[Command]) -> Standing:
    standing: Standing | None = None
    for command in commands:
        standing = reduce(evolve, decide(standing, command), standing)
    assert standing is not None
    return standing


def then(given: Sequence[Command], when: Command) -> list[Event] | str:
    """Give what happens because of the last command, or the code of its refusal."""
    try:
        return decide(after(given) if given else None, when)
    except Rejected as refusal:
        return refusal.code


def test_months_give_the_end_the_person_months_and_the_budget() -> None:
    standing = after([TERMS])
    cohort = standing.cohort
    assert (cohort.covered_until, cohort.months, cohort.person_months) == (date(2024, 1, 1), 6, 38_400)
    assert cohort.budget_idr == 38_400 * 16_800
    assert (standing.state, standing.proposed_by, standing.approved_by) == ("proposed", "clerk", None)


@pytest.mark.parametrize(
    ("covered_from", "covered_until", "months"),
    [
        (date(2023, 7, 1), date(2024, 1, 1), 6),
        (date(2023, 8, 31), date(2023, 9, 30), 1),
        (date(2023, 7, 1), date(2023, 7, 15), None),
        (date(2023, 7, 1), None, None),
    ],
)
def test_an_end_gives_the_months_where_they_are_whole(
    covered_from: date, covered_until: date | None, months: int | None
) -> None:
    cohort = after([replace(TERMS, months=None, covered_from=covered_from, covered_until=covered_until)]).cohort
    assert cohort.months == months
    assert (cohort.person_months is None) is (months is None)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (replace(TERMS, legal_bases=()), "legal_basis_missing"),
        (replace(TERMS, months=None, covered_until=date(2023, 7, 1)), "period_reversed"),
        (replace(TERMS, covered_until=date(2023, 12, 1)), "months_disagree"),
        (replace(TERMS, extent=Extent(10, ((KETEWEL, 6), (SUKAWATI, 5)))), "village_places_exceed"),
        (replace(TERMS, extent=Extent(10, ((KETEWEL, 1), (KETEWEL, 2)))), "village_repeated"),
        (replace(TERMS, months=None, extent=Extent(10, person_months=60)), "person_months_without_end"),
    ],
)
def test_terms_that_cannot_be(command: Propose, code: str) -> None:
    assert then([], command) == code


@pytest.mark.parametrize(
    ("given", "when", "happens"),
    [
        ([TERMS], replace(APPROVED, by="clerk"), "second_person_needed"),
        ([TERMS], Open(TODAY), "cohort_not_approved"),
        ([TERMS, APPROVED], Open(TODAY), [Opened(TODAY)]),
        ([TERMS, APPROVED], APPROVED, "nothing_to_approve"),
        ([TERMS, OPENED], Open(TODAY), []),
        ([TERMS, OPENED], Close(TODAY), [Closed(TODAY)]),
        ([TERMS, OPENED, Close(TODAY)], Close(TODAY), []),
        ([TERMS, OPENED, Close(TODAY)], Open(TODAY), [Opened(TODAY)]),
        ([TERMS, OPENED, Close(TODAY)], MORE, "cohort_closed"),
        ([TERMS, Close(TODAY)], Open(TODAY), "cohort_not_approved"),
        ([TERMS], HandOver("Disnaker"), []),
        ([TERMS], HandOver("Dinas PMD"), [HandedOver("Dinas PMD")]),
        ([TERMS, OPENED, MORE], replace(APPROVED, by="clerk"), "second_person_needed"),
        ([FOR_VILLAGES], Reallocate(KETEWEL, SUKAWATI, 1), "cohort_not_approved"),
        ([FOR_VILLAGES, OPENED], Reallocate(KETEWEL, KETEWEL, 1), "same_village"),
        ([FOR_VILLAGES, OPENED], Reallocate(KETEWEL, SUKAWATI, 51), "too_few_places"),
        ([FOR_VILLAGES, OPENED], Reallocate(None, SUKAWATI, 21), "too_few_places"),
        ([FOR_VILLAGES, OPENED], Reallocate(KETEWEL, None, 50), [Reallocated(KETEWEL, None, 50)]),
    ],
)
def test_the_way_of_a_cohort(given: list[Command], when: Command, happens: list[Event] | str) -> None:
    assert then(given, when) == happens


def test_approval_and_opening_may_be_one_step() -> None:
    approved, opened = decide(after([TERMS]), OPENED)
    assert isinstance(approved, Approved)
    assert (approved.standing.approved_by, opened) == ("head", Opened(TODAY))


def test_an_amendment_holds_from_its_approval_on() -> None:
    waiting = after([TERMS, OPENED, MORE])
    assert (waiting.cohort.places, waiting.state) == (6400, "open")
    amended = after([TERMS, OPENED, MORE, replace(APPROVED, by="chief")])
    assert (amended.cohort.places, amended.cohort.person_months, amended.state) == (7000, 42_000, "open")
    assert (amended.proposed_by, amended.approved_by, amended.amendment) == ("clerk", "chief", None)
    assert amended.extent.decree == Decree("463/2023", TODAY)


def test_a_proposal_that_is_amended_is_the_amenders() -> None:
    standing = after([TERMS, replace(MORE, by="another")])
    assert (standing.state, standing.cohort.places, standing.proposed_by) == ("proposed", 7000, "another")


def test_places_go_between_villages_and_the_pool() -> None:
    moved = after([FOR_VILLAGES, OPENED, Reallocate(KETEWEL, SUKAWATI, 10), Reallocate(SUKAWATI, None, 40)])
    assert moved.extent.village_places == ((KETEWEL, 40),)


def test_facts_of_a_cohort() -> None:
    now = datetime(2023, 6, 20, 3, tzinfo=UTC)
    decreed = replace(TERMS, extent=replace(FOR_VILLAGES.extent, decree=Decree("463/2023", TODAY)))
    (event,) = decide(None, decreed)
    assert isinstance(event, Proposed)
    fact = messages.entry(TERMS.cohort_id, event, now).fact
    assert isinstance(fact, wire.CohortProposed)
    assert fact.legal_bases == (wire.LegalBasis(title="Keputusan Bupati", placeholder=True),)
    assert (fact.places, fact.person_months, fact.owner_office) == (100, 600, "Disnaker")
    assert fact.decree == wire.Decree(number="463/2023", signed_on=TODAY)
    assert fact.village_places == (
        wire.VillagePlaces(village_code=KETEWEL, places=50),
        wire.VillagePlaces(village_code=SUKAWATI, places=30),
    )
    (amended,) = decide(after([TERMS, OPENED]), MORE)
    proposed = messages.entry(TERMS.cohort_id, amended, now).fact
    assert isinstance(proposed, wire.CohortProposed)
    assert proposed.places == 7000
    moved = messages.entry(TERMS.cohort_id, Reallocated(KETEWEL, None, 3), now).fact
    assert moved == wire.PlacesReallocated(from_village=KETEWEL, to_village=None, places=3)
