"""Carry over what people decided about letters: what was dropped is passed over, and says who dropped it and why.

Open letters need no carrying: the same fold refuses the same facts. What was replayed is in the figures.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from services.chassis import letters, parked
from services.chassis.apply import Projection, drain
from services.chassis.plain_log import Place
from services.chassis.postgres import Pool, Transaction
from services.chassis.received import Received
from services.reporting import schemas


async def dropped(tx: Transaction | Pool, schema: str) -> frozenset[Place]:
    """Give the places of the facts that were dropped."""
    rows = await tx.fetch(f"select topic, part, \"offset\" from {schema}.letter where settled_how = 'dropped'")  # noqa: S608 - a schema of ours
    return frozenset(Place(*row) for row in rows)


def passing_over(projection: Projection, places: Collection[Place]) -> Projection:
    """Let the facts of these places count as applied, without effect."""
    if not places:
        return projection

    def fold(state: Any, fact: Received) -> tuple[Any, Any]:
        if (fact.topic, fact.partition, fact.offset) in places:
            return state, ()
        return projection.fold(state, fact)

    return replace(projection, fold=fold)


async def copy_dropped(tx: Transaction, like: str, made: str) -> None:
    """Copy the letters that were dropped, before anything is read: what could not even be read is known by them."""
    await tx.execute(
        f"insert into {made}.letter select * from {like}.letter where settled_how = 'dropped' on conflict do nothing"  # noqa: S608
    )


async def waiting(tx: Transaction, schema: str) -> int:
    """Count the keys that wait for a person in a schema."""
    await schemas.look_in(tx, schemas.path(schema))
    return await letters.keys_waiting(tx)


async def waiting_since(tx: Transaction, like: str, made: str) -> None:
    """Take over since when letters wait: what was set aside long ago is not taken for a fault of this hour."""
    await tx.execute(
        f"""
        update {made}.letter n set parked_at = o.parked_at from {like}.letter o
         where (n.topic, n.part, n."offset") = (o.topic, o.part, o."offset") and n.parked_at <> o.parked_at
        """  # noqa: S608
    )


async def settle_like(tx: Transaction, projection: Projection, like: str, made: str) -> None:
    """Let keys go on behind what was dropped, and take over who settled letters and why."""
    keys = await tx.fetch(
        f"""
        select distinct l.topic, l.key::text from {made}.letter l join {made}.reader_key k using (topic, key)
         where l.settled_how = 'dropped' and k.parked order by 1, 2
        """  # noqa: S608
    )
    for topic, key in keys:
        await drain(tx, projection, topic, key, by="rebuild", why="what it queued behind was dropped")
    await tx.execute(
        f"""
        update {made}.letter n
           set settled_at = o.settled_at, settled_by = o.settled_by, settled_why = o.settled_why
          from {like}.letter o
         where (n.topic, n.part, n."offset") = (o.topic, o.part, o."offset")
           and n.settled_how is not distinct from o.settled_how
        """  # noqa: S608
    )
    await waiting_since(tx, like, made)
    await tx.execute(
        f"insert into {made}.letter select * from {like}.letter where settled_how = 'replayed' on conflict do nothing"  # noqa: S608
    )


async def drop_like(pool: Pool, projection: Projection, like: str, made: str) -> None:
    """Drop, in the schema that the pool looks in, what a person dropped in the other since."""
    rows = await pool.fetch(
        f"""
        select o.topic, o.part, o."offset", o.settled_by, o.settled_why
          from {like}.letter o join {made}.letter n using (topic, part, "offset")
         where o.settled_how = 'dropped' and n.settled_at is null order by 1, 2, 3
        """  # noqa: S608
    )
    for topic, part, offset, by, why in rows:
        await parked.drop(pool, projection, topic, part, offset, by=by, why=why)
