"""The bank's file: good lines are read, bad ones say why, and a line that was taken in before is known again."""

from dataclasses import replace
from uuid import UUID

import pytest

from services.claims import bank_files
from services.claims.bank_files import COLUMNS, Settlement
from services.claims.claim import Payment
from services.claims.commands import Pay, Return
from tests.unit.claims.cases import BOOK, CLAIM, KETUT, TODAY, day

HEADER = ",".join(COLUMNS)
PAYMENT = UUID("0194c6a0-0000-5000-8000-00000000f001")
ORDER, PAYEE = UUID(int=401), UUID(int=402)
GOOD = f"{PAYMENT},paid,2025-10-17,42000000,BPD/2025-10/17,"
CAME_BACK = f"{PAYMENT},returned,2025-10-17,42000000,BPD-18,ACCOUNT_CLOSED"
PAID = Settlement(PAYMENT, "paid", day("2025-10-17"), 42_000_000, "BPD/2025-10/17", "")
RETURNED = Settlement(PAYMENT, "returned", day("2025-10-17"), 42_000_000, "BPD-18", "ACCOUNT_CLOSED")
ORDERED = Payment(PAYMENT, ORDER, PAYEE, "benefit", 42_000_000, day("2025-10-16"), KETUT)
SETTLED = replace(
    ORDERED, state="paid", paid_idr=42_000_000, settled_on=day("2025-10-17"), bank_reference="BPD/2025-10/17"
)
SENT_BACK = replace(
    ORDERED,
    state="returned",
    settled_on=day("2025-10-17"),
    bank_reference="BPD-18",
    return_code="ACCOUNT_CLOSED",
)


@pytest.mark.parametrize("code", ["R01", "ACCOUNT_CLOSED", "E123456_7", "A"])
def test_codes_of_banks_are_read(code: str) -> None:
    good, _ = bank_files.read(f"{HEADER}\n{CAME_BACK.replace('ACCOUNT_CLOSED', code)}".encode(), today=TODAY)
    assert [settlement.code for _, settlement in good] == [code]


def test_good_lines_are_read_and_say_what_they_ask_for() -> None:
    good, bad = bank_files.read(f"{HEADER}\n{GOOD}\n{CAME_BACK}\n".encode(), today=TODAY)
    assert (good, bad) == ([(2, PAID), (3, RETURNED)], [])
    assert PAID.command(KETUT, BOOK, TODAY) == Pay(
        KETUT, PAYMENT, day("2025-10-17"), 42_000_000, "BPD/2025-10/17", TODAY
    )
    asked = Return(KETUT, PAYMENT, day("2025-10-17"), "ACCOUNT_CLOSED", "BPD-18", BOOK, TODAY)
    assert RETURNED.command(KETUT, BOOK, TODAY) == asked


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        (GOOD.replace(str(PAYMENT), "5104014101700001"), "payment_id", "payment_id_malformed"),
        (GOOD.replace("-", "", 4), "payment_id", "payment_id_malformed"),
        (GOOD.replace("paid", "sent"), "status", "status_unknown"),
        (GOOD.replace("2025-10-17", "17/10/2025", 1), "settled_on", "settled_on_malformed"),
        (GOOD.replace("2025-10-17", "2025-10-21", 1), "settled_on", "settled_on_in_future"),
        (GOOD.replace("42000000", "42.000.000"), "amount_idr", "amount_malformed"),
        (GOOD.replace("BPD/2025-10/17", ""), "bank_reference", "reference_malformed"),
        (GOOD.replace("BPD/2025-10/17", "5104014101700001"), "bank_reference", "reference_holds_nik"),
        (CAME_BACK.replace("ACCOUNT_CLOSED", "closed by him"), "code", "code_malformed"),
        (CAME_BACK.replace("ACCOUNT_CLOSED", "5104014101700001"), "code", "code_malformed"),
        (CAME_BACK.replace("ACCOUNT_CLOSED", "001234567"), "code", "code_malformed"),
        (CAME_BACK.replace("ACCOUNT_CLOSED", "R1234567"), "code", "code_malformed"),
        (CAME_BACK.replace("ACCOUNT_CLOSED", "A" * 21), "code", "code_malformed"),
        (CAME_BACK.replace("ACCOUNT_CLOSED", ""), "code", "code_missing"),
        (GOOD + ",more", "payment_id", "columns_missing_or_extra"),
    ],
)
def test_a_bad_line_says_why_and_the_good_ones_are_read(line: str, column: str, code: str) -> None:
    good, bad = bank_files.read(f"{HEADER}\n{GOOD}\n{line}\n{CAME_BACK}".encode(), today=TODAY)
    assert [row for row, _ in good] == [2, 4]
    assert [(one.row, one.column, one.code) for one in bad] == [(3, column, code)]
    assert all(one.indonesian and "5104" not in one.indonesian + one.english for one in bad)


@pytest.mark.parametrize(
    ("line", "payment", "known"),
    [
        (PAID, SETTLED, True),
        (RETURNED, SENT_BACK, True),
        (PAID, ORDERED, False),
        (PAID, SENT_BACK, False),
        (RETURNED, SETTLED, False),
        (PAID, replace(SETTLED, paid_idr=41_999_999), False),
        (PAID, replace(SETTLED, settled_on=TODAY), False),
        (PAID, replace(SETTLED, bank_reference="BPD-19"), False),
        (PAID, replace(SETTLED, payment_id=UUID(int=1)), False),
        (RETURNED, replace(SENT_BACK, return_code="UNKNOWN"), False),
    ],
)
def test_a_line_is_no_news_if_the_payment_holds_all_that_it_says(
    line: Settlement, payment: Payment, *, known: bool
) -> None:
    assert line.is_told_by(payment) is known


def test_no_text_in_the_file_for_the_bank_is_a_formula() -> None:
    payee = {"name": "=HYPERLINK(1)", "bank": "Bank, Bali", "account": "0012"}
    told = f'{PAYMENT},{CLAIM},benefit,2025-10-16,42000000,"Bank, Bali",0012,\'=HYPERLINK(1)\r\n'
    assert bank_files.order_line(CLAIM, ORDERED, payee) == told
