"""Enrollment over HTTP: bodies in, commands through, answers out. No answer holds what names a person."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.chassis import clock, ledger
from services.chassis.clock import NotForward
from services.chassis.idempotency import Answer
from services.chassis.ledger import Act
from services.chassis.postgres import Pool, Transaction, transaction
from services.chassis.vault import Vault
from services.chassis.web import Acting, Actor, IdempotencyKey, Problem, command
from services.enrollment import domain, handlers, messages, store
from services.enrollment.domain import OPEN, Cohort, Funding, LegalBasis, Membership, Programme, Reason, Segment, Worker
from services.enrollment.imports import nik
from services.enrollment.imports.table import Unreadable
from services.enrollment.sweep import sweep

PLACES_MAX = 10_000_000
MONTHS_MAX = 600
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2200, 12, 31))]


class Body(BaseModel):
    """A request body: nothing in it may be misspelt, and errors never repeat it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


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
    budget_idr: int | None = Field(None, ge=0, description="Whole rupiah; leave out where the payer fixes no budget")


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
    nik: str = Field(max_length=50, description="16 digits")


class ClockBody(Body):
    now: AwareDatetime | None = Field(description="Where the clock goes on from; null is real time")


def _pool(request: Request) -> Pool:
    pool: Pool = request.app.state.pool
    return pool


def _vault(request: Request) -> Vault:
    vault: Vault = request.app.state.vault
    return vault


Database = Annotated[Pool, Depends(_pool)]
People = Annotated[Vault, Depends(_vault)]

cohorts = APIRouter(prefix="/v1", tags=["cohorts"])
workers = APIRouter(prefix="/v1", tags=["workers"])
coverages = APIRouter(prefix="/v1", tags=["coverages"])
work = APIRouter(prefix="/v1", tags=["clock"])
ROUTERS = (cohorts, workers, coverages, work)

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
async def approve_cohort(
    request: Request, body: CohortBody, pool: Database, who: Acting, idempotency_key: IdempotencyKey = None
) -> Response:
    _refuse_national_numbers(body)
    terms = domain.ApproveCohort(
        cohort_id=uuid4(),
        **body.model_dump(exclude={"legal_bases"}),
        legal_bases=tuple(LegalBasis(basis.title, basis.placeholder) for basis in body.legal_bases),
    )

    async def action(tx: Transaction, act: Act) -> Answer:
        return Answer(201, _cohort(await handlers.approve_cohort(tx, terms, act)))

    return await _command(request, pool, who, idempotency_key, action)


@cohorts.get("/cohorts/{cohort_id}", summary="A cohort's terms, and how many places are taken", responses=REFUSALS)
async def show_cohort(cohort_id: UUID, pool: Database) -> dict[str, Any]:
    async with transaction(pool) as tx:
        cohort = await handlers.find_cohort(tx, cohort_id)
        return _cohort(cohort) | {"places_taken": cohort.places - await store.free_places(tx, cohort_id)}


@coverages.post(
    "/coverages/{coverage_id}/terminations",
    summary="End a membership early",
    description="Death is registered at the worker instead: `/v1/workers/{worker_id}/deaths`.",
    responses=REFUSALS,
)
async def terminate(
    request: Request,
    coverage_id: UUID,
    body: TerminationBody,
    pool: Database,
    who: Acting,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        worker_id = await handlers.find_worker_of(tx, coverage_id)
        until = body.last_covered_day + timedelta(days=1)
        wanted = domain.Terminate(worker_id, coverage_id, until, body.reason)
        return Answer(200, shown(await handlers.carry_out(tx, wanted, act)))

    return await _command(request, pool, who, idempotency_key, action)


@coverages.post(
    "/coverages/{coverage_id}/corrections",
    summary="Put another period in the place of the one that a cohort pays in a membership",
    description="Figures that were published as known earlier keep; figures asked from now on follow the correction. An"
    " empty period says that it never was, and gives the place back.",
    responses=REFUSALS,
)
async def correct(
    request: Request,
    coverage_id: UUID,
    body: CorrectionBody,
    pool: Database,
    who: Acting,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        worker_id, today = await handlers.find_worker_of(tx, coverage_id), await clock.business_date(tx)
        wanted = domain.Correct(worker_id, coverage_id, body.cohort_id, body.covered_from, body.covered_until, today)
        return Answer(200, shown(await handlers.carry_out(tx, wanted, act)))

    return await _command(request, pool, who, idempotency_key, action)


@workers.post(
    "/workers/{worker_id}/deaths",
    summary="Register a worker's death",
    description="Cover ends the day after, in every membership that would have gone on. Nobody can be enrolled or"
    " renewed after it.",
    responses=REFUSALS,
)
async def register_death(
    request: Request,
    worker_id: UUID,
    body: DeathBody,
    pool: Database,
    who: Acting,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        wanted = domain.RegisterDeath(worker_id, body.died_on, None, await clock.business_date(tx))
        return Answer(200, shown(await handlers.carry_out(tx, wanted, act)))

    return await _command(request, pool, who, idempotency_key, action)


@workers.post(
    "/workers/{worker_id}/death-reversals",
    summary="Take back a registered death",
    description="Cover stands again as it was agreed; reminders still to come and its end are announced in time. A"
    " death that a claim established is retracted at the claim instead.",
    responses=REFUSALS,
)
async def reverse_death(
    request: Request, worker_id: UUID, pool: Database, who: Acting, idempotency_key: IdempotencyKey = None
) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        wanted = domain.ReverseDeath(worker_id, None, await clock.business_date(tx))
        return Answer(200, shown(await handlers.carry_out(tx, wanted, act)))

    return await _command(request, pool, who, idempotency_key, action)


@workers.post(
    "/workers/find",
    summary="Find a worker by NIK; logged with the reader",
    description="The NIK stands in the body, so that it comes into no URL and no log.",
    responses=REFUSALS,
)
async def find(request: Request, body: NikBody, pool: Database, vault: People, who: Acting) -> dict[str, Any]:
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
        return shown((await store.workers(tx, [worker_id]))[worker_id])


@workers.get("/workers/{worker_id}", summary="A worker's memberships and their periods", responses=REFUSALS)
async def show_worker(worker_id: UUID, pool: Database) -> dict[str, Any]:
    async with transaction(pool) as tx:
        found = (await store.workers(tx, [worker_id])).get(worker_id)
    if found is None:
        raise domain.worker_not_known()
    return shown(found)


@work.post(
    "/sweep",
    summary="Announce now what is due by the service's business date",
    description="Runs to the end. The service also does this by itself, every minute; nothing is announced twice.",
)
async def sweep_now(pool: Database, response: Response) -> dict[str, Any]:
    swept = await sweep(pool)
    async with transaction(pool) as tx:  # begun after the sweep's own: whoever has seen this one has seen those
        consistency = await ledger.token(tx, messages.SOURCE)
    response.headers["Payung-Consistency"] = consistency
    return asdict(swept) | {"consistency": consistency}


@work.get("/clock", summary="The service's clock and business date")
async def show_clock(request: Request, pool: Database) -> dict[str, Any]:
    async with transaction(pool) as tx:
        return await _clock(tx, scenario=request.app.state.scenario)


@work.post("/clock", summary="Move the clock forward (scenario only)")
async def move_clock(request: Request, body: ClockBody, pool: Database) -> dict[str, Any]:
    if not request.app.state.scenario:
        raise Problem(
            403, "No scenario", "The clock is moved in a scenario only; start the service with ENROLLMENT_SCENARIO=1."
        )
    try:
        async with transaction(pool) as tx:
            await clock.move(tx, body.now)
            return await _clock(tx, scenario=True)
    except NotForward as error:
        raise Problem(409, "The clock only moves forward", str(error)) from None


def rejected(refusal: Exception) -> Problem:
    """Tell of a rule that says no."""
    assert isinstance(refusal, domain.Rejected)  # noqa: S101 - registered for these only
    return _refusal(409, "A rule refuses this", refusal)


def not_known(refusal: Exception) -> Problem:
    """Tell that what the command is about does not exist."""
    assert isinstance(refusal, domain.NotKnown)  # noqa: S101 - registered for these only
    return _refusal(404, "Not known", refusal)


def unreadable(refusal: Exception) -> Problem:
    """Tell why a file is refused whole."""
    assert isinstance(refusal, Unreadable)  # noqa: S101 - registered for these only
    return _refusal(422, "The file cannot be read", refusal)


def _refusal(status: int, title: str, refusal: domain.Rejected | Unreadable) -> Problem:
    return Problem(
        status,
        title,
        refusal.english,
        code=refusal.code,
        indonesian=refusal.indonesian,
        english=refusal.english,
    )


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


async def _command(
    request: Request,
    pool: Pool,
    who: Actor,
    key: str | None,
    action: Callable[[Transaction, Act], Awaitable[Answer]],
) -> Response:
    act = who.act()
    return await command(request, pool, messages.SOURCE, who, key, lambda tx: action(tx, act))


def _cohort(cohort: Cohort) -> dict[str, Any]:
    return asdict(cohort) | {
        "cohort_id": str(cohort.cohort_id),
        "covered_from": cohort.covered_from.isoformat(),
        "covered_until": _iso(cohort.covered_until),
        "last_covered_day": _iso(_day_before(cohort.covered_until)),
    }


def shown(worker: Worker) -> dict[str, Any]:
    return {
        "worker_id": str(worker.worker_id),
        "village_code": worker.village_code,
        "died_on": _iso(worker.died_on),
        "coverages": [_membership(membership) for membership in worker.memberships],
    }


def _membership(membership: Membership) -> dict[str, Any]:
    return {
        "coverage_id": str(membership.coverage_id),
        "segment": membership.segment,
        "village_code": membership.village_code,
        "periods": [
            {
                "cohort_id": str(period.cohort.cohort_id),
                "funding": period.cohort.funding,
                "programmes": list(period.cohort.programmes),
                "covered_from": period.covered_from.isoformat(),
                "covered_until": _iso(None if period.end == OPEN else period.end),
                "last_covered_day": _iso(_day_before(None if period.end == OPEN else period.end)),
                "void": period.void,
            }
            for period in sorted(membership.periods, key=lambda period: period.covered_from)
        ],
        "cards": [
            {"handed_on": card.handed_on.isoformat(), "received_by": card.received_by} for card in membership.cards
        ],
    }


async def _clock(tx: Transaction, *, scenario: bool) -> dict[str, Any]:
    now = await clock.now(tx)
    return {
        "now": now.isoformat(),
        "business_date": now.astimezone(clock.BUSINESS_ZONE).date().isoformat(),
        "scenario": scenario,
    }


def _day_before(day: date | None) -> date | None:
    return None if day is None else day - timedelta(days=1)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
