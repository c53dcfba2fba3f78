"""Why a figure changed between two known-at times: the changes behind it, which add up to the difference."""

from datetime import date, datetime

from services.chassis.postgres import Transaction
from services.reporting import queries
from services.reporting.queries import Figure, Where

ROWS_MAX = 1_000


async def protected(
    tx: Transaction, as_of: date, since: datetime, known_at: datetime | None, where: Where
) -> tuple[list[Figure], Figure]:
    """List what was learned since about who is protected on the day, by when it was learned, from when it counts.

    The newest first and no more than ROWS_MAX rows; the total is of all of them.
    """
    rows = await tx.fetch(
        """
        with learned as (
            select (recorded_at at time zone 'Asia/Makassar')::date as learned_on, day as counts_from,
                   village_code as village, segment, funding, sum(people) as people,
                   sum(sum(people)) over () as change
              from people_delta
             where day <= $1 and recorded_at > $2 and ($3::timestamptz is null or recorded_at <= $3)
               and ($4::text is null or village_code = $4 or starts_with(village_code, $4 || '.'))
               and ($5::text[] is null or segment = any($5)) and ($6::text[] is null or funding = any($6))
             group by 1, 2, 3, 4, 5 having sum(people) <> 0
        ), now as (
            select coalesce(sum(people), 0) as people
              from people_changes(array[$1::date], $3)
             where ($4::text is null or village_code = $4 or starts_with(village_code, $4 || '.'))
               and ($5::text[] is null or segment = any($5)) and ($6::text[] is null or funding = any($6))
        )
        select l.learned_on, l.counts_from, l.village, v.village_name, l.segment, l.funding, l.people::bigint,
               l.change::bigint, n.people::bigint as people_now
          from now n left join learned l on true left join village v on v.village_code = l.village
         order by l.learned_on desc, l.counts_from, l.village, l.segment, l.funding limit $7
        """,
        as_of,
        since,
        known_at,
        where.area,
        where.segments,
        where.fundings,
        ROWS_MAX,
    )
    now, change = rows[0]["people_now"], rows[0]["change"] or 0
    names = ("learned_on", "counts_from", "village", "village_name", "segment", "funding", "people")
    listed = [{name: row[name] for name in names} for row in rows if row["people"] is not None]
    return listed, {"before": now - change, "change": change, "after": now}


async def claims_paid(
    tx: Transaction, from_: date, until: date, since: datetime, known_at: datetime | None, area: str | None
) -> tuple[list[Figure], Figure]:
    """List the payments of the period that count otherwise than they did: added, returned, voided or corrected.

    The sum of benefits is meant, as `claims_paid` has it. No more than ROWS_MAX rows; the total is of all of them.
    """
    rows = await tx.fetch(
        """
        with told as (
            select false as now, * from payments($3) where not decided_elsewhere
             union all
            select true, * from payments($4) where not decided_elsewhere
        ), counted as (
            select * from told
             where kind = 'benefit' and not voided and paid_on >= $1 and paid_on < $2
               and ($5::text is null or area_code = $5 or starts_with(area_code, $5 || '.'))
        ), changed as (
            select coalesce(n.paid_on, t.paid_on) as paid_on, coalesce(n.programme, t.programme) as programme,
                   coalesce(n.segment, t.segment) as segment, coalesce(n.area_code, t.area_code) as area,
                   coalesce(n.amount_idr, 0) - coalesce(t.amount_idr, 0) as amount_idr,
                   case when t.payment_id is null then 'added'
                        when exists (select from claims_voided($4) v where v.claim_id = t.claim_id) then 'voided'
                        when not exists (select from told o where o.now and o.payment_id = t.payment_id) then 'returned'
                        else 'corrected' end as because
              from (select * from counted where not now) t
              full join (select * from counted where now) n using (payment_id)
             where (n.amount_idr, n.programme, n.segment, n.area_code, n.paid_on)
                   is distinct from (t.amount_idr, t.programme, t.segment, t.area_code, t.paid_on)
             union all  -- a line of a file of the agency is told once, and for good
            select paid_on, programme, segment, area_code, amount_idr, 'added'
              from claim_payment
             where claim_id is null and paid_on >= $1 and paid_on < $2 and recorded_at > $3
               and ($4::timestamptz is null or recorded_at <= $4)
               and ($5::text is null or area_code = $5 or starts_with(area_code, $5 || '.'))
        )
        select *, sum(amount_idr) over ()::bigint as change
          from changed order by paid_on, programme, segment, area, because, amount_idr limit $6
        """,
        from_,
        until,
        since,
        known_at,
        area,
        ROWS_MAX,
    )
    listed = [{name: value for name, value in row.items() if name != "change"} for row in rows]
    (_, before), (_, after) = [
        await queries.claims_paid(tx, from_, until, known, [], area) for known in (since, known_at)
    ]
    change = rows[0]["change"] if rows else 0
    return listed, {"before": before["amount_idr"], "change": change, "after": after["amount_idr"]}
