"""Says in Indonesian what is wrong with a part of a request; the library that finds it out speaks English only."""

from collections.abc import Mapping
from typing import Any

SENTENCES = {
    "missing": "wajib diisi",
    "extra_forbidden": "tidak dikenal di sini; hapus, atau periksa ejaannya",
    "string_type": "harus berupa teks",
    "string_too_short": "terlalu pendek; sekurang-kurangnya {min_length} huruf",
    "string_too_long": "terlalu panjang; paling banyak {max_length} huruf",
    "string_pattern_mismatch": "tidak berbentuk seperti yang diminta ({pattern})",
    "int_type": "harus bilangan bulat",
    "int_parsing": "harus bilangan bulat",
    "int_from_float": "harus bilangan bulat",
    "int_parsing_size": "bilangan ini terlalu besar",
    "greater_than": "harus lebih besar dari {gt}",
    "greater_than_equal": "harus {ge} atau lebih",
    "less_than": "harus lebih kecil dari {lt}",
    "less_than_equal": "harus {le} atau kurang",
    "bool_type": "harus true atau false",
    "bool_parsing": "harus true atau false",
    "date_type": "harus tanggal, misalnya 2025-10-31",
    "date_parsing": "harus tanggal, misalnya 2025-10-31",
    "date_from_datetime_parsing": "harus tanggal, misalnya 2025-10-31",
    "date_from_datetime_inexact": "harus tanggal tanpa jam, misalnya 2025-10-31",
    "datetime_type": "harus waktu, misalnya 2025-10-31T08:00:00+08:00",
    "datetime_parsing": "harus waktu, misalnya 2025-10-31T08:00:00+08:00",
    "datetime_from_date_parsing": "harus waktu, misalnya 2025-10-31T08:00:00+08:00",
    "timezone_aware": "harus waktu dengan selisih dari UTC, misalnya 2025-10-31T08:00:00+08:00",
    "uuid_type": "harus nomor pengenal (UUID)",
    "uuid_parsing": "harus nomor pengenal (UUID)",
    "enum": "harus salah satu dari {expected}",
    "literal_error": "harus salah satu dari {expected}",
    "list_type": "harus berupa daftar",
    "too_short": "terlalu sedikit; sekurang-kurangnya {min_length}",
    "too_long": "terlalu banyak; paling banyak {max_length}",
    "model_type": "harus berupa objek",
    "model_attributes_type": "harus berupa objek",
    "dict_type": "harus berupa objek",
    "json_invalid": "isi bukan JSON yang sah",
}
"""By the kind of the error, as pydantic names it; `{names}` stand for its context."""


def say(kind: str, context: Mapping[str, Any] | None) -> str | None:
    """Give the sentence; what the context says in Indonesian comes first, and None is a kind without a sentence."""
    known = context or {}
    if "indonesian" in known:
        return str(known["indonesian"])
    if "expected" in known:
        known = {"expected": known["expected"].replace(" or ", " atau ")}
    return SENTENCES[kind].format_map(known) if kind in SENTENCES else None
