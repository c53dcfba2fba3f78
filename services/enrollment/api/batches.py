"""Lists over HTTP: a file in, its preview out, decided, approved by another person, paid; and what is to be mended.

Rows and correction files name people. They go to clerks and approvers alone, are kept by nobody on the way, and each
look into a list is on record with the reader.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Annotated, Literal
from uuid import UUID, uuid4

import orjson
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field, TypeAdapter

from services.chassis import clock
from services.chassis.idempotency import Answer
from services.chassis.ledger import Act
from services.chassis.postgres import Pool, Transaction, transaction
from services.chassis.vault import Vault
from services.chassis.vault.keys import Box
from services.chassis.web import Body, Command, Commanded, Database, People
from services.chassis.web.acting import Actor, acting_as
from services.chassis.web.bodies import too_large
from services.chassis.web.included import Included
from services.chassis.web.pages import PageOf, page, place
from services.enrollment import handlers
from services.enrollment.api.answers import Consistency
from services.enrollment.api.workers import REFUSALS, Day
from services.enrollment.batches import decide, sealed, store
from services.enrollment.batches.model import GOES_IN, OUTCOMES, Batch, Decision, Outcome, State, Work
from services.enrollment.batches.store import Row, Shown
from services.enrollment.domain import Rejected
from services.enrollment.imports import sheets
from services.enrollment.imports.cells import FILE_BYTES_MAX, ROWS_MAX
from services.enrollment.imports.file import format_of
from services.enrollment.imports.header import Header
from services.enrollment.imports.workbook import SHEET_ROWS_MAX

DECISIONS_MAX = 1_000
CORRECTION_ROWS_AT_ONCE = 1_000
TO_MEND: tuple[Outcome, ...] = ("rejected", "decision")
LAST_BATCH: TypeAdapter[tuple[datetime, UUID]] = TypeAdapter(tuple[datetime, UUID])
NEWER_THAN_ALL = (datetime(9000, 1, 1, tzinfo=UTC), UUID(int=0))
LAST_ROW: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=0, le=SHEET_ROWS_MAX)])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NOT_KEPT = {"Cache-Control": "no-store"}
LOOK, MEND = "look at a list", "take a correction file"

Clerk = Annotated[Actor, acting_as("clerk")]
Reader = Annotated[Actor, acting_as("clerk", "approver")]
Approver = Annotated[Actor, acting_as("approver")]
Area = Annotated[str, Field(pattern=r"^[0-9]{2}(\.[0-9]{2}(\.[0-9]{2})?)?$", examples=["51.04"])]

uploads = APIRouter(prefix="/v1", tags=["batches"], max_body_size=FILE_BYTES_MAX)
router = APIRouter(prefix="/v1", tags=["batches"])
ROUTERS = (uploads, router)


class Told(BaseModel):
    """What is told of a list as a whole."""

    code: str = Field(examples=["nik_ends_in_zero"])
    indonesian: str
    english: str


class CountsAnswer(BaseModel):
    """Rows by what becomes of them."""

    accepted: int = Field(0, examples=[97_412])
    changed: int = Field(0, examples=[120])
    rejected: int = Field(0, examples=[1_832])
    duplicate: int = Field(0, examples=[601])
    decision: int = Field(0, examples=[35])


class ProgressAnswer(BaseModel):
    """How far the work has come that is under way."""

    work: Work
    share: float = Field(description="Done, from 0 to 1", examples=[0.35])
    rows: int = Field(examples=[35_000])
    rows_per_second: float | None = Field(examples=[8_900.0])
    seconds_left: float | None = Field(examples=[7.3])


class PaymentAnswer(BaseModel):
    paid_on: date
    confirmed_by: str
    confirmed_on: date
    people: int = Field(description="Whose cover began by it", examples=[97_532])


class BatchAnswer(BaseModel):
    """A list as it stands; nothing in it names a person."""

    batch_id: UUID
    cohort_id: UUID
    state: State
    format: Literal["csv", "xlsx"]
    bytes: int = Field(examples=[4_812_331])
    within: str | None = Field(examples=["51.04"])
    header_row: int | None = Field(examples=[4])
    uploaded_by: str = Field(examples=["clerk-1"])
    uploaded_at: datetime
    proposed_on: date
    approved_by: str | None = Field(examples=["head-1"])
    approved_on: date | None
    cancelled_by: str | None
    rows: int = Field(description="Rows read so far", examples=[100_000])
    counts: CountsAnswer
    progress: ProgressAnswer | None = Field(description="Null while nothing is under way")
    notices: list[Told]
    failure: Told | None = Field(description="Why the file cannot be read")
    reserved: int | None = Field(
        description="People with a place, whose payment is awaited; null in lists of lists, and while it is worked on",
        examples=[0],
    )
    waiting: int | None = Field(description="People who wait for a place; null likewise", examples=[0])
    worth_a_look: int | None = Field(
        description="Rows that go in although a remark says what to check; null likewise", examples=[14]
    )
    payments: list[PaymentAnswer]
    forgotten: bool = Field(description="Its time is over: what named people has been destroyed")
    same_file: bool = Field(False, description="The file was sent before: this is its list, and nothing changed")


class ChangedBatch(BatchAnswer):
    """The list as a command left it."""

    consistency: Consistency


class BatchList(BaseModel):
    rows: list[BatchAnswer]
    next: str | None = Field(description="Send it as `cursor` for the next page; null on the last")


class RemarkAnswer(BaseModel):
    """What is wrong with a value, or worth a look."""

    column: str = Field(examples=["C (Tanggal Lahir)"])
    code: str = Field(examples=["date_short_year"])
    value: str = Field(examples=["3/4/85"])
    indonesian: str
    english: str


class RowAnswer(BaseModel):
    """A row as it stands in the file, and what becomes of it."""

    row: int = Field(description="As the spreadsheet numbers it", examples=[17])
    outcome: Outcome
    applied: bool
    worker_id: UUID | None
    cells: list[str]
    remarks: list[RemarkAnswer]


class RowList(BaseModel):
    titles: list[str] = Field(examples=[["NIK", "Nama", "Tanggal Lahir", "Kode Desa"]])
    rows: list[RowAnswer]
    next: str | None = Field(description="Send it as `cursor` for the next page; null on the last")


class BatchesAsked(PageOf):
    """Which lists are meant; several filters all hold."""

    cohort_id: UUID | None = Field(None, description="For this cohort")
    state: State | None = Field(None, description="Which stand so")


class RowsAsked(PageOf):
    """Which rows are meant."""

    outcome: Outcome | None = Field(None, description="Of which this became")
    worth_a_look: bool = Field(False, description="Only rows that go in although a remark says what to check")

    def outcomes(self) -> tuple[Outcome, ...]:
        wanted = GOES_IN if self.worth_a_look else OUTCOMES
        return tuple(outcome for outcome in wanted if self.outcome in {None, outcome})


class RowDecision(Body):
    row: int = Field(ge=1, le=SHEET_ROWS_MAX, examples=[17])
    decision: Decision


class DecisionsBody(Body):
    decisions: tuple[RowDecision, ...] = Field(min_length=1, max_length=DECISIONS_MAX)


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
    box = (await vault.keys.make([batch_id]))[batch_id]
    incoming = sealed.Incoming(pool, batch_id, box, vault.pepper)
    async for chunk in request.stream():
        await incoming.take_in(chunk)
        if incoming.bytes > FILE_BYTES_MAX:
            raise too_large()
    file_hash = await incoming.end()
    async with transaction(pool) as tx:
        batch = _received(batch_id, cohort_id, incoming.begins, within, who, await clock.business_date(tx))
        now = await clock.now(tx)
        same = await store.add(tx, batch, file_hash=file_hash, file_bytes=incoming.bytes, uploaded_at=now)
        if same is not None:
            await store.drop_pieces(tx, batch_id)
    if same is not None:
        await vault.keys.destroy([batch_id])
    shown = (await _shown(pool, same or batch_id)).model_copy(update={"same_file": same is not None})
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
        return BatchList(rows=[await _answer(tx, one, places=False) for one in rows], next=following)


@router.get(
    "/batches/{batch_id}",
    summary="A list: its state, counts, progress with rate and time left (role clerk or approver)",
    dependencies=[Included],
    responses=REFUSALS,
)
async def show_batch(batch_id: UUID, pool: Database, _who: Reader) -> BatchAnswer:
    return await _shown(pool, batch_id)


@router.get(
    "/batches/{batch_id}/rows",
    summary="The rows of a list with what becomes of each, and why (role clerk or approver; logged)",
    dependencies=[Included],
    responses=REFUSALS,
)
async def show_rows(
    batch_id: UUID, asked: Annotated[RowsAsked, Query()], pool: Database, vault: People, who: Reader, response: Response
) -> RowList:
    response.headers.update(NOT_KEPT)
    after = place(asked.cursor, LAST_ROW, first=0)
    async with transaction(pool) as tx:
        box, header = await _opened(tx, vault, batch_id, who, LOOK)
        found = await store.rows(
            tx,
            batch_id,
            outcomes=asked.outcomes(),
            after=after,
            limit=asked.limit + 1,
            remarked=asked.worth_a_look,
        )
    rows, following = page(found, asked.limit, LAST_ROW, lambda one: one.row)
    return RowList(
        titles=list(header.titles) if header else [],
        rows=[_row(one, sealed.unseal(box, one.row, one.sealed)) for one in rows if one.sealed is not None],
        next=following,
    )


@router.get(
    "/batches/{batch_id}/correction",
    summary="The rows to be mended, with why, as a file to correct and send again (role clerk or approver; logged)",
    description="The columns as they were sent, then the sheet row, the columns at fault and the reasons. The columns"
    " added are passed over when the file comes back. A workbook keeps national numbers whole; it holds"
    f" {sheets.XLSX_ROWS_MAX:,} rows at most, CSV all.",
    responses=REFUSALS | {200: {"content": {"text/csv": {}, XLSX: {}}, "description": "The file"}},
    response_class=Response,
)
async def take_correction(
    batch_id: UUID,
    pool: Database,
    vault: People,
    who: Reader,
    kind: Annotated[Literal["xlsx", "csv"], Query(alias="as", description="As what file")] = "xlsx",
) -> Response:
    async with transaction(pool) as tx:
        box, header = await _opened(tx, vault, batch_id, who, MEND)
        counted = await store.counts(tx, batch_id)
    if header is None or not any(counted.get(outcome) for outcome in TO_MEND):
        raise Rejected(
            "nothing_to_mend",
            "Tidak ada baris yang perlu diperbaiki dalam daftar ini.",
            "No row of this list needs to be mended.",
        )
    name = f'attachment; filename="perbaikan-{batch_id}.{kind}"'
    headers = NOT_KEPT | {"Content-Disposition": name}
    if kind == "csv":
        return StreamingResponse(_csv(pool, batch_id, box, header), media_type="text/csv", headers=headers)
    if sum(counted.get(outcome, 0) for outcome in TO_MEND) > sheets.XLSX_ROWS_MAX:
        raise Rejected(
            "too_many_for_workbook",
            f"Lebih dari {sheets.XLSX_ROWS_MAX} baris perlu diperbaiki. Ambil sebagai CSV: ?as=csv.",
            f"More than {sheets.XLSX_ROWS_MAX} rows need to be mended. Take them as CSV: ?as=csv.",
        )
    to_mend = [one async for some in _to_mend(pool, batch_id, box) for one in some]
    content = sheets.as_workbook(sheets.rows_to_mend(header, to_mend))
    return Response(content, media_type=XLSX, headers=headers)


async def _csv(pool: Pool, batch_id: UUID, box: Box, header: Header) -> AsyncIterator[bytes]:
    first = True
    async for some in _to_mend(pool, batch_id, box):
        lines = sheets.rows_to_mend(header, some)
        written = sheets.as_csv(lines, header.places["nik"])
        for number, line in enumerate(written):
            if first or number > 1:  # the mark of the encoding, and the titles, come once
                yield line
        first = False


async def _to_mend(pool: Pool, batch_id: UUID, box: Box) -> AsyncIterator[list[sheets.ToMend]]:
    after = 0
    while True:
        async with transaction(pool) as tx:
            rows = await store.rows(tx, batch_id, outcomes=TO_MEND, after=after, limit=CORRECTION_ROWS_AT_ONCE)
        if not rows:
            return
        opened = [(one, sealed.unseal(box, one.row, one.sealed)) for one in rows if one.sealed is not None]
        yield [sheets.ToMend(one.row, content.cells, content.remarks) for one, content in opened]
        after = rows[-1].row


@router.post(
    "/batches/{batch_id}/decisions",
    summary="Decide rows in doubt: another name under a known NIK, or somebody alike (role clerk or approver)",
    description="`accept`: the same person with another name, or two different people who are alike. `refuse`: the"
    " row does not go in, and comes into the correction file. After the list has gone in, rows accepted since go in"
    " when it is approved again.",
    responses=REFUSALS,
    response_model=ChangedBatch,
)
async def decide_rows(batch_id: UUID, body: DecisionsBody, command: Commanded, vault: People, who: Reader) -> Response:
    wanted = {one.row: one.decision for one in body.decisions}

    async def change(tx: Transaction) -> None:
        await decide.decide_rows(tx, vault, batch_id, wanted, by=who.id)

    return await _changed(command, batch_id, change)


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

    return await _changed(command, batch_id, change)


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

    return await _changed(command, batch_id, change)


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

    return await _changed(command, batch_id, change)


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


async def _changed(command: Command, batch_id: UUID, change: Callable[[Transaction], Awaitable[None]]) -> JSONResponse:
    async def action(tx: Transaction, _act: Act) -> Answer:
        await change(tx)
        (shown,) = await store.show(tx, batch_id=batch_id)
        return Answer(200, (await _answer(tx, shown)).model_dump(mode="json"))

    return await command.once(action)


async def _opened(tx: Transaction, vault: Vault, batch_id: UUID, who: Actor, purpose: str) -> tuple[Box, Header | None]:
    """Take the key of a list, which is on record, and give its header as far as it has been read."""
    batch = await decide.find(tx, batch_id)
    if batch.forgotten:
        raise Rejected(
            "batch_forgotten",
            "Isi daftar ini sudah dihapus karena masanya lewat. Kirim berkasnya lagi.",
            "What this list said has been destroyed because its time is over. Send the file again.",
        )
    box = await sealed.take(vault, batch_id, actor=who.id, purpose=purpose)
    return box, await sealed.find_header(tx, batch_id, box)


def _row(row: Row, content: sealed.Content) -> RowAnswer:
    return RowAnswer(
        row=row.row,
        outcome=row.outcome,
        applied=row.applied,
        worker_id=row.worker_id,
        cells=list(content.cells),
        remarks=[
            RemarkAnswer(
                column=one.column,
                code=one.code,
                value=one.value,
                indonesian=one.indonesian,
                english=one.english,
            )
            for one in content.remarks
        ],
    )


async def _shown(pool: Pool, batch_id: UUID) -> BatchAnswer:
    async with transaction(pool) as tx:
        await decide.find(tx, batch_id)
        (shown,) = await store.show(tx, batch_id=batch_id)
        return await _answer(tx, shown)


async def _answer(tx: Transaction, shown: Shown, *, places: bool = True) -> BatchAnswer:
    counted = await store.counts(tx, shown.batch_id)
    reserved, waiting, worth_a_look = None, None, None
    if places and shown.work is None:
        reserved, waiting = await store.reservations(tx, shown.batch_id, shown.cohort_id)
        worth_a_look = await store.remarked(tx, shown.batch_id, GOES_IN)
    payments = await store.payments(tx, shown.batch_id)
    return BatchAnswer(
        batch_id=shown.batch_id,
        cohort_id=shown.cohort_id,
        state=shown.state,
        format="xlsx" if shown.format == "xlsx" else "csv",
        bytes=shown.file_bytes,
        within=shown.within,
        header_row=shown.header_row,
        uploaded_by=shown.uploaded_by,
        uploaded_at=shown.uploaded_at,
        proposed_on=shown.proposed_on,
        approved_by=shown.approved_by,
        approved_on=shown.approved_on,
        cancelled_by=shown.cancelled_by,
        rows=sum(counted.values()),
        counts=CountsAnswer.model_validate(counted),
        progress=_progress(shown),
        notices=[Told(**one) for one in orjson.loads(shown.notices)],
        failure=Told(**orjson.loads(shown.failure)) if shown.failure else None,
        reserved=reserved,
        waiting=waiting,
        worth_a_look=worth_a_look,
        payments=[PaymentAnswer(**one._asdict()) for one in payments],
        forgotten=shown.forgotten,
    )


def _progress(shown: Shown) -> ProgressAnswer | None:
    if shown.work is None:
        return None
    seconds, share = shown.work_seconds or 0.0, shown.work_share
    return ProgressAnswer(
        work=shown.work,
        share=round(share, 3),
        rows=shown.work_rows,
        rows_per_second=round(shown.work_rows / seconds, 1) if seconds and shown.work_rows else None,
        seconds_left=round(seconds * (1 - share) / share, 1) if share > 0 else None,
    )
