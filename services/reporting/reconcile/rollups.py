"""Compare the roll-ups of people with the log: each run, and each balance, day by day and place by place."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from services.chassis.clock import BUSINESS_ZONE
from services.chassis.postgres import Transaction
from services.reporting.plain_fold.life import Cell, PeopleCell
from services.reporting.reconcile.claim_rows import SNAPSHOT_S_MAX
from services.reporting.reconcile.folded import Folded


class Sum(NamedTuple):
    """A change of people in a roll-up; `known_until` is the end of the run, or when the balance was drawn."""

    table: str
    known_until: datetime
    day: date
    village_code: str
    segment: str
    funding: str


class RolledUp(NamedTuple):
    """Where the runs that are rolled end, when balances were drawn, and what they say."""

    runs: Sequence[datetime]
    balances: Sequence[datetime]
    sums: Counter[Sum]


async def read(tx: Transaction) -> RolledUp:
    """Read the roll-ups as changes by day; what waits to be moved into them counts as if it were there."""
    runs = [row[0] for row in await tx.fetch("select known_until from people_run where rolled order by 1")]
    model = RolledUp(runs, [end for end in runs if _begins_a_month(end)], Counter())
    rows = await tx.fetch(
        """
        select r.at, r.known_until, r.month, c.village_code, c.segment, c.funding, r.people
          from (select 'people_rolled' as at, * from people_rolled
                 union all select 'people_balance', * from people_balance) r
          left join people_cell c using (cell)
        """,
        timeout=SNAPSHOT_S_MAX,
    )
    for table, known_until, month, village, segment, funding, levels in rows:
        before = 0
        for number, level in enumerate(levels):
            if level != before:
                day = month + timedelta(days=number)
                model.sums[Sum(table, known_until, day, village, segment, funding)] += level - before
            before = level
    late = await tx.fetch("select day, recorded_at, village_code, segment, funding, people from people_late")
    for row in late:
        model.sums.update(_stands_in(model, PeopleCell(*row[:5]), row[5]))
    return model


def compare_rollups(folded: Folded, model: RolledUp, log: Iterable[tuple[Cell, int]]) -> None:
    """Hold each sum against what the log says was recorded in its time."""
    expected = Counter[Sum]()
    for cell, number in log:
        if isinstance(cell, PeopleCell):
            expected.update(_stands_in(model, cell, number))
    for place in sorted(model.sums.keys() | expected.keys(), key=str):
        if model.sums[place] != expected[place]:
            folded.differs("rollup", place._asdict(), model.sums[place], expected[place])


def _stands_in(model: RolledUp, cell: PeopleCell, number: int) -> dict[Sum, int]:
    """Say in which sums a change stands: in its run, and in every balance that was drawn later."""
    place = (cell.day, cell.village_code, cell.segment, cell.funding)
    run = bisect_right(model.runs, cell.recorded_at)
    balances = bisect_right(model.balances, cell.recorded_at)
    return {
        **{Sum("people_rolled", end, *place): number for end in model.runs[run : run + 1]},
        **{Sum("people_balance", end, *place): number for end in model.balances[balances:]},
    }


def _begins_a_month(instant: datetime) -> bool:
    local = instant.astimezone(BUSINESS_ZONE)
    return (local.day, local.hour, local.minute, local.second, local.microsecond) == (1, 0, 0, 0, 0)
