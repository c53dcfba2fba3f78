"""A claim is decided once for a round, by the right person, on the day of the incident."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.claims import coverage, domain, money, reasons
from services.claims.claim import Claim, Decision, Findings, Rejected
from services.claims.commands import (
    Command,
    Decide,
    Find,
    LookAgain,
    Pend,
    ReceiveDocuments,
    Reopen,
    Resume,
    RetractDeath,
)
from services.claims.coverage import Cover
from services.claims.events import (
    Completed,
    DeathConfirmed,
    DeathRetracted,
    Decided,
    Pended,
    Reported,
    Rerouted,
    Resumed,
    ReviewRequired,
    Weighed,
)
from tests.unit.claims.cases import (
    ACCIDENT,
    BOOK,
    COVERED,
    DEATH,
    DISPUTE,
    ELDER,
    FATAL,
    INJURED,
    MADE,
    NEXT_YEAR,
    NYOMAN,
    OTHER_CLAIM,
    PRIESTS,
    PUTU,
    TEMPLE,
    TODAY,
    UNCOVERED,
    WIDOW,
    WORKER,
    asked,
    claim_in,
    cover_after,
    day,
    decide_on,
    died,
    everything,
    order_on,
    pay_all,
    renewed,
    reopened,
    reported,
    started,
    submit,
    terminated,
)

YEAR = started("2025-01-01", "2026-01-01")
TEMPLE_YEAR = started("2025-01-01", "2026-01-01", coverage_id=TEMPLE)
DAY_BEFORE = DEATH - timedelta(days=1)


def decision(cover: Cover, first: Reported | None = None, others: tuple[Claim, ...] = ()) -> Decision:
    claim = claim_in("submitted", first or reported())
    (decided, *told) = domain.decide(claim, decide_on(cover, today=max(TODAY, claim.reported_on), others=others))
    assert isinstance(decided, Decided)
    assert told == ([DeathConfirmed(claim.died_on)] if claim.died_on and decided.decision.granted else [])
    return decided.decision


@pytest.mark.parametrize(
    ("cover", "first", "outcome", "amount_idr", "codes"),
    [
        (cover_after(YEAR), reported(), "approved", 42_000_000, []),
        (cover_after(YEAR, TEMPLE_YEAR), reported(), "approved", 74_000_000, []),
        (
            cover_after(started("2025-09-01", None)),
            reported(),
            "partially_approved",
            10_000_000,
            ["MEMBERSHIP_LT_3_MONTHS"],
        ),
        (cover_after(started("2025-10-03", None)), FATAL, "approved", 70_000_000, []),
        (cover_after(started("2025-10-04", None)), FATAL, "denied", 0, ["NOT_COVERED_AT_INCIDENT"]),
        (cover_after(YEAR, terminated("2025-06-01")), reported(), "denied", 0, ["NOT_COVERED_AT_INCIDENT"]),
        (cover_after(YEAR, died("2025-10-03")), reported(), "approved", 42_000_000, []),
        (
            cover_after(YEAR, died("2025-10-03"), terminated("2025-10-04", "deceased")),
            reported(),
            "approved",
            42_000_000,
            [],
        ),
    ],
    ids=[
        "covered",
        "two memberships",
        "young membership: funeral only",
        "JKK on the first day",
        "JKK the day before the first",
        "ended early, before the incident",
        "the register knows of the death",
        "cover ended because of this death",
    ],
)
def test_decides(cover: Cover, first: Reported, outcome: str, amount_idr: int, codes: list[str]) -> None:
    found = decision(cover, first).verdict
    assert (found.outcome, found.amount_idr, [reason.code for reason in found.reasons]) == (outcome, amount_idr, codes)


@pytest.mark.parametrize(
    ("incident_on", "outcome"),
    [("2025-12-31", "approved"), ("2026-01-01", "approved"), ("2026-12-31", "approved"), ("2027-01-01", "denied")],
    ids=["last day of the first period", "first day of the renewal", "last day of all", "the day after"],
)
def test_a_claim_across_a_renewal_is_covered(incident_on: str, outcome: str) -> None:
    cover = cover_after(YEAR, renewed("2026-01-01", "2027-01-01", cohort_id=NEXT_YEAR))
    later = day("2027-02-01")
    claim = replace(claim_in("submitted"), incident_on=day(incident_on))
    (decided, *_) = domain.decide(claim, decide_on(cover, today=later))
    assert isinstance(decided, Decided)
    assert decided.decision.verdict.outcome == outcome


def test_a_decision_keeps_all_that_it_rests_on() -> None:
    cover = cover_after(YEAR, TEMPLE_YEAR)
    found = decision(cover)
    assert (found.round, found.decider, found.proposer, found.decided_on) == (1, MADE, PUTU, TODAY)
    assert (found.question.cover, found.question.coverage_sequence, found.question.edition) == (cover.state, 3, 1)
    assert found.verdict.rule_version.startswith("1/")
    assert [membership.coverage_id for membership in found.verdict.memberships] == [YEAR[1]["coverage_id"], TEMPLE]


@pytest.mark.parametrize(
    ("when", "code"),
    [
        (decide_on(COVERED, actor=PUTU), "SAME_PERSON"),
        (decide_on(replace(COVERED, parked=True)), "WORKER_PARKED"),
        (decide_on(replace(COVERED, merging=True)), "WORKER_MERGING"),
        (decide_on(Cover()), "WORKER_UNKNOWN"),
        (decide_on(cover_after(died("2025-10-02"))), "DEATH_DATE_DIFFERS"),
    ],
)
def test_refuses_to_decide(when: Decide, code: str) -> None:
    assert refusal(claim_in("submitted"), when) == code


def refusal(claim: Claim, command: Command) -> str:
    with pytest.raises(Rejected) as refused:
        domain.decide(claim, command)
    return refused.value.code


def test_whoever_prepared_anything_does_not_decide() -> None:
    found = asked(claim_in("submitted", INJURED), Find(NYOMAN, Findings(total_disability=True), BOOK, TODAY))
    assert refusal(found, decide_on(COVERED, actor=NYOMAN)) == "SAME_PERSON"
    assert refusal(found, decide_on(COVERED, actor=PUTU)) == "SAME_PERSON"
    assert asked(found, decide_on(COVERED)).state == "decided"


def test_an_appeal_is_heard_by_another_decider_and_a_correction_need_not_be() -> None:
    denied = claim_in("decided", cover=UNCOVERED)
    assert refusal(reopened(denied, "appeal"), decide_on(COVERED)) == "SAME_PERSON"
    assert asked(reopened(denied, "appeal"), decide_on(COVERED, actor=NYOMAN)).granted
    assert asked(reopened(denied, "correction"), decide_on(COVERED)).granted


# --- One event, one payment -------------------------------------------------------------------------------------------

OTHER = reported(claim_id=OTHER_CLAIM)


@pytest.mark.parametrize("state", ["decided", "ordered", "paid"])
@pytest.mark.parametrize("first", [reported(), FATAL, reported(incident_on=DAY_BEFORE)], ids=["same", "JKK", "day"])
def test_a_death_is_paid_once(first: Reported, state: str) -> None:
    known = cover_after(YEAR, died(DEATH.isoformat()))
    other = claim_in(state, OTHER)  # type: ignore[arg-type]
    found = decision(known, first, (other,)).verdict
    assert (found.outcome, [reason.code for reason in found.reasons]) == ("denied", ["DUPLICATE_CLAIM"])
    assert str(OTHER_CLAIM) in found.reasons[0].english


@pytest.mark.parametrize("other", [claim_in("decided", OTHER, cover=UNCOVERED), claim_in("void", OTHER)])
def test_a_claim_that_came_to_nothing_hinders_no_decision(other: Claim) -> None:
    assert decision(COVERED, others=(other,)).granted


def test_a_death_that_was_only_found_is_paid_by_the_claim_that_grants_it() -> None:
    hurt = asked(claim_in("submitted", INJURED), Find(PUTU, Findings(orthosis_idr=1_000_000), BOOK, TODAY))
    hurt = asked(hurt, decide_on(COVERED), order_on())
    hurt = asked(hurt, *pay_all(hurt), Reopen(NYOMAN, "further_benefit", TODAY))
    hurt = asked(hurt, Find(PUTU, Findings(orthosis_idr=1_000_000, died_on=DEATH), BOOK, TODAY))
    assert (hurt.granted, hurt.died_on, hurt.paid_death) == (True, DEATH, None)
    died_of_it = claim_in("submitted", reported(claim_id=OTHER_CLAIM))
    died_of_it = asked(died_of_it, decide_on(COVERED, others=(hurt, died_of_it)))
    assert died_of_it.granted
    again = asked(hurt, submit(replace(WORKER, share=(0, 1)), replace(WIDOW, payee_id=ELDER)))
    again = asked(again, decide_on(COVERED, others=(again, died_of_it)))
    assert again.decisions[-1].question.granted_claim == OTHER_CLAIM


def test_what_goes_on_under_jkm_waits_for_arrears_no_more() -> None:
    in_grace = cover_after(started("2025-01-01", "2025-09-01", grace_until="2025-12-01"))
    waits = asked(claim_in("submitted", FATAL), decide_on(in_grace))
    assert waits.state == "pended"
    found = asked(waits, Find(PUTU, replace(waits.findings, work_related=False), BOOK, TODAY))
    events = domain.decide(found, decide_on(in_grace))
    assert [type(event) for event in events] == [Resumed, Rerouted, Completed]


def test_accidents_of_two_days_are_two_and_of_one_day_one() -> None:
    hurt = replace(INJURED, claim_id=OTHER_CLAIM)
    granted = asked(claim_in("submitted", hurt), Find(PUTU, Findings(orthosis_idr=1_000_000), BOOK, TODAY))
    granted = asked(granted, decide_on(COVERED))
    assert granted.granted
    again = asked(claim_in("submitted", INJURED), Find(PUTU, Findings(orthosis_idr=1_000_000), BOOK, TODAY))
    assert asked(again, decide_on(COVERED, others=(granted,))).decisions[0].question.granted_claim == OTHER_CLAIM
    another_day = replace(granted, incident_on=DAY_BEFORE)
    assert asked(again, decide_on(COVERED, others=(another_day,))).granted
    assert decision(COVERED, others=(granted,)).granted, "a death is another event than an accident that was survived"


# --- What comes before a decision -------------------------------------------------------------------------------------

ARREARS = cover_after(started("2024-01-01", "2025-09-01", grace_until="2025-12-01"))
SETTLED = cover_after(
    started("2024-01-01", "2025-09-01", grace_until="2025-12-01"), renewed("2025-09-01", "2026-01-01")
)
OWED = reasons.arrears_unsettled("JKM", DEATH, day("2025-12-01"))


def test_a_claim_in_grace_waits_while_the_arrears_can_be_settled() -> None:
    claim = claim_in("submitted")
    assert domain.decide(claim, decide_on(ARREARS)) == [Pended((OWED,), TODAY)]
    held = asked(claim, decide_on(ARREARS))
    assert (held.state, held.pended_in) == ("pended", "submitted")
    assert domain.decide(held, decide_on(ARREARS)) == []
    settled_on = TODAY + timedelta(days=30)
    events = domain.decide(held, decide_on(SETTLED, today=settled_on))
    assert events[:2] == [Resumed(settled_on), Completed(settled_on, BOOK.due_on(settled_on, "JKM"))]
    assert asked(held, decide_on(SETTLED, today=settled_on)).granted
    assert asked(held, Resume(MADE, BOOK, TODAY)).state == "submitted"


def test_arrears_that_nobody_settled_in_time_deny_the_claim() -> None:
    held = asked(claim_in("submitted"), decide_on(ARREARS))
    late = asked(held, decide_on(ARREARS, today=day("2025-12-01")))
    assert late.decision is not None
    assert [reason.code for reason in late.decision.verdict.reasons] == ["ARREARS_UNSETTLED"]


def test_a_death_that_the_register_knows_leaves_the_heirs_their_time_to_settle() -> None:
    paid_to_july = started("2024-01-01", "2025-08-01", grace_until="2025-11-01")
    known = [paid_to_july, died(str(DEATH))]
    held = asked(claim_in("submitted"), decide_on(cover_after(*known)))
    assert held.pended_for == (reasons.arrears_unsettled("JKM", DEATH, day("2025-11-01")),)
    denied = asked(held, decide_on(cover_after(*known), today=day("2025-11-01")))
    assert denied.decision is not None
    (why,) = denied.decision.verdict.reasons
    assert (why.code, "at the latest" in why.english) == ("ARREARS_UNSETTLED", False)
    settled = cover_after(*known, renewed("2025-08-01", "2025-11-01"))
    (again,) = domain.decide(denied, LookAgain(day("2025-12-17"), settled, BOOK))
    assert isinstance(again, ReviewRequired)
    assert again.review.verdict.amount_idr == 42_000_000
    assert coverage.payable_until(cover_after(*known).state, DEATH + timedelta(days=1), "JKM") is None


def test_a_claim_that_a_person_holds_besides_is_not_decided_when_the_arrears_are_settled() -> None:
    held = asked(claim_in("submitted"), decide_on(ARREARS), Pend(NYOMAN, (DISPUTE,), TODAY))
    assert refusal(held, decide_on(SETTLED)) == "WRONG_STATE"


TAX_NUMBER = ReceiveDocuments(PUTU, [("NPWP", TODAY)], BOOK, TODAY)


def without_tax_number(first: Reported, **found: Any) -> Claim:
    """Bring all but the tax number, and apply for the benefit."""
    claim = domain.begin(first)
    brought = everything(claim)
    brought = replace(brought, documents=[one for one in brought.documents if one[0] != "NPWP"])
    payee = WIDOW if claim.died_on else WORKER
    findings = replace(claim.findings, **found)
    return asked(claim, brought, Find(PUTU, findings, BOOK, TODAY), submit(payee))


def test_what_comes_to_more_than_fifty_million_waits_for_the_tax_number_and_goes_on_with_it() -> None:
    claim = without_tax_number(FATAL)
    assert claim.state == "submitted", "nobody knows yet what it comes to"
    (comes_to, held) = domain.decide(claim, decide_on(COVERED))
    assert (comes_to, type(held)) == (Weighed(70_000_000), Pended)
    claim = asked(claim, decide_on(COVERED))
    assert (claim.state, claim.decision) == ("pended", None)
    assert [reason.code for reason in claim.pended_for] == ["DOCUMENT_INCOMPLETE"]
    assert [one.code for one in domain.missing_documents(claim, BOOK)] == ["NPWP"]
    assert refusal(claim, Resume(MADE, BOOK, TODAY)) == "DOCUMENT_INCOMPLETE"
    clock = Completed(TODAY, BOOK.due_on(TODAY, "JKK"))
    assert domain.decide(claim, TAX_NUMBER)[1:] == [Resumed(TODAY), clock]
    assert asked(claim, TAX_NUMBER, decide_on(COVERED)).granted


@pytest.mark.parametrize(
    ("first", "found", "cover", "state"),
    [
        (reported(), {}, COVERED, "decided"),
        (FATAL, {}, UNCOVERED, "decided"),
        (INJURED, {"medical_idr": 50_000_000}, COVERED, "decided"),
        (INJURED, {"medical_idr": 50_000_001}, COVERED, "pended"),
    ],
    ids=["a small benefit", "a denied one", "fifty million", "a rupiah more"],
)
def test_the_tax_number_is_asked_for_by_what_the_benefit_comes_to(
    first: Reported, found: dict[str, int], cover: Cover, state: str
) -> None:
    assert asked(without_tax_number(first, **found), decide_on(cover)).state == state


def test_what_is_found_anew_is_weighed_anew_before_the_tax_number_is_asked_for() -> None:
    claim = asked(without_tax_number(INJURED, medical_idr=50_000_001), decide_on(COVERED))
    less = asked(claim, Find(PUTU, Findings(medical_idr=1), BOOK, TODAY))
    assert (less.state, domain.missing_documents(less, BOOK)) == ("submitted", ())
    assert asked(less, decide_on(COVERED)).granted


def test_who_waits_for_a_tax_number_that_is_not_needed_any_more_is_decided() -> None:
    """A membership was voided meanwhile, and what is left comes to less."""
    twice = cover_after(started("2024-01-01", None), started("2024-01-01", None, coverage_id=TEMPLE, cohort_id=PRIESTS))
    claim = asked(without_tax_number(reported()), decide_on(twice))
    assert (claim.state, claim.weighed_idr) == ("pended", 74_000_000)
    assert domain.decide(claim, decide_on(twice)) == []
    assert refusal(claim, decide_on(COVERED, actor=PUTU)) == "SAME_PERSON"
    decided = asked(claim, decide_on(COVERED))
    assert (decided.state, money.account(decided).due_idr) == ("decided", 42_000_000)
    disputed = asked(claim, Pend(MADE, (DISPUTE,), TODAY))
    assert refusal(disputed, decide_on(COVERED)) == "WRONG_STATE"


def test_settled_arrears_of_a_large_benefit_leave_only_the_tax_number_to_wait_for() -> None:
    held = asked(without_tax_number(FATAL), decide_on(ARREARS))
    settled = domain.decide(held, decide_on(SETTLED))
    assert settled[:2] == [Resumed(TODAY), Weighed(70_000_000)]
    claim = asked(held, decide_on(SETTLED))
    assert [reason.code for reason in claim.pended_for] == ["DOCUMENT_INCOMPLETE"]
    assert asked(claim, TAX_NUMBER, decide_on(SETTLED)).granted


def test_arrears_of_one_membership_do_not_hold_up_another() -> None:
    both = cover_after(
        started("2024-01-01", "2025-09-01", grace_until="2025-12-01"),
        started("2025-01-01", None, coverage_id=TEMPLE, cohort_id=NEXT_YEAR),
    )
    assert [one.coverage_id for one in decision(both).verdict.memberships] == [TEMPLE]


def at_home(claim: Claim) -> Claim:
    """Work caused neither the accident nor the death two days after it."""
    return asked(claim, Find(PUTU, Findings(work_related=False, died_on=DIED_LATER), BOOK, TODAY))


DIED_LATER = DEATH + timedelta(days=2)
FATAL_LATER = reported("JKK", died_on=DIED_LATER, circumstances=ACCIDENT)


def test_a_death_that_work_did_not_cause_goes_on_under_jkm_at_its_own_day() -> None:
    claim = at_home(claim_in("submitted", FATAL_LATER))
    why = (reasons.NOT_WORK_RELATED,)
    clock = Completed(TODAY, BOOK.due_on(TODAY, "JKM"))
    assert domain.decide(claim, decide_on(COVERED)) == [Rerouted("JKM", DIED_LATER, why, TODAY), clock]
    rerouted = asked(claim, decide_on(COVERED))
    assert (rerouted.programme, rerouted.incident_on, rerouted.state) == ("JKM", DIED_LATER, "submitted")
    granted = asked(rerouted, decide_on(COVERED))
    assert granted.decision is not None
    assert granted.decision.verdict.amount_idr == 42_000_000


def test_a_rerouted_claim_waits_for_what_its_checklist_asks_besides() -> None:
    brought = everything(domain.begin(FATAL_LATER))
    fewer = replace(brought, documents=[one for one in brought.documents if one[0] != "FAMILY_CARD"])
    claim = asked(domain.begin(FATAL_LATER), fewer, submit())
    claim = at_home(replace(claim, state="submitted", pended_for=(), pended_in=None))
    held = asked(replace(claim, state="submitted", pended_for=(), pended_in=None), decide_on(COVERED))
    assert (held.programme, held.state, held.pended_in) == ("JKM", "pended", "submitted")
    assert asked(held, brought).state == "submitted"


def test_a_rerouted_claim_is_not_a_second_one_for_the_death() -> None:
    under_way = claim_in("reported", reported(incident_on=DIED_LATER, claim_id=OTHER_CLAIM))
    claim = at_home(claim_in("submitted", FATAL_LATER))
    assert refusal(claim, decide_on(COVERED, others=(under_way, claim))) == "DUPLICATE_CLAIM"


def test_an_appeal_may_find_that_work_caused_the_death_after_all() -> None:
    first = replace(FATAL, died_on=DIED_LATER, incident_on=DEATH)
    not_by_work = Find(PUTU, Findings(work_related=False, died_on=DIED_LATER), BOOK, TODAY)
    claim = domain.begin(first)
    claim = asked(claim, everything(claim), not_by_work, submit(), decide_on(COVERED), decide_on(COVERED))
    assert (claim.programme, claim.accident_on) == ("JKM", DEATH)
    by_work = Find(PUTU, Findings(work_related=True), BOOK, TODAY)
    claim = asked(claim, Reopen(NYOMAN, "appeal", TODAY), by_work, submit())
    appealed = decide_on(COVERED, actor=NYOMAN)
    clock = Completed(TODAY, BOOK.due_on(TODAY, "JKK"))
    assert domain.decide(claim, appealed) == [Rerouted("JKK", DEATH, (reasons.WORK_RELATED,), TODAY), clock]
    back = asked(claim, appealed)
    assert (back.programme, back.incident_on, back.died_on, back.accident_on) == ("JKK", DEATH, DIED_LATER, None)
    assert refusal(back, decide_on(COVERED)) == "SAME_PERSON", "it is the appeal still"
    assert [type(event) for event in domain.decide(back, appealed)] == [Decided], "the death is known"
    elsewhere = claim_in("decided", replace(FATAL, claim_id=OTHER_CLAIM))
    assert refusal(claim, replace(appealed, others=(claim, elsewhere))) == "DUPLICATE_CLAIM"
    never_jkk = claim_in("decided")
    assert (never_jkk.programme, never_jkk.findings.work_related) == ("JKM", True)


@pytest.mark.parametrize(
    ("claim", "registered", "code"),
    [
        (claim_in("submitted"), "2025-10-03", None),
        (claim_in("submitted"), "2025-10-02", "DEATH_DATE_DIFFERS"),
        (claim_in("submitted"), "2025-10-04", "DEATH_DATE_DIFFERS"),
        (claim_in("submitted", FATAL), "2025-10-04", "DEATH_DATE_DIFFERS"),
        (claim_in("submitted", INJURED), "2025-10-02", "DEATH_DATE_DIFFERS"),
        (claim_in("submitted", INJURED), "2025-10-04", None),
    ],
)
def test_a_death_is_on_the_day_that_the_register_holds(claim: Claim, registered: str, code: str | None) -> None:
    command = decide_on(cover_after(started("2025-01-01", "2026-01-01"), died(registered)))
    assert (refusal(claim, command) if code else domain.decide(claim, command)[0].__class__) == (code or Decided)


def test_a_claim_may_correct_the_day_of_death_that_it_told_the_register() -> None:
    claim = asked(claim_in("decided", FATAL), Reopen(NYOMAN, "correction", TODAY))
    claim = asked(claim, Find(PUTU, Findings(died_on=DIED_LATER), BOOK, TODAY), submit())
    known = cover_after(started("2025-01-01", "2026-01-01"), died(str(DEATH)))
    assert domain.decide(claim, decide_on(known))[1:] == [DeathRetracted(), DeathConfirmed(DIED_LATER)]


def test_a_death_that_is_found_not_to_be_is_taken_back_though_the_claim_is_denied() -> None:
    claim = asked(claim_in("decided", FATAL), Reopen(NYOMAN, "correction", TODAY))
    claim = asked(claim, Find(PUTU, Findings(), BOOK, TODAY), submit(WORKER))
    assert [type(event) for event in domain.decide(claim, decide_on(COVERED))] == [Decided, DeathRetracted]
    denied = asked(claim, decide_on(COVERED))
    assert (denied.granted, refusal(denied, RetractDeath(MADE, TODAY))) == (False, "WRONG_STATE")
    again = asked(denied, Reopen(NYOMAN, "correction", TODAY), Find(PUTU, Findings(died_on=DEATH), BOOK, TODAY))
    assert domain.decide(asked(again, submit()), decide_on(COVERED))[1:] == [DeathConfirmed(DEATH)]
    still_dead = asked(claim_in("decided", FATAL), Reopen(NYOMAN, "review", TODAY), submit())
    assert [type(event) for event in domain.decide(still_dead, decide_on(UNCOVERED))] == [Decided]


def test_an_appeal_takes_the_place_of_another_cause_and_nothing_takes_its_own() -> None:
    claim = asked(claim_in("decided"), Reopen(NYOMAN, "review", TODAY), Reopen(NYOMAN, "appeal", TODAY))
    for cause in ("review", "correction"):
        assert refusal(claim, Reopen(NYOMAN, cause, TODAY)) == "WRONG_STATE"
    claim = asked(claim, submit())
    assert refusal(claim, Reopen(NYOMAN, "review", TODAY)) == "WRONG_STATE"
    assert refusal(claim, decide_on(COVERED)) == "SAME_PERSON"
    assert asked(claim, decide_on(COVERED, actor=NYOMAN)).state == "decided"


def test_an_accident_that_work_did_not_cause_is_denied_where_nobody_died() -> None:
    claim = asked(claim_in("submitted", INJURED), Find(PUTU, Findings(work_related=False), BOOK, TODAY))
    denied = asked(claim, decide_on(COVERED)).decision
    assert denied is not None
    assert [reason.code for reason in denied.verdict.reasons] == ["NOT_WORK_RELATED"]


# --- What enrollment learns of the death ------------------------------------------------------------------------------


def test_a_death_is_confirmed_once_and_again_only_with_another_day() -> None:
    claim = claim_in("decided", FATAL_LATER)
    again = reopened(claim, "correction")
    assert [type(event) for event in domain.decide(again, decide_on(COVERED))] == [Decided]
    other_day = asked(again, Find(PUTU, Findings(died_on=DEATH), BOOK, TODAY))
    assert domain.decide(other_day, decide_on(COVERED))[1:] == [DeathRetracted(), DeathConfirmed(DEATH)]
    alive = asked(again, Find(PUTU, Findings(total_disability=True), BOOK, TODAY))
    assert domain.decide(alive, decide_on(COVERED))[1:] == [DeathRetracted()]
    denied = asked(again, decide_on(UNCOVERED))
    assert [type(event) for event in domain.decide(again, decide_on(UNCOVERED))] == [Decided]
    assert [type(event) for event in domain.decide(reopened(denied), decide_on(COVERED, actor=NYOMAN))] == [Decided]


def test_an_accident_that_turns_out_fatal_confirms_the_death_later() -> None:
    price = Findings(orthosis_idr=1_000_000)
    hurt = asked(claim_in("submitted", INJURED), Find(PUTU, price, BOOK, TODAY), decide_on(COVERED))
    assert hurt.granted
    again = asked(hurt, Reopen(NYOMAN, "further_benefit", TODAY))
    again = asked(again, Find(PUTU, replace(price, died_on=TODAY), BOOK, TODAY), everything(again), submit())
    assert domain.decide(again, decide_on(COVERED))[1:] == [DeathConfirmed(TODAY)]
