"""Tables for everybody, as they were released: kept, listed, and given row by row."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal, NamedTuple, get_args

from payung_contracts.fact import Programme, Segment

from services.chassis.postgres import Transaction

About = Literal["protected", "claims-paid"]
PARTS: dict[About, tuple[str, ...]] = {"protected": get_args(Segment), "claims-paid": get_args(Programme)}


class Table(NamedTuple):
    """A table that was made: what it is about, as known when, by which version of the rules."""

    question: About
    as_of: date
    known_at: datetime
    version: int
    released_at: datetime


class Row(NamedTuple):
    """A count of a table as it may be shown; None: hidden."""

    area_code: str
    part: str | None
    number: int | None
    amount_idr: int | None


async def newest(tx: Transaction) -> date | None:
    """Give the last day that the newest table of the protected is about; None if there is none."""
    found: date | None = await tx.fetchval("select max(as_of) from release where question = 'protected'")
    return found


async def first_recorded(tx: Transaction) -> datetime | None:
    """Give the time at which the first fact about anybody's cover was recorded."""
    found: datetime | None = await tx.fetchval("select min(recorded_at) from people_delta")
    return found


async def keep(
    tx: Transaction, about: About, as_of: date, known_at: datetime, version: int, rows: Sequence[Row]
) -> None:
    """Keep a table, unless another process has just kept the same."""
    new = await tx.fetchval(
        "insert into release (question, as_of, known_at, version) values ($1, $2, $3, $4)"
        " on conflict do nothing returning true",
        about,
        as_of,
        known_at,
        version,
    )
    if new:
        columns = ["question", "as_of", *Row._fields]
        await tx.copy_records_to_table("release_row", records=[(about, as_of, *row) for row in rows], columns=columns)


async def released(tx: Transaction, about: About) -> list[dict[str, Any]]:
    """List the tables that were made, the newest first."""
    rows = await tx.fetch(
        """
        select as_of, known_at, version, released_at from release where question = $1 order by as_of desc
        """,
        about,
    )
    return [dict(row) for row in rows]


async def tables(tx: Transaction, *, before: tuple[date, str], limit: int) -> list[Table]:
    """List tables that were made, the last days first: those that come after the one of this day and question."""
    rows = await tx.fetch(
        """
        select question, as_of, known_at, version, released_at from release
         where (as_of, question) < ($1::date, $2::text)
         order by as_of desc, question desc limit $3
        """,
        *before,
        limit,
    )
    return [Table(*row) for row in rows]


async def kept(tx: Transaction, table: Table) -> list[Row]:
    """Give the counts of a table, as they were released."""
    rows = await tx.fetch(
        """
        select area_code, part, number, amount_idr from release_row where question = $1 and as_of = $2
        """,
        table.question,
        table.as_of,
    )
    return [Row(*row) for row in rows]


async def rows_of(tx: Transaction, about: About, as_of: date, area: str | None) -> list[dict[str, Any]]:
    """Give a table: each area with its name and level, its total, and its parts by name; None: hidden.

    With an area: that one, and what is directly below it. Otherwise all.
    """
    rows = await tx.fetch(
        """
        select w.area_code as area, a.area_name, coalesce(a.level, 'unknown') as level,
               max(w.number) filter (where w.part is null) as total,
               max(w.amount_idr) filter (where w.part is null) as amount_idr,
               array_agg(w.part order by w.part) filter (where w.part is not null) as parts,
               array_agg(w.number order by w.part) filter (where w.part is not null) as numbers,
               array_agg(w.amount_idr order by w.part) filter (where w.part is not null) as amounts
          from release_row w left join area a using (area_code)
         where w.question = $1 and w.as_of = $2
           and ($3::text is null or w.area_code = $3
                or (starts_with(w.area_code, $3 || '.') and strpos(substr(w.area_code, length($3) + 2), '.') = 0))
         group by w.area_code, a.area_name, a.level order by w.area_code
        """,
        about,
        as_of,
        area,
    )
    found = []
    for row in rows:
        figure = {name: row[name] for name in ("area", "area_name", "level", "total")}
        figure["parts"] = {
            part: row["numbers"][row["parts"].index(part)] for part in PARTS[about] if part in row["parts"]
        }
        if about == "claims-paid":
            figure["amount_idr"] = row["amount_idr"]
            figure["amounts_idr"] = {part: row["amounts"][row["parts"].index(part)] for part in figure["parts"]}
        found.append(figure)
    return found
