"""By which day each part of a benefit is due: no appeal and no hold makes late money any less late."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from services.claims import domain, money
from services.claims.claim import Claim, Findings, Transport
from services.claims.commands import Command, Find, Pay, Pend, ReceiveDocuments, Reopen, Resume, Return, Submit
from services.claims.coverage import Cover
from services.claims.reasons import PEND_REASONS
from tests.unit.claims.cases import (
    BOOK,
    COVERED,
    DISPUTE,
    ELDER,
    FATAL,
    INJURED,
    KETUT,
    MADE,
    NYOMAN,
    PRIESTS,
    PUTU,
    TEMPLE,
    TODAY,
    UNCOVERED,
    WIDOW,
    WORKER,
    YOUNGER,
    asked,
    claim_in,
    cover_after,
    day,
    decide_on,
    everything,
    order_on,
    pay_all,
    reported,
    return_all,
    started,
    submit,
)

DUE = day("2025-10-23")
MILLION = 1_000_000
MOTHER = replace(WIDOW, share=(1, 3))
SON = replace(WIDOW, payee_id=ELDER, relation="child", share=(1, 3), born_on=day("2000-01-01"))
BABY = replace(SON, payee_id=YOUNGER, guardian=True, born_on=day("2020-01-01"))
YOUNG = cover_after(started("2025-09-01", None))
TWICE_COVERED = cover_after(
    started("2024-01-01", None), started("2024-01-01", None, coverage_id=TEMPLE, cohort_id=PRIESTS)
)
IN_GRACE = cover_after(started("2024-01-01", "2025-09-01", grace_until="2025-12-01"))
COVERS = {42 * MILLION: COVERED, 10 * MILLION: YOUNG, 0: UNCOVERED}
"""What cover leads to."""
ASKED_ELSEWHERE = PEND_REASONS["OTHER_OFFICE_ASKED"]


def after(days: int) -> date:
    return DUE + timedelta(days=days)


def again(claim: Claim, cover: Cover, on: date, *, cause: Any = "appeal", applied_on: date | None = None) -> Claim:
    """Reopen the claim, apply anew, and decide by another officer than before."""
    decider = NYOMAN if claim.decision and claim.decision.decider == MADE else MADE
    applied_on = applied_on or on
    apply = Submit(PUTU, (), applied_on, BOOK, applied_on)
    return asked(claim, Reopen(PUTU, cause, on), apply, decide_on(cover, today=applied_on, actor=decider))


def held(claim: Claim, since: date, until: date, *reasons: Any) -> Claim:
    return asked(claim, Pend(MADE, reasons or (DISPUTE,), since), Resume(PUTU, BOOK, until))


def due(claim: Claim) -> list[tuple[date | None, int]]:
    """Give what an order of today would pay by which day, as millions."""
    added = Counter[date | None]()
    for part in money.instalments(claim):
        added[part.due_on] += part.idr
    return sorted((on, idr // MILLION) for on, idr in added.items() if on)


def came_back(on: date) -> Claim:
    claim = claim_in("ordered")
    return asked(claim, *return_all(claim, on))


def bounced_after_a_better_decision() -> Claim:
    claim = again(claim_in("paid", cover=YOUNG), COVERED, TODAY)
    bounce = Return(KETUT, claim.payments[0].payment_id, after(30), "ACCOUNT_CLOSED", None, BOOK, after(30))
    return asked(claim, bounce)


def bounced_while_it_was_decided_anew() -> Claim:
    claim = asked(claim_in("paid"), Reopen(PUTU, "correction", TODAY))
    bounce = Return(KETUT, claim.payments[0].payment_id, TODAY, "ACCOUNT_CLOSED", None, BOOK, TODAY)
    apply = Submit(PUTU, (), after(30), BOOK, after(30))
    return asked(claim, bounce, apply, decide_on(COVERED, today=after(30)))


def short(claim: Claim, on: date) -> Claim:
    claim = asked(claim, order_on(on))
    return asked(claim, Pay(KETUT, claim.payments[-1].payment_id, on, 40 * MILLION, None, on))


def rerouted(on: date) -> Claim:
    claim = asked(claim_in("decided", FATAL), Reopen(NYOMAN, "correction", on))
    found = Findings(died_on=claim.died_on, work_related=False)
    claim = asked(claim, Find(PUTU, found, BOOK, on), Submit(PUTU, (), on, BOOK, on))
    return asked(claim, decide_on(COVERED, today=on), decide_on(COVERED, today=on))


def rerouted_late(on: date) -> Claim:
    """Apply for an accident that turns out to be none of work, and be decided too late."""
    claim = domain.begin(FATAL)
    found = Findings(died_on=claim.died_on, work_related=False)
    claim = asked(claim, everything(claim), Find(PUTU, found, BOOK, TODAY), submit())
    return asked(claim, decide_on(COVERED, today=on), decide_on(COVERED, today=on))


def without_tax_number(on: date) -> Claim:
    """Be asked for the tax number when it is decided, and bring it the next day."""
    claim = domain.begin(reported())
    brought = everything(claim)
    papers = replace(brought, documents=[one for one in brought.documents if one[0] != "NPWP"])
    claim = asked(claim, papers, submit(), decide_on(TWICE_COVERED, today=on))
    next_day = on + timedelta(days=1)
    claim = asked(claim, ReceiveDocuments(PUTU, [("NPWP", next_day)], BOOK, next_day))
    return asked(claim, decide_on(TWICE_COVERED, today=next_day))


def decided_with(cover: Cover, claim: Claim, on: date) -> Claim:
    return asked(claim, decide_on(cover, today=on))


CASES = [
    (
        "an appeal for more leaves what was granted due by its day",
        lambda: again(claim_in("decided", cover=YOUNG), COVERED, after(30)),
        [(DUE, 10), (BOOK.due_on(after(30), "JKM"), 32)],
    ),
    (
        "also one that is raised in time",
        lambda: again(claim_in("decided"), COVERED, TODAY, applied_on=after(30)),
        [(DUE, 42)],
    ),
    (
        "a decision for less takes away from what is due last",
        lambda: again(again(claim_in("decided", cover=YOUNG), COVERED, after(9)), YOUNG, after(30)),
        [(DUE, 10)],
    ),
    (
        "what a decision took away is due by the next that gives it",
        lambda: again(again(claim_in("decided"), UNCOVERED, after(9)), COVERED, after(30)),
        [(BOOK.due_on(after(30), "JKM"), 42)],
    ),
    ("a hold does not make late money less late", lambda: held(claim_in("decided"), after(1), after(30)), [(DUE, 42)]),
    (
        "what is in time when the family is asked for something is due once it brought it",
        lambda: held(claim_in("decided"), DUE, after(30)),
        [(BOOK.due_on(after(30), "JKM"), 42)],
    ),
    (
        "no time is won by what the office asks of others",
        lambda: held(claim_in("decided"), TODAY, after(30), ASKED_ELSEWHERE),
        [(DUE, 42)],
    ),
    (
        "of a hold for both it counts when the family was asked",
        lambda: asked(
            claim_in("decided"),
            Pend(MADE, (ASKED_ELSEWHERE,), TODAY),
            Pend(MADE, (DISPUTE,), after(1)),
            Resume(PUTU, BOOK, after(30)),
        ),
        [(DUE, 42)],
    ),
    (
        "a second reason changes nothing for a family that was asked in time",
        lambda: asked(
            claim_in("decided"),
            Pend(MADE, (DISPUTE,), TODAY),
            Pend(MADE, (PEND_REASONS["HEIR_NOT_PROVEN"],), after(9)),
            Resume(PUTU, BOOK, after(30)),
        ),
        [(BOOK.due_on(after(30), "JKM"), 42)],
    ),
    (
        "what came back waits for the account, if that is asked for in time",
        lambda: again(came_back(DUE), COVERED, after(1), cause="correction", applied_on=after(30)),
        [(BOOK.due_on(after(30), "JKM"), 42)],
    ),
    (
        "and stays late if it was late by then",
        lambda: again(came_back(DUE), COVERED, after(20), cause="correction", applied_on=after(30)),
        [(BOOK.due_on(DUE, "JKM"), 42)],
    ),
    (
        "what comes back while the claim is decided anew waits for the account that is named then",
        bounced_while_it_was_decided_anew,
        [(BOOK.due_on(after(30), "JKM"), 42)],
    ),
    (
        "what comes back makes nothing else less late",
        bounced_after_a_better_decision,
        [(BOOK.due_on(TODAY, "JKM"), 32), (BOOK.due_on(after(30), "JKM"), 10)],
    ),
    (
        "the rest of a payment is due by its day, also if another clock runs since",
        lambda: short(again(claim_in("decided"), COVERED, after(9)), after(30)),
        [(DUE, 2)],
    ),
    (
        "a death that goes on under the other programme is due by the day on which it was",
        lambda: rerouted(after(30)),
        [(BOOK.due_on(TODAY, "JKK"), 42)],
    ),
    (
        "also one whose first decision comes too late",
        lambda: rerouted_late(after(30)),
        [(BOOK.due_on(TODAY, "JKK"), 42)],
    ),
    (
        "a first decision in time lets it wait for the other programme's clock",
        lambda: rerouted_late(DUE),
        [(BOOK.due_on(DUE, "JKM"), 42)],
    ),
    (
        "what a family is asked for after the last day in time does not excuse what was late by then",
        lambda: decided_with(COVERED, held(claim_in("submitted"), after(1), after(9)), after(9)),
        [(DUE, 42)],
    ),
    (
        "and what it is asked for in time does",
        lambda: decided_with(COVERED, held(claim_in("submitted"), DUE, after(9)), after(9)),
        [(BOOK.due_on(after(9), "JKM"), 42)],
    ),
    ("a tax number that is asked for too late neither", lambda: without_tax_number(after(30)), [(DUE, 74)]),
    (
        "one that is asked for in time is waited for",
        lambda: without_tax_number(DUE),
        [(BOOK.due_on(after(1), "JKM"), 74)],
    ),
    (
        "nothing was due while arrears could be settled",
        lambda: asked(
            claim_in("submitted"),
            decide_on(IN_GRACE, today=after(1)),
            decide_on(COVERED, today=after(2)),
        ),
        [(BOOK.due_on(after(2), "JKM"), 42)],
    ),
]


@pytest.mark.parametrize(("story", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_each_part_is_due_by_its_own_day(story: Any, expected: Any) -> None:
    assert due(story()) == expected


def test_each_payee_is_sent_one_payment_for_each_day_and_each_is_late_by_its_own() -> None:
    claim = claim_in("decided", reported(), MOTHER, SON, BABY, cover=YOUNG)
    claim = again(claim, COVERED, after(30))
    later = BOOK.due_on(after(30), "JKM")
    claim = asked(claim, order_on(later))
    assert [(one.payee_id, one.due_on, one.ordered_idr) for one in claim.payments[:2]] == [
        (WIDOW.payee_id, DUE, 3_333_333),
        (WIDOW.payee_id, later, 10_666_667),
    ]
    assert Counter(one.payee_id for one in claim.payments) == {one.payee_id: 2 for one in (MOTHER, SON, BABY)}
    assert sum(one.ordered_idr for one in claim.payments) == 42 * MILLION
    assert (claim.due_before, money.instalments(claim)) == ((), ())
    claim = asked(claim, *pay_all(claim, later))
    days = (later - DUE).days
    late = sum((one.paid_idr * days * 10 + 500) // 1000 for one in claim.payments if one.due_on == DUE)
    assert money.account(claim).late_owed_idr == late > 0


# --- Before the decision, against a plain clock -----------------------------------------------------------------------


@dataclass
class Clock:
    """What a clerk would write down of an application: what it is asked for, and by when it is due."""

    today: date
    wants: set[str]
    due_on: date | None = None

    def look(self) -> None:
        """Let the clock begin where nothing is asked of the family, and stand where something is: unless it is late."""
        if self.wants & {"papers", "agreement"}:
            self.due_on = self.due_on if self.due_on and self.due_on < self.today else None
        else:
            self.due_on = self.due_on or BOOK.due_on(self.today, "JKK")


@given(
    some.booleans(),
    some.lists(
        some.tuples(
            some.sampled_from(["ask for an agreement", "ask another office", "find a journey", "bring all", "go on"]),
            some.sampled_from([0, 0, 1, 3, 9]),
        ),
        max_size=8,
    ),
)
@settings(max_examples=150, deadline=None)
def test_an_application_is_due_as_a_clerk_would_have_it(brought: bool, steps: Any) -> None:
    claim = domain.begin(INJURED)
    all_papers = everything(claim)
    papers = [(code, on) for code, on in all_papers.documents if code != "TRANSPORT_RECEIPTS"] if brought else []
    claim = asked(claim, replace(all_papers, documents=papers), submit(WORKER))
    clock, has_receipts = Clock(TODAY, set() if brought else {"papers"}), False
    clock.look()
    for step, days in (*steps, ("bring all", 0), ("go on", 0)):
        clock.today += timedelta(days=days)
        if step == "bring all":
            claim = asked(claim, replace(everything(claim, clock.today), today=clock.today))
            clock.wants -= {"papers"}
            has_receipts = True
        elif step == "find a journey":
            found = Findings(transport=(Transport("land", 1_000),))
            claim = asked(claim, Find(PUTU, found, BOOK, clock.today))
            clock.wants |= set() if has_receipts else {"papers"}
        elif step == "go on" and clock.wants != {"papers"}:
            claim = asked(claim, Resume(MADE, BOOK, clock.today))
            clock.wants &= {"papers"}
        elif step in {"ask for an agreement", "ask another office"}:
            reason, wanted = (DISPUTE, "agreement") if step == "ask for an agreement" else (ASKED_ELSEWHERE, "office")
            claim = asked(claim, Pend(MADE, (reason,), clock.today))
            clock.wants.add(wanted)
        clock.look()
        assert (claim.due_on, claim.state == "pended") == (clock.due_on, bool(clock.wants))
    injured = Find(PUTU, Findings(orthosis_idr=MILLION), BOOK, clock.today)
    claim = asked(claim, injured, decide_on(COVERED, today=clock.today), order_on(clock.today))
    assert clock.due_on is not None
    claim = asked(claim, *pay_all(claim, max(clock.today, clock.due_on + timedelta(days=5))))
    late = max(5, (clock.today - clock.due_on).days)
    assert money.account(claim).late_owed_idr == money.account(claim).paid_idr * late // 100 > 0


# --- Against a plain ledger -------------------------------------------------------------------------------------------


@dataclass
class Part:
    """A part of what is to be ordered; a day of None is that of the clock."""

    idr: int
    day: date | None = None
    came_back: bool = False


@dataclass
class Ledger:
    """What a clerk would write down of a claim: what is to be ordered, the oldest first."""

    decided: int = 42 * MILLION
    sent: int = 0
    parts: list[Part] = field(default_factory=lambda: [Part(42 * MILLION)])

    def decide(self, idr: int) -> None:
        """Add what a decision gives by the clock; take what it takes from what is due last."""
        self.decided = idr
        more = max(0, idr - self.sent) - sum(part.idr for part in self.parts)
        if more > 0:
            self.parts.append(Part(more))
        for part in reversed(self.parts):
            less = min(part.idr, max(0, -more))
            part.idr -= less
            more += less

    def stop_the_clock(self, clock: date | None, on: date, *, for_the_family: bool) -> None:
        """Let what is in time wait for the next clock, if it waits for the family."""
        for part in self.parts:
            part.day = part.day or clock
            if part.day is not None and part.day >= on and (for_the_family or part.came_back):
                part.day = None
            part.came_back = False
        self.parts.sort(key=lambda part: part.day or date.max)


STEPS = some.lists(
    some.tuples(
        some.sampled_from(["appeal", "appeal", "hold", "order"]),
        some.integers(0, 9),
        some.sampled_from(list(COVERS)),
        some.lists(some.sampled_from(["all of it", "a part", "nothing"]), min_size=3, max_size=3),
    ),
    min_size=1,
    max_size=7,
)


@given(STEPS)
@settings(max_examples=100, deadline=None)
def test_orders_are_due_as_a_clerk_would_have_it(steps: Any) -> None:
    claim, ledger, today = claim_in("decided", reported(), MOTHER, SON, BABY), Ledger(), TODAY
    for step, days, amount, arrives in (*steps, ("order", 0, 0, ["all of it"] * 3)):
        today += timedelta(days=days)
        if step == "appeal":
            ledger.stop_the_clock(claim.due_on, today, for_the_family=False)
            claim = again(claim, COVERS[amount], today)
            ledger.decide(amount)
        elif step == "hold" and claim.state in {"decided", "returned"} and claim.granted:
            ledger.stop_the_clock(claim.due_on, today, for_the_family=True)
            since, today = today, today + timedelta(days=days)
            claim = held(claim, since, today)
        elif step == "order" and claim.granted:
            claim = ordered(claim, ledger, today)
            ledger.parts = []
            for payment, outcome in zip(
                [one for one in claim.payments if one.state == "ordered"], arrives * 9, strict=False
            ):
                claim = settled(claim, ledger, payment, outcome, today)


def ordered(claim: Claim, ledger: Ledger, today: date) -> Claim:
    """Order what is due; each of three heirs is sent their part of each day's, to the rupiah."""
    by_day, told = Counter[date | None](), Counter[date | None]()
    for part in ledger.parts:
        by_day[part.day or claim.due_on] += part.idr
    sent = asked(claim, order_on(today))
    for one in sent.payments[len(claim.payments) :]:
        told[one.due_on] += one.ordered_idr if one.kind == "benefit" else 0
    assert told.total() == by_day.total()
    assert all(abs(told[on] - by_day[on]) <= 3 for on in by_day | told), (told, by_day)
    return sent


def settled(claim: Claim, ledger: Ledger, payment: Any, outcome: str, today: date) -> Claim:
    """Let all of a payment arrive, or a part of it, or nothing."""
    if outcome == "nothing":
        news: Command = Return(KETUT, payment.payment_id, today, "ACCOUNT_CLOSED", None, BOOK, today)
        lacks = Part(payment.ordered_idr, max(BOOK.due_on(today, "JKM"), payment.due_on), came_back=True)
    else:
        idr = payment.ordered_idr if outcome == "all of it" else 1 + payment.ordered_idr // 2
        news = Pay(KETUT, payment.payment_id, today, idr, None, today)
        lacks = Part(payment.ordered_idr - idr, payment.due_on)
    if payment.kind == "benefit":
        ledger.sent += payment.ordered_idr - lacks.idr
        ledger.parts.append(lacks)
    return asked(claim, news)


@given(
    some.lists(some.tuples(some.sampled_from(["appeal", "hold"]), some.integers(1, 9)), max_size=5),
    some.sampled_from([COVERED, YOUNG]),
)
@settings(max_examples=50, deadline=None)
def test_money_once_due_is_never_less_late_sentan_appeal_or_a_hold(steps: Any, granted: Cover) -> None:
    """Whatever follows its last day in time, as long as no decision takes it away: what lateness adds grows by days."""
    claim, today = claim_in("decided", cover=granted), DUE
    straight = claim
    for step, days in steps:
        today += timedelta(days=days)
        claim = again(claim, COVERED, today) if step == "appeal" else held(claim, today, today + timedelta(days=days))
    last = today + timedelta(days=20)
    late = [
        money.account(asked(sent, *pay_all(sent, last))).late_owed_idr
        for sent in (asked(one, order_on(last)) for one in (straight, claim))
    ]
    assert late[1] >= late[0] > 0
