"""The page for everybody: what was released, area by area, with small counts hidden; it needs no script."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from services.chassis.postgres import Transaction, snapshot
from services.chassis.web import Database
from services.reporting import queries, release_store, releases
from services.reporting.answers import Text, snapshot_id
from services.reporting.pages import words
from services.reporting.pages.asked import Language
from services.reporting.pages.routes import HEADERS, Odd, templates
from services.reporting.queries import Figure
from services.reporting.release_store import About

MONTH = r"^20[0-9]{2}-(0[1-9]|1[0-2])$"
WHOLE = "51"
"""The area that is shown where none is chosen: the province."""

Nothing = BeforeValidator(lambda value: value or None)
"""A field of a form that was left empty asks for nothing."""

router = APIRouter(include_in_schema=False)


class Asked(BaseModel):
    """The choices of the page."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    month: Annotated[Annotated[str, Field(pattern=MONTH)] | None, Nothing] = None
    year: Annotated[Annotated[int, Field(ge=2000, le=2099)] | None, Nothing] = None
    """Of the benefits; none: the newest year with any in the area."""
    area: Annotated[str, Field(pattern=r"^[0-9]{2}(\.[0-9]{2,4}){0,3}$", max_length=13)] = WHOLE
    lang: Language = "id"


async def _asked(request: Request) -> Asked:
    given = request.query_params.multi_items()
    try:
        asked = Asked.model_validate(dict(given))
    except ValidationError as error:
        raise Odd(422, str(error.errors(include_input=False)[0]["loc"][0])) from None
    if len(given) > len({name for name, _ in given}):
        raise Odd(422, "")
    return asked


@router.get("/public")
async def public(pool: Database, asked: Annotated[Asked, Depends(_asked)]) -> HTMLResponse:
    """Show who was protected at the end of a month and what was paid in a year, by area."""
    tables: list[dict[str, Any]] = []
    async with snapshot(pool) as tx:
        months = await release_store.released(tx, "protected")
        chosen = [each for each in months if asked.month in (None, each["as_of"].isoformat()[:7])]
        if asked.month is not None and not chosen:
            raise Odd(422, "month")
        years = await release_store.released(tx, "claims-paid")
        of_year = [each for each in years if asked.year in (None, each["as_of"].year)]
        if asked.year is not None and not of_year:
            raise Odd(422, "year")
        wanted: dict[About, list[Figure]] = {"protected": chosen[:1], "claims-paid": of_year}
        for about, candidates in wanted.items():
            if not candidates:
                continue
            released, rows = await _newest_with_rows(tx, about, candidates, asked.area)
            tables.append(
                {
                    "about": about,
                    "rows": rows,
                    "parts": release_store.PARTS[about],
                    "definition": releases.DEFINITIONS[about],
                    "snapshot": snapshot_id(released["version"], released["known_at"]),
                    **released,
                }
            )
        if (
            asked.area != WHOLE
            and not any(table["rows"] for table in tables)
            and not await queries.area_known(tx, asked.area)
        ):
            raise Odd(422, "area")

    def say(text: Text) -> str:
        return words.say(text, asked.lang)

    content = templates.get_template("public.html").render(
        asked=asked,
        tables=tables,
        months=[each["as_of"] for each in months],
        years=[each["as_of"].year for each in years],
        hidden=releases.HIDDEN,
        above=asked.area.rpartition(".")[0],
        lang=asked.lang,
        say=say,
        t=lambda indonesian, english: say(Text(indonesian, english)),
        words=words,
    )
    return HTMLResponse(content, headers=HEADERS | {"Cache-Control": "max-age=300"})


async def _newest_with_rows(
    tx: Transaction, about: About, released: list[Figure], area: str
) -> tuple[Figure, list[Figure]]:
    """Give the first of the tables that tells anything of the area, with its rows; where none does, the first."""
    for each in released:
        if rows := await release_store.rows_of(tx, about, each["as_of"], area):
            return each, rows
    return released[0], []
