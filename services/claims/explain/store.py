"""The fact that announced a decision, in the ledger."""

from datetime import timedelta
from typing import Any

from payung_contracts.topics import FACTS

from services.chassis.clock import at_midnight
from services.chassis.postgres import Transaction
from services.claims.claim import Claim, Decision

A_DAY = timedelta(days=1)
DECIDED = "claims.claim_decided.v1"


async def announced(tx: Transaction, claim: Claim, decision: Decision) -> dict[str, Any] | None:
    """Find it among the facts of about the day of the decision: the ledger has no index by key."""
    day = at_midnight(decision.decided_on)
    rows = await tx.fetch(
        """
        select data from ledger
         where key = $1 and type = $2 and recordedtime >= $3 and recordedtime < $4
        """,
        claim.worker_id,
        DECIDED,
        day - A_DAY,
        day + 2 * A_DAY,
    )
    facts = [FACTS[DECIDED].model_validate_json(row["data"]).model_dump(mode="json") for row in rows]
    wanted = (str(claim.claim_id), decision.round)
    return next((fact for fact in facts if (fact["claim_id"], fact["round"]) == wanted), None)
