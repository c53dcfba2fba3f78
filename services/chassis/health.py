"""Whether a service runs and can do its work, for whoever starts and watches it; and its figures."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field

from services.chassis.postgres import HEALS_WITH_TIME, Pool

DATABASE_ANSWERS_S_MAX = 2
COMMANDS = "commands"
"""The check by which `payung status` and `payung up` learn that a relay has halted."""


@dataclass(frozen=True, slots=True)
class Check:
    """One condition, and a sentence for the operator when it does not hold.

    One that is not `needed` is shown and makes nothing unready: commands and answers go on while Kafka is away.
    """

    name: str
    holds: Callable[[], Awaitable[bool]]
    otherwise: str
    needed: bool = True


def database_answers(pool: Pool) -> Check:
    """Nothing works without the database."""

    async def answers() -> bool:
        return bool(await pool.fetchval("select true", timeout=DATABASE_ANSWERS_S_MAX))

    return Check("postgres", answers, "the database does not answer; see whether it runs and takes connections")


def commands_are_taken(pool: Pool) -> Check:
    """The relay has not halted. Answers go on while it has, so the service stays ready; whoever looks is told."""

    async def taken() -> bool:
        reason = await pool.fetchval("select halted from relay_state", timeout=DATABASE_ANSWERS_S_MAX)
        return reason is None

    otherwise = (
        "HALTED, commands are refused: this database and Kafka no longer tell the same story; relay_halted in the log "
        "says how they differ, docs/operations.md (The relay halts) what to do"
    )
    return Check(COMMANDS, taken, otherwise, needed=False)


class Live(BaseModel):
    status: Literal["live"]


class Checked(BaseModel):
    """One condition, and a sentence for the operator for when it does not hold."""

    check: str = Field(examples=["postgres"])
    holds: bool = Field(examples=[True])
    needed: bool = Field(description="Whether the service is ready without it", examples=[True])
    otherwise: str = Field(examples=["the database does not answer"])


class Ready(BaseModel):
    status: Literal["ready", "not ready"]
    checks: list[Checked]


async def _holds(check: Check) -> bool:
    """Ask; who cannot be asked, as a database that is away, does not hold, and the other checks are told."""
    try:
        return await check.holds()
    except HEALS_WITH_TIME:
        return False


def operations() -> APIRouter:
    """Give the routes of health and figures."""
    router = APIRouter(tags=["operations"])

    @router.get("/health/live", summary="The process runs")
    async def live() -> Live:
        """Say so, and ask nobody else: it is for whoever starts a process anew that does not answer."""
        return Live(status="live")

    @router.get("/health/ready", summary="The service can do its work", responses={503: {"model": Ready}})
    async def ready(request: Request, response: Response) -> Ready:
        """Tell what holds of all that it needs, and what somebody could look at where something does not."""
        found = [
            Checked(check=check.name, holds=await _holds(check), needed=check.needed, otherwise=check.otherwise)
            for check in request.app.state.checks
        ]
        holds = all(check.holds for check in found if check.needed)
        response.status_code = 200 if holds else 503
        return Ready(status="ready" if holds else "not ready", checks=found)

    @router.get("/metrics", summary="Figures for Prometheus", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router
