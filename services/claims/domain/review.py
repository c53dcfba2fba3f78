"""Cover changed after a decision, or who is one person: whether it would now come out otherwise, and what then.

Nothing is altered by itself: a person reopens the claim, or upholds the decision.
"""

from dataclasses import replace

from services.claims.claim import Claim, Rejected, Review, Verdict
from services.claims.commands import LookAgain, Uphold
from services.claims.domain.deciding import granted_elsewhere
from services.claims.domain.refusals import another_person
from services.claims.events import Event, ReviewRequired, ReviewSettled
from services.claims.weigh import weigh


def look_again(claim: Claim, command: LookAgain) -> list[Event]:
    """Weigh the decision that stands on the cover as it is now; what a person upheld is not told again."""
    decision, cover = claim.decision, command.cover
    pays = claim.pays_meanwhile or (claim.pended_in or claim.state) in {"decided", "ordered", "returned", "paid"}
    if decision is None or not pays or cover.parked or cover.merging or cover.state is None:
        return []
    granted = granted_elsewhere(claim, command.others)
    question = replace(
        decision.question,
        cover=cover.state,
        coverage_sequence=cover.sequence,
        granted_claim=granted.claim_id if granted else None,
    )
    now = weigh(question, command.book)
    denied_anyway = granted is not None and not decision.granted
    if denied_anyway or _result(now) == _result(decision.verdict):
        return [ReviewSettled("withdrawn", command.today)] if claim.review else []
    known = claim.review or claim.upheld
    if known is not None and _result(now) == _result(known.verdict):
        return []
    return [ReviewRequired(Review(command.today, cover.sequence, now))]


def _result(verdict: Verdict) -> object:
    """Give what makes a difference to the family."""
    amounts = [(component.code, component.amount_idr) for component in verdict.components]
    return verdict.outcome, amounts, [reason.code for reason in verdict.reasons]


def uphold(claim: Claim, command: Uphold) -> list[Event]:
    """Answer a review by leaving the decision as it stands."""
    if claim.review is None and claim.upheld is not None:
        return []
    if claim.review is None:
        raise Rejected(
            "NO_REVIEW",
            indonesian="Tidak ada peninjauan yang menunggu pada klaim ini.",
            english="No review of this claim is waiting.",
        )
    another_person(command.actor, *claim.prepared_by)
    return [ReviewSettled("upheld", command.today, command.actor)]


def required(claim: Claim, event: ReviewRequired) -> Claim:
    return replace(claim, review=event.review)


def settled(claim: Claim, event: ReviewSettled) -> Claim:
    confirmed_by = (*claim.confirmed_by, event.upheld_by) if event.upheld_by else claim.confirmed_by
    upheld = claim.review if event.ended_by == "upheld" else claim.upheld
    return replace(claim, review=None, upheld=upheld, confirmed_by=confirmed_by)
