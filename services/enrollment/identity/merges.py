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

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.chassis import clock, ledger
from services.chassis.ledger import Act
from services.chassis.postgres import Transaction
from services.chassis.vault import Vault
from services.enrollment import happened, store
from services.enrollment.cohorts import place_store, places
from services.enrollment.domain import Event, Membership, NotKnown, Rejected, Worker, identity
from services.enrollment.identity import kpj
from services.enrollment.identity import store as identity_store
from services.enrollment.identity.store import Decision, Merge
from services.enrollment.messages import COVERAGE


async def propose(tx: Transaction, survivor_id: UUID, merged_id: UUID, act: Act) -> Merge:
    """Put forward that two entries are one person; refuses at once what could not be approved."""
    await ledger.lock(tx, COVERAGE, (survivor_id, merged_id))
    known = await store.workers(tx, (survivor_id, merged_id))
    identity.merge(known.get(survivor_id), known.get(merged_id), await clock.business_date(tx))
    await _refuse_on_the_way(tx, merged_id)
    if (waiting := await identity_store.proposed_merge(tx, survivor_id, merged_id)) is not None:
        if (waiting.survivor_id, waiting.merged_id) == (survivor_id, merged_id):
            return waiting
        raise Rejected(
            "merge_proposed_otherwise",
            "Penggabungan kedua catatan ini sudah diusulkan dengan arah sebaliknya. Putuskan usulan itu dahulu.",
            "The merge of these two is proposed the other way round. Have that proposal decided first.",
        )
    return await find(tx, await identity_store.add_merge(tx, survivor_id, merged_id, by=act.actor))


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
    brought_death = approved and await _carry_out(tx, merge, known, act)
    await identity_store.save_decision(tx, merge, approved=approved, brought_death=brought_death, by=act.actor)
    decision: Decision = "same_person" if approved else "different_people"
    await identity_store.settle_candidate(tx, merge.survivor_id, merge.merged_id, decision, by=act.actor)
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
    wanted = held & {*await identity_store.brought(tx, merge_id), *also}
    heir = await identity_store.another_who_died(tx, merge) if merge.brought_death else None
    reverses_death = merge.brought_death and heir is None
    events = identity.unmerge(survivor, merged, sorted(wanted), today, reverses_death=reverses_death)
    leaving = [m for m in survivor.memberships if m.coverage_id in wanted]
    await store.give(tx, leaving, survivor, merged.worker_id)
    await _record(tx, [(survivor, [], events[0]), (merged, leaving, events[1])], act)
    await _numbers_go_along(tx, vault, survivor.worker_id, merged.worker_id, sorted(wanted), act)
    await identity_store.save_reversal(tx, merge, heir=heir, by=act.actor)
    await identity_store.settle_candidate(tx, merge.survivor_id, merge.merged_id, "different_people", by=act.actor)
    return await find(tx, merge_id)


async def find(tx: Transaction, merge_id: UUID) -> Merge:
    """Give a merge, as far as it has come."""
    found = await identity_store.merge(tx, merge_id)
    if found is None:
        raise NotKnown(
            "merge_not_known",
            "Usulan penggabungan ini tidak dikenal. Periksa nomornya.",
            "This merge is not known. Check its id.",
        )
    return found


async def _locked(tx: Transaction, merge: Merge) -> dict[UUID, Worker]:
    """Lock both entries, and give them."""
    both = (merge.survivor_id, merge.merged_id)
    await ledger.lock(tx, COVERAGE, both)
    return await store.workers(tx, both)


async def _refuse_on_the_way(tx: Transaction, merged_id: UUID) -> None:
    """Whoever has a place reserved, or waits for one, would lose it."""
    if await place_store.cohorts_that_keep(tx, [merged_id]):
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
    await identity_store.add_brought(tx, merge.merge_id, [held.coverage_id for held in merged.memberships])
    return survivor.died_on is None and merged.died_on is not None


async def _record(
    tx: Transaction, told: Sequence[tuple[Worker, Sequence[Membership], Sequence[Event]]], act: Act
) -> None:
    """Save each worker, to whom these memberships came, as the events leave them; announce it, and settle places."""
    left = [happened.of(worker, events) for worker, _, events in told]
    given = [replace(one, before=store.given(worker, came)) for one, (worker, came, _) in zip(left, told, strict=True)]
    await happened.record(tx, given, act)
    await places.settle(tx, [(one.before, one.after) for one in left], newcomers=False)


async def _numbers_go_along(
    tx: Transaction, vault: Vault, survivor_id: UUID, merged_id: UUID, coverage_ids: Sequence[UUID], act: Act
) -> None:
    """Take along what the survivor's document says of cards that were issued meanwhile."""
    issued = await identity_store.issued(tx, coverage_ids)
    if not issued:
        return
    fields = [kpj.field(card.coverage_id, card.issued_on) for card in issued]
    purpose = "cards go with the memberships of an entry that was merged wrongly"
    known = await vault.open_all(tx, [survivor_id], actor=act.actor, purpose=purpose)
    moved = {name: known[survivor_id][name] for name in fields if name in known.get(survivor_id, {})}
    if moved:
        changes = {survivor_id: dict.fromkeys(moved), merged_id: moved}
        await vault.change_all(tx, changes, actor=act.actor, purpose=purpose)
