"""Questions that the tests of weighing ask: who was covered, what happened, what was found out."""

from datetime import date
from typing import Any
from uuid import UUID

from services.claims.claim import Child, Findings, Level, Question, SchoolYear, Verdict
from services.claims.rules import base_book
from services.claims.weigh import weigh
from tests.unit.claims.cases import day, started, state_after

MILLION = 1_000_000
ALWAYS = started("2010-01-01", None)
"""Cover long enough for everything that asks for time."""


def question(
    *facts: tuple[str, dict[str, Any]],
    programme: Any = "JKM",
    on: str,
    reported_on: str | None = None,
    granted_claim: UUID | None = None,
    **findings: Any,
) -> Question:
    """Ask about an incident on a day, reported that day unless said otherwise."""
    return Question(
        programme=programme,
        incident_on=day(on),
        reported_on=day(reported_on or on),
        findings=Findings(**findings),
        cover=state_after(*facts),
        coverage_sequence=len(facts) + 1,
        edition=base_book().edition,
        granted_claim=granted_claim,
    )


def weighed(*facts: tuple[str, dict[str, Any]], **asked: Any) -> Verdict:
    return weigh(question(*facts, **asked), base_book())


def child(number: int, born_on: str, *years: tuple[int, Level], right_ended_on: str | None = None) -> Child:
    """Make a child of the worker with its proven years of school."""
    ended: date | None = day(right_ended_on) if right_ended_on else None
    return Child(UUID(int=number), day(born_on), tuple(SchoolYear(*year) for year in years), ended)


def components(verdict: Verdict) -> list[tuple[str, int]]:
    return [(component.code, component.amount_idr) for component in verdict.components]


def codes(verdict: Verdict) -> list[str]:
    return [reason.code for reason in verdict.reasons]
