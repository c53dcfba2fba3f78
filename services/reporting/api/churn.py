"""Questions about churn: who came under protection, who lost it, and who is in a gap now."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from services.chassis.postgres import Transaction
from services.chassis.web import Database
from services.chassis.web.included import Included
from services.reporting import churn_queries, definitions
from services.reporting.api.asking import (
    PARTS,
    PROBLEMS,
    Answer,
    Area,
    AreaPart,
    AsOf,
    Figures,
    PeriodQuestion,
    Question,
    area,
    in_period,
    on_day,
)

router = APIRouter(tags=["questions"])


class ChurnQuestion(PeriodQuestion):
    by: list[Literal["month", "segment", "funding"] | AreaPart] = Field(["month"], description=PARTS)
    area: Area = None


class GapsQuestion(Question):
    as_of: AsOf = None
    days: int = Field(
        90, ge=1, le=churn_queries.GAP_DAYS_MAX, description="Within how many days before they were protected"
    )
    by: list[Literal["since", "segment", "funding"] | AreaPart] = Field(["village"], description=PARTS)
    area: Area = None


@router.get(
    "/v1/churn", summary="Who came under protection, and who lost it", responses=PROBLEMS, dependencies=[Included]
)
async def churn(pool: Database, asked: Annotated[ChurnQuestion, Query()]) -> Answer:
    """Take the change in the number of protected people apart: joined, returned, moved, lapsed, died."""

    async def ask(tx: Transaction) -> Figures:
        code = await area(tx, asked.area)
        return await churn_queries.churn(tx, asked.from_, asked.until, asked.known_at, list(asked.by), code)

    return await in_period(pool, asked, definitions.CHURN, ask)


@router.get(
    "/v1/gaps", summary="Who is not protected, but was a short time ago", responses=PROBLEMS, dependencies=[Included]
)
async def gaps(pool: Database, asked: Annotated[GapsQuestion, Query()]) -> Answer:
    """Count people by the village, segment and funding where they counted last; those who died are left out."""

    async def ask(tx: Transaction, as_of: date) -> Figures:
        code = await area(tx, asked.area)
        return await churn_queries.gaps(tx, as_of, asked.days, asked.known_at, list(asked.by), code)

    return await on_day(pool, asked, asked.as_of, definitions.GAPS, ask)
