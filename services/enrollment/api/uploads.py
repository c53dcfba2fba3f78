"""The uploads of clerks over HTTP: a file in, piece by piece through the handlers, what became of each row out."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, Protocol, TypeVar
from uuid import UUID

import structlog
from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.chassis import clock
from services.chassis.idempotency import Answer
from services.chassis.ledger import Act
from services.chassis.postgres import Pool, Transaction
from services.chassis.web import Command, Commanded, Database, People
from services.enrollment import cards, handlers, messages
from services.enrollment.api.answers import Consistency
from services.enrollment.api.workers import CLERK, REFUSALS
from services.enrollment.cohorts import place_store
from services.enrollment.cohorts.allotment import months_of
from services.enrollment.domain import Cohort
from services.enrollment.imports import pieces, rows
from services.enrollment.imports.faults import Fault
from services.enrollment.imports.pieces import Outcome
from services.enrollment.imports.rows import Read
from services.enrollment.imports.table import ROWS_MAX

FILE_BYTES_MAX = 64 * 1024 * 1024
UPLOADS_AT_ONCE_MAX = 2
PIECES_AT_ONCE_MAX = 2
"""While Postgres writes one piece, the next is prepared. An upload holds one connection more than pieces."""
UPLOAD_TAKES_MAX = "15min"
REJECTED_LISTED_MAX = 10_000

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/v1", max_body_size=FILE_BYTES_MAX)

UPLOADED = (
    " Good rows go in at once; each bad row is told with its line, column, code, and how to mend it in Indonesian and"
    " English. The file may be sent again after mending: what went in before counts as `unchanged`. A file that cannot"
    f" be read as CSV is refused whole. UTF-8, at most {ROWS_MAX:,} rows and {FILE_BYTES_MAX // 1024**2} MB."
)
CSV_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}},
}


class TakenIn(BaseModel):
    """What became of a file: each row is counted once."""

    rows: int
    waiting: int = Field(description="Who waits for a place, and has cover as soon as one is free")
    unchanged: int = Field(description="Rows that said nothing new")
    rejected_rows: int
    rejected: list[Fault] = Field(description=f"At most {REJECTED_LISTED_MAX:,}, in the order of the file")
    warnings: list[Fault] = Field(description="Rows that went in, and are worth a look")
    consistency: Consistency


class Enrolled(TakenIn):
    enrolled: int


class Renewed(TakenIn):
    renewed: int


class Recorded(TakenIn):
    recorded: int


@router.post(
    "/cohorts/{cohort_id}/workers",
    tags=["cohorts"],
    summary="Enroll people from a CSV file",
    description="Header `nik,name,birth_date,village_code`, if wanted also `covered_from` (the cohort's first day"
    " otherwise), `activity` (the work that it is for), `paid_on`, and of self-payers `paid_months`; dates as"
    " YYYY-MM-DD; Kemendagri village codes with dots. Places go to the rows in the order of the"
    " file; who finds none waits for one, and has cover as soon as one is free." + UPLOADED,
    response_model=Enrolled,
    dependencies=[CLERK],
    openapi_extra=CSV_BODY,
    responses=REFUSALS,
)
async def enroll(cohort_id: UUID, pool: Database, vault: People, command: Commanded) -> Response:
    def read(content: bytes, today: date, *, scenario: bool) -> Read[rows.PersonRow]:
        return rows.read_people(content, today=today, scenario=scenario, knows_village=messages.knows_village)

    async def piece(tx: Transaction, chunk: Sequence[rows.PersonRow], today: date, act: Act) -> Outcome:
        cohort = await handlers.find_cohort(tx, cohort_id)
        return await handlers.enroll(tx, vault, cohort, chunk, today, act)

    return await _take_in(command, pool, read, piece, done="enrolled", cohort_id=cohort_id)


@router.post(
    "/cohorts/{cohort_id}/renewals",
    tags=["cohorts"],
    summary="Let the cohort pay a further period for people who are members already",
    description="Header `nik`. The membership of the cohort's segment goes on: first that of the same funding, then the"
    " one that ends last. A person without one is rejected." + UPLOADED,
    response_model=Renewed,
    dependencies=[CLERK],
    openapi_extra=CSV_BODY,
    responses=REFUSALS,
)
async def renew(cohort_id: UUID, pool: Database, vault: People, command: Commanded) -> Response:
    def read(content: bytes, _today: date, *, scenario: bool) -> Read[rows.KnownRow]:
        return rows.read_known(content, scenario=scenario)

    async def piece(tx: Transaction, chunk: Sequence[rows.KnownRow], today: date, act: Act) -> Outcome:
        cohort = await handlers.find_cohort(tx, cohort_id)
        return await handlers.renew(tx, vault, cohort, chunk, today, act)

    return await _take_in(command, pool, read, piece, done="renewed", cohort_id=cohort_id)


@router.post(
    "/cards",
    tags=["workers"],
    summary="Record from a CSV file that cards were handed over",
    description="Header `nik,handed_on,received_by`; received_by is `worker`, or `representative` for someone who takes"
    " the card to the worker's village." + UPLOADED,
    response_model=Recorded,
    dependencies=[CLERK],
    openapi_extra=CSV_BODY,
)
async def hand_over_cards(pool: Database, vault: People, command: Commanded) -> Response:
    def read(content: bytes, _today: date, *, scenario: bool) -> Read[rows.CardRow]:
        return rows.read_cards(content, scenario=scenario)

    async def piece(tx: Transaction, chunk: Sequence[rows.CardRow], today: date, act: Act) -> Outcome:
        return await handlers.hand_over_cards(tx, vault, chunk, today, act)

    return await _take_in(command, pool, read, piece, done="recorded")


@router.post(
    "/issued-cards",
    tags=["workers"],
    summary="Record from a CSV file that the agency issued cards, with their numbers",
    description="Header `nik,issued_on,kpj`; the KPJ has 11 digits and is nobody else's. A person of several"
    " memberships gets the card of the first without one; `/v1/coverages/{coverage_id}/cards` names another."
    + UPLOADED,
    response_model=Recorded,
    dependencies=[CLERK],
    openapi_extra=CSV_BODY,
)
async def issue_cards(pool: Database, vault: People, command: Commanded) -> Response:
    def read(content: bytes, _today: date, *, scenario: bool) -> Read[rows.IssuedRow]:
        return rows.read_issued(content, scenario=scenario)

    async def piece(tx: Transaction, chunk: Sequence[rows.IssuedRow], today: date, act: Act) -> Outcome:
        return await cards.issue_cards(tx, vault, chunk, today, act)

    return await _take_in(command, pool, read, piece, done="recorded")


Row = TypeVar("Row", rows.PersonRow, rows.KnownRow, rows.CardRow, rows.IssuedRow)


class Reads(Protocol[Row]):
    """Reads the rows of a file."""

    def __call__(self, content: bytes, today: date, /, *, scenario: bool) -> Read[Row]: ...


async def _take_in(
    command: Command,
    pool: Pool,
    read: Reads[Row],
    piece: Callable[[Transaction, Sequence[Row], date, Act], Awaitable[Outcome]],
    *,
    done: str,
    cohort_id: UUID | None = None,
) -> Response:
    """Read the file and commit its rows piece by piece; the transaction that keeps the answer holds nothing else."""
    content, state = await command.request.body(), command.request.app.state

    async def action(tx: Transaction, act: Act) -> Answer:
        cohort = None if cohort_id is None else await handlers.find_cohort(tx, cohort_id)
        today = await clock.business_date(tx)
        found = await asyncio.to_thread(read, content, today, scenario=state.scenario)

        async def next_piece(tx: Transaction, chunk: Sequence[Row]) -> Outcome:
            return await piece(tx, chunk, today, act)

        at_once = PIECES_AT_ONCE_MAX if cohort is None else await _at_once(tx, cohort, len(found.rows))
        await tx.execute("select set_config('idle_in_transaction_session_timeout', $1, true)", UPLOAD_TAKES_MAX)
        return _taken_in(found, await pieces.carry_out(pool, found.rows, next_piece, at_once=at_once), done)

    async with state.uploads:
        return await command.once(action)


async def _at_once(tx: Transaction, cohort: Cohort, wanted: int) -> int:
    """Where places may run out, one piece goes after the other: the first rows of the file come first."""
    months = months_of(cohort.covered_from, cohort.covered_until)
    return PIECES_AT_ONCE_MAX if (await place_store.account(tx, cohort.cohort_id)).roomy(wanted, months) else 1


def _taken_in(read: Read[Row], outcomes: Sequence[Outcome], done: str) -> Answer:
    refused = sorted([*read.faults, *(fault for one in outcomes for fault in one.rejected)], key=lambda f: f.row)
    lines = {fault.row for fault in refused}
    worth_a_look = [*read.warnings, *(fault for one in outcomes for fault in one.warnings)]
    warnings = sorted((fault for fault in worth_a_look if fault.row not in lines), key=lambda fault: fault.row)
    log.info("file_taken_in", rows=read.lines, rejected=len(refused), what=done)
    return Answer(
        200,
        {
            "rows": read.lines,
            done: sum(one.done for one in outcomes),
            "waiting": sum(one.waiting for one in outcomes),
            "unchanged": read.repeated + sum(one.unchanged for one in outcomes),
            "rejected_rows": len(refused),
            "rejected": _listed(refused),
            "warnings": _listed(warnings),
        },
    )


def _listed(faults: Sequence[Fault]) -> list[dict[str, Any]]:
    return [asdict(fault) for fault in faults[:REJECTED_LISTED_MAX]]
