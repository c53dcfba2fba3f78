"""Where a worker lives, and what follows when two entries turn out to be one person, or not to be one after all.

    merged  --all memberships, as they stand-->  survivor          later commands under either go to the survivor
    merged  <--those of them, as they stand----  survivor          when the merge is taken back

Nothing is decided about cover by this: what one cohort or two pay twice for one person is told as double funding, its
places stay taken, and a person voids or corrects what is too much. Of two days of death none is chosen: the wrong one
is reversed first. A day of death that only the merged entry has becomes the survivor's, and goes back with it.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import reduce
from uuid import UUID

from services.enrollment.domain import deaths, double_funding, due
from services.enrollment.domain.commands import Relocate
from services.enrollment.domain.events import (
    DoubleFundingDecided,
    Event,
    WorkerDeathReversed,
    WorkerDeceased,
    WorkerMergedInto,
    WorkerRelocated,
    WorkersMerged,
    WorkersUnmerged,
)
from services.enrollment.domain.model import Membership, Relocation, Worker
from services.enrollment.domain.refusals import Rejected, known, refuse_erased


def relocate(worker: Worker | None, command: Relocate) -> list[Event]:
    worker = known(worker)
    if Relocation(command.moved_on, command.village_code) in worker.relocations:
        return []
    if command.moved_on > command.today:
        raise Rejected(
            "relocation_in_future",
            "Tanggal pindah berada di masa depan. Catat perpindahan setelah terjadi.",
            "The day of the move lies in the future. Record the move once it has happened.",
        )
    if worker.died_on is not None and command.moved_on > worker.died_on:
        raise Rejected(
            "relocation_after_death",
            "Orang ini tercatat meninggal sebelum tanggal pindah itu. Periksa kedua tanggalnya.",
            "This person is recorded as having died before that move. Check both dates.",
        )
    return [WorkerRelocated(command.village_code, command.moved_on)]


def relocated(worker: Worker, event: WorkerRelocated) -> Worker:
    kept = (move for move in worker.relocations if move.moved_on != event.moved_on)
    moves = (*kept, Relocation(event.moved_on, event.village_code))
    return replace(worker, relocations=tuple(sorted(moves, key=lambda move: move.moved_on)))


def merge(survivor: Worker | None, merged: Worker | None, today: date) -> tuple[list[Event], list[Event]]:
    """Say what happens to the survivor, and to the entry that is merged into it."""
    survivor, merged = known(survivor), known(merged)
    for one in (survivor, merged):
        refuse_erased(one)
        refuse_merged(one)
    if survivor.worker_id == merged.worker_id:
        raise Rejected(
            "merge_with_itself",
            "Kedua nomor adalah orang yang sama. Pilih dua catatan yang berbeda.",
            "Both ids are the same entry. Choose two different ones.",
        )
    if survivor.died_on and merged.died_on and survivor.died_on != merged.died_on:
        raise Rejected(
            "merge_deaths_differ",
            "Kedua catatan memuat tanggal kematian yang berbeda. Batalkan tanggal yang keliru dahulu, lalu gabungkan.",
            "The two entries have different days of death. Reverse the wrong one first, then merge.",
        )
    brought = tuple(_held_by(membership, merged, survivor, today) for membership in merged.memberships)
    joined = WorkersMerged(merged.worker_id, brought, merged.relocations)
    events: list[Event] = [joined]
    if merged.died_on is not None and survivor.died_on is None:
        died = WorkerDeceased(merged.died_on, merged.death_claim_id)
        events += [died, *deaths.ends(survivor.memberships, merged.died_on)]
    elif survivor.died_on is not None and merged.died_on is None:
        events += deaths.ends(brought, survivor.died_on)
    holder = replace(merged_into_this(survivor, joined), died_on=survivor.died_on or merged.died_on)
    events += double_funding.found(holder, today)
    return events, [WorkerMergedInto(survivor.worker_id)]


def unmerge(
    survivor: Worker,
    merged: Worker,
    coverage_ids: Iterable[UUID],
    today: date,
    *,
    reverses_death: bool,
) -> tuple[list[Event], list[Event]]:
    """Say what happens to both when they were two people after all; `coverage_ids` go back as they stand.

    With `reverses_death` the survivor's day of death was the merged one's alone.
    """
    refuse_erased(survivor)
    wanted = set(coverage_ids)
    left = tuple(m.coverage_id for m in survivor.memberships if m.coverage_id in wanted)
    of_two = _of_two_people(survivor, frozenset(left))
    decided = reduce(double_funding.decided, of_two, survivor)
    leaving = tuple(m for m in decided.memberships if m.coverage_id in wanted)
    back = replace(merged, died_on=None if merged.died_on is None else survivor.died_on)
    coverages = tuple(_held_by(membership, survivor, back, today) for membership in leaving)
    of_merged = [*_death_as_known_now(survivor, merged, today), WorkersUnmerged(survivor.worker_id, (), coverages)]
    events: list[Event] = [*of_two, WorkersUnmerged(merged.worker_id, left, ())]
    if reverses_death and survivor.died_on is not None:
        events.append(WorkerDeathReversed(today))
    return events, of_merged


def merged_into_this(worker: Worker, event: WorkersMerged) -> Worker:
    return replace(worker, memberships=(*worker.memberships, *event.memberships))


def merged_away(worker: Worker, event: WorkerMergedInto) -> Worker:
    return replace(worker, memberships=(), merged_into=event.survivor_id)


def unmerged(worker: Worker, event: WorkersUnmerged) -> Worker:
    kept = tuple(m for m in worker.memberships if m.coverage_id not in event.left)
    return replace(worker, memberships=(*kept, *event.memberships), merged_into=None)


def refuse_merged(worker: Worker | None) -> None:
    """Send whoever asks for an entry that was merged away to the survivor."""
    if worker is not None and worker.merged_into is not None:
        raise Rejected(
            "worker_merged",
            f"Catatan ini digabungkan ke {worker.merged_into}. Kirim kembali untuk nomor itu.",
            f"This entry was merged into {worker.merged_into}. Send it again for that id.",
        )


def _held_by(membership: Membership, before: Worker, after: Worker, today: date) -> Membership:
    """Give the membership as it stands with another holder: whether that one lives says what is still due."""
    if before.died_on is None and after.died_on is not None:
        return due.without_reminders(before, membership, after.died_on)
    if before.died_on is not None and after.died_on is None:
        return due.again(membership, today)
    return membership


def _death_as_known_now(survivor: Worker, merged: Worker, today: date) -> list[Event]:
    """Of a death known before the merge, tell what became of it under the survivor since."""
    if merged.died_on is None or survivor.death == merged.death:
        return []
    told: list[Event] = [] if survivor.died_on == merged.died_on else [WorkerDeathReversed(today)]
    if survivor.died_on is not None:
        told.append(WorkerDeceased(survivor.died_on, survivor.death_claim_id))
    return told


def _of_two_people(survivor: Worker, left: frozenset[UUID]) -> list[DoubleFundingDecided]:
    """What was found to be paid twice for one person was paid for two."""
    return [
        DoubleFundingDecided(finding.finding_id, "justified")
        for membership in survivor.memberships
        for finding in membership.findings
        if finding.outcome is None and len(left.intersection(finding.coverage_ids)) == 1
    ]
