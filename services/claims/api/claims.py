"""Claims over HTTP: from the first report to the decision, and what may be done about a decision."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field, TypeAdapter

from services.chassis import clock
from services.chassis.idempotency import Answer
from services.chassis.ledger import Act
from services.chassis.postgres import Transaction, transaction
from services.chassis.vault import Sealed
from services.chassis.web import Acting, Command, Commanded, Database, People, Problem
from services.chassis.web.acting import Actor, acting_as
from services.chassis.web.included import Included
from services.chassis.web.pages import PageOf, page, place
from services.chassis.web.problems import TITLES, refusal
from services.claims import answers, handlers, queries, store
from services.claims.answers import ChangedClaim, ClaimAnswer, ClaimsPage, FindingsAnswer
from services.claims.api.bodies import (
    CircumstancesBody,
    Day,
    DocumentsBody,
    FindingsBody,
    PayeesBody,
    PendingBody,
    ReopeningBody,
    ReportBody,
    SubmissionBody,
    VoidBody,
)
from services.claims.claim import Claim, Programme, Rejected, State
from services.claims.queries import ClaimKey, Unreadable, Wanted
from services.claims.reasons import PEND_REASONS
from services.claims.rules import current_book

MISTAKES = (
    "AMOUNT_NOT_POSITIVE",
    "CHILD_TWICE",
    "DATES_OUT_OF_ORDER",
    "DATE_TOO_FAR_BACK",
    "DISABILITY_TWICE",
    "DISABILITY_UNKNOWN",
    "DOCUMENT_UNKNOWN",
    "INCIDENT_BEFORE_RULES",
    "MORE_THAN_ORDERED",
    "NUMBER_OUT_OF_RANGE",
    "PAYEES_NUMBER",
    "PAYEE_BIRTH_UNKNOWN",
    "PAYEE_NEEDS_GUARDIAN",
    "PAYEE_NOT_ENTITLED",
    "PAYEE_RANKS_MIXED",
    "PAYEE_REPRESENTED_TWICE",
    "PAYEE_SHARES",
    "PAYEE_UNKNOWN",
    "REASON_MISSING",
    "SCHOOL_YEAR_TO_COME",
    "TOO_MANY",
)
STATUS = {"CLAIM_UNKNOWN": 404, "PAYMENT_UNKNOWN": 404, "SAME_PERSON": 403} | dict.fromkeys(MISTAKES, 422)
"""How refusals of the domain are told: a mistake in the body is 422; all others are 409, the claim stands otherwise."""

PROPOSER, DECIDER, EITHER = acting_as("proposer"), acting_as("decider"), acting_as("proposer", "decider")
OFFICE = acting_as("proposer", "decider", "payer")
KEY: TypeAdapter[ClaimKey] = TypeAdapter(ClaimKey)
FIRST = (date.min, UUID(int=0))

Carried = Callable[[Transaction, Act], Awaitable[Claim]]

router = APIRouter(prefix="/v1", tags=["claims"])


class Asked(PageOf):
    """Which claims; each filter leaves fewer."""

    state: State | None = Field(None, description="Only in this state")
    programme: Programme | None = Field(None, description="Only of this programme")
    worker_id: UUID | None = Field(None, description="Only of this worker, by this id")
    overdue: bool | None = Field(None, description="Whether the day by which payment is due has passed without it")
    review: bool | None = Field(None, description="Whether cover changed so that the decision would differ now")
    pended: bool | None = Field(None, description="Whether it waits for something")
    due_before: Day | None = Field(None, description="Payment is due before this day")
    reported_from: Day | None = Field(None, description="Reported on this day or later")
    reported_until: Day | None = Field(None, description="Reported before this day")


class AccountAnswer(BaseModel):
    """The story of an accident."""

    story: str = Field(examples=["Jatuh dari pohon kelapa saat memanen."])
    witnesses: list[str] = Field(examples=[["I Made Contoh"]])


@router.post(
    "/claims",
    status_code=201,
    summary="Report a death or an accident",
    description="Begins a claim, by whatever way the report came; an accident may be described later. 202 and state"
    " `waiting` if the worker is not known yet: the claim goes on by itself when the worker's facts arrive, and is"
    " pended after ten minutes. 409 DUPLICATE_CLAIM names the claim that the same incident already has.",
    responses={
        202: {"description": "Accepted; waits for the worker", "model": ChangedClaim},
        409: {"description": "The incident has a claim already, or the facts of `after` have not arrived"},
    },
    response_model=ChangedClaim,
    dependencies=[Included],
)
async def report(body: ReportBody, vault: People, command: Commanded) -> Response:
    told = body.circumstances

    async def action(tx: Transaction, act: Act) -> Answer:
        claim = await handlers.report(
            tx,
            worker_id=body.worker_id,
            programme=body.programme,
            incident_on=body.incident_on,
            reported_on=body.reported_on,
            channel=body.channel,
            died_on=body.died_on,
            circumstances=told.circumstances() if told else None,
            account=told.account() if told else None,
            vault=vault,
            act=act,
        )
        return Answer(202 if claim.state == "waiting" else 201, await shown(tx, claim, command.who))

    return await command.once(action)


@router.post(
    "/claims/{claim_id}/circumstances",
    summary="Complete the first report of an accident",
    description="How it happened, replacing what was told before. A claim for JKK is not submitted without it.",
    response_model=ChangedClaim,
    dependencies=[PROPOSER],
)
async def describe(claim_id: UUID, body: CircumstancesBody, vault: People, command: Commanded) -> Response:
    return await carried_out(
        command,
        lambda tx, act: handlers.describe(
            tx, claim_id, circumstances=body.circumstances(), account=body.account(), vault=vault, act=act
        ),
    )


@router.post(
    "/claims/{claim_id}/documents",
    summary="Take in documents of the checklist",
    description="Which ones, not the papers themselves. Those that are still missing stand in `missing`; when none is,"
    " a claim that waited for them goes on, and the service clock runs.",
    response_model=ChangedClaim,
    dependencies=[PROPOSER],
)
async def receive_documents(claim_id: UUID, body: DocumentsBody, command: Commanded) -> Response:
    documents = [(one.code, one.received_on) for one in body.documents]
    return await carried_out(
        command, lambda tx, act: handlers.receive_documents(tx, claim_id, documents=documents, act=act)
    )


@router.post(
    "/claims/{claim_id}/findings",
    summary="Replace what was found out about the incident",
    description="Costs, days of inability, injuries, the death, children: what amounts rest on beside cover and rules."
    " It is health data: only proposers and deciders can read it again. Who finds can neither decide nor pay.",
    response_model=ChangedClaim,
    dependencies=[PROPOSER],
)
async def find(claim_id: UUID, body: FindingsBody, command: Commanded) -> Response:
    findings = body.findings()
    return await carried_out(
        command,
        lambda tx, act: handlers.find(tx, claim_id, findings=findings, work_related=body.work_related, act=act),
    )


@router.get(
    "/claims/{claim_id}/findings",
    summary="What was found out about the incident",
    description="Health data, and so no part of the claim's own answer. What stands in `findings` may be sent to `POST`"
    " on the same path, changed where it is to change: each `POST` replaces the whole.",
    dependencies=[EITHER, Included],
)
async def show_findings(claim_id: UUID, pool: Database, response: Response) -> FindingsAnswer:
    response.headers["Cache-Control"] = "no-store"
    async with transaction(pool) as tx:
        return answers.findings(await found(tx, claim_id))


@router.get(
    "/claims/{claim_id}/account",
    summary="The story of an accident, and who saw it",
    description="Stands in the vault; every reading is logged with the reader.",
    responses={404: {"description": "Nobody told it, or there is no such claim"}, 410: {"description": "Erased"}},
    dependencies=[EITHER],
)
async def show_account(claim_id: UUID, pool: Database, vault: People, who: Acting, response: Response) -> AccountAnswer:
    response.headers["Cache-Control"] = "no-store"
    async with transaction(pool) as tx:
        claim = await found(tx, claim_id)
        if claim.account_id is None:
            raise refusal(404, "Not known", _NO_ACCOUNT)
        try:
            told = await vault.open(tx, claim.account_id, actor=who.id, purpose=f"account of claim {claim_id}")
        except Sealed:
            raise refusal(410, "Gone", _ERASED) from None
    return AccountAnswer(**told)


@router.post(
    "/claims/{claim_id}/submission",
    summary="Apply for the benefit, for these payees",
    description="Names and accounts are sealed in the vault. With documents missing the claim is pended, and goes on"
    " by itself when they come. Who submits can neither decide nor pay this claim.",
    response_model=ChangedClaim,
    dependencies=[PROPOSER],
)
async def submit(claim_id: UUID, body: SubmissionBody, vault: People, command: Commanded) -> Response:
    return await carried_out(
        command,
        lambda tx, act: handlers.submit(
            tx, claim_id, submitted_on=body.submitted_on, payees=body.told(), vault=vault, act=act
        ),
    )


@router.post(
    "/claims/{claim_id}/payees",
    summary="Replace the payees",
    description="When the heirs have agreed, or money came back from a wrong account; not while a payment is under"
    " way.",
    response_model=ChangedClaim,
    dependencies=[PROPOSER],
)
async def change_payees(claim_id: UUID, body: PayeesBody, vault: People, command: Commanded) -> Response:
    return await carried_out(
        command, lambda tx, act: handlers.change_payees(tx, claim_id, payees=body.told(), vault=vault, act=act)
    )


@router.post(
    "/claims/{claim_id}/pending",
    summary="Hold a claim, with reasons",
    description="Wherever it is before a payment is ordered. The service clock stands while something is asked of the"
    " family, and not while the office alone asks others; what is late already stays late. Each reason has its"
    " sentences for the family.",
    response_model=ChangedClaim,
    dependencies=[EITHER],
)
async def pend(claim_id: UUID, body: PendingBody, command: Commanded) -> Response:
    reasons = tuple(PEND_REASONS[code] for code in dict.fromkeys(body.reasons))
    return await carried_out(command, lambda tx, act: handlers.pend(tx, claim_id, reasons=reasons, act=act))


@router.post(
    "/claims/{claim_id}/resumption",
    summary="Let a claim go on that a person held",
    description="From where it was. If the family had been asked for something the service clock begins anew today;"
    " what was late when it was asked stays late.",
    response_model=ChangedClaim,
    dependencies=[EITHER],
)
async def resume(claim_id: UUID, command: Commanded) -> Response:
    return await carried_out(command, lambda tx, act: handlers.resume(tx, claim_id, act=act))


@router.post(
    "/claims/{claim_id}/decision",
    summary="Decide; not the proposer",
    description="Decides on the cover and the rules of the day of the incident, and keeps the proof: fact number of the"
    " worker's cover, memberships in force, rule version, each component with its law and arithmetic. In grace, with"
    " arrears that can still be settled, the claim is pended instead. 409 if the worker's cover is withheld.",
    response_model=ChangedClaim,
    dependencies=[DECIDER, Included],
)
async def decide(claim_id: UUID, command: Commanded) -> Response:
    return await carried_out(command, lambda tx, act: handlers.decide(tx, claim_id, act=act))


@router.post(
    "/claims/{claim_id}/reopening",
    summary="Let a decided claim be decided anew",
    description="An appeal, a review, a correction, further treatment, or another year of school. The old decision and"
    " its payments stand until the new one.",
    response_model=ChangedClaim,
    dependencies=[EITHER],
)
async def reopen(claim_id: UUID, body: ReopeningBody, command: Commanded) -> Response:
    return await carried_out(command, lambda tx, act: handlers.reopen(tx, claim_id, cause=body.cause, act=act))


@router.post(
    "/claims/{claim_id}/void",
    summary="Take a claim out of the books, before anything of it was ordered",
    response_model=ChangedClaim,
    dependencies=[DECIDER],
)
async def void(claim_id: UUID, body: VoidBody, command: Commanded) -> Response:
    """Say that the claim should never have been, or is not wanted any more; it cannot be undone."""
    return await carried_out(command, lambda tx, act: handlers.void(tx, claim_id, cause=body.cause, act=act))


@router.post(
    "/claims/{claim_id}/death-retraction",
    summary="Take the confirmed death back",
    description="The worker is alive, or died on another day. The claim is void, what was paid is owed back, and"
    " enrollment restores the cover. Refused while a payment is under way.",
    response_model=ChangedClaim,
    dependencies=[DECIDER],
)
async def retract_death(claim_id: UUID, command: Commanded) -> Response:
    return await carried_out(command, lambda tx, act: handlers.retract_death(tx, claim_id, act=act))


@router.post(
    "/claims/{claim_id}/upholding",
    summary="Leave a decision as it stands, though cover changed since",
    description="Settles the review; `reopening` with the cause `review` settles it the other way.",
    response_model=ChangedClaim,
    dependencies=[DECIDER],
)
async def uphold(claim_id: UUID, command: Commanded) -> Response:
    return await carried_out(command, lambda tx, act: handlers.uphold(tx, claim_id, act=act))


@router.get("/claims/{claim_id}", summary="A claim with its decision and the proof", dependencies=[OFFICE, Included])
async def show(claim_id: UUID, pool: Database, who: Acting) -> ClaimAnswer:
    """Give its state, what it waits for and since when it is late, its decisions with their proof, and its money."""
    async with transaction(pool) as tx:
        claim = await found(tx, claim_id)
        return await _answer(tx, claim, who)


@router.get("/claims", summary="Claims by state, day and what they wait for", dependencies=[OFFICE, Included])
async def list_claims(asked: Annotated[Asked, Query()], pool: Database) -> ClaimsPage:
    """List claims in the order of their first report."""
    after = place(asked.cursor, KEY, first=FIRST)
    async with transaction(pool) as tx:
        today = await clock.business_date(tx)
        wanted = Wanted(today=today, **asked.model_dump(exclude={"limit", "cursor"}))
        claims = await queries.claims(tx, wanted, after=after, limit=asked.limit + 1)
    rows, following = page(claims, asked.limit, KEY, lambda claim: (claim.reported_on, claim.claim_id))
    return ClaimsPage(
        rows=[answers.row(claim, today) for claim in rows if isinstance(claim, Claim)],
        unreadable=[claim.claim_id for claim in rows if isinstance(claim, Unreadable)],
        next=following,
    )


async def carried_out(command: Command, carry_out: Carried) -> Response:
    """Carry a command on a claim out once, and answer with the claim as it left it."""

    async def action(tx: Transaction, act: Act) -> Answer:
        return Answer(200, await shown(tx, await carry_out(tx, act), command.who))

    return await command.once(action)


async def shown(tx: Transaction, claim: Claim, who: Actor) -> dict[str, Any]:
    """Give the claim as it is answered today to whoever asks."""
    return (await _answer(tx, claim, who)).model_dump(mode="json")


async def _answer(tx: Transaction, claim: Claim, who: Actor) -> ClaimAnswer:
    """Signals are for those who decide alone: who applies or pays might know the people whom they tell of."""
    book, today = await current_book(tx), await clock.business_date(tx)
    return answers.claim(claim, book, today, signals="decider" in who.roles)


async def found(tx: Transaction, claim_id: UUID) -> Claim:
    """Find a claim, or refuse."""
    worker_id = await store.find_worker(tx, claim_id)
    if worker_id is None:
        raise handlers.unknown_claim(claim_id)
    return (await store.look(tx, [worker_id]))[worker_id].claim(claim_id)


def rejected(refused: Any) -> Problem:
    """Tell a `Rejected` of the domain, in both languages."""
    status = STATUS.get(refused.code, 409)
    return refusal(status, TITLES[status], refused)


_NO_ACCOUNT = Rejected(
    "ACCOUNT_UNKNOWN",
    indonesian="Belum ada cerita kejadian atau nama saksi untuk klaim ini.",
    english="Nobody has told the story of this claim's incident, or named who saw it.",
)
_ERASED = Rejected(
    "ERASED",
    indonesian="Data ini sudah dihapus dan tidak dapat dibuka lagi.",
    english="This was erased, and cannot be opened any more.",
)
