"""Hold one schema against another that has applied the same facts: sums by bucket of key or place, table by table.

Two readers write the same changes in other batches, so rows are not compared but what they add up to: each row's
number times a hash of its other values. Of each table that differs the first bucket that does is looked up and shown.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from services.chassis.postgres import Transaction
from services.reporting.rebuild.shape import Told

BUCKETS = 64
SHOWN_PER_TABLE_MAX = 10
TABLE_S_MAX = 600.0

ROLLED_UP = "rolled"
"""Tables that begin so are sums of the ledgers, made when there is time for them."""
LEDGER = "_delta"
"""Tables that end so hold numbers to be added up, in their one column of whole numbers."""
OF_THE_READER = {
    "reader_key": "topic, key, sequence, parked, state::jsonb",
    "letter": 'topic, part, "offset", key, sequence, settled_at is not null',
}
"""What of a reader's own tables has to be the same; of letters those that wait or were dropped."""


class Differs(NamedTuple):
    """Something that both say otherwise: how often each says it; the first is the running one."""

    table: str
    what: str
    running: int
    rebuilt: int


class Compared(NamedTuple):
    """A table, what of a row is compared, by which number it counts, and which rows do."""

    table: str
    columns: str
    number: str
    where: str


async def compared(tx: Transaction, schema: str) -> list[Compared]:
    """Tell what is compared of a schema."""
    rows = await tx.fetch(
        """
        select table_name::text,
               array_agg(quote_ident(column_name) order by data_type = 'integer', ordinal_position)
          from information_schema.columns join information_schema.tables using (table_schema, table_name)
         where table_schema = $1 and table_type = 'BASE TABLE' and table_name not in ('reader_offset', 'tick')
         group by 1 order by 1
        """,
        schema,
    )
    found = []
    for table, columns in rows:
        if table in OF_THE_READER:
            where = "settled_how is distinct from 'replayed'" if table == "letter" else "true"
            found.append(Compared(table, OF_THE_READER[table], "1", where))
        elif table.endswith(LEDGER):
            found.append(Compared(table, ", ".join(columns[:-1]), columns[-1], "true"))
        elif not table.startswith(ROLLED_UP):
            found.append(Compared(table, ", ".join(columns), "1", "true"))
    return found


async def sums(tx: Transaction, schema: str, one: Compared) -> dict[int, tuple[int, int]]:
    """Give, by bucket, the number in all and the number times the hash of what it is of."""
    rows = await tx.fetch(
        f"""
        select hash & {BUCKETS - 1}, sum(number)::bigint, sum(number * hash::numeric)
          from (select {one.number} as number, hashtextextended(row({one.columns})::text, 0) as hash
                  from {schema}."{one.table}" where {one.where}) r
         group by 1 having sum(number) <> 0 or sum(number * hash::numeric) <> 0
        """,  # noqa: S608 - names from the catalogue
        timeout=TABLE_S_MAX,
    )
    return {row[0]: (row[1], int(row[2])) for row in rows}


async def differences(
    running_tx: Transaction, running: str, rebuilt_tx: Transaction, rebuilt: str, told: Told
) -> list[Differs]:
    """Name what differs between two schemas that stand at the same offsets, some of each table; `told` counts those."""
    found: list[Differs] = []
    tables = await compared(running_tx, running)
    told(0, len(tables))
    for done, one in enumerate(tables, start=1):
        sides = await sums(running_tx, running, one), await sums(rebuilt_tx, rebuilt, one)
        buckets = [
            bucket for bucket in sides[0].keys() | sides[1].keys() if sides[0].get(bucket) != sides[1].get(bucket)
        ]
        if buckets:
            first = min(buckets)
            cells = await _cells(running_tx, running, one, first), await _cells(rebuilt_tx, rebuilt, one, first)
            found += _apart(one.table, *cells)
        told(done, len(tables))
    return found


async def _cells(tx: Transaction, schema: str, one: Compared, bucket: int) -> dict[str, int]:
    rows = await tx.fetch(
        f"""
        select what, sum(number)::bigint
          from (select {one.number} as number, row({one.columns})::text as what from {schema}."{one.table}"
                 where {one.where}) r
         where hashtextextended(what, 0) & {BUCKETS - 1} = $1::bigint
         group by 1 having sum(number) <> 0
        """,  # noqa: S608 - names from the catalogue
        bucket,
        timeout=TABLE_S_MAX,
    )
    return dict(map(tuple, rows))


def _apart(table: str, running: Mapping[str, Any], rebuilt: Mapping[str, Any]) -> list[Differs]:
    apart = sorted(what for what in running.keys() | rebuilt.keys() if running.get(what, 0) != rebuilt.get(what, 0))
    return [Differs(table, what, running.get(what, 0), rebuilt.get(what, 0)) for what in apart[:SHOWN_PER_TABLE_MAX]]
