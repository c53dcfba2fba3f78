"""What may be asked of a claim.

`today` is the business date. Whoever acts is named; proposer, decider and payer of a round are three people. `Report`
begins a claim; every other one is a `Command` to a claim that there is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.claims.claim import (
    Channel,
    Circumstances,
    Claim,
    Findings,
    Payee,
    Programme,
    ReopenedFor,
    Signal,
    VoidedFor,
)
from services.claims.coverage import Cover
from services.claims.reasons import Reason
from services.claims.rules import RuleBook


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
    channel: Channel = "counter"
    died_on: date | None = None
    """Of a JKK claim whose accident was fatal; the incident of a JKM claim is the death itself."""
    circumstances: Circumstances | None = None
    account_id: UUID | None = None
    others: Sequence[Claim] = ()


@dataclass(frozen=True, slots=True)
class Recheck:
    """Look again at a claim that waits for its worker."""

    at: datetime
    today: date
    worker_known: bool


@dataclass(frozen=True, slots=True)
class Describe:
    """Complete the first report of an accident."""

    circumstances: Circumstances
    account_id: UUID | None
    book: RuleBook
    today: date


@dataclass(frozen=True, slots=True)
class ReceiveDocuments:
    """Take in documents of the checklist: code and day of receipt of each; one that is there already is no news."""

    actor: str
    documents: Sequence[tuple[str, date]]
    book: RuleBook
    today: date


@dataclass(frozen=True, slots=True)
class Find:
    """Replace the findings; until the decision, and again after the claim was reopened."""

    actor: str
    findings: Findings
    book: RuleBook
    today: date


@dataclass(frozen=True, slots=True)
class Submit:
    """Apply for the benefit, for these payees."""

    actor: str
    payees: tuple[Payee, ...]
    """None of them: those of an earlier application, where the claim was reopened."""
    submitted_on: date
    book: RuleBook
    today: date
    signals: tuple[Signal, ...] = ()
    worker_died_on: date | None = None
    """As the register holds it: the heirs are paid what an accident gave to a worker who died since."""


@dataclass(frozen=True, slots=True)
class ChangePayees:
    """Replace the payees: a share was settled, or a payment came back; not while a payment is under way."""

    actor: str
    payees: tuple[Payee, ...]
    book: RuleBook
    today: date
    signals: tuple[Signal, ...] = ()
    worker_died_on: date | None = None
    """As the register holds it."""


@dataclass(frozen=True, slots=True)
class Pend:
    """Hold the claim, for the reasons given, wherever it is before the payment is ordered."""

    actor: str
    reasons: tuple[Reason, ...]
    today: date


@dataclass(frozen=True, slots=True)
class Resume:
    """Let a claim that a person pended go on; the service clock begins anew if the family was asked for something."""

    actor: str
    book: RuleBook
    today: date


@dataclass(frozen=True, slots=True)
class Decide:
    """Decide on the cover and the rules of the day of the incident; `others` are all claims of the person."""

    actor: str
    today: date
    cover: Cover
    book: RuleBook
    signals: tuple[Signal, ...] = ()
    others: Sequence[Claim] = ()


@dataclass(frozen=True, slots=True)
class OrderPayment:
    """Order what the decision grants beyond earlier orders, and what the law adds where they were paid late.

    `others` are all claims of the person, also those of workers merged with this one.
    """

    actor: str
    today: date
    cover: Cover
    book: RuleBook
    others: Sequence[Claim] = ()


@dataclass(frozen=True, slots=True)
class Pay:
    """The money of one payment reached its payee: as much as `amount_idr`; also after it was told that it came back."""

    actor: str
    payment_id: UUID
    paid_on: date
    amount_idr: int
    bank_reference: str | None
    today: date


@dataclass(frozen=True, slots=True)
class Return:
    """The money of one payment came back; also after it had arrived."""

    actor: str
    payment_id: UUID
    returned_on: date
    code: str
    bank_reference: str | None
    book: RuleBook
    today: date


@dataclass(frozen=True, slots=True)
class Reopen:
    """Let a decided or paid claim be decided anew."""

    actor: str
    cause: ReopenedFor
    today: date
    others: Sequence[Claim] = ()


@dataclass(frozen=True, slots=True)
class Void:
    """Take the claim out of the books, before anything of it was ordered."""

    actor: str
    cause: VoidedFor
    today: date


@dataclass(frozen=True, slots=True)
class RetractDeath:
    """The worker is alive, or the claim rests on the wrong day; what was paid is owed back."""

    actor: str
    today: date


@dataclass(frozen=True, slots=True)
class LookAgain:
    """Weigh the decision that stands on the cover as it is known now, and say if it would come out otherwise."""

    today: date
    cover: Cover
    book: RuleBook
    """The edition that the decision rests on."""
    others: Sequence[Claim] = ()
    """All claims of the person."""


@dataclass(frozen=True, slots=True)
class Uphold:
    """Leave the decision as it stands, though cover changed since."""

    actor: str
    today: date


Command = (
    Recheck
    | Describe
    | ReceiveDocuments
    | Find
    | Submit
    | ChangePayees
    | Pend
    | Resume
    | Decide
    | OrderPayment
    | Pay
    | Return
    | Reopen
    | Void
    | RetractDeath
    | LookAgain
    | Uphold
)
