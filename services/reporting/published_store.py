"""Figures that were quoted to the world: kept with question, snapshot id and answer, never changed or taken away."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.chassis.postgres import Transaction


@dataclass(frozen=True, slots=True)
class Published:
    """A figure as it was quoted: `asked` of `question`, as named by `snapshot`, where and when."""

    id: int
    question: str
    asked: dict[str, Any]
    snapshot: str
    version: int
    answer: dict[str, Any]
    published_on: date
    published_in: str
    kept_by: str
    kept_at: datetime


async def keep(
    tx: Transaction,
    question: str,
    asked: Mapping[str, Any],
    snapshot: str,
    answer: Mapping[str, Any],
    *,
    published_on: date,
    published_in: str,
    by: str,
) -> tuple[Published, bool]:
    """Keep it, and tell whether it is new: the same figure in the same place on the same day is kept once."""
    new = await tx.fetchval(
        """
        insert into public.published
               (question, asked, snapshot, version, answer, published_on, published_in, kept_by)
        values ($1, $2, $3, split_part($3, '@', 1)::int, $4, $5, $6, $7)
            on conflict do nothing returning id
        """,
        question,
        json.dumps(asked),
        snapshot,
        json.dumps(answer),
        published_on,
        published_in,
        by,
    )
    known = new or await tx.fetchval(
        """
        select id from public.published
         where question = $1 and asked = $2 and snapshot = $3 and published_on = $4 and published_in = $5
        """,
        question,
        json.dumps(asked),
        snapshot,
        published_on,
        published_in,
    )
    found = await one(tx, known)
    if found is None:
        msg = "what was published is never taken away"
        raise LookupError(msg)
    return found, new is not None


async def one(tx: Transaction, id_: int) -> Published | None:
    """Give the figure of this id; None if there is none."""
    found = await page(tx, before=id_ + 1, limit=1)
    return found[0] if found and found[0].id == id_ else None


async def page(tx: Transaction, *, before: int, limit: int) -> list[Published]:
    """List figures that were kept before the one of this id, the newest first."""
    rows = await tx.fetch(
        """
        select id, question, asked, snapshot, version, answer, published_on, published_in, kept_by, kept_at
          from public.published where id < $1 order by id desc limit $2
        """,
        before,
        limit,
    )
    return [Published(**dict(row) | {name: json.loads(row[name]) for name in ("asked", "answer")}) for row in rows]
