"""Numbers, dates and names as readers of Indonesian and of English write them."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent

from services.chassis.clock import BUSINESS_ZONE
from services.reporting.answers import Text
from services.reporting.pages.asked import Language

LOCALES = {"id": "id_ID", "en": "en_GB"}

NAMES: dict[str, Text] = {
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
}
"""What codes in the figures are called."""


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


def flag(value: bool, lang: Language) -> str:
    """Write yes or no."""
    return {"id": ("tidak", "ya"), "en": ("no", "yes")}[lang][value]


WRITTEN: dict[str, Callable[[Any, Language], str]] = {
    "people": number,
    "number": number,
    "rupiah": rupiah,
    "percent": percent,
    "day": day,
    "month": month,
    "name": name,
    "flag": flag,
}
"""How the values of a column are written, by its kind; those of any other kind are text."""


def cell(value: Any, kind: str, lang: Language) -> str:
    """Write the value of a cell; what is not there is a dash."""
    if value is None:
        return "–"
    return WRITTEN[kind](value, lang) if kind in WRITTEN else str(value)
