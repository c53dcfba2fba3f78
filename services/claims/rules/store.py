"""Editions of the rule book, and proposals for the next one, in Postgres: appended, never changed."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from services.chassis.postgres import Transaction
from services.claims.rules.book import Content, RuleBook
from services.claims.rules.packaged import base_book
from services.claims.rules.proposal import Proposal, State

BOOKS_REMEMBERED_MAX = 64
CONTENT = TypeAdapter(Content)

_remembered: dict[tuple[int, str], RuleBook] = {}
"""Books by edition and checksum: what stands under these never changes, in whichever database."""


class UnknownEdition(LookupError):
    """No edition has this number here: what named it comes from another database."""


class PackageChanged(Exception):
    """The packaged rules are not those that are stored as edition 1, on which decisions rest."""


@dataclass(frozen=True, slots=True)
class Edition:
    """When an edition was stored, and the proposal that it was; None for the first, which is packaged."""

    edition: int
    sha256: str
    stored_at: datetime
    proposal: Proposal | None


async def current_book(tx: Transaction) -> RuleBook:
    """Give the newest edition; edition 1 as it is packaged, until `migrate` has stored it."""
    newest = await tx.fetchrow("select edition, sha256 from rule_edition order by edition desc limit 1")
    return base_book() if newest is None else await book_at(tx, newest["edition"], newest["sha256"])


async def book_of(tx: Transaction, edition: int) -> RuleBook:
    """Give the edition that a decision names."""
    sha256 = await tx.fetchval("select sha256 from rule_edition where edition = $1", edition)
    if sha256 is not None:
        return await book_at(tx, edition, sha256)
    if edition == base_book().edition:
        return base_book()
    msg = f"there is no edition {edition} of the rules"
    raise UnknownEdition(msg)


async def book_at(tx: Transaction, edition: int, sha256: str) -> RuleBook:
    """Give an edition that was found with its checksum, from memory or else read."""
    book = _remembered.get((edition, sha256))
    if book is None:
        content = await tx.fetchval("select content from rule_edition where edition = $1", edition)
        book = RuleBook(edition, CONTENT.validate_json(content))
        while len(_remembered) >= BOOKS_REMEMBERED_MAX:
            _remembered.pop(next(iter(_remembered)))
        _remembered[edition, sha256] = book
    return book


async def keep_base(tx: Transaction) -> None:
    """Store the packaged rules as edition 1, once; refuse to go on with a package that says otherwise since.

    Raises PackageChanged: put the file back, and propose the change instead; or begin with an empty database, where no
    decision rests on it.
    """
    base = base_book()
    await append(tx, base)
    stored = await tx.fetchval("select content from rule_edition where edition = $1", base.edition)
    if CONTENT.validate_json(stored) != base.content:
        msg = (
            f"rules.toml is not what is stored as edition {base.edition}; put it back, and propose the change instead."
            " In development, where no decision rests on it, begin with an empty database: make up FRESH=1"
        )
        raise PackageChanged(msg)


async def append(tx: Transaction, book: RuleBook) -> None:
    """Store an edition; one of this number that is there already stays."""
    text = CONTENT.dump_json(book.content).decode()
    await tx.execute(
        "insert into rule_edition (edition, content, sha256) values ($1, $2, $3) on conflict (edition) do nothing",
        book.edition,
        text,
        hashlib.sha256(text.encode()).hexdigest(),
    )


async def lock(tx: Transaction) -> None:
    """Hold the editions until the transaction ends, so that no other becomes the newest; reading goes on."""
    await tx.execute("lock table rule_edition in share row exclusive mode")


async def editions(tx: Transaction, *, before: int, limit: int) -> list[Edition]:
    """List editions below the number, the newest first."""
    rows = await tx.fetch(
        """
        select e.edition as of_edition, e.sha256, e.stored_at, p.*
          from rule_edition e left join rule_proposal p on p.edition = e.edition
         where e.edition < $1 order by e.edition desc limit $2
        """,
        before,
        limit,
    )
    return [
        Edition(row["of_edition"], row["sha256"], row["stored_at"], _proposal(dict(row)) if row["number"] else None)
        for row in rows
    ]


async def propose(tx: Transaction, *, proposal_id: UUID, base: int, changes: Content, reason: str, by: str) -> None:
    """Keep a proposal."""
    await tx.execute(
        """
        insert into rule_proposal (proposal_id, base, changes, reason, proposed_by) values ($1, $2, $3, $4, $5)
        """,
        proposal_id,
        base,
        CONTENT.dump_json(changes).decode(),
        reason,
        by,
    )


async def find_proposal(tx: Transaction, proposal_id: UUID) -> Proposal | None:
    """Read a proposal as it stands."""
    row = await tx.fetchrow("select * from rule_proposal where proposal_id = $1", proposal_id)
    return None if row is None else _proposal(dict(row))


async def proposals(tx: Transaction, *, state: State | None, before: int, limit: int) -> list[Proposal]:
    """List proposals below the number, the newest first."""
    rows = await tx.fetch(
        """
        select * from rule_proposal
         where number < $1 and ($2::text is null or state = $2) order by number desc limit $3
        """,
        before,
        state,
        limit,
    )
    return [_proposal(dict(row)) for row in rows]


async def settle(
    tx: Transaction, proposal_id: UUID, *, state: State, by: str, remark: str | None, edition: int | None
) -> None:
    """Write down what became of a proposal; its row is locked, or the editions are."""
    await tx.execute(
        """
        update rule_proposal set state = $2, settled_by = $3, settled_at = business_clock(), remark = $4, edition = $5
         where proposal_id = $1
        """,
        proposal_id,
        state,
        by,
        remark,
        edition,
    )


def _proposal(row: dict[str, Any]) -> Proposal:
    names = Proposal.__dataclass_fields__.keys() - {"changes"}
    return Proposal(**{name: row[name] for name in names}, changes=CONTENT.validate_json(row["changes"]))
