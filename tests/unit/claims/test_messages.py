"""Events become the facts that the contracts promise, and facts of enrollment become cover."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from payung_contracts import claims as wire
from payung_contracts.fact import Fact

from services.claims import messages, reasons
from services.claims.claim import (
    Circumstances,
    Claim,
    Component,
    Decision,
    Findings,
    Obligation,
    Payment,
    Question,
    Review,
    Settled,
    Verdict,
)
from services.claims.coverage import Membership
from services.claims.events import (
    BankLineMatched,
    BankLineOutrun,
    Completed,
    DeathConfirmed,
    DeathRetracted,
    Decided,
    Described,
    DocumentsReceived,
    Event,
    Found,
    Paid,
    PayeesChanged,
    PaymentOrdered,
    Pended,
    Reopened,
    Reported,
    Rerouted,
    Resumed,
    Returned,
    ReviewRequired,
    ReviewSettled,
    Submitted,
    Voided,
    Weighed,
    WorkerBecameKnown,
)
from services.claims.payments import RecordedPayment
from services.claims.reasons import Reason
from tests.unit.claims.cases import (
    CLAIM,
    DEATH,
    FARM,
    FARMERS,
    MADE,
    NOON,
    TODAY,
    VILLAGE,
    WAYAN,
    day,
)

ORDER, PAYEE = UUID(int=401), UUID(int=402)
FARMING = Membership(FARM, FARMERS, "BPU", "APBD", VILLAGE, ("JKK", "JKM"), day("2025-01-01"), None, day("2025-01-01"))
TEMPLE_WORK = replace(FARMING, segment="PU", funding="EMPLOYER")
WHY = Reason("YOUNG", "Belum genap.", "Too young.")
WHY_TOLD = wire.Reason(code="YOUNG", indonesian="Belum genap.", english="Too young.")
FUNERAL = Component("BIAYA_PEMAKAMAN", 10_000_000, "PP 82/2019 Pasal 34", "1 x 10.000.000")
DUE = day("2025-10-23")
YEAR_OF_SCHOOL = Obligation(1, "SD", day("2026-07-01"), 1_500_000)
QUESTION = Question("JKM", DEATH, TODAY, Findings(), None, 7, 1)
GRANTED = Verdict("partially_approved", (FUNERAL,), (WHY,), "1/2025-02-24", (FARMING, TEMPLE_WORK), (YEAR_OF_SCHOOL,))
DENIED = Verdict("denied", (), (WHY,), "1/2025-02-24", ())
FIRST = Decision(1, TODAY, MADE, QUESTION, GRANTED)
SECOND = Decision(2, TODAY, MADE, replace(QUESTION, programme="JKK"), DENIED)
PAYMENT = Payment(UUID(int=501), ORDER, PAYEE, "benefit", 10_000_000, TODAY, "ketut", due_on=DUE)
LATE = replace(PAYMENT, payment_id=UUID(int=502), kind="late", ordered_idr=100_000)
WAITING = Claim(CLAIM, WAYAN, "JKM", DEATH, TODAY, NOON, "reported")
DECIDED = replace(WAITING, state="decided", due_on=DUE, decisions=(FIRST,))
ORDERED = replace(DECIDED, state="ordered", payments=(PAYMENT, LATE))

REPORTED = Reported(
    CLAIM, WAYAN, "JKM", DEATH, day("2025-10-19"), NOON, worker_known=True, channel="phone", died_on=None,
    circumstances=None, account_id=None,
)  # fmt: skip
PLACE: dict[str, Any] = {"segment": "BPU", "funding": "APBD", "cohort_id": UUID(FARMERS), "village_code": VILLAGE}


def membership(held: Membership) -> wire.Membership:
    place = PLACE | {"segment": held.segment, "funding": held.funding}
    return wire.Membership(
        **place, coverage_id=UUID(FARM), covered_from=held.covered_from, covered_until=held.covered_until
    )


def decided(**different: Any) -> wire.ClaimDecided:
    told: dict[str, Any] = {
        "claim_id": CLAIM,
        "programme": "JKM",
        "outcome": "partially_approved",
        "incident_on": DEATH,
        "decided_on": TODAY,
        "components": (
            wire.Component(
                code="BIAYA_PEMAKAMAN",
                amount_idr=10_000_000,
                legal_reference="PP 82/2019 Pasal 34",
                arithmetic="1 x 10.000.000",
            ),
        ),
        "amount_idr": 10_000_000,
        "reasons": (WHY_TOLD,),
        "rule_version": "1/2025-02-24",
        "coverage_sequence": 7,
        "memberships": (membership(FARMING), membership(TEMPLE_WORK)),
        **PLACE,
        "due_on": DUE,
        "first_due_on": DUE,
        "obligations": (wire.Obligation(child=1, level="SD", due_on=day("2026-07-01"), amount_idr=1_500_000),),
    }
    return wire.ClaimDecided(**told | different)


def paid(payment: Payment, amount_idr: int, first_due_on: date | None) -> wire.ClaimPaid:
    return wire.ClaimPaid(
        claim_id=CLAIM,
        order_id=ORDER,
        programme="JKM",
        paid_on=TODAY,
        amount_idr=amount_idr,
        payment_id=payment.payment_id,
        kind=payment.kind,
        ordered_idr=payment.ordered_idr,
        first_due_on=first_due_on,
        **PLACE,
    )


TOLD: list[tuple[str, Claim, Event, Fact | None]] = [
    (
        "a first report",
        WAITING,
        REPORTED,
        wire.ClaimReported(
            claim_id=CLAIM, programme="JKM", incident_on=DEATH, reported_on=day("2025-10-19"), channel="phone"
        ),
    ),
    ("its worker became known", WAITING, WorkerBecameKnown(TODAY), None),
    (
        "its worker became known, and it goes on",
        replace(WAITING, state="pended", pended_in="waiting", pended_for=(reasons.WORKER_UNKNOWN,)),
        WorkerBecameKnown(TODAY),
        wire.ClaimResumed(claim_id=CLAIM, resumed_on=TODAY),
    ),
    ("how it happened", WAITING, Described(Circumstances("traffic", "FARMING", 2, police_report=True), None), None),
    ("a document", WAITING, DocumentsReceived(()), None),
    ("findings are nobody else's", WAITING, Found("putu", Findings(medical_idr=1)), None),
    ("a paper that the amount asks for", WAITING, Weighed(50_000_001), None),
    ("the bank's line for what was told by hand", WAITING, BankLineMatched(PAYMENT.payment_id, "B-1", 0), None),
    ("one that others overtook", WAITING, BankLineOutrun(PAYMENT.payment_id, Settled("paid", TODAY, 1, "B-1")), None),
    ("payees are nobody else's", WAITING, PayeesChanged("putu", ()), None),
    ("a submission", WAITING, Submitted("putu", (), TODAY), wire.ClaimSubmitted(claim_id=CLAIM, submitted_on=TODAY)),
    (
        "a file that is complete",
        WAITING,
        Completed(TODAY, DUE),
        wire.DocumentsCompleted(claim_id=CLAIM, completed_on=TODAY, due_on=DUE, first_due_on=DUE),
    ),
    ("a hold", WAITING, Pended((WHY,), TODAY), wire.ClaimPended(claim_id=CLAIM, reasons=(WHY_TOLD,))),
    ("its end", WAITING, Resumed(TODAY), wire.ClaimResumed(claim_id=CLAIM, resumed_on=TODAY)),
    (
        "another programme: the claim is told as it was",
        replace(WAITING, programme="JKK"),
        Rerouted("JKM", DEATH, (WHY,), TODAY),
        wire.ClaimRerouted(
            claim_id=CLAIM, from_programme="JKK", to_programme="JKM", incident_on=DEATH, reasons=(WHY_TOLD,)
        ),
    ),
    ("a decision", replace(WAITING, due_on=DUE), Decided(FIRST, 0, ()), decided()),
    (
        "a second one, which denies and has no place in reports",
        DECIDED,
        Decided(SECOND, 10_000_000, ()),
        decided(
            programme="JKK",
            outcome="denied",
            components=(),
            amount_idr=0,
            memberships=(),
            obligations=(),
            round=2,
            previous_amount_idr=10_000_000,
            first_due_on=None,
            **dict.fromkeys(PLACE),
        ),
    ),
    ("a death", DECIDED, DeathConfirmed(DEATH), wire.DeathConfirmed(claim_id=CLAIM, died_on=DEATH)),
    (
        "an order of two payments",
        DECIDED,
        PaymentOrdered(ORDER, TODAY, (PAYMENT, LATE)),
        wire.PaymentOrdered(
            claim_id=CLAIM,
            order_id=ORDER,
            amount_idr=10_100_000,
            ordered_on=TODAY,
            payments=(
                wire.OrderedPayment(payment_id=PAYMENT.payment_id, kind="benefit", amount_idr=10_000_000, due_on=DUE),
                wire.OrderedPayment(payment_id=LATE.payment_id, kind="late", amount_idr=100_000, due_on=DUE),
            ),
        ),
    ),
    (
        "a payment counts under the first membership, and says what it should have been",
        ORDERED,
        Paid(PAYMENT.payment_id, TODAY, 9_000_000, "B-1"),
        paid(PAYMENT, 9_000_000, None),
    ),
    (
        "a payment that was under way when the claim was denied after all",
        replace(ORDERED, decisions=(FIRST, SECOND)),
        Paid(LATE.payment_id, TODAY, 100_000, None),
        paid(LATE, 100_000, DUE),
    ),
    (
        "a payment that came back",
        ORDERED,
        Returned(LATE.payment_id, TODAY, "ACCOUNT_CLOSED", "B-2", DUE),
        wire.PaymentReturned(
            claim_id=CLAIM,
            order_id=ORDER,
            payment_id=LATE.payment_id,
            returned_on=TODAY,
            amount_idr=100_000,
            code="ACCOUNT_CLOSED",
            first_due_on=DUE,
        ),
    ),
    (
        "an appeal",
        DECIDED,
        Reopened("putu", "appeal", TODAY),
        wire.ClaimReopened(claim_id=CLAIM, reopened_for="appeal", reopened_on=TODAY),
    ),
    (
        "a claim that counts no more",
        DECIDED,
        Voided("death_retracted", TODAY, 10_000_000),
        wire.ClaimVoided(claim_id=CLAIM, voided_for="death_retracted", voided_on=TODAY, to_recover_idr=10_000_000),
    ),
    ("a death that did not happen", DECIDED, DeathRetracted(), wire.DeathRetracted(claim_id=CLAIM)),
    (
        "a review, with the difference",
        DECIDED,
        ReviewRequired(Review(TODAY, 9, DENIED)),
        wire.ReviewRequired(
            claim_id=CLAIM,
            outcome="partially_approved",
            amount_idr=10_000_000,
            would_be_outcome="denied",
            would_be_amount_idr=0,
            coverage_sequence=9,
            reasons=(WHY_TOLD,),
        ),
    ),
    (
        "its end",
        DECIDED,
        ReviewSettled("upheld", TODAY),
        wire.ReviewSettled(claim_id=CLAIM, ended_by="upheld", settled_on=TODAY),
    ),
]


@pytest.mark.parametrize(("claim", "event", "fact"), [told[1:] for told in TOLD], ids=[told[0] for told in TOLD])
def test_what_happens_is_told_in_the_words_of_the_contracts(claim: Claim, event: Event, fact: Fact | None) -> None:
    entries = messages.to_entries(claim, [event], at=NOON)
    assert [entry.fact for entry in entries] == ([] if fact is None else [fact])
    assert {entry.key for entry in entries} <= {WAYAN}


def test_every_event_is_in_the_table() -> None:
    assert {type(event) for _, _, event, _ in TOLD} == set(Event.__args__)


@pytest.mark.parametrize(
    ("event", "time"),
    [
        (REPORTED, "2025-10-19T00:00:00+08:00"),
        (Submitted("putu", (), day("2025-10-18")), "2025-10-18T00:00:00+08:00"),
        (Completed(day("2025-10-17"), DUE), "2025-10-17T00:00:00+08:00"),
        (Paid(PAYMENT.payment_id, day("2025-10-16"), 1, None), "2025-10-16T00:00:00+08:00"),
        (Returned(PAYMENT.payment_id, day("2025-10-15"), "X", None, DUE), "2025-10-15T00:00:00+08:00"),
        (Pended((WHY,), TODAY), NOON.isoformat()),
    ],
)
def test_what_is_known_by_its_day_has_the_time_of_its_midnight(event: Event, time: str) -> None:
    assert messages.to_entries(ORDERED, [event], at=NOON)[0].time.isoformat() == time


def test_the_key_of_a_recorded_payment_comes_from_its_reference() -> None:
    payment = RecordedPayment("JHT-1", "JHT", "PU", TODAY, 1, 1, "51.04")
    entry = messages.recorded_payment(payment)
    assert entry.key == messages.recorded_payment_key("JHT-1") != messages.recorded_payment_key("JHT-2")
    assert entry.key.version == 5


def test_areas_of_every_level_are_known() -> None:
    assert {"51", "51.04", "51.04.05", "51.04.05.2001"} <= messages.area_codes()
