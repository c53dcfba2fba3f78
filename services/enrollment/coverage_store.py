"""Keeps suspensions, what was found paid twice, and the prices of months, in Postgres.

Rows of a membership are read and written only by whoever holds its worker's stream head.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.chassis.postgres import Transaction
from services.enrollment.domain import Finding, Membership, Suspension


async def suspensions(tx: Transaction, coverage_ids: Sequence[UUID]) -> dict[UUID, tuple[Suspension, ...]]:
    rows = await tx.fetch(
        """
        select coverage_id, lower(days) as suspended_from, upper(days) as suspended_until, reason
          from suspension where coverage_id = any($1::uuid[]) order by coverage_id, days
        """,
        coverage_ids,
    )
    found: dict[UUID, tuple[Suspension, ...]] = defaultdict(tuple)
    for row in rows:
        found[row["coverage_id"]] += (Suspension(row["suspended_from"], row["suspended_until"], row["reason"]),)
    return found


async def save_suspensions(tx: Transaction, changed: Iterable[tuple[Membership | None, Membership]]) -> None:
    """Write the suspensions of a membership anew where they changed."""
    differing = [after for before, after in changed if after.suspensions != (before.suspensions if before else ())]
    if not differing:
        return
    await tx.execute("delete from suspension where coverage_id = any($1::uuid[])", [m.coverage_id for m in differing])
    rows = [(membership.coverage_id, suspension) for membership in differing for suspension in membership.suspensions]
    await tx.execute(
        """
        insert into suspension (coverage_id, days, reason)
        select coverage_id, daterange(suspended_from, suspended_until), reason
          from unnest($1::uuid[], $2::date[], $3::date[], $4::text[])
               as s(coverage_id, suspended_from, suspended_until, reason)
        """,
        [coverage_id for coverage_id, _ in rows],
        [suspension.suspended_from for _, suspension in rows],
        [suspension.suspended_until for _, suspension in rows],
        [suspension.reason for _, suspension in rows],
    )


async def findings(tx: Transaction, coverage_ids: Sequence[UUID]) -> dict[UUID, tuple[Finding, ...]]:
    rows = await tx.fetch(
        """
        select finding_id, one_coverage_id, other_coverage_id, one_cohort_id, other_cohort_id, activity,
               lower(shared_days) as overlaps_from, upper(shared_days) as overlaps_until, person_months, found_on,
               outcome
          from double_funding where one_coverage_id = any($1::uuid[]) order by finding_id
        """,
        coverage_ids,
    )
    found: dict[UUID, tuple[Finding, ...]] = defaultdict(tuple)
    for row in rows:
        finding = Finding(
            row["finding_id"],
            (row["one_coverage_id"], row["other_coverage_id"]),
            (row["one_cohort_id"], row["other_cohort_id"]),
            row["activity"],
            row["overlaps_from"],
            row["overlaps_until"],
            row["person_months"],
            row["found_on"],
            row["outcome"],
        )
        found[row["one_coverage_id"]] += (finding,)
    return found


async def save_findings(tx: Transaction, before: Mapping[UUID, Finding], after: Sequence[Finding]) -> None:
    """Write what was found, and what was decided about it."""
    if new := [finding for finding in after if finding.finding_id not in before]:
        await tx.execute(
            """
            insert into double_funding (finding_id, one_coverage_id, other_coverage_id, one_cohort_id, other_cohort_id,
                                        activity, shared_days, person_months, found_on, outcome)
            select f.finding_id, f.one_coverage_id, f.other_coverage_id, f.one_cohort_id, f.other_cohort_id,
                   f.activity, daterange(f.overlaps_from, f.overlaps_until), f.person_months, f.found_on, f.outcome
              from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::date[],
                          $8::date[], $9::int[], $10::date[], $11::text[])
                   as f(finding_id, one_coverage_id, other_coverage_id, one_cohort_id, other_cohort_id, activity,
                        overlaps_from, overlaps_until, person_months, found_on, outcome)
            """,
            [finding.finding_id for finding in new],
            [finding.coverage_ids[0] for finding in new],
            [finding.coverage_ids[1] for finding in new],
            [finding.cohort_ids[0] for finding in new],
            [finding.cohort_ids[1] for finding in new],
            [finding.activity for finding in new],
            [finding.overlaps_from for finding in new],
            [finding.overlaps_until for finding in new],
            [finding.person_months for finding in new],
            [finding.found_on for finding in new],
            [finding.outcome for finding in new],
        )
    known = {finding.finding_id: finding for finding in after if finding.finding_id in before}
    if decided := [finding for finding in known.values() if finding != before[finding.finding_id]]:
        await tx.execute(
            """
            update double_funding f set outcome = d.outcome
              from unnest($1::uuid[], $2::text[]) as d(finding_id, outcome) where f.finding_id = d.finding_id
            """,
            [finding.finding_id for finding in decided],
            [finding.outcome for finding in decided],
        )


async def monthly_contributions(tx: Transaction, activity: str | None, days: Sequence[date]) -> list[int]:
    """Give what the month that begins on each day costs, in whole rupiah; the activity's own price goes first."""
    rows = await tx.fetch(
        """
        select (select c.monthly_idr from contribution c
                 where c.valid @> d.day and c.activity in ($1, 'any')
                 order by c.activity = 'any' limit 1) as monthly_idr
          from unnest($2::date[]) with ordinality as d(day, place) order by place
        """,
        activity or "any",
        days,
    )
    return [row["monthly_idr"] for row in rows]


async def keep_terms(tx: Transaction, grace_months: int) -> None:
    """Let what self-payers pay from now on have this much grace."""
    await tx.execute("update self_payment set grace_months = $1 where grace_months <> $1", grace_months)


class Found(NamedTuple):
    """Where a finding stands in the list of findings, and whose it is."""

    found_on: date
    finding_id: UUID
    worker_id: UUID


async def double_fundings(
    tx: Transaction,
    *,
    state: str | None,
    funding: str | None,
    cohort_id: UUID | None,
    village_code: str | None,
    found_from: date | None,
    found_until: date | None,
    after: tuple[date, UUID],
    limit: int,
) -> list[Found]:
    """List findings in the order of being found; a filter that is None holds for all."""
    rows = await tx.fetch(
        """
        select f.found_on, f.finding_id, c.worker_id
          from double_funding f join coverage c on c.coverage_id = f.one_coverage_id
         where (f.found_on, f.finding_id) > ($1, $2)
           and ($3::text is null or coalesce(f.outcome, 'open') = $3)
           and ($4::text is null or exists (select from cohort h
                                             where h.cohort_id in (f.one_cohort_id, f.other_cohort_id)
                                               and h.funding = $4))
           and ($5::uuid is null or $5 in (f.one_cohort_id, f.other_cohort_id))
           and ($6::text is null or exists (select from coverage v
                                             where v.coverage_id in (f.one_coverage_id, f.other_coverage_id)
                                               and v.village_code = $6))
           and ($7::date is null or f.found_on >= $7)
           and ($8::date is null or f.found_on < $8)
         order by f.found_on, f.finding_id limit $9
        """,
        *after,
        state,
        funding,
        cohort_id,
        village_code,
        found_from,
        found_until,
        limit,
    )
    return [Found(*row) for row in rows]


async def worker_of_finding(tx: Transaction, finding_id: UUID) -> UUID | None:
    found: UUID | None = await tx.fetchval(
        """
        select c.worker_id from double_funding f join coverage c on c.coverage_id = f.one_coverage_id
         where f.finding_id = $1
        """,
        finding_id,
    )
    return found
