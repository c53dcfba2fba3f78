"""Payments over HTTP: ordered, told to the bank, confirmed or returned one by one or by the bank's file."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.chassis import clock
from services.chassis.idempotency import Answer
from services.chassis.ledger import Act
from services.chassis.postgres import Transaction, transaction
from services.chassis.web import Acting, Commanded, Database, People, Problem
from services.chassis.web.acting import acting_as
from services.chassis.web.included import Included
from services.chassis.web.problems import refusal
from services.claims import bank_files, handlers, payments, queries
from services.claims.answers import ChangedClaim, Consistency, Rupiah
from services.claims.api.bodies import ConfirmationBody, Day, ReturnBody
from services.claims.api.claims import carried_out
from services.claims.claim import Rejected
from services.claims.separated import ROWS_MAX, FileRefused, RejectedRow

FILE_BYTES_MAX = 4 * 1024 * 1024
UNREADABLE_NAMED_MAX = 100

PAYER = acting_as("payer")
CSV_BODY = {"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}}
CSV_ANSWER = {"content": {"text/csv": {"schema": {"type": "string"}, "example": ",".join(bank_files.ORDER_COLUMNS)}}}
TAKEN_IN = (
    f" UTF-8, at most {ROWS_MAX:,} rows. Good rows go in; each bad one is named with row, column and reason in"
    " Indonesian and English. A line that was taken in before changes nothing; the same reference with another content"
    " is refused."
)

of_claims = APIRouter(prefix="/v1", tags=["payments"])
files = APIRouter(prefix="/v1", tags=["payments"], max_body_size=FILE_BYTES_MAX)
ROUTERS = (of_claims, files)


class FileAsked(BaseModel):
    """Which payments the file is of: all that are under way, if nothing is said."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    ordered_on: Day | None = Field(None, description="Only those ordered on this day")
    claim_id: UUID | None = Field(None, description="Only those of this claim")


class UnderpaidAnswer(BaseModel):
    """A payment of which less arrived than was ordered."""

    row: int
    claim_id: UUID
    payment_id: UUID
    ordered_idr: Rupiah
    paid_idr: Rupiah


class ReconciledAnswer(BaseModel):
    """What became of a bank's file: each row is counted once."""

    rows: int
    paid: int
    returned: int
    unchanged: int = Field(description="Rows that said nothing new")
    rejected_rows: int
    nothing_new: bool = Field(description="Every row had been taken in before: the file changed nothing")
    underpaid: list[UnderpaidAnswer] = Field(description="Rows that were taken in, with less than was ordered")
    rejected: list[RejectedRow]
    consistency: Consistency


class RecordedAnswer(BaseModel):
    """What became of a file of recorded payments."""

    rows: int
    recorded: int
    unchanged: int
    rejected: list[RejectedRow]
    consistency: Consistency


@of_claims.post(
    "/claims/{claim_id}/payment-order",
    summary="Order what is due; neither proposer nor decider",
    description="What the decision grants beyond earlier orders, split over the payees by their shares to the rupiah,"
    " and what the law adds where they were paid late. Asking again while payments are under way orders nothing more.",
    response_model=ChangedClaim,
    dependencies=[PAYER],
)
async def order_payment(claim_id: UUID, vault: People, command: Commanded) -> Response:
    return await carried_out(command, lambda tx, act: handlers.order_payment(tx, claim_id, vault=vault, act=act))


@of_claims.post(
    "/claims/{claim_id}/payments/{payment_id}/confirmation",
    summary="Take note that a payment arrived",
    description="The same again changes nothing; another day or amount is refused, and so is more than was ordered."
    " Less is kept as an underpayment, and the rest can be ordered. One that was recorded wrongly is first recorded as"
    " returned, with the code TAKEN_BACK; and one that was told to have come back can be confirmed after all.",
    response_model=ChangedClaim,
    dependencies=[PAYER],
)
async def confirm_payment(claim_id: UUID, payment_id: UUID, body: ConfirmationBody, command: Commanded) -> Response:
    return await carried_out(
        command,
        lambda tx, act: handlers.pay(
            tx,
            claim_id,
            payment_id=payment_id,
            paid_on=body.paid_on,
            amount_idr=body.amount_idr,
            bank_reference=body.bank_reference,
            act=act,
        ),
    )


@of_claims.post(
    "/claims/{claim_id}/payments/{payment_id}/return",
    summary="Take note that a payment came back",
    description="Also one that had arrived before. It can be ordered again, once the payees are right; it is then due"
    " anew, from the day on which it came back.",
    response_model=ChangedClaim,
    dependencies=[PAYER],
)
async def return_payment(claim_id: UUID, payment_id: UUID, body: ReturnBody, command: Commanded) -> Response:
    return await carried_out(
        command,
        lambda tx, act: handlers.return_payment(
            tx,
            claim_id,
            payment_id=payment_id,
            returned_on=body.returned_on,
            code=body.code,
            bank_reference=body.bank_reference,
            act=act,
        ),
    )


@of_claims.get(
    "/payment-orders.csv",
    summary="Whom to pay, as a file for the bank",
    description="Every payment that is under way, with the payee's bank, account and name from the vault. Every reading"
    " is logged with the reader. A payee who was erased has no account in it. Claims that are stored in"
    " a form that cannot be read are left out, and named in the header `Payung-Unreadable`.",
    response_class=Response,
    responses={200: CSV_ANSWER, 409: {"description": "More payments than one file takes: ask by day"}},
    dependencies=[PAYER, Included],
)
async def payment_orders(asked: Annotated[FileAsked, Query()], pool: Database, vault: People, who: Acting) -> Response:
    async with transaction(pool) as tx:
        found, unreadable = await queries.open_payments(
            tx, ordered_on=asked.ordered_on, claim_id=asked.claim_id, limit=ROWS_MAX + 1
        )
        if len(found) > ROWS_MAX:
            raise refusal(409, "Too many payments", _TOO_MANY)
        payees = {one.payment.payee_id for one in found}
        opened, _ = await vault.open_sound(tx, payees, actor=who.id, purpose="file of payment orders")
    lines = [bank_files.line(bank_files.ORDER_COLUMNS)]
    lines += [bank_files.order_line(one.claim_id, one.payment, opened.get(one.payment.payee_id, {})) for one in found]
    return Response(
        "".join(lines),
        media_type="text/csv",
        headers={"Content-Disposition": 'attachment; filename="payment-orders.csv"', "Cache-Control": "no-store"}
        | ({"Payung-Unreadable": ", ".join(map(str, unreadable[:UNREADABLE_NAMED_MAX]))} if unreadable else {}),
    )


@files.post(
    "/payments/reconciliation",
    summary="Take in what the bank says became of payments (CSV)",
    description=f"Header `{','.join(bank_files.COLUMNS)}`; the status is `paid` or `returned`, and what came back has a"
    f" code that says why.{TAKEN_IN}",
    openapi_extra=CSV_BODY,
    response_model=ReconciledAnswer,
    dependencies=[PAYER],
)
async def reconcile_payments(command: Commanded) -> Response:
    content = await command.request.body()

    async def action(tx: Transaction, act: Act) -> Answer:
        try:
            done = await handlers.reconcile(tx, content, today=await clock.business_date(tx), act=act)
        except FileRefused as refused:
            raise _unreadable(refused) from None
        told = {
            "rejected_rows": len(done.rejected),
            "nothing_new": done.rows > 0 and done.unchanged == done.rows,
            "underpaid": [{**asdict(one), **_ids(one.claim_id, one.payment_id)} for one in done.underpaid],
        }
        return Answer(200, asdict(done) | told)

    return await command.once(action)


@files.post(
    "/payments",
    summary="Record payments that other offices made (CSV)",
    description=f"Header `{','.join(payments.COLUMNS)}`; a number of cases, and no person.{TAKEN_IN}",
    openapi_extra=CSV_BODY,
    response_model=RecordedAnswer,
    dependencies=[PAYER],
)
async def record_payments(command: Commanded) -> Response:
    content = await command.request.body()

    async def action(tx: Transaction, act: Act) -> Answer:
        try:
            recorded = await handlers.record_payments(tx, content, today=await clock.business_date(tx), act=act)
        except FileRefused as refused:
            raise _unreadable(refused) from None
        return Answer(200, asdict(recorded))

    return await command.once(action)


def _ids(claim_id: UUID, payment_id: UUID) -> dict[str, str]:
    return {"claim_id": str(claim_id), "payment_id": str(payment_id)}


def _unreadable(refused: FileRefused) -> Problem:
    said = {"code": "file_unreadable", "indonesian": refused.indonesian, "english": str(refused)}
    errors = [{"pointer": "/body", "code": "file_unreadable", "reason": str(refused)}]
    return Problem(422, "The file cannot be read", str(refused), **said, errors=errors)


_TOO_MANY = Rejected(
    "TOO_MANY_PAYMENTS",
    indonesian=f"Lebih dari {ROWS_MAX} pembayaran sedang berjalan; unduh per hari perintah dengan `ordered_on`.",
    english=f"More than {ROWS_MAX} payments are under way; download them by the day of their order: `ordered_on`.",
)
