"""What a spreadsheet that opens a CSV file would compute is made a text for it."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What begins with one of these is taken for a formula, and carried out."""


def as_text(cell: str) -> str:
    """Give the cell with an apostrophe before it, where it would be a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
