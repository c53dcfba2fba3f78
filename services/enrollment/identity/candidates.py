"""Finds entries that may be one person, for a person to decide; names are opened for that and kept nowhere in clear.

    enrolled -> likeness (keyed hashes) -> who shares a block -> opened, compared -> candidate (two ids and a score)

Rows of a list are asked about before they go in; people who are in the register are compared with all others once, by
a job, soon after they came.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import structlog
from payung_contracts import topics

from services.chassis import ledger
from services.chassis.metrics import DOCUMENTS_DAMAGED
from services.chassis.postgres import HEALS_WITH_TIME, Pool, Transaction, transaction
from services.chassis.vault import Vault
from services.chassis.waiting import sleep_unless
from services.enrollment.identity import likeness
from services.enrollment.identity import store as identity_store
from services.enrollment.identity.likeness import Person
from services.enrollment.identity.store import Alike, Blocks, Candidate

ACTOR = "enrollment-candidates"
PURPOSE = "compare entries that may be one person"
COMPARED_AT_ONCE_MAX = 1_000
BLOCK_MAX = 50
"""So many of a block are compared: one with more has a birth date that stands for an unknown one, and tells nothing."""
EVERY_S = 10.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Entered:
    """A person as entered; what names them is not shown."""

    nik: str
    name: str
    birth_date: date
    village_code: str

    def __repr__(self) -> str:
        return "Entered()"


@dataclass(frozen=True, slots=True)
class LookAlike:
    """Somebody in the register who may be the person asked about; with `same_nik` under the same national number."""

    worker_id: UUID
    score: int
    agree: tuple[str, ...]
    same_nik: bool


def blocks(vault: Vault, person: Person) -> Blocks:
    """Hash the person's blocks, so that they can be stored."""
    return Blocks(*(int.from_bytes(vault.blind(block)[:8], signed=True) for block in likeness.blocks(person)))


async def remember(tx: Transaction, vault: Vault, people: Iterable[tuple[UUID, Person]]) -> None:
    """Keep what finds people who are alike, for people who are new in the register, and have them compared."""
    known = {worker_id: blocks(vault, person) for worker_id, person in people}
    await identity_store.keep_blocks(tx, known)
    await identity_store.to_be_compared(tx, list(known))


async def look_alikes(
    tx: Transaction, vault: Vault, people: Sequence[Person], *, actor: str
) -> list[tuple[LookAlike, ...]]:
    """Find for each person whom the register may know already, likest first.

    Whoever is there under this very NIK was compared when they came; here it counts only that the name is another one,
    and `same_nik` says so.
    """
    hashed = [blocks(vault, person) for person in people]
    sharing = await identity_store.sharing_a_block(tx, hashed, BLOCK_MAX)
    owners = await identity_store.owners(tx, [vault.blind(person.nik) for person in people])
    for at, (worker_id, name_birth) in owners.items():
        sharing[at] = set() if name_birth == hashed[at].name_birth else {worker_id}
    known = await _open(tx, vault, {worker_id for found in sharing.values() for worker_id in found}, actor=actor)
    answers: list[tuple[LookAlike, ...]] = []
    for at, person in enumerate(people):
        found = []
        for worker_id in sorted(sharing[at] & known.keys()):
            entered = known[worker_id]
            if entered.nik == person.nik:
                if likeness.same_name(person, entered):
                    continue
            elif not likeness.alike(person, entered):
                continue
            how = likeness.compare(person, entered)
            found.append(LookAlike(worker_id, how.score, how.agree, entered.nik == person.nik))
        answers.append(tuple(sorted(found, key=lambda one: -one.score)))
    return answers


async def tell_apart(tx: Transaction, vault: Vault, people: Sequence[tuple[UUID, Person]], *, by: str) -> None:
    """Keep that these people are none of those whom they look like, as somebody decided before they came in.

    Before they are remembered: afterwards everybody is known by their own number.
    """
    if not people:
        return
    found = await look_alikes(tx, vault, [person for _, person in people], actor=by)
    alike = [
        Alike(min(worker_id, one.worker_id), max(worker_id, one.worker_id), one.score, one.agree)
        for (worker_id, _), others in zip(people, found, strict=True)
        for one in others
    ]
    await identity_store.add_candidates(tx, alike, told_apart_by=by)


async def compare_new(tx: Transaction, vault: Vault) -> tuple[int, int]:
    """Compare people who came to the register with all others; tell how many were, and how many candidates it gave."""
    hashed = await identity_store.take_uncompared(tx, COMPARED_AT_ONCE_MAX)
    sharing = await identity_store.sharing_a_block(tx, list(hashed.values()), BLOCK_MAX)
    pairs = {
        (min(one, other), max(one, other)) for at, one in enumerate(hashed) for other in sharing[at] if one != other
    }
    known = await _open(tx, vault, {worker_id for pair in pairs for worker_id in pair}, actor=ACTOR)
    alike = []
    for one, other in sorted(pair for pair in pairs if known.keys() >= set(pair)):
        if likeness.alike(known[one], known[other]):
            how = likeness.compare(known[one], known[other])
            alike.append(Alike(one, other, how.score, how.agree))
    return len(hashed), await identity_store.add_candidates(tx, alike)


async def compare_all(pool: Pool, vault: Vault) -> int:
    """Compare all who came since; any number of these may run at once. Tell how many candidates it gave."""
    candidates = 0
    while True:
        async with transaction(pool) as tx:
            late = await _remember_late(tx, vault)
        async with transaction(pool) as tx:
            compared, found = await compare_new(tx, vault)
        if not compared and not late:
            return candidates
        candidates += found


async def compare_forever(pool: Pool, vault: Vault, stopping: asyncio.Event) -> None:
    """Compare again and again; what one round could not do, the next does."""
    while not stopping.is_set():
        try:
            if found := await compare_all(pool, vault):
                log.info("candidates_found", candidates=found)
        except HEALS_WITH_TIME as error:
            log.warning("candidates_wait", error=type(error).__name__)
        await sleep_unless(stopping, EVERY_S)


async def view(tx: Transaction, vault: Vault, candidate: Candidate, *, actor: str) -> tuple[Entered, Entered] | None:
    """Open the two for a person who decides; None where one of them was erased."""
    villages = await identity_store.villages(tx, (candidate.one_id, candidate.other_id))
    both = _entered(await vault.open_all(tx, villages, actor=actor, purpose=PURPOSE), villages)
    one, other = both.get(candidate.one_id), both.get(candidate.other_id)
    return (one, other) if one and other else None


async def _remember_late(tx: Transaction, vault: Vault) -> int:
    """Hash people who came without hashes: before this search was, or before the index key was changed.

    Their heads are locked first, so that whoever is erased at this moment leaves nothing behind. Who cannot be opened
    is compared with nobody. Tells how many were found without.
    """
    found = await identity_store.uncompared_without_blocks(tx, COMPARED_AT_ONCE_MAX)
    if not found:
        return 0
    await ledger.lock(tx, topics.COVERAGE, found)
    late = await identity_store.uncompared_without_blocks(tx, COMPARED_AT_ONCE_MAX, among=found)
    entered = await _open(tx, vault, late, actor=ACTOR)
    await identity_store.keep_blocks(tx, {worker_id: blocks(vault, person) for worker_id, person in entered.items()})
    await identity_store.not_to_be_compared(tx, set(late) - entered.keys())
    return len(found)


async def _open(tx: Transaction, vault: Vault, worker_ids: Iterable[UUID], *, actor: str) -> dict[UUID, Entered]:
    """Open what is known of people; who was erased meanwhile is left out, and who cannot be opened is told of."""
    wanted = list(worker_ids)
    if not wanted:
        return {}
    villages = await identity_store.villages(tx, wanted)
    documents, damaged = await vault.open_sound(tx, villages, actor=actor, purpose=PURPOSE)
    for worker_id in sorted(damaged):
        DOCUMENTS_DAMAGED.inc()
        log.error("document_damaged", worker_id=str(worker_id))
    return _entered(documents, villages)


def _entered(documents: Mapping[UUID, Mapping[str, Any]], villages: Mapping[UUID, str]) -> dict[UUID, Entered]:
    return {
        worker_id: Entered(
            document["nik"], document["name"], date.fromisoformat(document["birth_date"]), villages[worker_id]
        )
        for worker_id, document in documents.items()
    }
