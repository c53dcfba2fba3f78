"""Enrollment over HTTP: bodies in, commands through, answers out. No answer holds what names a person."""

import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from services.chassis import clock, ledger
from services.chassis.acting import acting_as
from services.chassis.idempotency import Answer
from services.chassis.included import Included
from services.chassis.ledger import Act
from services.chassis.postgres import Transaction, transaction
from services.chassis.problems import refusal
from services.chassis.web import Acting, Body, Commanded, Database, People, Problem
from services.enrollment import answers, domain, handlers, messages, store
from services.enrollment.answers import ChangedWorker, Consistency, WorkerAnswer, last_covered_day
from services.enrollment.domain import Cohort, Funding, LegalBasis, Programme, Reason, Segment, Worker
from services.enrollment.imports import nik
from services.enrollment.imports.table import Unreadable
from services.enrollment.sweep import sweep

PLACES_MAX = 10_000_000
MONTHS_MAX = 600
BUDGET_IDR_MAX = 10**15
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2200, 12, 31))]
CLERK, OPERATOR = acting_as("clerk"), acting_as("operator")


class LegalBasisBody(Body):
    title: str = Field(min_length=1, max_length=500, description="The regulation or decree")
    placeholder: bool = Field(False, description="True while its number is not known")


class CohortBody(Body):
    name: str = Field(min_length=1, max_length=200)
    year: int = Field(ge=2000, le=2200, description="Budget year")
    phase: str | None = Field(None, max_length=100, description="Phase within the year, as `Tahap II`")
    segment: Segment
    funding: Funding = Field(description="Whose money pays")
    programmes: tuple[Programme, ...] = Field(min_length=1)
    legal_bases: tuple[LegalBasisBody, ...] = Field(
        max_length=100, description="What the cohort rests on; at least one"
    )
    covered_from: Day = Field(description="First covered day")
    covered_until: Day | None = Field(
        None, description="First day without cover; leave out for `months`, or for no end"
    )
    months: int | None = Field(None, ge=1, le=MONTHS_MAX, description="Length of the cover, instead of `covered_until`")
    places: int = Field(ge=0, le=PLACES_MAX, description="How many people it pays for")
    budget_idr: int | None = Field(
        None, ge=0, le=BUDGET_IDR_MAX, description="Whole rupiah; leave out where the payer fixes no budget"
    )


class TerminationBody(Body):
    last_covered_day: Day = Field(description="The last day in force; the day after has no cover")
    reason: Reason


class CorrectionBody(Body):
    cohort_id: UUID = Field(description="The cohort whose period was wrong")
    covered_from: Day = Field(description="First covered day")
    covered_until: Day | None = Field(description="First day without cover; equal to `covered_from`: it never was")


class DeathBody(Body):
    died_on: Day = Field(description="Day of death; this day is still covered")


class NikBody(Body):
    nik: str = Field(max_length=50, description="16 digits", examples=["5104012703859001"])


class SweepAnswer(BaseModel):
    """How much was announced."""

    expired: int = Field(description="Memberships whose end was announced")
    reminded: int = Field(description="Memberships of whose coming end was reminded")
    consistency: Consistency


cohorts = APIRouter(prefix="/v1", tags=["cohorts"])
workers = APIRouter(prefix="/v1", tags=["workers"])
coverages = APIRouter(prefix="/v1", tags=["coverages"])
work = APIRouter(prefix="/v1", tags=["clock"])
ROUTERS = (cohorts, workers, coverages, work)

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


@cohorts.post(
    "/cohorts",
    status_code=201,
    summary="Approve a cohort: who pays, on what legal basis, for whom, how long, for how many",
    description="The length is given by `covered_until` (the first day without cover), by `months`, or not at all.",
    responses=REFUSALS,
)
async def approve_cohort(body: CohortBody, command: Commanded) -> Response:
    _refuse_national_numbers(body)
    terms = domain.ApproveCohort(
        cohort_id=uuid4(),
        **body.model_dump(exclude={"legal_bases"}),
        legal_bases=tuple(LegalBasis(basis.title, basis.placeholder) for basis in body.legal_bases),
    )

    async def action(tx: Transaction, act: Act) -> Answer:
        return Answer(201, _cohort(await handlers.approve_cohort(tx, terms, act)))

    return await command.once(action)


@cohorts.get("/cohorts/{cohort_id}", summary="A cohort's terms, and how many places are taken", responses=REFUSALS)
async def show_cohort(cohort_id: UUID, pool: Database) -> dict[str, Any]:
    async with transaction(pool) as tx:
        cohort = await handlers.find_cohort(tx, cohort_id)
        return _cohort(cohort) | {"places_taken": cohort.places - await store.free_places(tx, cohort_id)}


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
    swept = await sweep(pool)
    async with transaction(pool) as tx:  # begun after the sweep's own: whoever has seen this one has seen those
        consistency = await ledger.token(tx, messages.SOURCE)
    response.headers["Payung-Consistency"] = consistency
    return SweepAnswer(**asdict(swept), consistency=consistency)


def _refuse_national_numbers(body: CohortBody) -> None:
    """Terms are announced for good, so nothing that may be a NIK comes into their free text."""
    texts = {"/body/name": body.name, "/body/phase": body.phase or ""} | {
        f"/body/legal_bases/{place}/title": basis.title for place, basis in enumerate(body.legal_bases)
    }
    said = (
        "text_holds_nik",
        "Teks ini memuat 16 angka berturut-turut, seperti NIK. Hapus angka itu; tulis tanggal dengan nama bulannya.",
        "This text holds 16 digits in a row, as a NIK does. Remove them; write dates with the month's name.",
    )
    code, indonesian, english = said
    if errors := [{"pointer": place, "code": code, "reason": english} for place in texts if _nik_in(texts[place])]:
        title = "The text may name a person"
        raise Problem(422, title, english, code=code, indonesian=indonesian, english=english, errors=errors)


_nik_in = re.compile(rf"(?:\d[\s.\-\u2010-\u2015]*){{{nik.LENGTH}}}").search
"""Digits enough for a NIK, with or without spaces, dots and dashes between them."""


def _cohort(cohort: Cohort) -> dict[str, Any]:
    return asdict(cohort) | {
        "cohort_id": str(cohort.cohort_id),
        "covered_from": cohort.covered_from.isoformat(),
        "covered_until": _iso(cohort.covered_until),
        "last_covered_day": _iso(last_covered_day(cohort.covered_until)),
    }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _changed(worker: Worker) -> Answer:
    return Answer(200, answers.worker(worker).model_dump(mode="json"))
