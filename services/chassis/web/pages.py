"""Lists over HTTP, page by page: a page goes on after the key of the last row, so rows that come and go shift nothing.

The statement of a list orders by the key, begins after `place`, and asks for one row more than the page has:

    where (day, id) > ($1, $2) order by day, id limit $3        -- $1, $2: place(...); $3: limit + 1
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from services.chassis.web.problems import Problem

PAGE_ROWS = 100
PAGE_ROWS_MAX = 1_000
CURSOR_LENGTH_MAX = 300

Row = TypeVar("Row")
Key = TypeVar("Key")

Limit = Annotated[int, Field(ge=1, le=PAGE_ROWS_MAX, description="Rows of a page at most")]
Cursor = Annotated[
    str | None,
    Field(max_length=CURSOR_LENGTH_MAX, description="`next` of the page before; the first page if left out"),
]


class PageOf(BaseModel):
    """What the question for a page may say, beside the filters of its list; names that it does not know are refused."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    limit: Limit = PAGE_ROWS
    cursor: Cursor = None


def place(cursor: str | None, kind: TypeAdapter[Key], *, first: Key) -> Key:
    """Give the key after which the page begins: that of the cursor, or `first`, which comes before all keys."""
    if cursor is None:
        return first
    try:
        return kind.validate_json(urlsafe_b64decode(cursor.encode()))
    except (ValidationError, ValueError):
        english = "This is no cursor of this list. Send `next` of the page before as it came, or leave it out."
        raise Problem(
            422,
            "No cursor of this list",
            english,
            code="cursor_unknown",
            indonesian="Ini bukan penunjuk halaman daftar ini. Kirim `next` dari halaman sebelumnya apa adanya.",
            english=english,
            errors=[{"pointer": "/query/cursor", "reason": "not given by this list", "code": "cursor_unknown"}],
        ) from None


def page(
    found: Sequence[Row], limit: int, kind: TypeAdapter[Key], key: Callable[[Row], Key]
) -> tuple[Sequence[Row], str | None]:
    """Cut the row that was asked for beyond the page; where there was one, give the cursor of the next page."""
    if len(found) <= limit:
        return found, None
    rows = found[:limit]
    return rows, cursor_after(kind, key(rows[-1]))


def cursor_after(kind: TypeAdapter[Key], key: Key) -> str:
    """Give the cursor of a page that begins after the key."""
    return urlsafe_b64encode(kind.dump_json(key)).decode()
