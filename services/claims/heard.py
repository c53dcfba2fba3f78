"""What follows from a fact of enrollment: the copy of the worker's cover, erasures, and decisions to look at again.

    fact --fold--> cover as known now (reader_key) + effects --take_in--> erasures and reviews that are due

All of it is written in the reader's transaction, with the offset.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from payung_contracts.enrollment import WorkerErased, WorkerRegistered
from payung_contracts.topics import FACTS
from pydantic import ValidationError

from services.chassis.clock import BUSINESS_ZONE
from services.chassis.postgres import Transaction
from services.chassis.received import Received, Refused
from services.chassis.vault.erasures import Erased
from services.claims import coverage
from services.claims.privacy import erase
from services.claims.review import store as reviews

WEIGHED = ("memberships", "suspensions", "died_on", "merged", "merged_into")
"""What of a worker's cover a decision rests on."""


class CoverChanged(NamedTuple):
    """Cover is no longer what a decision may have rested on; `others` are or were the same person by these facts."""

    worker_id: str
    others: frozenset[str]


def fold(state: coverage.State | None, fact: Received) -> tuple[coverage.State, list[Erased | CoverChanged]]:
    """Take a fact into the copy of a worker's cover, and tell what has to follow; Refused if it breaks the contract."""
    try:
        told = FACTS[fact.type].model_validate_json(fact.data)
    except ValidationError as error:
        at = ", ".join(".".join(map(str, problem["loc"])) for problem in error.errors(include_input=False))
        msg = f"{fact.type} does not keep the contract at: {at or 'the whole'}"
        raise Refused(msg) from None
    on = _business_day(fact.recordedtime) if fact.type == WorkerRegistered.type else None
    now = coverage.evolve(state, fact.type, told.model_dump(mode="json"), by=fact.actor, on=on)
    effects: list[Erased | CoverChanged] = []
    if fact.type == WorkerErased.type:
        effects.append(
            Erased(UUID(fact.key), datetime.fromisoformat(fact.recordedtime), fact.actor, "erased by enrollment", ())
        )
    if state is not None and now is not state and any(state.get(name) != now.get(name) for name in WEIGHED):
        effects.append(CoverChanged(fact.key, coverage.merged_with(state) | coverage.merged_with(now)))
    return now, effects


async def take_in(tx: Transaction, effects: Sequence[Erased | CoverChanged]) -> None:
    """Remember who was erased, and whose decisions are to be looked at again; hearing it twice changes nothing."""
    await erase.take_in(tx, [one for one in effects if isinstance(one, Erased)])
    changed = [one for one in effects if isinstance(one, CoverChanged)]
    if changed:
        await reviews.put(tx, {one.worker_id for one in changed}, set().union(*(one.others for one in changed)))


def _business_day(instant: str) -> str:
    return datetime.fromisoformat(instant).astimezone(BUSINESS_ZONE).date().isoformat()
