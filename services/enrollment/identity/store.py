"""Keeps who looks like whom, who was found to be one person, and whose card bears which number, in Postgres.

Rows about a worker's merges and cards are written only by whoever holds the worker's stream head.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID, uuid4

from services.chassis import clock
from services.chassis.postgres import Transaction
from services.enrollment.domain.issuing import IssuedCard

Decision = Literal["different_people", "same_person"]
State = Literal["proposed", "refused", "stands", "reversed"]


class Blocks(NamedTuple):
    """The keyed hashes of what a person shares with anybody who is alike."""

    village_birth: int
    name_birth: int
    name_village_year: int
    name_village_day: int


class Candidate(NamedTuple):
    """Two entries that may be one person."""

    candidate_id: UUID
    one_id: UUID
    other_id: UUID
    score: int
    agree: list[str]
    decision: Decision | None


class Alike(NamedTuple):
    """Two entries that were found to be alike: how much of 100, and in what."""

    one_id: UUID
    other_id: UUID
    score: int
    agree: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Merge:
    """Two entries that are one person, as far as that has come."""

    merge_id: UUID
    survivor_id: UUID
    merged_id: UUID
    state: State
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reversed_by: str | None
    reversed_at: datetime | None
    brought_death: bool


async def keep_blocks(tx: Transaction, hashed: Mapping[UUID, Blocks]) -> None:
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


async def to_be_compared(tx: Transaction, worker_ids: Sequence[UUID]) -> None:
    """Have these people compared with all others."""
    await tx.execute("insert into uncompared (worker_id) select unnest($1::uuid[])", worker_ids)


async def take_uncompared(tx: Transaction, people_max: int) -> dict[UUID, Blocks]:
    """Take out so many who have hashes and were compared with nobody; nobody else takes them.

    After this no stream head may be locked: whoever erases a person holds the head and waits for this.
    """
    rows = await tx.fetch(
        """
        with taken as (select u.worker_id, village_birth, name_birth, name_village_year, name_village_day
                         from uncompared u join likeness using (worker_id)
                        order by u.worker_id limit $1 for update of u skip locked),
             gone as (delete from uncompared u using taken t where u.worker_id = t.worker_id)
        select worker_id, village_birth, name_birth, name_village_year, name_village_day from taken
        """,
        people_max,
    )
    return {row["worker_id"]: Blocks(*row[1:]) for row in rows}


async def uncompared_without_blocks(
    tx: Transaction, people_max: int, *, among: Sequence[UUID] | None = None
) -> list[UUID]:
    """Name so many who are to be compared and have no hashes yet."""
    rows = await tx.fetch(
        """
        select worker_id from uncompared u
         where not exists (select from likeness l where l.worker_id = u.worker_id)
           and ($2::uuid[] is null or worker_id = any($2))
         order by worker_id limit $1
        """,
        people_max,
        among,
    )
    return [row["worker_id"] for row in rows]


async def not_to_be_compared(tx: Transaction, worker_ids: Iterable[UUID]) -> None:
    """Take these people out of those who are to be compared; their heads must be locked."""
    await tx.execute("delete from uncompared where worker_id = any($1::uuid[])", list(worker_ids))


async def sharing_a_block(tx: Transaction, hashed: Sequence[Blocks], people_max: int) -> defaultdict[int, set[UUID]]:
    """Name for each place of the list those in the register who share a block with it, so many of a block at most."""
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
        people_max,
    )
    found: defaultdict[int, set[UUID]] = defaultdict(set)
    for row in rows:
        found[row["at"]].add(row["worker_id"])
    return found


async def owners(tx: Transaction, nik_hashes: Sequence[bytes]) -> dict[int, tuple[UUID, int]]:
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


async def villages(tx: Transaction, worker_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Tell where people were registered."""
    rows = await tx.fetch("select worker_id, village_code from worker where worker_id = any($1::uuid[])", worker_ids)
    return {row["worker_id"]: row["village_code"] for row in rows}


async def add_candidates(tx: Transaction, alike: Sequence[Alike], *, told_apart_by: str | None = None) -> int:
    """Put pairs before a person, each once, whatever was decided about it; tell how many are new.

    With `told_apart_by` somebody has decided already that each pair is two people.
    """
    added = await tx.fetch(
        """
        insert into candidate (candidate_id, one_id, other_id, score, agree, found_at, decision, decided_by, decided_at)
        select candidate_id, one_id, other_id, score, string_to_array(agree, ','), business_clock(),
               case when $6::text is not null then 'different_people' end, $6,
               case when $6 is not null then business_clock() end
          from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::text[])
               as c(candidate_id, one_id, other_id, score, agree)
         order by one_id, other_id
        on conflict (one_id, other_id) do nothing returning candidate_id
        """,
        [uuid4() for _ in alike],
        [one.one_id for one in alike],
        [one.other_id for one in alike],
        [one.score for one in alike],
        [",".join(one.agree) for one in alike],
        told_apart_by,
    )
    return len(added)


async def candidate(tx: Transaction, candidate_id: UUID) -> Candidate | None:
    row = await tx.fetchrow(
        "select candidate_id, one_id, other_id, score, agree, decision from candidate where candidate_id = $1",
        candidate_id,
    )
    return Candidate(*row) if row else None


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


async def decide_candidate(tx: Transaction, candidate_id: UUID, decision: Decision, *, by: str) -> bool:
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


async def settle_candidate(tx: Transaction, one_id: UUID, other_id: UUID, decision: Decision, *, by: str) -> None:
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


async def add_merge(tx: Transaction, survivor_id: UUID, merged_id: UUID, *, by: str) -> UUID:
    """Keep a proposal; give its id."""
    merge_id = uuid4()
    await tx.execute(
        "insert into merge (merge_id, survivor_id, merged_id, proposed_by, proposed_at) values ($1, $2, $3, $4, $5)",
        merge_id,
        survivor_id,
        merged_id,
        by,
        await clock.now(tx),
    )
    return merge_id


async def merge(tx: Transaction, merge_id: UUID) -> Merge | None:
    row = await tx.fetchrow(
        """
        select merge_id, survivor_id, merged_id, approved, proposed_by, proposed_at, decided_by, decided_at,
               reversed_by, reversed_at, brought_death
          from merge where merge_id = $1
        """,
        merge_id,
    )
    return None if row is None else _merge(row)


async def proposed_merge(tx: Transaction, one_id: UUID, other_id: UUID) -> Merge | None:
    """Give the proposal about these two that waits for a decision, whichever is to survive."""
    row = await tx.fetchrow(
        """
        select merge_id, survivor_id, merged_id, approved, proposed_by, proposed_at, decided_by, decided_at,
               reversed_by, reversed_at, brought_death
          from merge
         where approved is null and least(survivor_id, merged_id) = least($1::uuid, $2)
           and greatest(survivor_id, merged_id) = greatest($1::uuid, $2)
        """,
        one_id,
        other_id,
    )
    return None if row is None else _merge(row)


async def merges(tx: Transaction, state: State | None, *, after: UUID, limit: int) -> list[Merge]:
    """List merges by their ids, beginning after one."""
    rows = await tx.fetch(
        """
        select merge_id, survivor_id, merged_id, approved, proposed_by, proposed_at, decided_by, decided_at,
               reversed_by, reversed_at, brought_death
          from merge
         where merge_id > $2
           and ($1::text is null
                or $1 = case when reversed_at is not null then 'reversed' when approved then 'stands'
                             when approved is null then 'proposed' else 'refused' end)
         order by merge_id limit $3
        """,
        state,
        after,
        limit,
    )
    return [_merge(row) for row in rows]


def _merge(row: Any) -> Merge:
    fields = dict(row)
    approved = fields.pop("approved")
    if approved is None:
        return Merge(state="proposed", **fields)
    if fields["reversed_at"] is not None:
        return Merge(state="reversed", **fields)
    return Merge(state="stands" if approved else "refused", **fields)


async def save_decision(tx: Transaction, merge_: Merge, *, approved: bool, brought_death: bool, by: str) -> None:
    """Keep who decided; approved, the survivor holds what the merged one held, and what had come to that one."""
    await tx.execute(
        """
        update merge
           set approved = $2, decided_by = $3, decided_at = $4, brought_death = $5,
               holder_id = case when $2 then survivor_id end
         where merge_id = $1
        """,
        merge_.merge_id,
        approved,
        by,
        await clock.now(tx),
        brought_death,
    )
    if approved:
        await tx.execute("update merge set holder_id = $1 where holder_id = $2", merge_.survivor_id, merge_.merged_id)


async def save_reversal(tx: Transaction, merge_: Merge, *, heir: UUID | None, by: str) -> None:
    """Keep who took it back; whoever had been merged into that entry before is held by it again.

    `heir` is the merge from which the survivor has the same day of death as well.
    """
    await tx.execute(
        "update merge set holder_id = null, reversed_by = $2, reversed_at = $3 where merge_id = $1",
        merge_.merge_id,
        by,
        await clock.now(tx),
    )
    await tx.execute("update merge set brought_death = true where merge_id = $1", heir)
    await tx.execute(
        """
        with recursive below as (
            select merge_id, merged_id from merge where survivor_id = $1 and holder_id is not null
            union all
            select m.merge_id, m.merged_id from merge m join below b on m.survivor_id = b.merged_id
             where m.holder_id is not null
        )
        update merge m set holder_id = $1 from below b where m.merge_id = b.merge_id
        """,
        merge_.merged_id,
    )


async def add_brought(tx: Transaction, merge_id: UUID, coverage_ids: Sequence[UUID]) -> None:
    """Remember which memberships came with a merge."""
    await tx.execute(
        "insert into merged_coverage (merge_id, coverage_id) select $1, unnest($2::uuid[])", merge_id, coverage_ids
    )


async def brought(tx: Transaction, merge_id: UUID) -> set[UUID]:
    rows = await tx.fetch("select coverage_id from merged_coverage where merge_id = $1", merge_id)
    return {row["coverage_id"] for row in rows}


async def another_who_died(tx: Transaction, merge_: Merge) -> UUID | None:
    """Name another merge from which the survivor has the same day of death, so that it stays."""
    found: UUID | None = await tx.fetchval(
        """
        select m.merge_id from merge m join worker w on w.worker_id = m.merged_id
         where m.survivor_id = $1 and m.holder_id = $1 and m.merge_id <> $2 and w.died_on is not null
         order by m.decided_at, m.merge_id limit 1
        """,
        merge_.survivor_id,
        merge_.merge_id,
    )
    return found


async def issued(tx: Transaction, coverage_ids: Sequence[UUID]) -> list[IssuedCard]:
    """Give the cards of memberships."""
    rows = await tx.fetch(
        "select coverage_id, issued_on, kpj_hash from issued_card where coverage_id = any($1::uuid[])", coverage_ids
    )
    return [IssuedCard(*row) for row in rows]


async def bearer(tx: Transaction, number: bytes) -> UUID | None:
    """Tell whose card bears the number."""
    worker_id: UUID | None = await tx.fetchval(
        "select c.worker_id from issued_card i join coverage c using (coverage_id) where i.kpj_hash = $1", number
    )
    return worker_id


async def known_numbers(tx: Transaction, numbers: Iterable[bytes]) -> set[bytes]:
    rows = await tx.fetch("select kpj_hash from issued_card where kpj_hash = any($1::bytea[])", list(numbers))
    return {row["kpj_hash"] for row in rows}


async def remove_cards(tx: Transaction, cards: Iterable[IssuedCard]) -> None:
    await tx.execute("delete from issued_card where kpj_hash = any($1::bytea[])", sorted(card.number for card in cards))


async def add_cards(tx: Transaction, cards: Iterable[IssuedCard]) -> set[bytes]:
    """Add the cards, and give the numbers of those that were added: the others have become somebody else's."""
    ordered = sorted(cards, key=lambda card: card.number)
    rows = await tx.fetch(
        """
        insert into issued_card (kpj_hash, coverage_id, issued_on)
        select kpj_hash, coverage_id, issued_on from unnest($1::bytea[], $2::uuid[], $3::date[])
               as c(kpj_hash, coverage_id, issued_on) order by kpj_hash
        on conflict (kpj_hash) do nothing returning kpj_hash
        """,
        [card.number for card in ordered],
        [card.coverage_id for card in ordered],
        [card.issued_on for card in ordered],
    )
    return {row["kpj_hash"] for row in rows}
