"""The file of a claim: documents, what was found out, the application, and whom to pay."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import get_args
from uuid import UUID

from services.claims import money, payees
from services.claims.benefits import body, scholarship
from services.claims.claim import Claim, Document, Findings, Payee, Rejected
from services.claims.commands import ChangePayees, Find, ReceiveDocuments, Submit
from services.claims.domain import holds
from services.claims.domain.refusals import (
    another_person,
    at_most,
    date_in_order,
    payment_under_way,
    worker_unknown,
    wrong_state,
)
from services.claims.domain.reporting import BEFORE_THE_DECISION
from services.claims.events import DocumentsReceived, Event, Found, PayeesChanged, Submitted
from services.claims.rules import DocumentKind

DOCUMENTS_MAX = 50
CHILDREN_MAX = 10
FOUND_MAX = 50
"""Of each: ways of transport, times of inability, injuries, years of school of a child."""
AMOUNT_IDR_MAX = 1_000_000_000_000
PERMILLE_MAX = 1000
FILED_BACK_MAX = timedelta(days=31)
"""How long before its entry a paper or an application may have come in: the service clock runs from then."""


def receive(claim: Claim, command: ReceiveDocuments) -> list[Event]:
    """Take in documents; a file that they complete goes on."""
    if (claim.pended_in or claim.state) not in BEFORE_THE_DECISION:
        raise wrong_state(claim, "given documents; reopen it first", "diberi dokumen; buka kembali dahulu")
    rules = command.book.on(claim.incident_on)
    known = {one.code for kind in get_args(DocumentKind) for one in rules.documents(kind, holds.CASES)}
    for code, received_on in command.documents:
        date_in_order(received_on, command.today, "received_on", "today")
        _not_too_far_back(received_on, command.today, "received_on")
        if code not in known:
            raise Rejected(
                "DOCUMENT_UNKNOWN",
                indonesian=f"Dokumen {code} tidak ada dalam daftar periksa; yang dikenal: {', '.join(sorted(known))}.",
                english=f"The checklist has no document {code}; it knows {', '.join(sorted(known))}.",
            )
    there = {(document.code, _serves(document.code, document.received_on)) for document in claim.documents}
    fresh = {code: on for code, on in command.documents if (code, _serves(code, on)) not in there}
    if not fresh:
        return []
    at_most(len(claim.documents) + len(fresh), DOCUMENTS_MAX, "documents", "dokumen")
    event = DocumentsReceived(tuple(Document(code, day, command.actor) for code, day in fresh.items()))
    after = received(claim, event)
    return [event, *holds.go_on_if_complete(after, command.book, _complete_since(after), command.today)]


def _serves(code: str, received_on: date) -> int | None:
    """Tell for which school year a paper serves that is asked for each year; None is a paper that is asked for once."""
    return scholarship.school_year(received_on) if code in holds.EACH_SCHOOL_YEAR else None


def _not_too_far_back(day: date, today: date, name: str) -> None:
    """Refuse a day that would make a payment late, or a paper old, after the fact."""
    if day < today - FILED_BACK_MAX:
        raise Rejected(
            "DATE_TOO_FAR_BACK",
            indonesian=f"{name} ({day}) lebih dari {FILED_BACK_MAX.days} hari sebelum hari ini ({today}). Catat hari"
            " berkas ini benar-benar diterima di sini, atau kosongkan untuk hari ini; hari laporan pertama boleh lebih"
            " lama.",
            english=f"{name} ({day}) is more than {FILED_BACK_MAX.days} days before today ({today}). Give the day on"
            " which this came in here, or leave it out for today; the day of the first report may be older.",
        )


def _complete_since(claim: Claim) -> date:
    """Give the day of the last of the application and its documents."""
    days = [document.received_on for document in claim.documents]
    return max(days + ([claim.submitted_on] if claim.submitted_on else []))


def find(claim: Claim, command: Find) -> list[Event]:
    """Replace the findings; an application that lacks documents by them is held."""
    if (claim.pended_in or claim.state) not in BEFORE_THE_DECISION:
        raise wrong_state(claim, "given findings; reopen it first", "diberi temuan; buka kembali dahulu")
    _check_findings(claim, command)
    if command.findings == claim.findings:
        return []
    event = Found(command.actor, command.findings)
    return [event, *holds.go_on_if_complete(found(claim, event), command.book, command.today, command.today)]


def _check_findings(claim: Claim, command: Find) -> None:
    found, today = command.findings, command.today
    lists = (found.transport, found.inability, found.injuries, *(child.years for child in found.children))
    at_most(len(found.children), CHILDREN_MAX, "children", "anak")
    at_most(max(map(len, lists)), FOUND_MAX, "findings of a kind", "temuan sejenis")
    if claim.programme == "JKM" and found.died_on not in {None, claim.incident_on}:
        raise Rejected(
            "DEATH_DATE_DIFFERS",
            indonesian=f"Kejadian klaim JKM ini adalah kematian pada {claim.incident_on}. Bila harinya lain, batalkan"
            " klaim ini dan laporkan yang benar.",
            english=f"The incident of this JKM claim is the death on {claim.incident_on}. If it was another day, void"
            " this claim and report the right one.",
        )
    if found.died_on is not None:
        date_in_order(claim.incident_on, found.died_on, "incident_on", "died_on")
        date_in_order(found.died_on, today, "died_on", "today")
    for spell in found.inability:
        date_in_order(claim.incident_on, spell.begins_on, "incident_on", "begins_on")
        date_in_order(spell.begins_on, spell.healed_on or today, "begins_on", "healed_on")
        date_in_order(spell.healed_on or today, today, "healed_on", "today")
    for child in found.children:
        date_in_order(child.born_on, today, "born_on", "today")
    _check_school_years(found, today)
    _check_numbers(claim, command)


def _check_school_years(found: Findings, today: date) -> None:
    last = max((year.year for child in found.children for year in child.years), default=None)
    if last is not None and scholarship.begins_on(last) > today:
        begins = scholarship.begins_on(last)
        raise Rejected(
            "SCHOOL_YEAR_TO_COME",
            indonesian=f"Tahun ajaran {last} baru dimulai pada {begins}, jadi belum dapat dibuktikan. Catat tahun itu"
            " setelah dimulai, dengan surat sekolah yang baru.",
            english=f"The school year {last} begins on {begins} only, so it cannot be proven yet. Record it once it has"
            " begun, with a new letter of the school.",
        )


def _check_numbers(claim: Claim, command: Find) -> None:
    found = command.findings
    amounts = (
        found.medical_idr,
        found.orthosis_idr,
        found.monthly_wage_idr or 0,
        *(way.receipts_idr for way in found.transport),
    )
    losses = (injury.loss_permille for injury in found.injuries if injury.loss_permille is not None)
    if not all(0 <= amount <= AMOUNT_IDR_MAX for amount in amounts) or not all(0 < n <= PERMILLE_MAX for n in losses):
        raise Rejected(
            "NUMBER_OUT_OF_RANGE",
            indonesian=f"Jumlah uang harus 0 sampai {AMOUNT_IDR_MAX} rupiah, kehilangan fungsi 1 sampai"
            f" {PERMILLE_MAX} per mil.",
            english=f"Amounts are 0 to {AMOUNT_IDR_MAX} rupiah, a loss of function is 1 to {PERMILLE_MAX} permille.",
        )
    rules = command.book.on(claim.incident_on)
    unknown = sorted(injury.code for injury in found.injuries if rules.disability(injury.code) is None)
    if unknown:
        raise Rejected(
            "DISABILITY_UNKNOWN",
            indonesian=f"Tabel cacat pada {claim.incident_on} tidak memuat kode {', '.join(unknown)}.",
            english=f"The table of disabilities of {claim.incident_on} has no code {', '.join(unknown)}.",
        )
    if twice := body.counted_twice(injury.code for injury in found.injuries):
        raise Rejected(
            "DISABILITY_TWICE",
            indonesian=f"Kehilangan yang sama dihitung dua kali: {', '.join(twice)}. Satu anggota badan dihitung satu"
            " kali, menurut bagian terbesar yang hilang; hapus yang lain.",
            english=f"The same loss is counted twice: {', '.join(twice)}. A limb counts once, by the largest part that"
            " is lost; leave out the others.",
        )
    if len({child.child_id for child in found.children}) < len(found.children):
        raise Rejected(
            "CHILD_TWICE",
            indonesian="Seorang anak disebutkan dua kali; beri setiap child_id satu baris dengan semua tahunnya.",
            english="A child is named twice; give each child_id one row with all of its years.",
        )


def submit(claim: Claim, command: Submit) -> list[Event]:
    """Take in the application; what the file still lacks holds it."""
    if "waiting" in {claim.state, claim.pended_in}:
        raise worker_unknown()
    if claim.state != "reported":
        raise wrong_state(claim, "submitted", "diajukan")
    date_in_order(claim.reported_on, command.submitted_on, "reported_on", "submitted_on")
    date_in_order(command.submitted_on, command.today, "submitted_on", "today")
    _not_too_far_back(command.submitted_on, command.today, "submitted_on")
    wanted = command.payees or claim.payees
    if wanted != claim.payees and (payment := money.under_way(claim)):
        raise payment_under_way(payment.ordered_on)
    _check_payees(claim, wanted, command.worker_died_on)
    event = Submitted(command.actor, wanted, command.submitted_on, command.signals)
    after = submitted(claim, event)
    return [event, holds.completeness(after, command.book, _complete_since(after), command.today)]


def change_payees(claim: Claim, command: ChangePayees) -> list[Event]:
    """Replace the payees; who was paid stays, so that what they have counts.

    After a decision its deciders saw other payees: the claim is held until another person has looked at the new ones.
    """
    is_decided = (claim.pended_in or claim.state) in {"decided", "returned", "ordered", "paid"}
    if not (is_decided and claim.granted) and (claim.pended_in or claim.state) != "submitted":
        raise wrong_state(claim, "given other payees", "diberi penerima lain")
    if payment := money.under_way(claim):
        raise payment_under_way(payment.ordered_on)
    if is_decided and claim.decision is not None:
        another_person(command.actor, claim.decision.decider)
    _check_payees(claim, command.payees, command.worker_died_on)
    if command.payees == claim.payees:
        return []
    event = PayeesChanged(command.actor, command.payees, command.signals)
    after = payees_changed(claim, event)
    if not is_decided:
        return [event, *holds.go_on_if_complete(after, command.book, command.today, command.today)]
    if missing := holds.incomplete(after, command.book):
        raise Rejected(
            missing.code,
            indonesian=f"{missing.indonesian} Buka kembali klaim ini untuk menerimanya, lalu ajukan lagi dengan"
            " penerima ini.",
            english=f"{missing.english} Reopen this claim to take them in, then apply again for these payees.",
        )
    return [event, *holds.to_confirm(claim, command.today)]


def _check_payees(claim: Claim, wanted: Sequence[Payee], worker_died_on: date | None) -> None:
    died_on = claim.died_on or worker_died_on
    payees.check(wanted, died_on=died_on, incident_on=claim.incident_on, paid=_paid_to(claim))


def _paid_to(claim: Claim) -> set[UUID]:
    return {payment.payee_id for payment in claim.payments if payment.state == "paid"}


def received(claim: Claim, event: DocumentsReceived) -> Claim:
    return replace(claim, documents=(*claim.documents, *event.documents))


def found(claim: Claim, event: Found) -> Claim:
    return replace(claim, findings=event.findings, prepared_by=_with(claim, event.actor), weighed_idr=0)


def submitted(claim: Claim, event: Submitted) -> Claim:
    return replace(
        claim,
        state="submitted",
        proposer=event.actor,
        prepared_by=_with(claim, event.actor),
        payees=event.payees,
        submitted_on=event.submitted_on,
        signals=event.signals,
        pays_meanwhile=claim.pays_meanwhile and event.payees == claim.payees,
    )


def payees_changed(claim: Claim, event: PayeesChanged) -> Claim:
    prepared_by = _with(claim, event.actor)
    return replace(claim, payees=event.payees, prepared_by=prepared_by, signals=event.signals, pays_meanwhile=False)


def _with(claim: Claim, actor: str) -> tuple[str, ...]:
    return claim.prepared_by if actor in claim.prepared_by else (*claim.prepared_by, actor)
