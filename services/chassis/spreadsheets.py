"""What files for spreadsheets are on the web, and how a CSV file is kept from being computed."""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""The media type of a workbook."""

FORMULA = ("=", "+", "-", "@")
"""What begins with one of these, also after spaces, is taken for a formula, and carried out."""


def as_text(cell: str) -> str:
    """Give the cell with an apostrophe before it, where it would be a formula."""
    return f"'{cell}" if cell.lstrip().startswith(FORMULA) or cell.startswith(("\t", "\r", "\n")) else cell
