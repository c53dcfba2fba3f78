"""Tables for everybody, made again by the rules of a version: which of them would be other ones."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, TypeAdapter

from services.chassis.clock import BUSINESS_ZONE
from services.chassis.postgres import Pool, snapshot
from services.chassis.web import Database
from services.chassis.web.pages import page, place
from services.reporting import answers, release_store, releases, schemas
from services.reporting.answers import snapshot_id
from services.reporting.api.asking import SNAPSHOT, Sentence
from services.reporting.api.published import Again, DifferencesOf, chosen
from services.reporting.release_store import Row, Table
from services.reporting.schemas import Schema

PLACE = TypeAdapter(tuple[date, str])
NEWER_THAN_ALL = (date.max, "")
CELL = {"area": "51.04", "part": "BPU", "number": 27, "amount_idr": None}

router = APIRouter(tags=["published"])


class TableAndNow(BaseModel):
    """A table that was released, with the counts of it that would be shown otherwise; null: hidden, or not there."""

    question: str = Field(examples=["public/protected"])
    as_of: date = Field(description="The last day that it is about")
    snapshot: str = Field(examples=[SNAPSHOT])
    version: int = Field(description="Of the projection that made it")
    answer: dict[str, Any] = Field(examples=[{"figures": [CELL], "total": 27}])
    published_on: date
    published_in: str = Field(examples=["/public"])
    final: Literal[True] = True
    why: Sentence
    now: Again


class TablesOtherwise(BaseModel):
    rows: list[TableAndNow] = Field(description="Those of this page that would be made otherwise, or not at all yet")
    asked_again: int = Field(description="How many tables of this page were made again")
    next: str | None = Field(description="`cursor` of the next page; null on the last. A page may be empty before it")


@router.get(
    "/v1/published/tables/differences",
    summary="Which tables for everybody another version would make otherwise",
    responses={422: {"description": "There is no projection of that version"}},
)
async def tables_otherwise(pool: Database, asked: Annotated[DifferencesOf, Query()]) -> TablesOtherwise:
    """Make each again, as known at the same time, and list those that differ. Those released stay as they are."""
    before = place(asked.cursor, PLACE, first=NEWER_THAN_ALL)
    async with snapshot(pool) as tx:
        schema = chosen(await schemas.known(tx), asked.version)
        found = await release_store.tables(tx, before=before, limit=asked.limit + 1)
    tables, following = page(found, asked.limit, PLACE, lambda table: (table.as_of, table.question))
    again = [await _again(pool, table, schema) for table in tables]
    return TablesOtherwise(rows=[one for one in again if not one.now.same], asked_again=len(tables), next=following)


async def _again(pool: Pool, table: Table, schema: Schema) -> TableAndNow:
    with answers.in_schema(schema.name):
        async with answers.snapshot(pool) as tx:
            complete = await answers.completeness(tx, table.known_at)
            was = await release_store.kept(tx, table)
            now = await releases.make(tx, table.question, table.as_of, table.known_at)
    why = None if complete.final else Sentence(**asdict(complete.why))
    differ = _places(was, now)
    return TableAndNow(
        question=f"public/{table.question}",
        as_of=table.as_of,
        snapshot=snapshot_id(table.version, table.known_at),
        version=table.version,
        answer=_quoted(was, differ),
        published_on=table.released_at.astimezone(BUSINESS_ZONE).date(),
        published_in="/public",
        why=Sentence(**asdict(releases.final_since(table.known_at))),
        now=Again(
            same=not differ if why is None else None, version=schema.version, answer=_quoted(now, differ), why=why
        ),
    )


def _places(was: Sequence[Row], now: Sequence[Row]) -> set[tuple[str, str | None]]:
    """Give where the two tables differ."""
    return {row[:2] for row in set(was) ^ set(now)}


def _quoted(rows: Sequence[Row], places: set[tuple[str, str | None]]) -> dict[str, Any]:
    figures = [
        {"area": row.area_code, "part": row.part, "number": row.number, "amount_idr": row.amount_idr}
        for row in sorted(rows, key=lambda row: (row.area_code, row.part or ""))
        if row[:2] in places
    ]
    provinces = [row.number for row in rows if row.part is None and "." not in row.area_code]
    return {"figures": figures, "total": None if None in provinces else sum(number or 0 for number in provinces)}
