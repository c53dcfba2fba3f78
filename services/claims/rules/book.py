"""The rule book: what the law grants, asks for and counts, each from its day on; an edition of it never changes."""

from bisect import bisect_right
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from services.claims.rules.working_days import nth_working_day

SEGMENTS = ("PU", "NON_ASN", "JAKON", "BPU")
ALL_SEGMENTS = "*"

DocumentKind = Literal["JKM", "JKK_INJURY", "JKK_DEATH", "SCHOLARSHIP"]
"""What a claim is for, as far as the checklist of its documents depends on it."""

Case = Literal["", "spouse", "minor", "proxy", "over_50m", "transport", "treatment"]
"""When a document is asked for: always (empty), or where an heir is a spouse, is a minor, or sends somebody else; where
the benefit is above `documents.tax_number_above_idr`, once Rp50 million; where transport or treatment is refunded."""

Confidence = Literal["verified", "derived", "memory"]
"""How sure an entry is: read in the law or an official page; inferred from that; or still to be checked against it."""

HolidayKind = Literal["national", "collective_leave", "bali"]


Place = tuple[object, ...]
"""What names an entry within an edition: two entries never have the same."""


# --- What an edition holds --------------------------------------------------------------------------------------------
# Each dated entry stands from `since` (inclusive) until the next entry of the same key.


@dataclass(frozen=True, slots=True)
class DatedRule:
    """A value of a parameter: rupiah, months, years, permille, as its name says; `segment` "*" is all.

    A value of None ends the parameter: from that day on there is no such rule.
    """

    parameter: str
    segment: str
    since: date
    value: int | None
    law: str
    confidence: Confidence

    @property
    def key(self) -> tuple[str, str]:
        return self.parameter, self.segment

    @property
    def place(self) -> Place:
        return self.parameter, self.segment, self.since


@dataclass(frozen=True, slots=True)
class DatedDocument:
    """A document of the checklist of a kind of claim; `required` False ends what an earlier entry asked for."""

    kind: DocumentKind
    code: str
    since: date
    indonesian: str
    english: str
    law: str
    confidence: Confidence
    required: bool = True
    case: Case = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.code

    @property
    def place(self) -> Place:
        return self.kind, self.code, self.since


@dataclass(frozen=True, slots=True)
class DatedDisability:
    """A row of the table of disabilities: what the loss counts of the whole, in permille."""

    code: str
    since: date
    permille: int
    indonesian: str
    english: str
    law: str
    confidence: Confidence

    @property
    def key(self) -> str:
        return self.code

    @property
    def place(self) -> Place:
        return self.code, self.since


Dated = DatedRule | DatedDocument | DatedDisability


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day on which offices are closed; `working` True takes it back."""

    day: date
    kind: HolidayKind
    indonesian: str
    english: str
    law: str
    confidence: Confidence
    working: bool = False

    @property
    def place(self) -> Place:
        return self.day, self.kind


@dataclass(frozen=True, slots=True)
class HolidayYear:
    """A year whose holidays were decreed and are listed."""

    year: int
    law: str
    confidence: Confidence

    @property
    def place(self) -> Place:
        return (self.year,)


@dataclass(frozen=True, slots=True)
class Content:
    """All entries of an edition; or those that a proposal adds or puts in the place of others."""

    rules: tuple[DatedRule, ...] = ()
    documents: tuple[DatedDocument, ...] = ()
    disabilities: tuple[DatedDisability, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    holiday_years: tuple[HolidayYear, ...] = ()


# --- What is in force on a day ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rule:
    """A value that the law sets, with the place where it sets it."""

    value: int
    law: str


@dataclass(frozen=True, slots=True)
class RequiredDocument:
    """A document that a claim needs before it is complete."""

    code: str
    indonesian: str
    english: str
    law: str


@dataclass(frozen=True, slots=True)
class Rules:
    """All that is in force on one day; `version` names the edition and the day of its newest rule in force."""

    version: str
    edition: int
    rules: Mapping[tuple[str, str], Rule]
    checklist: tuple[DatedDocument, ...]
    disabilities: Mapping[str, Rule]

    def of(self, parameter: str, segment: str = ALL_SEGMENTS) -> Rule:
        """Find the rule of a segment, or else the one for all; KeyError if there is none."""
        return self.rules.get((parameter, segment)) or self.rules[parameter, ALL_SEGMENTS]

    def find(self, parameter: str, segment: str = ALL_SEGMENTS) -> Rule | None:
        """Find the rule of a segment, or else the one for all, if there is one."""
        return self.rules.get((parameter, segment)) or self.rules.get((parameter, ALL_SEGMENTS))

    def documents(self, kind: DocumentKind, cases: Collection[Case] = ()) -> tuple[RequiredDocument, ...]:
        """List what a claim of the kind needs always, and in these cases; the longest asked for first."""
        return tuple(
            RequiredDocument(one.code, one.indonesian, one.english, one.law)
            for one in self.checklist
            if one.kind == kind and (not one.case or one.case in cases)
        )

    def disability(self, code: str) -> Rule | None:
        """Tell what a loss counts of the whole, in permille; None if the table has no such code."""
        return self.disabilities.get(code)


class NoRules(ValueError):
    """The day lies before the first rule."""


@dataclass(frozen=True, slots=True, eq=False)
class RuleBook:
    """One edition: its rules of every day, and when a payment is due."""

    edition: int
    content: Content
    days: tuple[date, ...] = field(init=False, repr=False)
    """Those on which any rule changed, in order."""
    _rules: tuple[Rules, ...] = field(init=False, repr=False)
    _holidays: frozenset[date] = field(init=False, repr=False)
    _holiday_years: frozenset[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Lay out the rules of each day on which any of them changed, so that a question is a search among few days."""
        content = self.content
        dated: tuple[Dated, ...] = (*content.rules, *content.documents, *content.disabilities)
        days = sorted({one.since for one in dated})
        closed = {one.day for one in content.holidays if not one.working}
        made: tuple[tuple[str, Any], ...] = (
            ("days", tuple(days)),
            ("_rules", tuple(self._laid_out(day) for day in days)),
            ("_holidays", frozenset(closed)),
            ("_holiday_years", frozenset(one.year for one in content.holiday_years)),
        )
        for name, value in made:
            object.__setattr__(self, name, value)  # frozen for everybody else

    @property
    def first_day(self) -> date:
        """The first day on which rules are known."""
        return self.days[0]

    def on(self, day: date) -> Rules:
        """Give the rules of the day; NoRules before the first."""
        place = bisect_right(self.days, day)
        if not place:
            msg = f"no rules are known for {day}; the first are of {self.first_day}"
            raise NoRules(msg)
        return self._rules[place - 1]

    def due_on(self, completed_on: date, programme: str) -> date:
        """Give the last working day by which payment is due, by the service standard of the day of completion.

        Days are counted from the day after (PP 44/2015 Pasal 37 ayat (2), Pasal 40 ayat (3)). In a year whose holidays
        were not decreed yet (`holidays_known`), weekends and the days known so far are all that is left out.
        """
        days = self.on(completed_on).of(f"sla.{programme.lower()}_working_days").value
        return nth_working_day(completed_on, days, self._holidays)

    @property
    def holidays_known_until(self) -> date:
        """The last day of the last year up to which, without a gap, holidays are listed."""
        years = sorted(self._holiday_years)
        unbroken = [year for n, year in enumerate(years) if year - n == years[0]]
        return date(max(unbroken, default=self.first_day.year - 1), 12, 31)

    def holidays_known(self, begins: date, ends: date) -> bool:
        """Tell if the holidays of every year between the two days are listed."""
        return all(year in self._holiday_years for year in range(begins.year, ends.year + 1))

    def entries_on(self, day: date) -> Content:
        """Give the entries in force on the day, and the holidays of its year; what ended is left out."""
        content = self.content
        rules = {one.key: one for one in sorted(content.rules, key=_since) if one.since <= day}
        checklist = {one.key: one for one in sorted(content.documents, key=_since) if one.since <= day}
        disabilities = {one.key: one for one in sorted(content.disabilities, key=_since) if one.since <= day}
        return Content(
            rules=tuple(one for one in rules.values() if one.value is not None),
            documents=tuple(one for one in checklist.values() if one.required),
            disabilities=tuple(disabilities.values()),
            holidays=tuple(one for one in content.holidays if one.day.year == day.year and not one.working),
            holiday_years=tuple(one for one in content.holiday_years if one.year == day.year),
        )

    def _laid_out(self, day: date) -> Rules:
        entries = self.entries_on(day)
        return Rules(
            version=f"{self.edition}/{day.isoformat()}",
            edition=self.edition,
            rules={one.key: Rule(one.value, one.law) for one in entries.rules if one.value is not None},
            checklist=entries.documents,
            disabilities={one.code: Rule(one.permille, one.law) for one in entries.disabilities},
        )


def _since(entry: Dated) -> date:
    return entry.since
