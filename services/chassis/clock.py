"""The service's clock: the database's own, which only a scenario may shift, and business dates in Asia/Makassar."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from services.chassis.postgres import Transaction

BUSINESS_ZONE = ZoneInfo("Asia/Makassar")
MONTHS_AHEAD = 2
"""For so many months after the clock's the ledger has its partitions ready."""

BEHIND_S_MAX = 1.0
"""A time that was now when it was sent is taken for now; the clock goes on as it was."""


class NotForward(ValueError):
    """A clock may not run backwards once facts have been recorded by it."""


async def now(tx: Transaction) -> datetime:
    """Read the clock, in UTC."""
    at: datetime = await tx.fetchval("select business_clock()")
    return at


async def business_date(tx: Transaction) -> date:
    """Tell today's date where the business is done."""
    return (await now(tx)).astimezone(BUSINESS_ZONE).date()


def at_midnight(day: date) -> datetime:
    """Give the instant for a happening that is known by its date: 00:00 +08:00."""
    return datetime.combine(day, time(), BUSINESS_ZONE)


async def move(tx: Transaction, to: datetime | None) -> None:
    """Let the clock go on from `to`, or in real time again (None); forward only, while there are facts."""
    await tx.execute("select from clock for update")
    behind_s = await tx.fetchval("select extract(epoch from business_clock() - coalesce($1, clock_timestamp()))", to)
    if await tx.fetchval("select exists (select from ledger)"):
        if behind_s > BEHIND_S_MAX:
            msg = "the clock stands later than that, and facts were recorded by it; begin anew with an empty database"
            raise NotForward(msg)
        await tx.execute("update clock set shift = greatest(shift, coalesce($1 - clock_timestamp(), '0'))", to)
    else:
        await tx.execute("update clock set shift = coalesce($1 - clock_timestamp(), '0')", to)
        # What the relay has told of the time until now holds no longer; the epoch makes it begin anew.
        await tx.execute("update relay_state set complete_until = null, epoch = epoch + 1")
    await tx.execute("select ledger_months(business_clock(), $1)", MONTHS_AHEAD)
