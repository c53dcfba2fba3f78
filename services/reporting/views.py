"""What is asked in SQL, twice: in `bi` for whoever asks from outside, and in each projection's schema for the service.

A migration writes views and functions into `bi`, where they find the tables of the active schema. From there they are
mirrored into that schema, and with it into every schema that is built like it. The service asks the mirror: so one row
tells where a whole answer comes from. After a switch those of `bi` are made anew from the mirror, one by one, each
under a short lock, so that nobody waits behind a long report; names, columns, comments and grants stay.
"""

import asyncio
import re
from collections.abc import Iterable, Sequence
from time import monotonic
from typing import NamedTuple

import structlog

from services.chassis.postgres import LOCKED, NOT_THERE, Pool, Transaction, transaction
from services.reporting.schemas import look_in, path

OUTSIDE = "bi"
PASSES_MAX = 10
"""Definitions name one another; so many deep at most."""
LOCK_WAITS_MAX = "100ms"
"""For so long those who ask for a view wait behind its replacement, which waits behind a report."""
SHOW_S_MAX = 30.0
TRY_AGAIN_S = 0.2
LANGUAGE, DEFINER = "\n LANGUAGE sql", " SECURITY DEFINER"
"""As Postgres writes them out."""
NAMELESS = re.compile(
    r"""(  (?:NULL|'(?:[^']|'')*') :: [a-z][a-z\ ]* (?:\[\])?
              (?=\ AS\ (?:text|uuid|date|int[248]|bool|numeric|timestamptz)\b)
        |  (?:^|SELECT)\s* \(* (?:\w+\.)? (?P<parameter>\w+) \)* (?:\[.*\])? (?=\ AS\ (?P=parameter)\b)
       )\ AS\ \w+""",
    re.VERBOSE | re.MULTILINE,
)
"""A literal, or a part of a parameter, that was given no name is written out with that of its type or of the parameter
once the definition has been made from its text; what it says follows from the value, so nothing is lost by leaving it
out. Every other name was chosen."""

log = structlog.get_logger(__name__)


class Defined(NamedTuple):
    """A view, or a function with its arguments, and the statement that makes it, without a schema before its name."""

    name: str
    arguments: str | None
    """None: it is a view."""
    sql: str

    def statement(self, schema: str) -> str:
        """Give the statement that makes it in a schema: only those of `bi` are for whoever may not read the tables.

        One that acts for its owner is planned apart from the question that asks it, which then reads all of it.
        """
        sql = self.sql.replace("SCHEMA.", f"{schema}.", 1).replace(DEFINER, "", 1)
        return sql.replace(LANGUAGE, LANGUAGE + DEFINER, 1) if schema == OUTSIDE else sql


class ViewsBusy(Exception):
    """Reports held some views for so long that they still show the schema before; these are their names."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(f"still held by reports: {', '.join(names)}")
        self.names = list(names)


async def defined(tx: Transaction, schema: str) -> list[Defined]:
    """Give the views and functions of a schema, the oldest first, as they read where this transaction looks."""
    rows = await tx.fetch(
        """
        select name, arguments, sql
          from (select oid, relname::text as name, null as arguments,
                       'create or replace view SCHEMA.' || quote_ident(relname) || ' as ' || pg_get_viewdef(oid) as sql
                  from pg_class where relnamespace = $1::regnamespace and relkind = 'v'
                 union all
                select oid, proname, pg_get_function_identity_arguments(oid),
                       replace(pg_get_functiondef(oid), 'CREATE OR REPLACE FUNCTION ' || $1 || '.',
                               'CREATE OR REPLACE FUNCTION SCHEMA.')
                  from pg_proc where pronamespace = $1::regnamespace) d
         order by oid
        """,
        schema,
    )
    return [Defined(*row) for row in rows]


async def make(tx: Transaction, schema: str, definitions: Iterable[Defined]) -> None:
    """Make views and functions in a schema; one that names another waits for it."""
    waiting = list(definitions)
    for _ in range(PASSES_MAX):
        later = []
        for one in waiting:
            try:
                async with tx.transaction():
                    await tx.execute(one.statement(schema))
            except NOT_THERE:
                later.append(one)
        if not later:
            return
        waiting = later
    msg = f"cannot be made in {schema}, for they name what is not there: {', '.join(one.name for one in waiting)}"
    raise LookupError(msg)


async def mirror(tx: Transaction, schema: str) -> None:
    """Give the schema, which `bi` shows, each view and function of `bi`; what is the same already is left alone."""
    await look_in(tx, f"{OUTSIDE}, {path(schema)}")
    wanted = await defined(tx, OUTSIDE)
    await look_in(tx, path(schema))
    there = {one[:2]: plain(one.sql) for one in await defined(tx, schema)}
    changed = [one for one in wanted if there.get(one[:2]) != plain(one.sql)]
    for one in changed:
        what = "view" if one.arguments is None else "function"
        await tx.execute(f'drop {what} if exists {schema}."{one.name}"' + _arguments(one) + " cascade")
    if changed:
        left = {one[:2] for one in await defined(tx, schema)}
        await make(tx, schema, [one for one in wanted if one[:2] not in left])


def _arguments(one: Defined) -> str:
    return "" if one.arguments is None else f"({one.arguments})"


def plain(sql: str) -> str:
    """Write a definition without schemas, whose rights it has, and the names that Postgres gives to nameless values."""
    return NAMELESS.sub(r"\1", re.sub(rf"\b(bi|p\d+)\.(?=[a-z_])|{DEFINER}", "", sql))


async def show(pool: Pool, schema: str) -> int:
    """Let `bi` show a schema, view by view; gives how many were made anew. Raises ViewsBusy after a bounded time."""
    waiting = await _differing(pool, schema)
    made, last = 0, monotonic() + SHOW_S_MAX
    while waiting and monotonic() < last:
        later = []
        for one in waiting:
            try:
                async with transaction(pool) as tx:
                    await tx.execute(f"set local lock_timeout = '{LOCK_WAITS_MAX}'")
                    # one that asks another asks that of `bi`: those of the schema are dropped to be made anew
                    await look_in(tx, f"{OUTSIDE}, {path(schema)}")
                    await tx.execute(one.statement(OUTSIDE))
                made += 1
            except LOCKED:
                later.append(one)
        waiting = later
        if waiting:
            await asyncio.sleep(TRY_AGAIN_S)
    if waiting:
        raise ViewsBusy([one.name for one in waiting])
    return made


async def _differing(pool: Pool, schema: str) -> list[Defined]:
    """Give what `bi` shows of another schema, the watermark last: whoever asks reads it before the figures."""
    async with transaction(pool) as tx:
        await look_in(tx, path(schema))
        elsewhere = {one[:2] for one in await defined(tx, OUTSIDE) if re.search(r"\bp\d+\.", one.sql)}
        found = [one for one in await defined(tx, schema) if one[:2] in elsewhere]
    return sorted(found, key=lambda one: one.name == "watermark")
