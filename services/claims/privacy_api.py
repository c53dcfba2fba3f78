"""Data protection over HTTP: gives a person all that claims holds about them. Erasure is asked of enrollment."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.chassis.postgres import transaction
from services.chassis.vault import erasures
from services.chassis.vault.keys import KeyRead
from services.chassis.web import Acting, Body, Database, People
from services.chassis.web.acting import acting_as
from services.chassis.web.erasures_api import ErasureAnswer, erasure
from services.claims import answers, store
from services.claims.answers import ClaimAnswer
from services.claims.privacy import store as held

READS_SHOWN_MAX = 1_000

router = APIRouter(prefix="/v1", tags=["data protection"])


class ExtractBody(Body):
    purpose: Literal["person_asked", "authority_asked", "correction"] = Field(description="Stands in the log of reads")


class PayeeHeld(BaseModel):
    """Who is to be paid for a claim; null once they were erased."""

    claim_id: UUID
    payee: dict[str, Any] | None
    reads: list[KeyRead] = Field(description="Who opened it, this extract included")


class FactAnswer(BaseModel):
    sequence: int
    type: str
    time: datetime
    recordedtime: datetime
    actor: str
    data: dict[str, Any]


class ExtractAnswer(BaseModel):
    """All that claims holds about a worker; nothing where it never heard of them."""

    worker_id: UUID
    claims: list[ClaimAnswer]
    payees: list[PayeeHeld]
    facts: list[FactAnswer] = Field(description="Everything that was announced of the worker's claims, in order")
    erasure: ErasureAnswer | None


@router.post(
    "/workers/{worker_id}/extracts",
    summary="All that claims holds about a person (role data_protection)",
    description="For the person, or the heirs, who ask for it (UU 27/2022 Pasal 32). The reading itself is logged.",
    dependencies=[acting_as("data_protection")],
)
async def extract(
    worker_id: UUID, body: ExtractBody, pool: Database, vault: People, who: Acting, response: Response
) -> ExtractAnswer:
    async with transaction(pool) as tx:
        claims = (await store.look(tx, [worker_id]))[worker_id].claims
        owners = {claim.claim_id: claim.payee_id for claim in claims if claim.payee_id is not None}
        purpose = f"extract: {body.purpose}"
        opened = await vault.open_all(tx, owners.values(), actor=who.id, purpose=purpose)
        facts = await held.facts_of(tx, worker_id)
        erased = await erasures.find(tx, worker_id)
    response.headers["Cache-Control"] = "no-store"
    return ExtractAnswer(
        worker_id=worker_id,
        claims=[answers.claim(claim) for claim in claims],
        payees=[
            PayeeHeld(
                claim_id=claim_id,
                payee=opened.get(owner),
                reads=await vault.keys.reads(person_id=owner, limit=READS_SHOWN_MAX),
            )
            for claim_id, owner in owners.items()
        ],
        facts=[FactAnswer(**fact) for fact in facts],
        erasure=erasure(erased) if erased else None,
    )
