"""The file of a claim: its beginning, documents by the checklist, findings, the application; and what holds it."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.claims import domain, reasons
from services.claims.claim import Child, Claim, Findings, Inability, Injury, Rejected, SchoolYear, Signal, Transport
from services.claims.commands import (
    ChangePayees,
    Command,
    Describe,
    Find,
    Pend,
    ReceiveDocuments,
    Recheck,
    Report,
    Resume,
)
from services.claims.domain.file import DOCUMENTS_MAX
from services.claims.events import (
    Completed,
    Described,
    DocumentsReceived,
    Event,
    Found,
    PayeesChanged,
    Pended,
    Resumed,
    WorkerBecameKnown,
)
from services.claims.reasons import PEND_REASONS
from tests.unit.claims.cases import (
    ACCIDENT,
    BOOK,
    CLAIM,
    COVERED,
    DEATH,
    DISPUTE,
    FATAL,
    INJURED,
    MADE,
    NOON,
    NYOMAN,
    OTHER_CLAIM,
    PUTU,
    TODAY,
    UNCOVERED,
    WAYAN,
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
    reported,
    started,
    submit,
)

REPORTED = reported()
LATER = NOON + timedelta(minutes=10)
TOMORROW = TODAY + timedelta(days=1)
UNKNOWN = reasons.WORKER_UNKNOWN
MISMATCH = PEND_REASONS["IDENTITY_MISMATCH"]


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
        "rules_from": BOOK.first_day,
    }
    return Report(**usual | more)


def test_reports() -> None:
    assert domain.report(report()) == REPORTED
    assert domain.begin(domain.report(report())).state == "reported"
    assert domain.begin(domain.report(report(worker_known=False))).state == "waiting"
    fatal = domain.begin(domain.report(report(programme="JKK", died_on=TODAY, circumstances=ACCIDENT)))
    assert (fatal.died_on, fatal.circumstances) == (TODAY, ACCIDENT)


@pytest.mark.parametrize(
    ("when", "code"),
    [
        (report(others=(claim_in("reported", reported(claim_id=OTHER_CLAIM)),)), "DUPLICATE_CLAIM"),
        (report(others=(claim_in("decided", reported(claim_id=OTHER_CLAIM)),)), "DUPLICATE_CLAIM"),
        (report(reported_on=TOMORROW), "DATES_OUT_OF_ORDER"),
        (report(incident_on=TODAY), "DATES_OUT_OF_ORDER"),
        (report(programme="JKK", died_on=DEATH - timedelta(days=1)), "DATES_OUT_OF_ORDER"),
        (report(programme="JKK", died_on=TOMORROW), "DATES_OUT_OF_ORDER"),
        (report(died_on=TODAY), "NOT_AN_ACCIDENT"),
        (report(circumstances=ACCIDENT), "NOT_AN_ACCIDENT"),
        (report(incident_on=day("2015-06-30")), "INCIDENT_BEFORE_RULES"),
    ],
)
def test_refuses_a_report(when: Report, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        domain.report(when)
    assert refused.value.code == code


@pytest.mark.parametrize("other", [claim_in("decided", cover=UNCOVERED), claim_in("void")], ids=["denied", "void"])
def test_a_claim_that_came_to_nothing_hinders_no_report(other: Claim) -> None:
    assert domain.report(report(others=(replace(other, claim_id=OTHER_CLAIM),))) == REPORTED


def test_another_event_of_the_same_worker_is_another_claim() -> None:
    assert domain.report(report(programme="JKK", others=(claim_in("reported"),))).programme == "JKK"


@pytest.mark.parametrize(
    ("given", "when", "then"),
    [
        (claim_in("waiting"), Recheck(LATER - timedelta(seconds=1), TODAY, worker_known=False), []),
        (claim_in("waiting"), Recheck(LATER, TODAY, worker_known=False), [Pended((UNKNOWN,), TODAY)]),
        (claim_in("reported"), Recheck(LATER, TODAY, worker_known=False), []),
        (claim_in("pended"), Recheck(LATER, TODAY, worker_known=True), []),
    ],
    ids=["not ten minutes yet", "ten minutes are over", "nothing to look for", "held by a person"],
)
def test_looks_for_the_worker(given: Claim, when: Recheck, then: list[Event]) -> None:
    assert domain.decide(given, when) == then


def test_a_claim_that_was_held_for_its_worker_goes_on_with_them_and_not_before() -> None:
    held = asked(
        claim_in("waiting"), Recheck(LATER, TODAY, worker_known=False), Recheck(LATER, TODAY, worker_known=False)
    )
    assert (held.state, held.pended_in) == ("pended", "waiting")
    assert refusal(held, Resume(MADE, BOOK, TODAY)) == "WORKER_UNKNOWN"
    assert refusal(held, submit()) == "WORKER_UNKNOWN"
    assert domain.decide(held, Recheck(LATER, TODAY, worker_known=True)) == [WorkerBecameKnown(TODAY)]
    known = asked(held, Recheck(LATER, TODAY, worker_known=True))
    assert (known.state, known.pended_for, known.pended_in) == ("reported", (), None)
    held_by_a_person = asked(
        claim_in("waiting"), Pend(MADE, (DISPUTE,), TODAY), Recheck(LATER, TODAY, worker_known=True)
    )
    assert (held_by_a_person.state, held_by_a_person.pended_in) == ("pended", "reported")


def refusal(claim: Claim, command: Command) -> str:
    with pytest.raises(Rejected) as refused:
        domain.decide(claim, command)
    assert refused.value.indonesian != refused.value.english
    return refused.value.code


def bring(*codes: str, on: date = TODAY) -> ReceiveDocuments:
    return ReceiveDocuments(PUTU, [(code, on) for code in codes], BOOK, TODAY)


def missing(claim: Claim) -> list[str]:
    return [one.code for one in domain.missing_documents(claim, BOOK)]


def test_the_checklist_is_that_of_the_claim_and_its_payees() -> None:
    death, fatal, injury = (domain.begin(first) for first in (REPORTED, FATAL, INJURED))
    assert "DEATH_CERTIFICATE" in missing(death)
    assert "ACCIDENT_REPORT" not in missing(death)
    assert {"DEATH_CERTIFICATE", "ACCIDENT_REPORT"} < set(missing(fatal))
    assert "DEATH_CERTIFICATE" not in missing(injury)
    assert "MARRIAGE_BOOK" in missing(replace(death, payees=(WIDOW,)))
    assert "GUARDIAN_KTP" in missing(replace(death, payees=(replace(WIDOW, guardian=True),)))
    assert "POWER_OF_ATTORNEY" in missing(replace(death, payees=(replace(WIDOW, representative=True),)))
    assert {"DEATH_CERTIFICATE", "HEIR_STATEMENT", "MARRIAGE_BOOK"} < set(missing(replace(injury, payees=(WIDOW,))))
    assert "HEIR_STATEMENT" not in missing(replace(injury, payees=(WORKER,)))
    assert "TREATMENT_RECEIPTS" in missing(replace(injury, findings=Findings(medical_idr=1)))
    assert "TRANSPORT_RECEIPTS" in missing(replace(injury, findings=Findings(transport=(Transport("land", 1),))))
    school = replace(death, findings=Findings(children=(Child(UUID(int=1), day("2015-01-01")),)))
    assert "SCHOOL_LETTER" in missing(school)
    assert len(missing(school)) == len(set(missing(school)))


@pytest.mark.parametrize(
    ("told", "lacks"),
    [
        (None, ["STAGE_I"]),
        (ACCIDENT, []),
        (replace(ACCIDENT, place="traffic", witnesses=1), ["POLICE_REPORT"]),
        (replace(ACCIDENT, place="traffic", witnesses=2), []),
        (replace(ACCIDENT, place="traffic", witnesses=0, police_report=True), []),
    ],
)
def test_an_accident_is_described_before_it_is_decided(told: Any, lacks: list[str]) -> None:
    claim = domain.begin(replace(FATAL, circumstances=told))
    assert missing(asked(claim, everything(claim))) == lacks


def test_what_is_missing_holds_an_application_until_it_is_there() -> None:
    claim = asked(claim_in("reported"), submit())
    assert (claim.state, claim.pended_in, claim.due_on) == ("pended", "submitted", None)
    assert "death certificate" in claim.pended_for[0].english.lower()
    *others, last = missing(claim)
    fewer = domain.decide(claim, bring(*others))
    assert [type(event) for event in fewer] == [DocumentsReceived, Pended]
    claim = asked(claim, bring(*others))
    assert claim.pended_for[0] == reasons.document_incomplete(
        (one.indonesian, one.english) for one in domain.missing_documents(claim, BOOK)
    )
    assert refusal(claim, Resume(MADE, BOOK, TODAY)) == "DOCUMENT_INCOMPLETE"
    events = domain.decide(claim, bring(last))
    assert events[1:] == [Resumed(TODAY), Completed(TODAY, day("2025-10-23"))]
    assert asked(claim, bring(last)).state == "submitted"


def test_the_clock_runs_from_the_last_of_application_and_documents() -> None:
    claim = claim_in("reported")
    brought = asked(claim, everything(claim, TODAY - timedelta(days=3)))
    completed = domain.decide(brought, submit(on=TODAY - timedelta(days=1)))[1]
    assert completed == Completed(TODAY - timedelta(days=1), BOOK.due_on(TODAY - timedelta(days=1), "JKM"))
    completed = domain.decide(asked(claim, everything(claim)), submit(on=TODAY - timedelta(days=1)))[1]
    assert completed == Completed(TODAY, BOOK.due_on(TODAY, "JKM"))


def test_documents_are_taken_in_once_and_only_those_of_the_checklist() -> None:
    claim = asked(claim_in("reported"), bring("FAMILY_CARD"))
    assert domain.decide(claim, bring("FAMILY_CARD", on=TODAY - timedelta(days=1))) == []
    twice = domain.decide(claim, bring("NPWP", "NPWP", "FAMILY_CARD"))
    assert [len(event.documents) for event in twice if isinstance(event, DocumentsReceived)] == [1]
    assert refusal(claim, bring("POEM")) == "DOCUMENT_UNKNOWN"
    assert refusal(claim, bring("NPWP", on=TOMORROW)) == "DATES_OUT_OF_ORDER"
    room_for_one = replace(claim, documents=claim.documents * (DOCUMENTS_MAX - 1))
    assert domain.decide(room_for_one, bring("NPWP"))
    assert refusal(room_for_one, bring("NPWP", "MARRIAGE_BOOK")) == "TOO_MANY"


def test_findings_that_ask_for_more_documents_hold_an_application() -> None:
    claim = asked(domain.begin(INJURED), bring(*missing(domain.begin(INJURED))), submit(WORKER))
    assert claim.state == "submitted"
    costs = Find(PUTU, Findings(medical_idr=1_000_000), BOOK, TODAY)
    assert [type(event) for event in domain.decide(claim, costs)] == [Found, Pended]
    held = asked(claim, costs)
    assert domain.decide(held, costs) == []
    less = domain.decide(held, Find(PUTU, Findings(), BOOK, TOMORROW))
    assert less[1:] == [Resumed(TOMORROW), Completed(TOMORROW, BOOK.due_on(TOMORROW, "JKK"))]


def test_the_description_completes_an_accident_told_by_telephone() -> None:
    claim = domain.begin(replace(FATAL, circumstances=None))
    claim = asked(claim, everything(claim), submit())
    assert claim.state == "pended"
    events = domain.decide(claim, Describe(ACCIDENT, None, BOOK, TODAY))
    assert events == [Described(ACCIDENT, None), Resumed(TODAY), Completed(TODAY, BOOK.due_on(TODAY, "JKK"))]
    assert (
        domain.decide(asked(claim, Describe(ACCIDENT, None, BOOK, TODAY)), Describe(ACCIDENT, None, BOOK, TODAY)) == []
    )


CHILD = Child(UUID(int=1), day("2015-01-01"))
YEAR_TO_COME = "SCHOOL_YEAR_TO_COME"


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        (Findings(died_on=DEATH - timedelta(days=1)), "DATES_OUT_OF_ORDER"),
        (Findings(died_on=TOMORROW), "DATES_OUT_OF_ORDER"),
        (Findings(inability=(Inability(DEATH - timedelta(days=1), None),)), "DATES_OUT_OF_ORDER"),
        (Findings(inability=(Inability(TODAY, DEATH),)), "DATES_OUT_OF_ORDER"),
        (Findings(inability=(Inability(DEATH, TOMORROW),)), "DATES_OUT_OF_ORDER"),
        (Findings(children=(replace(CHILD, born_on=TOMORROW),)), "DATES_OUT_OF_ORDER"),
        (Findings(children=(CHILD, CHILD)), "CHILD_TWICE"),
        (Findings(children=tuple(replace(CHILD, child_id=UUID(int=n)) for n in range(11))), "TOO_MANY"),
        (Findings(transport=(Transport("land", 1),) * 51), "TOO_MANY"),
        (Findings(medical_idr=-1), "NUMBER_OUT_OF_RANGE"),
        (Findings(transport=(Transport("sea", 10**13),)), "NUMBER_OUT_OF_RANGE"),
        (Findings(injuries=(Injury("TAIL"),)), "DISABILITY_UNKNOWN"),
        (Findings(injuries=(Injury("THUMB_LEFT"), Injury("THUMB_LEFT", 500))), "DISABILITY_TWICE"),
        (Findings(injuries=(Injury("ARM_LEFT_SHOULDER"), Injury("THUMB_LEFT"))), "DISABILITY_TWICE"),
        (Findings(children=(replace(CHILD, years=(SchoolYear(2025, "SD"), SchoolYear(2026, "SD"))),)), YEAR_TO_COME),
        (Findings(injuries=(Injury("TAIL", 1001),)), "NUMBER_OUT_OF_RANGE"),
    ],
)
def test_refuses_findings(findings: Findings, code: str) -> None:
    assert refusal(domain.begin(INJURED), Find(PUTU, findings, BOOK, TODAY)) == code


def test_the_incident_of_a_jkm_claim_is_the_death() -> None:
    assert refusal(claim_in("reported"), Find(PUTU, Findings(died_on=TODAY), BOOK, TODAY)) == "DEATH_DATE_DIFFERS"


def test_an_application_keeps_to_the_calendar() -> None:
    assert refusal(claim_in("reported"), submit(on=DEATH)) == "DATES_OUT_OF_ORDER"
    late = replace(submit(), submitted_on=TOMORROW)
    assert refusal(claim_in("reported"), late) == "DATES_OUT_OF_ORDER"


def test_neither_paper_nor_application_is_put_far_back() -> None:
    long_ago = domain.begin(replace(REPORTED, reported_on=DEATH))
    in_time, too_late = DEATH + timedelta(days=31), DEATH + timedelta(days=32)
    for command in (bring("NPWP", on=DEATH), submit(on=DEATH)):
        assert refusal(long_ago, replace(command, today=too_late)) == "DATE_TOO_FAR_BACK"
        assert domain.decide(long_ago, replace(command, today=in_time))


def test_another_school_year_needs_papers_received_since_it_began() -> None:
    first, second = (replace(CHILD, years=(SchoolYear(2025, "SD"), *more)) for more in ((), (SchoolYear(2026, "SD"),)))
    claim = asked(claim_in("reported"), Find(PUTU, Findings(children=(first,)), BOOK, TODAY))
    claim = asked(claim, everything(claim))
    assert missing(claim) == []
    assert domain.decide(claim, bring("SCHOOL_LETTER", on=TODAY - timedelta(days=1))) == []
    before, since = day("2026-07-14"), day("2026-07-15")
    claim = asked(claim, Find(PUTU, Findings(children=(second,)), BOOK, since))
    assert missing(claim) == ["SCHOOL_LETTER", "SCHOOL_REPORT"]
    papers = [(code, on) for code in ("SCHOOL_LETTER", "SCHOOL_REPORT") for on in (before, since)]
    assert domain.decide(claim, ReceiveDocuments(PUTU, papers[::2], BOOK, since)) == []
    assert missing(asked(claim, ReceiveDocuments(PUTU, papers[1::2], BOOK, since))) == []


def test_a_claim_goes_on_from_where_it_was_held_and_its_clock_begins_anew() -> None:
    later = TODAY + timedelta(days=7)
    clock = Completed(later, BOOK.due_on(later, "JKM"))
    for state, then in (("reported", []), ("submitted", [clock]), ("decided", [clock]), ("returned", [clock])):
        held = asked(claim_in(state), Pend(MADE, (DISPUTE,), TODAY), Pend(NYOMAN, (DISPUTE, MISMATCH), TODAY))  # type: ignore[arg-type]
        assert (held.state, held.pended_in, held.pended_for) == ("pended", state, (DISPUTE, MISMATCH))
        assert domain.decide(held, Pend(NYOMAN, (MISMATCH,), TODAY)) == []
        assert domain.decide(held, Resume(MADE, BOOK, later)) == [Resumed(later), *then]
        assert asked(held, Resume(MADE, BOOK, later)).state == state


def test_documents_that_still_lack_hold_a_claim_that_a_person_lets_go() -> None:
    both = asked(claim_in("reported"), submit(), Pend(MADE, (DISPUTE,), TODAY))
    assert [reason.code for reason in both.pended_for] == ["DOCUMENT_INCOMPLETE", "HEIR_DISPUTE"]
    let_go = asked(both, Resume(MADE, BOOK, TODAY))
    assert (let_go.state, [reason.code for reason in let_go.pended_for]) == ("pended", ["DOCUMENT_INCOMPLETE"])
    complete = asked(both, everything(both))
    assert (complete.state, complete.pended_for, complete.due_on) == ("pended", (DISPUTE,), None)
    assert asked(complete, Resume(MADE, BOOK, TODAY)).state == "submitted"


def test_nothing_is_held_for_no_reason_or_for_too_many() -> None:
    assert refusal(claim_in("reported"), Pend(MADE, (), TODAY)) == "REASON_MISSING"
    many = tuple(replace(DISPUTE, code=f"REASON_{n}") for n in range(11))
    assert refusal(claim_in("reported"), Pend(MADE, many, TODAY)) == "TOO_MANY"
    assert refusal(claim_in("decided", cover=UNCOVERED), Pend(MADE, (DISPUTE,), TODAY)) == "WRONG_STATE"


def test_whoever_names_payees_has_prepared_the_claim() -> None:
    other = (replace(WIDOW, account_index="b2"),)
    changed = asked(claim_in("submitted"), ChangePayees(NYOMAN, other, BOOK, TODAY))
    assert changed.prepared_by == (PUTU, NYOMAN)
    assert domain.decide(changed, ChangePayees(NYOMAN, other, BOOK, TODAY)) == []
    assert changed.state == "submitted"
    assert refusal(claim_in("decided"), ChangePayees(MADE, other, BOOK, TODAY)) == "SAME_PERSON"


def test_payees_changed_after_the_decision_are_looked_at_by_another_person() -> None:
    other = (replace(WIDOW, account_index="b2"),)
    seen = Signal("ACCOUNT_SHARED", "akun", "account")
    for state in ("decided", "returned", "paid"):
        before = claim_in(state)
        held = asked(before, ChangePayees(NYOMAN, other, BOOK, TODAY, (seen,)))
        assert (held.state, held.pended_in, held.signals) == ("pended", state, (seen,))
        assert held.pended_for == (reasons.PAYEES_TO_CONFIRM,)
        assert refusal(held, order_on()) == "WRONG_STATE"
        again = asked(held, ChangePayees(NYOMAN, (replace(WIDOW, account_index="c3"),), BOOK, TODAY))
        assert again.pended_for == held.pended_for, "for the same reason once"
        for actor in (PUTU, NYOMAN):
            assert refusal(held, Resume(actor, BOOK, TODAY)) == "SAME_PERSON"
        let_go = asked(held, Resume(MADE, BOOK, TOMORROW))
        assert (let_go.state, let_go.pended_for) == (state, ())
        assert (let_go.completed_on, let_go.due_on) == (before.completed_on, before.due_on), "its clock does not move"
    disputed = asked(claim_in("decided"), Pend(MADE, (DISPUTE,), TODAY), ChangePayees(NYOMAN, other, BOOK, TODAY))
    assert disputed.pended_for == (DISPUTE, reasons.PAYEES_TO_CONFIRM)
    assert asked(disputed, Resume(MADE, BOOK, TOMORROW)).completed_on == TOMORROW
    assert refusal(claim_in("decided", cover=UNCOVERED), ChangePayees(NYOMAN, other, BOOK, TODAY)) == "WRONG_STATE"


def test_other_payees_may_need_other_documents() -> None:
    parent = replace(WIDOW, relation="parent")
    child = replace(WIDOW, relation="child", guardian=True, born_on=day("2020-01-01"))
    claim = asked(claim_in("reported"), bring(*missing(replace(claim_in("reported"), payees=(parent,)))))
    claim = asked(claim, submit(parent))
    change = ChangePayees(NYOMAN, (child,), BOOK, TODAY)
    assert [type(event) for event in domain.decide(claim, change)] == [PayeesChanged, Pended]
    assert missing(asked(claim, change)) == ["GUARDIAN_KTP"]
    assert asked(claim, change, bring("GUARDIAN_KTP")).state == "submitted"
    assert asked(claim, change, ChangePayees(NYOMAN, (parent,), BOOK, TODAY)).state == "submitted"
    assert refusal(asked(claim, decide_on(COVERED)), change) == "DOCUMENT_INCOMPLETE"


def test_the_heirs_of_a_worker_who_died_since_are_paid_for_the_accident() -> None:
    found = Find(PUTU, Findings(medical_idr=1_000_000), BOOK, TODAY)
    claim = domain.begin(INJURED)
    claim = asked(claim, everything(claim), found)
    assert refusal(claim, submit(WIDOW)) == "PAYEE_NOT_ENTITLED"
    assert refusal(claim, replace(submit(WORKER), worker_died_on=TODAY)) == "PAYEE_NOT_ENTITLED"
    lived = asked(claim, submit(WORKER), decide_on(COVERED))
    paying = order_on(cover=cover_after(started("2025-01-01", "2026-01-01"), died(str(TODAY))))
    assert refusal(lived, paying) == "PAYEE_NOT_ENTITLED"
    change = ChangePayees(NYOMAN, (WIDOW,), BOOK, TODAY, worker_died_on=TODAY)
    heirs = asked(claim, replace(submit(WIDOW), worker_died_on=TODAY), decide_on(COVERED), paying)
    changed = asked(lived, change, Resume(MADE, BOOK, TODAY), paying)
    assert (heirs.state, changed.state) == ("ordered", "ordered")
    assert refusal(lived, replace(change, worker_died_on=None)) == "PAYEE_NOT_ENTITLED"
