"""The pages over HTTP: an overview, a page for each question, the rows of each as files, and their parts."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from payung_contracts.regions import villages
from pydantic import ValidationError

from services.chassis.web import Database, Problem
from services.chassis.web.included import Included
from services.reporting import answers, queries, target_queries
from services.reporting.answers import Text
from services.reporting.pages import downloads, words
from services.reporting.pages.asked import DENOMINATORS_MAX, Asked
from services.reporting.pages.panel import Panel
from services.reporting.pages.panels import GROUPS, OVERVIEW, PANELS
from services.reporting.pages.seen import Seen, Shown, see

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

DRAWN = ("x", "y", "series", "label", "up", "down", "parts", "against", "net")
"""What of a chart names columns: one, or several."""
MAPPED = "51.04"
"""The regency whose boundaries are here."""
MAP_SAYS = {
    "hint": Text("Tunjuk sebuah wilayah, atau pilih dengan tombol panah.", "Point at an area, or use the arrow keys."),
    "village": Text("Desa", "Villages"),
    "district": Text("Kecamatan", "Districts"),
    "outside": Text("di luar wilayah yang dipilih", "outside the chosen area"),
    "elsewhere": Text("tidak ada di peta", "not on the map"),
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

    def __init__(self, status: int, part: str, said: Text | None = None) -> None:
        super().__init__(part)
        self.status, self.part, self.said = status, part, said


async def _asked(request: Request, pool: Database) -> Asked:
    """Read what is asked for from the address; what is not known there is never answered with something else."""
    given = request.query_params.multi_items()
    names = [name for name, value in given if name != "denominator" or not value]
    denominators = request.query_params.getlist("denominator")
    try:
        asked = Asked.model_validate(dict(given) | ({"denominator": denominators} if denominators else {}))
    except ValidationError as error:
        raise Odd(422, str(error.errors(include_input=False)[0]["loc"][0])) from None
    if len(names) > len(set(names)) or any("\0" in value for _, value in given):
        raise Odd(422, "")
    if asked.area is not None or asked.denominator:
        async with answers.snapshot(pool) as tx:
            if asked.area is not None and not await queries.area_known(tx, asked.area):
                raise Odd(422, "area")
            if len(asked.denominator) > len(await target_queries.targets(tx, asked.denominator)):
                raise Odd(422, "denominator")
    return asked


Wanted = Annotated[Asked, Depends(_asked)]


@router.get("/", dependencies=[Included])
async def overview(pool: Database, asked: Wanted) -> Response:
    """Show all that matters for a day on one page; a snapshot's has to name the versions of targets in its address."""
    if asked.snapshot is not None and not asked.denominator:
        async with answers.snapshot(pool) as tx:
            targets = target_queries.named(await target_queries.targets(tx))
        if 0 < len(targets) <= DENOMINATORS_MAX:
            lasting = asked.address("/", known_at=None, snapshot=asked.snapshot, denominator=targets)
            return RedirectResponse(lasting, HTTPStatus.SEE_OTHER, HEADERS | {"Cache-Control": "no-store"})
    seen = await see(pool, asked, OVERVIEW, path="/", with_tiles=True)
    return _page("overview.html", asked, seen, path="/")


@router.get("/pages/{panel_id}", dependencies=[Included])
async def one(request: Request, pool: Database, panel_id: str, asked: Wanted) -> HTMLResponse:
    """Show one question, with all its rows."""
    panel = await _panel(panel_id, request.app)
    seen = await see(pool, asked, (panel,), path=f"/pages/{panel.id}")
    return _page("panel.html", asked, seen, path=f"/pages/{panel.id}")


@router.get("/pages/{panel_id}/rows.{wanted}", dependencies=[Included])
async def rows(request: Request, pool: Database, panel_id: str, wanted: str, asked: Wanted) -> Response:
    """Give the rows of a question as a file."""
    panel = await _panel(panel_id, request.app)
    if wanted not in downloads.MEDIA:
        raise Odd(404, "")
    seen = await see(pool, asked, (panel,), path=f"/pages/{panel.id}")
    if seen.shown[0].refused is not None:
        raise Odd(409, "", seen.shown[0].refused)
    return downloads.answer(request, panel, asked, seen, wanted)


@router.get("/static/{name}")
async def part(name: str) -> FileResponse:
    """Give a file that pages are made of."""
    if name not in STATIC:
        raise Odd(404, "")
    folder = HERE / "static"
    path = folder / name if (folder / name).exists() else folder / "vendor" / name
    return FileResponse(path, media_type=STATIC[name], headers=HEADERS | {"Cache-Control": f"max-age={STATIC_S}"})


async def _panel(panel_id: str, app: FastAPI) -> Panel:
    if panel_id not in PANELS:
        raise Odd(404, "")
    panel = PANELS[panel_id]
    return panel if panel.beforehand is None else replace(panel, ask=await panel.beforehand(app))


async def tell_odd(_request: Request, odd: Any) -> HTMLResponse:
    """Say on a page what of the address is not known."""
    return _sorry(odd.status, odd.part, odd.said)


def tell_people(problem: Callable[[Any], Problem]) -> Callable[[Request, Any], Awaitable[Response]]:
    """Let people who look for a page be told on a page what programs are told as a problem."""

    async def tell(request: Request, error: Any) -> Response:
        told, wanted = problem(error), request.headers
        people = "text/html" in wanted.get("accept", "") or "hx-request" in wanted
        asks_for_data = "/v1/" in request.url.path
        if not people or asks_for_data:
            return told.response()
        asked_too_much = told.status in (HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY) and "code" in told.more
        said = Text(told.more["indonesian"], told.more["english"]) if asked_too_much else None
        return _sorry(told.status, said=said)

    return tell


def _sorry(status: int, part: str = "", said: Text | None = None) -> HTMLResponse:
    title = ANSWERED_LATER if status >= HTTPStatus.INTERNAL_SERVER_ERROR else NOT_ANSWERED
    content = templates.get_template("odd.html").render(status=status, part=part, said=said, title=title)
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
        data=lambda shown: _data(shown, seen, asked),
        groups=GROUPS,
    )
    return HTMLResponse(content, headers=HEADERS | {"Cache-Control": "no-store", "Vary": "HX-Request"})


def _data(shown: Shown, seen: Seen, asked: Asked) -> Markup:
    """Give the rows and how to draw them, as JSON that may stand in a page."""
    chart, lang = shown.panel.chart or {}, asked.lang
    said = [chart[part] for part in DRAWN if part in chart]
    wanted = {"forecast", *(key for keys in said for key in ([keys] if isinstance(keys, str) else keys))}
    kinds = {column.key: column.kind for column in shown.panel.columns}
    named = [words.named(row, shown.panel.columns, lang) for row in shown.rows]
    drawn = [{key: row[key] for key in row if key in wanted} for row in named]
    unit = words.say(shown.panel.unit, lang)
    document = {**chart, "rows": drawn, "unit": unit, "day": seen.day, "known_on": seen.known_on}
    document["title"] = words.say(shown.panel.title, lang)
    document["labels"] = {column.key: words.say(column.label, lang) for column in shown.panel.columns}
    document["kinds"] = kinds
    if chart.get("kind") == "map":
        mapped = [village for code, village in villages().items() if code.startswith(MAPPED)]
        document["names"] = {village.village_code: village.village_name for village in mapped}
        document["names"] |= {village.district_code: village.district_name for village in mapped}
        document["area"] = None if shown.panel.whole else asked.area
        document["said"] = {what: words.say(text, lang) for what, text in MAP_SAYS.items()}
    return Markup(orjson.dumps(document).decode().replace("<", "\\u003c"))  # noqa: S704 - JSON without a tag in it
