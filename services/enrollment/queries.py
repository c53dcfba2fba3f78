"""Questions of an office, answered with ids: who is in the register; who lapses when, and what keeping them costs.

A membership that ends has its row in `due` from the day on which its end became known. A page reads from an index, in
its order, what it shows; a sum reads all.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.chassis.postgres import Transaction
from services.enrollment.domain import Cohort, Funding, Programme, Segment


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose renewal is asked for: memberships that end after `today` and not after `until`, kept for `months` more."""

    today: date
    until: date
    months: int
    village_code: str | None = None
    cohort_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Lapsing:
    """A membership that ends, and what it costs to keep it; None where nobody knows the price."""

    covered_until: date
    worker_id: UUID
    coverage_id: UUID
    village_code: str
    cohort_id: UUID
    cohort_name: str
    segment: Segment
    funding: Funding
    programmes: tuple[Programme, ...]
    monthly_idr: int | None
    cost_idr: int | None


@dataclass(frozen=True, slots=True)
class Share:
    """What lapses of a cohort in a village; `cost_idr` leaves out those `without_price`."""

    village_code: str
    cohort_id: UUID
    cohort_name: str
    people: int
    memberships: int
    first_until: date
    last_until: date
    person_months: int
    cost_idr: int
    without_price: int


async def workers(
    tx: Transaction, *, on: date, village_code: str | None, cohort_id: UUID | None, after: UUID, limit: int
) -> list[UUID]:
    """List people who live in the village on the day and have a period paid by the cohort; None is any.

    Whoever was merged into another entry holds nothing and is left out.
    """
    rows = await tx.fetch(
        """
        select w.worker_id
          from worker w
         where w.worker_id > $1
           and ($2::text is null
                or w.worker_id in (select worker_id from worker where village_code = $2
                                   union all select worker_id from relocation where village_code = $2)
               and $2 = coalesce((select r.village_code from relocation r
                                   where r.worker_id = w.worker_id and r.moved_on <= $4
                                   order by r.moved_on desc limit 1), w.village_code))
           and ($3::uuid is null
                or w.worker_id in (select c.worker_id from period p join coverage c using (coverage_id)
                                    where p.cohort_id = $3))
           and not exists (select from merged m where m.merged_id = w.worker_id)
         order by w.worker_id limit $5
        """,
        after,
        village_code,
        cohort_id,
        on,
        limit,
    )
    return [row["worker_id"] for row in rows]


async def ended_before(tx: Transaction, cohort: Cohort) -> date | None:
    """Tell when the cover ended that a cohort is likely to go on with: the last of its payer in the year before it."""
    ended: date | None = await tx.fetchval(
        """
        select max(covered_until) from cohort
         where segment = $1 and funding = $2 and cohort_id <> $3 and programmes = $4 and state <> 'proposed'
           and covered_until between $5::date - interval '1 year' and $5
        """,
        cohort.segment,
        cohort.funding,
        cohort.cohort_id,
        list(cohort.programmes),
        cohort.covered_from,
    )
    return ended


async def lapsing(tx: Transaction, wanted: Wanted, *, after: tuple[date, UUID], limit: int) -> list[Lapsing]:
    """List what ends, in the order of the ends."""
    rows = await tx.fetch(
        "select * from lapsing($1, $2, $3, $4, $5, $6, $7, $8) order by covered_until, coverage_id",
        *_asked(wanted),
        *after,
        limit,
    )
    return [Lapsing(**dict(row) | {"programmes": tuple(row["programmes"])}) for row in rows]


async def shares(
    tx: Transaction, wanted: Wanted, *, after: tuple[str, UUID], limit: int
) -> tuple[list[Share], Share | None]:
    """Sum what ends by village and cohort, in the order of their codes; and all of it, None where nothing ends."""
    rows = await tx.fetch(
        """
        with share as (
            select village_code, cohort_id, max(cohort_name) as cohort_name, grouping(village_code) = 1 as is_total,
                   count(distinct worker_id) as people, count(*) as memberships, min(covered_until) as first_until,
                   max(covered_until) as last_until, count(*) * $3 as person_months,
                   coalesce(sum(cost_idr), 0)::bigint as cost_idr, count(*) - count(cost_idr) as without_price
              from lapsing($1, $2, $3, $4, $5, '-infinity', null, null)
             group by grouping sets ((village_code, cohort_id), ())
        )
        (select * from share where is_total)
        union all
        (select * from share where not is_total and (village_code, cohort_id) > ($6, $7)
          order by village_code, cohort_id limit $8)
        """,
        *_asked(wanted),
        *after,
        limit,
    )
    (total,) = [_share(row) for row in rows if row["is_total"]]
    return [_share(row) for row in rows if not row["is_total"]], total if total.memberships else None


def _share(row: Any) -> Share:
    return Share(**{name: row[name] for name in Share.__dataclass_fields__})


def _asked(wanted: Wanted) -> tuple[date, date, int, str | None, UUID | None]:
    return wanted.today, wanted.until, wanted.months, wanted.village_code, wanted.cohort_id
