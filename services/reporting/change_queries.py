"""Why a figure changed between two known-at times: the changes behind it, which add up to the difference.

What is asked in SQL is asked here: the statements stand once, in the documented schema `bi`.
"""

from datetime import date, datetime

from services.chassis.postgres import Transaction
from services.reporting import followed, queries
from services.reporting.queries import Figure, Where

ROWS_MAX = 1_000


async def protected(
    tx: Transaction, as_of: date, since: datetime, known_at: datetime | None, where: Where
) -> tuple[list[Figure], Figure]:
    """List what was learned since about who is protected on the day: by which kind of fact, when, from when it counts.

    The newest first and no more than ROWS_MAX rows; the total is of all of them. Raises followed.NotFollowed.
    """
    await followed.cohorts(tx)
    rows = await tx.fetch(
        """
        with learned as (
            select *
              from protected_changes($1, $2, $3)
             where ($4::text is null or village_code = $4 or starts_with(village_code, $4 || '.'))
               and ($5::text[] is null or segment = any($5)) and ($6::text[] is null or funding = any($6))
               and ($7::uuid[] is null or cohort_id = any($7))
             limit $8
        )
        select l.learned_on, l.fact, l.counts_from, l.cohort_id::text as cohort,
               (select c.name from cohort c
                 where c.cohort_id = l.cohort_id and ($3::timestamptz is null or c.recorded_at <= $3)
                 order by c.recorded_at desc limit 1) as cohort_name,
               l.village_code as village, v.village_name, l.segment, l.funding, l.people
          from learned l left join village v using (village_code)
         order by l.learned_on desc, l.counts_from, l.village_code, l.fact, l.segment, l.funding, l.cohort_id
        """,
        as_of,
        since,
        known_at,
        where.area,
        where.segments,
        where.fundings,
        where.cohorts,
        ROWS_MAX,
    )
    before, after = [
        sum(part["people"] for part in await queries.protected(tx, as_of, known, [], where))
        for known in (since, known_at)
    ]
    return [dict(row) for row in rows], {"before": before, "change": after - before, "after": after}


async def claims_paid(
    tx: Transaction, from_: date, until: date, since: datetime, known_at: datetime | None, area: str | None
) -> tuple[list[Figure], Figure]:
    """List the payments of the period that count otherwise than they did: added, returned, voided or corrected.

    The sum of benefits is meant, as `claims_paid` has it. No more than ROWS_MAX rows; the total is of all of them.
    """
    rows = await tx.fetch(
        """
        select paid_on, programme, segment, area_code as area, amount_idr, because
          from claims_paid_changes($1, $2, $3, $4)
         where $5::text is null or area_code = $5 or starts_with(area_code, $5 || '.')
         limit $6
        """,
        from_,
        until,
        since,
        known_at,
        area,
        ROWS_MAX,
    )
    (_, before), (_, after) = [
        await queries.claims_paid(tx, from_, until, known, [], area) for known in (since, known_at)
    ]
    change = after["amount_idr"] - before["amount_idr"]
    return [dict(row) for row in rows], {"before": before["amount_idr"], "change": change, "after": after["amount_idr"]}
