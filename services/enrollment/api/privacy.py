"""Data protection over HTTP: erase a person and prove it, give a person all that is held about them."""

from datetime import date, datetime
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
from services.enrollment.api.answers import Consistency, VillageCode, WorkerAnswer
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
    """A row of a clerk's list, as the list has it."""

    batch_id: UUID
    row: int
    outcome: str = Field(examples=["accepted"])
    cells: list[str] | None = Field(description="What it says; null: destroyed since", examples=[None])


class ProposalAnswer(BaseModel):
    """How far the person came in a cohort that a list proposed them for."""

    worker_id: UUID
    cohort_id: UUID
    batch_id: UUID
    village_code: VillageCode
    activity: str | None
    proposed_on: date
    verified_on: date | None
    paid_on: date | None
    active_from: date | None
    refused_on: date | None
    failed: str | None = Field(description="The check that was not passed", examples=[None])
    reason: str | None = Field(examples=[None])


class PlaceAnswer(BaseModel):
    """A place that a cohort keeps for the person, or that the person waits for."""

    worker_id: UUID
    cohort_id: UUID
    village_code: VillageCode
    held: bool = Field(description="A place is kept; if not, the person waits for one")
    wants: str = Field(description="What follows: cover, renewal or place", examples=["cover"])
    since: date
    covered_from: date | None
    activity: str | None
    paid_on: date | None
    paid_months: int | None


class LikenessAnswer(BaseModel):
    """A pair of entries that were found to be alike, and what was decided about it."""

    candidate_id: UUID
    one_id: UUID
    other_id: UUID
    score: int = Field(description="Of 100", examples=[91])
    agree: list[str] = Field(examples=[["name", "birth_date"]])
    found_at: datetime
    decision: str | None = Field(description="Null: nobody has decided yet", examples=["different_people"])
    decided_by: str | None
    decided_at: datetime | None


class MergeOfPerson(BaseModel):
    """A merge of two entries, as it was proposed, decided and taken back."""

    merge_id: UUID
    survivor_id: UUID
    merged_id: UUID
    approved: bool | None = Field(description="Null: nobody has decided yet")
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reversed_by: str | None
    reversed_at: datetime | None


class ExtractAnswer(BaseModel):
    """All that is held about a person."""

    worker_id: UUID
    merged_into: UUID | None = Field(
        description="The entry that holds this person's memberships, if the one asked for was merged into it"
    )
    identities: dict[UUID, dict[str, Any]] = Field(
        description="From the vault, by entry: entries that were merged are one person; none once they are erased"
    )
    worker: WorkerAnswer = Field(description="Memberships and periods, of the entry that holds them")
    facts: list[FactAnswer] = Field(description="Everything that was announced about the person, in order")
    proposals: list[ProposalAnswer] = Field(description="For which cohorts lists proposed the person")
    places: list[PlaceAnswer] = Field(description="Places kept for the person or waited for")
    candidates: list[LikenessAnswer] = Field(description="Whom the person was found to be like")
    merges: list[MergeOfPerson] = Field(description="Which entries were found to be this person")
    lists: list[RowOfList] = Field(description="Rows of clerks' lists that are about the person, with what they say")
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
        merged_into=None if found.holder.worker_id == worker_id else found.holder.worker_id,
        identities=found.identities,
        worker=answers.worker(found.holder),
        facts=[FactAnswer(**fact) for fact in found.facts],
        proposals=[ProposalAnswer(**one) for one in found.proposals],
        places=[PlaceAnswer(**one) for one in found.places],
        candidates=[LikenessAnswer(**one) for one in found.candidates],
        merges=[MergeOfPerson(**one) for one in found.merges],
        lists=[RowOfList(**row) for row in found.lists],
        reads=found.reads,
        erasure=erasure(found.erasure) if found.erasure else None,
    )
