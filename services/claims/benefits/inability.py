"""Temporarily unable to work (STMB): a share of the wage that falls with the months, by the schedule of the day."""

from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction
from itertools import count

from services.claims import reasons
from services.claims.benefits.benefit import Benefit
from services.claims.benefits.months import months_and_days
from services.claims.benefits.rupiah import percent, rounded, written
from services.claims.claim import Component, Inability, Question
from services.claims.rules import Rules

DAYS_OF_MONTH = 30


def unable_to_work(question: Question, wage_idr: Fraction, rules: Rules) -> Benefit:
    """Pay the days of inability that are over, counted from the first one on, with those of earlier spells.

    Full months count from the first day of a spell, the days that are left as thirtieths of a month. A spell that has
    no end pays nothing until its end is known; it ends with the death.
    """
    open_, closed = _spells(question.findings.inability, question.incident_on, question.findings.died_on)
    unended = (reasons.INABILITY_NOT_ENDED,) if open_ else ()
    if not closed:
        return Benefit(reasons=unended)
    lengths = (months_and_days(begins, ends) for begins, ends in closed)
    whole = sum((months + Fraction(days, DAYS_OF_MONTH) for months, days in lengths), Fraction())
    paid = list(_steps(whole, rules))
    wages = sum((length * permille / 1000 for length, permille in paid), Fraction())
    sums = " + ".join(f"{_written(length)} x {percent(permille)}" for length, permille in paid)
    arithmetic = f"({sums}) x {written(int(wage_idr))}"
    law = rules.of("jkk.inability.step1_permille").law
    return Benefit((Component("SANTUNAN_TIDAK_MAMPU_BEKERJA", rounded(wages * wage_idr), law, arithmetic),), unended)


def _spells(told: Iterable[Inability], incident_on: date, died_on: date | None) -> tuple[bool, list[tuple[date, date]]]:
    """Tell if a spell is open, and give those that are over without what they have in common."""
    open_, closed = False, []
    for one in told:
        ends = min((day for day in (one.healed_on, died_on) if day is not None), default=None)
        begins = max(one.begins_on, incident_on)
        if ends is None:
            open_ = True
        elif begins < ends:
            closed.append((begins, ends))
    apart: list[tuple[date, date]] = []
    for begins, ends in sorted(closed):
        if apart and begins <= apart[-1][1]:
            apart[-1] = apart[-1][0], max(apart[-1][1], ends)
        else:
            apart.append((begins, ends))
    return open_, apart


def _steps(whole: Fraction, rules: Rules) -> Iterator[tuple[Fraction, int]]:
    """Give what falls on each step of the schedule, in months, with its share; a step of no months has no end."""
    for step in count(1):
        months = rules.find(f"jkk.inability.step{step}_months")
        if months is None or not whole:
            return
        length = min(whole, Fraction(months.value)) if months.value else whole
        yield length, rules.of(f"jkk.inability.step{step}_permille").value
        whole -= length


def _written(months: Fraction) -> str:
    whole, part = divmod(months, 1)
    days = f"{int(part * DAYS_OF_MONTH)}/{DAYS_OF_MONTH}"
    if not part:
        return str(whole)
    return f"({whole} + {days})" if whole else days
