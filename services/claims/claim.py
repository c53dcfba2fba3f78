"""The words of a claim: what it holds, and how a rule says no."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from services.claims.coverage import Membership
from services.claims.coverage import State as CoverState
from services.claims.reasons import Reason

State = Literal["waiting", "pended", "reported", "submitted", "decided", "ordered", "returned", "paid", "void"]
Programme = Literal["JKM", "JKK"]
Outcome = Literal["approved", "partially_approved", "denied"]
Channel = Literal["counter", "village", "phone", "messenger", "email"]
"""How the first report came; since Permenaker 1/2025 it need not be on paper."""
Level = Literal["TK", "SD", "SMP", "SMA", "UNIVERSITY"]
ReopenedFor = Literal["appeal", "review", "correction", "further_benefit", "scholarship"]
VoidedFor = Literal["entered_in_error", "withdrawn", "duplicate", "death_retracted"]
PaymentKind = Literal["benefit", "late"]
"""A part of the benefit; or what the law adds because a payment came late."""
ReviewEnd = Literal["reopened", "upheld", "withdrawn"]
Place = Literal["at_work", "off_site", "traffic"]
Mode = Literal["land", "sea", "air"]
Relation = Literal[
    "worker",  # of an accident, who lives
    "spouse",
    "child",
    "parent",
    "grandchild",
    "grandparent",
    "sibling",
    "parent_in_law",
    "named_in_will",
    "burial_arranger",
    "social_security_fund",
]
"""What a payee is to the worker (PP 44/2015 Pasal 37 and 40)."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How the accident happened, as far as rules ask for it; who saw it and the story stand in the vault."""

    place: Place
    activity: str
    """A code of payung_contracts.fact.Activity."""
    witnesses: int
    police_report: bool


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the checklist that was received."""

    code: str
    received_on: date
    actor: str


@dataclass(frozen=True, slots=True)
class Transport:
    """One way by which the injured worker was brought to care, with what its receipts add up to."""

    mode: Mode
    receipts_idr: int


@dataclass(frozen=True, slots=True)
class Inability:
    """Days on which the worker could not work: `[begins_on, healed_on)`; None is not healed yet."""

    begins_on: date
    healed_on: date | None


@dataclass(frozen=True, slots=True)
class Injury:
    """A lasting loss: a code of the table of disabilities.

    `loss_permille` None is the loss of the part itself (anatomical); a number is how much of its function is lost.
    """

    code: str
    loss_permille: int | None = None


@dataclass(frozen=True, slots=True)
class SchoolYear:
    """A year of school that was proven; `year` is the one in which it begins (in July)."""

    year: int
    level: Level


@dataclass(frozen=True, slots=True)
class Child:
    """A child of the worker who may have a scholarship; no name is kept of them.

    `right_ended_on` is the day of a marriage or of the first work.
    """

    child_id: UUID
    born_on: date
    years: tuple[SchoolYear, ...] = ()
    right_ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found out about the incident, and what it cost: beside cover and rules, all that amounts rest on."""

    work_related: bool = True
    died_on: date | None = None
    medical_idr: int = 0
    transport: tuple[Transport, ...] = ()
    inability: tuple[Inability, ...] = ()
    injuries: tuple[Injury, ...] = ()
    total_disability: bool = False
    orthosis_idr: int = 0
    """The price that the government's rehabilitation hospital sets for a prosthesis or orthosis."""
    monthly_wage_idr: int | None = None
    """Proven wage of a wage earner; others count with the lowest band of income."""
    children: tuple[Child, ...] = ()


@dataclass(frozen=True, slots=True)
class Payee:
    """Somebody to be paid: name, bank and account stand in the vault under `payee_id`.

    Shares are fractions that add up to one. `account_index` is the keyed hash of bank and account, `name_index` that of
    the name: whoever is named otherwise is another payee.
    """

    payee_id: UUID
    relation: Relation
    share: tuple[int, int]
    guardian: bool = False
    """The account is a guardian's, since the payee is a minor."""
    born_on: date | None = None
    account_index: str = ""
    representative: bool = False
    """The account is that of somebody with a power of attorney."""
    name_index: str = ""


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a benefit in whole rupiah, with the law that grants it and the arithmetic that led to it."""

    code: str
    amount_idr: int
    legal_reference: str
    arithmetic: str = ""


@dataclass(frozen=True, slots=True)
class Obligation:
    """A year of school that will be paid if it is proven: of the first or second child."""

    child: int
    level: Level
    due_on: date
    amount_idr: int


@dataclass(frozen=True, slots=True)
class Question:
    """All that a decision rests on. The same question to the same edition of the rules always has the same answer."""

    programme: Programme
    incident_on: date
    reported_on: date
    findings: Findings
    cover: CoverState | None
    """The worker's cover as it was known, as of fact number `coverage_sequence` of the worker's key."""
    coverage_sequence: int
    edition: int
    granted_claim: UUID | None = None
    """Another claim that pays for the same death."""

    @property
    def died_on(self) -> date | None:
        """The day of the death that is asked about; None is an accident that the worker survived."""
        return self.incident_on if self.programme == "JKM" else self.findings.died_on


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to a question; `memberships` are those in force on the day, the one that reports count first."""

    outcome: Outcome
    components: tuple[Component, ...]
    reasons: tuple[Reason, ...]
    rule_version: str
    memberships: tuple[Membership, ...]
    obligations: tuple[Obligation, ...] = ()

    @property
    def amount_idr(self) -> int:
        return sum(component.amount_idr for component in self.components)


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, by whom, and all that it rests on; each decision of a claim replaces the one before whole."""

    round: int
    decided_on: date
    decider: str
    question: Question
    verdict: Verdict
    proposer: str | None = None
    """Who had applied for it."""

    @property
    def granted(self) -> bool:
        return self.verdict.outcome != "denied"


@dataclass(frozen=True, slots=True)
class Settled:
    """What somebody said became of a payment: it arrived, as much as `paid_idr`, or came back, for `return_code`.

    `bank_reference` names the line of the bank's file that told of it; None was told by hand.
    """

    state: Literal["paid", "returned"]
    settled_on: date
    paid_idr: int
    bank_reference: str | None
    return_code: str | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment of an order to one payee, and what became of it.

    `bank_reference` names the line of the bank's file that told of it; `earlier` is what was told before that.
    """

    payment_id: UUID
    order_id: UUID
    payee_id: UUID
    kind: PaymentKind
    ordered_idr: int
    ordered_on: date
    payer: str
    state: Literal["ordered", "paid", "returned"] = "ordered"
    paid_idr: int = 0
    settled_on: date | None = None
    bank_reference: str | None = None
    return_code: str | None = None
    due_on: date | None = None
    """The last day on which the payment is in time."""
    penalty_permille_per_day: int = 0
    """What the law adds for each day after that, in thousandths of the payment."""
    again_by: date | None = None
    """By when to pay what did not arrive of it; None if nothing lacks, or an order took its place."""
    earlier: tuple[Settled, ...] = ()

    @property
    def told(self) -> tuple[Settled, ...]:
        """All that was ever said of it, the last of which stands."""
        if self.state == "ordered" or self.settled_on is None:
            return self.earlier
        last = Settled(self.state, self.settled_on, self.paid_idr, self.bank_reference, self.return_code)
        return (*self.earlier, last)


@dataclass(frozen=True, slots=True)
class DuePart:
    """A part of the benefit that was not ordered, and the last day on which it is in time."""

    due_on: date
    idr: int


@dataclass(frozen=True, slots=True)
class Signal:
    """Something about the claim that a person should look at before deciding; never a reason to refuse by itself."""

    code: str
    indonesian: str
    english: str


@dataclass(frozen=True, slots=True)
class Review:
    """Cover changed after the decision: what the newest decision would be now."""

    since: date
    coverage_sequence: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim for an accident (JKK) or a death (JKM).

    `pended_in` is the state to go back to. `decisions` are in their order, the last one stands.
    """

    claim_id: UUID
    worker_id: UUID
    programme: Programme
    incident_on: date
    reported_on: date
    reported_at: datetime
    state: State
    channel: Channel = "counter"
    pended_for: tuple[Reason, ...] = ()
    pended_in: State | None = None
    circumstances: Circumstances | None = None
    account_id: UUID | None = None
    """Where the story and the names of the witnesses stand in the vault."""
    documents: tuple[Document, ...] = ()
    findings: Findings = field(default_factory=Findings)
    payees: tuple[Payee, ...] = ()
    proposer: str | None = None
    """Who applied for the benefit last."""
    prepared_by: tuple[str, ...] = ()
    """Who applied, found or named payees: none of them decides about this claim, or orders its payment."""
    submitted_on: date | None = None
    completed_on: date | None = None
    weighed_idr: int = 0
    """What it came to when it was weighed and found to lack a document for that; 0 is not so."""
    due_on: date | None = None
    """The last day in time; None while no clock runs."""
    due_before: tuple[DuePart, ...] = ()
    """What was due before the clock began anew, the oldest first: it stays due by its own day."""
    reopened_for: ReopenedFor | None = None
    pays_meanwhile: bool = False
    """Reopened for nothing but an appeal, for the same payees: what stands granted is ordered until the decision."""
    decisions: tuple[Decision, ...] = ()
    payments: tuple[Payment, ...] = ()
    signals: tuple[Signal, ...] = ()
    review: Review | None = None
    upheld: Review | None = None
    """The review that a person answered by leaving the decision as it stands."""
    confirmed_by: tuple[str, ...] = ()
    """Who let payees stand that were changed after the decision, or upheld it: none of them orders its payment."""
    voided_for: VoidedFor | None = None
    accident_on: date | None = None
    """Of a claim that began as JKK and goes on under JKM: the day of its accident."""

    @property
    def decision(self) -> Decision | None:
        """The decision that stands."""
        return self.decisions[-1] if self.decisions else None

    @property
    def died_on(self) -> date | None:
        """The day of the death that the claim is for; None is an accident that the worker survived."""
        return self.incident_on if self.programme == "JKM" else self.findings.died_on

    @property
    def granted(self) -> bool:
        """Tell whether the claim pays, or paid; also while it is reopened."""
        return self.state != "void" and self.decision is not None and self.decision.granted

    @property
    def paid_death(self) -> date | None:
        """The day of death that the last decision to grant anything rests on, whatever was found since."""
        granted = [decision.question for decision in self.decisions if decision.granted]
        return granted[-1].died_on if granted else None

    @property
    def has_money(self) -> bool:
        """Tell whether any of its payments arrived, or is on its way."""
        return any(payment.state != "returned" for payment in self.payments)

    @property
    def came_to_nothing(self) -> bool:
        """Tell whether another claim may be made for the same event: facts may have been corrected since.

        One that was denied after it was paid stands in the way: the event would be paid twice.
        """
        return self.state == "void" or (self.state == "decided" and not self.granted and not self.has_money)


class Rejected(Exception):
    """A rule says no; `code` is stable, the sentences say why and how to go on."""

    def __init__(self, code: str, *, indonesian: str, english: str) -> None:
        super().__init__(english)
        self.code, self.indonesian, self.english = code, indonesian, english
