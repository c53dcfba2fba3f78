"""Areas over HTTP: look codes and names up, and add a name under which lists know an area."""

import re
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field, TypeAdapter

from services.chassis import clock
from services.chassis.idempotency import Answer
from services.chassis.ledger import Act
from services.chassis.postgres import Transaction, transaction
from services.chassis.web import Body, Commanded, Database, Problem
from services.chassis.web.acting import Actor, acting_as
from services.chassis.web.pages import PageOf, page, place
from services.enrollment.api.answers import Consistency
from services.enrollment.regions import store

NAME_CHARACTERS_MAX = 100
CODE = r"^[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?$"
LAST_CODE = TypeAdapter(str)

Operator = Annotated[Actor, acting_as("operator")]

router = APIRouter(prefix="/v1", tags=["regions"])


class Asked(PageOf):
    """Which areas are meant; several filters all hold."""

    parent: str | None = Field(None, pattern=CODE, description="Those right below this area", examples=["51.04.01"])
    level: Literal["province", "regency", "district", "village"] | None = Field(None, description="Of this kind")
    name: str | None = Field(
        None,
        min_length=2,
        max_length=NAME_CHARACTERS_MAX,
        description="Whose name, or another name of theirs, holds this; capitals, spaces and marks do not count",
        examples=["batuan"],
    )
    on: date | None = Field(None, description="As the codes stood on this day; today if left out")


class AliasBody(Body):
    name: str = Field(min_length=2, max_length=NAME_CHARACTERS_MAX, examples=["Singekerta"])


class RegionList(BaseModel):
    rows: list[store.Region]
    next: str | None = Field(description="`cursor` of the next page; null on the last")


class Alias(BaseModel):
    code: str = Field(examples=["51.04.05.2003"])
    name: str = Field(examples=["Singekerta"])
    added: bool = Field(description="False: the name was known", examples=[True])
    consistency: Consistency


@router.get("/regions", summary="Provinces, regencies, districts and villages by their Kemendagri codes")
async def regions(asked: Annotated[Asked, Query()], pool: Database) -> RegionList:
    """List areas in the order of their codes, as they stood on the day."""
    after = place(asked.cursor, LAST_CODE, first="")
    async with transaction(pool) as tx:
        found = await store.page(
            tx,
            on=asked.on or await clock.business_date(tx),
            parent=asked.parent,
            level=asked.level,
            name=asked.name,
            after=after,
            limit=asked.limit + 1,
        )
    rows, following = page(found, asked.limit, LAST_CODE, lambda region: region.code)
    return RegionList(rows=list(rows), next=following)


@router.post(
    "/regions/{code}/aliases",
    status_code=201,
    summary="Add a name under which lists know an area (role operator)",
    description="The name then finds the area beside its own. A name that is known already changes nothing.",
    response_model=Alias,
    responses={404: {"description": "No area has this code today"}},
)
async def add_alias(
    code: Annotated[str, Path(pattern=CODE, examples=["51.04.05.2003"])],
    body: AliasBody,
    command: Commanded,
    who: Operator,
) -> Response:
    if re.search(r"\d{6}", body.name) or not any(character.isalpha() for character in body.name):
        english = "A name of a place has letters, and no long number. Write the name alone."
        indonesian = "Nama tempat memuat huruf dan tanpa bilangan panjang. Tulis namanya saja."
        raise Problem(
            422, "No name of a place", english, code="alias_malformed", indonesian=indonesian, english=english
        )

    async def action(tx: Transaction, _act: Act) -> Answer:
        if not await store.exists(tx, code):
            english = f"No area has the code {code} today; look it up with GET /v1/regions."
            indonesian = f"Tidak ada wilayah berkode {code} saat ini; cari dengan GET /v1/regions."
            raise Problem(404, "Not known", english, code="region_unknown", indonesian=indonesian, english=english)
        added = await store.add_aliases(tx, [(code, body.name.strip())], told=who.id)
        return Answer(201, {"code": code, "name": body.name.strip(), "added": added == 1})

    return await command.once(action)
