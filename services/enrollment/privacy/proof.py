"""Proves an erasure, and gives a person all that is held about them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from services.chassis import erasures
from services.chassis.keys import KeyRead
from services.chassis.postgres import Transaction
from services.chassis.vault import Vault
from services.enrollment import domain
from services.enrollment import store as register
from services.enrollment.domain import NotKnown, Worker
from services.enrollment.privacy import store

READS_SHOWN_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Proof:
    """What was destroyed, where that stands outside the databases, and what can be found now: nothing."""

    erasure: store.Erasure
    entry: erasures.Entry | None
    chain_holds: bool
    left: dict[str, int]


@dataclass(frozen=True, slots=True)
class Extract:
    """All that is held about a person; `identity` is None once they are erased."""

    worker_id: UUID
    identity: dict[str, Any] | None
    worker: Worker
    facts: list[dict[str, Any]]
    reads: list[KeyRead]
    erasure: store.Erasure | None


async def proof(tx: Transaction, vault: Vault, folder: Path, worker_id: UUID) -> Proof:
    """Look for the person wherever something of theirs was, and for the entry on the list."""
    found = await store.erasure(tx, worker_id)
    if found is None:
        raise NotKnown(
            "worker_not_erased",
            "Orang ini belum dihapus, atau tidak dikenal.",
            "This person was not erased, or is not known.",
        )
    left = await store.left_of(tx, found.key_owners)
    left["keys"] = len(await vault.keys.held(found.key_owners))
    try:
        entries, holds = erasures.read(folder), True
    except erasures.Broken:
        entries, holds = [], False
    entry = next((one for one in entries if one.hash == found.hash), None)
    return Proof(found, entry, holds, left)


async def extract(tx: Transaction, vault: Vault, worker_id: UUID, *, actor: str, purpose: str) -> Extract:
    """Open the person's document, which is on record from then on, and gather the rest."""
    worker = (await register.workers(tx, [worker_id])).get(worker_id)
    if worker is None:
        raise domain.worker_not_known()
    opened = await vault.open_all(tx, [worker_id], actor=actor, purpose=f"extract: {purpose}")
    return Extract(
        worker_id,
        opened.get(worker_id),
        worker,
        await store.facts_of(tx, worker_id),
        await vault.keys.reads(person_id=worker_id, limit=READS_SHOWN_MAX),
        await store.erasure(tx, worker_id),
    )
