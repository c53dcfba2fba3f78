"""Which schema holds the tables of a projection: one is active, and is found by one row.

Statements name tables without a schema. Answers ask for the active schema in their own snapshot, and look there; a
reader of facts has connections of its own that look in its schema only; tools that open a connection of their own find
the active one as the default of their role.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from services.chassis.postgres import Pool, Transaction

State = Literal["building", "ready", "active", "stale", "retired"]
KEPT_UP: tuple[State, ...] = ("active", "ready")
"""Facts are read into these. A building one is read into by the rebuild; a stale one has not the shape any more that a
migration gave to the active one, and is good for nothing but to be dropped."""
LOCK = 7_201_012


class Schema(NamedTuple):
    """A schema of a projection, by which version of the rules it was made, and what it is for."""

    name: str
    version: int
    state: State


def path(schema: str) -> str:
    """Give the search_path by which statements find the tables of that schema, and what is no projection."""
    return f"{schema}, public"


async def look_in(tx: Transaction, path: str) -> None:
    """Let the statements of this transaction find what they name in these schemas."""
    await tx.execute("select set_config('search_path', $1, true)", path)


async def use_active(tx: Transaction) -> Schema:
    """Let the statements of this transaction find the tables of the schema that is active in its snapshot."""
    row = await tx.fetchrow(
        """
        select schema, version, state, set_config('search_path', schema || ', public', true)
          from public.projection where state = 'active'
        """
    )
    if row is None:
        msg = "no schema is active: the row of public.projection is gone; restore the database"
        raise LookupError(msg)
    return Schema(*row[:3])


async def known(tx: Transaction | Pool) -> Sequence[Schema]:
    """Give all schemas that exist, the oldest first."""
    rows = await tx.fetch(
        """
        select schema, version, state from public.projection
         where state <> 'retired' order by substr(schema, 2)::int
        """
    )
    return [Schema(*row) for row in rows]


async def hold(connection: Transaction) -> bool:
    """Let no other session change which schema is active, or their shapes, until this one ends; False if one does."""
    held: bool = await connection.fetchval("select pg_try_advisory_lock($1)", LOCK)
    return held


async def make_default(tx: Transaction) -> None:
    """Let new connections of this role find the tables of the active schema, if there are schemas already.

    What was set before does not survive a restore; so it is set by every migration, and by every switch.
    """
    if await tx.fetchval("select to_regclass('public.projection')") is None:
        return
    await tx.execute(
        """
        do $$
        begin
            execute format('alter role current_user in database %I set search_path = %s, public', current_database(),
                           (select schema from public.projection where state = 'active'));
        end $$
        """
    )
