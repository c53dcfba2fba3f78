"""What a list says of people, over HTTP: its rows, the file to mend, decisions about rows in doubt.

Rows name people. They go to whoever sent the list, who knows them already, and to approvers, who answer for it; to no
other clerk, whatever the office. They are kept by nobody on the way, and each look is on record with the reader.
"""

from collections.abc import AsyncIterator
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field, TypeAdapter

from services.chassis.postgres import Pool, Transaction, transaction
from services.chassis.spreadsheets import XLSX
from services.chassis.vault import Vault
from services.chassis.vault.keys import Box
from services.chassis.web import Body, Commanded, Database, People
from services.chassis.web.acting import Actor, acting_as
from services.chassis.web.included import Included
from services.chassis.web.pages import PageOf, page, place
from services.chassis.web.problems import Problem
from services.enrollment.api.batches_answers import ChangedBatch, changed
from services.enrollment.api.workers import REFUSALS
from services.enrollment.batches import decide, sealed, store
from services.enrollment.batches.model import GOES_IN, OUTCOMES, Batch, Decision, Outcome
from services.enrollment.batches.store import Row
from services.enrollment.domain import Rejected
from services.enrollment.imports import sheets
from services.enrollment.imports.header import Header
from services.enrollment.imports.workbook import SHEET_ROWS_MAX

DECISIONS_MAX = 1_000
CORRECTION_ROWS_AT_ONCE = 1_000
TO_MEND: tuple[Outcome, ...] = ("rejected", "decision")
LAST_ROW: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=0, le=SHEET_ROWS_MAX)])
NOT_KEPT = {"Cache-Control": "no-store"}
LOOK, MEND = "look at a list", "take a correction file"

Reader = Annotated[Actor, acting_as("clerk", "approver")]

router = APIRouter(prefix="/v1", tags=["batches"])


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


@router.get(
    "/batches/{batch_id}/rows",
    summary="The rows of a list with what becomes of each, and why (its sender or an approver; logged)",
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
    summary="The rows to be mended, with why, as a file to correct and send again (its sender or an approver; logged)",
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
    summary="Decide rows in doubt: another name under a known NIK, or somebody alike (its sender or an approver)",
    description="`accept`: the same person with another name, or two different people who are alike. `refuse`: the"
    " row does not go in, and comes into the correction file. After the list has gone in, rows accepted since go in"
    " when it is approved again.",
    responses=REFUSALS,
    response_model=ChangedBatch,
)
async def decide_rows(batch_id: UUID, body: DecisionsBody, command: Commanded, vault: People, who: Reader) -> Response:
    wanted = {one.row: one.decision for one in body.decisions}

    async def change(tx: Transaction) -> None:
        _refuse_others(await decide.find(tx, batch_id), who)
        await decide.decide_rows(tx, vault, batch_id, wanted, by=who.id)

    return await changed(command, batch_id, change)


async def _opened(tx: Transaction, vault: Vault, batch_id: UUID, who: Actor, purpose: str) -> tuple[Box, Header | None]:
    """Take the key of a list, which is on record, and give its header as far as it has been read."""
    batch = await decide.find(tx, batch_id)
    _refuse_others(batch, who)
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


def _refuse_others(batch: Batch, who: Actor) -> None:
    """Refuse whoever neither sent the list nor answers for it."""
    if who.id == batch.uploaded_by or "approver" in who.roles:
        return
    english = "Somebody else sent this list: its rows are for that person and for approvers. Ask one of them."
    indonesian = "Daftar ini dikirim orang lain: barisnya hanya untuk pengirim dan approver. Mintalah kepada mereka."
    said = {"code": "list_of_another", "indonesian": indonesian, "english": english}
    raise Problem(403, "The list of another", english, **said)
