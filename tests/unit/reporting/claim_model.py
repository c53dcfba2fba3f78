"""What facts say of claims, in the plainest way: each claim's facts read through once for every question."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from itertools import zip_longest
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import strategies as st
from payung_contracts import claims
from payung_contracts.fact import Fact

from tests.unit.reporting import claim_cases as told
from tests.unit.reporting.calendar_model import JANUARY

WITA = timezone(timedelta(hours=8))
Told = tuple[datetime, Fact]


class Standing(NamedTuple):
    """How a claim stands."""

    stage: str
    programme: str
    granted_idr: int | None
    paid_idr: int
    late_idr: int
    underpaid_idr: int
    outstanding_idr: int
    due_on: date | None
    overdue: bool


@dataclass
class Payment:
    """The newest that was told of a payment."""

    ordered_on: date | None = None
    ordered_idr: int = 0
    ordered_due_on: date | None = None
    completed_on: date | None = None
    due_on: date | None = None
    """Of what was paid, as the day before."""
    paid: claims.ClaimPaid | None = None
    returned_on: date | None = None
    returned_last: bool = False

    def arrived(self, on: date) -> claims.ClaimPaid | None:
        return self.paid if self.paid and not self.returned_last and self.paid.paid_on <= on else None


@dataclass
class Claim:
    """What was told of a claim that had happened by a day."""

    programme: str
    last: str = "reported"
    clock: date | None = None
    clock_told: bool = False
    """Whether the clock was told with by when money is first due."""
    first_due_on: date | None = None
    complete: bool = False
    decision: claims.ClaimDecided | None = None
    deciding: bool = True
    payments: dict[UUID, Payment] = field(default_factory=dict)
    granted: list[int] = field(default_factory=list)
    living: int = 0
    ordered_while_living: set[UUID] = field(default_factory=set)
    death_told: bool = False

    def hear(self, fact: Any) -> None:
        match fact:
            case claims.ClaimSubmitted() | claims.ClaimResumed():
                self.last = "goes on"
            case claims.DocumentsCompleted():
                self.last, self.complete, self.clock = "goes on", True, fact.due_on
                self.clock_told = fact.first_due_on is not None
            case claims.ClaimPended():
                self.last = "pended"
            case claims.ClaimRerouted():
                self.last, self.programme = "goes on", fact.to_programme
            case claims.ClaimDecided():
                self.last, self.decision, self.deciding = "goes on", fact, False
            case claims.ClaimReopened():
                self.last, self.deciding, self.complete = "goes on", True, False
            case _:
                pass

    def hear_by_when(self, fact: Any) -> None:
        """Take in by when money is first due; what claims does not tell is told by the clock."""
        match fact:
            case (
                claims.DocumentsCompleted()
                | claims.ClaimPended()
                | claims.ClaimRerouted()
                | claims.ClaimDecided()
                | claims.ClaimPaid()
                | claims.PaymentReturned()
                | claims.ClaimReopened()
            ):
                self.first_due_on = fact.first_due_on
            case _:
                pass

    def hear_of_the_living(self, fact: Any) -> None:
        """Take in what was granted and ordered before the claim told of a death."""
        if self.death_told:
            return
        match fact:
            case claims.ClaimDecided() if fact.outcome != "denied":
                self.granted.append(fact.amount_idr)
            case claims.PaymentOrdered():
                self.ordered_while_living |= {each.payment_id for each in fact.payments if each.kind == "benefit"}
            case claims.DeathConfirmed():
                self.living = self.granted[-2] if len(self.granted) > 1 else 0  # the newest is that of the death
                self.death_told = True
            case _:
                pass

    def standing(self, on: date) -> Standing:
        benefits, late = list[claims.ClaimPaid](), 0
        for paid in filter(None, (each.arrived(on) for each in self.payments.values())):
            if paid.kind == "late":
                late += paid.amount_idr
            else:
                benefits.append(paid)
        paid_idr = sum(each.amount_idr for each in benefits)
        short = sum(max((each.ordered_idr or each.amount_idr) - each.amount_idr, 0) for each in benefits)
        granted = self.decision.amount_idr if self.decision else None
        owed = max((granted or 0) + self.kept(on) - paid_idr, 0)
        stage = self._stage(on, owed)
        due_on = self.first_due_on if self.clock_told else self.first_due_on or self.clock
        runs = self.first_due_on is not None or stage in {"submitted", "decided", "ordered", "returned"}
        overdue = due_on is not None and due_on < on
        return Standing(stage, self.programme, granted, paid_idr, late, short, owed, due_on, overdue and runs)

    def kept(self, on: date) -> int:
        """Sum what stays the worker's beside what a death grants that the accident did not cause."""
        if not self.death_told or self.decision is None or self.decision.programme != "JKM":
            return 0
        arrived = ((key, each.arrived(on)) for key, each in self.payments.items())
        paid = sum(
            one.amount_idr
            for key, one in arrived
            if one and one.kind == "benefit" and one.programme == "JKK" and key in self.ordered_while_living
        )
        return min(paid, self.living)

    def _stage(self, on: date, owed: int) -> str:
        if self.last == "pended":
            return "pended"
        if self.decision is None or self.deciding:
            return "submitted" if self.complete else "reported"
        open_ = [each for each in self.payments.values() if each.arrived(on) is None]
        back = [each for each in open_ if each.returned_on is not None and each.returned_on <= on]
        if any(each.ordered_idr and each not in back for each in open_ if each.ordered_on and each.ordered_on <= on):
            return "ordered"
        if owed:
            return "returned" if back else "decided"
        return "denied" if self.decision.outcome == "denied" else "paid"


def standings(facts: Sequence[Told], on: date) -> dict[UUID, Standing]:
    """Say how each claim stands on a day, by all these facts."""
    return {claim_id: claim.standing(on) for claim_id, claim in claims_on(facts, on).items()}


def claims_on(facts: Sequence[Told], on: date) -> dict[UUID, Claim]:
    """Give the claims that count on a day: reported by then, and not voided."""
    found: dict[UUID, Claim] = {}
    for claim_id in {fact.claim_id for _, fact in facts if isinstance(fact, claims.ClaimReported)}:
        about = [(at, fact) for at, fact in facts if getattr(fact, "claim_id", None) == claim_id]
        begun = next(fact for _, fact in about if isinstance(fact, claims.ClaimReported))
        if begun.reported_on > on or any(isinstance(fact, claims.ClaimVoided) for _, fact in about):
            continue
        claim = Claim(begun.programme)
        for number, (at, fact) in enumerate(about):
            if day_of(at, fact) <= on:
                claim.hear(fact)
                claim.hear_of_the_living(fact)
                if not came_back(fact, about[number:]):
                    claim.hear_by_when(fact)
        claim.payments = payments(fact for _, fact in about)
        found[claim_id] = claim
    return found


def came_back(fact: Fact, later: Sequence[Told]) -> bool:
    """Tell whether it is of money that came back."""
    if not isinstance(fact, claims.ClaimPaid):
        return False
    payment = fact.payment_id or fact.order_id
    return any(isinstance(one, claims.PaymentReturned) and one.payment_id == payment for _, one in later)


def payments(facts: Iterable[Fact]) -> dict[UUID, Payment]:
    """Give the newest that was told of each payment."""
    found: dict[UUID, Payment] = {}
    clocks: dict[UUID, claims.DocumentsCompleted] = {}
    for fact in facts:
        match fact:
            case claims.PaymentOrdered():
                for each in fact.payments:
                    one = found.setdefault(each.payment_id, Payment())
                    one.ordered_due_on = each.due_on
                    if each.kind == "benefit":
                        one.ordered_on, one.ordered_idr = fact.ordered_on, each.amount_idr
            case claims.ClaimPaid():
                one = found.setdefault(fact.payment_id or fact.order_id, Payment())
                one.paid, one.returned_last = fact, False
                clock = clocks.get(fact.claim_id)
                one.completed_on = clock.completed_on if clock else None
                one.due_on = one.ordered_due_on or (clock.due_on if clock else None)
            case claims.DocumentsCompleted():
                clocks[fact.claim_id] = fact
            case claims.PaymentReturned():
                one = found.setdefault(fact.payment_id, Payment())
                one.returned_on, one.returned_last = fact.returned_on, True
            case _:
                pass
    return found


def day_of(at: datetime, fact: Any) -> date:
    """Give the day on which a fact happened: its own, or that of its record."""
    for name in (
        "submitted_on",
        "completed_on",
        "resumed_on",
        "decided_on",
        "reopened_on",
        "reported_on",
        "paid_on",
        "returned_on",
        "settled_on",
        "voided_on",
    ):
        if (day := getattr(fact, name, None)) is not None:
            return date.fromisoformat(str(day))
    return at.astimezone(WITA).date()


def claimed(facts: Sequence[Told], died_on: date, on: date) -> bool:
    """Tell whether anybody claimed by the day for a death."""
    stands = standings(facts, on)
    for claim_id, one in stands.items():
        about = [(at, fact) for at, fact in facts if getattr(fact, "claim_id", None) == claim_id]
        happened = [fact for at, fact in about if day_of(at, fact) <= on]
        deaths = [fact for fact in happened if isinstance(fact, claims.DeathConfirmed | claims.DeathRetracted)]
        incidents = [fact for fact in happened if isinstance(fact, claims.ClaimReported | claims.ClaimRerouted)]
        open_accident = one.granted_idr is None and incidents[-1].incident_on <= died_on
        if one.programme == "JKM" or (deaths and isinstance(deaths[-1], claims.DeathConfirmed)) or open_accident:
            return True
    return False


days = st.integers(0, 20).map(lambda number: JANUARY + timedelta(days=number))
rupiah = st.integers(0, 40)
programmes = st.sampled_from(["JKM", "JKK"])


@st.composite
def a_claim(draw: st.DrawFn, claim: UUID) -> list[Fact]:
    """Draw what a careless source might tell of a claim."""
    facts: list[Fact] = [told.reported(claim, draw(days), draw(programmes))]
    known = [UUID(int=claim.int + 1)]
    for turn in range(draw(st.integers(0, 12))):
        on, payment, order = draw(days), draw(st.sampled_from(known[-2:])), UUID(int=claim.int + 500 + turn)
        new = UUID(int=claim.int + 2 + turn)
        if turn % 3 == 0:
            known.append(new)
        idr, kind = draw(rupiah), draw(st.sampled_from(["benefit", "benefit", "late"]))
        first = draw(st.none() | days)
        facts.append(
            draw(
                st.sampled_from(
                    [
                        claims.ClaimSubmitted(claim_id=claim, submitted_on=on),
                        told.completed(claim, on, draw(days), first),
                        told.pended(claim, "DOCUMENT_INCOMPLETE", first=first),
                        claims.ClaimResumed(claim_id=claim, resumed_on=on),
                        claims.ClaimRerouted(
                            claim_id=claim,
                            from_programme="JKK",
                            to_programme="JKM",
                            incident_on=on,
                            reasons=(told.reason("NOT_WORK_RELATED"),),
                            first_due_on=first,
                        ),
                        told.decided(claim, on, {}),
                        told.decided(claim, on, {"SANTUNAN": idr + 1}, programme=draw(programmes), first_due_on=first),
                        told.decided(claim, on, {"SANTUNAN": idr, "PEMAKAMAN": 1}),
                        told.ordered(claim, order, on, {new: idr}, kind),
                        told.ordered(claim, order, on, {new: idr}, due=first),
                        told.paid(claim, order, payment, on, idr, kind=kind, ordered_idr=idr + draw(st.integers(0, 2))),
                        told.paid(claim, order, new, on, idr, programme="JKK", first_due_on=first),
                        told.paid(claim, order, None, on, idr),
                        told.returned(claim, order, payment, on, idr, first_due_on=first),
                        claims.ClaimReopened(claim_id=claim, reopened_for="appeal", reopened_on=on, first_due_on=first),
                        claims.DeathConfirmed(claim_id=claim, died_on=on),
                        claims.DeathRetracted(claim_id=claim),
                        *([told.voided(claim, on)] if turn % 4 == 0 else []),
                    ]
                )
            )
        )
    return facts


@st.composite
def a_worker_who_dies_later(draw: st.DrawFn, claim: UUID) -> list[Fact]:
    """Draw an accident that was paid for, of whose worker it is told later that they died, and not of it."""
    on, order, first, second = draw(days), UUID(int=claim.int + 500), UUID(int=claim.int + 1), UUID(int=claim.int + 2)
    granted, death, reached = draw(rupiah), draw(rupiah), draw(rupiah)
    due, later, back_on = draw(st.none() | days), draw(days), on + timedelta(days=draw(st.integers(0, 9)))
    facts: list[Fact] = [
        told.reported(claim, on, "JKK"),
        told.decided(claim, on, {"STMB": granted + 1}, programme="JKK"),
        told.ordered(claim, order, on, {first: granted + 1}, due=due),
        told.paid(claim, order, first, on, reached, programme="JKK", first_due_on=due),
        claims.ClaimReopened(claim_id=claim, reopened_for="correction", reopened_on=on),
        claims.ClaimRerouted(
            claim_id=claim,
            from_programme="JKK",
            to_programme="JKM",
            incident_on=on,
            reasons=(told.reason("NOT_WORK_RELATED"),),
        ),
        told.decided(claim, on, draw(st.sampled_from([{}, {"SANTUNAN": death + 1}]))),
        claims.DeathConfirmed(claim_id=claim, died_on=on),
        told.ordered(claim, order, on, {second: death}, due=due),
        told.paid(claim, order, second, on, death, first_due_on=later),
        told.returned(claim, order, draw(st.sampled_from([first, second])), back_on, death, first_due_on=due),
        told.voided(claim, on),
        told.returned(claim, order, second, on, death),
    ]
    as_it_came_back = len(facts) - 2
    return facts[: draw(st.integers(5, len(facts)) | st.just(as_it_came_back))]


def claims_of(number: int) -> st.SearchStrategy[list[Fact]]:
    """Draw the facts of a worker's claims, of which there are two at most, told in turns."""
    first, second = (UUID(int=(number * 10 + each) << 32) for each in (1, 2))
    return st.builds(
        lambda one, other: [fact for pair in zip_longest(one, other) for fact in pair if fact is not None],
        st.just([]) | a_claim(first) | a_worker_who_dies_later(first),
        st.just([]) | st.just([]) | a_claim(second),
    )
