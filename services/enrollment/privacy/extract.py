"""Gives a person all that is held about them in enrollment."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.chassis.postgres import Transaction
from services.chassis.vault import Vault, erasures
from services.chassis.vault.keys import KeyRead
from services.enrollment import domain
from services.enrollment import store as register
from services.enrollment.domain import Worker
from services.enrollment.privacy import store

READS_SHOWN_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Extract:
    """All that is held about a person under every entry that is theirs; no identities once they are erased."""

    identities: dict[UUID, dict[str, Any]]
    worker: Worker
    facts: list[dict[str, Any]]
    lists: list[dict[str, Any]]
    reads: list[KeyRead]
    erasure: erasures.Recorded | None


async def extract(tx: Transaction, vault: Vault, worker_id: UUID, *, actor: str, purpose: str) -> Extract:
    """Open what is kept of the person, which is on record from then on, and gather the rest."""
    worker = (await register.workers(tx, [worker_id])).get(worker_id)
    if worker is None:
        raise domain.worker_not_known()
    people = await store.same_person(tx, worker_id)
    opened = await vault.open_all(tx, people, actor=actor, purpose=f"extract: {purpose}")
    return Extract(
        opened,
        worker,
        await store.facts_of(tx, people),
        await store.rows_of_lists(tx, people, await store.hashes_of(tx, people)),
        [read for one in people for read in await vault.keys.reads(person_id=one, limit=READS_SHOWN_MAX)],
        await erasures.find(tx, worker_id),
    )
