"""A claim is held and goes on: for documents that are missing, for arrears, or because a person asked for it.

The service clock runs from the day on which nothing is missing any more, and stands while something is asked of the
family; it begins anew when the claim goes on (PP 44/2015 Pasal 37 ayat (2): from when the requirements are met). What
is late by then stays late: whoever asks a family for something after the last day in time was late before.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import get_args

from services.claims import money, reasons
from services.claims.benefits import scholarship
from services.claims.claim import Claim, Rejected
from services.claims.commands import Pend, Resume
from services.claims.domain.refusals import another_person, at_most, refused, wrong_state
from services.claims.events import Completed, Event, Pended, Resumed
from services.claims.reasons import Reason
from services.claims.rules import DocumentKind, RequiredDocument, RuleBook, Rules
from services.claims.rules.book import Case

REASONS_MAX = 10
CASES: tuple[Case, ...] = get_args(Case)
INCOMPLETE = "DOCUMENT_INCOMPLETE"
ARREARS = "ARREARS_UNSETTLED"
CIRCUMSTANCES = RequiredDocument(
    "STAGE_I",
    "laporan tahap I (tempat, kegiatan, saksi)",
    "the stage I report (place, activity, witnesses)",
    "Permenaker 5/2021 Pasal 17",
)
"""Of an accident: a report by telephone need not have them, an application must."""
POLICE_REPORT = RequiredDocument(
    "POLICE_REPORT",
    "laporan polisi, atau kronologi yang diketahui dua saksi",
    "the police report, or what happened as two witnesses know it",
    "Permenaker 5/2021 Pasal 17",
)
"""Of an accident in traffic."""
WITNESSES_MIN = 2
OFFICE_ALONE = frozenset({reasons.PAYEES_TO_CONFIRM.code, "OTHER_OFFICE_ASKED"})
"""Reasons for which a claim is held while the family need not do anything."""
EACH_SCHOOL_YEAR = frozenset({"SCHOOL_LETTER", "SCHOOL_REPORT"})
"""Papers that serve for the school year in which they were received, and for earlier ones."""


def pend(claim: Claim, command: Pend) -> list[Event]:
    may_be_held = ("waiting", "reported", "submitted", "decided", "returned")
    if (claim.pended_in or claim.state) not in may_be_held or claim.came_to_nothing:
        raise wrong_state(claim, "held", "ditahan")
    if not command.reasons:
        raise Rejected(
            "REASON_MISSING",
            indonesian="Sebutkan sekurang-kurangnya satu alasan mengapa klaim ditahan.",
            english="Name at least one reason why the claim is held.",
        )
    added = tuple(reason for reason in command.reasons if reason not in claim.pended_for)
    at_most(len(claim.pended_for) + len(added), REASONS_MAX, "reasons to be held", "alasan penahanan")
    return [Pended((*claim.pended_for, *added), command.today)] if added else []


def resume(claim: Claim, command: Resume) -> list[Event]:
    """Let a claim go on; what the system still waits for goes on to hold it."""
    if claim.state != "pended":
        return []
    if claim.pended_in == "waiting":
        raise refused(reasons.WORKER_UNKNOWN)
    confirms = reasons.PAYEES_TO_CONFIRM in claim.pended_for
    if confirms:
        another_person(command.actor, *claim.prepared_by)
    missing = _still_missing(claim, command.book)
    if missing and claim.pended_for == (missing,):
        raise refused(missing)
    if missing:
        return [Pended((missing,), command.today)]
    return goes_on(claim, command.book, command.today, confirmed_by=command.actor if confirms else None)


def to_confirm(claim: Claim, on: date) -> list[Event]:
    """Hold a claim whose payees were changed after the decision."""
    held = claim.pended_for
    return [] if reasons.PAYEES_TO_CONFIRM in held else [Pended((*held, reasons.PAYEES_TO_CONFIRM), on)]


def goes_on(claim: Claim, book: RuleBook, on: date, *, confirmed_by: str | None = None) -> list[Event]:
    """Resume a claim, and its clock where it was ready to be decided or paid; not if the office alone held it."""
    if _waits_for_the_family(claim.pended_for) and claim.pended_in in {"submitted", "decided", "returned"}:
        return [Resumed(on, confirmed_by), _completed(claim, book, on)]
    return [Resumed(on, confirmed_by)]


def completeness(claim: Claim, book: RuleBook, completed_on: date, today: date) -> Event:
    """Say of an application that was just made what it lacks, or that nothing is missing."""
    missing = incomplete(claim, book)
    return Pended((missing,), today) if missing else _completed(claim, book, completed_on)


def go_on_if_complete(claim: Claim, book: RuleBook, on: date, today: date) -> list[Event]:
    """Say what a change of the file does to a claim that was applied for; the claim is given as it is after it."""
    missing = incomplete(claim, book)
    if claim.state == "submitted":
        return [Pended((missing,), today)] if missing else []
    held = tuple(reason for reason in claim.pended_for if reason.code != INCOMPLETE)
    if claim.state != "pended" or claim.pended_in != "submitted":
        return []
    now = (*held, missing) if missing else held
    if not now:
        return goes_on(claim, book, on)
    if set(now) == set(claim.pended_for):
        return []
    complete = _waits_for_the_family(claim.pended_for) and not _waits_for_the_family(now)
    clock: list[Event] = [_completed(claim, book, on)] if complete else []
    return [*clock, Pended(now, today)]


def incomplete(claim: Claim, book: RuleBook) -> Reason | None:
    """Name what the file lacks."""
    missing = missing_documents(claim, book)
    return reasons.document_incomplete((one.indonesian, one.english) for one in missing) if missing else None


def missing_documents(claim: Claim, book: RuleBook) -> tuple[RequiredDocument, ...]:
    """List what the file lacks, by the checklist of the day of the incident."""
    begun = _last_school_year_begins(claim)
    received = {
        document.code
        for document in claim.documents
        if document.code not in EACH_SCHOOL_YEAR or document.received_on >= begun
    }
    papers = tuple(one for one in checklist(claim, book) if one.code not in received)
    return (*_missing_of_the_accident(claim), *papers)


def _last_school_year_begins(claim: Claim) -> date:
    years = [year.year for child in claim.findings.children for year in child.years]
    return scholarship.begins_on(max(years)) if years else date.min


def _missing_of_the_accident(claim: Claim) -> tuple[RequiredDocument, ...]:
    told = claim.circumstances
    if claim.programme != "JKK":
        return ()
    if told is None:
        return (CIRCUMSTANCES,)
    seen = told.place != "traffic" or told.police_report or told.witnesses >= WITNESSES_MIN
    return () if seen else (POLICE_REPORT,)


def checklist(claim: Claim, book: RuleBook) -> tuple[RequiredDocument, ...]:
    """List the documents that this claim needs; a document that is asked for twice is listed once."""
    rules = book.on(claim.incident_on)
    cases = _cases(claim, rules)
    heirs = claim.died_on is not None or any(payee.relation != "worker" and payee.share[0] for payee in claim.payees)
    of_an_accident: DocumentKind = "JKK_DEATH" if heirs else "JKK_INJURY"
    kind: DocumentKind = "JKM" if claim.programme == "JKM" else of_an_accident
    needed = rules.documents(kind, cases)
    if claim.findings.children:
        needed += rules.documents("SCHOLARSHIP", cases)
    return tuple({one.code: one for one in reversed(needed)}.values())[::-1]


def _cases(claim: Claim, rules: Rules) -> set[Case]:
    tax_number_above = rules.find("documents.tax_number_above_idr")
    told: dict[Case, bool] = {
        "spouse": any(payee.relation == "spouse" for payee in claim.payees),
        "minor": any(payee.guardian for payee in claim.payees),
        "proxy": any(payee.representative for payee in claim.payees),
        "over_50m": tax_number_above is not None and claim.weighed_idr > tax_number_above.value,
        "transport": bool(claim.findings.transport),
        "treatment": bool(claim.findings.medical_idr),
    }
    return {case for case, holds in told.items() if holds}


def _waits_for_the_family(held_for: Sequence[Reason]) -> bool:
    """Tell whether something is asked of the family; what the office does by itself costs it its own time."""
    return any(reason.code not in OFFICE_ALONE for reason in held_for)


def _still_missing(claim: Claim, book: RuleBook) -> Reason | None:
    return incomplete(claim, book) if claim.pended_in == "submitted" else None


def _completed(claim: Claim, book: RuleBook, on: date) -> Completed:
    """Begin the clock; where a day by which the claim was due has passed, that day stays."""
    return Completed(on, claim.due_on or book.due_on(on, claim.programme))


def pended(claim: Claim, event: Pended) -> Claim:
    """Hold the claim; one that is held already goes back later to where it was at first.

    Where the family is asked for something, the clock stands from then on.
    """
    if _waits_for_the_family(event.reasons) and not _waits_for_the_family(claim.pended_for):
        claim = _without_clock(claim, event)
    return replace(claim, state="pended", pended_for=event.reasons, pended_in=claim.pended_in or claim.state)


def _without_clock(claim: Claim, event: Pended) -> Claim:
    """Stop the clock: what was granted and is late by now keeps its day, and so does a claim that is not decided yet.

    While arrears can still be settled nothing was due so far.
    """
    if (claim.pended_in or claim.state) in {"decided", "returned"}:
        claim = money.with_another_clock(claim, event.pended_on, all_unsent=False)
    elif ARREARS not in {reason.code for reason in event.reasons} and _is_late(claim, event.pended_on):
        return claim
    return replace(claim, completed_on=None, due_on=None)


def late_since(claim: Claim, on: date) -> date | None:
    """Give the day by which an application that is not decided yet was due, if that has passed."""
    return claim.due_on if _is_late(claim, on) else None


def _is_late(claim: Claim, on: date) -> bool:
    return claim.due_on is not None and claim.due_on < on


def resumed(claim: Claim, event: Resumed) -> Claim:
    confirmed_by = (*claim.confirmed_by, event.confirmed_by) if event.confirmed_by else claim.confirmed_by
    state = claim.pended_in or claim.state
    return replace(claim, state=state, pended_for=(), pended_in=None, confirmed_by=confirmed_by)


def completed(claim: Claim, event: Completed) -> Claim:
    return replace(claim, completed_on=event.completed_on, due_on=event.due_on)
