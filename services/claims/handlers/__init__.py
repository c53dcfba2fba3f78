"""What may be asked of claims: each carries out one command, or many of one kind, in the transaction of the caller."""

from services.claims.handlers.carry_out import today, unknown_claim
from services.claims.handlers.deciding import (
    decide,
    pend,
    recheck,
    reopen,
    resume,
    retract_death,
    review,
    uphold,
    void,
)
from services.claims.handlers.filing import change_payees, describe, find, receive_documents, report, submit
from services.claims.handlers.named import PayeeIn
from services.claims.handlers.paying import Recorded, order_payment, pay, record_payments, return_payment
from services.claims.handlers.reconciling import reconcile

__all__ = [
    "PayeeIn",
    "Recorded",
    "change_payees",
    "decide",
    "describe",
    "find",
    "order_payment",
    "pay",
    "pend",
    "receive_documents",
    "recheck",
    "reconcile",
    "record_payments",
    "reopen",
    "report",
    "resume",
    "retract_death",
    "return_payment",
    "review",
    "submit",
    "today",
    "unknown_claim",
    "uphold",
    "void",
]
