"""Finds entries that may be one person, for a person to decide; names are opened for that and kept nowhere in clear.

    enrolled -> likeness (keyed hashes) -> who shares a block -> opened, compared -> candidate (two ids and a score)

Rows of a list are asked about before they go in; people who are in the register are compared with all others once, by
a job, soon after they came.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple
from uuid import UUID, uuid4

import structlog

from services.chassis import clock
from services.chassis.postgres import HEALS_WITH_TIME, Pool, Transaction, transaction
from services.chassis.process import sleep_unless
from services.chassis.vault import Vault
from services.enrollment import likeness
from services.enrollment.likeness import Person

ACTOR = "enrollment-candidates"
PURPOSE = "compare entries that may be one person"
COMPARED_AT_ONCE_MAX = 1_000
BLOCK_MAX = 50
"""So many of a block are compared: one with more has a birth date that stands for an unknown one, and tells nothing."""
EVERY_S = 10.0

Decision = Literal["different_people", "same_person"]

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


class Candidate(NamedTuple):
    """Two entries that may be one person."""

    candidate_id: UUID
    one_id: UUID
    other_id: UUID
    score: int
    agree: list[str]
    decision: Decision | None


class Blocks(NamedTuple):
    """The keyed hashes of what a person shares with anybody who is alike."""

    village_birth: int
    name_birth: int
    name_village_year: int
    name_village_day: int


def blocks(vault: Vault, person: Person) -> Blocks:
    """Hash the person's blocks, so that they can be stored."""
    return Blocks(*(int.from_bytes(vault.blind(block)[:8], signed=True) for block in likeness.blocks(person)))


async def remember(tx: Transaction, vault: Vault, people: Iterable[tuple[UUID, Person]]) -> None:
    """Keep what finds people who are alike, for people who are new in the register, and have them compared."""
    known = {worker_id: blocks(vault, person) for worker_id, person in people}
    await _keep(tx, known)
    await tx.execute("insert into uncompared (worker_id) select unnest($1::uuid[])", list(known))


async def look_alikes(
    tx: Transaction, vault: Vault, people: Sequence[Person], *, actor: str
) -> list[tuple[LookAlike, ...]]:
    """Find for each person whom the register may know already, likest first.

    Whoever is there under this very NIK was compared when they came; here it counts only that the name is another one,
    and `same_nik` says so.
    """
    hashed = [blocks(vault, person) for person in people]
    sharing = await _sharing_a_block(tx, hashed)
    owners = await _owners(tx, [vault.blind(person.nik) for person in people])
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


async def compare_new(tx: Transaction, vault: Vault) -> tuple[int, int]:
    """Compare people who came to the register with all others; tell how many were, and how many candidates it gave."""
    new = await tx.fetch(
        """
        with taken as (select worker_id from uncompared order by worker_id limit $1 for update skip locked),
             gone as (delete from uncompared u using taken t where u.worker_id = t.worker_id returning u.worker_id)
        select worker_id, village_birth, name_birth, name_village_year, name_village_day
          from gone left join likeness using (worker_id)
        """,
        COMPARED_AT_ONCE_MAX,
    )
    hashed = {row["worker_id"]: Blocks(*row[1:]) for row in new if row["village_birth"] is not None}
    hashed |= await _remember_late(tx, vault, [row["worker_id"] for row in new if row["village_birth"] is None])
    sharing = await _sharing_a_block(tx, list(hashed.values()))
    pairs = {
        (min(one, other), max(one, other)) for at, one in enumerate(hashed) for other in sharing[at] if one != other
    }
    known = await _open(tx, vault, {worker_id for pair in pairs for worker_id in pair}, actor=ACTOR)
    alike = [
        (*pair, likeness.compare(known[pair[0]], known[pair[1]]))
        for pair in sorted(pairs)
        if known.keys() >= set(pair) and likeness.alike(known[pair[0]], known[pair[1]])
    ]
    added = await tx.fetch(
        """
        insert into candidate (candidate_id, one_id, other_id, score, agree, found_at)
        select candidate_id, one_id, other_id, score, string_to_array(agree, ','), business_clock()
          from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::text[])
               as c(candidate_id, one_id, other_id, score, agree)
         order by one_id, other_id
        on conflict (one_id, other_id) do nothing returning candidate_id
        """,
        [uuid4() for _ in alike],
        [one for one, _, _ in alike],
        [other for _, other, _ in alike],
        [how.score for _, _, how in alike],
        [",".join(how.agree) for _, _, how in alike],
    )
    return len(new), len(added)


async def compare_all(pool: Pool, vault: Vault) -> int:
    """Compare all who came since; any number of these may run at once. Tell how many candidates it gave."""
    candidates = 0
    while True:
        async with transaction(pool) as tx:
            compared, found = await compare_new(tx, vault)
        if not compared:
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


async def find(tx: Transaction, candidate_id: UUID) -> Candidate | None:
    row = await tx.fetchrow(
        "select candidate_id, one_id, other_id, score, agree, decision from candidate where candidate_id = $1",
        candidate_id,
    )
    return Candidate(*row) if row else None


async def view(tx: Transaction, vault: Vault, candidate: Candidate, *, actor: str) -> tuple[Entered, Entered] | None:
    """Open the two for a person who decides; None where one of them was erased."""
    both = await _open(tx, vault, (candidate.one_id, candidate.other_id), actor=actor)
    one, other = both.get(candidate.one_id), both.get(candidate.other_id)
    return (one, other) if one and other else None


async def undecided(tx: Transaction, *, after: tuple[int, UUID], limit: int) -> list[Candidate]:
    """Name the candidates that wait for a decision after a place in their order, likest first."""
    rows = await tx.fetch(
        """
        select candidate_id, one_id, other_id, score, agree, decision from candidate
         where decision is null and score <= $1 and (score < $1 or candidate_id > $2)
         order by score desc, candidate_id limit $3
        """,
        *after,
        limit,
    )
    return [Candidate(*row) for row in rows]


async def decide(tx: Transaction, candidate_id: UUID, decision: Decision, *, by: str) -> bool:
    """Keep what a person decided; false when it was decided before."""
    decided = await tx.fetchval(
        """
        update candidate set decision = $2, decided_by = $3, decided_at = $4
         where candidate_id = $1 and decision is null returning true
        """,
        candidate_id,
        decision,
        by,
        await clock.now(tx),
    )
    return decided is not None


async def settle(tx: Transaction, one_id: UUID, other_id: UUID, decision: Decision, *, by: str) -> None:
    """Keep of two entries, if they were found to be alike, what a merge or its end says of them."""
    await tx.execute(
        """
        update candidate set decision = $3, decided_by = $4, decided_at = $5
         where one_id = least($1::uuid, $2) and other_id = greatest($1::uuid, $2) and decision is distinct from $3
        """,
        one_id,
        other_id,
        decision,
        by,
        await clock.now(tx),
    )


async def _keep(tx: Transaction, hashed: Mapping[UUID, Blocks]) -> None:
    """Store the hashes of people who have none yet."""
    if hashed:
        await tx.execute(
            """
            insert into likeness (worker_id, village_birth, name_birth, name_village_year, name_village_day)
            select * from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
            """,
            list(hashed),
            *zip(*hashed.values(), strict=True),
        )


async def _remember_late(tx: Transaction, vault: Vault, worker_ids: Sequence[UUID]) -> dict[UUID, Blocks]:
    """Hash whoever came without hashes: before this search was, or before the index key was changed."""
    entered = await _open(tx, vault, worker_ids, actor=ACTOR)
    hashed = {worker_id: blocks(vault, person) for worker_id, person in entered.items()}
    await _keep(tx, hashed)
    return hashed


async def _sharing_a_block(tx: Transaction, hashed: Sequence[Blocks]) -> defaultdict[int, set[UUID]]:
    """Name for each place of the list those in the register who share a block with it."""
    rows = await tx.fetch(
        """
        with asked as materialized (
            select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) with ordinality
                   as a(village_birth, name_birth, name_village_year, name_village_day, at)
        )
        select a.at - 1 as at, l.worker_id from asked a cross join lateral
               (select worker_id from likeness l where l.village_birth = a.village_birth limit $5) l
        union all
        select a.at - 1, l.worker_id from asked a cross join lateral
               (select worker_id from likeness l where l.name_birth = a.name_birth limit $5) l
        union all
        select a.at - 1, l.worker_id from asked a cross join lateral
               (select worker_id from likeness l where l.name_village_year = a.name_village_year limit $5) l
        union all
        select a.at - 1, l.worker_id from asked a cross join lateral
               (select worker_id from likeness l where l.name_village_day = a.name_village_day limit $5) l
        """,
        [one.village_birth for one in hashed],
        [one.name_birth for one in hashed],
        [one.name_village_year for one in hashed],
        [one.name_village_day for one in hashed],
        BLOCK_MAX,
    )
    found: defaultdict[int, set[UUID]] = defaultdict(set)
    for row in rows:
        found[row["at"]].add(row["worker_id"])
    return found


async def _owners(tx: Transaction, nik_hashes: Sequence[bytes]) -> dict[int, tuple[UUID, int]]:
    """Name for each place of the list the entry with this very NIK, and its block of name and birth date."""
    rows = await tx.fetch(
        """
        select a.at - 1 as at, n.worker_id, l.name_birth
          from unnest($1::bytea[]) with ordinality as a(nik_hash, at)
          join nik n using (nik_hash) join likeness l using (worker_id)
        """,
        nik_hashes,
    )
    return {row["at"]: (row["worker_id"], row["name_birth"]) for row in rows}


async def _open(tx: Transaction, vault: Vault, worker_ids: Iterable[UUID], *, actor: str) -> dict[UUID, Entered]:
    """Open what is known of people; who was erased meanwhile is left out."""
    wanted = list(worker_ids)
    if not wanted:
        return {}
    villages = {
        row["worker_id"]: row["village_code"]
        for row in await tx.fetch(
            "select worker_id, village_code from worker where worker_id = any($1::uuid[])", wanted
        )
    }
    documents = await vault.open_all(tx, villages, actor=actor, purpose=PURPOSE)
    return {
        worker_id: Entered(
            document["nik"], document["name"], date.fromisoformat(document["birth_date"]), villages[worker_id]
        )
        for worker_id, document in documents.items()
    }
