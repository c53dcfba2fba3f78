"""The plain fold of one worker's facts, as tables; and that it says what the projections' fold says of any history."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from payung_contracts.claims import ClaimDecided, ClaimPaid, ClaimPended, PaymentOrdered, PaymentRecorded, Reason
from payung_contracts.enrollment import (
    CardHandedOver,
    CohortApproved,
    CoverageCorrected,
    CoverageExpired,
    CoverageExpiring,
    CoverageFact,
    CoverageRenewed,
    CoverageStarted,
    CoverageTerminated,
    LegalBasis,
    WorkerDeathReversed,
    WorkerDeceased,
    WorkerRegistered,
)
from payung_contracts.topics import FACTS

from services.reporting import churn, deaths, periods, timeline
from services.reporting.plain_fold.cover import stretches
from services.reporting.plain_fold.life import (
    ChurnCell,
    DeathCell,
    MembershipCell,
    PaidAfterDeathCell,
    PeopleCell,
    about_cover,
    fold,
)
from services.reporting.plain_fold.rows import Row, row
from services.reporting.plain_fold.worker import Worker, learn
from tests.unit.reporting import calendar_model
from tests.unit.reporting.calendar_model import Fact as Told
from tests.unit.reporting.calendar_model import facts_of_a_worker

NOON = datetime(2026, 1, 1, 4, tzinfo=UTC)
WAYAN = UUID(int=1)
A, B = UUID(int=21), UUID(int=22)
ANNUAL, HARVEST = UUID(int=11), UUID(int=12)
SUKAWATI, UBUD = "51.04.01.2001", "51.04.05.1001"


def day(text: str) -> date:
    """Give a day of 2026 by month and day."""
    return date.fromisoformat(f"2026-{text}")


def paid(
    from_: str,
    until: str | None,
    *,
    coverage: UUID = A,
    cohort: UUID = ANNUAL,
    segment: str = "BPU",
    village: str = SUKAWATI,
) -> dict[str, Any]:
    return {
        "coverage_id": coverage,
        "cohort_id": cohort,
        "segment": segment,
        "funding": "APBD",
        "village_code": village,
        "programmes": ("JKK", "JKM"),
        "covered_from": day(from_),
        "covered_until": None if until is None else day(until),
    }


def started(from_: str, until: str | None, **other: Any) -> CoverageStarted:
    return CoverageStarted(**paid(from_, until, **other))


def renewed(from_: str, until: str | None, **other: Any) -> CoverageRenewed:
    return CoverageRenewed(**paid(from_, until, **other))


def corrected(from_: str, until: str | None, **other: Any) -> CoverageCorrected:
    return CoverageCorrected(**paid(from_, until, **other))


def ended(until: str, reason: Any = "moved", coverage: UUID = A) -> CoverageTerminated:
    return CoverageTerminated(coverage_id=coverage, covered_until=day(until), reason=reason)


def died(on: str) -> WorkerDeceased:
    return WorkerDeceased(died_on=day(on))


REVERSED = WorkerDeathReversed()
YEAR = started("01-01", "12-01")


def learned(facts: Iterable[CoverageFact]) -> Worker:
    worker = Worker()
    for fact in facts:
        worker = learn(worker, fact)
    return worker


def days(*facts: CoverageFact) -> list[str]:
    """Say each stretch as first day, first day after it; segment, village, cohort if not BPU, Sukawati, the year's."""
    return [
        " ".join(
            [
                f"{one.covered_from:%m-%d}..{one.covered_until:%m-%d}"
                if one.covered_until
                else f"{one.covered_from:%m-%d}..",
                *([one.segment] if one.segment != "BPU" else []),
                *({UBUD: ["Ubud"], "51.03.01.1001": ["Badung"]}.get(one.village_code, [])),
                *({str(HARVEST): ["harvest"]}.get(one.cohort_id, [])),
            ]
        )
        for one in stretches(learned(facts))
    ]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([], []),
        ([WorkerRegistered(village_code=UBUD)], []),
        ([YEAR], ["01-01..12-01"]),
        ([started("01-01", None)], ["01-01.."]),
        ([started("03-01", "03-01")], []),
        ([started("03-01", "02-01")], []),
        ([YEAR, renewed("12-01", "12-31", cohort=HARVEST)], ["01-01..12-01", "12-01..12-31 harvest"]),
        ([YEAR, renewed("12-05", "12-31", cohort=HARVEST)], ["01-01..12-01", "12-05..12-31 harvest"]),
        (
            [YEAR, renewed("12-01", "12-31", cohort=HARVEST, village=UBUD)],
            ["01-01..12-01", "12-01..12-31 Ubud harvest"],
        ),
        ([YEAR, corrected("02-01", "03-01")], ["02-01..03-01"]),
        ([YEAR, corrected("02-01", "02-01")], []),
        ([YEAR, corrected("02-01", "02-01"), corrected("05-01", None)], ["05-01.."]),
        (
            [YEAR, renewed("12-01", "12-31", cohort=HARVEST), corrected("02-01", "03-01")],
            ["02-01..03-01", "12-01..12-31 harvest"],
        ),
        ([YEAR, ended("06-01")], ["01-01..06-01"]),
        ([YEAR, ended("06-01"), ended("08-01")], ["01-01..06-01"]),
        ([YEAR, ended("06-01", coverage=B)], ["01-01..12-01"]),
        ([YEAR, ended("06-01"), renewed("07-01", "08-01", cohort=HARVEST)], ["01-01..06-01", "07-01..08-01 harvest"]),
        ([YEAR, ended("06-01"), corrected("01-01", "12-01")], ["01-01..12-01"]),
        ([YEAR, died("06-01")], ["01-01..06-02"]),
        ([YEAR, renewed("12-01", "12-31", cohort=HARVEST), died("06-01")], ["01-01..06-02"]),
        (
            [started("01-01", "02-01"), started("03-01", None, coverage=B), died("06-01")],
            ["01-01..02-01", "03-01..06-02"],
        ),
        ([YEAR, died("06-01"), corrected("01-01", None)], ["01-01..06-02"]),
        ([YEAR, died("06-01"), died("07-01")], ["01-01..07-02"]),
        ([YEAR, died("06-01"), REVERSED], ["01-01..12-01"]),
        ([YEAR, died("06-01"), ended("06-02", "deceased"), REVERSED], ["01-01..12-01"]),
        ([YEAR, ended("09-01"), died("06-01"), ended("06-02", "deceased"), REVERSED], ["01-01..09-01"]),
        ([YEAR, ended("06-01", "deceased")], ["01-01..06-01"]),
        (
            [
                YEAR,
                CoverageExpiring(coverage_id=A, cohort_id=ANNUAL, covered_until=day("12-01"), days_left=30),
                CoverageExpired(coverage_id=A, cohort_id=ANNUAL, covered_until=day("12-01")),
                CardHandedOver(coverage_id=A, village_code=UBUD, handed_on=day("02-01"), received_by="worker"),
            ],
            ["01-01..12-01"],
        ),
    ],
)
def test_protected_days(facts: Sequence[CoverageFact], expected: list[str]) -> None:
    assert days(*facts) == expected


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (
            started("03-01", "05-01", coverage=B, segment="PU", village=UBUD),
            ["01-01..03-01", "03-01..05-01 PU Ubud", "05-01..12-01"],
        ),
        (started("03-01", "05-01", coverage=B, village=UBUD), ["01-01..12-01"]),
        (started("01-01", "02-01", coverage=B, village=UBUD), ["01-01..12-01"]),
        (started("01-01", "02-01", coverage=UUID(int=20), village=UBUD), ["01-01..02-01 Ubud", "02-01..12-01"]),
        (started("01-01", "02-01", cohort=UUID(int=10), village=UBUD), ["01-01..02-01 Ubud", "02-01..12-01"]),
        (started("01-01", "02-01", village="51.03.01.1001"), ["01-01..02-01 Badung", "02-01..12-01"]),
    ],
    ids=[
        "by segment",
        "by the earlier begin",
        "by the lower coverage id",
        "by the lower coverage id, the other way",
        "by the lower cohort id",
        "by the lower village code",
    ],
)
def test_a_day_with_two_memberships_counts_once(other: CoverageStarted, expected: list[str]) -> None:
    assert days(YEAR, other) == expected


def told(*facts: CoverageFact) -> list[tuple[str, str, int]]:
    """Give what each fact changes, by the number of the fact: day, who, how many."""
    stamped = [(NOON + timedelta(seconds=number), fact) for number, fact in enumerate(facts, start=1)]
    return sorted(
        (
            f"{(cell.recorded_at - NOON).seconds} {cell.day:%m-%d}",
            f"{cell.segment} people" if isinstance(cell, PeopleCell) else f"{UUID(cell.cohort_id).int} {cell.kind}",
            number,
        )
        for cell, number in fold(str(WAYAN), stamped).changes
        if isinstance(cell, PeopleCell | MembershipCell)
    )


def test_a_change_is_dated_when_it_was_learned() -> None:
    assert told(YEAR, ended("06-01")) == [
        ("1 01-01", "11 enrolled", 1),
        ("1 01-01", "11 in_force", 1),
        ("1 01-01", "BPU people", 1),
        ("1 12-01", "11 in_force", -1),
        ("1 12-01", "BPU people", -1),
        ("2 06-01", "11 in_force", -1),
        ("2 06-01", "BPU people", -1),
        ("2 12-01", "11 in_force", 1),
        ("2 12-01", "BPU people", 1),
    ]


def test_memberships_are_counted_where_people_are_not() -> None:
    assert told(YEAR, started("03-01", "05-01", coverage=B, cohort=HARVEST)) == [
        *told(YEAR),
        ("2 03-01", "12 enrolled", 1),
        ("2 03-01", "12 in_force", 1),
        ("2 05-01", "12 in_force", -1),
    ]


def test_a_renewal_without_a_gap_moves_the_end_only() -> None:
    assert [change for change in told(YEAR, renewed("12-01", None, cohort=HARVEST)) if change[0] > "2"] == [
        ("2 12-01", "12 enrolled", 1),
        ("2 12-01", "12 in_force", 1),
        ("2 12-01", "BPU people", 1),
    ]


@pytest.mark.parametrize(
    ("facts", "enrolled"),
    [
        ([YEAR, ended("01-01")], {"01-01": 1}),
        ([died("01-01"), started("02-01", None)], {"02-01": 1}),
        ([YEAR, corrected("02-01", "03-01")], {"02-01": 1}),
        ([YEAR, corrected("02-01", "02-01")], {}),
        ([YEAR, renewed("12-01", "12-31")], {"01-01": 1}),
        ([YEAR, started("03-01", None, coverage=B)], {"01-01": 1, "03-01": 1}),
    ],
    ids=["cut", "dead", "moved", "never was", "once per cohort and membership", "once per membership"],
)
def test_enrolled_stays_whatever_is_cut(facts: list[CoverageFact], enrolled: dict[str, int]) -> None:
    found: Counter[str] = Counter()
    for (begins, _, _, kind), number in fold(str(WAYAN), [(NOON, fact) for fact in facts]).memberships.items():
        if kind == "enrolled":
            found[f"{begins:%m-%d}"] += number
    assert found == enrolled


def death_cell(found: deaths.Death | deaths.PaidAfterDeath, at: datetime) -> DeathCell | PaidAfterDeathCell:
    died_on = date.fromisoformat(found.day)
    if isinstance(found, deaths.Death):
        return DeathCell(died_on, at, *found[1:])
    from_, until = date.fromisoformat(found.paid_from), found.paid_until and date.fromisoformat(found.paid_until)
    return PaidAfterDeathCell(died_on, at, *found[1:7], from_, until or None, found.begun_after)


IN_ANOTHER_COHORT = (
    calendar_model.period("started", 0, 10),
    calendar_model.period("renewed", 10, 20, cohort=calendar_model.GIFT),
)
TWICE = calendar_model.period("started", 0, None, funding="SELF"), calendar_model.period("started", 0, None)


@given(facts_of_a_worker)
@example(list(TWICE))
@example(list(reversed(TWICE)))
@example(list(IN_ANOTHER_COHORT))
@example([calendar_model.suspended(3), calendar_model.MERGED_INTO, calendar_model.period("started", 0, 9)])
@example([*TWICE, calendar_model.deceased(5), calendar_model.relocated(6), calendar_model.REVERSED])
@example(calendar_model.NEVER_BEGUN)
def test_both_folds_say_the_same_of_any_history(facts: list[Told]) -> None:
    state, ours = periods.NOTHING, Counter[Any]()
    for number, (type_, data) in enumerate(facts):
        at = NOON + timedelta(seconds=number)
        known, (state, people, held) = state, timeline.change(state, type_, data)
        for begins, segment, village, funding, cohort_id, more in people:
            where = (village, segment, funding, cohort_id)
            ours[PeopleCell(date.fromisoformat(begins), at, *where, type_.split(".")[1])] += more
        for begins, cohort_id, village, kind, more in held:
            ours[MembershipCell(date.fromisoformat(begins), at, cohort_id, village, kind)] += more
        for begins, segment, village, funding, what, since, more in churn.change(known, state, type_, data):
            gap = since and date.fromisoformat(since)
            ours[ChurnCell(date.fromisoformat(begins), at, village, segment, funding, what, gap or None)] += more
        for found, more in deaths.change(str(WAYAN), known, state):
            ours[death_cell(found, at)] += more
    plain = Counter[Any]()
    stamped = [
        (NOON + timedelta(seconds=n), FACTS[type_].model_validate(data)) for n, (type_, data) in enumerate(facts)
    ]
    for cell, more in fold(str(WAYAN), about_cover(stamped)).changes:
        plain[cell] += more
    assert +plain == +ours
    assert -plain == -ours


def test_a_payment_decided_elsewhere_has_no_person() -> None:
    fact = PaymentRecorded(
        reference="2025/1",
        programme="JHT",
        segment="PU",
        paid_on=day("02-01"),
        cases=3,
        amount_idr=10_000_000,
        area_code="51.04",
    )
    values = {
        "recorded_at": NOON,
        "worker_id": None,
        "claim_id": None,
        "cohort_id": None,
        "funding": None,
        "payment_id": None,
        "order_id": None,
        "kind": "benefit",
        "ordered_idr": None,
        "first_due_on": None,
        "programme": "JHT",
        "segment": "PU",
        "area_code": "51.04",
        "paid_on": day("02-01"),
        "cases": 3,
        "amount_idr": 10_000_000,
    }
    assert row(WAYAN, NOON, fact) == Row("claim_payment", values)


def test_a_paid_claim_is_one_case_in_the_village() -> None:
    fact = ClaimPaid(
        claim_id=A,
        order_id=B,
        programme="JKM",
        paid_on=day("02-01"),
        amount_idr=42_000_000,
        segment="BPU",
        funding="APBD",
        cohort_id=ANNUAL,
        village_code=UBUD,
    )
    found = row(WAYAN, NOON, fact)
    assert found is not None
    assert (found.table, found.values["worker_id"], found.values["cases"]) == ("claim_payment", WAYAN, 1)
    assert (found.values["area_code"], found.values["amount_idr"]) == (UBUD, 42_000_000)


def test_a_decision_is_kept_with_what_it_counts_under() -> None:
    fact = ClaimDecided(
        claim_id=A,
        programme="JKM",
        outcome="denied",
        incident_on=day("01-05"),
        decided_on=day("02-01"),
        components=(),
        amount_idr=0,
        reasons=(),
        rule_version="2025-01",
        coverage_sequence=0,
        memberships=(),
        segment=None,
        funding=None,
        cohort_id=None,
        village_code=None,
    )
    found = row(WAYAN, NOON, fact)
    assert found is not None
    assert found.table == "claim_decision"
    assert (found.values["outcome"], found.values["segment"], found.values["worker_id"]) == ("denied", None, WAYAN)


def test_a_cohort_is_kept_with_its_legal_bases_in_order() -> None:
    fact = CohortApproved(
        name="Petani",
        year=2026,
        segment="BPU",
        funding="APBD",
        programmes=("JKK", "JKM"),
        legal_bases=(LegalBasis(title="SK", placeholder=True), LegalBasis(title="Perbup 55/2018")),
        covered_from=day("01-01"),
        covered_until=None,
        months=None,
        places=10,
        person_months=None,
        budget_idr=None,
    )
    found = row(ANNUAL, NOON, fact)
    assert found is not None
    assert (found.table, found.values["cohort_id"], found.values["programmes"]) == ("cohort", ANNUAL, ["JKK", "JKM"])
    assert found.values["legal_bases"] == [("Perbup 55/2018", False), ("SK", True)]


def test_a_fact_without_a_row_has_none() -> None:
    assert row(WAYAN, NOON, WorkerRegistered(village_code=UBUD)) is None


def test_what_names_no_day_happened_on_the_business_date_of_its_record() -> None:
    late = datetime(2026, 1, 1, 17, tzinfo=UTC)  # one in the morning in Bali
    reason = Reason(code="DOCUMENT_INCOMPLETE", indonesian="Kurang.", english="Missing.")
    pended = row(WAYAN, late, ClaimPended(claim_id=A, reasons=(reason,)))
    ordered = row(WAYAN, late, PaymentOrdered(claim_id=A, order_id=B, amount_idr=5))
    assert pended is not None
    assert ordered is not None
    assert (pended.values["day"], pended.values["reasons"]) == (day("01-02"), ["DOCUMENT_INCOMPLETE"])
    assert (ordered.values["ordered_on"], ordered.values["payments"]) == (day("01-02"), [(B, "benefit", 5, None)])
