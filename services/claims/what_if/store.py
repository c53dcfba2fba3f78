"""Claims that are decided, page by page, for weighing them again."""

from datetime import date
from uuid import UUID

import orjson
from pydantic import TypeAdapter

from services.chassis.postgres import Transaction
from services.claims.claim import Question, Verdict
from services.claims.what_if import Decided

QUESTION = TypeAdapter(Question)
VERDICT = TypeAdapter(Verdict)


async def decided(tx: Transaction, *, since: date, after: UUID, limit: int) -> list[Decided]:
    """Read the decision that stands of claims for an incident on the day or later, in the order of their ids."""
    rows = await tx.fetch(
        """
        select claim_id, body -> 'decisions' -> -1 as decision
          from claim
         where claim_id > $1 and incident_on >= $2 and outcome is not null and state <> 'void'
         order by claim_id limit $3
        """,
        after,
        since,
        limit,
    )
    decisions = ((row["claim_id"], orjson.loads(row["decision"])) for row in rows)
    return [
        Decided(claim_id, QUESTION.validate_python(one["question"]), VERDICT.validate_python(one["verdict"]))
        for claim_id, one in decisions
    ]


async def count(tx: Transaction, *, since: date) -> int:
    """Count those claims."""
    found: int = await tx.fetchval(
        "select count(*) from claim where incident_on >= $1 and outcome is not null and state <> 'void'", since
    )
    return found
