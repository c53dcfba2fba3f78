"""What others state, as it was taken in, and the protected people against it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from services.chassis.postgres import Transaction
from services.reporting.queries import Figure

IN_ENGLISH = ("name", "scope", "definition")
"""What of a target its source may say in English as well."""


async def target(tx: Transaction, id_: str, version: int | None) -> Figure | None:
    """Give a target in the version named, or in its newest; a version never changes."""
    row = await tx.fetchrow(
        """
        select id, version, name, value, unit, scope, area_code, definition, valid_on, source, source_date, taken_in_at,
               name_english, scope_english, definition_english
          from target where id = $1 and ($2::int is null or version = $2)
         order by version desc limit 1
        """,
        id_,
        version,
    )
    return _figure(row) if row is not None else None


async def targets(tx: Transaction, named: Sequence[str] = ()) -> list[Figure]:
    """List targets and denominators in their newest version; or only those that are named, each as `id@version`."""
    rows = await tx.fetch(
        """
        select distinct on (id) id, version, name, value, unit, scope, area_code, definition, valid_on, source,
               source_date, taken_in_at, name_english, scope_english, definition_english
          from target where cardinality($1::text[]) = 0 or id || '@' || version = any($1)
         order by id, version desc
        """,
        list(named),
    )
    return [_figure(row) for row in rows]


def named(targets: Sequence[Figure]) -> list[str]:
    """Name targets with their versions, each as `id@version`."""
    return [f"{each['id']}@{each['version']}" for each in targets]


def _figure(row: Any) -> Figure:
    """Put what is said in English beside the rest, each null where nobody translated it."""
    found = dict(row)
    return found | {"english": {name: found.pop(f"{name}_english") for name in IN_ENGLISH}}


async def coverage_ratios(
    tx: Transaction, day: date, known_at: datetime | None, targets: Sequence[Figure]
) -> list[Figure]:
    """Give for each target the protected people of its area on the day, and the percentage that they are of its value.

    Both are None where the scope is no area: then its people cannot be told from others.
    """
    rows = await tx.fetch(
        """
        select r.people, r.percent
          from unnest($3::text[], $4::int[]) with ordinality as asked(id, version, place)
          join coverage_ratio($1, $2) r using (id, version)
         order by place
        """,
        day,
        known_at,
        [each["id"] for each in targets],
        [each["version"] for each in targets],
    )
    return [dict(row) for row in rows]
