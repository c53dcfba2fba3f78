"""Compare the sums of people, memberships, proposals and deaths, and name the workers behind those that differ."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from services.reporting.plain_fold.life import Cell
from services.reporting.reconcile.folded import Folded
from services.reporting.reconcile.report import Kind

WORKERS_NAMED_MAX = 20


def compare_sums(folded: Folded, kind: Kind, of: type[Cell], read_model: Mapping[Cell, int]) -> dict[Cell, int]:
    """Compare in all, then by day and place, then as each change was learned; give by how much each is too great.

    Of the read model those changes are asked for that were recorded at times which are looked into: at all other times
    it agrees with the log. The numbers by day and place are of these times.
    """
    read_model = {cell: number for cell, number in read_model.items() if isinstance(cell, of)}
    log = folded.sums(of)
    wrong = {
        cell: (read_model.get(cell, 0), log.get(cell, 0))
        for cell in read_model.keys() | log.keys()
        if read_model.get(cell, 0) != log.get(cell, 0)
    }
    if not wrong:
        return {}
    workers = _behind(folded, wrong)
    totals = folded.totals[of]
    if totals[0] != totals[1]:
        folded.differs(kind, {"sum": "all days and places"}, *totals)
    places = {_without_time(cell) for cell in wrong}
    sums: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0])
    for side, cells in enumerate((read_model, log)):
        for cell, number in cells.items():
            if (place := _without_time(cell)) in places:
                sums[place][side] += number
    for cell in sorted(wrong, key=lambda cell: (cell.day, cell.recorded_at, str(cell))):
        in_all = sums.pop(_without_time(cell), None)
        where = {name: value for name, value in cell._asdict().items() if name != "recorded_at"}
        if in_all is not None and in_all[0] != in_all[1]:
            folded.differs(kind, where, *in_all)
        folded.differs(kind, where | {"recorded_at": cell.recorded_at, **workers[cell]}, *wrong[cell])
    return {cell: told - said for cell, (told, said) in wrong.items()}


def _without_time(cell: Cell) -> tuple[Any, ...]:
    return (cell.day, *cell[2:])


def _behind(folded: Folded, wrong: Iterable[Cell]) -> dict[Cell, dict[str, Any]]:
    """Name the workers behind each sum: those whose facts made it.

    Where no fact did, those whose facts came at that very time, or else those behind what differs at the same place.
    Where some of them differ as persons too, only these are named.
    """
    cells = list(wrong)
    times = {cell.recorded_at for cell in cells}
    at_time: dict[datetime, set[UUID]] = defaultdict(set)
    for cell, made in folded.changes.items():
        if cell.recorded_at in times:
            at_time[cell.recorded_at].update(worker for worker, _ in made)
    at_place: dict[tuple[Any, ...], set[UUID]] = defaultdict(set)
    for cell in cells:
        at_place[_without_time(cell)].update(worker for worker, _ in folded.changes.get(cell, ()))
    suspects = {one.where["worker_id"] for one in folded.differences if one.kind == "person"}
    named = {}
    for cell in cells:
        made_it = {worker for worker, _ in folded.changes.get(cell, ())}
        found = made_it or at_time[cell.recorded_at] or at_place[_without_time(cell)]
        found = found & suspects or found
        named[cell] = {"workers": sorted(found)[:WORKERS_NAMED_MAX], "workers_in_all": len(found)}
    return named
