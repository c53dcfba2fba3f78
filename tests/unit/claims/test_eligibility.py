"""Covered or not on a day, under which memberships, since when, and what would be payable."""

from datetime import date
from typing import Any

import pytest

from services.claims.coverage import Cover, survivor_of
from services.claims.eligibility import eligibility_on
from services.claims.rules import NoRules, base_book
from tests.unit.claims.cases import (
    FARM,
    NEXT_YEAR,
    PRIESTS,
    TEMPLE,
    cover_after,
    day,
    died,
    renewed,
    started,
    state_after,
    suspended,
)

Fact = tuple[str, dict[str, Any]]
YEAR = started("2025-03-01", "2026-03-01", grace_until="2026-06-01")
ACCIDENT_ALONE = started("2025-03-01", "2026-03-01", programmes=("JKK",))
TEMPLE_WORK = started("2025-08-01", None, coverage_id=TEMPLE, cohort_id=PRIESTS)


@pytest.mark.parametrize(
    ("given", "on", "standing", "death", "accident", "why"),
    [
        ([YEAR], "2025-02-28", "none", 0, 0, ["NOT_COVERED_AT_INCIDENT"]),
        ([YEAR], "2025-03-01", "in_force", 10_000_000, 70_000_000, ["MEMBERSHIP_LT_3_MONTHS"]),
        ([YEAR], "2025-05-31", "in_force", 10_000_000, 70_000_000, ["MEMBERSHIP_LT_3_MONTHS"]),
        ([YEAR], "2025-06-01", "in_force", 42_000_000, 70_000_000, []),
        ([YEAR], "2026-02-28", "in_force", 42_000_000, 70_000_000, []),
        ([YEAR], "2026-03-01", "grace", 0, 0, ["ARREARS_UNSETTLED"]),
        ([YEAR], "2026-06-01", "none", 0, 0, ["NOT_COVERED_AT_INCIDENT"]),
        ([YEAR, suspended("2025-07-01")], "2025-07-01", "suspended", 0, 0, ["SUSPENDED_AT_INCIDENT"]),
        ([YEAR, died("2025-10-03")], "2025-10-03", "in_force", 42_000_000, 70_000_000, []),
        ([YEAR, died("2025-10-03")], "2025-10-04", "none", 0, 0, ["NOT_COVERED_AT_INCIDENT"]),
        ([ACCIDENT_ALONE], "2025-07-01", "in_force", 0, 70_000_000, ["NOT_COVERED_AT_INCIDENT"]),
        ([YEAR, TEMPLE_WORK], "2025-12-01", "in_force", 74_000_000, 70_000_000, []),
        ([YEAR, suspended("2025-07-01"), TEMPLE_WORK], "2025-12-01", "in_force", 42_000_000, 70_000_000, []),
    ],
    ids=[
        "the day before",
        "the first day",
        "the last day of three months",
        "three months",
        "the last day",
        "in arrears",
        "arrears over",
        "suspended",
        "the day of death",
        "the day after",
        "only accidents",
        "two memberships",
        "one of two suspended",
    ],
)
def test_where_cover_stands_and_what_would_be_payable(
    given: list[Fact], on: str, standing: str, death: int, accident: int, why: list[str]
) -> None:
    told = eligibility_on(day(on), cover_after(*given), base_book())
    assert (told.standing, told.jkm.amount_idr, told.jkk.amount_idr) == (standing, death, accident)
    assert [reason.code for reason in told.jkm.reasons] == why


def test_each_membership_tells_where_it_stands_and_from_when_it_pays_in_full() -> None:
    again = renewed("2026-04-01", None, cohort_id=NEXT_YEAR)
    cover = cover_after(YEAR, again, TEMPLE_WORK, suspended("2026-01-01", TEMPLE))
    (farm, temple) = eligibility_on(day("2026-04-10"), cover, base_book()).held
    assert (farm.membership.coverage_id, farm.standing, farm.full_jkm_from) == (FARM, "in_force", date(2026, 7, 1))
    assert farm.membership.member_since == date(2026, 4, 1), "a gap begins it anew"
    assert (temple.membership.coverage_id, temple.standing) == (TEMPLE, "suspended")
    (accidents,) = eligibility_on(day("2025-07-01"), cover_after(ACCIDENT_ALONE), base_book()).held
    assert accidents.full_jkm_from is None


def test_the_rules_are_those_of_the_day() -> None:
    long_ago = cover_after(started("2018-01-01", None))
    amounts = [eligibility_on(day(on), long_ago, base_book()).jkm.amount_idr for on in ("2019-12-01", "2019-12-02")]
    assert amounts == [24_000_000, 42_000_000]
    with pytest.raises(NoRules):
        eligibility_on(day("1999-01-01"), long_ago, base_book())


def test_whoever_was_merged_is_followed_to_who_holds_the_memberships() -> None:
    covers = {
        "a": Cover(1, state=state_after() | {"merged_into": "b"}),
        "b": Cover(2, state=state_after() | {"merged": ["a"], "merged_into": "c"}),
        "c": Cover(3, state=state_after() | {"merged": ["b"]}),
    }
    assert {name: survivor_of(name, covers) for name in "abcd"} == {"a": "c", "b": "c", "c": "c", "d": "d"}
