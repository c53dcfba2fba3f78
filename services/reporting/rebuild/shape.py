"""Make a schema in the shape of another, from what the database itself says of it: tables, functions, then indexes.

Definitions are read where they find the tables of the one schema without naming it, and carried out where the same
names find those of the other.
"""

from services.chassis.postgres import Pool, Transaction
from services.reporting import schemas, views
from services.reporting.schemas import look_in

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


async def make_indexes(tx: Transaction, like: str, made: str) -> None:
    """Make those indexes that questions need and that are not there yet, and statistics."""
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
    for _, definition in indexes:
        await tx.execute(definition.replace(f" ON {like}.", " ON ", 1), timeout=INDEX_S_MAX)
    tables = await tx.fetch(
        "select relname from pg_class where relnamespace = $1::regnamespace and relkind = 'r'", made
    )
    for (table,) in tables:
        await tx.execute(f'analyze {made}."{table}"', timeout=INDEX_S_MAX)


async def same_shape(tx: Transaction | Pool, one: str, other: str) -> bool:
    """Tell whether both have the same columns; a migration changes the active schema alone."""
    columns = """
        select table_name, column_name, data_type, is_nullable, column_default is null from information_schema.columns
         where table_schema = $1
    """
    return {*map(tuple, await tx.fetch(columns, one))} == {*map(tuple, await tx.fetch(columns, other))}
