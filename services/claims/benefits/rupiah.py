"""Whole rupiah: where amounts are rounded, and how they are written.

Rounding happens here and nowhere else, once for each component, after all of its parts were multiplied and added as
exact fractions: half a rupiah and more goes up, in favour of whoever is paid. The laws do not say; no sum of rounded
parts is ever rounded again, so components always add up to the amount of the decision.
"""

import re
from fractions import Fraction
from math import floor

HALF = Fraction(1, 2)
WRITTEN = re.compile(r"Rp\d{1,3}(\.\d{3})+|\d+,\d+(?= %)")
SWAPPED = str.maketrans(".,", ",.")


def rounded(amount: Fraction) -> int:
    """Round to whole rupiah, half up."""
    return floor(amount + HALF)


def written(amount_idr: int) -> str:
    """Write an amount: `Rp1.000.000`."""
    return f"Rp{amount_idr:,}".replace(",", ".")


def percent(permille: int) -> str:
    """Write a share: `40 %`, `12,5 %`."""
    whole, tenth = divmod(permille, 10)
    return f"{whole},{tenth} %" if tenth else f"{whole} %"


def in_english(text: str) -> str:
    """Write the amounts and shares of a text as English does: `Rp1,000,000`, `12.5 %`."""
    return WRITTEN.sub(lambda found: found[0].translate(SWAPPED), text)
