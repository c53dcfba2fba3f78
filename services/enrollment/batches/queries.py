"""How far the people of lists have come, per cohort and village: the funnel, with a reason for every refusal.

    proposed -> unique -> identity_matched -> eligible -> in_decree -> paid -> active; each counts who came so far

Counted from the tables that are written under the locks, not from facts; reporting counts the facts, and both agree.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from services.chassis.postgres import Transaction

STAGES = ("proposed", "unique", "identity_matched", "eligible", "in_decree", "paid", "active")
"""In this order; whoever fails a check has passed those before it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """So many people did not pass a check, for a reason; `paid`: who had a place, and payment did not come."""

    failed: str
    reason: str
    people: int


@dataclass(frozen=True, slots=True)
class Unusable:
    """So many rows of lists name nobody for certain, for a reason: the number, the name, the village is none."""

    reason: str
    rows: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """One cohort in one village. `village_code` is None for rows whose village cannot be told."""

    cohort_id: UUID
    village_code: str | None
    stages: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STAGES, 0))
    reserved: int = 0
    waiting: int = 0
    registered_directly: int = 0
    refusals: Sequence[Refusal] = ()
    unusable: Sequence[Unusable] = ()
    duplicate_rows: int = 0


async def funnel(tx: Transaction, cohort_id: UUID | None, village_code: str | None) -> list[Funnel]:
    """Count per cohort and village, by cohort and village.

    Who stands on a list and was taken in by the direct door is paid and active as the others of the list.
    """
    refusals = await _refusals(tx, cohort_id, village_code)
    unusable, duplicates = await _rows(tx, cohort_id, village_code)
    counted = await tx.fetch(
        """
        with covered as materialized (
            select p.cohort_id, c.worker_id, min(c.village_code) as village_code
              from period p join coverage c using (coverage_id)
             where ($1::uuid is null or p.cohort_id = $1)
             group by 1, 2
        ), person as (
            select o.cohort_id, o.village_code, failed, verified_on, paid_on, active_from,
                   failed is null and c.worker_id is not null as covered,
                   array_position(array['unique', 'identity_matched', 'eligible', 'in_decree'], failed) as stopped
              from proposal o left join covered c using (cohort_id, worker_id)
             where ($1::uuid is null or o.cohort_id = $1) and ($2::text is null or o.village_code = $2)
        ), direct as (
            select cohort_id, village_code, count(*) as people
              from covered c
             where ($2::text is null or village_code = $2)
               and not exists (select from proposal o
                                where o.cohort_id = c.cohort_id and o.worker_id = c.worker_id
                                  and (o.failed is null or o.active_from is not null))
             group by 1, 2
        ), kept as (
            select cohort_id, village_code, count(*) filter (where held) as held,
                   count(*) filter (where not held) as waiting
              from reservation
             where ($1::uuid is null or cohort_id = $1) and ($2::text is null or village_code = $2)
             group by 1, 2
        ), listed as (
            select cohort_id, village_code, count(*) as proposed,
                   count(*) filter (where stopped is null or stopped > 1) as unique_,
                   count(*) filter (where stopped is null or stopped > 2) as identity_matched,
                   count(*) filter (where stopped is null or stopped > 3) as eligible,
                   count(*) filter (where (stopped is null or stopped > 4) and verified_on is not null) as in_decree,
                   count(*) filter (where paid_on is not null or covered) as paid,
                   count(*) filter (where active_from is not null or covered) as active
              from person group by 1, 2
        )
        select cohort_id, village_code, coalesce(proposed, 0) as proposed, coalesce(unique_, 0) as unique_,
               coalesce(identity_matched, 0) as identity_matched, coalesce(eligible, 0) as eligible,
               coalesce(in_decree, 0) as in_decree, coalesce(paid, 0) as paid, coalesce(active, 0) as active,
               coalesce(held, 0) as held, coalesce(waiting, 0) as waiting, coalesce(people, 0) as direct
          from listed full join direct using (cohort_id, village_code) full join kept using (cohort_id, village_code)
        """,
        cohort_id,
        village_code,
    )
    found = {
        (row["cohort_id"], row["village_code"]): Funnel(
            row["cohort_id"],
            row["village_code"],
            {stage: row["unique_" if stage == "unique" else stage] for stage in STAGES},
            row["held"],
            row["waiting"],
            row["direct"],
            refusals[row["cohort_id"], row["village_code"]],
            unusable[row["cohort_id"], row["village_code"]],
            duplicates.get((row["cohort_id"], row["village_code"]), 0),
        )
        for row in counted
    }
    for place in (unusable.keys() | duplicates.keys()) - found.keys():
        found[place] = Funnel(*place, unusable=unusable[place], duplicate_rows=duplicates.get(place, 0))
    return sorted(found.values(), key=lambda one: (str(one.cohort_id), one.village_code or ""))


Place = tuple[UUID, str | None]


async def _refusals(
    tx: Transaction, cohort_id: UUID | None, village_code: str | None
) -> defaultdict[Place, list[Refusal]]:
    rows = await tx.fetch(
        """
        select cohort_id, village_code, failed, reason, count(*) as people from proposal
         where failed is not null
           and ($1::uuid is null or cohort_id = $1) and ($2::text is null or village_code = $2)
         group by 1, 2, 3, 4 order by 5 desc, 4
        """,
        cohort_id,
        village_code,
    )
    found: defaultdict[Place, list[Refusal]] = defaultdict(list)
    for row in rows:
        refusal = Refusal(row["failed"], row["reason"], row["people"])
        found[row["cohort_id"], row["village_code"]].append(refusal)
    return found


async def _rows(
    tx: Transaction, cohort_id: UUID | None, village_code: str | None
) -> tuple[defaultdict[Place, list[Unusable]], dict[Place, int]]:
    """Count rows of lists that went in, or are about to, which are no person of the funnel."""
    rows = await tx.fetch(
        """
        select b.cohort_id, r.village_code, r.outcome, r.reasons[1] as reason, count(*) as rows
          from batch b join batch_row r using (batch_id)
         where b.state not in ('cancelled', 'failed')
           and (r.outcome = 'duplicate' or r.outcome = 'rejected' and not r.applied)
           and ($1::uuid is null or b.cohort_id = $1) and ($2::text is null or r.village_code = $2)
         group by 1, 2, 3, 4 order by 5 desc, 4
        """,
        cohort_id,
        village_code,
    )
    unusable: defaultdict[Place, list[Unusable]] = defaultdict(list)
    duplicates: dict[Place, int] = {}
    for row in rows:
        place = (row["cohort_id"], row["village_code"])
        if row["outcome"] == "duplicate":
            duplicates[place] = duplicates.get(place, 0) + row["rows"]
        else:
            unusable[place].append(Unusable(row["reason"], row["rows"]))
    return unusable, duplicates
