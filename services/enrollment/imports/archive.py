"""Opens the ZIP that an XLSX is, after its sizes and contents were looked at: nothing is unpacked before.

Sizes are those of the archive's directory. One that lies is found out: Python unpacks no more than the directory says,
and then the checksum does not agree.
"""

import zipfile
from typing import BinaryIO

from services.enrollment.imports.cells import Unreadable

ENTRIES_MAX = 500
UNPACKED_BYTES_MAX = 512 * 1024**2
RATIO_MAX = 150
"""Unpacked to packed size; a list of people is packed ten to thirty times."""
RATIO_COUNTS_FROM_BYTES = 8 * 1024**2
ZIP_BEGINS = b"PK\x03\x04"
OLE_BEGINS = bytes.fromhex("d0cf11e0a1b11ae1")
"""How an XLS of old begins, and an XLSX that asks for a password."""


def open_archive(file: BinaryIO) -> zipfile.ZipFile:
    """Open a workbook's archive, or say why it is not opened."""
    begins = file.read(len(OLE_BEGINS))
    file.seek(0)
    if begins == OLE_BEGINS:
        raise _locked()
    try:
        archive = zipfile.ZipFile(file)
        _look_at(archive)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError):
        raise damaged() from None
    return archive


def _look_at(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if any(entry.flag_bits & 1 for entry in entries):
        raise _locked()
    unpacked, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    if len(entries) > ENTRIES_MAX or unpacked > UNPACKED_BYTES_MAX:
        raise _bomb()
    if unpacked > RATIO_COUNTS_FROM_BYTES and unpacked > RATIO_MAX * packed:
        raise _bomb()
    if {entry.compress_type for entry in entries} - {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise damaged()
    for entry in entries:
        if entry.filename.lower().startswith(("xl/externallinks/", "xl/embeddings/", "xl/vbaproject")):
            raise _embedded()
        with archive.open(entry) as part:
            if part.read(len(ZIP_BEGINS)) == ZIP_BEGINS:
                raise _embedded()


def damaged() -> Unreadable:
    return Unreadable(
        "workbook_damaged",
        "Berkas XLSX rusak atau terpotong. Buka di lembar kerja, simpan ulang sebagai XLSX, lalu kirim lagi.",
        "The XLSX file is damaged or cut short. Open it in a spreadsheet, save it as XLSX again, and send it anew.",
    )


def _locked() -> Unreadable:
    return Unreadable(
        "workbook_locked",
        "Berkas berformat XLS lama atau dikunci kata sandi. Simpan sebagai XLSX tanpa kata sandi, lalu kirim lagi.",
        "The file is an XLS of old or asks for a password. Save it as XLSX without a password, and send it anew.",
    )


def _bomb() -> Unreadable:
    return Unreadable(
        "workbook_too_large_unpacked",
        "Isi berkas XLSX terlalu besar setelah dibuka. Salin datanya saja ke lembar kerja baru, atau pakai CSV.",
        "Unpacked, the XLSX file is too large. Copy the data alone into a new workbook, or use CSV.",
    )


def _embedded() -> Unreadable:
    return Unreadable(
        "workbook_embeds",
        "Berkas XLSX memuat berkas lain, makro atau tautan ke buku kerja lain. Salin nilainya saja ke buku kerja baru.",
        "The XLSX file holds other files, macros or links to workbooks. Copy the values alone into a new workbook.",
    )
