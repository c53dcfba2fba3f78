"""Days on which a membership is not in force although it is paid; only a reinstatement ends them.

What a reinstatement says is simple on purpose, so that every reader of the facts comes to the same days: every
suspension told before it ends by that day. A suspension that is told late, with both its days, is therefore followed by
those after it once more.
"""

from dataclasses import replace
from datetime import date
from uuid import UUID

from services.enrollment.domain.commands import Reinstate, Suspend
from services.enrollment.domain.events import CoverageReinstated, CoverageSuspended, Event
from services.enrollment.domain.model import Membership, Suspension, Worker
from services.enrollment.domain.refusals import Rejected, standing


def suspend(worker: Worker | None, command: Suspend) -> list[Event]:
    held = standing(worker, command.coverage_id)
    wanted = Suspension(command.suspended_from, command.suspended_until, command.reason)
    if wanted in held.suspensions:
        return []
    if wanted.end <= wanted.suspended_from:
        raise Rejected(
            "suspension_reversed",
            "Penangguhan berakhir sebelum dimulai. Periksa kedua tanggalnya.",
            "The suspension ends before it begins. Check both dates.",
        )
    covering = [period for period in held.periods if not period.void]
    if not covering or not (
        min(period.covered_from for period in covering)
        <= wanted.suspended_from
        < max(period.end for period in covering)
    ):
        raise Rejected(
            "suspension_outside_cover",
            "Penangguhan harus dimulai pada hari di antara awal dan akhir perlindungan. Periksa tanggalnya.",
            "A suspension begins on a day between the first and the last of the cover. Check the date.",
        )
    if any(s.suspended_from < wanted.end and wanted.suspended_from < s.end for s in held.suspensions):
        raise Rejected(
            "suspended_already",
            "Kepesertaan ini sudah ditangguhkan pada hari-hari itu. Aktifkan kembali dahulu, atau pilih hari lain.",
            "This membership is suspended on those days already. Reinstate it first, or choose other days.",
        )
    later = sorted((s for s in held.suspensions if s.suspended_from >= wanted.end), key=lambda s: s.suspended_from)
    return [event for suspension in (wanted, *later) for event in _told(command.coverage_id, suspension)]


def carried_over(held: Membership, begun_id: UUID, covered_from: date) -> list[Event]:
    """Let what suspends a membership suspend the one that goes on from it, on the days that this one covers or later.

    A payment is no reinstatement.
    """
    reaching = sorted((s for s in held.suspensions if s.end > covered_from), key=lambda s: s.suspended_from)
    carried = (replace(s, suspended_from=max(s.suspended_from, covered_from)) for s in reaching)
    return [event for suspension in carried for event in _told(begun_id, suspension)]


def _told(coverage_id: UUID, suspension: Suspension) -> list[Event]:
    told: list[Event] = [CoverageSuspended(coverage_id, suspension.suspended_from, suspension.reason)]
    if suspension.suspended_until is not None:
        told.append(CoverageReinstated(coverage_id, suspension.suspended_until))
    return told


def reinstate(worker: Worker | None, command: Reinstate) -> list[Event]:
    held = standing(worker, command.coverage_id)
    if any(suspension.end > command.reinstated_from for suspension in held.suspensions):
        return [CoverageReinstated(command.coverage_id, command.reinstated_from)]
    if any(suspension.end == command.reinstated_from for suspension in held.suspensions):
        return []
    raise Rejected(
        "not_suspended",
        "Kepesertaan ini tidak ditangguhkan pada tanggal itu atau sesudahnya. Periksa tanggalnya.",
        "This membership is not suspended on that day or later. Check the date.",
    )


def suspended(worker: Worker, event: CoverageSuspended) -> Worker:
    held = worker.membership(event.coverage_id)
    added = Suspension(event.suspended_from, None, event.reason)
    return worker.having(replace(held, suspensions=(*held.suspensions, added)))


def reinstated(worker: Worker, event: CoverageReinstated) -> Worker:
    held = worker.membership(event.coverage_id)
    day = event.reinstated_from
    kept = tuple(
        suspension if suspension.end <= day else replace(suspension, suspended_until=day)
        for suspension in held.suspensions
        if suspension.suspended_from < day
    )
    return worker.having(replace(held, suspensions=kept))
