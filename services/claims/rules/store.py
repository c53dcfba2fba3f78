"""Editions of the rule book in Postgres: appended, never changed."""

from pydantic import TypeAdapter

from services.chassis.postgres import Transaction
from services.claims.rules.book import Content, RuleBook
from services.claims.rules.packaged import base_book

BOOKS_REMEMBERED_MAX = 64
CONTENT = TypeAdapter(Content)

_remembered: dict[tuple[int, str], RuleBook] = {}
"""Books by edition and checksum: what stands under these never changes, in whichever database."""


class UnknownEdition(LookupError):
    """No edition has this number here: what named it comes from another database."""


async def current_book(tx: Transaction) -> RuleBook:
    """Give the newest edition; edition 1 as it is packaged, until `migrate` has stored it."""
    newest = await tx.fetchrow("select edition, sha256 from rule_edition order by edition desc limit 1")
    return base_book() if newest is None else await _book(tx, newest["edition"], newest["sha256"])


async def book_of(tx: Transaction, edition: int) -> RuleBook:
    """Give the edition that a decision names."""
    sha256 = await tx.fetchval("select sha256 from rule_edition where edition = $1", edition)
    if sha256 is not None:
        return await _book(tx, edition, sha256)
    if edition == base_book().edition:
        return base_book()
    msg = f"there is no edition {edition} of the rules"
    raise UnknownEdition(msg)


async def _book(tx: Transaction, edition: int, sha256: str) -> RuleBook:
    """Give the book from memory, or else read it."""
    book = _remembered.get((edition, sha256))
    if book is None:
        content = await tx.fetchval("select content from rule_edition where edition = $1", edition)
        book = RuleBook(edition, CONTENT.validate_json(content))
        while len(_remembered) >= BOOKS_REMEMBERED_MAX:
            _remembered.pop(next(iter(_remembered)))
        _remembered[edition, sha256] = book
    return book
