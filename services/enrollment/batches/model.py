"""What a batch is and how it moves on; what becomes of a row, decided purely from it and what the register knows.

    received -> validating -> awaiting_approval --approve, by another person--> applying -> applied, partly_applied
    any of these --cancel--> cancelled; of one that is going in, what went in stays: partly_applied
    validating --the file cannot be read--> failed
    partly_applied --rows were decided since; approve again--> applying

Payment comes after, as often as it takes: whoever has a place reserved gets cover from the day it was confirmed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from services.enrollment.domain import Rejected

State = Literal[
    "received", "validating", "awaiting_approval", "applying", "applied", "partly_applied", "failed", "cancelled"
]
Work = Literal["validate", "apply", "pay"]
Outcome = Literal["accepted", "changed", "rejected", "duplicate", "decision"]
Check = Literal["unique", "identity_matched", "eligible", "in_decree"]
Decision = Literal["accept", "refuse"]

OUTCOMES: tuple[Outcome, ...] = ("accepted", "changed", "rejected", "duplicate", "decision")
GOES_IN: tuple[Outcome, ...] = ("accepted", "changed")
DOUBTS = frozenset(("name_differs", "looks_alike"))
CANCELLABLE: frozenset[State] = frozenset(("received", "validating", "awaiting_approval", "applying"))
DECIDABLE: frozenset[State] = frozenset(("awaiting_approval", "partly_applied"))
APPROVABLE: frozenset[State] = frozenset(("awaiting_approval", "partly_applied"))
PAYABLE: frozenset[State] = frozenset(("applied", "partly_applied"))


@dataclass(frozen=True, slots=True)
class Batch:
    """A list as it stands."""

    batch_id: UUID
    cohort_id: UUID
    format: str
    within: str | None
    uploaded_by: str
    proposed_on: date
    state: State
    work: Work | None
    done_through: int
    approved_by: str | None
    approved_on: date | None
    cancelled_by: str | None
    forgotten: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What enrollment knows of a row's person in this cohort: cover, a proposal that stands, or one that ended.

    A proposal ends with a refusal, or when the cover that came of it was voided: then the person may be proposed anew.
    """

    enrolled: bool
    proposed: bool
    ended: bool
    same_details: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """What becomes of a row, why, and which check it failed."""

    outcome: Outcome
    reasons: tuple[str, ...] = ()
    failed: Check | None = None


def check_of(code: str) -> Check:
    """Tell which check a fault of a value fails: without number, name and birthday nobody can be matched."""
    return "eligible" if code.startswith(("village", "activity")) else "identity_matched"


def judge(  # noqa: PLR0911 - one per outcome and reason
    standing: Standing | None,
    *,
    earlier: tuple[int, bool] | None,
    refused: str | None,
    doubts: Sequence[str],
) -> Judged:
    """Decide on a row without faults.

    `earlier` is the first row of the list with the same number, and whether it says the same; `refused` the code of a
    rule that forbids it; `doubts` are for a person to decide.
    """
    if earlier is not None:
        return Judged("duplicate", ("nik_repeated",)) if earlier[1] else Judged("rejected", ("nik_repeated_otherwise",))
    if standing is not None and standing.enrolled:
        return Judged("duplicate", ("enrolled_already",))
    if standing is not None and standing.proposed and standing.same_details:
        return Judged("duplicate", ("proposed_already",))
    if refused is not None:
        return Judged("rejected", (refused,), "eligible")
    if doubts:
        return Judged("decision", tuple(doubts))
    if standing is not None and (standing.proposed or standing.ended):
        return Judged("changed")
    return Judged("accepted")


def approve(batch: Batch, by: str) -> None:
    """Refuse an approval that may not be."""
    if batch.state not in APPROVABLE or batch.work is not None:
        raise wrong_state(batch)
    if by == batch.uploaded_by:
        raise Rejected(
            "second_person_needed",
            "Daftar ini Anda kirim sendiri. Orang lain dengan peran approver harus menyetujuinya.",
            "You sent this list yourself. Another person with the role approver has to approve it.",
        )


def pay(batch: Batch, paid_on: date, today: date) -> None:
    """Refuse a payment that may not be confirmed."""
    if batch.state not in PAYABLE or batch.work is not None:
        raise wrong_state(batch)
    if paid_on > today:
        raise Rejected(
            "payment_in_future",
            "Tanggal pembayaran berada di masa depan. Konfirmasikan setelah dibayar.",
            "The day of payment lies in the future. Confirm it once it is paid.",
        )


def cancel(batch: Batch) -> None:
    """Refuse to cancel what is over."""
    if batch.state not in CANCELLABLE:
        raise wrong_state(batch)


def decide(batch: Batch) -> None:
    """Refuse decisions about rows where none are awaited."""
    if batch.state not in DECIDABLE or batch.work is not None:
        raise wrong_state(batch)


def wrong_state(batch: Batch) -> Rejected:
    return Rejected(
        "batch_state",
        f"Daftar ini berstatus {batch.state}, jadi ini tidak dapat dilakukan sekarang. Lihat statusnya dahulu.",
        f"This list is {batch.state}, so this cannot be done now. Look at its state first.",
    )
