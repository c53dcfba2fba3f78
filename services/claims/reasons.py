"""Why a claim waits, is reduced or is denied: a stable code, and a sentence for the family in two languages."""

from dataclasses import dataclass
from datetime import date

MONTHS = (
    *("Januari", "Februari", "Maret", "April", "Mei", "Juni"),
    *("Juli", "Agustus", "September", "Oktober", "November", "Desember"),
)
MONTHS_ENGLISH = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Reason:
    """A code that never changes, and what it means in words."""

    code: str
    indonesian: str
    english: str


def not_covered(programme: str, incident_on: date, last_covered_day: date | None) -> Reason:
    before, before_english = "", ""
    if last_covered_day is not None:
        before = f" Perlindungan sebelumnya berakhir pada {_tanggal(last_covered_day)}."
        before_english = f" The cover before it ended on {_day(last_covered_day)}."
    return Reason(
        "NOT_COVERED_AT_INCIDENT",
        f"Tidak ada perlindungan {programme} yang berlaku pada {_tanggal(incident_on)}.{before}",
        f"No {programme} cover was in force on {_day(incident_on)}.{before_english}",
    )


def young_membership(months: int, member_since: date, law: str) -> Reason:
    return Reason(
        "MEMBERSHIP_LT_3_MONTHS",
        f"Kepesertaan yang dimulai {_tanggal(member_since)} belum genap {months} bulan pada tanggal kejadian, sehingga"
        f" santunan kematian dan santunan berkala tidak dibayarkan untuk kepesertaan itu ({law}).",
        f"The membership that began on {_day(member_since)} was younger than {months} months on the day of the"
        f" incident, so it gives no death benefit and no periodic benefit ({law}).",
    )


def duplicate(paid_claim_id: object) -> Reason:
    return Reason(
        "DUPLICATE_CLAIM",
        f"Kematian pekerja ini sudah disetujui dalam klaim {paid_claim_id}; satu kematian dibayar satu kali.",
        f"The death of this worker was already approved in claim {paid_claim_id}; a death is paid once.",
    )


def time_barred(programme: str, years: int, law: str) -> Reason:
    return Reason(
        "TIME_BARRED",
        f"Klaim {programme} dilaporkan lebih dari {years} tahun setelah kejadian, sehingga haknya gugur ({law}).",
        f"The {programme} claim was reported more than {years} years after the incident, so the right lapsed ({law}).",
    )


WORKER_UNKNOWN = Reason(
    "WORKER_UNKNOWN",
    "Pekerja dengan worker_id ini belum dikenal. Periksa worker_id di layanan kepesertaan; klaim berlanjut sendiri"
    " begitu data pekerja diterima.",
    "The worker with this worker_id is not known. Check the worker_id at enrollment; the claim goes on by itself as"
    " soon as the worker's facts arrive.",
)


def _tanggal(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _day(day: date) -> str:
    return f"{day.day} {MONTHS_ENGLISH[day.month - 1]} {day.year}"
