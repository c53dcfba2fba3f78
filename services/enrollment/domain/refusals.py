"""What a broken rule says, and the refusals that several commands share."""

from datetime import date
from uuid import UUID

from services.enrollment.domain.model import Membership, Worker


class Rejected(Exception):
    """A rule says no: a stable code, and a sentence in Indonesian and English that says how to mend it."""

    def __init__(self, code: str, indonesian: str, english: str) -> None:
        super().__init__(code, indonesian, english)
        self.code, self.indonesian, self.english = code, indonesian, english


class NotKnown(Rejected):
    """What the command is about does not exist."""


def worker_not_known() -> NotKnown:
    return NotKnown(
        "worker_not_registered",
        "Orang ini belum terdaftar. Daftarkan dahulu melalui kelompoknya.",
        "This person is not in the register. Enroll the person through their cohort first.",
    )


def coverage_not_known() -> NotKnown:
    return NotKnown(
        "coverage_not_known",
        "Kepesertaan ini tidak dikenal. Periksa nomornya.",
        "This membership is not known. Check its id.",
    )


def known(worker: Worker | None) -> Worker:
    if worker is None:
        raise worker_not_known()
    return worker


def membership_of(worker: Worker | None, coverage_id: UUID) -> Membership:
    for membership in worker.memberships if worker else ():
        if membership.coverage_id == coverage_id:
            return membership
    raise coverage_not_known()


def standing(worker: Worker | None, coverage_id: UUID) -> Membership:
    """Give the membership, unless it was entered in error."""
    membership = membership_of(worker, coverage_id)
    if membership.voided:
        raise Rejected(
            "coverage_voided",
            "Kepesertaan ini sudah dibatalkan sebagai salah catat. Daftarkan orang ini kembali melalui kelompoknya.",
            "This membership was voided as entered in error. Enroll the person anew through their cohort.",
        )
    return membership


def refuse_the_dead(worker: Worker | None) -> None:
    if worker is not None and worker.died_on is not None:
        raise Rejected(
            "worker_deceased",
            "Orang ini tercatat sudah meninggal. Jika catatan itu keliru, batalkan kematiannya dahulu.",
            "This person is recorded as deceased. If that is wrong, reverse the death first.",
        )


def refuse_erased(worker: Worker | None) -> None:
    if worker is not None and worker.erased:
        raise Rejected(
            "worker_erased",
            "Data orang ini sudah dihapus, jadi tidak ada lagi yang diubah padanya. Jika orangnya datang lagi, "
            "daftarkan dengan NIK-nya sebagai orang baru.",
            "This person was erased, so nothing about them is changed any more. If the person comes again, enroll them "
            "by their NIK as somebody new.",
        )


def refuse_future_payment(paid_on: date, today: date) -> None:
    if paid_on > today:
        raise Rejected(
            "payment_in_future",
            "Tanggal pembayaran berada di masa depan. Periksa tanggalnya.",
            "The day of the payment lies in the future. Check the date.",
        )
