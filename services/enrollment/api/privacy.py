"""Data protection over HTTP: erase a person and prove it, give a person all that is held about them."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from services.chassis.idempotency import Answer
from services.chassis.ledger import Act
from services.chassis.postgres import Transaction, transaction
from services.chassis.vault import erasures
from services.chassis.vault.keys import KeyRead
from services.chassis.web import Acting, Body, Commanded, Database, People
from services.chassis.web.acting import acting_as
from services.chassis.web.erasures_api import ErasureAnswer, erasure
from services.enrollment.api import answers
from services.enrollment.api.answers import Consistency, WorkerAnswer
from services.enrollment.privacy.erase import erase
from services.enrollment.privacy.extract import extract as gather
from services.enrollment.privacy.rules import CLAIM_YEARS, FORCING, SCHOLARSHIP_YEARS, Reason

OFFICER = acting_as("data_protection")

router = APIRouter(prefix="/v1", tags=["data protection"])


class ErasureBody(Body):
    reason: Reason = Field(description="Why (UU 27/2022 Pasal 42 to 44)")
    force: bool = Field(False, description=f"Although something speaks against it; only with {' or '.join(FORCING)}")


class ExtractBody(Body):
    purpose: Literal["person_asked", "authority_asked", "correction"] = Field(description="Stands in the log of reads")


class ErasedAnswer(ErasureAnswer):
    consistency: Consistency


class FactAnswer(BaseModel):
    worker_id: UUID
    sequence: int
    type: str
    time: datetime
    recordedtime: datetime
    actor: str
    data: dict[str, Any]


class RowOfList(BaseModel):
    """A row of a list; `GET /v1/batches/{batch_id}/rows` shows what it says, for as long as that is kept."""

    batch_id: UUID
    row: int
    outcome: str = Field(examples=["accepted"])


class ExtractAnswer(BaseModel):
    """All that is held about a person."""

    worker_id: UUID
    identities: dict[UUID, dict[str, Any]] = Field(
        description="From the vault, by entry: entries that were merged are one person; none once they are erased"
    )
    worker: WorkerAnswer = Field(description="Memberships and periods")
    facts: list[FactAnswer] = Field(description="Everything that was announced about the person, in order")
    lists: list[RowOfList] = Field(description="Rows of clerks' lists that are about the person")
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
        return Answer(201, erasure(erased).model_dump(mode="json"))

    answer = await command.once(action)
    await erasures.settle(pool, vault.keys, request.app.state.erasures)
    return answer


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
        found = await gather(tx, vault, worker_id, actor=who.id, purpose=body.purpose)
    response.headers["Cache-Control"] = "no-store"
    return ExtractAnswer(
        worker_id=worker_id,
        identities=found.identities,
        worker=answers.worker(found.worker),
        facts=[FactAnswer(**fact) for fact in found.facts],
        lists=[RowOfList(**row) for row in found.lists],
        reads=found.reads,
        erasure=erasure(found.erasure) if found.erasure else None,
    )
