"""Make a schema in the shape of another, from what the database itself says of it: tables, functions, then indexes.

Definitions are read where they find the tables of the one schema without naming it, and carried out where the same
names find those of the other.
"""

from collections.abc import Callable

from services.chassis.postgres import Pool, Transaction
from services.reporting import schemas, views
from services.reporting.schemas import look_in

Told = Callable[[int, int], None]
"""Hears how many are done, of how many."""
INDEX_S_MAX = 3_600.0
"""The longest time for one index, or for the statistics, at a size that one machine serves."""


async def make_tables(tx: Transaction, like: str, made: str) -> None:
    """Make the schema with all tables and functions, without those indexes that only questions need.

    Keys and constraints are there from the start: what they refuse parks a fact, as it did before.
    """
    await tx.execute(f"create schema {made}")
    tables = await tx.fetch(
        """
        select relname, array_to_string(reloptions, ', ') as options
          from pg_class where relnamespace = $1::regnamespace and relkind = 'r' order by oid
        """,
        like,
    )
    for table, options in tables:
        settings = f" with ({options})" if options else ""
        await tx.execute(
            f'create table {made}."{table}" (like {like}."{table}" including all excluding indexes){settings}'
        )
    await look_in(tx, schemas.path(like))
    constraints = await tx.fetch(
        """
        select c.relname, k.conname, pg_get_constraintdef(k.oid)
          from pg_constraint k join pg_class c on c.oid = k.conrelid
         where c.relnamespace = $1::regnamespace and k.contype in ('p', 'u', 'x', 'f')
         order by k.contype = 'f', k.oid
        """,
        like,
    )
    definitions = await views.defined(tx, like)
    await look_in(tx, schemas.path(made))
    for table, name, definition in constraints:
        await tx.execute(f'alter table "{table}" add constraint "{name}" {definition}')
    await views.make(tx, made, definitions)


async def make_indexes(tx: Transaction, like: str, made: str, told: Told) -> None:
    """Make those indexes that questions need and that are not there yet, and statistics; `told` counts both."""
    await look_in(tx, schemas.path(like))
    indexes = await tx.fetch(
        """
        select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
          from pg_index i join pg_class c on c.oid = i.indrelid
         where c.relnamespace = $1::regnamespace
           and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
           and not exists (select from pg_class n join pg_class o on o.oid = i.indexrelid
                            where n.relnamespace = $2::regnamespace and n.relname = o.relname)
         order by i.indexrelid
        """,
        like,
        made,
    )
    await look_in(tx, schemas.path(made))
    tables = await tx.fetch(
        "select relname from pg_class where relnamespace = $1::regnamespace and relkind = 'r'", made
    )
    statements = [definition.replace(f" ON {like}.", " ON ", 1) for _, definition in indexes]
    statements += [f'analyze {made}."{table}"' for (table,) in tables]
    told(0, len(statements))
    for done, statement in enumerate(statements, start=1):
        await tx.execute(statement, timeout=INDEX_S_MAX)
        told(done, len(statements))


async def shape_of(tx: Transaction | Pool, schema: str, *, indexes: bool = True) -> set[tuple[str, ...]]:
    """Give all that a schema holds, by kind and name, with its definition as it reads without the schema's name."""
    rows = await tx.fetch(
        """
        select 'column', c.relname::text, a.attname::text,
               format_type(a.atttypid, a.atttypmod) || a.attnotnull || a.attidentity::text
               || coalesce(pg_get_expr(d.adbin, d.adrelid), '') || coalesce(c.reloptions::text, '')
          from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
          left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
         where c.relnamespace = $1::text::regnamespace and c.relkind in ('r', 'v', 'S', 'm', 'p')
        union all select 'constraint', c.relname, k.conname, pg_get_constraintdef(k.oid)
          from pg_constraint k join pg_class c on c.oid = k.conrelid where k.connamespace = $1::text::regnamespace
        union all select 'function', proname, pg_get_function_arguments(oid), pg_get_functiondef(oid)
          from pg_proc where pronamespace = $1::text::regnamespace
        union all select 'view', viewname, '', definition from pg_views where schemaname = $1::text
        union all select 'trigger', c.relname, t.tgname, pg_get_triggerdef(t.oid)
          from pg_trigger t join pg_class c on c.oid = t.tgrelid
         where not t.tgisinternal and c.relnamespace = $1::text::regnamespace
        union all select 'index', tablename, indexname, indexdef from pg_indexes where schemaname = $1::text and $2
        """,
        schema,
        indexes,
    )
    return {tuple(views.plain(value) for value in row) for row in rows}


async def same_shape(tx: Transaction | Pool, one: str, other: str, *, indexes: bool = True) -> bool:
    """Tell whether both hold the same; a migration changes the active schema alone."""
    return await shape_of(tx, one, indexes=indexes) == await shape_of(tx, other, indexes=indexes)


async def name_stale(tx: Transaction, active: str) -> list[str]:
    """Name those schemas stale that have not the shape of the active one any more, after a migration; gives them."""
    kept = [each for each in await schemas.known(tx) if each.state in {"building", "ready"}]
    # what is still being built has not all its indexes yet
    stale = [each.name for each in kept if not await same_shape(tx, active, each.name, indexes=each.state == "ready")]
    await tx.execute("update public.projection set state = 'stale' where schema = any($1)", stale)
    return stale
