"""Data protection over HTTP: erase a person and prove it, give a person all that is held about them."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from services.chassis import erasures
from services.chassis.acting import acting_as
from services.chassis.idempotency import Answer
from services.chassis.keys import KeyRead
from services.chassis.ledger import Act
from services.chassis.postgres import Transaction, transaction
from services.chassis.web import Acting, Body, Commanded, Database, People
from services.enrollment import answers
from services.enrollment.answers import Consistency, WorkerAnswer
from services.enrollment.privacy import proof
from services.enrollment.privacy.erase import erase
from services.enrollment.privacy.rules import CLAIM_YEARS, FORCING, SCHOLARSHIP_YEARS, Reason
from services.enrollment.privacy.store import Erasure

OFFICER = acting_as("data_protection")

router = APIRouter(prefix="/v1", tags=["data protection"])


class ErasureBody(Body):
    reason: Reason = Field(description="Why (UU 27/2022 Pasal 42 to 44)")
    force: bool = Field(False, description=f"Although something speaks against it; only with {' or '.join(FORCING)}")


class ExtractBody(Body):
    purpose: Literal["person_asked", "authority_asked", "correction"] = Field(description="Stands in the log of reads")


class ErasureAnswer(BaseModel):
    """A person was erased from this database; the list outside and the keys follow at once."""

    worker_id: UUID
    erased_at: datetime
    actor: str
    reason: Reason
    forced: bool
    destroyed: dict[str, int] = Field(description="How many rows of what", examples=[{"identities": 1, "documents": 1}])


class ErasedAnswer(ErasureAnswer):
    consistency: Consistency


class EntryAnswer(BaseModel):
    """The line on the list outside the databases."""

    number: int
    previous: str = Field(description="Hash of the line before")
    hash: str


class ProofAnswer(ErasureAnswer):
    """What was destroyed, and what a search finds at this moment."""

    settled_at: datetime | None = Field(description="When the keys were gone; null: under way")
    entry: EntryAnswer | None
    chain_holds: bool = Field(description="No line of the list was changed, left out or put in")
    left: dict[str, int] = Field(
        description="What is found now", examples=[{"identities": 0, "documents": 0, "keys": 0}]
    )


class FactAnswer(BaseModel):
    sequence: int
    type: str
    time: datetime
    recordedtime: datetime
    actor: str
    data: dict[str, Any]


class ExtractAnswer(BaseModel):
    """All that is held about a person."""

    worker_id: UUID
    identity: dict[str, Any] | None = Field(description="From the vault; null once the person is erased")
    worker: WorkerAnswer = Field(description="Memberships and periods")
    facts: list[FactAnswer] = Field(description="Everything that was announced about the person, in order")
    reads: list[KeyRead] = Field(description="Who opened the person's data, this extract included")
    erasure: ErasureAnswer | None


@router.post(
    "/workers/{worker_id}/erasures",
    status_code=201,
    summary="Erase a person for good (role data_protection)",
    description="Destroys the person's key, document and identity, here and, by the fact, in the vault of claims;"
    " memberships and facts stay, and say nothing of who it was. Refused while cover runs, for"
    f" {CLAIM_YEARS} years after its last day, and for {SCHOLARSHIP_YEARS} years after a death under cover. Asking"
    " again gives the same answer. It cannot be undone.",
    response_model=ErasedAnswer,
    dependencies=[OFFICER],
)
async def erase_worker(
    request: Request, worker_id: UUID, body: ErasureBody, pool: Database, vault: People, command: Commanded
) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        erased = await erase(tx, worker_id, reason=body.reason, force=body.force, act=act)
        return Answer(201, _erasure(erased).model_dump(mode="json"))

    answer = await command.once(action)
    await erasures.settle(pool, vault.keys, request.app.state.erasures)
    return answer


@router.get(
    "/workers/{worker_id}/erasures",
    summary="The proof of an erasure (role data_protection)",
    description="Looks again wherever something of the person was, and checks the list outside the databases.",
    dependencies=[OFFICER],
)
async def prove(request: Request, worker_id: UUID, pool: Database, vault: People) -> ProofAnswer:
    async with transaction(pool) as tx:
        found = await proof.proof(tx, vault, request.app.state.erasures, worker_id)
    entry = found.entry
    return ProofAnswer(
        **_erasure(found.erasure).model_dump(),
        settled_at=found.erasure.settled_at,
        entry=EntryAnswer(number=entry.number, previous=entry.previous, hash=entry.hash) if entry else None,
        chain_holds=found.chain_holds,
        left=found.left,
    )


@router.post(
    "/workers/{worker_id}/extracts",
    summary="All that is held about a person (role data_protection)",
    description="For the person who asks for it (UU 27/2022 Pasal 32). What claims holds is asked there. The reading"
    " itself is logged.",
    dependencies=[OFFICER],
)
async def extract(
    worker_id: UUID, body: ExtractBody, pool: Database, vault: People, who: Acting, response: Response
) -> ExtractAnswer:
    async with transaction(pool) as tx:
        found = await proof.extract(tx, vault, worker_id, actor=who.id, purpose=body.purpose)
    response.headers["Cache-Control"] = "no-store"
    return ExtractAnswer(
        worker_id=worker_id,
        identity=found.identity,
        worker=answers.worker(found.worker),
        facts=[FactAnswer(**fact) for fact in found.facts],
        reads=found.reads,
        erasure=_erasure(found.erasure) if found.erasure else None,
    )


def _erasure(found: Erasure) -> ErasureAnswer:
    return ErasureAnswer(
        worker_id=found.person_id,
        erased_at=found.erased_at,
        actor=found.actor,
        reason=found.reason,
        forced=found.forced,
        destroyed=found.destroyed,
    )
