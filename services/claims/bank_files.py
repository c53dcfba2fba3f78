"""What a bank says became of payment orders, read row by row, and the file that tells it whom to pay."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from services.claims import separated
from services.claims.claim import Payment, Settled
from services.claims.commands import Pay, Return
from services.claims.rules import RuleBook
from services.claims.separated import Check, RejectedRow

COLUMNS = ("payment_id", "status", "settled_on", "amount_idr", "bank_reference", "code")
ORDER_COLUMNS = ("payment_id", "claim_id", "kind", "ordered_on", "amount_idr", "bank", "account", "name")

CODE_LENGTH_MAX = 20
CODE = re.compile(r"[A-Z]([0-9]{0,6}[A-Z_])*[0-9]{0,6}")
"""A code stands in facts: it begins with a letter, and no number of a person or an account fits into it."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With these a spreadsheet takes a text for a formula, and carries it out."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """A line of the bank's file: one payment arrived, or came back; `bank_reference` is the line's own number."""

    payment_id: UUID
    status: Literal["paid", "returned"]
    settled_on: date
    amount_idr: int
    bank_reference: str
    code: str
    """Why it came back, in the bank's words."""

    def command(self, actor: str, book: RuleBook, today: date) -> Pay | Return:
        """Say what the line asks of the claim."""
        if self.status == "paid":
            return Pay(actor, self.payment_id, self.settled_on, self.amount_idr, self.bank_reference, today)
        return Return(actor, self.payment_id, self.settled_on, self.code, self.bank_reference, book, today)

    def is_told_by(self, payment: Payment) -> bool:
        """Tell whether the line was taken in before: it is no news, also if another was told since."""
        if self.status == "paid":
            says = Settled("paid", self.settled_on, self.amount_idr, self.bank_reference)
        else:
            says = Settled("returned", self.settled_on, 0, self.bank_reference, self.code)
        return payment.payment_id == self.payment_id and says in payment.told


def read(content: bytes, *, today: date) -> tuple[list[tuple[int, Settlement]], list[RejectedRow]]:
    """Read the bank's file into settlements with their rows, and rejected rows; FileRefused if it is no such file."""
    rows, bad = separated.read(content, COLUMNS, _checks(today))
    good: list[tuple[int, Settlement]] = []
    for row, values in rows:
        if values["status"] == "returned" and not values["code"]:
            bad.append(_no_code(row))
        else:
            good.append((row, _settlement(values)))
    return good, bad


def changed(row: int) -> RejectedRow:
    """Refuse a reference that came before with another content."""
    return RejectedRow(
        row,
        "bank_reference",
        "reference_changed",
        "Nomor referensi bank ini sudah diterima dengan isi yang berbeda; yang sudah diterima tidak diubah.",
        "This bank reference came before with another content; what was taken in is not changed.",
    )


def unknown(row: int) -> RejectedRow:
    """Refuse a payment that no claim has."""
    return RejectedRow(
        row,
        "payment_id",
        "payment_unknown",
        "Tidak ada pembayaran dengan payment_id ini; salin dari berkas perintah bayar.",
        "There is no payment with this payment_id; copy it from the file of payment orders.",
    )


def order_line(claim_id: UUID, payment: Payment, payee: Mapping[str, Any]) -> str:
    """Write the line that tells a bank whom to pay; no text in it is a formula for a spreadsheet."""
    told = (payment.payment_id, claim_id, payment.kind, payment.ordered_on, payment.ordered_idr)
    return line((*told, *(_no_formula(str(payee.get(name, ""))) for name in ("bank", "account", "name"))))


def line(cells: Iterable[object]) -> str:
    """Write one line of CSV."""
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue()


def _no_formula(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def _settlement(values: dict[str, str]) -> Settlement:
    return Settlement(
        payment_id=UUID(values["payment_id"]),
        status="paid" if values["status"] == "paid" else "returned",
        settled_on=date.fromisoformat(values["settled_on"]),
        amount_idr=int(values["amount_idr"]),
        bank_reference=values["bank_reference"],
        code=values["code"],
    )


def _no_code(row: int) -> RejectedRow:
    return RejectedRow(
        row,
        "code",
        "code_missing",
        "Pembayaran yang kembali memerlukan kode alasan dari bank.",
        "A payment that came back needs the bank's code that says why.",
    )


def _checks(today: date) -> tuple[Check, ...]:
    return (
        (
            "payment_id",
            "payment_id_malformed",
            _is_id,
            "payment_id harus disalin apa adanya dari berkas perintah bayar.",
            "The payment_id must be copied as it stands in the file of payment orders.",
        ),
        (
            "status",
            "status_unknown",
            ("paid", "returned").__contains__,
            "Status harus paid (terbayar) atau returned (kembali).",
            "The status must be paid or returned.",
        ),
        *separated.day_checks("settled_on", today),
        separated.amount_check("amount_idr"),
        *separated.reference_checks("bank_reference"),
        (
            "code",
            "code_malformed",
            lambda text: not text or (len(text) <= CODE_LENGTH_MAX and CODE.fullmatch(text) is not None),
            "Kode berisi paling banyak 20 huruf besar, angka atau _, diawali huruf, paling banyak 6 angka berurutan.",
            "The code is at most 20 capital letters, digits or _, a letter first, at most 6 digits in a row.",
        ),
    )


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
