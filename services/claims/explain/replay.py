"""What must be the same of a decision wherever it stands: as it was stored, weighed again, and announced."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from services.claims.claim import Decision, Verdict

Parts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """A part of a decision that stands otherwise in what it was compared with."""

    part: str
    decided: str
    found: str
    found_in: Literal["replay", "ledger"]


def against_replay(decision: Decision, replayed: Verdict) -> tuple[Difference, ...]:
    """Compare with the verdict that the stored question has now, to the rupiah; words may be put better since."""
    return tuple(_differences(_parts(decision.verdict), _parts(replayed), "replay"))


def against_ledger(decision: Decision, fact: Mapping[str, Any] | None) -> tuple[Difference, ...]:
    """Compare with the fact that announced the decision, also in its proof."""
    if fact is None:
        return (Difference("fact", f"round {decision.round}", "-", "ledger"),)
    question = decision.question
    proof = {
        "round": decision.round,
        "decided_on": str(decision.decided_on),
        "programme": question.programme,
        "incident_on": str(question.incident_on),
        "coverage_sequence": question.coverage_sequence,
    }
    told = {name: fact[name] for name in proof} | _told(fact)
    return tuple(_differences(proof | _parts(decision.verdict), told, "ledger"))


def _differences(decided: Parts, found: Parts, found_in: Literal["replay", "ledger"]) -> Iterator[Difference]:
    for part, value in decided.items():
        if found[part] != value:
            yield Difference(part, str(value), str(found[part]), found_in)


def _parts(verdict: Verdict) -> Parts:
    return {
        "outcome": verdict.outcome,
        "amount_idr": verdict.amount_idr,
        "components": [(one.code, one.amount_idr, one.legal_reference) for one in verdict.components],
        "reasons": [one.code for one in verdict.reasons],
        "rule_version": verdict.rule_version,
        "memberships": [(one.coverage_id, one.segment, str(one.covered_from)) for one in verdict.memberships],
        "obligations": [(one.child, one.level, str(one.due_on), one.amount_idr) for one in verdict.obligations],
    }


def _told(fact: Mapping[str, Any]) -> Parts:
    return {
        "outcome": fact["outcome"],
        "amount_idr": fact["amount_idr"],
        "components": [(one["code"], one["amount_idr"], one["legal_reference"]) for one in fact["components"]],
        "reasons": [one["code"] for one in fact["reasons"]],
        "rule_version": fact["rule_version"],
        "memberships": [(one["coverage_id"], one["segment"], one["covered_from"]) for one in fact["memberships"]],
        "obligations": [(one["child"], one["level"], one["due_on"], one["amount_idr"]) for one in fact["obligations"]],
    }
