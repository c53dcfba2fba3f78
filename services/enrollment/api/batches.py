"""Lists over HTTP: a file in, approved by another person, paid, ended; how it stands at each moment."""

from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field, TypeAdapter

from services.chassis import clock
from services.chassis.postgres import Transaction, transaction
from services.chassis.spreadsheets import XLSX
from services.chassis.web import Body, Commanded, Database, People
from services.chassis.web.acting import Actor, acting_as
from services.chassis.web.bodies import too_large
from services.chassis.web.included import Included
from services.chassis.web.pages import PageOf, page, place
from services.enrollment import handlers
from services.enrollment.api import batches_answers as answers
from services.enrollment.api.batches_answers import BatchAnswer, BatchList, ChangedBatch
from services.enrollment.api.workers import REFUSALS, Day
from services.enrollment.batches import decide, sealed, store
from services.enrollment.batches.model import Batch, State
from services.enrollment.imports import sheets
from services.enrollment.imports.cells import FILE_BYTES_MAX, ROWS_MAX
from services.enrollment.imports.file import format_of

LAST_BATCH: TypeAdapter[tuple[datetime, UUID]] = TypeAdapter(tuple[datetime, UUID])
NEWER_THAN_ALL = (datetime(9000, 1, 1, tzinfo=UTC), UUID(int=0))

Clerk = Annotated[Actor, acting_as("clerk")]
Reader = Annotated[Actor, acting_as("clerk", "approver")]
Approver = Annotated[Actor, acting_as("approver")]
Area = Annotated[str, Field(pattern=r"^[0-9]{2}(\.[0-9]{2}(\.[0-9]{2})?)?$", examples=["51.04"])]

uploads = APIRouter(prefix="/v1", tags=["batches"], max_body_size=FILE_BYTES_MAX)
router = APIRouter(prefix="/v1", tags=["batches"])
ROUTERS = (uploads, router)


class BatchesAsked(PageOf):
    """Which lists are meant; several filters all hold."""

    cohort_id: UUID | None = Field(None, description="For this cohort")
    state: State | None = Field(None, description="Which stand so")


class PaymentBody(Body):
    paid_on: Day = Field(description="The day on which payment was confirmed; cover begins with it")


@uploads.post(
    "/cohorts/{cohort_id}/batches",
    status_code=202,
    summary="Send a list of people for a cohort, as CSV or XLSX (role clerk)",
    description="The answer comes at once; the list is read in the background and nothing of it goes in before another"
    " person approves it. The header is found under titles in the first 20 rows, by its Indonesian or English names:"
    " NIK, Nama, Tanggal Lahir, Kode Desa (or Desa/Kelurahan with Kecamatan, looked for `within` an area), if wanted"
    " Pekerjaan. Dates with the day or the year first; CSV with commas, semicolons or tabs. Formulas are refused. At"
    f" most {ROWS_MAX:,} rows and {FILE_BYTES_MAX // 1024**2} MB. The same file for the same cohort changes nothing,"
    " answers 200 and says so; therefore no Idempotency-Key is needed.",
    responses=REFUSALS | {200: {"model": BatchAnswer, "description": "This file was sent before"}},
    response_model=BatchAnswer,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in ("text/csv", XLSX)},
        }
    },
)
async def upload(
    request: Request,
    cohort_id: UUID,
    pool: Database,
    vault: People,
    who: Clerk,
    within: Annotated[Area | None, Query(description="Area in which names of villages are looked for")] = None,
) -> Response:
    async with transaction(pool) as tx:
        await handlers.find_cohort(tx, cohort_id)
    batch_id = uuid4()
    async with sealed.arriving(pool, vault, batch_id) as incoming:
        async for chunk in request.stream():
            await incoming.take_in(chunk)
            if incoming.bytes > FILE_BYTES_MAX:
                raise too_large()
        file_hash = await incoming.end()
        async with transaction(pool) as tx:
            batch = _received(batch_id, cohort_id, incoming.begins, within, who, await clock.business_date(tx))
            now = await clock.now(tx)
            same = await store.add(tx, batch, file_hash=file_hash, file_bytes=incoming.bytes, uploaded_at=now)
    shown = (await answers.show(pool, same or batch_id)).model_copy(update={"same_file": same is not None})
    status = 202 if same is None else 200
    headers = {"Location": f"/v1/batches/{shown.batch_id}"}
    return JSONResponse(shown.model_dump(mode="json"), status, headers)


def _received(
    batch_id: UUID, cohort_id: UUID, begins: bytes, within: str | None, who: Actor, proposed_on: date
) -> Batch:
    return Batch(
        batch_id=batch_id,
        cohort_id=cohort_id,
        format=format_of(begins),
        within=within,
        uploaded_by=who.id,
        proposed_on=proposed_on,
        state="received",
        work="validate",
        done_through=0,
        approved_by=None,
        approved_on=None,
        cancelled_by=None,
        forgotten=False,
    )


@router.get(
    "/batches", summary="Lists that were sent, the newest first (role clerk or approver)", dependencies=[Included]
)
async def show_batches(asked: Annotated[BatchesAsked, Query()], pool: Database, _who: Reader) -> BatchList:
    before = place(asked.cursor, LAST_BATCH, first=NEWER_THAN_ALL)
    async with transaction(pool) as tx:
        found = await store.show(tx, cohort_id=asked.cohort_id, state=asked.state, before=before, limit=asked.limit + 1)
        rows, following = page(found, asked.limit, LAST_BATCH, lambda one: (one.uploaded_at, one.batch_id))
        return BatchList(rows=[await answers.answer(tx, one, places=False) for one in rows], next=following)


@router.get(
    "/batches/{batch_id}",
    summary="A list: its state, counts, progress with rate and time left (role clerk or approver)",
    dependencies=[Included],
    responses=REFUSALS,
)
async def show_batch(batch_id: UUID, pool: Database, _who: Reader) -> BatchAnswer:
    return await answers.show(pool, batch_id)


@router.post(
    "/batches/{batch_id}/approvals",
    summary="Let a list go in (role approver, another person than who sent it)",
    description="People become proposed and verified, and get a place or wait for one; cover begins with the payment.",
    responses=REFUSALS,
    response_model=ChangedBatch,
)
async def approve(batch_id: UUID, command: Commanded, who: Approver) -> Response:
    async def change(tx: Transaction) -> None:
        await decide.approve(tx, batch_id, by=who.id)

    return await answers.changed(command, batch_id, change)


@router.post(
    "/batches/{batch_id}/payments",
    summary="Confirm that a list was paid for (role approver)",
    description="Cover begins for everybody on the list who has a place, on the day of payment or the cohort's first"
    " day, whichever comes later. Who waits for a place is taken in by a later confirmation.",
    responses=REFUSALS,
    response_model=ChangedBatch,
)
async def confirm_payment(batch_id: UUID, body: PaymentBody, command: Commanded, who: Approver) -> Response:
    async def change(tx: Transaction) -> None:
        await decide.confirm_payment(tx, batch_id, body.paid_on, by=who.id)

    return await answers.changed(command, batch_id, change)


@router.post(
    "/batches/{batch_id}/cancellations",
    summary="End a list that has not gone in (role clerk or approver)",
    description="One that is going in ends after the piece under way; what went in stays, and the rest does not go in.",
    responses=REFUSALS,
    response_model=ChangedBatch,
)
async def cancel(batch_id: UUID, command: Commanded, who: Reader) -> Response:
    async def change(tx: Transaction) -> None:
        await decide.cancel(tx, batch_id, by=who.id)

    return await answers.changed(command, batch_id, change)


@router.get(
    "/templates/workers",
    summary="An empty list as XLSX, with the villages of an area to choose from",
    description="Columns of national numbers and dates are checked while somebody types.",
    responses={200: {"content": {XLSX: {}}, "description": "The workbook"}},
    response_class=Response,
)
async def template(
    pool: Database,
    within: Annotated[
        str, Query(pattern=r"^[0-9]{2}\.[0-9]{2}(\.[0-9]{2})?$", description="Regency or district", examples=["51.04"])
    ],
) -> Response:
    async with transaction(pool) as tx:
        villages = await store.villages(tx, within)
    return Response(
        sheets.template(villages),
        media_type=XLSX,
        headers={"Content-Disposition": f'attachment; filename="templat-peserta-{within}.xlsx"'},
    )
