"""Scholarships for children of who died or is totally disabled: years of school that were proven, and those to come.

Whose turn it is: the eldest of those who had the right on the day of the incident, as many as the rules allow. Days of
birth settle that for good, so no finding of a later year takes the place of a child that was paid for. The school year
that is under way on the day of the incident is the first one paid.
"""

from collections.abc import Iterator
from datetime import date

from services.claims import reasons
from services.claims.benefits.arithmetic import Arithmetic
from services.claims.benefits.benefit import Benefit
from services.claims.benefits.months import add_months, contribution_months
from services.claims.benefits.rupiah import written
from services.claims.claim import Child, Component, Level, Obligation, Question
from services.claims.reasons import Reason
from services.claims.rules import Rules

BEGINS_AT_AGE: dict[Level, int] = {"TK": 4, "SD": 6, "SMP": 12, "SMA": 15, "UNIVERSITY": 18}
"""The age at which a child usually begins a level, to foresee the years to come; what is paid is what was proven."""
LEVELS: tuple[Level, ...] = tuple(BEGINS_AT_AGE)


def after_contributions(question: Question, rules: Rules) -> Benefit:
    """Grant scholarships under JKM, which asks for a minimum period of contributions."""
    if not question.findings.children:
        return Benefit()
    least = rules.of("scholarship.min_months")
    held = contribution_months(question.cover, question.programme, question.incident_on)
    if held < least.value:
        return Benefit(reasons=(reasons.scholarship_period_too_short(held, least.value, least.law),))
    return years_of_school(question, rules)


def years_of_school(question: Question, rules: Rules) -> Benefit:
    """Grant the proven years of each child whose turn it is, and list the years that may follow."""
    on, children = question.incident_on, question.findings.children
    most, age = rules.of("scholarship.children"), rules.of("scholarship.age_until")
    entitled = sorted((one for one in children if _has_right(one, on, age.value)), key=_eldest_first)
    components: list[Component] = []
    obligations: list[Obligation] = []
    cut: dict[Reason, None] = {}
    late = {one.child_id for one in children} - {one.child_id for one in entitled}
    if len(entitled) > most.value:
        cut[reasons.scholarship_too_many_children(most.value, most.law)] = None
    yearly = rules.find("scholarship.SD") is not None
    for number, child in enumerate(entitled[: most.value], 1):
        years, lost = _payable(child, on, age.value)
        if lost["age"]:
            late.add(child.child_id)
        if lost["early"]:
            cut[reasons.SCHOLARSHIP_YEAR_BEFORE_INCIDENT] = None
        if yearly:
            granted, used_up = _by_level(number, years, rules)
            components += granted
            cut |= dict.fromkeys(used_up)
            obligations += _to_come(number, child, years, question, rules)
        elif years:
            once = rules.of("scholarship.once")
            components.append(Component("BEASISWA", once.value, once.law, written(once.value)))
    if late:
        cut[reasons.scholarship_age(len(late), age.value, age.law)] = None
    return Benefit(tuple(components), tuple(cut), tuple(sorted(obligations, key=lambda one: (one.due_on, one.child))))


def begins_on(year: int) -> date:
    """Give the first day of the school year that begins in the year."""
    return date(year, 7, 15)


def school_year(day: date) -> int:
    """Tell which school year is under way on the day."""
    return day.year if day >= begins_on(day.year) else day.year - 1


Years = dict[int, Level]


def _payable(child: Child, incident_on: date, age_until: int) -> tuple[Years, dict[str, bool]]:
    """Give the proven years that count, and tell if any was over before the incident, or came after the right ended.

    A year proven twice counts once, under the lower level.
    """
    years: Years = {}
    lost = {"early": False, "age": False}
    for proven in sorted(child.years, key=lambda one: (one.year, -LEVELS.index(one.level))):
        if proven.year < school_year(incident_on):
            lost["early"] = True
        elif not _has_right(child, max(begins_on(proven.year), incident_on), age_until):
            lost["age"] = True
        else:
            years[proven.year] = proven.level
    return years, lost


def _by_level(number: int, years: Years, rules: Rules) -> tuple[list[Component], list[Reason]]:
    components, used_up = [], []
    for level in LEVELS:
        amount, most = rules.of(f"scholarship.{level}"), rules.of(f"scholarship.years.{level}")
        proven = sum(1 for held in years.values() if held == level)
        paid = min(proven, most.value)
        if proven > most.value:
            used_up.append(reasons.scholarship_years_used_up(level, most.value, most.law))
        if paid:
            arithmetic = str(Arithmetic(f"{paid} x {written(amount.value)}", number))
            components.append(Component(f"BEASISWA_{level}", paid * amount.value, amount.law, arithmetic))
    return components, used_up


def _to_come(number: int, child: Child, years: Years, question: Question, rules: Rules) -> Iterator[Obligation]:
    """Foresee the years that follow the last one proven, or the report where none is, as long as the right lasts."""
    age = rules.of("scholarship.age_until").value
    most = {level: rules.of(f"scholarship.years.{level}").value for level in LEVELS}
    used = {level: sum(1 for held in years.values() if held == level) for level in LEVELS}
    year = max([*years, school_year(question.reported_on)]) + 1
    at = max((LEVELS.index(level) for level in years.values()), default=0)
    while _has_right(child, begins_on(year), age):
        reached = _level_by_age(child, begins_on(year))
        if reached is not None or years:
            at = max(at, reached or 0)
            while at < len(LEVELS) and used[LEVELS[at]] >= most[LEVELS[at]]:
                at += 1
            if at == len(LEVELS):
                return
            level = LEVELS[at]
            used[level] += 1
            yield Obligation(number, level, begins_on(year), rules.of(f"scholarship.{level}").value)
        year += 1


def _level_by_age(child: Child, day: date) -> int | None:
    """Give the place of the level that a child of that age usually goes to; None before the first."""
    reached = [at for at, age in enumerate(BEGINS_AT_AGE.values()) if add_months(child.born_on, 12 * age) <= day]
    return reached[-1] if reached else None


def _has_right(child: Child, day: date, age_until: int) -> bool:
    """Tell if the child is young enough on the day, and neither married nor at work."""
    ended = child.right_ended_on is not None and child.right_ended_on <= day
    return not ended and day < add_months(child.born_on, 12 * age_until)


def _eldest_first(child: Child) -> tuple[date, str]:
    return child.born_on, str(child.child_id)
