"""What a worker's death does to cover, and how it is taken back."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from services.enrollment.domain import due
from services.enrollment.domain.commands import RegisterDeath, ReverseDeath
from services.enrollment.domain.events import CoverageTerminated, Event, WorkerDeathReversed, WorkerDeceased
from services.enrollment.domain.model import Membership, Worker
from services.enrollment.domain.refusals import Rejected, known

_DAY = timedelta(days=1)


def register(worker: Worker | None, command: RegisterDeath) -> list[Event]:
    worker = known(worker)
    claim_takes_over = command.claim_id is not None and worker.death_claim_id is None
    if worker.died_on is not None and not claim_takes_over:
        if worker.died_on == command.died_on or command.claim_id is not None:
            return []
        raise Rejected(
            "death_recorded_otherwise",
            "Kematian orang ini sudah tercatat dengan tanggal lain. Batalkan catatan itu dahulu, lalu catat kembali.",
            "This person's death is recorded with another date. Reverse that record first, then record it anew.",
        )
    if command.died_on > command.today:
        raise Rejected(
            "death_in_future",
            "Tanggal kematian berada di masa depan. Periksa tanggalnya.",
            "The date of death lies in the future. Check the date.",
        )
    deceased = WorkerDeceased(command.died_on, command.claim_id)
    if worker.died_on == command.died_on:
        return [deceased]
    ended = ends(worker.memberships, command.died_on)
    if worker.died_on is not None:  # the ends that the other day of death put to cover are taken back first
        return [WorkerDeathReversed(command.today), deceased, *ended]
    return [deceased, *ended]


def ends(memberships: Iterable[Membership], died_on: date) -> list[Event]:
    """Tell which memberships end by the death, because they would have gone on."""
    day_after = died_on + _DAY
    return [
        CoverageTerminated(membership.coverage_id, day_after, "deceased")
        for membership in memberships
        if membership.last is not None and membership.last.end > day_after
    ]


def reverse(worker: Worker | None, command: ReverseDeath) -> list[Event]:
    worker = known(worker)
    if command.claim_id is not None and worker.death_claim_id != command.claim_id:
        return []
    if worker.died_on is None:
        raise Rejected(
            "death_not_recorded",
            "Tidak ada kematian yang tercatat untuk orang ini, jadi tidak ada yang dibatalkan.",
            "No death of this person is recorded, so there is nothing to reverse.",
        )
    if command.claim_id is None and worker.death_claim_id is not None:
        raise Rejected(
            "death_established_by_claim",
            "Kematian orang ini ditetapkan oleh sebuah klaim. Jika keliru, tarik kembali kematian itu pada klaimnya.",
            "A claim established this person's death. If that is wrong, have the death retracted at the claim.",
        )
    return [WorkerDeathReversed(command.today)]


def died(worker: Worker, event: WorkerDeceased) -> Worker:
    memberships = tuple(due.without_reminders(worker, membership, event.died_on) for membership in worker.memberships)
    return replace(worker, memberships=memberships, died_on=event.died_on, death_claim_id=event.claim_id)


def alive(worker: Worker, event: WorkerDeathReversed) -> Worker:
    memberships = tuple(due.again(membership, event.known_on) for membership in worker.memberships)
    return replace(worker, memberships=memberships, died_on=None, death_claim_id=None)
