"""What a proposed edition of the rules would make of claims that are decided: weighed again, nothing is changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.claims.claim import Outcome, Programme, Question, Verdict
from services.claims.rules import RuleBook
from services.claims.weigh import weigh


@dataclass(frozen=True, slots=True)
class Decided:
    """A claim's decision that stands: what it rests on, and what came of it."""

    claim_id: UUID
    question: Question
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Difference:
    """What a claim comes to by the edition that the proposal stands on, and what it would come to with the proposal."""

    claim_id: UUID
    programme: Programme
    incident_on: date
    outcome: Outcome
    becomes: Outcome
    amount_idr: int
    would_be_idr: int
    changed: bool
    """Any component, reason or outcome differs; amounts may be the same."""

    @property
    def difference_idr(self) -> int:
        return self.would_be_idr - self.amount_idr


@dataclass(frozen=True, slots=True)
class Tally:
    """Claims of one programme with one outcome: how many, how many would change, and the rupiah before and after."""

    programme: Programme
    outcome: Outcome
    becomes: Outcome
    cases: int
    changed: int
    amount_idr: int
    would_be_idr: int


def compare(claims: Iterable[Decided], base: RuleBook, would_be: RuleBook) -> list[Difference]:
    """Weigh each claim by both editions. A claim that was decided by another edition is weighed by the base anew.

    So the difference is what the proposal makes, and not what editions in between made.
    """
    return [_compared(claim, base, would_be) for claim in claims]


def tally(compared: Iterable[Difference]) -> list[Tally]:
    """Add up by programme and outcome."""
    sums: dict[tuple[Programme, Outcome, Outcome], Tally] = {}
    for one in compared:
        key = one.programme, one.outcome, one.becomes
        so_far = sums.get(key) or Tally(*key, cases=0, changed=0, amount_idr=0, would_be_idr=0)
        sums[key] = replace(
            so_far,
            cases=so_far.cases + 1,
            changed=so_far.changed + one.changed,
            amount_idr=so_far.amount_idr + one.amount_idr,
            would_be_idr=so_far.would_be_idr + one.would_be_idr,
        )
    return [sums[key] for key in sorted(sums)]


def biggest(compared: Iterable[Difference]) -> Sequence[Difference]:
    """Give the claims that would change, the largest difference first."""
    changed = (one for one in compared if one.changed)
    return sorted(changed, key=lambda one: (-abs(one.difference_idr), one.claim_id))


def _compared(claim: Decided, base: RuleBook, would_be: RuleBook) -> Difference:
    question = claim.question
    stands = claim.verdict if question.edition == base.edition else _weighed(question, base)
    becomes = _weighed(question, would_be)
    return Difference(
        claim_id=claim.claim_id,
        programme=question.programme,
        incident_on=question.incident_on,
        outcome=stands.outcome,
        becomes=becomes.outcome,
        amount_idr=stands.amount_idr,
        would_be_idr=becomes.amount_idr,
        changed=_granted(stands) != _granted(becomes),
    )


def _weighed(question: Question, book: RuleBook) -> Verdict:
    return weigh(replace(question, edition=book.edition), book)


def _granted(verdict: Verdict) -> object:
    components = [(component.code, component.amount_idr) for component in verdict.components]
    return verdict.outcome, components, [reason.code for reason in verdict.reasons], verdict.obligations
