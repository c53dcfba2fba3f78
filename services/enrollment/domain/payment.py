"""What self-payers pay: months that join the cover without a gap, arrears, and new cover after inactivation."""

from datetime import date

from services.enrollment.domain.commands import Pay
from services.enrollment.domain.coverage import paid
from services.enrollment.domain.events import CoverageRenewed, CoverageStarted, Event
from services.enrollment.domain.model import OPEN, Membership, Period, Worker
from services.enrollment.domain.months import after_months, months_on
from services.enrollment.domain.refusals import Rejected, known, refuse_future_payment, refuse_the_dead, standing
from services.enrollment.domain.suspension import carried_over

PREPAID_MONTHS_MAX = 24
"""Nobody pays further ahead than this; who seems to, meant another number or another day."""


def pay(worker: Worker | None, command: Pay) -> list[Event]:
    worker = known(worker)
    held = standing(worker, command.coverage_id)
    last = _payable(held)
    refuse_future_payment(command.paid_on, command.today)
    after_death = worker.died_on is not None and command.paid_on > worker.died_on
    if after_death:
        _refuse_beyond_the_death(worker, held, command)
    if _goes_on_elsewhere(worker, last):
        raise Rejected(
            "continued_elsewhere",
            "Kepesertaan ini sudah dilanjutkan oleh kepesertaan baru pembayar yang sama. Catat pembayarannya di sana.",
            "A newer membership of the same payer continues this one. Record the payment there.",
        )
    grace_until = last.grace_until or last.end
    run_from = run_began(held, last)
    in_time = after_death or command.paid_on < grace_until
    if in_time:
        covered_from, covered_until = last.end, months_on(run_from, last.end, command.months)
    else:
        run_from = covered_from = command.paid_on
        covered_until = after_months(covered_from, command.months)
    if covered_until > after_months(command.paid_on, PREPAID_MONTHS_MAX):
        raise Rejected(
            "paid_too_far_ahead",
            f"Pembayaran ini menjangkau lebih dari {PREPAID_MONTHS_MAX} bulan ke depan. Periksa jumlah bulannya.",
            f"This payment reaches more than {PREPAID_MONTHS_MAX} months ahead. Check the number of months.",
        )
    period = paid(
        last.cohort,
        covered_from,
        covered_until,
        paid_on=command.paid_on,
        activity=held.activity,
        run_from=run_from,
    )
    if not in_time and command.begins_anew:
        begun = CoverageStarted(command.begun_id, held.village_code, period, command.today)
        return [begun, *carried_over(held, command.begun_id, covered_from)]
    return [CoverageRenewed(held.coverage_id, held.village_code, period, command.today)]


def months_owed(membership: Membership, day: date) -> tuple[date, ...]:
    """Give the first day of each month in arrears, begun ones too; arrears before an inactivation are not charged."""
    last = membership.last
    if last is None or last.grace_until is None or not last.end <= day < last.grace_until:
        return ()
    owed, run_from = [last.end], run_began(membership, last)
    while (following := months_on(run_from, last.end, len(owed))) <= day:
        owed.append(following)
    return tuple(owed)


def _refuse_beyond_the_death(worker: Worker, held: Membership, command: Pay) -> None:
    """Let the heirs settle the arrears of whoever died in grace, at any time: what is owed up to the death, no more."""
    owed = months_owed(held, worker.died_on) if worker.died_on is not None else ()
    if not owed:
        refuse_the_dead(worker)
    if command.months > len(owed):
        raise Rejected(
            "paid_beyond_the_death",
            f"Orang ini sudah meninggal. Hanya tunggakan sampai bulan kematian dapat dilunasi: {len(owed)} bulan.",
            f"This person died. Only the arrears up to the month of the death can be settled: {len(owed)} months.",
        )


def run_began(membership: Membership, last: Period) -> date:
    """Tell where the unbroken cover began that ends with this period."""
    began = last.covered_from
    for period in sorted(membership.periods, key=lambda p: p.covered_from, reverse=True):
        if not period.void and period.end == began:
            began = period.covered_from
    return began


def _payable(held: Membership) -> Period:
    last = held.last
    if last is None or last.cohort.funding != "SELF":
        raise Rejected(
            "not_self_paid",
            "Kepesertaan ini tidak dibayar sendiri. Perpanjang melalui kelompok yang membayarnya.",
            "This membership is not self-paid. Have it renewed by a cohort that pays for it.",
        )
    if last.end == OPEN:
        raise Rejected(
            "no_agreed_end",
            "Perlindungan ini tanpa akhir yang disepakati, jadi tidak dibayar per bulan. Koreksi masanya dahulu.",
            "This cover has no agreed end, so it is not paid by the month. Correct its period first.",
        )
    if any(period.cut_at is not None and period.cut_at >= last.end for period in held.periods):
        raise Rejected(
            "membership_terminated",
            "Kepesertaan ini sudah dihentikan. Daftarkan orang ini kembali melalui kelompoknya.",
            "This membership was terminated. Enroll the person anew through a cohort.",
        )
    return last


def _goes_on_elsewhere(worker: Worker, last: Period) -> bool:
    return any(
        period.cohort.cohort_id == last.cohort.cohort_id and not period.void and period.covered_from >= last.end
        for membership in worker.memberships
        for period in membership.periods
    )
