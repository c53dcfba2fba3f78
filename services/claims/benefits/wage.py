"""The monthly wage that JKK multiplies."""

from collections.abc import Iterable

from services.claims.claim import Findings
from services.claims.coverage import Membership
from services.claims.rules import Rules

WAGE_EARNERS = frozenset({"PU", "NON_ASN", "JAKON"})


def monthly_wage(memberships: Iterable[Membership], findings: Findings, rules: Rules) -> int:
    """Give the proven wage of a wage earner, within the lowest and highest band; the lowest band's of everyone else.

    Whoever is a wage earner in one membership and pays for themselves in another counts with the wage.
    """
    lowest, highest = rules.of("jkk.monthly_wage").value, rules.of("jkk.monthly_wage_max").value
    earns = any(membership.segment in WAGE_EARNERS for membership in memberships)
    if findings.monthly_wage_idr is None or not earns:
        return lowest
    return max(lowest, min(findings.monthly_wage_idr, highest))
