"""Figures that were quoted to the world, as people see them: what was said, and which are answered otherwise now."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import httpx2

from services.chassis.postgres import Transaction
from services.reporting import definitions, published_store
from services.reporting.answers import Text
from services.reporting.pages import names, words
from services.reporting.pages.asked import Asked, Language
from services.reporting.pages.panel import Ask, Column, Panel
from services.reporting.queries import Figure

SHOWN_MAX = 2_000
ASKED_AGAIN_MAX = 50
ASK_S_MAX = 30.0
NEWER_THAN_ALL = 2**62
DAYS = ("as_of", "from", "until")
OLDER = Text(
    f"… dan yang lebih lama dari {SHOWN_MAX} ini: /v1/published",
    f"… and those older than these {SHOWN_MAX}: /v1/published",
)
OTHER_PARTS = Text("jumlahnya sama, bagiannya lain", "the same total of other parts")
NOT_ANSWERED = Text("tidak dijawab lagi", "no longer answered")
NOT_FINAL = Text("belum tetap", "not final")
FILE = Text("berkas", "file")
ROWS = Text("baris", "rows")


async def _published(tx: Transaction, _day: date, asked: Asked) -> list[Figure]:
    found = await published_store.page(tx, before=NEWER_THAN_ALL, limit=SHOWN_MAX + 1)
    rows: list[Figure] = [
        {
            "published_on": one.published_on,
            "published_in": one.published_in,
            "question": one.question,
            "total": quoted(one.question, one.answer, asked.lang),
            "asked": "; ".join(_choice(name, value, asked.lang) for name, value in one.asked.items()),
            "snapshot": one.snapshot,
        }
        for one in found[:SHOWN_MAX]
    ]
    return [*rows, *([{"published_in": words.say(OLDER, asked.lang)}] if len(found) > SHOWN_MAX else [])]


async def _not_asked(_tx: Transaction, _day: date, _asked: Asked) -> list[Figure]:
    msg = "the application is asked for these rows beforehand"
    raise LookupError(msg)


async def _ask_again(app: Any) -> Ask:
    """Ask through the same door as everybody, before the page's own look at the database: this takes several."""
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url="http://reporting", timeout=ASK_S_MAX
    ) as http:
        found = (await http.get("/v1/published/differences", params={"limit": ASKED_AGAIN_MAX})).raise_for_status()

    async def ask(_tx: Transaction, _day: date, asked: Asked) -> list[Figure]:
        return [
            {
                "published_on": date.fromisoformat(row["published_on"]),
                "published_in": row["published_in"],
                "question": row["question"],
                "total": quoted(row["question"], row["answer"], asked.lang),
                "now": _now(row, asked.lang),
                "snapshot": row["snapshot"],
            }
            for row in found.json()["rows"]
        ]

    return ask


def _now(row: Figure, lang: Language) -> str:
    now, question = row["now"], row["question"]
    if now["answer"] is None:
        return words.say(NOT_ANSWERED, lang)
    answer = quoted(question, now["answer"], lang)
    if now["same"] is None:
        return f"{answer} ({words.say(NOT_FINAL, lang)})"
    return f"{answer} ({words.say(OTHER_PARTS, lang)})" if answer == quoted(question, row["answer"], lang) else answer


def quoted(question: str, answer: Mapping[str, Any], lang: Language) -> str:
    """Write the total of an answer, or how many rows it has where nothing adds up."""
    if "sha256" in answer:
        return f"{words.say(FILE, lang)}, SHA-256 {answer['sha256'][:12]}…"
    if answer["total"] is None:
        return f"{words.number(len(answer['figures']), lang)} {words.say(ROWS, lang)}"
    said = _total(question, answer["total"], lang)
    unit = answer.get("unit")
    return (
        said
        if isinstance(answer["total"], dict) or unit not in names.COUNTS
        else f"{said} {words.counted(unit, question, lang)}"
    )


def _total(question: str, total: Any, lang: Language) -> str:
    """Write a total: a number, or several by what they count, without those of which there is none."""
    if isinstance(total, dict):
        counted = ((words.counted(unit, question, lang), count) for unit, count in total.items() if count)
        return "; ".join(f"{_total(question, count, lang)} {what}" for what, count in counted) or "0"
    return words.number(total, lang) if isinstance(total, int | float) else str(total)


def _choice(name: str, value: Any, lang: Language) -> str:
    """Write a choice of a question: days and areas as people write them, all else by its name."""
    tables = {"by": names.PARTS, "every": names.PARTS, "state": names.COHORT_STATES}
    called = names.NAMES | tables.get(name, {})
    if name in DAYS:
        told = words.day(date.fromisoformat(value), lang)
    elif name == "area":
        told = words.area(value, lang)
    else:
        each = value if isinstance(value, list) else [value]
        told = ", ".join(words.say(called[one], lang) if one in called else str(one) for one in each)
    return f"{words.say(names.CHOICES[name], lang) if name in names.CHOICES else name} {told}"


PUBLISHED_ON = Column("published_on", Text("Tanggal", "On"), "day")
PUBLISHED_IN = Column("published_in", Text("Di mana", "Where"), "text")
QUESTION = Column("question", Text("Pertanyaan", "Question"), "question")
ANSWER = Column("total", Text("Jawaban waktu itu", "Answer then"), "long")
SNAPSHOT = Column("snapshot", Text("Snapshot", "Snapshot"), "text")
PANELS = (
    Panel(
        "published",
        Text("Angka yang diterbitkan", "Published figures"),
        Text("angka", "figures"),
        definitions.PUBLISHED,
        (PUBLISHED_ON, PUBLISHED_IN, QUESTION, ANSWER, Column("asked", Text("Pilihan", "Choices"), "long"), SNAPSHOT),
        _published,
        None,
        "/v1/published · bi.published",
        whole=True,
        changing=definitions.ALL_PUBLISHED,
        empty=Text("Belum ada angka yang dicatat sebagai diterbitkan.", "No figure was noted as published yet."),
    ),
    Panel(
        "published-differences",
        Text("Angka terbitan yang kini berbeda", "Published figures that differ now"),
        Text("angka", "figures"),
        definitions.PUBLISHED,
        (
            PUBLISHED_ON,
            PUBLISHED_IN,
            QUESTION,
            ANSWER,
            Column("now", Text("Jawaban kini", "Answer now"), "long"),
            SNAPSHOT,
        ),
        _not_asked,
        None,
        "/v1/published/differences",
        notes=(
            Text(
                f"Ditanyakan lagi dengan snapshot yang sama: {ASKED_AGAIN_MAX} angka terbaru.",
                f"Asked again of the same snapshot: the {ASKED_AGAIN_MAX} newest figures.",
            ),
        ),
        whole=True,
        changing=definitions.ALL_PUBLISHED,
        beforehand=_ask_again,
        empty=Text(
            "Semua angka terbitan yang ditanyakan lagi masih dijawab sama.",
            "All published figures that were asked again have the same answer.",
        ),
    ),
)
