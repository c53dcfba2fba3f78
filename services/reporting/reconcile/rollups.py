"""Compare the roll-ups with the log: each run, and each balance of each ledger, day by day and place by place."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from services.chassis.clock import BUSINESS_ZONE
from services.chassis.postgres import Transaction
from services.reporting.plain_fold.life import Cell, ChurnCell, MembershipCell, PeopleCell, StepCell
from services.reporting.reconcile.claim_rows import SNAPSHOT_S_MAX
from services.reporting.reconcile.folded import Folded

PLACE = ("village_code", "segment", "funding", "cohort", "what", "failed", "reason")


class Sum(NamedTuple):
    """A change in a roll-up; `known_until` is the end of the run, or when the balance was drawn."""

    table: str
    known_until: datetime
    ledger: str
    day: date
    place: tuple[str, ...]
    """Village, segment, funding, cohort, what, failed check, reason; empty where the ledger does not tell it apart."""


class RolledUp(NamedTuple):
    """Where the runs that are rolled end, when balances were drawn, and what they say."""

    runs: Sequence[datetime]
    balances: Sequence[datetime]
    sums: Counter[Sum]


async def read(tx: Transaction) -> RolledUp:
    """Read the roll-ups as changes by day; what waits to be moved into them counts as if it were there."""
    runs = [row[0] for row in await tx.fetch("select known_until from rolled_run where rolled order by 1")]
    model = RolledUp(runs, [end for end in runs if _begins_a_month(end)], Counter())
    rows = await tx.fetch(
        """
        select at, known_until, ledger, days, levels, village_code, segment, funding, cohort, what, failed, reason
          from (select 'rolled' as at, * from rolled union all select 'rolled_balance', * from rolled_balance) r
        """,
        timeout=SNAPSHOT_S_MAX,
    )
    for table, known_until, ledger, days, levels, *place in rows:
        for day, before, level in zip(days, [0, *levels], levels, strict=False):
            model.sums[Sum(table, known_until, ledger, day, tuple(place))] += level - before
    late = await tx.fetch(
        """
        select ledger, day, recorded_at, number, village_code, segment, funding, cohort, what, failed, reason
          from rolled_late
        """
    )
    for ledger, day, recorded_at, number, *place in late:
        model.sums.update(_stands_in(model, ledger, day, recorded_at, tuple(place), number))
    return model


def compare_rollups(folded: Folded, model: RolledUp, log: Iterable[tuple[Cell, int]]) -> None:
    """Hold each sum against what the log says was recorded in its time."""
    expected = Counter[Sum]()
    for cell, number in log:
        if (found := _placed(cell)) is not None:
            expected.update(_stands_in(model, found[0], cell.day, cell.recorded_at, found[1], number))
    for where in sorted(model.sums.keys() | expected.keys(), key=str):
        if model.sums[where] != expected[where]:
            folded.differs("rollup", _where(where), model.sums[where], expected[where])


def _placed(cell: Cell) -> tuple[str, tuple[str, ...]] | None:
    """Tell to which ledger that is rolled up a change belongs, and its place there."""
    match cell:
        case PeopleCell():
            return "people", (cell.village_code, cell.segment, cell.funding, "", "", "", "")
        case MembershipCell():
            ledger = "enrolled" if cell.kind == "enrolled" else "memberships"
            return ledger, (cell.village_code, "", "", cell.cohort_id, cell.kind, "", "")
        case StepCell():
            why = (cell.failed or "", cell.reason or "")
            return "funnel", (cell.village_code, "", "", cell.cohort_id, cell.step, *why)
        case ChurnCell() if cell.since is None:
            return "churn", (cell.village_code, cell.segment, cell.funding, "", cell.what, "", "")
        case _:
            return None


def _where(found: Sum) -> dict[str, Any]:
    place = {name: value for name, value in zip(PLACE, found.place, strict=True) if value}
    return {name: value for name, value in found._asdict().items() if name != "place"} | place


def _stands_in(
    model: RolledUp, ledger: str, day: date, recorded_at: datetime, place: tuple[str, ...], number: int
) -> dict[Sum, int]:
    """Say in which sums a change stands: in its run, and in every balance that was drawn later."""
    run = bisect_right(model.runs, recorded_at)
    balances = bisect_right(model.balances, recorded_at)
    return {
        **{Sum("rolled", end, ledger, day, place): number for end in model.runs[run : run + 1]},
        **{Sum("rolled_balance", end, ledger, day, place): number for end in model.balances[balances:]},
    }


def _begins_a_month(instant: datetime) -> bool:
    local = instant.astimezone(BUSINESS_ZONE)
    return (local.day, local.hour, local.minute, local.second, local.microsecond) == (1, 0, 0, 0, 0)
