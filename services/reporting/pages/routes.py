"""The pages over HTTP: an overview, a page for each question, the rows of each as files, and what pages are made of.

Whatever a page shows was asked in one snapshot of the database, together with how complete it is.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from payung_contracts.regions import villages
from pydantic import ValidationError

from services.chassis import clock
from services.chassis.clock import BUSINESS_ZONE
from services.chassis.postgres import Pool, Transaction, transaction
from services.chassis.web import Database, Problem
from services.reporting import answers, queries
from services.reporting.answers import Completeness, Text
from services.reporting.pages import files, words
from services.reporting.pages.asked import Asked
from services.reporting.pages.panel import Panel
from services.reporting.pages.panels import GROUPS, OVERVIEW, PANELS
from services.reporting.projections import PROJECTION_VERSION
from services.reporting.queries import Figure, Where

HERE = Path(__file__).parent
STATIC = {
    "app.css": "text/css",
    "app.js": "text/javascript",
    "htmx.min.js": "text/javascript",
    "d3.min.js": "text/javascript",
    "plot.umd.min.js": "text/javascript",
    "gianyar_villages.geojson": "application/geo+json",
    "gianyar_districts.geojson": "application/geo+json",
    "mark.svg": "image/svg+xml",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
STATIC_S = 3_600
NOT_ANSWERED = ("Pertanyaan ini tidak dapat dijawab", "This question cannot be answered")
ANSWERED_LATER = ("Angka belum dapat ditampilkan", "The figures cannot be shown now")
SOON = timedelta(days=90)

MAPPED = "51.04"
"""The regency whose boundaries are here."""
MAP_SAYS = {
    "hint": Text("Tunjuk sebuah desa, atau pilih dengan tombol panah.", "Point at a village, or use the arrow keys."),
    "outside": Text("di luar wilayah yang dipilih", "outside the chosen area"),
}

router = APIRouter(include_in_schema=False)
templates = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=select_autoescape(default=True, default_for_string=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Odd(Exception):
    """A part of the address that is not known."""

    def __init__(self, status: int, part: str) -> None:
        super().__init__(part)
        self.status, self.part = status, part


@dataclass(frozen=True, slots=True)
class Shown:
    """A panel with its rows."""

    panel: Panel
    rows: list[Figure]


@dataclass(frozen=True, slots=True)
class Seen:
    """All that one page shows, from one snapshot."""

    day: date
    complete: Completeness
    shown: list[Shown]
    areas: list[Figure]
    area: str
    """The name of the chosen area; empty: all."""
    fixed: str | None
    """A known-at time by which this page can be asked for again and stays as it is; None while there is none."""
    tiles: dict[str, Any]


async def _asked(request: Request, pool: Database) -> Asked:
    """Read what is asked for from the address; what is not known there is never answered with something else."""
    given = request.query_params.multi_items()
    try:
        asked = Asked.model_validate(dict(given))
    except ValidationError as error:
        raise Odd(422, str(error.errors(include_input=False)[0]["loc"][0])) from None
    names = [name for name, _ in given]
    if len(names) > len(set(names)) or any("\0" in value for _, value in given):
        raise Odd(422, "")
    if asked.area is not None:
        async with transaction(pool) as tx:
            if not await queries.area_known(tx, asked.area):
                raise Odd(422, "area")
    return asked


Wanted = Annotated[Asked, Depends(_asked)]


@router.get("/")
async def overview(pool: Database, asked: Wanted) -> HTMLResponse:
    """Show all that matters for a day on one page."""
    seen = await _see(pool, asked, OVERVIEW, tiles=True)
    return _page("overview.html", asked, seen, path="/")


@router.get("/pages/{panel_id}")
async def one(pool: Database, panel_id: str, asked: Wanted) -> HTMLResponse:
    """Show one question, with all its rows."""
    panel = _panel(panel_id)
    seen = await _see(pool, asked, (panel,))
    return _page("panel.html", asked, seen, path=f"/pages/{panel.id}")


@router.get("/pages/{panel_id}/rows.{wanted}")
async def rows(pool: Database, panel_id: str, wanted: str, asked: Wanted) -> Response:
    """Give the rows of a question as a file."""
    panel = _panel(panel_id)
    if wanted not in files.MEDIA:
        raise Odd(404, "")
    seen = await _see(pool, asked, (panel,))
    columns, found = [(column.key, column.kind) for column in panel.columns], seen.shown[0].rows
    if wanted == "xlsx":  # is read by people; the others by programs
        found = [words.named(row, panel.columns, asked.lang) for row in found]
    heads = [words.say(column.label, asked.lang) for column in panel.columns]
    content = files.write(wanted, columns, heads, found, _about(panel, asked, seen))
    name = f"payung-{panel.id}-{seen.day.isoformat()}.{wanted}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=files.MEDIA[wanted], headers=headers)


@router.get("/static/{name}")
async def part(name: str) -> FileResponse:
    """Give a file that pages are made of."""
    if name not in STATIC:
        raise Odd(404, "")
    folder = HERE / "static"
    path = folder / name if (folder / name).exists() else folder / "vendor" / name
    return FileResponse(path, media_type=STATIC[name], headers=HEADERS | {"Cache-Control": f"max-age={STATIC_S}"})


def _panel(panel_id: str) -> Panel:
    if panel_id not in PANELS:
        raise Odd(404, "")
    return PANELS[panel_id]


async def _see(pool: Pool, asked: Asked, panels: Sequence[Panel], *, tiles: bool = False) -> Seen:
    async with answers.snapshot(pool) as tx:
        complete = await answers.completeness(tx, asked.known)
        day = asked.as_of or await clock.business_date(tx)
        shown = [Shown(panel, await panel.ask(tx, day, asked)) for panel in panels]
        areas = await queries.areas_within(tx, asked.area)
        return Seen(
            day,
            complete,
            shown,
            areas,
            next((area["name"] for area in areas if area["code"] == asked.area), ""),
            _fixed(asked, complete),
            await _tiles(tx, day, asked, complete) if tiles else {},
        )


def _fixed(asked: Asked, complete: Completeness) -> str | None:
    """Give the known-at time of a link that lasts: the one asked for, or the newest whole second that is final."""
    known_at = asked.known or complete.final_until
    return known_at.astimezone(BUSINESS_ZONE).replace(microsecond=0, tzinfo=None).isoformat() if known_at else None


async def _tiles(tx: Transaction, day: date, asked: Asked, complete: Completeness) -> dict[str, Any]:
    """Give the figures that stand first."""
    people = sum(row["people"] for row in await queries.protected(tx, day, asked.known, [], Where(asked.area)))
    soon = sum(row["people"] for row in await queries.protected(tx, day + SOON, asked.known, [], Where(asked.area)))
    year = date(day.year, 1, 1)
    _, paid = await queries.claims_paid(tx, year, day + timedelta(days=1), asked.known, [], asked.area)
    denominators = await queries.targets(tx)
    targets = [each for each in denominators if each["area_code"] is not None]
    ratio = None
    if targets:
        found = await queries.protected(tx, day, asked.known, [], Where(targets[0]["area_code"]))
        ratio = {"percent": 100 * sum(row["people"] for row in found) / targets[0]["value"], **targets[0]}
    evidence = _evidence(day, asked.known or complete.final_until, denominators)
    return {"people": people, "soon": soon, "paid": paid, "ratio": ratio, "evidence": evidence}


def _evidence(day: date, known_at: datetime | None, denominators: list[Figure]) -> dict[str, Any]:
    """Say where the evidence file of the last whole year is, in the form in which it is final if that can be."""
    year = (day + timedelta(days=1)).year - 1
    asked = {
        "known_at": [known_at.isoformat()] if known_at else [],
        "denominator": [f"{each['id']}@{each['version']}" for each in denominators],
    }
    return {"year": year} | {
        form: f"/v1/evidence/{year}.{form}?{urlencode(asked, doseq=True)}" for form in ("pdf", "xlsx")
    }


async def tell_odd(_request: Request, odd: Any) -> HTMLResponse:
    """Say on a page what of the address is not known."""
    return _sorry(odd.status, odd.part)


def tell_people(problem: Callable[[Any], Problem]) -> Callable[[Request, Any], Awaitable[Response]]:
    """Let people who look for a page be told on a page what programs are told as a problem."""

    async def tell(request: Request, error: Any) -> Response:
        told, wanted = problem(error), request.headers
        people = "text/html" in wanted.get("accept", "") or "hx-request" in wanted
        asks_for_data = "/v1/" in request.url.path
        return _sorry(told.status) if people and not asks_for_data else told.response()

    return tell


def _sorry(status: int, part: str = "") -> HTMLResponse:
    title = ANSWERED_LATER if status >= HTTPStatus.INTERNAL_SERVER_ERROR else NOT_ANSWERED
    content = templates.get_template("odd.html").render(status=status, part=part, title=title)
    return HTMLResponse(content, status, HEADERS)


def _page(template: str, asked: Asked, seen: Seen, *, path: str) -> HTMLResponse:
    lang = asked.lang

    def say(text: Text) -> str:
        return words.say(text, lang)

    content = templates.get_template(template).render(
        asked=asked,
        seen=seen,
        path=path,
        lang=lang,
        say=say,
        t=lambda indonesian, english: words.say(Text(indonesian, english), lang),
        cell=lambda value, kind: words.cell(value, kind, lang),
        words=words,
        data=lambda shown: _data(shown, seen.day, asked),
        groups=GROUPS,
        version=PROJECTION_VERSION,
        snapshot_id=answers.snapshot_id,
    )
    return HTMLResponse(content, headers=HEADERS | {"Cache-Control": "no-store", "Vary": "HX-Request"})


def _data(shown: Shown, day: date, asked: Asked) -> Markup:
    """Give the rows and how to draw them, as JSON that may stand in a page."""
    chart, lang = shown.panel.chart or {}, asked.lang
    wanted = {*(chart.get(part) for part in ("x", "y", "series", "label")), "forecast"} - {None}
    wanted |= {*chart.get("up", ()), *chart.get("down", ())}
    kinds = {column.key: column.kind for column in shown.panel.columns}
    named = [words.named(row, shown.panel.columns, lang) for row in shown.rows]
    drawn = [{key: row[key] for key in row if key in wanted} for row in named]
    unit = words.say(shown.panel.unit, lang)
    document = {**chart, "rows": drawn, "unit": unit, "day": day, "title": words.say(shown.panel.title, lang)}
    document["labels"] = {column.key: words.say(column.label, lang) for column in shown.panel.columns}
    document["kinds"] = kinds
    if chart.get("kind") == "map":
        document["names"] = {
            code: village.village_name for code, village in villages().items() if code.startswith(MAPPED)
        }
        document["area"] = None if shown.panel.whole else asked.area
        document["said"] = {what: words.say(text, lang) for what, text in MAP_SAYS.items()}
    return Markup(orjson.dumps(document).decode().replace("<", "\\u003c"))  # noqa: S704 - JSON without a tag in it


def _about(panel: Panel, asked: Asked, seen: Seen) -> list[tuple[str, str]]:
    say = words.say
    return [
        ("title", say(panel.title, asked.lang)),
        ("unit", say(panel.unit, asked.lang)),
        ("as_of", seen.day.isoformat()),
        ("known_at", asked.known.isoformat() if asked.known else "all facts so far"),
        ("area", "all" if panel.whole or not asked.area else f"{seen.area} ({asked.area})"),
        ("final", "yes" if seen.complete.final else "no"),
        ("why", say(seen.complete.why, asked.lang)),
        ("withheld_keys", str(seen.complete.withheld_keys)),
        ("projection_version", str(PROJECTION_VERSION)),
        ("definition", say(panel.definition.text, asked.lang)),
        ("source", panel.source),
        ("address", asked.address(f"/pages/{panel.id}", as_of=seen.day.isoformat())),
    ]
