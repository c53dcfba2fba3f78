"""A statement as a page for an A4 sheet: no script, nothing fetched, and a policy that allows neither."""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from services.claims.statement.content import Content

HERE = Path(__file__).parent / "templates"
STYLE = (HERE / "statement.css").read_text(encoding="utf-8")
POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The one style that stands in the page is allowed by its hash, so the page looks the same when it was saved."""

templates = Environment(
    loader=FileSystemLoader(HERE),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(contents: Sequence[Content]) -> str:
    """Write the statement, a sheet for each language."""
    style = Markup(STYLE)  # noqa: S704 - our own file
    return templates.get_template("statement.html").render(sheets=contents, style=style)
