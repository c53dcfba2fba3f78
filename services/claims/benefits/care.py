"""What the accident itself costs: care, the ways to it, and what replaces a lost part of the body."""

from collections.abc import Iterable
from fractions import Fraction

from services.claims import reasons
from services.claims.benefits.arithmetic import Arithmetic
from services.claims.benefits.benefit import Benefit
from services.claims.benefits.rupiah import percent, rounded, written
from services.claims.claim import Component, Transport
from services.claims.rules import Rules

MODES = {
    "land": ("DARAT", "darat atau sungai", "land or river"),
    "sea": ("LAUT", "laut", "sea"),
    "air": ("UDARA", "udara", "air"),
}


def medical(cost_idr: int, rules: Rules) -> Benefit:
    """Refund care as medically needed; there is no ceiling."""
    if not cost_idr:
        return Benefit()
    share = rules.of("jkk.medical_permille")
    return Benefit((_share("BIAYA_PENGOBATAN", cost_idr, share.value, share.law),))


def transport(ways: Iterable[Transport], rules: Rules) -> Benefit:
    """Refund receipts, up to a ceiling for each mode; several modes add."""
    receipts: dict[str, int] = {}
    for way in ways:
        receipts[way.mode] = receipts.get(way.mode, 0) + way.receipts_idr
    components, cut = [], []
    for mode, (code, indonesian, english) in MODES.items():
        cost = receipts.get(mode, 0)
        ceiling = rules.of(f"jkk.transport.{mode}")
        arithmetic = written(cost)
        if cost > ceiling.value:
            arithmetic = str(Arithmetic(arithmetic, limited="min", limit=written(ceiling.value)))
            cut.append(reasons.transport_over_ceiling(indonesian, english, written(ceiling.value), ceiling.law))
        components.append(Component(f"BIAYA_ANGKUTAN_{code}", min(cost, ceiling.value), ceiling.law, arithmetic))
    return Benefit(tuple(components), tuple(cut))


def orthosis(price_idr: int, rules: Rules) -> Benefit:
    """Pay the price that the government's rehabilitation hospital sets, and what the law adds to it."""
    if not price_idr:
        return Benefit()
    share = rules.of("jkk.orthosis_permille")
    return Benefit((_share("ORTOSIS_PROTESIS", price_idr, share.value, share.law),))


def _share(code: str, cost_idr: int, permille: int, law: str) -> Component:
    return Component(
        code, rounded(Fraction(cost_idr * permille, 1000)), law, f"{percent(permille)} x {written(cost_idr)}"
    )
