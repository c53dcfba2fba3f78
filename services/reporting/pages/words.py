"""Numbers, dates and names as readers of Indonesian and of English write them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent
from markupsafe import Markup
from payung_contracts.regions import areas

from services.chassis.clock import BUSINESS_ZONE
from services.reporting.answers import Text
from services.reporting.pages import names
from services.reporting.pages.asked import Language
from services.reporting.pages.panel import Column

MINUTE_S = 60
LOCALES = {"id": "id_ID", "en": "en_GB"}

CODES: dict[str, dict[str, Text]] = {
    "name": names.NAMES,
    "cohort_state": names.COHORT_STATES,
    "voided_for": names.VOIDED_FOR,
    "begun": names.BEGUN,
    "change": names.CHANGES,
    "fact": names.FACTS,
    "question": names.QUESTIONS,
}
"""What codes are called, by the kind of the column that they stand in."""


def say(text: Text, lang: Language) -> str:
    """Give the sentence in the language."""
    return text.indonesian if lang == "id" else text.english


def name(code: str, lang: Language, kind: str = "name") -> str:
    """Give what a code is called in a column of this kind, or the code itself where it has no other name."""
    return say(CODES[kind][code], lang) if code in CODES[kind] else code


def question(code: str, lang: Language) -> str:
    """Give what a question is called; of an evidence file, with its year and form: `evidence/2024.pdf`."""
    about, _, file_of = code.partition("/")
    if about != "evidence":
        return name(code, lang, "question")
    year, _, form = file_of.partition(".")
    return f"{say(names.EVIDENCE, lang)} {year}, {form.upper()}"


def counted(unit: str, question: str, lang: Language) -> str:
    """Give what the total of a question counts."""
    called = names.COUNTS_OF.get(question, {}).get(unit) or names.COUNTS.get(unit)
    return say(called, lang) if called else unit


def number(value: float, lang: Language) -> str:
    """Write a number with the separators of the language."""
    return format_decimal(value, locale=LOCALES[lang])


def percent(value: float, lang: Language) -> str:
    """Write a number of hundredths as a percentage, always with two decimals: figures in a column line up."""
    return format_percent(value / 100, locale=LOCALES[lang], format="#,##0.00\u00a0%")


def rupiah(value: int, lang: Language) -> str:
    """Write whole rupiah."""
    return f"Rp\u00a0{number(value, lang)}"


def rupiah_short(value: int, lang: Language) -> str:
    """Write rupiah in millions or milliards, as the press does: Rp 3,65 miliar."""
    for size, indonesian, english in (
        (10**12, "triliun", "trillion"),
        (10**9, "miliar", "billion"),
        (10**6, "juta", "million"),
    ):
        if value >= size:
            short = format_decimal(value / size, format="#,##0.##", locale=LOCALES[lang])
            return f"Rp\u00a0{short} {indonesian if lang == 'id' else english}"
    return rupiah(value, lang)


def day(value: date, lang: Language) -> str:
    """Write a day as 22 November 2026."""
    return format_date(value, "d MMMM y", locale=LOCALES[lang])


def month(value: date, lang: Language) -> str:
    """Write a month as Nov 2026."""
    return format_date(value, "MMM y", locale=LOCALES[lang])


def time(value: datetime, lang: Language) -> str:
    """Write a time of Bali as 22 November 2026, 14.05 WITA, with its seconds where it has any."""
    local = value.astimezone(BUSINESS_ZONE)
    form = "d MMMM y, HH.mm.ss" if local.second else "d MMMM y, HH.mm"
    return f"{format_datetime(local, form, locale=LOCALES[lang])} WITA"


def age(seconds: float, lang: Language) -> str:
    """Write how old something is, in its greatest unit: 3 minutes, 2 days."""
    if seconds < MINUTE_S:
        return {"id": "kurang dari satu menit", "en": "less than a minute"}[lang]
    return format_timedelta(timedelta(seconds=seconds), locale=LOCALES[lang])


def file(address: str, _lang: Language) -> str:
    """Give a link to a file, called by its form: PDF."""
    form = address.partition("?")[0].rpartition(".")[2].upper()
    return Markup('<a href="{}" download>{}</a>').format(address, form)


def flag(value: bool, lang: Language) -> str:
    """Write yes or no."""
    return {"id": ("tidak", "ya"), "en": ("no", "yes")}[lang][value]


def area(code: str, _lang: Language) -> str:
    """Give what an area is called: a village, district, regency or the province."""
    return areas().get(code, code)


WRITTEN: dict[str, Callable[[Any, Language], str]] = {
    "people": number,
    "number": number,
    "rupiah": rupiah,
    "percent": percent,
    "day": day,
    "month": month,
    "area": area,
    "flag": flag,
    "file": file,
    "time": time,
    **{kind: partial(name, kind=kind) for kind in CODES},
    "question": question,
}
"""How the values of a column are written, by its kind; those of any other kind are text."""


NAMING = (*CODES, "area")
"""Kinds of columns that hold codes."""


def named(row: Mapping[str, Any], columns: Sequence[Column], lang: Language) -> dict[str, Any]:
    """Give a row with names in the place of codes."""
    codes = {each.key: each.kind for each in columns if each.kind in NAMING and row.get(each.key) is not None}
    return {key: WRITTEN[codes[key]](value, lang) if key in codes else value for key, value in row.items()}


def cell(value: Any, kind: str, lang: Language) -> str:
    """Write the value of a cell; what is not there is a dash."""
    if value is None:
        return "–"
    return WRITTEN[kind](value, lang) if kind in WRITTEN else str(value)
