"""Answers for a day: where cover stands, under which memberships, and what a death or a fatal accident would bring.

What would be payable is weighed as a decision is, with nothing found out but the death; only a claim decides.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.claims import coverage
from services.claims.benefits.months import add_months
from services.claims.claim import Findings, Programme, Question, Verdict
from services.claims.coverage import Cover, Membership, Standing
from services.claims.rules import RuleBook, Rules
from services.claims.weigh import weigh

STANDINGS: tuple[Standing, ...] = ("in_force", "grace", "suspended")


@dataclass(frozen=True, slots=True)
class HeldOn:
    """A membership on the day, and where it stands.

    From `full_jkm_from` on a death pays the full benefit for it, by the rules of the day and if cover goes on
    unbroken; None without JKM.
    """

    membership: Membership
    standing: Standing
    full_jkm_from: date | None


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Where cover stands on a day: by the best of the memberships; `grace` and `suspended` are no cover.

    `jkm` and `jkk` say what would be payable for a death on the day, that work did not cause and that it did.
    """

    on: date
    standing: Standing | Literal["none"]
    held: tuple[HeldOn, ...]
    jkm: Verdict
    jkk: Verdict
    died_on: date | None


def eligibility_on(day: date, cover: Cover, book: RuleBook) -> Eligibility:
    """Answer for the day by its rules; NoRules before the first."""
    rules = book.on(day)
    held = tuple(
        HeldOn(membership, standing, _full_jkm_from(membership, rules))
        for standing in STANDINGS
        for membership in coverage.memberships_on(cover.state, day, standing)
    )
    return Eligibility(
        on=day,
        standing=held[0].standing if held else "none",
        held=held,
        jkm=weigh(_question("JKM", day, cover, book), book),
        jkk=weigh(_question("JKK", day, cover, book), book),
        died_on=coverage.died_on(cover.state),
    )


def _question(programme: Programme, day: date, cover: Cover, book: RuleBook) -> Question:
    return Question(programme, day, day, Findings(died_on=day), cover.state, cover.sequence, book.edition)


def _full_jkm_from(membership: Membership, rules: Rules) -> date | None:
    if "JKM" not in membership.programmes:
        return None
    months = rules.of("jkm.full_benefit_membership_months", membership.segment).value
    return add_months(membership.member_since, months)
