"""Looks at decisions again whose cover changed after them: weighs, and says where they would come out otherwise.

    reader: fact changes cover --> row in review_due (same transaction)
    sweep:  row --> lock the person's heads, look, weigh again --> ReviewRequired, ReviewSettled or nothing; row deleted

Nothing is altered by itself: a person reopens the claim, or upholds the decision. One person per transaction: who is
killed in between leaves the rest in the queue.
"""

from time import monotonic
from uuid import uuid4

import structlog

from services.chassis.ledger import Act, Halted
from services.chassis.postgres import HEALS_WITH_TIME, Pool, transaction
from services.claims import handlers
from services.claims.claim import Rejected
from services.claims.put_off import PutOff
from services.claims.review import store
from services.claims.review.store import Due
from services.claims.store import same_person

ACTOR = "claims-review"
LOOKED_AT_ONCE_MAX = 500
"""Rows of one round; claims that wait for their worker have their turn between two rounds."""

log = structlog.get_logger(__name__)


async def work_off(pool: Pool, put_off: PutOff, limit: int = LOOKED_AT_ONCE_MAX) -> int:
    """Look at the people at the head of the queue, and tell of how many claims there was something to say.

    Whose cover is withheld goes to the end of the queue, so that nobody waits behind them; whose claims cannot be
    weighed is put off as well. Trouble of the database is raised.
    """
    told = 0
    for one in await store.due(pool, limit, without=put_off.waiting(monotonic())):
        try:
            told += await _look(pool, one)
            put_off.succeeded(one.worker_id)
        except (*HEALS_WITH_TIME, Halted):
            raise
        except Rejected:  # only a part of a merge has come: the rest is looked for again behind all others
            async with transaction(pool) as tx:
                await store.later(tx, one)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one person, others have their turn
            again_in_s = put_off.failed(one.worker_id, monotonic())
            error_name = type(error).__name__
            log.warning("review_failed", worker_id=str(one.worker_id), error=error_name, again_in_s=again_in_s)
            async with transaction(pool) as tx:
                await store.later(tx, one)
    return told


async def _look(pool: Pool, one: Due) -> int:
    async with transaction(pool) as tx:
        if await store.withheld(tx, await same_person(tx, one.worker_id)):
            await store.later(tx, one)
            return 0
        told = await handlers.review(tx, [one.worker_id], act=Act(ACTOR, uuid4()))
        await store.done(tx, one)
        return told
