"""The service's clock over HTTP; only a scenario may move it."""

from datetime import date, datetime

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, Field

from services.chassis import clock
from services.chassis.clock import NotForward
from services.chassis.postgres import Transaction, transaction
from services.chassis.web import Body, Database
from services.chassis.web.problems import Problem

router = APIRouter(prefix="/v1", tags=["clock"])


class Clock(BaseModel):
    now: datetime = Field(description="The service's time, in UTC")
    business_date: date = Field(description="Today in Asia/Makassar")
    scenario: bool = Field(description="Whether the clock may be moved")


class ClockBody(Body):
    now: AwareDatetime | None = Field(
        description="Where the clock goes on from; null is real time", examples=["2026-01-01T08:00:00+08:00"]
    )


@router.get("/clock", summary="The service's clock and business date")
async def show_clock(request: Request, pool: Database) -> Clock:
    """Everything that depends on the day, reminders and ends of cover among it, goes by this clock."""
    async with transaction(pool) as tx:
        return await _clock(tx, scenario=request.app.state.scenario)


@router.post(
    "/clock",
    summary="Move the clock forward (scenario only)",
    responses={403: {"description": "No scenario is played here"}, 409: {"description": "The clock stands later"}},
)
async def move_clock(request: Request, body: ClockBody, pool: Database) -> Clock:
    """Facts that were recorded stay before it: the clock goes back only while nothing is recorded."""
    if not request.app.state.scenario:
        english = (
            "The clock is moved in a scenario only; start the service with"
            f" {request.app.state.source.upper()}_SCENARIO=1."
        )
        indonesian = "Jam hanya digeser dalam skenario; jalankan layanan ini untuk skenario."
        raise Problem(403, "No scenario", english, code="no_scenario", indonesian=indonesian, english=english)
    try:
        async with transaction(pool) as tx:
            await clock.move(tx, body.now)
            return await _clock(tx, scenario=True)
    except NotForward as error:
        indonesian = (
            "Jam hanya maju: sudah ada catatan menurut jam yang lebih kemudian. Mulai dengan basis data kosong."
        )
        english = f"The clock only moves forward: {error}."
        raise Problem(
            409, "The clock only moves forward", english, code="not_forward", indonesian=indonesian, english=english
        ) from None


async def _clock(tx: Transaction, *, scenario: bool) -> Clock:
    now = await clock.now(tx)
    return Clock(now=now, business_date=now.astimezone(clock.BUSINESS_ZONE).date(), scenario=scenario)
