"""Claims over HTTP: bodies in, commands through, answers out."""

from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from services.chassis import clock
from services.chassis.idempotency import Answer
from services.chassis.ledger import Act
from services.chassis.postgres import Pool, Transaction, transaction
from services.chassis.vault import Sealed
from services.chassis.web import Acting, Body, Commanded, Database, People, Problem
from services.chassis.web.acting import acting_as
from services.chassis.web.included import Included
from services.chassis.web.problems import refusal
from services.claims import answers, handlers, store
from services.claims.answers import ChangedClaim, ClaimAnswer, PayeeAnswer, RecordedAnswer
from services.claims.claim import Claim, Programme, Rejected
from services.claims.payments import ROWS_MAX, FileRefused

FILE_BYTES_MAX = 4 * 1024 * 1024
STATUS = {
    "CLAIM_UNKNOWN": 404,
    "SAME_PERSON": 403,
    "DATES_OUT_OF_ORDER": 422,
    "INCIDENT_BEFORE_RULES": 422,
}
"""How refusals of the domain are told; all others are 409: the claim is not in the state for it."""

PROPOSER, DECIDER, PAYER = acting_as("proposer"), acting_as("decider"), acting_as("payer")

router = APIRouter(prefix="/v1", tags=["claims"])
payments = APIRouter(prefix="/v1", tags=["payments"], max_body_size=FILE_BYTES_MAX)


class ReportBody(Body):
    worker_id: UUID = Field(description="The worker who died, as enrollment names them")
    programme: Programme = Field(description="JKK if work caused the death, JKM otherwise")
    incident_on: date = Field(description="The day of the death")
    reported_on: date | None = Field(None, description="The day of the first report; today if left out")


class PayeeBody(Body):
    name: str = Field(min_length=1, max_length=200, examples=["Ni Luh Contoh"])
    bank: str = Field(min_length=1, max_length=100, examples=["BPD Bali"])
    account: str = Field(min_length=1, max_length=50, examples=["0000-CONTOH"])


class SubmissionBody(Body):
    submitted_on: date | None = Field(None, description="The day on which the file was complete; today if left out")
    payee: PayeeBody = Field(description="Whom to pay; kept encrypted, in no fact, answer or log")


class PaymentBody(Body):
    paid_on: date = Field(description="The day on which the money reached the payee")


@router.post(
    "/claims",
    status_code=201,
    summary="Report a death",
    description="Begins a claim. 202 and state `waiting` if the worker is not known yet: the claim goes on by itself"
    " when the worker's facts arrive, and is pended after ten minutes. 409 DUPLICATE_CLAIM names the claim that the"
    " same incident already has.",
    responses={
        202: {"description": "Accepted; waits for the worker", "model": ChangedClaim},
        409: {"description": "The incident has a claim already, or the facts of `after` have not arrived"},
    },
    response_model=ChangedClaim,
    dependencies=[Included],
)
async def report(body: ReportBody, command: Commanded) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        claim = await handlers.report(
            tx,
            worker_id=body.worker_id,
            programme=body.programme,
            incident_on=body.incident_on,
            reported_on=body.reported_on,
            act=act,
        )
        return Answer(202 if claim.state == "waiting" else 201, _shown(claim))

    return await command.once(action)


@router.post(
    "/claims/{claim_id}/submission",
    summary="Submit the complete file",
    description="The payee is sealed in the vault. Who submits can neither decide nor pay this claim.",
    response_model=ChangedClaim,
    dependencies=[PROPOSER],
)
async def submit(claim_id: UUID, body: SubmissionBody, vault: People, command: Commanded) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        claim = await handlers.submit(
            tx, claim_id, submitted_on=body.submitted_on, payee=body.payee.model_dump(), vault=vault, act=act
        )
        return Answer(200, _shown(claim))

    return await command.once(action)


@router.post(
    "/claims/{claim_id}/decision",
    summary="Decide; not the proposer",
    description="Decides on the cover and the rules of the day of the incident, and keeps the proof: fact number of the"
    " worker's cover, memberships in force, rule version, each component with its law. 409 if the worker's cover is"
    " withheld.",
    response_model=ChangedClaim,
    dependencies=[DECIDER, Included],
)
async def decide(claim_id: UUID, command: Commanded) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        return Answer(200, _shown(await handlers.decide(tx, claim_id, act=act)))

    return await command.once(action)


@router.post(
    "/claims/{claim_id}/payment-order",
    summary="Order the payment; neither proposer nor decider",
    description="A claim has one order for ever; asking again gives the same `order_id`.",
    response_model=ChangedClaim,
    dependencies=[PAYER],
)
async def order_payment(claim_id: UUID, command: Commanded) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        return Answer(200, _shown(await handlers.order_payment(tx, claim_id, act=act)))

    return await command.once(action)


@router.post(
    "/claims/{claim_id}/payment",
    summary="Take note that the money arrived; neither proposer nor decider",
    description="The same payment again changes nothing; another date is refused with ALREADY_PAID.",
    response_model=ChangedClaim,
    dependencies=[PAYER],
)
async def pay(claim_id: UUID, body: PaymentBody, command: Commanded) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        return Answer(200, _shown(await handlers.pay(tx, claim_id, paid_on=body.paid_on, act=act)))

    return await command.once(action)


@router.post(
    "/claims/{claim_id}/death-retraction",
    summary="Take the confirmed death back",
    description="Allowed until its payment is ordered, which the bank may carry out; makes the claim void. Enrollment"
    " restores the cover.",
    response_model=ChangedClaim,
    dependencies=[DECIDER],
)
async def retract_death(claim_id: UUID, command: Commanded) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        return Answer(200, _shown(await handlers.retract_death(tx, claim_id, act=act)))

    return await command.once(action)


@router.get("/claims/{claim_id}", summary="A claim with its decision and the proof", dependencies=[Included])
async def show(claim_id: UUID, pool: Database) -> ClaimAnswer:
    """Give its state, what it waits for, and once decided the components with their laws and what they rest on."""
    return answers.claim(await _find(pool, claim_id))


@router.get(
    "/claims/{claim_id}/payee",
    summary="Whom to pay, once the payment is ordered",
    description="Every reading is logged with the reader.",
    response_model=PayeeAnswer,
    responses={409: {"description": "No payment is ordered"}, 410: {"description": "The payee was erased"}},
    dependencies=[PAYER],
)
async def payee(claim_id: UUID, pool: Database, vault: People, who: Acting) -> Response:
    claim = await _find(pool, claim_id)
    if claim.payee_id is None or claim.state != "ordered":
        raise refusal(409, "No payment is due", _NO_PAYMENT_DUE)
    try:
        async with transaction(pool) as tx:
            found = await vault.open(tx, claim.payee_id, actor=who.id, purpose=f"payment of claim {claim_id}")
    except Sealed:
        raise refusal(410, "The payee was erased", _PAYEE_ERASED) from None
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


@payments.post(
    "/payments",
    summary="Record payments that other offices made (CSV)",
    description="UTF-8, header `reference,programme,segment,paid_on,cases,amount_idr,area_code`, at most"
    f" {ROWS_MAX:,} rows."
    " Good rows go in; each bad one is named with row, column and reason. A line that was recorded before changes"
    " nothing; the same reference with another content is refused.",
    openapi_extra={"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}},
    response_model=RecordedAnswer,
    dependencies=[PAYER],
)
async def record_payments(command: Commanded) -> Response:
    content = await command.request.body()

    async def action(tx: Transaction, act: Act) -> Answer:
        try:
            recorded = await handlers.record_payments(tx, content, today=await clock.business_date(tx), act=act)
        except FileRefused as refused:
            raise Problem(
                422, "The file cannot be read", str(refused), indonesian=refused.indonesian, english=str(refused)
            ) from None
        return Answer(200, asdict(recorded))

    return await command.once(action)


_NO_PAYMENT_DUE = Rejected(
    "NO_PAYMENT_DUE",
    indonesian="Penerima hanya ditampilkan selama pembayaran sudah diperintahkan dan belum dibayar.",
    english="The payee is shown while the payment is ordered and not yet made.",
)
_PAYEE_ERASED = Rejected(
    "PAYEE_ERASED",
    indonesian="Data penerima tidak dapat dibuka lagi; tanyakan kepada pengelola brankas data.",
    english="The payee's data cannot be opened any more; ask the operators of the vault.",
)


def rejected(refused: Any) -> Problem:
    """Tell a `Rejected` of the domain, in both languages."""
    return refusal(STATUS.get(refused.code, 409), refused.code, refused)


def _shown(claim: Claim) -> dict[str, Any]:
    return answers.claim(claim).model_dump(mode="json")


async def _find(pool: Pool, claim_id: UUID) -> Claim:
    async with transaction(pool) as tx:
        worker_id = await store.find_worker(tx, claim_id)
        if worker_id is None:
            raise handlers.unknown_claim(claim_id)
        return (await store.look(tx, [worker_id]))[worker_id].claim(claim_id)
