"""What each kind of benefit grants: amounts, arithmetic, and the reasons why it is not more."""

from datetime import timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest

from services.claims.benefits.months import contribution_months, months_and_days
from services.claims.benefits.rupiah import percent, rounded, written
from services.claims.claim import Inability, Injury, Obligation, Transport
from tests.unit.claims.cases import TEMPLE, day, died, reinstated, renewed, started, state_after, suspended
from tests.unit.claims.questions import ALWAYS, MILLION, child, codes, components, weighed

YEAR = started("2025-01-01", "2026-01-01")
WAGE_EARNER = started("2020-01-01", None, segment="PU")
OTHER = UUID(int=77)


# --- JKM --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "died_on", "amount_idr", "reduced"),
    [
        ([started("2025-06-01", "2025-12-01")], "2025-08-31", 10 * MILLION, 1),
        ([started("2025-06-01", "2025-12-01")], "2025-09-01", 42 * MILLION, 0),
        ([started("2025-11-30", None)], "2026-02-27", 10 * MILLION, 1),
        ([started("2025-11-30", None)], "2026-02-28", 42 * MILLION, 0),
        ([started("2025-09-01", "2026-01-01", segment="NON_ASN")], "2025-09-01", 42 * MILLION, 0),
        ([YEAR, started("2025-09-01", "2026-01-01", coverage_id=TEMPLE)], "2025-10-20", 42 * MILLION, 1),
        (
            [started("2025-09-01", "2026-01-01"), started("2025-09-02", "2026-01-01", coverage_id=TEMPLE)],
            "2025-10-20",
            10 * MILLION,
            2,
        ),
        ([started("2025-01-01", "2025-07-01"), renewed("2025-07-01", None)], "2025-07-02", 42 * MILLION, 0),
        ([started("2025-01-01", "2025-07-01"), renewed("2025-07-02", None)], "2025-07-02", 10 * MILLION, 1),
    ],
    ids=[
        "a day short of three months",
        "three months to the day",
        "a day short of a month without a 30th",
        "a month without a 30th ends on its last day",
        "under three months, not self-employed",
        "one of two memberships is old enough",
        "neither is old enough",
        "renewal without a gap keeps the age",
        "a gap of one day begins the age anew",
    ],
)
def test_jkm(facts: list[Any], died_on: str, amount_idr: int, reduced: int) -> None:
    verdict = weighed(*facts, on=died_on)
    assert verdict.amount_idr == amount_idr
    assert codes(verdict) == ["MEMBERSHIP_LT_3_MONTHS"] * reduced


def test_several_memberships_name_the_law_of_the_one_funeral() -> None:
    verdict = weighed(YEAR, started("2025-01-01", None, coverage_id=TEMPLE), on="2025-10-20")
    assert [(one.code, one.arithmetic) for one in verdict.components] == [
        ("SANTUNAN_KEMATIAN", "#1: Rp20.000.000"),
        ("SANTUNAN_BERKALA", "#1: Rp12.000.000"),
        ("SANTUNAN_KEMATIAN", "#2: Rp20.000.000"),
        ("SANTUNAN_BERKALA", "#2: Rp12.000.000"),
        ("BIAYA_PEMAKAMAN", "1 x Rp10.000.000"),
    ]
    assert verdict.components[-1].legal_reference == "PP 82/2019 Pasal 34; Permenaker 1/2025 Pasal 101"


# --- JKK --------------------------------------------------------------------------------------------------------------


def accident(**found: Any) -> dict[str, Any]:
    return {"programme": "JKK", "on": "2025-03-10", "reported_on": "2027-01-01"} | found


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (
            accident(medical_idr=3_456_789),
            [("BIAYA_PENGOBATAN", 3_456_789, "100 % x Rp3.456.789")],
        ),
        (
            accident(transport=(Transport("land", 4 * MILLION), Transport("air", 10 * MILLION))),
            [
                ("BIAYA_ANGKUTAN_DARAT", 4 * MILLION, "Rp4.000.000"),
                ("BIAYA_ANGKUTAN_UDARA", 10 * MILLION, "Rp10.000.000"),
            ],
        ),
        (accident(orthosis_idr=1_234_567), [("ORTOSIS_PROTESIS", 1_728_394, "140 % x Rp1.234.567")]),
        (
            accident(inability=(Inability(day("2025-03-10"), day("2025-05-25")),)),
            [("SANTUNAN_TIDAK_MAMPU_BEKERJA", 2_500_000, "((2 + 15/30) x 100 %) x Rp1.000.000")],
        ),
        (
            accident(inability=(Inability(day("2025-03-10"), day("2026-03-30")),)),
            [("SANTUNAN_TIDAK_MAMPU_BEKERJA", 12_333_333, "(12 x 100 % + 20/30 x 50 %) x Rp1.000.000")],
        ),
        (
            accident(
                inability=(
                    Inability(day("2026-01-01"), day("2026-03-01")),
                    Inability(day("2025-03-10"), day("2025-04-10")),
                    Inability(day("2025-04-01"), day("2025-05-10")),
                )
            ),
            [("SANTUNAN_TIDAK_MAMPU_BEKERJA", 4 * MILLION, "(4 x 100 %) x Rp1.000.000")],
        ),
        (
            accident(
                on="2019-12-01", reported_on="2021-01-01", inability=(Inability(day("2019-12-01"), day("2021-01-01")),)
            ),
            [("SANTUNAN_TIDAK_MAMPU_BEKERJA", 11 * MILLION, "(6 x 100 % + 6 x 75 % + 1 x 50 %) x Rp1.000.000")],
        ),
        (
            accident(inability=(Inability(day("2025-03-10"), None),), died_on=day("2025-04-10")),
            [
                ("SANTUNAN_TIDAK_MAMPU_BEKERJA", 1 * MILLION, "(1 x 100 %) x Rp1.000.000"),
                ("SANTUNAN_KEMATIAN_KECELAKAAN_KERJA", 48 * MILLION, "48 x Rp1.000.000"),
                ("SANTUNAN_BERKALA", 12 * MILLION, "Rp12.000.000"),
                ("BIAYA_PEMAKAMAN", 10 * MILLION, "Rp10.000.000"),
            ],
        ),
        (
            accident(injuries=(Injury("ARM_RIGHT_SHOULDER"),)),
            [("SANTUNAN_CACAT_SEBAGIAN", 32 * MILLION, "40 % x 80 x Rp1.000.000")],
        ),
        (
            accident(injuries=(Injury("THUMB_RIGHT"), Injury("EYE_ONE", 333))),
            [("SANTUNAN_CACAT_SEBAGIAN", 21_324_000, "(33,3 % x 35 % + 15 %) x 80 x Rp1.000.000")],
        ),
        (
            accident(total_disability=True, injuries=(Injury("EYE_ONE"),)),
            [
                ("SANTUNAN_CACAT_TOTAL_TETAP", 56 * MILLION, "56 x Rp1.000.000"),
                ("SANTUNAN_BERKALA", 12 * MILLION, "Rp12.000.000"),
            ],
        ),
        (
            accident(medical_idr=5, died_on=day("2025-03-12"), total_disability=True),
            [
                ("BIAYA_PENGOBATAN", 5, "100 % x Rp5"),
                ("SANTUNAN_KEMATIAN_KECELAKAAN_KERJA", 48 * MILLION, "48 x Rp1.000.000"),
                ("SANTUNAN_BERKALA", 12 * MILLION, "Rp12.000.000"),
                ("BIAYA_PEMAKAMAN", 10 * MILLION, "Rp10.000.000"),
            ],
        ),
    ],
    ids=[
        "care has no ceiling",
        "several modes of transport add",
        "orthosis: the price and 40 %, half a rupiah up",
        "inability: full months, and days as thirtieths",
        "inability: half the wage from the thirteenth month",
        "spells go on counting, and a day counts once",
        "inability: the schedule before 2019-12-02",
        "inability ends with the death",
        "loss of a part",
        "loss of a function counts by its share, and losses add",
        "total disability takes the place of partial ones",
        "a death takes the place of disability, not of care",
    ],
)
def test_jkk(asked: dict[str, Any], expected: list[tuple[str, int, str]]) -> None:
    verdict = weighed(ALWAYS, **asked)
    assert [(one.code, one.amount_idr, one.arithmetic) for one in verdict.components] == expected
    assert verdict.outcome == "approved"


@pytest.mark.parametrize(
    ("asked", "amount_idr", "code"),
    [
        (accident(), 0, "NOTHING_GRANTED"),
        (accident(medical_idr=1, work_related=False), 0, "NOT_WORK_RELATED"),
        (accident(inability=(Inability(day("2025-03-10"), None),)), 0, "INABILITY_NOT_ENDED"),
        (accident(injuries=(Injury("TAIL"),)), 0, "DISABILITY_UNKNOWN_CODE"),
        (
            accident(transport=(Transport("sea", 2 * MILLION), Transport("sea", 1))),
            2 * MILLION,
            "TRANSPORT_OVER_CEILING",
        ),
        (
            accident(injuries=(Injury("ARM_RIGHT_SHOULDER"), Injury("EYE_ONE"))),
            56 * MILLION,
            "DISABILITY_AT_MOST_TOTAL",
        ),
        (accident(medical_idr=1, children=(child(1, "2015-01-01"),)), 1, "SCHOLARSHIP_ONLY_DEATH_OR_TOTAL"),
    ],
)
def test_jkk_is_cut_for_a_reason(asked: dict[str, Any], amount_idr: int, code: str) -> None:
    verdict = weighed(ALWAYS, **asked)
    assert (verdict.amount_idr, codes(verdict)) == (amount_idr, [code])
    assert verdict.outcome == ("partially_approved" if amount_idr else "denied")


@pytest.mark.parametrize(
    ("facts", "proven_idr", "counted_idr"),
    [
        ([WAGE_EARNER], 3_200_001, 3_200_001),
        ([WAGE_EARNER], None, 1_000_000),
        ([WAGE_EARNER], 900_000, 1_000_000),
        ([WAGE_EARNER], 50_000_000, 20_700_000),
        ([ALWAYS], 3_200_000, 1_000_000),
        ([ALWAYS, started("2025-01-01", None, segment="NON_ASN", coverage_id=TEMPLE)], 3_200_000, 3_200_000),
    ],
    ids=["proven", "not proven", "lowest band", "highest band", "self-employed", "both"],
)
def test_the_wage_that_counts(facts: list[Any], proven_idr: int | None, counted_idr: int) -> None:
    verdict = weighed(*facts, **accident(total_disability=True, monthly_wage_idr=proven_idr))
    assert verdict.components[0].amount_idr == 56 * counted_idr


# --- Scholarships -----------------------------------------------------------------------------------------------------

PUTU = child(1, "2005-03-01", (2025, "UNIVERSITY"))
MADE = child(2, "2012-06-01", (2025, "SMP"), (2026, "SMP"))
NYOMAN = child(3, "2019-01-01", (2025, "SD"))


def schooling(*children: Any, on: str = "2025-10-20", **more: Any) -> dict[str, Any]:
    return {"on": on, "reported_on": "2027-01-01", "children": children} | more


@pytest.mark.parametrize(
    ("facts", "asked", "expected", "reasons"),
    [
        (
            [ALWAYS],
            schooling(NYOMAN, MADE, PUTU),
            [("BEASISWA_UNIVERSITY", 12 * MILLION), ("BEASISWA_SMP", 4 * MILLION)],
            ["SCHOLARSHIP_TOO_MANY_CHILDREN"],
        ),
        (
            [ALWAYS],
            schooling(child(1, "2002-10-20", (2025, "UNIVERSITY")), NYOMAN),
            [("BEASISWA_SD", 1_500_000)],
            ["SCHOLARSHIP_AGE"],
        ),
        (
            [ALWAYS],
            schooling(child(1, "2002-10-21", (2025, "UNIVERSITY"), (2026, "UNIVERSITY"))),
            [("BEASISWA_UNIVERSITY", 12 * MILLION)],
            ["SCHOLARSHIP_AGE"],
        ),
        (
            [ALWAYS],
            schooling(child(1, "2006-01-01", (2025, "SMA"), (2026, "UNIVERSITY"), right_ended_on="2026-07-15")),
            [("BEASISWA_SMA", 3 * MILLION)],
            ["SCHOLARSHIP_AGE"],
        ),
        (
            [ALWAYS],
            schooling(child(1, "2006-01-01", (2024, "SMA"), (2025, "SMA"))),
            [("BEASISWA_SMA", 3 * MILLION)],
            ["SCHOLARSHIP_YEAR_BEFORE_INCIDENT"],
        ),
        (
            [ALWAYS],
            schooling(child(1, "2012-01-01", (2025, "SMP"), (2025, "SD"), (2026, "SD"), (2026, "SMP"))),
            [("BEASISWA_SD", 3 * MILLION)],
            [],
        ),
        (
            [ALWAYS],
            schooling(child(1, "2012-01-01", *((year, "SMP") for year in range(2025, 2029)))),
            [("BEASISWA_SMP", 6 * MILLION)],
            ["SCHOLARSHIP_YEARS_USED_UP"],
        ),
        (
            [started("2022-11-01", None)],
            schooling(NYOMAN),
            [("BEASISWA_SD", 1_500_000)],
            [],
        ),
        (
            [started("2022-12-01", None)],
            schooling(NYOMAN),
            [],
            ["SCHOLARSHIP_PERIOD_TOO_SHORT"],
        ),
        (
            [started("2025-10-20", None)],
            schooling(NYOMAN, programme="JKK", died_on=day("2025-10-25")),
            [("BEASISWA_SD", 1_500_000)],
            [],
        ),
        (
            [ALWAYS],
            schooling(NYOMAN, programme="JKK", total_disability=True),
            [("BEASISWA_SD", 1_500_000)],
            [],
        ),
        (
            [ALWAYS],
            schooling(child(1, "2009-01-01", (2019, "SD")), child(2, "2005-01-01", (2019, "SMA")), on="2019-12-01"),
            [("BEASISWA", 12 * MILLION)],
            ["SCHOLARSHIP_TOO_MANY_CHILDREN"],
        ),
        ([started("2014-12-31", None)], schooling(MADE, on="2019-11-01"), [("BEASISWA", 12 * MILLION)], []),
        ([started("2015-01-01", None)], schooling(MADE, on="2019-11-30"), [], ["SCHOLARSHIP_PERIOD_TOO_SHORT"]),
    ],
    ids=[
        "the two eldest, by year and level",
        "23 on the day of the death",
        "23 the day after: the year under way is paid, the next is not",
        "at work on the first day of a year",
        "a year that was over",
        "two levels proven of a year: the lower one",
        "more years than a level has",
        "36 months of contributions, that of the death included",
        "35 months",
        "JKK asks for no months",
        "total disability",
        "before 2019-12-02: one child, once",
        "before 2019-12-02: 60 months",
        "before 2019-12-02: 59 months",
    ],
)
def test_scholarship(
    facts: list[Any], asked: dict[str, Any], expected: list[tuple[str, int]], reasons: list[str]
) -> None:
    verdict = weighed(*facts, **asked)
    assert [one for one in components(verdict) if one[0].startswith("BEASISWA")] == expected
    assert codes(verdict) == reasons


def test_years_of_school_to_come() -> None:
    """Each July, by age from the last proven year on, until a level's years, or the right, are used up."""
    pupil = child(1, "2008-05-01", (2025, "SMA"))
    toddler = child(2, "2022-09-01")
    (first, second, *others) = weighed(ALWAYS, **schooling(toddler, pupil, reported_on="2025-10-25")).obligations
    assert first == Obligation(1, "UNIVERSITY", day("2026-07-15"), 12 * MILLION)
    assert second == Obligation(1, "UNIVERSITY", day("2027-07-15"), 12 * MILLION)
    by_child = {n: [(one.due_on.year, one.level) for one in (first, second, *others) if one.child == n] for n in (1, 2)}
    assert by_child[1] == [(year, "UNIVERSITY") for year in range(2026, 2031)]
    assert by_child[2] == [
        *((year, "TK") for year in (2027, 2028)),
        *((year, "SD") for year in range(2029, 2035)),
        *((year, "SMP") for year in range(2035, 2038)),
        *((year, "SMA") for year in range(2038, 2041)),
        *((year, "UNIVERSITY") for year in range(2041, 2046)),
    ]
    assert sum(one.amount_idr for one in others if one.child == 2) == 87 * MILLION


# --- Counting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "whole"),
    [
        (Fraction(5, 10), 1),
        (Fraction(4999, 10000), 0),
        (Fraction(3, 2), 2),
        (Fraction(5, 2), 3),
        (7 * Fraction(1, 3) * 1_000_000, 2_333_333),
        (Fraction(333, 1000) * Fraction(350, 1000) * 80 * 1_000_001, 9_324_009),
    ],
    ids=["a half goes up", "less goes down", "never to even", "nor to odd", "thirds", "a product of fractions, once"],
)
def test_rounding(amount: Fraction, whole: int) -> None:
    assert rounded(amount) == whole


def test_how_amounts_and_shares_are_written() -> None:
    assert (written(0), written(1_000), written(174_000_000)) == ("Rp0", "Rp1.000", "Rp174.000.000")
    assert (percent(1000), percent(125), percent(5)) == ("100 %", "12,5 %", "0,5 %")


@pytest.mark.parametrize(
    ("begins", "ends", "expected"),
    [
        ("2025-01-31", "2025-02-27", (0, 27)),
        ("2025-01-31", "2025-02-28", (1, 0)),
        ("2025-01-01", "2025-01-31", (0, 30)),
        ("2025-01-15", "2026-03-20", (14, 5)),
    ],
)
def test_months_and_days(begins: str, ends: str, expected: tuple[int, int]) -> None:
    assert months_and_days(day(begins), day(ends)) == expected


@pytest.mark.parametrize(
    ("facts", "months"),
    [
        ([], 0),
        ([started("2025-01-31", "2025-02-01")], 1),
        ([started("2025-01-31", "2025-03-02")], 3),
        ([started("2025-01-01", "2025-03-01"), started("2025-02-01", "2025-05-01", coverage_id=TEMPLE)], 4),
        ([started("2024-01-01", "2024-03-01"), renewed("2025-01-01", "2025-02-01")], 3),
        ([started("2025-01-01", "2025-07-01"), suspended("2025-02-01"), reinstated("2025-05-01")], 6),
        ([started("2025-01-01", "2025-07-01"), suspended("2025-02-01")], 6),
        ([started("2025-01-01", None)], 10),
        ([started("2025-01-01", None, programmes=("JKK",))], 0),
    ],
    ids=["none", "a day", "parts of months", "two memberships", "a gap", "reinstated", "suspended", "open", "other"],
)
def test_months_of_contributions(facts: list[Any], months: int) -> None:
    assert contribution_months(state_after(*facts), "JKM", day("2025-10-20")) == months


def test_whoever_was_suspended_is_told_so() -> None:
    verdict = weighed(YEAR, suspended("2025-09-01"), on="2025-10-20")
    assert (verdict.outcome, codes(verdict)) == ("denied", ["SUSPENDED_AT_INCIDENT"])
    assert weighed(YEAR, suspended("2025-09-01"), reinstated("2025-10-20"), on="2025-10-20").amount_idr == 42 * MILLION


def test_a_membership_covers_its_own_programmes_only() -> None:
    verdict = weighed(started("2025-01-01", None, programmes=("JKK",)), on="2025-10-20")
    assert (verdict.memberships, codes(verdict)) == ((), ["NOT_COVERED_AT_INCIDENT"])


def test_every_reason_to_deny_is_told_at_once_and_a_duplicate_alone() -> None:
    asked = accident(on="2018-01-01", reported_on="2025-01-01", work_related=False)
    assert codes(weighed(**asked)) == ["NOT_WORK_RELATED", "NOT_COVERED_AT_INCIDENT", "TIME_BARRED"]
    assert codes(weighed(**asked, granted_claim=OTHER)) == ["DUPLICATE_CLAIM"]


def test_sentences_name_the_last_covered_day_and_the_last_day_to_settle() -> None:
    (gap,) = weighed(started("2025-01-01", "2025-07-01"), on="2025-10-20").reasons
    assert "30 Juni 2025" in gap.indonesian
    assert "30 June 2025" in gap.english
    (arrears,) = weighed(started("2025-01-01", "2025-10-01", grace_until="2026-01-01"), on="2025-10-20").reasons
    assert "31 Desember 2025" in arrears.indonesian
    (dead,) = weighed(
        started("2025-01-01", "2025-10-01", grace_until="2026-01-01"), died("2025-10-20"), on="2025-10-20"
    ).reasons
    assert (dead.code, "paling lambat" in dead.indonesian) == ("ARREARS_UNSETTLED", False)


def test_days_of_inability_before_the_accident_count_for_nothing() -> None:
    early = Inability(day("2025-03-10") - timedelta(days=30), day("2025-04-10"))
    assert weighed(ALWAYS, **accident(inability=(early,))).amount_idr == 1 * MILLION
