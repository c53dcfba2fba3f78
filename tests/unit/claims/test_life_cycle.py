"""Whatever is asked of a claim in whatever order: only legal moves, three people, and money that adds up.

Beside the claim a plain model is kept, of phases, people and sums: it knows no events, shares or laws.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import reduce
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.claims import domain, messages, money
from services.claims.claim import Claim, Payment, Rejected
from services.claims.commands import (
    ChangePayees,
    Command,
    LookAgain,
    Pay,
    Pend,
    ReceiveDocuments,
    Reopen,
    Resume,
    RetractDeath,
    Return,
    Submit,
    Uphold,
    Void,
)
from services.claims.events import Event
from services.claims.reasons import PEND_REASONS
from services.claims.store import CLAIM
from tests.unit.claims.cases import (
    BOOK,
    COVERED,
    DISPUTE,
    ELDER,
    NOON,
    TODAY,
    UNCOVERED,
    WIDOW,
    YOUNGER,
    adds_up,
    cover_after,
    day,
    decide_on,
    order_on,
    reported,
    started,
)

PEOPLE = some.sampled_from(["putu", "made", "ketut", "nyoman", "gede"])
PAYERS = some.sampled_from(["ketut", "ketut", "ketut", "gede", "made"])
COVERS = {42_000_000: COVERED, 10_000_000: cover_after(started("2025-09-01", None)), 0: UNCOVERED}
"""What cover leads to."""
AMOUNTS = some.sampled_from(list(COVERS))
MOTHER = replace(WIDOW, share=(1, 3))
SON = replace(WIDOW, payee_id=ELDER, relation="child", share=(1, 3), born_on=day("2000-01-01"))
BABY = replace(SON, payee_id=YOUNGER, guardian=True, born_on=day("2020-01-01"))
FAMILIES = some.sampled_from(
    [(MOTHER, SON, BABY), (replace(MOTHER, share=(3, 7)), replace(SON, share=(1, 7)), replace(BABY, share=(3, 7)))]
)
CODES = sorted(one.code for one in BOOK.on(reported().incident_on).documents("JKM", {"spouse", "minor"}))


@dataclass
class Model:
    """What a clerk would write down about a claim; `base` is its phase, also while it is held."""

    base: str = "reported"
    held: set[str] = field(default_factory=set)
    due_on: date | None = None
    """The last day in time of an application, while its clock runs."""
    lacks: set[str] = field(default_factory=lambda: set(CODES))
    prepared: set[str] = field(default_factory=set)
    decider: str = ""
    deciders: set[str] = field(default_factory=set)
    rounds: int = 0
    reopened_for: str = ""
    meanwhile: bool = False
    """An appeal and nothing else: what was granted is paid on."""
    confirmed: bool = False
    confirmers: set[str] = field(default_factory=set)
    voided_for: str = ""
    decided: int = 0
    ordered: dict[UUID, tuple[int, int]] = field(default_factory=dict)
    """Benefit under way: number of the order, and amount."""
    orders: int = 0
    arrived: dict[UUID, tuple[int, int, int]] = field(default_factory=dict)
    """Benefit that arrived: number of the order, amount, and what it adds by being late."""
    back: dict[UUID, int] = field(default_factory=dict)
    """Benefit that came back: number of the order."""
    back_on: dict[UUID, date] = field(default_factory=dict)
    """The last day on which a payment came back."""
    late_ordered: dict[UUID, int] = field(default_factory=dict)
    late_arrived: dict[UUID, int] = field(default_factory=dict)
    review: int | None = None
    upheld: int | None = None

    @property
    def open(self) -> int:
        return sum(amount for _, amount in self.ordered.values())

    @property
    def paid(self) -> int:
        return sum(amount for _, amount, _ in self.arrived.values())

    @property
    def accrued(self) -> int:
        return sum(late for _, _, late in self.arrived.values())

    @property
    def late_paid(self) -> int:
        return sum(self.late_arrived.values())

    @property
    def due(self) -> int:
        return max(0, self.decided - self.paid - self.open)

    @property
    def under_way(self) -> bool:
        return bool(self.ordered or self.late_ordered)

    @property
    def unheld(self) -> str:
        """Give the state that the claim is in, or would be in if nothing held it."""
        if self.base != "decided" or not self.decided:
            return self.base
        if self.open:
            return "ordered"
        if self.due:
            return "returned" if self.orders in self.back.values() else "decided"
        return "paid" if self.decided and self.paid else "decided"


class LifeCycle(RuleBasedStateMachine):
    """One death, three heirs, five people at the office, and a bank that does as it likes."""

    @initialize(steps=some.integers(0, 7), amount=AMOUNTS, family=FAMILIES)
    def begin(self, steps: int, amount: int, family: Any) -> None:
        self.claim: Claim = domain.begin(reported())
        self.model = Model()
        self.events: list[Event] = []
        self.told: list[Command] = []
        self.first_due_on: date | None = None
        self.today = TODAY
        for _ in range(steps):
            self.goes_on(amount, family, steps)

    def ask(self, command: Command, *, legal: bool) -> bool:
        """Ask it of the claim, which says no where the model does; tell whether it was done."""
        try:
            events = domain.decide(self.claim, command)
        except Rejected as refused:
            assert not legal, f"{refused.code} for {command}"  # noqa: PT017 - a refusal is an answer here
            return False
        assert legal, f"{events} for {command}"
        self.events += events
        for event in events:
            for entry in messages.to_entries(self.claim, [event], at=NOON):
                self.first_due_on = getattr(entry.fact, "first_due_on", self.first_due_on)
            self.claim = domain.evolve(self.claim, event)
        return True

    # --- the file -----------------------------------------------------------------------------------------------------

    @rule(days=some.integers(1, 9))
    def time_passes(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(code=some.sampled_from([*CODES, *["all of them"] * len(CODES)]))
    def documents_come(self, code: str) -> None:
        codes = [code] if code in CODES else CODES
        command = ReceiveDocuments("gede", [(one, self.today) for one in codes], BOOK, self.today)
        if self.ask(command, legal=self.model.base in {"reported", "submitted"}):
            self.model.lacks -= set(codes)
            if not self.model.lacks:
                self.model.held -= {"documents"}

    @rule(actor=PEOPLE, family=FAMILIES)
    def apply(self, actor: str, family: Any) -> None:
        command = Submit(actor, family, self.today, BOOK, self.today)
        same = family == self.claim.payees
        legal = self.model.base == "reported" and not self.model.held
        if self.ask(command, legal=legal and (same or not self.model.under_way)):
            self.model.base = "submitted"
            self.model.meanwhile &= same
            self.model.prepared.add(actor)
            self.model.held = {"documents"} if self.model.lacks else set()

    @rule(actor=PEOPLE, family=FAMILIES)
    def name_other_payees(self, actor: str, family: Any) -> None:
        late = self.model.base == "decided"
        granted = late and self.model.decided > 0
        legal = self.model.base == "submitted" or (granted and actor != self.model.decider)
        legal &= not self.model.under_way
        changes = family != self.claim.payees
        if self.ask(ChangePayees(actor, family, BOOK, self.today), legal=legal) and changes:
            self.model.prepared.add(actor)
            self.model.held |= {"payees"} if late else set()
            self.model.meanwhile = False

    @rule(actor=PEOPLE, really=some.integers(0, 3), why=some.sampled_from(["dispute", "office"]))
    def hold(self, actor: str, really: int, why: str) -> None:
        state = self.model.unheld
        if really:
            return
        pays = bool(self.model.held or self.model.decided or self.claim.has_money)
        may_be_held = state in {"reported", "submitted", "returned"} or (state == "decided" and pays)
        reason = DISPUTE if why == "dispute" else PEND_REASONS["OTHER_OFFICE_ASKED"]
        if self.ask(Pend(actor, (reason,), self.today), legal=may_be_held):
            self.model.held.add(why)

    @rule(actor=PEOPLE)
    def let_go(self, actor: str) -> None:
        unseen = "payees" in self.model.held and actor in self.model.prepared
        if self.ask(Resume(actor, BOOK, self.today), legal=self.model.held != {"documents"} and not unseen):
            self.model.confirmers |= {actor} if "payees" in self.model.held else set()
            self.model.held -= {"dispute", "office", "payees"}

    # --- the decision -------------------------------------------------------------------------------------------------

    @rule(actor=PEOPLE, amount=AMOUNTS)
    def decide(self, actor: str, amount: int) -> None:
        model = self.model
        barred = model.prepared | ({model.decider} if model.reopened_for == "appeal" else set())
        legal = model.base == "submitted" and not model.held and actor not in barred
        if self.ask(decide_on(COVERS[amount], today=self.today, actor=actor), legal=legal):
            model.base, model.decider, model.decided, model.reopened_for = "decided", actor, amount, ""
            model.deciders.add(actor)
            model.rounds += 1
            model.confirmed |= amount > 0
            model.review = model.upheld = None
            model.confirmers, model.meanwhile = set(), False

    @rule(actor=PEOPLE, cause=some.sampled_from(["appeal", "correction"]))
    def reopen(self, actor: str, cause: Any) -> None:
        model = self.model
        again = model.base == "reported" and not model.held and model.reopened_for == cause
        appealed_now = cause == "appeal" and model.base == "reported" and not model.held and model.reopened_for != ""
        legal = again or appealed_now or (model.base == "decided" and not model.held and not model.under_way)
        if self.ask(Reopen(actor, cause, self.today), legal=legal) and not again:
            model.meanwhile = cause == "appeal" and not model.reopened_for and model.decided > 0
            model.base, model.reopened_for, model.review = "reported", cause, None

    @rule(actor=PEOPLE, cause=some.sampled_from(["duplicate", "withdrawn"]), really=some.integers(0, 9))
    def void(self, actor: str, cause: Any, really: int) -> None:
        model = self.model
        possible = model.base != "void" and not self.claim.payments and not model.confirmed
        if possible and really:
            return  # or else nine of ten claims would be over before they began
        legal = (possible and actor not in model.prepared | model.deciders) or model.voided_for == cause
        if self.ask(Void(actor, cause, self.today), legal=legal):
            model.base, model.voided_for, model.held = "void", cause, set()
            model.review, model.meanwhile = None, False

    @rule(actor=PEOPLE, really=some.integers(0, 9))
    def retract_the_death(self, actor: str, really: int) -> None:
        model = self.model
        possible = model.base != "void" and model.confirmed and not model.under_way
        if possible and really:
            return
        again = model.voided_for == "death_retracted"
        legal = (possible and actor not in model.prepared | model.deciders) or again
        if self.ask(RetractDeath(actor, self.today), legal=legal):
            model.base, model.voided_for, model.held = "void", "death_retracted", set()
            model.decided, model.review, model.meanwhile = 0, None, False

    @rule(amount=AMOUNTS)
    def cover_changes(self, amount: int) -> None:
        model = self.model
        self.ask(LookAgain(self.today, COVERS[amount], BOOK), legal=True)
        if model.base == "decided" or model.meanwhile:
            known = model.upheld if model.review is None else model.review
            model.review = None if amount == model.decided else model.review if amount == known else amount

    @rule(actor=PEOPLE)
    def uphold(self, actor: str) -> None:
        model = self.model
        waiting = model.review
        legal = model.upheld is not None if waiting is None else actor not in model.prepared
        if self.ask(Uphold(actor, self.today), legal=legal):
            model.review, model.upheld = None, model.upheld if waiting is None else waiting
            model.confirmers |= set() if waiting is None else {actor}

    # --- the money ----------------------------------------------------------------------------------------------------

    def third(self, actor: str) -> bool:
        return actor not in self.model.prepared | self.model.confirmers | {self.model.decider}

    @rule(actor=PEOPLE)
    def order(self, actor: str) -> None:
        model, before = self.model, len(self.claim.payments)
        due, owed = model.due, self.late_by_payee()
        if model.base != "decided":  # what came back waits for the account that an appeal names
            due = sum(part.idr for part in money.instalments(self.claim) if part.due_on is not None)
        pays = model.base == "decided" or (model.meanwhile and model.base in {"reported", "submitted"})
        legal = pays and not model.held and model.decided > 0 and self.third(actor)
        legal &= model.review is None or not (due or owed)
        if self.ask(order_on(self.today, actor=actor), legal=legal):
            new = self.claim.payments[before:]
            assert sum(one.ordered_idr for one in new if one.kind == "benefit") == due
            assert sum(one.ordered_idr for one in new if one.kind == "late") == owed
            model.orders += bool(due)
            model.ordered |= {one.payment_id: (model.orders, one.ordered_idr) for one in new if one.kind == "benefit"}
            model.late_ordered |= {one.payment_id: one.ordered_idr for one in new if one.kind == "late"}

    def late_by_payee(self) -> int:
        """Add up what each payee is owed for lateness; nobody's is set against another's."""
        owed = Counter[UUID]()
        for one in self.claim.payments:
            owed[one.payee_id] += self.model.arrived.get(one.payment_id, (0, 0, 0))[2]
            owed[one.payee_id] -= self.model.late_arrived.get(one.payment_id, 0)
            owed[one.payee_id] -= self.model.late_ordered.get(one.payment_id, 0)
        return sum(idr for idr in owed.values() if idr > 0)

    def payment(self, which: int, *states: Any) -> Payment | None:
        found = [one for one in self.claim.payments if one.state in states]
        return found[which % len(found)] if found else None

    @precondition(lambda self: self.model.under_way or self.model.back)
    @rule(
        actor=PAYERS,
        which=some.integers(0, 5),
        off=some.sampled_from([0, 0, 0, -1_000_000, 1_000_000]),
        after_all=some.integers(0, 5),
    )
    def the_bank_pays(self, actor: str, which: int, off: int, after_all: int) -> None:
        """Money arrives; one time in six, that of which it was told that it came back."""
        model = self.model
        payment = self.payment(which, "returned" if not after_all else "ordered")
        if payment is None:
            return
        late = payment.kind == "late"
        amount = payment.ordered_idr + max(off, 1 - payment.ordered_idr)
        line = f"line {payment.payment_id} {len(self.told)}"
        command = Pay(actor, payment.payment_id, self.today, amount, line, self.today)
        if self.ask(command, legal=self.third(actor) and amount <= payment.ordered_idr):
            self.told.append(command)
            if model.back_on.get(payment.payment_id) == self.today:
                return  # a line of before: it came back later that day
            if late:
                model.late_ordered.pop(payment.payment_id, None)
                model.late_arrived[payment.payment_id] = amount
                return
            number = model.back.pop(payment.payment_id, None) or model.ordered.pop(payment.payment_id)[0]
            days = max(0, (self.today - (payment.due_on or self.today)).days)
            part = (Decimal(amount) * days / 100).to_integral_value(ROUND_HALF_UP)
            model.arrived[payment.payment_id] = (number, amount, int(part))

    @precondition(lambda self: self.claim.payments)
    @rule(actor=PAYERS, which=some.integers(0, 5), bounced=some.integers(0, 5))
    def the_bank_gives_back(self, actor: str, which: int, bounced: int) -> None:
        """Money comes back; one time in six after it had arrived."""
        model = self.model
        payment = self.payment(which, "paid" if not bounced else "ordered")
        if payment is None:
            return
        line = f"line {payment.payment_id} {len(self.told)}"
        command = Return(actor, payment.payment_id, self.today, "ACCOUNT_CLOSED", line, BOOK, self.today)
        if self.ask(command, legal=self.third(actor)):
            self.told.append(command)
            model.back_on[payment.payment_id] = self.today
            if payment.kind == "late":
                model.late_ordered.pop(payment.payment_id, None)
                model.late_arrived.pop(payment.payment_id, None)
            else:
                before = model.arrived.pop(payment.payment_id, None) or model.ordered.pop(payment.payment_id)
                model.back[payment.payment_id] = before[0]

    @precondition(lambda self: self.told)
    @rule(which=some.integers(0, 20))
    def the_bank_repeats_itself(self, which: int) -> None:
        command = self.told[which % len(self.told)]
        self.ask(command, legal=self.third(command.actor))  # type: ignore[union-attr]

    @rule(amount=AMOUNTS, family=FAMILIES, days=some.integers(0, 6))
    def goes_on(self, amount: int, family: Any, days: int) -> None:
        """Do what comes next, by whose work it is: all else alone would hardly ever come as far as money."""
        model = self.model
        if model.held:
            self.documents_come("all of them") if "documents" in model.held else self.let_go("gede")
        elif model.base == "reported":
            self.documents_come("all of them")
            self.apply("putu", family)
        elif model.base == "submitted":
            self.decide("nyoman" if model.reopened_for == "appeal" and model.decider == "made" else "made", amount)
        elif model.under_way:
            self.today += timedelta(days=days)
            if amount:
                self.the_bank_pays("ketut", 0, 0, 1)
            else:
                self.the_bank_gives_back("ketut", 0, 1)
        elif model.base == "decided" and model.review is not None:
            self.uphold("gede")
        elif model.due:
            self.order("ketut")
        elif model.base == "decided":
            self.reopen("gede", "appeal" if amount else "correction")

    # --- at all times -------------------------------------------------------------------------------------------------

    @invariant()
    def the_clock_of_an_application_runs_while_nothing_is_asked_of_the_family(self) -> None:
        model = self.model
        if model.base != "submitted":
            model.due_on = None
            return
        late = model.due_on is not None and model.due_on < self.today
        if not model.held & {"documents", "dispute"}:
            model.due_on = model.due_on or BOOK.due_on(self.today, "JKM")
        elif not late:
            model.due_on = None
        assert self.claim.due_on == model.due_on

    @invariant()
    def is_in_the_state_that_the_model_says(self) -> None:
        model = self.model
        assert self.claim.state == ("pended" if model.held else model.unheld)
        assert len(self.claim.decisions) == model.rounds
        assert (self.claim.review is None) == (model.review is None)

    @invariant()
    def the_money_adds_up(self) -> None:
        model, told = self.model, money.account(self.claim)
        adds_up(self.claim)
        assert (told.decided_idr, told.paid_idr, told.ordered_idr, told.due_idr) == (
            model.decided,
            model.paid,
            model.open,
            model.due,
        )
        assert sum(part.idr for part in money.instalments(self.claim)) == told.due_idr
        assert told.late_owed_idr == (self.late_by_payee() if model.base != "void" else 0)
        assert (told.late_ordered_idr, told.late_paid_idr) == (sum(model.late_ordered.values()), model.late_paid)

    @invariant()
    def whoever_heard_its_facts_knows_by_when_it_is_first_to_be_paid(self) -> None:
        if self.claim.state != "void":
            assert self.first_due_on == money.due_on(self.claim)

    @invariant()
    def three_people_stand_behind_each_payment(self) -> None:
        for one in self.claim.decisions:
            assert one.proposer != one.decider
        assert len({one.payment_id for one in self.claim.payments}) == len(self.claim.payments)

    def teardown(self) -> None:
        assert reduce(domain.evolve, self.events, domain.begin(reported())) == self.claim
        assert CLAIM.validate_json(CLAIM.dump_json(self.claim)) == self.claim


TestLifeCycle = LifeCycle.TestCase
TestLifeCycle.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)
