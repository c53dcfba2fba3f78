"""Keeps the terms and lives of cohorts; read and written by whoever holds the cohort's stream head.

Places per village stand in `village_quota`, which places.py writes: they move by re-allocations too.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from services.chassis.postgres import Transaction
from services.enrollment import store
from services.enrollment.cohorts.terms import Amendment, Decree, Extent, Standing


async def add(tx: Transaction, standing: Standing) -> None:
    """Store a cohort that was proposed."""
    cohort = standing.cohort
    await tx.execute(
        """
        insert into cohort (cohort_id, name, year, phase, segment, funding, programmes, legal_bases, covered_from,
                            covered_until, months, places, person_months, budget_idr, state, owner_office, proposed_by,
                            contribution_idr, decree)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
        """,
        cohort.cohort_id,
        cohort.name,
        cohort.year,
        cohort.phase,
        cohort.segment,
        cohort.funding,
        cohort.programmes,
        orjson.dumps([asdict(basis) for basis in cohort.legal_bases]).decode(),
        cohort.covered_from,
        cohort.covered_until,
        cohort.months,
        cohort.places,
        cohort.person_months,
        cohort.budget_idr,
        standing.state,
        standing.owner_office,
        standing.proposed_by,
        standing.extent.contribution_idr,
        _json(standing.extent.decree),
    )


async def save(tx: Transaction, standing: Standing) -> None:
    """Write what may change of a cohort."""
    amendment = standing.amendment
    await tx.execute(
        """
        update cohort
           set places = $2, person_months = $3, budget_idr = $4, contribution_idr = $5, decree = $6, state = $7,
               owner_office = $8, proposed_by = $9, approved_by = $10, amendment = $11, amended_by = $12
         where cohort_id = $1
        """,
        standing.cohort.cohort_id,
        standing.extent.places,
        standing.extent.person_months,
        standing.extent.budget_idr,
        standing.extent.contribution_idr,
        _json(standing.extent.decree),
        standing.state,
        standing.owner_office,
        standing.proposed_by,
        standing.approved_by,
        _json(amendment.extent) if amendment else None,
        amendment.proposed_by if amendment else None,
    )


async def standings(tx: Transaction, cohort_ids: list[UUID]) -> dict[UUID, Standing]:
    """Load cohorts as they stand. To change one, lock its head in a statement before this one."""
    cohorts = await store.cohorts(tx, cohort_ids)
    rows = await tx.fetch(
        """
        select c.cohort_id, state, owner_office, proposed_by, approved_by, contribution_idr, decree, amendment,
               amended_by, coalesce(v.places, '{}') as village_places
          from cohort c
          left join (select cohort_id, jsonb_object_agg(village_code, places) as places
                       from village_quota where cohort_id = any($1::uuid[]) and places > 0
                      group by cohort_id) v using (cohort_id)
         where c.cohort_id = any($1::uuid[])
        """,
        cohort_ids,
    )
    found = {}
    for row in rows:
        cohort = cohorts[row["cohort_id"]]
        extent = Extent(
            cohort.places,
            tuple(sorted(orjson.loads(row["village_places"]).items())),
            cohort.person_months,
            row["contribution_idr"],
            cohort.budget_idr,
            _decree(orjson.loads(row["decree"] or "null")),
        )
        amendment = Amendment(_extent(orjson.loads(row["amendment"])), row["amended_by"]) if row["amendment"] else None
        found[row["cohort_id"]] = Standing(
            cohort, row["state"], extent, row["owner_office"], row["proposed_by"], row["approved_by"], amendment
        )
    return found


async def page(
    tx: Transaction,
    *,
    year: int | None,
    state: str | None,
    segment: str | None,
    funding: str | None,
    owner_office: str | None,
    village_code: str | None,
    after: tuple[int, str, UUID],
    limit: int,
) -> list[UUID]:
    """Name the cohorts of which all the filters hold, by year, name and id, beginning after a place."""
    rows = await tx.fetch(
        """
        select cohort_id from cohort c
         where (year, name, cohort_id) > ($1, $2, $3)
           and ($4::int is null or year = $4) and ($5::text is null or state = $5)
           and ($6::text is null or segment = $6) and ($7::text is null or funding = $7)
           and ($8::text is null or owner_office = $8)
           and ($9::text is null or exists (select from village_quota v
                                             where v.cohort_id = c.cohort_id and v.village_code = $9))
         order by year, name, cohort_id limit $10
        """,
        *after,
        year,
        state,
        segment,
        funding,
        owner_office,
        village_code,
        limit,
    )
    return [row["cohort_id"] for row in rows]


async def add_decree_file(
    tx: Transaction, file_id: UUID, cohort_id: UUID, content_type: str, sealed: bytes, stored_by: str
) -> None:
    await tx.execute(
        "insert into decree_file (file_id, cohort_id, content_type, sealed, stored_by) values ($1, $2, $3, $4, $5)",
        file_id,
        cohort_id,
        content_type,
        sealed,
        stored_by,
    )


async def decree_file(tx: Transaction, cohort_id: UUID) -> tuple[UUID, str, bytes] | None:
    """Give the newest file of the cohort's decree, sealed, with the owner of its key and its type."""
    row = await tx.fetchrow(
        """
        select file_id, content_type, sealed from decree_file where cohort_id = $1
         order by stored_at desc, file_id limit 1
        """,
        cohort_id,
    )
    return None if row is None else (row["file_id"], row["content_type"], row["sealed"])


def _json(value: Extent | Decree | None) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def _extent(stored: Mapping[str, Any]) -> Extent:
    villages = tuple((village_code, places) for village_code, places in stored["village_places"])
    return Extent(**{**stored, "village_places": villages, "decree": _decree(stored["decree"])})


def _decree(stored: Mapping[str, Any] | None) -> Decree | None:
    return None if stored is None else Decree(stored["number"], date.fromisoformat(stored["signed_on"]))
