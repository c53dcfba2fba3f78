"""Two entries of the register are found to be one person, or not to be after all; one proposes it, another approves.

    propose --> proposed --approve (another actor)--> stands --reverse--> reversed
                    |
                    +------refuse (another actor)---> refused

Both heads are locked, in key order, before anything is looked at. The memberships move as they stand: with periods,
suspensions, cards and what is due of them; the vault stays as it is. A cohort that paid for both has a place free then;
taking the merge back needs a place again. Whoever is asked for later under the merged id, or its NIK, is the survivor.
Merges that meet in one survivor are taken back in any order; one whose survivor was merged further waits until that one
is taken back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any, Literal
from uuid import UUID, uuid4

from services.chassis import clock, ledger
from services.chassis.ledger import Act
from services.chassis.postgres import Transaction
from services.chassis.vault import Vault
from services.enrollment import candidates, domain, messages, store
from services.enrollment.cohorts import places
from services.enrollment.domain import Event, Membership, NotKnown, Rejected, Worker, identity
from services.enrollment.messages import COVERAGE

State = Literal["proposed", "refused", "stands", "reversed"]


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


async def propose(tx: Transaction, survivor_id: UUID, merged_id: UUID, act: Act) -> Merge:
    """Put forward that two entries are one person; refuses at once what could not be approved."""
    await ledger.lock(tx, COVERAGE, (survivor_id, merged_id))
    known = await store.workers(tx, (survivor_id, merged_id))
    identity.merge(known.get(survivor_id), known.get(merged_id), await clock.business_date(tx))
    await _refuse_on_the_way(tx, merged_id)
    if (waiting := await _proposed(tx, survivor_id, merged_id)) is not None:
        if (waiting.survivor_id, waiting.merged_id) == (survivor_id, merged_id):
            return waiting
        raise Rejected(
            "merge_proposed_otherwise",
            "Penggabungan kedua catatan ini sudah diusulkan dengan arah sebaliknya. Putuskan usulan itu dahulu.",
            "The merge of these two is proposed the other way round. Have that proposal decided first.",
        )
    merge_id = uuid4()
    await tx.execute(
        "insert into merge (merge_id, survivor_id, merged_id, proposed_by, proposed_at) values ($1, $2, $3, $4, $5)",
        merge_id,
        survivor_id,
        merged_id,
        act.actor,
        await clock.now(tx),
    )
    return await find(tx, merge_id)


async def decide(tx: Transaction, merge_id: UUID, *, approved: bool, act: Act) -> Merge:
    """Approve a merge, which carries it out, or refuse it; by another person than proposed it."""
    known = await _locked(tx, await find(tx, merge_id))
    merge = await find(tx, merge_id)
    if merge.state != "proposed":
        if (merge.state == "stands") == approved and merge.state != "reversed":
            return merge
        raise Rejected(
            "merge_decided",
            "Usulan penggabungan ini sudah diputuskan. Lihat keputusannya, atau ajukan usulan baru.",
            "This proposal has been decided. Look at the decision, or propose anew.",
        )
    if merge.proposed_by == act.actor:
        raise Rejected(
            "merge_same_person",
            "Pengusul tidak boleh memutuskan usulannya sendiri. Mintalah orang lain.",
            "Whoever proposed this may not decide it. Ask somebody else.",
        )
    holder_id = merge.survivor_id if approved else None
    brought_death = False
    if approved:
        brought_death = await _carry_out(tx, merge, known, act)
    await tx.execute(
        """
        update merge set approved = $2, decided_by = $3, decided_at = $4, holder_id = $5, brought_death = $6
         where merge_id = $1
        """,
        merge_id,
        approved,
        act.actor,
        await clock.now(tx),
        holder_id,
        brought_death,
    )
    decision: candidates.Decision = "same_person" if approved else "different_people"
    await candidates.settle(tx, merge.survivor_id, merge.merged_id, decision, by=act.actor)
    if approved:
        await tx.execute("update merge set holder_id = $1 where holder_id = $2", merge.survivor_id, merge.merged_id)
    return await find(tx, merge_id)


async def reverse(tx: Transaction, vault: Vault, merge_id: UUID, also: Sequence[UUID], act: Act) -> Merge:
    """Take a merge back: what it brought goes back as it stands, and `also` what was begun for that person since."""
    known = await _locked(tx, await find(tx, merge_id))
    merge = await find(tx, merge_id)
    if merge.state == "reversed":
        return merge
    if merge.state != "stands":
        raise Rejected(
            "merge_not_standing",
            "Penggabungan ini tidak berlaku, jadi tidak ada yang dibatalkan.",
            "This merge does not stand, so there is nothing to take back.",
        )
    survivor, merged = known[merge.survivor_id], known[merge.merged_id]
    if survivor.merged_into is not None:
        raise Rejected(
            "survivor_merged",
            "Catatan penerus sudah digabungkan lagi ke catatan lain. Batalkan penggabungan yang lebih baru dahulu.",
            "The survivor was merged into another entry since. Take that later merge back first.",
        )
    held = {membership.coverage_id for membership in survivor.memberships}
    if unknown := set(also) - held:
        raise Rejected(
            "coverage_not_of_survivor",
            f"Kepesertaan {min(unknown)} bukan milik catatan penerus. Periksa nomornya.",
            f"The membership {min(unknown)} is not the survivor's. Check its id.",
        )
    today = await clock.business_date(tx)
    wanted = held & {*await _brought(tx, merge_id), *also}
    heir = await _another_who_died(tx, merge) if merge.brought_death else None
    reverses_death = merge.brought_death and heir is None
    events = identity.unmerge(survivor, merged, sorted(wanted), today, reverses_death=reverses_death)
    leaving = [m for m in survivor.memberships if m.coverage_id in wanted]
    await store.give(tx, leaving, survivor, merged.worker_id)
    await _record(tx, [(survivor, [], events[0]), (merged, leaving, events[1])], act)
    await _numbers_go_along(tx, vault, survivor.worker_id, merged.worker_id, sorted(wanted), act)
    await tx.execute(
        "update merge set holder_id = null, reversed_by = $2, reversed_at = $3 where merge_id = $1",
        merge_id,
        act.actor,
        await clock.now(tx),
    )
    await tx.execute("update merge set brought_death = true where merge_id = $1", heir)
    await _holds_again(tx, merged.worker_id)
    await candidates.settle(tx, merge.survivor_id, merge.merged_id, "different_people", by=act.actor)
    return await find(tx, merge_id)


async def find(tx: Transaction, merge_id: UUID) -> Merge:
    row = await tx.fetchrow(
        """
        select merge_id, survivor_id, merged_id, approved, holder_id, proposed_by, proposed_at, decided_by, decided_at,
               reversed_by, reversed_at, brought_death
          from merge where merge_id = $1
        """,
        merge_id,
    )
    if row is None:
        raise NotKnown(
            "merge_not_known",
            "Usulan penggabungan ini tidak dikenal. Periksa nomornya.",
            "This merge is not known. Check its id.",
        )
    return _merge(row)


async def page(tx: Transaction, state: State | None, *, after: UUID, limit: int) -> list[Merge]:
    """List merges by their ids, beginning after one."""
    rows = await tx.fetch(
        """
        select merge_id, survivor_id, merged_id, approved, holder_id, proposed_by, proposed_at, decided_by, decided_at,
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


async def persons(tx: Transaction, worker_id: UUID) -> list[UUID]:
    """Name all entries of one person: this one, and those that were merged into it and still are."""
    rows = await tx.fetch("select merged_id from merge where holder_id = $1 order by merged_id", worker_id)
    return [worker_id, *(row["merged_id"] for row in rows)]


def _merge(row: Any) -> Merge:
    state: State = "refused"
    if row["reversed_at"] is not None:
        state = "reversed"
    elif row["approved"]:
        state = "stands"
    elif row["approved"] is None:
        state = "proposed"
    return Merge(state=state, **{name: row[name] for name in row.keys() if name not in ("approved", "holder_id")})  # noqa: SIM118 - a row is no mapping


async def _locked(tx: Transaction, merge: Merge) -> dict[UUID, Worker]:
    """Lock both entries, and give them."""
    both = (merge.survivor_id, merge.merged_id)
    await ledger.lock(tx, COVERAGE, both)
    return await store.workers(tx, both)


async def _proposed(tx: Transaction, one: UUID, other: UUID) -> Merge | None:
    merge_id = await tx.fetchval(
        """
        select merge_id from merge
         where approved is null and least(survivor_id, merged_id) = least($1::uuid, $2)
           and greatest(survivor_id, merged_id) = greatest($1::uuid, $2)
        """,
        one,
        other,
    )
    return None if merge_id is None else await find(tx, merge_id)


async def _refuse_on_the_way(tx: Transaction, merged_id: UUID) -> None:
    """Whoever has a place reserved, or waits for one, would lose it."""
    if await tx.fetchval("select exists (select from reservation where worker_id = $1)", merged_id):
        raise Rejected(
            "merged_waits_for_place",
            "Catatan yang akan digabungkan masih menunggu tempat atau pembayaran pada suatu kelompok. Jadikan catatan "
            "itu penerus, atau tolak dahulu usulannya pada kelompok itu.",
            "The entry to be merged waits for a place or a payment in a cohort. Make it the survivor, or refuse it "
            "there first.",
        )


async def _carry_out(tx: Transaction, merge: Merge, known: dict[UUID, Worker], act: Act) -> bool:
    """Move the memberships and tell it; say whether the survivor got a day of death by it."""
    survivor, merged = known[merge.survivor_id], known[merge.merged_id]
    events = identity.merge(survivor, merged, await clock.business_date(tx))
    await _refuse_on_the_way(tx, merged.worker_id)
    await store.give(tx, merged.memberships, merged, survivor.worker_id)
    await _record(tx, [(survivor, merged.memberships, events[0]), (merged, [], events[1])], act)
    await tx.execute(
        "insert into merged_coverage (merge_id, coverage_id) select $1, unnest($2::uuid[])",
        merge.merge_id,
        [membership.coverage_id for membership in merged.memberships],
    )
    return survivor.died_on is None and merged.died_on is not None


async def _record(
    tx: Transaction, happened: Sequence[tuple[Worker, Sequence[Membership], Sequence[Event]]], act: Act
) -> None:
    """Save each worker, to whom these memberships came, as the events leave them; announce it, and settle places."""
    after = {worker.worker_id: reduce(domain.evolve, events, worker) for worker, _, events in happened}
    await store.save(tx, [(store.given(worker, came), after[worker.worker_id]) for worker, came, _ in happened])
    now = await clock.now(tx)
    facts = [entry for worker, _, events in happened for entry in messages.entries(worker.worker_id, events, now)]
    await ledger.append(tx, facts, act)
    await places.settle(tx, [(worker, after[worker.worker_id]) for worker, _, _ in happened], newcomers=False)


async def _brought(tx: Transaction, merge_id: UUID) -> Iterable[UUID]:
    rows = await tx.fetch("select coverage_id from merged_coverage where merge_id = $1", merge_id)
    return [row["coverage_id"] for row in rows]


async def _another_who_died(tx: Transaction, merge: Merge) -> UUID | None:
    """Name another merge from which the survivor has the same day of death, so that it stays."""
    found: UUID | None = await tx.fetchval(
        """
        select m.merge_id from merge m join worker w on w.worker_id = m.merged_id
         where m.survivor_id = $1 and m.holder_id = $1 and m.merge_id <> $2 and w.died_on is not null
         order by m.decided_at, m.merge_id limit 1
        """,
        merge.survivor_id,
        merge.merge_id,
    )
    return found


async def _holds_again(tx: Transaction, worker_id: UUID) -> None:
    """Whoever had been merged into this worker before is held by them again."""
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
        worker_id,
    )


async def _numbers_go_along(
    tx: Transaction, vault: Vault, survivor_id: UUID, merged_id: UUID, coverage_ids: Sequence[UUID], act: Act
) -> None:
    """Take along what the survivor's document says of cards that were issued meanwhile."""
    issued = await tx.fetch(
        "select coverage_id, issued_on from issued_card where coverage_id = any($1::uuid[])", coverage_ids
    )
    if not issued:
        return
    fields = [store.card_field(row["coverage_id"], row["issued_on"]) for row in issued]
    purpose = "cards go with the memberships of an entry that was merged wrongly"
    known = await vault.open_all(tx, [survivor_id], actor=act.actor, purpose=purpose)
    moved = {name: known[survivor_id][name] for name in fields if name in known.get(survivor_id, {})}
    if moved:
        changes = {survivor_id: dict.fromkeys(moved), merged_id: moved}
        await vault.change_all(tx, changes, actor=act.actor, purpose=purpose)
