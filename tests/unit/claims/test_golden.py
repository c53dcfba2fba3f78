"""Golden cases: what was paid in real events, and the days on which the law changed, each with its source."""

from typing import Any

import pytest

from tests.unit.claims.cases import PRIESTS, TEMPLE, day, died, renewed, started
from tests.unit.claims.questions import ALWAYS, MILLION, codes, weighed

PAID_TO_JULY = started("2025-01-01", "2025-08-01", grace_until="2025-11-01")
FEW_WEEKS = started("2025-01-20", "2026-01-01")


@pytest.mark.parametrize(
    ("facts", "asked", "amount_idr", "reasons"),
    [
        pytest.param(
            [started("2023-01-01", "2024-01-01")],
            {"programme": "JKK", "on": "2023-08-10", "died_on": day("2023-08-10")},
            70 * MILLION,
            [],
            id="G1 farmer of Jembrana falls from a coconut tree (bali.antaranews.com/berita/329091)",
        ),
        pytest.param(
            [started("2025-01-01", "2026-01-01"), started("2025-01-01", None, coverage_id=TEMPLE, cohort_id=PRIESTS)],
            {"on": "2025-10-20"},
            74 * MILLION,
            [],
            id="G2 Sukawati, self-employed and priest: two memberships (bali.antaranews.com/berita/392033)",
        ),
        pytest.param(
            [started("2025-03-10", "2026-01-01")],
            {"on": "2025-07-15"},
            42 * MILLION,
            [],
            id="G4 vendor of Setiabudi, registered four months (ipol.id, July 2025)",
        ),
        pytest.param(
            [started("2025-09-01", "2026-01-01")],
            {"on": "2025-10-20"},
            10 * MILLION,
            ["MEMBERSHIP_LT_3_MONTHS"],
            id="G5 Sumenep, under three months (bongkar86.com, November 2025)",
        ),
        pytest.param(
            [PAID_TO_JULY],
            {"on": "2025-09-10"},
            0,
            ["ARREARS_UNSETTLED"],
            id="G9 Sidoarjo, paid to July, died in September: before settlement (kabarbaik.co, January 2026)",
        ),
        pytest.param(
            [PAID_TO_JULY, renewed("2025-08-01", "2025-11-01")],
            {"on": "2025-09-10", "reported_on": "2025-12-18"},
            42 * MILLION,
            [],
            id="G9 Sidoarjo: after the arrears were settled",
        ),
        pytest.param(
            [PAID_TO_JULY, died("2025-09-10"), renewed("2025-08-01", "2025-10-01")],
            {"on": "2025-09-10", "reported_on": "2025-12-18"},
            42 * MILLION,
            [],
            id="G9 Sidoarjo: settled by the heirs, the register knew of the death",
        ),
        pytest.param(
            [started("2025-02-01", "2025-12-01", segment="JAKON")],
            {"on": "2025-03-01"},
            42 * MILLION,
            [],
            id="G11 construction worker over 65 on a village project (info-denpasar.biz.id, Desa Sumita)",
        ),
        pytest.param([ALWAYS], {"on": "2019-12-01"}, 24 * MILLION, [], id="the day before PP 82/2019 (Jeneponto 2019)"),
        pytest.param([ALWAYS], {"on": "2019-12-02"}, 42 * MILLION, [], id="the day of PP 82/2019 Pasal 34"),
        pytest.param(
            [ALWAYS],
            {"programme": "JKK", "on": "2019-12-01", "died_on": day("2019-12-05")},
            55_800_000,
            [],
            id="an accident before PP 82/2019, a death after it: the rules of the accident",
        ),
        pytest.param(
            [FEW_WEEKS], {"on": "2025-02-23"}, 42 * MILLION, [], id="the day before Permenaker 1/2025 Pasal 97A"
        ),
        pytest.param(
            [FEW_WEEKS],
            {"on": "2025-02-24"},
            10 * MILLION,
            ["MEMBERSHIP_LT_3_MONTHS"],
            id="the day of Permenaker 1/2025 Pasal 97A ayat (2)",
        ),
        pytest.param(
            [started("2020-06-01", None)],
            {"on": "2020-06-03"},
            42 * MILLION,
            [],
            id="2020, participants for a few days only (banten.antaranews.com/berita/103876)",
        ),
        pytest.param(
            [started("2025-06-01", "2025-12-01")],
            {"programme": "JKK", "on": "2025-06-01", "died_on": day("2025-06-01")},
            70 * MILLION,
            [],
            id="a work accident on day one (media.alkhairaat.id, July 2025)",
        ),
        pytest.param(
            [ALWAYS],
            {"programme": "JKK", "on": "2017-12-01", "reported_on": "2019-12-02", "died_on": day("2017-12-01")},
            0,
            ["TIME_BARRED"],
            id="two years are over (PP 44/2015 Pasal 26)",
        ),
        pytest.param(
            [ALWAYS],
            {"programme": "JKK", "on": "2019-12-02", "reported_on": "2024-12-02", "died_on": day("2019-12-02")},
            70 * MILLION,
            [],
            id="five years to the day (PP 82/2019 Pasal 26)",
        ),
        pytest.param(
            [ALWAYS, died("2020-01-31")],
            {"on": "2020-01-31", "reported_on": "2031-01-31"},
            42 * MILLION,
            [],
            id="JKM has no time bar; the day of death is covered",
        ),
        pytest.param(
            [started("2025-01-01", "2025-10-01")],
            {"on": "2025-10-01"},
            0,
            ["NOT_COVERED_AT_INCIDENT"],
            id="the day after the last covered one (detik.com, Denpasar)",
        ),
    ],
)
def test_golden(facts: list[Any], asked: dict[str, Any], amount_idr: int, reasons: list[str]) -> None:
    verdict = weighed(*facts, **asked)
    assert (verdict.amount_idr, codes(verdict)) == (amount_idr, reasons)
    granted = "partially_approved" if reasons else "approved"
    assert verdict.outcome == (granted if amount_idr else "denied")
