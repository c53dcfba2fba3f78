"""Every command in every state: what happens, or why not. Nothing else is possible."""

from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest

from services.claims import domain
from services.claims.claim import Claim, Findings, Rejected, State
from services.claims.commands import (
    ChangePayees,
    Command,
    Describe,
    Find,
    LookAgain,
    Pay,
    Pend,
    ReceiveDocuments,
    Recheck,
    Reopen,
    Resume,
    RetractDeath,
    Return,
    Uphold,
    Void,
)
from services.claims.reasons import PEND_REASONS
from tests.unit.claims.cases import (
    ACCIDENT,
    BOOK,
    COVERED,
    FATAL,
    KETUT,
    MADE,
    NOON,
    NYOMAN,
    PUTU,
    TODAY,
    UNCOVERED,
    WIDOW,
    adds_up,
    asked,
    claim_in,
    decide_on,
    order_on,
    submit,
)

TOMORROW = TODAY + timedelta(days=1)
STATES: tuple[State, ...] = get_args(State)
MOVES = """
                 waiting           pended            reported          submitted         decided
Recheck          WorkerBecameKnown -                 -                 -                 -
Describe         Described         Described         Described         Described         WRONG_STATE
ReceiveDocuments DocumentsReceived DocumentsReceived DocumentsReceived -                 WRONG_STATE
Find             Found             Found             Found             Found             WRONG_STATE
Submit           WORKER_UNKNOWN    WRONG_STATE       Submitted+Pended  WRONG_STATE       WRONG_STATE
ChangePayees     WRONG_STATE       WRONG_STATE       WRONG_STATE       PayeesChanged     PayeesChanged+Pended
Pend             Pended            Pended            Pended            Pended            Pended
Resume           -                 Resumed           -                 -                 -
Decide           WORKER_UNKNOWN    WRONG_STATE       WRONG_STATE       Decided+DeathConfirmed WRONG_STATE
OrderPayment     WRONG_STATE       WRONG_STATE       WRONG_STATE       WRONG_STATE       PaymentOrdered
Pay              PAYMENT_UNKNOWN   PAYMENT_UNKNOWN   PAYMENT_UNKNOWN   PAYMENT_UNKNOWN   PAYMENT_UNKNOWN
Return           PAYMENT_UNKNOWN   PAYMENT_UNKNOWN   PAYMENT_UNKNOWN   PAYMENT_UNKNOWN   PAYMENT_UNKNOWN
Reopen           WRONG_STATE       WRONG_STATE       WRONG_STATE       WRONG_STATE       Reopened
Void             Voided            Voided            Voided            Voided            DEATH_CONFIRMED
RetractDeath     WRONG_STATE       WRONG_STATE       WRONG_STATE       WRONG_STATE       DeathRetracted+Voided
LookAgain        -                 -                 -                 -                 ReviewRequired
Uphold           NO_REVIEW         NO_REVIEW         NO_REVIEW         NO_REVIEW         NO_REVIEW

                 ordered           returned              paid                  void
Recheck          -                 -                     -                     -
Describe         WRONG_STATE       WRONG_STATE           WRONG_STATE           WRONG_STATE
ReceiveDocuments WRONG_STATE       WRONG_STATE           WRONG_STATE           WRONG_STATE
Find             WRONG_STATE       WRONG_STATE           WRONG_STATE           WRONG_STATE
Submit           WRONG_STATE       WRONG_STATE           WRONG_STATE           WRONG_STATE
ChangePayees     PAYMENT_ORDERED   PayeesChanged+Pended  PayeesChanged+Pended  WRONG_STATE
Pend             WRONG_STATE       Pended                WRONG_STATE           WRONG_STATE
Resume           -                 -                     -                     -
Decide           WRONG_STATE       WRONG_STATE           WRONG_STATE           WRONG_STATE
OrderPayment     -                 PaymentOrdered        -                     WRONG_STATE
Pay              Paid              Paid                  ALREADY_PAID          PAYMENT_UNKNOWN
Return           Returned          ALREADY_RETURNED      Returned              PAYMENT_UNKNOWN
Reopen           PAYMENT_ORDERED   Reopened              Reopened              WRONG_STATE
Void             PAYMENT_ORDERED   PAYMENT_ORDERED       PAYMENT_ORDERED       WRONG_STATE
RetractDeath     PAYMENT_ORDERED   DeathRetracted+Voided DeathRetracted+Voided WRONG_STATE
LookAgain        ReviewRequired    ReviewRequired        ReviewRequired        -
Uphold           NO_REVIEW         NO_REVIEW             NO_REVIEW             NO_REVIEW
"""
LEADS_TO: dict[State, set[State]] = {
    "waiting": {"reported", "pended", "void"},
    "pended": {"reported", "void"},
    "reported": {"pended", "void"},
    "submitted": {"decided", "pended", "void"},
    "decided": {"ordered", "pended", "reported", "void"},
    "ordered": {"paid", "returned"},
    "returned": {"ordered", "paid", "pended", "reported", "void"},
    "paid": {"pended", "reported", "returned", "void"},
    "void": set(),
}
"""By the commands below; a file that lacks something, arrears and shares have tests of their own."""


def commands(claim: Claim) -> dict[str, Command]:
    """One of each kind, that would be news to the claim."""
    payment_id = claim.payments[0].payment_id if claim.payments else claim.claim_id
    all_given: list[Command] = [
        Recheck(NOON, TODAY, worker_known=True),
        Describe(replace(ACCIDENT, witnesses=5), None, BOOK, TODAY),
        ReceiveDocuments(PUTU, [("DEATH_CERTIFICATE", TODAY)], BOOK, TODAY),
        Find(PUTU, Findings(died_on=TODAY, medical_idr=5), BOOK, TODAY),
        submit(),
        ChangePayees(PUTU, (replace(WIDOW, account_index="b2"),), BOOK, TODAY),
        Pend(MADE, (PEND_REASONS["IDENTITY_MISMATCH"],), TODAY),
        Resume(MADE, BOOK, TODAY),
        decide_on(COVERED),
        order_on(),
        Pay(KETUT, payment_id, TOMORROW, 70_000_000, "another line", TOMORROW),
        Return(KETUT, payment_id, TODAY, "ACCOUNT_CLOSED", "another line", BOOK, TODAY),
        Reopen(MADE, "appeal", TODAY),
        Void(NYOMAN, "duplicate", TODAY),
        RetractDeath(NYOMAN, TODAY),
        LookAgain(TODAY, UNCOVERED, BOOK),
        Uphold(MADE, TODAY),
    ]
    return {type(command).__name__: command for command in all_given}


def cells() -> list[tuple[str, str, str]]:
    """Read the table, as (state, command, what happens)."""
    found = []
    for half in MOVES.strip("\n").split("\n\n"):
        header, *rows = half.splitlines()
        for row in rows:
            command, *happens = row.split()
            found += [(state, command, what) for state, what in zip(header.split(), happens, strict=True)]
    return found


def test_the_table_is_whole() -> None:
    assert {(state, command) for state, command, _ in cells()} == {
        (state, command.__name__) for state in STATES for command in get_args(Command)
    }


@pytest.mark.parametrize(("state", "command", "happens"), cells())
def test_moves(state: State, command: str, happens: str) -> None:
    claim = claim_in(state, FATAL)
    assert claim.state == state
    asked_for = commands(claim)[command]
    if happens.isupper():
        with pytest.raises(Rejected) as refused:
            domain.decide(claim, asked_for)
        assert refused.value.code == happens
        assert refused.value.indonesian != refused.value.english
        return
    events = domain.decide(claim, asked_for)
    assert "+".join(type(event).__name__ for event in events) == happens.replace("-", "")
    after = asked(claim, asked_for)
    assert after.state in {state, *LEADS_TO[state]}
    assert (after != claim) == bool(events)
    adds_up(after)
