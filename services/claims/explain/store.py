"""The fact that announced a decision, in the ledger."""

from datetime import timedelta
from typing import Any

import orjson

from services.chassis.clock import at_midnight
from services.chassis.postgres import Transaction
from services.claims.claim import Claim, Decision

A_DAY = timedelta(days=1)


async def announced(tx: Transaction, claim: Claim, decision: Decision) -> dict[str, Any] | None:
    """Find it among the facts of about the day of the decision: the ledger has no index by key."""
    day = at_midnight(decision.decided_on)
    rows = await tx.fetch(
        """
        select data from ledger
         where key = $1 and type = 'claims.claim_decided.v1' and recordedtime >= $2 and recordedtime < $3
        """,
        claim.worker_id,
        day - A_DAY,
        day + 2 * A_DAY,
    )
    facts = [orjson.loads(row["data"]) for row in rows]
    wanted = (str(claim.claim_id), decision.round)
    return next((fact for fact in facts if (fact["claim_id"], fact["round"]) == wanted), None)
