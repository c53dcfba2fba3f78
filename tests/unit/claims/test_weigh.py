"""Properties of weighing, against a bound, an arithmetic and a choice of rules that are written independently here."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from math import floor
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.claims.benefits.arithmetic import read
from services.claims.claim import Child, Findings, Inability, Injury, Question, SchoolYear, Transport, Verdict
from services.claims.coverage import State
from services.claims.rules import RuleBook, base_book
from services.claims.statement.words import COMPONENTS
from services.claims.weigh import weigh
from tests.unit.claims.cases import period, state_after
from tests.unit.claims.questions import MILLION, question

BOOK = base_book()
FIRST, LAST = BOOK.first_day, date(2027, 12, 31)
WORTH = {one.code: one.permille for one in BOOK.content.disabilities}
PARTS = sorted(WORTH)
LARGE = [code for code in PARTS if WORTH[code] >= 350]

days = st.dates(FIRST, LAST)
amounts = st.integers(0, 30 * MILLION)


@st.composite
def memberships(draw: st.DrawFn, near: date) -> list[tuple[str, dict[str, Any]]]:
    """Draw a membership of one or two periods near the day, maybe in grace after them, maybe suspended."""
    coverage_id = str(UUID(int=draw(st.integers(1, 6))))
    begins = near - timedelta(days=draw(st.integers(-10, 200) | st.integers(200, 2500)))
    facts, segment = [], draw(st.sampled_from(("PU", "NON_ASN", "JAKON", "BPU", "BPU", "BPU")))
    programmes = draw(st.sampled_from((("JKK", "JKM"), ("JKK", "JKM"), ("JKM",), ("JKK",))))
    for _ in range(draw(st.integers(1, 2))):
        ends = begins + timedelta(days=draw(st.integers(1, 400) | st.integers(400, 3000)))
        grace = str(ends + timedelta(days=92)) if draw(st.booleans()) else None
        more: dict[str, Any] = {"segment": segment, "programmes": programmes, "grace_until": grace}
        told = period(str(begins), str(ends), coverage_id=coverage_id, **more)
        facts.append(("enrollment.coverage_started.v1", told))
        begins = ends + timedelta(days=draw(st.integers(0, 60)))
    if draw(st.integers(0, 5)) == 0:
        held = {
            "coverage_id": coverage_id,
            "suspended_from": str(begins - timedelta(days=draw(st.integers(0, 500)))),
            "reason": "under_review",
        }
        facts.append(("enrollment.coverage_suspended.v1", held))
    return facts


@st.composite
def children(draw: st.DrawFn, incident_on: date) -> tuple[Child, ...]:
    levels = st.sampled_from(("TK", "SD", "SMP", "SMA", "UNIVERSITY"))
    school = st.builds(SchoolYear, st.integers(incident_on.year - 2, incident_on.year + 20), levels)
    some = st.builds(
        Child,
        st.integers(1, 50).map(lambda number: UUID(int=number)),
        st.dates(incident_on - timedelta(days=24 * 365), incident_on),
        st.lists(school, max_size=6).map(tuple),
        st.none() | st.dates(incident_on, incident_on + timedelta(days=9000)),
    )
    return tuple(draw(st.lists(some, max_size=4, unique_by=lambda one: one.child_id)))


@st.composite
def findings(draw: st.DrawFn, incident_on: date) -> Findings:
    after = st.integers(0, 900).map(lambda n: incident_on + timedelta(days=n))
    spells = st.builds(Inability, after, st.none() | after)
    lasting = draw(st.sampled_from(("none", "injuries", "injuries", "total", "death", "all")))
    injuries = st.builds(
        Injury, st.sampled_from(PARTS) | st.sampled_from([*LARGE, "TAIL"]), st.none() | st.none() | st.integers(1, 999)
    )
    ways = st.builds(Transport, st.sampled_from(("land", "sea", "air")), amounts)
    return Findings(
        work_related=draw(st.integers(0, 9)) > 0,
        died_on=draw(after) if lasting in {"death", "all"} else None,
        medical_idr=draw(amounts),
        transport=tuple(draw(st.lists(ways, max_size=4))),
        inability=tuple(draw(st.lists(spells, max_size=3))),
        injuries=tuple(draw(st.lists(injuries, min_size=2, max_size=4))) if lasting in {"injuries", "all"} else (),
        total_disability=lasting in {"total", "all"},
        orthosis_idr=draw(amounts),
        monthly_wage_idr=draw(st.none() | st.integers(0, 40 * MILLION)),
        children=draw(children(incident_on)),
    )


@st.composite
def questions(draw: st.DrawFn) -> Question:
    on = draw(days | st.sampled_from([date(2019, 12, 1), date(2019, 12, 2), date(2025, 2, 23), date(2025, 2, 24)]))
    # The membership of the first day makes sure that most questions are about somebody who was covered.
    always = ("enrollment.coverage_started.v1", period("2012-01-01", None, coverage_id=str(UUID(int=9))))
    told = [fact for one in draw(st.lists(memberships(on), max_size=3)) for fact in one]
    usual = draw(st.integers(0, 2)) > 0
    known = [always, *told] if usual else told
    asked = question(*known, on=str(on), programme=draw(st.sampled_from(("JKM", "JKK", "JKK"))))
    return replace(
        asked,
        reported_on=on + timedelta(days=draw(st.integers(0, 2500))),
        findings=draw(findings(on)),
        granted_claim=None if usual else draw(st.none() | st.just(UUID(int=3))),
    )


# --- Never more than the rules allow ----------------------------------------------------------------------------------


def most_of(asked: Question) -> int:
    """Say in plain words the most that the laws could grant, whatever the details."""
    old = asked.incident_on < date(2019, 12, 2)
    covers = plainly_in_force(asked)
    if not covers or asked.granted_claim:
        return 0
    schooling = (12 if old else 174) * MILLION if asked.findings.children else 0
    santunan, berkala, funeral = (16_200_000, 4_800_000, 3_000_000) if old else (20_000_000, 12_000_000, 10_000_000)
    if asked.programme == "JKM":
        return len(covers) * (santunan + berkala) + funeral + schooling
    found = asked.findings
    if not found.work_related:
        return 0
    wage = min(max(found.monthly_wage_idr or 0, MILLION), 20_700_000) if covers - {"BPU"} else MILLION
    ceilings = {"land": 1_000_000, "sea": 1_500_000, "air": 2_500_000}
    if not old:
        ceilings = {"land": 5_000_000, "sea": 2_000_000, "air": 10_000_000}
    rides = sum(ceilings[mode] for mode in {way.mode for way in found.transport})
    ends = [(one.begins_on, min(one.healed_on or date.max, found.died_on or date.max)) for one in found.inability]
    unable = sum((until - begins).days for begins, until in ends if begins < until < date.max)
    inability = Fraction(unable, 28) * wage if unable else Fraction()
    partial = sum(Fraction(WORTH.get(one.code, 0) * (one.loss_permille or 1000), 1000**2) for one in found.injuries)
    wages = 48 if found.died_on else 56 if found.total_disability else min(56, 80 * partial)
    lasting = floor(wages * wage) + 1
    rest = berkala + (funeral if found.died_on else 0) + schooling if found.total_disability or found.died_on else 0
    return (
        found.medical_idr
        + rides
        + floor(inability)
        + 1
        + lasting
        + rest
        + floor(Fraction(14, 10) * found.orthosis_idr)
        + 1
    )


def plainly_in_force(asked: Question) -> set[str]:
    """Name the segment of each membership that any period puts in force on the day, whatever else became of it."""
    state, on = asked.cover or {"memberships": {}}, str(asked.incident_on)
    return {
        f"{each['segment']}" if asked.programme == "JKK" else f"{coverage_id}"
        for coverage_id, periods in state["memberships"].items()
        for each in periods
        if each["covered_from"] <= on and (each["covered_until"] or "9") > on and asked.programme in each["programmes"]
    }


@given(questions())
def test_never_more_than_the_rules_allow(asked: Question) -> None:
    assert weigh(asked, BOOK).amount_idr <= most_of(asked)


# --- Components add up, and their arithmetic is what it says ----------------------------------------------------------


def calculated(arithmetic: str) -> int:
    """Do the arithmetic that is written, in fractions, and round once, half up."""
    text = re.sub(r"^#\d: ", "", arithmetic)
    text = re.sub(r"Rp([\d.]+)", lambda found: f"F({found[1].replace('.', '')})", text)
    text = re.sub(r"([\d,]+) %", lambda found: f"F('{found[1].replace(',', '.')}')/100", text)
    text = re.sub(r"(\d+)/(30)", r"F(\1,\2)", text)
    value = eval(text.replace(" x ", "*").replace(";", ","), {"F": Fraction, "min": min, "max": max})  # noqa: S307 - the test's own text
    return floor(Fraction(value) + Fraction(1, 2))


@given(questions())
def test_components_add_up_and_are_what_their_arithmetic_says(asked: Question) -> None:
    verdict = weigh(asked, BOOK)
    assert verdict.amount_idr == sum(component.amount_idr for component in verdict.components)
    for component in verdict.components:
        assert component.amount_idr > 0
        assert component.legal_reference
        assert component.code in COMPONENTS, "the statement has no name for it"
        assert calculated(component.arithmetic) == component.amount_idr, component
        assert str(read(component.arithmetic)) == component.arithmetic, "it can be said in words"
    assert verdict.outcome == (
        "denied" if not verdict.components else "partially_approved" if verdict.reasons else "approved"
    )
    assert verdict.components or verdict.reasons


# --- What must not matter ---------------------------------------------------------------------------------------------


@given(questions())
def test_order_does_not_matter(asked: Question) -> None:
    found, cover = asked.findings, asked.cover or {"memberships": {}}
    told = replace(
        found,
        transport=found.transport[::-1],
        inability=found.inability[::-1],
        injuries=found.injuries[::-1],
        children=tuple(replace(child, years=child.years[::-1]) for child in reversed(found.children)),
    )
    turned = cover | {"memberships": dict(reversed(cover["memberships"].items()))}
    assert weigh(replace(asked, findings=told, cover=turned), BOOK) == weigh(asked, BOOK)


def altered_on_other_days(book: RuleBook, on: date) -> RuleBook:
    """Make every entry absurd that is not in force on the day."""

    def in_force(entry: Any, entries: Sequence[Any]) -> bool:
        key = (entry.parameter, entry.segment)
        later = (
            other for other in entries if (other.parameter, other.segment) == key and entry.since < other.since <= on
        )
        return entry.since <= on and not any(later)

    rules = book.content.rules
    altered = tuple(
        one if in_force(one, rules) or one.value is None else replace(one, value=one.value * 7 + 1) for one in rules
    )
    gone = tuple(one for one in book.content.disabilities if one.since <= on)
    return RuleBook(book.edition, replace(book.content, rules=altered, disabilities=gone))


ALTERED = {on: altered_on_other_days(BOOK, on) for on in sorted({one.since for one in BOOK.content.rules})}


@given(questions())
def test_a_rule_of_another_date_never_applies(asked: Question) -> None:
    newest = max(on for on in ALTERED if on <= asked.incident_on)
    assert weigh(asked, ALTERED[newest]) == weigh(asked, BOOK)


@given(questions(), st.data())
def test_more_cover_never_pays_less(asked: Question, data: st.DataObject) -> None:
    more = data.draw(memberships(asked.incident_on))

    def with_more(state: State | None) -> State:
        others = {
            str(UUID(int=100 + n)): periods for n, periods in enumerate(state_after(*more)["memberships"].values())
        }
        known = state or {"died_on": None, "memberships": {}}
        return known | {"memberships": known["memberships"] | others}

    assert weigh(replace(asked, cover=with_more(asked.cover)), BOOK).amount_idr >= weigh(asked, BOOK).amount_idr


# --- The book it is asked with ----------------------------------------------------------------------------------------


def test_a_question_is_answered_by_its_own_edition() -> None:
    asked = replace(question(on="2025-10-20"), edition=BOOK.edition + 1)
    with pytest.raises(ValueError, match="edition 2 of the rules, the book is edition 1"):
        weigh(asked, BOOK)


def test_the_rule_version_names_edition_and_day() -> None:
    verdict: Verdict = weigh(question(on="2025-10-20"), BOOK)
    assert verdict.rule_version == BOOK.on(date(2025, 10, 20)).version
    assert verdict.rule_version.startswith("1/")
