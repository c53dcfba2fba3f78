"""Lasting losses: parts of the body or of their function by the table, or the ability to work altogether."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from services.claims import reasons
from services.claims.benefits.arithmetic import Arithmetic
from services.claims.benefits.benefit import Benefit
from services.claims.benefits.rupiah import percent, rounded, written
from services.claims.claim import Component, Injury
from services.claims.reasons import Reason
from services.claims.rules import Rules


def partial(injuries: Iterable[Injury], incident_on: date, wage_idr: int, rules: Rules) -> Benefit:
    """Add up the table's shares of so many wages; never more than total disability, however many parts are lost.

    A loss of function counts by its share of what the table says for the loss of the part.
    """
    wages, most = rules.of("jkk.disability_wages"), rules.of("jkk.total_disability_wages")
    cut: list[Reason] = []
    shares: list[Fraction] = []
    parts: list[str] = []
    laws = {wages.law: None}
    for injury in sorted(injuries, key=lambda one: (one.code, one.loss_permille or 0)):
        loss = rules.disability(injury.code)
        if loss is None:
            cut.append(reasons.disability_unknown_code(injury.code, incident_on))
        elif injury.loss_permille is None:
            shares.append(Fraction(loss.value, 1000))
            parts.append(percent(loss.value))
            laws[loss.law] = None
        else:
            shares.append(Fraction(injury.loss_permille * loss.value, 1000**2))
            parts.append(f"{percent(injury.loss_permille)} x {percent(loss.value)}")
            laws[loss.law] = None
    if not shares:
        return Benefit(reasons=tuple(cut))
    added = f"({' + '.join(parts)})" if len(parts) > 1 else parts[0]
    arithmetic = f"{added} x {wages.value} x {written(wage_idr)}"
    amount, ceiling = sum(shares) * wages.value * wage_idr, most.value * wage_idr
    if amount > ceiling:
        amount = Fraction(ceiling)
        arithmetic = str(Arithmetic(arithmetic, limited="min", limit=f"{most.value} x {written(wage_idr)}"))
        cut.append(reasons.disability_at_most(most.value, most.law))
    component = Component("SANTUNAN_CACAT_SEBAGIAN", rounded(Fraction(amount)), "; ".join(laws), arithmetic)
    return Benefit((component,), tuple(cut))


def total(wage_idr: int, rules: Rules) -> Benefit:
    """Pay total permanent disability, and the berkala beside it."""
    wages, berkala = rules.of("jkk.total_disability_wages"), rules.of("jkk.berkala")
    arithmetic = f"{wages.value} x {written(wage_idr)}"
    return Benefit(
        (
            Component("SANTUNAN_CACAT_TOTAL_TETAP", wages.value * wage_idr, wages.law, arithmetic),
            Component("SANTUNAN_BERKALA", berkala.value, berkala.law, written(berkala.value)),
        )
    )
