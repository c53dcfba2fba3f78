"""A claim is decided: on the cover and the rules of the day of the incident, by somebody who prepared nothing of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from services.claims import coverage, money, reasons
from services.claims.claim import Claim, Decision, Programme, Question, Rejected
from services.claims.commands import Decide
from services.claims.domain import holds
from services.claims.domain.refusals import (
    another_person,
    at_most,
    merging,
    other_of_the_event,
    parked,
    reported_elsewhere,
    worker_unknown,
    wrong_state,
)
from services.claims.events import DeathConfirmed, DeathRetracted, Decided, Event, Pended, Rerouted, Resumed, Weighed
from services.claims.weigh import weigh

ROUNDS_MAX = 100


def decide(claim: Claim, command: Decide) -> list[Event]:
    """Decide, or say what comes first: settled arrears, the other programme, or a paper that the amount asks for."""
    waits = _may_be_over(claim)
    _refuse(claim, command, waits=waits)
    at_most(len(claim.decisions) + 1, ROUNDS_MAX, "decisions", "keputusan")
    waited: list[Event] = [Resumed(command.today)] if waits else []
    if claim.programme == "JKK" and not claim.findings.work_related and claim.died_on is not None:
        return [*waited, *_reroute(claim, command, "JKM", claim.died_on)]
    if claim.accident_on is not None and claim.findings.work_related:
        return [*waited, *_reroute(claim, command, "JKK", claim.accident_on)]
    if (until := _payable_until(claim, command)) is not None:
        reason = reasons.arrears_unsettled(claim.programme, claim.incident_on, until)
        return [] if claim.pended_for == (reason,) else [Pended((reason,), command.today)]
    decision = _weigh(claim, command)
    comes_to = Weighed(decision.verdict.amount_idr)
    if missing := holds.incomplete(weighed(claim, comes_to), command.book):
        if claim.pended_for == (missing,) and claim.weighed_idr == comes_to.amount_idr:
            return []
        return [*waited, comes_to, Pended((missing,), command.today)]
    if waits:
        waited = holds.goes_on(claim, command.book, command.today)
    earlier = claim.decision.verdict.amount_idr if claim.decision else 0
    decided = Decided(decision, earlier, command.signals)
    return [*waited, decided, *_of_the_death(claim, decision)]


def _may_be_over(claim: Claim) -> bool:
    """Tell whether it is held alone for what cover may settle: arrears, or a paper that only its amount asked for."""
    held = [reason.code for reason in claim.pended_for]
    return held == [holds.ARREARS] or (held == [holds.INCOMPLETE] and claim.weighed_idr > 0)


def _refuse(claim: Claim, command: Decide, *, waits: bool) -> None:
    if "waiting" in {claim.state, claim.pended_in}:
        raise worker_unknown()
    if claim.state != "submitted" and not waits:
        raise wrong_state(claim, "decided", "diputuskan")
    another_person(command.actor, *claim.prepared_by)
    if claim.reopened_for == "appeal" and claim.decision is not None:
        another_person(command.actor, claim.decision.decider)
    if command.cover.parked:
        raise parked()
    if command.cover.merging:
        raise merging()
    if command.cover.state is None:
        raise worker_unknown()
    _refuse_another_death(claim, command)


def _refuse_another_death(claim: Claim, command: Decide) -> None:
    """Refuse a death on another day than the register's, unless that is what this claim told it; and after a death."""
    registered = coverage.died_on(command.cover.state)
    if registered is None or registered == confirmed_death(claim):
        return
    differs = registered < claim.incident_on if claim.died_on is None else registered != claim.died_on
    if differs and granted_elsewhere(claim, command.others) is None:
        raise Rejected(
            "DEATH_DATE_DIFFERS",
            indonesian=f"Menurut data kepesertaan, pekerja meninggal pada {registered}; itu tidak cocok dengan klaim"
            " ini. Perbaiki salah satunya, lalu putuskan lagi.",
            english=f"The register holds {registered} as the day of death, which does not agree with this claim."
            " Correct one of the two, then decide again.",
        )


def _payable_until(claim: Claim, command: Decide) -> date | None:
    """Tell until when to wait with a claim that only settled arrears would cover; None is not at all."""
    in_force = coverage.memberships_on(command.cover.state, claim.incident_on)
    if any(claim.programme in membership.programmes for membership in in_force):
        return None
    until = coverage.payable_until(command.cover.state, claim.incident_on, claim.programme)
    return until if until is not None and command.today < until else None


def _reroute(claim: Claim, command: Decide, programme: Programme, incident_on: date) -> list[Event]:
    """Let the death be claimed under the other programme: with its own checklist, and its own clock."""
    if other := other_of_the_event(claim.claim_id, command.others, incident_on, programme):
        raise reported_elsewhere(other.claim_id)
    why = reasons.NOT_WORK_RELATED if programme == "JKM" else reasons.WORK_RELATED
    event = Rerouted(programme, incident_on, (why,), command.today)
    after = rerouted(claim, event)
    return [event, holds.completeness(after, command.book, command.today, command.today)]


def _weigh(claim: Claim, command: Decide) -> Decision:
    granted = granted_elsewhere(claim, command.others)
    question = Question(
        programme=claim.programme,
        incident_on=claim.incident_on,
        reported_on=claim.reported_on,
        findings=claim.findings,
        cover=command.cover.state,
        coverage_sequence=command.cover.sequence,
        edition=command.book.edition,
        granted_claim=granted.claim_id if granted else None,
    )
    return Decision(
        round=len(claim.decisions) + 1,
        decided_on=command.today,
        decider=command.actor,
        question=question,
        verdict=weigh(question, command.book),
        proposer=claim.proposer,
    )


def granted_elsewhere(claim: Claim, others: Sequence[Claim]) -> Claim | None:
    """Find another claim of the person that pays for this death, or for an accident of this day.

    Two that were granted each for itself, of workers who turned out to be one: one of them is the other's duplicate.
    """
    for other in others:
        if not other.granted or not same_event(claim, other):
            continue
        both = claim.granted and _one_event(claim, claim.paid_death, other)
        if not both or _since(other) < _since(claim):
            return other
    return None


def same_event(claim: Claim, other: Claim) -> bool:
    """Tell whether another claim was decided for the event of this one.

    A death counts for what the other decided, not for what was found about it since: that may never be granted.
    """
    return _one_event(claim, claim.died_on, other)


def _one_event(claim: Claim, died_on: date | None, other: Claim) -> bool:
    """Tell whether it is one event: a person dies once, and has one accident in a day."""
    if other.claim_id == claim.claim_id:
        return False
    both_died = died_on is not None and other.paid_death is not None
    accident: tuple[Programme, date] = ("JKK", claim.incident_on)
    return both_died or (claim.programme, claim.incident_on) == accident == (other.programme, other.incident_on)


def _since(claim: Claim) -> tuple[bool, date, datetime, UUID]:
    """Order granted claims for one event: whoever has money of it keeps it, else the one that was granted first."""
    granted_on = min(decision.decided_on for decision in claim.decisions if decision.granted)
    return not claim.has_money, granted_on, claim.reported_at, claim.claim_id


def _of_the_death(claim: Claim, decision: Decision) -> list[Event]:
    """Say what enrollment must learn of the death: nothing that an earlier decision told already."""
    told = confirmed_death(claim)
    did_not_happen = told is not None and claim.died_on is None
    if told == claim.died_on or not (decision.granted or did_not_happen):
        return []
    retracted: list[Event] = [DeathRetracted()] if told is not None else []
    confirmed: list[Event] = [DeathConfirmed(claim.died_on)] if claim.died_on is not None else []
    return retracted + confirmed


def confirmed_death(claim: Claim) -> date | None:
    """Tell which day of death the claim's decisions confirmed to others, if it stands."""
    told = None
    for decision in claim.decisions:
        if decision.granted or decision.question.died_on is None:  # a death that is found not to be is taken back
            told = decision.question.died_on
    return told if claim.state != "void" else None


def rerouted(claim: Claim, event: Rerouted) -> Claim:
    """Leave the clock, but for what is late; an appeal may find that work caused the death after all."""
    to_jkk = event.to_programme == "JKK"
    return replace(
        claim,
        state="submitted",
        accident_on=None if to_jkk else claim.incident_on,
        findings=replace(claim.findings, died_on=claim.died_on),
        programme=event.to_programme,
        incident_on=event.incident_on,
        pended_for=(),
        pended_in=None,
        completed_on=None,
        due_on=holds.late_since(claim, event.rerouted_on),
        weighed_idr=0,
        pays_meanwhile=False,
    )


def weighed(claim: Claim, event: Weighed) -> Claim:
    return replace(claim, weighed_idr=event.amount_idr)


def decided(claim: Claim, event: Decided) -> Claim:
    after = replace(
        claim,
        decisions=(*claim.decisions, event.decision),
        signals=event.signals,
        reopened_for=None,
        review=None,
        upheld=None,
        confirmed_by=(),
        pays_meanwhile=False,
    )
    after = replace(after, state="decided", pended_for=(), pended_in=None)
    return replace(after, state=money.standing(after))
