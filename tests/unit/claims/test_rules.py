"""The rule book: what holds on a day, what a claim needs, when a payment is due; and the packaged file itself."""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.claims.api import bodies, rules_bodies
from services.claims.rules import NoRules, Rule, RuleBook, base_book
from services.claims.rules.book import Content, DatedDisability, DatedDocument, DatedRule, Holiday, HolidayYear
from services.claims.rules.proposal import MOST
from services.claims.rules.working_days import nth_working_day

BOOK = base_book()
BEFORE_2019 = date(2019, 12, 1)
SINCE_2019 = date(2019, 12, 2)


def rule(parameter: str, since: date, value: int | None, segment: str = "*") -> DatedRule:
    return DatedRule(parameter, segment, since, value, f"law of {since}", "memory")


@pytest.mark.parametrize(
    ("parameter", "segment", "before", "after"),
    [
        ("jkm.santunan", "*", 16_200_000, 20_000_000),
        ("jkm.berkala", "*", 4_800_000, 12_000_000),
        ("jkm.pemakaman", "*", 3_000_000, 10_000_000),
        ("jkm.lapse_years", "*", None, None),
        ("jkk.death_wages", "*", 48, 48),
        ("jkk.total_disability_wages", "*", 56, 56),
        ("jkk.disability_wages", "BPU", 80, 80),
        ("jkk.monthly_wage", "*", 1_000_000, 1_000_000),
        ("jkk.monthly_wage_max", "*", 20_700_000, 20_700_000),
        ("jkk.lapse_years", "*", 2, 5),
        ("jkk.transport.land", "*", 1_000_000, 5_000_000),
        ("jkk.transport.sea", "*", 1_500_000, 2_000_000),
        ("jkk.transport.air", "*", 2_500_000, 10_000_000),
        ("jkk.inability.step1_months", "*", 6, 12),
        ("jkk.inability.step1_permille", "*", 1_000, 1_000),
        ("jkk.inability.step2_months", "*", 6, 0),
        ("jkk.inability.step2_permille", "*", 750, 500),
        ("jkk.inability.step3_months", "*", 0, None),
        ("jkk.inability.step3_permille", "*", 500, None),
        ("jkk.orthosis_permille", "*", 1_400, 1_400),
        ("scholarship.min_months", "*", 60, 36),
        ("scholarship.children", "*", 1, 2),
        ("scholarship.once", "*", 12_000_000, None),
        ("scholarship.SMP", "*", None, 2_000_000),
        ("scholarship.years.UNIVERSITY", "*", None, 5),
        ("scholarship.age_until", "*", 23, 23),
        ("sla.jkm_working_days", "*", 3, 3),
        ("sla.jkk_working_days", "*", 7, 7),
        ("sla.penalty_permille_per_day", "*", 10, 10),
        ("documents.tax_number_above_idr", "*", 50_000_000, 50_000_000),
    ],
)
def test_what_holds_until_and_since_december_2019(
    parameter: str, segment: str, before: int | None, after: int | None
) -> None:
    found = [BOOK.on(day).find(parameter, segment) for day in (BEFORE_2019, SINCE_2019)]
    assert [one and one.value for one in found] == [before, after]


@pytest.mark.parametrize(
    ("day", "segment", "months"),
    [("2025-02-23", "BPU", 0), ("2025-02-24", "BPU", 3), ("2025-02-24", "PU", 0), ("2026-01-01", "NON_ASN", 0)],
)
def test_a_segment_has_its_own_rule_or_that_of_all(day: str, segment: str, months: int) -> None:
    found = BOOK.on(date.fromisoformat(day)).of("jkm.full_benefit_membership_months", segment)
    assert found.value == months
    assert found.law == ("Permenaker 1/2025 Pasal 97A ayat (2)" if months else "PP 44/2015 Pasal 34")


def test_what_is_not_there_is_none_or_an_error() -> None:
    rules = BOOK.on(SINCE_2019)
    assert rules.find("jkm.lapse_years") is None
    assert rules.disability("HEAD") is None
    with pytest.raises(KeyError):
        rules.of("jkm.lapse_years", "BPU")


@pytest.mark.parametrize(
    ("day", "version"),
    [("2015-07-01", "1/2015-07-01"), ("2019-12-01", "1/2015-07-01"), ("2020-05-05", "1/2019-12-02")],
)
def test_rules_name_edition_and_day(day: str, version: str) -> None:
    rules = BOOK.on(date.fromisoformat(day))
    assert (rules.version, rules.edition) == (version, 1)


def test_nothing_is_known_before_the_first_rule() -> None:
    assert BOOK.first_day == date(2015, 7, 1)
    with pytest.raises(NoRules, match="2015-07-01"):
        BOOK.on(date(2015, 6, 30))


dated = st.builds(
    rule,
    st.sampled_from(["a", "b"]),
    st.dates(date(2020, 1, 1), date(2020, 1, 20)),
    st.none() | st.integers(0, 9),
    st.sampled_from(["*", "BPU"]),
)


@given(st.lists(dated, min_size=1, max_size=12, unique_by=lambda one: one.place))
def test_a_rule_of_another_date_never_applies(entries: list[DatedRule]) -> None:
    """Against a plain scan: of the entries that began by the day, the youngest one's value holds."""
    book = RuleBook(7, Content(rules=tuple(entries)))
    for day in (date(2020, 1, 1) + timedelta(days=n) for n in range(22)):
        if all(one.since > day for one in entries):
            with pytest.raises(NoRules):
                book.on(day)
            continue
        rules = book.on(day)
        assert rules.version == f"7/{max(one.since for one in entries if one.since <= day)}"
        for parameter in ("a", "b"):
            assert rules.find(parameter, "BPU") == (scan(entries, parameter, "BPU", day) or rules.find(parameter))
            assert rules.find(parameter) == scan(entries, parameter, "*", day)


def scan(entries: Sequence[DatedRule], parameter: str, segment: str, day: date) -> Rule | None:
    youngest = None
    for one in entries:
        if (one.parameter, one.segment) == (parameter, segment) and one.since <= day:
            youngest = one if youngest is None or one.since > youngest.since else youngest
    return Rule(youngest.value, youngest.law) if youngest is not None and youngest.value is not None else None


def test_documents_follow_the_day_and_the_case() -> None:
    old, new = BOOK.on(date(2021, 3, 31)), BOOK.on(date(2021, 4, 1))
    statement, certificate = "DEATH_STATEMENT", "DEATH_CERTIFICATE"
    assert [one.code for one in old.documents("JKM") if one.code.startswith("DEATH")] == [statement]
    assert [one.code for one in new.documents("JKM") if one.code.startswith("DEATH")] == [certificate]
    assert [one.code for one in new.documents("JKK_DEATH") if one.code.startswith("DEATH")] == [certificate]
    assert not {"MARRIAGE_BOOK", "NPWP"} & {one.code for one in new.documents("JKM")}
    assert {"MARRIAGE_BOOK", "NPWP"} <= {one.code for one in new.documents("JKM", ("spouse", "over_50m"))}
    assert [one.law for one in new.documents("JKK_INJURY") if one.code == "DOCTOR_STATEMENT"] == [
        "Permenaker 5/2021 Pasal 19"
    ]


def test_disabilities_are_permille() -> None:
    rules = BOOK.on(SINCE_2019)
    table = {
        code: found and found.value
        for code in ("ARM_RIGHT_SHOULDER", "FOREFINGER_RIGHT_FIRST_JOINT")
        for found in [rules.disability(code)]
    }
    assert table == {"ARM_RIGHT_SHOULDER": 400, "FOREFINGER_RIGHT_FIRST_JOINT": 45}


def test_the_codes_that_the_doors_give_as_examples_stand_in_the_tables() -> None:
    disabilities, papers = ({one.code for one in of} for of in (BOOK.content.disabilities, BOOK.content.documents))
    parameters = {one.parameter for one in BOOK.content.rules}
    for body, field, known in (
        (bodies.InjuryBody, "code", disabilities),
        (rules_bodies.DisabilityEntry, "code", disabilities),
        (bodies.DocumentBody, "code", papers),
        (rules_bodies.DocumentEntry, "code", papers),
        (rules_bodies.RuleEntry, "parameter", parameters),
    ):
        examples = body.model_fields[field].examples
        assert examples, body
        assert set(examples) <= known, body


@pytest.mark.parametrize(
    ("completed_on", "programme", "due_on"),
    [
        ("2026-09-07", "JKM", "2026-09-10"),  # Monday: Tuesday, Wednesday, Thursday
        ("2026-09-07", "JKK", "2026-09-16"),
        ("2026-09-10", "JKM", "2026-09-15"),  # over a weekend
        ("2026-09-12", "JKM", "2026-09-16"),  # complete on a Saturday
        ("2026-03-13", "JKM", "2026-03-25"),  # Nyepi, the day after, Eid, and the leave around them
        ("2026-06-12", "JKM", "2026-06-22"),  # Islamic new year is the eve of Galungan, Galungan, the day after
        ("2025-12-23", "JKM", "2025-12-30"),  # Christmas and the leave after it
        ("2026-12-22", "JKK", "2027-01-06"),  # into the next year, whose list is known
    ],
)
def test_payment_is_due_on_a_working_day(completed_on: str, programme: str, due_on: str) -> None:
    assert BOOK.due_on(date.fromisoformat(completed_on), programme) == date.fromisoformat(due_on)


@given(st.dates(date(2023, 1, 1), date(2027, 12, 1)), st.integers(0, 12))
def test_the_nth_working_day_has_as_many_working_days_up_to_it(after: date, count: int) -> None:
    holidays = {one.day for one in BOOK.content.holidays}
    found = nth_working_day(after, count, holidays)
    days = [after + timedelta(days=n) for n in range(1, (found - after).days + 1)]
    working = [day for day in days if day.strftime("%a") not in ("Sat", "Sun") and day not in holidays]
    assert len(working) == count
    assert found == (working[-1] if working else after)


def test_years_without_a_list_are_known_as_such() -> None:
    assert BOOK.holidays_known_until == date(2027, 12, 31)
    assert BOOK.holidays_known(date(2026, 12, 30), date(2027, 1, 4))
    assert not BOOK.holidays_known(date(2027, 12, 30), date(2028, 1, 4))
    rules = (rule("a", date(2020, 1, 1), 1),)
    years = tuple(HolidayYear(year, "decree", "memory") for year in (2022, 2021, 2024))
    assert RuleBook(1, Content(rules=rules, holiday_years=years)).holidays_known_until == date(2022, 12, 31)
    assert RuleBook(1, Content(rules=rules)).holidays_known_until == date(2019, 12, 31)


def test_a_day_that_was_taken_back_is_a_working_day() -> None:
    days = [
        Holiday(date(2026, 9, 8), "bali", "Libur", "Closed", "circular", "memory", working=taken)
        for taken in (False, True)
    ]
    due = [
        RuleBook(1, Content(rules=(rule("sla.jkm_working_days", date(2020, 1, 1), 1),), holidays=(day,))).due_on(
            date(2026, 9, 7), "JKM"
        )
        for day in days
    ]
    assert due == [date(2026, 9, 9), date(2026, 9, 8)]


# --- The packaged file ------------------------------------------------------------------------------------------------


def test_the_packaged_edition_never_changes() -> None:
    """Decisions rest on it: propose another edition instead of changing the file."""
    document = files("services.claims.rules").joinpath("rules.toml").read_bytes()
    assert BOOK.edition == 1
    assert hashlib.sha256(document).hexdigest() == "3e83d067bc7efd60938add03d3196d8a4961b494986296a9a341b01fc0bd1217"


Entry = DatedRule | DatedDocument | DatedDisability | Holiday | HolidayYear


def test_no_entry_stands_twice_and_each_has_its_source() -> None:
    content = BOOK.content
    named: list[DatedDocument | DatedDisability | Holiday]
    named = [*content.documents, *content.disabilities, *content.holidays]
    entries: list[Entry] = [*content.rules, *named, *content.holiday_years]
    assert [place for place, times in Counter((type(one), one.place) for one in entries).items() if times > 1] == []
    assert all(one.law and one.confidence in {"verified", "derived", "memory"} for one in entries)
    assert all(one.indonesian and one.english for one in named)


def test_values_are_in_their_range() -> None:
    for one in BOOK.content.rules:
        most = next(most for pattern, most in MOST if re.fullmatch(pattern, one.parameter))
        assert one.value is None or 0 <= one.value <= most, one
    assert all(0 < one.permille <= 700 for one in BOOK.content.disabilities)
    assert {day for one in BOOK.content.rules for day in [one.since]} == {
        date(2015, 7, 1),
        date(2019, 12, 2),
        date(2025, 2, 24),
    }


def test_holidays_are_those_of_the_years_that_are_listed() -> None:
    listed = {one.year for one in BOOK.content.holiday_years}
    national = Counter(one.day.year for one in BOOK.content.holidays if one.kind == "national")
    assert {one.day.year for one in BOOK.content.holidays} == listed == {2023, 2024, 2025, 2026, 2027}
    assert all(15 <= national[year] <= 20 for year in listed)
    galungan = sorted(one.day for one in BOOK.content.holidays if one.english == "Galungan")
    assert {(later - earlier).days for earlier, later in pairwise(galungan)} == {210}
    nyepi = {one.day for one in BOOK.content.holidays if "Nyepi" in one.english and one.kind == "national"}
    assert {one.day - timedelta(days=1) for one in BOOK.content.holidays if "Geni" in one.indonesian} == nyepi
