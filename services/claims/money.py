"""What a claim owes, by what was decided, ordered and paid; all in whole rupiah.

The decision that stands says what is due in whole. Each payee is to have their part of it, less what they received and
what is on its way to them; together never more than what the decision leaves.

A payment that came late is added to: so many thousandths of it for each calendar day after the last one in time,
rounded half up (PP 44/2015 Pasal 37 ayat (3), Pasal 40 ayat (4)). Nothing is added to what was added.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Literal
from uuid import UUID

from services.claims import payees
from services.claims.claim import Claim, DuePart, Payment, PaymentKind, Programme


@dataclass(frozen=True, slots=True)
class Account:
    """The benefit, as it was decided, is on its way, was paid, and is still to be ordered; and beside it, lateness.

    `underpaid_idr` is what payees lack of what once was sent to them; `overpaid_idr` what payees have beyond their due.
    """

    decided_idr: int
    ordered_idr: int
    paid_idr: int
    due_idr: int
    underpaid_idr: int
    overpaid_idr: int
    late_owed_idr: int
    late_ordered_idr: int
    late_paid_idr: int

    @property
    def settled(self) -> bool:
        """Tell whether nothing is on its way or to be ordered."""
        return not (self.ordered_idr or self.due_idr or self.late_ordered_idr or self.late_owed_idr)


@dataclass(frozen=True, slots=True)
class Instalment:
    """A part of the benefit that is to be ordered for a payee, and the last day on which it is in time."""

    payee_id: UUID
    due_on: date | None
    idr: int
    came_back: bool = False


def account(claim: Claim) -> Account:
    """Add up the claim."""
    entitled = entitlements(claim)
    paid = _by_payee(claim, "benefit", "paid")
    short = Counter[UUID]()
    for payment in claim.payments:
        if payment.kind == "benefit" and payment.state == "paid":
            short[payment.payee_id] += max(0, payment.ordered_idr - payment.paid_idr)
    return Account(
        decided_idr=sum(entitled.values()),
        ordered_idr=_by_payee(claim, "benefit", "ordered").total(),
        paid_idr=paid.total(),
        due_idr=sum(due(claim).values()),
        underpaid_idr=sum(min(idr, max(0, entitled.get(payee, 0) - paid[payee])) for payee, idr in short.items()),
        overpaid_idr=sum(max(0, idr - entitled.get(payee, 0)) for payee, idr in paid.items()),
        late_owed_idr=sum(late_owed(claim).values()),
        late_ordered_idr=_by_payee(claim, "late", "ordered").total(),
        late_paid_idr=_by_payee(claim, "late", "paid").total(),
    )


def entitlements(claim: Claim) -> dict[UUID, int]:
    """Tell what each payee is to have in all by the decision that stands.

    What a worker was rightly paid before dying stays theirs. It is a part of what the same accident gives the heirs,
    and no part of what they have for a death that the accident did not cause.
    """
    decision = claim.decision
    if decision is None or claim.state == "void":
        return {}
    kept, kept_under = _kept_by_the_worker(claim)
    if not decision.granted:
        return kept
    entitled = payees.entitlements(decision.verdict.components, claim.payees)
    if kept_under == decision.question.programme:
        heirs = [payee.payee_id for payee in claim.payees if payee.relation != "burial_arranger"]
        less = min(sum(kept.values()), sum(entitled[heir] for heir in heirs))
        parts = payees.split(less, [Fraction(entitled[heir]) for heir in heirs])
        entitled |= {heir: entitled[heir] - part for heir, part in zip(heirs, parts, strict=True)}
    return entitled | {worker: entitled[worker] + idr for worker, idr in kept.items()}


def _kept_by_the_worker(claim: Claim) -> tuple[dict[UUID, int], Programme | None]:
    """Tell what reached a worker who is not paid any more, by the last decision about the living; and its programme.

    Nothing, if that decision does not stand for another reason than that the death is paid elsewhere.
    """
    last = claim.decisions[-1]
    paid_elsewhere = last.question.died_on is not None and last.question.granted_claim is not None
    alive = [one for one in claim.decisions if one.granted and one.question.died_on is None]
    if not alive or not (last.granted or paid_elsewhere):
        return {}, None
    paid, left = _by_payee(claim, "benefit", "paid"), alive[-1].verdict.amount_idr
    kept = {}
    for payee in claim.payees:
        if payee.relation == "worker" and not payee.share[0]:
            kept[payee.payee_id] = min(paid[payee.payee_id], left)
            left -= kept[payee.payee_id]
    return kept, alive[-1].question.programme


def due(claim: Claim) -> dict[UUID, int]:
    """Tell how much of the benefit is to be ordered for each payee, if anything."""
    entitled = entitlements(claim)
    has = _by_payee(claim, "benefit", "paid", "ordered")
    wanting = {payee: max(0, idr - has[payee]) for payee, idr in entitled.items()}
    left = max(0, sum(entitled.values()) - has.total())  # less than they want where others have too much
    parts = payees.split(left, [Fraction(idr) for idr in wanting.values()])
    return {payee: idr for payee, idr in zip(wanting, parts, strict=True) if idr}


def instalments(claim: Claim) -> tuple[Instalment, ...]:
    """Tell by when each part of what is due is to be paid, payee by payee.

    What did not arrive of a payment has a day of its own, also where another payee takes the place. Of the rest, what
    was due before the clock began anew goes first, as far as it reaches: a decision for less takes away from what is
    due last.
    """
    rest = due(claim)
    of_whom = list(rest)
    parts, elsewhere = list[Instalment](), list[Instalment]()
    for one in _lacking(claim):
        own = min(rest.get(one.payee_id, 0), one.idr)
        parts.append(replace(one, idr=own))
        elsewhere.append(replace(one, idr=one.idr - own))
        if own:
            rest[one.payee_id] -= own
    days = _days_of_the_rest(claim, sum(rest.values()), elsewhere)
    for payee, idr in rest.items():
        shares = payees.split(idr, [Fraction(day.idr) for day in days])
        parts += (replace(day, payee_id=payee, idr=share) for day, share in zip(days, shares, strict=True))
    return tuple(sorted((part for part in parts if part.idr), key=lambda part: of_whom.index(part.payee_id)))


def _lacking(claim: Claim) -> list[Instalment]:
    """List what did not arrive of payments, until an order or another clock takes its place."""
    return [
        Instalment(
            one.payee_id,
            _again_by(claim, one),
            one.ordered_idr - one.paid_idr,
            came_back=one.state == "returned",
        )
        for one in claim.payments
        if one.kind == "benefit" and one.again_by is not None
    ]


def _again_by(claim: Claim, payment: Payment) -> date | None:
    """Tell by when to pay what lacks; what came back while the clock stands waits for it, and for the right account."""
    if payment.again_by is None or payment.state != "returned":
        return payment.again_by
    if claim.due_on is None and claim.state in {"reported", "pended"}:
        return None
    return max(payment.again_by, claim.due_on) if claim.due_on else payment.again_by


def _days_of_the_rest(claim: Claim, left: int, elsewhere: Sequence[Instalment]) -> list[Instalment]:
    """Tell by when the rest is due; `elsewhere` is what payments to others lacked."""
    nobody = UUID(int=0)
    before = [Instalment(nobody, part.due_on, part.idr) for part in claim.due_before]
    by_the_clock = left - sum(part.idr for part in (*before, *elsewhere))
    days = list[Instalment]()
    for part in (*before, Instalment(nobody, claim.due_on, max(0, by_the_clock)), *elsewhere):
        days.append(replace(part, idr=min(part.idr, left)))
        left -= days[-1].idr
    return days


def still_to_pay(claim: Claim) -> list[tuple[date | None, int]]:
    """Add up what is to be ordered and what is on its way, by the day on which it is due; what has no day is last."""
    by_day = Counter[date | None]()
    for part in instalments(claim):
        by_day[part.due_on] += part.idr
    for payment in claim.payments:
        if payment.kind == "benefit" and payment.state == "ordered":
            by_day[payment.due_on] += payment.ordered_idr
    return sorted(by_day.items(), key=lambda day: day[0] or date.max)


def due_on(claim: Claim) -> date | None:
    """Tell by when the first part of what is still to be paid is due; before a decision, by when it would be.

    None where nothing is waited for, or no clock runs.
    """
    waits = claim.decision is None or (claim.pended_in or claim.state) == "submitted"
    days = [claim.due_on] if waits or (claim.granted and not claim.payments) else []
    if claim.due_before or claim.payments:  # not so with most claims, each time they are kept
        days += [day for day, _ in still_to_pay(claim)]
    return None if claim.state == "void" else min((day for day in days if day), default=None)


def with_another_clock(claim: Claim, on: date, *, all_unsent: bool) -> Claim:
    """Keep by which day each part is due that is late on the day; also one in time that was never sent, if asked for.

    The rest is due by the clock that begins. Who is paid may change, so that it is kept of the claim as a whole.
    """
    kept = Counter[date]()
    for part in instalments(claim):
        if part.due_on is not None and (part.due_on < on or (all_unsent and not part.came_back)):
            kept[part.due_on] += part.idr
    due_before = tuple(DuePart(due_on, idr) for due_on, idr in sorted(kept.items()))
    return replace(claim, due_before=due_before, payments=sent_anew(claim.payments))


def sent_anew(payments: Iterable[Payment]) -> tuple[Payment, ...]:
    """Leave what did not arrive of payments to an order, or to another clock."""
    return tuple(replace(payment, again_by=None) if payment.again_by else payment for payment in payments)


def late_owed(claim: Claim) -> dict[UUID, int]:
    """Tell what is to be ordered for each payee because payments came late, if anything."""
    owed = Counter[UUID]()
    if claim.state == "void":
        return owed
    for payment in claim.payments:
        owed[payment.payee_id] += late(payment)
    owed.subtract(_by_payee(claim, "late", "paid", "ordered"))
    return {payee.payee_id: owed[payee.payee_id] for payee in claim.payees if owed[payee.payee_id] > 0}


def late(payment: Payment) -> int:
    """Tell what the law adds to a payment of the benefit that came late."""
    if payment.kind != "benefit" or payment.state != "paid" or payment.due_on is None or payment.settled_on is None:
        return 0
    days = max(0, (payment.settled_on - payment.due_on).days)
    thousandths = payment.paid_idr * days * payment.penalty_permille_per_day
    return (thousandths + 500) // 1000


def under_way(claim: Claim) -> Payment | None:
    """Find a payment that was ordered and is not settled yet: the bank may have carried it out."""
    return next((payment for payment in claim.payments if payment.state == "ordered"), None)


def paid_in_all(claim: Claim) -> int:
    return sum(payment.paid_idr for payment in claim.payments)


def standing(claim: Claim) -> Literal["decided", "ordered", "returned", "paid"]:
    """Tell in which state a decided claim is by its payments; what is owed for lateness leaves a paid claim paid."""
    benefits = [payment for payment in claim.payments if payment.kind == "benefit"]
    if not claim.granted:
        return "decided"
    if any(payment.state == "ordered" for payment in benefits):
        return "ordered"
    if due(claim):
        newest = benefits[-1].order_id if benefits else None
        came_back = any(payment.order_id == newest and payment.state == "returned" for payment in benefits)
        return "returned" if came_back else "decided"
    return "paid" if any(payment.state == "paid" for payment in benefits) else "decided"


def _by_payee(claim: Claim, kind: PaymentKind, *states: str) -> Counter[UUID]:
    """Add up payments by payee: what reached them, or what was ordered and is under way."""
    added = Counter[UUID]()
    for payment in claim.payments:
        if payment.kind == kind and payment.state in states:
            added[payment.payee_id] += payment.paid_idr if payment.state == "paid" else payment.ordered_idr
    return added
