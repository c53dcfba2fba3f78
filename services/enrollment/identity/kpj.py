"""What a participant number (KPJ) looks like, under what it is hashed, and where a person's document holds it."""

import re
from datetime import date
from uuid import UUID

LENGTH = 11

Said = tuple[str, str, str]
"""A code, and a sentence in Indonesian and in English."""


_FIELD = "kpj"


def hashed(kpj: str) -> str:
    """Give what the keyed hash of a number is made of: no number of a card is taken for a national one."""
    return f"kpj:{kpj}"


def field(coverage_id: UUID, issued_on: date) -> str:
    """Name the field of a person's document that holds the number of a card."""
    return f"{_FIELD} {coverage_id} {issued_on}"


def card_of(name: str) -> tuple[UUID, date] | None:
    """Tell of which membership and day the card is whose number such a field holds; None: another field."""
    if not name.startswith(f"{_FIELD} "):
        return None
    _, coverage_id, issued_on = name.split()
    card = UUID(coverage_id), date.fromisoformat(issued_on)
    if name != field(*card):
        msg = f"a document has a field {name!r}, which no card has"
        raise ValueError(msg)
    return card


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
