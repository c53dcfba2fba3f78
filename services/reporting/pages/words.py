"""Numbers, dates and names as readers of Indonesian and of English write them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent
from payung_contracts.regions import villages

from services.chassis.clock import BUSINESS_ZONE
from services.reporting.answers import Text
from services.reporting.pages.asked import Language
from services.reporting.pages.panel import Column

MINUTE_S = 60
LOCALES = {"id": "id_ID", "en": "en_GB"}

NAMES: dict[str, Text] = {
    "enrollment": Text("Kepesertaan", "Enrollment"),
    "claims": Text("Klaim", "Claims"),
    "people": Text("orang", "people"),
    "workers": Text("pekerja", "workers"),
    "memberships": Text("kepesertaan", "memberships"),
    "cases": Text("kasus", "cases"),
    "cases_decided_elsewhere": Text("kasus diputuskan di tempat lain", "cases decided elsewhere"),
    "payments": Text("pembayaran", "payments"),
    "amount_idr": Text("rupiah", "rupiah"),
    "late_idr": Text("rupiah karena terlambat", "rupiah for lateness"),
    "voided_idr": Text("rupiah untuk klaim yang dibatalkan", "rupiah for claims voided since"),
    "cohorts": Text("kelompok", "cohorts"),
    "places": Text("tempat", "places"),
    "person_months": Text("orang-bulan", "person-months"),
    "budget_idr": Text("rupiah anggaran", "rupiah of budget"),
    "cohorts_without_budget": Text("kelompok tanpa anggaran", "cohorts without a budget"),
    "enrolled": Text("terdaftar", "enrolled"),
    "decided_again": Text("diputuskan lagi", "decided again"),
    "with_clock": Text("dengan batas waktu", "with a limit"),
    "in_time": Text("tepat waktu", "in time"),
    "in_time_percent": Text("persen tepat waktu", "percent in time"),
    "days_p50": Text("hari, median", "days, median"),
    "days_p90": Text("hari, 90 persen", "days, 90 percent"),
    "days_max": Text("hari, terlama", "days, longest"),
    "segment": Text("segmen", "segment"),
    "funding": Text("sumber dana", "who pays"),
    "programme": Text("program", "programme"),
    "cohort": Text("kelompok", "cohort"),
    "outcome": Text("keputusan", "outcome"),
    "phase": Text("tahap", "phase"),
    "year": Text("tahun", "year"),
    "month": Text("bulan", "month"),
    "regency": Text("kabupaten/kota", "regency"),
    "district": Text("kecamatan", "district"),
    "village": Text("desa", "village"),
    "protected": Text("Orang yang dilindungi", "People protected"),
    "protected-over-time": Text("Perlindungan dari waktu ke waktu", "Protection over time"),
    "coverage-ratio": Text("Cakupan terhadap penyebut", "Coverage ratio"),
    "claims-paid": Text("Manfaat yang dibayarkan", "Benefits paid"),
    "claims-decided": Text("Klaim yang diputuskan", "Claims decided"),
    "time-to-payment": Text("Waktu sampai dibayar", "Time until paid"),
    "commitments": Text("Komitmen dan realisasi", "Commitments and what came of them"),
    "PU": Text("Penerima upah", "Wage earners"),
    "NON_ASN": Text("Non-ASN", "Non-civil-servant staff"),
    "JAKON": Text("Jasa konstruksi", "Construction"),
    "BPU": Text("Pekerja informal", "Informal workers"),
    "APBD": Text("APBD", "Regency budget"),
    "APBD_P": Text("APBD Perubahan", "Revised regency budget"),
    "APBDES": Text("APBDes", "Village budget"),
    "PROVINCE": Text("APBD Provinsi", "Province"),
    "CSR": Text("CSR", "Donors (CSR)"),
    "EMPLOYER": Text("Pemberi kerja", "Employers"),
    "PROJECT": Text("Proyek", "Projects"),
    "SELF": Text("Mandiri", "Self-paid"),
    "JKK": Text("JKK (kecelakaan kerja)", "JKK (work accident)"),
    "JKM": Text("JKM (kematian)", "JKM (death)"),
    "JHT": Text("JHT (hari tua)", "JHT (old age)"),
    "JP": Text("JP (pensiun)", "JP (pension)"),
    "JKP": Text("JKP (kehilangan pekerjaan)", "JKP (loss of job)"),
    "proposed": Text("Diusulkan", "Proposed"),
    "unique": Text("Tidak ganda", "Unique"),
    "identity_matched": Text("Identitas padan", "Identity matched"),
    "eligible": Text("Memenuhi syarat", "Eligible"),
    "in_decree": Text("Dalam keputusan", "In the decree"),
    "paid": Text("Dibayar", "Paid"),
    "active": Text("Aktif", "Active"),
    "waiting": Text("Menunggu tempat", "Waiting for a place"),
    "refused": Text("Ditolak", "Refused"),
    "reported": Text("Dilaporkan", "Reported"),
    "pended": Text("Tertunda", "Pended"),
    "submitted": Text("Berkas lengkap", "Complete"),
    "decided": Text("Diputuskan", "Decided"),
    "ordered": Text("Diperintahkan bayar", "Payment ordered"),
    "denied": Text("Ditolak", "Denied"),
    "approved": Text("Dikabulkan", "Approved"),
    "partially_approved": Text("Dikabulkan sebagian", "Approved in part"),
    "open": Text("Belum diputuskan", "Not decided"),
    "justified": Text("Dua kegiatan", "Two activities"),
    "duplicate": Text("Ganda", "Duplicate"),
    "before": Text("Semula", "Before"),
    "after": Text("Kini", "Now"),
    "learned": Text("Dicatat kemudian", "Learned since"),
    "others": Text("Perubahan lain", "Other changes"),
    "added": Text("Baru dicatat", "Told since"),
    "returned": Text("Uang kembali", "Money came back"),
    "voided": Text("Klaim dibatalkan", "Claim voided"),
    "corrected": Text("Dibetulkan", "Corrected"),
    "age_outside_limit": Text("Di luar batas umur", "Outside the age limit"),
    "covered_from_outside_cohort": Text("Mulai di luar masa kelompok", "Begins outside the cohort's period"),
    "no_membership_of_segment": Text("Tidak punya kepesertaan segmen ini", "No membership of this segment"),
    "paid_beyond_cohort": Text("Dibayar melewati masa kelompok", "Paid beyond the cohort's period"),
    "payment_in_future": Text("Tanggal bayar di masa depan", "Day of payment in the future"),
    "period_reversed": Text("Berakhir sebelum mulai", "Ends before it begins"),
    "renewal_overlaps": Text("Sudah dilindungi pada hari yang sama", "Covered on the same days already"),
    "withdrawn": Text("Mengundurkan diri", "Withdrew"),
    "worker_deceased": Text("Tercatat sudah meninggal", "Recorded as deceased"),
    "worker_erased": Text("Datanya sudah dihapus", "Was erased"),
    "worker_merged": Text("Digabung dengan orang lain", "Merged into another person"),
    "worker_not_registered": Text("Belum terdaftar", "Not in the register"),
    "ARREARS_UNSETTLED": Text("Iuran menunggak", "Contributions in arrears"),
    "DISABILITY_AT_MOST_TOTAL": Text("Cacat melebihi cacat total", "Disabilities above a total one"),
    "DISABILITY_UNKNOWN_CODE": Text("Kode cacat tidak dikenal", "Code of disability not known"),
    "DOCUMENT_INCOMPLETE": Text("Dokumen kurang", "Documents missing"),
    "DUPLICATE_CLAIM": Text("Kejadian sudah dibayar dalam klaim lain", "Paid already under another claim"),
    "HEIR_DISPUTE": Text("Ahli waris belum sepakat", "Heirs disagree"),
    "HEIR_NOT_PROVEN": Text("Ahli waris belum terbukti", "Heirs not proven"),
    "IDENTITY_MISMATCH": Text("Identitas tidak cocok", "Identity does not match"),
    "ILL_OR_DYING_AT_REGISTRATION": Text("Sakit parah ketika didaftarkan", "Gravely ill when registered"),
    "INABILITY_NOT_ENDED": Text("Hari sembuh belum diketahui", "Day of recovery not known"),
    "MEMBERSHIP_LT_3_MONTHS": Text("Kepesertaan belum genap tiga bulan", "Member for less than three months"),
    "NOTHING_GRANTED": Text("Belum ada yang dapat dibayar", "Nothing to pay yet"),
    "NOT_COVERED_AT_INCIDENT": Text("Tidak dilindungi pada hari kejadian", "Not covered on the day of the incident"),
    "NOT_WORK_RELATED": Text("Bukan karena pekerjaan", "Not caused by work"),
    "NO_ECONOMIC_ACTIVITY": Text("Tidak bekerja ketika didaftarkan", "No work when registered"),
    "SCHOLARSHIP_AGE": Text("Beasiswa: umur, menikah atau bekerja", "Scholarship: age, married or at work"),
    "SCHOLARSHIP_ONLY_DEATH_OR_TOTAL": Text(
        "Beasiswa: bukan kematian atau cacat total", "Scholarship: no death or total disability"
    ),
    "SCHOLARSHIP_PERIOD_TOO_SHORT": Text("Beasiswa: masa iur kurang", "Scholarship: too few months of contributions"),
    "SCHOLARSHIP_TOO_MANY_CHILDREN": Text("Beasiswa: melebihi jumlah anak", "Scholarship: too many children"),
    "SCHOLARSHIP_YEARS_USED_UP": Text("Beasiswa: tahun jenjang habis", "Scholarship: years of the level used up"),
    "SCHOLARSHIP_YEAR_BEFORE_INCIDENT": Text(
        "Beasiswa: tahun sebelum kejadian", "Scholarship: year before the incident"
    ),
    "SUSPENDED_AT_INCIDENT": Text("Perlindungan ditangguhkan", "Cover was suspended"),
    "TIME_BARRED": Text("Dilaporkan terlalu lama", "Reported too late"),
    "TRANSPORT_OVER_CEILING": Text("Angkutan melebihi batas", "Transport above the limit"),
    "WORK_RELATED": Text("Disebabkan oleh pekerjaan", "Caused by work"),
    "WORK_RELATION_IN_DOUBT": Text("Hubungan kerja diragukan", "Link to work in doubt"),
}
"""What codes in the figures are called."""
COHORT_STATES: dict[str, Text] = {
    "proposed": Text("Diusulkan", "Proposed"),
    "approved": Text("Disetujui", "Approved"),
    "open": Text("Dibuka", "Open"),
    "closed": Text("Ditutup", "Closed"),
}
"""The states of a cohort, some of whose codes mean something else of a claim or a finding."""


def say(text: Text, lang: Language) -> str:
    """Give the sentence in the language."""
    return text.indonesian if lang == "id" else text.english


def name(code: str, lang: Language) -> str:
    """Give what a code is called, or the code itself where it has no other name."""
    return say(NAMES[code], lang) if code in NAMES else code


def number(value: float, lang: Language) -> str:
    """Write a number with the separators of the language."""
    return format_decimal(value, locale=LOCALES[lang])


def percent(value: float, lang: Language) -> str:
    """Write a number of hundredths as a percentage with up to two decimals."""
    return format_percent(value / 100, locale=LOCALES[lang], format="#,##0.##\u00a0%")


def rupiah(value: int, lang: Language) -> str:
    """Write whole rupiah."""
    return f"Rp\u00a0{number(value, lang)}"


def rupiah_short(value: int, lang: Language) -> str:
    """Write rupiah in millions or milliards, as the press does: Rp 3,65 miliar."""
    for size, indonesian, english in (
        (10**12, "triliun", "trillion"),
        (10**9, "miliar", "billion"),
        (10**6, "juta", "million"),
    ):
        if value >= size:
            short = format_decimal(value / size, format="#,##0.##", locale=LOCALES[lang])
            return f"Rp\u00a0{short} {indonesian if lang == 'id' else english}"
    return rupiah(value, lang)


def day(value: date, lang: Language) -> str:
    """Write a day as 22 November 2026."""
    return format_date(value, "d MMMM y", locale=LOCALES[lang])


def month(value: date, lang: Language) -> str:
    """Write a month as Nov 2026."""
    return format_date(value, "MMM y", locale=LOCALES[lang])


def time(value: datetime, lang: Language) -> str:
    """Write a time of Bali as 22 November 2026, 14.05 WITA."""
    return f"{format_datetime(value.astimezone(BUSINESS_ZONE), 'd MMMM y, HH.mm', locale=LOCALES[lang])} WITA"


def age(seconds: float, lang: Language) -> str:
    """Write how old something is, in its greatest unit: 3 minutes, 2 days."""
    if seconds < MINUTE_S:
        return {"id": "kurang dari satu menit", "en": "less than a minute"}[lang]
    return format_timedelta(timedelta(seconds=seconds), locale=LOCALES[lang])


def flag(value: bool, lang: Language) -> str:
    """Write yes or no."""
    return {"id": ("tidak", "ya"), "en": ("no", "yes")}[lang][value]


def area(code: str, _lang: Language) -> str:
    """Give what an area is called: a village, district, regency or the province."""
    return _areas().get(code, code)


@cache
def _areas() -> dict[str, str]:
    names: dict[str, str] = {}
    for village in villages().values():
        names[village.province_code], names[village.regency_code] = village.province_name, village.regency_name
        names[village.district_code], names[village.village_code] = village.district_name, village.village_name
    return names


def cohort_state(code: str, lang: Language) -> str:
    """Give what a state of a cohort is called."""
    return say(COHORT_STATES[code], lang)


WRITTEN: dict[str, Callable[[Any, Language], str]] = {
    "people": number,
    "number": number,
    "rupiah": rupiah,
    "percent": percent,
    "day": day,
    "month": month,
    "name": name,
    "cohort_state": cohort_state,
    "area": area,
    "flag": flag,
}
"""How the values of a column are written, by its kind; those of any other kind are text."""


NAMING = ("name", "cohort_state", "area")
"""Kinds of columns that hold codes."""


def named(row: Mapping[str, Any], columns: Sequence[Column], lang: Language) -> dict[str, Any]:
    """Give a row with names in the place of codes."""
    codes = {each.key: each.kind for each in columns if each.kind in NAMING and row.get(each.key) is not None}
    return {key: WRITTEN[codes[key]](value, lang) if key in codes else value for key, value in row.items()}


def cell(value: Any, kind: str, lang: Language) -> str:
    """Write the value of a cell; what is not there is a dash."""
    if value is None:
        return "–"
    return WRITTEN[kind](value, lang) if kind in WRITTEN else str(value)
