"""A claim moves on by its rules: given, when, then."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.claims import domain, reasons
from services.claims.claim import (
    Claim,
    Command,
    DeathConfirmed,
    DeathRetracted,
    Decided,
    Decision,
    Event,
    OrderPayment,
    Paid,
    Pay,
    PaymentOrdered,
    Pended,
    Recheck,
    Rejected,
    Report,
    Reported,
    RetractDeath,
    Submit,
    Submitted,
    WorkerBecameKnown,
)
from services.claims.coverage import Cover
from services.claims.rules import first_day
from tests.unit.claims.cases import (
    CLAIM,
    COVERED,
    DEATH,
    KETUT,
    MADE,
    NEXT_YEAR,
    NOON,
    ORDER,
    ORDER_PAYMENT,
    OTHER_CLAIM,
    PAY,
    PAYEE,
    PUTU,
    SUBMIT,
    TEMPLE,
    TODAY,
    UNCOVERED,
    WAYAN,
    claim_after,
    claim_asked,
    cover_after,
    day,
    decide_on,
    died,
    renewed,
    reported,
    started,
    terminated,
)

REPORTED = reported()
UNKNOWN = reported(known=False)
JKK = reported("JKK")
SUBMITTED = Submitted(PUTU, PAYEE, TODAY)
LATER = NOON + timedelta(minutes=10)
TOMORROW = TODAY + timedelta(days=1)


def decided(cover: Cover = COVERED) -> Claim:
    return claim_asked(REPORTED, SUBMIT, decide_on(cover))


def ordered() -> Claim:
    return claim_asked(REPORTED, SUBMIT, decide_on(COVERED), ORDER_PAYMENT)


def paid() -> Claim:
    return claim_asked(REPORTED, SUBMIT, decide_on(COVERED), ORDER_PAYMENT, PAY)


def void() -> Claim:
    return claim_asked(REPORTED, SUBMIT, decide_on(COVERED), RetractDeath())


@pytest.mark.parametrize(
    ("given", "when", "then"),
    [
        (claim_after(REPORTED), SUBMIT, [SUBMITTED]),
        (claim_after(UNKNOWN), Recheck(NOON, worker_known=True), [WorkerBecameKnown()]),
        (claim_after(UNKNOWN), Recheck(LATER - timedelta(seconds=1), worker_known=False), []),
        (claim_after(UNKNOWN), Recheck(LATER, worker_known=False), [Pended((reasons.WORKER_UNKNOWN,))]),
        (claim_after(UNKNOWN, Pended((reasons.WORKER_UNKNOWN,))), Recheck(LATER, worker_known=False), []),
        (
            claim_after(UNKNOWN, Pended((reasons.WORKER_UNKNOWN,))),
            Recheck(LATER, worker_known=True),
            [WorkerBecameKnown()],
        ),
        (claim_after(REPORTED), Recheck(LATER, worker_known=False), []),
        (decided(), ORDER_PAYMENT, [PaymentOrdered(KETUT, ORDER, TODAY, 42_000_000)]),
        (ordered(), ORDER_PAYMENT, []),
        (ordered(), PAY, [Paid(TODAY)]),
        (paid(), PAY, []),
        (paid(), ORDER_PAYMENT, []),
        (decided(), RetractDeath(), [DeathRetracted()]),
        (void(), RetractDeath(), []),
    ],
    ids=[
        "submits",
        "waiting: the worker arrives",
        "waiting: not ten minutes yet",
        "waiting: ten minutes are over",
        "pended once",
        "pended: the worker arrives",
        "reported: nothing to look for",
        "orders the payment",
        "orders twice",
        "pays",
        "pays twice",
        "orders after paying",
        "retracts before the order",
        "retracts twice",
    ],
)
def test_accepts(given: Claim, when: Command, then: list[Event]) -> None:
    assert domain.decide(given, when) == then


@pytest.mark.parametrize(
    ("given", "when", "code"),
    [
        (claim_after(UNKNOWN), SUBMIT, "WORKER_UNKNOWN"),
        (claim_after(UNKNOWN), decide_on(COVERED), "WORKER_UNKNOWN"),
        (claim_after(REPORTED, SUBMITTED), SUBMIT, "WRONG_STATE"),
        (claim_after(REPORTED), Submit(PUTU, PAYEE, TOMORROW, TODAY), "DATES_OUT_OF_ORDER"),
        (claim_after(REPORTED), Submit(PUTU, PAYEE, DEATH, TODAY), "DATES_OUT_OF_ORDER"),
        (claim_after(REPORTED), decide_on(COVERED), "WRONG_STATE"),
        (decided(), decide_on(COVERED), "WRONG_STATE"),
        (claim_after(REPORTED, SUBMITTED), decide_on(COVERED, actor=PUTU), "SAME_PERSON"),
        (claim_after(REPORTED, SUBMITTED), decide_on(replace(COVERED, parked=True)), "WORKER_PARKED"),
        (claim_after(REPORTED, SUBMITTED), decide_on(Cover()), "WORKER_UNKNOWN"),
        (claim_after(REPORTED, SUBMITTED), decide_on(cover_after(died("2025-10-02"))), "DEATH_DATE_DIFFERS"),
        (claim_after(REPORTED), ORDER_PAYMENT, "WRONG_STATE"),
        (decided(UNCOVERED), ORDER_PAYMENT, "WRONG_STATE"),
        (decided(), OrderPayment(PUTU, ORDER, TODAY), "SAME_PERSON"),
        (decided(), OrderPayment(MADE, ORDER, TODAY), "SAME_PERSON"),
        (decided(), PAY, "WRONG_STATE"),
        (ordered(), Pay(MADE, TODAY, TODAY), "SAME_PERSON"),
        (ordered(), Pay(KETUT, TOMORROW, TODAY), "DATES_OUT_OF_ORDER"),
        (ordered(), Pay(KETUT, TODAY - timedelta(days=1), TODAY), "DATES_OUT_OF_ORDER"),
        (paid(), Pay(KETUT, TOMORROW, TOMORROW), "ALREADY_PAID"),
        (ordered(), RetractDeath(), "PAYMENT_ORDERED"),
        (paid(), RetractDeath(), "ALREADY_PAID"),
        (decided(UNCOVERED), RetractDeath(), "WRONG_STATE"),
        (void(), ORDER_PAYMENT, "WRONG_STATE"),
        (void(), PAY, "WRONG_STATE"),
    ],
)
def test_rejects(given: Claim, when: Command, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        domain.decide(given, when)
    assert refused.value.code == code
    assert refused.value.indonesian
    assert refused.value.english


def decision(cover: Cover, first: Reported = REPORTED, **more: Any) -> Decision:
    events = domain.decide(claim_after(first, SUBMITTED), decide_on(cover, first.incident_on, **more))
    assert isinstance(events[0], Decided)
    confirmed: Sequence[Event] = [] if events[0].decision.outcome == "denied" else [DeathConfirmed(first.incident_on)]
    assert events[1:] == confirmed
    return events[0].decision


YEAR = started("2025-01-01", "2026-01-01")
TEMPLE_YEAR = started("2025-01-01", "2026-01-01", coverage_id=TEMPLE)


@pytest.mark.parametrize(
    ("cover", "first", "outcome", "amount_idr", "codes"),
    [
        (cover_after(YEAR), REPORTED, "approved", 42_000_000, []),
        (cover_after(YEAR, TEMPLE_YEAR), REPORTED, "approved", 74_000_000, []),
        (
            cover_after(started("2025-09-01", None)),
            REPORTED,
            "partially_approved",
            10_000_000,
            ["MEMBERSHIP_LT_3_MONTHS"],
        ),
        (cover_after(started("2025-10-03", None)), JKK, "approved", 70_000_000, []),
        (cover_after(started("2025-10-04", None)), JKK, "denied", 0, ["NOT_COVERED_AT_INCIDENT"]),
        (UNCOVERED, REPORTED, "denied", 0, ["NOT_COVERED_AT_INCIDENT"]),
        (cover_after(), REPORTED, "denied", 0, ["NOT_COVERED_AT_INCIDENT"]),
        (
            cover_after(started("2025-01-01", None, programmes=("JKK",))),
            REPORTED,
            "denied",
            0,
            ["NOT_COVERED_AT_INCIDENT"],
        ),
        (cover_after(YEAR, terminated("2025-06-01")), REPORTED, "denied", 0, ["NOT_COVERED_AT_INCIDENT"]),
        (cover_after(YEAR, died("2025-10-03")), REPORTED, "approved", 42_000_000, []),
        (
            cover_after(YEAR, died("2025-10-03"), terminated("2025-10-04", "deceased")),
            REPORTED,
            "approved",
            42_000_000,
            [],
        ),
        (cover_after(started("2018-01-01", None)), reported("JKK", day("2019-12-01")), "denied", 0, ["TIME_BARRED"]),
        (cover_after(started("2018-01-01", None)), reported("JKM", day("2019-12-01")), "approved", 24_000_000, []),
    ],
    ids=[
        "covered",
        "two memberships",
        "young membership: funeral only",
        "JKK on the first day",
        "JKK the day before the first",
        "cover ended before",
        "never covered",
        "covered for another programme only",
        "ended early, before the incident",
        "the register knows of the death",
        "cover ended because of this death",
        "JKK reported after its right lapsed",
        "JKM has no such limit; amounts of that day",
    ],
)
def test_decides(cover: Cover, first: Reported, outcome: str, amount_idr: int, codes: list[str]) -> None:
    found = decision(cover, first)
    assert (found.outcome, found.amount_idr, [reason.code for reason in found.reasons]) == (outcome, amount_idr, codes)


@pytest.mark.parametrize(
    ("incident_on", "outcome"),
    [("2025-12-31", "approved"), ("2026-01-01", "approved"), ("2026-12-31", "approved"), ("2027-01-01", "denied")],
    ids=["last day of the first period", "first day of the renewal", "last day of all", "the day after"],
)
def test_a_claim_across_a_renewal_is_covered(incident_on: str, outcome: str) -> None:
    cover = cover_after(YEAR, renewed("2026-01-01", "2027-01-01", cohort_id=NEXT_YEAR))
    assert decision(cover, reported(incident_on=day(incident_on))).outcome == outcome


def test_a_claim_in_a_gap_of_one_day_is_denied_with_its_reason() -> None:
    cover = cover_after(YEAR, renewed("2026-01-02", "2027-01-01", cohort_id=NEXT_YEAR))
    denied = decision(cover, reported(incident_on=day("2026-01-01")))
    assert denied.outcome == "denied"
    assert denied.reasons[0].indonesian == (
        "Tidak ada perlindungan JKM yang berlaku pada 1 Januari 2026."
        " Perlindungan sebelumnya berakhir pada 31 Desember 2025."
    )
    assert denied.reasons[0].english == (
        "No JKM cover was in force on 1 January 2026. The cover before it ended on 31 December 2025."
    )


def test_a_decision_keeps_its_proof() -> None:
    found = decision(cover_after(YEAR, TEMPLE_YEAR))
    assert found.coverage_sequence == 3
    assert found.rule_version == "1/2025-02-24"
    assert [(membership.coverage_id, membership.member_since) for membership in found.memberships] == [
        (YEAR[1]["coverage_id"], day("2025-01-01")),
        (TEMPLE, day("2025-01-01")),
    ]


@pytest.mark.parametrize("other", [decided(), ordered(), paid()], ids=["approved", "ordered", "paid"])
@pytest.mark.parametrize("first", [REPORTED, JKK, reported(incident_on=date(2025, 10, 2))], ids=["same", "JKK", "day"])
def test_a_death_is_paid_once(first: Reported, other: Claim) -> None:
    known = cover_after(YEAR, died(DEATH.isoformat()))
    found = decision(known, first, others=(replace(other, claim_id=OTHER_CLAIM),))
    assert (found.outcome, [reason.code for reason in found.reasons]) == ("denied", ["DUPLICATE_CLAIM"])
    assert str(OTHER_CLAIM) in found.reasons[0].english


@pytest.mark.parametrize("other", [decided(UNCOVERED), void()], ids=["denied", "void"])
def test_a_claim_that_came_to_nothing_hinders_no_other(other: Claim) -> None:
    assert decision(COVERED, others=(replace(other, claim_id=OTHER_CLAIM),)).outcome == "approved"
    assert domain.report(report(others=(other,))) == REPORTED


def report(**more: Any) -> Report:
    usual: dict[str, Any] = {
        "claim_id": CLAIM,
        "worker_id": WAYAN,
        "programme": "JKM",
        "incident_on": DEATH,
        "reported_on": REPORTED.reported_on,
        "at": NOON,
        "today": TODAY,
        "worker_known": True,
        "rules_from": first_day(),
    }
    return Report(**usual | more)


def test_reports() -> None:
    assert domain.report(report()) == REPORTED
    assert domain.begin(domain.report(report())).state == "reported"
    assert domain.begin(domain.report(report(worker_known=False))).state == "waiting"


@pytest.mark.parametrize(
    ("when", "code"),
    [
        (report(others=(claim_after(REPORTED),)), "DUPLICATE_CLAIM"),
        (report(others=(decided(),)), "DUPLICATE_CLAIM"),
        (report(reported_on=TOMORROW), "DATES_OUT_OF_ORDER"),
        (report(incident_on=TODAY), "DATES_OUT_OF_ORDER"),
        (report(incident_on=day("2015-06-30")), "INCIDENT_BEFORE_RULES"),
    ],
)
def test_refuses_a_report(when: Report, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        domain.report(when)
    assert refused.value.code == code


def test_another_event_of_the_same_worker_is_another_claim() -> None:
    assert domain.report(report(programme="JKK", others=(claim_after(REPORTED),))).programme == "JKK"


ARREARS = cover_after(started("2024-01-01", "2025-09-01", grace_until="2025-12-01"))


def test_a_claim_in_grace_waits_while_the_arrears_can_be_settled() -> None:
    claim = claim_asked(REPORTED, SUBMIT)
    with pytest.raises(Rejected) as refused:
        domain.decide(claim, decide_on(ARREARS))
    assert refused.value.code == "ARREARS_UNSETTLED"
    late = replace(decide_on(ARREARS), today=day("2025-12-01"))
    decision = domain.decide(claim, late)[0]
    assert isinstance(decision, Decided)
    assert [reason.code for reason in decision.decision.reasons] == ["NOT_COVERED_AT_INCIDENT"]


def test_arrears_of_one_membership_do_not_hold_up_another() -> None:
    both = cover_after(
        started("2024-01-01", "2025-09-01", grace_until="2025-12-01"),
        started("2025-01-01", None, coverage_id=TEMPLE, cohort_id=NEXT_YEAR),
    )
    decided_on_both = domain.decide(claim_asked(REPORTED, SUBMIT), decide_on(both))[0]
    assert isinstance(decided_on_both, Decided)
    assert [one.coverage_id for one in decided_on_both.decision.memberships] == [TEMPLE]


def test_nothing_is_decided_on_half_a_merge() -> None:
    with pytest.raises(Rejected) as refused:
        domain.decide(claim_asked(REPORTED, SUBMIT), decide_on(replace(COVERED, merging=True)))
    assert refused.value.code == "WORKER_MERGING"


@pytest.mark.parametrize("state", ["ordered", "paid"])
def test_of_two_approved_claims_of_one_person_the_second_is_not_paid(state: Any) -> None:
    """They were approved before the two workers turned out to be one."""
    first = replace(decided(), claim_id=OTHER_CLAIM, state=state)
    with pytest.raises(Rejected) as refused:
        domain.decide(decided(), replace(ORDER_PAYMENT, others=(first, decided())))
    assert refused.value.code == "DUPLICATE_CLAIM"
    assert domain.decide(decided(), replace(ORDER_PAYMENT, others=(replace(first, state="decided"), decided())))
