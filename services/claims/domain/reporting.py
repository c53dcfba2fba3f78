"""A claim begins: by a first report, at the counter or by telephone, before its worker need be known."""

from dataclasses import replace
from datetime import timedelta

from services.claims import reasons
from services.claims.claim import Claim, Findings, Rejected
from services.claims.commands import Describe, Recheck, Report
from services.claims.domain import holds
from services.claims.domain.refusals import date_in_order, other_of_the_event, reported_elsewhere, wrong_state
from services.claims.events import Described, Event, Pended, Reported, WorkerBecameKnown
from services.claims.reasons import Reason

UNKNOWN_WORKER_WAITS_MAX = timedelta(minutes=10)
"""After this time a claim of a worker who is still unknown is pended, so that a person looks at it."""
BEFORE_THE_DECISION = ("waiting", "reported", "submitted")


def report(command: Report) -> Reported:
    """Begin a claim.

    The same event of the same worker told twice is refused here and not denied later: whoever stands at the counter
    learns at once which claim is under way, and the family gets one letter. A claim that was denied or is void does
    not stand in the way of a new one, because facts may have been corrected since.
    """
    date_in_order(command.incident_on, command.reported_on, "incident_on", "reported_on")
    date_in_order(command.reported_on, command.today, "reported_on", "today")
    if command.died_on is not None:
        date_in_order(command.incident_on, command.died_on, "incident_on", "died_on")
        date_in_order(command.died_on, command.today, "died_on", "today")
    if command.programme == "JKM" and (command.circumstances or command.died_on not in {None, command.incident_on}):
        raise _not_an_accident()
    if command.incident_on < command.rules_from:
        raise Rejected(
            "INCIDENT_BEFORE_RULES",
            indonesian=f"Tanggal kejadian mendahului aturan pertama yang dikenal ({command.rules_from}).",
            english=f"The incident lies before the first rules that are known ({command.rules_from}).",
        )
    if other := other_of_the_event(command.claim_id, command.others, command.incident_on, command.programme):
        raise reported_elsewhere(other.claim_id)
    return Reported(
        command.claim_id,
        command.worker_id,
        command.programme,
        command.incident_on,
        command.reported_on,
        command.at,
        command.worker_known,
        command.channel,
        command.died_on,
        command.circumstances,
        command.account_id,
    )


def recheck(claim: Claim, command: Recheck) -> list[Event]:
    if "waiting" not in {claim.state, claim.pended_in}:
        return []
    if command.worker_known:
        return [WorkerBecameKnown(command.today)]
    if claim.state == "waiting" and command.at - claim.reported_at >= UNKNOWN_WORKER_WAITS_MAX:
        return [Pended((reasons.WORKER_UNKNOWN,), command.today)]
    return []


def describe(claim: Claim, command: Describe) -> list[Event]:
    if claim.programme != "JKK":
        raise _not_an_accident()
    if (claim.pended_in or claim.state) not in BEFORE_THE_DECISION:
        raise wrong_state(claim, "described", "dilengkapi keterangannya")
    if command.circumstances == claim.circumstances and command.account_id is None:
        return []
    described = Described(command.circumstances, command.account_id)
    return [
        described,
        *holds.go_on_if_complete(with_circumstances(claim, described), command.book, command.today, command.today),
    ]


def _not_an_accident() -> Rejected:
    return Rejected(
        "NOT_AN_ACCIDENT",
        indonesian="Keterangan kecelakaan hanya untuk klaim JKK; kejadian klaim JKM adalah kematian itu sendiri.",
        english="Circumstances of an accident belong to a JKK claim; the incident of a JKM claim is the death itself.",
    )


def begin(event: Reported) -> Claim:
    """Make the claim that a report begins."""
    return Claim(
        claim_id=event.claim_id,
        worker_id=event.worker_id,
        programme=event.programme,
        incident_on=event.incident_on,
        reported_on=event.reported_on,
        reported_at=event.at,
        state="reported" if event.worker_known else "waiting",
        channel=event.channel,
        circumstances=event.circumstances,
        account_id=event.account_id,
        findings=Findings(died_on=event.died_on),
    )


def still_held_for(claim: Claim) -> tuple[Reason, ...]:
    """Tell what else a person holds a claim for whose worker became known."""
    return tuple(reason for reason in claim.pended_for if reason != reasons.WORKER_UNKNOWN)


def known(claim: Claim) -> Claim:
    """Let a claim go on whose worker became known, unless a person holds it."""
    if others := still_held_for(claim):
        return replace(claim, pended_for=others, pended_in="reported")
    return replace(claim, state="reported", pended_for=(), pended_in=None)


def with_circumstances(claim: Claim, event: Described) -> Claim:
    return replace(claim, circumstances=event.circumstances, account_id=event.account_id or claim.account_id)
