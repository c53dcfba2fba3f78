"""Why a claim waits, is reduced or is denied: a stable code, and a sentence for the family in two languages."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

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


# --- Denied -----------------------------------------------------------------------------------------------------------


def not_covered(programme: str, incident_on: date, last_covered_day: date | None) -> Reason:
    before, before_english = "", ""
    if last_covered_day is not None:
        before = f" Perlindungan sebelumnya berakhir pada {tanggal(last_covered_day)}."
        before_english = f" The cover before it ended on {day(last_covered_day)}."
    return Reason(
        "NOT_COVERED_AT_INCIDENT",
        f"Tidak ada perlindungan {programme} yang berlaku pada {tanggal(incident_on)}.{before}",
        f"No {programme} cover was in force on {day(incident_on)}.{before_english}",
    )


def suspended(programme: str, incident_on: date) -> Reason:
    return Reason(
        "SUSPENDED_AT_INCIDENT",
        f"Perlindungan {programme} sedang ditangguhkan pada {tanggal(incident_on)}. Bila penangguhan itu keliru,"
        " mintalah layanan kepesertaan memulihkannya sejak hari tersebut; klaim ini lalu dapat diputuskan lagi.",
        f"The {programme} cover was suspended on {day(incident_on)}. If that was a mistake, ask the enrollment office"
        " to reinstate it from that day; this claim can then be decided again.",
    )


def arrears_unsettled(programme: str, incident_on: date, until: date | None) -> Reason:
    """Say that only settled arrears would cover; `until` is the first day on which they cannot be settled any more."""
    term = f" paling lambat {tanggal(until - timedelta(days=1))}" if until else ""
    term_english = f" by {day(until - timedelta(days=1))} at the latest" if until else ""
    return Reason(
        "ARREARS_UNSETTLED",
        f"Pada {tanggal(incident_on)} iuran {programme} menunggak, masih dalam masa tenggang. Klaim hanya dapat dibayar"
        f" bila tunggakan dilunasi{term}.",
        f"On {day(incident_on)} the {programme} contributions were in arrears, within their grace. The claim can be"
        f" paid only if the arrears are settled{term_english}.",
    )


def duplicate(paid_claim_id: object) -> Reason:
    return Reason(
        "DUPLICATE_CLAIM",
        f"Kematian atau kecelakaan ini sudah disetujui dalam klaim {paid_claim_id}; satu kejadian dibayar satu kali.",
        f"This death or accident was already approved in claim {paid_claim_id}; an event is paid once.",
    )


def time_barred(programme: str, years: int, law: str) -> Reason:
    return Reason(
        "TIME_BARRED",
        f"Klaim {programme} dilaporkan lebih dari {years} tahun setelah kejadian, sehingga haknya gugur ({law}).",
        f"The {programme} claim was reported more than {years} years after the incident, so the right lapsed ({law}).",
    )


NOT_WORK_RELATED = Reason(
    "NOT_WORK_RELATED",
    "Kejadian ini tidak disebabkan oleh pekerjaan, sehingga JKK tidak membayarnya. Bila pekerja meninggal, klaim"
    " diteruskan sebagai JKM.",
    "Work did not cause this incident, so JKK does not pay for it. If the worker died, the claim goes on under JKM.",
)

WORK_RELATED = Reason(
    "WORK_RELATED",
    "Kematian ini ternyata disebabkan oleh pekerjaan, sehingga klaim diteruskan sebagai JKK, seperti semula.",
    "Work caused this death after all, so the claim goes on under JKK, as it began.",
)

NOTHING_GRANTED = Reason(
    "NOTHING_GRANTED",
    "Belum ada biaya, hari tidak mampu bekerja, cacat, atau kematian yang dicatat untuk kecelakaan ini, sehingga belum"
    " ada yang dapat dibayar. Lengkapi temuannya, lalu ajukan lagi.",
    "No cost, day of inability to work, disability or death is on record for this accident, so there is nothing to pay"
    " yet. Complete the findings, then apply again.",
)


# --- Reduced ----------------------------------------------------------------------------------------------------------


def young_membership(months: int, member_since: date, law: str) -> Reason:
    return Reason(
        "MEMBERSHIP_LT_3_MONTHS",
        f"Kepesertaan yang dimulai {tanggal(member_since)} belum genap {months} bulan pada tanggal kejadian, sehingga"
        f" santunan kematian dan santunan berkala tidak dibayarkan untuk kepesertaan itu ({law}).",
        f"The membership that began on {day(member_since)} was younger than {months} months on the day of the"
        f" incident, so it gives no death benefit and no periodic benefit ({law}).",
    )


def transport_over_ceiling(mode: str, mode_english: str, ceiling: str, law: str) -> Reason:
    return Reason(
        "TRANSPORT_OVER_CEILING",
        f"Biaya angkutan {mode} diganti paling banyak {ceiling} ({law}).",
        f"Transport by {mode_english} is refunded up to {ceiling} ({law}).",
    )


INABILITY_NOT_ENDED = Reason(
    "INABILITY_NOT_ENDED",
    "Santunan tidak mampu bekerja dihitung setelah hari sembuh diketahui. Catat hari sembuh itu, lalu ajukan lagi.",
    "The benefit for days of inability to work is counted once the day of recovery is known. Record that day, then"
    " apply again.",
)


def disability_unknown_code(code: str, incident_on: date) -> Reason:
    return Reason(
        "DISABILITY_UNKNOWN_CODE",
        f"Kode cacat {code} tidak ada dalam tabel yang berlaku pada {tanggal(incident_on)}, sehingga tidak dihitung."
        " Pilih kode dari tabel itu.",
        f"The table of disabilities in force on {day(incident_on)} has no code {code}, so it counts nothing. Choose a"
        " code of that table.",
    )


def disability_at_most(wages: int, law: str) -> Reason:
    return Reason(
        "DISABILITY_AT_MOST_TOTAL",
        f"Beberapa cacat sebagian bersama-sama dibayar paling banyak seperti cacat total tetap, yaitu {wages} kali upah"
        f" ({law}).",
        f"Several partial disabilities together pay at most as much as total permanent disability, {wages} wages"
        f" ({law}).",
    )


def scholarship_period_too_short(held: int, wanted: int, law: str) -> Reason:
    return Reason(
        "SCHOLARSHIP_PERIOD_TOO_SHORT",
        f"Beasiswa mensyaratkan masa iur {wanted} bulan; sampai hari kejadian tercatat {held} bulan ({law}).",
        f"A scholarship needs {wanted} months of contributions; {held} are on record up to the day of the incident"
        f" ({law}).",
    )


def scholarship_age(children: int, age: int, law: str) -> Reason:
    return Reason(
        "SCHOLARSHIP_AGE",
        f"{children} anak tidak berhak atas sebagian atau seluruh beasiswanya, karena pada hari itu sudah berusia {age}"
        f" tahun, menikah, atau bekerja ({law}).",
        f"{children} of the children have no right to a part or the whole of their scholarship: by that day they were"
        f" {age} years old, married or at work ({law}).",
    )


def scholarship_too_many_children(most: int, law: str) -> Reason:
    return Reason(
        "SCHOLARSHIP_TOO_MANY_CHILDREN",
        f"Beasiswa diberikan kepada paling banyak {most} anak; anak yang lebih tua didahulukan ({law}).",
        f"Scholarships are for at most {most} children; the elder come first ({law}).",
    )


def scholarship_years_used_up(level: str, most: int, law: str) -> Reason:
    return Reason(
        "SCHOLARSHIP_YEARS_USED_UP",
        f"Beasiswa jenjang {level} dibayar paling lama {most} tahun untuk seorang anak ({law}).",
        f"The scholarship for level {level} is paid for at most {most} years of a child ({law}).",
    )


SCHOLARSHIP_YEAR_BEFORE_INCIDENT = Reason(
    "SCHOLARSHIP_YEAR_BEFORE_INCIDENT",
    "Tahun ajaran yang sudah berakhir sebelum hari kejadian tidak dibayar beasiswanya.",
    "No scholarship is paid for a school year that was over before the day of the incident.",
)

SCHOLARSHIP_ONLY_DEATH_OR_TOTAL = Reason(
    "SCHOLARSHIP_ONLY_DEATH_OR_TOTAL",
    "Beasiswa JKK hanya diberikan bila pekerja meninggal atau cacat total tetap.",
    "JKK gives scholarships only if the worker died or is totally and permanently disabled.",
)


# --- Held -------------------------------------------------------------------------------------------------------------


def document_incomplete(documents: Iterable[tuple[str, str]]) -> Reason:
    """Name the documents that are missing, each in Indonesian and in English."""
    missing = list(documents)
    return Reason(
        "DOCUMENT_INCOMPLETE",
        f"Dokumen yang masih kurang: {'; '.join(indonesian for indonesian, _ in missing)}.",
        f"Documents still missing: {'; '.join(english for _, english in missing)}.",
    )


WORKER_UNKNOWN = Reason(
    "WORKER_UNKNOWN",
    "Pekerja dengan worker_id ini belum dikenal. Periksa worker_id di layanan kepesertaan; klaim berlanjut sendiri"
    " begitu data pekerja diterima.",
    "The worker with this worker_id is not known. Check the worker_id at enrollment; the claim goes on by itself as"
    " soon as the worker's facts arrive.",
)

PAYEES_TO_CONFIRM = Reason(
    "PAYEES_TO_CONFIRM",
    "Penerima atau rekeningnya diubah setelah keputusan. Petugas lain, yang tidak menyiapkan klaim ini, memeriksanya"
    " sebelum dibayar. Keluarga tidak perlu berbuat apa-apa.",
    "Payees or their accounts were changed after the decision. Somebody else at the office, who prepared nothing of"
    " this claim, looks at them before anything is paid. The family need not do anything.",
)

PEND_REASONS = {
    reason.code: reason
    for reason in (
        Reason(
            "HEIR_NOT_PROVEN",
            "Hubungan ahli waris dengan pekerja belum terbukti. Serahkan surat keterangan ahli waris atau penetapan"
            " pengadilan.",
            "That the heir is related to the worker is not proven yet. Bring the statement of heirs, or the finding of"
            " a court.",
        ),
        Reason(
            "HEIR_DISPUTE",
            "Para ahli waris belum sepakat tentang pembagiannya. Serahkan kesepakatan tertulis atau penetapan"
            " pengadilan.",
            "The heirs do not agree on their shares. Bring their agreement in writing, or the finding of a court.",
        ),
        Reason(
            "IDENTITY_MISMATCH",
            "Data identitas tidak cocok dengan catatan sipil. Perbaiki datanya di Dukcapil atau di layanan"
            " kepesertaan.",
            "The identity does not match the civil registry. Have it corrected at Dukcapil, or at the enrollment"
            " office.",
        ),
        Reason(
            "ILL_OR_DYING_AT_REGISTRATION",
            "Perlu diperiksa apakah pekerja sudah sakit parah ketika didaftarkan. Serahkan surat keterangan dokter.",
            "It must be looked into whether the worker was gravely ill when registered. Bring a doctor's statement.",
        ),
        Reason(
            "NO_ECONOMIC_ACTIVITY",
            "Perlu diperiksa apakah pekerja mempunyai pekerjaan ketika didaftarkan. Serahkan surat keterangan usaha"
            " atau kerja.",
            "It must be looked into whether the worker had work when registered. Bring a statement of work or trade.",
        ),
        Reason(
            "WORK_RELATION_IN_DOUBT",
            "Perlu diperiksa apakah pekerjaan menyebabkan kejadian ini. Serahkan keterangan saksi atau laporan polisi.",
            "It must be looked into whether work caused this incident. Bring statements of witnesses, or the police"
            " report.",
        ),
        Reason(
            "OTHER_OFFICE_ASKED",
            "Keterangan sedang dimintakan kepada instansi lain. Keluarga tidak perlu berbuat apa-apa.",
            "Another office was asked for information. The family need not do anything.",
        ),
    )
}
"""What a person may hold a claim for, by code; what the system finds by itself is not among them."""


def tanggal(on: date) -> str:
    """Write a day in Indonesian."""
    return f"{on.day} {MONTHS[on.month - 1]} {on.year}"


def day(on: date) -> str:
    """Write a day in English."""
    return f"{on.day} {MONTHS_ENGLISH[on.month - 1]} {on.year}"
