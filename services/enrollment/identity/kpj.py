"""Checks the structure of a participant number (KPJ): 11 digits, kept as text."""

import re

LENGTH = 11

Said = tuple[str, str, str]
"""A code, and a sentence in Indonesian and in English."""


def fault(kpj: str) -> Said | None:
    """Say what is wrong with a participant number; None when its structure is right."""
    if re.fullmatch(rf"[0-9]{{{LENGTH}}}", kpj):
        return None
    if not kpj:
        return "kpj_missing", "Nomor KPJ kosong. Isi 11 angka dari kartu.", "The KPJ is empty. Enter its 11 digits."
    if re.fullmatch(r"[0-9]+", kpj):
        return (
            "kpj_length",
            f"Nomor KPJ berisi {len(kpj)} angka, seharusnya 11. Atur kolomnya sebagai teks, lalu ketik ulang.",
            f"The KPJ has {len(kpj)} digits instead of 11. Format its column as text, then type it again.",
        )
    return (
        "kpj_malformed",
        "Nomor KPJ terdiri dari 11 angka saja, tanpa spasi, titik atau huruf. Ketik ulang dari kartunya sebagai teks.",
        "A KPJ consists of 11 digits only, without spaces, dots or letters. Type it again from the card, as text.",
    )
