"""What a file of a panel's rows says of itself: which figures they are, of when, and what they are worth."""

import re
from datetime import UTC

from services.reporting.answers import SOURCES, Text
from services.reporting.pages import words
from services.reporting.pages.asked import Asked
from services.reporting.pages.panel import Panel
from services.reporting.pages.seen import Seen

EVERYTHING = Text("semua catatan sampai kini", "all facts so far")
EVERYWHERE = Text("semua wilayah", "all areas")
NEVER = Text("belum pernah dinyatakan", "not stated yet")


def for_programs(panel: Panel, asked: Asked, seen: Seen) -> list[tuple[str, str]]:
    """Give it under names that stay, in the forms that programs read."""
    complete = seen.complete
    until = {mark.source: mark.complete_until for mark in complete.watermarks}
    return [
        ("title", _say(panel.title, asked)),
        ("unit", _say(panel.unit, asked)),
        ("as_of", seen.day.isoformat()),
        ("known_at", asked.known.isoformat() if asked.known else "all facts so far"),
        ("area", "all" if panel.whole or not asked.area else f"{seen.area} ({asked.area})"),
        ("final", "yes" if seen.final else "no"),
        ("why", _say(seen.why, asked)),
        ("snapshot", seen.snapshot or ""),
        *((f"complete_until_{each}", time.isoformat() if (time := until.get(each)) else "") for each in SOURCES),
        ("age_seconds", "" if complete.age_seconds is None else f"{complete.age_seconds:.0f}"),
        ("withheld_keys", str(complete.withheld_keys)),
        ("projection_version", str(complete.version)),
        ("definition", _say(panel.definition.text, asked)),
        ("source", panel.source),
        ("address", _address(panel, asked, seen)),
    ]


def for_people(panel: Panel, asked: Asked, seen: Seen) -> list[tuple[str, str]]:
    """Give it in the words of the reader's language."""
    lang, complete = asked.lang, seen.complete
    whole = panel.whole or not asked.area
    until = {mark.source: mark.complete_until for mark in complete.watermarks}
    told = (
        f"{words.name(each, lang)}: {words.time(time, lang) if (time := until.get(each)) else _say(NEVER, asked)}"
        for each in SOURCES
    )
    said = [
        (Text("Judul", "Title"), _say(panel.title, asked)),
        (Text("Satuan", "Unit"), _say(panel.unit, asked)),
        (Text("Per tanggal", "As of"), words.day(seen.day, lang)),
        (Text("Diketahui pada", "Known at"), words.time(asked.known, lang) if asked.known else _say(EVERYTHING, asked)),
        (Text("Wilayah", "Area"), _say(EVERYWHERE, asked) if whole else f"{seen.area} ({asked.area})"),
        (Text("Tetap", "Final"), words.flag(seen.final, lang)),
        (Text("Mengapa", "Why"), _say(seen.why, asked)),
        (Text("Snapshot", "Snapshot"), seen.snapshot or "–"),
        (Text("Data lengkap sampai", "Data complete until"), "; ".join(told)),
        (
            Text("Umur data", "Age of the data"),
            "–" if complete.age_seconds is None else words.age(complete.age_seconds, lang),
        ),
        (
            Text("Orang atau kelompok yang catatannya ditahan", "Workers or cohorts whose facts are withheld"),
            words.number(complete.withheld_keys, lang),
        ),
        (Text("Versi proyeksi", "Projection version"), str(complete.version)),
        (Text("Apa yang dihitung", "What is counted"), _say(panel.definition.text, asked)),
        (Text("Untuk program", "For programs"), panel.source),
        (Text("Alamat", "Address"), _address(panel, asked, seen)),
    ]
    return [(_say(what, asked), text) for what, text in said]


def file_name(panel: Panel, asked: Asked, seen: Seen, form: str) -> str:
    """Call a file by which figures are in it, so that two of them are told apart when they are nothing but files."""
    area = [] if panel.whole or not asked.area else [asked.area]
    known = asked.known.astimezone(UTC) if asked.known else None
    at = [f"known-{re.sub('[^0-9T]', '', known.replace(tzinfo=None).isoformat())}Z"] if known else []
    worth = f"final-v{seen.complete.version}" if seen.final else "not-final"
    return f"{'-'.join(['payung', panel.id, *area, seen.day.isoformat(), *at, worth])}.{form}"


def _address(panel: Panel, asked: Asked, seen: Seen) -> str:
    """Give the address that stays as it is, where there is one."""
    return seen.shown[0].lasting if seen.final and seen.shown[0].lasting else _now(panel, asked, seen)


def _now(panel: Panel, asked: Asked, seen: Seen) -> str:
    return asked.address(f"/pages/{panel.id}", as_of=seen.day.isoformat())


def _say(text: Text, asked: Asked) -> str:
    return words.say(text, asked.lang)
