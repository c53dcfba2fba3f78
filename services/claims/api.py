"""Claims over HTTP: bodies in, commands through, answers out."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.types import Message

from services.chassis import clock
from services.chassis.clock import NotForward
from services.chassis.idempotency import Answer
from services.chassis.ledger import Act
from services.chassis.postgres import Pool, Transaction, transaction
from services.chassis.vault import Sealed, Vault
from services.chassis.web import Acting, Actor, IdempotencyKey, Problem, command
from services.claims import handlers, store
from services.claims.claim import Claim, Decision, Programme
from services.claims.coverage import Membership
from services.claims.payments import ROWS_MAX, FileRefused

SOURCE = "claims"
FILE_BYTES_MAX = 4 * 1024 * 1024
STATUS = {
    "CLAIM_UNKNOWN": 404,
    "SAME_PERSON": 403,
    "DATES_OUT_OF_ORDER": 422,
    "INCIDENT_BEFORE_RULES": 422,
}
"""How refusals of the domain are told; all others are 409: the claim is not in the state for it."""

router = APIRouter(prefix="/v1", tags=["claims"])


class Body(BaseModel):
    """A request body: nothing in it may be misspelt, and errors never repeat it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ReportBody(Body):
    worker_id: UUID = Field(description="The worker who died, as enrollment names them")
    programme: Programme = Field(description="JKK if work caused the death, JKM otherwise")
    incident_on: date = Field(description="The day of the death")
    reported_on: date | None = Field(None, description="The day of the first report; today if left out")


class PayeeBody(Body):
    name: str = Field(min_length=1, max_length=200)
    bank: str = Field(min_length=1, max_length=100)
    account: str = Field(min_length=1, max_length=50)


class SubmissionBody(Body):
    submitted_on: date | None = Field(None, description="The day on which the file was complete; today if left out")
    payee: PayeeBody = Field(description="Whom to pay; kept encrypted, in no fact, answer or log")


class PaymentBody(Body):
    paid_on: date = Field(description="The day on which the money reached the payee")


class ClockBody(Body):
    now: AwareDatetime | None = Field(description="Where the clock goes on from; null is real time")


def _pool(request: Request) -> Pool:
    pool: Pool = request.app.state.pool
    return pool


def _vault(request: Request) -> Vault:
    vault: Vault = request.app.state.vault
    return vault


Database = Annotated[Pool, Depends(_pool)]
Payees = Annotated[Vault, Depends(_vault)]


@router.post(
    "/claims",
    status_code=201,
    summary="Report a death",
    description="Begins a claim. 202 and state `waiting` if the worker is not known yet: the claim goes on by itself"
    " when the worker's facts arrive, and is pended after ten minutes. 409 DUPLICATE_CLAIM names the claim that the"
    " same incident already has.",
    responses={202: {"description": "Accepted; waits for the worker"}, 409: {"description": "Already reported"}},
)
async def report(
    request: Request, body: ReportBody, pool: Database, who: Acting, idempotency_key: IdempotencyKey = None
) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        claim = await handlers.report(
            tx,
            worker_id=body.worker_id,
            programme=body.programme,
            incident_on=body.incident_on,
            reported_on=body.reported_on,
            act=act,
        )
        return Answer(202 if claim.state == "waiting" else 201, shown(claim))

    return await _command(request, pool, who, idempotency_key, action)


@router.post(
    "/claims/{claim_id}/submission",
    summary="Submit the complete file (role proposer)",
    description="The payee is sealed in the vault. Who submits can neither decide nor pay this claim.",
)
async def submit(
    request: Request,
    claim_id: UUID,
    body: SubmissionBody,
    pool: Database,
    vault: Payees,
    who: Acting,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    who.require("proposer")

    async def action(tx: Transaction, act: Act) -> Answer:
        claim = await handlers.submit(
            tx, claim_id, submitted_on=body.submitted_on, payee=body.payee.model_dump(), vault=vault, act=act
        )
        return Answer(200, shown(claim))

    return await _command(request, pool, who, idempotency_key, action)


@router.post(
    "/claims/{claim_id}/decision",
    summary="Decide (role decider; not the proposer)",
    description="Decides on the cover and the rules of the day of the incident, and keeps the proof: fact number of the"
    " worker's cover, memberships in force, rule version, each component with its law. 409 if the worker's cover is"
    " withheld.",
)
async def decide(
    request: Request, claim_id: UUID, pool: Database, who: Acting, idempotency_key: IdempotencyKey = None
) -> Response:
    who.require("decider")

    async def action(tx: Transaction, act: Act) -> Answer:
        return Answer(200, shown(await handlers.decide(tx, claim_id, act=act)))

    return await _command(request, pool, who, idempotency_key, action)


@router.post(
    "/claims/{claim_id}/payment-order",
    summary="Order the payment (role payer; neither proposer nor decider)",
    description="A claim has one order for ever; asking again gives the same `order_id`.",
)
async def order_payment(
    request: Request, claim_id: UUID, pool: Database, who: Acting, idempotency_key: IdempotencyKey = None
) -> Response:
    who.require("payer")

    async def action(tx: Transaction, act: Act) -> Answer:
        return Answer(200, shown(await handlers.order_payment(tx, claim_id, act=act)))

    return await _command(request, pool, who, idempotency_key, action)


@router.post(
    "/claims/{claim_id}/payment",
    summary="Take note that the money arrived (role payer; neither proposer nor decider)",
    description="The same payment again changes nothing; another date is refused with ALREADY_PAID.",
)
async def pay(
    request: Request,
    claim_id: UUID,
    body: PaymentBody,
    pool: Database,
    who: Acting,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    who.require("payer")

    async def action(tx: Transaction, act: Act) -> Answer:
        return Answer(200, shown(await handlers.pay(tx, claim_id, paid_on=body.paid_on, act=act)))

    return await _command(request, pool, who, idempotency_key, action)


@router.post(
    "/claims/{claim_id}/death-retraction",
    summary="Take the confirmed death back (role decider)",
    description="Allowed until its payment is ordered, which the bank may carry out; makes the claim void. Enrollment"
    " restores the cover.",
)
async def retract_death(
    request: Request, claim_id: UUID, pool: Database, who: Acting, idempotency_key: IdempotencyKey = None
) -> Response:
    who.require("decider")

    async def action(tx: Transaction, act: Act) -> Answer:
        return Answer(200, shown(await handlers.retract_death(tx, claim_id, act=act)))

    return await _command(request, pool, who, idempotency_key, action)


@router.get("/claims/{claim_id}", summary="A claim with its decision and the proof")
async def show(claim_id: UUID, pool: Database) -> dict[str, Any]:
    return shown(await _find(pool, claim_id))


@router.get(
    "/claims/{claim_id}/payee",
    summary="Whom to pay (role payer), once the payment is ordered",
    description="Every reading is logged with the reader.",
)
async def payee(claim_id: UUID, pool: Database, vault: Payees, who: Acting) -> Response:
    who.require("payer")
    claim = await _find(pool, claim_id)
    if claim.payee_id is None or claim.state != "ordered":
        raise Problem(409, "No payment is due", "The payee is shown while the payment is ordered and not yet made.")
    try:
        async with transaction(pool) as tx:
            found = await vault.open(tx, claim.payee_id, actor=who.id, purpose=f"payment of claim {claim_id}")
    except Sealed:
        raise Problem(
            410, "The payee was erased", "The payee's data cannot be opened; ask the operators of the vault."
        ) from None
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


@router.post(
    "/payments",
    tags=["payments"],
    summary="Record payments that other offices made (CSV, role payer)",
    description="UTF-8, header `reference,programme,segment,paid_on,cases,amount_idr,area_code`, at most"
    f" {ROWS_MAX:,} rows."
    " Good rows go in; each bad one is named with row, column and reason. A line that was recorded before changes"
    " nothing; the same reference with another content is refused.",
    openapi_extra={"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def record_payments(
    request: Request, pool: Database, who: Acting, idempotency_key: IdempotencyKey = None
) -> Response:
    who.require("payer")
    bounded = _bounded(request)
    content = await bounded.body()

    async def action(tx: Transaction, act: Act) -> Answer:
        try:
            recorded = await handlers.record_payments(tx, content, today=await clock.business_date(tx), act=act)
        except FileRefused as refused:
            raise Problem(
                422, "The file cannot be read", str(refused), indonesian=refused.indonesian, english=str(refused)
            ) from None
        return Answer(200, asdict(recorded))

    return await _command(bounded, pool, who, idempotency_key, action)


@router.get("/clock", tags=["clock"], summary="The service's clock")
async def tell_clock(pool: Database) -> dict[str, datetime]:
    async with transaction(pool) as tx:
        return {"now": await clock.now(tx)}


@router.post("/clock", tags=["clock"], summary="Move the clock forward (scenario only)")
async def move_clock(request: Request, body: ClockBody, pool: Database) -> dict[str, datetime]:
    if not request.app.state.scenario:
        raise Problem(403, "No scenario", "The clock is moved only where the service was started for a scenario.")
    try:
        async with transaction(pool) as tx:
            await clock.move(tx, body.now)
            return {"now": await clock.now(tx)}
    except NotForward as error:
        raise Problem(409, "The clock only moves forward", str(error)) from None


def rejected(refused: Any) -> Problem:
    """Tell a `Rejected` of the domain, in both languages."""
    return Problem(
        STATUS.get(refused.code, 409),
        refused.code,
        str(refused),
        code=refused.code,
        indonesian=refused.indonesian,
        english=refused.english,
    )


def shown(claim: Claim) -> dict[str, Any]:
    """Show a claim to people and programs; it holds no personal data."""
    return {
        "claim_id": str(claim.claim_id),
        "worker_id": str(claim.worker_id),
        "programme": claim.programme,
        "incident_on": claim.incident_on.isoformat(),
        "reported_on": claim.reported_on.isoformat(),
        "state": claim.state,
        "pended_for": [asdict(reason) for reason in claim.pended_for],
        "submitted_on": _iso(claim.submitted_on),
        "outcome": claim.decision.outcome if claim.decision else None,
        "amount_idr": claim.decision.amount_idr if claim.decision else None,
        "decision": _decision(claim.decision) if claim.decision else None,
        "order_id": str(claim.order_id) if claim.order_id else None,
        "ordered_on": _iso(claim.ordered_on),
        "paid_on": _iso(claim.paid_on),
    }


def _decision(decision: Decision) -> dict[str, Any]:
    return {
        "outcome": decision.outcome,
        "decided_on": decision.decided_on.isoformat(),
        "amount_idr": decision.amount_idr,
        "components": [asdict(component) for component in decision.components],
        "reasons": [asdict(reason) for reason in decision.reasons],
        "rule_version": decision.rule_version,
        "coverage_sequence": decision.coverage_sequence,
        "memberships": [_membership(membership) for membership in decision.memberships],
    }


def _membership(membership: Membership) -> dict[str, Any]:
    until = membership.covered_until
    return {
        "coverage_id": membership.coverage_id,
        "cohort_id": membership.cohort_id,
        "segment": membership.segment,
        "funding": membership.funding,
        "village_code": membership.village_code,
        "covered_from": membership.covered_from.isoformat(),
        "last_covered_day": (until - timedelta(days=1)).isoformat() if until else None,
        "member_since": membership.member_since.isoformat(),
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


async def _find(pool: Pool, claim_id: UUID) -> Claim:
    async with transaction(pool) as tx:
        worker_id = await store.find_worker(tx, claim_id)
        if worker_id is None:
            raise handlers.unknown_claim(claim_id)
        return (await store.look(tx, [worker_id]))[worker_id].claim(claim_id)


def _bounded(request: Request) -> Request:
    """Give the request with a body that is refused as soon as it is too large, before it is read whole."""
    read = 0

    async def receive() -> Message:
        nonlocal read
        message = await request.receive()
        read += len(message.get("body", b""))
        if read > FILE_BYTES_MAX:
            raise Problem(413, "File too large", f"The file may have {FILE_BYTES_MAX} bytes at most; split it.")
        return message

    return Request(request.scope, receive)


async def _command(
    request: Request,
    pool: Pool,
    who: Actor,
    key: str | None,
    action: Callable[[Transaction, Act], Awaitable[Answer]],
) -> Response:
    act = who.act()
    return await command(request, pool, SOURCE, who, key, lambda tx: action(tx, act))
