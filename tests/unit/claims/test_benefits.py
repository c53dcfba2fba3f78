"""What is paid: golden cases from real events, and the rules of each time."""

import hashlib
from importlib.resources import files

import pytest

from services.claims import benefits
from services.claims.benefits import add_months
from services.claims.coverage import memberships_on
from services.claims.rules import NoRules, first_day, rules_on
from tests.unit.claims.cases import PRIESTS, TEMPLE, day, renewed, started, state_after

MILLION = 1_000_000
FARM_YEAR = started("2025-01-01", "2026-01-01")
TEMPLE_YEAR = started("2025-01-01", "2026-01-01", coverage_id=TEMPLE, cohort_id=PRIESTS)


@pytest.mark.parametrize(
    ("given", "died", "amount_idr", "reduced"),
    [
        ([FARM_YEAR, TEMPLE_YEAR], "2025-10-20", 74 * MILLION, 0),
        ([started("2025-03-10", "2026-01-01")], "2025-07-15", 42 * MILLION, 0),
        ([started("2025-06-01", "2025-12-01")], "2025-08-31", 10 * MILLION, 1),
        ([started("2025-06-01", "2025-12-01")], "2025-09-01", 42 * MILLION, 0),
        ([started("2024-12-31", "2026-01-01")], "2025-02-23", 42 * MILLION, 0),
        ([started("2024-12-31", "2026-01-01")], "2025-02-24", 10 * MILLION, 1),
        ([started("2025-09-01", "2026-01-01", segment="NON_ASN")], "2025-09-01", 42 * MILLION, 0),
        ([FARM_YEAR, started("2025-09-01", "2026-01-01", coverage_id=TEMPLE)], "2025-10-20", 42 * MILLION, 1),
        (
            [started("2025-09-01", "2026-01-01"), started("2025-09-02", "2026-01-01", coverage_id=TEMPLE)],
            "2025-10-20",
            10 * MILLION,
            2,
        ),
        ([started("2025-01-01", "2025-07-01"), renewed("2025-07-01", None)], "2025-07-02", 42 * MILLION, 0),
        ([started("2025-01-01", "2025-07-01"), renewed("2025-07-02", None)], "2025-07-02", 10 * MILLION, 1),
        ([started("2019-01-01", None)], "2019-12-01", 24 * MILLION, 0),
        ([started("2019-01-01", None)], "2019-12-02", 42 * MILLION, 0),
        ([started("2020-06-01", None)], "2020-06-03", 42 * MILLION, 0),
    ],
    ids=[
        "G2 Sukawati: two memberships",
        "G4 Setiabudi: four months",
        "G5 Sumenep: under three months",
        "three months to the day",
        "a few weeks, the day before the rule",
        "a few weeks, the day of the rule",
        "under three months, not self-employed",
        "one of two memberships is old enough",
        "neither is old enough",
        "renewal without a gap keeps the age",
        "a gap of one day begins the age anew",
        "last day of the old amounts",
        "first day of the new amounts",
        "2020: a few days were enough",
    ],
)
def test_jkm(given: list[tuple[str, dict[str, object]]], died: str, amount_idr: int, reduced: int) -> None:
    on = day(died)
    benefit = benefits.jkm(memberships_on(state_after(*given), on), on, rules_on(on))
    assert sum(component.amount_idr for component in benefit.components) == amount_idr
    assert [reason.code for reason in benefit.reasons] == ["MEMBERSHIP_LT_3_MONTHS"] * reduced


@pytest.mark.parametrize(
    ("died", "amounts"),
    [
        ("2025-10-03", [48 * MILLION, 12 * MILLION, 10 * MILLION]),
        ("2019-12-02", [48 * MILLION, 12 * MILLION, 10 * MILLION]),
        ("2019-12-01", [48 * MILLION, 4_800_000, 3 * MILLION]),
    ],
    ids=["G1 Jembrana: 70 million", "first day of the new amounts", "last day of the old amounts"],
)
def test_jkk_death_at_the_lowest_band(died: str, amounts: list[int]) -> None:
    assert [component.amount_idr for component in benefits.jkk_death(rules_on(day(died))).components] == amounts


def test_each_component_names_its_law() -> None:
    on = day("2025-10-20")
    benefit = benefits.jkm(memberships_on(state_after(FARM_YEAR, TEMPLE_YEAR), on), on, rules_on(on))
    assert [(part.code, part.amount_idr, part.legal_reference) for part in benefit.components] == [
        ("SANTUNAN_KEMATIAN", 20 * MILLION, "PP 82/2019 Pasal 34"),
        ("SANTUNAN_BERKALA", 12 * MILLION, "PP 82/2019 Pasal 34"),
        ("SANTUNAN_KEMATIAN", 20 * MILLION, "PP 82/2019 Pasal 34"),
        ("SANTUNAN_BERKALA", 12 * MILLION, "PP 82/2019 Pasal 34"),
        ("BIAYA_PEMAKAMAN", 10 * MILLION, "PP 82/2019 Pasal 34; Permenaker 1/2025 Pasal 101"),
    ]


@pytest.mark.parametrize(
    ("on", "version"),
    [
        ("2015-07-01", "1/2015-07-01"),
        ("2019-12-02", "1/2019-12-02"),
        ("2025-02-23", "1/2019-12-02"),
        ("2026-01-01", "1/2025-02-24"),
    ],
)
def test_rules_name_their_version(on: str, version: str) -> None:
    assert rules_on(day(on)).version == version


def test_nothing_is_known_before_the_first_rule() -> None:
    assert first_day() == day("2015-07-01")
    with pytest.raises(NoRules, match="2015-07-01"):
        rules_on(day("2015-06-30"))


def test_an_edition_of_the_rules_never_changes() -> None:
    """Decisions name the edition as proof: raise it when a rule changes, and put the new checksum here."""
    document = files("services.claims.rules").joinpath("rules.toml").read_bytes()
    assert rules_on(first_day()).version.startswith("1/")
    assert hashlib.sha256(document).hexdigest() == "d38367e99a31120981582f29bfa302d6233440daa20cbef61bf2f950596d2525"


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2025-11-30", 3, "2026-02-28"),
        ("2025-12-31", 2, "2026-02-28"),
        ("2025-01-15", 12, "2026-01-15"),
        ("2024-02-29", 60, "2029-02-28"),
    ],
)
def test_months_end_on_the_last_day_where_there_is_no_such_day(start: str, months: int, end: str) -> None:
    assert add_months(day(start), months) == day(end)
