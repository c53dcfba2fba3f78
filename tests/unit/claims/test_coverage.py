"""Which memberships are in force on a day, after all that enrollment said."""

from typing import Any

import pytest

from services.claims.coverage import Cover, died_on, evolve, last_day_before, memberships_on, payable_until, shared
from tests.unit.claims.cases import (
    DEATH_REVERSED,
    EXPIRED,
    FARM,
    NEXT_YEAR,
    PRIESTS,
    REGISTERED,
    SAME_WAYAN,
    TEMPLE,
    VILLAGE,
    VOIDED,
    WAYAN,
    corrected,
    day,
    died,
    merged,
    merged_into,
    period,
    reinstated,
    relocated,
    renewed,
    started,
    state_after,
    suspended,
    terminated,
    unmerged,
    whole,
)

YEAR = started("2025-01-01", "2026-01-01")
Fact = tuple[str, dict[str, Any]]


@pytest.mark.parametrize(
    ("given", "on", "covered"),
    [
        ([YEAR], "2024-12-31", False),
        ([YEAR], "2025-01-01", True),
        ([YEAR], "2025-12-31", True),
        ([YEAR], "2026-01-01", False),
        ([started("2025-01-01", None)], "2099-12-31", True),
        ([YEAR, renewed("2026-01-01", "2027-01-01", cohort_id=NEXT_YEAR)], "2026-01-01", True),
        ([YEAR, renewed("2026-01-02", "2027-01-01", cohort_id=NEXT_YEAR)], "2026-01-01", False),
        ([YEAR, terminated("2025-06-01")], "2025-05-31", True),
        ([YEAR, terminated("2025-06-01")], "2025-06-01", False),
        (
            [YEAR, terminated("2025-06-01"), renewed("2025-09-01", "2026-01-01", cohort_id=NEXT_YEAR)],
            "2025-09-01",
            True,
        ),
        (
            [YEAR, terminated("2025-06-01"), renewed("2025-09-01", "2026-01-01", cohort_id=NEXT_YEAR)],
            "2025-08-31",
            False,
        ),
        ([YEAR, corrected("2025-03-01", "2026-01-01")], "2025-02-28", False),
        ([YEAR, corrected("2025-03-01", "2026-01-01")], "2025-03-01", True),
        ([YEAR, corrected("2025-01-01", "2025-01-01")], "2025-01-01", False),
        ([YEAR, died("2025-10-03")], "2025-10-03", True),
        ([YEAR, died("2025-10-03")], "2025-10-04", False),
        ([YEAR, died("2025-10-03"), terminated("2025-10-04", "deceased")], "2025-10-03", True),
        ([YEAR, died("2025-10-03"), terminated("2025-10-04", "deceased"), DEATH_REVERSED], "2025-10-04", True),
        ([YEAR, terminated("2025-06-01"), died("2025-10-03"), DEATH_REVERSED], "2025-06-01", False),
        ([YEAR, died("2025-10-03"), renewed("2026-01-01", "2027-01-01", cohort_id=NEXT_YEAR)], "2026-01-01", False),
        ([YEAR, EXPIRED], "2025-12-31", True),
        ([], "2025-01-01", False),
        ([YEAR, suspended("2025-06-01")], "2025-05-31", True),
        ([YEAR, suspended("2025-06-01")], "2025-06-01", False),
        ([YEAR, suspended("2025-06-01"), reinstated("2025-08-01")], "2025-07-31", False),
        ([YEAR, suspended("2025-06-01"), reinstated("2025-08-01")], "2025-08-01", True),
        ([YEAR, suspended("2025-06-01"), reinstated("2025-06-01")], "2025-06-01", True),
        ([YEAR, suspended("2025-06-01"), renewed("2026-01-01", None, cohort_id=NEXT_YEAR)], "2026-01-01", False),
        ([YEAR, suspended("2025-06-01", TEMPLE)], "2025-06-01", True),
        ([YEAR, VOIDED], "2025-06-01", False),
        ([YEAR, merged_into(SAME_WAYAN)], "2025-06-01", False),
        ([merged(SAME_WAYAN, whole(YEAR[1]))], "2025-06-01", True),
        ([merged(SAME_WAYAN, whole(YEAR[1] | {"cut_at": "2025-06-01"}))], "2025-06-01", False),
        ([merged(SAME_WAYAN, whole(YEAR[1])), unmerged(SAME_WAYAN, (FARM,))], "2025-06-01", False),
        ([YEAR, merged_into(SAME_WAYAN), unmerged(SAME_WAYAN, (), whole(YEAR[1]))], "2025-06-01", True),
    ],
    ids=[
        "before the first day",
        "first day",
        "last day",
        "day after the last",
        "without an end",
        "over the boundary of a renewal",
        "in a gap of one day",
        "last day before a termination",
        "terminated",
        "renewed after a termination",
        "between termination and renewal",
        "corrected to begin later",
        "first day of the correction",
        "corrected to never",
        "day of death",
        "day after death",
        "terminated for death: day of death",
        "death reversed: restored",
        "death reversed: other terminations stay",
        "renewal after death covers nothing",
        "an expiry says nothing new",
        "only registered",
        "last day before a suspension",
        "suspended",
        "last suspended day",
        "reinstated",
        "the suspension never was",
        "a renewal lifts no suspension",
        "another membership is suspended",
        "voided",
        "merged into another",
        "merged with another",
        "merged with another: terminated there",
        "unmerged: left the survivor",
        "unmerged: back where it was",
    ],
)
def test_a_day_is_covered_or_not(given: list[Fact], on: str, covered: bool) -> None:
    assert bool(memberships_on(state_after(*given), day(on))) is covered


def test_a_worker_who_is_unknown_has_no_cover() -> None:
    assert memberships_on(None, day("2025-01-01")) == ()
    assert died_on(None) is None


def test_a_late_report_of_a_death_leaves_older_cover_as_it_was() -> None:
    state = state_after(started("2023-01-01", "2024-01-01"), YEAR, died("2025-10-03"))
    assert memberships_on(state, day("2023-12-31"))[0].covered_until == day("2024-01-01")
    assert memberships_on(state, day("2024-06-01")) == ()


def test_membership_is_unbroken_over_renewals_that_touch() -> None:
    state = state_after(
        started("2025-01-01", "2025-04-01"),
        renewed("2025-07-01", "2025-10-01", cohort_id=NEXT_YEAR),
        renewed("2025-10-01", "2026-01-01", cohort_id=PRIESTS),
    )
    assert memberships_on(state, day("2025-11-11"))[0].member_since == day("2025-07-01")


def test_memberships_stand_in_the_order_that_reports_count() -> None:
    state = state_after(
        YEAR, started("2025-02-01", "2026-01-01", coverage_id=TEMPLE, cohort_id=PRIESTS, segment="NON_ASN")
    )
    assert [membership.coverage_id for membership in memberships_on(state, day("2025-03-01"))] == [TEMPLE, FARM]
    assert [membership.coverage_id for membership in memberships_on(state, day("2025-01-31"))] == [FARM]


def test_the_last_covered_day_before_a_gap_is_told() -> None:
    state = state_after(started("2025-01-01", "2025-07-01"), renewed("2026-01-01", None, cohort_id=NEXT_YEAR))
    assert last_day_before(state, day("2025-08-01"), "JKM") == day("2025-06-30")
    assert last_day_before(state, day("2025-08-01"), "JHT") is None
    assert last_day_before(state, day("2024-08-01"), "JKM") is None


PREPAID = started("2025-01-01", "2025-07-01", grace_until="2025-10-01")
IN_GRACE = "2025-08-01", "2025-10-01"


@pytest.mark.parametrize(
    ("given", "on", "payable"),
    [
        ([PREPAID], "2025-06-30", None),
        ([PREPAID], "2025-07-01", "2025-10-01"),
        ([PREPAID], "2025-09-30", "2025-10-01"),
        ([PREPAID], "2025-10-01", None),
        ([PREPAID, renewed("2025-07-01", "2025-08-01", cohort_id=NEXT_YEAR)], "2025-07-01", None),
        ([PREPAID, renewed("2025-09-01", "2025-10-01", cohort_id=NEXT_YEAR)], "2025-08-31", "2025-09-01"),
        ([PREPAID, terminated("2025-05-01")], "2025-07-01", None),
        ([started("2025-08-01", "2025-09-01", cohort_id=NEXT_YEAR), terminated("2025-08-01"), PREPAID], *IN_GRACE),
        ([PREPAID, died("2025-07-31")], "2025-07-31", "2025-10-01"),
        ([PREPAID, died("2025-07-31")], "2025-08-01", None),
        ([PREPAID, suspended("2025-06-01")], "2025-07-01", "2025-10-01"),
    ],
    ids=[
        "still covered",
        "first day of grace",
        "last day of grace",
        "grace is over",
        "paid on: no gap",
        "paid later: grace until then",
        "terminated",
        "what a cut left nothing of ends no grace",
        "died in grace: the heirs have their time",
        "no grace after the death",
        "suspended: arrears all the same",
    ],
)
def test_grace_is_no_cover_and_is_told_apart(given: list[Fact], on: str, payable: str | None) -> None:
    state = state_after(*given)
    assert bool(memberships_on(state, day(on), "grace")) is (payable is not None)
    assert payable_until(state, day(on), "JKM") == (None if payable is None else day(payable))
    assert payable_until(state, day(on), "JHT") is None


def test_cover_counts_in_the_village_of_the_day() -> None:
    state = state_after(YEAR, relocated("2025-06-01", "51.04.01.2001"), relocated("2025-09-01", "51.04.01.2002"))
    days = ("2025-05-31", "2025-06-01", "2025-09-01")
    found = [memberships_on(state, day(on))[0].village_code for on in days]
    assert found == [VILLAGE, "51.04.01.2001", "51.04.01.2002"]


def test_a_suspended_membership_is_told_apart() -> None:
    state = state_after(YEAR, suspended("2025-06-01"))
    assert [one.coverage_id for one in memberships_on(state, day("2025-06-01"), "suspended")] == [FARM]
    assert memberships_on(state, day("2025-05-31"), "suspended") == ()


def test_whoever_was_merged_has_the_cover_of_the_survivor() -> None:
    survivor = Cover(7, state=state_after(merged(SAME_WAYAN, whole(YEAR[1]))))
    other = Cover(3, state=state_after(YEAR, merged_into(WAYAN)))
    covers = {str(WAYAN): survivor, str(SAME_WAYAN): other}
    assert shared(str(SAME_WAYAN), covers) == shared(str(WAYAN), covers) == survivor


def test_a_survivor_who_was_merged_in_turn_is_followed() -> None:
    covers = {
        "a": Cover(1, state=state_after() | {"merged_into": "b"}),
        "b": Cover(2, state=state_after() | {"merged": ["a"], "merged_into": "c"}),
        "c": Cover(3, state=state_after() | {"merged": ["b"]}),
    }
    assert {worker: shared(worker, covers).sequence for worker in covers} == {"a": 3, "b": 3, "c": 3}


@pytest.mark.parametrize(
    ("survivor", "other"),
    [
        ([merged(SAME_WAYAN, whole(YEAR[1]))], [YEAR]),
        ([], [YEAR, merged_into(WAYAN)]),
        ([merged(SAME_WAYAN), unmerged(SAME_WAYAN)], [YEAR, merged_into(WAYAN)]),
    ],
    ids=["the survivor's fact came first", "the other's fact came first", "half of an un-merge has come"],
)
def test_half_a_merge_is_waited_for(survivor: list[Fact], other: list[Fact]) -> None:
    covers = {str(WAYAN): Cover(1, state=state_after(*survivor)), str(SAME_WAYAN): Cover(1, state=state_after(*other))}
    assert shared(str(WAYAN), covers).merging
    assert shared(str(SAME_WAYAN), covers).merging


def test_a_withheld_fact_of_one_withholds_the_cover_of_both() -> None:
    covers = {
        str(WAYAN): Cover(2, state=state_after(merged(SAME_WAYAN))),
        str(SAME_WAYAN): Cover(3, parked=True, state=state_after(merged_into(WAYAN))),
    }
    assert shared(str(WAYAN), covers).parked


def test_an_unmerge_leaves_nothing_of_the_merge() -> None:
    survivor = state_after(YEAR, merged(SAME_WAYAN, whole(period("2025-01-01", None), coverage_id=TEMPLE)))
    assert evolve(survivor, *unmerged(SAME_WAYAN, (TEMPLE,))) == state_after(YEAR)
    other = state_after(YEAR, merged_into(SAME_WAYAN))
    assert evolve(other, *unmerged(SAME_WAYAN, (), whole(YEAR[1]))) == state_after(YEAR)


def test_who_took_the_worker_in_and_what_was_paid_is_kept_where_it_is_told() -> None:
    known = evolve(None, *REGISTERED, by="agent-1", on="2025-10-04")
    for verifier in ("verifier-1", "verifier-2"):
        known = evolve(known, "enrollment.worker_verified.v1", {}, by=verifier, on="2025-10-05")
    paid = evolve(known, YEAR[0], YEAR[1] | {"paid_on": "2025-01-05"}, by="clerk-1", on="2025-10-05")
    told = {"registered_on": "2025-10-04", "registered_by": "agent-1", "verified_by": "verifier-2"}
    assert known == state_after() | told
    assert paid["memberships"][FARM] == [state_after(YEAR)["memberships"][FARM][0] | {"paid_on": "2025-01-05"}]
