"""What happened to a claim."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.claims.claim import (
    Channel,
    Circumstances,
    Decision,
    Document,
    Findings,
    Payee,
    Payment,
    Programme,
    ReopenedFor,
    Review,
    ReviewEnd,
    Settled,
    Signal,
    VoidedFor,
)
from services.claims.reasons import Reason


@dataclass(frozen=True, slots=True)
class Reported:
    claim_id: UUID
    worker_id: UUID
    programme: Programme
    incident_on: date
    reported_on: date
    at: datetime
    worker_known: bool
    channel: Channel
    died_on: date | None
    circumstances: Circumstances | None
    account_id: UUID | None


@dataclass(frozen=True, slots=True)
class WorkerBecameKnown:
    """The claim goes on by itself; others need to hear of it if they heard that it waits."""

    known_on: date


@dataclass(frozen=True, slots=True)
class Described:
    """Nobody else needs to hear of it."""

    circumstances: Circumstances
    account_id: UUID | None


@dataclass(frozen=True, slots=True)
class DocumentsReceived:
    """Nobody else needs to hear of it, until all are there."""

    documents: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Nobody else needs to hear of it: findings are health data, and the decision says what they lead to."""

    actor: str
    findings: Findings


@dataclass(frozen=True, slots=True)
class Submitted:
    actor: str
    payees: tuple[Payee, ...]
    submitted_on: date
    signals: tuple[Signal, ...] = ()


@dataclass(frozen=True, slots=True)
class Completed:
    """Nothing is missing any more; the service clock runs."""

    completed_on: date
    due_on: date
    """The last day in time; before `completed_on`, if the claim was late when it was found to lack something."""


@dataclass(frozen=True, slots=True)
class PayeesChanged:
    """Nobody else needs to hear of it."""

    actor: str
    payees: tuple[Payee, ...]
    signals: tuple[Signal, ...] = ()


@dataclass(frozen=True, slots=True)
class Pended:
    reasons: tuple[Reason, ...]
    pended_on: date


@dataclass(frozen=True, slots=True)
class Weighed:
    """Nobody else needs to hear of it: what the benefit comes to asks for a document more."""

    amount_idr: int


@dataclass(frozen=True, slots=True)
class Resumed:
    resumed_on: date
    confirmed_by: str | None = None
    """Who looked at payees that were changed after the decision, if it was held for that."""


@dataclass(frozen=True, slots=True)
class Rerouted:
    """The claim goes on under the other programme."""

    to_programme: Programme
    incident_on: date
    reasons: tuple[Reason, ...]
    rerouted_on: date


@dataclass(frozen=True, slots=True)
class Decided:
    decision: Decision
    previous_amount_idr: int
    signals: tuple[Signal, ...]


@dataclass(frozen=True, slots=True)
class DeathConfirmed:
    died_on: date


@dataclass(frozen=True, slots=True)
class PaymentOrdered:
    order_id: UUID
    ordered_on: date
    payments: tuple[Payment, ...]


@dataclass(frozen=True, slots=True)
class Paid:
    payment_id: UUID
    paid_on: date
    amount_idr: int
    bank_reference: str | None


@dataclass(frozen=True, slots=True)
class Returned:
    payment_id: UUID
    returned_on: date
    code: str
    bank_reference: str | None
    again_by: date
    """By when to pay it anew."""


@dataclass(frozen=True, slots=True)
class BankLineMatched:
    """The bank's file tells what a person had told before; nobody else needs to hear of it."""

    payment_id: UUID
    bank_reference: str
    place: int
    """Which of all that was told of the payment it was, from 0."""


@dataclass(frozen=True, slots=True)
class BankLineOutrun:
    """The bank's file tells that money arrived, after it told that it came back since; nobody else needs to hear it."""

    payment_id: UUID
    told: Settled


@dataclass(frozen=True, slots=True)
class Reopened:
    actor: str
    cause: ReopenedFor
    reopened_on: date


@dataclass(frozen=True, slots=True)
class Voided:
    cause: VoidedFor
    voided_on: date
    to_recover_idr: int


@dataclass(frozen=True, slots=True)
class DeathRetracted:
    """Voided follows; or DeathConfirmed, if it was the day that was wrong."""


@dataclass(frozen=True, slots=True)
class ReviewRequired:
    review: Review


@dataclass(frozen=True, slots=True)
class ReviewSettled:
    ended_by: ReviewEnd
    settled_on: date
    upheld_by: str | None = None


Event = (
    Reported
    | WorkerBecameKnown
    | Described
    | DocumentsReceived
    | Found
    | Submitted
    | Completed
    | PayeesChanged
    | Pended
    | Weighed
    | Resumed
    | Rerouted
    | Decided
    | DeathConfirmed
    | PaymentOrdered
    | Paid
    | Returned
    | BankLineMatched
    | BankLineOutrun
    | Reopened
    | Voided
    | DeathRetracted
    | ReviewRequired
    | ReviewSettled
)
