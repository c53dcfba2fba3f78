"""What may be proposed for the next edition, and how it is put on top of the one before; pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Literal, Protocol, TypeVar
from uuid import UUID

from services.claims.rules.book import ALL_SEGMENTS, SEGMENTS, Content, DatedRule, Place, RuleBook

CHANGES_MAX = 1_000
KNOWN_SEGMENTS = (ALL_SEGMENTS, *SEGMENTS)
LAST_DAY = date(2100, 12, 31)
NATIONAL_HOLIDAYS_MIN = 10
"""A year's decree lists some sixteen; a year with fewer was cut off on its way."""
MAY_END = re.compile(
    r"(jkm|jkk)\.lapse_years|scholarship\.once|jkk\.inability\.step[23]_(months|permille)|documents\..*"
).fullmatch
"""Parameters without which a claim can be decided; all others must have a value on every day."""
NEW = frozenset({"jkm.lapse_years"})
"""Parameters that are known and have no value yet."""
TOGETHER = tuple((f"jkk.inability.step{step}_months", f"jkk.inability.step{step}_permille") for step in (2, 3))
"""Parameters of which none has a value unless the other has one, too."""
EITHER = ("scholarship.SD", "scholarship.once")
"""Scholarships are paid by the year or at once: one of these has a value on every day."""
MOST = (
    (r".*(_permille|permille_per_day)", 10_000),
    (r".*_working_days", 60),
    (r".*_months", 1_200),
    (r".*(_years|\.age_until)|scholarship\.years\..*", 100),
    (r".*_wages", 1_000),
    (r"scholarship\.children|jkm\.funerals_paid", 20),
    (r".*", 10**12),
)
"""The largest value of a parameter by its name, the first that fits; rupiah else. A slipped digit is found by it."""

State = Literal["proposed", "approved", "refused"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """Changes on top of an edition (`base`), why, and what became of them; approved they are edition `base` + 1."""

    number: int
    proposal_id: UUID
    base: int
    changes: Content
    reason: str
    proposed_by: str
    proposed_at: datetime
    state: State = "proposed"
    settled_by: str | None = None
    settled_at: datetime | None = None
    remark: str | None = None
    edition: int | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place of a proposal."""

    pointer: str
    code: str
    indonesian: str
    english: str


class Placed(Protocol):
    """Any entry of an edition."""

    @property
    def place(self) -> Place: ...


Entry = TypeVar("Entry", bound=Placed)


def next_edition(base: RuleBook, changes: Content) -> RuleBook:
    """Put the changes on top: an entry takes the place of the one with its key and day, or is added."""
    before = base.content
    content = Content(
        rules=_merged(before.rules, changes.rules),
        documents=_merged(before.documents, changes.documents),
        disabilities=_merged(before.disabilities, changes.disabilities),
        holidays=_merged(before.holidays, changes.holidays),
        holiday_years=_merged(before.holiday_years, changes.holiday_years),
    )
    return RuleBook(base.edition + 1, content)


def amounts_change_from(changes: Content) -> date | None:
    """Give the first day of an incident for which another amount is possible; None if documents or holidays change."""
    days = [*(one.since for one in changes.rules), *(one.since for one in changes.disabilities)]
    return min(days, default=None)


def faults(base: RuleBook, changes: Content) -> list[Fault]:
    """Say all that is wrong with a proposal on top of the edition; nothing is right."""
    found = [*_of_the_whole(base, changes), *_repeated(changes), *_of_days(base, changes)]
    found += chain.from_iterable(_of_rule(base, at, one) for at, one in enumerate(changes.rules))
    found += [] if found else _of_what_belongs_together(base, changes)
    found += _of_documents(base, changes)
    found += _of_holidays(base, changes)
    return found


def _merged(before: Sequence[Entry], changes: Sequence[Entry]) -> tuple[Entry, ...]:
    return tuple({one.place: one for one in (*before, *changes)}.values())


def _parts(content: Content) -> dict[str, Sequence[Placed]]:
    return {
        "rules": content.rules,
        "documents": content.documents,
        "disabilities": content.disabilities,
        "holidays": content.holidays,
        "holiday_years": content.holiday_years,
    }


def _of_the_whole(base: RuleBook, changes: Content) -> Iterator[Fault]:
    count = sum(map(len, _parts(changes).values()))
    if not count:
        yield Fault(
            "/body",
            "PROPOSAL_EMPTY",
            "Usulan ini tidak memuat perubahan. Isi rules, documents, disabilities, holidays atau holiday_years.",
            "This proposal changes nothing. Give rules, documents, disabilities, holidays or holiday_years.",
        )
    elif count > CHANGES_MAX:
        yield Fault(
            "/body",
            "PROPOSAL_TOO_LARGE",
            f"Usulan memuat {count} perubahan; paling banyak {CHANGES_MAX}. Bagi menjadi beberapa usulan.",
            f"The proposal has {count} changes; at most {CHANGES_MAX} are taken. Divide it.",
        )
    elif next_edition(base, changes).content == base.content:
        yield Fault(
            "/body",
            "PROPOSAL_CHANGES_NOTHING",
            f"Semua isi usulan sudah berlaku dalam edisi {base.edition}. Tidak ada yang perlu diusulkan.",
            f"All of this stands in edition {base.edition} already. There is nothing to propose.",
        )


def _repeated(changes: Content) -> Iterator[Fault]:
    for name, entries in _parts(changes).items():
        places = [one.place for one in entries]
        for at, place in enumerate(places):
            if place in places[:at]:
                yield Fault(
                    f"/body/{name}/{at}",
                    "CHANGE_REPEATED",
                    "Perubahan ini sudah disebut dalam usulan yang sama. Sisakan satu.",
                    "This change stands in the proposal twice. Leave one.",
                )


def _of_days(base: RuleBook, changes: Content) -> Iterator[Fault]:
    days = [
        *((f"/body/rules/{at}/since", one.since) for at, one in enumerate(changes.rules)),
        *((f"/body/documents/{at}/since", one.since) for at, one in enumerate(changes.documents)),
        *((f"/body/disabilities/{at}/since", one.since) for at, one in enumerate(changes.disabilities)),
        *((f"/body/holidays/{at}/day", one.day) for at, one in enumerate(changes.holidays)),
    ]
    for pointer, day in days:
        if not base.first_day <= day <= LAST_DAY:
            yield Fault(
                pointer,
                "DAY_OUT_OF_RANGE",
                f"Tanggal {day} di luar {base.first_day} sampai {LAST_DAY}, masa yang diatur. Periksa tanggalnya.",
                f"The day {day} lies outside {base.first_day} to {LAST_DAY}, for which rules are kept. Check the date.",
            )


def _of_rule(base: RuleBook, at: int, rule: DatedRule) -> Iterator[Fault]:
    pointer = f"/body/rules/{at}"
    known = {one.parameter for one in base.content.rules} | NEW
    if rule.parameter not in known:
        yield Fault(
            f"{pointer}/parameter",
            "PARAMETER_UNKNOWN",
            "Tidak ada perhitungan yang memakai parameter ini. Pakai nama seperti pada GET /v1/rules.",
            "No calculation uses this parameter. Use a name as GET /v1/rules lists them.",
        )
        return
    if rule.segment not in KNOWN_SEGMENTS:
        yield Fault(
            f"{pointer}/segment",
            "SEGMENT_UNKNOWN",
            f"Segmen ini tidak dikenal; yang dikenal: {', '.join(KNOWN_SEGMENTS)}.",
            f"This segment is not known; known are: {', '.join(KNOWN_SEGMENTS)}.",
        )
    begins = min((one.since for one in base.content.rules if one.parameter == rule.parameter), default=rule.since)
    if base.first_day <= rule.since < begins:
        yield Fault(
            f"{pointer}/since",
            "PARAMETER_NOT_YET",
            f"Parameter {rule.parameter} baru ada sejak {begins}; pilih tanggal itu atau sesudahnya.",
            f"There is no {rule.parameter} before {begins}; choose that day or a later one.",
        )
    most = next(most for pattern, most in MOST if re.fullmatch(pattern, rule.parameter))
    least = 1 if rule.parameter.endswith("_working_days") else 0
    if rule.value is None and rule.segment == ALL_SEGMENTS and not MAY_END(rule.parameter):
        yield Fault(
            f"{pointer}/value",
            "PARAMETER_NEEDED",
            f"Tanpa {rule.parameter} klaim tidak dapat diputuskan. Beri nilai, bukan null.",
            f"Without {rule.parameter} no claim can be decided. Give a value, not null.",
        )
    elif rule.value is not None and not least <= rule.value <= most:
        yield Fault(
            f"{pointer}/value",
            "VALUE_OUT_OF_RANGE",
            f"Nilai {rule.parameter} harus {least} sampai {most}. Periksa satuannya dan jumlah angkanya.",
            f"The value of {rule.parameter} must be {least} to {most}. Check its unit and its digits.",
        )


def _of_what_belongs_together(base: RuleBook, changes: Content) -> Iterator[Fault]:
    """Find a day on which a claim could not be decided, since one parameter asks for another."""
    after = next_edition(base, changes)
    for day in after.days:
        rules = after.on(day)
        halves = [pair for pair in TOGETHER if (rules.find(pair[0]) is None) != (rules.find(pair[1]) is None)]
        if all(rules.find(one) is None for one in EITHER):
            halves.append(EITHER)
        for first, second in halves:
            yield Fault(
                "/body/rules",
                "PARAMETERS_APART",
                f"Pada {day} {first} dan {second} tidak lagi cocok; usulkan perubahan keduanya.",
                f"On {day} {first} and {second} no longer go together; propose a change of both.",
            )


def _of_documents(base: RuleBook, changes: Content) -> Iterator[Fault]:
    known = {one.key for one in base.content.documents}
    for at, one in enumerate(changes.documents):
        if not one.required and one.key not in known:
            yield Fault(
                f"/body/documents/{at}/code",
                "DOCUMENT_UNKNOWN",
                f"Dokumen {one.code} tidak pernah diminta untuk {one.kind}, sehingga tidak dapat diakhiri.",
                f"The document {one.code} was never asked for {one.kind}, so that cannot be ended.",
            )


def _of_holidays(base: RuleBook, changes: Content) -> Iterator[Fault]:
    known = {one.place for one in base.content.holidays}
    for at, one in enumerate(changes.holidays):
        if one.working and one.place not in known:
            yield Fault(
                f"/body/holidays/{at}/day",
                "HOLIDAY_UNKNOWN",
                f"Tanggal {one.day} bukan hari libur jenis ini, sehingga tidak dapat dijadikan hari kerja.",
                f"The day {one.day} is no holiday of this kind, so it cannot be made a working day.",
            )
    after = _merged(base.content.holidays, changes.holidays)
    for at, listed in enumerate(changes.holiday_years):
        days = sum(one.kind == "national" and one.day.year == listed.year and not one.working for one in after)
        if days < NATIONAL_HOLIDAYS_MIN:
            yield Fault(
                f"/body/holiday_years/{at}/year",
                "HOLIDAY_YEAR_EMPTY",
                f"Tahun {listed.year} hanya memuat {days} hari libur nasional; cantumkan seluruh daftar SKB.",
                f"The year {listed.year} has {days} national holidays only; list all that the decree names.",
            )
