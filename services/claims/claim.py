"""The words of a claim: its state, what may be asked of it (commands), and what happened to it (events)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from services.claims.benefits import Component
from services.claims.coverage import Cover, Membership
from services.claims.reasons import Reason
from services.claims.rules import Rules

State = Literal["waiting", "pended", "reported", "submitted", "decided", "ordered", "paid", "void"]
Programme = Literal["JKM", "JKK"]
Outcome = Literal["approved", "partially_approved", "denied"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, with its proof.

    `memberships` are those in force on the day of the incident for the programme; the first is the one that reports
    count the claim under.
    """

    outcome: Outcome
    decided_on: date
    components: tuple[Component, ...]
    reasons: tuple[Reason, ...]
    rule_version: str
    coverage_sequence: int
    memberships: tuple[Membership, ...]

    @property
    def amount_idr(self) -> int:
        return sum(component.amount_idr for component in self.components)


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim for the death of a worker; JKK if work caused it, JKM otherwise."""

    claim_id: UUID
    worker_id: UUID
    programme: Programme
    incident_on: date
    reported_on: date
    reported_at: datetime
    state: State
    pended_for: tuple[Reason, ...] = ()
    proposer: str | None = None
    payee_id: UUID | None = None
    submitted_on: date | None = None
    decider: str | None = None
    decision: Decision | None = None
    payer: str | None = None
    order_id: UUID | None = None
    ordered_on: date | None = None
    paid_on: date | None = None


class Rejected(Exception):
    """A rule says no; `code` is stable, the sentences say why and how to go on."""

    def __init__(self, code: str, *, indonesian: str, english: str) -> None:
        super().__init__(english)
        self.code, self.indonesian, self.english = code, indonesian, english


# --- Commands ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Report:
    """Take in a first report; `others` are all claims of the person, `rules_from` the first day with known rules."""

    claim_id: UUID
    worker_id: UUID
    programme: Programme
    incident_on: date
    reported_on: date
    at: datetime
    today: date
    worker_known: bool
    rules_from: date
    others: Sequence[Claim] = ()


@dataclass(frozen=True, slots=True)
class Recheck:
    """Look again at a claim that waits for its worker."""

    at: datetime
    worker_known: bool


@dataclass(frozen=True, slots=True)
class Submit:
    """The file is complete; `payee_id` is the place in the vault of whoever is to be paid."""

    actor: str
    payee_id: UUID
    submitted_on: date
    today: date


@dataclass(frozen=True, slots=True)
class Decide:
    """Decide on the cover and the rules of the day of the incident."""

    actor: str
    today: date
    cover: Cover
    rules: Rules
    others: Sequence[Claim] = ()


@dataclass(frozen=True, slots=True)
class OrderPayment:
    """Order the payment; `others` are all claims of the person, also those of workers merged with this one."""

    actor: str
    order_id: UUID
    today: date
    others: Sequence[Claim] = ()


@dataclass(frozen=True, slots=True)
class Pay:
    """The money reached the payee."""

    actor: str
    paid_on: date
    today: date


@dataclass(frozen=True, slots=True)
class RetractDeath:
    """The worker is alive, or the claim rests on the wrong day."""


Command = Recheck | Submit | Decide | OrderPayment | Pay | RetractDeath


# --- Events -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reported:
    claim_id: UUID
    worker_id: UUID
    programme: Programme
    incident_on: date
    reported_on: date
    at: datetime
    worker_known: bool


@dataclass(frozen=True, slots=True)
class WorkerBecameKnown:
    """The claim goes on by itself; nobody else needs to hear of it."""


@dataclass(frozen=True, slots=True)
class Pended:
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Submitted:
    actor: str
    payee_id: UUID
    submitted_on: date


@dataclass(frozen=True, slots=True)
class Decided:
    actor: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class DeathConfirmed:
    died_on: date


@dataclass(frozen=True, slots=True)
class PaymentOrdered:
    actor: str
    order_id: UUID
    ordered_on: date
    amount_idr: int


@dataclass(frozen=True, slots=True)
class Paid:
    paid_on: date


@dataclass(frozen=True, slots=True)
class DeathRetracted:
    """The claim is void."""


Event = (
    Reported
    | WorkerBecameKnown
    | Pended
    | Submitted
    | Decided
    | DeathConfirmed
    | PaymentOrdered
    | Paid
    | DeathRetracted
)
