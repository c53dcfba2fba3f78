"""The log of reads over HTTP, for the data protection officer: who opened whose data, when, and for what."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter

from services.chassis.vault.keys import READS_KEPT, KeyRead
from services.chassis.web import People
from services.chassis.web.acting import acting_as
from services.chassis.web.pages import PageOf, page, place

NUMBER = TypeAdapter(int)
LATER_THAN_ALL = 2**63 - 1

router = APIRouter(prefix="/v1", tags=["data protection"])


class ReadsAsked(PageOf):
    """Which entries are meant; several filters all hold."""

    person_id: UUID | None = Field(None, description="Whose data: a worker, a payee, or an upload")
    actor: str | None = Field(None, max_length=100, description="Who read")
    since: AwareDatetime | None = Field(None, description="At this moment or later")
    until: AwareDatetime | None = Field(None, description="Before this moment")


class ReadsAnswer(BaseModel):
    rows: list[KeyRead]
    next: str | None = Field(description="Cursor of the next page; null on the last")


@router.get(
    "/reads",
    summary="Who opened whose data (role data_protection)",
    description="The latest first. Nothing is opened without an entry: the key is given out against it. Entries are"
    f" kept for {READS_KEPT.days // 365} years.",
    dependencies=[acting_as("data_protection")],
)
async def reads(asked: Annotated[ReadsAsked, Query()], vault: People) -> ReadsAnswer:
    found = await vault.keys.reads(
        person_id=asked.person_id,
        actor=asked.actor,
        since=asked.since,
        until=asked.until,
        before=place(asked.cursor, NUMBER, first=LATER_THAN_ALL),
        limit=asked.limit + 1,
    )
    rows, following = page(found, asked.limit, NUMBER, lambda read: read.number)
    return ReadsAnswer(rows=list(rows), next=following)
