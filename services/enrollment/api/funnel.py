"""The funnel over HTTP: how far the people of lists have come, per cohort and village, and why others have not."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from services.chassis.postgres import transaction
from services.chassis.web import Database
from services.chassis.web.acting import acting_as
from services.chassis.web.included import Included
from services.enrollment.api.answers import VillageCode
from services.enrollment.batches import queries

router = APIRouter(prefix="/v1", tags=["funnel"])


class FunnelAsked(BaseModel):
    """Of which cohort, in which village; all of them if left out."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    cohort_id: UUID | None = Field(None, description="Only of this cohort")
    village_code: str | None = Field(
        None,
        pattern=r"^[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{4}$",
        description="Only of this village",
        examples=["51.04.01.2002"],
    )


class StagesAnswer(BaseModel):
    """People who have come so far; each stage holds those of the next."""

    proposed: int = Field(examples=[13_200])
    unique: int = Field(examples=[13_050])
    identity_matched: int = Field(examples=[12_480])
    eligible: int = Field(examples=[8_733])
    in_decree: int = Field(description="On a list that a second person approved", examples=[8_733])
    paid: int = Field(examples=[1_136])
    active: int = Field(description="Whose cover began", examples=[1_136])


class RefusalAnswer(BaseModel):
    failed: str = Field(description="The check that was not passed", examples=["eligible"])
    reason: str = Field(examples=["age_outside_limit"])
    people: int = Field(examples=[2_914])


class UnusableAnswer(BaseModel):
    reason: str = Field(examples=["nik_digit_lost"])
    rows: int = Field(examples=[312])


class FunnelAnswer(BaseModel):
    """One cohort in one village."""

    cohort_id: UUID
    village_code: VillageCode | None = Field(description="Null: rows whose village cannot be told")
    stages: StagesAnswer
    reserved: int = Field(description="With a place, whose payment is awaited", examples=[0])
    waiting: int = Field(description="Who wait for a place", examples=[0])
    registered_directly: int = Field(description="Under cover of the cohort by the direct door", examples=[0])
    refusals: list[RefusalAnswer] = Field(description="People who were refused, with the reason of each")
    unusable: list[UnusableAnswer] = Field(description="Rows that name nobody for certain, with the reason of each")
    duplicate_rows: int = Field(description="Rows that say again what is known", examples=[150])


class FunnelList(BaseModel):
    rows: list[FunnelAnswer]


@router.get(
    "/funnel",
    summary="Proposed, unique, identity-matched, eligible, in decree, paid, active: per cohort and village",
    dependencies=[acting_as("clerk", "approver", "steward"), Included],
)
async def show(asked: Annotated[FunnelAsked, Query()], pool: Database) -> FunnelList:
    async with transaction(pool) as tx:
        found = await queries.funnel(tx, asked.cohort_id, asked.village_code)
    return FunnelList(rows=[FunnelAnswer.model_validate(asdict(one)) for one in found])
