"""How cover begins, goes on, ends early, is corrected, and is taken back where it was entered in error."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from services.enrollment.domain import due
from services.enrollment.domain.commands import Correct, Enroll, Renew, Terminate, Void
from services.enrollment.domain.events import (
    CoverageCorrected,
    CoverageRenewed,
    CoverageStarted,
    CoverageTerminated,
    CoverageVoided,
    Event,
    WorkerRegistered,
)
from services.enrollment.domain.model import OPEN, Activity, Cohort, Membership, Period, Worker
from services.enrollment.domain.months import after_months, months_on
from services.enrollment.domain.refusals import (
    Rejected,
    known,
    membership_of,
    refuse_future_payment,
    refuse_the_dead,
    standing,
)

_DAY = timedelta(days=1)


def enroll(worker: Worker | None, command: Enroll) -> list[Event]:
    cohort = command.cohort
    if worker is not None and _paid_by(worker, cohort.cohort_id):
        return []
    refuse_the_dead(worker)
    if command.paid_on is not None:
        refuse_future_payment(command.paid_on, command.today)
    covered_from = _first_day(cohort, command.covered_from)
    covered_until = cohort.covered_until
    if command.paid_months is not None and cohort.funding == "SELF":
        covered_until = after_months(covered_from, command.paid_months)
        _refuse_beyond(cohort, covered_until)
    period = paid(cohort, covered_from, covered_until, paid_on=command.paid_on, activity=command.activity)
    started = CoverageStarted(command.coverage_id, command.village_code, period, command.today)
    if worker is None:
        return [WorkerRegistered(command.worker_id, command.village_code), started]
    return [started]


def renew(worker: Worker | None, command: Renew) -> list[Event]:
    cohort = command.cohort
    worker = known(worker)
    if _paid_by(worker, cohort.cohort_id):
        return []
    refuse_the_dead(worker)
    held = [m for m in worker.memberships if m.segment == cohort.segment and m.last is not None]
    if not held:
        raise Rejected(
            "no_membership_of_segment",
            "Orang ini tidak mempunyai kepesertaan pada segmen ini. Daftarkan sebagai peserta baru kelompok ini.",
            "This person holds no membership of this segment. Enroll the person into this cohort instead.",
        )
    period = paid(cohort, _first_day(cohort, command.covered_from), cohort.covered_until)
    free = [membership for membership in held if not _overlaps(period, membership.periods)]
    if not free:
        raise Rejected(
            "renewal_overlaps",
            "Masa perpanjangan tumpang tindih dengan masa yang sudah dibayar. Periksa tanggal kelompok, atau koreksi "
            "masa yang lama terlebih dahulu.",
            "The renewal overlaps a period that is paid already. Check the cohort's dates, or correct the earlier "
            "period first.",
        )
    chosen = max(free, key=lambda m: _renewal_preference(m, cohort))
    period = replace(period, activity=chosen.activity)
    village_code = worker.village_on(period.covered_from, chosen.village_code)
    return [CoverageRenewed(chosen.coverage_id, village_code, period, command.today)]


def _first_day(cohort: Cohort, wished: date | None) -> date:
    covered_from = wished or cohort.covered_from
    if not cohort.covered_from <= covered_from < (cohort.covered_until or OPEN):
        raise Rejected(
            "covered_from_outside_cohort",
            "Tanggal mulai di luar masa perlindungan kelompok ini. Kosongkan, atau isi tanggal di dalam masa itu.",
            "The first day lies outside this cohort's cover. Leave it empty, or give a day within that cover.",
        )
    return covered_from


def _refuse_beyond(cohort: Cohort, covered_until: date) -> None:
    if covered_until > (cohort.covered_until or OPEN):
        raise Rejected(
            "paid_beyond_cohort",
            "Bulan yang dibayar melewati akhir masa perlindungan kelompok ini. Kurangi jumlah bulannya, atau pakai "
            "kelompok lain.",
            "The months that were paid reach beyond the end of this cohort's cover. Lower their number, or use another "
            "cohort.",
        )


def paid(
    cohort: Cohort,
    covered_from: date,
    covered_until: date | None,
    *,
    paid_on: date | None = None,
    activity: Activity | None = None,
    run_from: date | None = None,
) -> Period:
    """Make a period with the grace that follows it; `run_from` is where the unbroken run began that it goes on with."""
    grace_until = None
    if cohort.grace_months is not None and covered_until is not None and covered_from < covered_until:
        grace_until = months_on(run_from or covered_from, covered_until, cohort.grace_months)
    return Period(cohort, covered_from, covered_until, None, grace_until, paid_on, activity)


def _renewal_preference(membership: Membership, cohort: Cohort) -> tuple[bool, date, UUID]:
    """Of several memberships that of the same funding goes on, then the one that ends last."""
    last = membership.last
    if last is None:
        msg = "a membership without cover is not renewed"
        raise AssertionError(msg)
    return last.cohort.funding == cohort.funding, last.end, membership.coverage_id


def terminate(worker: Worker | None, command: Terminate) -> list[Event]:
    held = standing(worker, command.coverage_id)
    covering = [period for period in held.periods if not period.void]
    if any(period.cut_at == command.covered_until for period in held.periods) and all(
        period.end <= command.covered_until for period in covering
    ):
        return []
    if not covering or command.covered_until <= min(period.covered_from for period in covering):
        raise Rejected(
            "ends_before_it_begins",
            "Perlindungan tidak dapat berakhir sebelum dimulai. Jika seluruhnya keliru, pakai koreksi.",
            "Cover cannot end before it begins. If all of it was wrong, use a correction.",
        )
    death = worker.died_on if worker else None
    if command.covered_until >= min(max(period.end for period in covering), death + _DAY if death else OPEN):
        raise Rejected(
            "ended_already",
            "Perlindungan sudah berakhir pada atau sebelum tanggal itu. Periksa hari terakhir yang dilindungi.",
            "The cover ends on or before that day already. Check the last covered day.",
        )
    return [CoverageTerminated(command.coverage_id, command.covered_until, command.reason)]


def correct(worker: Worker | None, command: Correct) -> list[Event]:
    held = standing(worker, command.coverage_id)
    wrong = [period for period in held.periods if period.cohort.cohort_id == command.cohort_id]
    if not wrong:
        raise Rejected(
            "cohort_pays_nothing_here",
            "Kelompok ini tidak membayar masa apa pun dalam kepesertaan ini. Periksa kelompok yang dimaksud.",
            "This cohort pays no period of this membership. Check which cohort is meant.",
        )
    if (command.covered_until or OPEN) < command.covered_from:
        raise Rejected(
            "period_reversed",
            "Masa perlindungan berakhir sebelum dimulai. Periksa kedua tanggalnya.",
            "The period ends before it begins. Check both dates.",
        )
    latest = max(wrong, key=lambda period: period.covered_from)
    right = paid(
        latest.cohort,
        command.covered_from,
        command.covered_until,
        paid_on=latest.paid_on,
        activity=latest.activity,
    )
    if [right] == wrong:
        return []
    if not right.void and _overlaps(right, [period for period in held.periods if period not in wrong]):
        raise Rejected(
            "correction_overlaps",
            "Masa yang dikoreksi tumpang tindih dengan masa lain dalam kepesertaan ini. Koreksi masa lain itu dahulu.",
            "The corrected period overlaps another one of this membership. Correct that one first.",
        )
    return [CoverageCorrected(held.coverage_id, held.village_code, right, command.today)]


def begun(worker: Worker, event: CoverageStarted) -> Worker:
    """Add the membership; without `replace`, which costs a tenth of an import."""
    period = event.period
    due_on = due.first_day(worker.died_on, period, event.known_on)
    begun = Membership(event.coverage_id, period.cohort.segment, event.village_code, periods=(period,), due_on=due_on)
    memberships = (*worker.memberships, begun)
    return Worker(
        worker.worker_id,
        worker.village_code,
        memberships,
        worker.died_on,
        worker.death_claim_id,
        worker.relocations,
        worker.merged_into,
        worker.erased,
    )


def void(worker: Worker | None, command: Void) -> list[Event]:
    held = membership_of(worker, command.coverage_id)
    return [] if held.voided else [CoverageVoided(command.coverage_id, command.reason)]


def renewed(worker: Worker, event: CoverageRenewed) -> Worker:
    held = worker.membership(event.coverage_id)
    after = replace(held, periods=(*held.periods, event.period))
    return worker.having(due.scheduled(worker, held, after, event.known_on))


def corrected(worker: Worker, event: CoverageCorrected) -> Worker:
    held = worker.membership(event.coverage_id)
    kept = tuple(p for p in held.periods if p.cohort.cohort_id != event.period.cohort.cohort_id)
    after = replace(held, periods=(*kept, event.period))
    return worker.having(due.scheduled(worker, held, after, event.known_on))


def terminated(worker: Worker, event: CoverageTerminated) -> Worker:
    """Take `covered_until` and later days from every period; this announces the new end."""
    if event.reason == "deceased":
        return worker  # the death itself is the state
    held = worker.membership(event.coverage_id)
    return worker.having(
        replace(
            held,
            periods=tuple(_cut_period(period, event.covered_until) for period in held.periods),
            announced_until=max(held.announced_until or date.min, event.covered_until),
            inactivated_until=max(held.inactivated_until or date.min, event.covered_until),
            due_on=None,
            resumes=due.stopped(worker, held),
        )
    )


def _cut_period(period: Period, covered_until: date) -> Period:
    """What was agreed beyond the cut is kept only of a period that is void now, which still takes its place."""
    if period.end <= covered_until:
        return replace(period, grace_until=period.grace_until and min(period.grace_until, covered_until))
    if covered_until <= period.covered_from:
        return replace(period, cut_at=covered_until, grace_until=None)
    return replace(period, covered_until=covered_until, cut_at=covered_until, grace_until=None)


def voided(worker: Worker, event: CoverageVoided) -> Worker:
    """Leave of every period that it never was."""
    held = worker.membership(event.coverage_id)
    periods = tuple(
        replace(period, covered_until=period.covered_from, cut_at=None, grace_until=None) for period in held.periods
    )
    return worker.having(replace(held, periods=periods, voided=True, due_on=None))


def _paid_by(worker: Worker, cohort_id: UUID) -> bool:
    return any(period.cohort.cohort_id == cohort_id for m in worker.memberships if not m.voided for period in m.periods)


def _overlaps(period: Period, others: tuple[Period, ...] | list[Period]) -> bool:
    return any(
        other.covered_from < period.end and period.covered_from < other.end for other in others if not other.void
    )
