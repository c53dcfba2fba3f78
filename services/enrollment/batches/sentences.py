"""What is told of rows whose fault is not in a value: repeated, known already, doubtful; in Indonesian and English."""

from collections.abc import Mapping
from datetime import date

from services.enrollment.domain import Rejected
from services.enrollment.imports.header import Field, Header
from services.enrollment.imports.people import Remark

_SENTENCES: Mapping[str, tuple[Field, str, str]] = {
    "nik_repeated": (
        "nik",
        "Baris ini sama dengan baris {row}. Tidak perlu diperbaiki.",
        "This row says the same as row {row}. Nothing needs to be mended.",
    ),
    "nik_repeated_otherwise": (
        "nik",
        "NIK yang sama sudah ada pada baris {row} dengan data lain. Hapus baris yang keliru.",
        "The same NIK stands on row {row} with other data. Delete the row that is wrong.",
    ),
    "enrolled_already": (
        "nik",
        "Orang ini sudah terdaftar dalam kelompok ini. Tidak ada yang berubah.",
        "This person is enrolled in this cohort already. Nothing changes.",
    ),
    "proposed_already": (
        "nik",
        "Orang ini sudah diusulkan dalam kelompok ini dengan data yang sama. Tidak ada yang berubah.",
        "This person has been proposed for this cohort with the same data. Nothing changes.",
    ),
    "name_differs": (
        "name",
        "NIK ini sudah terdaftar dengan nama lain. Periksa KTP: terima jika orangnya sama, tolak jika NIK keliru.",
        "This NIK is registered with another name. Check the card: accept if it is one person, refuse if not.",
    ),
    "looks_alike": (
        "name",
        "Seseorang yang mirip sudah terdaftar dengan NIK lain. Periksa KTP: terima jika berbeda, tolak jika sama.",
        "Somebody alike is registered with another NIK. Check the card: accept if they differ, refuse if they are one.",
    ),
    "decided_refused": (
        "nik",
        "Baris ini ditolak dengan keputusan. Perbaiki datanya jika keliru, lalu kirim lagi.",
        "This row was refused by decision. Mend its data if they are wrong, and send it again.",
    ),
}


def paid_before_approval(paid_on: date, approved_on: date, covers_from: date) -> dict[str, str]:
    """Tell that a payment was made before somebody approved the list."""
    return {
        "code": "paid_before_approval",
        "indonesian": f"Pembayaran {paid_on} mendahului persetujuan daftar ini ({approved_on}): perlindungan berlaku "
        f"mundur sejak {covers_from}. Cocokkan dengan bukti pembayaran; jika keliru, koreksi masanya.",
        "english": f"The payment of {paid_on} came before this list was approved ({approved_on}): cover begins in the "
        f"past, on {covers_from}. Compare it with the receipt; if it is wrong, correct the periods.",
    }


def not_covered(paid_on: date, reserved: int, waiting: int) -> dict[str, str]:
    """Tell that people of a list are not covered by a payment."""
    return {
        "code": "not_covered_by_payment",
        "indonesian": f"Pembayaran {paid_on} belum melindungi {reserved + waiting} orang dari daftar ini: {waiting} "
        f"menunggu tempat, {reserved} baru mendapatnya. Konfirmasikan pembayaran mereka setelah mendapat tempat.",
        "english": f"The payment of {paid_on} does not cover {reserved + waiting} people of this list: {waiting} wait "
        f"for a place, {reserved} have just got one. Confirm the payment for them once they have a place.",
    }


def remark(code: str, header: Header, *, row: int | None = None) -> Remark:
    """Tell of a row as a whole."""
    field, indonesian, english = _SENTENCES[code]
    return Remark(field, header.column(field), code, indonesian.format(row=row), english.format(row=row))


def of_rule(rejected: Rejected, header: Header) -> Remark:
    """Tell of a rule that forbids what a row asks for."""
    field: Field = "birth_date" if rejected.code == "age_outside_limit" else "nik"
    return Remark(field, header.column(field), rejected.code, rejected.indonesian, rejected.english)
