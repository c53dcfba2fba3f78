"""What enrollment answers of a list as a whole: state, counts, progress, payments. Nothing in it names a person."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import orjson
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from services.chassis.idempotency import Answer
from services.chassis.ledger import Act
from services.chassis.postgres import Pool, Transaction, transaction
from services.chassis.web import Command
from services.enrollment.api.answers import Consistency
from services.enrollment.batches import decide, store
from services.enrollment.batches.model import GOES_IN, State, Work
from services.enrollment.batches.store import Shown


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


async def show(pool: Pool, batch_id: UUID) -> BatchAnswer:
    async with transaction(pool) as tx:
        await decide.find(tx, batch_id)
        (shown,) = await store.show(tx, batch_id=batch_id)
        return await answer(tx, shown)


async def changed(command: Command, batch_id: UUID, change: Callable[[Transaction], Awaitable[None]]) -> JSONResponse:
    """Carry out a change once, and answer with the list as it left it."""

    async def action(tx: Transaction, _act: Act) -> Answer:
        await change(tx)
        (shown,) = await store.show(tx, batch_id=batch_id)
        return Answer(200, (await answer(tx, shown)).model_dump(mode="json"))

    return await command.once(action)


async def answer(tx: Transaction, shown: Shown, *, places: bool = True) -> BatchAnswer:
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
