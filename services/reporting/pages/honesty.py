"""Why a figure is another one now, and which figures were quoted to the world, as people see them."""

from datetime import date, datetime, timedelta
from typing import Any

from services.chassis import clock
from services.chassis.clock import BUSINESS_ZONE
from services.chassis.postgres import Transaction
from services.reporting import change_queries, definitions, published_store
from services.reporting.answers import Text
from services.reporting.pages import words
from services.reporting.pages.asked import Asked
from services.reporting.pages.panel import Column, Panel
from services.reporting.queries import Figure, Where

SHOWN_MAX = 200
NEWER_THAN_ALL = 2**62
DAYS = ("as_of", "from", "until")
CHOICES = {
    "as_of": Text("per", "as of"),
    "from": Text("dari", "from"),
    "until": Text("sebelum", "before"),
    "by": Text("menurut", "by"),
    "every": Text("setiap", "every"),
    "area": Text("wilayah", "area"),
    "year": Text("tahun", "year"),
    "segment": Text("segmen", "segment"),
    "funding": Text("sumber dana", "paid by"),
    "denominator": Text("penyebut", "denominator"),
    "version": Text("versi", "version"),
}
"""How the choices of a question are said."""

WHAT = Column("what", Text("Apa", "What"), "name")
SEGMENT = Column("segment", Text("Segmen", "Segment"), "name")
ADDS_UP = Text(
    "Baris pertama ditambah perubahan di bawahnya sama dengan baris terakhir. Tanpa pilihan lain, dibandingkan dengan"
    " yang diketahui pada awal bulan.",
    "The first row and the changes below it add up to the last row. Unless chosen otherwise, the figure is compared"
    " with what was known when the month began.",
)


async def _since(tx: Transaction, asked: Asked) -> datetime:
    if asked.since is not None:
        return asked.since
    day = asked.known.astimezone(BUSINESS_ZONE).date() if asked.known else await clock.business_date(tx)
    return clock.at_midnight(day.replace(day=1))


def _adding_up(changes: list[Figure], total: Figure, unit: str) -> list[Figure]:
    """Put the figures before and after around the changes; what is not listed one by one is a row too."""
    others = total["change"] - sum(change[unit] for change in changes)
    return [
        {"what": "before", unit: total["before"]},
        *changes,
        *([{"what": "others", unit: others}] if others else []),
        {"what": "after", unit: total["after"]},
    ]


async def _protected(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    since = await _since(tx, asked)
    found, total = await change_queries.protected(tx, day, since, asked.known, Where(asked.area))
    return _adding_up([row | {"what": "learned"} for row in found[:SHOWN_MAX]], total, "people")


async def _claims_paid(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    since, period = await _since(tx, asked), (date(day.year, 1, 1), day + timedelta(days=1))
    found, total = await change_queries.claims_paid(tx, *period, since, asked.known, asked.area)
    return _adding_up([row | {"what": row["because"]} for row in found[:SHOWN_MAX]], total, "amount_idr")


async def _published(tx: Transaction, _day: date, asked: Asked) -> list[Figure]:
    return [
        {
            "published_on": one.published_on,
            "published_in": one.published_in,
            "question": one.question,
            "total": _total(one.answer["total"], asked),
            "asked": "; ".join(_choice(name, value, asked) for name, value in one.asked.items()),
            "snapshot": one.snapshot,
        }
        for one in await published_store.page(tx, before=NEWER_THAN_ALL, limit=SHOWN_MAX)
    ]


def _total(total: Any, asked: Asked) -> str:
    """Write a total: a number, or several by what they count, without those of which there is none."""
    if isinstance(total, dict):
        named = ((words.name(what, asked.lang), count) for what, count in total.items() if count)
        return "; ".join(f"{_total(count, asked)} {what}" for what, count in named) or "0"
    return words.number(total, asked.lang) if isinstance(total, int | float) else _told(total)


def _told(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _choice(name: str, value: Any, asked: Asked) -> str:
    """Write a parameter of a question: days and areas as people write them, all else by its name."""
    if name in DAYS:
        told = words.day(date.fromisoformat(value), asked.lang)
    elif name == "area":
        told = words.area(value, asked.lang)
    else:
        told = ", ".join(words.name(str(each), asked.lang) for each in (value if isinstance(value, list) else [value]))
    return f"{words.say(CHOICES[name], asked.lang)} {told}" if name in CHOICES else f"{name} {told}"


WHY_PROTECTED = Panel(
    "why-protected-changed",
    Text("Mengapa jumlah yang dilindungi berubah", "Why the number of protected changed"),
    Text("orang", "people"),
    definitions.PROTECTED_CHANGES,
    (
        WHAT,
        Column("people", Text("Orang", "People"), "people"),
        Column("learned_on", Text("Dicatat pada", "Learned on"), "day"),
        Column("counts_from", Text("Berlaku sejak", "Counts from"), "day"),
        Column("village_name", Text("Desa", "Village"), "text"),
        SEGMENT,
        Column("funding", Text("Sumber dana", "Funding"), "name"),
    ),
    _protected,
    None,
    "/v1/protected/changes",
    compares=True,
    notes=(ADDS_UP,),
)
WHY_PAID = Panel(
    "why-paid-changed",
    Text("Mengapa jumlah manfaat tahun ini berubah", "Why the benefits paid this year changed"),
    Text("rupiah", "rupiah"),
    definitions.CLAIMS_PAID_CHANGES,
    (
        WHAT,
        Column("amount_idr", Text("Jumlah", "Amount"), "rupiah"),
        Column("paid_on", Text("Dibayar pada", "Paid on"), "day"),
        Column("programme", Text("Program", "Programme"), "name"),
        SEGMENT,
        Column("area", Text("Wilayah", "Area"), "area"),
    ),
    _claims_paid,
    None,
    "/v1/claims-paid/changes",
    compares=True,
    notes=(ADDS_UP,),
)
PUBLISHED = Panel(
    "published",
    Text("Angka yang diterbitkan", "Published figures"),
    Text("angka", "figures"),
    definitions.PUBLISHED,
    (
        Column("published_on", Text("Tanggal", "On"), "day"),
        Column("published_in", Text("Di mana", "Where"), "text"),
        Column("question", Text("Pertanyaan", "Question"), "name"),
        Column("total", Text("Jawaban", "Answer"), "long"),
        Column("asked", Text("Pilihan", "Choices"), "long"),
        Column("snapshot", Text("Snapshot", "Snapshot"), "text"),
    ),
    _published,
    None,
    "/v1/published",
    whole=True,
    changing=definitions.ALL_PUBLISHED,
    empty=Text("Belum ada angka yang dicatat sebagai diterbitkan.", "No figure was noted as published yet."),
)
PANELS = (WHY_PROTECTED, WHY_PAID, PUBLISHED)
