"""The proof of an erasure over HTTP: what was destroyed, where that stands, and that nothing is found now."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from services.chassis.postgres import Transaction, transaction
from services.chassis.vault import erasures
from services.chassis.vault.erasures import Recorded
from services.chassis.web import Database, People, Problem
from services.chassis.web.acting import acting_as

LeftOf = Callable[[Transaction, Sequence[UUID]], Awaitable[dict[str, int]]]
"""Counts what a service's database holds of these people."""


class ErasureAnswer(BaseModel):
    """A person was erased; the list outside the databases and the keys follow at once."""

    worker_id: UUID
    erased_at: datetime
    actor: str
    reason: str = Field(examples=["requested"])
    forced: bool
    destroyed: dict[str, int] = Field(description="How many rows of what", examples=[{"identities": 1, "documents": 1}])


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
    left: dict[str, int] = Field(description="What is found now", examples=[{"documents": 0, "keys": 0}])


def erasure(found: Recorded) -> ErasureAnswer:
    return ErasureAnswer(
        worker_id=found.person_id,
        erased_at=found.erased_at,
        actor=found.actor,
        reason=found.reason,
        forced=found.forced,
        destroyed=found.destroyed,
    )


def router_for(left_of: LeftOf) -> APIRouter:
    """Build the routes of a service whose database `left_of` searches."""
    router = APIRouter(prefix="/v1", tags=["data protection"])

    @router.get(
        "/workers/{worker_id}/erasures",
        summary="The proof of an erasure (role data_protection)",
        description="Looks again wherever something of the person was, and checks the list outside the databases.",
        responses={404: {"description": "The person was not erased"}},
        dependencies=[acting_as("data_protection")],
    )
    async def prove(request: Request, worker_id: UUID, pool: Database, vault: People) -> ProofAnswer:
        async with transaction(pool) as tx:
            found = await erasures.find(tx, worker_id)
            if found is None:
                raise _not_erased()
            left = await left_of(tx, found.key_owners)
        left["keys"] = len(await vault.keys.held(found.key_owners))
        try:
            entries, holds = erasures.read(request.app.state.erasures), True
        except erasures.Broken:
            entries, holds = [], False
        entry = next((one for one in entries if one.hash == found.hash), None)
        return ProofAnswer(
            **erasure(found).model_dump(),
            settled_at=found.settled_at,
            entry=EntryAnswer(number=entry.number, previous=entry.previous, hash=entry.hash) if entry else None,
            chain_holds=holds,
            left=left,
        )

    return router


def _not_erased() -> Problem:
    english = "This person was not erased here, or is not known."
    indonesian = "Orang ini belum dihapus di sini, atau tidak dikenal."
    return Problem(404, "Not erased", english, code="worker_not_erased", indonesian=indonesian, english=english)
