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
from services.claims import answers, handlers, store
from services.claims.answers import ClaimAnswer, FindingsAnswer
from services.claims.claim import Claim
from services.claims.privacy import store as held

READS_SHOWN_MAX = 1_000

router = APIRouter(prefix="/v1", tags=["data protection"])


class ExtractBody(Body):
    purpose: Literal["person_asked", "authority_asked", "correction"] = Field(description="Stands in the log of reads")


class ClaimHeld(BaseModel):
    """A claim, with what was found out about the incident; its signals, which may tell of others, are left out."""

    claim: ClaimAnswer
    findings: FindingsAnswer


class SealedHeld(BaseModel):
    """What the vault holds for a claim; `document` is null once it was destroyed."""

    claim_id: UUID
    of: Literal["payee", "earlier", "account"] = Field(
        description="Somebody to be paid; what a later one took the place of; the story of the accident with witnesses"
    )
    document: dict[str, Any] | None
    reads: list[KeyRead] = Field(description="Who opened it, this extract included")


class CoverHeld(BaseModel):
    """The copy of cover that is kept of an entry of the register."""

    worker_id: UUID
    sequence: int = Field(description="Number of the last fact that is in it")
    cover: dict[str, Any]


class FactAnswer(BaseModel):
    sequence: int
    type: str
    time: datetime
    recordedtime: datetime
    actor: str
    data: dict[str, Any]


class ExtractAnswer(BaseModel):
    """All that claims holds about a person, under every entry that is theirs; nothing where it never heard of them."""

    worker_id: UUID
    claims: list[ClaimHeld]
    sealed: list[SealedHeld]
    cover: list[CoverHeld]
    facts: list[FactAnswer] = Field(description="Everything that was announced of the person's claims, in order")
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
        people = await store.same_person(tx, worker_id)
        views = await store.look(tx, people)
        claims = {claim.claim_id: claim for view in views.values() for claim in view.claims}
        named = await held.named_in(tx, list(claims))
        opened = await vault.open_all(tx, named, actor=who.id, purpose=f"extract: {body.purpose}")
        facts = await held.facts_of(tx, people)
        erased = await erasures.find(tx, worker_id)
    book, today = views[worker_id].book, handlers.today(views[worker_id])
    response.headers["Cache-Control"] = "no-store"
    return ExtractAnswer(
        worker_id=worker_id,
        claims=[
            ClaimHeld(claim=answers.claim(claim, book, today, signals=False), findings=answers.findings(claim))
            for claim in claims.values()
        ],
        sealed=[
            SealedHeld(
                claim_id=claim_id,
                of=_role(claims[claim_id], vault_id),
                document=opened.get(vault_id),
                reads=await vault.keys.reads(person_id=vault_id, limit=READS_SHOWN_MAX),
            )
            for vault_id, claim_id in named.items()
        ],
        cover=[
            CoverHeld(worker_id=one, sequence=view.cover.sequence, cover=view.cover.state)
            for one, view in views.items()
            if view.cover.state is not None
        ],
        facts=[FactAnswer(**fact) for fact in facts],
        erasure=erasure(erased) if erased else None,
    )


def _role(claim: Claim, vault_id: UUID) -> Literal["payee", "earlier", "account"]:
    if vault_id == claim.account_id:
        return "account"
    return "payee" if any(payee.payee_id == vault_id for payee in claim.payees) else "earlier"
