"""What the rules of a day grant, one file for each kind of benefit: arithmetic only, on what was found out.

Amounts are exact fractions until the component stands, and each component is rounded once (`rupiah.rounded`).
"""
