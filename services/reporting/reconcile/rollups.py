"""Compare the roll-ups with the log: each run, and each balance of each ledger, day by day and place by place.

    run  -  what the ledger says was recorded in it          balance  -  the one before  -  the runs since
                        sums that differ from the ledger  +  the ledger's own differences from the log

The database adds up, and gives what does not come to nothing; the sums are too many to be read.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from services.chassis.postgres import Transaction
from services.reporting.plain_fold.life import Cell, ChurnCell, MembershipCell, PeopleCell, StepCell
from services.reporting.reconcile.folded import Folded

PLACE = ("village_code", "segment", "funding", "cohort", "what", "failed", "reason")
RUNS_AT_ONCE = 50


class Sum(NamedTuple):
    """A change in a roll-up; `known_until` is the end of the run, or when the balance was drawn."""

    table: str
    known_until: datetime
    ledger: str
    day: date
    place: tuple[str, ...]
    """Village, segment, funding, cohort, what, failed check, reason; empty where the ledger does not tell it apart."""


class RolledUp(NamedTuple):
    """Where the runs that are rolled end, when balances were drawn of each ledger, and what they say too much."""

    runs: Sequence[datetime]
    balances: Mapping[str, Sequence[datetime]]
    too_much: Counter[Sum]
    """By how much a sum differs from what its ledger says."""


async def read(tx: Transaction) -> RolledUp:
    """Add up each roll-up against its ledger; what waits to be moved into them counts as if it were there."""
    rows = await tx.fetch("select known_until, balances from rolled_run where rolled order by 1")
    balances = defaultdict[str, list[datetime]](list)
    for known_until, ledgers in rows:
        for ledger in ledgers:
            balances[ledger].append(known_until)
    model = RolledUp([row["known_until"] for row in rows], balances, Counter())
    for first in range(0, len(model.runs), RUNS_AT_ONCE):
        begun = model.runs[first - 1] if first else None
        for end, ledger, day, number, *place in await _runs(tx, begun, model.runs[first : first + RUNS_AT_ONCE]):
            model.too_much.update(_stands_in(model, ledger, day, tuple(place), end, number))
    for ledger, drawn in balances.items():
        for end, day, number, *place in await _balances(tx, ledger, drawn):
            model.too_much.update(_stands_in_balances(model, ledger, day, tuple(place), end, number))
    return model


async def _runs(tx: Transaction, begun: datetime | None, ends: Sequence[datetime]) -> list[Any]:
    """Add up some runs, one after the other: what they say, less what the ledgers do; give what is left."""
    rows: list[Any] = await tx.fetch(
        """
        with said as (
            select known_until, ledger, unnest(days) as day, unnest(levels) - unnest(0 || levels) as number,
                   village_code, segment, funding, cohort, what, failed, reason
              from rolled where known_until = any($2::timestamptz[])
             union all
            select $2[1 + width_bucket(recorded_at, $2)], ledger, day, number, village_code, segment, funding, cohort,
                   what, failed, reason
              from rolled_late
             where recorded_at >= coalesce($1::timestamptz, '-infinity') and recorded_at < $2[cardinality($2)]
             union all
            select $2[1 + width_bucket(recorded_at, $2)], ledger, day, -number, village_code, segment, funding, cohort,
                   what, failed, reason
              from ledgers
             where recorded_at >= coalesce($1::timestamptz, '-infinity') and recorded_at < $2[cardinality($2)]
        )
        select known_until, ledger, day, sum(number), village_code, segment, funding, cohort, what, failed, reason
          from said where day is not null
         group by known_until, ledger, day, village_code, segment, funding, cohort, what, failed, reason
        having sum(number) <> 0
        """,
        begun,
        ends,
    )
    return rows


async def _balances(tx: Transaction, ledger: str, drawn: Sequence[datetime]) -> list[Any]:
    """Add up each balance of a ledger: what it says, less the one before and the runs since."""
    rows: list[Any] = await tx.fetch(
        """
        with said as (
            select known_until, unnest(days) as day, unnest(levels) - unnest(0 || levels) as number, village_code,
                   segment, funding, cohort, what, failed, reason
              from rolled_balance where ledger = $1
             union all
            select ($2::timestamptz[])[1 + width_bucket(known_until, $2)], unnest(days),
                   unnest(0 || levels) - unnest(levels), village_code, segment, funding, cohort, what, failed, reason
              from rolled_balance where ledger = $1 and known_until < $2[cardinality($2)]
             union all
            select $2[1 + width_bucket(known_until - interval '1 microsecond', $2)], unnest(days),
                   unnest(0 || levels) - unnest(levels), village_code, segment, funding, cohort, what, failed, reason
              from rolled where ledger = $1 and known_until <= $2[cardinality($2)]
        )
        select known_until, day, sum(number), village_code, segment, funding, cohort, what, failed, reason
          from said where day is not null
         group by known_until, day, village_code, segment, funding, cohort, what, failed, reason
        having sum(number) <> 0
        """,
        ledger,
        drawn,
    )
    return rows


def compare_rollups(folded: Folded, model: RolledUp, wrong: Mapping[Cell, int]) -> None:
    """Hold each sum against the log; `wrong` is by how much the ledgers differ from it."""
    too_much = Counter(model.too_much)
    for cell, number in wrong.items():
        for ledger, place in _placed(cell):
            too_much.update(_recorded(model, cell, ledger, place, number))
    for where in sorted((where for where, number in too_much.items() if number), key=str):
        folded.differs("rollup", _where(where), {"more_than_the_log": too_much[where]}, None)


def _placed(cell: Cell) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Tell to which ledgers that are rolled up a change belongs, and its place there."""
    match cell:
        case PeopleCell():
            where = (cell.village_code, cell.segment, cell.funding)
            yield "people", (*where, "", "", "", "")
            yield "people_by_cohort", (*where, cell.cohort_id or "", "", "", "")
        case MembershipCell():
            ledger = "enrolled" if cell.kind == "enrolled" else "memberships"
            yield ledger, (cell.village_code, "", "", cell.cohort_id, cell.kind, "", "")
        case StepCell():
            why = (cell.failed or "", cell.reason or "")
            yield "funnel", (cell.village_code, "", "", cell.cohort_id, cell.step, *why)
        case ChurnCell() if cell.since is None:
            yield "churn", (cell.village_code, cell.segment, cell.funding, "", cell.what, "", "")
        case _:
            pass


def _where(found: Sum) -> dict[str, Any]:
    place = {name: value for name, value in zip(PLACE, found.place, strict=True) if value}
    return {name: value for name, value in found._asdict().items() if name != "place"} | place


def _recorded(model: RolledUp, cell: Cell, ledger: str, place: tuple[str, ...], number: int) -> dict[Sum, int]:
    """Say in which sums a change stands that was recorded: none, if its run is not rolled yet."""
    run = bisect_right(model.runs, cell.recorded_at)
    found = [_stands_in(model, ledger, cell.day, place, end, number) for end in model.runs[run : run + 1]]
    return found[0] if found else {}


def _stands_in(
    model: RolledUp, ledger: str, day: date, place: tuple[str, ...], end: datetime, number: int
) -> dict[Sum, int]:
    """Say in which sums stands what is in the run that ends then: there, and in every balance that was drawn later."""
    in_run = {Sum("rolled", end, ledger, day, place): number}
    return in_run | _stands_in_balances(model, ledger, day, place, end, number)


def _stands_in_balances(
    model: RolledUp, ledger: str, day: date, place: tuple[str, ...], end: datetime, number: int
) -> dict[Sum, int]:
    drawn = model.balances.get(ledger, [])
    return {Sum("rolled_balance", each, ledger, day, place): number for each in drawn[bisect_left(drawn, end) :]}
