"""What a file of a panel's rows says of itself: which figures they are, of when, and what they are worth."""

from services.reporting.answers import Text, snapshot_id
from services.reporting.pages import words
from services.reporting.pages.asked import Asked
from services.reporting.pages.panel import Panel
from services.reporting.pages.seen import Seen

EVERYTHING = Text("semua catatan sampai kini", "all facts so far")
EVERYWHERE = Text("semua wilayah", "all areas")


def for_programs(panel: Panel, asked: Asked, seen: Seen) -> list[tuple[str, str]]:
    """Give it under names that stay, in the forms that programs read."""
    return [
        ("title", _say(panel.title, asked)),
        ("unit", _say(panel.unit, asked)),
        ("as_of", seen.day.isoformat()),
        ("known_at", asked.known.isoformat() if asked.known else "all facts so far"),
        ("area", "all" if panel.whole or not asked.area else f"{seen.area} ({asked.area})"),
        ("final", "yes" if seen.complete.final else "no"),
        ("why", _say(seen.complete.why, asked)),
        ("withheld_keys", str(seen.complete.withheld_keys)),
        ("projection_version", str(seen.complete.version)),
        ("definition", _say(panel.definition.text, asked)),
        ("source", panel.source),
        ("address", _address(panel, asked, seen)),
    ]


def for_people(panel: Panel, asked: Asked, seen: Seen) -> list[tuple[str, str]]:
    """Give it in the words of the reader's language."""
    lang, complete = asked.lang, seen.complete
    whole = panel.whole or not asked.area
    said = [
        (Text("Judul", "Title"), _say(panel.title, asked)),
        (Text("Satuan", "Unit"), _say(panel.unit, asked)),
        (Text("Per tanggal", "As of"), words.day(seen.day, lang)),
        (Text("Diketahui pada", "Known at"), words.time(asked.known, lang) if asked.known else _say(EVERYTHING, asked)),
        (Text("Wilayah", "Area"), _say(EVERYWHERE, asked) if whole else f"{seen.area} ({asked.area})"),
        (Text("Tetap", "Final"), words.flag(complete.final, lang)),
        (Text("Mengapa", "Why"), _say(complete.why, asked)),
        (Text("Kunci ditahan", "Keys withheld"), words.number(complete.withheld_keys, lang)),
        (Text("Versi proyeksi", "Projection version"), str(complete.version)),
        (Text("Apa yang dihitung", "What is counted"), _say(panel.definition.text, asked)),
        (Text("Untuk program", "For programs"), panel.source),
        (Text("Alamat", "Address"), _address(panel, asked, seen)),
    ]
    if complete.final and asked.known:
        said.append((Text("Snapshot", "Snapshot"), snapshot_id(complete.version, asked.known)))
    return [(_say(what, asked), text) for what, text in said]


def _address(panel: Panel, asked: Asked, seen: Seen) -> str:
    return asked.address(f"/pages/{panel.id}", as_of=seen.day.isoformat())


def _say(text: Text, asked: Asked) -> str:
    return words.say(text, asked.lang)
