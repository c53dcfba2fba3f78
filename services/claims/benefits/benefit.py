"""What a kind of benefit comes to: components, the reasons why it is not more, and what falls due later."""

from dataclasses import dataclass

from services.claims.claim import Component, Obligation
from services.claims.reasons import Reason


@dataclass(frozen=True, slots=True)
class Benefit:
    components: tuple[Component, ...] = ()
    reasons: tuple[Reason, ...] = ()
    obligations: tuple[Obligation, ...] = ()


def together(*benefits: Benefit) -> Benefit:
    """Join benefits in their order; a component of nothing is none."""
    return Benefit(
        tuple(component for one in benefits for component in one.components if component.amount_idr),
        tuple(reason for one in benefits for reason in one.reasons),
        tuple(obligation for one in benefits for obligation in one.obligations),
    )
