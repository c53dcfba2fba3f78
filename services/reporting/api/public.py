"""What everybody may ask, without a name or a role: tables that were released, with small counts hidden."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from services.chassis.postgres import Pool, snapshot
from services.chassis.web import Database, Problem
from services.reporting import release_store, releases
from services.reporting.answers import snapshot_id
from services.reporting.api.asking import SNAPSHOT, YEARS, Sentence
from services.reporting.release_store import About
from services.reporting.releases import DEFINITIONS, HIDDEN

router = APIRouter(prefix="/public/v1", tags=["public"])

AREA = Annotated[
    str | None,
    Field(max_length=13, description="Only this area and those directly below it, by its code", examples=["51.04"]),
]


class Asked(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    area: AREA = None


class ProtectedAsked(Asked):
    month: Annotated[
        str | None,
        Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", description="The newest if left out", examples=["2026-03"]),
    ] = None


class ClaimsPaidAsked(Asked):
    year: Annotated[int | None, Field(ge=YEARS[0], le=YEARS[1], description="The newest if left out")] = None


class PublicAnswer(BaseModel):
    """A table that was made once and never changes; null is no zero, it stands for what is hidden."""

    figures: list[dict[str, Any]] = Field(
        description="A row for each area that may be named: `total` and, by name, its `parts`; null: hidden",
        examples=[[{"area": "51.04", "area_name": "Gianyar", "level": "regency", "total": 9, "parts": {"BPU": 9}}]],
    )
    unit: str
    definition: Sentence
    hidden: Sentence
    as_of: date = Field(description="The last day that it is about")
    known_at: datetime
    final: Literal[True] = True
    why: Sentence
    snapshot: str = Field(examples=[SNAPSHOT])
    projection_version: int
    withheld_keys: Literal[0] = Field(0, description="Nobody's facts up to `known_at` were withheld when it was made")
    released_at: datetime = Field(description="When it was made; since then it is as it is")
    released: list[date] = Field(description="The last days of all tables that can be asked for, the newest first")


NOT_RELEASED: dict[int | str, dict[str, Any]] = {404: {"description": "Nothing was released for that time, or yet"}}


@router.get("/protected", summary="How many people were protected at the end of a month", responses=NOT_RELEASED)
async def protected(pool: Database, asked: Annotated[ProtectedAsked, Query()]) -> PublicAnswer:
    """Count by area and segment, with small counts hidden."""
    return await _answer(pool, "protected", asked.month, asked.area)


@router.get("/claims-paid", summary="Benefits paid in a calendar year", responses=NOT_RELEASED)
async def claims_paid(pool: Database, asked: Annotated[ClaimsPaidAsked, Query()]) -> PublicAnswer:
    """Count cases and sum rupiah by district and programme, with small counts hidden."""
    return await _answer(pool, "claims-paid", None if asked.year is None else str(asked.year), asked.area)


async def _answer(pool: Pool, about: About, when: str | None, area: str | None) -> PublicAnswer:
    async with snapshot(pool) as tx:
        found = await release_store.released(tx, about)
        wanted = [each for each in found if when is None or each["as_of"].isoformat().startswith(when)]
        if not wanted:
            raise _not_released()
        table = wanted[0]
        figures = await release_store.rows_of(tx, about, table["as_of"], area)
    definition = DEFINITIONS[about]
    return PublicAnswer(
        figures=figures,
        unit=definition.unit,
        definition=Sentence(**asdict(definition.text)),
        hidden=Sentence(**asdict(HIDDEN)),
        as_of=table["as_of"],
        known_at=table["known_at"],
        why=Sentence(**asdict(releases.final_since(table["known_at"]))),
        released_at=table["released_at"],
        snapshot=snapshot_id(table["version"], table["known_at"]),
        projection_version=table["version"],
        released=[each["as_of"] for each in found],
    )


def _not_released() -> Problem:
    english = (
        "Nothing was released for that time, or nothing at all yet. A table is made when its month is over and all its"
        " facts are in; leave the time out for the newest."
    )
    indonesian = (
        "Belum ada yang diterbitkan untuk waktu itu, atau belum ada sama sekali. Tabel dibuat setelah bulannya berakhir"
        " dan semua catatannya masuk; kosongkan waktunya untuk yang terbaru."
    )
    return Problem(404, "Not released", english, code="not_released", indonesian=indonesian, english=english)
