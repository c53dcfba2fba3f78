"""Enrollment over HTTP: bodies in, commands through, answers out. No answer holds what names a person."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from services.chassis import clock, ledger
from services.chassis.idempotency import Answer
from services.chassis.ledger import Act
from services.chassis.postgres import Transaction, transaction
from services.chassis.web import Acting, Body, Commanded, Database, People, Problem
from services.chassis.web.acting import acting_as
from services.chassis.web.included import Included
from services.chassis.web.problems import refusal
from services.enrollment import domain, handlers, messages, store
from services.enrollment.api import answers
from services.enrollment.api.answers import ChangedWorker, Consistency, WorkerAnswer
from services.enrollment.cohorts.waiting import move_up
from services.enrollment.domain import Reason, Worker
from services.enrollment.identity import nik
from services.enrollment.imports.cells import Unreadable
from services.enrollment.sweep import sweep

Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2200, 12, 31))]
CLERK, OPERATOR = acting_as("clerk"), acting_as("operator")


class TerminationBody(Body):
    last_covered_day: Day = Field(description="The last day in force; the day after has no cover")
    reason: Reason


class CorrectionBody(Body):
    cohort_id: UUID = Field(description="The cohort whose period was wrong")
    covered_from: Day = Field(description="First covered day")
    covered_until: Day | None = Field(description="First day without cover; equal to `covered_from`: it never was")


class DeathBody(Body):
    died_on: Day = Field(description="Day of death; this day is still covered")


class PhoneBody(Body):
    phone: str | None = Field(
        pattern=r"^\+[1-9][0-9]{7,14}$",
        description="With the code of the country, digits only; null: no number is known any more",
        examples=["+6281234567890"],
    )


class NikBody(Body):
    nik: str = Field(max_length=50, description="16 digits", examples=["5104012703859001"])


class SweepAnswer(BaseModel):
    """How much was announced."""

    expired: int = Field(description="Memberships whose end was announced")
    reminded: int = Field(description="Memberships of whose coming end was reminded")
    inactivated: int = Field(description="Self-paid memberships whose grace ended unpaid")
    moved_up: int = Field(description="People who waited for a place and have one now")
    consistency: Consistency


workers = APIRouter(prefix="/v1", tags=["workers"])
coverages = APIRouter(prefix="/v1", tags=["coverages"])
work = APIRouter(prefix="/v1", tags=["clock"])
ROUTERS = (workers, coverages, work)

REJECTIONS: dict[type[Exception], Callable[[Any], Problem]] = {
    domain.NotKnown: partial(refusal, 404, "Not known"),
    domain.Rejected: partial(refusal, 409, "A rule refuses this"),
    Unreadable: partial(refusal, 422, "The file cannot be read"),
}
"""How the refusals of the domain and of files are told."""
REFUSALS: dict[int | str, dict[str, Any]] = {
    404: {"description": "Not known: `code` says what"},
    409: {"description": "A rule refuses it: `code`, `indonesian` and `english` say which and how to mend it"},
}


@coverages.post(
    "/coverages/{coverage_id}/terminations",
    summary="End a membership early",
    description="Death is registered at the worker instead: `/v1/workers/{worker_id}/deaths`.",
    response_model=ChangedWorker,
    dependencies=[CLERK],
    responses=REFUSALS,
)
async def terminate(coverage_id: UUID, body: TerminationBody, command: Commanded) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        worker_id = await handlers.find_worker_of(tx, coverage_id)
        until = body.last_covered_day + timedelta(days=1)
        wanted = domain.Terminate(worker_id, coverage_id, until, body.reason)
        return _changed(await handlers.carry_out(tx, wanted, act))

    return await command.once(action)


@coverages.post(
    "/coverages/{coverage_id}/corrections",
    summary="Put another period in the place of the one that a cohort pays in a membership",
    description="Figures that were published as known earlier keep; figures asked from now on follow the correction. An"
    " empty period says that it never was, and gives the place back.",
    response_model=ChangedWorker,
    dependencies=[CLERK],
    responses=REFUSALS,
)
async def correct(coverage_id: UUID, body: CorrectionBody, command: Commanded) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        worker_id, today = await handlers.find_worker_of(tx, coverage_id), await clock.business_date(tx)
        wanted = domain.Correct(worker_id, coverage_id, body.cohort_id, body.covered_from, body.covered_until, today)
        return _changed(await handlers.carry_out(tx, wanted, act))

    return await command.once(action)


@workers.post(
    "/workers/{worker_id}/deaths",
    summary="Register a worker's death",
    description="Cover ends the day after, in every membership that would have gone on. Nobody can be enrolled or"
    " renewed after it.",
    response_model=ChangedWorker,
    dependencies=[CLERK],
    responses=REFUSALS,
)
async def register_death(worker_id: UUID, body: DeathBody, command: Commanded) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        wanted = domain.RegisterDeath(worker_id, body.died_on, None, await clock.business_date(tx))
        return _changed(await handlers.carry_out(tx, wanted, act))

    return await command.once(action)


@workers.post(
    "/workers/{worker_id}/death-reversals",
    summary="Take back a registered death",
    description="Cover stands again as it was agreed; reminders still to come and its end are announced in time. A"
    " death that a claim established is retracted at the claim instead.",
    response_model=ChangedWorker,
    dependencies=[CLERK],
    responses=REFUSALS,
)
async def reverse_death(worker_id: UUID, command: Commanded) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        wanted = domain.ReverseDeath(worker_id, None, await clock.business_date(tx))
        return _changed(await handlers.carry_out(tx, wanted, act))

    return await command.once(action)


@workers.post(
    "/workers/{worker_id}/phone-corrections",
    summary="Put another telephone number in the place of a worker's; logged with the actor",
    description="The number stands in the vault alone: no answer, fact or figure holds it, and cover stays as it is.",
    response_model=ChangedWorker,
    dependencies=[CLERK],
    responses=REFUSALS,
)
async def correct_phone(worker_id: UUID, body: PhoneBody, vault: People, command: Commanded) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        return _changed(await handlers.correct_phone(tx, vault, worker_id, body.phone, actor=act.actor))

    return await command.once(action)


@workers.post(
    "/workers/find",
    summary="Find a worker by NIK; logged with the reader",
    description="The NIK stands in the body, so that it comes into no URL and no log.",
    dependencies=[CLERK],
    responses=REFUSALS,
)
async def find(request: Request, body: NikBody, pool: Database, vault: People, who: Acting) -> WorkerAnswer:
    text = body.nik.strip()
    said = nik.fault(text, scenario=request.app.state.scenario)
    if said is not None:
        code, indonesian, english = said
        errors = [{"pointer": "/body/nik", "code": code, "reason": english}]
        raise Problem(422, "The NIK is not valid", english, code=code, indonesian=indonesian, errors=errors)
    async with transaction(pool) as tx:
        nik_hash = vault.blind(text)
        worker_id = (await store.find(tx, [nik_hash])).get(nik_hash)
        if worker_id is None:
            raise domain.worker_not_known()
        await vault.open(tx, worker_id, actor=who.id, purpose="find by NIK")  # logs that this person was looked up
        return answers.worker((await store.workers(tx, [worker_id]))[worker_id])


@workers.get(
    "/workers/{worker_id}",
    summary="A worker's memberships and their periods",
    dependencies=[Included],
    responses=REFUSALS,
)
async def show_worker(worker_id: UUID, pool: Database) -> WorkerAnswer:
    """Give the days that each cohort pays, and the cards that were handed over; nothing that names the person."""
    async with transaction(pool) as tx:
        found = (await store.workers(tx, [worker_id])).get(worker_id)
    if found is None:
        raise domain.worker_not_known()
    return answers.worker(found)


@work.post(
    "/sweep",
    summary="Announce now what is due by the service's business date",
    description="Runs to the end. The service also does this by itself, every minute; nothing is announced twice.",
    dependencies=[OPERATOR],
)
async def sweep_now(pool: Database, response: Response) -> SweepAnswer:
    swept, moved = await sweep(pool), await move_up(pool)
    async with transaction(pool) as tx:  # begun after the sweep's own: whoever has seen this one has seen those
        consistency = await ledger.token(tx, messages.SOURCE)
    response.headers["Payung-Consistency"] = consistency
    return SweepAnswer(**asdict(swept), moved_up=moved.covered + moved.reserved, consistency=consistency)


def _changed(worker: Worker) -> Answer:
    return Answer(200, answers.worker(worker).model_dump(mode="json"))
