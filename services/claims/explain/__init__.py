"""A decision explained and weighed again: the stored question to the stored edition must give the stored verdict."""

from dataclasses import dataclass

from services.chassis.postgres import Transaction
from services.claims.claim import Claim, Decision
from services.claims.explain import store
from services.claims.explain.replay import Difference, against_ledger, against_replay
from services.claims.rules import RuleBook, book_of
from services.claims.rules.store import UnknownEdition
from services.claims.weigh import weigh

RULES_OF = {"JKM": ("jkm.", "scholarship."), "JKK": ("jkk.", "jkm.santunan", "scholarship.")}
"""Which parameters a programme may ask for: the death benefit of JKK is at least the santunan of JKM."""


@dataclass(frozen=True, slots=True)
class AppliedRule:
    """A rule that was in force on the day of the incident."""

    parameter: str
    segment: str
    value: int
    law: str


@dataclass(frozen=True, slots=True)
class Explained:
    """A decision, the rules it could rest on, and where it differs from what it should be; nowhere, if it is sound."""

    decision: Decision
    rules: tuple[AppliedRule, ...]
    differences: tuple[Difference, ...]


async def explain(tx: Transaction, claim: Claim) -> tuple[Explained, ...]:
    """Weigh every decision of the claim again, and compare it with what was stored and with what was announced."""
    return tuple([await _explain(tx, claim, decision) for decision in claim.decisions])


async def _explain(tx: Transaction, claim: Claim, decision: Decision) -> Explained:
    announced = against_ledger(decision, await store.announced(tx, claim, decision))
    try:
        book = await book_of(tx, decision.question.edition)
    except UnknownEdition:
        missing = Difference("edition", str(decision.question.edition), "-", "replay")
        return Explained(decision, (), (missing, *announced))
    replayed = against_replay(decision, weigh(decision.question, book))
    return Explained(decision, _rules(decision, book), (*replayed, *announced))


def _rules(decision: Decision, book: RuleBook) -> tuple[AppliedRule, ...]:
    in_force = book.on(decision.question.incident_on).rules
    return tuple(
        AppliedRule(parameter, segment, rule.value, rule.law)
        for (parameter, segment), rule in sorted(in_force.items())
        if parameter.startswith(RULES_OF[decision.question.programme]) and rule.value is not None
    )
