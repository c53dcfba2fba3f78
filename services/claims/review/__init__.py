"""Looks at decisions again whose cover changed after them: weighs, and says where they would come out otherwise.

    reader: fact changes cover --> row in review_due (same transaction)
    sweep:  row --> lock the person's heads, look, weigh again --> ReviewRequired, ReviewSettled or nothing; row deleted

Nothing is altered by itself: a person reopens the claim, or upholds the decision. One person per transaction: who is
killed in between leaves the rest in the queue.
"""

from uuid import uuid4

import structlog

from services.chassis.ledger import Act
from services.chassis.postgres import Pool, transaction
from services.claims import handlers
from services.claims.claim import Rejected
from services.claims.review import store

ACTOR = "claims-review"
LOOKED_AT_ONCE_MAX = 500
"""Rows of one round; claims that wait for their worker have their turn between two rounds."""

log = structlog.get_logger(__name__)


async def work_off(pool: Pool, limit: int = LOOKED_AT_ONCE_MAX) -> int:
    """Look at the people at the head of the queue, and tell of how many claims there was something to say.

    Whose cover is withheld, or of whose merge a part is missing, goes to the end of the queue.
    """
    told = 0
    for one in await store.due(pool, limit):
        try:
            async with transaction(pool) as tx:
                told += await handlers.review(tx, [one.worker_id], act=Act(ACTOR, uuid4()))
                await store.done(tx, one)
        except Rejected as waits:
            log.info("review_waits", worker_id=str(one.worker_id), code=waits.code)
            async with transaction(pool) as tx:
                await store.later(tx, one)
    return told
