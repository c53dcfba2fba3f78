"""Rolls up the ledgers of changes, so that a question adds up thousands of rows and not millions.

    what is final  ->  claim runs of it, under a lock  ->  sum each run  ->  of a ledger that has outgrown its balance,
                       that readers of facts share                           a balance of all that came before

The roll-ups have one writer, this loop. A fact that comes after its run was claimed (a letter replayed, say) is kept by
the reader of facts a second time, as late: the sums leave such rows out, questions add them, and the loop moves them
into every sum that they belong to. So at any moment, wherever a process was killed, each row counts once. A run is
claimed under a lock that excludes the readers' transactions, which takes no longer than theirs; all the adding up
stands in nobody's way.
"""

import asyncio
from datetime import datetime

import structlog

from services.chassis.postgres import HEALS_WITH_TIME, Pool, Transaction, transaction
from services.chassis.waiting import sleep_unless
from services.chassis.watermark import watermarks
from services.reporting.answers import complete_until
from services.reporting.projections import READER

EVERY_S = 10.0
RUN_ROWS = 100_000
"""A day of more rows becomes several runs; what of today is fewer waits: a question reads as many in a few ms."""
DAYS_CLAIMED_MAX = 40
LATE_ROWS_MOVED_MAX = 5_000
SORTED_IN_MEMORY = "64MB"
CLAIM_WAITS_S_MAX = 2.0
"""Readers of facts queue behind a claim that waits; then it gives up, and the next round tries again."""

log = structlog.get_logger(__name__)


async def roll_forever(pool: Pool, stopping: asyncio.Event) -> None:
    """Roll up again and again; what one round could not do, the next does."""
    while not stopping.is_set():
        try:
            if (until := await final_until(pool)) is not None:
                await roll(pool, until, stopping)
        except HEALS_WITH_TIME as error:
            log.warning("rolling_waits", error=type(error).__name__)
        # Answers are right without roll-ups, only slower: no fault of theirs ends the reader of facts beside them.
        except Exception as error:  # noqa: BLE001
            log.error("rolling_failed", error=type(error).__name__, reason=str(error)[:200])  # noqa: TRY400
        await sleep_unless(stopping, EVERY_S)


async def final_until(pool: Pool) -> datetime | None:
    """Give the time until which every source is complete; None while one of them has stated nothing."""
    async with transaction(pool) as tx:
        return complete_until(await watermarks(tx, READER))


async def roll(pool: Pool, until: datetime, stopping: asyncio.Event, *, run_rows: int = RUN_ROWS) -> None:
    """Roll up all that was recorded before `until`, a run at a time; any number of processes may do so at once."""
    rolled = 0
    while not stopping.is_set():
        if await roll_next(pool):
            rolled += 1
        elif not await claim(pool, until, run_rows):
            break
    moved = await move_late(pool)
    if rolled or moved:
        log.info("rolled_up", runs=rolled, late=moved)


async def claim(pool: Pool, until: datetime, run_rows: int = RUN_ROWS) -> int:
    """Claim runs of what was recorded before `until`, none longer than a day; give how many are new.

    Raises TimeoutError if a reader of facts does not come to an end meanwhile.
    """
    async with transaction(pool) as tx:
        ends = await _next_ends(tx, until, run_rows)
        if not ends:
            return 0
        await tx.execute("lock table rolled_run in exclusive mode", timeout=CLAIM_WAITS_S_MAX)
        rows = await tx.fetch(
            """
            insert into rolled_run (known_until)
            select distinct e from unnest($1::timestamptz[]) e
             where e > (select coalesce(max(known_until), '-infinity') from rolled_run)
            returning known_until
            """,
            ends,
        )
    return len(rows)  # none, where one time has more rows than a run: its day has to be over


async def _next_ends(tx: Transaction, until: datetime, run_rows: int) -> list[datetime]:
    """Tell where the next runs end: at midnight, and before that after every so many rows."""
    rows = await tx.fetch(
        """
        with begun as (
            select coalesce((select max(known_until) from rolled_run),
                            (select min(recorded_at) from ledgers)) as at
        ), day as (
            select n as first, n + interval '1 day' as next
              from begun, generate_series(date_trunc('day', at at time zone 'Asia/Makassar'),
                                          $1::timestamptz at time zone 'Asia/Makassar', interval '1 day') n
             order by n limit $3
        ), bounds as (
            select greatest(first at time zone 'Asia/Makassar', (select at from begun)) as first,
                   least(next at time zone 'Asia/Makassar', $1) as next,
                   next at time zone 'Asia/Makassar' <= $1 as whole
              from day
        )
        select b.next, b.whole, c.ends
          from bounds b cross join lateral (
               select coalesce(array_agg(recorded_at order by recorded_at) filter (where nth % $2 = 0), '{}') as ends
                 from (select recorded_at, row_number() over (order by recorded_at) as nth
                         from ledgers where recorded_at >= b.first and recorded_at < b.next) r) c
         order by b.next
        """,
        until,
        run_rows,
        DAYS_CLAIMED_MAX,
    )
    return [end for row in rows for end in (*row["ends"], *([row["next"]] if row["whole"] else []))]


async def roll_next(pool: Pool) -> bool:
    """Sum the earliest run that is claimed, and draw the balances that are due then; tell whether there was one."""
    async with transaction(pool) as tx:
        await _alone(tx)
        run = await tx.fetchrow(
            """
            select r.known_until,
                   (select coalesce(max(b.known_until), '-infinity') from rolled_run b
                     where b.known_until < r.known_until) as begun
              from rolled_run r where not r.rolled order by r.known_until limit 1
            """
        )
        if run is None:
            return False
        summed = await _sum_run(tx, run["begun"], run["known_until"])
        outgrown = await _outgrown(tx, summed)
        for ledger, balance in outgrown.items():
            await _sum_balance(tx, ledger, balance, run["known_until"])
        await tx.execute(
            "update rolled_run set rolled = true, balances = $2 where known_until = $1", run["known_until"], [*outgrown]
        )
    return True


async def _alone(tx: Transaction) -> None:
    """Keep other processes from rolling until this transaction ends; questions and readers of facts go on."""
    await tx.execute("lock table rolled_balance in share row exclusive mode")
    await tx.execute(f"set local work_mem = '{SORTED_IN_MEMORY}'")


async def _sum_run(tx: Transaction, begun: datetime, until: datetime) -> list[str]:
    """Sum what was recorded in a run, but for late rows, which are moved in later; give the ledgers that had any."""
    rows = await tx.fetch(
        """
        with summed as (
            insert into rolled (ledger, known_until, village_code, segment, funding, cohort, what, failed, reason, days,
                                levels)
            select ledger, $2, village_code, segment, funding, cohort, what, failed, reason, days, levels
              from rolled_levels($1, $2)
             order by ledger  -- a question reads one of them
            returning ledger
        )
        select distinct ledger from summed order by ledger
        """,
        begun,
        until,
    )
    return [row["ledger"] for row in rows]


async def _outgrown(tx: Transaction, ledgers: list[str]) -> dict[str, datetime]:
    """Tell of which ledgers the runs since the last balance hold more rows than that, and when it was drawn."""
    rows = await tx.fetch(
        """
        with last as (
            select ledger, coalesce(max(known_until), '-infinity') as drawn
              from unnest($1::text[]) ledger left join rolled_run on ledger = any(balances) group by ledger
        )
        select ledger, drawn from last l
         where (select count(*) from rolled r where r.ledger = l.ledger and r.known_until > l.drawn)
               > (select count(*) from rolled_balance b where b.ledger = l.ledger and b.known_until = l.drawn)
         order by ledger
        """,
        ledgers,
    )
    return {row["ledger"]: row["drawn"] for row in rows}


async def _sum_balance(tx: Transaction, ledger: str, drawn: datetime, until: datetime) -> None:
    """Draw a balance: the one before, and the runs since."""
    await tx.execute(
        """
        with part as (
            select * from rolled_balance where ledger = $1 and known_until = $2
             union all
            select * from rolled where ledger = $1 and known_until > $2 and known_until <= $3
        ), change as (
            select village_code, segment, funding, cohort, what, failed, reason, unnest(days) as day,
                   unnest(levels) - unnest(0 || levels) as number
              from part
        ), place as (
            select village_code, segment, funding, cohort, what, failed, reason, array_agg(day) as days,
                   array_agg(number) as numbers
              from change where day is not null group by 1, 2, 3, 4, 5, 6, 7
        )
        insert into rolled_balance (ledger, known_until, village_code, segment, funding, cohort, what, failed, reason,
                                    days, levels)
        select $1, $3, village_code, segment, funding, cohort, what, failed, reason, days, numbers
          from place where cardinality(days) = 1
         union all
        select $1, $3, village_code, segment, funding, cohort, what, failed, reason, l.days, l.levels
          from place p cross join lateral levels_of(p.days, p.numbers) l
         where cardinality(p.days) > 1 and l.days is not null
        """,
        ledger,
        drawn,
        until,
    )


async def move_late(pool: Pool) -> int:
    """Move late rows of runs that are rolled into every sum that they belong to; give how many."""
    moved = 0
    while some := await _move_some(pool):
        moved += some
    return moved


async def _move_some(pool: Pool) -> int:
    async with transaction(pool) as tx:
        await _alone(tx)
        moved: int = await tx.fetchval(
            """
            with taken as (
                delete from rolled_late
                 where ctid in (select ctid from rolled_late
                                 where recorded_at < (select max(known_until) from rolled_run where rolled) limit $1)
                returning *
            ), late as (
                select l.*, (select min(known_until) from rolled_run where known_until > l.recorded_at) as known_until
                  from taken l
            ), runs as (
                insert into rolled (ledger, known_until, village_code, segment, funding, cohort, what, failed, reason,
                                    days, levels)
                select ledger, known_until, village_code, segment, funding, cohort, what, failed, reason, array[day],
                       array[number]
                  from late
            ), balances as (
                insert into rolled_balance (ledger, known_until, village_code, segment, funding, cohort, what, failed,
                                            reason, days, levels)
                select l.ledger, b.known_until, l.village_code, l.segment, l.funding, l.cohort, l.what, l.failed,
                       l.reason, array[l.day], array[l.number]
                  from late l join rolled_run b on b.known_until >= l.known_until and l.ledger = any(b.balances)
            )
            select count(*) from taken
            """,
            LATE_ROWS_MOVED_MAX,
        )
    return moved
