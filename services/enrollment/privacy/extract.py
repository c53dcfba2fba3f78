"""Gives a person all that is held about them in enrollment."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.chassis.postgres import Transaction
from services.chassis.vault import Vault, erasures
from services.chassis.vault.keys import KeyRead
from services.enrollment import domain
from services.enrollment import store as register
from services.enrollment.batches import sealed
from services.enrollment.domain import Worker
from services.enrollment.privacy import store

READS_SHOWN_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Extract:
    """All that is held about a person under every entry that is theirs; no identities once they are erased.

    `holder` is the entry with the memberships: another than was asked for, if that one was merged into it.
    """

    identities: dict[UUID, dict[str, Any]]
    holder: Worker
    facts: list[dict[str, Any]]
    proposals: list[dict[str, Any]]
    places: list[dict[str, Any]]
    candidates: list[dict[str, Any]]
    merges: list[dict[str, Any]]
    lists: list[dict[str, Any]]
    reads: list[KeyRead]
    erasure: erasures.Recorded | None


async def extract(tx: Transaction, vault: Vault, worker_id: UUID, *, actor: str, purpose: str) -> Extract:
    """Open what is kept of the person, which is on record from then on, and gather the rest."""
    people = await store.same_person(tx, worker_id)
    known = await register.workers(tx, people)
    if worker_id not in known:
        raise domain.worker_not_known()
    holder = next((one for one in known.values() if one.merged_into is None), known[worker_id])
    purpose = f"extract: {purpose}"
    return Extract(
        await vault.open_all(tx, people, actor=actor, purpose=purpose),
        holder,
        await store.facts_of(tx, people),
        await store.proposals_of(tx, people),
        await store.places_of(tx, people),
        await store.candidates_of(tx, people),
        await store.merges_of(tx, people),
        await _rows_of_lists(tx, vault, people, actor=actor, purpose=purpose),
        [read for one in people for read in await vault.keys.reads(person_id=one, limit=READS_SHOWN_MAX)],
        await erasures.find(tx, worker_id),
    )


async def _rows_of_lists(
    tx: Transaction, vault: Vault, people: list[UUID], *, actor: str, purpose: str
) -> list[dict[str, Any]]:
    """Give the person's rows of lists with what they say; `cells` is None where that has been destroyed."""
    rows = await store.rows_of_lists(tx, people, await store.hashes_of(tx, people))
    lists = {row["batch_id"] for row in rows if row["sealed"] is not None}
    boxes = await vault.keys.take(sorted(lists), actor=actor, purpose=purpose) if lists else {}
    return [
        {
            "batch_id": row["batch_id"],
            "row": row["row"],
            "outcome": row["outcome"],
            "cells": sealed.unseal(boxes[row["batch_id"]], row["row"], row["sealed"]).cells
            if row["sealed"] is not None and row["batch_id"] in boxes
            else None,
        }
        for row in rows
    ]
