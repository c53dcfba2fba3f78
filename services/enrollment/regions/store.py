"""Keeps the codes of areas in Postgres: every edition that was in force, and the names that people use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import structlog

from services.chassis.postgres import Transaction
from services.enrollment.regions import edition
from services.enrollment.regions.names import Gazetteer, Named, plain

LOCK = 7_201_007

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Region:
    """An area under one of its names, with the time for which the name holds; None: no end, or no known beginning."""

    code: str
    name: str
    level: str
    parent: str | None
    valid_from: date | None
    valid_until: date | None
    edition: str
    aliases: Sequence[str]


async def load(tx: Transaction) -> bool:
    """Take in the edition that this release brings, unless it is there; tell whether it was taken in."""
    await tx.execute("select pg_advisory_xact_lock($1)", LOCK)
    fingerprint = edition.fingerprint()
    if await tx.fetchval("select true from region_edition where fingerprint = $1", fingerprint):
        return False
    first = not await tx.fetchval("select exists (select from region)")
    await tx.execute(
        """
        insert into region_edition (edition, fingerprint) values ($1, $2)
        on conflict (edition) do update set fingerprint = excluded.fingerprint, loaded_at = clock_timestamp()
        """,
        edition.NAME,
        fingerprint,
    )
    records = [(code, name, plain(name), edition.NAME) for code, name in edition.regions()]
    columns = ("code", "name", "plain", "edition")
    if first:
        await tx.copy_records_to_table("region", records=records, columns=columns)
    else:
        await tx.execute(
            "create temporary table brought (code text, name text, plain text, edition text) on commit drop"
        )
        await tx.copy_records_to_table("brought", records=records, columns=columns)
        await _replace(tx, edition.IN_FORCE_FROM or date.today())  # noqa: DTZ011 - a day is enough
    await add_aliases(tx, list(edition.aliases()), told=edition.NAME)
    log.info("regions_loaded", edition=edition.NAME, regions=len(records))
    return True


async def _replace(tx: Transaction, day: date) -> None:
    """Close on the day what the new edition retired or renamed; an older name of a code that goes on is an alias."""
    await tx.execute(
        """
        insert into region_alias (code, plain, name, told)
        select r.code, r.plain, r.name, r.edition
          from region r join brought b using (code) where r.valid_until is null and r.plain <> b.plain
        on conflict do nothing
        """
    )
    await tx.execute(
        """
        update region r set valid_until = $1
         where valid_until is null and not exists (select from brought b where b.code = r.code and b.name = r.name)
        """,
        day,
    )
    await tx.execute(
        """
        insert into region (code, name, plain, valid_from, edition)
        select code, name, plain, $1, edition from brought b
         where not exists (select from region r where r.code = b.code and r.valid_until is null)
        """,
        day,
    )


async def add_aliases(tx: Transaction, aliases: Sequence[tuple[str, str]], *, told: str) -> int:
    """Add further names, given as (code, name); tell how many were new."""
    rows = await tx.fetch(
        """
        insert into region_alias (code, plain, name, told)
        select code, plain, name, $4 from unnest($1::text[], $2::text[], $3::text[]) as a(code, plain, name)
         order by code, plain
        on conflict do nothing returning code
        """,
        [code for code, _ in aliases],
        [plain(name) for _, name in aliases],
        [name for _, name in aliases],
        told,
    )
    return len(rows)


async def exists(tx: Transaction, code: str) -> bool:
    """Tell whether the code names an area today."""
    return bool(await tx.fetchval("select true from region where code = $1 and valid_until is null", code))


async def page(
    tx: Transaction, *, on: date, parent: str | None, level: str | None, name: str | None, after: str, limit: int
) -> list[Region]:
    """List the areas of a day, by code: those right below an area, of a level, whose name or alias holds a text."""
    rows = await tx.fetch(
        """
        select code, name, level, parent, nullif(valid_from, '-infinity') as valid_from, valid_until, edition,
               array(select a.name from region_alias a where a.code = r.code order by a.name) as aliases
          from region r
         where code > $1 and valid_from <= $2 and (valid_until is null or valid_until > $2)
           and ($3::text is null or parent = $3)
           and ($4::text is null or level = $4)
           and ($5::text is null or strpos(plain, $5) > 0
                or exists (select from region_alias a where a.code = r.code and strpos(a.plain, $5) > 0))
         order by code limit $6
        """,
        after,
        on,
        parent,
        level,
        plain(name) if name is not None else None,
        limit,
    )
    return [Region(**dict(row)) for row in rows]


async def gazetteer(tx: Transaction, within: str | None = None) -> Gazetteer:
    """Give the villages of today by their names, inside an area if one is told; a province is 1,000, all are 84,000."""
    rows = await tx.fetch(
        """
        select v.code, v.name, d.name as district
          from region v join region d on d.code = v.parent and d.valid_until is null
         where v.level = 'village' and v.valid_until is null and ($1::text is null or starts_with(v.code, $1 || '.'))
         order by v.code
        """,
        within,
    )
    aliases = await tx.fetch(
        "select code, name from region_alias where $1::text is null or starts_with(code, $1 || '.') order by code",
        within,
    )
    return Gazetteer([Named(*row) for row in rows], [(row["code"], row["name"]) for row in aliases])
